"""Fuzz nbprod with atheris, which looks for inputs that reach new code.

    python tests/fuzz/fuzz.py [notebook | wreck | bytes | live] [options of libFuzzer]

`notebook` makes sound notebooks with strange code, `wreck` damages them, `bytes` reads whatever comes, and `live` asks
the analyser of an editor. Without a time limit (`-max_total_time=SECONDS`) it runs until something is found; what
broke a promise is written to a file, whose name as another argument runs it again.
"""

import importlib
import json
import pkgutil
import sys
import warnings
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["nbprod"], enable_loader_override=False):
    import nbprod

    NEEDS_JUPYTER = ("nbprod.kernel", "nbprod.server")
    for found in pkgutil.walk_packages(nbprod.__path__, "nbprod.", onerror=lambda _: None):
        if not found.name.startswith(NEEDS_JUPYTER) and not found.name.endswith("__main__"):
            importlib.import_module(found.name)

import drafts
import promises

from nbprod.live import LiveNotebook

KINDS = ("code", "markdown", "raw")


def choices(data: bytes) -> drafts.Choose:
    """Choices made by the bytes of the fuzzer; the simplest ones when they are used up."""
    provider = atheris.FuzzedDataProvider(data)
    return lambda below: int(provider.ConsumeIntInRange(0, below - 1))


def notebook(data: bytes) -> None:
    promises.check(drafts.notebook(choices(data)))


def wreck(data: bytes) -> None:
    promises.check(drafts.wreck(choices(data)))


def plain(data: bytes) -> None:
    promises.check(data)


def live(data: bytes) -> None:
    choose = choices(data)
    analyser = LiveNotebook("kernel")
    for revision in range(1 + choose(3)):
        promises.answer(analyser, json.loads(drafts.request(choose, revision)))


TARGETS: dict[str, Callable[[bytes], None]] = {"notebook": notebook, "wreck": wreck, "bytes": plain, "live": live}


if __name__ == "__main__":
    warnings.simplefilter("error")
    name = sys.argv.pop(1) if sys.argv[1:] and sys.argv[1] in TARGETS else "notebook"
    drafts.seeds()
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()
