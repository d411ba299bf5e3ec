"""What `nbprod init` sees in a folder: which notebooks are for thinking, which run unattended, which are copies."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from nbprod.errors import ReadError
from nbprod.kit.context import Context
from nbprod.notebook import Notebook, discover, read_notebook
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Problem, Profile
from nbprod.semantic import SemanticModel

_EXPLORING: Final = lazy_pattern(
    r"(?:\d+[-_. ]?)?(?:eda|explor\w*|scratch\w*|sandbox\w*|playground\w*|drafts?|experiments?|research|spikes?|pocs?"
    r"|proofs?[-_ ]of[-_ ]concepts?|prototyp\w*|ad[-_ ]?hoc|tutorials?|lessons?|demos?|wip|ideas?)"
)
_RUNNING: Final = lazy_pattern(
    r"(?:\d+[-_. ]?)?(?:prod|production|jobs?|pipelines?|dags?|etl|scheduled?|deploy\w*|workflows?|batch|serving)"
)
_RETIRED: Final = lazy_pattern(r"(?:_|\.)?(?:archived?|old|backups?|bak|deprecated|attic|trash|obsolete)s?")
_FEW: Final = 2
_READ: Final = 20
"""How many notebooks of a folder are looked into, to see what the folder is for."""


class Survey(Struct):
    """What was found below a folder.

    Attributes:
        total: How many notebooks.
        exploring: How many notebooks by exploratory folder, as parts of its path.
        excluded: How many by folder that is to be left out.
        unread: How many of those that were looked into can't be read.
    """

    total: int = 0
    exploring: dict[tuple[str, ...], int] = field(default_factory=dict)
    excluded: dict[tuple[str, ...], int] = field(default_factory=dict)
    unread: int = 0


def survey(root: Path) -> Survey:
    """Look at the notebooks below a folder."""
    found = Survey()
    folders: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for path in discover([root]):
        if not isinstance(path, Problem):
            found.total += 1
            folders[path.relative_to(root).parent.parts].append(path)
    for parts, paths in sorted(folders.items()):
        retired = _named(parts, _RETIRED)
        if retired and _is_text("/".join(retired)):
            found.excluded[retired] = found.excluded.get(retired, 0) + len(paths)
        elif parts and _is_text("/".join(parts)):
            _sort(found, parts, paths)
    return found


def _sort(found: Survey, parts: tuple[str, ...], paths: Sequence[Path]) -> None:
    """Sort in one folder by its name, else by what its notebooks do."""
    exploring = _named(parts, _EXPLORING)
    if exploring and not _named(parts[len(exploring) :], _RUNNING):
        found.exploring[exploring] = found.exploring.get(exploring, 0) + len(paths)
        return
    if exploring or _named(parts, _RUNNING):
        return
    notebooks = list(_readable(found, paths[:_READ]))
    if len(notebooks) >= _FEW and all("papermill" in notebook.metadata for notebook in notebooks):
        found.excluded[parts] = len(paths)
    elif len(notebooks) >= _FEW and not any(_runs(notebook) for notebook in notebooks):
        found.exploring[parts] = len(paths)


def _is_text(name: str) -> bool:
    """Whether a name can be written into a file; one that is not UTF-8 can't."""
    return name.encode("utf-8", "replace").decode() == name


def _named(parts: Sequence[str], pattern: re.Pattern[str]) -> tuple[str, ...]:
    """The path up to the first folder whose name a pattern means; empty if there is none."""
    for number, part in enumerate(parts, start=1):
        if pattern.fullmatch(part.lower()):
            return tuple(parts[:number])
    return ()


def _readable(found: Survey, paths: Iterable[Path]) -> Iterator[Notebook]:
    for path in paths:
        try:
            notebook = read_notebook(path)
        except ReadError:
            found.unread += 1
            continue
        if notebook.skipped is None:
            yield notebook


def _runs(notebook: Notebook) -> bool:
    """Whether a notebook takes parameters, or delivers something that others use."""
    if any(cell.holds_parameters for cell in notebook.cells):
        return True
    try:
        model = SemanticModel(notebook, frozenset())
        purpose = Context(notebook, model, Profile.PRODUCTION).purpose
        runs = purpose.delivers and not purpose.teaches
        model.release()
    except Exception:  # noqa: BLE001  -- `nbprod check` tells what is wrong with it
        return True
    return runs
