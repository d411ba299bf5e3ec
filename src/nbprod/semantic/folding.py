"""Constant folding of what paths, addresses and queries are built with."""

import ast
from collections.abc import Callable
from typing import Final

from nbprod.semantic.facts import Call
from nbprod.semantic.values import MISSING, UNKNOWN, Tag, Value, merge_lineage, merge_tags

PATH: Final = "pathlib.Path"
_KEPT: Final = Tag.INHERITED | Tag.PARAMETER | Tag.ENVIRONMENT
_LONGEST: Final = 4_000
"""A folded string longer than this is not worth knowing, and could be an attack on memory."""


def _text(parts: list[Value], glue: str, kind: str) -> Value:
    """The concatenation of strings as far as they are known; the literal is that of the head."""
    known: list[str] = []
    complete = bool(parts)
    for part in parts:
        if part.head is not None:
            known.append(part.head)
        if part.text is None:
            complete = False
            break
    text = glue.join(known)
    if len(text) > _LONGEST:
        complete, text = False, text[:_LONGEST]
    return Value(
        type=kind,
        const=text if complete else MISSING,
        prefix=None if complete else text or None,
        literal=parts[0].literal if parts else None,
        tags=merge_tags(parts, _KEPT),
        lineage=merge_lineage(parts),
    )


def _join_paths(parts: list[Value], kind: str) -> Value:
    """As os.path.join: a later absolute part discards what stands before it."""
    for index in range(len(parts) - 1, 0, -1):
        head = parts[index].head
        if head is not None and head.startswith("/"):
            parts = parts[index:]
            break
    trimmed = [
        part.evolve(const=part.const.rstrip("/")) if part.text and part.text != "/" and part is not parts[-1] else part
        for part in parts
    ]
    return _text(trimmed, "/", kind)


def fold_binary(operator: ast.operator, left: Value, right: Value) -> Value | None:
    """Fold `a + b` of strings and lists, `path / name`, and `"..." % values`; None when it is neither."""
    if isinstance(operator, ast.Add):
        if left.head is not None and (right.head is not None or left.text is not None or not right.is_known):
            return _text([left, right], "", "builtins.str")
        if (
            isinstance(left.items, tuple)
            and isinstance(right.items, tuple)
            and len(left.items) + len(right.items) < 200
        ):
            both = left.items + right.items
            return Value(type=left.type, items=both, lineage=merge_lineage(both), tags=merge_tags(both, Tag.CONTAGIOUS))
    elif isinstance(operator, ast.Div):
        if PATH in {left.type, right.type}:
            return _join_paths([left, right], PATH)
    elif isinstance(operator, ast.Mod) and left.text is not None:
        return _template(left, right, left.text.partition("%")[0])
    return None


def _template(template: Value, filling: Value, prefix: str) -> Value:
    """A format string with holes: what stands before the first hole is known."""
    parts = (template, filling, *filling.elements)
    return Value(
        type="builtins.str",
        prefix=prefix or None,
        literal=template.literal if prefix else None,
        tags=merge_tags(parts, _KEPT),
        lineage=merge_lineage(parts),
    )


def _path(call: Call) -> Value:
    if not call.args:
        return Value(type=PATH, const="." if call.name.endswith("Path") else MISSING)
    return _join_paths(list(call.args), PATH)


def _os_join(call: Call) -> Value:
    return _join_paths(list(call.args), "builtins.str") if call.args else UNKNOWN


def _path_method(call: Call) -> Value:
    return _join_paths([call.receiver or UNKNOWN, *call.args], PATH)


def _same(call: Call) -> Value:
    """A conversion that keeps the text: str(path), os.fspath, abspath, expanduser."""
    source = call.args[0] if call.args else call.receiver or UNKNOWN
    return source.evolve(type=PATH if call.receiver is not None and call.receiver.type == PATH else "builtins.str")


def _string(call: Call) -> Value:
    source = call.args[0] if call.args else UNKNOWN
    if source.head is not None:
        return source.evolve(type="builtins.str")
    constant = str(source.const) if isinstance(source.const, int | float) else MISSING
    parts = (source,)
    return Value(
        type="builtins.str", const=constant, tags=merge_tags(parts, Tag.INHERITED), lineage=merge_lineage(parts)
    )


def _format(call: Call) -> Value:
    template = call.receiver or UNKNOWN
    filling = Value(items=(*call.args, *call.keywords.values()))
    return _template(template, filling, (template.text or "").partition("{")[0])


def _dict_call(call: Call) -> Value:
    if call.open or call.args:
        return Value(type="builtins.dict", lineage=merge_lineage(call.args), tags=merge_tags(call.args, Tag.CONTAGIOUS))
    values = call.keywords.values()
    return Value(type="builtins.dict", items=dict(call.keywords), lineage=merge_lineage(values))


def _list_call(call: Call) -> Value:
    source = call.args[0] if call.args else UNKNOWN
    items = source.items if isinstance(source.items, tuple) else () if not call.args else None
    return Value(type="builtins.list", items=items, lineage=source.lineage, tags=source.tags & Tag.INHERITED)


def _each(source: Value) -> Value:
    """One element standing for all of an iterable."""
    from nbprod.semantic.expressions import element  # noqa: PLC0415  -- the two modules need each other

    return element(source)


def _enumerate(call: Call) -> Value:
    return Value(items=(Value(items=(UNKNOWN, _each(call.args[0]))),)) if call.args else UNKNOWN


def _zip(call: Call) -> Value:
    return Value(items=(Value(items=tuple(_each(value) for value in call.args)),)) if call.args else UNKNOWN


def _dict_items(call: Call) -> Value:
    receiver = call.receiver or UNKNOWN
    if not isinstance(receiver.items, dict) or not receiver.items:
        return UNKNOWN
    return Value(items=tuple(Value(items=(Value(const=key), value)) for key, value in receiver.items.items()))


def _dict_values(call: Call) -> Value:
    receiver = call.receiver or UNKNOWN
    return Value(type="builtins.list", items=receiver.elements, lineage=receiver.lineage) if receiver.items else UNKNOWN


def _dict_get(call: Call) -> Value:
    receiver = call.receiver or UNKNOWN
    key = call.args[0].const if call.args else MISSING
    if isinstance(receiver.items, dict) and isinstance(key, str | int):
        return receiver.items.get(key, UNKNOWN)
    return UNKNOWN


FOLDED: Final[dict[str, Callable[[Call], Value]]] = {
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.Path.joinpath": _path_method,
    "pathlib.Path.resolve": _same,
    "pathlib.Path.absolute": _same,
    "pathlib.Path.expanduser": _same,
    "pathlib.Path.as_posix": _same,
    "os.path.join": _os_join,
    "os.path.expanduser": _same,
    "os.path.expandvars": _same,
    "os.path.abspath": _same,
    "os.path.realpath": _same,
    "os.path.normpath": _same,
    "os.fspath": _same,
    "builtins.str": _string,
    "builtins.str.format": _format,
    "builtins.str.strip": _same,
    "builtins.dict": _dict_call,
    "builtins.list": _list_call,
    "builtins.tuple": _list_call,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.dict.items": _dict_items,
    "builtins.dict.values": _dict_values,
    "builtins.dict.get": _dict_get,
    "copy.deepcopy": lambda call: call.args[0] if call.args else UNKNOWN,
    "copy.copy": lambda call: call.args[0] if call.args else UNKNOWN,
}
"""Functions whose result is worth computing, by canonical name."""
