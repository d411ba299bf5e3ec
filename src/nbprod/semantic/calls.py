"""What calls do: find out what is called, look up its effect, apply it."""

import ast
from typing import Final

from nbprod.semantic.content import asked_client, content
from nbprod.semantic.expressions import attribute, derived, watch
from nbprod.semantic.facts import Call, Event, EventKind, Function
from nbprod.semantic.folding import FOLDED
from nbprod.semantic.library import (
    SELF,
    Effect,
    Parameter,
    Seed,
    canonical,
    effect_of,
    function_effect,
    is_a,
    method_effect,
    type_info,
)
from nbprod.semantic.randomness import holds, randomness
from nbprod.semantic.reduction import reduction
from nbprod.semantic.statements import call_function
from nbprod.semantic.values import MISSING, UNKNOWN, Lineage, Tag, Value, join, merge_lineage, merge_tags
from nbprod.semantic.walk import Walk, expression

_STREAMS: Final = frozenset({"sys.stdout", "sys.stderr"})
_WRITES: Final = ("insert", "update", "delete", "create", "drop", "alter", "merge", "truncate", "replace", "copy")
_ESTIMATOR: Final = "sklearn.base.BaseEstimator"
_SIDES: Final = Tag.TRAIN | Tag.TEST
_NETWORKS: Final = ("torch.nn.Module", "keras.Model")


@expression(ast.Call)
def _call(walk: Walk, node: ast.Call) -> Value:
    function, receiver, name = _callee(walk, node, node.func)
    args, keywords, is_open = _arguments(walk, node)
    method = name.rpartition(".")[2]
    call = Call(node, walk.cell, walk.stmt, name, function, receiver, args, keywords, is_open, walk.via, method=method)
    if function.definition is not None:
        call.result = _call_notebook(walk, call, function.definition)
    else:
        call.result = _call_library(walk, call)
        for value in (*args, *keywords.values()) if keywords else args:
            if value.definition is not None:
                _reach_callbacks(walk, call)
                break
    if node in walk.calls:
        _join_known(walk.calls[node], call)
    else:
        walk.calls[node] = call
    return call.result


def _callee(walk: Walk, call: ast.Call, node: ast.expr) -> tuple[Value, Value | None, str]:
    """The function value, its receiver if it is a method, and the canonical name."""
    if not isinstance(node, ast.Attribute):
        function = walk.value(node)
        if function.type is not None and function.definition is None:
            return function, function, f"{function.type}.__call__"
        return function, None, canonical(function.name) if function.name else ""
    receiver = walk.value(node.value)
    if receiver.type is not None:
        watch(walk, node, receiver)
    function = attribute(walk, receiver, node.attr, called=True)
    walk.values[node] = function
    if receiver.type is not None:
        return function, receiver, f"{receiver.type}.{node.attr}"
    owner = asked_client(call) or ""
    if receiver.name is not None and not (owner and function_effect(function.name or "") is None):
        return function, None, function.name or ""
    return function, receiver, f"{owner}.{node.attr}"


def _arguments(walk: Walk, node: ast.Call) -> tuple[list[Value], dict[str, Value], bool]:
    args: list[Value] = []
    keywords: dict[str, Value] = {}
    is_open = False
    for argument in node.args:
        value = walk.value(argument)
        if type(argument) is not ast.Starred:
            args.append(value)
        elif isinstance(value.items, tuple):
            args.extend(value.items)
        else:
            is_open = True
    for keyword in node.keywords:
        value = walk.value(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
        elif isinstance(value.items, dict):
            keywords.update({key: item for key, item in value.items.items() if isinstance(key, str)})
        else:
            is_open = True
    return args, keywords, is_open


def _join_known(known: Call, call: Call) -> None:
    """One call a node: a body that is evaluated again joins what it learns to what is known."""
    if not known.name or known.name.startswith("."):
        known.name, known.method = call.name, call.method
    if len(known.args) == len(call.args):
        known.args = [join(first, second) for first, second in zip(known.args, call.args, strict=True)]
    for key, value in call.keywords.items():
        known.keywords[key] = join(known.keywords[key], value) if key in known.keywords else value
    known.receiver = join(known.receiver, call.receiver) if known.receiver and call.receiver else known.receiver
    known.result = join(known.result, call.result)
    known.events.extend(call.events)


# -- what is called ---------------------------------------------------------------------------


def _input(call: Call, parameter: Parameter) -> Value | None:
    return call.receiver if parameter == SELF else call.argument(*parameter)


# -- what it does -----------------------------------------------------------------------------


def _call_library(walk: Walk, call: Call) -> Value:
    folded = FOLDED[call.name](call) if call.name in FOLDED else None
    effect, certain = effect_of(call.name, is_method=call.receiver is not None)
    result = _apply(walk, call, effect, certain=certain) if effect is not None else None
    return folded or result or _without_effect(call)


def _apply(walk: Walk, call: Call, effect: Effect, *, certain: bool) -> Value:
    """Record the event, change the receiver, and say what the result is."""
    if effect.when is not None and not holds(call, effect.when):
        if effect.otherwise is not None:
            return _apply(walk, call, effect.otherwise, certain=certain)
        return _without_effect(call)
    inputs = {
        role: value for role, parameter in effect.inputs.items() if (value := _input(call, parameter)) is not None
    }
    seed = randomness(call, effect)
    kind = effect.event or (EventKind.DRAW if seed is not None else None)
    if kind is EventKind.WRITE and _is_shown(call, effect):
        kind = None
    event = _event(walk, call, kind, effect, inputs, seed=seed, certain=certain) if kind is not None else None
    own = frozenset((event,)) if event is not None else frozenset()
    if effect.mutates and call.receiver is not None:
        _mutate(walk, call, effect, inputs, own)
    result = _result(call, effect, inputs, own)
    left_out = reduction(call, effect, kind)
    if left_out:
        result = _reduced(walk, call, effect, left_out, result)
    if event is not None:
        event.output = result
    return result


def _reduced(walk: Walk, call: Call, effect: Effect, left_out: str, result: Value) -> Value:
    """Record that rows are left out, and have the result, or the receiver, derived from that."""
    data = call.receiver or next(iter(call.args), UNKNOWN)
    event = walk.event(EventKind.REDUCE, call, detail=left_out, inputs={"data": data}, subject=call.receiver)
    own = frozenset((event,))
    in_place = call.keywords.get("inplace")
    if in_place is not None and in_place.const is True and call.receiver is not None:
        _mutate(walk, call, effect, {}, own)
    limited = Tag.LIMITED if left_out == "limit" else 0
    event.output = result = result.evolve(tags=result.tags | limited, lineage=result.lineage | own)
    return result


def _event(
    walk: Walk,
    call: Call,
    kind: EventKind,
    effect: Effect,
    inputs: dict[str, Value],
    *,
    seed: Seed | None,
    certain: bool,
) -> Event:
    detail = effect.detail
    if kind is EventKind.PERSIST and detail == "pickle" and not any(map(_is_model, inputs.values())):
        kind = EventKind.WRITE
    path = _input(call, effect.path) if effect.path is not None else None
    if kind is EventKind.DB and path is not None and (path.head or "").lstrip(" \n\t(").lower().startswith(_WRITES):
        detail = "write"
    subject = call.receiver
    return walk.event(kind, call, detail=detail, path=path, inputs=inputs, subject=subject, seed=seed, certain=certain)


def _is_shown(call: Call, effect: Effect) -> bool:
    """Whether what is written only goes to the output of the cell: `frame.to_json(sys.stdout)`."""
    path = _input(call, effect.path) if effect.path is not None else None
    return path is not None and path.name in _STREAMS


def _is_model(value: Value) -> bool:
    """Whether a value is, or holds, an estimator or network."""
    if value.has(Tag.FITTED) or any(_is_model(item) for item in value.elements[:20]):
        return True
    return value.type is not None and any(is_a(value.type, base) for base in (_ESTIMATOR, *_NETWORKS))


def _mutate(walk: Walk, call: Call, effect: Effect, inputs: dict[str, Value], own: frozenset[Event]) -> None:
    receiver = call.receiver
    assert receiver is not None  # noqa: S101  -- the caller asked
    taken = merge_tags(inputs.values(), Tag.CONTAGIOUS) if effect.event is None else 0  # a list that grows
    before = _before_fits(call, receiver) if effect.event is EventKind.FIT else receiver
    changed = receiver.evolve(
        tags=receiver.tags | effect.tags | taken,
        lineage=merge_lineage((before, *inputs.values())) | own,
        items=None,
        const=MISSING,
    )
    call.receiver = changed
    if isinstance(call.node.func, ast.Attribute):
        _change_chain(walk, call.node.func.value, changed)


def _before_fits(call: Call, receiver: Value) -> Value:
    """The estimator as it was before it was first fitted: scikit-learn forgets what an earlier `fit` learned."""
    node = call.node.func.value if isinstance(call.node.func, ast.Attribute) else None
    return receiver if call.method == "partial_fit" else _unlearned(node, receiver)


def _unlearned(node: ast.expr | None, estimator: Value) -> Value:
    """What a name held before the estimator in it was first fitted."""
    if not isinstance(node, ast.Name) or not is_a(estimator.type, _ESTIMATOR):
        return estimator
    earlier = [event for event in estimator.lineage if event.kind is EventKind.FIT and _is_done_to(event, node.id)]
    first = min(earlier, key=lambda event: event.order, default=None)
    return first.subject if first is not None and first.subject is not None else estimator


def _given(call: Call) -> list[Value]:
    """The arguments of a call. An estimator that is put around another copies it, without what that has learned."""
    values = [*call.args, *call.keywords.values()]
    if not any(value.has(Tag.FITTED) for value in values) or not is_a(call.name, _ESTIMATOR) or _takes_fitted(call):
        return values
    nodes = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    return [_unlearned(node, value) for node, value in zip(nodes, values, strict=False)]


def _takes_fitted(call: Call) -> bool:
    """`SelectFromModel(model, prefit=True)`, `CalibratedClassifierCV(model, cv="prefit")`, `FrozenEstimator(model)`."""
    return "Frozen" in call.name or "prefit" in call.keywords or any(v.text == "prefit" for v in call.keywords.values())


def _is_done_to(event: Event, name: str) -> bool:
    function = event.node.func
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == name


def _change_chain(walk: Walk, node: ast.expr, value: Value) -> None:
    """Change the name at the head of `model.fit(…).score(…)` too."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        known = walk.calls.get(node)
        if known is not None and known.receiver is None:  # `preprocessing.StandardScaler()`: no object has a name
            return
        node = node.func.value
    walk.change(node, value)


def _result(call: Call, effect: Effect, inputs: dict[str, Value], own: frozenset[Event]) -> Value:
    sources = _given(call)
    if call.receiver is not None:
        sources.append(call.receiver)
    lineage = merge_lineage(sources)
    if own:
        lineage |= own
    if effect.results:
        return _split_result(call, effect, lineage, own)
    returns = effect.returns
    if returns == "self" and call.receiver is not None:
        return call.receiver.evolve(lineage=lineage, tags=call.receiver.tags | effect.tags)
    if returns == "self":  # a method called on the class makes an instance of it
        returns = call.name.rpartition(".")[0]
    elif returns == "argument":
        return call.args[0].evolve(lineage=lineage, const=MISSING) if call.args else UNKNOWN
    elif returns is None and type_info(call.name) is not None:
        returns = call.name
    kept = merge_tags(inputs.values(), Tag.TRAIN | Tag.TEST | Tag.LIMITED)
    if call.receiver is not None and not effect.mutates:
        kept |= call.receiver.tags & Tag.INHERITED
    if effect.event is None and call.receiver is None and kept & _SIDES:  # `Dataset(X_test, reference=train_set)`
        kept |= merge_tags(sources, Tag.CONTAGIOUS & ~_SIDES)
        lineage = merge_lineage(inputs.values())
    elif effect.event is None:
        kept |= merge_tags(sources, Tag.CONTAGIOUS)
    tags = (kept | effect.tags) & ~effect.forgets
    column = call.receiver.column if call.receiver is not None and returns == "pandas.Series" else None
    return Value(type=returns, lineage=lineage, tags=tags, column=column)


def _split_result(call: Call, effect: Effect, lineage: Lineage, own: frozenset[Event]) -> Value:
    if effect.per_argument:
        items = tuple(
            value.evolve(tags=value.tags | tag, lineage=value.lineage | own, const=MISSING, items=None)
            for value in call.args
            for tag in effect.results
        )
        return items[0] if len(items) == 1 else Value(items=items, lineage=lineage)
    parts = tuple(Value(type=effect.returns, tags=tag, lineage=lineage) for tag in effect.results)
    if effect.detail == "folds":  # an iterable of (train, test) pairs
        return Value(items=(Value(items=parts, lineage=lineage),), lineage=lineage)
    return Value(items=parts, lineage=lineage)


def _without_effect(call: Call) -> Value:
    """The result of a call that no table knows."""
    receiver = call.receiver
    info = type_info(receiver.type) if receiver is not None and receiver.type else None
    if receiver is not None and info is not None and info.fluent:
        lineage = merge_lineage((receiver, *call.args, *call.keywords.values()))
        return receiver.evolve(lineage=lineage, name=None, const=MISSING)
    values = _given(call)
    tags = merge_tags(values, Tag.CONTAGIOUS)
    made = None
    if receiver is not None:
        tags |= receiver.tags & (Tag.INHERITED | Tag.FITTED)
        values.append(receiver)
    elif call.name[:1] != "." and call.name[call.name.rfind(".") + 1 :][:1].isupper():
        made = call.name
    lineage = merge_lineage(values)
    if receiver is not None and call.method == "get" and call.args and call.args[0].text:
        return content(receiver, call.args[0].text, Value(lineage=lineage, tags=tags))
    return Value(type=made, lineage=lineage, tags=tags) if made or lineage or tags else UNKNOWN


# -- functions of the notebook ----------------------------------------------------------------


def _call_notebook(walk: Walk, call: Call, definition: Function) -> Value:
    outer, walk.via = walk.via, walk.via or call
    try:
        if not isinstance(definition.node, ast.ClassDef):
            return call_function(walk, definition, _with_self(call), call.keywords)
        if call.function.type is not None:
            return _call_instance(walk, call, definition)
        base = definition.base.name
        lineage = merge_lineage((*call.args, *call.keywords.values()))
        instance = Value(type=canonical(base) if base else f"__main__.{definition.name}", definition=definition,
                         lineage=lineage)  # fmt: skip
        definition.reached = True
        constructor = definition.attributes.get("__init__")
        if constructor is not None and constructor.definition is not None:
            call_function(walk, constructor.definition, [instance, *call.args], call.keywords)
        return instance
    finally:
        walk.via = outer


def _call_instance(walk: Walk, call: Call, definition: Function) -> Value:
    """Calling an instance of a notebook's class runs `__call__`, or what the base class of a network calls then."""
    instance = call.function
    result = UNKNOWN
    for name in ("__call__", "forward", "call"):
        method = definition.attributes.get(name, UNKNOWN).definition
        if method is not None and not isinstance(method.node, ast.ClassDef):
            result = call_function(walk, method, [instance, *call.args], call.keywords)
            break
    effect = method_effect(instance.type or "", "__call__")
    if effect is None:
        return result
    values = [instance, *call.args, *call.keywords.values()]
    tags = merge_tags(values[1:], Tag.TRAIN | Tag.TEST | Tag.LIMITED) | effect.tags
    return Value(type=effect.returns, lineage=merge_lineage(values), tags=tags)


def _with_self(call: Call) -> list[Value]:
    """The positional arguments, with the receiver in front when it is an instance of a notebook's class."""
    receiver = call.receiver
    if receiver is not None and receiver.definition is not None:
        return [receiver, *call.args]
    return call.args


def _reach_callback(walk: Walk, call: Call, definition: Function) -> Value:
    outer = (walk.via, walk.deferred)
    walk.via, walk.deferred = walk.via or call, True
    try:
        return call_function(walk, definition, [derived(call.receiver or UNKNOWN, *call.args)], {})
    finally:
        walk.via, walk.deferred = outer


def _reach_callbacks(walk: Walk, call: Call) -> None:
    """A function that is handed to another call will be called, with what nobody knows."""
    for value in (*call.args, *call.keywords.values()):
        definition = value.definition
        if definition is None or isinstance(definition.node, ast.ClassDef):
            continue
        result = definition.result if definition.evaluations else _reach_callback(walk, call, definition)
        if result.lineage or result.tags:
            call.result = call.result.evolve(
                lineage=call.result.lineage | result.lineage, tags=call.result.tags | (result.tags & Tag.CONTAGIOUS)
            )
