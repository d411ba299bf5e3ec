import ast
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

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
    Tag,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.loads import first_outcomes, named_call
from nbprod.kit.rows import is_recorded, measured_loss, row_sources

_LOSSES: Final = {
    "missing": "drops incomplete rows",
    "duplicates": "drops repeated rows",
    "values": "blanks what it cannot read",
    "lines": "skips lines that it cannot read",
}
_LOST: Final = {"missing": "drops", "duplicates": "drops", "values": "blanks"}
_LEAVES_GAPS: Final = frozenset({"shift", "diff", "rolling", "pct_change", "expanding", "ewm", "lag"})
_REPEATS: Final = frozenset({"explode", "melt", "wide_to_long"})
_MOST_WINDOWS: Final = 50
_SMALL: Final = 0.005
_NO_DATA: Final = frozenset({"toy", "generated"})


class SilentRowLoss(Rule):
    """Rows that are dropped are counted, or nobody notices when all of them are.

    ## Why is this bad?
    Today two rows in a thousand have a gap. On the day that a supplier renames a column or writes its dates the other
    way round, the same line throws half of the rows away, or all values of a column, and the run goes on: the model is
    trained on what was left.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    # %%
    flats = pd.read_csv(path)
    flats = flats.dropna()
    # %%
    LinearRegression().fit(flats[["area", "rooms"]], flats["rent"])
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    # %% tags=["parameters"]
    MAX_ROW_LOSS = 0.05
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
    flats = pd.read_csv(path)
    rows_before = len(flats)
    flats = flats.dropna()
    lost = 1 - len(flats) / max(rows_before, 1)
    logger.info("dropna removed %.1f%% of the rows", 100 * lost)
    if lost > MAX_ROW_LOSS:
        raise ValueError(f"dropna removed {lost:.1%} of the rows")
    # %%
    LinearRegression().fit(flats[["area", "rooms"]], flats["rent"])
    ```
    ```nb bad
    import pandas as pd
    logins = pd.read_csv(path, on_bad_lines="skip")
    logins.to_parquet(output)
    ```
    ```nb fixed unsafe
    import pandas as pd
    logins = pd.read_csv(path, on_bad_lines="warn")
    logins.to_parquet(output)
    ```
    ```nb good
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    flats = pd.read_csv(path).dropna()
    assert len(flats) > 10_000, "too few complete rows"
    LinearRegression().fit(flats[["area"]], flats["rent"])
    ```
    ```nb good
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    prices = pd.read_csv(path)
    prices["yesterday"] = prices["close"].shift(1)
    prices = prices.dropna()
    LinearRegression().fit(prices[["yesterday"]], prices["close"])
    ```

    With a running kernel, the loss is measured:
    ```nb bad live info
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    # %%
    flats = pd.DataFrame({"area": [30.0, None] + [50.0] * 498, "rent": [400.0] * 500})
    complete = flats.dropna()
    # %%
    LinearRegression().fit(complete[["area"]], complete["rent"])
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    # %% tags=["parameters"]
    MAX_ROW_LOSS = 0.05
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
    flats = pd.DataFrame({"area": [30.0, None] + [50.0] * 498, "rent": [400.0] * 500})
    rows_before = len(flats)
    complete = flats.dropna()
    lost = 1 - len(complete) / max(rows_before, 1)
    logger.info("dropna removed %.1f%% of the rows", 100 * lost)
    if lost > MAX_ROW_LOSS:
        raise ValueError(f"dropna removed {lost:.1%} of the rows")
    # %%
    LinearRegression().fit(complete[["area"]], complete["rent"])
    ```

    ## What keeps it quiet
    - a count of what is left within ten statements: `len`, `shape`, `info`, a count of gaps;
    - rows that no model and no delivered table is made of;
    - gaps that `shift`, `diff`, `rolling` and their like made, empty rows (`how="all"`), rows without a target;
    - repeats that `explode` or `melt` made;
    - a column that goes back into its table, where pandas puts the gaps back: `df["a"] = df["a"].dropna()`;
    - the distinct values of some columns, and filters: they are decisions;
    - data of a library, and notebooks that teach.

    ## What a running kernel adds
    The loss, where the table before and the table after are both in memory, under two names: how many rows of how many,
    or how many values `errors="coerce"` blanked. A loss under 0.5% is information.

    ## Fix safety
    - Template: the share of lost rows is logged, and the run stops when it is too large. Set `MAX_ROW_LOSS`.
    - Unsafe: lines that are skipped are reported as warnings.

    ## References
    - M. Zinkevich, [Rules of Machine Learning](https://developers.google.com/machine-learning/guides/rules-of-ml),
      rules 6 and 10
    - pandas: [Working with missing data](https://pandas.pydata.org/docs/user_guide/missing_data.html)
    """

    dimension = Dimension.IDEAL_CONDITIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"

    @on(Notebook, needs=[EventKind.REDUCE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        losses = [event for event in ctx.model.events_of(EventKind.REDUCE) if event.detail in _LOSSES]
        if not losses or ctx.purpose.teaches:
            return
        sinks, judge = first_outcomes(ctx), _Judge(ctx)
        chains: list[list[Event]] = []
        seen: set[ast.AST] = set()
        for event in losses:
            if event in sinks and event.node not in seen:
                seen.add(event.node)
                if judge.is_silent(event):
                    _add(chains, event)
        for chain in chains:
            yield self._finding(chain, sinks[chain[0]], ctx)

    def _finding(self, chain: Sequence[Event], sink: Event, ctx: Context) -> Diagnosis:
        first, *others = chain
        name = brief(first.node.func)
        name = name if name.endswith(first.call.method) else first.call.method
        does = "goes on where it cannot convert" if first.call.method == "astype" else _LOSSES[first.detail]
        loss = measured_loss(chain, ctx) if ctx.runtime is not None else None
        message = f"`{name}` {does} before {named_call(sink, ctx)}, and nothing records how many"
        if loss is not None:
            message = (
                f"`{name}` {_LOST[first.detail]} {loss.shown} before {named_call(sink, ctx)}, and nothing records it"
            )
        return self.finding(
            ctx,
            first,
            message,
            fixes=_plans(chain, ctx),
            related=[(sink, "what is left ends up here"), *((it, "lost here, too") for it in others[:5])],
            occurrences=len(chain),
            severity=INFO if loss is not None and loss.share < _SMALL else None,
            confidence=Confidence.HIGH if loss is not None else None,
            live=loss is not None,
        )


def _add(chains: list[list[Event]], event: Event) -> None:
    """Put a loss to the earlier ones of the same data."""
    sources = row_sources(event)
    for chain in chains:
        if chain[0] in event.lineage or (sources and sources == row_sources(chain[0])):
            chain.append(event)
            return
    chains.append([event])


class _Judge:
    """Tells losses that nobody meant or counts from decisions."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def is_silent(self, event: Event) -> bool:
        """Whether it is a loss, and no decision, that nothing tells of."""
        sources = [source for source in event.lineage if source.kind is EventKind.LOAD]
        if sources and all(source.detail in _NO_DATA for source in sources):
            return False
        if event.detail == "missing" and (self._is_expected(event) or _follows(event, self._windows)):
            return False
        if event.detail in {"missing", "duplicates"} and _stays_aligned(event):
            return False
        if event.detail == "duplicates" and (_is_listing(event) or _follows(event, self._repeating)):
            return False
        return not is_recorded(event, self._ctx)

    def _is_expected(self, event: Event) -> bool:
        """Whether only empty rows go, or those without a target."""
        how, subset = event.call.argument(1, "how"), event.call.argument(3, "subset")
        if how is not None and how.const == "all":
            return True
        columns = [value.text for value in subset.elements or [subset]] if subset is not None else []
        return bool(columns) and self._targets.issuperset(columns)

    @cached_property
    def _targets(self) -> set[str | None]:
        """The columns that are the target of a model."""
        model = self._ctx.model
        values = [event.inputs["y"] for event in model.events_of(EventKind.FIT) if "y" in event.inputs]
        values += [model.bindings(name)[-1].value for name in model.bound_names]
        return {value.column for value in values if value.column and value.has(Tag.TARGET)}

    @cached_property
    def _windows(self) -> list[Call]:
        return [call for call in self._ctx.model.all_calls if call.method in _LEAVES_GAPS][:_MOST_WINDOWS]

    @cached_property
    def _repeating(self) -> list[Call]:
        return [call for call in self._ctx.model.all_calls if call.method in _REPEATS][:_MOST_WINDOWS]


def _follows(event: Event, calls: Sequence[Call]) -> bool:
    """Whether what is dropped are gaps or repeats that one of some calls had to leave."""
    for call in calls:
        if call.stmt is event.stmt:
            return True
        if (call.cell, call.node.lineno) <= (event.cell, event.node.lineno):
            lineage = call.receiver.lineage if call.receiver is not None else frozenset()
            if not lineage.isdisjoint(event.lineage):
                return True
    return False


def _stays_aligned(event: Event) -> bool:
    """Whether a column goes back into its table without its gaps, which keeps all rows: `d["a"] = d["a"].dropna()`."""
    node, function = event.stmt.node, event.node.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if not isinstance(owner, ast.Subscript) or not isinstance(target, ast.Subscript):
        return False
    return isinstance(owner.slice, ast.Constant) and ast.dump(owner.value) == ast.dump(target.value)


def _is_listing(event: Event) -> bool:
    """Whether the distinct values of some columns are asked for: `df[["id", "name"]].drop_duplicates()`."""
    if event.subject is not None and (event.subject.type or "").endswith("Series"):
        return True
    function = event.node.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(owner, ast.Subscript) and isinstance(owner.slice, ast.List)


def _plans(chain: Sequence[Event], ctx: Context) -> list[Plan]:
    if chain[0].detail == "lines":
        return [fixes.rows.warn_of_lines_fix(ctx, chain[0])] if "on_bad_lines" in chain[0].call.keywords else []
    return [fixes.rows.row_loss_fix(ctx, chain)] if any(map(fixes.rows.can_gate, chain)) else []
