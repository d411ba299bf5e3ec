"""Tells in no time which bytes can't hold a credential, and which values protect nothing."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from nbprod.kit.secrets.formats import FORMATS, any_marker
from nbprod.notebook import Notebook
from nbprod.patterns import lazy_pattern

_SHORTEST: Final = 20
_LONGEST: Final = 4_000
"""The length of the words that may hold a key: pictures inside HTML are longer."""
_SHOWN: Final = 4

_COLOUR: Final = lazy_pattern(rb"\\u001[bB]\[[\d;]*m")
_TOKEN: Final = lazy_pattern(rb"\.eyJ(?<=[\w-]{10}\.eyJ)")

_PASSWORD: Final = lazy_pattern(rb"://[^/@\s]{0,100}:[^/@\s]{3,200}@")
_QUERY: Final = lazy_pattern(
    rb"[?&](?:api[-_]?key|appid|app_key|access_token|subscription-key|client_secret)=[\w.%+~-]{16}", re.IGNORECASE
)


def may_hold_secret(data: bytes) -> bool:
    """Whether text, as JSON or plain, holds something by which a credential is known: only then is it worth a look."""
    if b"PRIVATE KEY" in data:
        return True
    if b"\\u001" in data:
        data = _COLOUR.sub(b"", data)
    text = b"\n".join({word for word in data.split() if _SHORTEST <= len(word) <= _LONGEST})
    if b"://" in text and ((b"@" in text and _PASSWORD.search(text)) or _QUERY.search(text)):
        return True
    if _any_marker().search(text) and _may_hold_key(text):
        return True
    return b"eyJ" in text and _TOKEN.search(text) is not None


@cache
def _any_marker() -> re.Pattern[bytes]:
    return re.compile(any_marker().encode())


def _may_hold_key(words: bytes) -> bool:
    """Whether one of the words, one in a line, holds the key of a format; most of them hold no marker."""
    suspects = b"\n".join(word for word in words.split(b"\n") if _any_marker().search(word))
    return any(
        _as_bytes(kind.pattern).search(suspects)
        for kind in FORMATS
        if any(marker.encode() in suspects for marker in kind.markers)
    )


@cache
def _as_bytes(pattern: str) -> re.Pattern[bytes]:
    return re.compile(pattern.encode())


def allowed_hashes(notebook: Notebook, listed: Iterable[object]) -> frozenset[str]:
    """The SHA-256 of values that are known to protect nothing, from the settings and from the notebook itself."""
    own = notebook.metadata.get("nbprod")
    more = own.get("secret-allow") if isinstance(own, Mapping) else None
    hashes = [*listed, *(more if isinstance(more, list) else ())]
    return frozenset(item.lower() for item in hashes if isinstance(item, str))


def hash_of(value: str) -> str:
    """The SHA-256 by which a value is allowed."""
    from hashlib import sha256  # noqa: PLC0415 - slow to load, and few allow any

    return sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def quoted(value: str) -> str:
    """As much of a secret as may be shown, so that its owner knows which one it is."""
    return value[: min(_SHOWN, len(value) // 4)]
