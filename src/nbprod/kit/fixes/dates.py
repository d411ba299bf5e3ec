"""Takes the dates that bound data out of the code: into parameters, or into a window that moves with the run."""

import ast
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from nbprod.errors import EditConflict
from nbprod.kit.context import Context
from nbprod.kit.dates import DateBound
from nbprod.kit.edit import (
    combine,
    ensure_import,
    fresh,
    hoist,
    insert_before,
    looking_at,
    move_to_parameters,
    replace,
)
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Literal, Stmt


def date_parameters_fix(ctx: Context, bounds: Sequence[DateBound]) -> Plan:
    """Move the dates as they are to the `parameters` cell."""

    def build() -> Sequence[Edit]:
        edits: Sequence[Edit] = []
        moved: set[ast.AST] = set()
        for bound in bounds:
            literal = bound.literal
            if literal is not None and literal.node not in moved:
                moved.add(literal.node)
                with suppress(Declined, EditConflict), looking_at(ctx, literal.cell):
                    edits = combine(edits, _hoisted(ctx, literal, _wish(bound)))
        if not edits:
            raise Declined("no date is a constant of its own")
        return edits

    return Plan("Move the dates to the parameters cell", Safety.SAFE, build)


def _wish(bound: DateBound) -> str:
    unit = "YEAR" if isinstance(bound.node, ast.Constant) and isinstance(bound.node.value, int) else "DATE"
    return f"{'END' if bound.upper else 'START'}_{unit}"


def _hoisted(ctx: Context, literal: Literal, wish: str) -> Sequence[Edit]:
    stmt = _assignment(ctx, literal)
    if stmt is not None:
        return move_to_parameters(ctx, stmt)
    if not isinstance(literal.node, ast.Constant):
        raise Declined("the date is put together from parts")
    edits, names = hoist(ctx, {wish: ctx.source(literal)}, before=literal)
    return combine(edits, replace(ctx, literal.node, names[wish]))


def _assignment(ctx: Context, literal: Literal) -> Stmt | None:
    """The statement of the top level that gives the constant a name."""
    cell = ctx.notebook.cells[literal.cell]
    for node in cell.tree.body if cell.tree is not None else ():
        if isinstance(node, ast.Assign) and node.value is literal.node:
            return ctx.stmt(node)
    return None


def window(bounds: Sequence[DateBound]) -> tuple[DateBound, DateBound] | None:
    """The two ends of the only window, both written out in one statement."""
    lower = [bound for bound in bounds if not bound.upper]
    upper = [bound for bound in bounds if bound.upper]
    if len(lower) != 1 or len(upper) != 1 or lower[0].place is not upper[0].place:
        return None
    start, end = lower[0], upper[0]
    if not all(isinstance(bound.node, ast.Constant) and _day(bound) is not None for bound in (start, end)):
        return None
    first, last = _day(start), _day(end)
    return (start, end) if first is not None and last is not None and first < last else None


def _day(bound: DateBound) -> date | None:
    try:
        return date.fromisoformat(bound.shown) if len(bound.shown) == 10 else None
    except ValueError:
        return None


def sliding_window_fix(ctx: Context, bounds: Sequence[DateBound]) -> Plan:
    """Have the window end at the day of the run, with the length that it has."""

    def build() -> Sequence[Edit]:
        found = window(bounds)
        if found is None or found[0].place is None:
            raise Declined("the ends of the window do not stand together")
        start, end = found
        first, last, stmt = _day(start), _day(end), start.place
        assert first is not None and last is not None and stmt is not None  # noqa: S101, PT018  -- `window` saw to it
        with looking_at(ctx, start.cell):
            wishes = {"RUN_DATE": "None", "WINDOW_DAYS": str((last - first).days)}
            hoisted, names = hoist(ctx, wishes, before=stmt)
            import_date, today = ensure_import(ctx, "datetime", "date", before=stmt)
            import_delta, delta = ensure_import(ctx, "datetime", "timedelta", before=stmt)
            run_date, window_start = fresh(ctx, "run_date"), fresh(ctx, "window_start")
            given = names["RUN_DATE"]
            code = (
                f"{run_date} = {today}.fromisoformat({given}) if {given} else {today}.today()\n"
                f"{window_start} = {run_date} - {delta}(days={names['WINDOW_DAYS']})"
            )
            return combine(
                hoisted,
                import_date,
                import_delta,
                insert_before(ctx, stmt, code),
                replace(ctx, start.node, f"{window_start}.isoformat()"),
                replace(ctx, end.node, f"{run_date}.isoformat()"),
            )

    return Plan("End the window at the day of the run", Safety.UNSAFE, build)
