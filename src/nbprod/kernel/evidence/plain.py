"""Values of the standard library, modules, functions and classes."""

import collections
import datetime as dt
import decimal
import fractions
import pathlib
import types
import uuid
from typing import Any, Final

from nbprod.evidence import Module, Plain
from nbprod.kernel.evidence.classes import home_of, is_one_of, module_of, name_of, plain_name, qualified

_SIZED: Final = (
    str,
    bytes,
    bytearray,
    list,
    tuple,
    dict,
    set,
    frozenset,
    collections.deque,
    collections.OrderedDict,
    collections.defaultdict,
    collections.Counter,
)
_UNSIZED: Final = (
    int,
    float,
    complex,
    bool,
    type(None),
    range,
    slice,
    dt.datetime,
    dt.date,
    dt.time,
    dt.timedelta,
    decimal.Decimal,
    fractions.Fraction,
    uuid.UUID,
    pathlib.PosixPath,
    pathlib.WindowsPath,
)
_PLAIN: Final = {id(cls): cls in _SIZED for cls in (*_SIZED, *_UNSIZED)}
_FUNCTIONS: Final = (types.FunctionType, types.BuiltinFunctionType)


def plain_value(thing: Any) -> Plain | None:
    """What is known of a value whose very class is one of the standard library's."""
    cls = type(thing)
    is_sized = _PLAIN.get(id(cls))
    if is_sized is None:
        return None
    return Plain(type=qualified(cls), length=len(thing) if is_sized else None)


def imported(thing: Any) -> Module | None:
    """Where a module, function or class says it is from."""
    cls = type(thing)
    if issubclass(cls, types.ModuleType):
        name = plain_name(object.__getattribute__(thing, "__dict__").get("__name__"))
        return None if name is None else Module(type="module", module=name)
    if issubclass(cls, type):
        return _named("type", thing, module_of(thing), name_of(thing))
    if is_one_of(cls, _FUNCTIONS):
        return _named("function", thing, thing.__module__, thing.__qualname__)
    return None


def _named(kind: str, thing: Any, module: object, name: object) -> Module | None:
    module, name = plain_name(module), plain_name(name)
    if module is None:
        return None
    return Module(type=kind, module=module if name is None else home_of(thing, module, name), name=name)
