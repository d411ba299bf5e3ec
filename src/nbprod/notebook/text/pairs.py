"""jupytext's pairs: one notebook in two files, an .ipynb and a Python file."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbprod.errors import EditConflict
from nbprod.notebook.model import Cell, Notebook
from nbprod.notebook.splicing import splice
from nbprod.notebook.text.evident import head_of, header_of
from nbprod.notebook.text.header import formats_of
from nbprod.protocol import DeleteCell, Edit, InsertCell, ReplaceText, SetMetadata


def ipynb_of(path: Path) -> Path | None:
    """The .ipynb file that a Python file is paired with, if it is there."""
    header = header_of(head_of(path))
    return next((place for place in _partners(path, header.metadata) if place.suffix == ".ipynb"), None)


def partners_of(notebook: Notebook) -> list[Path]:
    """The other files of a notebook that are there; some may be no files that are read here."""
    return _partners(Path(notebook.path), notebook.metadata)


def _partners(path: Path, metadata: Mapping[str, Any]) -> list[Path]:
    """The files that a notebook's metadata name, and its namesake of the other kind if that knows jupytext."""
    if path.suffix == ".py" and not metadata.get("jupytext"):
        return []
    named = list(_named(path, formats_of(metadata)))
    namesake = path.with_suffix(".py" if path.suffix == ".ipynb" else ".ipynb")
    if not named and (namesake.suffix == ".ipynb" or header_of(head_of(namesake)).jupytext):
        named.append(namesake)
    return [place for place in named if place.is_file()]


def _named(path: Path, formats: Sequence[str]) -> Iterator[Path]:
    """The other files of a notebook: `ipynb,py:percent` beside it, `notebooks//ipynb,scripts//py` in another folder."""
    split = [_folder_and_ending(item) for item in formats]
    for folder, ending in split:
        if not path.name.endswith(ending):
            continue
        stem = path.name.removesuffix(ending)
        for other_folder, other_ending in split:
            parent = _moved(path.parent, folder, other_folder)
            if other_ending != ending and parent is not None:
                yield parent / f"{stem}{other_ending}"
        return


def _folder_and_ending(item: str) -> tuple[str, str]:
    folder, _, ending = item.partition(":")[0].rpartition("//")
    return folder, ending if ending.startswith(".") else f".{ending}"


def _moved(parent: Path, folder: str, other: str) -> Path | None:
    """The folder of a partner, where formats name folders."""
    if folder == other:
        return parent
    if not folder or folder not in parent.parts or Path(other).is_absolute() or {"", ".", ".."} & set(other.split("/")):
        return None  # metadata must not lead out of the project
    place = len(parent.parts) - 1 - parent.parts[::-1].index(folder)
    return Path(*parent.parts[:place], other, *parent.parts[place + 1 :])


# --- the same change in both -----------------------------------------------------------------------


def carried(before: Notebook, after: Notebook, origins: Sequence[int | None], other: Notebook) -> bytes:
    """The bytes of the other file of a pair, with what changed in the one.

    Args:
        before: The one as it was.
        after: The one as it is.
        origins: For each cell of `after`, its index in `before`; None for a new cell.
        other: The other, as it is.

    Raises:
        EditConflict: They do not hold the same cells, or the other can't hold what changed.
    """
    if [_core(cell) for cell in before.cells] != [_core(cell) for cell in other.cells]:
        raise EditConflict(f"{other.path}: it does not hold the same cells: `jupytext --sync {before.path}` first")
    return splice(other, list(_edits(before, after, origins, other)))


def _core(cell: Cell) -> tuple[str, str]:
    """What a cell has in both files: neither blank lines around it nor the comment signs of magics are sure to be."""
    lines = (line.strip().lstrip("# ") for line in cell.source.strip().splitlines())
    return cell.type, "\n".join(lines)


def _edits(before: Notebook, after: Notebook, origins: Sequence[int | None], other: Notebook) -> Iterator[Edit]:
    kept = [origin for origin in origins if origin is not None]
    for cell in other.cells:
        if cell.index not in kept:
            yield DeleteCell(cell=cell.ref)
    following = len(other.cells)
    inserted: list[InsertCell] = []
    for cell, origin in reversed(list(zip(after.cells, origins, strict=True))):
        if origin is None:
            inserted.append(InsertCell(before=following, cell_type=cell.type, source=cell.source, tags=cell.tags))
            continue
        following = origin
        yield from _changed(before.cells[origin], cell, other.cells[origin], other)
    yield from reversed(inserted)


def _changed(old: Cell, new: Cell, theirs: Cell, other: Notebook) -> Iterator[Edit]:
    """The edits of one cell; its lines that stay are those of the other file, which may write them otherwise."""
    if old.tags != new.tags:
        yield SetMetadata(cell=theirs.ref, path=("tags",), value=list(new.tags))
    becomes = "".join(_merged(_lines(old), _lines(new), _lines(theirs)))
    if becomes == theirs.source.strip("\n"):
        return
    blank = len(theirs.source) - len(theirs.source.lstrip("\n"))
    end = len(theirs.source.rstrip("\n"))
    yield ReplaceText(span=other.span(theirs, min(blank, end), end), text=becomes)


def _lines(cell: Cell) -> list[str]:
    return cell.source.strip("\n").splitlines(keepends=True)


def _merged(old: Sequence[str], new: Sequence[str], theirs: Sequence[str]) -> Iterator[str]:
    from difflib import SequenceMatcher  # noqa: PLC0415 - only for fixes of pairs

    for kind, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield from theirs[start:end] if kind == "equal" and len(theirs) == len(old) else new[first:last]
