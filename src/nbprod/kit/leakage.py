"""What rules about leakage must agree on: which rows a value holds, what learned from them, which split comes later.

Everything follows the lineage of values, not the order of cells: a scaler that was fitted above a split
leaks only if what it gave goes into that split, or into a model that is then tested on its rows.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from nbprod.kit.context import Context
from nbprod.semantic import ENCODER, STATELESS, SUPERVISED, Event, EventKind, SemanticModel, Tag, Value, is_a, part_tag

_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP, EventKind.SPLIT})
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
