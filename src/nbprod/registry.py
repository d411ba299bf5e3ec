"""Finds the rules: ours by the index of our package, third parties' by the entry point group `nbprod.rules`.

The index says of each rule what it needs to find in a notebook, so that only rules that may have something to say are
imported. `docs/generate.py` writes it. A rule that it does not list is imported at once, so nobody has to think of it
while writing one; a line that does not fit its rule any more is an error as soon as the rule is loaded.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from nbprod import rules
from nbprod.errors import RuleError
from nbprod.protocol import Dimension

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from nbprod.kit.rule import Listed, Rule

ENTRY_POINTS: Final = "nbprod.rules"
INDEX: Final = Path(rules.__path__[0], "index.json")
_LOADED: Final["dict[str, type[Rule]]"] = {}
_METADATA = (".dist-info", ".egg-info", "EGG-INFO")


class Listing(msgspec.Struct, frozen=True, omit_defaults=True):
    """A line of the index: what is to be known of a rule before it is imported."""

    name: str
    module: str
    dimension: Dimension
    needs: frozenset[str]
    nodes: frozenset[str] = frozenset()
    options: dict[str, Any] = {}
    written_files: str = "ignore"

    @classmethod
    def of(cls, rule: "type[Rule]") -> Self:
        """What the index should say of a rule."""
        return cls(
            rule.name, rule.__module__, rule.dimension, rule.needs, rule.nodes, dict(rule.options), rule.written_files
        )

    def load(self) -> "type[Rule]":
        """Import the rule.

        Raises:
            RuleError: It is not what this line says.
        """
        rule = _LOADED.get(self.module)
        if rule is None:
            rule = next(rules_in(self.module), None)
            if rule is None or Listing.of(rule) != self:
                raise RuleError(f"the index of rules is out of date for {self.module}: run `python docs/generate.py`")
            _LOADED[self.module] = rule
        return rule


@cache
def listed_rules() -> "Mapping[str, Listed]":
    """What is known of every rule, by its name, in the order of the names.

    Raises:
        RuleError: Two rules have the same name, or a plugin can't be loaded.
    """
    found: dict[str, Listed] = {}
    for rule in (*_ours(), *_plugins()):
        if (other := found.setdefault(rule.name, rule)) is not rule:
            modules = f"{other.load().__module__} and {rule.load().__module__}"
            raise RuleError(f"two rules are named {rule.name}: {modules}")
    return MappingProxyType(dict(sorted(found.items())))


def all_rules() -> "Mapping[str, type[Rule]]":
    """Every rule class by its name, in the order of the names.

    Raises:
        RuleError: As for `listed_rules`, or the index is out of date.
    """
    return {name: rule.load() for name, rule in listed_rules().items()}


def plugin_packages() -> tuple[str, ...]:
    """The top-level modules of third parties that bring rules; none of them is imported for it."""
    return tuple(sorted({entry.module.partition(".")[0] for entry in _entries()}))


def modules() -> Iterator[str]:
    """The names of the modules that our rules stand in."""
    for folder in os.scandir(rules.__path__[0]):
        if folder.is_dir():
            names = (file.name for file in os.scandir(folder) if file.name.endswith(".py") and file.name[0] != "_")
            yield from (f"{rules.__name__}.{folder.name}.{name[:-3]}" for name in names)


def _ours() -> "Iterator[Listed]":
    index = {line.module: line for line in msgspec.json.decode(INDEX.read_bytes(), type=list[Listing])}
    for module in modules():
        if module in index:
            yield index[module]
        else:
            yield from rules_in(module)


def _plugins() -> "Iterator[Listed]":
    for entry in _entries():
        try:
            yield from rules_in(entry.value)
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


def rules_in(module_name: str) -> "Iterator[type[Rule]]":
    """The rules that a module defines."""
    from nbprod.kit.rule import Rule  # noqa: PLC0415  -- most are in the index

    module = import_module(module_name)
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module.__name__:
            yield value
