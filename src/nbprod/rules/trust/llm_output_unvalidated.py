import ast
from collections.abc import Iterator

from nbprod.kit import INFO, Context, Diagnosis, Dimension, EventKind, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.answers import Answers, Certainty, Reading, certainty
from nbprod.kit.blocks import brief
from nbprod.kit.routes import Branch

_ADVICE = (
    "Ask for a schema (`client.chat.completions.parse(…, response_format=Answer)`, `with_structured_output(Answer)`, "
    "a forced tool), and handle a refusal and an answer that was cut off."
)


class LlmOutputUnvalidated(Rule):
    """Text of a language model is taken apart as if it could only be well-formed.

    ## Why is this bad?
    A model answers in prose once in a hundred times, refuses, or stops in the middle of the JSON because the length is
    used up. `json.loads` then ends the run with a traceback about column 1, an index picks the wrong part, and a
    branch on `"yes" in answer` takes the wrong path without a word.

    ## Examples
    ```nb bad warning
    # %%
    import json
    from openai import OpenAI
    client = OpenAI(timeout=30)
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    ticket = json.loads(reply.choices[0].message.content)
    save(ticket["team"], ticket["urgency"])
    ```
    ```nb fixed template
    # %%
    import json
    from openai import OpenAI
    client = OpenAI(timeout=30)
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    try:
        ticket = json.loads(reply.choices[0].message.content)
    except ValueError as error:
        raise ValueError(f"the model gave no JSON: {reply.choices[0].message.content!r}") from error
    missing = {"team", "urgency"} - ticket.keys()
    if missing:
        raise ValueError(f"the model left out {sorted(missing)}")
    save(ticket["team"], ticket["urgency"])
    ```
    JSON mode promises JSON, not the keys you need:
    ```nb bad info
    import json
    from openai import OpenAI
    client = OpenAI(timeout=30)
    reply = client.chat.completions.create(model=MODEL, messages=messages, response_format={"type": "json_object"})
    save(json.loads(reply.choices[0].message.content))
    ```
    ```nb bad warning
    import anthropic
    client = anthropic.Anthropic(timeout=30)
    reply = client.messages.create(model=MODEL, max_tokens=5, messages=messages)
    if "yes" in reply.content[0].text.lower():
        refund(order)
    ```
    ```nb good
    from openai import OpenAI
    client = OpenAI(timeout=30)
    reply = client.chat.completions.parse(model=MODEL, messages=messages, response_format=Ticket)
    save(reply.choices[0].message.parsed)
    ```
    ```nb good
    import requests
    # the envelope of a service, not the text of a model
    rates = requests.get("https://api.example.org/rates", timeout=9).json()
    ```

    ## What keeps it quiet
    - a schema: `parse`, `response_format` with one, `with_structured_output`, instructor, tools;
    - a `try` around it, a validator or a pydantic class that sees the data, an `else: raise` behind the branches;
    - text that is only shown, and prose that is passed on as prose;
    - the envelope that the SDK or the service puts around the text.

    One finding for each answer, where it is first taken apart.

    ## Fix safety
    A template: an answer that cannot be read, or lacks a key that is used later, ends the run with a message that shows
    it. Decide whether to ask again instead; better still, ask for a schema.

    ## References
    - OWASP Top 10 for LLM applications, LLM05: Improper Output Handling
    - OWASP Top 10 for LLM applications, LLM09: Misinformation
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    def __init__(self) -> None:
        self._branches: list[Branch] = []

    @on(ast.If, ast.While, ast.Match, needs=[EventKind.LLM])
    def collect(self, node: Branch, _: Context) -> Iterator[Diagnosis]:
        self._branches.append(node)
        yield from ()

    @on(Notebook, needs=[EventKind.LLM])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for reading in Answers(ctx, self._branches).unvalidated():
            asked = f"`{brief(reading.source.node.func)}`"
            if reading.source.cell != reading.cell:
                asked += f" (cell {ctx.number(reading.source)})"
            yield self.finding(
                ctx,
                reading,
                _message(reading, asked, ctx),
                fixes=[fixes.answers.guard_fix(ctx, reading.call)] if reading.call is not None else [],
                related=[(reading.source, "the model is asked here")] if reading.source.cell != reading.cell else [],
                severity=INFO if certainty(reading.source, ctx) is Certainty.JSON else None,
                advice=_ADVICE,
            )


def _message(reading: Reading, asked: str, ctx: Context) -> str:
    if reading.what == "route":
        return f"the run branches on the raw text of {asked}: an answer in other words takes the wrong path unnoticed"
    node = brief(reading.node if reading.call is None else reading.call.node.func)
    if reading.what == "index":
        return f"`{node}` expects the text of {asked} to have that form: any other answer ends the run here"
    if certainty(reading.source, ctx) is Certainty.JSON:
        return f"`{node}` of {asked}: JSON mode promises JSON, but not the keys that are read from it"
    return f"`{node}` takes the text of {asked} for well-formed: a refusal or a cut-off answer ends the run here"
