"""Finds the rules: ours by walking the package, third parties' by the entry point group `nbprod.rules`."""

import os
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from nbprod import rules
from nbprod.errors import RuleError
from nbprod.kit import Rule

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "nbprod.rules"
_METADATA = (".dist-info", ".egg-info", "EGG-INFO")


@cache
def all_rules() -> Mapping[str, type[Rule]]:
    """Every rule class by its name, in the order of the names.

    Raises:
        RuleError: Two rules have the same name, or a plugin can't be loaded.
    """
    found: dict[str, type[Rule]] = {}
    for rule in (*_ours(), *_plugins()):
        if found.setdefault(rule.name, rule) is not rule:
            raise RuleError(f"two rules are named {rule.name}: {found[rule.name].__module__} and {rule.__module__}")
    return MappingProxyType(dict(sorted(found.items())))


def _ours() -> Iterator[type[Rule]]:
    for package in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        for module in pkgutil.iter_modules(import_module(package.name).__path__, f"{package.name}."):
            yield from _rules_in(module.name)


def plugin_packages() -> tuple[str, ...]:
    """The top-level modules of third parties that bring rules; none of them is imported for it."""
    return tuple(sorted({entry.module.partition(".")[0] for entry in _entries()}))


def _plugins() -> Iterator[type[Rule]]:
    for entry in _entries():
        try:
            yield from _rules_in(entry.value)
        except Exception as error:
            raise RuleError(f"the rule plugin {entry.name} ({entry.value}) can't be loaded: {error}") from error


def _entries() -> "tuple[EntryPoint, ...]":
    if not any(_may_hold_plugins(folder) for folder in dict.fromkeys(sys.path)):
        return ()
    from importlib.metadata import entry_points  # noqa: PLC0415  -- slow to load, and few have plugins

    return tuple(entry_points(group=ENTRY_POINTS))


def _may_hold_plugins(folder: str) -> bool:
    """Whether something installed in a folder of `sys.path` names our group; an archive might."""
    try:
        with os.scandir(folder or ".") as entries:
            return any(_names_our_group(entry.path) for entry in entries if entry.name.endswith(_METADATA))
    except NotADirectoryError:
        return True
    except OSError:
        return False


def _names_our_group(metadata: str) -> bool:
    try:
        return ENTRY_POINTS.encode() in Path(metadata, "entry_points.txt").read_bytes()
    except OSError:  # most have none
        return False


def _rules_in(module_name: str) -> Iterator[type[Rule]]:
    module = import_module(module_name)
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__:
            yield value
