"""Splits that no library does: rows taken by slice, mask or sample, and bound to names such as `train` and `X_test`.

They are recorded as SPLIT events, of detail "rows" where the rows are taken in sight, and "names" where a
call of unknown make gives all parts at once. The node of the former may be a subscript.
"""

import ast
from functools import lru_cache
from typing import Final

from nbprod.patterns import lazy_pattern
from nbprod.semantic.facts import Binding, Event, EventKind
from nbprod.semantic.values import UNKNOWN, Tag, Value
from nbprod.semantic.walk import Walk

_WORD: Final = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_TRAIN: Final = frozenset({"train", "training", "trn", "tr"})
_TEST: Final = frozenset({"test", "testing", "tst", "te", "val", "valid", "validation", "holdout", "dev"})
_OTHER: Final = frozenset(
    {"acc", "accuracy", "loss", "losses", "score", "scores", "error", "errors", "size", "idx", "index", "indices",
     "ids", "mask", "path", "file", "dir", "name", "names", "ratio", "len", "pred", "preds", "predict", "columns",
     "cols", "mse", "rmse", "mae", "auc", "f1", "n", "num", "time", "count", "shape", "model", "metrics", "results",
     "start", "end", "date", "fpr", "tpr", "proba", "prob"}
)  # fmt: skip
"""What names of something else than data say: `test_accuracy`, `train_idx`."""

_TAKING: Final = frozenset({"sample", "drop", "query", "head", "tail", "truncate", "take", "skip", "iloc", "loc"})
_SIDES: Final = Tag.TRAIN | Tag.TEST


@lru_cache(maxsize=4_000)
def part_tag(name: str) -> int:
    """The side of a split that a name speaks of, as tags: 0 for none, both for `train_test`."""
    words = {word.lower() for word in _WORD.findall(name)}
    if not words.isdisjoint(_OTHER):
        return 0
    return (0 if words.isdisjoint(_TRAIN) else Tag.TRAIN) | (0 if words.isdisjoint(_TEST) else Tag.TEST)


def divided(walk: Walk, name: str, node: ast.expr, value: Value) -> Value:
    """The value bound to a name, with its side of the split if rows of something undivided are taken for it."""
    if not value.lineage or value.has(_SIDES):
        return value
    side = part_tag(name)
    if side not in (Tag.TRAIN, Tag.TEST):
        return value
    taken = _taken(walk, node)
    if taken is None:
        return value
    place, base = taken
    if part_tag(base.name):  # columns, or some rows, of what is a part already
        return value
    event = walk.divisions.get(base)
    if event is None:
        event = walk.event_at(EventKind.SPLIT, place, "rows", data=base.value)
        walk.divisions[base] = event
    return value.evolve(tags=value.tags | side, lineage=value.lineage | {event})


def _taken(walk: Walk, node: ast.expr) -> tuple[ast.expr, Binding] | None:
    """Where an expression takes rows, and the binding that it takes them from; None if it does not."""
    place: ast.expr | None = None
    while True:
        if isinstance(node, ast.Subscript):
            if _selects_rows(walk, node):
                place = node
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _TAKING and not _drops_columns(node):
                place = node
            node = node.func.value
        elif isinstance(node, ast.Attribute):
            node = node.value
        else:
            break
    base = walk.lookup(node.id) if place is not None and isinstance(node, ast.Name) else None
    return (place, base) if place is not None and base is not None else None


def _selects_rows(walk: Walk, node: ast.Subscript) -> bool:
    key = node.slice
    if isinstance(key, ast.Tuple) and key.elts:
        key = key.elts[0]
    if isinstance(key, ast.Slice):
        return key.lower is not None or key.upper is not None
    if isinstance(key, ast.Compare | ast.UnaryOp | ast.BinOp | ast.BoolOp | ast.Call | ast.Subscript):
        return not isinstance(key, ast.UnaryOp) or not isinstance(key.op, ast.USub)
    if not isinstance(key, ast.Name):
        return False
    value = walk.values.get(key, UNKNOWN)
    return value.type not in {"builtins.list", "builtins.str", "pandas.Index"}


def _drops_columns(node: ast.Call) -> bool:
    """`drop` takes columns, unless it is given the index of other rows."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "drop":
        return False
    first = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "index"), None)
    return not any(isinstance(part, ast.Attribute) and part.attr == "index" for part in ast.walk(first or node))


def parts_by_name(walk: Walk, target: ast.Tuple | ast.List, node: ast.expr, value: Value) -> Value:
    """The parts that a call gives whose targets are called `X_train` and `X_test`, where nothing else tells.

    A part that is known keeps what is known of it.
    """
    if not isinstance(node, ast.Call):
        return value
    sides = _sides(target)
    if sides != _SIDES or any(item.has(_SIDES) for item in _leaves(value)):
        return value
    call = walk.calls.get(node)
    if call is None:
        return value
    event = walk.event(EventKind.SPLIT, call, detail="names", inputs={"data": value}, certain=False)
    return _tagged(target, value, event)


def _sides(target: ast.expr) -> int:
    if isinstance(target, ast.Name):
        return part_tag(target.id)
    sides = 0
    for part in target.elts if isinstance(target, ast.Tuple | ast.List) else ():
        sides |= _sides(part)
    return sides


def _leaves(value: Value) -> list[Value]:
    return [leaf for item in value.elements for leaf in _leaves(item)] if isinstance(value.items, tuple) else [value]


def _tagged(target: ast.expr, value: Value, event: Event) -> Value:
    lineage = value.lineage | {event}
    if isinstance(target, ast.Tuple | ast.List):
        known = value.items if isinstance(value.items, tuple) and len(value.items) == len(target.elts) else None
        items = tuple(
            _tagged(part, known[index] if known else value.evolve(items=None), event)
            for index, part in enumerate(target.elts)
        )
        return Value(items=items, lineage=lineage)
    side = part_tag(target.id) if isinstance(target, ast.Name) else 0
    return value.evolve(tags=value.tags | side, lineage=lineage) if side in (Tag.TRAIN, Tag.TEST) else value
