"""Repairs of leakage: split first, learn from the training part, apply what was learned to the test part."""

import ast
from collections.abc import Iterator, Sequence

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.edit import (
    combine,
    ensure_import,
    fresh,
    insert_after,
    keep_comments,
    locate,
    looking_at,
    remove_statement,
    replace,
    rewrite,
)
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.leakage import Part, part_by_name
from nbprod.patterns import lazy_pattern
from nbprod.protocol import DeleteCell, Edit, Safety
from nbprod.semantic import Binding, Event, Stmt, is_a

_LEARNING = frozenset({"fit_transform", "fit_resample", "fit_sample"})
_SPLIT = "sklearn.model_selection.train_test_split"
_CROSSING = frozenset({"cross_val_score", "cross_validate", "cross_val_predict"})
_RESAMPLER = "imblearn.base.BaseSampler"
_FORMS = frozenset({"toarray", "todense", "copy"})
_LOOKS = frozenset({"print", "display", "head", "tail", "describe", "info", "value_counts", "sample"})
_NAME = lazy_pattern(r"[^\W\d]\w*")
_CALLED = (
    (lazy_pattern(r"Scal|Standardi"), "scaler"), (lazy_pattern(r"Vectorizer|Tfidf"), "vectorizer"),
    (lazy_pattern(r"Imput"), "imputer"), (lazy_pattern(r"Select|RFE|Variance"), "selector"),
    (lazy_pattern(r"Encod"), "encoder"), (lazy_pattern(r"PCA|SVD|ICA|NMF"), "reducer"),
)  # fmt: skip


def use_training_fit_fix(ctx: Context, event: Event, earlier: Event) -> Plan | None:
    """Only transform the test rows by what was learned from the training rows; None if another object learned that."""
    call, first = event.node, earlier.node
    if not (isinstance(call, ast.Call) and isinstance(first, ast.Call) and _is_named(call) and _is_named(first)):
        return None
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr != "fit_transform" or len(call.args) != 1:
        return None
    if not first.args:
        return None

    def build() -> Sequence[Edit]:
        name = _receiver(call)
        if call.keywords or name != _receiver(first) or event.stmt.function is not earlier.stmt.function:
            raise Declined("another object learned from the training rows")
        if _shape(call.args[0]) != _shape(first.args[0]):
            raise Declined("other columns were learned from")
        if earlier.order > event.order:
            raise Declined("the training rows come later")
        if any(_place(earlier.stmt) < _at(binding) < _place(event.stmt) for binding in ctx.model.bindings(name)):
            raise Declined("the object is made anew in between")
        site = locate(ctx, event)
        _, end = site.cell.map.node_span(function)
        if not site.cell.source[:end].endswith("fit_transform"):
            raise Declined("the method has no text of its own")
        return [rewrite(ctx, site.cell, end - len("fit_transform"), end, "transform")]

    return Plan("Transform the test rows by what was learned from the training rows", Safety.UNSAFE, build)


def _shape(node: ast.expr) -> str:
    """An argument without what names its part: alike for `X_train[cols]` and `X_test[cols]`."""
    if isinstance(node, ast.Name):
        return "_"
    return _NAME.sub(lambda found: "_" if part_by_name(found[0]) is not Part.UNKNOWN else found[0], ast.unparse(node))


def split_first_fix(ctx: Context, event: Event, division: Event) -> Plan:
    """Divide the rows first, and learn from the training part alone.

    Behind `train_test_split` the step is fitted on the training part and applied to the test part; in a
    cross-validation it becomes a step of a pipeline.
    """
    crosses = division.call.method in _CROSSING

    def build() -> Sequence[Edit]:
        step = _step(ctx, event)
        target = _division(division)
        shown = _refuse_other_uses(ctx, step, target)
        moved = _crossed(ctx, step, division) if crosses else _divided(ctx, step, target, division)
        return combine([] if shown else without_statement(ctx, step.stmt), moved)

    title = "Fit the step within each fold, in a pipeline" if crosses else "Split first, and fit on the training part"
    return Plan(title, Safety.UNSAFE, build)


class _Step(Struct, frozen=True):
    """A statement such as `X_new, y_new = SMOTE().fit_resample(X, y)`: what goes in, what comes out, who does it.

    `after` is what is done to its output at once: `.toarray()`.
    """

    stmt: Stmt
    receiver: ast.expr
    method: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    kind: str
    after: str

    @property
    def renamed(self) -> dict[str, str]:
        """What stands for each output when the step is gone."""
        return dict(zip(self.outputs, self.inputs, strict=False))


def _step(ctx: Context, event: Event) -> _Step:
    node, call = event.stmt.node, event.node
    if event.stmt.parent is not None or event.stmt.function is not None or not isinstance(node, ast.Assign):
        raise Declined("the step is no statement of the notebook's top level")
    function = call.func if isinstance(call, ast.Call) else None
    after = _after(node.value, call)
    if after is None or len(node.targets) != 1 or not isinstance(function, ast.Attribute):
        raise Declined("the step is part of a larger statement")
    outputs = _names(node.targets[0])
    with looking_at(ctx, event.cell):
        inputs = tuple(ctx.source(arg) for arg in call.args if _is_plain(arg))
    if function.attr not in _LEARNING or call.keywords or len(inputs) != len(call.args) or not 1 <= len(inputs) <= 2:
        raise Declined("the step takes more than data")
    wanted = (1, len(inputs)) if function.attr == "fit_transform" else (2, 2)
    if (len(outputs), len(inputs)) != wanted or not isinstance(function.value, ast.Name | ast.Call):
        raise Declined("the step gives something else than data")
    kind = event.subject.type if event.subject is not None and event.subject.type is not None else ""
    return _Step(event.stmt, function.value, function.attr, inputs, outputs, kind, after)


def _after(node: ast.expr, call: ast.Call) -> str | None:
    """What is done to the output of a call within an expression, if it only changes its form: `.toarray()`."""
    if node is call:
        return ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.value is call:
        plain = node.func.attr in _FORMS and not node.args and not node.keywords
        return f".{node.func.attr}()" if plain else None
    return None


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression is a name, or a column of one, which means the same a few lines later."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant | ast.Name) and isinstance(node.value, ast.Name)
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))


def _names(target: ast.expr) -> tuple[str, ...]:
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    names = tuple(part.id for part in parts if isinstance(part, ast.Name))
    return names if len(names) == len(parts) and len(set(names)) == len(names) else ()


def _division(division: Event) -> Stmt:
    if division.stmt.parent is not None or division.stmt.function is not None:
        raise Declined("the rows are not divided at the notebook's top level")
    return division.stmt


# --- what else depends on the step -----------------------------------------------------------------


def _refuse_other_uses(ctx: Context, step: _Step, division: Stmt) -> bool:
    """What the step gives goes into the division alone, and what it takes is the same there.

    Returns:
        Whether what it gives is also looked at before, so that the step has to stay where it is, too.
    """
    shown = False
    start, end = _place(step.stmt), _place(division)
    if not start < end:
        raise Declined("the rows are divided before the step")
    for name in step.outputs:
        made = [binding for binding in ctx.model.bindings(name) if binding.stmt is step.stmt]
        others = [use.stmt for binding in made for use in binding.uses if use.stmt is not division]
        if not made or any(_place(stmt) > end or not _is_look(stmt) for stmt in others):
            raise Declined(f"`{name}` is used elsewhere, too")
        shown = shown or bool(others)
    if shown and not set(step.outputs).isdisjoint(map(_base, step.inputs)):
        raise Declined("what it gives under the name of what it takes is looked at before")
    for name in map(_base, step.inputs):
        rebound = any(start < _at(binding) < end for binding in ctx.model.bindings(name))
        if rebound or any(start < _place(stmt) < end and not _leaves_alone(stmt) for stmt in _uses_of(ctx, name)):
            raise Declined(f"`{name}` is changed before the rows are divided")
    learner = step.receiver.id if isinstance(step.receiver, ast.Name) and not shown else ""
    if any(start < _place(stmt) < end for stmt in _uses_of(ctx, learner)):
        raise Declined("what was learned is looked at before the rows are divided")
    return shown


def _base(text: str) -> str:
    """The name that an input begins with: "df" of `df["text"]`."""
    found = _NAME.match(text)
    return found[0] if found is not None else ""


def _uses_of(ctx: Context, name: str) -> Iterator[Stmt]:
    for binding in ctx.model.bindings(name):
        for use in binding.uses:
            yield use.stmt


def _is_look(stmt: Stmt) -> bool:
    """Whether a statement of the top level only shows a value: `X_scaled.shape`, `print(X_scaled)`."""
    node = stmt.node
    if stmt.parent is not None or not isinstance(node, ast.Expr):
        return False
    return not isinstance(node.value, ast.Call) or last_name(node.value.func) in _LOOKS


def _leaves_alone(stmt: Stmt) -> bool:
    """Whether a statement only reads: it binds plain names, or shows something."""
    node = stmt.node
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name | ast.Tuple) for target in node.targets)
    return _is_look(stmt)


# --- what takes its place --------------------------------------------------------------------------


def _divided(ctx: Context, step: _Step, target: Stmt, division: Event) -> list[Edit]:
    node, call = target.node, division.node
    names = _names(node.targets[0]) if isinstance(node, ast.Assign) and len(node.targets) == 1 else ()
    if division.call.name != _SPLIT or not isinstance(node, ast.Assign) or node.value is not call:
        raise Declined("the rows are divided in another way")
    arrays = [arg.id if isinstance(arg, ast.Name) else "" for arg in call.args]
    if len(names) != 2 * len(arrays) or step.outputs[0] not in arrays:
        raise Declined("the parts have no names of their own")
    parts = {name: (names[2 * index], names[2 * index + 1]) for index, name in enumerate(arrays)}
    train, test = parts[step.outputs[0]]
    given = [train]
    if len(step.inputs) == 2:
        label = step.outputs[1] if len(step.outputs) == 2 else step.inputs[1]
        if label not in parts:
            raise Declined("the target is not divided along")
        given.append(parts[label][0])
    lines, receiver = _made(ctx, step)
    learn = f"{receiver}.{step.method}({', '.join(given)})"
    if step.method == "fit_transform":
        lines += [f"{train} = {learn}{step.after}", f"{test} = {receiver}.transform({test}){step.after}"]
    else:
        lines.append(f"{', '.join(given)} = {learn}")
    return combine(_renamed(ctx, step, division), insert_after(ctx, target, "\n".join(lines)))


def _made(ctx: Context, step: _Step) -> tuple[list[str], str]:
    """The line that gives what learns a name, if it has none and needs one, and the expression for it."""
    with looking_at(ctx, step.stmt.cell):
        text = ctx.source(step.receiver)
    keep_comments(text)
    if isinstance(step.receiver, ast.Name) or step.method != "fit_transform":
        return [], text
    kind = last_name(step.receiver.func) if isinstance(step.receiver, ast.Call) else ""
    wish = next((name for pattern, name in _CALLED if pattern.search(kind)), "transformer")
    name = fresh(ctx, wish)
    return [f"{name} = {text}"], name


def _crossed(ctx: Context, step: _Step, division: Event) -> list[Edit]:
    call = division.node
    model = call.args[0] if call.args else None
    if model is None or isinstance(model, ast.Starred) or step.after:
        raise Declined("the model is not in sight")
    with looking_at(ctx, step.stmt.cell):
        first = ctx.source(step.receiver)
    package = "imblearn" if is_a(step.kind, _RESAMPLER) else "sklearn"
    imports, function = ensure_import(ctx, f"{package}.pipeline", "make_pipeline", before=division)
    with looking_at(ctx, division.cell):
        wrapped = replace(ctx, model, f"{function}({first}, {ctx.source(model)})")
    return combine(imports, wrapped, _renamed(ctx, step, division))


def _renamed(ctx: Context, step: _Step, division: Event) -> list[Edit]:
    """Hand over what went into the step instead of what came out of it."""
    edits: list[Edit] = []
    with looking_at(ctx, division.cell):
        for part in ast.walk(division.node):
            if isinstance(part, ast.Name) and step.renamed.get(part.id, part.id) != part.id:
                edits += replace(ctx, part, step.renamed[part.id])
    return edits


def without_statement(ctx: Context, stmt: Stmt) -> list[Edit]:
    """Take a statement out; with its cell, if nothing else stands there."""
    if len(stmt.block) > 1:
        return [*remove_statement(ctx, stmt)]
    cell = ctx.notebook.cells[stmt.cell]
    if cell.source.strip() != locate(ctx, stmt).text.strip():
        raise Declined("the cell would be left without a statement")
    return [DeleteCell(cell=cell.ref)]


def _place(stmt: Stmt) -> tuple[int, int]:
    return stmt.cell, stmt.node.lineno


def _at(binding: Binding) -> tuple[int, int]:
    return (binding.cell, binding.stmt.node.lineno if binding.stmt is not None else 0)


def _is_named(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)


def _receiver(call: ast.Call) -> str:
    return last_name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
