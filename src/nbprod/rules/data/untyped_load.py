import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from nbprod.kit import (
    INFO,
    Call,
    Confidence,
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
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.loads import first_outcomes, loaded_path, named_call, shown_path
from nbprod.kit.validation import Validation

if TYPE_CHECKING:
    from nbprod.kit.column_types import Lost

_READERS: Final = {
    "pandas.read_csv": "dtype",
    "pandas.read_table": "dtype",
    "pandas.read_excel": "dtype",
    "pandas.read_json": "dtype",
    "polars.read_csv": "schema_overrides",
    "polars.scan_csv": "schema_overrides",
    "polars.read_excel": "schema_overrides",
}
"""Functions that guess types, with the parameter that says them."""
_TYPED: Final = frozenset(
    {"dtype", "dtypes", "schema", "schema_overrides", "converters", "dtype_backend", "parse_dates", "infer_schema",
     "convert_dates"}
)  # fmt: skip
_HARM: Final = Severities(explore=Severity.WARNING, production=Severity.WARNING)
_MERGES: Final = (
    "pandas.merge", "pandas.merge_asof", "pandas.DataFrame.merge", "pandas.DataFrame.join", "polars.DataFrame.join",
    "polars.LazyFrame.join",
)  # fmt: skip
_CASTS: Final = frozenset({"astype", "cast", "convert_dtypes"})
_AFTER: Final = 10
_HOLE: Final = "TODO(nbprod): name the types"
_MOST: Final = 2


class UntypedLoad(Rule):
    """A reader that guesses types guesses by the rows of today.

    ## Why is this bad?
    A CSV file has no types. `01234` becomes the number 1234, a column of identifiers with one gap becomes floating
    point, and a column that is empty this month changes its type. Nothing fails where the file is read; a merge finds
    no partners later, or the model gets other features.

    ## Examples
    ```nb bad info
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %%
    customers = pd.read_csv("customers.csv")
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %%
    DTYPES = {}  # TODO(nbprod): name the types of "age", "tenure", "churned", such as {"zip": "string"}
    customers = pd.read_csv("customers.csv", dtype=DTYPES)
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    ```
    With a running kernel, what the guess costs is known:
    ```nb bad live warning
    # %% file=orders.csv
    zip,signup,amount
    01234,2026-01-02,9.5
    04321,2026-01-03,7.25
    # %%
    import pandas as pd
    # %%
    orders = pd.read_csv("orders.csv")
    orders.to_csv("orders_out.csv")
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    # %%
    DTYPES = {"zip": "string", "amount": "float64"}
    orders = pd.read_csv("orders.csv", dtype=DTYPES, parse_dates=["signup"])
    orders.to_csv("orders_out.csv")
    ```
    ```nb good
    import pandas as pd
    customers = pd.read_csv("customers.csv", dtype={"zip": "string"}, parse_dates=["since"])
    customers.to_parquet("customers.parquet")
    ```
    ```nb good
    import pandas as pd
    customers = pd.read_csv("customers.csv")
    customers = customers.astype({"zip": "string", "age": "Int64"})
    customers.to_parquet("customers.parquet")
    ```
    ```nb good
    import pandas as pd
    pd.read_csv("customers.csv").describe()
    ```

    ## What keeps it quiet
    - types, converters or date columns in the call, and options that can't be seen (`**options`);
    - `astype` with a dictionary within ten statements, `convert_dtypes`, a check by a schema;
    - tables that are only looked at: no model, no delivered table and no merge depends on them;
    - formats that have types (Parquet, Feather), and notebooks that teach.

    ## What a running kernel adds
    What the guess did to the table in memory: leading zeros that are gone, integers that were rounded, keys that a gap
    made floating point, dates that stayed text, columns of mixed types. Any of these is a warning. Columns that the
    notebook converts itself don't count.

    ## Fix safety
    - Template: the call takes its types from a dictionary that you fill in. What the file holds today is no evidence.
    - Unsafe, with a running kernel: the types are those of the table in memory, lost ones restored. Values change where
      they were lost, and a file that does not fit is refused.

    ## References
    - pandas: [`read_csv`](https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html)
    - pandas: [IO tools](https://pandas.pydata.org/docs/user_guide/io.html)
    """

    dimension = Dimension.DATA
    severity = INFO
    confidence = Confidence.MEDIUM
    since = "0.1"

    @on(Notebook, needs=[EventKind.LOAD])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        loads = [event for event in ctx.model.events_of(EventKind.LOAD) if event.call.name in _READERS]
        if not loads or ctx.purpose.teaches:
            return
        sinks, merges, casts, validation = first_outcomes(ctx), _merges(ctx), _casts(ctx), Validation(ctx)
        seen: set[ast.AST] = set()
        for event in loads:
            sink = sinks.get(event) or merges.get(event)
            if sink is None or event.node in seen:
                continue
            seen.add(event.node)
            if _is_typed(event.call):
                if _HOLE in ctx.notebook.cells[event.cell].source and "DTYPES" in ctx.source(event):
                    yield self.finding(ctx, event, f"the types are not named yet: fill in what `{_HOLE[:12]}` asks for")
            elif not (_is_cast(event, casts, ctx) or validation.covers(event)):
                yield self._finding(event, sink, ctx)

    def _finding(self, event: Event, sink: Event | Call, ctx: Context) -> Diagnosis:
        path = loaded_path(event)
        what = f"`{brief(event.node.func)}`" + (f" of `{shown_path(path)}`" if path else "")
        where = named_call(sink, ctx) if isinstance(sink, Event) else f"`{sink.method}` (cell {ctx.number(sink)})"
        lost = _lost(ctx, event) if ctx.runtime is not None else ()
        guess = "guesses the types from the rows of the day"
        return self.finding(
            ctx,
            event,
            f"{what} guesses types: {_said(lost)}; {where} depends on them" if lost
            else f"{what} {guess}, and {where} depends on them",
            fixes=_plans(event, ctx),
            related=[(sink, "the guessed types end up here")],
            severity=_HARM if lost else None,
            confidence=Confidence.HIGH if lost else None,
            live=bool(lost),
        )  # fmt: skip


def _lost(ctx: Context, event: Event) -> "Sequence[Lost]":
    from nbprod.kit.column_types import lost_types  # noqa: PLC0415  -- most runs have no session to ask

    return lost_types(ctx, event)


def _said(lost: "Sequence[Lost]") -> str:
    """What the guess did, the worst first: "`zip` lost its leading zeros"."""
    more = len(lost) - _MOST
    rest = f", and {more} more column{'s' if more > 1 else ''}" if more > 0 else ""
    return ", ".join(it.shown for it in lost[:_MOST]) + rest


def _merges(ctx: Context) -> dict[Event, Call]:
    """The first merge of what an event gave: keys of different types find no partner."""
    found: dict[Event, Call] = {}
    for call in ctx.model.calls(*_MERGES):
        for value in (call.receiver, *call.args, *call.keywords.values()):
            for event in value.lineage if value is not None else ():
                found.setdefault(event, call)
    return found


def _is_typed(call: Call) -> bool:
    return call.open or not _TYPED.isdisjoint(call.keywords)


def _casts(ctx: Context) -> list[Call]:
    """The calls that say the types of several columns."""
    calls = (call for call in ctx.model.all_calls if call.method in _CASTS and call.receiver is not None)
    return [call for call in calls if call.method == "convert_dtypes" or _names_columns(call)]


def _is_cast(event: Event, casts: Sequence[Call], ctx: Context) -> bool:
    """Whether the types are set right after: in the same statement, or within the next ones."""
    own = [call for call in casts if call.receiver is not None and event in call.receiver.lineage]
    if not own:
        return False
    near = [event.stmt.node, *ctx.model.following(event.stmt, _AFTER)]
    return any(node in near for call in own for node in (call.stmt.node, *(it.node for it in call.stmt.ancestors())))


def _names_columns(call: Call) -> bool:
    """Whether a cast is told the types of several columns."""
    first = call.args[0] if call.args else None
    return first is not None and (isinstance(first.items, dict) or first.type == "builtins.dict" or not first.is_known)


def _plans(event: Event, ctx: Context) -> list[Plan]:
    if hasattr(event.stmt.node, "body"):
        return []
    plan = fixes.types.known_types_fix(ctx, event) if ctx.runtime is not None else None
    return [plan or fixes.types.typed_load_fix(ctx, event, _READERS[event.call.name])]
