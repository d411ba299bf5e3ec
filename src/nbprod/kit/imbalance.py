"""What a notebook says of how even the classes of its target are: in its saved outputs, or by what it does about it."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.metrics import name_of, role_by_name
from nbprod.kit.preparation import holds_class
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Tag, Value

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
_RESAMPLERS: Final = ("imblearn.over_sampling.", "imblearn.under_sampling.", "imblearn.combine.")
_LOSSES: Final = frozenset({"CrossEntropyLoss", "NLLLoss"})
_DRAWS: Final = frozenset({"resample", "sample"})
_COUNT: Final = lazy_pattern(r"(\S.{0,80}?)[ \t]{2,}+(\d{1,15}(?:\.\d{1,12})?)")
_COUNTER: Final = lazy_pattern(r"\{[^{}]{1,2000}\}")
_PAIR: Final = lazy_pattern(r"[^,:{}]{1,60}: ?(\d{1,15})(?=[,}])")
_MOST_CLASSES: Final = 30
_FEWEST: Final = 50
"""Of fewer labels, the largest share says little."""
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
        elif event.detail == "booster":
            parameters = next((value.items for value in event.call.args if isinstance(value.items, dict)), {})
            yield from ((event.call, name) for name, value in parameters.items() if _weighs(name, value))
    for call in ctx.model.all_calls:
        if call.method in _WEIGHING or (call.name.startswith(_RESAMPLERS) and call.method[:1].isupper()):
            yield call, call.method
            continue
        if call.method in _LOSSES and (weight := call.argument(0, "weight")) is not None and weight.const is not None:
            yield call, f"{call.method}(weight=…)"
        elif call.method in _DRAWS and (_draws_as_many(call) or any(holds_class(it, ctx) for it in call.events)):
            yield call, call.method
        yield from ((call, name) for name, value in call.keywords.items() if _weighs(name, value))


def _weighs(name: object, value: Value) -> bool:
    return isinstance(name, str) and name in _WEIGHTS and value.const not in _WEIGHTS[name]


def _draws_as_many(call: Call) -> bool:
    """Whether as many rows are drawn of one class as there are of another: `resample(rare, n_samples=len(usual))`."""
    is_method = call.method == "sample"
    amount = call.argument_node(0 if is_method else None, "n" if is_method else "n_samples")
    drawn = call.node.func.value if is_method and isinstance(call.node.func, ast.Attribute) else None
    if not is_method:
        drawn = next(iter(call.node.args), None)
    match amount:
        case ast.Call(func=ast.Name(id="len"), args=[ast.Name(id=other)]):
            pass
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=other), attr="shape")):
            pass
        case _:
            return False
    return isinstance(drawn, ast.Name) and drawn.id != other


def shown_shares(ctx: Context) -> Iterator[Shares]:
    """Counts of the classes of a target that a cell shows in its saved output."""
    columns = _target_columns(ctx)
    by_cell: dict[int, list[Call]] = {}
    for call in ctx.model.all_calls:
        if call.method == "value_counts" or call.name == "collections.Counter":
            by_cell.setdefault(call.cell, []).append(call)
    for index, calls in by_cell.items():
        if not ctx.notebook.cells[index].raw_outputs:
            continue
        texts = _apart(_text(ctx, index), calls)
        for call, text in zip(calls, texts, strict=False) if len(texts) == len(calls) else ():
            name = _counted_target(call, columns)
            counts = _counts(text, pairs=call.method != "value_counts") if name is not None else []
            if 2 <= len(counts) <= _MOST_CLASSES and sum(counts) > 0:
                yield Shares(max(counts) / sum(counts), call, name or "the target")


def shares_in_memory(ctx: Context, scores: Sequence[Event]) -> list[Shares]:
    """The classes among the true labels of some scores, all of them counted, where they are still in memory."""
    from nbprod.kit.in_memory import counted_at  # noqa: PLC0415  -- only a session has a memory

    found: dict[str, Shares] = {}
    for event in scores:
        truth = event.inputs.get("true") or event.inputs.get("y")
        if truth is None or any(map(_resamples, truth.lineage)):
            continue
        counted = counted_at(ctx, _node_of(truth, event))
        if counted is None or counted.distinct is None or counted.most is None or counted.nulls:
            continue
        if 2 <= counted.distinct <= _MOST_CLASSES and counted.seen >= _FEWEST:
            found.setdefault(counted.name, Shares(counted.most / counted.seen, event.call, counted.name))
    return list(found.values())


def _node_of(passed: Value, event: Event) -> ast.expr | None:
    """The argument that a value was passed as."""
    nodes = [*event.node.args, *(keyword.value for keyword in event.node.keywords)]
    values = [*event.call.args, *event.call.keywords.values()]
    pairs = zip(nodes, values, strict=True) if len(nodes) == len(values) else ()
    return next((node for node, value in pairs if value is passed), None)


def _apart(text: str, calls: Sequence[Call]) -> list[str]:
    """The output of each of the counts that a cell shows; as many as there are only if they can be told apart."""
    if len(calls) == 1:
        return [text]
    if all(call.method != "value_counts" for call in calls):
        return [found[0] for found in _COUNTER.finditer(text)]
    return []


def _counted_target(call: Call, columns: set[str]) -> str | None:
    """What a call counts, if it is the target as it was before any resampling; empty if that has no name."""
    is_method = call.method == "value_counts"
    subject = call.receiver if is_method else next(iter(call.args), None)
    if subject is None or any(map(_resamples, subject.lineage)):
        return None
    node = call.node.func
    shown = node.value if is_method and isinstance(node, ast.Attribute) else next(iter(call.node.args), None)
    name = subject.column or name_of(shown)
    known = subject.column in columns or subject.has(Tag.TARGET) or role_by_name(name) == "true"
    return name if known else None


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
