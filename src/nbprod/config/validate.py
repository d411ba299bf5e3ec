"""Checks what the schema can't: names of rules and of their options, and path patterns."""

from collections.abc import Iterable, Mapping

import msgspec

from nbprod.config import globs
from nbprod.config.names import UNIGNORABLE, RuleInfo, did_you_mean
from nbprod.config.schema import ConfigFile, Section, spoken
from nbprod.errors import ConfigError, UsageError
from nbprod.protocol import Dimension

_DIMENSIONS = [str(item.value) for item in Dimension]


class Names:
    """The rules there are, and the dimensions as names for groups of them."""

    def __init__(self, rules: Mapping[str, RuleInfo]) -> None:
        self.rules = rules

    def expand(self, names: Iterable[str], where: str, error: type[UsageError] = ConfigError) -> frozenset[str]:
        """Turn names of rules and dimensions into names of rules.

        Raises:
            UsageError: (or the given subclass) a name is unknown; the text begins with `where`.
        """
        expanded: set[str] = set()
        for name in names:
            if name in _DIMENSIONS:
                expanded.update(rule for rule, info in self.rules.items() if info.dimension == name)
            elif name in self.rules:
                expanded.add(name)
            else:
                hint = did_you_mean(name, [*self.rules, *_DIMENSIONS])
                raise error(f"{where}: unknown rule or dimension `{name}`{hint}")
        return frozenset(expanded)

    def expand_ignored(self, names: Iterable[str], where: str, error: type[UsageError] = ConfigError) -> frozenset[str]:
        """Do the same for names to ignore: a secret can't be named, and no group covers one.

        Raises:
            UsageError: (or the given subclass) a name is unknown or can't be ignored.
        """
        names = tuple(names)
        for name in UNIGNORABLE.intersection(names):
            raise error(
                f"{where}: `{name}` cannot be ignored by name; allow a value by its SHA-256, in "
                f"`rules.{name}.allow` or in the notebook's `metadata.nbprod.secret-allow`"
            )
        return self.expand(names, where, error) - UNIGNORABLE

    def require(self, rule: str, where: str) -> RuleInfo:
        """Return what is known of the rule `rule`.

        Raises:
            ConfigError: there is no such rule.
        """
        info = self.rules.get(rule)
        if info is None:
            raise ConfigError(f"{where}: unknown rule `{rule}`{did_you_mean(rule, self.rules)}")
        return info


def check_file(config: ConfigFile, file: str, names: Names) -> None:
    """Check all names and patterns in a file, those of sections that don't apply included.

    Raises:
        ConfigError: one of them is wrong; the text names file and key.
    """
    sections = {"": Section(select=config.select, ignore=config.ignore, severity=config.severity)}
    sections.update({f'per-path."{pattern}".': section for pattern, section in config.per_path.items()})
    for where, section in sections.items():
        names.expand(section.select or (), f"{file}: `{where}select`")
        names.expand_ignored(section.ignore, f"{file}: `{where}ignore`")
        for rule in section.severity:
            names.require(rule, f"{file}: `{where}severity`")
    for rule, options in config.rules.items():
        info = names.require(rule, f"{file}: `rules`")
        _check_options(rule, options, info.options, f"{file}: `rules.{rule}`")
    profiles = config.profile if isinstance(config.profile, dict) else {}
    texts = config.text_notebooks if isinstance(config.text_notebooks, list) else []
    for pattern in (*profiles, *config.per_path, *config.exclude, *texts):
        if not globs.is_pattern(pattern):
            raise ConfigError(f'{file}: "{pattern}" is not a path pattern')


def _check_options(rule: str, options: Mapping[str, object], known: Mapping[str, object], where: str) -> None:
    for name, value in options.items():
        if name not in known:
            has = f"; it has {', '.join(f'`{option}`' for option in known)}" if known else "; it has no options"
            raise ConfigError(f"{where}: `{rule}` has no option `{name}`{did_you_mean(name, known) or has}")
        try:
            msgspec.convert(value, known[name])
        except msgspec.ValidationError as error:
            raise ConfigError(f"{where}: `{name}`: {spoken(error)}") from None
