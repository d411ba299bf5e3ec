"""What rules must agree on about training that watches data: which rows, and whether they pick the best version."""

import ast
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.leakage import Part, part_of
from nbprod.kit.scoring import Score, sources
from nbprod.kit.steps import constructor, constructor_of
from nbprod.semantic import Call, Event, EventKind, Value, is_a

_STEPS: Final = 20
_WATCHED: Final = ("validation_data", "eval_set", "valid_sets", "evals", "val_dataloaders")
_ROUNDS: Final = ("early_stopping_rounds", "early_stopping_round", "early_stopping_patience")
_TRAINER: Final = "transformers.Trainer"
_BOOSTERS: Final = ("xgboost.", "lightgbm.")
_GROWING: Final = frozenset({"append", "extend", "insert"})
_HELD_OUT: Final = ("val", "eval", "test")


def watched_sets(fit: Event, ctx: Context) -> list[Value]:
    """The held-out data that a training watches."""
    return [value for value in _watched(fit, ctx) if part_of(value) is Part.TEST]


def _watched(fit: Event, ctx: Context) -> Iterator[Value]:
    made = _trainer(fit, ctx)
    given = [made.argument(5, "eval_dataset")] if made is not None else []
    given += [fit.call.keywords.get(name) for name in _WATCHED]
    if fit.call.name == "pytorch_lightning.Trainer.fit":
        given.append(fit.call.argument(2, "val_dataloaders"))
    for value in given:
        pending = [value] if value is not None else []
        for _ in range(_STEPS):
            if not pending:
                break
            part = pending.pop()
            if isinstance(part.items, tuple) and part.items:
                pending.extend(part.items)
            else:
                yield part


def _trainer(fit: Event, ctx: Context) -> Call | None:
    """The call that made the trainer that a fit is done by, which was given the data: Hugging Face's `Trainer`."""
    kind = fit.subject.type if fit.subject is not None else None
    return constructor(fit, ctx) if kind and kind.endswith("Trainer") else None


def watched_apart(fit: Event, scores: Sequence[Score], ctx: Context) -> Score | None:
    """The last score on data loaded by itself that the training watches, too, if no other such set is used."""
    watched = {own for value in _watched(fit, ctx) if (own := _apart(value, fit))}
    judged = [score for score in scores if score.fit is fit and _apart(score.rows, fit) in watched] if watched else []
    inputs = [event.inputs.get("X") for event in ctx.model.events_of(EventKind.PREDICT, EventKind.EVALUATE)]
    used = {own for value in inputs if value is not None and (own := _apart(value, fit))}
    return judged[-1] if judged and used <= watched else None


def _apart(value: Value, fit: Event) -> frozenset[Event]:
    """The loads of data that has none in common with what a model learns from."""
    trained = fit.inputs.get("X")
    own, known = sources(value), sources(trained) if trained is not None else frozenset()
    return own if known and own.isdisjoint(known) else frozenset()


def judges(score: Score, fit: Event, ctx: Context) -> bool:
    """Whether a score is that of the model that a training gave, or of the best state that it saved."""
    if score.fit is fit:
        return True
    if score.event is None or score.event.subject is None or score.fit is not None:
        return False
    loads = [event for event in score.event.subject.lineage if event.kind is EventKind.LOAD]
    read = {event.path.text for event in loads if event.path is not None and event.path.text}
    checkpoints = [made for made in _callbacks(fit.call, ctx) if made.method == "ModelCheckpoint"] if read else []
    return any(path.text in read for made in checkpoints if (path := made.argument(0, "filepath")) is not None)


def chooses(fit: Event, ctx: Context) -> str | None:
    """How a training picks its best state by the data that it watches: "EarlyStopping"; None if it only shows it."""
    settings = fit.call.argument(0, "params")
    named = settings.items if settings is not None and isinstance(settings.items, dict) else {}
    for name in _ROUNDS:
        value = fit.call.keywords.get(name) or named.get(name)
        if value is not None and value.const is not None:
            return name
    if fit.call.name.startswith("keras_tuner."):
        return fit.call.method
    makers = [fit.call]
    trainer = _trainer(fit, ctx)
    kind = (fit.subject.type or "") if fit.subject is not None else ""
    if trainer is not None:
        makers.append(trainer)
    elif kind.startswith(_BOOSTERS):
        makers += ctx.model.calls(kind)
    found = next((how for made in makers for how in _stopping(made, ctx)), None)
    if found is None and kind.startswith("catboost.") and not _is_set(fit.call, "use_best_model", to=False):
        return "use_best_model"
    return found


def _stopping(made: Call, ctx: Context) -> Iterator[str]:
    """How a call that makes or trains a model says that the best state is picked."""
    for name in _ROUNDS:
        if name in made.keywords and made.keywords[name].const is not None:
            yield name
    for callback in _callbacks(made, ctx):
        kind = callback.method
        if (
            (kind == "EarlyStopping" and not _monitors_training(callback))
            or kind in {"EarlyStoppingCallback", "early_stopping"}
            or (kind == "ModelCheckpoint" and _is_set(callback, "save_best_only", to=True))
        ):
            yield kind
    arguments = made.argument_node(1, "args") if is_a(made.result.type, _TRAINER) else None
    given = constructor_of(arguments, made.cell, ctx) if arguments is not None else None
    if given is not None and _is_set(given, "load_best_model_at_end", to=True):
        yield "load_best_model_at_end"


def _callbacks(made: Call, ctx: Context) -> Iterator[Call]:
    """The calls that made the callbacks that a call is given, in a list or put into one."""
    node = made.argument_node(None, "callbacks") or made.argument_node(None, "callback")
    if node is None:
        return
    pending: list[ast.expr] = [node]
    for part in islice(pending, _STEPS):
        if isinstance(part, ast.List | ast.Tuple):
            pending += part.elts
            continue
        call = constructor_of(part, made.cell, ctx)
        if call is not None:
            yield call
        elif isinstance(part, ast.Name):
            pending += _listed(part.id, ctx)


def _listed(name: str, ctx: Context) -> Iterator[ast.expr]:
    """What a list of a name holds, as far as it is to be seen."""
    for binding in ctx.model.bindings(name):
        statement = binding.stmt.node if binding.stmt is not None else None
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.List):
            yield from statement.value.elts
    for call in ctx.model.all_calls:
        function = call.node.func
        if call.method in _GROWING and isinstance(function, ast.Attribute) and last_name(function.value) == name:
            yield from call.node.args


def _monitors_training(call: Call) -> bool:
    monitor = call.argument(0, "monitor")
    if monitor is None or type(monitor.const) is int:
        return False
    return monitor.text is None or not monitor.text.startswith(_HELD_OUT)


def _is_set(call: Call, name: str, *, to: bool) -> bool:
    return name in call.keywords and call.keywords[name].const is to
