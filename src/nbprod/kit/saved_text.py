"""The text that stands in saved outputs, read only as far as somebody asks."""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, Final

from msgspec import UNSET, DecodeError, Raw, Struct, UnsetType
from msgspec.json import Decoder, decode

from nbprod.notebook import Cell
from nbprod.patterns import lazy_pattern

_COLOUR: Final = lazy_pattern(r"\x1b\[[\d;]*[A-Za-z]")
_ESCAPES: Final = {"\\n": "\n", "\\u001b": "\x1b", '\\"': '"', "\\/": "/", "\\\\": "\\"}
_HEAD: Final = 100_000
_TAIL: Final = 20_000
"""How many bytes at the beginning and at the end of an output are looked at."""
_SMALL: Final = 4_000
"""Outputs of so few bytes hold no picture: it takes longer to leave out what is no text than to look at it."""


class _Output(Struct):
    """An output whose values stay undecoded: pictures are never looked at."""

    text: Raw | UnsetType = UNSET
    data: dict[str, Raw] | UnsetType = UNSET
    evalue: Raw | UnsetType = UNSET
    traceback: Raw | UnsetType = UNSET


class SavedText(Struct, frozen=True):
    """A text among the outputs of a cell.

    Attributes:
        output: The index of the output.
        raw: The text as undecoded JSON: a string, or a list of strings.
        is_traceback: It belongs to an error.
    """

    output: int
    raw: Raw
    is_traceback: bool = False

    @property
    def ends(self) -> bytes:
        """The beginning and the end of the undecoded text: all of it, unless it is very long."""
        view = memoryview(self.raw)
        if len(view) <= _HEAD + _TAIL:
            return view.tobytes()
        return view[:_HEAD].tobytes() + b"\n" + view[-_TAIL:].tobytes()

    @property
    def text(self) -> str:
        """The text without the codes that colour it in a terminal; of a very long one, the two ends."""
        if len(memoryview(self.raw)) > _HEAD + _TAIL:
            return _COLOUR.sub("", _unescaped(self.ends.decode("utf-8", "replace")))
        try:
            value: Any = decode(self.raw)
        except (DecodeError, UnicodeDecodeError, RecursionError):
            return ""
        parts = value if isinstance(value, list) else [value]
        joined = ("\n" if self.is_traceback else "").join(part for part in parts if isinstance(part, str))
        return _COLOUR.sub("", joined) if "\x1b" in joined else joined


def saved_texts(cell: Cell) -> Iterator[SavedText]:
    """The texts among the outputs of a cell: streams, results as text, HTML or Markdown, errors."""
    if not cell.raw_outputs:
        return
    for index, output in enumerate(_outputs(cell.raw_outputs)):
        for raw in (output.text, output.evalue):
            if isinstance(raw, Raw):
                yield SavedText(index, raw)
        if isinstance(output.traceback, Raw):
            yield SavedText(index, output.traceback, is_traceback=True)
        for kind, raw in (output.data or {}).items():
            if kind.startswith("text/"):
                yield SavedText(index, raw)


def text_bytes(cell: Cell) -> Iterator[bytes]:
    """All undecoded text among the outputs of a cell; where that is quicker, with what stands around it."""
    if len(memoryview(cell.raw_outputs)) <= _SMALL:
        yield bytes(cell.raw_outputs)
    else:
        for saved in saved_texts(cell):
            yield saved.ends


def _outputs(raw: bytes | Raw) -> list[_Output]:
    """The outputs of a cell; those that are no outputs count as empty ones."""
    with suppress(DecodeError, UnicodeDecodeError, RecursionError):
        return _decoder().decode(raw)
    found: list[_Output] = []
    with suppress(DecodeError, UnicodeDecodeError, RecursionError):
        for item in decode(raw, type=list[Raw]):
            found.append(_Output())
            with suppress(DecodeError, UnicodeDecodeError, RecursionError):
                found[-1] = decode(item, type=_Output)
    return found


def _unescaped(text: str) -> str:
    """A piece of JSON text as good as it can be read, since it may begin and end anywhere."""
    for escape, character in _ESCAPES.items():
        text = text.replace(escape, character)
    return text


@cache
def _decoder() -> Decoder[list[_Output]]:
    return Decoder(list[_Output])
