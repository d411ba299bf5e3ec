"""What rules must agree on about scores: which training they judge, and on which rows, whoever computes them.

`Scores` puts metrics (`r2_score(y, model.predict(X))`), methods (`model.score(X, y)`) and what is computed by
hand (`(model.predict(X) == y).mean()`) into one form.
"""

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import nodes_in
from nbprod.kit.column_steps import dropped_columns
from nbprod.kit.context import Context
from nbprod.kit.leakage import Part, is_cross_validation, is_model_fit, part_by_name, part_of
from nbprod.kit.metrics import Role, is_labels, name_of, role_of, scores_pair
from nbprod.kit.origins import Origins, origins
from nbprod.kit.steps import constructor
from nbprod.semantic import Call, Event, EventKind, SemanticModel, Stmt, Tag, Value, is_a

_LEARNS_A_TARGET: Final = frozenset(
    {"classifier", "regressor", "estimator", "pipeline", "search", "network", "booster", ""}
)
_PREDICTED: Final = Tag.PREDICTION | Tag.PROBABILITY
_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP, EventKind.SPLIT})
_SIDES: Final = Tag.TRAIN | Tag.TEST
_UNCHANGED: Final = frozenset(
    """transform fit_transform values to_numpy copy astype reshape ravel toarray todense float long numpy array asarray
    column_stack as_matrix expand_dims add_constant DataFrame squeeze tensor from_numpy Tensor FloatTensor Pool
    DMatrix""".split()  # noqa: SIM905  -- reads better
)
"""What keeps the rows of its first argument, or of its receiver."""


class Score(Struct, frozen=True, eq=False):
    """One score. `cell` and `node` say where it is computed.

    Attributes:
        event: The metric or method; None when it is computed by hand.
        name: How it is called: "accuracy_score", "score", "" by hand.
        call: The call through which it is reached when it stands in a function.
        stmt: Its statement.
        fit: The training of the model that is scored; None when that can't be seen.
        rows: The features that the model predicted from; the truth, if those can't be seen.
        features: The expression of the features, where they are seen.
        crossed: Whether the predictions come from a cross-validation.
    """

    cell: int
    node: ast.AST
    stmt: Stmt
    via: Call | None
    event: Event | None
    fit: Event | None
    rows: Value
    features: ast.expr | None
    crossed: bool = False

    @property
    def name(self) -> str:
        """How the score is called: "accuracy_score", "score"; "" when it is computed by hand."""
        return self.event.call.method if self.event is not None else ""

    @property
    def part(self) -> Part:
        """The rows that it is computed on."""
        return part_of(self.rows)


class Scores:
    """All scores of models in a notebook. Make it with `scores_of(ctx)`, so that the rules of one run share it."""

    def __init__(self, ctx: Context) -> None:
        self._model = ctx.model
        self._ctx = ctx

    @cached_property
    def fits(self) -> list[Event]:
        """The trainings of models that learn a target."""
        return [event for event in self._model.events_of(EventKind.FIT) if learns_target(event)]

    @cached_property
    def all(self) -> list[Score]:
        """All scores, in the order of evaluation; those computed by hand last."""
        events = self._model.events_of(EventKind.EVALUATE)
        found = [score for event in events if (score := self._of_event(event)) is not None]
        return [*found, *self.by_hand]

    @cached_property
    def by_hand(self) -> list[Score]:
        """Comparisons of predictions with the truth that no metric function makes."""
        found: dict[ast.AST, Score] = {}
        for stmt, via in self._with_predictions():
            for node, predicted in _comparisons(stmt.node, self._model):
                event, own = self._prediction(predicted)
                rows = event.inputs.get("X", predicted) if event is not None else predicted
                features = event.call.argument_node(0, "X") if event is not None else None
                found[node] = Score(stmt.cell, node, stmt, via, None, own, rows, features)
        return list(found.values())

    def _of_event(self, event: Event) -> Score | None:
        call = event.call
        if scores_pair(event):
            predicted = event.inputs["predicted"]
            source, fit = self._prediction(predicted, event.order)
            crossed = source is None and any(is_cross_validation(origin) for origin in predicted.lineage)
            if source is not None:
                rows, features = source.inputs.get("X", event.inputs["true"]), source.call.argument_node(0, "X")
            else:
                rows, features = event.inputs["true"], None
            return Score(event.cell, event.node, event.stmt, call.via, event, fit, rows, features, crossed)
        if event.detail == "evaluator" and "predicted" in event.inputs:  # Spark: truth and prediction are in one table
            predicted = event.inputs["predicted"]
            source, fit = self._prediction(predicted, event.order)
            rows = source.inputs.get("X", predicted) if source is not None else predicted
            return Score(event.cell, event.node, event.stmt, call.via, event, fit, rows, None)
        scored = event.inputs.get("X") or self._given_before(event)
        if scored is None or "predicted" in event.inputs or is_cross_validation(event):
            return None
        position = 1 if "model" in event.inputs else 0
        features = call.argument_node(position, "X") or call.argument_node(position, "x")
        fit = self._last_fit(event.inputs.get("model"), event.order) or self._last_fit(event.subject, event.order)
        return Score(event.cell, event.node, event.stmt, call.via, event, fit, scored, features)

    def _given_before(self, event: Event) -> Value | None:
        """What a trainer of Hugging Face scores by that is not told: the data that it was made with."""
        if event.subject is None or not (event.subject.type or "").endswith("Trainer"):
            return None
        made = constructor(event, self._ctx)
        return made.keywords.get("eval_dataset") if made is not None else None

    def _prediction(self, predicted: Value, before: int | None = None) -> tuple[Event | None, Event | None]:
        """The last prediction that a value comes from, and the training of the model that made it."""
        last = _last(self._predictions, predicted, before)
        if last is None:
            return None, None
        return last, self._last_fit(last.inputs.get("model") or last.subject, last.order)

    def _last_fit(self, model: Value | None, before: int) -> Event | None:
        """The training that made a model what it is."""
        return _last(self._trainings, model, before) if model is not None else None

    @cached_property
    def _predictions(self) -> list[Event]:
        return self._model.events_of(EventKind.PREDICT)

    @cached_property
    def _trainings(self) -> list[Event]:
        return [event for event in self._model.events_of(EventKind.FIT) if is_model_fit(event)]

    def _with_predictions(self) -> Iterator[tuple[Stmt, Call | None]]:
        """The simple statements in which a prediction is made or read, each once, and how they are reached."""
        places = {call.stmt: call.via for call in self._model.all_calls if call.result.tags & _PREDICTED}
        for use in self._model.uses:
            if use.binding is not None and use.binding.value.has(_PREDICTED):
                places.setdefault(use.stmt, use.via)
        for stmt, via in places.items():
            if isinstance(stmt.node, ast.Assign | ast.Expr | ast.Return | ast.AugAssign):
                yield stmt, via

    def on_training_rows(self, score: Score) -> bool:
        """Whether a score is computed on the very rows that the model was trained on."""
        fit = score.fit
        learned = fit.inputs.get("X") if fit is not None else None
        if fit is None or learned is None or score.crossed:
            return False
        if part_by_name(name_of(score.features)) in {Part.TEST, Part.BOTH}:
            return False  # whatever was put into it: somebody means it to be held out
        if learned is score.rows and learned.lineage:
            return True
        if learned.has(Tag.TEST) or score.rows.has(Tag.TEST) or sources(learned) != sources(score.rows):
            return False
        if learned.has(Tag.TRAIN) and score.rows.has(Tag.TRAIN):
            return True
        first, second = fit.call.argument_node(0, "X"), score.features
        return first is not None and second is not None and self._same(first, second)

    def _same(self, first: ast.expr, second: ast.expr) -> bool:
        """Whether two expressions hold the same rows of the same data."""
        follow = origins(self._ctx)
        one, other = self._bases(first, follow), self._bases(second, follow)
        return any(base in other for base in one)

    def _bases(self, node: ast.expr, follow: Origins) -> set[object]:
        """The bindings that an expression takes all its rows from."""
        found: set[object] = set()
        for _ in range(20):
            if isinstance(node, ast.Name):
                binding = follow.binding(node)
                origin = follow.of(node)
                if binding is None:
                    break
                found.add(binding)
                if origin is None or origin.index is not None:
                    break
                node = origin.expression
                continue
            following = _rows_of(node, self._model)
            if following is None:
                break
            node = following
        return found


def _rows_of(node: ast.expr, model: SemanticModel) -> ast.expr | None:
    """The expression whose rows, all of them, another one keeps."""
    match node:
        case ast.Call(func=ast.Attribute(value=receiver, attr="drop")):
            return receiver if dropped_columns(node) is not None else None
        case ast.Call(func=ast.Attribute(value=receiver, attr=attr), args=args) if attr in _UNCHANGED:
            call = model.call(node)
            is_method = call is not None and call.receiver is not None and attr not in {"transform", "fit_transform"}
            return receiver if is_method else (args[0] if args else None)
        case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _UNCHANGED:
            return first
        case ast.Attribute(value=inner, attr="values"):
            return inner
        case ast.Subscript(value=inner, slice=ast.Constant(value=str()) | ast.List()):
            return inner
        case ast.Subscript(value=inner, slice=ast.Tuple(elts=[ast.Slice(lower=None, upper=None, step=None), _])):
            return inner
        case ast.Subscript(value=inner, slice=ast.Name() as key):
            value = model.value(key)
            return inner if value.type in {"builtins.list", "builtins.str"} else None
    return None


def sources(value: Value) -> frozenset[Event]:
    """The loads and splits that rows come from."""
    return frozenset(event for event in value.lineage if event.kind in _SOURCES)


def held_out_set(value: Value) -> tuple[frozenset[Event], int] | None:
    """What tells one held-out set from another; None for rows that no split holds out, and for folds."""
    if part_of(value) is not Part.TEST:
        return None
    origin = sources(value)
    if any(event.kind is EventKind.SPLIT and event.detail == "folds" for event in origin):
        return None
    return origin, value.tags & _SIDES


def learns_number(event: Event) -> bool:
    """Whether an event trains or cross-validates a model of a number: a regression."""
    model = event.inputs.get("model")
    return event.detail == "regressor" or (model is not None and is_a(model.type, "sklearn.base.RegressorMixin"))


def learns_target(event: Event) -> bool:
    """Whether an event trains a model on a target: no clustering, no detector, no inference."""
    if not is_model_fit(event) or event.detail not in _LEARNS_A_TARGET:
        return False
    target = event.inputs.get("y")
    if target is None:
        features = event.inputs.get("X")
        if features is not None and features.type == "catboost.Pool":
            return True
        if event.call.name.startswith("pyspark.ml.") and event.detail in {"classifier", "regressor"}:
            return True  # the target is a column of the table, named by `labelCol`
        return event.detail in {"network", "booster", "search"} and event.call.method != "backward"
    return target.const is not None


def _last(events: Sequence[Event], value: Value, before: int | None = None) -> Event | None:
    """The last of some events, before a place in the order of all, that a value comes from."""
    stop = len(events) if before is None else bisect_left(events, before, key=lambda event: event.order)
    lineage = value.lineage
    return next((events[index] for index in range(stop - 1, -1, -1) if events[index] in lineage), None)


def _comparisons(statement: ast.AST, model: SemanticModel) -> Iterator[tuple[ast.AST, Value]]:
    """Comparisons and differences of a prediction and a truth, with the prediction."""
    keys: set[ast.AST] = set()
    for node in nodes_in(statement):
        if node in keys:
            continue
        match node:
            case ast.Call(func=ast.Attribute(attr="join"), args=args):
                keys.update(part for argument in args for part in ast.walk(argument) if isinstance(part, ast.Compare))
                continue
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                pass
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                pass
            case _:
                continue
        for one, other in ((left, right), (right, left)):
            value = model.value(one)
            if not value.has(_PREDICTED) or role_of(value, one) is not Role.PREDICTED:
                continue
            truth = model.value(other)
            if role_of(truth, other) is Role.TRUE or (not truth.has(_PREDICTED) and is_labels(name_of(other))):
                yield node, value


def scores_of(ctx: Context) -> Scores:
    """The scores of a notebook's models, worked out once for all rules."""
    return ctx.once(Scores)
