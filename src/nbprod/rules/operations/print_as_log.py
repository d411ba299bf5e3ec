import ast
import re
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    BOUNDARIES,
    Call,
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Notebook,
    Rule,
    Severities,
    Severity,
    Stmt,
    Tag,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.blocks import events_in, last_name, nodes_in, only_shows
from nbprod.kit.failures import swallows
from nbprod.kit.purpose import DELIVERIES
from nbprod.kit.records import Records

_WORK: Final = BOUNDARIES | {EventKind.FIT}
_FEW: Final = 10
"""Turns of a loop that can be read off the screen."""
_WORD: Final = lazy_pattern(r"[^\W\d_]{3}")
_DONE: Final = lazy_pattern(
    r"\b(loaded|read|wrote|written|saved|stored|upload(ed|ing)|download(ed|ing)|process(ed|ing)|created|inserted|deleted"
    r"|deployed|registered|exported|fetched|finished|complete[d]?|sent|published|skipp(ed|ing)|failed|writing|saving"
    r"|loading|reading|removed|updated)\b",
    re.IGNORECASE,
)


class PrintAsLog(Rule):
    """What a run reports of its work belongs in a log, not in prints.

    ## Why is this bad?
    Prints are good for looking at a value. As the record of a run they fail: they carry no time and no level, so no
    alarm can go by them, and a scheduled notebook keeps them only in its outputs, which the next run replaces.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    # %%
    frames = []
    for path in paths:
        frame = pd.read_csv(path)
        print(f"read {len(frame)} rows of {path}")
        frames.append(frame)
    # %%
    pd.concat(frames).to_parquet("all.parquet")
    print("wrote", len(frames), "files to all.parquet")
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    # %%
    import logging
    import os

    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logger = logging.getLogger("example")
    # %%
    frames = []
    for path in paths:
        frame = pd.read_csv(path)
        logger.info("read %d rows of %s", len(frame), path)
        frames.append(frame)
    # %%
    pd.concat(frames).to_parquet("all.parquet")
    logger.info("wrote %d files to all.parquet", len(frames))
    ```
    ```nb good
    # Prints that show something to whoever is looking are fine.
    import pandas as pd
    frame = pd.read_csv("orders.csv")
    print("shape:", frame.shape)
    print("columns:", list(frame.columns))
    frame.to_parquet("orders.parquet")
    ```

    ## What keeps it quiet
    - The notebook delivers nothing, or it teaches.
    - It logs, or a tracker such as MLflow records the run.
    - A print outside of functions, loops and handlers that does not say what was done to a file, a table or a service.
    - A loop or function that only shows something, what a language model wrote, progress bars, a print without words or
      without a value; a single print that stands in no loop.
    - A handler that `swallowed-exception` reports.

    ## Fix safety
    Unsafe: what was printed goes to the log, which by default is the error stream; what reads the output of the cell
    no longer finds it there.

    ## References
    - Ruff: `print` (T201)
    - [Python: Logging HOWTO, "When to use logging"](https://docs.python.org/3/howto/logging.html#when-to-use-logging)
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.HIGH
    since = "0.1"

    @on(Notebook, needs=DELIVERIES)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if not ctx.purpose.delivers or ctx.purpose.teaches or ctx.once(Records).leaves_any:
            return
        works = _Works(ctx)
        prints = [call for call in ctx.model.calls("builtins.print") if _reports(call, ctx) and works.around(call)]
        if not prints or (len(prints) == 1 and not works.goes_on(prints[0])):
            return
        first, *others = prints
        what = f"{len(prints)} prints around the work are" if others else "the print in this loop is"
        yield self.finding(
            ctx,
            first,
            f"{what} a run's only record: no time, no level, gone with the output",
            fixes=[fixes.prints.print_to_log_fix(ctx, prints)],
            related=[(call, "this is another") for call in others[:5]],
            occurrences=len(prints),
        )


def _reports(call: Call, ctx: Context) -> bool:
    """Whether a print says something in words about a value, and is no progress bar, nor shows what a model wrote."""
    if {"end", "file", "flush"} & call.keywords.keys() or call.open:
        return False
    parts = list(_parts(call))
    words = any(isinstance(part, ast.Constant) and _WORD.search(str(part.value)) for part in parts)
    values = [part for part in parts if any(isinstance(node, ast.Name) for node in nodes_in(part))]
    values = [part for part in values if not (ctx.value(part).text or "").startswith("\x1b")]  # bold, red
    return words and bool(values) and not any(_is_model_text(value, ctx) for value in values)


def _parts(call: Call) -> Iterator[ast.expr]:
    """What a print writes, one after the other: texts of its own, and values, formatted or not."""
    pending: list[ast.expr] = list(call.node.args)
    while pending:
        part = pending.pop()
        match part:
            case ast.JoinedStr(values=parts):
                pending.extend(parts)
            case ast.FormattedValue(value=value):
                pending.append(value)
            case ast.BinOp(left=left, right=right):
                pending += [left, right]
            case ast.Call(func=ast.Attribute(value=ast.Constant() as template, attr="format"), args=args):
                pending += [template, *args]
            case _:
                yield part


def _is_model_text(value: ast.expr, ctx: Context) -> bool:
    counts = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "len"
    known = ctx.value(value)
    answers = any(event.kind is EventKind.LLM and event.output is known for event in known.lineage)
    return not counts and (known.has(Tag.LLM) or answers)


class _Works:
    """Tells whether a print stands in code that does work, or right beside it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[Stmt, bool] = {}
        self._boundaries = {event.stmt.node for event in ctx.purpose.boundaries}

    def around(self, call: Call) -> bool:
        stmt = call.stmt
        for place in stmt.ancestors():
            node = place.node
            if isinstance(node, ast.ExceptHandler):
                guard = place.parent
                return swallows(node, self._ctx) is None and guard is not None and self._has_work(guard)
            if isinstance(node, ast.If) and any(isinstance(part, ast.Mod) for part in ast.walk(node.test)):
                return False  # progress, every so many steps
            if isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.FunctionDef | ast.AsyncFunctionDef):
                return self._does_work(place)
        return self._is_beside(stmt) and any(
            isinstance(part, ast.Constant) and _DONE.search(str(part.value)) for part in _parts(call)
        )

    def goes_on(self, call: Call) -> bool:
        """Whether a print stands for work that may go on for long: in a loop over more than some things."""
        for place in call.stmt.ancestors():
            node = place.node
            if isinstance(node, ast.For | ast.AsyncFor | ast.While):
                few = isinstance(node, ast.For) and 0 < len(self._ctx.value(node.iter).elements) <= _FEW
                return not few and not any(last_name(part) == "clear_output" for part in nodes_in(node))
        return False

    def _does_work(self, place: Stmt) -> bool:
        if place not in self._known:
            block: list[ast.stmt] = getattr(place.node, "body", [])
            self._known[place] = self._has_work(place) and not only_shows(place, block, self._ctx)
        return self._known[place]

    def _has_work(self, place: Stmt) -> bool:
        block: list[ast.stmt] = getattr(place.node, "body", [])
        return any(event.kind in _WORK for event in events_in(block, self._ctx))

    def _is_beside(self, stmt: Stmt) -> bool:
        return stmt.index > 0 and stmt.block[stmt.index - 1] in self._boundaries
