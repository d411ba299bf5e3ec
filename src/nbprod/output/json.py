"""The published contract for programs: one array of `nbprod.protocol.Report`, with every finding."""

from collections.abc import Iterable, Iterator

import msgspec

from nbprod.output import Outcome, View


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the array piece by piece, a report a line, as UTF-8."""
    opening = b"["
    for outcome in outcomes:
        yield opening + b"\n" + encode(outcome.report)
        opening = b","
    yield b"\n]\n" if opening == b"," else b"[]\n"


def encode(value: object) -> bytes:
    """Encode a report, or plain data; lone surrogates, which UTF-8 can't hold, become visible escapes."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return msgspec.json.encode(_without_surrogates(msgspec.to_builtins(value)))


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
