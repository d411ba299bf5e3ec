"""Reads .ipynb files: a typed decode for the usual case, a patient one for the rest."""

import json
import os
import re
import stat
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from nbprod.errors import ReadError
from nbprod.notebook.language import declared_language, why_skipped
from nbprod.notebook.model import Cell, Notebook
from nbprod.patterns import lazy_pattern


class _CellJson(msgspec.Struct):
    cell_type: str
    source: str | list[str] = ""
    metadata: dict[str, Any] = {}
    id: str | None = None
    execution_count: int | None = None
    outputs: msgspec.Raw = msgspec.Raw()


class _NotebookJson(msgspec.Struct):
    cells: list[_CellJson]
    nbformat: int
    metadata: dict[str, Any] = {}
    nbformat_minor: int = 0


_DECODER = msgspec.json.Decoder(_NotebookJson)


def read_notebook(path: Path) -> Notebook:
    """Read a file as a notebook.

    Raises:
        ReadError: it cannot be read, or is no notebook; the message says what to do.
    """
    try:
        mode = path.stat().st_mode  # before opening: a pipe would hang
        if not stat.S_ISREG(mode):
            raise ReadError(
                f"{path}: this is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}, not a notebook"
            )
        data = path.read_bytes()
    except FileNotFoundError:
        gone = "a symlink to a file that does not exist" if path.is_symlink() else "the file does not exist"
        raise ReadError(f"{path}: {gone}") from None
    except OSError as error:
        raise ReadError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ReadError(f"{str(path)!r}: not a usable path ({error})") from error
    return parse_notebook(data, os.fspath(path))


def parse_notebook(data: bytes, path: str) -> Notebook:
    """Read the bytes of a notebook; `path` is the name to show.

    Raises:
        ReadError: they hold no notebook; the message says what is wrong.
    """
    if path.endswith(".py"):
        from nbprod.notebook.text.reading import parse_text  # noqa: PLC0415 - most notebooks are .ipynb files

        return parse_text(data, path)
    try:
        found = _DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _parse_patiently(data, path)
    if found.nbformat < _OLDEST:
        return _parse_patiently(data, path)
    cells = tuple(
        Cell(
            index=index,
            id=cell.id,
            type=cell.cell_type,
            source=cell.source if isinstance(cell.source, str) else "".join(cell.source),
            tags=tags_of(cell.metadata),
            metadata=cell.metadata,
            execution_count=cell.execution_count,
            raw_outputs=cell.outputs,
        )
        for index, cell in enumerate(found.cells)
    )
    return _notebook(path, data, cells, found.metadata, (found.nbformat, found.nbformat_minor))


def cell_notebook(
    cells: Sequence[tuple[str, str, Sequence[str]]],
    path: str = "notebook.ipynb",
    results: Mapping[int, tuple[int | None, Sequence[Mapping[str, Any]]]] = MappingProxyType({}),
) -> Notebook:
    """Make a notebook of (type, source, tags), written as nbformat 4.5 writes it and read back.

    `results` are execution count and outputs of the code cells that were run, by index.
    """
    written = []
    for index, (kind, source, tags) in enumerate(cells):
        count, outputs = results.get(index, (None, ()))
        code: dict[str, object] = {"execution_count": count, "outputs": list(outputs)} if kind == "code" else {}
        cell = {"cell_type": kind, "id": f"cell-{index}", "metadata": {"tags": list(tags)} if tags else {}, **code}
        written.append(dict(sorted({**cell, "source": source.splitlines(keepends=True)}.items())))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(notebook, indent=1, ensure_ascii=False, separators=(",", ": ")) + "\n"
    return parse_notebook(text.encode(), path)


def live_notebook(path: str, metadata: Mapping[str, Any], cells: tuple[Cell, ...]) -> Notebook:
    """A notebook that stands in an editor: it has no bytes, and its spans no lines of a file."""
    return _notebook(path, b"", cells, metadata, (4, 5))


def _notebook(
    path: str,
    data: bytes,
    cells: tuple[Cell, ...],
    metadata: Mapping[str, Any],
    version: tuple[int, int],
    *,
    upgraded: bool = False,
) -> Notebook:
    language = declared_language(metadata)
    trees = lambda: [cell.tree for cell in cells if cell.type == "code" and cell.python.strip()]  # noqa: E731
    return Notebook(
        path=path,
        cells=cells,
        metadata=metadata,
        nbformat=version[0],
        nbformat_minor=version[1],
        language=language,
        skipped=why_skipped(language, trees),
        raw=data,
        upgraded=upgraded,
    )


def tags_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """The tags in a cell's metadata; whatever else may stand in their place counts as none."""
    tags = metadata.get("tags")
    return tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else ()


# --- the patient way: whatever the typed decode refused ---------------------------------------------


def _parse_patiently(data: bytes, path: str) -> Notebook:
    found = _load_json(data, path)
    if not isinstance(found, dict):
        raise ReadError(f"{path}: not a notebook: the JSON is a {_JSON_NAMES.get(type(found), 'value')}, not an object")
    major, minor = _integer(found.get("nbformat")), _integer(found.get("nbformat_minor")) or 0
    upgraded = "worksheets" in found or (major is not None and major < _OLDEST)
    if upgraded:
        found = _upgrade(found, path)
    cells = found.get("cells")
    if not isinstance(cells, list):
        raise ReadError(f"{path}: not a notebook: the JSON has no list of cells")
    metadata = found.get("metadata")
    return _notebook(
        path,
        data,
        tuple(_strange_cell(index, cell, upgraded=upgraded) for index, cell in enumerate(cells)),
        metadata if isinstance(metadata, dict) else {},
        (major or _OLDEST, minor),
        upgraded=upgraded,
    )


_OLDEST = 4
_JSON_NAMES = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
_LONE_SURROGATE = lazy_pattern("[\ud800-\udfff]")
_NESTING = lazy_pattern(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_DEEPEST = 500
"""What holds something else than a notebook's own lists and objects is nested far less."""


def _load_json(data: bytes, path: str) -> Any:
    text = decode(data, path)
    if not text.strip():
        raise ReadError(f"{path}: the file is empty")
    if _nests_too_deep(text):
        raise ReadError(f"{path}: not a notebook: its JSON nests too deep")
    try:
        found = json.loads(text)
        written = json.dumps(found, ensure_ascii=False)
        if _LONE_SURROGATE.search(written):
            found = json.loads(_LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", written))
    except ValueError as error:
        raise ReadError(f"{path}: {_why_not_json(text, error)}") from None
    return found


def _nests_too_deep(text: str) -> bool:
    """Whether decoding would go too deep: where somebody raised Python's limit, that ends the process."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    depth = 0
    for found in _NESTING.finditer(text):
        mark = found[0]
        depth += 1 if mark in "[{" else -1 if mark in "]}" else 0
        if depth > _DEEPEST:
            return True
    return False


def decode(data: bytes, path: str) -> str:
    """The text of a file in UTF-8.

    Raises:
        ReadError: it has another encoding.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        raise ReadError(f"{path}: the file is UTF-16 or UTF-32, and a notebook must be UTF-8: save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: the file is not UTF-8 (byte {error.start}): save it as UTF-8") from None


def _why_not_json(text: str, error: ValueError) -> str:
    if text.startswith("version https://git-lfs"):
        return "this is a Git LFS pointer, not the notebook: run `git lfs pull`"
    if re.search(r"^<{7} ", text, re.MULTILINE):
        return "the file has unresolved merge conflicts: resolve them first"
    if isinstance(error, json.JSONDecodeError):
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
            return f"the JSON is cut off at line {error.lineno}: restore the file from a checkpoint or from git"
        return f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
    return f"the JSON cannot be read: {error}"


def _upgrade(found: dict[str, Any], path: str) -> dict[str, Any]:
    import nbformat  # noqa: PLC0415 - slow to load, and needed only for files from before 2015

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            upgraded: dict[str, Any] = nbformat.convert(nbformat.from_dict(found), 4)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat lets through whatever a malformed file provokes
        raise ReadError(f"{path}: a notebook of an old format that nbformat cannot convert ({error!r})") from error
    return upgraded


def _strange_cell(index: int, cell: object, *, upgraded: bool) -> Cell:
    """Make what can be made of a cell that may lack anything; what is no object counts as an empty raw cell.

    An old format has no ids: those that nbformat makes up are others each time.
    """
    found: dict[str, Any] = cell if isinstance(cell, dict) else {}
    metadata = found.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name, kind, outputs = found.get("id"), found.get("cell_type"), found.get("outputs")
    return Cell(
        index=index,
        id=name if isinstance(name, str) and not upgraded else None,
        type=kind if isinstance(kind, str) else "raw",
        source=_source(found.get("source")),
        tags=tags_of(metadata),
        metadata=metadata,
        execution_count=_integer(found.get("execution_count")),
        raw_outputs=json.dumps(outputs).encode() if isinstance(outputs, list) else b"",
    )


def _source(value: object) -> str:
    if isinstance(value, str):
        return value
    return "".join(part for part in value if isinstance(part, str)) if isinstance(value, list) else ""


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None
