"""What changed since a commit: only findings in cells that did are of interest then."""

import os
import subprocess
from collections import Counter
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from nbprod.errors import ReadError, UsageError
from nbprod.notebook import parse_notebook
from nbprod.output import Outcome
from nbprod.protocol import Finding, Suppressed

_GIT = ("git", "--no-optional-locks", "-c", "core.fsmonitor=false")  # a repository's own settings start no program


class Changes:
    """Compares the notebooks of the current repository with those of a commit.

    Where the branch has left the one of the commit, the comparison is with the place where it left: what others
    did there meanwhile is no change here.

    Args:
        ref: A commit, branch or tag.

    Raises:
        UsageError: git or the commit is not there, or the current folder lies in no repository.
    """

    def __init__(self, ref: str) -> None:
        self.ref = ref
        self._top = Path(os.fsdecode(self._git("rev-parse", "--show-toplevel").removesuffix(b"\n"))).resolve()
        commit = self._git("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").decode().strip()
        base = self._run("merge-base", commit, "HEAD")
        self._commit = base.stdout.decode().strip() if base.returncode == 0 else commit

    def concerns(self, path: str) -> bool:
        """Whether a notebook is another than it was, or is new."""
        name = self._name(path)
        return name is None or name in self._changed

    def sift(self, outcome: Outcome) -> Outcome:
        """Move the findings that concern no changed cell to those that are suppressed."""
        changed = self._changed_cells(outcome)
        if changed is None:
            return outcome
        findings = outcome.report.findings
        new = tuple(finding for finding in findings if _concerns(finding, changed))
        old = [Suppressed(finding=finding, by="unchanged") for finding in findings if not _concerns(finding, changed)]
        return replace(
            outcome, report=replace(outcome.report, findings=new, suppressed=(*outcome.report.suppressed, *old))
        )

    def _changed_cells(self, outcome: Outcome) -> set[int] | None:
        """The indices of the cells whose text no cell had; None when all are new."""
        name = self._name(outcome.report.path)
        then = None if name is None else self._run("cat-file", "blob", f"{self._commit}:{name}")
        if then is None or then.returncode:
            return None
        try:
            had = Counter(cell.source for cell in parse_notebook(then.stdout, outcome.report.path).cells)
        except ReadError:
            return None
        changed = set()
        for index, source in enumerate(outcome.cells):
            had[source] -= 1
            if had[source] < 0:
                changed.add(index)
        return changed

    @cached_property
    def _changed(self) -> set[str]:
        """Names, from the top of the repository, of the files that differ from the commit or are not in it."""
        differing = self._git("diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", self._commit, "--")
        new = self._git("ls-files", "--others", "-z", "--full-name", "--", ":/")
        return {os.fsdecode(name) for name in (differing + new).split(b"\0") if name}

    def _name(self, path: str) -> str | None:
        """How git names a file; None for one outside of the repository."""
        place = Path(path).absolute()
        real = place.parent.resolve() / place.name
        return real.relative_to(self._top).as_posix() if real.is_relative_to(self._top) else None

    def _git(self, *arguments: str) -> bytes:
        done = self._run(*arguments)
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
            raise UsageError(f"--changed-since {self.ref}: git says: {told}")
        return done.stdout

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
        try:
            return subprocess.run([*_GIT, *arguments], capture_output=True, check=False)  # noqa: S603
        except FileNotFoundError as error:
            raise UsageError("--changed-since needs git, which is not installed") from error


def _concerns(finding: Finding, changed: set[int]) -> bool:
    """Whether a finding is about a changed cell, or one tells part of its story; what is absent was so before."""
    places = {finding.at.cell.index, *(related.span.cell.index for related in finding.related)}
    return not finding.absence and not places.isdisjoint(changed)
