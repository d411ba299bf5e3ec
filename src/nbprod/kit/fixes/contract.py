"""Writes a data contract, a pandera schema, of what a table holds in memory: types, gaps and keys, and no value.

What one delivery held is an observation. The contract asks for types, for columns without gaps to stay so, and for
keys to be unique; how many categories there were stands beside it as a comment, for a person to decide on.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from nbprod.evidence import Column, Table
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, fresh, looking_at
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.paths import quoted
from nbprod.kit.in_memory import share
from nbprod.kit.loaded_tables import many, table_as_loaded
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, InsertCell, Safety
from nbprod.semantic import Event

PANDERA: Final = "pandera.pandas"
_ALIAS: Final = "pa"
_FRAME: Final = "pandas.DataFrame"
_KEY: Final = lazy_pattern(r"(?:.*[_\W])?(?:id|key|uuid|guid)|.*[a-z](?:Id|ID|Key|Uuid|UUID)")
_LEAST_FOR_KEY: Final = 20  # rows: fewer are unique by chance
_FEW: Final = 30  # different values that may be a fixed set
_MOST_COLUMNS: Final = 80
_NAMED_TYPES: Final = lazy_pattern(
    r"bool|boolean|category|object|str|string|(?:U?[Ii]nt|uint|[Ff]loat|complex)\d{1,3}"
    r"|(?:datetime64|timedelta64)\[\w+(?:, [\w/+:-]+)?\]|period\[[\w-]+\]|interval\[\w+, \w+\]",
)
"""Types whose name makes the type again."""
_NEVER_EMPTY: Final = lazy_pattern(r"bool|u?int\d+")
_FLOAT: Final = lazy_pattern(r"float\d+")
_HEAD: Final = """\
# What `{name}` held when this was written: {rows}. That was observed,
# not agreed: loosen what may change, and add what must hold, such as
# {pandera}.Check.in_range(low, high) or {pandera}.Check.isin(categories).
{schema} = {pandera}.DataFrameSchema("""


def can_have_contract(table: Table) -> bool:
    """Whether a contract can be written: for tables of pandas with columns."""
    return table.type == _FRAME and bool(table.columns)


def contract(table: Table, name: str, schema: str, pandera: str) -> str:
    """Return the statements that make a schema and hold a table against it.

    Args:
        table: What is known of the table.
        name: The variable that it stands under.
        schema: The variable of the schema.
        pandera: How the module `pandera.pandas` is called there.
    """
    known = _nameable(table.columns)[:_MOST_COLUMNS]
    lines = [_HEAD.format(name=name, schema=schema, pandera=pandera, rows=many(table.rows, "row")), "    {"]
    lines += [f"        {_entry(table, column, pandera)}" for column in known]
    if len(known) < len(table.columns):
        lines.append(f"        # not checked: {many(len(table.columns) - len(known), 'more column')}")
    lines.append("    },")
    if table.rows:
        lines.append(f'    checks={pandera}.Check(lambda table: len(table) > 0, error="no rows"),')
    return "\n".join([*lines, ")", f"{name} = {schema}.validate({name}, lazy=True)"])


def contract_fix(ctx: Context, events: Sequence[Event]) -> Plan:
    """Hold what was loaded against the types, gaps and keys that it has in memory, in a cell after each load."""

    def build() -> Sequence[Edit]:
        edits: Sequence[Edit] = []
        cells: dict[int, list[str]] = {}
        for event, table, name in _in_memory(ctx, events):
            with looking_at(ctx, event.cell):
                imports, pandera = ensure_import(ctx, PANDERA, before=event, alias=_ALIAS)
                schema = fresh(ctx, f"{name.upper()}_SCHEMA")
            edits = combine(edits, imports)
            cells.setdefault(event.cell + 1, []).append(contract(table, name, schema, pandera))
        if not cells:
            raise Declined("no table in memory is as it was loaded")
        return [*edits, *(_cell(index, parts) for index, parts in cells.items())]

    return Plan("Hold the data against a contract (pandera)", Safety.UNSAFE, build)


def may_fix(ctx: Context, events: Sequence[Event]) -> bool:
    """Whether a contract can be written for one of the loads: its table is in memory, and as it was loaded."""
    return ctx.runtime is not None and next(_in_memory(ctx, events), None) is not None


def _in_memory(ctx: Context, events: Sequence[Event]) -> Iterator[tuple[Event, Table, str]]:
    """The loads whose table is known, each with it and with its name."""
    for event in events:
        table = table_as_loaded(ctx, event)
        name = ctx.runtime.name_given(event) if ctx.runtime is not None else None
        if table is not None and name is not None and can_have_contract(table):
            yield event, table, name


def _cell(index: int, parts: Sequence[str]) -> InsertCell:
    return InsertCell(before=index, cell_type="code", source="\n\n".join(parts))


def _nameable(columns: Sequence[Column]) -> list[Column]:
    """The columns whose labels are text or numbers, and name one each."""
    counts = Counter(map(_label, columns))
    return [column for column in columns if column.name and counts[_label(column)] == 1]


def _label(column: Column) -> str:
    return column.name if column.numbered else quoted(column.name)


def _entry(table: Table, column: Column, pandera: str) -> str:
    """`"age": pa.Column("float64", nullable=True),  # 12 of 80 rows have no value (15 %)`."""
    notes = list(_notes(table, column, pandera))
    remark = f"  # {'; '.join(notes)}" if notes else ""
    return f"{_label(column)}: {pandera}.Column({', '.join(_arguments(table, column))}),{remark}"


def _arguments(table: Table, column: Column) -> Iterator[str]:
    named = _NAMED_TYPES.fullmatch(column.dtype) is not None
    says_nothing = column.dtype == "object" and column.nulls == table.seen
    is_text = column.kind == "text" and column.dtype in {"object", "str"}
    if is_text and not says_nothing and table.seen == table.rows:
        yield "str"  # the one name that means text in pandas 2 and in pandas 3
    elif named and not says_nothing:
        yield quoted(column.dtype)
    if column.nulls or not (_was_counted(table, column) or _NEVER_EMPTY.fullmatch(column.dtype)):
        yield "nullable=True"
    if _is_key(table, column):
        yield "unique=True"
    if _FLOAT.fullmatch(column.dtype):
        yield "coerce=True"  # a delivery without gaps and fractions is read as integers


def _was_counted(table: Table, column: Column) -> bool:
    """Whether all gaps were seen: pandas finds some in objects that are unknown here, such as a decimal NaN."""
    is_known = _NAMED_TYPES.fullmatch(column.dtype) is not None and (column.dtype, column.kind) != ("object", "other")
    return is_known and 0 < table.rows == table.seen


def _is_key(table: Table, column: Column) -> bool:
    """Whether a column is called like a key and was one."""
    was_unique = column.distinct == table.rows == table.seen and not column.nulls and column.kind != "float"
    return was_unique and table.rows >= _LEAST_FOR_KEY and _KEY.fullmatch(column.name) is not None


def _notes(table: Table, column: Column, pandera: str) -> Iterator[str]:
    if not _NAMED_TYPES.fullmatch(column.dtype):
        yield "the type is not checked"
    if column.nulls:
        yield f"{column.nulls:,} of {many(table.seen, 'row')} had no value ({share(column.nulls, table.seen)})"
    elif 0 < table.seen < table.rows and not _NEVER_EMPTY.fullmatch(column.dtype):
        yield f"no gap in the {many(table.seen, 'row')} that were looked at"
    if column.whole:
        yield "whole numbers only"
    few = column.distinct is not None and 0 < column.distinct <= min(_FEW, table.seen // 10)
    if few and column.kind in {"text", "category", "integer"}:
        yield f"{many(column.distinct or 0, 'different value')}: {pandera}.Check.isin?"
