import ast
import re
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    INFO,
    Binding,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Magic,
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
from nbprod.kit.paths import PathKind, PathUse, known_place, local_paths, path_kind

_WARNING: Final = Severities(Severity.INFO, Severity.WARNING)
_SEVERITIES: Final = {
    PathKind.HOME: Severities(Severity.INFO, Severity.ERROR),
    PathKind.MOUNT: _WARNING,
    PathKind.PARENT: _WARNING,
    PathKind.ABSOLUTE: _WARNING,
    PathKind.TEMPORARY: INFO,
}
_WHY: Final = {
    PathKind.HOME: "which exists only on its author's machine",
    PathKind.MOUNT: "which other machines need not have",
    PathKind.PARENT: "which depends on the folder that the run starts in",
    PathKind.ABSOLUTE: "which other machines need not have",
    PathKind.TEMPORARY: "which is gone with the machine",
}
_PLATFORMS: Final = {
    "/content": "Colab", "/kaggle": "Kaggle", "/dbfs": "Databricks", "/databricks": "Databricks",
    "/lakehouse": "Microsoft Fabric", "/teamspace": "Lightning",
}  # fmt: skip
_VERBS: Final = {EventKind.LOAD: "reads", EventKind.WRITE: "writes", EventKind.PERSIST: "writes"}

_INSTALL: Final = "Make the code a package and install it (`pip install -e .`): an import then works from anywhere."
_NO_DATA: Final = lazy_pattern(r"^\w+://|\.(?:py|sh|bat|cmd|exe|R|ipynb)$")
"""Addresses and programs: they are not looked for in a folder of data."""
_PLATFORM_TEST: Final = lazy_pattern(
    r"colab|kaggle|databricks|sagemaker|platform|exists|isdir|environ|getenv|hostname|getuser|os\.name|sys\.modules",
    re.IGNORECASE,
)
_CODE_MAGICS: Final = frozenset({"cd", "run", "load", "writefile", "pushd"})
_WORD: Final = lazy_pattern(r"[^\s'\"=;|<>(),&]+")


class HardCodedPath(Rule):
    """A path that only one machine or platform has does not belong into the code.

    ## Why is this bad?
    The notebook works where it was written. On a colleague's laptop, in the scheduler or in the container the same cell
    stops with a `FileNotFoundError`, and whoever runs it has to edit code to point it at other data.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    # %%
    startups = pd.read_csv("C:/Users/Susan/Desktop/50_Startups.csv")
    ```
    ```nb fixed safe warning
    # %%
    import pandas as pd
    # %% tags=["parameters"]
    STARTUPS_CSV = "C:/Users/Susan/Desktop/50_Startups.csv"
    # %%
    startups = pd.read_csv(STARTUPS_CSV)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    import os
    from pathlib import Path
    # %% tags=["parameters"]
    DATA_DIR = "data"
    STARTUPS_CSV = "50_Startups.csv"
    # %%
    startups = pd.read_csv(Path(os.environ.get("DATA_DIR", DATA_DIR)) / STARTUPS_CSV)
    ```
    The storage that one platform mounts:
    ```nb bad warning
    # %%
    import joblib
    # %%
    ROOT = "/content/drive/MyDrive/churn"
    # %%
    joblib.dump(model, ROOT + "/model.joblib")
    ```
    ```nb fixed safe
    # %%
    import joblib
    # %% tags=["parameters"]
    ROOT = "/content/drive/MyDrive/churn"
    # %%
    joblib.dump(model, ROOT + "/model.joblib")
    ```
    ```nb fixed unsafe
    # %%
    import joblib
    import os
    # %%
    ROOT = os.environ.get("ROOT", "/content/drive/MyDrive/churn")
    # %%
    joblib.dump(model, ROOT + "/model.joblib")
    ```
    In a shell command it is information:
    ```nb bad info
    !unzip /content/images.zip
    ```
    ```nb good
    import os
    import pandas as pd
    frame = pd.read_csv(os.path.join(os.environ.get("DATA_DIR", "/home/ada/data"), "churn.csv"))
    ```
    ```nb good
    import pandas as pd
    frame = pd.read_csv("data/churn.csv")
    ```

    ## What keeps it quiet
    - relative paths; `..`, but not `../..`;
    - a default that the environment or the command line overrides, and any mount in a cell tagged `parameters` (a home
      directory there is still a warning: the default works for one person);
    - system paths (`/dev/null`, `/usr/share`), settings in a home directory (`~/.aws`), addresses, placeholders such as
      `/Users/username`;
    - absolute paths that go to no reader or writer, or to the machine of a remote job;
    - text that is only printed, compared or replaced; branches that ask for the platform first.

    ## What a running kernel adds
    Whether the path exists, whether it lies in your home directory, and whether it is below the working directory: then
    a fix names it from there.

    ## Fix safety
    - Safe: the same string moves to the cell tagged `parameters`.
    - Unsafe: the file is looked for in the directory that an environment variable names; by default where it was, or in
      `data` if that is somebody's home; or, with a running kernel, from the working directory.

    ## References
    - J. F. Pimentel et al., [Understanding and improving the quality and reproducibility of Jupyter
      notebooks](https://doi.org/10.1007/s10664-021-09961-9), Empirical Software Engineering, 2021
    - [The Twelve-Factor App, III. Config](https://12factor.net/config)
    """

    dimension = Dimension.DATA
    severity = _SEVERITIES[PathKind.HOME]
    since = "0.1"
    written_files = "check"

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        parameters = {cell.index for cell in notebook.code_cells if "parameters" in cell.tags}
        for path in local_paths(ctx):
            if path.literal.cell in parameters:
                if path.kind is PathKind.HOME:
                    yield self._parameter(path, ctx)
            elif path.is_used and not _is_guarded(path, ctx) and not _is_idle(path, ctx):
                yield self._finding(path, ctx)
        for cell in notebook.code_cells:
            for magic in cell.magics:
                yield from self._in_magic(magic, cell.index, ctx)

    def _finding(self, path: PathUse, ctx: Context) -> Diagnosis:
        place, *others = path.places
        imports = any(call.name.startswith("sys.path.") for call in path.calls)
        known, relative = known_place(path, ctx) if ctx.runtime is not None else ("", None)
        return self.finding(
            ctx,
            path.literal,
            f"{_use(place, ctx)} `{_shown(path.text)}`, {known or _why(path.kind, path.text)}",
            fixes=[] if imports else _plans(path, relative, ctx),
            related=[(other, "used here too") for other in others[:5] if isinstance(other, Event | Call)],
            severity=_SEVERITIES[path.kind],
            advice=_INSTALL if imports else None,
            live=bool(known),
        )

    def _parameter(self, path: PathUse, ctx: Context) -> Diagnosis:
        """A parameter can be set from outside, but what it is without that still works on one machine alone."""
        name = next((f"`{binding.name}`" for binding in path.bindings), "this parameter")
        message = f"the default of {name}, `{_shown(path.text)}`, exists only on its author's machine"
        fix = fixes.paths.environment_path_fix(ctx, path.literal, writes=_writes(path))
        return self.finding(ctx, path.literal, message, fixes=[fix], severity=_WARNING)

    def _in_magic(self, magic: Magic, cell: int, ctx: Context) -> Iterator[Diagnosis]:
        """The first such path in the arguments of a magic: in a shell command it is no more than information."""
        if magic.kind != "shell" and magic.name not in _CODE_MAGICS:
            return
        for word in _WORD.finditer(magic.raw):
            kind = path_kind(word[0])
            if kind in {PathKind.HOME, PathKind.MOUNT} and not word[0].startswith("~"):
                severity = INFO if magic.kind == "shell" else _SEVERITIES[kind]
                span = ctx.cell_span(cell, magic.start + word.start(), magic.start + word.end())
                what = "this command" if magic.kind == "shell" else f"`%{magic.name}`"
                message = f"{what} uses `{_shown(word[0])}`, {_why(kind, word[0])}"
                yield self.finding(ctx, span, message, severity=severity)
                return


def _is_guarded(path: PathUse, ctx: Context) -> bool:
    """Whether the code asks first on which platform it runs."""
    if path.kind is not PathKind.MOUNT:
        return False
    stmt = _home(path)
    return stmt is not None and any(
        isinstance(outer.node, ast.If) and _PLATFORM_TEST.search(_test(outer, ctx)) for outer in stmt.ancestors()
    )


def _is_idle(path: PathUse, ctx: Context) -> bool:
    """Whether it is only bound to names that are bound again before anything reads them."""
    if path.events or path.calls or path.makers:
        return False
    return all(
        not binding.uses and binding.stmt is not None and binding.stmt.parent is None and _is_replaced(binding, ctx)
        for binding in path.bindings
    )


def _is_replaced(binding: Binding, ctx: Context) -> bool:
    """Whether the name is bound again further down in the same cell."""
    others = (other for other in ctx.model.bindings(binding.name) if other.cell == binding.cell)
    return any(_line(other) > _line(binding) for other in others)


def _line(binding: Binding) -> int:
    return binding.stmt.node.lineno if binding.stmt is not None else 0


def _test(stmt: Stmt, ctx: Context) -> str:
    return ctx.source(stmt).partition("\n")[0]


def _home(path: PathUse) -> Stmt | None:
    """The statement that the literal stands in, if it turned up on the way."""
    literal, line = path.literal, path.literal.node.lineno
    for place in path.places:
        stmt = place.stmt
        if (
            stmt is not None
            and stmt.cell == literal.cell
            and stmt.node.lineno <= line <= (stmt.node.end_lineno or line)
        ):
            return stmt
    return None


# -- how to say and mend it -------------------------------------------------------------------------


def _use(place: Event | Call | Binding, ctx: Context) -> str:
    if isinstance(place, Binding):
        return f"`{place.name}` holds"
    call = place.call if isinstance(place, Event) else place
    name = ctx.text(place, 200).partition("(")[0].strip()
    verb = _VERBS[place.kind] if isinstance(place, Event) else "uses"
    return f"`{name if name and len(name) <= 40 else call.method}` {verb}"


def _shown(text: str) -> str:
    return text if len(text) <= 50 else f"{text[:20]}…{text[-29:]}"


def _why(kind: PathKind, text: str) -> str:
    platform = next((name for start, name in _PLATFORMS.items() if text.startswith(start)), None)
    if kind is PathKind.MOUNT and platform is not None:
        return f"which only {platform} has"
    if kind is PathKind.HOME and text.startswith("~"):
        return "which depends on whose account runs it"
    return _WHY[kind]


def _writes(path: PathUse) -> bool:
    return any(event.kind is not EventKind.LOAD for event in path.events)


def _plans(path: PathUse, relative: str | None, ctx: Context) -> list[Plan]:
    plans = [fixes.paths.hoist_path_fix(ctx, path.literal)]
    if relative is not None:
        return [*plans, fixes.relative.relative_path_fix(ctx, path.literal, relative)]
    calls = [*(event.call for event in path.events), *path.calls]
    if path.whole and not _NO_DATA.search(path.text) and not any(call.name == "os.chdir" for call in calls):
        plans.append(
            fixes.paths.environment_path_fix(ctx, path.literal, calls[0] if calls else None, writes=_writes(path))
        )
    return plans if path.whole or isinstance(path.literal.node, ast.JoinedStr) else []
