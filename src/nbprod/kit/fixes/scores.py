"""Repairs of scores: arguments in the right order."""

import ast

from nbprod.kit.context import Context
from nbprod.kit.edit import looking_at, replace
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.metrics import parameters_of
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event

_STABLE = frozenset({"y_true", "y_pred", "y_score"})
_RENAMED = frozenset({"log_loss", "precision_recall_curve", "hinge_loss", "brier_score_loss"})
"""Metrics whose parameters had other names in older releases."""


def swap_fix(ctx: Context, score: Event) -> Plan:
    """Give truth and prediction to a metric by keyword, or, if others are given by position, in its order."""

    def build() -> list[Edit]:
        call = score.node
        true, predicted = parameters_of(score)
        by_name = {item.arg: item.value for item in call.keywords}
        if true in by_name and predicted in by_name:
            first, second = by_name[true], by_name[predicted]
        elif len(call.args) >= 2 and not any(isinstance(item, ast.Starred) for item in call.args[:2]):
            first, second = call.args[:2]
        else:
            raise Declined("the truth and the prediction do not stand in this call")
        swapped = ctx.source(_At(score.cell, second)), ctx.source(_At(score.cell, first))
        if len(call.args) == 2 and {true, predicted} <= _STABLE and score.detail not in _RENAMED:
            swapped = f"{true}={swapped[0]}", f"{predicted}={swapped[1]}"
        with looking_at(ctx, score.cell):
            return [*replace(ctx, first, swapped[0]), *replace(ctx, second, swapped[1])]

    return Plan("Pass the truth as the truth", Safety.UNSAFE, build)


class _At:
    """A node in its cell."""

    def __init__(self, cell: int, node: ast.expr) -> None:
        self.cell = cell
        self.node = node
