from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.findings import HOLE
from nbprod.kit.loads import named_call

_SHOWN: Final = 2


class MissingValuesUntested(Rule):
    """A model that takes no gaps has never seen the gaps that its data come with.

    ## Why is this bad?
    The table that was loaded has gaps, the one that the model learned from has none: rows were dropped or cells filled
    on the way, in cells that stay in the notebook. What is saved and served is the model. The first row with a gap ends
    the request with `Input X contains NaN`, or the whole nightly run.

    ## Examples
    ```nb bad live warning
    # %% file=customers.csv
    age,tenure,churned
    31,,0
    42,3,1
    28,1,0
    55,9,1
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    # %%
    customers = pd.read_csv("customers.csv")
    complete = customers.dropna()
    # %%
    X = complete[["age", "tenure"]]
    model = LogisticRegression().fit(X, complete["churned"])
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    # %%
    customers = pd.read_csv("customers.csv")
    complete = customers.dropna()
    # %%
    X = complete[["age", "tenure"]]
    model = make_pipeline(SimpleImputer(strategy="median"), LogisticRegression()).fit(X, complete["churned"])
    # TODO(nbprod): is the median a fair guess for a gap? A row of gaps must get an answer
    model.predict(X.head(1) * float("nan"))
    ```
    ```nb good live
    # %% file=customers.csv
    age,tenure,churned
    31,,0
    42,3,1
    28,1,0
    # %%
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier
    customers = pd.read_csv("customers.csv")
    complete = customers.dropna()
    X = complete[["age", "tenure"]]
    # %%
    model = HistGradientBoostingClassifier().fit(X, complete["churned"])
    ```

    ## What keeps it quiet
    - no session: code alone does not say whether there are gaps;
    - an imputer among the steps of the pipeline, and models that take gaps (gradient boosting on histograms, trees,
      forests, XGBoost, LightGBM, CatBoost);
    - gaps that a function of the notebook fills or drops: what predicts can call it, too;
    - tables whose name holds something else by now, and counts over a part of the rows.

    ## What a running kernel adds
    All of it: which columns have gaps in the table that was loaded, and none in the features.

    ## Fix safety
    A template: an imputer becomes the model's first step, and a row of gaps is predicted as a test. Whether the median
    is a fair guess, only you know.

    ## References
    - scikit-learn: [Imputation of missing values](https://scikit-learn.org/stable/modules/impute.html)
    """

    dimension = Dimension.IDEAL_CONDITIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"

    def __init__(self) -> None:
        self._said = False

    @on(EventKind.FIT)
    def check(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if self._said:
            return
        if f"{HOLE}: is the median" in ctx.notebook.cells[event.cell].source:
            self._said = True
            yield self.finding(
                ctx, event, f"the test of a row with gaps is not finished: fill in what `{HOLE}` asks for"
            )
        elif ctx.runtime is not None:
            yield from self._judge(event, ctx)

    def _judge(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        from nbprod.kit.gaps import gaps_before, takes_no_gaps  # noqa: PLC0415  -- most runs have no session to ask
        from nbprod.kit.in_memory import named  # noqa: PLC0415

        gaps = gaps_before(ctx, event) if takes_no_gaps(event, ctx) else None
        if gaps is None:
            return
        self._said = True
        more = len(gaps.columns) - _SHOWN
        which = ", ".join(map(named, gaps.columns[:_SHOWN]))
        which += f" and {more} more columns" if more > 1 else " and 1 more column" if more == 1 else ""
        have = "has" if len(gaps.columns) == 1 else "have"
        message = (
            f"{which} {have} gaps in `{gaps.table}` (cell {ctx.number(gaps.load)}), {named_call(event, ctx)} has seen "
            "none and takes none: a row with a gap ends the run"
        )
        yield self.finding(
            ctx,
            event,
            message,
            related=[(gaps.load, "the gaps come with this table")],
            fixes=[fixes.gaps.imputer_fix(ctx, event)] if fixes.gaps.can_impute(ctx, event) else [],
            advice="Put an imputer into one pipeline with the model, and predict a row of gaps as a test.",
            live=True,
        )
