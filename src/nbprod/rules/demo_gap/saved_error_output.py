from collections.abc import Iterator
from typing import Any, Final

from nbprod.kit import (
    BOUNDARIES,
    INFO,
    Cell,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Notebook,
    Rule,
    Severities,
    Severity,
    Span,
    fixes,
    lazy_pattern,
    on,
)

_HINT: Final = b'"ename"'
"""Every saved error has a name. Most notebooks have none: then their outputs need not be decoded."""

_NAME: Final = lazy_pattern(r"[A-Za-z_][\w.]{0,59}")
_COLOUR: Final = lazy_pattern(r"\x1b\[[\d;]*m")
_ARROW: Final = lazy_pattern(r"^-+> ?(\d+) ?(.*)$")
"""The line of a traceback that failed: its number, its text."""

_ANNOUNCES: Final = lazy_pattern(
    r"\b(?:errors?|exceptions?|raises?|raised|fails?|traceback|incompatible|immutab\w+"
    r"|not (?:allowed|possible|work|well-defined)|won't|doesn't work|cannot|can't)\b|(?:Error|Exception)\b"
)
"""Words of a text that lets a cell fail on purpose, to show what happens."""
_NEAR: Final = 250

_STOPPED: Final = frozenset({"KeyboardInterrupt", "SystemExit", "StopExecution"})
"""Somebody ended the cell, or it ended itself: the code need not be wrong."""

_MILDER: Final = Severities(Severity.INFO, Severity.WARNING)


class SavedErrorOutput(Rule):
    """A cell was committed with the error that it ended in.

    ## Why is this bad?
    The notebook says of itself that it does not run to its end: what comes after this cell was run from some other
    state, or by hand. A scheduled run stops here, unless the error was mended since; nobody can tell from the file.

    ## Examples
    ```nb bad error
    # %% run=1
    import pandas as pd
    # %% run=2 error=KeyError
    prices = pd.read_csv("prices.csv")["price"]
    ```
    ```nb fixed unsafe
    # %% run=1
    import pandas as pd
    # %% run=2
    prices = pd.read_csv("prices.csv")["price"]
    ```
    Somebody who interrupts a cell has other reasons:
    ```nb bad warning
    # %% run=8
    import numpy as np
    images = np.load("digits.npy")
    # %% run=9 error=KeyboardInterrupt
    model.fit(images, labels, epochs=500)
    ```
    ```nb fixed unsafe
    # %% run=8
    import numpy as np
    images = np.load("digits.npy")
    # %% run=9
    model.fit(images, labels, epochs=500)
    ```
    Where nothing is read, asked for or learned, it is information:
    ```nb bad info
    # %% run=4 error=ValueError
    int("twelve")
    ```
    ```nb fixed unsafe
    # %% run=4
    int("twelve")
    ```
    ```nb good
    # %% tags=["raises-exception"] run=4 error=ValueError
    int("twelve")
    ```

    ## What keeps it quiet
    - the tag `raises-exception`, with which notebooks say that a cell is to fail;
    - a paragraph right above or below, or a comment in the cell, that speaks of the error;
    - a notebook that teaches;
    - a notebook that is open in an editor: its outputs are not looked at.

    ## Fix safety
    Unsafe: the output is cleared, and with it the only trace of the failure. Mend the cell and run it again.

    ## References
    - Jupyter Notebook: [allow raises-exception to continue](https://github.com/jupyter/notebook/pull/2549)
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if notebook.raw and _HINT not in notebook.raw:
            return
        for cell in notebook.code_cells:
            error = _error(cell, notebook)
            if error is not None and not _is_announced(cell, notebook):
                if ctx.purpose.teaches:
                    return
                yield self._finding(cell, error, ctx)

    def _finding(self, cell: Cell, error: dict[str, Any], ctx: Context) -> Diagnosis:
        name = str(error["ename"])
        name = name if _NAME.fullmatch(name) else "error"
        stopped = name in _STOPPED
        what = "whoever runs it can't tell whether it ever ends" if stopped else "a run from the top stops here"
        number = ctx.number(cell.index)
        return self.finding(
            ctx,
            _failing_line(cell, error, ctx),
            f"cell {number} was saved with the {name} that it ended in: {what}, unless that was mended since",
            fixes=[fixes.outputs.clear_fix(cell)],
            severity=_severity(ctx, stopped=stopped),
            anchor=f"{name} {cell.source.strip()}",
        )


def _severity(ctx: Context, *, stopped: bool) -> Severities | None:
    """No more than information where nothing is read, asked for or learned: it tries the language out."""
    if not ctx.model.events_of(*BOUNDARIES, EventKind.FIT):
        return INFO
    return _MILDER if stopped else None


def _error(cell: Cell, notebook: Notebook) -> dict[str, Any] | None:
    """The error among the outputs of a cell that is not meant to fail."""
    if not cell.raw_outputs or "raises-exception" in cell.tags or "nbprod-skip" in cell.tags:
        return None
    if _HINT not in bytes(cell.raw_outputs):
        return None
    errors = (output for output in notebook.outputs(cell) if output.get("output_type") == "error")
    return next((output for output in errors if output.get("ename")), None)


def _is_announced(cell: Cell, notebook: Notebook) -> bool:
    """Whether the paragraph above or below, or a comment in the cell, says that it is going to fail."""
    above, below = notebook.cells[max(cell.index - 1, 0)], notebook.cells[cell.index + 1 : cell.index + 2]
    texts = [line for line in cell.source.splitlines() if line.lstrip().startswith("#")]
    texts += [line.partition("  #")[2] for line in cell.source.splitlines()]
    if above.type == "markdown":
        texts.append(above.source.rstrip().rpartition("\n\n")[2][-_NEAR:])
    texts += [other.source.lstrip().partition("\n\n")[0][:_NEAR] for other in below if other.type == "markdown"]
    return any(_ANNOUNCES.search(text) and not text.startswith("##") for text in texts)


def _failing_line(cell: Cell, error: dict[str, Any], ctx: Context) -> Span:
    """The line of the cell that the traceback points at first; else the first line."""
    lines = cell.source.splitlines() or [""]
    number = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    frames = error.get("traceback")
    text = "\n".join(map(str, frames)) if isinstance(frames, list) else ""
    for line in _COLOUR.sub("", text).splitlines():
        found = _ARROW.match(line)
        if found is not None:
            pointed = int(found[1]) if len(found[1]) < 7 else 0
            if 0 < pointed <= len(lines) and lines[pointed - 1].strip() == found[2].strip():
                number = pointed
            break
    start, end = cell.map.line_span(number) if cell.source else (0, 0)
    return ctx.cell_span(cell.index, start, start + len(cell.source[start:end].rstrip()))
