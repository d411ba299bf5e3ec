"""What statements do to the names and values."""

import ast
import re
from collections.abc import Callable
from typing import Any, Final

from nbprod.patterns import lazy_pattern
from nbprod.semantic.divisions import divided, parts_by_name
from nbprod.semantic.expressions import assign, derived, element
from nbprod.semantic.facts import Binding, EventKind, Function, FunctionNode, Scope, Stmt
from nbprod.semantic.library import canonical, instance_type, is_a, method_effect
from nbprod.semantic.values import MISSING, UNKNOWN, Tag, Value, join, merge_lineage, merge_tags
from nbprod.semantic.walk import Walk, statement

_ESTIMATOR: Final = "sklearn.base.BaseEstimator"
_TARGET_NAME: Final = lazy_pattern(
    r"(y|target|targets|label|labels)(_?(true|train|test|val|valid|all))?\d?|\w+_target", re.IGNORECASE
)


@statement(ast.Expr)
def _expression(walk: Walk, node: ast.Expr, stmt: Stmt) -> None:
    walk.value(node.value)


@statement(ast.Assign)
def _assign(walk: Walk, node: ast.Assign, stmt: Stmt) -> None:
    value = walk.value(node.value)
    for target in node.targets:
        _assign_named(walk, target, node.value, value)


def _assign_named(walk: Walk, target: ast.expr, node: ast.expr, value: Value) -> None:
    """Bind a target, going by what names say of data: its side of a split, and whether it is a target."""
    if isinstance(target, ast.Name):
        assign(walk, target, _named(target, divided(walk, target.id, node, value) if value.lineage else value))
    elif not isinstance(target, ast.Tuple | ast.List):
        assign(walk, target, value)
    elif isinstance(node, ast.Tuple | ast.List) and len(node.elts) == len(target.elts) and not _starred(target, node):
        for part, item in zip(target.elts, node.elts, strict=True):
            _assign_named(walk, part, item, walk.values.get(item, UNKNOWN))
    else:
        parts = parts_by_name(walk, target, node, value)
        if isinstance(parts.items, tuple) and len(parts.items) == len(target.elts) and not _starred(target):
            for part, known in zip(target.elts, parts.items, strict=True):
                _assign_named(walk, part, node, known)
        else:
            assign(walk, target, parts)


def _starred(*sequences: ast.Tuple | ast.List) -> bool:
    return any(isinstance(part, ast.Starred) for sequence in sequences for part in sequence.elts)


def _named(target: ast.expr, value: Value) -> Value:
    """Data bound to a name such as `y_train` is a target."""
    if (
        isinstance(target, ast.Name)
        and value.lineage
        and not value.has(Tag.TARGET | Tag.PREDICTION | Tag.PROBABILITY)
        and _TARGET_NAME.fullmatch(target.id)
    ):
        return value.evolve(tags=value.tags | Tag.TARGET)
    return value


@statement(ast.AnnAssign)
def _annotated(walk: Walk, node: ast.AnnAssign, stmt: Stmt) -> None:
    if not walk.active:  # in a function, nothing ever evaluates it
        _annotation(walk, node.annotation)
    if node.value is not None:
        assign(walk, node.target, _named(node.target, walk.value(node.value)))


@statement(ast.AugAssign)
def _augmented(walk: Walk, node: ast.AugAssign, stmt: Stmt) -> None:
    value = walk.value(node.value)
    if isinstance(node.target, ast.Name):
        before = walk.read(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        result = derived(before, value, type=before.type)
        if isinstance(node.op, ast.Div) and value.lineage:
            own = walk.event_at(EventKind.DERIVE, node, "ratio", X=before)  # `x /= x.std()`
            result = result.evolve(lineage=result.lineage | {own})
        walk.bind(node.target.id, result, node.target, "augmented")
    else:
        assign(walk, node.target, value)


@statement(ast.Delete)
def _delete(walk: Walk, node: ast.Delete, stmt: Stmt) -> None:
    for target in node.targets:
        _unbind(walk, target)


def _unbind(walk: Walk, target: ast.expr) -> None:
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            _unbind(walk, part)
    elif not isinstance(target, ast.Name):
        walk.value(target)
    elif walk.lookup(target.id) is None:
        walk.read(target)  # that fails as a read would
    else:
        scope = walk.globals if target.id in walk.scope.globals else walk.scope
        scope.names.pop(target.id, None)
        if scope is walk.globals:
            walk.deletions[target.id] = walk.stmt


@statement(ast.Import)
def _import(walk: Walk, node: ast.Import, stmt: Stmt) -> None:
    for alias in node.names:
        root = alias.name.partition(".")[0]
        name = alias.name if alias.asname else root
        binding = walk.bind(alias.asname or root, Value(name=canonical(name)), node, "import")
        walk.imports.append((alias.name, binding))


@statement(ast.ImportFrom)
def _import_from(walk: Walk, node: ast.ImportFrom, stmt: Stmt) -> None:
    module = "." * node.level + (node.module or "")
    if module == "__future__":
        walk.futures.update(alias.name for alias in node.names)
    for alias in node.names:
        if alias.name == "*":
            walk.starred_imports.append((module, stmt))
            continue
        name = f"{module}.{alias.name}" if module else alias.name
        value = Value(name=name) if node.level else _imported(name)
        binding = walk.bind(alias.asname or alias.name, value, node, "import")
        walk.imports.append((name, binding))


def _imported(name: str) -> Value:
    public = canonical(name)
    instance = instance_type(public)
    return Value(type=instance) if instance else Value(name=public)


@statement(ast.If)
def _if(walk: Walk, node: ast.If, stmt: Stmt) -> None:
    test = walk.value(node.test)
    literal = isinstance(node.test, ast.Constant)
    if literal and not test.const:
        walk.run(node.orelse, stmt, "orelse")
    elif literal:
        walk.run(node.body, stmt)
    else:
        walk.branch(lambda: walk.run(node.body, stmt), lambda: walk.run(node.orelse, stmt, "orelse"))


@statement(ast.For, ast.AsyncFor)
def _for(walk: Walk, node: ast.For | ast.AsyncFor, stmt: Stmt) -> None:
    items = walk.value(node.iter)
    assign(walk, node.target, element(items), "for")
    walk.run(node.body, stmt)
    walk.run(node.orelse, stmt, "orelse")
    _teach_held(walk, node)


def _teach_held(walk: Walk, node: ast.For | ast.AsyncFor) -> None:
    """What the body fits one after the other is fitted in the list or dict that holds it, too."""
    held = node.iter
    if isinstance(held, ast.Call):
        held = held.func.value if isinstance(held.func, ast.Attribute) else held.args[0] if held.args else held
    if not isinstance(held, ast.Name):
        return
    names = [part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)]
    bound = [binding.value for name in names if (binding := walk.lookup(name)) is not None]
    learned = next((value for value in bound if value.has(Tag.FITTED) and is_a(value.type, _ESTIMATOR)), None)
    owner = walk.lookup(held.id) if learned is not None else None
    if learned is not None and owner is not None and owner.value.items:
        walk.change(held, _taught(owner.value, learned))


def _taught(value: Value, learned: Value) -> Value:
    """A value in which each estimator has learned what one of them did."""
    if isinstance(value.items, dict):
        return value.evolve(items={key: _taught(item, learned) for key, item in value.items.items()})
    if isinstance(value.items, tuple):
        return value.evolve(items=tuple(_taught(item, learned) for item in value.items))
    if not is_a(value.type, _ESTIMATOR):
        return value
    return value.evolve(tags=value.tags | Tag.FITTED, lineage=merge_lineage((value, learned)))


@statement(ast.While)
def _while(walk: Walk, node: ast.While, stmt: Stmt) -> None:
    test = walk.value(node.test)
    if not (isinstance(node.test, ast.Constant) and not test.const):
        walk.run(node.body, stmt)
    walk.run(node.orelse, stmt, "orelse")


@statement(ast.With, ast.AsyncWith)
def _with(walk: Walk, node: ast.With | ast.AsyncWith, stmt: Stmt) -> None:
    for item in node.items:
        value = walk.value(item.context_expr)
        if item.optional_vars is not None:
            entered = method_effect(value.type, "__enter__") if value.type else None
            if entered is not None and entered.returns not in {None, "self"}:
                value = value.evolve(type=entered.returns)
            assign(walk, item.optional_vars, value, "with")
    walk.run(node.body, stmt)


@statement(ast.Try, ast.TryStar)
def _try(walk: Walk, node: ast.Try | ast.TryStar, stmt: Stmt) -> None:
    walk.run(node.body, stmt)

    def handler(item: ast.ExceptHandler, index: int) -> Callable[[], None]:
        def run() -> None:
            outer = walk.stmt
            place = walk.statements.get(item)
            if place is None:
                place = Stmt(item, walk.cell, stmt, "handlers", [], index, walk.function)
                walk.statements[item] = place
            if ast.ExceptHandler in walk.nodes:
                walk.nodes[ast.ExceptHandler].setdefault(item, place)
            walk.stmt = place
            if item.type is not None:
                walk.value(item.type)
            if item.name:
                walk.bind(item.name, Value(type="builtins.Exception"), item, "except")
            walk.run(item.body, place)
            if item.name:
                walk.scope.names.pop(item.name, None)
            walk.stmt = outer

        return run

    handlers = [handler(item, index) for index, item in enumerate(node.handlers)]
    walk.branch(lambda: walk.run(node.orelse, stmt, "orelse"), *handlers)
    walk.run(node.finalbody, stmt, "finalbody")


@statement(ast.FunctionDef, ast.AsyncFunctionDef)
def _def(walk: Walk, node: ast.FunctionDef | ast.AsyncFunctionDef, stmt: Stmt) -> None:
    walk.all_values(node.decorator_list)
    walk.all_values([*node.args.defaults, *node.args.kw_defaults])
    outer = walk.scope
    walk.scope = _type_scope(walk, node)
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
        _annotation(walk, argument.annotation if argument is not None else None)
    _annotation(walk, node.returns)
    function = walk.functions.get(node)
    if function is None:
        function = walk.functions[node] = Function(node, walk.cell, walk.scope, stmt)
    walk.scope = outer
    function.reached = function.reached or bool(node.decorator_list)
    walk.bind(node.name, Value(definition=function, name=f"__main__.{node.name}"), node, "def")


def _annotation(walk: Walk, node: ast.expr | None) -> None:
    """An annotation is evaluated where it stands, unless the notebook puts that off."""
    if node is not None and "annotations" not in walk.futures:
        walk.value(node)


def _type_scope(walk: Walk, node: ast.stmt) -> Scope:
    """The scope of the type parameters of `def f[T]()` or `class C[T]`; the current one when there are none."""
    parameters = getattr(node, "type_params", None)  # new in Python 3.12
    if not parameters:
        return walk.scope
    scope = Scope(walk.scope)
    for parameter in parameters:
        scope.names[parameter.name] = Binding(parameter.name, UNKNOWN, parameter, walk.cell, walk.stmt, "type")
    return scope


def _type_alias(walk: Walk, node: Any, stmt: Stmt) -> None:
    walk.bind(node.name.id, UNKNOWN, node, "type")  # its value is not evaluated before it is asked for


if hasattr(ast, "TypeAlias"):  # new in Python 3.12
    statement(ast.TypeAlias)(_type_alias)


@statement(ast.ClassDef)
def _class(walk: Walk, node: ast.ClassDef, stmt: Stmt) -> None:
    walk.all_values(node.decorator_list)
    outer = walk.scope
    walk.scope = _type_scope(walk, node)
    bases = walk.all_values(node.bases)
    walk.all_values(keyword.value for keyword in node.keywords)
    known = walk.functions.get(node)
    function = known or Function(node, walk.cell, walk.scope, stmt)
    walk.functions[node] = function
    if bases:
        function.base = bases[0]
        if bases[0].definition is not None:
            function.attributes.update(bases[0].definition.attributes)
            function.base = bases[0].definition.base
    walk.scope = Scope(walk.scope, function, is_class=True)
    try:
        walk.run(node.body, stmt)
        function.attributes.update({name: binding.value for name, binding in walk.scope.names.items()})
    finally:
        walk.scope = outer
    walk.bind(node.name, Value(definition=function, name=f"__main__.{node.name}"), node, "class")


@statement(ast.Return)
def _return(walk: Walk, node: ast.Return, stmt: Stmt) -> None:
    if node.value is not None:
        walk.returned.append(walk.value(node.value))


@statement(ast.Global)
def _global(walk: Walk, node: ast.Global, stmt: Stmt) -> None:
    walk.scope.globals.update(node.names)


@statement(ast.Raise)
def _raise(walk: Walk, node: ast.Raise, stmt: Stmt) -> None:
    walk.all_values((node.exc, node.cause))


@statement(ast.Assert)
def _assert(walk: Walk, node: ast.Assert, stmt: Stmt) -> None:
    walk.all_values((node.test, node.msg))


@statement(ast.Match)
def _match(walk: Walk, node: ast.Match, stmt: Stmt) -> None:
    subject = walk.value(node.subject)
    for case in node.cases:
        for part in ast.walk(case.pattern):
            name = getattr(part, "name", None) or getattr(part, "rest", None)
            if isinstance(part, ast.MatchAs | ast.MatchStar | ast.MatchMapping) and name:
                walk.bind(name, derived(subject), part)
            elif isinstance(part, ast.MatchValue):
                walk.value(part.value)
            elif isinstance(part, ast.MatchClass):
                walk.value(part.cls)
        if case.guard is not None:
            walk.value(case.guard)
        walk.run(case.body, stmt)


def call_function(walk: Walk, function: Function, args: list[Value], keywords: dict[str, Value]) -> Value:
    """Evaluate the body of a notebook's function with these arguments.

    Bodies are entered at most three calls deep, and each at most four times, so that no notebook can
    make the walk long; beyond that the result is what earlier calls gave.
    """
    function.reached = True
    if function in walk.active or len(walk.active) >= 3 or function.evaluations >= 4:
        parts = (function.result, *args, *keywords.values())
        return function.result.evolve(
            lineage=merge_lineage(parts), tags=function.result.tags | merge_tags(parts, Tag.CONTAGIOUS)
        )
    function.evaluations += 1
    walk.entered += 1
    node = function.node
    assert not isinstance(node, ast.ClassDef)  # noqa: S101  -- for the type checker; classes are constructed
    outer = (walk.scope, walk.cell, walk.returned, walk.stmt, walk.parameters, walk.function)
    walk.function = function
    walk.scope, walk.returned, walk.parameters = Scope(function.scope, function), [], False
    walk.cell, walk.stmt = function.cell, function.stmt
    walk.active.append(function)
    try:
        _bind_arguments(walk, node, args, keywords)
        if isinstance(node, ast.Lambda):
            walk.returned.append(walk.value(node.body))
        else:
            walk.run(node.body, walk.statements.get(node))
        result = walk.returned[0] if walk.returned else UNKNOWN
        for value in walk.returned[1:]:
            result = join(result, value)
    finally:
        walk.active.pop()
        walk.scope, walk.cell, walk.returned, walk.stmt, walk.parameters, walk.function = outer
    function.result = result if function.evaluations == 1 else join(function.result, result)
    return result


def _bind_arguments(walk: Walk, node: FunctionNode, args: list[Value], keywords: dict[str, Value]) -> None:
    parameters = [*node.args.posonlyargs, *node.args.args]
    defaults: dict[str, ast.expr] = {}
    for parameter, default in zip(reversed(parameters), reversed(node.args.defaults), strict=False):
        defaults[parameter.arg] = default
    only = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    defaults.update({parameter.arg: default for parameter, default in only if default is not None})
    for index, parameter in enumerate([*parameters, *node.args.kwonlyargs]):
        value = keywords.get(parameter.arg)
        if value is None and index < len(parameters) and index < len(args):
            value = args[index]
        if value is None:
            value = walk.values.get(defaults.get(parameter.arg, node), UNKNOWN)
        walk.bind(parameter.arg, value, parameter, "parameter")
    if node.args.vararg:
        rest = args[len(parameters) :]
        walk.bind(node.args.vararg.arg, Value(items=tuple(rest), lineage=merge_lineage(rest)), node, "parameter")
    if node.args.kwarg:
        walk.bind(node.args.kwarg.arg, Value(type="builtins.dict", const=MISSING), node, "parameter")
