"""Secrets that a structure gives away: private keys, addresses with a password, signed tokens."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from nbprod.kit.secrets.formats import Secret
from nbprod.kit.secrets.judge import is_key, is_password_in_address, is_random
from nbprod.patterns import lazy_pattern

_PRIVATE_KEY: Final = lazy_pattern(
    r"-----BEGIN (?:[A-Z]{2,9} )?PRIVATE KEY(?: BLOCK)?-----(?:\\[nr]|\s)++"
    r"(?:[A-Za-z-]++: [^\r\n\\]*+(?:\\[nr]|[\r\n])(?:\\[nr]|\s)*+){0,9}+((?:[A-Za-z0-9+/=]|\\[nr]|\s){100,}+)"
)
_SCHEME: Final = lazy_pattern(r"\b[a-zA-Z][\w+.-]{1,30}\Z")
_ADDRESS: Final = lazy_pattern(r"://([^\s:/@\"'<>{}$()]{0,100}):([^\s/\"'<>{}$()]{3,200})@([\w.-]+|\[[0-9a-f:]+\]|\{)")
_QUERY: Final = lazy_pattern(
    r"[?&](api[-_]?key|appid|app_key|access_token|subscription-key|client_secret)=([\w.%+~-]{16,})", re.IGNORECASE
)
_SIGNED: Final = lazy_pattern(r"(eyJ(?<![\w.-]eyJ)[\w-]{10,}+)\.(eyJ[\w-]{10,}+)\.[\w-]{20,}+")
"""A search is fast where the beginning is fixed, so it looks back from behind that; else `eyJeyJ…` would take hours."""
_HERE: Final = lazy_pattern(r"localhost|127\.0\.0\.1|0\.0\.0\.0|::1|host|hostname|server|example\.(?:com|org|net)")
_COMMON: Final = lazy_pattern(
    r"(?:my|the|your|db|user|some)?[-_]?(?:pass(?:word|wd)?|pwd?|secret|token|key|root|admin|user(?:name)?|postgres|"
    r"mysql|mongo|redis|guest|test|example|change.?me|x+|\*+|\.+|\d{1,5})",
    re.IGNORECASE,
)


Structure = Callable[[str], Iterator[Secret]]


def structures_in(text: str, words: str) -> list[Structure]:
    """What finds the structures of which a text, or the long words in it, holds a sign: all that may be there."""
    found: list[Structure] = []
    if "PRIVATE KEY" in text:
        found.append(_private_keys)
    if "://" in text and "@" in text:
        found.append(_passwords)
    if "://" in words and _QUERY.search(words):
        found.append(_query_keys)
    if "eyJ" in words:
        found.append(_signed_tokens)
    return found


def _private_keys(text: str) -> Iterator[Secret]:
    for found in _PRIVATE_KEY.finditer(text):
        if is_random("".join(re.sub(r"\\[nr]", "", found[1]).split())[:100]):
            yield Secret(found.start(), found.end(), "private key")


def _passwords(text: str) -> Iterator[Secret]:
    """`scheme://user:password@host`, not on this machine and not from a manual."""
    for found in _ADDRESS.finditer(text):
        user, password, host = found.groups()
        scheme = _SCHEME.search(text, max(0, found.start() - 30), found.start())
        if scheme is None or password == user or _COMMON.fullmatch(password) or _HERE.fullmatch(host):
            continue
        if is_password_in_address(password):
            yield Secret(*found.span(2), f"password in a {scheme[0].lower()} address")


def _query_keys(text: str) -> Iterator[Secret]:
    for found in _QUERY.finditer(text):
        if is_key(found[2]) and not found[2].startswith("pk."):  # Mapbox: a public token
            yield Secret(*found.span(2), "key in an address", name=found[1])


def _signed_tokens(text: str) -> Iterator[Secret]:
    """JSON web tokens, but neither the one of the manuals nor those made for browsers."""
    for found in _SIGNED.finditer(text):
        header, payload = _decoded(found[1]), _decoded(found[2])
        if "alg" not in header or not payload:
            continue
        if payload.get("sub") == "1234567890" or payload.get("role") == "anon":
            continue
        yield Secret(*found.span(), "JSON web token")


def _decoded(part: str) -> dict[str, Any]:
    from base64 import urlsafe_b64decode  # noqa: PLC0415 - few notebooks hold anything to decode

    try:
        value = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
