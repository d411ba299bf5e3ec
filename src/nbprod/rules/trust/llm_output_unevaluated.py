from collections.abc import Iterator

from nbprod.kit import (
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Notebook,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.evaluations import Evaluations

_ADVICE = (
    "Keep twenty cases with the answer a person would give, run them whenever the prompt or the model changes, and "
    "stop below an agreed pass rate; give what is written a column in which somebody can mark it wrong."
)


class LlmOutputUnevaluated(Rule):
    """What a language model wrote is delivered, and nothing measures how often it is wrong.

    ## Why is this bad?
    A model is wrong in a fluent way, and how often depends on the prompt, the data and the version of the model.
    Without cases whose answer is known, nobody sees it get worse; whoever relies on the table finds out first.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    from openai import OpenAI
    client = OpenAI(timeout=30)
    def topic(text):
        reply = client.responses.create(model=MODEL, input=f"Name the topic: {text}", max_output_tokens=20)
        return reply.output_text
    # %%
    tickets = pd.read_csv("tickets.csv")
    tickets["topic"] = tickets["text"].apply(topic)
    tickets.to_parquet("topics.parquet")
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from openai import OpenAI
    client = OpenAI(timeout=30)
    def topic(text):
        reply = client.responses.create(model=MODEL, input=f"Name the topic: {text}", max_output_tokens=20)
        return reply.output_text
    # %%
    import csv

    GOLDEN_SET = "golden_set.csv"  # TODO(nbprod): at least 20 cases that a person has checked, with input and expected
    MIN_PASS_RATE = 0.9  # TODO(nbprod): agree on it with those who rely on the answers

    with open(GOLDEN_SET, newline="") as file:
        cases = list(csv.DictReader(file))
    passed = sum(topic(case["input"]).strip() == case["expected"].strip() for case in cases)
    if passed < MIN_PASS_RATE * len(cases):
        raise RuntimeError(f"the model gave {passed} of {len(cases)} expected answers: nothing is written")
    # %%
    tickets = pd.read_csv("tickets.csv")
    tickets["topic"] = tickets["text"].apply(topic)
    tickets.to_parquet("topics.parquet")
    ```
    ```nb good
    import pandas as pd
    from openai import OpenAI
    client = OpenAI(timeout=30)
    tickets = pd.read_csv("tickets.csv")
    tickets["topic"] = [client.responses.create(model=MODEL, input=text).output_text for text in tickets["text"]]
    print((tickets["topic"] == tickets["topic_by_hand"]).mean())
    tickets.to_parquet("topics.parquet")
    ```
    ```nb good
    # shown to whoever asked, and nothing more
    from openai import OpenAI
    client = OpenAI(timeout=30)
    print(client.responses.create(model=MODEL, input=question).output_text)
    ```

    ## What keeps it quiet
    - a comparison of the model's text with what is expected, a metric, a scoring function, an evaluation library;
    - a column or queue in which people review what was written;
    - notebooks that only show the text, and notebooks that teach.

    ## Fix safety
    A template: the cases and the pass rate are yours to fill in. Equality suits labels and numbers; text needs another
    measure. It is offered where a function of the notebook asks the model.

    ## References
    - OWASP Top 10 for LLM applications, LLM09: Misinformation
    - Regulation (EU) 2024/1689 (AI Act), Article 15: Accuracy, robustness and cybersecurity
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.MEDIUM
    since = "0.1"
    absence = True

    @on(Notebook, needs=[EventKind.LLM])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        evaluations = Evaluations(ctx)
        found = evaluations.deliveries()
        if not found or ctx.purpose.teaches or evaluations.measured:
            return
        (sink, source), *others = found
        where = f" (cell {ctx.number(source)})" if source.cell != sink.cell else ""
        asking = evaluations.asking_function()
        yield self.finding(
            ctx,
            sink,
            f"text of `{brief(source.node.func)}`{where} reaches `{brief(sink.node.func)}`; "
            "nothing in the notebook measures how often it is wrong",
            fixes=[fixes.answers.golden_set_fix(ctx, sink, asking)] if asking is not None else [],
            related=[
                (source, "the model is asked here"),
                *((event, "delivers its text, too") for event, _ in others[:5]),
            ],
            occurrences=len(found),
            advice=_ADVICE,
        )
