"""Shows a stretch of source: its line with a number, and carets under the stretch."""

from collections.abc import Iterable, Iterator, Sequence

from nbprod.config import UNIGNORABLE
from nbprod.kit.secrets.hints import quoted
from nbprod.output.terminal import clean_characters, paint, widths
from nbprod.protocol import Finding, Span

_REACH = 400  # characters of a very long line that are looked at, on either side of the stretch
_ELLIPSIS = "…"


def excerpt(span: Span, cells: Sequence[str], columns: int, style: str, *, color: bool) -> Iterator[str]:
    """Yield the lines of the frame around `span`; none when its text is not at hand.

    Args:
        span: What to point at; of several lines, the first is shown.
        cells: The sources of all cells.
        columns: How wide the result may be.
        style: Colours of the carets.
        color: Whether to colour.
    """
    if span.output is not None or span.cell.index >= len(cells):
        return
    source = cells[span.cell.index]
    number = str(span.line)
    bar = paint("|", "blue", color=color)
    margin = " " * len(number)
    text, carets = _frame(_line(source, span), span, columns - len(number) - 3)
    yield f"{margin} {bar}"
    yield f"{paint(number, 'blue', color=color)} {bar} {text}".rstrip()
    indent = len(carets) - len(carets.lstrip(" "))
    yield f"{margin} {bar} {carets[:indent]}{paint(carets[indent:], style, color=color)}"


def without_secrets(cells: Sequence[str], findings: Iterable[Finding]) -> Sequence[str]:
    """Return the sources of cells with stars where a finding says that a secret stands.

    What is rendered ends up in logs and mails, and other findings quote the same lines.
    """
    hidden = list(cells)
    for finding in findings:
        span = finding.at
        if finding.rule in UNIGNORABLE and span.output is None and span.cell.index < len(hidden):
            hidden[span.cell.index] = starred(hidden[span.cell.index], [(span.start, span.end)])
    return hidden


def starred(source: str, secrets: Iterable[tuple[int, int]]) -> str:
    """Return a source with stars where secrets stand, but for the few characters that may be quoted."""
    for start, end in secrets:
        secret = source[start:end]
        shown = quoted(secret)
        stars = "".join(char if char.isspace() else "*" for char in secret[len(shown) :])
        source = source[:start] + shown + stars + source[end:]
    return source


def _line(source: str, span: Span) -> str:
    """The physical line on which `span` starts, without its line break."""
    start = max(span.start - span.column + 1, 0)
    ends = [end for end in (source.find("\n", start), source.find("\r", start)) if end >= 0]
    return source[start : min(ends, default=len(source))]


def _frame(line: str, span: Span, columns: int) -> tuple[str, str]:
    """The line cut to `columns`, and the carets that go below it."""
    first = min(span.column - 1, len(line))
    last = span.end_column - 1 if span.end_line == span.line else len(line)
    last = max(min(last, len(line)), first)
    base = max(first - _REACH, 0)
    pieces = clean_characters(line[base : first + _REACH])
    sizes = widths(pieces)
    low, high = _window(sizes, first - base, columns)
    head = _ELLIPSIS if base + low > 0 else ""
    tail = _ELLIPSIS if base + high < len(line) else ""
    before = sum(sizes[low : first - base]) + len(head)
    marked = sum(sizes[first - base : min(last - base, high)])
    return head + "".join(pieces[low:high]) + tail, " " * before + "^" * max(marked, 1)


def _window(sizes: Sequence[int], first: int, columns: int) -> tuple[int, int]:
    """Which characters fit: from `first` on, but with a third of the width before it."""
    if sum(sizes) <= columns:
        return 0, len(sizes)
    columns -= 2 * len(_ELLIPSIS)
    low, used = first, 0
    while low > 0 and used + sizes[low - 1] <= columns // 3:
        low -= 1
        used += sizes[low]
    high = first
    while high < len(sizes) and used + sizes[high] <= columns:
        used += sizes[high]
        high += 1
    while low > 0 and used + sizes[low - 1] <= columns:
        low -= 1
        used += sizes[low]
    return low, high
