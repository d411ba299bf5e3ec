from collections.abc import Iterator

from nbprod.kit import (
    Call,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Literal,
    Notebook,
    Rule,
    Severities,
    Severity,
    Value,
    fixes,
    on,
)
from nbprod.kit.language_models import ASKING, Client, language_models
from nbprod.kit.model_names import is_floating, snapshot

_KEYWORDS = ("model", "model_name", "model_id", "modelId")
_POSITIONAL = ("google.generativeai.GenerativeModel", "litellm.", "llama_index.llms.")
_OTHER_CALLS = "openai.resources.Resource."
"""What providers do besides: reading documents, moderation. Only a name that says that it moves counts there."""


class LlmFloatingModel(Rule):
    """The name of a language model moves on; a dated snapshot stays.

    ## Why is this bad?
    `gpt-4o` is an alias: the provider points it at a newer snapshot one day, and answers, formats and costs change
    without a commit. Nobody can tell afterwards which model wrote last month's records.

    ## Examples
    ```nb bad
    # %%
    from openai import OpenAI
    client = OpenAI()
    # %%
    reply = client.chat.completions.create(model="gpt-4o", messages=messages)
    ```
    ```nb fixed unsafe
    # %% tags=["parameters"]
    MODEL = "gpt-4o-2024-11-20"
    # %%
    from openai import OpenAI
    client = OpenAI()
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    ```
    ```nb bad
    from langchain_openai import ChatOpenAI
    MODEL_NAME = "o3"
    llm = ChatOpenAI(model=MODEL_NAME)
    ```
    ```nb fixed unsafe
    from langchain_openai import ChatOpenAI
    MODEL_NAME = "o3-2025-04-16"
    llm = ChatOpenAI(model=MODEL_NAME)
    ```
    ```nb good
    from openai import OpenAI
    client = OpenAI()
    reply = client.chat.completions.create(model="gpt-4o-2024-11-20", messages=messages)
    ```
    ```nb good
    import anthropic
    client = anthropic.Anthropic()
    # this one has no date: the id is the snapshot
    reply = client.messages.create(model="claude-opus-4-6", max_tokens=500, messages=messages)
    ```

    ## What keeps it quiet
    - ids that the SDKs of OpenAI and Anthropic list without a dated twin, and ids that they do not list, unless they
      end in `-latest`;
    - deployments of Azure, ARNs, models of Hugging Face, and clients with a `base_url`: the names are theirs.

    ## Fix safety
    Unsafe: the newest snapshot listed may answer otherwise than what the alias stands for today.

    ## References
    - [openai-python: the list of models](https://github.com/openai/openai-python/blob/main/src/openai/types/shared/chat_model.py)
    - Breck et al., The ML Test Score, Monitor 1
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[*ASKING, EventKind.HTTP])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        models = language_models(ctx)
        asked: list[tuple[Call, Client | None]] = [(event.call, models.client_of(event)) for event in models.asks]
        asked += [
            (event.call, None)
            for event in ctx.model.events_of(EventKind.HTTP)
            if event.call.name.startswith(_OTHER_CALLS) and _is_latest(_model(event.call))
        ]
        seen: set[object] = set()
        for call, client in [*((client.call, client) for client in models.clients if client.made), *asked]:
            value = _model(call)
            name = value.text if value is not None else None
            if value is None or value.literal is None or value.literal.node in seen or not name:
                continue
            if (client is not None and (client.has_own_address or client.is_local)) or not is_floating(name):
                continue
            seen.add(value.literal.node)
            yield self._finding(name, value.literal, call, ctx)

    def _finding(self, name: str, literal: Literal, call: Call, ctx: Context) -> Diagnosis:
        message = f"`{name}` is a moving alias: the answers can change without a commit"
        related = [(call, "asks this model")] if literal.node not in [*call.node.args, *_values(call)] else []
        pinned = snapshot(name)
        if pinned is None:
            advice = f"Name the dated version that `{name}` stands for today; the provider's list of models has it."
            return self.finding(ctx, literal, message, related=related, advice=advice)
        fix = fixes.language_models.pin_fix(ctx, literal, call, pinned)
        return self.finding(ctx, literal, message, related=related, fixes=[fix])


def _is_latest(value: Value | None) -> bool:
    return value is not None and (value.text or "").endswith("-latest")


def _values(call: Call) -> list[object]:
    return [keyword.value for keyword in call.node.keywords]


def _model(call: Call) -> Value | None:
    """The argument that names the model."""
    found = next((call.keywords[name] for name in _KEYWORDS if name in call.keywords), None)
    if found is None and call.args and call.name.startswith(_POSITIONAL):
        found = call.args[0]
    return found
