"""Applies edits to the bytes of a notebook file, so that no byte differs outside the edited places.

Edits become patches: each replaces a stretch of bytes. Undoing any splice is therefore replacing those bytes again,
see `inverse`; it restores the file byte for byte, whatever the kinds of edits.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import count

from msgspec import Struct

from nbprod.errors import EditConflict
from nbprod.notebook.json_map import JsonMap, Piece, value_end
from nbprod.notebook.json_style import Patch, comma_in, line_indent, set_member, style_of
from nbprod.notebook.model import Cell, Notebook
from nbprod.protocol import CellRef, ClearOutputs, DeleteCell, Edit, InsertCell, ReplaceText, SetMetadata

_CELL_TYPES = ("code", "markdown", "raw")


def splice(nb: Notebook, edits: Sequence[Edit]) -> bytes:
    """The bytes of a notebook's file with edits applied; they all refer to the notebook as it was read.

    Raises:
        EditConflict: the edits overlap or do not fit the notebook, or it has no file that can be edited in place.
    """
    return apply_patches(nb.raw, patches(nb, edits))


def inverse(nb: Notebook, edits: Sequence[Edit]) -> tuple[Patch, ...]:
    """The patches that turn `splice(nb, edits)` back into `nb.raw`, byte for byte, with `apply_patches`."""
    undo, shift = [], 0
    for start, end, data in patches(nb, edits):
        undo.append(Patch(start + shift, start + shift + len(data), nb.raw[start:end]))
        shift += len(data) - (end - start)
    return tuple(undo)


def apply_patches(data: bytes, patches: Iterable[Patch]) -> bytes:
    """Replace stretches of bytes; the patches are in order and do not overlap."""
    parts: list[bytes] = []
    position = 0
    for patch in patches:
        parts += (data[position : patch.start], patch.data)
        position = patch.end
    return b"".join((*parts, data[position:]))


def patches(nb: Notebook, edits: Sequence[Edit]) -> tuple[Patch, ...]:
    """What edits replace in the bytes of a notebook's file, in file order.

    Raises:
        EditConflict: as for `splice`.
    """
    if nb.text is not None:
        from nbprod.notebook.text.splicing import text_patches  # noqa: PLC0415 - most notebooks are .ipynb files

        return text_patches(nb, edits)
    file = nb.json
    if file is None:
        raise EditConflict(f"{nb.path}: {_why_no_file(nb)}")
    return tuple(sorted(_Splicer(nb, file).patches(edits)))


def _why_no_file(nb: Notebook) -> str:
    if not nb.upgraded:
        return "this notebook was not read from a file"
    return (
        f"nbformat {nb.nbformat} cannot be edited in place; "
        f"convert it first: jupyter nbconvert --to notebook --nbformat 4 --inplace {nb.path}"
    )


class SortedEdits(Struct):
    """Edits by what they change: texts and metadata by the cell (None: the notebook), new cells by their place."""

    texts: dict[int, list[ReplaceText]]
    inserts: dict[int, list[InsertCell]]
    metadata: dict[int | None, list[SetMetadata]]
    deleted: set[int]
    cleared: set[int]


def sort_edits(nb: Notebook, edits: Sequence[Edit]) -> SortedEdits:
    """Sort edits by what they change.

    Raises:
        EditConflict: they were made for other cells, or both edit and delete one.
    """
    wanted = SortedEdits(defaultdict(list), defaultdict(list), defaultdict(list), set(), set())
    for edit in edits:
        match edit:
            case ReplaceText(span=span):
                wanted.texts[_cell(nb, span.cell).index].append(edit)
            case InsertCell():
                wanted.inserts[edit.before].append(edit)
            case DeleteCell(cell=cell):
                wanted.deleted.add(_cell(nb, cell).index)
            case ClearOutputs(cell=cell):
                wanted.cleared.add(_cell(nb, cell).index)
            case SetMetadata(cell=cell):
                wanted.metadata[None if cell is None else _cell(nb, cell).index].append(edit)
    if lost := wanted.deleted & {*wanted.texts, *wanted.cleared, *wanted.metadata}:
        raise EditConflict(f"{nb.path}: cell {min(lost)} is both deleted and edited")
    return wanted


def _cell(nb: Notebook, ref: CellRef) -> Cell:
    if not 0 <= ref.index < len(nb.cells):
        raise EditConflict(f"{nb.path}: there is no cell {ref.index}")
    cell = nb.cells[ref.index]
    if ref.id is not None and ref.id != cell.id:
        raise EditConflict(f"{nb.path}: cell {ref.index} is `{cell.id}`, but the edit was made for `{ref.id}`")
    return cell


class _Splicer:
    """Turns the edits of one notebook into patches."""

    def __init__(self, nb: Notebook, file: JsonMap) -> None:
        self.nb = nb
        self.file = file
        self.raw = nb.raw
        self.style = style_of(nb.raw, file.start, file.members)

    def patches(self, edits: Sequence[Edit]) -> Iterator[Patch]:
        wanted = sort_edits(self.nb, edits)
        for index, replacements in wanted.texts.items():
            yield from self._source(self.nb.cells[index], replacements)
        for index in wanted.cleared:
            yield from self._clear(self.nb.cells[index])
        for target, settings in wanted.metadata.items():
            yield self._metadata(target, settings)
        yield from self._structure(wanted.inserts, wanted.deleted)

    # --- cell sources ----------------------------------------------------------------------------

    def _source(self, cell: Cell, edits: Sequence[ReplaceText]) -> Iterator[Patch]:
        start = self.file.cells[cell.index].source
        if start < 0 or not self.raw.startswith((b'"', b"["), start):
            raise EditConflict(f"{self.nb.path}: cell {cell.index} has no source in the file")
        ordered = in_order(edits, cell, self.nb.path)
        pieces = self.file.pieces(cell.index)
        if not pieces and cell.source:
            raise EditConflict(f"{self.nb.path}: the source of cell {cell.index} holds other things than text")
        if not pieces:
            text = "".join(edit.text for edit in ordered)
            lines = text.splitlines(keepends=True) if self.raw.startswith(b"[", start) else text
            yield Patch(start, value_end(self.raw, start), self.style.value(lines, line_indent(self.raw, start)))
            return
        for first, last, text in _rewritten(pieces, ordered):
            yield self._pieces_patch(start, pieces, first, last, text)

    def _pieces_patch(self, start: int, pieces: Sequence[Piece], first: int, last: int, text: str) -> Patch:
        """Write `text` in place of the pieces from `first` to `last`."""
        if self.raw.startswith(b'"', start):
            return Patch(pieces[first].start, pieces[last].end, self.style.value(text)[1:-1])
        if text:
            comma = comma_in(self.raw, start, pieces[0].end, self.style)
            lines = comma.join(self.style.value(line) for line in text.splitlines(keepends=True))
            return Patch(pieces[first].start, pieces[last].end, lines)
        if last < len(pieces) - 1:
            return Patch(pieces[first].start, pieces[last + 1].start, b"")
        if first:
            return Patch(pieces[first - 1].end, pieces[last].end, b"")
        return Patch(start, value_end(self.raw, start), b"[]")

    # --- outputs and metadata --------------------------------------------------------------------

    def _clear(self, cell: Cell) -> Iterator[Patch]:
        if cell.type != "code":
            raise EditConflict(f"{self.nb.path}: cell {cell.index} is no code cell and has no outputs")
        start = self.file.cells[cell.index].outputs
        if start >= 0 and not self.raw.startswith(b"[]", start):
            yield Patch(start, value_end(self.raw, start), b"[]")
        if cell.execution_count is not None:
            owner = self.file.cells[cell.index].start
            yield set_member(self.raw, owner, ("execution_count",), None, self.style)

    def _metadata(self, target: int | None, edits: Sequence[SetMetadata]) -> Patch:
        if not all(edit.path for edit in edits):
            raise EditConflict(f"{self.nb.path}: a metadata edit names no key")
        if target is None:
            owner = self.file.start
            start = self.file.members["metadata"].start if "metadata" in self.file.members else -1
        else:
            owner, start = self.file.cells[target].start, self.file.cells[target].metadata
        if start < 0:
            return set_member(self.raw, owner, ("metadata",), _nested(edits), self.style)
        if not self.raw.startswith(b"{", start):
            raise EditConflict(f"{self.nb.path}: the metadata are no object")
        indent = line_indent(self.raw, start).encode()
        end = value_end(self.raw, start)
        data = indent + self.raw[start:end]
        for edit in edits:
            data = apply_patches(data, [set_member(data, len(indent), edit.path, edit.value, self.style)])
        return Patch(start, end, data[len(indent) :])

    # --- cells -----------------------------------------------------------------------------------

    def _structure(self, inserts: dict[int, list[InsertCell]], deleted: set[int]) -> Iterator[Patch]:
        """Rewrite each gap between two cells that stay, where cells are put in or taken out."""
        count = len(self.file.cells)
        written = self._written_cells(inserts)
        left: int | None = None
        added: list[bytes] = []
        changed = False
        for index in range(count + 1):
            added += written.get(index, [])
            if index in deleted:
                changed = True
                continue
            if added or changed:
                yield self._gap(left, index if index < count else None, added)
            left, added, changed = index, [], False

    def _gap(self, left: int | None, right: int | None, added: Sequence[bytes]) -> Patch:
        """What stands between two cells (None: the brackets of the list)."""
        cells, array = self.file.cells, self.file.members["cells"]
        if cells:
            lead, trail = self.raw[array.start + 1 : cells[0].start], self.raw[cells[-1].end : array.end - 1]
            comma = comma_in(self.raw, array.start, cells[0].end, self.style)
        else:
            lead, trail = self.style.line(2), self.style.line(1)
            comma = b"," + lead if lead else self.style.comma.encode()
        start = array.start + 1 if left is None else cells[left].end
        end = array.end - 1 if right is None else cells[right].start
        before = lead if left is None else comma
        after = trail if right is None else comma
        if added:
            return Patch(start, end, before + comma.join(added) + after)
        if left is None:
            return Patch(start, end, b"" if right is None else lead)
        return Patch(start, end, after)

    def _written_cells(self, inserts: dict[int, list[InsertCell]]) -> dict[int, list[bytes]]:
        ids = {cell.id for cell in self.nb.cells}
        written: dict[int, list[bytes]] = {}
        for before in sorted(inserts):
            if not 0 <= before <= len(self.file.cells):
                raise EditConflict(f"{self.nb.path}: a cell cannot be put before cell {before}: there is none")
            written[before] = [self._written_cell(edit, ids) for edit in inserts[before]]
        return written

    def _written_cell(self, edit: InsertCell, ids: set[str | None]) -> bytes:
        """A new cell, its keys in the order of nbformat; `ids` are those taken, and grow."""
        if edit.cell_type not in _CELL_TYPES:
            raise EditConflict(f"{self.nb.path}: `{edit.cell_type}` is no type of cell")
        cell: dict[str, object] = {"cell_type": edit.cell_type}
        if edit.cell_type == "code":
            cell["execution_count"] = None
        if (self.nb.nbformat, self.nb.nbformat_minor) >= (4, 5):
            cell["id"] = _new_id(edit, ids)
        cell["metadata"] = {"tags": list(edit.tags)} if edit.tags else {}
        if edit.cell_type == "code":
            cell["outputs"] = []
        cells = self.file.cells
        near = cells[min(edit.before, len(cells) - 1)] if cells else None
        in_one_string = near is not None and near.source >= 0 and self.raw.startswith(b'"', near.source)
        cell["source"] = edit.source if in_one_string else edit.source.splitlines(keepends=True)
        base = line_indent(self.raw, near.start) if near else (self.style.indent or "") * 2
        return self.style.value(cell, base)


def _new_id(edit: InsertCell, ids: set[str | None]) -> str:
    """An id that no other cell has, the same for the same edit."""
    texts = (f"{edit.cell_type}\n{edit.before}\n{attempt}\n{edit.source}" for attempt in count())
    hashes = (blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest() for text in texts)
    new = next(name for name in hashes if name not in ids)
    ids.add(new)
    return new


def _nested(edits: Iterable[SetMetadata]) -> dict[str, object]:
    """The metadata that edits make where there were none."""
    metadata: dict[str, object] = {}
    for edit in edits:
        *parents, key = edit.path
        holder = metadata
        for parent in parents:
            inner = holder.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise EditConflict(f"metadata `{parent}` holds a plain value: nothing can be set inside it")
            holder = inner
        holder[key] = edit.value
    return metadata


def in_order(edits: Sequence[ReplaceText], cell: Cell, path: str) -> list[ReplaceText]:
    """Replacements by position; those that insert at one offset keep their order.

    Raises:
        EditConflict: they overlap, or do not fit the source.
    """
    ordered = sorted(edits, key=lambda edit: (edit.span.start, edit.span.end))
    reached = 0
    for edit in ordered:
        if edit.span.output is not None:
            raise EditConflict(f"{path}: the text of an output cannot be edited")
        if not 0 <= edit.span.start <= edit.span.end <= len(cell.source):
            raise EditConflict(f"{path}: an edit reaches beyond the source of cell {cell.index}")
        if edit.span.start < reached:
            raise EditConflict(f"{path}: two edits overlap in cell {cell.index}")
        reached = edit.span.end
    return ordered


def _rewritten(pieces: Sequence[Piece], edits: Sequence[ReplaceText]) -> Iterator[tuple[int, int, str]]:
    """Which runs of pieces (first, last) the edits touch, and their new text.

    A run grows until it ends as a piece does, with a line break, so that every line stays an item of its own.
    """
    source = "".join(piece.text for piece in pieces)
    final = len(pieces) - 1
    waiting = list(reversed(edits))
    while waiting:
        first = last = bisect_right(pieces, waiting[-1].span.start, key=lambda piece: piece.offset) - 1
        position, text = pieces[first].offset, ""
        while True:
            end = _end(pieces[last])
            if waiting and (waiting[-1].span.start < end or last == final):
                edit = waiting.pop()
                text += source[position : edit.span.start] + edit.text
                position = edit.span.end
            elif position > end or (position == end and last < final and _unfinished(text, waiting, pieces[last + 1])):
                last += 1
            else:
                break
        yield first, last, text + source[position:end]


def _end(piece: Piece) -> int:
    return piece.offset + len(piece.text)


def _unfinished(text: str, waiting: Sequence[ReplaceText], following: Piece) -> bool:
    """Whether a run that kept nothing must take in the next piece: to end its line, or to vanish together with it."""
    return not text.endswith("\n") if text else bool(waiting) and waiting[-1].span.start < _end(following)
