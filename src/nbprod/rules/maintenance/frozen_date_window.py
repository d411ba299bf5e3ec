from collections.abc import Iterator, Sequence
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
    fixes,
    on,
)
from nbprod.kit.dates import DateBound, date_bounds
from nbprod.kit.flow import flow
from nbprod.kit.loads import named_call, outcomes

_NO_DATA: Final = frozenset({"toy", "generated"})
_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.HTTP, EventKind.DB})


class FrozenDateWindow(Rule):
    """A window with two fixed ends shows every run the same past.

    ## Why is this bad?
    The dates were those of the project. Run again next month, the notebook downloads, filters and learns exactly what
    it did before; the result looks fresh, and the model knows nothing of what has happened since.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    sales = pd.read_sql("SELECT day, price, amount FROM sales", connection)
    # %%
    train = sales[(sales["day"] >= "2018-08-30") & (sales["day"] <= "2018-12-21")]
    LinearRegression().fit(train[["price"]], train["amount"])
    ```
    ```nb fixed safe
    # %% tags=["parameters"]
    START_DATE = "2018-08-30"
    END_DATE = "2018-12-21"
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    sales = pd.read_sql("SELECT day, price, amount FROM sales", connection)
    # %%
    train = sales[(sales["day"] >= START_DATE) & (sales["day"] <= END_DATE)]
    LinearRegression().fit(train[["price"]], train["amount"])
    ```
    ```nb fixed unsafe
    # %% tags=["parameters"]
    RUN_DATE = None
    WINDOW_DAYS = 113
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    from datetime import date, timedelta
    sales = pd.read_sql("SELECT day, price, amount FROM sales", connection)
    # %%
    run_date = date.fromisoformat(RUN_DATE) if RUN_DATE else date.today()
    window_start = run_date - timedelta(days=WINDOW_DAYS)
    train = sales[(sales["day"] >= window_start.isoformat()) & (sales["day"] <= run_date.isoformat())]
    LinearRegression().fit(train[["price"]], train["amount"])
    ```
    ```nb bad
    import yfinance as yf
    prices = yf.download("SPY", start=first_day, end="2020-12-31")
    prices.to_csv("prices.csv")
    ```
    ```nb fixed safe
    # %% tags=["parameters"]
    END_DATE = "2020-12-31"
    # %%
    import yfinance as yf
    prices = yf.download("SPY", start=first_day, end=END_DATE)
    prices.to_csv("prices.csv")
    ```
    ```nb good
    from datetime import date
    import yfinance as yf
    prices = yf.download("SPY", start="2015-01-01", end=date.today())
    prices.to_csv("prices.csv")
    ```
    ```nb good
    import pandas as pd
    sales = pd.read_csv("sales.csv", parse_dates=["day"])
    sales[sales["day"] < "2018-12-21"].plot()
    sales.to_parquet("sales.parquet")
    ```

    ## What keeps it quiet
    - a fixed start without a fixed end;
    - windows that are only plotted or looked at: no model and no delivered table is made of them;
    - years that describe something (`year_built`), and lists of more than four years;
    - dates that mark something (a column of holidays, a label), lists of dates, limits of plots;
    - dates that are a parameter or come from the environment;
    - data of a library, and notebooks that teach.

    ## Fix safety
    - Safe: the dates move to the cell tagged `parameters`, so that a run can be given others.
    - Unsafe: the window ends at the day of the run and keeps its length.

    ## References
    - E. Breck et al., The ML Test Score: A Rubric for ML Production Readiness and Technical Debt Reduction, 2017
    - M. Zinkevich, [Rules of Machine Learning](https://developers.google.com/machine-learning/guides/rules-of-ml),
      rule 8
    """

    dimension = Dimension.MAINTENANCE
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT, EventKind.WRITE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        ends = outcomes(ctx)
        if not ends or ctx.purpose.teaches or _knows_only_toys(ctx):
            return
        bounds = date_bounds(ctx)
        if not any(bound.upper for bound in bounds):
            return
        goals = _goals(ends)
        reached: dict[Stmt, Event | None] = {}
        used: list[DateBound] = []
        for bound in bounds:
            if bound.stmt not in reached:
                goal = flow(ctx).first(bound.stmt, goals)
                reached[bound.stmt] = goals[goal] if goal is not None else None
            if reached[bound.stmt] is not None:
                used.append(bound)
        first = next((bound for bound in used if bound.upper), None)
        sink = reached[first.stmt] if first is not None else None
        if sink is not None:
            same = [bound for bound in used if reached[bound.stmt] is sink]
            yield self._finding(same, [bound for bound in used if bound not in same], sink, ctx)

    def _finding(self, same: Sequence[DateBound], further: Sequence[DateBound], sink: Event, ctx: Context) -> Diagnosis:
        """One finding for all dates; its text speaks of those whose data the first model or table is made of."""
        dates = sorted({bound.shown for bound in same})
        window = f"{dates[0]} … {dates[-1]}" if len(dates) > 1 else f"until {dates[0]}"
        bounds = [*same, *further]
        first, *others = bounds
        return self.finding(
            ctx,
            first,
            f"the data of {named_call(sink, ctx)} are fixed by dates in the code ({window}): "
            "a re-run will not see newer ones",
            fixes=_plans(bounds, ctx),
            related=[(sink, "the window ends up here"), *((bound, "a fixed date, too") for bound in others[:5])],
        )


def _knows_only_toys(ctx: Context) -> bool:
    sources = ctx.model.events_of(*_SOURCES)
    return bool(sources) and all(event.detail in _NO_DATA for event in sources)


def _goals(ends: Sequence[Event]) -> dict[Stmt, Event]:
    """The statements that make a model or a table, or call the function that does."""
    goals: dict[Stmt, Event] = {}
    for event in ends:
        goals.setdefault(event.stmt, event)
        if event.call.via is not None:
            goals.setdefault(event.call.via.stmt, event)
    return goals


def _plans(bounds: Sequence[DateBound], ctx: Context) -> list[Plan]:
    plans = []
    if any(bound.literal is not None for bound in bounds):
        plans.append(fixes.dates.date_parameters_fix(ctx, bounds))
    if fixes.dates.window(bounds) is not None:
        plans.append(fixes.dates.sliding_window_fix(ctx, bounds))
    return plans
