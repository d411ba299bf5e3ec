"""Writes down the types of the columns that a table is read with."""

from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, fresh, insert_before, looking_at, set_keyword
from nbprod.kit.findings import Plan
from nbprod.kit.fixes.loader import columns_read
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event

_MOST = 6


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
