"""The published contract for programs: one array of `nbprod.protocol.Report`, with every finding."""

from collections.abc import Iterable, Iterator

import msgspec

from nbprod.output import Outcome, View
from nbprod.patterns import lazy_pattern

_ACTING = lazy_pattern(
    rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf|(?<=\#)\#(?=vso\[|\[)"
)
"""Controls beyond ASCII, breaks of lines, what turns the direction of text or has no width, and commands to Azure."""


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the array piece by piece, a report a line, as UTF-8."""
    opening = b"["
    for outcome in outcomes:
        yield opening + b"\n" + encode(outcome.report)
        opening = b","
    yield b"\n]\n" if opening == b"," else b"[]\n"


def encode(value: object) -> bytes:
    """Encode a report, or plain data, so that it may be printed to a terminal or a log, too.

    Lone surrogates, which UTF-8 can't hold, become visible escapes; JSON itself escapes only some control characters.
    """
    try:
        data = msgspec.json.encode(value)
    except UnicodeEncodeError:
        data = msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value)))
    return _ACTING.sub(lambda found: f"\\u{ord(found[0].decode()):04x}".encode(), data)


def _without_surrogates(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {key: _without_surrogates(item) for key, item in value.items()}
        case list() | tuple():
            return [_without_surrogates(item) for item in value]
        case _:
            return value
