"""What rules about leakage must agree on: which rows a value holds, what learned from them, which split comes later.

Everything follows the lineage of values, not the order of cells: a scaler that was fitted above a split
leaks only if what it gave goes into that split, or into a model that is then tested on its rows.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.semantic import (
    ENCODER,
    STATELESS,
    SUPERVISED,
    Event,
    EventKind,
    SemanticModel,
    Tag,
    Value,
    is_a,
    part_tag,
)

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
    if event.detail == "resampler":
        return True
    reduces = event.detail == "transformer" or event.call.method == "fit_transform"  # LDA is a classifier, too
    return reduces and is_a(transformer_type(event), SUPERVISED)


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

    It `crosses` if it is a cross-validation, a search or a fit with `validation_split`, which divides them itself.
    """

    split: Event
    later: bool
    crosses: bool = False

    @property
    def name(self) -> str:
        """What divides the rows, as a message names it."""
        split = self.split
        if split.kind is not EventKind.FIT:
            return f"`{split.call.method}`" if split.call.method else "the split"
        if not is_cross_validation(split):
            return "`validation_split`"
        owner = split.subject.type if split.subject is not None else None
        return f"`{owner.rpartition('.')[2]}`" if owner else "the search"


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
        crossed = self.later_cross_validation(event) or next(filter(_holds_back, fits), None)
        if crossed is not None:
            return Division(crossed, later=True, crosses=True)
        data = event.inputs.get("X")
        for split in self.splits:
            if data is not None and split in trained and any(shares_source(data, other) for other in split_data(split)):
                return Division(split, later=False)
        return None

    def refolding(self, event: Event) -> Division | None:
        """How what a step made of training rows is divided again: by a cross-validation, a search, a second split."""
        fits = self.later_fits(event)
        crossed = self.later_cross_validation(event) or next(filter(_holds_back, fits), None)
        if crossed is not None:
            return Division(crossed, later=True, crosses=True)
        split = self.later_split(event)
        return Division(split, later=True) if split is not None and fits else None

    def scored_elsewhere(self, event: Event) -> bool:
        """Whether a score is taken on data that was loaded apart from what an event learned from."""
        data = event.inputs.get("X") or event.inputs.get("data")
        own = {other for other in data.lineage if other.kind in _SOURCES} if data is not None else set()
        truths = (score.inputs.get("true") or score.inputs.get("y") for score in self.scores)
        return bool(own) and any(
            truth is not None
            and any(other.kind in _SOURCES for other in truth.lineage)
            and own.isdisjoint(truth.lineage)
            and event not in truth.lineage
            for truth in truths
        )

    def scored_only_within(self, event: Event) -> bool:
        """Whether all true values that scores are taken by are among what an event gave."""
        truths = (score.inputs.get("true") or score.inputs.get("y") for score in self.scores)
        known = [truth for truth in truths if truth is not None and truth.lineage]
        return bool(known) and all(event in truth.lineage for truth in known)

    @cached_property
    def tests(self) -> bool:
        """Whether any model is scored, or predicts rows that were held out."""
        predicted = (event.inputs.get("X") for event in self._model.events_of(EventKind.PREDICT))
        if self.scores or any(map(_holds_back, self.fits)):
            return True
        return any(value is not None and value.has(Tag.TEST) for value in predicted)

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


def _holds_back(fit: Event) -> bool:
    """Whether the training of a network keeps rows back itself: `validation_split=0.2`."""
    held = fit.call.keywords.get("validation_split")
    return held is not None and not (isinstance(held.const, int | float | None) and not held.const)


def _features(event: Event) -> Sequence[Value]:
    return split_data(event) or list(event.inputs.values())


def _reaches(event: Event, values: Iterable[Value]) -> bool:
    return any(event in value.lineage for value in values)


def _first_reached(event: Event, others: Iterable[Event]) -> Event | None:
    for other in others:
        if other.order > event.order and _reaches(event, split_data(other)):
            return other
    return None


def _of(ctx: Context) -> Leakage:
    return Leakage(ctx.model)


def leakage_of(ctx: Context) -> Leakage:
    """What is known of splits and trainings in a notebook, worked out once for all rules."""
    return ctx.once(_of)
