"""Stands in for sessions that can't be had here: with other versions of libraries installed."""

from nbprod.evidence import Overlap, PathFact, Session, Thing


class OnlyVersions:
    """A session that knows nothing but what is installed: versions by distribution, by the module that they give."""

    def __init__(self, python: str = "3.12.0", **modules: dict[str, str]) -> None:
        self._modules = modules
        self._session = Session(python=python, runs=(), names=frozenset())

    def session(self) -> Session:
        return self._session

    def thing(self, name: str) -> Thing | None:
        return None

    def path(self, path: str) -> PathFact | None:
        return None

    def versions(self, module: str) -> dict[str, str]:
        return self._modules.get(module, {})

    def overlap(self, first: str, second: str, column: str | None = None) -> Overlap | None:
        return None

    def total_memory(self) -> int | None:
        return None
