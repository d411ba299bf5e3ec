"""What a session knows of rows, and ids of people and things, that stand on both sides of a split."""

import ast
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from nbprod.evidence import Column, Table
from nbprod.kit.context import Context
from nbprod.kit.in_memory import bound_thing, named, share, table_at
from nbprod.semantic import Binding, Call

_LEAST: Final = 0.01
_FEW: Final = 3
_TELLING: Final = 0.5
"""A column with this part of different values tells rows apart: equal rows are copies, not chance."""
_REPEATED: Final = 0.2
_FEWEST: Final = 20


class SharedRows(Struct, frozen=True):
    """How many of the seen rows of a test part stand in the training part, too."""

    train: str
    test: str
    shared: int
    seen: int

    @property
    def shown(self) -> str:
        """In a message: "312 of 10,000 rows of `X_test` (3.1 %) also stand in `X_train`"."""
        stand = "stands" if self.shared == 1 else "stand"
        part = share(self.shared, self.seen)
        return f"{self.shared:,} of {self.seen:,} rows of `{self.test}` ({part}) also {stand} in `{self.train}`"


class RepeatedId(Struct, frozen=True):
    """An id that repeats in the table of a name."""

    frame: ast.Name
    column: str
    distinct: int
    rows: int

    @property
    def shown(self) -> str:
        """In a message: "`patient_id` repeats (310 values in 8,930 rows of `visits`)"."""
        return f"{named(self.column)} repeats ({self.distinct:,} values in {self.rows:,} rows of `{self.frame.id}`)"


def shared_rows(ctx: Context, split: Call) -> SharedRows | None:
    """The rows that the first two results of a split share, if they are more than chance gives."""
    match split.stmt.node:
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as first, ast.Name() as second, *_])], value=value) if (
            value is split.node
        ):
            train, test = (_bound(ctx, node, split) for node in (first, second))
        case _:
            return None
    if ctx.runtime is None or not (isinstance(train, Table) and isinstance(test, Table)):
        return None
    if not (_tells_apart(train) and _tells_apart(test)):
        return None
    overlap = ctx.runtime.overlap(first.id, second.id)
    if overlap is None or overlap.seen < _FEWEST or overlap.shared < max(_FEW, _LEAST * overlap.seen):
        return None
    return SharedRows(first.id, second.id, overlap.shared, overlap.seen)


def _tells_apart(table: Table) -> bool:
    """Whether some column has so many values that rows which are equal in it are the same thing."""
    return any((column.distinct or 0) >= max(1, _TELLING * table.seen) for column in table.columns)


def _bound(ctx: Context, target: ast.Name, split: Call) -> object:
    bindings = (binding for binding in ctx.model.bindings(target.id) if binding.node is target)
    binding = next(bindings, None)
    return None if binding is None or split.stmt.function is not None else bound_thing(ctx, binding)


def repeated_id(
    ctx: Context, frames: set[object], data: ast.expr, split: Call, is_id: Callable[[str], object]
) -> RepeatedId | None:
    """An id that repeats in a table which the rows of a split come from, row by row."""
    for node in reads_before(frames, data, split):
        table = table_at(ctx, node)
        columns = table.columns if table is not None else ()
        column = next((it for it in columns if is_id(it.name) and table is not None and _repeats(it, table)), None)
        if table is not None and column is not None:
            return RepeatedId(node, column.name, column.distinct or 0, table.rows)
    return None


def _repeats(column: Column, table: Table) -> bool:
    """Whether an id tells many things apart, and a good part of the rows share theirs with others."""
    if column.distinct is None or column.singles is None or column.nulls or table.seen != table.rows:
        return False
    return column.distinct >= _FEWEST and table.rows - column.singles >= _REPEATED * table.rows


def reads_before(frames: set[object], data: ast.expr, split: Call) -> list[ast.Name]:
    """Where the bindings of the rows are read at or before a split: its own argument comes first."""
    own = [node for node in ast.walk(data) if isinstance(node, ast.Name)]
    bindings = [binding for binding in frames if isinstance(binding, Binding)]
    reads = [use.node for binding in bindings for use in binding.uses if use.cell <= split.cell]
    return [*own, *reads]
