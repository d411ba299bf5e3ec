"""Tells in no time which bytes can't hold a credential, and which values protect nothing."""

from collections.abc import Iterable, Mapping
from functools import cache

from nbprod.kit.secrets.formats import FORMATS
from nbprod.notebook import Notebook


def may_hold_secret(data: bytes) -> bool:
    """Whether bytes hold something that a credential can be known by: only then is it worth looking for one."""
    if b"://" in data and (b"@" in data or b"key=" in data or b"token=" in data or b"appid=" in data):
        return True
    return any(marker in data for marker in _markers())


@cache
def _markers() -> tuple[bytes, ...]:
    markers = [marker.encode() for kind in FORMATS for marker in kind.markers]
    return (*dict.fromkeys(markers), b"PRIVATE KEY", b"eyJ")


def allowed_hashes(notebook: Notebook, listed: Iterable[object]) -> frozenset[str]:
    """The SHA-256 of values that are known to protect nothing, from the settings and from the notebook itself."""
    own = notebook.metadata.get("nbprod")
    more = own.get("secret-allow") if isinstance(own, Mapping) else None
    hashes = [*listed, *(more if isinstance(more, list) else ())]
    return frozenset(item.lower() for item in hashes if isinstance(item, str))
