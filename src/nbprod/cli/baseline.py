"""Baselines: what was found on one day is accepted, what comes on top of it is not.

    {"version": 1, "notebooks": {"churn.ipynb": {"hard-coded-path 84c1e9e83b32ece6799f": 1}}}

A notebook is named from the folder of the file. Findings are counted by rule and fingerprint, which knows no
place: moving a cell or editing another changes nothing, and a copy of an accepted smell is one too many.
"""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from nbprod.cli import EXIT_INTERNAL, EXIT_USAGE
from nbprod.cli.run import complain
from nbprod.errors import UsageError
from nbprod.output import Outcome
from nbprod.output.tally import count_of
from nbprod.protocol import Finding, Suppressed

VERSION = 1
SAME_NOTEBOOK = 0.8  # share of a notebook's findings that a vanished one had, for it to be that one renamed


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    notebooks: dict[str, dict[str, int]]


class Baseline:
    """Accepted findings, used up as they are met.

    Args:
        path: The file.

    Raises:
        UsageError: It can't be read as a baseline.
    """

    def __init__(self, path: Path) -> None:
        try:
            file = msgspec.json.decode(path.read_bytes(), type=_File)
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is no baseline: {error}; write one with --write-baseline") from error
        if file.version != VERSION:
            raise UsageError(f"{path} has version {file.version}, not {VERSION}: write it anew with --write-baseline")
        self._folder = path.absolute().parent
        self._accepted = {name: Counter(counts) for name, counts in file.notebooks.items()}

    def sift(self, outcome: Outcome) -> Outcome:
        """Move the accepted findings of a notebook to those that are suppressed."""
        allowed = self._allowed(outcome)
        new: list[Finding] = []
        known: list[Suppressed] = []
        for finding in outcome.report.findings:
            if allowed[_key(finding)] > 0:
                allowed[_key(finding)] -= 1
                known.append(Suppressed(finding=finding, by="baseline"))
            else:
                new.append(finding)
        suppressed = (*outcome.report.suppressed, *known)
        return replace(outcome, report=replace(outcome.report, findings=tuple(new), suppressed=suppressed))

    def _allowed(self, outcome: Outcome) -> Counter[str]:
        name = _name(outcome.report.path, self._folder)
        if name in self._accepted:
            return self._accepted[name]
        found = Counter(map(_key, outcome.report.findings))
        vanished = (counts for old, counts in self._accepted.items() if not (self._folder / old).exists())
        best = max(vanished, key=lambda counts: (counts & found).total(), default=None)
        if best is None or (best & found).total() < SAME_NOTEBOOK * found.total():
            return Counter()
        return best


class Recorder:
    """Counts the findings of a run, to become a baseline.

    Args:
        path: The file to write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._notebooks: dict[str, Mapping[str, int]] = {}

    def add(self, outcome: Outcome) -> None:
        """Count the findings of one notebook."""
        counts = Counter(map(_key, outcome.report.findings))
        if counts:
            self._notebooks[_name(outcome.report.path, self.path.absolute().parent)] = dict(sorted(counts.items()))

    def write(self) -> int:
        """Write the file, the same for the same findings; how many there are.

        Raises:
            UsageError: It can't be written.
        """
        from nbprod.cli.files import ReportFile  # noqa: PLC0415

        content = {"version": VERSION, "notebooks": dict(sorted(self._notebooks.items()))}
        data = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
        file = ReportFile(self.path)
        is_written = False
        try:
            file.write(data)
            is_written = True
        finally:
            file.close(keep=is_written)
        return sum(sum(counts.values()) for counts in self._notebooks.values())


class Sieve:
    """What becomes of findings before they are judged and shown.

    Args:
        baseline: The file with what is accepted.
        target: The file to which to write what is found.

    Raises:
        UsageError: The baseline can't be read.
    """

    def __init__(self, baseline: str | None, target: str | None) -> None:
        self.baseline = None if baseline is None else Baseline(Path(baseline))
        self.recorder = None if target is None else Recorder(Path(target))

    def sift(self, outcome: Outcome) -> Outcome:
        """Note the findings of a notebook, and take those away that are accepted."""
        if self.recorder is not None:
            self.recorder.add(outcome)
        return outcome if self.baseline is None else self.baseline.sift(outcome)

    def finish(self, code: int, unread: int) -> None:
        """Write what was noted, unless we failed; `unread` notebooks have no part in it."""
        if self.recorder is None:
            return
        if code in {EXIT_USAGE, EXIT_INTERNAL}:
            complain(f"Error: {self.recorder.path} was not written, since not all could be checked.")
        else:
            complain(f"Wrote {count_of(self.recorder.write(), 'finding')} to {self.recorder.path}.")
            if unread:
                complain(f"Error: {count_of(unread, 'notebook')} could not be read: nothing of it is accepted.")


def _key(finding: Finding) -> str:
    return f"{finding.rule} {finding.fingerprint}"


def _name(path: str, folder: Path) -> str:
    name = os.path.relpath(path, folder).replace(os.sep, "/")
    return name.encode("utf-8", "backslashreplace").decode()
