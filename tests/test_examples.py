"""The example notebooks and the samples in our pages do what is said of them."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import nbprod
from nbprod.api import known_rules
from nbprod.cli import main
from nbprod.config import Configuration
from nbprod.kit.testing import check_examples
from nbprod.protocol import Severity

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
FAMILIES = {"hard-coded-path", "static-data-file", "no-failure-handling", "no-run-logging"}


def sample(page: str, language: str) -> str:
    """The longest fenced block of a language in a page."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(max(blocks, key=len))


@pytest.mark.parametrize("name", ["churn_poc", "weekly_sales_report"])
def test_a_proof_of_concept_shows_all_four_families(name: str) -> None:
    report = nbprod.check(EXAMPLES / f"{name}.ipynb")
    assert report.problems == ()
    warned = {finding.rule for finding in report.findings if finding.severity is not Severity.INFO}
    assert warned >= FAMILIES


def test_the_counter_example_has_nothing_to_warn_of() -> None:
    report = nbprod.check(EXAMPLES / "churn_production.ipynb")
    assert report.problems == ()
    assert [finding.message for finding in report.findings if finding.severity is not Severity.INFO] == []


def test_the_rule_in_contributing_passes_its_own_examples() -> None:
    namespace = {"__name__": "public_demo"}
    exec(sample("CONTRIBUTING.md", "python"), namespace)
    check_examples(namespace["PublicDemo"])


def test_the_configuration_in_the_readme_is_valid(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(sample("README.md", "toml"), encoding="utf-8")
    settings = Configuration(known_rules()).for_path(tmp_path / "research" / "a.ipynb")
    assert settings.profile == "explore"
    assert settings.silenced("print-as-log")


def test_the_terminal_session_in_the_readme_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    command, *shown = sample("README.md", "text").splitlines()
    output = CliRunner().invoke(main, command.split()[2:]).output.splitlines()
    assert command.startswith("$ nbprod check examples/")
    assert [line for line in shown if line not in (*output, "[...]")] == []
