import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from nbprod.kit import (
    INFO,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Function,
    Notebook,
    Plan,
    Rule,
    Severities,
    Severity,
    Tag,
    Value,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.findings import HOLE
from nbprod.kit.loads import BESIDE_CODE, MODEL_FILE, TRIAL_FILE, first_sinks, loaded_path, named_call, shown_path

_NO_FILE: Final = frozenset({"model", "toy", "generated", "hub", "upload", "clipboard", "index"})
_MEDIA: Final = frozenset({"image", "audio"})
_MEDIA_FILE: Final = lazy_pattern(
    r"\.(?:png|jpe?g|gif|bmp|tiff?|webp|svg|wav|mp3|mp4|flac|avi|mov|pdf|docx?|pptx?)$", re.IGNORECASE
)
_TESTS: Final = lazy_pattern(r"(?:^|[/._-])tests?(?=[/._-])", re.IGNORECASE)
_ONE_FILE: Final = lazy_pattern(r"\.(?:csv|tsv|txt|jsonl?|parquet|orc|avro|xml|xlsx?)(?:\.\w+)?$", re.IGNORECASE)
_TABLES: Final = frozenset(
    {"pandas.DataFrame", "pandas.Series", "polars.DataFrame", "polars.LazyFrame", "numpy.ndarray"}
)
_SINKS: Final = (EventKind.FIT, EventKind.EVALUATE, EventKind.PERSIST, EventKind.WRITE, EventKind.LLM)

_FETCHES: Final = lazy_pattern(
    r"\b(?:wget|curl|kaggle|gdown|gsutil|gcloud\s+storage|aws\s+s3|azcopy|git\s+clone|unzip|gunzip|tar\s|7z|dvc|lakectl"
    r"|rclone|hdfs|huggingface-cli|hf\s+download|\w*download\w*)\b"
)
"""Commands that bring data."""
_MAKES: Final = lazy_pattern(
    r".*(?:download|retrieve|fetch|extract|unpack|unzip|gdown|get_file|get_data|copy|move|rename|save|write|dump|export"
    r"|to_csv|to_parquet).*",
    re.IGNORECASE,
)
"""Calls that make the file which they are given the name of."""
_FILLS: Final = lazy_pattern(r".*(?:download|retrieve|extract|unpack|unzip|gdown|snapshot|clone|sync).*", re.IGNORECASE)
"""Calls that fill a folder, or the current one if they are given none."""
_MAKING: Final = frozenset({EventKind.WRITE, EventKind.PERSIST, EventKind.HTTP})
_HOLE: Final = f"{HOLE}: the columns that every delivery must have"


class StaticDataFile(Rule):
    """Data that was exported once and is read from a file grows old.

    ## Why is this bad?
    The file was current on the day of the export. A scheduled run reads the same rows every night, trains the same
    model and writes the same table, while the world moves on; nothing fails, so nobody notices. With the name fixed in
    the code, no run can be given this month's data without an edit.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %%
    customers = pd.read_csv("churn_2023.csv")
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    ```
    ```nb fixed safe
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %% tags=["parameters"]
    CHURN_CSV = "churn_2023.csv"
    # %%
    customers = pd.read_csv(CHURN_CSV)
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    import hashlib
    from pathlib import Path
    # %% tags=["parameters"]
    CHURN_CSV = "churn_2023.csv"
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
    def load_churn(path: str) -> pd.DataFrame:
        \"\"\"Read one delivery, refuse it if it is empty or lacks columns, and record which one it was.\"\"\"
        frame = pd.read_csv(path)
        required = {"age", "tenure", "churned"}  # TODO(nbprod): the columns that every delivery must have
        missing = sorted(required.difference(frame.columns))
        if missing or not len(frame):
            raise ValueError(f"{path}: {len(frame)} rows, missing columns: {missing}")
        fingerprint = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
        logger.info("read %d rows from %s (sha256 %s)", len(frame), path, fingerprint)
        return frame


    customers = load_churn(CHURN_CSV)
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    ```
    Only looked at, it is information:
    ```nb bad info
    import pandas as pd
    customers = pd.read_csv("churn_2023.csv")
    customers.describe()
    ```
    ```nb fixed safe
    # %% tags=["parameters"]
    CHURN_CSV = "churn_2023.csv"
    # %%
    import pandas as pd
    customers = pd.read_csv(CHURN_CSV)
    customers.describe()
    ```
    ```nb fixed template
    # %% tags=["parameters"]
    CHURN_CSV = "churn_2023.csv"
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
    import pandas as pd
    import hashlib
    from pathlib import Path

    def load_churn(path: str) -> pd.DataFrame:
        \"\"\"Read one delivery, refuse it if it is empty or lacks columns, and record which one it was.\"\"\"
        frame = pd.read_csv(path)
        required: set[str] = set()  # TODO(nbprod): the columns that every delivery must have
        missing = sorted(required.difference(frame.columns))
        if missing or not len(frame):
            raise ValueError(f"{path}: {len(frame)} rows, missing columns: {missing}")
        fingerprint = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
        logger.info("read %d rows from %s (sha256 %s)", len(frame), path, fingerprint)
        return frame


    customers = load_churn(CHURN_CSV)
    customers.describe()
    ```
    ```nb good
    # %% tags=["parameters"]
    CUSTOMERS_CSV = "churn_2023.csv"
    # %%
    import pandas as pd
    customers = pd.read_csv(CUSTOMERS_CSV)
    customers.to_parquet("customers.parquet")
    ```
    ```nb good
    # %%
    from urllib.request import urlretrieve
    urlretrieve("https://example.com/churn.csv", "churn.csv")
    # %%
    import pandas as pd
    pd.read_csv("churn.csv").to_parquet("churn.parquet")
    ```

    ## What keeps it quiet
    - a path that is a parameter or comes from the environment, an address, a database;
    - a file that the notebook writes, downloads or unpacks itself, and any notebook that fetches data with a shell
      command;
    - models, settings, lookup tables, test data, the cases that a language model is tried out on;
    - a table or a folder that Spark reads: jobs put new rows and files there;
    - pictures and documents, unless a model learns from them;
    - data of a library, and notebooks that teach.

    A file counts as a warning if it ends up in a fitted model, a score, a written table or a prompt.

    ## What a running kernel adds
    How long ago the file was changed, unless git keeps it, and how many rows were read from it.

    ## Fix safety
    - Safe: the path moves to the cell tagged `parameters`, so that a run can be given another one.
    - Template: a loader takes the path, refuses a table without the columns that you fill in, and logs which file it
      read.

    ## References
    - D. Sculley et al., [Hidden Technical Debt in Machine Learning
      Systems](https://papers.nips.cc/paper/5656-hidden-technical-debt-in-machine-learning-systems), NIPS 2015
    - papermill: [parameterize a notebook](https://github.com/nteract/papermill)
    """

    dimension = Dimension.DATA
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.LOAD])
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        loads = ctx.model.events_of(EventKind.LOAD)
        if not loads or ctx.purpose.teaches:
            return
        yield from self._unfinished(loads, ctx)
        files: dict[str, list[Event]] = {}
        for event in loads:
            if _is_fixed(event):
                files.setdefault(loaded_path(event), []).append(event)
        if not files or _fetches(notebook, ctx):
            return
        made, sinks = _made(ctx), first_sinks(ctx, _SINKS)
        for path, events in files.items():
            if made.isdisjoint({path, PurePosixPath(path).name, *_folders(path)}):
                event = next((event for event in events if event in sinks), events[0])
                sink = sinks.get(event)
                if _is_data(event, sink):
                    yield self._finding(event, sink, events, ctx)

    def _finding(self, event: Event, sink: Event | None, events: Sequence[Event], ctx: Context) -> Diagnosis:
        feeds = f"it feeds {named_call(sink, ctx)}, and " if sink is not None else ""
        literal = event.path.literal if event.path is not None else None
        known = _known(event, ctx) if ctx.runtime is not None else ""
        return self.finding(
            ctx,
            literal or event,
            f"`{shown_path(loaded_path(event))}`{known} is a frozen export: {feeds}no run can be pointed at newer data",
            fixes=_plans(event, events, ctx),
            related=[(sink, "its data ends up here")] if sink is not None else [],
            severity=None if sink is not None else INFO,
            live=bool(known),
        )

    def _unfinished(self, loads: Sequence[Event], ctx: Context) -> Iterator[Diagnosis]:
        """Loaders that the template made, with a hole left for the columns that must be there."""
        seen: set[Function] = set()
        for event in loads:
            function = event.stmt.function
            if function is not None and function not in seen and _HOLE in ctx.source(function):
                seen.add(function)
                yield self.finding(ctx, event, f"`{function.name}` is not finished: fill in what `{HOLE}` asks for")


# -- which files ------------------------------------------------------------------------------------


def _is_fixed(event: Event) -> bool:
    """Whether it loads a file of a fixed name that may hold data."""
    path = event.path
    if path is None or path.literal is None or event.detail in _NO_FILE or path.has(Tag.PARAMETER | Tag.ENVIRONMENT):
        return False
    text = loaded_path(event)
    if not text.strip("./") or "://" in text or "\n" in text or BESIDE_CODE.search(text):
        return False
    if event.call.name.startswith("pyspark.") and not _ONE_FILE.search(text):
        return False  # a table of the catalogue, or a folder of the lake where jobs put new files
    return event.call.name.startswith("pandas.") or not MODEL_FILE.search(text)


def _is_data(event: Event, sink: Event | None) -> bool:
    """Whether something is made of the file: a table that is only looked at counts, a picture or a text does not."""
    if sink is None:
        return event.output.type in _TABLES
    path = loaded_path(event)
    if sink.kind is EventKind.LLM and (TRIAL_FILE.search(path) or _TESTS.search(path)):
        return False
    return sink.kind is EventKind.FIT or not (event.detail in _MEDIA or _MEDIA_FILE.search(path))


def _fetches(notebook: Notebook, ctx: Context) -> bool:
    """Whether a command brings data: then no file is known to be an old one."""
    magics = (magic for cell in notebook.code_cells for magic in cell.magics if magic.name not in {"pip", "conda"})
    commands = (_command(event.path) for event in ctx.model.events_of(EventKind.SHELL) if event.path is not None)
    return any(_FETCHES.search(f"{magic.args}\n{magic.body}") for magic in magics) or any(
        map(_FETCHES.search, commands)
    )


def _command(value: Value) -> str:
    """A command as a text, or as the list of its words."""
    return value.head or " ".join(word.text or "" for word in value.elements[:20])


def _made(ctx: Context) -> set[str]:
    """The paths and names of files that the notebook itself makes or downloads, and the folders that it fills."""
    made: set[str] = set()
    by_name = ctx.model.calls_named(_MAKES.fullmatch)
    for call in (*by_name, *(event.call for event in ctx.model.events_of(*_MAKING))):
        texts = [value.text.replace("\\", "/") for value in (*call.args, *call.keywords.values()) if value.text]
        for text in texts:
            made |= {text, PurePosixPath(text).name}
        if _FILLS.fullmatch(call.method):
            made.update(f"{PurePosixPath(text)}/" for text in texts)
            if not call.args and not call.keywords:
                made.add("./")
        if call.method == "get_file":
            made.add(f"{_unpacked(call)}/")
    return made


def _unpacked(call: Call) -> PurePosixPath:
    """Where Keras puts what it downloads, and the archive that it takes apart there."""
    folder, inner = call.argument(9, "cache_dir"), call.argument(5, "cache_subdir")
    return PurePosixPath((folder.text if folder else None) or "~/.keras", (inner.text if inner else None) or "datasets")


def _folders(path: str) -> Iterator[str]:
    """The folders above a file, each with a slash; that of a relative path is also `./`."""
    yield from (f"{folder}/" for folder in PurePosixPath(path).parents)


# -- how to say it ----------------------------------------------------------------------------------


def _known(event: Event, ctx: Context) -> str:
    """What a session knows of the file: ", last changed 214 days ago (8,930 rows),". A checkout renews git's files."""
    from nbprod.kit.in_memory import given_table  # noqa: PLC0415  -- most runs have no session to ask

    fact = ctx.runtime.path(loaded_path(event)) if ctx.runtime is not None else None
    if fact is None or not fact.exists:
        return ""
    table = given_table(ctx, event)
    rows = f" ({table.rows:,} rows)" if table is not None else ""
    if fact.age is None or fact.tracked:
        return rows
    days = int(fact.age)
    age = "today" if days < 1 else "yesterday" if days == 1 else f"{days:,} days ago"
    return f", last changed {age}{rows},"


def _plans(event: Event, events: Sequence[Event], ctx: Context) -> list[Plan]:
    """Make the path a parameter, in all places where it stands alike; with a loader if one string is all of it."""
    literals = {path.literal.node: path.literal for it in (event, *events) if (path := it.path) and path.literal}
    if not literals:
        return []
    first, *others = literals.values()
    text = ctx.source(first)
    plans = [fixes.paths.hoist_path_fix(ctx, first, copies=[other for other in others if ctx.source(other) == text])]
    alone = isinstance(first.node, ast.Constant) and event.path is not None and first.node.value == event.path.text
    here = first.node in event.node.args or first.node in [keyword.value for keyword in event.node.keywords]
    once = len({other.node for other in events}) == 1 and (here or event.stmt.function is None)
    if alone and once and (event.output.type or "").endswith("DataFrame"):
        plans.append(fixes.loader.loader_fix(ctx, event))
    return plans
