"""A unified diff that knows cells, for people: what fixes change in a notebook.

--- churn.ipynb
+++ churn.ipynb
@@ -0,0 +1 @@ new cell 2 (code, tagged parameters)
+DATA_DIR = "data"
@@ -3 +3 @@ cell 7, now 8
-reply = requests.get(URL)
+reply = requests.get(URL, timeout=(3.05, 30))
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from nbprod.kit.secrets import SecretScanner
from nbprod.notebook import Cell, Notebook
from nbprod.output import View
from nbprod.output.excerpt import starred
from nbprod.output.terminal import clean, clean_characters, paint

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def notebook_diff(before: Notebook, after: Notebook, origins: Sequence[int | None], view: View) -> Iterator[str]:
    """Yield the lines that tell two states of a notebook apart.

    Args:
        before: The notebook as it was.
        after: The notebook as it is.
        origins: For each cell of `after`, its index in `before`; None for a new cell.
        view: How to show them.
    """
    lines = list(_changes(before, after, origins))
    if lines:
        path = clean(before.path)
        yield from (paint(f"{mark} {path}", "bold", color=view.color) for mark in ("---", "+++"))
    for line in lines:
        shown = "".join(clean_characters(line))
        yield paint(shown, _STYLES.get(line[0], ""), color=view.color and line[0] in _STYLES)


def _changes(before: Notebook, after: Notebook, origins: Sequence[int | None]) -> Iterator[str]:
    kept = {origin for origin in origins if origin is not None}
    lost = [cell for cell in before.cells if cell.index not in kept]
    for cell, origin in zip(after.cells, origins, strict=True):
        while lost and origin is not None and lost[0].index < origin:
            yield from _source(lost[0], None, f"cell {lost[0].index + 1}, taken out")
            lost.pop(0)
        if origin is None:
            yield from _source(None, cell, f"new cell {cell.index + 1} ({', '.join([cell.type, *_tagged(cell)])})")
        else:
            yield from _cell(before.cells[origin], cell)
    for cell in lost:
        yield from _source(cell, None, f"cell {cell.index + 1}, taken out")


def _cell(old: Cell, new: Cell) -> Iterator[str]:
    name = f"cell {old.index + 1}" + (f", now {new.index + 1}" if new.index != old.index else "")
    if old.source != new.source:
        yield from _source(old, new, name)
    if old.tags != new.tags:
        yield f"@@ {name}: tags"
        yield f"-{', '.join(old.tags)}"
        yield f"+{', '.join(new.tags)}"
    elif old.metadata != new.metadata:
        yield f"@@ {name}: metadata changed"
    if old.raw_outputs != new.raw_outputs:
        yield f"@@ {name}: outputs cleared"


def _source(old: Cell | None, new: Cell | None, name: str) -> Iterator[str]:
    import difflib  # noqa: PLC0415  -- only when there is something to show

    left, right = (cell.source.splitlines() if cell is not None else [] for cell in (old, new))
    hidden = {**_hidden(old), **_hidden(new)}
    for line in islice(difflib.unified_diff(left, right, lineterm=""), 2, None):  # without the names of the files
        if line.startswith("@@"):
            yield f"{line} {name}"
        else:
            yield line[0] + hidden.get(line[1:], line[1:])


def _hidden(cell: Cell | None) -> dict[str, str]:
    """The lines of a cell that hold a secret, with stars in its place: what a fix takes out is no less secret."""
    if cell is None:
        return {}
    secrets = SecretScanner(cell.source).in_code(cell.source)
    shown = starred(cell.source, [(secret.start, secret.end) for secret in secrets])
    pairs = zip(cell.source.splitlines(), shown.splitlines(), strict=True)
    return {line: stars for line, stars in pairs if line != stars}


def _tagged(cell: Cell) -> list[str]:
    return [f"tagged {', '.join(cell.tags)}"] if cell.tags else []
