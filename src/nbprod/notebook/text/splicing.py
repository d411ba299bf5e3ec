"""Applies edits to the text of a Python file, so that no line differs but those that are edited.

What comes out is read again before it is believed: the format may not be able to hold it, as when a line of code
looks like a cell marker.
"""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from nbprod.errors import EditConflict, ReadError
from nbprod.notebook.json_style import Patch
from nbprod.notebook.model import Cell, Notebook
from nbprod.notebook.splicing import SortedEdits, apply_patches, in_order, sort_edits
from nbprod.notebook.text.layout import Block, TextMap
from nbprod.notebook.text.reading import parse_text
from nbprod.protocol import Edit, InsertCell, ReplaceText, SetMetadata

_NO_METADATA = "a Python file has no place for this metadata"
_NO_OUTPUTS = "a Python file holds no outputs"
_CHANGED = "the file would not say that to who reads it again: the text looks like a cell marker or a magic"


def text_patches(nb: Notebook, edits: Sequence[Edit]) -> tuple[Patch, ...]:
    """What edits replace in the bytes of a text notebook's file, in file order.

    Raises:
        EditConflict: as for `nbprod.notebook.splicing.patches`, and when the format can't hold the result.
    """
    file = nb.text
    if file is None:
        raise EditConflict(f"{nb.path}: this is no text notebook")
    wanted = sort_edits(nb, edits)
    try:
        stretches = sorted(_Splicer(nb, file).stretches(wanted))
        found = tuple(_encoded(stretches, file))
    except (EditConflict, UnicodeEncodeError) as error:
        text = str(error).removeprefix(f"{nb.path}: ")
        raise EditConflict(f"{nb.path}: {text}") from error
    _check(nb, wanted, apply_patches(nb.raw, found))
    return found


class _Place(IntEnum):
    """What comes first of what is put into the same place."""

    ROW_BELOW = 0
    END_MARKER = 1
    NEW_CELL = 2
    MARKER = 3
    ROW = 4


class Stretch(NamedTuple):
    """Code point offsets of a file, and the text to put there."""

    start: int
    end: int
    place: _Place
    text: str


def _encoded(stretches: Sequence[Stretch], file: TextMap) -> Iterator[Patch]:
    """The same in bytes."""
    text, encoding = file.lines.text, file.encoding.removesuffix("-sig")
    position = reached = 0
    offset = 3 if encoding != file.encoding else 0
    for start, end, _, new in stretches:
        if start < reached:
            raise EditConflict("two edits overlap")
        offset += len(text[position:start].encode(encoding))
        length = len(text[start:end].encode(encoding))
        yield Patch(offset, offset + length, new.encode(encoding))
        offset += length
        position = reached = end


class _Splicer:
    """Turns edits of one file into stretches of text to replace."""

    def __init__(self, nb: Notebook, file: TextMap) -> None:
        self.nb = nb
        self.file = file
        self.lines = file.lines
        self.dialect = file.dialect

    def stretches(self, wanted: SortedEdits) -> Iterator[Stretch]:
        if wanted.cleared:
            raise EditConflict(_NO_OUTPUTS)
        if None in wanted.metadata:
            raise EditConflict(_NO_METADATA)
        for target in range(len(self.nb.cells)):
            if target not in wanted.texts and target not in wanted.metadata:
                continue
            cell = self.nb.cells[target]
            edits = in_order(wanted.texts.get(target, []), cell, self.nb.path)
            yield from self._framed(cell, edits, wanted.metadata.get(target, []))
            if edits:
                yield from self._source(cell, edits)
        for before, cells in wanted.inserts.items():
            yield self._inserted(before, cells, wanted)
        for index in wanted.deleted:
            yield self._deleted(index, wanted.deleted)

    # --- cell sources ----------------------------------------------------------------------------

    def _source(self, cell: Cell, ordered: Sequence[ReplaceText]) -> Iterator[Stretch]:
        block = self.file.cells[cell.index]
        if not block.rows:
            text = "".join(edit.text for edit in ordered)
            yield self._after(block.first, _Place.ROW_BELOW, self._written(block, text.split("\n")))
            return
        starts = [*self.file.row_starts(cell.index), len(cell.source) + 1]
        waiting = list(reversed(ordered))
        while waiting:
            edit = waiting.pop()
            first = self.file.row_at(cell.index, edit.span.start)
            last = self.file.row_at(cell.index, edit.span.end)
            position, text = starts[first], ""
            while True:
                text += cell.source[position : edit.span.start] + edit.text
                position = edit.span.end
                if not waiting or self.file.row_at(cell.index, waiting[-1].span.start) > last:
                    break
                edit = waiting.pop()
                last = self.file.row_at(cell.index, edit.span.end)
            text += cell.source[position : starts[last + 1] - 1]
            yield self._rows(block, cell.source[starts[first] : starts[last + 1] - 1], first, text)

    def _rows(self, block: Block, old: str, first: int, new: str) -> Stretch:
        """Write lines in place of those of a cell from `first` on; lines at both ends that stay are not touched."""
        was, becomes = old.split("\n"), new.split("\n")
        last = first + len(was)
        while was and becomes and was[0] == becomes[0]:
            was, becomes, first = was[1:], becomes[1:], first + 1
        while was and becomes and was[-1] == becomes[-1]:
            was, becomes, last = was[:-1], becomes[:-1], last - 1
        if any(row.is_fixed for row in block.rows[first:last]):
            raise EditConflict("this line stands in the cell's marker")
        written = self._written(block, becomes)
        if first == last:
            number = block.rows[first].line if first < len(block.rows) else -1
            if number < 0:
                return self._after(block.rows[-1].line, _Place.ROW_BELOW, written)
            return self._above(number, _Place.ROW, written)
        start, end = block.rows[first], block.rows[last - 1]
        if not written:
            return Stretch(self.lines.starts[start.line], self.lines.starts[end.line + 1], _Place.ROW, "")
        begin = self.lines.starts[start.line]
        if block.kind != "code" and (start.start > len(block.comment) or not block.comment):
            begin += start.start  # behind quotes, or behind `# MAGIC %md`
            written[0] = becomes[0]
        stop = self._end(end.line) if end.end is None else self.lines.starts[end.line] + end.end
        return Stretch(begin, stop, _Place.ROW, self.lines.newline.join(written))

    def _written(self, block: Block, texts: Sequence[str]) -> list[str]:
        return [self.dialect.written_row(block, text) for text in texts]

    # --- tags and cells --------------------------------------------------------------------------

    def _framed(self, cell: Cell, edits: Sequence[ReplaceText], settings: Sequence[SetMetadata]) -> Iterator[Stretch]:
        """What a cell with another source, or with other tags, needs around it."""
        if any(edit.path != ("tags",) or not isinstance(edit.value, list) for edit in settings):
            raise EditConflict(_NO_METADATA)
        tags = _tags_after(cell, settings) if settings else None
        block = self.file.cells[cell.index]
        frame = self.dialect.frame(block, _replaced(cell.source, edits), tags)
        if frame.above:
            yield self._above(block.first, _Place.MARKER, frame.above)
        if frame.below:
            yield self._after(block.last, _Place.END_MARKER, frame.below)
        if frame.marker is not None and block.marker is not None:
            start = self.lines.starts[block.marker]
            yield Stretch(start, self._end(block.marker), _Place.MARKER, frame.marker)

    def _inserted(self, before: int, cells: Sequence[InsertCell], wanted: SortedEdits) -> Stretch:
        count = len(self.file.cells)
        if not 0 <= before <= count:
            raise EditConflict(f"a cell cannot be put before cell {before}: there is none")
        written: list[str] = []
        for edit in cells:
            new = self.dialect.written_cell(edit.cell_type, edit.source, edit.tags)
            written += [*new, *self.dialect.between] if before < count else [*self.dialect.between, *new]
        if before == count:
            return self._after(self.file.cells[-1].last, _Place.NEW_CELL, written)
        following = self.file.cells[before]
        if before not in wanted.metadata:
            written += self.dialect.before(following)
        return self._above(following.first, _Place.NEW_CELL, written)

    def _deleted(self, index: int, deleted: set[int]) -> Stretch:
        blocks = self.file.cells
        start, end = self.lines.starts[blocks[index].first], self._end(blocks[index].last)
        if index + 1 < len(blocks):
            end = self.lines.starts[blocks[index + 1].first]
        elif index and index - 1 not in deleted:
            start = self._end(blocks[index - 1].last)
        return Stretch(start, end, _Place.ROW, "")

    # --- lines -----------------------------------------------------------------------------------

    def _end(self, number: int) -> int:
        """Where a line ends, its line break not included."""
        return self.lines.starts[number] + len(self.lines.texts[number])

    def _above(self, number: int, place: _Place, written: Sequence[str]) -> Stretch:
        start = self.lines.starts[number]
        return Stretch(start, start, place, "".join(f"{line}{self.lines.newline}" for line in written))

    def _after(self, number: int, place: _Place, written: Sequence[str]) -> Stretch:
        end = self._end(number)
        return Stretch(end, end, place, "".join(f"{self.lines.newline}{line}" for line in written))


# --- reading it again ------------------------------------------------------------------------------


def _check(nb: Notebook, wanted: SortedEdits, data: bytes) -> None:
    """Raise `EditConflict` unless the new bytes hold the cells that the edits ask for."""
    try:
        after = parse_text(data, nb.path).cells
    except ReadError as error:
        raise EditConflict(f"{nb.path}: no cell would be left") from error
    if [(cell.type, _core(cell.source), cell.tags) for cell in after] != list(_expected(nb, wanted)):
        raise EditConflict(f"{nb.path}: {_CHANGED}")


def _expected(nb: Notebook, wanted: SortedEdits) -> Iterator[tuple[str, list[str], tuple[str, ...]]]:
    for index in range(len(nb.cells) + 1):
        for edit in wanted.inserts.get(index, ()):
            yield edit.cell_type, _core(edit.source), edit.tags
        if index < len(nb.cells) and index not in wanted.deleted:
            cell = nb.cells[index]
            source = _replaced(cell.source, in_order(wanted.texts.get(index, []), cell, nb.path))
            yield cell.type, _core(source), _tags_after(cell, wanted.metadata.get(index, ()))


def _replaced(source: str, edits: Sequence[ReplaceText]) -> str:
    parts, position = [], 0
    for edit in edits:
        parts += [source[position : edit.span.start], edit.text]
        position = edit.span.end
    return "".join((*parts, source[position:]))


def _tags_after(cell: Cell, settings: Sequence[SetMetadata]) -> tuple[str, ...]:
    value = settings[-1].value if settings else None
    return tuple(value) if isinstance(value, list) else cell.tags


def _core(source: str) -> list[str]:
    """The lines of a source without blank ones at its ends, which no text format keeps."""
    lines = source.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines
