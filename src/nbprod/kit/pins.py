"""Which version of a library counts: the one that the notebook itself asks for, or the one that its session runs."""

import sys
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.installs import installs
from nbprod.kit.retired import release
from nbprod.patterns import lazy_pattern

_DISTRIBUTIONS: Final = {
    "scikit-learn": "sklearn", "imbalanced-learn": "imblearn", "pillow": "PIL",
    "pytorch-lightning": "pytorch_lightning",
    "google-generativeai": "google", "llama-index": "llama_index", "pinecone-client": "pinecone",
    "huggingface-hub": "huggingface_hub", "langchain-community": "langchain_community",
    "langchain-core": "langchain_core", "tensorflow-gpu": "tensorflow", "tensorflow-cpu": "tensorflow",
    "pandas-profiling": "pandas_profiling", "xgboost-cpu": "xgboost",
}  # fmt: skip
"""The root package of a distribution, where that has another name."""

_ONCE_STANDARD: Final = frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd"})
"""Modules that newer versions of Python have no more."""

_EXACT: Final = lazy_pattern(r"(?:===?|~=|(?<![<>!~=])=)\s*v?(\d+(?:\.\d+)*)")
_BELOW: Final = lazy_pattern(r"<(=?)\s*v?(\d+(?:\.\d+)*)")


class Pin(Struct, frozen=True):
    """The newest version that a requirement lets in ("1.5.3", "below 2"), or the one that a session runs."""

    text: str
    newest: tuple[int, ...]
    live: bool = False

    def is_before(self, version: str) -> bool:
        """Whether only older versions than this one come in."""
        return self.newest < release(version)


def pinned_version(ctx: Context, root: str) -> Pin | None:
    """The version of a library, by its root package, that the notebook installs; None if it does not say."""
    return ctx.once(_pins).get(root)


def version_that_counts(ctx: Context, root: str) -> Pin | None:
    """The version of a library that the notebook installs, else the one that its session runs; None if nobody says.

    `root` is a root package; that of the standard library's modules has the version of Python.
    """
    pin = pinned_version(ctx, root)
    if pin is not None or ctx.runtime is None:
        return pin
    if root in sys.stdlib_module_names or root in _ONCE_STANDARD:
        return _running(ctx.runtime.session.python)
    installed = ctx.runtime.versions(root)
    return _running(next(iter(installed.values()))) if len(installed) == 1 else None


def _running(version: str) -> Pin:
    return Pin(version, release(version), live=True)


def _pins(ctx: Context) -> dict[str, Pin]:
    found: dict[str, Pin] = {}
    for install in installs(ctx):
        for requirement in install.requirements:
            project = requirement.project.partition("[")[0].lower().replace("_", "-")
            pin = _pin(requirement.text)
            if pin is not None:
                found[_DISTRIBUTIONS.get(project, project.replace("-", "_"))] = pin
    return found


def _pin(text: str) -> Pin | None:
    exact = _EXACT.search(text)
    if exact is not None:
        return Pin(exact[1], release(exact[1]))
    below = _BELOW.search(text)
    if below is None:
        return None
    numbers = list(release(below[2]))
    if below[1]:
        return Pin(below[2], tuple(numbers))
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return Pin(f"below {below[2]}", (*numbers[:-1], numbers[-1] - 1, 999_999))
