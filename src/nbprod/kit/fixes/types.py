"""Writes down what is read of a table: the types of its columns, and which of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, fresh, insert_before, looking_at, set_keyword
from nbprod.kit.findings import Plan
from nbprod.kit.fixes.language_models import set_keywords
from nbprod.kit.fixes.loader import columns_read
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event

if TYPE_CHECKING:
    from nbprod.kit.column_types import Typed

_MOST = 6
_LONGEST = 88
_DATES = {"pandas.read_csv": "parse_dates", "pandas.read_table": "parse_dates", "pandas.read_excel": "parse_dates",
          "pandas.read_json": "convert_dates"}  # fmt: skip
"""The readers that take types as words, with their parameter for the columns that hold dates."""

_COLUMNS = {"pandas.read_csv": "usecols", "pandas.read_table": "usecols", "pandas.read_excel": "usecols",
            "pandas.read_parquet": "columns", "pandas.read_feather": "columns", "pandas.read_orc": "columns",
            "polars.read_csv": "columns", "polars.read_parquet": "columns"}  # fmt: skip
"""The readers that take the names of columns, with their parameter for it."""


def typed_load_fix(ctx: Context, event: Event, parameter: str) -> Plan:
    """Pass the types of the columns, which a person has to name: what stands in the file today is no evidence."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, event.cell):
            name = fresh(ctx, "DTYPES")
            columns = list(dict.fromkeys(columns_read(ctx, event)))
            named = ", ".join(f'"{column}"' for column in columns[:_MOST]) + (", …" if len(columns) > _MOST else "")
            whose = f" of {named}" if columns else " of the columns"
            line = f'{name} = {{}}  # TODO(nbprod): name the types{whose}, such as {{"zip": "string"}}'
            return combine(insert_before(ctx, event.stmt, line), set_keyword(ctx, event, parameter, name))

    return Plan("Name the types of the columns", Safety.TEMPLATE, build)


def known_types_fix(ctx: Context, event: Event) -> Plan | None:
    """Pass the types that the columns have in memory; None if they are not known, or the call takes none as words."""
    from nbprod.kit.column_types import known_types  # noqa: PLC0415  -- most runs have no session to ask

    typed = known_types(ctx, event) if event.call.name in _DATES else None
    if typed is None or not (typed.types or typed.dates):
        return None

    def build() -> Sequence[Edit]:
        with looking_at(ctx, event.cell):
            constant: Sequence[Edit] = ()
            keywords = {}
            if typed.types:
                name = keywords["dtype"] = fresh(ctx, "DTYPES")
                constant = insert_before(ctx, event.stmt, f"{name} = {_dictionary(typed)}")
            if typed.dates:
                keywords[_DATES[event.call.name]] = f"[{', '.join(map(_quoted, typed.dates))}]"
            return combine(constant, set_keywords(ctx, event.call, keywords))

    return Plan("Read the columns with the types that they have in memory", Safety.UNSAFE, build)


def takes_columns(event: Event) -> bool:
    """Whether a load can be told which columns to read, and is not told yet."""
    parameter = _COLUMNS.get(event.call.name)
    return parameter is not None and not event.call.passes(None, parameter)


def only_columns_fix(ctx: Context, event: Event, columns: Sequence[str]) -> Plan:
    """Read only some columns."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, event.cell):
            return set_keyword(ctx, event, _COLUMNS[event.call.name], f"[{', '.join(map(_quoted, columns))}]")

    return Plan("Read only the columns that are used", Safety.UNSAFE, build)


def _dictionary(typed: "Typed") -> str:
    entries = [f'{_quoted(column)}: "{kind}"' for column, kind in typed.types.items()]
    line = f"{{{', '.join(entries)}}}"
    if len(line) + len("DTYPES = ") <= _LONGEST:
        return line
    return "{\n" + "".join(f"    {entry},\n" for entry in entries) + "}"


def _quoted(name: str) -> str:
    plain = '"' not in name and "\\" not in name and name.isprintable()
    return f'"{name}"' if plain else repr(name)
