"""The formats that `check` can write, and what each needs to know of a notebook."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Final, Protocol

from msgspec import Struct

from nbprod.output import Outcome, View


class Format(Struct, frozen=True):
    """What a format needs.

    Attributes:
        lines: The physical lines of the file, which cost another look at it.
        edits: What fixes would change, which costs loading LibCST; lines come with it.
        sums_up: It is for people and leaves out what `--show` hides.
    """

    lines: bool = False
    edits: bool = False
    sums_up: bool = False


class Renderer(Protocol):
    """What each module of a format holds."""

    def render(self, outcomes: Iterable[Outcome], view: View) -> Iterator[str] | Iterator[bytes]:
        """Yield the output piece by piece."""


FORMATS: Final[Mapping[str, Format]] = {
    "text": Format(sums_up=True),
    "concise": Format(sums_up=True),
    "json": Format(edits=True),
    "jsonl": Format(edits=True),
    "sarif": Format(edits=True),
    "github": Format(lines=True, sums_up=True),
    "gitlab": Format(lines=True),
    "junit": Format(lines=True, sums_up=True),
    "azure": Format(lines=True, sums_up=True),
    "rdjson": Format(edits=True),
    "markdown": Format(sums_up=True),
    "html": Format(),
}


def renderer_of(name: str) -> Renderer:
    """Load the module of a format."""
    renderer: Renderer = import_module(f"nbprod.output.{name}")
    return renderer
