"""Repairs of splits: a validation part beside the test part, entities on one side."""

import ast

from nbprod.kit.context import Context
from nbprod.kit.edit import (
    combine,
    drop_keyword,
    ensure_import,
    fresh,
    insert_after,
    keep_comments,
    looking_at,
    replace,
    replace_statement,
    rewrite,
    set_keyword,
)
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Event


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


def group_fix(ctx: Context, split: Call, frame: str, column: str) -> Plan:
    """Split by an id of a frame, so that all rows of one entity come to the same side."""

    def build() -> list[Edit]:
        match split.stmt.node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Call(args=args) as value) if value is split.node:
                pass
            case _:
                raise Declined("the parts of the split have no names of their own")
        parts = [name.id for name in names if isinstance(name, ast.Name)]
        options = {item.arg: ctx.text(_At(split, item.value)) for item in value.keywords}
        known = all(ctx.value(item).type in {"pandas.DataFrame", "pandas.Series"} for item in args)
        if len(parts) != 2 * len(args) or not known or not options.keys() <= {"test_size", "random_state"}:
            raise Declined("what is split is no frame, or is split in a way that groups can't be")
        data = [ctx.source(_At(split, item)) for item in args]
        if any("\n" in text or len(text) > 40 for text in data):
            raise Declined("what is split has no name of its own")
        imports, function = ensure_import(ctx, "sklearn.model_selection", "GroupShuffleSplit", before=split)
        given = "".join(f", {name}={text}" for name, text in options.items())
        splitter, train, test = (fresh(ctx, name) for name in ("splitter", "train_rows", "test_rows"))
        is_part = isinstance(args[0], ast.Subscript) or data[0] == frame
        groups = f'{frame}["{column}"]' if is_part else f'{frame}.loc[{data[0]}.index, "{column}"]'
        lines = [
            f"# all rows of one {column} come to the same side",
            f"{splitter} = {function}(n_splits=1{given})",
            f"{train}, {test} = next({splitter}.split({data[0]}, groups={groups}))",
        ]
        for text, first, second in zip(data, parts[::2], parts[1::2], strict=True):
            lines.append(f"{first}, {second} = {text}.iloc[{train}], {text}.iloc[{test}]")
        return combine(imports, replace_statement(ctx, split.stmt, "\n".join(lines)))

    return Plan(f"Split by `{column}`", Safety.UNSAFE, build)


def in_order_fix(ctx: Context, split: Call) -> Plan:
    """Cut the rows in the order in which they stand: what comes later is held out."""

    def build() -> list[Edit]:
        given = [item for item in split.node.keywords if item.arg in {"random_state", "stratify"}]
        has_place = all(item.arg != "shuffle" for item in split.node.keywords) and bool(given)
        with looking_at(ctx, split.cell):
            if not has_place:
                dropped = [drop_keyword(ctx, split.node, str(item.arg)) for item in given]
                return combine(*dropped, set_keyword(ctx, split, "shuffle", "False"))
            first, *others = given
            cell, start, end = ctx.offsets(first)
            keep_comments(cell.source[start:end])
            placed = [rewrite(ctx, cell, start, end, "shuffle=False")]
            return combine(placed, *(drop_keyword(ctx, split.node, str(item.arg)) for item in others))

    return Plan("Hold out the latest rows", Safety.UNSAFE, build)


def folds_in_order_fix(ctx: Context, made: Call) -> Plan:
    """Make folds each of which is tested on what follows the rows that it is trained on."""

    def build() -> list[Edit]:
        count = made.argument_node(0, "n_splits")
        with looking_at(ctx, made.cell):
            imports, function = ensure_import(ctx, "sklearn.model_selection", "TimeSeriesSplit", before=made)
            given = f"n_splits={ctx.source(count)}" if count is not None else ""
            return combine(imports, replace(ctx, made, f"{function}({given})"))

    return Plan("Hold out what comes later in each fold", Safety.UNSAFE, build)


def _renamed(name: str) -> str:
    return name.replace("train", "val") if "train" in name else f"{name}_val"


class _At:
    """A node in the cell of an event or call."""

    def __init__(self, fact: Event | Call, node: ast.expr) -> None:
        self.cell = fact.cell
        self.node = node
