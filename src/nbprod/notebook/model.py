"""A notebook in memory: cells with their masked Python, syntax tree and magics, all computed when first asked for."""

import ast
from collections.abc import Mapping
from functools import cached_property
from json import loads
from typing import TYPE_CHECKING, Any

from msgspec import Raw, Struct
from msgspec.structs import replace

from nbprod.notebook.magics import Magic
from nbprod.notebook.mask import Masked, mask
from nbprod.notebook.parsing import ParseError, without_warnings
from nbprod.notebook.positions import SourceMap
from nbprod.protocol import CellRef, Span

if TYPE_CHECKING:
    from nbprod.notebook.json_map import JsonMap
    from nbprod.notebook.text.layout import TextMap


class Cell(Struct, frozen=True, eq=False, dict=True):
    """One cell as it stands in the notebook.

    Attributes:
        index: its place in the notebook, from 0.
        id: its nbformat id, where it has one.
        type: "code", "markdown" or "raw".
        source: its raw text, IPython syntax included.
        tags: the strings in `metadata.tags`.
        metadata: its metadata; do not modify.
        execution_count: the number in front of a code cell; None when it was not run.
        raw_outputs: its outputs as undecoded JSON; empty when it has none. See `Notebook.outputs`.
    """

    index: int
    id: str | None
    type: str
    source: str
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]
    execution_count: int | None
    raw_outputs: bytes | Raw = b""

    @cached_property
    def _masked(self) -> Masked:
        return mask(self.source) if self.type == "code" else Masked("", (), None, None)

    def sharing(self, other: "Cell") -> "Cell":
        """This cell, with the analysis of another that has the same type and source."""
        if "_masked" in other.__dict__:
            self.__dict__["_masked"] = other.__dict__["_masked"]
        return self

    @property
    def python(self) -> str:
        """The source of a code cell with IPython syntax masked, of the same length; "" for other cells."""
        return self._masked.python

    @property
    def magics(self) -> tuple[Magic, ...]:
        """The IPython syntax of a code cell, in source order."""
        return self._masked.magics

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree of `python`; None for other cells and for code that does not parse."""
        return self._masked.tree

    @property
    def parse_error(self) -> ParseError | None:
        """Why a code cell has no tree."""
        return self._masked.error

    @cached_property
    def digest(self) -> str:
        """A hash of type and source: equal cells have equal digests."""
        from hashlib import blake2b  # noqa: PLC0415 - slow to load, and a single check needs no digests

        text = f"{self.type}\n{self.source}"
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @cached_property
    def map(self) -> SourceMap:
        """Positions in this cell; syntax-tree positions count bytes of `python`, offsets are those of `source`."""
        return SourceMap(self.python if self.type == "code" else self.source)

    @property
    def is_injected(self) -> bool:
        """Whether papermill put it in, to set the parameters of one run: it is not the author's."""
        return "injected-parameters" in self.tags

    @property
    def holds_parameters(self) -> bool:
        """Whether it sets what a run can be given from outside."""
        return "parameters" in self.tags or self.is_injected

    @property
    def is_remark(self) -> bool:
        """Whether papermill put it in, to say that the run failed."""
        return "papermill-error-cell-tag" in self.tags

    @property
    def ref(self) -> CellRef:
        """How the wire names this cell."""
        return CellRef(index=self.index, id=self.id)

    def __repr__(self) -> str:
        return f"<Cell {self.index} ({self.type}): {self.source[:40]!r}>"


class Notebook(Struct, frozen=True, eq=False, dict=True):
    """A notebook as it was read.

    Attributes:
        path: the name to show for it.
        cells: its cells in order.
        metadata: the notebook's metadata; do not modify.
        nbformat: the major format version in the file.
        nbformat_minor: the minor format version in the file.
        language: the kernel language as declared; None when it is not.
        skipped: why it should not be analysed ("kernel language R"); None when it should.
        raw: the bytes of the file; empty when there is none (live).
        upgraded: the file has an nbformat before 4: it was converted in memory and cannot be spliced.
        text: where the cells stand in a Python file; None when it is no such file.
    """

    path: str
    cells: tuple[Cell, ...]
    metadata: Mapping[str, Any]
    nbformat: int
    nbformat_minor: int
    language: str | None
    skipped: str | None
    raw: bytes = b""
    upgraded: bool = False
    text: "TextMap | None" = None

    @cached_property
    def code_cells(self) -> tuple[Cell, ...]:
        """The code cells in order."""
        return tuple(cell for cell in self.cells if cell.type == "code")

    def parse(self) -> None:
        """Parse all code cells now: one after the other takes longer."""
        with without_warnings():
            for cell in self.code_cells:
                _ = cell.tree

    def cell_ref(self, index: int) -> CellRef:
        """How the wire names the cell at `index`."""
        return self.cells[index].ref

    def span(self, cell: Cell, start: int, end: int) -> Span:
        """The wire form of the half-open code point offsets `start` to `end` of a cell's source.

        Its physical line is left open: finding it means reading the file's JSON again (`with_file_line`).
        """
        line, column = cell.map.position(start)
        end_line, end_column = cell.map.position(end)
        return Span(
            cell=cell.ref,
            start=start,
            end=end,
            line=line,
            column=column,
            end_line=end_line,
            end_column=end_column,
        )

    def with_file_line(self, span: Span) -> Span:
        """A span with the physical line of the file on which it starts; one in an output stays as it is."""
        if span.output is not None:
            return span
        return replace(span, file_line=self.file_line(span.cell.index, span.line))

    def file_line(self, cell_index: int, line: int) -> int | None:
        """The line (from 1) of the file on which a line (from 1) of a cell's source stands."""
        file = self.text or self.json
        if file is None or line < 1 or cell_index >= len(file.cells):
            return None
        starts = self.cells[cell_index].map.starts
        return file.line_of(cell_index, starts[line - 1]) if line <= len(starts) else None

    @property
    def is_editable(self) -> bool:
        """Whether edits can be written into its file as it is."""
        return self.text is not None or self.json is not None

    @cached_property
    def json(self) -> "JsonMap | None":
        """Where the cells stand in `raw`; None when there is no file, one of an old format, or one that is no JSON."""
        if not self.raw or self.upgraded or self.text is not None:
            return None
        from nbprod.notebook.json_map import JsonMap  # noqa: PLC0415 - slow to load, and many runs need no file lines

        return JsonMap(self.raw, [cell.raw_outputs for cell in self.cells])

    def outputs(self, cell: Cell) -> list[dict[str, Any]]:
        """Decode a cell's outputs; entries that are not objects are left out."""
        text = bytes(cell.raw_outputs).decode("utf-8", "replace")
        try:
            outputs = loads(text) if text else []
        except (ValueError, RecursionError):
            return []
        return [output for output in outputs if isinstance(output, dict)] if isinstance(outputs, list) else []

    def __repr__(self) -> str:
        return f"<Notebook {self.path}: {len(self.cells)} cells>"
