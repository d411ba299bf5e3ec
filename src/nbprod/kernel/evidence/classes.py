"""What the class of an object is, found without touching the object or running code of its class."""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any, Final

from nbprod.patterns import lazy_pattern

# Read as stored: a class may define its own `__getattribute__`, or a property named `__module__` in its metaclass.
_MODULE: Final = type.__dict__["__module__"]
_QUALNAME: Final = type.__dict__["__qualname__"]


def exported(module: str, name: str) -> Any:
    """What a loaded module holds under a name; None when it is not loaded. Nothing is imported."""
    found = sys.modules.get(module)
    if type(found) is not ModuleType and not _is_lazy_module(found):
        return None
    contents = object.__getattribute__(found, "__dict__")
    return contents.get(name)


def _is_lazy_module(found: object) -> bool:
    """Whether it is a module whose class differs, as those of packages that load their parts late."""
    return found is not None and issubclass(type(found), ModuleType)


def is_exactly(thing: object, module: str, name: str) -> bool:
    """Whether an object's very class is the one that a loaded module exports; subclasses are not."""
    known = exported(module, name)
    return known is not None and type(thing) is known


def module_of(cls: type) -> str:
    """The module that a class says it is from; "" when it says nothing plain."""
    module = _MODULE.__get__(cls)
    return module if type(module) is str else ""


def name_of(cls: type) -> str:
    """The name of a class within its module."""
    name = _QUALNAME.__get__(cls)
    return name if type(name) is str else ""


def is_from(cls: type, package: str) -> bool:
    """Whether a package's own module holds this very class: a class can claim any name for its module."""
    module = module_of(cls)
    return module.partition(".")[0] == package and exported(module, name_of(cls)) is cls


def is_one_of(cls: type, classes: Iterable[type]) -> bool:
    """Whether a class is among some. `in` would ask the metaclass, which may be the user's, whether they are equal."""
    return any(cls is other for other in classes)


def home_of(thing: object, module: str, name: str) -> str:
    """The shortest path of modules that export an object, given the module that it is defined in."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(1, len(parts)))
    return next((prefix for prefix in prefixes if exported(prefix, name) is thing), module)


def qualified(cls: type) -> str:
    """A class by the shortest path under which the loaded modules export it: "sklearn.svm.SVC"."""
    module, name = module_of(cls), name_of(cls)
    return name if module in {"builtins", ""} else f"{home_of(cls, module, name)}.{name}"


_WORD: Final = lazy_pattern(r"[A-Za-z_][\w.]*\Z")


def plain_name(text: object) -> str | None:
    """A name of a module or class, if that is what a text is."""
    return text if type(text) is str and len(text) < 200 and _WORD.match(text) else None
