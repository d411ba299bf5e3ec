import ast
import re
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Notebook,
    Plan,
    Rule,
    Severities,
    Severity,
    Stmt,
    brief,
    fixes,
    lazy_pattern,
    loaded_path,
    on,
    origins,
    shown_path,
)

_OPENED: Final = "io.TextIOWrapper"
_NO_FILE: Final = frozenset({"hub", "upload", "toy", "generated", "model"})
_STORES: Final = frozenset({"dump", "safe_dump", "dump_all"})
"""Into an open file, these are how a program keeps what it has."""
_GUARDS: Final = lazy_pattern(r"exists|is_?file|is_?dir|FileNotFoundError|overwrite|force|cache|refresh", re.IGNORECASE)
_APPENDS: Final = frozenset({"a", "a+", "ab", "append", "r+", "x"})
_STATE: Final = lazy_pattern(
    r"(?:^|[/._-])(?:state|cache|checkpoint|progress|history|log|index|registry|counter|config\w*|settings?|manifest"
    r"|metadata|kernel|package|tokenizer\w*|special_tokens\w*|\.env)\w*(?=[._/-]|$)|\.(?:ipynb|ya?ml|toml|py|sh|md|env|cfg)$"
)
"""Files that a program keeps for itself and changes in place."""


class OverwritesOwnInput(Rule):
    """A run that writes over the file it has read can't be repeated.

    ## Why is this bad?
    The second run reads what the first has made: rows are dropped twice, prices are converted twice. If the run fails
    half way through the write, the only copy of the data is gone, and no one can go back to check.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    prices = pd.read_csv("prices.csv")
    # %%
    prices["price"] = prices["price"] / 100
    prices.to_csv("prices.csv", index=False)
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    import os
    from datetime import datetime, timezone
    from pathlib import Path
    prices = pd.read_csv("prices.csv")
    # %%
    prices["price"] = prices["price"] / 100
    run_time = datetime.now(timezone.utc)
    output = Path("prices.csv").with_stem(f"{Path('prices.csv').stem}-{run_time:%Y%m%dT%H%M%SZ}")
    partial = output.with_name(f"partial-{output.name}")
    prices.to_csv(partial, index=False)
    os.replace(partial, output)
    ```
    ```nb good
    import pandas as pd
    prices = pd.read_csv("prices.csv")
    prices.dropna().to_csv("prices_clean.csv", index=False)
    ```
    ```nb good
    import os
    import pandas as pd
    if os.path.exists("prices.parquet"):
        prices = pd.read_parquet("prices.parquet")
    else:
        prices = download()
    prices.to_parquet("prices.parquet")
    ```

    ## What keeps it quiet
    - caches: a test whether the file exists, or that both stand in different branches;
    - appending;
    - a file that the notebook itself wrote before it read it;
    - what is written does not come from what was read;
    - settings, states and notebooks, which a program changes in place, and JSON or pickles through an open file.

    ## Fix safety
    A template: the output gets a name of its own with the time of the run, and appears only when it is complete.
    Whatever reads it has to look for the newest.

    ## References
    - Python: [`os.replace`](https://docs.python.org/3/library/os.html#os.replace)
    - [Cookiecutter Data Science: data is immutable](https://cookiecutter-data-science.drivendata.org/opinions/)
    """

    dimension = Dimension.DATA
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        loads, writes = ctx.model.events_of(EventKind.LOAD), ctx.model.events_of(EventKind.WRITE)
        if not loads or not writes:
            return
        paths = _Paths(ctx)
        seen: set[ast.AST] = set()
        for write in writes:
            if write.node in seen or not write.lineage or _appends(write):
                continue
            own = paths.of(write)
            earlier = (load for load in loads if load in write.lineage and load.order < write.order)
            load = next((load for load in earlier if paths.of(load) == own), None)
            if own and load is not None and not paths.was_written(own, load) and not _is_guarded(load, write, ctx):
                seen.add(write.node)
                yield self._finding(load, write, paths.shown(own), ctx)

    def _finding(self, load: Event, write: Event, path: str, ctx: Context) -> Diagnosis:
        return self.finding(
            ctx,
            write,
            f"{path} is read in cell {ctx.number(load)} and `{brief(write.node.func)}` writes over it: "
            "the next run starts from changed data",
            fixes=_plans(write, ctx),
            related=[(load, "read here")],
        )


class _Paths:
    """Tells which file an event reads or writes: by its constant path, or by the variable that holds it."""

    def __init__(self, ctx: Context) -> None:
        self._origins = origins(ctx)
        self._written: dict[object, int] = {}
        for event in ctx.model.events_of(EventKind.WRITE):
            path = self.of(event)
            if path is not None:
                self._written.setdefault(path, event.order)

    def of(self, event: Event) -> object:
        """Something that is equal for equal files; None if the file is not known."""
        if event.detail in _NO_FILE or event.path is None:
            return None
        if event.path.type == _OPENED and event.call.method in _STORES:
            return None
        text = loaded_path(event) or self._opened(event)
        if text:
            text = text.removeprefix("./")
            return None if _STATE.search(text.lower()) or text in {".", ""} else text
        node = next((it for it in event.node.args if isinstance(it, ast.Name)), None)
        node = node if node is not None and event.call.args and event.call.args[0] is event.path else None
        return self._origins.binding(node)

    def _opened(self, event: Event) -> str:
        """The path of the file that an event reads or writes through an open one."""
        if event.path is None or event.path.type != _OPENED:
            return ""
        return next((loaded_path(it) for it in event.path.lineage if it.call.result.type == _OPENED), "")

    def was_written(self, path: object, load: Event) -> bool:
        """Whether the notebook itself wrote the file before it read it."""
        return self._written.get(path, load.order) < load.order

    def shown(self, path: object) -> str:
        """The file in a message."""
        return f"`{shown_path(path)}`" if isinstance(path, str) else f"the file `{getattr(path, 'name', '')}`"


def _appends(write: Event) -> bool:
    mode = write.call.keywords.get("mode") or write.call.keywords.get("if_exists")
    return mode is not None and mode.const in _APPENDS


def _is_guarded(load: Event, write: Event, ctx: Context) -> bool:
    """Whether one of both happens only under a condition about the file, or instead of the other."""
    own = [_places(event) for event in (load, write)]
    for places in own:
        for stmt, _ in places:
            test = getattr(stmt.node, "test", None)
            if test is not None and _GUARDS.search(brief(test, 200)):
                return True
    branches = dict(own[0])
    return any(isinstance(stmt.node, ast.If | ast.Try) and branches.get(stmt, slot) != slot for stmt, slot in own[1])


def _places(event: Event) -> list[tuple[Stmt, str]]:
    """The statements around an event, with the slot of theirs that it stands in."""
    found = []
    for start in (event.stmt, event.call.via.stmt if event.call.via is not None else None):
        stmt = start
        while stmt is not None and stmt.parent is not None:
            found.append((stmt.parent, stmt.slot))
            stmt = stmt.parent
    return found


def _plans(write: Event, ctx: Context) -> list[Plan]:
    is_file = write.detail != "sql" and write.call.method.startswith(("to_", "write_"))
    return [fixes.output.versioned_output_fix(ctx, write)] if is_file and isinstance(write.stmt.node, ast.Expr) else []
