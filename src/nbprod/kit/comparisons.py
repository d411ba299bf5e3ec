"""What rules must agree on about choices: how many models a score compares, and which set of rows decides."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name, nodes_in
from nbprod.kit.context import Context
from nbprod.kit.leakage import Part, part_by_name, part_of
from nbprod.kit.metrics import name_of
from nbprod.kit.origins import origins
from nbprod.kit.scoring import Score, held_out_set
from nbprod.kit.stopping import watched_sets
from nbprod.patterns import lazy_pattern
from nbprod.semantic import HUB_DATA, Binding, Call, Event, EventKind, Stmt, Value

_STEPS: Final = 20
_MANY: Final = 3
"""What a loop stands for whose length is unknown."""

_SEARCHES: Final = frozenset({"optimize", "fmin", "minimize", "gp_minimize", "forest_minimize", "maximize", "search"})
"""What calls a function again and again, each time with other settings."""

_STEPWISE: Final = frozenset({"partial_fit", "train_on_batch", "backward", "train_step"})
"""Fits that go on with the same model: an epoch is no other model."""

_COMPREHENSIONS: Final = (ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
_WRAPPERS: Final = frozenset({"enumerate", "zip", "tqdm", "trange", "list", "sorted", "reversed", "product", "track"})
_Loop = ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp

SetKey = tuple[object, ...]


class Compared(Struct, frozen=True):
    """The models that were scored on one set of held-out rows, in the order of their scores.

    `settings` are those of one model whose best was looked for, such as thresholds; 0 if nothing was.
    """

    key: SetKey
    scores: tuple[Score, ...]
    models: int
    settings: int = 0


def set_key(value: Value) -> SetKey | None:
    """What tells one held-out set from another; splits of the same data by the same seed give the same set."""
    found = held_out_set(value)
    if found is None:
        return None
    origin, side = found
    return (frozenset(map(_split_key, origin)), (side, value.column) if value.type == HUB_DATA else side)


def _split_key(event: Event) -> object:
    seed = event.call.keywords.get("random_state")
    if event.kind is not EventKind.SPLIT or seed is None or type(seed.const) is not int:
        return event
    loads = frozenset(other for other in event.lineage if other.kind is not EventKind.SPLIT and other.kind in _LOADS)
    size = event.call.keywords.get("test_size")
    return ("split", loads, seed.const, str(size.const) if size is not None else "") if loads else event


_LOADS: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})


def compared(scores: Sequence[Score], ctx: Context) -> Iterator[Compared]:
    """For each held-out set, the models that are scored on it."""
    groups: dict[SetKey, list[Score]] = {}
    for score in scores:
        key = set_key(score.rows) or _named_key(score)
        if key is not None and not score.crossed and score.fit is not None:
            groups.setdefault((*key, _target(score), _rows_taken(score, ctx)), []).append(score)
    for key, group in groups.items():
        times: dict[Event, int] = {}
        for score in group:
            assert score.fit is not None  # noqa: S101  -- for the type checker
            times[score.fit] = max(times.get(score.fit, 1), repetitions(score, ctx))
        settings = max(_settings(score, ctx) for score in group) if sum(times.values()) < _MANY else 0
        yield Compared(key, tuple(group), sum(times.values()), settings)


def set_name(score: Score) -> str:
    """How the notebook calls the held-out rows of a score: "X_test"; empty if no name says that they are."""
    nodes = [score.features, *getattr(score.node, "args", [])]
    if score.rows.type == HUB_DATA and score.rows.column is not None:
        return score.rows.column
    return next((name for node in nodes if part_by_name(name := name_of(node)) is Part.TEST), "")


def _named_key(score: Score) -> SetKey | None:
    """A test set by its name alone, where no split is to be seen: it has a file of its own, or comes from a project."""
    name = set_name(score)
    is_open = score.part in {Part.ALL, Part.UNKNOWN} and bool(name) and not is_validation(name)
    return ("named", name) if is_open else None


def _target(score: Score) -> str | None:
    event = score.event
    truth = (event.inputs.get("true") or event.inputs.get("y")) if event is not None else None
    return truth.column if truth is not None else None


def _rows_taken(score: Score, ctx: Context) -> object:
    """Where some of the held-out rows are taken for a score (`X_test[X_test["age"] > 60]`); None if all are."""
    node, follow = score.features, origins(ctx)
    for _ in range(_STEPS):
        match node:
            case ast.Name():
                binding, origin = follow.binding(node), follow.of(node)
                if origin is None or origin.index is not None:
                    return _pair_of(binding) if binding is not None else None
                node = origin.expression
            case ast.Subscript(value=base, slice=key):
                if isinstance(key, ast.Tuple) and key.elts:
                    key = key.elts[0]
                if isinstance(key, ast.Compare | ast.BoolOp | ast.BinOp) and part_of(ctx.value(base)) is Part.TEST:
                    return node
                node = base
            case ast.Attribute(value=base) | ast.Call(func=ast.Attribute(value=ast.Name() as base, attr="copy")):
                node = base
            case ast.Call(func=ast.Attribute(attr="transform"), args=[base]):
                node = base
            case _:
                return None
    return None


def _pair_of(binding: Binding) -> object:
    """The pair of features and labels, among several that a call gives, that a name stands in."""
    match binding.stmt.node if binding.stmt is not None else None:
        case ast.Assign(targets=[ast.Tuple(elts=pairs)]):
            return next((pair for pair in pairs if isinstance(pair, ast.Tuple) and binding.node in pair.elts), None)
    return None


def repetitions(score: Score, ctx: Context) -> int:
    """How many models a score is computed for where it stands: 5 in a loop that fits and scores five."""
    fit = score.fit
    if fit is None or fit.call.method in _STEPWISE:
        return 1
    via = score.via
    if via is not None and via.method in _SEARCHES:
        return _MANY
    count = 1
    for loop in _loops(score.node, score.stmt, via):
        if _makes_a_model(loop, fit, score, ctx) and not _splits_anew(loop, score, ctx):
            count *= _length(loop, ctx)
    return count


def _settings(score: Score, ctx: Context) -> int:
    """How many thresholds are tried on one prediction, where the best is taken: `proba > t for t in thresholds`."""
    event = score.event
    true = event.call.argument_node(0, "y_true") if event is not None else None
    predicted = event.call.argument_node(1, "y_pred") if event is not None else None
    if true is None or predicted is None:
        return 0
    names = _read(predicted) - _read(true)
    for loop in _loops(score.node, score.stmt, None):
        values: list[ast.expr] = [predicted]
        if isinstance(loop, ast.For):  # `labels = (proba > t).astype(int)` in its body
            values += [stmt.value for stmt in loop.body if isinstance(stmt, ast.Assign) and _bound(stmt) & names]
        turns = _names_in(loop) - _read(true)
        thresholds = (part for value in values for part in ast.walk(value) if isinstance(part, ast.Compare))
        if any(turns & _read(part) for part in thresholds) and _takes_the_best(loop, score, ctx):
            return _length(loop, ctx)
    return 0


def _bound(stmt: ast.Assign) -> set[str]:
    return {target.id for target in stmt.targets if isinstance(target, ast.Name)}


def _read(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _takes_the_best(loop: _Loop, score: Score, ctx: Context) -> bool:
    """Whether the best of the scores of a loop is looked for, in it or after it."""
    if isinstance(loop, ast.For) and any(
        isinstance(stmt, ast.If) and isinstance(stmt.test, ast.Compare | ast.BoolOp) for stmt in loop.body
    ):
        return True
    return any(
        call.method in _BEST and call.cell >= score.cell and len(call.args) == 1 and "axis" not in call.keywords
        for call in ctx.model.all_calls
    )


_BEST: Final = frozenset({"argmax", "argmin", "nanargmax", "nanargmin", "idxmax", "idxmin", "max", "min"})


def _loops(node: ast.AST, stmt: Stmt, via: Call | None) -> Iterator[_Loop]:
    """The loops that a place stands in, those of the call that it is reached by among them."""
    places = [(node, stmt)] if via is None else [(node, stmt), (via.node, via.stmt)]
    for inner, statement in places:
        for outer in statement.ancestors():
            if isinstance(outer.node, ast.For | ast.AsyncFor | ast.While):
                yield outer.node
        if not isinstance(
            statement.node, ast.For | ast.FunctionDef | ast.ClassDef | ast.While | ast.If | ast.With | ast.Try
        ):
            for part in nodes_in(statement.node):
                if isinstance(part, _COMPREHENSIONS) and any(child is inner for child in ast.walk(part)):
                    yield part


def _makes_a_model(loop: _Loop, fit: Event, score: Score, ctx: Context) -> bool:
    """Whether each turn of a loop has a model of its own: one that it makes or takes, and not the last one again."""
    if _names_in(loop) & {part.id for part in _walk(fit.call.argument_node(1, "y")) if isinstance(part, ast.Name)}:
        return False  # each turn has a target of its own
    fitted = any(other is loop for other in _loops(fit.node, fit.stmt, fit.call.via))
    function = fit.node.func if isinstance(fit.node, ast.Call) else None
    model = function.value if isinstance(function, ast.Attribute) else None
    if fitted and (model is None or fit.call.via is not None):
        return True
    expression = model if fitted else _model(score, ctx)
    while isinstance(expression, ast.Attribute | ast.Subscript):
        expression = expression.value
    if isinstance(expression, ast.Call):
        return fitted
    binding = origins(ctx).binding(expression)
    if binding is None or binding.stmt is None:
        return False
    if isinstance(loop, _COMPREHENSIONS):
        return any(binding.node is part for item in loop.generators for part in ast.walk(item.target))
    return binding.stmt.node is loop or any(outer.node is loop for outer in binding.stmt.ancestors())


def _names_in(loop: _Loop) -> set[str]:
    """The names that a loop binds anew in each turn."""
    if isinstance(loop, ast.While):
        return set()
    targets = [loop.target] if isinstance(loop, ast.For | ast.AsyncFor) else [item.target for item in loop.generators]
    return {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}


def _walk(node: ast.AST | None) -> Iterator[ast.AST]:
    return ast.walk(node) if node is not None else iter(())


def _model(score: Score, ctx: Context) -> ast.expr | None:
    """The model of `model.score(X, y)`, or of the `model.predict(X)` that a metric is given."""
    event = score.event
    asked: ast.AST | None = event.node if event is not None and "X" in event.inputs else None
    if event is not None and asked is None:
        asked = event.call.argument_node(1, "y_pred")
        origin = origins(ctx).of(asked) if isinstance(asked, ast.Name) else None
        asked = origin.expression if origin is not None else asked
    match asked:
        case ast.Call(func=ast.Attribute(value=model, attr=attr)) if asked is score.node or attr.startswith("predict"):
            return model
    return None


def _splits_anew(loop: _Loop, score: Score, ctx: Context) -> bool:
    """Whether each turn has a test set of its own."""
    splits = (event for event in score.rows.lineage if event.kind is EventKind.SPLIT)
    return any(other is loop for split in splits for other in _loops(split.node, split.stmt, split.call.via))


def _length(loop: _Loop, ctx: Context) -> int:
    if isinstance(loop, ast.While):
        return _MANY
    iterated = loop.iter if isinstance(loop, ast.For | ast.AsyncFor) else loop.generators[0].iter
    for _ in range(5):
        match iterated:
            case ast.Call(func=ast.Name(id="range"), args=args):
                bounds = [ctx.value(item).const for item in args]
                if all(type(bound) is int for bound in bounds) and len(bounds) <= 3 and 0 not in bounds[2:]:
                    return max(1, min(1_000, len(range(*bounds))))
                return _MANY
            case ast.Call(func=ast.Attribute(value=inner, attr="items" | "values" | "keys")):
                iterated = inner
            case ast.Call(func=function, args=[inner, *_]) if last_name(function) in _WRAPPERS:
                iterated = inner
            case _:
                break
    elements = ctx.value(iterated).elements
    return len(elements) if elements else _MANY


class HeldOut:
    """The held-out sets that a notebook uses, and those that it has."""

    def __init__(self, ctx: Context) -> None:
        model = ctx.model
        values = [event.inputs.get("X") for event in model.events_of(EventKind.PREDICT, EventKind.EVALUATE)]
        values += [value for event in model.events_of(EventKind.FIT) for value in watched_sets(event, ctx)]
        self._used = {key for value in values if value is not None and (key := set_key(value)) is not None}
        splits = [event for event in model.events_of(EventKind.SPLIT) if event.detail != "folds"]
        known = frozenset(splits)
        self._divided = {_split_key(origin) for event in splits for origin in event.lineage & known}

    def is_beside_another(self, key: SetKey | None, name: str) -> bool:
        """Whether a set is one of two that are held out of the same data: validation and test.

        The other one must be used, unless the name says that this one is for validation.
        """
        if key is None:
            return False
        splits = _splits(key)
        if is_validation(name) and (
            isinstance(key[1], tuple) or len(splits) > 1 or not splits.isdisjoint(self._divided)
        ):
            return True
        return any(other[:2] != key[:2] and not splits.isdisjoint(_splits(other)) for other in self._used)


def is_validation(name: str) -> bool:
    """Whether a name says that a set is there to choose by: `X_val`."""
    words = {word.lower() for word in _WORD.findall(name)}
    return not words.isdisjoint({"val", "valid", "validation", "dev", "eval"})


_WORD: Final = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def _splits(key: SetKey) -> set[object]:
    """What held a set out: splits; for a published data set that has several parts, its load."""
    events = key[0] if isinstance(key[0], frozenset) else frozenset()
    kinds = {EventKind.SPLIT, EventKind.LOAD} if isinstance(key[1], tuple) else {EventKind.SPLIT}
    return {event for event in events if not isinstance(event, Event) or event.kind in kinds}
