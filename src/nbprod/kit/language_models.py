"""What rules must agree on about language models: which calls ask one, and through which client."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, SemanticModel, Value, is_a

_LOCAL: Final = lazy_pattern(r"localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal")


class Api(Struct, frozen=True):
    """How the calls of one SDK are bounded.

    Attributes:
        timeout: The keyword of the constructor, and of a call, that bounds the wait; "" if there is none.
        stall: What happens without one; "" if the SDK has a bound of about a minute of its own.
        caps: The keywords that bound the length of an answer; none where the SDK insists on one, or has a default.
        attempts: The keyword that says how often a call is tried again.
    """

    timeout: str = "timeout"
    stall: str = ""
    caps: tuple[str, ...] = ("max_tokens",)
    attempts: str = ""

    @property
    def cap(self) -> str:
        """The keyword that a model object takes for the length of an answer."""
        return "max_tokens" if "max_tokens" in self.caps else self.caps[0]


_STALL: Final = "a stalled call may block for 600 s, three times over"
_FOREVER: Final = "a stalled call may block without end"
_OPENAI: Final = Api(stall=_STALL, caps=("max_completion_tokens", "max_tokens", "max_output_tokens"),
                     attempts="max_retries")  # fmt: skip
_ANTHROPIC: Final = Api(stall=_STALL, caps=(), attempts="max_retries")
_GOOGLE: Final = Api(timeout="", caps=("max_output_tokens",))
_APIS: Final[Mapping[str, Api]] = {
    # the first that a client's class is or derives from
    "groq.Groq": Api(), "groq.AsyncGroq": Api(), "together.Together": Api(), "together.AsyncTogether": Api(),
    "openai.OpenAI": _OPENAI,
    "anthropic.Anthropic": _ANTHROPIC,
    "google.genai.Client": Api("http_options", _FOREVER, ("max_output_tokens",)),
    "google.generativeai.GenerativeModel": _GOOGLE,
    "vertexai.language_models.TextGenerationModel": _GOOGLE,
    "mistralai.Mistral": Api("timeout_ms"),
    "mistralai.client.MistralClient": Api(),
    "cohere.Client": Api(),
    "huggingface_hub.InferenceClient": Api(stall=_FOREVER, caps=("max_tokens", "max_new_tokens")),
    "llama_index.llms.anthropic.Anthropic": Api(caps=()),
    "llama_index.llms.LLM": Api(caps=("max_tokens",)),
}  # fmt: skip
_LANGCHAIN: Final = {
    **dict.fromkeys(("ChatOpenAI", "AzureChatOpenAI"), _OPENAI),
    # completions: LangChain caps them at 256 tokens itself
    **dict.fromkeys(("OpenAI", "AzureOpenAI"), Api(stall=_STALL, caps=(), attempts="max_retries")),
    "ChatAnthropic": _ANTHROPIC,
    "ChatGoogleGenerativeAI": Api(caps=("max_output_tokens", "max_tokens")),
    "ChatVertexAI": Api(caps=("max_output_tokens", "max_tokens")),
    **dict.fromkeys(("ChatMistralAI", "ChatGroq", "ChatCohere"), Api()),
}
_ROOTS: Final = frozenset(
    {name.partition(".")[0] for name in _APIS}
    | {"langchain_openai", "langchain_community", "langchain_anthropic", "langchain_google_genai", "langchain_groq",
       "langchain_google_vertexai", "langchain_mistralai", "langchain_cohere", "langchain"}
)  # fmt: skip
ASKING: Final = (
    EventKind.LLM, *(f"import {root}" for root in _ROOTS if root.startswith(("langchain", "llama_index", "google")))
)  # fmt: skip
"""What a notebook has that has clients: calls of models, or frameworks that make them."""
_MODULES: Final = {
    "openai.": Api("timeout", _STALL, _OPENAI.caps),
    "openai.ChatCompletion.": Api("request_timeout", _STALL),  # before 1.0
    "openai.Completion.": Api("request_timeout", _STALL),
    "litellm.": Api("timeout", "a stalled call may block for 600 s", _OPENAI.caps),
}
"""Modules that are clients themselves."""
_CONFIGS: Final = ("GenerateContentConfig", "GenerationConfig", "ModelSettings")
_ADDRESSES: Final = ("base_url", "api_base", "azure_endpoint", "endpoint", "openai_api_base", "api_url", "model")
_ON_THIS_MACHINE: Final = ("ollama.", "llama_index.llms.ollama.", "llama_index.llms.llama_cpp.")
_MODELS: Final = ("langchain", "llama_index.", "google.generativeai.", "vertexai.")
_FRAMEWORKS: Final = ("langchain", "llama_index", "google.generativeai.GenerativeModel")


class Client(Struct, eq=False):
    """A client or model object of the notebook, or (`made` False) a module that is asked itself.

    `call` is where it is made, or the first call of the module; `asks` are the calls through it, as far as they
    are known; `names` are what it is bound to, and `is_chained` says that it is used once, where it is made.
    """

    call: Call
    api: Api
    made: bool
    asks: list[Event] = []
    names: list[str] = []
    is_chained: bool = False

    @property
    def cell(self) -> int:
        """The index of the cell that it is made in."""
        return self.call.cell

    @property
    def node(self) -> ast.Call:
        """The call that makes it."""
        return self.call.node

    @property
    def is_model(self) -> bool:
        """Whether it stands for one model with its settings, which its calls then share."""
        return self.made and self.call.name.startswith(_MODELS)

    @property
    def is_local(self) -> bool:
        """Whether its server runs on the same machine."""
        if self.call.name.startswith(_ON_THIS_MACHINE):
            return True
        given = (self.call.keywords.get(name) for name in _ADDRESSES)
        return any(value is not None and _LOCAL.search(value.head or "") for value in given)

    @property
    def has_own_address(self) -> bool:
        """Whether it is told where the server is, so that the names of models are that server's."""
        names = ("base_url", "api_base", "openai_api_base", "azure_endpoint", "azure_deployment", "deployment_name",
                 "http_client", "api_type")  # fmt: skip
        return "Azure" in self.call.method or any(self.call.keywords.get(name) is not None for name in names)


def _of(ctx: Context) -> "LanguageModels":
    return LanguageModels(ctx.model)


def language_models(ctx: Context) -> "LanguageModels":
    """What a notebook does with language models, found out once for all rules."""
    return ctx.once(_of)


class LanguageModels:
    """The calls that ask a language model, and the clients they go through."""

    def __init__(self, model: SemanticModel) -> None:
        self._model = model

    @cached_property
    def asks(self) -> list[Event]:
        """The calls that ask a model, each once, in order; those in functions that nobody calls too."""
        found: dict[ast.Call, Event] = {}
        for event in self._model.events_of(EventKind.LLM):
            found.setdefault(event.node, event)
        return list(found.values())

    @cached_property
    def clients(self) -> list[Client]:
        """The clients that are made and asked, model objects of frameworks, and modules that are asked."""
        if not self.asks and not any(name.startswith(_FRAMEWORKS) for name, _ in self._model.imports):
            return []
        made = [
            Client(call, api, made=True, names=_names(call), is_chained=_is_chained(call)) for call, api in self._made()
        ]
        modules: dict[str, Client] = {}
        for event in self.asks:
            client = self._asked(event, made)
            if client is not None:
                client.asks = [*client.asks, event]
                continue
            root = max((name for name in _MODULES if event.call.name.startswith(name)), key=len, default=None)
            if root is not None and event.call.receiver is None:
                known = modules.setdefault(root, Client(event.call, _MODULES[root], made=False))
                known.asks = [*known.asks, event]
        return [client for client in made if client.asks or _is_framework(client.call)] + list(modules.values())

    @cached_property
    def configured(self) -> list[Call]:
        """The objects that are made to hold the settings of calls."""
        return [call for call in self._model.all_calls if call.method in _CONFIGS]

    def client_of(self, event: Event) -> Client | None:
        """The client that a call goes through; None when that is not known."""
        return self._clients_by_ask.get(event.node)

    @cached_property
    def _clients_by_ask(self) -> dict[ast.Call, Client]:
        return {event.node: client for client in self.clients for event in client.asks}

    def _made(self) -> Iterator[tuple[Call, Api]]:
        for call in self._model.all_calls:
            name = call.result.type
            if name is None or name != call.name or name.partition(".")[0] not in _ROOTS:
                continue
            if name.startswith("langchain"):
                api = _LANGCHAIN.get(call.method)
            else:
                api = next((api for base, api in _APIS.items() if is_a(name, base)), None)
            if api is not None and not _only_counts(call):
                yield call, api

    def _asked(self, event: Event, made: list[Client]) -> Client | None:
        """The last client made before a call, under the name that the call uses if it is known."""
        root = _root(event.node.func)
        if isinstance(root, ast.Call):
            return next((client for client in made if client.node is root), None)
        owner = ast.unparse(root)
        fitting = [client for client in made if _fits(client, event) and not client.is_chained]
        named = [client for client in fitting if owner in client.names]
        return _before(named or fitting, event)


def _is_chained(call: Call) -> bool:
    """Whether a client is used once, where it is made: `Anthropic().get_tokenizer()`."""
    return any(isinstance(node, ast.Attribute) and node.value is call.node for node in ast.walk(call.stmt.node))


def _only_counts(call: Call) -> bool:
    """Whether a model is handed over to count tokens: `trim_messages(…, token_counter=ChatOpenAI())`."""
    return any(
        isinstance(node, ast.keyword) and node.arg == "token_counter" and node.value is call.node
        for node in ast.walk(call.stmt.node)
    )


def _before(clients: list[Client], event: Event) -> Client | None:
    earlier = [client for client in clients if client.cell <= event.cell]
    return next(reversed(earlier or clients), None)


def _names(call: Call) -> list[str]:
    """What the result of a call is bound to."""
    node = call.stmt.node
    match node:
        case ast.Assign(targets=targets, value=value) if value is call.node:
            return [ast.unparse(target) for target in targets]
        case ast.AnnAssign(target=target, value=value) if value is call.node:
            return [ast.unparse(target)]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [ast.unparse(item.optional_vars) for item in items if item.optional_vars is not None]
        case ast.Assign(targets=targets):  # patched: `client = instructor.from_openai(OpenAI())`
            return [ast.unparse(target) for target in targets]
    return []


_PARTS: Final = frozenset(
    {"chat", "completions", "responses", "messages", "beta", "models", "aio", "threads", "runs", "agents", "fim",
     "with_raw_response", "with_streaming_response", "chats"}
)  # fmt: skip


def _root(func: ast.expr) -> ast.expr:
    """`client` of `client.chat.completions.create`; what makes it, where it has no name."""
    node = func.value if isinstance(func, ast.Attribute) else func
    while True:
        if isinstance(node, ast.Attribute) and node.attr in _PARTS:
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {
            "with_options", "copy"
        }:  # fmt: skip
            node = node.func.value
        else:
            return node


def _fits(client: Client, event: Event) -> bool:
    """Whether a call may go through a client, by their packages."""
    asked, made = event.call.name.partition(".")[0], client.call.name.partition(".")[0]
    if made.startswith("langchain"):
        return is_a(_receiver(event).type, client.call.name)
    if client.call.name.startswith(("google.generativeai.GenerativeModel", "vertexai.", "llama_index.")):
        return is_a(_receiver(event).type, client.call.name) or event.call.name.startswith("google.generativeai.ChatS")
    if asked in {"openai", "anthropic"} and made in {"groq", "together", "huggingface_hub"}:
        return asked == "openai"
    return asked == made


def _receiver(event: Event) -> Value:
    return event.call.receiver or Value()


def _is_framework(call: Call) -> bool:
    """Whether an object is handed to chains and agents, so that its calls are not seen."""
    return call.name.startswith(_FRAMEWORKS)
