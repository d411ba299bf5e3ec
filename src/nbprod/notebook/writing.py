"""Writes a file so that a reader sees the old bytes or the new ones, never something in between."""

import os
from pathlib import Path

from nbprod.errors import EditConflict


def write_atomic(path: Path, data: bytes, expected: bytes) -> None:
    """Replace the bytes of a file, keeping its mode; a symlink stays, and what it points to is written.

    Args:
        path: the file.
        data: the new bytes.
        expected: the bytes that the file held when it was read.

    Raises:
        EditConflict: the file does not hold `expected` any more; nothing was written.
        OSError: the file or its folder cannot be written.
    """
    import shutil  # noqa: PLC0415 - slow to load, and checking writes nothing
    import tempfile  # noqa: PLC0415

    target = Path(os.path.realpath(path))
    name = None
    try:
        handle, name = tempfile.mkstemp(prefix=".nbprod-", suffix=".tmp", dir=target.parent)
        with os.fdopen(handle, "wb") as temporary:
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
        shutil.copymode(target, name)
        if target.read_bytes() != expected:
            raise EditConflict(f"{path}: the file has changed since it was read; nothing was written")
        os.replace(name, target)  # noqa: PTH105 - both are names already
        name = None
    except FileNotFoundError as error:
        raise EditConflict(f"{path}: the file is gone; nothing was written") from error
    finally:
        if name is not None:
            os.unlink(name)  # noqa: PTH108
