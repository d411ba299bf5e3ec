"""HTTP clients: requests, httpx, aiohttp, urllib, urllib3, wget, pooch."""

from collections.abc import Iterable
from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import NO_TIMEOUT, Effect, Library, Parameter, Type
from nbprod.semantic.values import Tag

_VERBS: Final = ("get", "options", "head", "post", "put", "patch", "delete")
_TIMEOUT: Final = (None, "timeout")
_BODY: Final = {"data": (1, "data"), "json": (2, "json"), "content": (None, "content"), "files": (None, "files")}


def _call(detail: str, returns: str | None, timeout: Parameter | None, *, url: Parameter = (0, "url")) -> Effect:
    inputs: dict[str, Parameter] = {} if detail in {"get", "head", "options"} else _BODY
    return Effect(EventKind.HTTP, detail, path=url, inputs=inputs, returns=returns, timeout=timeout, tags=Tag.EXTERNAL)


def _verbs(returns: str, timeout: Parameter | None, names: Iterable[str] = _VERBS) -> dict[str, Effect]:
    """The rows of a client: one a verb, and `request(method, url)`."""
    rows = {name: _call(name, returns, timeout) for name in names}
    return {**rows, "request": _call("request", returns, timeout, url=(1, "url"))}


def _named(prefix: str, rows: dict[str, Effect]) -> dict[str, Effect]:
    return {f"{prefix}.{name}": effect for name, effect in rows.items()}


# requests waits for ever unless told otherwise. httpx has a bound of 5 s, aiohttp of 5 minutes in all,
# urllib3.request of 3 s; a urllib3 pool has none.
_REQUESTS: Final = _verbs("requests.Response", _TIMEOUT)
BOUNDED_SESSION: Final = Type(bases=("requests.Session",), methods=_verbs("requests.Response", None))
"""A requests session of another library, which gives up by itself."""
_HTTPX: Final = _verbs("httpx.Response", None)
_AIOHTTP: Final = _verbs("aiohttp.ClientResponse", None)
_DOWNLOAD: Final = Effect(EventKind.HTTP, "download", path=(0, "url"), timeout=NO_TIMEOUT, tags=Tag.EXTERNAL)
_TEXT: Final = Effect(tags=Tag.EXTERNAL)
_BODY_READS: Final = each("json text read iter_content iter_lines iter_bytes", _TEXT)
_SESSION: Final = Effect(returns="self")


def _response(**attributes: str) -> Type:
    known = {"text": "builtins.str", "content": "builtins.bytes", "status_code": "builtins.int", "ok": "builtins.bool"}
    methods = {**_BODY_READS, "raise_for_status": _SESSION, "close": Effect(), "__enter__": _SESSION}
    return Type(methods=methods, attributes=known | attributes, watched=True, holds=Tag.EXTERNAL)


LIBRARY = Library(
    aliases={
        "requests.api": "requests",
        "requests.models": "requests",
        "requests.sessions": "requests",
        "requests.session": "requests.Session",
        "requests.packages.urllib3": "urllib3",
        "httpx.AsyncClient": "httpx.Client",
        "aiohttp.client": "aiohttp",
        "urllib2": "urllib.request",
        "urllib.urlopen": "urllib.request.urlopen",
        "urllib.urlretrieve": "urllib.request.urlretrieve",
        "six.moves.urllib": "urllib",
        "future.moves.urllib": "urllib",
        "cloudscraper.create_scraper": "requests.Session",
        "requests_html.HTMLSession": "requests.Session",
        "requests_cache.CachedSession": "requests.Session",
    },
    functions={
        **_named("requests", _REQUESTS),
        **_named("httpx", _HTTPX),
        "httpx.stream": _call("request", "httpx.Response", None, url=(1, "url")),
        "aiohttp.request": _call("request", "aiohttp.ClientResponse", None, url=(1, "url")),
        "urllib.request.urlopen": _call("get", "http.client.HTTPResponse", (2, "timeout")),
        "urllib.request.urlretrieve": _DOWNLOAD,
        "urllib.request.Request": Effect(path=(0, "url")),
        "urllib3.request": _call("request", "urllib3.HTTPResponse", None, url=(1, "url")),
        "wget.download": _DOWNLOAD,
        "pooch.retrieve": Effect(EventKind.HTTP, "download", path=(0, "url")),
    },
    types={
        "requests.Session": Type(
            methods={
                **_REQUESTS,
                "send": Effect(
                    EventKind.HTTP, "request", returns="requests.Response", timeout=_TIMEOUT, tags=Tag.EXTERNAL
                ),
                "mount": Effect(),
                "close": Effect(),
                "__enter__": _SESSION,
            },
        ),
        "requests.Response": _response(),
        "httpx.Client": Type(
            methods={
                **_HTTPX,
                "stream": _call("request", "httpx.Response", None, url=(1, "url")),
                "send": Effect(EventKind.HTTP, "request", returns="httpx.Response", tags=Tag.EXTERNAL),
                "__enter__": _SESSION,
            }
        ),
        "httpx.Response": _response(is_success="builtins.bool", is_error="builtins.bool"),
        "aiohttp.ClientSession": Type(methods={**_AIOHTTP, "__enter__": _SESSION}),
        "aiohttp.ClientResponse": _response(status="builtins.int"),
        "urllib3.PoolManager": Type(
            methods={"request": _call("request", "urllib3.HTTPResponse", _TIMEOUT, url=(1, "url"))}
        ),
        "urllib3.HTTPResponse": _response(data="builtins.bytes", status="builtins.int"),
        # urlopen raises HTTPError by itself, so nobody has to look at the status.
        "http.client.HTTPResponse": Type(methods={**_BODY_READS, "__enter__": _SESSION}, holds=Tag.EXTERNAL),
    },
)
