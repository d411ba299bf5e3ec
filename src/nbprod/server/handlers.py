"""The handler behind `nbprod/analyse`: the same protocol as the kernel's comm, over HTTP."""

import asyncio
import json
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from nbprod.live import LiveNotebook
from nbprod.registry import all_rules

LARGEST_BODY: Final = 20_000_000
"""Bytes of a request."""
MOST_NOTEBOOKS: Final = 50
"""Notebooks whose cells are kept between requests; the one not asked for longest is forgotten."""
AT_ONCE: Final = 2
"""Requests analysed at the same time; others wait."""


class AnalyseHandler(APIHandler):
    """POST an `AnalyseRequest`, with a `document` id of the front end's choosing; get an `Answer`."""

    def initialize(self, notebooks: "OrderedDict[str, LiveNotebook]", gate: asyncio.Semaphore) -> None:
        """Share what outlives one request."""
        self._notebooks = notebooks
        self._gate = gate

    @web.authenticated
    async def post(self) -> None:
        """Analyse off the event loop, so that the server stays responsive."""
        if len(self.request.body) > LARGEST_BODY:
            raise web.HTTPError(413, f"a request may have {LARGEST_BODY} bytes")
        try:
            message = json.loads(self.request.body)
        except ValueError as error:
            raise web.HTTPError(400, "the body is not JSON") from error
        if not isinstance(message, dict):
            raise web.HTTPError(400, "the body is not a JSON object")
        live = self._live(str(message.pop("document", ""))[:200])
        message["path"] = self._local_path(message.get("path"))
        async with self._gate:
            answer = await asyncio.to_thread(live.answer, message)
        self.finish(json.dumps(answer))

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
        inside = root / name
        return str(inside) if inside.resolve().is_relative_to(root.resolve()) else str(root / "notebook.ipynb")


class RuleHandler(APIHandler):
    """GET the page of a rule: its summary, reasons and examples as Markdown."""

    @web.authenticated
    def get(self, name: str) -> None:
        """Answer `{"markdown": …}`; 404 when there is no such rule."""
        rule = all_rules().get(name)
        if rule is None:
            raise web.HTTPError(404, f"there is no rule {name}")
        self.finish(json.dumps({"markdown": f"# {name}\n\n{rule.doc}"}))


def routes(base_url: str) -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """The routes to add to a server."""
    shared = {"notebooks": OrderedDict[str, LiveNotebook](), "gate": asyncio.Semaphore(AT_ONCE)}
    return [
        (url_path_join(base_url, "nbprod", "analyse"), AnalyseHandler, shared),
        (url_path_join(base_url, "nbprod", "rules", r"([a-z-]+)"), RuleHandler, {}),
    ]
