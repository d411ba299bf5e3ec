from collections.abc import Iterator

from nbprod.kit import (
    BOUNDARIES,
    INFO,
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    Event,
    Notebook,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.records import Records


class NoRunLogging(Rule):
    """A run should leave a record of what it read, did and wrote.

    ## Why is this bad?
    When a scheduled run has failed, or has written too few rows, somebody asks: which input was it, how much of it was
    there, how far did it get? Outputs of cells are gone with the next run. A few log lines with counts answer that,
    and they have a time and a level that an alarm can go by. `print` has neither.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    # %%
    orders = pd.read_sql(QUERY, engine)
    # %%
    daily = orders.groupby("day", as_index=False).sum()
    daily.to_parquet("daily.parquet")
    ```
    ```nb fixed template
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
    orders = pd.read_sql(QUERY, engine)
    logger.info("read %d rows from %s", len(orders), QUERY)
    # %%
    daily = orders.groupby("day", as_index=False).sum()
    daily.to_parquet("daily.parquet")
    logger.info("wrote %d rows to daily.parquet", len(daily))
    ```
    ```nb good
    import logging
    import pandas as pd
    logging.basicConfig(level="INFO")
    logger = logging.getLogger(__name__)
    # %%
    orders = pd.read_sql(QUERY, engine)
    logger.info("read %d orders", len(orders))
    # %%
    orders.to_parquet("orders.parquet")
    logger.info("wrote %d rows to orders.parquet", len(orders))
    ```
    ```nb good
    import mlflow
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    frame = pd.read_csv("train.csv")
    # %%
    with mlflow.start_run():
        model = LinearRegression().fit(frame[["x"]], frame["y"])
        mlflow.log_metric("rows", len(frame))
        mlflow.sklearn.log_model(model, "model")
    ```
    ```nb good
    # Looking at a file is nobody's pipeline.
    import pandas as pd
    sales = pd.read_csv("sales.csv")
    sales.plot()
    ```

    ## What keeps it quiet
    - a log record within ten statements after the step, right before it, in the same function or in its handler, if it
      shows: a handler is set up, or the level is at least `warning`;
    - a tracker or tracer: MLflow, W&B, TensorBoard, LangSmith and their like;
    - notebooks that only load local data and show it, load only toy data, or teach.

    The finding is a warning when the notebook delivers something, else information.

    ## Fix safety
    A template: a cell that sets up logging, and a line after each step. Add what your team wants to see.

    ## References
    - [Python: Logging HOWTO](https://docs.python.org/3/howto/logging.html)
    - Regulation (EU) 2024/1689 (AI Act), Article 12: Record-keeping
    - [The Twelve-Factor App: Logs](https://12factor.net/logs)
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"
    absence = True

    @on(Notebook, needs=BOUNDARIES)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        records = ctx.once(Records)
        purpose = ctx.purpose
        if records.tracked:
            return
        silent = [event for event in purpose.exposed if not records.covers(event)]
        if not silent:
            return
        first, others = purpose.foremost(silent)
        unsaid = [event for event in silent if not records.would_cover(event)]
        yield self.finding(
            ctx,
            first,
            _message(first, len(silent), records, ctx),
            fixes=[fixes.run_logging.run_logging_fix(ctx, unsaid, is_set_up=records.is_set_up)],
            related=[(event, "no log record follows here either") for event in others[:5]],
            severity=None if purpose.delivers else INFO,
            occurrences=len(silent),
        )


def _message(event: Event, count: int, records: Records, ctx: Context) -> str:
    what = f"`{brief(event.node.func)}`"
    more = f" ({count} such steps)" if count > 1 else ""
    if records.unseen is not None:
        call = f"`{brief(records.unseen.node.func)}` in cell {ctx.number(records.unseen)}"
        return f"{call} shows nothing, as logging is never set up: {what} leaves no record{more}"
    delivery = ctx.purpose.delivered(event)
    if delivery is None or delivery is event:
        return f"{what} leaves no log record: after a failed run nobody can tell what was processed{more}"
    feeds = f"{what} feeds `{brief(delivery.node.func)}` in cell {ctx.number(delivery)}"
    return f"{feeds} without a log record: after a failed run nobody can tell what was read or written{more}"
