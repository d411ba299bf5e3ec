import ast
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
    Plan,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.protection import Protection, Stake


class NoFailureHandling(Rule):
    """Where a step can fail and its error alone is not enough, the notebook should provide for that.

    ## Why is this bad?
    A scheduled notebook that ends with an error has failed loudly, and often that is just right. It is not where one
    bad item of many takes the others with it, where a second attempt would have done, or where half of the result is
    written already. Then a night's work is lost, and somebody has to find out by hand which part of it.

    The finding is a warning for such steps when the notebook delivers something. The others are information: there a
    few lines turn a bare traceback into a message that says which input is to blame.

    ## Examples
    ```nb bad warning
    # %%
    import logging
    import pandas as pd
    import requests
    logger = logging.getLogger(__name__)
    # %%
    rates = requests.get(RATES_URL, timeout=30)
    table = pd.DataFrame(rates.json())
    table.to_csv("rates.csv")
    ```
    ```nb fixed template info
    # %%
    import logging
    import pandas as pd
    import requests
    logger = logging.getLogger(__name__)
    # %%
    try:
        rates = requests.get(RATES_URL, timeout=30)
    except requests.RequestException as error:
        logger.exception("requesting %s failed", RATES_URL)
        # TODO(nbprod): say in the message what to do about it
        raise RuntimeError(f"requesting {RATES_URL} failed") from error
    table = pd.DataFrame(rates.json())
    table.to_csv("rates.csv")
    ```
    ```nb bad warning
    import pandas as pd
    import logging
    logger = logging.getLogger("workbooks")
    frames = []
    for path in paths:
        frame = pd.read_excel(path)
        frames.append(frame.assign(source=path))
    pd.concat(frames).to_parquet("all.parquet")
    ```
    ```nb fixed template info
    import pandas as pd
    import logging
    logger = logging.getLogger("workbooks")
    frames = []
    failed = []
    for path in paths:
        try:
            frame = pd.read_excel(path)
        except (OSError, ValueError):
            logger.exception("%s failed", path)
            failed.append(path)
            continue
        frames.append(frame.assign(source=path))
    if failed:
        raise RuntimeError(f"{len(failed)} failed, the first {failed[0]!r}")
    pd.concat(frames).to_parquet("all.parquet")
    ```
    ```nb good
    import pandas as pd
    frames, failed = [], []
    for path in paths:
        try:
            frames.append(pd.read_excel(path))
        except (OSError, ValueError) as error:
            failed.append((path, error))
    if failed:
        raise RuntimeError(f"{len(failed)} of {len(paths)} workbooks could not be read: {failed[:3]}")
    ```
    ```nb good
    # Looking at a file is nobody's pipeline.
    import pandas as pd
    sales = pd.read_csv("sales.csv")
    sales.plot()
    ```

    ## What keeps it quiet
    - a `try` around the step or the call of its function; a retry decorator; a session whose adapter tries again;
    - a response whose status is looked at, a transaction, a test whether the file is there;
    - what another rule reports at the same step: an error that is swallowed, a request without a timeout;
    - notebooks that only load local data and show it, load only toy data, or teach.

    ## Fix safety
    A template: it names the errors to expect, logs them, and raises one that tells of the input, in a loop when all
    items had their turn. What else should become of the run is yours to say.

    ## References
    - [Python tutorial: Errors and Exceptions](https://docs.python.org/3/tutorial/errors.html)
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"
    absence = True

    @on(Notebook, needs=BOUNDARIES)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        protection = Protection(ctx)
        stakes = {event: protection.stake(event) for event in ctx.purpose.exposed if protection.lacking(event)}
        if not stakes:
            return
        grave = [event for event, (stake, _) in stakes.items() if _is_grave(event, stake, ctx)]
        told = grave or list(stakes)
        first, others = ctx.purpose.foremost(told)
        if protection.is_template(first):
            message, plans = f"the handler of `{brief(first.node.func)}` is a template: fill it in", []
        else:
            message, plans = _message(first, *stakes[first], len(told), ctx), [_plan(first, ctx)]
        yield self.finding(
            ctx,
            first,
            message,
            fixes=plans,
            related=[(event, "nothing handles a failure here either") for event in others[:5]],
            severity=None if grave else INFO,
            occurrences=len(told),
        )


def _plan(event: Event, ctx: Context) -> Plan:
    outer = event.stmt.parent
    return (
        fixes.failures.batch_fix(ctx, event)
        if outer is not None and isinstance(outer.node, ast.For)
        else fixes.failures.failure_fix(ctx, event)
    )


def _is_grave(event: Event, stake: Stake, ctx: Context) -> bool:
    """Whether letting the error end the run is not enough for what the notebook delivers."""
    if stake is Stake.TRANSIENT:
        return ctx.purpose.delivered(event) is not None
    return stake is not Stake.TRACEBACK and ctx.purpose.delivers


def _message(event: Event, stake: Stake, items: ast.expr | None, count: int, ctx: Context) -> str:
    what = f"`{brief(event.node.func)}`"
    delivery = ctx.purpose.delivered(event)
    feeds = ""
    if delivery is not None and delivery is not event:
        feeds = f", which feeds `{brief(delivery.node.func)}` in cell {ctx.number(delivery)},"
    more = f" ({count} such calls)" if count > 1 else ""
    match stake:
        case Stake.BATCH:
            return f"{what}{feeds} runs for each of `{brief(items)}`: one bad item ends the whole batch{more}"
        case Stake.HALF_WRITTEN:
            return f"if {what} fails, what was written before it stays: the result is half-written{more}"
        case Stake.TRANSIENT:
            return f"{what}{feeds} is never tried again: one dropped connection ends the run{more}"
    return f"nothing handles a failure of {what}{feeds or ','} so all that is left of a failed run is a traceback{more}"
