"""What a rule sees: the notebook, its meaning, the settings; and how it names a place."""

import ast
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from nbprod.kit.purpose import Purpose
from nbprod.notebook import Cell, Notebook
from nbprod.protocol import Profile, Span
from nbprod.semantic import Call, SemanticModel, Stmt, Value

if TYPE_CHECKING:
    from nbprod.evidence import Witness
    from nbprod.kit.runtime import Runtime

T = TypeVar("T")


class Located(Protocol):
    """A fact of the model: it knows its cell and its node."""

    @property
    def cell(self) -> int:
        """Index of the cell."""

    @property
    def node(self) -> Any:
        """The node in that cell."""


Place = ast.AST | Located | Span
_Positioned = ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias


class Context:
    """One notebook as its rules see it.

    Attributes:
        notebook: The notebook.
        model: What its cells mean.
        profile: What the notebook is for.
        cell: Index of the cell that the handler's node stands in.
        options: The rule's options, defaults filled in.
        runtime: What a live session knows; None when there is none.
    """

    def __init__(
        self, notebook: Notebook, model: SemanticModel, profile: Profile, witness: "Witness | None" = None
    ) -> None:
        self.notebook = notebook
        self.model = model
        self.profile = profile
        self.cell = 0
        self.options: Mapping[str, Any] = {}
        self.runtime = None if witness is None else _runtime(witness, notebook, model)
        self._made: dict[Callable[[Context], Any], Any] = {}

    @property
    def production(self) -> bool:
        """Whether the notebook is to run unattended."""
        return self.profile is Profile.PRODUCTION

    @cached_property
    def path(self) -> PurePath:
        """The notebook's path."""
        return PurePath(self.notebook.path)

    @cached_property
    def purpose(self) -> Purpose:
        """What the notebook delivers, and whether it teaches."""
        return Purpose(self.notebook, self.model)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The code cells that are analysed."""
        return self.model.cells

    def once(self, make: "Callable[[Context], T]") -> T:
        """What a class or function makes of this notebook, made once for all rules that ask."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def release(self, *, with_model: bool) -> None:
        """Let go of what was made of the notebook, so that its memory is free at once."""
        self._made.clear()
        if with_model:
            self.model.release()

    # -- places -------------------------------------------------------------------------------

    def offsets(self, place: "ast.AST | Located") -> tuple[Cell, int, int]:
        """The cell of a node or fact, and its half-open offsets there."""
        cell, node = (self.cell, place) if isinstance(place, ast.AST) else (place.cell, place.node)
        where = self.notebook.cells[cell]
        if not isinstance(node, _Positioned):  # a module, an operator: it has no place of its own
            return where, 0, 0
        return where, *where.map.node_span(node)

    def span(self, place: Place) -> Span:
        """The stretch of source that a node or fact stands on."""
        if isinstance(place, Span):
            return place
        cell, start, end = self.offsets(place)
        return self.notebook.span(cell, start, end)

    def first_line(self, place: "ast.AST | Located") -> Span:
        """The first line of a compound statement: a whole loop would be too much to underline."""
        cell, start, end = self.offsets(place)
        line_end = cell.source.find("\n", start, end)
        return self.notebook.span(cell, start, end if line_end < 0 else line_end)

    def cell_span(self, index: int, start: int, end: int) -> Span:
        """A stretch of a cell by offsets, for what is not Python: magics, Markdown."""
        return self.notebook.span(self.notebook.cells[index], start, end)

    def cell_line(self, cell: Cell) -> Span:
        """The first line of a cell that is not blank."""
        start = len(cell.source) - len(cell.source.lstrip())
        end = cell.source.find("\n", start)
        return self.notebook.span(cell, start, len(cell.source) if end < 0 else end)

    def text(self, place: "ast.AST | Located", limit: int = 60) -> str:
        """The source of a node on one line, shortened to `limit` characters, for a message."""
        cell, start, end = self.offsets(place)
        text = " ".join(cell.source[start:end].split())
        return text if len(text) <= limit else text[: limit - 1] + "…"

    def source(self, place: "ast.AST | Located") -> str:
        """The source of a node, to the letter."""
        cell, start, end = self.offsets(place)
        return cell.source[start:end]

    def number(self, place: "Located | int") -> int:
        """The number of a cell as people count, from 1 over all cells."""
        return (place if isinstance(place, int) else place.cell) + 1

    # -- short cuts to the model --------------------------------------------------------------

    def value(self, node: ast.AST | None) -> Value:
        """What is known of an expression."""
        return self.model.value(node)

    def call(self, node: ast.AST) -> Call | None:
        """What is known of a call."""
        return self.model.call(node)

    def stmt(self, node: ast.AST) -> Stmt | None:
        """The place of a statement."""
        return self.model.stmt(node)


def _runtime(witness: "Witness", notebook: Notebook, model: SemanticModel) -> "Runtime":
    from nbprod.kit.runtime import Runtime  # noqa: PLC0415  -- most runs have no session to ask

    return Runtime(witness, notebook, model)
