"""The public API: from a notebook to its report. `nbprod check` is a loop around `Checker`."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from nbprod import __version__
from nbprod.config import Configuration, Overrides, RuleInfo, Settings, did_you_mean
from nbprod.engine.notices import NOTICES
from nbprod.errors import ConfigError, ReadError, UsageError
from nbprod.notebook import Notebook, parse_notebook, read_notebook
from nbprod.output import Outcome, Repaired
from nbprod.protocol import Dimension, Problem, Profile, Report, Safety, Scores
from nbprod.registry import listed_rules
from nbprod.score import scores

if TYPE_CHECKING:
    from nbprod.engine.check import Checked
    from nbprod.engine.fix import Accept
    from nbprod.evidence import Witness
    from nbprod.kit.rule import Listed
    from nbprod.semantic.reuse import Memory

UNNAMED = "<notebook>"


def check(
    source: str | Path | bytes,
    *,
    path: str | Path = UNNAMED,
    profile: Profile | str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    edits: bool = True,
) -> Report:
    """Check one notebook.

    What can't be read is no exception but a `Problem` in the report.

    Args:
        source: The file, or the bytes of a notebook.
        path: For bytes: the name to report, from which the configuration is looked for.
        profile: "explore" or "production"; beats the configuration.
        select: Rules or dimensions to run instead of all; there is no score then.
        ignore: Rules or dimensions to leave out.
        edits: Compute what fixes would change, not only their titles.

    Raises:
        UsageError: A rule or the profile is unknown, or the configuration file is wrong.
    """
    overrides = Overrides(select=tuple(select), ignore=tuple(ignore), profile=_profile(profile))
    checker = Checker(Configuration(known_rules(), overrides), edits=edits)
    outcome = checker.check_bytes(source, str(path)) if isinstance(source, bytes) else checker.check_file(source)
    return outcome.report


def fix(
    source: str | Path | bytes,
    *,
    path: str | Path = UNNAMED,
    profile: Profile | str | None = None,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    unsafe: bool = False,
    template: bool = False,
) -> Repaired:
    """Fix one notebook, in memory: `fix("churn.ipynb").data` are the bytes to write.

    Args:
        source: The file, or the bytes of a notebook.
        path: For bytes: the name to report, from which the configuration is looked for.
        profile: "explore" or "production"; beats the configuration.
        select: Rules or dimensions to fix instead of all.
        ignore: Rules or dimensions to leave out.
        unsafe: Fix what changes behaviour, too.
        template: Put in code that has holes to be filled.

    Raises:
        UsageError: A rule or the profile is unknown, or the configuration file is wrong.
        ReadError: It cannot be read as a notebook.
    """
    overrides = Overrides(select=tuple(select), ignore=tuple(ignore), profile=_profile(profile))
    fixer = Fixer(Configuration(known_rules(), overrides), allow=allowed(unsafe=unsafe, template=template))
    bytes_given = isinstance(source, bytes)
    outcome = fixer.check_bytes(source, str(path)) if bytes_given else fixer.check_file(source)  # type: ignore[arg-type]
    if not isinstance(outcome, Repaired):
        raise ReadError("; ".join(f"{problem.path}: {problem.message}" for problem in outcome.report.problems))
    return outcome


def allowed(*, unsafe: bool, template: bool) -> frozenset[Safety]:
    """Which fixes to apply; the safe ones always."""
    return frozenset(
        {Safety.SAFE} | ({Safety.UNSAFE} if unsafe else set()) | ({Safety.TEMPLATE} if template else set())
    )


def _profile(name: Profile | str | None) -> Profile | None:
    if name is not None and name not in Profile.__members__.values():
        raise UsageError(f"unknown profile `{name}`{did_you_mean(name, map(str, Profile))}")
    return None if name is None else Profile(name)


def known_rules() -> Mapping[str, RuleInfo]:
    """What a configuration may name: all rules, and the notices of the engine."""
    rules = {
        name: RuleInfo(rule.dimension, {option: type(default) for option, default in rule.options.items()})
        for name, rule in listed_rules().items()
    }
    return {**rules, **dict.fromkeys(NOTICES, RuleInfo())}


class Checker:
    """Checks one notebook after the other under one configuration; it keeps none of them.

    Args:
        configuration: Which rules, and how severe.
        edits: Compute what fixes would change, not only their titles.
        lines: Look up the physical lines of the file; with `edits` that is always done.

    Attributes:
        seconds: Set to a `Counter`, it adds up the CPU time of parsing, the model and each rule.
    """

    def __init__(self, configuration: Configuration, *, edits: bool, lines: bool = False) -> None:
        self.configuration = configuration
        self.edits = edits
        self.lines = lines
        self.seconds: Counter[str] | None = None

    @property
    def is_plain(self) -> bool:
        """It only checks, and notes nothing: copies of it in other processes do as well."""
        return type(self) is Checker and self.seconds is None

    def check_file(self, path: str | Path) -> Outcome:
        """Read and check a file; a failure to read it, or of ours, is a problem in the report.

        Raises:
            ConfigError: The configuration of its folder is wrong.
        """
        name = os.fspath(path)
        settings = self.configuration.for_path(name)
        try:
            notebook = read_notebook(Path(path))
        except (ReadError, MemoryError) as error:
            return self.unread(_problem(name, error), settings)
        return self._guarded(notebook, settings)

    def check_bytes(self, data: bytes, path: str) -> Outcome:
        """Check the bytes of a notebook under the name `path`.

        Raises:
            ConfigError: The configuration of the folder of `path` is wrong.
        """
        settings = self.configuration.for_path(path)
        try:
            notebook = parse_notebook(data, path)
        except (ReadError, MemoryError) as error:
            return self.unread(_problem(path, error), settings)
        return self._guarded(notebook, settings)

    def check_notebook(
        self,
        notebook: Notebook,
        default: Profile | None = None,
        *,
        memory: "Memory | None" = None,
        witness: "Witness | None" = None,
    ) -> Outcome:
        """Check a notebook that is already in memory, under a profile unless its project names one.

        With a `memory` of the last time, only what an edit touches is evaluated again; a `witness` knows the
        session that the notebook runs in.

        Raises:
            ConfigError: The configuration of the folder of its path is wrong.
        """
        settings = self.configuration.for_path(notebook.path)
        if default is not None and "profile" not in settings.origins:
            settings = replace(settings, profile=default)
        return self._guarded(notebook, settings, memory, witness)

    def unread(self, problem: Problem, settings: Settings | None = None) -> Outcome:
        """Report what can't be read: a file, or a folder that was to be walked.

        Raises:
            ConfigError: The configuration that rules its path is wrong.
        """
        settings = settings or self.configuration.for_path(problem.path)
        report = Report(path=problem.path, profile=settings.profile, config=settings.source, problems=(problem,))
        return Outcome(report)

    def skipped(self, path: str, reason: str) -> Outcome:
        """Report what is not looked at.

        Raises:
            ConfigError: The configuration that rules its path is wrong.
        """
        settings = self.configuration.for_path(path)
        return Outcome(Report(path=path, profile=settings.profile, config=settings.source, skipped=reason))

    def _guarded(
        self,
        notebook: Notebook,
        settings: Settings,
        memory: "Memory | None" = None,
        witness: "Witness | None" = None,
    ) -> Outcome:
        """Check, and turn a failure of ours into a problem: the other notebooks still count."""
        try:
            return self._checked(notebook, settings, memory, witness)
        except ConfigError:
            raise
        except MemoryError as error:
            return self.unread(_problem(notebook.path, error), settings)
        except Exception as error:  # noqa: BLE001
            message = f"{type(error).__name__}: {error}; please report this as a bug of nbprod"
            return self.unread(Problem(path=notebook.path, stage="model", message=message), settings)

    def _checked(
        self, notebook: Notebook, settings: Settings, memory: "Memory | None", witness: "Witness | None"
    ) -> Outcome:
        from nbprod.engine.check import check_notebook  # noqa: PLC0415  -- not where all results are known

        settings, fault = settings.for_notebook(notebook.metadata)
        problems = [] if fault is None else [Problem(path=notebook.path, stage="settings", message=fault)]
        report = Report(path=notebook.path, profile=settings.profile, config=settings.source, problems=tuple(problems))
        if notebook.skipped is not None:
            return Outcome(replace(report, skipped=notebook.skipped))
        checked = check_notebook(
            notebook,
            self._rules,
            settings,
            edits=self.edits,
            lines=self.lines,
            memory=memory,
            witness=witness,
            seconds=self.seconds,
        )
        report = replace(
            report,
            findings=tuple(checked.findings),
            suppressed=tuple(checked.suppressed),
            problems=(*problems, *checked.problems),
            scores=None if settings.narrowed else self._scores(checked),
            live=checked.live,
        )
        return Outcome(report, [cell.source for cell in notebook.cells], settings.fail_on)

    def _scores(self, checked: "Checked") -> Scores:
        return scores(
            checked.findings,
            checked.suppressed,
            capabilities=checked.capabilities,
            built=self._built,
            occurrences=checked.occurrences,
            ruleset=f"nbprod {__version__}, {len(self._rules)} rules",
        )

    @cached_property
    def _rules(self) -> "tuple[Listed, ...]":
        return tuple(listed_rules().values())

    @cached_property
    def _built(self) -> frozenset[Dimension]:
        return frozenset(rule.dimension for rule in self._rules)


class Fixer(Checker):
    """Fixes one notebook after the other under one configuration; it writes none of them.

    Args:
        configuration: Which rules, and how severe.
        allow: Which fixes to apply.
        accept: Asked before each fix.
    """

    def __init__(
        self, configuration: Configuration, *, allow: frozenset[Safety], accept: "Accept | None" = None
    ) -> None:
        super().__init__(configuration, edits=True)
        self.allow = allow
        self.accept = accept

    def _checked(
        self,
        notebook: Notebook,
        settings: Settings,
        memory: "Memory | None",  # noqa: ARG002
        witness: "Witness | None",  # noqa: ARG002
    ) -> Outcome:
        return self.repaired(notebook, settings)

    def repaired(self, notebook: Notebook, settings: Settings) -> Repaired:
        """Fix a notebook that was read."""
        from nbprod.engine.fix import fix_notebook  # noqa: PLC0415  -- most runs only check

        settings, fault = settings.for_notebook(notebook.metadata)
        problems = [] if fault is None else [Problem(path=notebook.path, stage="settings", message=fault)]
        report = Report(path=notebook.path, profile=settings.profile, config=settings.source, problems=tuple(problems))
        if notebook.skipped is not None:
            return Repaired(replace(report, skipped=notebook.skipped), before=notebook)
        fixed = fix_notebook(notebook, self._rules, settings, allow=self.allow, accept=self.accept)
        findings = tuple(item.finding for item in fixed.left)
        report = replace(report, findings=findings, problems=(*problems, *fixed.problems))
        return Repaired(report, before=notebook, fixed=fixed)


def _problem(path: str, error: ReadError | MemoryError) -> Problem:
    if isinstance(error, MemoryError):
        return Problem(path=path, stage="model", message="checking it takes more memory than there is")
    return Problem(path=path, stage="read", message=str(error).removeprefix(f"{path}: "))
