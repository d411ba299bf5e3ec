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
_SPACED: Final = (b'"output_type": "', b'"output_type": "error"')
_TIGHT: Final = b'"output_type":"error"'
"""How files say it that were written with spaces, and without. The longer the text, the faster it is sought."""

_NAME: Final = lazy_pattern(r"[A-Za-z_][\w.]{0,59}")
_COLOUR: Final = lazy_pattern(r"\x1b\[[\d;]*m")
_LINK: Final = lazy_pattern(r"</?a\b[^>]*>")
_ARROW: Final = lazy_pattern(r"^-+> ?(\d+) ?(.*)$")
"""The line of a traceback that failed: its number, its text."""
_OWN: Final = lazy_pattern(
    r"(?:<ipython-input-[^\s>]++>|(?=\S*?ipykernel_\S)|(?:Cell |Input )?In ?\[\d++\]).*"
    r"(?: in <module>(?:\(\))?|<cell line: ?\d+>(?:\(\))?|, line \d+)$"
)
"""The head of the part of a traceback that shows the cell itself, not a function that it calls."""

_ANNOUNCES: Final = lazy_pattern(
    r"\b(?:errors?|exceptions?|raises?|raised|fails?|breaks|crashes|will (?:break|crash)|traceback|incompatible"
    r"|immutab\w+|not (?:an? )?(?:allowed|possible|work|valid|well-defined)|won't|doesn't work|cannot|can't)\b"
    r"|(?:Error|Exception)\b"
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
    # %%
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
    # %%
    model.fit(images, labels, epochs=500)
    ```
    Where the traceback shows a line that the cell has no more, it is a warning: nobody ran the cell as it is.

    Where nothing is read, asked for or learned, it is information:
    ```nb bad info
    # %% run=4 error=ValueError
    int("twelve")
    ```
    ```nb fixed unsafe
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
        if notebook.raw and not _may_hold_errors(notebook):
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
        line = _failing_line(cell, error)
        number = ctx.number(cell.index)
        if line is None:
            message = (
                f"cell {number} was changed after it ended in the {name}, and not run since: nobody knows if it works"
            )
        else:
            what = "whoever runs it can't tell whether it ever ends" if stopped else "a run from the top stops here"
            message = f"cell {number} was saved with the {name} that it ended in: {what}, unless that was mended since"
        return self.finding(
            ctx,
            _line_span(cell, line or _first_line(cell), ctx),
            message,
            fixes=[fixes.outputs.clear_fix(cell)],
            severity=_severity(ctx, milder=stopped or line is None),
            anchor=f"{name} {cell.source.strip()}",
        )


def _may_hold_errors(notebook: Notebook) -> bool:
    if notebook.upgraded:
        return _HINT in notebook.raw
    some, error = _SPACED
    return (error if some in notebook.raw else _TIGHT) in notebook.raw


def _severity(ctx: Context, *, milder: bool) -> Severities | None:
    """No more than information where nothing is read, asked for or learned: it tries the language out."""
    if not ctx.model.events_of(*BOUNDARIES, EventKind.FIT):
        return INFO
    return _MILDER if milder else None


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
    others = [other for other in notebook.cells if not other.is_remark]
    place = others.index(cell)
    above, below = others[max(place - 1, 0)], others[place + 1 : place + 2]
    texts = [line for line in cell.source.splitlines() if line.lstrip().startswith("#")]
    texts += [line.partition("  #")[2] for line in cell.source.splitlines()]
    if above.type == "markdown":
        texts.append(above.source.rstrip().rpartition("\n\n")[2][-_NEAR:])
    texts += [other.source.lstrip().partition("\n\n")[0][:_NEAR] for other in below if other.type == "markdown"]
    return any(_ANNOUNCES.search(text) and not text.startswith("##") for text in texts)


def _failing_line(cell: Cell, error: dict[str, Any]) -> int | None:
    """The number of the line that the traceback points at, else of the first; None if the cell has it no more."""
    pointed = _pointed(error)
    if pointed is None:
        return _first_line(cell)
    number, text = pointed
    lines = [line.strip() for line in cell.source.splitlines()]
    if 0 < number <= len(lines) and lines[number - 1] == text:
        return number
    if text in lines:
        return lines.index(text) + 1
    return _first_line(cell) if not text or "get_ipython()" in text else None  # magics look different there


def _pointed(error: dict[str, Any]) -> tuple[int, str] | None:
    """The line of the cell itself that failed, as its traceback shows it: its number, its text."""
    frames = error.get("traceback")
    text = "\n".join(map(str, frames)) if isinstance(frames, list) else ""
    is_own = False
    for line in _LINK.sub("", _COLOUR.sub("", text)).splitlines():
        found = _ARROW.match(line)
        if found is not None:
            return (int(found[1][:6]), found[2].strip()) if is_own else None
        is_own = is_own or _OWN.match(line.rstrip()) is not None
    return None


def _first_line(cell: Cell) -> int:
    return next((number for number, line in enumerate(cell.source.splitlines(), 1) if line.strip()), 1)


def _line_span(cell: Cell, number: int, ctx: Context) -> Span:
    start, end = cell.map.line_span(number) if cell.source else (0, 0)
    return ctx.cell_span(cell.index, start, start + len(cell.source[start:end].rstrip()))
