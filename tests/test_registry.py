"""Our own rules, and those that other packages bring along."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from nbprod import registry
from nbprod.errors import RuleError
from nbprod.registry import Listing, all_rules, listed_rules, modules, rules_in

PLUGIN = '''
from nbprod.kit import Context, Dimension, Diagnosis, Notebook, Rule, Severities, Severity, on

class FromElsewhere(Rule):
    """A rule of somebody else's."""

    dimension = Dimension.DATA
    severity = Severities(Severity.INFO, Severity.INFO)
    since = "1"

    @on(Notebook)
    def check(self, notebook, ctx):
        yield self.finding(ctx, ctx.cell_span(0, 0, 0), "found")
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python imports from; what was found without it is forgotten, before and after."""
    monkeypatch.syspath_prepend(tmp_path)
    listed_rules.cache_clear()
    yield tmp_path
    listed_rules.cache_clear()
    sys.modules.pop("elsewhere", None)


def install(site: Path, module: str, metadata: str = "elsewhere-1.0.dist-info") -> None:
    (site / "elsewhere.py").write_text(PLUGIN, encoding="utf-8")
    folder = site / metadata
    folder.mkdir()
    name = "PKG-INFO" if metadata.endswith(".egg-info") else "METADATA"
    (folder / name).write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(f"[nbprod.rules]\nelsewhere = {module}\n", encoding="utf-8")


@pytest.mark.parametrize("metadata", ["elsewhere-1.0.dist-info", "elsewhere.egg-info"])
def test_a_plugin_that_is_installed_is_found(site: Path, metadata: str) -> None:
    assert "from-elsewhere" not in all_rules()
    listed_rules.cache_clear()
    install(site, "elsewhere", metadata)
    assert "from-elsewhere" in all_rules()


def test_a_plugin_that_fails_is_named(site: Path) -> None:
    install(site, "no_such_module")
    with pytest.raises(RuleError, match="elsewhere"):
        all_rules()


def test_the_index_says_of_each_rule_what_it_is() -> None:
    found = [Listing.of(rule) for module in modules() for rule in rules_in(module)]
    assert {rule.name: rule for rule in found} == listed_rules()


def test_a_rule_that_the_index_lacks_is_found(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "index.json").write_text("[]", encoding="utf-8")
    before = listed_rules()
    monkeypatch.setattr(registry, "INDEX", tmp_path / "index.json")
    listed_rules.cache_clear()
    assert listed_rules() == {name: rule.load() for name, rule in before.items()}


def test_a_line_that_fits_its_rule_no_more_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_LOADED", {})
    line = next(iter(listed_rules().values()))
    assert isinstance(line, Listing)
    with pytest.raises(RuleError, match=r"out of date .*docs/generate\.py"):
        replace(line, needs=frozenset({"something.else"})).load()


def test_knowing_the_rules_imports_none() -> None:
    program = "import sys; from nbprod.api import known_rules; known_rules(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if name.startswith("nbprod.rules.")] == []


def test_what_is_no_folder_on_the_path_is_passed_over(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "file").write_bytes(b"")
    (site / "broken.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(site / "file"), str(site / "gone")])
    assert "from-elsewhere" not in all_rules()
