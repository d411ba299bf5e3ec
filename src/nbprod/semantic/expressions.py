"""What expressions evaluate to."""

import ast
import sys
from functools import reduce
from typing import Any, Final

from nbprod.semantic.content import content
from nbprod.semantic.divisions import part_tag
from nbprod.semantic.facts import Access, EventKind
from nbprod.semantic.folding import fold_binary
from nbprod.semantic.library import HUB_DATA, canonical, instance_type, method_effect, type_info
from nbprod.semantic.values import MISSING, UNKNOWN, Literal, Tag, Value, join, merge_lineage, merge_tags
from nbprod.semantic.walk import Walk, expression

_TYPES: Final = {int: "builtins.int", float: "builtins.float", bool: "builtins.bool"}
_CONSTANTS: Final[dict[tuple[type, object], Value]] = {}
_MODULE_ATTRIBUTES: Final[dict[tuple[str, str], Value]] = {}
_FRAME: Final = "pandas.DataFrame"
_SERIES: Final = "pandas.Series"
_COLUMNS: Final = {_FRAME: _SERIES, "polars.DataFrame": "polars.Series"}
_ABOUT: Final = frozenset({"columns", "shape", "dtypes", "size", "empty", "ndim"})
"""Attributes that tell of a table but hold none of its rows."""
_ROWS: Final = frozenset({_FRAME, _SERIES, "numpy.ndarray", "builtins.list"})


def derived(*values: Value, type: str | None = None) -> Value:
    """A value computed from others in a way that is not known."""
    lineage = merge_lineage(values)
    tags = merge_tags(values, Tag.INHERITED)
    return Value(type=type, lineage=lineage, tags=tags) if type or lineage or tags else UNKNOWN


@expression(ast.Constant)
def _constant(walk: Walk, node: ast.Constant) -> Value:
    constant = node.value
    if isinstance(constant, str):
        return Value(const=constant, type="builtins.str", literal=Literal(walk.cell, node))
    key = (type(constant), constant)
    known = _CONSTANTS.get(key)
    if known is None:
        known = Value(const=constant, type=_TYPES.get(type(constant)))
        if len(_CONSTANTS) < 10_000:
            _CONSTANTS[key] = known
    return known


expression(ast.Name)(Walk.read)


@expression(ast.Attribute)
def _attribute(walk: Walk, node: ast.Attribute) -> Value:
    owner = walk.value(node.value)
    if owner.type is not None:
        watch(walk, node, owner)
    return attribute(walk, owner, node.attr, called=False)


def watch(walk: Walk, node: ast.Attribute, owner: Value) -> None:
    """Record the read if the library table of the owner's type asks for it."""
    info = type_info(owner.type) if owner.type is not None else None
    if info is not None and info.watched:
        walk.accesses.append(Access(node, walk.cell, walk.stmt, node.attr, owner, walk.via))


def attribute(walk: Walk, owner: Value, attr: str, *, called: bool) -> Value:
    """The value of `owner.attr`; `called` when it is about to be called."""
    if owner.definition is not None:
        own = owner.definition.attributes.get(attr)
        if own is not None:
            return own
    if owner.type is not None:
        return _instance_attribute(owner, attr, called=called)
    if owner.name is None:
        return content(owner, attr, derived(owner))
    key = (owner.name, attr)
    known = _MODULE_ATTRIBUTES.get(key)
    if known is None:
        name = canonical(f"{owner.name}.{attr}")
        instance = instance_type(name)
        known = Value(type=instance) if instance else Value(name=name)
        if len(_MODULE_ATTRIBUTES) < 50_000:
            _MODULE_ATTRIBUTES[key] = known
    if known.type is None and (owner.tags or owner.lineage):
        return known.evolve(tags=owner.tags, lineage=owner.lineage)
    return known


def _instance_attribute(owner: Value, attr: str, *, called: bool) -> Value:
    kind = owner.type or ""
    info = type_info(kind)
    held = info.holds if info is not None else 0
    if info is not None and attr in info.attributes and not called:
        kept = Tag.INHERITED if attr not in _ABOUT else Tag.INHERITED & ~(Tag.TRAIN | Tag.TEST)
        column = owner.column if kind == _SERIES else None
        found = Value(type=info.attributes[attr], lineage=owner.lineage, tags=owner.tags & kept | held, column=column)
        return content(owner, attr, found)
    if called or method_effect(kind, attr) is not None:
        return Value(name=f"{kind}.{attr}", lineage=owner.lineage, tags=owner.tags)
    if kind == _FRAME:
        if attr in ("loc", "iloc", "at", "iat", "T"):
            return owner
        return Value(type=_SERIES, column=attr, lineage=owner.lineage, tags=owner.tags & Tag.INHERITED)
    if info is not None and info.fluent:
        return Value(type=kind, lineage=owner.lineage, tags=owner.tags & Tag.INHERITED, column=owner.column)
    found = derived(owner)
    return content(owner, attr, found.evolve(tags=found.tags | held) if held else found)


@expression(ast.Subscript)
def _subscript(walk: Walk, node: ast.Subscript) -> Value:
    owner = walk.value(node.value)
    key = walk.value(node.slice)
    if owner.items is not None:
        if isinstance(owner.items, dict):
            if key.const is not MISSING and _hashable(key.const) and key.const in owner.items:
                return owner.items[key.const]
            if owner.items and all(item.has(Tag.FITTED) for item in owner.elements):
                return reduce(join, owner.elements)  # one of several models
        elif isinstance(key.const, int) and -len(owner.items) <= key.const < len(owner.items):
            return owner.items[key.const]
        return element(owner)
    tags = (owner.tags & Tag.INHERITED) | (key.tags & (Tag.TRAIN | Tag.TEST))
    lineage = merge_lineage((owner, key))
    if owner.type in _COLUMNS and key.text is not None:
        return Value(type=_COLUMNS[owner.type], column=key.text, lineage=lineage, tags=tags)
    if owner.type in _ROWS and _takes_constant_rows(walk, node.slice):
        tags |= Tag.LIMITED
        lineage = lineage | {walk.event_at(EventKind.REDUCE, node, "limit", data=owner)}
    if owner.type == HUB_DATA and key.text is not None and part_tag(key.text) in {Tag.TRAIN, Tag.TEST}:
        return owner.evolve(tags=owner.tags | part_tag(key.text), lineage=lineage, column=key.text)
    info = type_info(owner.type) if owner.type else None
    kept = None
    if info is not None:
        tags |= info.holds
        taken = info.methods.get("__getitem__")
        if taken is not None:
            tags, kept = tags | taken.tags, taken.returns
        elif info.fluent:
            kept = owner.type
    found = Value(type=kept, lineage=lineage, tags=tags, column=owner.column if kept == _SERIES else None)
    return content(owner, key.const, found) if isinstance(key.const, str) else found


def _hashable(constant: object) -> bool:
    return isinstance(constant, str | int | float | bool | None)


def _takes_constant_rows(walk: Walk, part: ast.expr) -> bool:
    """`[:n]` or `[:n, ...]` with a positive constant that is no parameter."""
    if isinstance(part, ast.Tuple) and part.elts:
        part = part.elts[0]
    if not isinstance(part, ast.Slice) or part.upper is None or part.step is not None:
        return False
    if part.lower is not None and walk.values.get(part.lower, UNKNOWN).const != 0:
        return False
    upper = walk.values.get(part.upper, UNKNOWN)
    return isinstance(upper.const, int) and upper.const > 0 and not upper.has(Tag.PARAMETER)


@expression(ast.Slice)
def _slice(walk: Walk, node: ast.Slice) -> Value:
    walk.all_values((node.lower, node.upper, node.step))
    return UNKNOWN


@expression(ast.BinOp)
def _binary(walk: Walk, node: ast.BinOp) -> Value:
    left, right = walk.value(node.left), walk.value(node.right)
    folded = fold_binary(node.op, left, right)
    if folded is not None:
        return folded
    is_pipe = isinstance(node.op, ast.BitOr)  # `prompt | model | parser`
    sides = (right, left) if is_pipe else (left, right)
    for side in sides:
        info = type_info(side.type) if side.type else None
        piped = info.methods.get("__ror__" if side is right else "__or__") if info is not None and is_pipe else None
        if info is not None and (info.fluent or piped is not None):
            result = derived(left, right, type=piped.returns if piped is not None else side.type)
            break
    else:
        result = derived(left, right)
    is_data = right.lineage or right.type == "polars.Expr"
    if isinstance(node.op, ast.Div) and isinstance(node.left, ast.BinOp) and is_data:
        own = walk.event_at(EventKind.DERIVE, node, "ratio", X=left)  # `(x - x.mean()) / x.std()`
        return result.evolve(lineage=result.lineage | {own})
    return result


@expression(ast.BoolOp)
def _boolean(walk: Walk, node: ast.BoolOp) -> Value:
    values = walk.all_values(node.values)
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


@expression(ast.UnaryOp)
def _unary(walk: Walk, node: ast.UnaryOp) -> Value:
    operand = walk.value(node.operand)
    constant = operand.const
    if isinstance(node.op, ast.USub) and isinstance(constant, int | float):
        return Value(const=-constant, type=operand.type)
    if isinstance(node.op, ast.Not):
        return derived(operand)
    return derived(operand, type=operand.type)


@expression(ast.Compare)
def _compare(walk: Walk, node: ast.Compare) -> Value:
    values = [walk.value(node.left), *walk.all_values(node.comparators)]
    kind = next((value.type for value in values if value.type in (_SERIES, _FRAME, "numpy.ndarray")), None)
    found = derived(*values, type=kind)
    return found.evolve(tags=found.tags & ~Tag.LLM) if found.tags & Tag.LLM else found


@expression(ast.IfExp)
def _conditional(walk: Walk, node: ast.IfExp) -> Value:
    walk.value(node.test)
    return join(walk.value(node.body), walk.value(node.orelse))


@expression(ast.JoinedStr)
def _formatted(walk: Walk, node: ast.JoinedStr) -> Value:
    """An f-string: a constant if all its parts are, else a prefix as far as it is known."""
    if _PLACES_ARE_WRONG:
        for item in node.values:
            ast.copy_location(item, node)
    known, complete, literal = "", True, None
    parts: list[Value] = []
    for item in node.values:
        part = walk.value(item)
        parts.append(part)
        head = str(part.const) if isinstance(part.const, int | float) else part.head
        if complete and head is not None:
            if not known:
                literal = Literal(walk.cell, node) if isinstance(item, ast.Constant) else part.literal
            known += head
        complete = complete and (part.text is not None or isinstance(part.const, int | float))
    tags = merge_tags(parts, Tag.INHERITED | Tag.PARAMETER | Tag.ENVIRONMENT)
    return Value(
        type="builtins.str",
        const=known if complete else MISSING,
        prefix=None if complete else known or None,
        literal=literal,
        tags=tags,
        lineage=merge_lineage(parts),
    )


_PLACES_ARE_WRONG: Final = sys.version_info < (3, 12)
"""Until then, CPython gave no usable positions inside an f-string."""


def _place_all(expression: ast.expr, place: ast.expr) -> None:
    """Put all parts of an expression where another stands."""
    parts: list[Any] = [expression]
    for part in parts:
        if isinstance(part, ast.expr):
            part.lineno, part.col_offset = place.lineno, place.col_offset
            part.end_lineno, part.end_col_offset = place.end_lineno, place.end_col_offset
        if type(part) is not ast.Name:
            parts.extend(ast.iter_child_nodes(part))


@expression(ast.FormattedValue)
def _formatted_part(walk: Walk, node: ast.FormattedValue) -> Value:
    if _PLACES_ARE_WRONG:
        _place_all(node.value, node)
    value = walk.value(node.value)
    if node.format_spec is not None:
        walk.value(node.format_spec)
        return derived(value)
    return value


@expression(ast.Tuple, ast.List, ast.Set)
def _sequence(walk: Walk, node: ast.Tuple | ast.List | ast.Set) -> Value:
    items: list[Value] = []
    fixed = True
    for item in node.elts:
        value = walk.value(item)
        if isinstance(item, ast.Starred):
            if isinstance(value.items, tuple):
                items.extend(value.items)
                continue
            fixed = False
        items.append(value)
    kind = "builtins.tuple" if isinstance(node, ast.Tuple) else "builtins.list"
    return Value(
        type=kind,
        items=tuple(items) if fixed and len(items) <= 200 else None,
        lineage=merge_lineage(items),
        tags=merge_tags(items, Tag.CONTAGIOUS | Tag.FITTED),
    )


@expression(ast.Starred)
def _starred(walk: Walk, node: ast.Starred) -> Value:
    return walk.value(node.value)


@expression(ast.Dict)
def _dict(walk: Walk, node: ast.Dict) -> Value:
    items: dict[object, Value] | None = {}
    values: list[Value] = []
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        key = walk.value(key_node) if key_node is not None else None
        value = walk.value(value_node)
        values.append(value)
        if items is None:
            continue
        if key is None and isinstance(value.items, dict):
            items.update(value.items)
        elif key is not None and key.const is not MISSING and _hashable(key.const) and len(items) < 200:
            items[key.const] = value
        else:
            items = None
    tags = merge_tags(values, Tag.CONTAGIOUS | Tag.FITTED)
    return Value(type="builtins.dict", items=items, lineage=merge_lineage(values), tags=tags)


def element(container: Value) -> Value:
    """What iterating over a value gives."""
    if container.items is not None and not isinstance(container.items, dict):
        values = container.elements
        result = values[0] if values else UNKNOWN
        for value in values[1:]:
            result = join(result, value)
        return result
    info = type_info(container.type) if container.type else None
    if info is None:
        return derived(container)
    if container.type == "pandas.GroupBy":  # pairs of a key and the rows that have it
        return Value(items=(derived(container), derived(container, type=_FRAME)))
    kept = container.type if info.fluent and container.type not in {_FRAME, "pandas.Index"} else None
    result = derived(container, type=kept)
    return result.evolve(tags=result.tags | info.holds) if info.holds else result


@expression(ast.Await)
def _await(walk: Walk, node: ast.Await) -> Value:
    return walk.value(node.value)


@expression(ast.Yield, ast.YieldFrom)
def _yield(walk: Walk, node: ast.Yield | ast.YieldFrom) -> Value:
    if node.value is not None:
        value = walk.value(node.value)
        walk.returned.append(
            Value(type="builtins.list", items=(value,), lineage=value.lineage, tags=value.tags & Tag.CONTAGIOUS)
        )
    return UNKNOWN


def assign(walk: Walk, target: ast.expr, value: Value, kind: str = "assign") -> None:
    """Bind a target, of whatever form, to a value."""
    if isinstance(target, ast.Name):
        walk.bind(target.id, value, target, kind)
    elif isinstance(target, ast.Starred):
        assign(walk, target.value, derived(value), kind)
    elif isinstance(target, ast.Tuple | ast.List):
        _unpack(walk, target, value, kind)
    elif isinstance(target, ast.Attribute):
        owner = walk.value(target.value)
        if owner.definition is not None:
            owner.definition.attributes[target.attr] = value
        elif owner.lineage is not value.lineage:
            _extend(walk, target.value, owner, value)
    elif isinstance(target, ast.Subscript):
        owner = walk.value(target.value)
        key = walk.value(target.slice)
        _extend(walk, target.value, owner, value, key)


def _unpack(walk: Walk, target: ast.Tuple | ast.List, value: Value, kind: str) -> None:
    items = value.items if isinstance(value.items, tuple) else ()
    starred = any(isinstance(part, ast.Starred) for part in target.elts)
    if len(items) == len(target.elts) and not starred:
        for part, item in zip(target.elts, items, strict=True):
            assign(walk, part, item, kind)
    elif len(items) == 2 and len(target.elts) == 3 and items[0].has(Tag.TRAIN) and items[1].has(Tag.TEST):
        for part, item in zip(target.elts, (*items, items[1]), strict=True):  # train, validation, test
            assign(walk, part, item, kind)
    else:
        each = element(value)
        for part in target.elts:
            assign(walk, part, each, kind)


def _extend(walk: Walk, node: ast.expr, owner: Value, value: Value, key: Value = UNKNOWN) -> None:
    """`owner[key] = value` or `owner.name = value`: the owner now also holds the value."""
    items = owner.items
    if isinstance(items, dict) and key.const is not MISSING and _hashable(key.const) and len(items) < 200:
        items = {**items, key.const: value}
    tags = owner.tags | (value.tags & (Tag.CONTAGIOUS & ~(Tag.TRAIN | Tag.TEST | Tag.LIMITED)))
    if isinstance(node, ast.Attribute) and node.attr in ("loc", "iloc", "at", "iat"):
        node = node.value
    walk.change(node, owner.evolve(items=items, tags=tags, lineage=merge_lineage((owner, value))))
