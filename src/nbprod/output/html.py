"""One page for people: scores drawn, findings with their code, filters, and the worst notebooks first.

The page needs nothing but itself. Its one script and its styles are allowed by their hashes; whatever a
notebook holds is escaped, and could not run if it were not.
"""

import tempfile
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import IO, TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from nbprod import __version__
from nbprod.output import Outcome, View
from nbprod.output.excerpt import without_secrets
from nbprod.output.tally import Tally
from nbprod.output.terminal import clean, clean_characters
from nbprod.output.text import inside, said, untold
from nbprod.protocol import Dimension, Finding, Report, Severity, Span

if TYPE_CHECKING:
    from jinja2 import Environment

_AROUND = 2  # lines of code before and after the first of a finding
_MOST_LINES = 8
_LONGEST_LINE = 300


class Line(Struct, frozen=True):
    """A line of code: its number, and its text before, in and after the mark."""

    number: int
    before: str
    marked: str
    after: str


class _Row(Struct, frozen=True):
    """A notebook in the folder view; its section lies at `start` in the spool."""

    number: int
    path: str
    report: Report
    counts: Counter[Severity]
    start: int
    size: int

    @property
    def order(self) -> tuple[object, ...]:
        """Worst first: what could not be checked, then by score and by severities."""
        scores = self.report.scores
        headline = 101 if scores is None or scores.headline is None else scores.headline
        failed = any(problem.stage != "parse" for problem in self.report.problems)
        return not failed, headline, *(-self.counts[severity] for severity in Severity), self.path


class _Spool(Struct):
    """Sections on disk until the folder view above them can be written; in memory stay rows."""

    file: IO[bytes]
    rows: list[_Row] = field(default_factory=list)
    size: int = 0

    def add(self, report: Report, section: bytes) -> None:
        """Put a section away."""
        counts = Counter(finding.severity for finding in report.findings)
        slim = replace(report, findings=(), suppressed=())
        self.rows.append(_Row(len(self.rows) + 1, clean(report.path), slim, counts, self.size, len(section)))
        self.file.write(section)
        self.size += len(section)

    def sections(self) -> Iterator[bytes]:
        """Yield the sections in the order of the rows."""
        for row in self.rows:
            self.file.seek(row.start)
            yield self.file.read(row.size)


def render(outcomes: Iterable[Outcome], view: View) -> Iterator[bytes]:
    """Yield the page, as UTF-8, once all notebooks are known; their sections wait on disk."""
    templates = environment()
    section = templates.get_template("notebook.html")
    tally, rules = Tally(), set[str]()
    with tempfile.TemporaryFile() as file:
        spool = _Spool(file)
        for number, outcome in enumerate(outcomes, start=1):
            report = outcome.report
            tally.add(report)
            rules |= {finding.rule for finding in report.findings}
            sources = without_secrets(outcome.cells, report.findings)
            text = section.render(number=number, report=report, sources=sources, problems=list(untold(report)))
            spool.add(report, _encoded(text))
        spool.rows.sort(key=lambda row: row.order)
        facts = {"rows": spool.rows, "tally": tally, "summary": next(tally.summary(View(show=Severity.INFO)))}
        yield _encoded(templates.get_template("head.html").render(rules=sorted(rules), **facts))
        yield from spool.sections()
        yield _encoded(templates.get_template("foot.html").render())


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


@cache
def environment() -> "Environment":
    """The templates of `page/`, with what they may call; whatever a notebook holds is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  -- only for this format
    from markupsafe import Markup, escape  # noqa: PLC0415

    def prose(text: str) -> Markup:
        """Text of a message: code between backticks."""
        parts = clean(text).split("`")
        if len(parts) % 2 == 0:
            return escape("`".join(parts))
        pieces = (
            escape(part) if not index % 2 else Markup("<code>{}</code>").format(part)
            for index, part in enumerate(parts)
        )
        return Markup("").join(pieces)

    def asset(name: str) -> Markup:
        return Markup(_asset(name))  # noqa: S704  -- a file of ours

    templates = Environment(
        loader=PackageLoader("nbprod.output", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"prose": prose, "clean": clean, "said": said, "inside": inside}
    templates.globals |= {
        "asset": asset,
        "hash_of": _hash_of,
        "lines_of": lines_of,
        "is_link": lambda address: address is not None and address.startswith(("https://", "http://")),
        "severities": list(Severity),
        "dimensions": list(Dimension),
        "levels": "ABCDE",
        "version": __version__,
    }
    return templates


@cache
def _asset(name: str) -> str:
    return files("nbprod.output").joinpath("page", name).read_text(encoding="utf-8")


def _hash_of(name: str) -> str:
    """The source expression that allows a script or style of ours, and nothing else, to work."""
    return f"'sha256-{b64encode(sha256(_asset(name).encode()).digest()).decode()}'"


def lines_of(finding: Finding, sources: Sequence[str]) -> list[Line]:
    """The code that a finding is about, with what stands around its first line."""
    span = finding.at
    if span.output is not None or finding.absence or span.cell.index >= len(sources):
        return []
    lines = sources[span.cell.index].splitlines()
    first = max(span.line - _AROUND, 1)
    last = min(max(span.end_line, span.line) + _AROUND, len(lines), first + _MOST_LINES - 1)
    return [_line(number, lines[number - 1], span) for number in range(first, last + 1)]


def _line(number: int, text: str, span: Span) -> Line:
    start = 0 if number > span.line else span.column - 1 if number == span.line else len(text)
    end = len(text) if number < span.end_line else span.end_column - 1 if number == span.end_line else 0
    end = min(max(start, end), _LONGEST_LINE)
    pieces = (text[: min(start, _LONGEST_LINE)], text[start:end], text[max(start, end) : _LONGEST_LINE])
    before, marked, after = ("".join(clean_characters(piece)) for piece in pieces)
    return Line(number, before, marked, after + ("…" if len(text) > _LONGEST_LINE else ""))
