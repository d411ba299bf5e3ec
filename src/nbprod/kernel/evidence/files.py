"""Files and folders that a notebook names, as its kernel sees them.

Only plain files are opened, never a pipe or a device.
"""

import csv
import io
import os
import stat
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from nbprod.evidence import PathFact
from nbprod.kernel.evidence.git import is_tracked
from nbprod.patterns import lazy_pattern

_TEXT: Final = {".csv": ",", ".tsv": "\t", ".txt": ",", ".jsonl": "", ".ndjson": "", ".log": ""}
"""Suffixes of files whose lines are counted, with the usual delimiter of those that hold a table."""
_MOST_BYTES: Final = 64 << 20
_CHUNK: Final = 1 << 20
_ROWS: Final = 1000
_SECONDS_A_DAY: Final = 86_400
_MISSING: Final = {"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"}
_DIGITS: Final = lazy_pattern(r"\d+\Z")


def path_fact(path: str) -> PathFact | None:
    """What is known of a path; None for an address, and where the file system does not say."""
    if not path or "\0" in path or "://" in path or path.startswith(("//", "\\\\")):
        return None  # asking for a share would log in to a foreign machine
    try:
        return _fact(Path(path).expanduser())
    except (OSError, ValueError, RuntimeError):
        return None


def _fact(path: Path) -> PathFact:
    here = Path.cwd()
    absolute = Path(os.path.normpath(here / path))
    relative = absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else None
    under_home = absolute.is_relative_to(Path.home())
    try:
        status = absolute.stat()
    except (FileNotFoundError, NotADirectoryError):
        return PathFact(exists=False, under_home=under_home, relative=relative)
    is_file = stat.S_ISREG(status.st_mode)
    lines, zeros = _read(absolute) if is_file and status.st_size <= _MOST_BYTES else (None, ())
    return PathFact(
        exists=True,
        age=max(0.0, (time.time() - status.st_mtime) / _SECONDS_A_DAY),
        size=status.st_size if is_file else None,
        lines=lines,
        under_home=under_home,
        tracked=is_tracked(absolute) if is_file else None,
        zeros=zeros,
        relative=relative,
    )


def _read(path: Path) -> tuple[int | None, tuple[str, ...]]:
    """How many lines a text file has, and the columns that `_zeros` finds."""
    delimiter = _TEXT.get(path.suffix.lower())
    if delimiter is None:
        return None, ()
    with _opened(path) as file:
        first = file.read(_CHUNK)
        if b"\0" in first:
            return None, ()
        lines, last = first.count(b"\n"), first[-1:]
        while chunk := file.read(_CHUNK):
            lines, last = lines + chunk.count(b"\n"), chunk[-1:]
    whole = first if len(first) < _CHUNK else first[: first.rfind(b"\n") + 1]
    return lines + (last not in {b"", b"\n"}), _zeros(whole.decode("utf-8", "replace"), delimiter) if delimiter else ()


def _opened(path: Path) -> BinaryIO:
    """A file, open for reading; what became a pipe since it was looked at does not make anybody wait."""
    return os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb")


def _zeros(text: str, delimiter: str) -> tuple[str, ...]:
    """The columns that hold digits only, some with leading zeros, which a reader that guesses types would drop."""
    header = text.partition("\n")[0]
    if header.count(";") > header.count(delimiter):
        delimiter = ";"
    try:
        names, *rows = islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _ROWS + 1)
    except (csv.Error, ValueError):
        return ()
    return tuple(
        name for place, name in enumerate(names) if _loses_zeros(row[place] for row in rows if place < len(row))
    )


def _loses_zeros(values: Iterable[str]) -> bool:
    present = [value for value in values if value.strip() not in _MISSING]
    return all(map(_DIGITS.match, present)) and any(len(value) > 1 and value[0] == "0" for value in present)
