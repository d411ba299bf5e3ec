"""What of a language model's answer is text that the model wrote, and which calls ask a client of unknown type."""

import ast
from collections.abc import Mapping
from typing import Final

from nbprod.semantic.facts import Event, EventKind
from nbprod.semantic.values import Tag, Value

_TEXT: Final = frozenset(
    {"content", "text", "output_text", "completion", "generated_text", "message_content", "arguments", "outputText",
     "generation", "summary_text", "translation_text", "parsed", "output_parsed", "parsed_output"}
)  # fmt: skip
"""Attributes and keys under which any provider gives text."""
_ANSWERS: Final = frozenset({"answer", "result", "output", "response", "raw", "data", "final_output"})
"""Those under which frameworks give it, too common to mean anything elsewhere."""
_FRAMEWORKS: Final = frozenset({"langchain", "llama_index", "ollama", "crewai", "pydantic_ai", "agents"})
_ABOUT: Final = frozenset(
    {"type", "role", "id", "model", "usage", "usage_metadata", "response_metadata", "stop_reason", "finish_reason",
     "source_nodes", "source_documents", "context", "created", "input_tokens", "output_tokens", "total_tokens",
     "token_usage"}
)  # fmt: skip
"""What an answer says about itself; the service wrote that."""
_ANSWERING: Final = frozenset({EventKind.LLM, EventKind.HTTP, EventKind.DB, EventKind.LOAD, EventKind.SHELL})

_CLIENTS: Final[Mapping[tuple[str, str], tuple[str, frozenset[str]]]] = {
    # the end of `client.chat.completions.create(…)` -> whose it is, and the keywords without which it is not
    ("completions", "create"): ("openai.resources.ChatCompletions", frozenset({"messages"})),
    ("completions", "parse"): ("openai.resources.ChatCompletions", frozenset({"messages"})),
    ("responses", "create"): ("openai.resources.Responses", frozenset({"model", "input"})),
    ("messages", "create"): ("anthropic.resources.Messages", frozenset({"max_tokens", "messages"})),
    ("models", "generate_content"): ("google.genai.models.Models", frozenset({"contents"})),
    ("chat", "complete"): ("mistralai.Chat", frozenset({"messages"})),
    ("chat", "parse"): ("mistralai.Chat", frozenset({"messages"})),
}


def content(owner: Value, key: str, found: Value) -> Value:
    """What is taken out of `owner` as `owner.key` or `owner["key"]`, tagged if a language model wrote it."""
    if key in _ABOUT:
        return found.evolve(tags=found.tags & ~Tag.LLM) if found.tags & Tag.LLM else found
    if owner.lineage and (key in _TEXT or key in _ANSWERS):
        answer = _last_answer(owner)
        if answer is not None and answer.kind is EventKind.LLM and (key in _TEXT or answer.detail in _FRAMEWORKS):
            return found.evolve(tags=found.tags | Tag.LLM)
    return found


def _last_answer(value: Value) -> Event | None:
    """The last event that a value comes from: what was asked with a model's text is no text of the model."""
    return max(
        (event for event in value.lineage if event.kind in _ANSWERING), key=lambda event: event.order, default=None
    )


def asked_client(node: ast.Call) -> str | None:
    """The class whose method is called, where only the way of calling tells: `client.chat.completions.create(…)`."""
    match node.func:
        case ast.Attribute(value=ast.Attribute(attr=part), attr=method):
            known = _CLIENTS.get((part, method))
            if known is not None and known[1] <= {keyword.arg for keyword in node.keywords}:
                return known[0]
    return None
