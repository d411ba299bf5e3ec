import ast
import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

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
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.loads import loaded_path, shown_path
from nbprod.kit.origins import origins

_OPENED: Final = "io.TextIOWrapper"
_NO_FILE: Final = frozenset({"hub", "upload", "toy", "generated", "model"})
_STORES: Final = frozenset({"dump", "safe_dump", "dump_all"})
"""Into an open file, these are how a program keeps what it has."""
_GUARDS: Final = lazy_pattern(r"exists|is_?file|is_?dir|FileNotFoundError|overwrite|force|cache|refresh", re.IGNORECASE)
_APPENDS: Final = frozenset({"a", "a+", "ab", "append", "r+", "x"})
_APPENDING: Final = lazy_pattern(r"\bmode\(['\"]append['\"]\)")
_READ_TABLE: Final = lazy_pattern(r"\b(?:from|join)\s+[`\"\[]?([\w.]{1,200})", re.IGNORECASE)
_TABLES: Final = frozenset({"sql", "table"})
_WRITER: Final = "pandas.ExcelWriter"
_JOINING: Final = frozenset({"join", "joinpath", "Path", "PurePath", "str", "format", "fspath"})
_STATE: Final = lazy_pattern(
    r"(?:^|[/._-])(?:state|cache|checkpoint|progress|history|log|index|registry|counter|config|settings?|manifest"
    r"|metadata|kernel|package|tokenizer|special_tokens|\.env)\w*(?=[._/-]|$)|\.(?:ipynb|ya?ml|toml|py|sh|md|env|cfg)$"
)
"""Files that a program keeps for itself and changes in place."""
_FETCHING: Final = lazy_pattern(
    r"^[ \t]*(?:!|%%(?:writefile|file|bash|sh|script)\b)|\b(?:urlretrieve|os\.system|subprocess\.\w++|check_call|Popen"
    r"|extractall|shutil\.\w++|pooch\.retrieve|(?=\w++\()(?:\w+_)?download\w*)\(",
    re.IGNORECASE | re.MULTILINE,
)
"""Source that gets a file from elsewhere, or keeps a copy of it."""
_NEAR: Final = 300
_COMMON: Final = frozenset({"", ".", "..", "data", "input", "output", "files", "tmp", "raw", "datasets"})


class _Table(Struct, frozen=True):
    """A table of a database or a catalogue."""

    name: str


class _Made(Struct, frozen=True):
    """A path put together of variables: the same text of the same bindings is the same file."""

    text: str
    parts: tuple[int, ...]


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
    - a file that the notebook itself wrote, downloaded or copied before it read it;
    - files put right only where that is needed: `if image.size > LIMIT:`;
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

    @on(Notebook, needs=[EventKind.WRITE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        loads = ctx.model.events_of(EventKind.LOAD, EventKind.DB)
        writes = ctx.model.events_of(EventKind.WRITE)
        if not loads or not writes:
            return
        paths = _Paths(ctx)
        seen: set[ast.AST] = set()
        for write in writes:
            if write.node in seen or not write.lineage or _appends(write):
                continue
            own = paths.of(write)
            earlier = (load for load in loads if load in write.lineage and load.order < write.order)
            load = next((load for load in earlier if own in paths.read(load)), None)
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
    """Tells which file or table an event reads or writes: by its constant name, or by the expression that makes it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._origins = origins(ctx)
        self._written: dict[object, int] = {}
        for event in ctx.model.events_of(EventKind.WRITE):
            path = self.of(event)
            if path is not None:
                self._written.setdefault(path, event.order)

    def read(self, event: Event) -> tuple[object, ...]:
        """The files or tables that an event reads."""
        query = event.path.text if event.kind is EventKind.DB and event.path is not None else None
        first = event.node.args[0] if event.kind is EventKind.DB and event.node.args else None
        if query is None and isinstance(first, ast.Call) and first.args:
            query = self._ctx.value(first.args[0]).text  # `text("SELECT …")`
        if query is not None and " " in query.strip():
            return tuple(_Table(name.lower()) for name in _READ_TABLE.findall(query))
        return (self.of(event),)

    def of(self, event: Event) -> object:
        """Something that is equal for equal files and tables; None if it is not known."""
        if event.detail in _NO_FILE or event.path is None:
            return None
        if event.path.type == _OPENED and event.call.method in _STORES:
            return None
        text = loaded_path(event) or self._opened(event)
        if text and (event.detail in _TABLES or event.kind is EventKind.DB):
            return _Table(text.lower())
        if text:
            text = text.removeprefix("./")
            return None if _STATE.search(text.lower()) or text in {".", ""} else text
        first = event.node.args[0] if event.node.args else None
        return self._made(first) if event.call.args and event.call.args[0] is event.path else None

    def _made(self, node: ast.expr | None) -> object:
        """A path that a variable holds, or that is put together of variables."""
        if node is None or isinstance(node, ast.Name):
            return self._origins.binding(node)
        parts: list[int] = []
        for part in ast.walk(node):
            binding = self._origins.binding(part)
            if isinstance(part, ast.Call) and brief(part.func).rpartition(".")[2] not in _JOINING:
                return None  # it may give another one each time
            if binding is not None:
                parts.append(id(binding))
        text = ast.unparse(node)
        return _Made(text, tuple(parts)) if parts and not _STATE.search(text.lower()) else None

    def _opened(self, event: Event) -> str:
        """The path of the file that an event reads or writes through an open one."""
        if event.path is not None and event.path.type == _WRITER:
            opening = self._opening(event)
            call = self._ctx.call(opening) if opening is not None else None
            path, mode = (call.argument(0, "path"), call.argument(3, "mode")) if call is not None else (None, None)
            return (path.text or "") if path is not None and (mode is None or mode.const not in _APPENDS) else ""
        if event.path is None or event.path.type != _OPENED:
            return ""
        return next((loaded_path(it) for it in event.path.lineage if it.call.result.type == _OPENED), "")

    def _opening(self, event: Event) -> ast.expr | None:
        """The call that made the writer of an event: `with pd.ExcelWriter(path) as writer:`."""
        name = event.node.args[0] if event.node.args else None
        binding = self._origins.binding(name)
        if binding is None or binding.stmt is None:
            return name
        match binding.stmt.node:
            case ast.With(items=items) | ast.AsyncWith(items=items):
                return next((item.context_expr for item in items if item.optional_vars is binding.node), None)
            case ast.Assign(value=value):
                return value
        return None

    def was_written(self, path: object, load: Event) -> bool:
        """Whether the notebook itself made the file before it read it, or got it from elsewhere, or kept a copy."""
        return self._written.get(path, load.order) < load.order or self._was_fetched(path, load)

    def _was_fetched(self, path: object, load: Event) -> bool:
        if not isinstance(path, str):
            return False
        *folders, name = path.split("/")
        words = {name, *folders[-1:]} - _COMMON
        for cell in self._ctx.notebook.code_cells:
            if cell.index > load.cell:
                break
            for found in _FETCHING.finditer(cell.source):
                near = cell.source if found.group().startswith("%%") else cell.source[found.start() :][:_NEAR]
                if any(word in near for word in words):
                    return True
        return False

    def shown(self, path: object) -> str:
        """The file in a message."""
        match path:
            case str():
                return f"`{shown_path(path)}`"
            case _Table(name=name):
                return f"the table `{name}`"
            case _Made(text=text):
                return f"the file `{text if len(text) <= 50 else text[:49] + '…'}`"
        return f"the file `{getattr(path, 'name', '')}`"


def _appends(write: Event) -> bool:
    mode = write.call.keywords.get("mode") or write.call.keywords.get("if_exists")
    if mode is not None and mode.const in _APPENDS:
        return True
    if write.call.method == "to_sql":
        return mode is None or mode.const != "replace"
    return _APPENDING.search(brief(write.node.func, 200)) is not None


def _is_guarded(load: Event, write: Event, ctx: Context) -> bool:
    """Whether one of both happens only under a condition about the file, or instead of the other."""
    own = [_places(event) for event in (load, write)]
    for event, places in zip((load, write), own, strict=True):
        tests = [test for stmt, _ in places if (test := getattr(stmt.node, "test", None)) is not None]
        value = getattr(event.stmt.node, "value", None)
        tests += [node.test for node in ast.walk(value) if isinstance(node, ast.IfExp)] if value is not None else []
        if any(_GUARDS.search(brief(test, 200)) for test in tests):
            return True
        if event is write and any(load in ctx.value(node).lineage for test in tests for node in _parts(test)):
            return True  # it is put right where that is needed, which a second run finds done
    branches = dict(own[0])
    return any(isinstance(stmt.node, ast.If | ast.Try) and branches.get(stmt, slot) != slot for stmt, slot in own[1])


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    return (node for node in ast.walk(test) if isinstance(node, ast.expr))


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
    if (
        not is_file
        or not isinstance(write.stmt.node, ast.Expr)
        or (write.path is not None and write.path.type == _WRITER)
    ):
        return []
    if any(isinstance(stmt.node, ast.For | ast.AsyncFor) for stmt in write.stmt.ancestors()):
        return []  # the loop may find what it has written when it looks for files again
    return [fixes.output.versioned_output_fix(ctx, write)]
