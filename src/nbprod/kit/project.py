"""The project that a notebook lies in: its root, and the few files there that rules ask about.

Nothing outside the project is read, whatever links say; nor is anything large.
"""

import os
from pathlib import Path
from typing import Final

from nbprod.kit.context import Context
from nbprod.notebook import surroundings

_LARGEST: Final = 256 * 1024


def notebook_file(ctx: Context) -> Path | None:
    """The notebook's file; None when it is not where its path says (a notebook that was never saved)."""
    for path in (ctx.notebook.path, ctx.path.name):  # a kernel runs beside its notebook, and knows its path from above
        if path and os.path.isfile(path):  # noqa: PTH113  -- once a notebook, and may hold a NUL
            if os.path.islink(path):  # noqa: PTH114
                return Path(os.path.realpath(path))
            folder = os.path.dirname(os.path.abspath(path))  # noqa: PTH100, PTH120
            return Path(surroundings.real(folder), os.path.basename(path))  # noqa: PTH119
    return None


def project_root(ctx: Context) -> Path | None:
    """The folder of the project that the notebook lies in: of a repository if there is one, else of a package."""
    file = notebook_file(ctx)
    root = surroundings.project_root(str(file.parent)) if file is not None else None
    return Path(root) if root is not None else None


def project_text(root: Path, name: str) -> str | None:
    """The text of a file of the project, by its path from the root; None when there is none that may be read."""
    top, path = str(root), os.path.join(root, name)  # noqa: PTH118  -- pathlib takes several times as long
    try:
        inside = surroundings.real(path).startswith(os.path.join(surroundings.real(top), ""))  # noqa: PTH118
    except (OSError, ValueError):
        return None
    data = surroundings.content(path).data if inside else None
    return data.decode("utf-8", "replace") if data is not None and len(data) <= _LARGEST else None
