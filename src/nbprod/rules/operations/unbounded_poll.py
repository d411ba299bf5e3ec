import ast
from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.polling import unbounded_poll


class UnboundedPoll(Rule):
    """A loop that waits for a remote status needs a deadline.

    ## Why is this bad?
    A job that got stuck, was deleted or ended in a state that nobody thought of keeps the loop waiting. In front of a
    screen somebody stops it; on a schedule the run holds its machine, the next runs pile up behind it, and as nothing
    has failed, nobody is told.

    ## Examples
    ```nb bad error
    # %%
    import time
    # %%
    while job.status() == "running":
        time.sleep(30)
    ```
    ```nb fixed unsafe
    # %%
    import time
    # %% tags=["parameters"]
    MAX_WAIT_S = 14400
    # %%
    deadline = time.monotonic() + MAX_WAIT_S
    while job.status() == "running":
        if time.monotonic() > deadline:
            raise TimeoutError(f"gave up waiting for job.status() after {MAX_WAIT_S} s")
        time.sleep(30)
    ```
    ```nb bad
    # %% tags=["parameters"]
    ENDPOINT = "churn"
    # %%
    from time import sleep
    import boto3
    client = boto3.client("sagemaker")
    # %%
    # wait until it serves
    while True:
        status = client.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"]
        if status == "InService":
            break
        sleep(30)
    ```
    ```nb fixed unsafe
    # %% tags=["parameters"]
    ENDPOINT = "churn"
    MAX_WAIT_S = 14400
    # %%
    from time import sleep
    import boto3
    import time
    client = boto3.client("sagemaker")
    # %%
    deadline = time.monotonic() + MAX_WAIT_S
    # wait until it serves
    while True:
        if time.monotonic() > deadline:
            raise TimeoutError(f"gave up waiting for status after {MAX_WAIT_S} s")
        status = client.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"]
        if status == "InService":
            break
        sleep(30)
    ```
    ```nb good
    import time
    for _ in range(120):
        if job.status() != "running":
            break
        time.sleep(30)
    ```
    ```nb good
    import time
    attempt = 0
    while job.status() == "running":
        attempt += 1
        if attempt == 120:
            raise TimeoutError("the job takes too long")
        time.sleep(30)
    ```

    ## What keeps it quiet
    - a clock, a counter of the loop, or a name that speaks of one (`max_attempts`, `timed_out`), in a condition that
      can end the loop; `asyncio.timeout` around it;
    - `for … in range(…)`, and the waiters of an SDK;
    - loops that collect what they are told, page by page, take in a stream, or play a simulation;
    - services that are to run for ever: nothing ever ends the loop.

    ## Fix safety
    Unsafe: a job that takes longer than the deadline now fails. Set `MAX_WAIT_S`, four hours at first, to what is
    usual and some more.

    ## References
    - [AWS SDK for Python: waiters](https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html#waiters)
    - [`time.monotonic`](https://docs.python.org/3/library/time.html#time.monotonic)
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"
    written_files = "check"

    @on(ast.While)
    def check(self, loop: ast.While, ctx: Context) -> Iterator[Diagnosis]:
        poll = unbounded_poll(loop, ctx)
        stmt = ctx.stmt(loop)
        if poll is None or stmt is None:
            return
        awaited = ctx.text(poll.awaited)
        status = _status(poll.awaited)
        if poll.retries:
            status = brief(getattr(poll.awaited, "func", poll.awaited))
            message = f"this loop tries `{awaited}` again after every error, for ever: an outage hangs the run"
        else:
            until = "while" if poll.awaited is loop.test else "for"
            message = f"this loop waits {until} `{awaited}`, with no deadline: a stuck job hangs the run"
        at = loop.test if poll.awaited is loop.test else ctx.first_line(loop)
        yield self.finding(ctx, at, message, fixes=[fixes.deadline.deadline_fix(ctx, stmt, status)])


def _status(condition: ast.expr) -> str:
    """The part of a condition that tells how things are: `job.status` of `job.status not in DONE`."""
    while True:
        match condition:
            case ast.UnaryOp(operand=operand):
                condition = operand
            case ast.Compare(left=ast.Constant(), comparators=[other, *_]):
                condition = other
            case ast.Compare(left=left):
                condition = left
            case ast.BoolOp(values=[first, *_]):
                condition = first
            case ast.Call(func=ast.Name(id="len" | "any" | "all" | "bool"), args=[argument, *_]):
                condition = argument
            case _:
                text = brief(condition)
                return "the status" if ":=" in text else text
