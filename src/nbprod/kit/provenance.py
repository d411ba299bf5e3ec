"""Where a file or object that a call loads comes from: this notebook, the network, or somewhere."""

import ast
from collections.abc import Iterator
from enum import Enum
from functools import cached_property
from typing import Final

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Value

_ADDRESS: Final = lazy_pattern(
    r"(?:https?|ftp)://",
)
_FETCHED: Final = lazy_pattern(r"\b(?:wget|curl|gdown|aria2c)\b[^\n]*")
_WORD: Final = lazy_pattern(r"[^\s\"'=]+")
_DOWNLOADS: Final = (
    "urllib.request.urlretrieve", "urllib.urlretrieve", "wget.download", "gdown.download", "pooch.retrieve",
    "torch.hub.download_url_to_file",
)  # fmt: skip
_COPIES: Final = frozenset({"write", "writelines", "write_bytes", "write_text", "copyfileobj"})
_FETCHERS: Final = frozenset(
    "requests httpx urllib urllib2 urllib3 six aiohttp cloudscraper wget gdown pooch torch huggingface_hub".split()  # noqa: SIM905
)
"""Libraries that fetch from any address, not from an account of one's own."""

_ADDED: Final = (".npy", ".npz")
"""What `numpy.save` and its kin add to a name."""


class LoadedFrom(Enum):
    """Who made what is loaded, as far as the notebook tells."""

    NOTEBOOK = "this notebook"
    NETWORK = "an address"
    ELSEWHERE = "somewhere"


class Provenance:
    """Tells where what is loaded comes from; looks at the writes of a notebook once."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def of(self, call: Call, source: Value | None, node: ast.expr | None) -> LoadedFrom:
        """The origin of what a call loads from a path, an open file or bytes."""
        if source is None:
            return LoadedFrom.ELSEWHERE
        opened = [event for event in source.lineage if event.kind is EventKind.LOAD and event.call is not call]
        paths = [(event.path, _path_node(event)) for event in opened if event.path is not None]
        if source.type != "io.TextIOWrapper":
            paths.append((source, node))
        for path, place in paths:
            writer = self._writer(path, place)
            if writer is not None:
                return LoadedFrom.NETWORK if writer in self._relays else LoadedFrom.NOTEBOOK
        if any(_ADDRESS.match(path.head or "") for path, _ in paths) or any(map(_is_fetch, source.lineage)):
            return LoadedFrom.NETWORK
        if any(path.text and path.text.rpartition("/")[2] in self._downloads for path, _ in paths):
            return LoadedFrom.NETWORK
        dumped = any(other.name.endswith(".dumps") for other in self._inner_calls(node))
        return LoadedFrom.NOTEBOOK if dumped else LoadedFrom.ELSEWHERE

    def _inner_calls(self, node: ast.expr | None) -> Iterator[Call]:
        """The calls that an expression holds, or that made what its name was bound to."""
        if isinstance(node, ast.Name):
            bindings = self._ctx.model.bindings(node.id)
            stmt = bindings[-1].stmt if bindings else None
            node = getattr(stmt.node, "value", None) if stmt is not None else None
        for part in ast.walk(node) if node is not None else ():
            call = self._ctx.call(part)
            if call is not None:
                yield call

    def _writer(self, path: Value, node: ast.expr | None) -> Event | None:
        """The event that writes the file that a path names."""
        by_text, by_code, by_head = self._writes
        if path.text is not None:
            return next((by_text[name] for name in (path.text, *_stems(path.text)) if name in by_text), None)
        written = by_code.get(ast.unparse(node)) if node is not None else None
        return written or by_head.get(path.head or "")

    @cached_property
    def _writes(self) -> tuple[dict[str, Event], dict[str, Event], dict[str, Event]]:
        """What writes each file: by path; by the code of the path, or by how it begins, where a variable is in it."""
        by_text: dict[str, Event] = {}
        by_code: dict[str, Event] = {}
        by_head: dict[str, Event] = {}
        for event in self._ctx.model.events_of(EventKind.WRITE, EventKind.PERSIST):
            if event.path is None:
                continue
            if event.path.text is not None:
                by_text.setdefault(event.path.text, event)
            else:
                node = _path_node(event)
                if node is not None and not isinstance(node, ast.Constant):
                    by_code.setdefault(ast.unparse(node), event)
                if any(letter.isalnum() for letter in event.path.head or ""):
                    by_head.setdefault(event.path.head or "", event)
        return by_text, by_code, by_head

    @cached_property
    def _relays(self) -> set[Event]:
        """The files into which the notebook writes what an address gave it."""
        found = set()
        for event in self._ctx.model.events_of(EventKind.WRITE):
            if event.call.method in _COPIES and any(map(_is_fetch, event.lineage)):
                found.add(event)
                if event.path is not None:
                    found.update(opened for opened in event.path.lineage if opened.kind is EventKind.WRITE)
        return found

    @cached_property
    def _downloads(self) -> set[str]:
        """The names of the files that downloads leave behind."""
        found: set[str] = set()
        for call in self._ctx.model.calls(*_DOWNLOADS):
            texts = (value.text for value in (*call.args, *call.keywords.values()))
            found.update(text.rpartition("/")[2] for text in texts if text)
        for cell in self._ctx.notebook.code_cells:
            for magic in cell.magics:
                for line in _FETCHED.findall(f"{magic.args}\n{magic.body}"):
                    found.update(word.rpartition("/")[2] for word in _WORD.findall(line))
        return found - {""}


def _is_fetch(event: Event) -> bool:
    return event.kind is EventKind.HTTP and event.call.name.partition(".")[0] in _FETCHERS


def _stems(path: str) -> list[str]:
    return [path.removesuffix(ending) for ending in _ADDED if path.endswith(ending)]


def _path_node(event: Event) -> ast.expr | None:
    """The expression that names the path of an event: the first argument, or the one that has its value."""
    call = event.call
    for node, value in zip(call.node.args, call.args, strict=False):
        if value is event.path:
            return node
    for keyword in call.node.keywords:
        if keyword.arg is not None and call.keywords.get(keyword.arg) is event.path:
            return keyword.value
    if event.path is event.subject and isinstance(call.node.func, ast.Attribute):
        return call.node.func.value
    return None
