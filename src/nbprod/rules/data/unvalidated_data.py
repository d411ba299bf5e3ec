import ast
from collections.abc import Iterator, Sequence
from typing import Final

from nbprod.kit import (
    INFO,
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
from nbprod.kit.loads import first_outcomes, loaded_path, named_call
from nbprod.kit.validation import Validation

_NO_DATA: Final = frozenset({"toy", "generated", "model", "index", "write"})
_TABLES: Final = frozenset(
    {"pandas.DataFrame", "polars.DataFrame", "polars.LazyFrame", "pyspark.sql.DataFrame", "geopandas.GeoDataFrame"}
)
_HOLE: Final = "TODO(nbprod): the columns that this table must have"


class UnvalidatedData(Rule):
    """Data that nobody checks on the way in is checked by customers on the way out.

    ## Why is this bad?
    The delivery of tonight may lack a column, have a tenth of the rows, or hold a price of minus one. A run that
    expects nothing of its input trains a model on that, or writes it on, and succeeds.

    ## Examples
    ```nb bad warning
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %%
    customers = pd.read_csv(path)
    # %%
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    joblib.dump(model, "model.joblib")
    ```
    ```nb fixed template
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %% tags=["parameters"]
    MAX_GAP_SHARE = 0.05
    # %%
    customers = pd.read_csv(path)
    expected_columns = {"age", "tenure", "churned"}  # TODO(nbprod): the columns that this table must have
    missing_columns = sorted(expected_columns.difference(customers.columns))
    if missing_columns or not len(customers):
        raise ValueError(f"customers: {len(customers)} rows, missing columns: {missing_columns}")
    gap_shares = customers[sorted(expected_columns)].isna().mean()
    if (gap_shares > MAX_GAP_SHARE).any():
        raise ValueError(f"customers: too many gaps: {gap_shares.to_dict()}")
    # %%
    model = LogisticRegression().fit(customers[["age", "tenure"]], customers["churned"])
    joblib.dump(model, "model.joblib")
    ```
    ```nb bad info
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    customers = load_settings(pd.read_sql("SELECT * FROM customers", connection))
    LogisticRegression().fit(customers[["age"]], customers["churned"])
    ```
    ```nb good
    import pandas as pd
    customers = pd.read_csv(path)
    assert {"age", "tenure"} <= set(customers.columns) and len(customers) > 1000
    customers.to_parquet("customers.parquet")
    ```
    ```nb good
    import pandas as pd
    import pandera.pandas as pa
    schema = pa.DataFrameSchema({"age": pa.Column(int, pa.Check.in_range(0, 120))})
    schema.validate(pd.read_csv(path)).to_parquet("customers.parquet")
    ```

    ## What keeps it quiet
    - an `assert`, or an `if` that raises, on what was loaded: its columns, gaps, values or size;
    - a validation library (pandera, Great Expectations, pydantic, …), or a function named like `validate` or
      `check_columns`, that is given the data;
    - tables of which neither a model nor a delivered table is made, tables that the notebook wrote itself, data of a
      library;
    - notebooks that teach.

    The finding is a warning when the notebook delivers something, else information.

    ## What a running kernel adds
    ```nb bad live warning
    # %% file=prices.csv
    item_id,price,shop
    7,2.5,north
    8,,south
    # %%
    import pandas as pd
    # %%
    prices = pd.read_csv("prices.csv")
    # %%
    prices.to_csv("out.csv")
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    import pandera.pandas as pa
    # %%
    prices = pd.read_csv("prices.csv")
    # %%
    # What `prices` held when this was written: 2 rows. That was observed,
    # not agreed: loosen what may change, and add what must hold, such as
    # pa.Check.in_range(low, high) or pa.Check.isin(categories).
    PRICES_SCHEMA = pa.DataFrameSchema(
        {
            "item_id": pa.Column("int64"),
            "price": pa.Column("float64", nullable=True, coerce=True),  # 1 of 2 rows had no value (50 %)
            "shop": pa.Column(str),
        },
        checks=pa.Check(lambda table: len(table) > 0, error="no rows"),
    )
    prices = PRICES_SCHEMA.validate(prices, lazy=True)
    # %%
    prices.to_csv("out.csv")
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    # %% tags=["parameters"]
    MAX_GAP_SHARE = 0.05
    # %%
    prices = pd.read_csv("prices.csv")
    expected_columns: set[str] = set()  # TODO(nbprod): the columns that this table must have
    missing_columns = sorted(expected_columns.difference(prices.columns))
    if missing_columns or not len(prices):
        raise ValueError(f"prices: {len(prices)} rows, missing columns: {missing_columns}")
    gap_shares = prices[sorted(expected_columns)].isna().mean()
    if (gap_shares > MAX_GAP_SHARE).any():
        raise ValueError(f"prices: too many gaps: {gap_shares.to_dict()}")
    # %%
    prices.to_csv("out.csv")
    ```

    How many columns and rows the table has, and how many columns have gaps. From these comes a data contract
    ([pandera](https://pandera.readthedocs.io/)) with the types, gaps and keys that this delivery had. No value is in
    it. `%nbprod contract NAME` writes one for any table in memory.

    ## Fix safety
    - Template: a check of columns, rows and gaps right after the load, with the columns that the notebook names. Add
      what else must hold: keys, ranges, categories.
    - Unsafe: the contract, in a cell after the load. It refuses the next delivery if that has other types, new gaps or
      a key twice. It was observed once and agreed with nobody: loosen what may change.

    ## References
    - E. Breck et al., The ML Test Score: A Rubric for ML Production Readiness and Technical Debt Reduction, 2017
    - Regulation (EU) 2024/1689 (AI Act), Article 10: Data and data governance
    - [pandera](https://pandera.readthedocs.io/): DataFrameSchema
    """

    dimension = Dimension.DATA
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"
    absence = True

    def __init__(self) -> None:
        self._failing: list[ast.Assert | ast.Raise] = []

    @on(ast.Assert, ast.Raise, needs=[EventKind.LOAD, EventKind.DB])
    def collect(self, node: ast.Assert | ast.Raise, _: Context) -> Iterator[Diagnosis]:
        self._failing.append(node)
        yield from ()

    @on(Notebook, needs=[EventKind.LOAD, EventKind.DB])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        loads = [event for event in ctx.model.events_of(EventKind.LOAD, EventKind.DB) if event.detail not in _NO_DATA]
        if not loads or ctx.purpose.teaches:
            return
        tables = _tables(loads, ctx)
        if not tables:
            return
        validation = Validation(ctx)
        for node in self._failing:
            validation.see(node)
        yield from self._unfinished(tables, ctx)
        unchecked = [event for event in tables if not validation.covers(event)]
        if unchecked:
            yield self._finding(unchecked, ctx)

    def _finding(self, unchecked: Sequence[Event], ctx: Context) -> Diagnosis:
        first, others = ctx.purpose.foremost(unchecked)
        sink = first_outcomes(ctx)[first]
        more = f" ({len(unchecked)} such loads)" if others else ""
        held = _in_memory(first, ctx)
        what = held or "columns, gaps, values or size"
        return self.finding(
            ctx,
            first,
            f"`{brief(first.node.func)}` feeds {named_call(sink, ctx)}, and nothing checks its {what}{more}",
            live=held is not None,
            fixes=_plans([first, *others], ctx),
            related=[(sink, "the data end up here"), *((event, "not checked either") for event in others[:5])],
            severity=None if ctx.purpose.delivers else INFO,
            occurrences=len(unchecked),
        )

    def _unfinished(self, tables: Sequence[Event], ctx: Context) -> Iterator[Diagnosis]:
        """A check that the template made, with its hole left."""
        for event in tables:
            if _HOLE in ctx.notebook.cells[event.cell].source:
                yield self.finding(ctx, event, f"its check is not finished: fill in what `{_HOLE[:12]}` asks for")
                return


def _tables(loads: Sequence[Event], ctx: Context) -> list[Event]:
    """The loads of tables, each once, that a model or a delivered table is made of."""
    sinks = first_outcomes(ctx)
    written = {loaded_path(event): event.order for event in reversed(ctx.model.events_of(EventKind.WRITE))}
    found: dict[ast.AST, Event] = {}
    for event in loads:
        own = written.get(loaded_path(event), event.order) < event.order and loaded_path(event)
        if event in sinks and event.output.type in _TABLES and not own:
            found.setdefault(event.node, event)
    return list(found.values())


def _in_memory(event: Event, ctx: Context) -> str | None:
    """What the session holds of what was loaded, in words."""
    if ctx.runtime is None:
        return None
    from nbprod.kit.loaded_tables import outline, table_as_loaded  # noqa: PLC0415  -- most runs have no session to ask

    table = table_as_loaded(ctx, event)
    return None if table is None else outline(table)


def _plans(unchecked: Sequence[Event], ctx: Context) -> list[Plan]:
    plans = [fixes.checks.table_checks_fix(ctx, unchecked)] if any(map(fixes.checks.can_check, unchecked)) else []
    if ctx.runtime is not None and fixes.contract.may_fix(ctx, unchecked):
        plans.append(fixes.contract.contract_fix(ctx, unchecked))
    return plans
