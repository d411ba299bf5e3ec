"""Finds the cells of the notebook that a kernel runs for: a kernel is sent code to execute and is not told the rest."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from nbprod.api import UNNAMED
from nbprod.errors import ReadError
from nbprod.kernel.attached import latest_pushed
from nbprod.notebook import Cell, Notebook, parse_notebook, read_notebook

_COLAB_SECONDS: Final = 10
_AGES: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


class Document(Struct, frozen=True):
    """A notebook with all its cells, as far as they could be found; `origin` says where, after "Read from"."""

    notebook: Notebook
    origin: str


def find_document(shell: Any, cell_id: str | None = None) -> Document:
    """The notebook that runs in a shell, from the freshest source that there is.

    Args:
        shell: The `InteractiveShell` of the user's session.
        cell_id: A cell of the notebook that is meant, where several share the kernel.
    """
    sources: tuple[Callable[[], Document | None], ...] = (
        lambda: _pushed(shell, cell_id),
        _of_colab,
        lambda: _saved(shell.user_ns.get("__vsc_ipynb_file__")),
        lambda: _saved(os.environ.get("JPY_SESSION_NAME")),
    )
    found = (source() for source in sources)
    return next((document for document in found if document is not None), None) or _executed(shell)


def running_cell(shell: Any) -> str | None:
    """The id of the cell that is being executed, where the front end names it."""
    found = _parent(shell).get("metadata", {}).get("cellId")
    return found if isinstance(found, str) else None


def is_watched(shell: Any) -> bool:
    """Whether somebody sits before the notebook: programs that execute notebooks say that nobody can be asked."""
    return bool(_parent(shell).get("content", {}).get("allow_stdin", False))


def _parent(shell: Any) -> Mapping[str, Any]:
    """The message that asked for what runs; empty outside of ipykernel."""
    get_parent = getattr(getattr(shell, "kernel", None), "get_parent", None)
    parent = get_parent() if get_parent is not None else None
    return parent if isinstance(parent, Mapping) else {}


# -- the sources, the freshest first --------------------------------------------------------------


def _pushed(shell: Any, cell_id: str | None) -> Document | None:
    """What nbprod's own front end sent last."""
    live = latest_pushed(cell_id)
    if live is None:
        return None
    ran = shell.history_manager.input_hist_raw[-1].strip()
    is_behind = ran not in {cell.source.strip() for cell in live.code_cells}
    origin = "the notebook as JupyterLab " + ("sent it last, before the last edits" if is_behind else "shows it")
    return Document(_built(map(_as_json, live.cells), live.metadata, live.path), origin)


def _of_colab() -> Document | None:
    if "google.colab" not in sys.modules:  # it is there from the start, or this is no Colab
        return None
    try:
        from google.colab import _message  # noqa: PLC0415

        answer = _message.blocking_request("get_ipynb", timeout_sec=_COLAB_SECONDS)
        return Document(parse_notebook(json.dumps(answer["ipynb"]).encode(), UNNAMED), "the notebook as Colab shows it")
    except Exception:  # noqa: BLE001  -- an interface that is not public: whatever becomes of it, others remain
        return None


def _saved(name: object) -> Document | None:
    """A file that the front end names, as it was saved last."""
    if type(name) is not str or not name:
        return None
    path = Path(name)
    try:
        notebook = read_notebook(path)
        age = _age(time.time() - path.stat().st_mtime)
    except (ReadError, OSError, ValueError):
        return None
    return Document(notebook, f"the file {path.name}, saved {age}: what was edited since is not seen")


def _executed(shell: Any) -> Document:
    """The cells that ran, each text once, where it ran last."""
    sources = [source for source in shell.history_manager.input_hist_raw[1:] if source.strip()]
    last = {source: index for index, source in enumerate(sources)}
    cells = (_plain("code", source, index + 1) for index, source in enumerate(sources) if last[source] == index)
    return Document(_built(cells, {"language_info": {"name": "python"}}, UNNAMED), "executed cells only")


def _as_json(cell: Cell) -> dict[str, Any]:
    plain = {**_plain(cell.type, cell.source, cell.execution_count), "id": cell.id, "metadata": dict(cell.metadata)}
    return {**plain, "outputs": json.loads(bytes(cell.raw_outputs))} if cell.raw_outputs else plain


def _plain(kind: str, source: str, count: int | None) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source}
    return {**cell, "execution_count": count, "outputs": []} if kind == "code" else cell


def _built(cells: Iterable[Mapping[str, Any]], metadata: Mapping[str, Any], path: str) -> Notebook:
    """A notebook that was never a file, as bytes and read back: fixes are previewed in bytes."""
    document = {"cells": list(cells), "metadata": dict(metadata), "nbformat": 4, "nbformat_minor": 5}
    return parse_notebook(json.dumps(document).encode(), path)


def _age(seconds: float) -> str:
    """`3 minutes ago`."""
    for size, unit in _AGES:
        count = int(seconds // size)
        if count >= 1:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
