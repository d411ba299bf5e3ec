"""Which notebooks front ends show: `%nbprod` speaks of the one that it was executed in, as it is there and now."""

from weakref import ref

from nbprod.live import LiveNotebook
from nbprod.notebook import Notebook

_attached: list[ref[LiveNotebook]] = []
"""In the order in which they asked last; what a comm held goes when the comm goes."""


def note_asked(live: LiveNotebook) -> None:
    """Remember that a front end asked something of a notebook just now."""
    _attached[:] = [other for other in _attached if other() not in {None, live}] + [ref(live)]


def latest_pushed(cell_id: str | None = None) -> Notebook | None:
    """The notebook that a front end sent last, of those that hold a cell if one does; None without a front end."""
    live = [notebook.latest for other in reversed(_attached) if (notebook := other()) is not None]
    found = [notebook for notebook in live if notebook is not None]
    of_cell = (notebook for notebook in found if any(cell.id == cell_id for cell in notebook.cells))
    return next(of_cell, None) or next(iter(found), None)
