"""What `hard-coded-path` says of a path that the session's machine has: no example can know one beforehand."""

from pathlib import Path

import pytest

from nbprod import registry
from nbprod.kit.testing import MakeWitness, executed_by, findings, notebook_from, text_from
from nbprod.notebook import parse_notebook, splice
from nbprod.protocol import Finding, Safety

RULE = registry.all_rules()["hard-coded-path"]


def only_finding(cells: str, make_witness: MakeWitness) -> Finding:
    [finding] = findings(RULE, notebook_from(cells), witness=make_witness(executed_by(cells)))
    return finding


def test_a_file_below_the_working_directory_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_witness: MakeWitness
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    cells = 'frame = open("~/data/churn.csv")'
    finding = only_finding(f"# %% file=data/churn.csv\nage\n1\n# %%\n{cells}", make_witness)
    assert "name it from the working directory" in finding.message
    assert finding.live
    [edits] = [fix.edits for fix in finding.fixes if fix.safety is Safety.UNSAFE]
    notebook = notebook_from(cells)
    assert text_from(parse_notebook(splice(notebook, edits), notebook.path)) == 'frame = open("data/churn.csv")'


def test_a_file_in_the_home_directory_is_on_this_machine_only(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, make_witness: MakeWitness
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "churn.csv").write_text("age\n1\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    finding = only_finding('# %%\nframe = open("~/churn.csv")', make_witness)
    assert finding.message.endswith("which exists only on this machine, under your home directory")
