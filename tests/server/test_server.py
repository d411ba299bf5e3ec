"""The handlers that answer where the kernel can't."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import Any

import drafts
import pytest
from tornado.httpclient import HTTPClientError

from nbprod.engine.notices import NOTICES
from nbprod.live import LiveNotebook
from nbprod.server import handlers

Fetch = Callable[..., Awaitable[Any]]
CELL = {"id": "a", "type": "code", "revision": 1}
GET = 'import requests\nrequests.get("https://example.com")'


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"nbprod": True}, "allow_unauthenticated_access": False}}


def body(source: str = GET, **more: Any) -> str:
    request = {"kind": "analyse", "version": 1, "revision": 3, "path": "sub/a.ipynb", "order": ["a"]}
    return json.dumps({**request, "changed": [{**CELL, "source": source}], "document": "d", **more})


async def post(fetch: Fetch, text: str) -> Any:
    return json.loads((await fetch("nbprod", "analyse", method="POST", body=text)).body)


def rules(answer: Any) -> list[str]:
    return [finding["rule"] for finding in answer["report"]["findings"]]


async def status(fetch: Fetch, *path: str, **options: Any) -> int:
    with pytest.raises(HTTPClientError) as caught:
        await fetch(*path, **options)
    return int(caught.value.code)


def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How much of a body is held after each piece of it."""
    held: list[int] = []
    take = handlers.AnalyseHandler.data_received

    def data_received(self: Any, chunk: bytes) -> None:
        take(self, chunk)
        held.append(len(self._body))

    monkeypatch.setattr(handlers.AnalyseHandler, "data_received", data_received)
    return held


async def test_it_analyses_what_is_sent(jp_fetch: Fetch) -> None:
    answer = await post(jp_fetch, body())
    assert answer["analyser"] == "server"
    assert "http-without-timeout" in rules(answer)
    again = await post(jp_fetch, body(changed=[]))
    assert again["report"]["findings"] == answer["report"]["findings"], "cells are kept between requests"
    other = await post(jp_fetch, body(changed=[], document="another"))
    assert other == {"kind": "needCells", "revision": 3, "ids": ["a"]}


async def test_the_configuration_beside_the_notebook_applies(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    (jp_root_dir / "sub").mkdir()
    (jp_root_dir / "sub" / "nbprod.toml").write_text('ignore = ["http-without-timeout"]')
    answer = await post(jp_fetch, body())
    assert "http-without-timeout" not in rules(answer)
    assert answer["report"]["config"].endswith("nbprod.toml")


async def test_no_configuration_outside_of_the_root_is_read(jp_fetch: Fetch, jp_root_dir: Path) -> None:
    (jp_root_dir.parent / "nbprod.toml").write_text("this is = no [ toml")
    (jp_root_dir / "nbprod.toml").write_text("")
    answer = await post(jp_fetch, body(path="../a.ipynb"))
    assert answer["kind"] == "report"


@pytest.mark.parametrize("text", ["", "no json", "[1]", '"text"', "null", "[" * 200_000, '{"a":' * 200_000])
async def test_a_malformed_body_is_refused(jp_fetch: Fetch, text: str) -> None:
    code = await status(jp_fetch, "nbprod", "analyse", method="POST", body=text)
    assert code == HTTPStatus.BAD_REQUEST


async def test_a_malformed_request_is_answered_with_a_failure(jp_fetch: Fetch) -> None:
    answer = await post(jp_fetch, '{"revision": 5, "changed": 7}')
    assert (answer["kind"], answer["revision"]) == ("failure", 5)


async def test_an_oversized_body_is_refused(jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "LARGEST_BODY", 100)
    code = await status(jp_fetch, "nbprod", "analyse", method="POST", body=body())
    assert code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


async def test_no_more_of_a_body_is_held_than_shows_that_it_is_too_large(
    jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "LARGEST_BODY", 100_000)
    held = watched(monkeypatch)
    code = await status(jp_fetch, "nbprod", "analyse", method="POST", body="x" * 5_000_000)
    assert code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert len(held) > 10
    assert max(held) < 300_000


async def test_any_path_is_answered(jp_fetch: Fetch) -> None:
    for path in ("a\0b", "\ud800", "x" * 5000, "/" * 300, "../" * 50, 7, None, ["a"], {"a": 1}, ""):
        answer = await post(jp_fetch, body(path=path))
        assert answer["kind"] == "report", path


async def test_whatever_is_posted_is_answered(jp_fetch: Fetch) -> None:
    for seed in range(60):
        choose = Random(seed).randrange
        sent = drafts.Draft(choose).damaged(drafts.request(choose))
        answer = await jp_fetch("nbprod", "analyse", method="POST", body=sent, raise_error=False)
        assert answer.code in {HTTPStatus.OK, HTTPStatus.BAD_REQUEST}, sent


async def test_a_flood_is_turned_away_and_the_server_answers_meanwhile(
    jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "MOST_WAITING", 3)  # the client of this test has ten connections
    going, least = threading.Event(), handlers.AT_ONCE + 3
    busy: list[int] = []
    most: list[int] = []

    def slow(self: LiveNotebook, message: object) -> dict[str, str]:
        busy.append(1)
        most.append(len(busy))
        going.wait(60)
        busy.pop()
        return {"kind": "failure"}

    monkeypatch.setattr(LiveNotebook, "answer", slow)
    flood = [asyncio.ensure_future(jp_fetch("nbprod", "analyse", method="POST", body=body())) for _ in range(9)]
    while sum(request.done() for request in flood) < 9 - least:
        await asyncio.sleep(0.01)
    assert (await jp_fetch("nbprod", "rules", "http-without-timeout")).code == HTTPStatus.OK
    going.set()
    answers = await asyncio.gather(*flood, return_exceptions=True)
    codes = Counter(answer.code for answer in answers)
    assert codes == {HTTPStatus.OK: least, HTTPStatus.SERVICE_UNAVAILABLE: 9 - least}
    assert max(most) == handlers.AT_ONCE
    assert (await jp_fetch("nbprod", "analyse", method="POST", body=body())).code == HTTPStatus.OK


async def test_nothing_is_analysed_for_who_left(
    jp_fetch: Fetch, jp_serverapp: Any, jp_base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    going = threading.Event()
    asked: list[str] = []

    def slow(self: LiveNotebook, message: dict[str, Any]) -> dict[str, str]:
        asked.append(message["path"])
        going.wait(60)
        return {"kind": "failure"}

    monkeypatch.setattr(LiveNotebook, "answer", slow)
    busy = [asyncio.ensure_future(jp_fetch("nbprod", "analyse", method="POST", body=body())) for _ in range(2)]
    while len(asked) < handlers.AT_ONCE:
        await asyncio.sleep(0.01)
    closed = asyncio.Event()
    leave = handlers.AnalyseHandler.on_connection_close
    monkeypatch.setattr(handlers.AnalyseHandler, "on_connection_close", lambda self: (leave(self), closed.set()))
    text = body(path="left.ipynb").encode()
    _, writer = await asyncio.open_connection("127.0.0.1", jp_serverapp.port)
    lines = (
        f"POST {jp_base_url}nbprod/analyse HTTP/1.1",
        "Host: localhost",
        f"Authorization: token {jp_serverapp.identity_provider.token}",
        f"Content-Length: {len(text)}\r\n\r\n",
    )
    writer.write("\r\n".join(lines).encode() + text)
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()
    await closed.wait()
    going.set()
    await asyncio.gather(*busy)
    await jp_fetch("nbprod", "analyse", method="POST", body=body())
    assert len(asked) == 3
    assert not any("left" in path for path in asked)


async def test_the_notebooks_asked_for_longest_ago_are_forgotten(
    jp_fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "MOST_NOTEBOOKS", 2)
    for document in "abc":
        await post(jp_fetch, body(document=document))
    assert (await post(jp_fetch, body(changed=[], document="c")))["kind"] == "report"
    assert (await post(jp_fetch, body(changed=[], document="a")))["kind"] == "needCells"


async def test_the_page_of_a_rule_is_markdown(jp_fetch: Fetch) -> None:
    answer = json.loads((await jp_fetch("nbprod", "rules", "http-without-timeout")).body)
    assert answer["markdown"].startswith("# http-without-timeout")
    assert await status(jp_fetch, "nbprod", "rules", "no-such-rule") == HTTPStatus.NOT_FOUND


async def test_what_an_example_shows_is_said_above_it(jp_fetch: Fetch) -> None:
    page = json.loads((await jp_fetch("nbprod", "rules", "http-without-timeout")).body)["markdown"]
    assert "Found:\n\n```python" in page
    assert "Fixed (unsafe):\n\n```python" in page
    assert "```nb" not in page


@pytest.mark.parametrize("name", sorted(NOTICES))
async def test_the_notices_of_the_engine_have_pages_too(jp_fetch: Fetch, name: str) -> None:
    page = json.loads((await jp_fetch("nbprod", "rules", name)).body)["markdown"]
    assert page.startswith(f"# {name}\n")


@pytest.mark.parametrize("is_stranger", [False, True])
async def test_nothing_of_a_stranger_is_held(
    jp_serverapp: Any,
    jp_fetch: Fetch,
    http_server_client: Any,
    jp_base_url: str,
    monkeypatch: pytest.MonkeyPatch,
    is_stranger: bool,
) -> None:
    jp_serverapp.web_app.settings["allow_unauthenticated_access"] = True  # the default: each handler asks for itself
    held = watched(monkeypatch)
    if is_stranger:
        path = f"{jp_base_url}nbprod/analyse"
        assert await status(http_server_client.fetch, path, method="POST", body=body()) == HTTPStatus.FORBIDDEN
    else:
        await post(jp_fetch, body())
    assert max(held, default=0) == (0 if is_stranger else len(body()))


async def test_every_verb_of_every_route_needs_authentication(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    """Asked without the token that jp_fetch sends."""
    for path in ("nbprod/analyse", "nbprod/rules/http-without-timeout"):
        for verb in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            text = "{}" if verb in {"POST", "PUT", "PATCH"} else None
            code = await status(http_server_client.fetch, jp_base_url + path, method=verb, body=text)
            assert code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}, (path, verb)
