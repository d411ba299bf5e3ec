"""The handler behind `nbprod/analyse`: the same protocol as the kernel's comm, over HTTP."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from nbprod.live import LiveNotebook
from nbprod.output.pages import all_pages, markdown_of

LARGEST_BODY: Final = 20_000_000
"""Bytes of a request."""
MOST_NOTEBOOKS: Final = 50
"""Notebooks whose cells are kept between requests; the one not asked for longest is forgotten."""
AT_ONCE: Final = 2
"""Requests analysed at the same time; others wait."""
MOST_WAITING: Final = 20
"""Requests that wait; more are turned away. A front end has one under way for each open notebook."""


class Gate:
    """Lets few requests through at a time, and turns away what comes when many wait."""

    def __init__(self) -> None:
        self._semaphore = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Wait for one's turn.

        Raises:
            HTTPError: 503, too many wait already.
        """
        if self._inside >= AT_ONCE + MOST_WAITING:
            raise web.HTTPError(503, "too many notebooks wait to be analysed")
        self._inside += 1
        try:
            async with self._semaphore:
                yield
        finally:
            self._inside -= 1


@web.stream_request_body
class AnalyseHandler(APIHandler):
    """POST an `AnalyseRequest`, with a `document` id of the front end's choosing; get an `Answer`.

    The body is taken piece by piece, so that one that is too large is refused before it is held.
    """

    def initialize(self, notebooks: "OrderedDict[str, LiveNotebook]", gate: Gate) -> None:
        """Share what outlives one request."""
        self._notebooks = notebooks
        self._gate = gate
        self._body = bytearray()
        self._is_gone = False

    def data_received(self, chunk: bytes) -> None:
        """Take a piece of the body: nothing of a stranger's, and no more of a large one than shows that it is."""
        if self.current_user and len(self._body) <= LARGEST_BODY:
            self._body += chunk

    def on_connection_close(self) -> None:
        """Nobody waits for the answer any more."""
        self._is_gone = True
        super().on_connection_close()

    @web.authenticated
    async def post(self) -> None:
        """Analyse off the event loop, so that the server stays responsive."""
        if len(self._body) > LARGEST_BODY:
            raise web.HTTPError(413, f"a request may have {LARGEST_BODY} bytes")
        async with self._gate.passing():
            if self._is_gone:
                return
            message = await asyncio.to_thread(_decoded, self._body)
            live = self._live(str(message.pop("document", ""))[:200])
            message["path"] = self._local_path(message.get("path"))
            answer = await asyncio.to_thread(lambda: json.dumps(live.answer(message)))
        self.finish(answer)

    def _live(self, document: str) -> LiveNotebook:
        live = self._notebooks.pop(document, None) or LiveNotebook("server")
        self._notebooks[document] = live
        while len(self._notebooks) > MOST_NOTEBOOKS:
            self._notebooks.popitem(last=False)
        return live

    def _local_path(self, path: object) -> str:
        """The notebook's path below the server's root, from which its configuration is looked for."""
        root = Path(self.settings.get("server_root_dir", ".")).expanduser()
        name = str(path).lstrip("/")
        elsewhere = str(root / "notebook.ipynb")
        try:
            inside = root / name
            return str(inside) if inside.resolve().is_relative_to(root.resolve()) else elsewhere
        except (OSError, RuntimeError, ValueError):  # a NUL, half a surrogate pair, too long, links in a circle
            return elsewhere


def _decoded(body: bytearray) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        HTTPError: 400, there is none.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise web.HTTPError(400, "the body is not JSON") from error
    if not isinstance(message, dict):
        raise web.HTTPError(400, "the body is not a JSON object")
    return message


class RuleHandler(APIHandler):
    """GET the page of a rule, or of a notice of the engine's: its summary, reasons and examples as Markdown."""

    @web.authenticated
    def get(self, name: str) -> None:
        """Answer `{"markdown": …}`; 404 when there is no such rule."""
        page = all_pages().get(name)
        if page is None:
            raise web.HTTPError(404, f"there is no rule {name}")
        self.finish(json.dumps({"markdown": markdown_of(page)}))


def routes(base_url: str) -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """The routes to add to a server."""
    shared = {"notebooks": OrderedDict[str, LiveNotebook](), "gate": Gate()}
    return [
        (url_path_join(base_url, "nbprod", "analyse"), AnalyseHandler, shared),
        (url_path_join(base_url, "nbprod", "rules", r"([a-z-]+)"), RuleHandler, {}),
    ]
