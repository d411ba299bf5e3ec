"""The settings of one notebook, resolved."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from nbprod.config.names import RuleInfo, did_you_mean
from nbprod.config.schema import FailOn
from nbprod.protocol import Profile, Severity

_NOTHING: Mapping[str, Any] = MappingProxyType({})
DOCS_URL = "docs/rules/{rule}.md"


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).date()


class Settings(Struct, frozen=True, kw_only=True):
    """What was asked for one notebook, and by whom.

    A rule that the configuration leaves out is *silenced*: it runs all the same, because the score
    counts what is there, and its findings are listed as suppressed. Only `--select` on the command
    line keeps rules from running.

    `origins` names, for each setting, the file and key or the option it came from. `today` is the
    day (UTC) against which the `until` of an ignore is held.
    """

    rules: Mapping[str, RuleInfo]
    profile: Profile = Profile.PRODUCTION
    source: str | None = None
    runs: frozenset[str] | None = None
    silences: Mapping[str, str] = {}
    severities: Mapping[str, Severity] = {}
    rule_options: Mapping[str, Mapping[str, Any]] = {}
    fail_on_setting: FailOn | None = None
    profile_is_final: bool = False
    excluded: bool = False
    docs_url: str | None = None
    text_notebooks: bool | list[str] = True
    origins: Mapping[str, str] = {}
    today: dt.date = field(default_factory=_today)

    @property
    def fail_on(self) -> Severity | None:
        """The severity from which a finding fails the run; None for never."""
        if self.fail_on_setting is None:
            return Severity.ERROR if self.profile is Profile.EXPLORE else Severity.WARNING
        return None if self.fail_on_setting is FailOn.NEVER else Severity(self.fail_on_setting)

    @property
    def narrowed(self) -> bool:
        """Say whether `--select` keeps rules from running: then there is no score."""
        return self.runs is not None

    def enabled(self, rule: str) -> bool:
        """Say whether the rule of this name is to run."""
        return self.runs is None or rule in self.runs

    def silenced(self, rule: str) -> str | None:
        """Name the setting that silences all findings of `rule`, if one does."""
        return self.silences.get(rule)

    def severity_override(self, rule: str) -> Severity | None:
        """Return the severity that the configuration gives to `rule`, if it does."""
        return self.severities.get(rule)

    def options(self, rule: str) -> Mapping[str, Any]:
        """Return the options that the configuration sets for `rule`."""
        return self.rule_options.get(rule, _NOTHING)

    def docs(self, rule: str) -> str:
        """Return the address of the page of `rule`."""
        return (self.docs_url or DOCS_URL).replace("{rule}", rule)

    def for_notebook(self, metadata: Mapping[str, Any]) -> "tuple[Settings, str | None]":
        """Apply what a notebook's own metadata says of its profile.

        Returns:
            The settings, and what is wrong with `metadata.nbprod.profile` if it can't be used.
        """
        own = metadata.get("nbprod")
        if self.profile_is_final or not isinstance(own, Mapping) or "profile" not in own:
            return self, None
        try:
            profile = Profile(own["profile"])
        except ValueError:
            names = [str(item.value) for item in Profile]
            hint = did_you_mean(str(own["profile"]), names)
            return self, f"`metadata.nbprod.profile` is {own['profile']!r:.80}, not one of {', '.join(names)}{hint}"
        origins = {**self.origins, "profile": "metadata.nbprod.profile of the notebook"}
        return replace(self, profile=profile, origins=origins), None
