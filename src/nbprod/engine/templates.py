"""A template waits to be filled in. Until then its finding stays, and is not given the same template once more."""

from collections.abc import Iterator
from typing import Final

from nbprod.kit.findings import HOLE
from nbprod.notebook import Notebook
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Fix, InsertCell, ReplaceText

_NUMBER: Final = lazy_pattern(r"_\d+\b")


def has_holes(notebook: Notebook) -> bool:
    """Whether any template may have been put into a notebook."""
    return any(HOLE in cell.source for cell in notebook.cells)


def is_in_place(fix: Fix, notebook: Notebook) -> bool:
    """Whether all that a template asks to be filled in is asked in the notebook already.

    One whose holes are elsewhere (a parameter that is there by now) is in place if all its lines are.
    """
    texts = list(_texts(fix))
    asked = {line for text in texts for line in _lines(text, HOLE)}
    if asked:
        return asked <= {line for cell in notebook.cells for line in _lines(cell.source, HOLE)}
    added = {line for text in texts for line in _lines(text, "")}
    return added <= {line for cell in notebook.cells for line in _lines(cell.source, "")}


def _texts(fix: Fix) -> Iterator[str]:
    for edit in fix.edits:
        if isinstance(edit, ReplaceText):
            yield edit.text
        elif isinstance(edit, InsertCell):
            yield edit.source


def _lines(text: str, start: str) -> Iterator[str]:
    """The lines that hold `start`, from there on; a second template like the first has numbered names."""
    if start in text:
        yield from (_NUMBER.sub("", line[line.index(start) :].strip()) for line in text.splitlines() if start in line)
