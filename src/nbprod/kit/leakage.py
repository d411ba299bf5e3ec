"""What rules about leakage must agree on: which rows a value holds, what learned from them, which split comes later.

Everything follows the lineage of values, not the order of cells: a scaler that was fitted above a split
leaks only if what it gave goes into that split, or into a model that is then tested on its rows.
"""

import ast
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.steps import constructor, steps
from nbprod.semantic import ENCODER, STATELESS, SUPERVISED, Event, EventKind, SemanticModel, Tag, Value, is_a, part_tag

_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP, EventKind.SPLIT})
_TRANSFORMER: Final = "sklearn.base.TransformerMixin"
_LABELS: Final = "sklearn.preprocessing.LabelEncoding"
_TOLD: Final = ("vocabulary", "categories")
_PROJECTIONS: Final = ("sklearn.manifold.", "sklearn.decomposition.", "umap.")
_JOINING: Final = frozenset({"concat", "concatenate", "vstack", "append", "r_", "hstack", "union"})
_NOT_FOR_MODELS: Final = frozenset({"sklearn.manifold.TSNE", "sklearn.manifold.MDS"})
_PREPARING: Final = frozenset({"transformer", "resampler", "clusterer", "job"})


class Part(StrEnum):
    """Which rows a value holds."""

    ALL = "all"  # data that no split has divided
    TRAIN = "train"
    TEST = "test"  # held out by some split: a validation part is one, too
    BOTH = "both"  # a training part and a test part put together
    UNKNOWN = "unknown"  # no lineage, and no name that says so


_PARTS: Final = {Tag.TRAIN: Part.TRAIN, Tag.TEST: Part.TEST, Tag.TRAIN | Tag.TEST: Part.BOTH}


def part_of(value: Value | None, name: str = "") -> Part:
    """The rows that a value holds, by its lineage; by what it is called only if it has none.

    `X_val` of a second split of `X_train` is TEST: its rows are held out. Ask `part_by_name` for what
    the name alone says.
    """
    if value is None:
        return Part.UNKNOWN
    if value.has(Tag.TEST):
        return Part.BOTH if value.has(Tag.TRAIN) and not _is_held_out_twice(value) else Part.TEST
    if value.has(Tag.TRAIN):
        return Part.TRAIN
    if value.lineage:
        return Part.ALL
    return part_by_name(name)


def part_by_name(name: str) -> Part:
    """What a name such as `X_train` or `test_df` says of the rows; UNKNOWN when it says nothing."""
    return _PARTS.get(part_tag(name), Part.UNKNOWN)


def _is_held_out_twice(value: Value) -> bool:
    """Whether a value with both tags is the test part of a split of training rows, or any part of test rows."""
    return any(event.kind is EventKind.SPLIT and _is_divided(event) for event in value.lineage)


def _is_divided(split: Event) -> bool:
    return any(value.has(Tag.TRAIN | Tag.TEST) for value in split_data(split))


def split_data(split: Event) -> Sequence[Value]:
    """The data that a split divides, or that a cross-validation or search divides on its own: its X."""
    values = [split.inputs.get(role) for role in ("data", "X")]
    return [value for value in values if value is not None]


def is_transformer_fit(event: Event) -> bool:
    """Whether an event learns something from data to change data by: scalers, imputers, tokenizers, PCA, encoders.

    What learns nothing (`Normalizer`, `HashingVectorizer`) is none, resamplers are none.
    """
    if event.kind is not EventKind.FIT or event.detail != "transformer":
        return False
    return not is_a(transformer_type(event), STATELESS)


def transformer_type(event: Event) -> str:
    """The class of what is fitted: "sklearn.preprocessing.StandardScaler"; the function's name if it has none."""
    if event.subject is not None and event.subject.type is not None:
        return event.subject.type
    return event.call.name


def is_encoder(event: Event) -> bool:
    """Whether it encodes single features by their categories, whatever the target is."""
    kind = transformer_type(event)
    return is_a(kind, ENCODER) and not is_a(kind, SUPERVISED)


def learns_features(event: Event, ctx: Context) -> bool:
    """Whether an event learns from data to change features by it, without a look at the target.

    A pipeline or column transformer does if one of its steps does; what is told what to know
    (`vocabulary=`, `categories=`) does not.
    """
    if not is_transformer_fit(event) and not _fits_pipeline(event):
        return False
    if is_a(transformer_type(event), SUPERVISED) or transformer_type(event) in _NOT_FOR_MODELS:
        return False
    made = constructor(event, ctx)
    if made is not None and any(made.passes(None, name) and not made.open for name in _TOLD):
        return False
    inner = steps(event, ctx)
    if not inner:
        return event.detail == "transformer"
    return all(is_a(kind, _TRANSFORMER) for kind in inner) and not all(is_a(kind, STATELESS) for kind in inner)


def _fits_pipeline(event: Event) -> bool:
    return event.kind is EventKind.FIT and event.detail == "pipeline"


def is_encoding(event: Event, ctx: Context) -> bool:
    """Whether all that an event learns are the categories of single features."""
    inner = [kind for kind in steps(event, ctx) if not is_a(kind, STATELESS)]
    return is_encoder(event) or (bool(inner) and all(is_a(kind, ENCODER) for kind in inner))


def encodes_target(event: Event, ctx: Context) -> bool:
    """Whether what is encoded is, or may well be, the target and no feature."""
    data = event.inputs.get("X")
    if data is None or data.has(Tag.TARGET):
        return True
    targets = leakage_of(ctx).targets
    if data.column is not None and data.column in targets:
        return True
    # LabelEncoder is made for the target: a feature it is only if the target is known to be another column
    return is_a(transformer_type(event), _LABELS) and not targets


def name_of(event: Event, ctx: Context) -> str:
    """How what learns is called in a message: by its class, `StandardScaler`."""
    kind = transformer_type(event)
    if event.kind is EventKind.FIT and event.subject is not None and kind:
        return kind.rpartition(".")[2]
    return event.call.method or ctx.text(event)


def named_data(event: Event) -> str:
    """The name of the data that is handed to a fit: "X_train" of `fit(X_train[columns])`; empty if it has none."""
    call = event.node
    node = call.args[0] if isinstance(call, ast.Call) and call.args else None
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def comes_from_model(value: Value) -> bool:
    """Whether a value is what a trained model gave: predictions, probabilities, explanations."""
    return value.has(Tag.PREDICTION | Tag.PROBABILITY) or any(is_model_fit(event) for event in value.lineage)


def part_of_fit(event: Event) -> tuple[Part, bool]:
    """The rows that a fit learns from, and whether only names say so: those of the data, or of what it is made of."""
    part = part_of(event.inputs.get("X"))
    if part not in {Part.ALL, Part.UNKNOWN}:
        if part is not Part.TRAIN and part_by_name(named_data(event)) is Part.TRAIN:
            return Part.UNKNOWN, False  # a function gives either part: the lineage cannot tell which
        return part, False
    call = event.node
    node = call.args[0] if isinstance(call, ast.Call) and call.args else None
    if node is None:
        return part, False
    if isinstance(node, ast.Subscript | ast.Name):
        named = part_by_name(named_data(event))
        return (named, True) if named is not Part.UNKNOWN else (part, False)
    joined = {part_by_name(name.id) for name in ast.walk(node) if isinstance(name, ast.Name)}
    if {Part.TRAIN, Part.TEST} <= joined and (isinstance(node, ast.BinOp) or _joins(node)):
        return Part.BOTH, True
    return part, False


def _joins(node: ast.expr) -> bool:
    """Whether rows are put together: `pd.concat`, `np.vstack`, `train.append`."""
    return isinstance(node, ast.Call) and last_name(node.func) in _JOINING


def fitted_on_train(event: Event, ctx: Context) -> Event | None:
    """Where the same object, or another of its class, learned from the training part."""
    kind, same = transformer_type(event), None
    for other in ctx.model.events_of(EventKind.FIT):
        if other is event or transformer_type(other) != kind or part_of_fit(other)[0] is not Part.TRAIN:
            continue
        if _receiver(other) == _receiver(event):
            return other
        same = same or other
    return same


def _receiver(event: Event) -> str:
    function = event.node.func if isinstance(event.node, ast.Call) else None
    return last_name(function.value) if isinstance(function, ast.Attribute) else ""


def is_projection(event: Event) -> bool:
    """Whether what is fitted may be there for a picture: PCA, t-SNE, UMAP."""
    return transformer_type(event).startswith(_PROJECTIONS)


def is_viewed_only(event: Event, ctx: Context) -> bool:
    """Whether what an event gave is only looked at: nothing is predicted, scored or trained on it."""
    known = leakage_of(ctx)
    later = (*known.fits, *known.scores, *ctx.model.events_of(EventKind.PREDICT))
    return not any(event in value.lineage for other in later for value in other.inputs.values())


def is_target_aware(event: Event) -> bool:
    """Whether a fit looks at the target to change the data: selectors, target encoders, resamplers."""
    if event.kind is not EventKind.FIT:
        return False
    return event.detail == "resampler" or (event.detail == "transformer" and is_a(transformer_type(event), SUPERVISED))


def is_model_fit(event: Event) -> bool:
    """Whether an event trains a model, not just something that prepares data."""
    return event.kind is EventKind.FIT and event.detail not in _PREPARING and not event.call.method.startswith(
        ("fit_transform", "fit_resample", "fit_sample")
    )  # fmt: skip


def is_cross_validation(event: Event) -> bool:
    """Whether an event splits its data into folds by itself: `cross_val_score`, `GridSearchCV.fit`."""
    if event.kind is EventKind.EVALUATE:
        return event.detail == "cross-validation"
    return event.kind is EventKind.FIT and event.detail == "search"


def learned_from(value: Value) -> list[Event]:
    """The fits of transformers and resamplers whose output a value is, or was derived from, in order."""
    found = (event for event in value.lineage if is_transformer_fit(event) or is_target_aware(event))
    return sorted(found, key=lambda event: event.order)


def shares_source(first: Value, second: Value) -> bool:
    """Whether two values come from the same load of data."""
    return any(event.kind in _SOURCES for event in first.lineage & second.lineage)


class Division(Struct, frozen=True):
    """The event that divides rows after (or, not `later`, before) something learned from all of them.

    It `crosses` if it is a cross-validation or search, which divides them itself.
    """

    split: Event
    later: bool
    crosses: bool = False


class Leakage:
    """The splits, model fits and scores of a notebook, to be asked which come after an event on its lineage.

    Make it with `leakage_of(ctx)`, so that the rules of one run share it.
    """

    def __init__(self, model: SemanticModel) -> None:
        self._model = model
        events = model.events
        self.splits = [event for event in events if event.kind is EventKind.SPLIT]
        self.fits = [event for event in events if is_model_fit(event)]
        self.cross_validations = [event for event in events if is_cross_validation(event)]
        self.scores = model.events_of(EventKind.EVALUATE)

    @cached_property
    def targets(self) -> frozenset[str]:
        """The columns that models are trained to predict, as far as they are known."""
        values = (fit.inputs.get("y") for fit in self.fits)
        named = (value.column for value in values if value is not None and value.column is not None)
        return frozenset(named)

    def later_split(self, event: Event) -> Event | None:
        """The first split whose data was derived from what an event gave: `train_test_split`, folds, loaders.

        Cross-validations and searches, which split on their own, are in `later_cross_validation`.
        """
        return _first_reached(event, self.splits)

    def later_cross_validation(self, event: Event) -> Event | None:
        """The first `cross_val_score` or search whose X was derived from what an event gave."""
        return _first_reached(event, self.cross_validations)

    def later_fits(self, event: Event) -> list[Event]:
        """The trainings of models whose X was derived from what an event gave."""
        return [fit for fit in self.fits if fit is not event and _reaches(event, _features(fit))]

    def division(self, event: Event) -> "Division | None":
        """How rows are divided for models that are trained on what an event gave; None if they are not.

        A split, cross-validation or search of what it gave comes first; else a split of the rows that it
        learned from, of which a model gets the training part.
        """
        fits = self.later_fits(event)
        trained = frozenset[Event]().union(*(value.lineage for fit in fits for value in split_data(fit)))
        for split in self.splits:
            if split in trained and split.order > event.order and _reaches(event, split_data(split)):
                return Division(split, later=True)
        crossed = self.later_cross_validation(event)
        if crossed is not None:
            return Division(crossed, later=True, crosses=True)
        data = event.inputs.get("X")
        for split in self.splits:
            if data is not None and split in trained and any(shares_source(data, other) for other in split_data(split)):
                return Division(split, later=False)
        return None

    def is_scored(self, fit: Event) -> bool:
        """Whether any score, or any fold of a cross-validation, depends on a training."""
        return any(fit in score.lineage or _is_subject(fit, score) for score in self.scores)

    def test_parts(self, fit: Event) -> list[Event]:
        """The predictions and scores of a trained model on rows that were held out."""
        later = self._model.events_of(EventKind.PREDICT, EventKind.EVALUATE)
        return [
            event
            for event in later
            if _is_subject(fit, event) and part_of(event.inputs.get("X")) in {Part.TEST, Part.BOTH}
        ]


def _is_subject(fit: Event, event: Event) -> bool:
    subject = event.subject or event.inputs.get("model")
    return subject is not None and fit in subject.lineage


def _features(event: Event) -> Sequence[Value]:
    return split_data(event) or list(event.inputs.values())


def _reaches(event: Event, values: Iterable[Value]) -> bool:
    return any(event in value.lineage for value in values)


def _first_reached(event: Event, others: Iterable[Event]) -> Event | None:
    for other in others:
        if other.order > event.order and _reaches(event, split_data(other)):
            return other
    return None


@lru_cache(maxsize=1)
def _of(model: SemanticModel) -> Leakage:
    return Leakage(model)


def leakage_of(ctx: Context) -> Leakage:
    """What is known of splits and trainings in a notebook, worked out once for all rules."""
    return _of(ctx.model)
