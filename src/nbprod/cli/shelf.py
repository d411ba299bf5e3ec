"""One file of the cache: entries by name, and a blob of bytes for each, of which only those asked for are read.

A file is written beside its place and moved there, so that a reader has the old one or the new one. One that is torn,
of another kind or no file at all is as good as none.
"""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Final
from zlib import crc32

import msgspec

Answer = tuple[str, str, bytes]
"""A question that a rule asked of the surroundings, what it was about, and the hash of the answer."""
State = tuple[int, int, int, int]
"""What `stat` says of a file: when its bytes and its inode were changed (ns), its size, its inode."""

_MAGIC: Final = b"nbprod cache 1\n"
_NUMBER: Final = 8
_LARGEST_INDEX: Final = 64_000_000
_LARGEST: Final = 24_000_000
"""Bytes of blobs that a file may hold; the oldest entries go first."""


class Blob(msgspec.Struct, frozen=True, array_like=True):
    """Where the bytes of an entry stand behind the index, and their checksum."""

    start: int
    size: int
    checksum: int


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What a result was worked out from.

    Attributes:
        state: What `stat` said of the notebook; None when it had only just been written, which proves nothing.
        digest: The hash of its bytes.
        settings: The hash of the configuration that rules it.
        asked: What rules asked of its surroundings: a place in the table of the file.
        blob: The result.
    """

    state: State | None
    digest: bytes
    settings: bytes
    asked: int
    blob: Blob


class _Index(msgspec.Struct, frozen=True, array_like=True):
    key: bytes
    entries: dict[str, Entry]
    asked: list[list[Answer]]


_DECODER: Final = msgspec.msgpack.Decoder(_Index)
_NOTHING: Final = _Index(b"", {}, [])


class Shelf:
    """A cache file as it was when it was opened.

    Args:
        path: The file.
        key: What all results in it depend on; those of a file with another are of no use.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._file: IO[bytes] | None = None
        self._behind = 0
        index = _NOTHING
        try:
            self._file = _open(path)
            index, self._behind = _read_index(self._file)
        except (OSError, ValueError, msgspec.MsgspecError, MemoryError, RecursionError):
            self.close()
        if index.key != key:
            index = _NOTHING
        self.entries: Mapping[str, Entry] = index.entries
        self._asked = index.asked

    def asked(self, entry: Entry) -> tuple[Answer, ...] | None:
        """What was asked of the surroundings; None when the file does not say."""
        return tuple(self._asked[entry.asked]) if 0 <= entry.asked < len(self._asked) else None

    def read(self, entry: Entry) -> bytes | None:
        """The bytes of an entry; None when they are not what was written."""
        if self._file is None or not 0 <= entry.blob.size <= _LARGEST:
            return None
        try:
            self._file.seek(self._behind + entry.blob.start)
            data = self._file.read(entry.blob.size)
        except (OSError, ValueError):
            return None
        return data if len(data) == entry.blob.size and crc32(data) == entry.blob.checksum else None

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Draft:
    """What is to be written to a cache file: new entries first, then those that stay.

    Args:
        key: What all results in it depend on.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._entries: dict[str, Entry] = {}
        self._asked: dict[tuple[Answer, ...], int] = {}
        self._readers: list[tuple[int, Callable[[], bytes | None]]] = []
        self._size = 0

    def add(self, name: str, entry: Entry, asked: tuple[Answer, ...], read: Callable[[], bytes | None]) -> None:
        """Add an entry unless there is one of this name, or no room; `read` gives its bytes when it is written."""
        size = entry.blob.size
        if name in self._entries or self._size + size > _LARGEST:
            return
        number = self._asked.setdefault(asked, len(self._asked))
        blob = Blob(self._size, size, entry.blob.checksum)
        self._entries[name] = Entry(entry.state, entry.digest, entry.settings, number, blob)
        self._readers.append((size, read))
        self._size += size

    def write(self, path: Path) -> None:
        """Put the file in its place.

        Raises:
            OSError: It can't be written; the file is as it was.
        """
        from tempfile import mkstemp  # noqa: PLC0415  -- slow to load, and a warm run writes nothing

        index = msgspec.msgpack.encode(_Index(self._key, self._entries, [list(asked) for asked in self._asked]))
        handle, name = mkstemp(prefix=path.name, suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines([_MAGIC, _number(len(index)), _number(crc32(index)), index])
                file.writelines(self._blobs())
            os.replace(name, path)  # noqa: PTH105  -- both are names already
        except BaseException:
            os.unlink(name)  # noqa: PTH108
            raise

    def _blobs(self) -> Iterator[bytes]:
        """The bytes of all entries in turn; where some can't be read any more, as many that no checksum fits."""
        for size, read in self._readers:
            yield read() or bytes(size)


def _open(path: Path) -> IO[bytes]:
    """Open a regular file, never through a link, and without waiting for a pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError
    return file


def _read_index(file: IO[bytes]) -> tuple[_Index, int]:
    """The index, and where the blobs start.

    Raises:
        ValueError: It is none of ours, or torn.
    """
    head = file.read(len(_MAGIC) + 2 * _NUMBER)
    size, checksum = (int.from_bytes(head[start:][:_NUMBER], "little") for start in (len(_MAGIC), -_NUMBER))
    if not head.startswith(_MAGIC) or size > _LARGEST_INDEX:
        raise ValueError
    data = file.read(size)
    if len(data) != size or crc32(data) != checksum:
        raise ValueError
    return _DECODER.decode(data), len(head) + size


def _number(value: int) -> bytes:
    return value.to_bytes(_NUMBER, "little")
