"""What applies to a notebook, and who decided it."""

import datetime as dt
from pathlib import Path

import pytest

from nbprod.config import Configuration, FailOn, Overrides, RuleInfo, Settings
from nbprod.errors import ConfigError, UsageError
from nbprod.protocol import Dimension, Profile, Severity

RULES = {
    "cell-not-analysable": RuleInfo(),
    "hard-coded-path": RuleInfo(Dimension.IDEAL_CONDITIONS),
    "hard-coded-secret": RuleInfo(Dimension.TRUST, {"allow": list}),
    "static-data-file": RuleInfo(Dimension.DATA),
    "untyped-load": RuleInfo(Dimension.DATA),
}


def resolve(path: Path, **overrides: object) -> Settings:
    return Configuration(RULES, Overrides(**overrides)).for_path(path)


def write(folder: Path, text: str, name: str = "nbprod.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / "a.ipynb"


def silenced(settings: Settings) -> set[str]:
    return {rule for rule in RULES if settings.silenced(rule)}


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = resolve(tmp_path / "a.ipynb")
    assert settings.profile is Profile.PRODUCTION
    assert settings.fail_on is Severity.WARNING
    assert settings.docs("hard-coded-path") == "docs/rules/hard-coded-path.md"
    assert all(settings.enabled(rule) and settings.silenced(rule) is None for rule in RULES)
    assert (settings.source, settings.origins, settings.narrowed) == (None, {}, False)


def test_the_nearest_file_upwards_decides_alone(tmp_path: Path) -> None:
    write(tmp_path, 'profile = "explore"\nignore = ["data"]')
    below = write(tmp_path / "deep" / "er", "")
    assert resolve(tmp_path / "deep" / "a.ipynb").profile is Profile.EXPLORE
    assert silenced(resolve(below)) == set()


def test_nbprod_toml_wins_over_pyproject_of_the_same_folder(tmp_path: Path) -> None:
    notebook = write(tmp_path, '[tool.nbprod]\nprofile = "explore"', "pyproject.toml")
    assert resolve(notebook).profile is Profile.EXPLORE
    write(tmp_path, 'fail-on = "never"')
    settings = resolve(notebook)
    assert (settings.profile, settings.fail_on) == (Profile.PRODUCTION, None)
    assert settings.source == str(tmp_path / "nbprod.toml")


@pytest.mark.parametrize("text", ["", "[tool.ruff]\n", '[project]\nname = "uses-nbprod"', "not toml at all ]["])
def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path, text: str) -> None:
    write(tmp_path, 'profile = "explore"')
    assert resolve(write(tmp_path / "inner", text, "pyproject.toml")).profile is Profile.EXPLORE


@pytest.mark.parametrize(
    "text",
    [
        "[tool.nbprod]\nprofile = 'explore'",
        "[ tool . 'nbprod' ]\nprofile = 'explore'",
        "tool.nbprod.profile = 'explore'",
        "[tool]\nnbprod = { profile = 'explore' }",
        "tool = { nbprod = { profile = 'explore' } }",
    ],
)
def test_every_spelling_of_our_table(tmp_path: Path, text: str) -> None:
    assert resolve(write(tmp_path, text, "pyproject.toml")).profile is Profile.EXPLORE


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert resolve(write(tmp_path, '\ufeffprofile = "explore"')).profile is Profile.EXPLORE


def test_dimensions_stand_for_their_rules_and_ignore_beats_select(tmp_path: Path) -> None:
    settings = resolve(write(tmp_path, 'select = ["data", "hard-coded-path"]\nignore = ["untyped-load"]'))
    assert silenced(settings) == {"untyped-load", "hard-coded-secret"}
    assert settings.enabled("untyped-load"), "what the configuration leaves out still counts in the score"
    assert settings.silenced("untyped-load") == f"{tmp_path / 'nbprod.toml'}: ignore"


def test_a_group_never_covers_a_secret(tmp_path: Path) -> None:
    assert silenced(resolve(write(tmp_path, 'ignore = ["trust"]'))) == set()


def test_sections_apply_by_path_in_the_order_written(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
        ignore = ["untyped-load"]
        [profile]
        "drafts" = "explore"
        [per-path."legacy/**"]
        ignore = ["static-data-file"]
        severity = { hard-coded-path = "info" }
        [per-path."*_demo.ipynb"]
        profile = "explore"
        severity = { hard-coded-path = "error" }
        """,
    )
    legacy = resolve(tmp_path / "legacy" / "old.ipynb")
    assert silenced(legacy) == {"untyped-load", "static-data-file"}
    assert legacy.severity_override("hard-coded-path") is Severity.INFO
    demo = resolve(tmp_path / "legacy" / "x_demo.ipynb")
    assert demo.severity_override("hard-coded-path") is Severity.ERROR
    assert (demo.profile, demo.fail_on) == (Profile.EXPLORE, Severity.ERROR)
    assert demo.origins["profile"].endswith('per-path."*_demo.ipynb".profile')
    assert resolve(tmp_path / "drafts" / "deep" / "a.ipynb").profile is Profile.EXPLORE
    assert resolve(tmp_path / "a.ipynb").profile is Profile.PRODUCTION


def test_excluded_paths(tmp_path: Path) -> None:
    write(tmp_path, 'exclude = ["archive/"]')
    assert resolve(tmp_path / "archive" / "a.ipynb").excluded
    assert not resolve(tmp_path / "archive.ipynb").excluded
    configuration = Configuration(RULES)
    assert configuration.excludes(tmp_path / "archive")
    assert configuration.excludes(tmp_path / "archive" / "a.ipynb")
    assert not configuration.excludes(tmp_path / "archives")


def test_the_command_line_wins_over_metadata_and_metadata_over_the_file(tmp_path: Path) -> None:
    notebook = write(tmp_path, 'profile = "production"\nfail-on = "info"')
    own = {"nbprod": {"profile": "explore"}}
    settings, fault = resolve(notebook).for_notebook(own)
    assert (settings.profile, fault) == (Profile.EXPLORE, None)
    assert settings.origins["profile"] == "metadata.nbprod.profile of the notebook"
    settings, _ = resolve(notebook, profile=Profile.PRODUCTION, fail_on=FailOn.ERROR).for_notebook(own)
    assert (settings.profile, settings.fail_on) == (Profile.PRODUCTION, Severity.ERROR)
    assert settings.origins["profile"] == "--profile"


@pytest.mark.parametrize("profile", ["prod", 7, None, ["explore"], {"a": 1}])
def test_a_wrong_profile_in_the_metadata_is_told(tmp_path: Path, profile: object) -> None:
    settings, fault = resolve(tmp_path / "a.ipynb").for_notebook({"nbprod": {"profile": profile}})
    assert settings.profile is Profile.PRODUCTION
    assert fault is not None
    assert "not one of explore, production" in fault


@pytest.mark.parametrize("own", [{}, {"nbprod": None}, {"nbprod": []}, {"nbprod": {"ignore": []}}])
def test_metadata_without_a_profile_changes_nothing(tmp_path: Path, own: dict[str, object]) -> None:
    settings = resolve(tmp_path / "a.ipynb")
    assert settings.for_notebook(own) == (settings, None)


def test_select_on_the_command_line_keeps_the_other_rules_from_running(tmp_path: Path) -> None:
    notebook = write(
        tmp_path, 'select = ["untyped-load"]\nignore = ["data"]\n[per-path."a.ipynb"]\nignore = ["static-data-file"]'
    )
    settings = resolve(notebook, select=("data",))
    assert settings.narrowed
    assert [rule for rule in RULES if settings.enabled(rule)] == [
        "cell-not-analysable",
        "static-data-file",
        "untyped-load",
    ]
    assert silenced(settings) == {"static-data-file"}, "what the file says for single paths stays"


def test_ignore_on_the_command_line_adds_to_the_file(tmp_path: Path) -> None:
    settings = resolve(write(tmp_path, 'ignore = ["untyped-load"]'), ignore=("hard-coded-path",))
    assert silenced(settings) == {"untyped-load", "hard-coded-path"}
    assert settings.silenced("hard-coded-path") == "--ignore"


def test_options_reach_their_rule(tmp_path: Path) -> None:
    settings = resolve(write(tmp_path, '[rules.hard-coded-secret]\nallow = ["abc"]'))
    assert settings.options("hard-coded-secret") == {"allow": ["abc"]}
    assert settings.options("untyped-load") == {}


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://docs.example/rules", "https://docs.example/rules/untyped-load"),
        ("https://docs.example/rules/", "https://docs.example/rules/untyped-load"),
        ("https://docs.example/{rule}.html", "https://docs.example/untyped-load.html"),
    ],
)
def test_addresses_of_rule_pages(tmp_path: Path, url: str, page: str) -> None:
    assert resolve(write(tmp_path, f'docs-url = "{url}"')).docs("untyped-load") == page


def test_today_can_be_set() -> None:
    day = dt.date(2026, 5, 1)
    assert Configuration(RULES, today=day).for_path("a.ipynb").today == day


@pytest.mark.parametrize("names", [("hard-code-path",), ("dta",)])
def test_unknown_names_on_the_command_line(names: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match=r"--select: unknown rule or dimension .*did you mean"):
        Configuration(RULES, Overrides(select=names))


def test_a_secret_cannot_be_ignored_by_name() -> None:
    with pytest.raises(UsageError, match="cannot be ignored by name; allow a value by its SHA-256"):
        Configuration(RULES, Overrides(ignore=("hard-coded-secret",)))


MISTAKES = {
    'selct = ["data"]': "unknown key `selct`; did you mean `select`?",
    "[tool.nbprod]": "unknown key `tool`",
    'select = "data"': "`select`: expected `array`, got `str`",
    "select = [1]": "`select`: expected `str`, got `int`, at `[0]`",
    'select = ["untyped-lod"]': "`select`: unknown rule or dimension `untyped-lod`; did you mean `untyped-load`?",
    'ignore = ["hard-coded-secret"]': "`ignore`: `hard-coded-secret` cannot be ignored by name",
    'profile = "prod"': "`profile`: `prod` is not one of explore, production; did you mean `production`?",
    'profile = { "a/**" = "prod" }': '`profile."a/**"`: `prod` is not one of explore, production',
    'severity = { data = "info" }': "`severity`: unknown rule `data`",
    'severity = { untyped-load = "fatal" }': "`severity.untyped-load`: `fatal` is not one of error, warning, info",
    'fail-on = "warnings"': "did you mean `warning`?",
    'fail_on = "error"': "unknown key `fail_on`; did you mean `fail-on`?",
    '[per-path."x"]\nfail-on = "error"': "unknown key `per-path.x.fail-on`",
    '[per-path."x/*"]\nignore = ["nope"]': '`per-path."x/*".ignore`: unknown rule or dimension `nope`',
    "per-path = 3": "`per-path`: expected `table`, got `int`",
    'exclude = ["[z-a]"]': '"[z-a]" is not a path pattern',
    "text-notebooks = 3": "`text-notebooks`: expected `bool | array`, got `int`",
    'text-notebooks = ["[z-a]"]': '"[z-a]" is not a path pattern',
    'exclude = [""]': '"" is not a path pattern',
    "[rules.untyped-lod]": "`rules`: unknown rule `untyped-lod`; did you mean `untyped-load`?",
    "[rules.untyped-load]\nx = 1": "`untyped-load` has no option `x`; it has no options",
    "[rules.hard-coded-secret]\nalow = []": "no option `alow`; did you mean `allow`?",
    "[rules.hard-coded-secret]\nallow = 3": "`rules.hard-coded-secret`: `allow`: expected `array`, got `int`",
    "a = = 1": "is not valid TOML",
}


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_name_the_file_and_the_key(tmp_path: Path, text: str) -> None:
    notebook = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        resolve(notebook)
    assert str(caught.value).startswith(str(tmp_path / "nbprod.toml"))
    assert MISTAKES[text] in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "nbprod.toml").write_bytes(b"profile = '\xff'")
    with pytest.raises(ConfigError, match=r"nbprod\.toml: is not UTF-8: .* at byte 11"):
        resolve(tmp_path / "a.ipynb")


def test_tool_nbprod_that_is_no_table(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`tool\.nbprod` has to be a table"):
        resolve(write(tmp_path, "[tool]\nnbprod = 3", "pyproject.toml"))


def test_a_folder_with_the_name_of_the_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "nbprod.toml").mkdir()
    assert resolve(tmp_path / "a.ipynb").source is None
