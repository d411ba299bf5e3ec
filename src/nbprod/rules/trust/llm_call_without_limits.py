from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    INFO,
    Context,
    Diagnosis,
    Dimension,
    Event,
    Notebook,
    Rule,
    Severities,
    Severity,
    Value,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.language_models import ASKING, Client, language_models

_RELATED: Final = 10
_TIMEOUTS: Final = ("timeout", "request_timeout", "default_request_timeout", "timeout_ms", "http_options",
                    "http_client", "http_async_client", "client", "request_options")  # fmt: skip
_CAPS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "max_tokens_to_sample",
                "maxOutputTokens", "max_prompt_tokens", "num_predict")  # fmt: skip


class LlmCallWithoutLimits(Rule):
    """A client of a language model needs a timeout, and its answers a largest length.

    ## Why is this bad?
    The SDKs of OpenAI and Anthropic wait 600 seconds for an answer and try three times; that of Gemini waits without
    end. A stalled service so holds an unattended run for half an hour per call, and an answer without a cap costs
    whatever the model feels like writing.

    ## Examples
    ```nb bad warning
    # %%
    from openai import OpenAI
    client = OpenAI()
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    ```
    ```nb fixed unsafe
    # %%
    from openai import OpenAI
    client = OpenAI(timeout=30.0, max_retries=3)
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages, max_completion_tokens=4096)
    ```
    ```nb bad warning
    import anthropic
    client = anthropic.Anthropic()
    reply = client.messages.create(model=MODEL, max_tokens=500, messages=messages)
    ```
    ```nb fixed unsafe
    import anthropic
    client = anthropic.Anthropic(timeout=30.0, max_retries=3)
    reply = client.messages.create(model=MODEL, max_tokens=500, messages=messages)
    ```
    A client that bounds the wait, by itself or because it was told to, can still be charged for an endless answer:
    ```nb bad info
    from openai import OpenAI
    client = OpenAI(timeout=20)
    reply = client.responses.create(model=MODEL, input="Summarise the ticket.")
    ```
    ```nb fixed unsafe
    from openai import OpenAI
    client = OpenAI(timeout=20)
    reply = client.responses.create(model=MODEL, input="Summarise the ticket.", max_output_tokens=4096)
    ```
    ```nb good
    from openai import OpenAI
    client = OpenAI(base_url="http://localhost:11434/v1", api_key="none")
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    ```
    ```nb good
    from openai import OpenAI
    client = OpenAI()
    vectors = client.embeddings.create(model=MODEL, input=texts)
    ```

    ## What keeps it quiet
    - a timeout in the constructor, in `with_options` or in all calls, and an HTTP client of your own;
    - a server on the same machine, clients that no visible call asks, wrappers that come from elsewhere;
    - options that can't be seen (`**options`).

    One finding for each client, at the place where it is made, or at the first call if the module itself is asked.

    ## Fix safety
    Unsafe: answers that take longer than 30 s fail, and longer ones than the cap are cut off. The timeout bounds each
    wait, and waits are repeated: a batch job needs a deadline of its own besides.

    ## References
    - [OpenAI Python: Timeouts](https://github.com/openai/openai-python#timeouts)
    - OWASP Top 10 for LLM applications, LLM10: Unbounded Consumption
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=ASKING)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for client in language_models(ctx).clients:
            if client.is_local or client.call.open:
                continue
            waits = bool(client.api.stall) and not _is_timed(client, ctx)
            if waits or _is_uncapped(client, ctx):
                yield self._finding(client, ctx, waits=waits)

    def _finding(self, client: Client, ctx: Context, *, waits: bool) -> Diagnosis:
        uncapped = _is_uncapped(client, ctx)
        lacks = " and ".join(["no timeout"] * waits + ["no output cap"] * uncapped)
        outcome = client.api.stall if waits else "an answer may be as long, and cost as much, as the model likes"
        message = f"`{brief(client.node.func)}` has {lacks}: {outcome}"
        others = [] if client.is_model else [event for event in _unbounded(client) if event.node is not client.node]
        limits = [(client.call, _constructor(client, waits=waits, uncapped=uncapped))]
        limits += [(event.call, {cap: "4096"}) for event in others if uncapped and (cap := _cap(client, event))]
        limits = [(call, keywords) for call, keywords in limits if keywords]
        return self.finding(
            ctx,
            client,
            message,
            fixes=[fixes.language_models.limits_fix(ctx, client.call, limits)] if limits else [],
            related=[(event, "asks without an output cap") for event in others[:_RELATED] if uncapped],
            severity=None if waits else INFO,
        )


def _is_timed(client: Client, ctx: Context) -> bool:
    """Whether something bounds the wait: the constructor, `with_options`, or every call."""
    given = next((client.call.keywords[name] for name in _TIMEOUTS if name in client.call.keywords), None)
    if given is not None and given.const is not None:
        return True
    if any("timeout" in call.keywords for call in ctx.model.calls(*_options(client))):
        return True
    return bool(client.asks) and all(
        event.call.open or any(name in event.call.keywords for name in _TIMEOUTS) for event in client.asks
    )


def _options(client: Client) -> list[str]:
    return [f"{client.call.name}.{method}" for method in ("with_options", "copy")]


def _is_uncapped(client: Client, ctx: Context) -> bool:
    """Whether answers may be as long as the model likes."""
    if not client.api.caps or (client.made and _holds_cap(client.call.keywords)) or _has_config(ctx):
        return False
    return bool(_unbounded(client)) or (client.is_model and not client.asks)


def _unbounded(client: Client) -> list[Event]:
    """The calls that bring no cap of their own."""
    return [event for event in client.asks if not event.call.open and not _holds_cap(event.call.keywords)]


def _holds_cap(keywords: dict[str, Value]) -> bool:
    """Whether a cap is among keywords, or in a dictionary that one of them passes."""
    if any(name in keywords for name in _CAPS):
        return True
    nested = (value.items for value in keywords.values() if isinstance(value.items, dict))
    return any(name in items for items in nested for name in _CAPS)


def _has_config(ctx: Context) -> bool:
    """Whether a configuration object of the notebook has a cap."""
    return any(_holds_cap(call.keywords) for call in language_models(ctx).configured)


def _constructor(client: Client, *, waits: bool, uncapped: bool) -> dict[str, str]:
    """What the constructor, or the call of the module, is to be given."""
    found: dict[str, str] = {}
    if waits and client.api.timeout in {"timeout", "request_timeout"}:
        found[client.api.timeout] = "30.0"
        if client.api.attempts and client.api.attempts not in client.call.keywords:
            found[client.api.attempts] = "3"
    takes_cap = client.call.name.startswith(("langchain", "llama_index.")) if client.made else True
    if uncapped and takes_cap:
        found[client.api.cap] = "4096"
    return found


def _cap(client: Client, event: Event) -> str:
    """The keyword of a call that bounds its answer."""
    if event.call.name.startswith("openai.resources.Responses."):
        return "max_output_tokens"
    if event.call.name.startswith("google.genai."):
        return ""
    own = client.call.name in {"openai.OpenAI", "openai.AsyncOpenAI"} and not client.has_own_address
    return "max_completion_tokens" if own and ".ChatCompletions." in event.call.name else "max_tokens"
