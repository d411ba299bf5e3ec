"""Checks a table right after it was loaded: its columns, its rows, its gaps."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.errors import EditConflict
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, fresh, hoist, insert_after, looking_at
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.loader import columns_read
from nbprod.kit.fixes.paths import quoted
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event

_PANDAS = frozenset({"pandas.DataFrame", "geopandas.GeoDataFrame"})
_CHECKED = _PANDAS | {"polars.DataFrame"}
_MOST_COLUMNS = 12
_COLUMNS = """\
{expected}{columns}  # TODO(nbprod): the columns that this table must have
{missing} = sorted({expected}.difference({frame}.columns))
if {missing} or not len({frame}):
    raise ValueError(f"{frame}: {{len({frame})}} rows, missing columns: {{{missing}}}")"""
_GAPS = """
{gaps} = {frame}[sorted({expected})].isna().mean()
if ({gaps} > {limit}).any():
    raise ValueError(f"{frame}: too many gaps: {{{gaps}.to_dict()}}")"""


def can_check(event: Event) -> bool:
    """Whether the table gets a name, so that it can be checked."""
    return event.output.type in _CHECKED and _name(event) is not None


def table_checks_fix(ctx: Context, events: Sequence[Event]) -> Plan:
    """Refuse tables without rows, without the columns that the notebook names, or with too many gaps in these."""

    def build() -> Sequence[Edit]:
        edits: Sequence[Edit] = []
        for event in events:
            if can_check(event):
                with suppress(Declined, EditConflict), looking_at(ctx, event.cell):
                    edits = combine(edits, _checked(ctx, event))
        if not edits:
            raise Declined("no table has a name to be checked under")
        return edits

    return Plan("Check columns, rows and gaps after the load", Safety.TEMPLATE, build)


def _checked(ctx: Context, event: Event) -> Sequence[Edit]:
    frame = _name(event)
    columns = list(dict.fromkeys(columns_read(ctx, event)))[:_MOST_COLUMNS]
    shown = ", ".join(map(quoted, columns))
    names = {wish: fresh(ctx, wish) for wish in ("expected_columns", "missing_columns", "gap_shares")}
    values = {
        "frame": frame,
        "columns": f" = {{{shown}}}" if columns else ": set[str] = set()",
        "expected": names["expected_columns"],
        "missing": names["missing_columns"],
        "gaps": names["gap_shares"],
    }
    code = _COLUMNS.format(**values)
    hoisted: Sequence[Edit] = []
    if event.output.type in _PANDAS:
        hoisted, parameters = hoist(ctx, {"MAX_GAP_SHARE": "0.05"}, before=event, shared=True)
        code += _GAPS.format(limit=parameters["MAX_GAP_SHARE"], **values)
    return combine(hoisted, insert_after(ctx, event.stmt, code))


def _name(event: Event) -> str | None:
    """The name that the loaded table gets, as it is."""
    match event.stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is event.node:
            return name
    return None
