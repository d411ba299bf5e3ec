"""Repairs of splits: a validation part beside the test part."""

import ast

from nbprod.kit.context import Context
from nbprod.kit.edit import fresh, insert_after
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event


def validation_fix(ctx: Context, split: Event) -> Plan:
    """Split a validation part off the training part, behind the split into training and test part."""

    def build() -> list[Edit]:
        match split.stmt.node:
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id=train), ast.Name(id=test), ast.Name(id=labels), ast.Name()])],
                value=ast.Call() as value,
            ) if value is split.node and split.call.name.endswith("train_test_split"):
                pass
            case _:
                raise Declined("the parts of the split have no names of their own")
        validation, truth = (fresh(ctx, _renamed(name)) for name in (train, labels))
        seed = next(
            (f", random_state={ctx.text(_At(split, it.value))}" for it in value.keywords if it.arg == "random_state"),
            "",
        )
        function = ctx.text(_At(split, value.func))
        return [
            *insert_after(
                ctx,
                split.stmt,
                f"# TODO(nbprod): choose by the score on {validation}, and score on {test} once, with what was chosen\n"
                f"{train}, {validation}, {labels}, {truth} = {function}({train}, {labels}, test_size=0.25{seed})",
            )
        ]

    return Plan("Split a validation part off the training data", Safety.TEMPLATE, build)


def _renamed(name: str) -> str:
    return name.replace("train", "val") if "train" in name else f"{name}_val"


class _At:
    """A node in the cell of an event."""

    def __init__(self, event: Event, node: ast.expr) -> None:
        self.cell = event.cell
        self.node = node
