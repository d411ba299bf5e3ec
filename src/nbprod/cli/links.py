"""Links that files of ours are not written through."""

import os
from pathlib import Path

from nbprod.errors import UsageError


def refuse_links(path: Path) -> None:
    """Notebooks come with repositories, and a repository may hold a link that leads to somebody's files.

    Raises:
        UsageError: The path is a link, or lies behind one that leads out of the current folder.
    """
    if path.is_symlink() and not path.absolute().is_relative_to("/dev"):  # /dev/stdout is one
        raise UsageError(f"{path} is a link: name the file that it leads to")
    here, folder = Path.cwd(), Path(os.path.abspath(path.parent))  # noqa: PTH100  -- `..` as it is written
    if folder.is_relative_to(here) and not path.parent.resolve().is_relative_to(here.resolve()):
        raise UsageError(f"{path} lies behind a link that leads out of the current folder: name the real place")
