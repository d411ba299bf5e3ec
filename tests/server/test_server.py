"""The handlers that answer where the kernel can't."""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

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


@pytest.mark.parametrize("text", ["", "no json", "[1]", '"text"', "null"])
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


async def test_every_verb_of_every_route_needs_authentication(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    """Asked without the token that jp_fetch sends."""
    for path in ("nbprod/analyse", "nbprod/rules/http-without-timeout"):
        for verb in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            text = "{}" if verb in {"POST", "PUT", "PATCH"} else None
            code = await status(http_server_client.fetch, jp_base_url + path, method=verb, body=text)
            assert code in {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}, (path, verb)
