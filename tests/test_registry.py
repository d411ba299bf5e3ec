"""Our own rules, and those that other packages bring along."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbprod.errors import RuleError
from nbprod.registry import all_rules

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
    all_rules.cache_clear()
    yield tmp_path
    all_rules.cache_clear()
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
    all_rules.cache_clear()
    install(site, "elsewhere", metadata)
    assert "from-elsewhere" in all_rules()


def test_a_plugin_that_fails_is_named(site: Path) -> None:
    install(site, "no_such_module")
    with pytest.raises(RuleError, match="elsewhere"):
        all_rules()


def test_what_is_no_folder_on_the_path_is_passed_over(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (site / "file").write_bytes(b"")
    (site / "broken.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(site / "file"), str(site / "gone")])
    assert "from-elsewhere" not in all_rules()
