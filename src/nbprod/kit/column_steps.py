"""Single steps of the way that columns take: what a statement or an expression does to them, by its text alone."""

import ast

from nbprod.kit.blocks import last_name
from nbprod.semantic import Binding, Call

Column = str | int
"""A column by name, or by position."""


def rows_of(node: ast.expr) -> ast.expr | None:
    """What an expression is a part or a change of."""
    match node:
        case ast.Call(func=ast.Attribute(attr="transform" | "fit_transform"), args=[first, *_]):
            return first
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Subscript(value=inner) | ast.Attribute(value=inner):
            return inner
    return None


def picks(call: ast.Call) -> bool:
    """Whether a function is told which columns to take: `DataFrame(df, columns=names)`."""
    name = last_name(call.func)
    return name == "DataFrame" and any(keyword.arg in {"columns", None} for keyword in call.keywords)


def takes_out(statement: ast.AST, name: str, column: Column) -> bool:
    """Whether a statement removes the column from the frame of that name: `del`, `pop`, `drop(inplace=True)`."""
    if isinstance(statement, ast.Delete):
        return any(isinstance(item, ast.Subscript) and last_name(item.value) == name for item in statement.targets)
    value = getattr(statement, "value", None)
    while isinstance(value, ast.Call | ast.Attribute):
        if isinstance(value, ast.Call):
            if _is_removal(value, name):
                dropped = (
                    value.args[0] if value.args else next((k.value for k in value.keywords if k.arg == "columns"), None)
                )
                others = _constants(dropped)
                return others is None or column in others or isinstance(column, int)
            value = value.func
        else:
            value = value.value
    return False


def _is_removal(call: ast.Call, name: str) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Name(id=owner), attr="pop") if owner == name:
            return True
        case ast.Attribute(value=ast.Name(id=owner), attr="drop") if owner == name:
            return any(keyword.arg in {"inplace", None} for keyword in call.keywords)
    return False


def dropped_columns(node: ast.expr) -> ast.expr | None:
    """What `frame.drop(columns=names)` or `frame.drop(names, axis=1)` leaves out; None for anything else."""
    match node:
        case ast.Call(func=ast.Attribute(attr="drop"), args=args, keywords=keywords):
            named = {keyword.arg: keyword.value for keyword in keywords}
            axis = named.get("axis", args[1] if len(args) > 1 else None)
            is_columns = isinstance(axis, ast.Constant) and axis.value in {1, "columns"}
            return named.get("columns") or ((named.get("labels") or next(iter(args), None)) if is_columns else None)
    return None


def only_assignment(owner: ast.ClassDef, name: str) -> ast.Assign | None:
    """The one plain assignment of `self.name` in a class; None if it may be changed otherwise."""
    found: list[ast.Assign] = []
    for part in ast.walk(owner):
        match part:
            case ast.AugAssign(target=ast.Attribute(attr=attr)) | ast.AnnAssign(target=ast.Attribute(attr=attr)) if (
                attr == name
            ):
                return None
            case ast.Delete(targets=[ast.Subscript(value=ast.Attribute(attr=attr))]) if attr == name:
                return None
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=attr), attr="pop" | "drop" as method)) if (
                attr == name
            ):
                if method == "pop" or any(keyword.arg in {"inplace", None} for keyword in part.keywords):
                    return None
            case ast.Assign(targets=targets):
                bound = [
                    inner for target in targets if not isinstance(target, ast.Subscript) for inner in ast.walk(target)
                ]
                found += [part for inner in bound if isinstance(inner, ast.Attribute) and inner.attr == name]
    is_plain = len(found) == 1 and isinstance(found[0].targets[0], ast.Attribute)
    return found[0] if is_plain else None


def picking_key(node: ast.expr) -> ast.expr | None:
    """What picks columns of a frame: the key of `frame[key]`, `frame.loc[:, key]` and `frame.filter(key)`."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="loc" | "iloc"), slice=ast.Tuple(elts=[ast.Slice(), key])):
            return key
        case ast.Subscript(slice=key):
            return None if isinstance(key, ast.Slice | ast.Tuple) else key
        case ast.Call(func=ast.Attribute(attr="filter"), args=args, keywords=keywords):
            return next((keyword.value for keyword in keywords if keyword.arg == "items"), next(iter(args), None))
    return None


def changes_list(statement: ast.AST, name: str) -> bool:
    """Whether a statement takes something out of a list, or puts something in."""
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Delete | ast.AugAssign):
        return True
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="remove" | "pop" | "clear")):
            return owner == name
    return False


def _constants(node: ast.expr | None) -> list[object] | None:
    if isinstance(node, ast.Constant):
        return [node.value]
    if isinstance(node, ast.List | ast.Tuple) and all(isinstance(item, ast.Constant) for item in node.elts):
        return [item.value for item in node.elts if isinstance(item, ast.Constant)]
    return None


def passed(via: Call | None, binding: Binding) -> ast.expr | None:
    """What the call through which a function was reached passes for a parameter."""
    definition = via.function.definition if via is not None else None
    arguments = getattr(definition.node, "args", None) if definition is not None else None
    if via is None or not isinstance(arguments, ast.arguments):
        return None
    names = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    position = names.index(binding.name) if binding.name in names else None
    return via.argument_node(position, binding.name)


def without_view(node: ast.expr) -> ast.expr:
    """The frame of `frame.iloc`, `frame.loc` and `frame.values`."""
    while isinstance(node, ast.Attribute) and node.attr in {"iloc", "loc", "values"}:
        node = node.value
    return node


def integer(node: ast.expr | None) -> int | None:
    """The number that an expression is, if it is written as one."""
    match node:
        case ast.Constant(value=int(number)) if not isinstance(node.value, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return -number
    return None


def holds(part: ast.Slice | ast.List, column: Column) -> bool:
    """Whether the columns of a key `[:, part]` certainly hold one: a position, or a name at an end of a range."""
    if isinstance(part, ast.List):
        return isinstance(column, int) and column in [integer(item) for item in part.elts]
    if part.lower is None and part.upper is None:
        return True
    if part.step is not None:
        return False
    if isinstance(column, str):
        ends = [end.value for end in (part.lower, part.upper) if isinstance(end, ast.Constant)]
        return column in ends
    lower, upper = integer(part.lower), integer(part.upper)
    if (part.lower is not None and lower is None) or (part.upper is not None and upper is None):
        return False
    first = lower or 0
    if column >= 0:
        is_before = upper is None or upper > column or (column == 0 and upper == -1)  # of two columns or more
        return 0 <= first <= column and is_before
    return upper is None and (first >= 0 or first <= column)
