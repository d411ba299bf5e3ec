"""Makes encodings take categories that are not there today."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import looking_at, set_keyword, wrap
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Event


def handle_unknown_fix(ctx: Context, call: Call) -> Plan:
    """Encode an unknown category as none of the known ones."""

    def build() -> Sequence[Edit]:
        if call.method == "OneHotEncoder":
            return set_keyword(ctx, call, "handle_unknown", '"ignore"')
        if call.passes(None, "unknown_value"):
            raise Declined("the value for what is unknown is set already")
        return set_keyword(ctx, call, "handle_unknown", '"use_encoded_value", unknown_value=-1')

    return Plan("Encode unknown categories as none of the known ones", Safety.UNSAFE, build)


def reindex_fix(ctx: Context, train: Event, test: Event) -> Plan:
    """Give the second table the columns of the first, where each is encoded into a name of its own."""

    def build() -> Sequence[Edit]:
        first, second = _name(train), _name(test)
        if first is None or second is None or first == second or len(ctx.model.bindings(first)) != 1:
            raise Declined("the tables have no names of their own")
        if train.stmt.function is not None or test.stmt.function is not None or train.order > test.order:
            raise Declined("the columns of the training data are not known there")
        with looking_at(ctx, test.cell):
            return wrap(ctx, test.node, "", f".reindex(columns={first}.columns, fill_value=0)")[1:]

    return Plan("Give both tables the same columns", Safety.UNSAFE, build)


def _name(event: Event) -> str | None:
    match event.stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is event.node:
            return name
    return None
