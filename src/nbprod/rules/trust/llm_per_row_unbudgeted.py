from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, EventKind, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.budgets import Budgets

_ADVICE = (
    "Bound the number of calls, keep answers under a hash of the prompt so that a second run pays for new rows only, "
    "and write results as they come."
)


class LlmPerRowUnbudgeted(Rule):
    """A language model is asked once for every row, however many rows there are.

    ## Why is this bad?
    On the sample it was three hundred calls and a few cents. The table of the real run has a million rows, a join has
    doubled them, or a retry starts from the first row again: the bill and the rate limit find out before you do.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    from openai import OpenAI
    client = OpenAI(timeout=30)
    tickets = pd.read_csv("tickets.csv")
    # %%
    topics = []
    for text in tickets["text"]:
        reply = client.responses.create(model=MODEL, input=text, max_output_tokens=20)
        topics.append(reply.output_text)
    ```
    ```nb fixed template
    # %% tags=["parameters"]
    MAX_CALLS = 1000
    # %%
    import pandas as pd
    from openai import OpenAI
    client = OpenAI(timeout=30)
    tickets = pd.read_csv("tickets.csv")
    # %%
    topics = []
    if len(tickets["text"]) > MAX_CALLS:
        raise RuntimeError(f"{len(tickets['text'])} calls of the model are more than the {MAX_CALLS} in the budget")
    for text in tickets["text"]:
        reply = client.responses.create(model=MODEL, input=text, max_output_tokens=20)
        topics.append(reply.output_text)
    ```
    ```nb good
    import pandas as pd
    from openai import OpenAI
    client = OpenAI(timeout=30)
    tickets = pd.read_csv("tickets.csv")
    for text in tickets["text"][:MAX_CALLS]:
        print(client.responses.create(model=MODEL, input=text).output_text)
    ```
    ```nb good
    from openai import OpenAI
    client = OpenAI(timeout=30)
    for question in ("What is new?", "What is missing?", "Who decides?", "When?"):
        print(client.responses.create(model=MODEL, input=question).output_text)
    ```

    ## What keeps it quiet
    - items that stand in the code, come from the model itself or from a file that the notebook wrote, or are a part of
      the data (`[:n]`, `head`, `sample`, `load(…, limit=50)`), as they stand or as every call hands them over;
    - loops that no call reaches, and questions asked only when a block is full;
    - a `break`, a limit on the length, a pause, a semaphore or a rate limiter in the loop or in the function it calls;
    - a cache, rows skipped because they are done, results written in the loop.

    ## Fix safety
    A template: more rows than `MAX_CALLS` end the run before the first call. Agree on the number; a cache and results
    written on the way make a second run cheap.

    ## References
    - OWASP Top 10 for LLM applications, LLM10: Unbounded Consumption
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.LLM])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for calls in Budgets(ctx).unbounded():
            asked = brief(calls.event.node.func)
            yield self.finding(
                ctx,
                calls,
                f"`{asked}` is called once for each of `{brief(calls.items)}`, with no cap, cache or pause: "
                "more data means more cost, without a limit",
                fixes=[fixes.answers.budget_fix(ctx, calls.loop, calls.sized)] if calls.sized is not None else [],
                related=[(calls.event, "the model is asked here")] if calls.event.node is not calls.node else [],
                advice=_ADVICE,
            )
