"""Whether git tracks a file, read from the repository's index: no process is started, whose hooks may be the user's."""

import struct
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

_LARGEST: Final = 16 << 20
_FIXED: Final = 62
"""Bytes of an entry before its path: times, device, mode, owner, size, hash and flags."""
_EXTENDED: Final = 0x4000


def is_tracked(path: Path) -> bool | None:
    """Whether git tracks a file; None outside of a repository, or when its index can't be read."""
    for folder in path.parents:
        index = _index_of(folder / ".git")
        if index is not None:
            break
    else:
        return None
    try:
        status = index.stat()
        names = _names(index, status.st_mtime_ns, status.st_size)
    except FileNotFoundError:  # nothing was ever added
        return False
    except (OSError, ValueError, struct.error):
        return None
    return None if names is None else path.relative_to(folder).as_posix().encode() in names


def _index_of(git: Path) -> Path | None:
    """The index of a repository whose `.git` this is: a folder, or a file that names it (a worktree, a submodule)."""
    if git.is_dir():
        return git / "index"
    if git.is_file() and git.stat().st_size < 10_000:
        kind, _, target = git.read_text(encoding="utf-8", errors="replace").strip().partition(": ")
        return git.parent / target / "index" if kind == "gitdir" else None
    return None


@lru_cache(maxsize=2)
def _names(index: Path, _changed: int, size: int) -> frozenset[bytes] | None:
    """The paths in an index, of versions 2 to 4; None for one that is split, too large, or of another format."""
    if size > _LARGEST:
        return None
    data = index.read_bytes()
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in {2, 3, 4}:
        return None
    names: list[bytes] = []
    at, name = 12, b""
    for _ in range(count):
        start = at
        (flags,) = struct.unpack_from(">H", data, start + _FIXED - 2)
        at = start + _FIXED + (2 if flags & _EXTENDED else 0)
        kept = b""
        if version == 4:
            dropped, at = _varint(data, at)
            kept = name[: len(name) - dropped]
        end = data.index(b"\0", at)
        name = kept + data[at:end]
        at = end + 1 if version == 4 else start + (end - start + 8) // 8 * 8
        names.append(name)
    is_sound = all(before <= after for before, after in pairwise(names))
    return frozenset(names) if is_sound and data[at : at + 4] not in {b"link", b"sdir"} else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number in git's own variable width, and where it ends."""
    value = data[at] & 0x7F
    while data[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 0x7F)
    return value, at + 1
