"""Which names of language models move, by the lists that the SDKs bring."""

from functools import cache
from typing import Final

from nbprod.patterns import lazy_pattern

_DATED: Final = lazy_pattern(r"(?P<name>.+)-(?P<date>20\d\d-\d\d-\d\d|20\d{6}|\d{4})")
_CURRENT: Final = "-latest"
_PREFIXES: Final = ("openai/", "anthropic/", "openai:", "anthropic:", "mistral/", "gemini/")


@cache
def _snapshots() -> dict[str, list[str]]:
    """The dated ids by the name that they are snapshots of, the newest last."""
    from nbprod.kit.model_ids import MODELS  # noqa: PLC0415  -- only when a notebook names a model

    found: dict[str, list[str]] = {}
    for model in MODELS:
        dated = _DATED.fullmatch(model)
        if dated is not None:
            found.setdefault(dated["name"], []).append(model)
    return {name: _in_order(ids) for name, ids in found.items()}


def _in_order(ids: list[str]) -> list[str]:
    """By date where the year is given; otherwise as the SDK lists them, the oldest first."""
    return sorted(ids) if all("-20" in model[-11:] for model in ids) else ids


def is_floating(model: str) -> bool:
    """Whether the provider moves a name from one snapshot to the next."""
    bare = _bare(model)
    return bare.endswith(_CURRENT) or bare in _listed_undated()


@cache
def _listed_undated() -> frozenset[str]:
    from nbprod.kit.model_ids import MODELS  # noqa: PLC0415  -- only when a notebook names a model

    return frozenset(MODELS) & _snapshots().keys()


def snapshot(model: str) -> str | None:
    """The newest dated id of a moving name that is not on its way out; None if no list has one."""
    from nbprod.kit.model_ids import DEPRECATED  # noqa: PLC0415  -- only when a notebook names a model

    bare = _bare(model)
    fitting = [known for known in _snapshots().get(bare.removesuffix(_CURRENT), ()) if known not in DEPRECATED]
    return model.removesuffix(bare) + fitting[-1] if fitting else None


def _bare(model: str) -> str:
    prefix = next((prefix for prefix in _PREFIXES if model.startswith(prefix)), "")
    return model.removeprefix(prefix)
