"""`nbprod trend`: how the findings of a project went from report to report."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median_low
from typing import Final

import click
import msgspec

from nbprod.cli.options import no_color_option
from nbprod.cli.run import emit, wants_color
from nbprod.errors import UsageError
from nbprod.output.terminal import clean_start, paint, width
from nbprod.protocol import Severity
from nbprod.score import LEVELS

_HEAD: Final = ("Report", "Notebooks", "Errors", "Warnings", "Infos", "New", "Fixed", "Median")
_LEVELS: Final = tuple(level for level, _ in LEVELS)
_NONE: Final = "-"


class _Finding(msgspec.Struct, frozen=True):
    rule: str
    severity: Severity
    fingerprint: str


class _Scores(msgspec.Struct, frozen=True):
    headline: int | None
    level: str | None


class _Report(msgspec.Struct, frozen=True):
    """What we need of `protocol.Report`, so that those of other versions can be read."""

    path: str
    findings: list[_Finding]
    scores: _Scores | None = None


class Point(msgspec.Struct, frozen=True, rename="camel"):
    """What one report comes to; `new` and `fixed` compare with the one before, and are None for the first.

    Findings are compared by rule and fingerprint, as for a baseline: moving or renaming changes nothing. `median` and
    `lowest` are headline scores, `levels` counts notebooks; both leave out notebooks without a score.
    """

    report: str
    modified: str
    notebooks: int
    errors: int
    warnings: int
    infos: int
    new: int | None
    fixed: int | None
    median: int | None
    lowest: int | None
    levels: dict[str, int]


_DECODER: Final = msgspec.json.Decoder(list[_Report])
_LINE_DECODER: Final = msgspec.json.Decoder(_Report)


@click.command("trend")
@click.argument("reports", nargs=-1, required=True, metavar="REPORTS...")
@click.option("--by-time", is_flag=True, help="Order reports by when they were written, not as given and named.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@no_color_option
def command(*, reports: tuple[str, ...], by_time: bool, output_format: str, no_color: bool) -> None:
    """Show how findings and scores went from report to report.

    REPORTS are files of `nbprod check --output-format json` or `jsonl`, or folders of them, from the
    oldest to the newest; those in a folder are taken in the order of their names.
    """
    files = list(dict.fromkeys(file for name in reports for file in _files(Path(name))))
    if by_time:
        files.sort(key=_modified)
    points = _points(files)
    if output_format == "json":
        emit([msgspec.json.format(msgspec.json.encode(list(points)), indent=1) + b"\n"])
    else:
        emit(_table(list(points), color=wants_color(no_color=no_color)))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    try:
        found = sorted(file for file in path.iterdir() if file.suffix in {".json", ".jsonl"})
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    if not found:
        raise UsageError(f"{path}: no reports in this folder: none of its files ends in .json or .jsonl")
    return found


def _points(files: Sequence[Path]) -> Iterator[Point]:
    before: Counter[tuple[str, str]] | None = None
    for file in files:
        reports = _read(file)
        findings = [finding for report in reports for finding in report.findings]
        now = Counter((finding.rule, finding.fingerprint) for finding in findings)
        severities = Counter(finding.severity for finding in findings)
        scored = [report.scores for report in reports if report.scores is not None]
        headlines = [scores.headline for scores in scored if scores.headline is not None]
        levels = Counter(scores.level for scores in scored)
        yield Point(
            report=str(file).encode("utf-8", "backslashreplace").decode(),
            modified=dt.datetime.fromtimestamp(_modified(file), dt.UTC).isoformat(timespec="seconds"),
            notebooks=len(reports),
            errors=severities[Severity.ERROR],
            warnings=severities[Severity.WARNING],
            infos=severities[Severity.INFO],
            new=None if before is None else (now - before).total(),
            fixed=None if before is None else (before - now).total(),
            median=median_low(headlines) if headlines else None,
            lowest=min(headlines, default=None),
            levels={level: levels[level] for level in _LEVELS},
        )
        before = now


def _read(file: Path) -> list[_Report]:
    try:
        data = file.read_bytes()
        return _DECODER.decode(data) if data.lstrip().startswith(b"[") else _LINE_DECODER.decode_lines(data)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{file} is no report: {error}; `nbprod check --output-format json` writes one") from error


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error


def _table(points: Sequence[Point], *, color: bool) -> Iterator[str]:
    """Yield aligned lines: a report each, and the way from the first to the last."""
    rows = [(*_HEAD, *_LEVELS), *map(_row, points)]
    sizes = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        first, *numbers = row
        cells = [first + " " * (sizes[0] - width(first))]
        cells += [f"{number:>{size}}" for number, size in zip(numbers, sizes[1:], strict=True)]
        line = "  ".join(cells)
        yield (paint(line, "bold", color=color) if row is rows[0] else line) + "\n"
    if len(points) > 1:
        first_point, last = points[0], points[-1]
        pairs = {
            "errors": (first_point.errors, last.errors),
            "warnings": (first_point.warnings, last.warnings),
            "median score": (first_point.median, last.median),
        }
        told = (f"{name} {_shown(old)} to {_shown(new)}" for name, (old, new) in pairs.items())
        yield f"From the first to the last: {', '.join(told)}.\n"


def _row(point: Point) -> tuple[str, ...]:
    counts = (point.notebooks, point.errors, point.warnings, point.infos, point.new, point.fixed, point.median)
    return (clean_start(point.report), *map(_shown, counts), *(str(point.levels[level]) for level in _LEVELS))


def _shown(number: int | None) -> str:
    return _NONE if number is None else str(number)
