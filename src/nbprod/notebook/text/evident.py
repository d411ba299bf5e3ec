"""Which Python files are notebooks, judged by how they begin: a walk through folders reads no more of a module."""

from codecs import BOM_UTF8
from functools import lru_cache
from pathlib import Path
from typing import Final

from nbprod.notebook.text.header import Header, read_header
from nbprod.notebook.text.layout import Lines
from nbprod.patterns import lazy_pattern

DATABRICKS: Final = "# Databricks notebook source"
READ: Final = ("percent", "hydrogen", "light")
"""The formats of jupytext that are read."""
HEAD: Final = 4096
"""How many bytes are read."""

_MARKED = lazy_pattern(r"#[ \t]*+%%(?:[ \t].*+)?")
_TEXT_CELL = lazy_pattern(r"#[ \t]*+%%[ \t].*\[(?:markdown|md)\]")


def is_notebook(path: Path, *, marked: bool) -> bool:
    """Whether a Python file is evidently a notebook; if `marked`, whether it has cell markers.

    What watches a folder asks again and again: a file is read once, until it changes.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return _judged(path, found.st_mtime_ns, found.st_size, marked)


@lru_cache(maxsize=20_000)
def _judged(path: Path, _time: int, _size: int, marked: bool) -> bool:
    head = head_of(path)
    return is_marked(head) if marked else is_evident(head)


def head_of(path: Path) -> bytes:
    """The first bytes of a regular file; none of what can't be read."""
    try:
        if not path.is_file():  # a pipe would hang
            return b""
        with path.open("rb", buffering=0) as file:
            return file.read(HEAD)
    except (OSError, ValueError):
        return b""


def header_of(head: bytes) -> Header:
    """What jupytext's header says at the beginning of a file."""
    if b"# jupyter:" not in head:
        return Header({}, 0)
    return read_header(head.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n"))


def is_evident(head: bytes) -> bool:
    """Whether the beginning of a Python file leaves no doubt that it is a notebook.

    Other programs use `# %%` in ordinary scripts, and galleries of examples do; nobody puts `[markdown]` behind it
    but for a notebook.
    """
    head = head.removeprefix(BOM_UTF8)
    if head.startswith(DATABRICKS.encode()):
        return True
    header = header_of(head)
    if header.metadata:
        return header.format_name in READ or (header.format_name is None and has_marker(head))
    return b"[m" in head and len(_markers(head)) > 1 and any(map(_TEXT_CELL.match, _markers(head)))


def is_marked(head: bytes) -> bool:
    """Whether the beginning of a Python file has a cell marker at all, or is evident."""
    return has_marker(head) or is_evident(head)


def has_marker(head: bytes) -> bool:
    """Whether there is a line `# %%`."""
    return b"%%" in head and bool(_markers(head))


def _markers(head: bytes) -> list[str]:
    """The lines that begin cells; in a string, none does."""
    lines = Lines(head.decode("utf-8-sig", "replace"))
    marked = [number for number, text in enumerate(lines.texts) if _MARKED.fullmatch(text)]
    inside = lines.inside_strings() if marked else ()
    return [lines.texts[number] for number in marked if number not in inside]
