"""No regular expression of ours takes more than linear time, give or take, whatever text it is asked of.

Each pattern is asked of texts that are made from itself to be hard: what leads to one of its repeats, what goes round
in it many times, and something that spoils the match. `steps.Matcher` counts; four times the text may cost six times
the steps.
"""

import ast
import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from steps import Matcher, TooManyStepsError, pumps

import nbprod
from nbprod.patterns import _LazyPattern

ROOT = Path(nbprod.__file__).parent
NEEDS_JUPYTER = ("nbprod.server",)
METHODS = {"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"}
SHORT, LONG = 10, 40
MOST_GROWTH = 6.0
MOST_STEPS = 60_000
ENDS = ("!", "", "\n")

NAMES = {
    "kit.categories._FEATURES",
    "kit.gates._GATES",
    "kit.protection._WATCHES",
    "kit.sql._QUOTERS",
    "rules.data.static_data_file._FILLS",
    "rules.data.static_data_file._MAKES",
}
"""Asked of identifiers and dotted names only, which hold nothing that spoils a match."""
SHORT_TEXTS = {
    "config.globs._TOKEN": "of a configuration",
    "kit.rule._FENCE": "pages of rules",
    "output.pages._FENCE": "pages of rules",
    "kit.secrets.named._RECEIVER": "80 characters",
}
"""Asked of text that no notebook can make long."""
HANDED_ON = {
    "cli.survey._EXPLORING": "fullmatch",
    "cli.survey._RUNNING": "fullmatch",
    "kernel.evidence.cells._DATE": "match",
    "kernel.evidence.cells._NUMBER": "match",
    "kit.secrets.judge._PATH": "fullmatch",
    "notebook.text.dialect.ESCAPED": "match",
    "notebook.text.dialect.ESCAPED_PERCENT": "match",
    "notebook.text.dialect.MAGIC": "match",
}
"""How those are used that are passed to functions."""


class Asked(NamedTuple):
    """A pattern and the way it is used."""

    name: str
    pattern: str
    flags: int
    mode: str


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(nbprod.__path__, "nbprod."):
        if not found.name.startswith(NEEDS_JUPYTER) and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


@cache
def syntax(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def mode_of(method: str) -> str:
    return method if method in {"match", "fullmatch"} else "search"


@cache
def uses() -> dict[tuple[str, str], set[str]]:
    """How each name is used as a pattern: by module for private names, anywhere for public ones."""
    found = defaultdict(set)
    for path in ROOT.rglob("*.py"):
        called = set()
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Attribute) and node.attr in METHODS:
                called.add(node.value)
                name = getattr(node.value, "id", getattr(node.value, "attr", ""))
                found[name if not name.startswith("_") else (str(path), name)].add(mode_of(node.attr))
        for node in ast.walk(syntax(path)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node not in called:
                found[node.id if not node.id.startswith("_") else (str(path), node.id)].add("search")
    return found


def named_patterns() -> Iterator[Asked]:
    """Those that a module holds under a name, or in a table."""
    for module in modules():
        for name, value in vars(module).items():
            whole = f"{module.__name__.removeprefix('nbprod.')}.{name}"
            if not re.search(rf"^{name}\b.* = ", Path(str(module.__file__)).read_text(encoding="utf-8"), re.MULTILINE):
                continue  # imported
            for pattern, held in patterns_in(value):
                key = name if not name.startswith("_") else (str(module.__file__), name)
                modes = {"search"} if held else uses().get(key, set())
                if whole in HANDED_ON:
                    modes = modes - {"search"} | {HANDED_ON[whole]}
                yield from (Asked(whole, *pattern, mode) for mode in sorted(modes))


def patterns_in(value: object, *, held: bool = False) -> Iterator[tuple[tuple[str, int], bool]]:
    if isinstance(value, _LazyPattern):
        yield (text_of(value._source), value._flags), held
    elif isinstance(value, re.Pattern):
        yield (text_of(value.pattern), value.flags), held
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from patterns_in(item, held=True)
    elif isinstance(value, dict):
        for item in value.values():
            yield from patterns_in(item, held=True)


def text_of(pattern: str | bytes) -> str:
    return pattern.decode("latin-1") if isinstance(pattern, bytes) else pattern


def patterns_on_the_spot() -> Iterator[Asked]:
    """`re.sub(r"...", ...)`; a name that is put in stands for itself."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(syntax(path)):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("re.") or not node.args:
                continue
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            first = node.args[0]
            parts = first.values if isinstance(first, ast.JoinedStr) else [first]
            if method in METHODS and all(isinstance(part, ast.Constant | ast.FormattedValue) for part in parts):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "name" for part in parts)
                name = f"{path.relative_to(ROOT).with_suffix('').as_posix().replace('/', '.')}: {text}"
                yield Asked(name, text, 0, mode_of(method))


ALL = sorted(set(named_patterns()) | set(patterns_on_the_spot()))


def hardest(asked: Asked) -> tuple[float, str]:
    """How much longer four times the text takes, and the text."""
    matcher = Matcher(asked.pattern, asked.flags, MOST_STEPS)
    worst = (0.0, "")
    for lead, pump in pumps(matcher.tree, matcher.flags):
        for end in ENDS:
            if not pump or (asked.name in NAMES and not re.fullmatch(r"[\w.]+", lead + pump + end)):
                continue
            try:
                few, many = (matcher.steps(lead + pump * times + end, asked.mode) for times in (SHORT, LONG))
                growth = many / few
            except TooManyStepsError:
                growth = float("inf")
            worst = max(worst, (growth, f"{lead!r} {pump!r} {end!r}"))
        if worst[0] > MOST_GROWTH:
            break
    return worst


def test_all_patterns_are_looked_at() -> None:
    assert len(ALL) > 300
    assert {asked.mode for asked in ALL} == {"match", "fullmatch", "search"}
    assert not {*NAMES, *SHORT_TEXTS, *HANDED_ON} - {asked.name for asked in ALL}


@pytest.mark.parametrize("asked", [asked for asked in ALL if asked.name not in SHORT_TEXTS], ids=str)
def test_a_pattern_does_not_backtrack_without_end(asked: Asked) -> None:
    growth, text = hardest(asked)
    assert growth <= MOST_GROWTH, text
