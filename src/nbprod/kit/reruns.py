"""What a statement finds to do when its cell is run a second time."""

import ast
from collections.abc import Sequence
from typing import Final

_PLACES: Final = (ast.Constant, ast.List, ast.Slice, ast.Load, ast.UnaryOp, ast.USub)


def asks_for_names(test: ast.expr) -> bool:
    """Whether a condition looks whether something is there: `"note" in df`."""
    return any(isinstance(part, ast.In | ast.NotIn) for part in ast.walk(test))


def leaves_its_rows(node: ast.AugAssign) -> bool:
    """Whether what is changed was chosen by its own values and is chosen no more: `values[values < 1] *= 100`."""
    match node.target:
        case ast.Subscript(value=ast.Attribute(value=owner), slice=ast.Tuple(elts=[rows, ast.Constant(value=column)])):
            own = {ast.dump(ast.Subscript(owner, ast.Constant(column), ast.Load()))}
            own.add(ast.dump(ast.Attribute(owner, column, ast.Load())) if isinstance(column, str) else "")
        case ast.Subscript(value=owner, slice=rows):
            own = {ast.dump(owner)}
        case _:
            return False
    away = (ast.Eq, ast.Lt, ast.LtE) if isinstance(node.op, ast.Add | ast.Mult | ast.Pow) else (ast.Eq, ast.Gt, ast.GtE)
    compared = (part for part in ast.walk(rows) if isinstance(part, ast.Compare))
    return any(isinstance(test.ops[0], away) and ast.dump(test.left) in own for test in compared)


def second_time(call: ast.Call, outcome: str) -> str | None:
    """What a method does the second time; None if what it takes away is looked up in a way that finds none then."""
    for name in (*call.args, *(keyword.value for keyword in call.keywords)):
        if asks_for_names(name) or finds_rows(name, call):  # [column for column in columns if column in df]
            return None
        for part in ast.walk(name):
            if (
                isinstance(part, ast.Subscript)
                and isinstance(part.value, ast.Attribute)
                and part.value.attr in {"columns", "index"}
            ):
                by_place = all(isinstance(node, _PLACES) for node in ast.walk(part.slice))
                return "changes" if by_place else None
    return outcome


def finds_rows(labels: ast.expr, call: ast.Call) -> bool:
    """Whether labels are those of rows chosen by what is in the frame that a method is called on."""
    match labels, call.func:
        case (
            ast.Attribute(value=ast.Subscript(value=owner, slice=rows), attr="index")
            | ast.Subscript(value=ast.Attribute(value=owner, attr="index"), slice=rows),
            ast.Attribute(value=frame),
        ):
            if isinstance(owner, ast.Attribute) and owner.attr == "loc":
                owner = owner.value
            by_value = not all(isinstance(node, _PLACES) for node in ast.walk(rows))
            return by_value and ast.dump(owner) == ast.dump(frame)
    return False


def finds_named_rows(step: ast.stmt, before: Sequence[ast.stmt]) -> bool:
    """Whether the cell itself looks up, before a step, the rows that the step takes away."""
    value = step.value if isinstance(step, ast.Assign | ast.Expr) else None
    if not isinstance(value, ast.Call):
        return False
    given = [*value.args, *(keyword.value for keyword in value.keywords)]
    names = {part.id for part in given if isinstance(part, ast.Name)}
    return any(
        isinstance(target, ast.Name) and target.id in names and finds_rows(node.value, value)
        for node in before
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def does_its_step(method: str, call: ast.Call) -> bool:
    """Whether the call does what its method does by default."""
    if method == "drop":
        named = {keyword.arg for keyword in call.keywords}
        return keyword_value(call, "errors") != "ignore" and bool(call.args or named & {"columns", "labels", "index"})
    if method == "reset_index":
        return keyword_value(call, "drop") is not True
    if method == "set_index":
        argument = call.args[0] if call.args else keyword_node(call, "keys")
        return isinstance(argument, ast.Constant | ast.List) and keyword_value(call, "drop") is not False
    return True


def is_pop(node: ast.expr) -> bool:
    """Whether an expression takes something out of a list or table: `df.pop("x")`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pop"


def keyword_node(call: ast.Call, name: str) -> ast.expr | None:
    """What is passed by a keyword, where it stands."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def keyword_value(call: ast.Call, name: str) -> object:
    """The constant that is passed by a keyword; None for anything else."""
    return getattr(keyword_node(call, name), "value", None)
