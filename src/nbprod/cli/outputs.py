"""Where reports go: several formats in one run, each to standard output or to a file of its own."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from nbprod.cli.run import Progress, emit
from nbprod.errors import UsageError
from nbprod.output import Outcome, View
from nbprod.output.formats import FORMATS, renderer_of


class Output(Struct, frozen=True):
    """A format, and the file it goes to; None for standard output."""

    format: str
    file: str | None = None


def parse_outputs(values: Sequence[str], file: str | None) -> list[Output]:
    """Read `FORMAT` and `FORMAT:FILE`; `file` is where the one format without a file goes.

    Raises:
        UsageError: A format is unknown, or two go to the same place.
    """
    outputs = []
    for value in values or ["text"]:
        name, colon, target = value.partition(":")
        if name not in FORMATS:
            raise UsageError(f"--output-format: unknown format `{name}`; there are {', '.join(FORMATS)}")
        if colon and not target:
            raise UsageError(f"--output-format: no file after `{value}`")
        outputs.append(Output(name, target or None))
    bare = [output for output in outputs if output.file is None]
    if len(bare) > 1:
        named = " and ".join(output.format for output in bare)
        raise UsageError(f"{named} cannot share one place: write --output-format FORMAT:FILE for all but one of them")
    if file is not None and not bare:
        raise UsageError("--output-file is for a format without a file of its own")
    outputs = [Output(output.format, output.file or file) for output in outputs]
    named_files = [os.path.realpath(output.file) for output in outputs if output.file is not None]
    if len(set(named_files)) < len(named_files):
        raise UsageError("two formats cannot be written to one file")
    return outputs


def as_statistics(outputs: Sequence[Output]) -> list[Output]:
    """Count instead of listing.

    Raises:
        UsageError: The format is one that has no such form.
    """
    others = [output.format for output in outputs if output.format not in {"text", "concise"}]
    if others:
        raise UsageError(f"--statistics is for people: use it without --output-format {others[0]}")
    return [Output("statistics", output.file) for output in outputs]


def needs_of(outputs: Sequence[Output]) -> dict[str, bool]:
    """What a checker has to compute for these outputs."""
    formats = [FORMATS[output.format] for output in outputs if output.format in FORMATS]
    return {"edits": any(item.edits for item in formats), "lines": any(item.lines for item in formats)}


def write_outputs(outputs: Sequence[Output], outcomes: Iterable[Outcome], view: View, progress: Progress) -> None:
    """Render one stream of outcomes in all formats at once.

    Raises:
        UsageError: A file can't be written.
    """
    (*others, main) = sorted(outputs, key=lambda output: output.file is None)
    if not others and main.file is None:
        emit(renderer_of(main.format).render(outcomes, view), progress)
    else:
        _branch_out(outputs, outcomes, view, progress)


def _branch_out(outputs: Sequence[Output], outcomes: Iterable[Outcome], view: View, progress: Progress) -> None:
    from nbprod.cli.files import Branch  # noqa: PLC0415  -- most runs write no file

    branches: list[Branch] = []

    def shared() -> Iterator[Outcome]:
        for outcome in outcomes:
            for branch in branches:
                branch.give(outcome)
            yield outcome

    completed = False
    try:
        branches.extend(
            Branch(renderer_of(output.format), replace(view, color=False), Path(output.file))
            for output in outputs
            if output.file is not None
        )
        bare = next((output for output in outputs if output.file is None), None)
        if bare is not None:
            emit(renderer_of(bare.format).render(shared(), view), progress)
        else:
            for _ in shared():
                pass
        completed = True
    finally:
        failures = [branch.finish(completed=completed) for branch in branches]
    for failure in failures:
        if failure is not None:
            raise failure
