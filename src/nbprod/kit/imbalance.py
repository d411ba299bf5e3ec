"""What a notebook says of how even the classes of its target are: in its saved outputs, or by what it does about it."""

import ast
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.metrics import name_of, role_by_name
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Tag

_WEIGHTS: Final = {
    "class_weight": (None,), "scale_pos_weight": (None, 1, 1.0), "is_unbalance": (None, False), "unbalance": (False,),
    "class_weights": (None,), "auto_class_weights": (None, "None"), "pos_weight": (None,), "balance_classes": (False,),
}  # fmt: skip
"""Parameters that make up for rare classes, with the values that do not."""
_WEIGHING: Final = frozenset(
    {"compute_class_weight", "compute_sample_weight", "WeightedRandomSampler", "BalancedRandomForestClassifier",
     "BalancedBaggingClassifier", "EasyEnsembleClassifier", "RUSBoostClassifier", "FocalLoss",
     "BinaryFocalCrossentropy", "sigmoid_focal_crossentropy"}
)  # fmt: skip
_COUNT: Final = lazy_pattern(r"(\S.{0,80}?)[ \t]{2,}(\d{1,15}(?:\.\d{1,12})?)")
_PAIR: Final = lazy_pattern(r"[^,:{}]{1,60}: ?(\d{1,15})(?=[,}])")
_MOST_CLASSES: Final = 30
_MOST_OUTPUT: Final = 20_000


class Shares(Struct, frozen=True):
    """Counts of the classes that a cell shows: the part that the largest class has, by what call, of what."""

    largest: float
    call: Call
    target: str


def made_up_for(ctx: Context) -> Iterator[tuple[Call, str]]:
    """What the notebook does about rare classes, with its name: resamplers, class weights."""
    for event in ctx.model.events_of(EventKind.FIT):
        if event.detail == "resampler":
            kind = event.subject.type if event.subject is not None else None
            yield event.call, (kind or event.call.name).rpartition(".")[2]
    for call in ctx.model.all_calls:
        if call.method in _WEIGHING:
            yield call, call.method
            continue
        for name, value in call.keywords.items():
            if name in _WEIGHTS and value.const not in _WEIGHTS[name]:
                yield call, name


def shown_shares(ctx: Context) -> Iterator[Shares]:
    """Counts of the classes of a target that a cell shows in its saved output."""
    columns = _target_columns(ctx)
    by_cell: dict[int, list[Call]] = {}
    for call in ctx.model.all_calls:
        if call.method == "value_counts" or call.name == "collections.Counter":
            by_cell.setdefault(call.cell, []).append(call)
    for index, calls in by_cell.items():
        subject = calls[0].receiver if calls[0].method == "value_counts" else next(iter(calls[0].args), None)
        cell = ctx.notebook.cells[index]
        if len(calls) > 1 or subject is None or not cell.raw_outputs or any(map(_resamples, subject.lineage)):
            continue
        node = calls[0].node.func
        shown = node.value if isinstance(node, ast.Attribute) else next(iter(calls[0].node.args), None)
        name = subject.column or name_of(shown)
        if subject.column not in columns and not subject.has(Tag.TARGET) and role_by_name(name) != "true":
            continue
        counts = _counts(_text(ctx, index), pairs=calls[0].method != "value_counts")
        if 2 <= len(counts) <= _MOST_CLASSES and sum(counts) > 0:
            yield Shares(max(counts) / sum(counts), calls[0], name or "the target")


def _resamples(event: Event) -> bool:
    return event.kind is EventKind.FIT and event.detail == "resampler"


def _target_columns(ctx: Context) -> set[str]:
    """The columns that models learn to predict."""
    events: list[Event] = ctx.model.events_of(EventKind.FIT, EventKind.EVALUATE)
    targets = (event.inputs.get(role) for event in events for role in ("y", "true"))
    return {value.column for value in targets if value is not None and value.column is not None}


def _text(ctx: Context, index: int) -> str:
    """What a cell printed and shows, as plain text."""
    parts: list[str] = []
    for output in ctx.notebook.outputs(ctx.notebook.cells[index]):
        data = output.get("data")
        text = output.get("text") if output.get("output_type") == "stream" else None
        if isinstance(data, dict):
            text = data.get("text/plain")
        parts.append(
            "".join(text) if isinstance(text, list) and all(isinstance(it, str) for it in text) else str(text or "")
        )
    return "\n".join(parts)[:_MOST_OUTPUT]


def _counts(text: str, *, pairs: bool) -> list[float]:
    """The counts in the output of `value_counts()` or, as `pairs`, of a `Counter`."""
    if pairs:
        return [float(number) for number in _PAIR.findall(text)] if text.count("{") == 1 else []
    counts: list[float] = []
    for line in text.splitlines():
        if line.startswith(("Name:", "dtype:")):
            break
        found = _COUNT.fullmatch(line.rstrip())
        if found is not None:
            counts.append(float(found[2]))
    return counts
