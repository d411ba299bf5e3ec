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
_VALIDATION: Final = frozenset({"val", "valid", "validation", "dev"})
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
    event = _division(walk, place, base, "")
    own = {event, _division(walk, place, base, _purpose(name))} if side == Tag.TEST else {event}
    return value.evolve(tags=value.tags | side, lineage=value.lineage | own)


def _purpose(name: str) -> str:
    """What held-out rows are for, by their name: to choose by ("val"), or to judge by ("test")."""
    return "test" if _VALIDATION.isdisjoint(word.lower() for word in _WORD.findall(name)) else "val"


def _division(walk: Walk, place: ast.expr, base: Binding, purpose: str) -> Event:
    """The split of what a name holds; rows held out for a second purpose have one of their own besides."""
    event = walk.divisions.get((base, purpose))
    if event is None:
        alone = not any((base, other) in walk.divisions for other in ("val", "test"))
        if purpose and alone:
            event = walk.divisions[base, ""]
        else:
            event = walk.event_at(EventKind.SPLIT, place, "rows", data=base.value)
        walk.divisions[base, purpose] = event
    return event


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

    A part that is known keeps what is known of it; of two held-out ones, that to judge by gets a split of its own.
    """
    if not isinstance(node, ast.Call) or _sides(target) != _SIDES:
        return value
    call = walk.calls.get(node)
    purposes = _purposes(target)
    is_known = any(item.has(_SIDES) for item in _leaves(value))
    if call is None or (is_known and (len(purposes) < 2 or not isinstance(value.items, tuple))):
        return value
    if not is_known and _given(node) == _SIDES:  # the parts of an earlier split went in
        return _tagged(target, value, None, None)
    events = [walk.event(EventKind.SPLIT, call, detail="names", inputs={"data": value}, certain=False)]
    if len(purposes) > 1 and not is_known:
        events.append(walk.event(EventKind.SPLIT, call, detail="names", inputs={"data": value}, certain=False))
    return _tagged(target, value, None if is_known else events[0], events[-1])


def _given(node: ast.Call) -> int:
    """The sides of a split that the names of what a call is given speak of."""
    sides = 0
    for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
        sides |= _sides(argument)
    return sides


def _sides(target: ast.expr) -> int:
    if isinstance(target, ast.Name):
        return part_tag(target.id)
    sides = 0
    for part in target.elts if isinstance(target, ast.Tuple | ast.List) else ():
        sides |= _sides(part)
    return sides


def _purposes(target: ast.expr) -> set[str]:
    """What the held-out parts among some targets are for."""
    if isinstance(target, ast.Name):
        return {_purpose(target.id)} if part_tag(target.id) == Tag.TEST else set()
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else ()
    return {purpose for part in parts for purpose in _purposes(part)}


def _leaves(value: Value) -> list[Value]:
    return [leaf for item in value.elements for leaf in _leaves(item)] if isinstance(value.items, tuple) else [value]


def _tagged(target: ast.expr, value: Value, event: Event | None, last: Event | None) -> Value:
    """What is bound to a target: a part of the split `event`, and of `last` if it is there to judge by."""
    if isinstance(target, ast.Tuple | ast.List):
        known = value.items if isinstance(value.items, tuple) and len(value.items) == len(target.elts) else None
        items = tuple(
            _tagged(part, known[index] if known else value.evolve(items=None), event, last)
            for index, part in enumerate(target.elts)
        )
        return Value(items=items, lineage=value.lineage | {event} if event is not None else value.lineage)
    side = part_tag(target.id) if isinstance(target, ast.Name) else 0
    if not isinstance(target, ast.Name) or side not in (Tag.TRAIN, Tag.TEST):
        return value
    own = {event} if event is not None else set()
    if last is not None and side == Tag.TEST and _purpose(target.id) == "test":
        own.add(last)
    return value.evolve(tags=value.tags | side, lineage=value.lineage | own)
