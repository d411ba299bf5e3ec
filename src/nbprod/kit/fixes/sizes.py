"""Asks a table for its size, in the place of a number."""

from collections.abc import Sequence

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import looking_at, replace
from nbprod.kit.findings import Plan
from nbprod.protocol import Edit, Safety


def size_fix(ctx: Context, literal: Located, expression: str) -> Plan:
    """Put what a table's size is into the place of the number that it has today."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, literal.cell):
            return replace(ctx, literal.node, expression)

    return Plan(f"Write `{expression}`", Safety.UNSAFE, build)
