"""From configuration files and command-line options to the settings of each notebook."""

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from nbprod.config import globs
from nbprod.config.find import Finder
from nbprod.config.names import ALWAYS_ON, RuleInfo
from nbprod.config.schema import ConfigFile, FailOn, Section, decode
from nbprod.config.settings import Settings
from nbprod.config.validate import Names, check_file
from nbprod.errors import UsageError
from nbprod.protocol import Profile, Severity


class Overrides(Struct, frozen=True, kw_only=True):
    """What the command line or a caller of the API asks for; it wins over every file.

    `force_exclude` says that what is excluded is left out even where it is named.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: Profile | None = None
    fail_on: FailOn | None = None
    force_exclude: bool = False


class Configuration:
    """Finds and merges what applies to a notebook.

    From weak to strong: defaults, the file's general keys, its `per-path` sections in the order
    they are written, `metadata.nbprod.profile` of the notebook, the command line. `ignore` adds up
    and beats `select`; the other keys replace. `--select` sets the general `select` and `ignore` of
    the files aside, as it does in Ruff; what they say for some paths stays.

    Raises:
        UsageError: `overrides` names an unknown rule, or ignores one that can't be ignored.
    """

    def __init__(
        self,
        rules: Mapping[str, RuleInfo],
        overrides: Overrides | None = None,
        today: dt.date | None = None,
    ) -> None:
        self.rules = rules
        self.overrides = overrides or Overrides()
        self._today = today or dt.datetime.now(tz=dt.UTC).date()
        self._names = Names(rules)
        self._finder = Finder()
        self._files: dict[Path, ConfigFile] = {}
        selected = self._names.expand(self.overrides.select, "--select", UsageError)
        self._runs = selected | ALWAYS_ON if self.overrides.select else None
        self._ignored = self._names.expand_ignored(self.overrides.ignore, "--ignore", UsageError)

    def for_path(self, path: Path | str) -> Settings:
        """Return the settings of the notebook at `path`, which need not exist.

        Raises:
            ConfigError: the configuration file that rules this folder is wrong.
        """
        draft = _Draft(self._runs is not None)
        found = self._file_for(path)
        if found is not None:
            self._lay_file(draft, *found)
        draft.put("profile", self.overrides.profile, "--profile")
        draft.put("fail-on", self.overrides.fail_on, "--fail-on")
        draft.ignore(self._ignored, "--ignore")
        return self._settings(draft)

    def identity(self, path: Path | str) -> str:
        """What the settings of `path` depend on, besides the overrides: the file that rules it, and what it says.

        Raises:
            ConfigError: the configuration file that rules this folder can't be read.
        """
        found = self._finder.find(os.path.dirname(os.path.abspath(path)))  # noqa: PTH100, PTH120
        return "" if found is None else f"{found[0]}\0{found[1]!r}"

    def excludes(self, path: Path | str) -> bool:
        """Say whether a walk leaves out a file, or a folder with all that is in it.

        Raises:
            ConfigError: the configuration file that rules this folder is wrong.
        """
        found = self._file_for(path)
        if found is None:
            return False
        _, config, inside = found
        return globs.matches(inside, config.exclude) or globs.matches(f"{inside}/_", config.exclude)

    def text_notebooks(self, path: Path | str) -> bool | None:
        """Say whether a walk takes a Python file with cell markers; None: only one that evidently is a notebook.

        Raises:
            ConfigError: the configuration file that rules this folder is wrong.
        """
        found = self._file_for(path)
        wanted = True if found is None else found[1].text_notebooks
        if found is None or isinstance(wanted, bool):
            return None if wanted else False
        return globs.matches(found[2], wanted)

    def _file_for(self, path: Path | str) -> tuple[Path, ConfigFile, str] | None:
        """The configuration file that rules `path`, and the path seen from its folder."""
        absolute = os.path.abspath(path)  # noqa: PTH100  -- Path.resolve would follow symlinks
        found = self._finder.find(os.path.dirname(absolute))  # noqa: PTH120
        if found is None:
            return None
        file, table = found
        config = self._files.get(file)
        if config is None:
            config = decode(table, str(file))
            check_file(config, str(file), self._names)
            self._files[file] = config
        return file, config, os.path.relpath(absolute, file.parent).replace(os.sep, "/")

    def _lay_file(self, draft: "_Draft", file: Path, config: ConfigFile, inside: str) -> None:
        draft.source = str(file)
        draft.excluded = globs.matches(inside, config.exclude)
        draft.options = config.rules
        draft.put("fail-on", config.fail_on, f"{file}: fail-on")
        draft.put("docs-url", config.docs_url, f"{file}: docs-url")
        if config.text_notebooks is not True:
            draft.put("text-notebooks", config.text_notebooks, f"{file}: text-notebooks")
        if isinstance(config.profile, dict):
            for pattern, profile in config.profile.items():
                if globs.matches(inside, [pattern]):
                    draft.put("profile", profile, f'{file}: profile."{pattern}"')
        else:
            draft.put("profile", config.profile, f"{file}: profile")
        general = Section(select=config.select, severity=config.severity)
        self._lay_section(draft, general, f"{file}: ")
        if not draft.narrowed:
            draft.ignore(self._names.expand_ignored(config.ignore, ""), f"{file}: ignore")
        for pattern, section in config.per_path.items():
            if globs.matches(inside, [pattern]):
                self._lay_section(draft, section, f'{file}: per-path."{pattern}".')

    def _lay_section(self, draft: "_Draft", section: Section, where: str) -> None:
        draft.put("profile", section.profile, f"{where}profile")
        if section.select is not None and not draft.narrowed:
            draft.chosen = self._names.expand(section.select, "")
            draft.origins["select"] = f"{where}select"
        draft.ignore(self._names.expand_ignored(section.ignore, ""), f"{where}ignore")
        for rule, severity in section.severity.items():
            draft.severities[rule] = severity
            draft.origins[f"severity.{rule}"] = f"{where}severity"

    def _settings(self, draft: "_Draft") -> Settings:
        silences = dict(draft.ignored)
        if draft.chosen is not None:
            scored = {name for name, info in self.rules.items() if info.dimension is not None}
            origin = draft.origins["select"]
            silences.update(dict.fromkeys(scored - draft.chosen - silences.keys(), f"not in {origin}"))
        if self._runs is not None:
            draft.origins["select"] = "--select"
        fail_on = draft.values.get("fail-on")
        docs_url = draft.values.get("docs-url")
        return Settings(
            rules=self.rules,
            profile=draft.values.get("profile") or Profile.PRODUCTION,
            profile_is_final=self.overrides.profile is not None,
            source=draft.source,
            excluded=draft.excluded,
            runs=self._runs,
            silences=silences,
            severities=draft.severities,
            rule_options=draft.options,
            fail_on_setting=fail_on,
            docs_url=docs_url if docs_url is None or "{rule}" in docs_url else f"{docs_url.rstrip('/')}/{{rule}}",
            text_notebooks=draft.values.get("text-notebooks", True),
            origins=draft.origins,
            today=self._today,
        )


class _Draft(Struct):
    """Settings in the making, while one source is laid over the other."""

    narrowed: bool
    source: str | None = None
    excluded: bool = False
    chosen: frozenset[str] | None = None
    ignored: dict[str, str] = {}
    severities: dict[str, Severity] = {}
    options: Mapping[str, Mapping[str, Any]] = {}
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}

    def put(self, name: str, value: object, origin: str) -> None:
        if value is not None:
            self.values[name] = value
            self.origins[name] = origin

    def ignore(self, rules: Iterable[str], origin: str) -> None:
        self.ignored.update(dict.fromkeys(rules, origin))
