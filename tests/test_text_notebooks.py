"""Notebooks that are Python files, from the command line: which are found, where findings stand, what fixes write."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nbprod.cli import main
from nbprod.notebook import cell_notebook, read_notebook

Nbprod = Callable[..., Result]

HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---\n\n"
SCRIPT = f"{HEADER}# %% [markdown]\n# # Title\n\n# %%\nimport requests\nreply = requests.get(URL)\n"
CELLS = [("markdown", "# Title", ()), ("code", "import requests\nreply = requests.get(URL)", ())]
SELECT = ("--select", "http-without-timeout")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nbprod() -> Nbprod:
    def call(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=stdin, prog_name="nbprod")

    return call


@pytest.fixture
def pair(here: Path) -> tuple[Path, Path]:
    (here / "a.ipynb").write_bytes(cell_notebook(CELLS).raw)
    (here / "a.py").write_bytes(SCRIPT.encode())
    return here / "a.ipynb", here / "a.py"


def places(result: Result) -> list[str]:
    return [line.partition(": ")[0] for line in result.stdout.splitlines() if "[http-without-timeout]" in line]


def concise(nbprod: Nbprod, *arguments: str) -> Result:
    return nbprod("check", *SELECT, "--output-format", "concise", *arguments)


def test_findings_stand_in_lines_of_the_python_file(here: Path, nbprod: Nbprod) -> None:
    (here / "a.py").write_text(SCRIPT)
    assert places(concise(nbprod)) == ["a.py:12:cell 2:2:9"]
    (report,) = json.loads(nbprod("check", "--output-format", "json", "a.py").stdout)
    assert {finding["at"]["fileLine"] for finding in report["findings"] if "http" in finding["rule"]} == {12}
    assert "file=a.py,line=12," in nbprod("check", "--output-format", "github").stdout
    assert "`a.py:12`, cell 2:2:9" in nbprod("check", "--output-format", "markdown").stdout


def test_a_pair_is_reported_once(pair: tuple[Path, Path], nbprod: Nbprod) -> None:
    result = concise(nbprod)
    assert places(result) == ["a.ipynb:cell 2:2:9"]
    assert "note: a.py was not analysed: it is paired with a.ipynb, which says the same" in result.stdout
    assert places(concise(nbprod, "a.py")) == ["a.py:12:cell 2:2:9"]
    assert places(concise(nbprod, "a.py", "a.ipynb")) == ["a.ipynb:cell 2:2:9"]


@pytest.mark.parametrize("name", ["a.ipynb", "a.py"])
def test_a_fix_changes_both_files_of_a_pair(name: str, pair: tuple[Path, Path], nbprod: Nbprod) -> None:
    result = nbprod("fix", "--unsafe", *SELECT, name)
    assert result.exit_code == 0
    assert "was written, too, since" in result.stderr
    notebook, script = map(read_notebook, pair)
    assert [cell.source for cell in notebook.cells] == [cell.source for cell in script.cells]
    assert script.raw == SCRIPT.replace("(URL)", "(URL, timeout=(3.05, 30))").encode()
    assert pair[0].stat().st_mtime_ns <= pair[1].stat().st_mtime_ns, "jupytext takes the later one for the truth"


def test_a_pair_that_is_out_of_step_is_left_alone(pair: tuple[Path, Path], nbprod: Nbprod) -> None:
    pair[1].write_text(SCRIPT.replace("Title", "Another title"))
    before = [path.read_bytes() for path in pair]
    result = nbprod("fix", "--unsafe", *SELECT)
    assert result.exit_code == 1
    assert "`jupytext --sync a.ipynb` first" in result.stdout
    assert [path.read_bytes() for path in pair] == before


def test_partners_in_other_formats_are_named(pair: tuple[Path, Path], nbprod: Nbprod) -> None:
    pair[1].write_text(SCRIPT.replace("ipynb,py:percent", "md,py:percent"))
    pair[1].with_suffix(".md").write_text("# Title\n")
    assert "note: a.md is paired with a.py" in nbprod("fix", "--unsafe", *SELECT, "a.py").stderr


def test_a_module_is_no_notebook(here: Path, nbprod: Nbprod) -> None:
    (here / "a.py").write_text("import requests\nrequests.get(URL)\n")
    assert nbprod("check").stderr == "No notebooks found in ..\n"
    result = nbprod("check", "a.py")
    assert result.exit_code == 1
    assert "error: a.py: no notebook: this Python file has no cells" in result.stdout


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("true", ["a.py"]), ("false", []), ('["b.py", "c.py"]', ["b.py"]), ('["x/"]', [])],
)
def test_which_python_files_a_walk_takes(setting: str, expected: list[str], here: Path, nbprod: Nbprod) -> None:
    (here / "nbprod.toml").write_text(f"text-notebooks = {setting}\n")
    (here / "a.py").write_text(SCRIPT)
    (here / "b.py").write_text("# %%\nimport requests\nreply = requests.get(URL)\n")
    (here / "c.py").write_text("import requests\nreply = requests.get(URL)\n")
    assert [place.partition(":")[0] for place in places(concise(nbprod))] == expected


def test_baselines_and_changes_know_python_files(here: Path, nbprod: Nbprod, monkeypatch: pytest.MonkeyPatch) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ana")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ana@example.org")
    (here / "a.py").write_text(SCRIPT)
    nbprod("check", *SELECT, "--write-baseline", "base.json")
    for command in (["init"], ["add", "."], ["commit", "-m", "start"]):
        subprocess.run(["git", *command], cwd=here, check=True, capture_output=True)
    (here / "a.py").write_text(f"{SCRIPT}\n# %%\nother = requests.get(OTHER)\n")
    assert places(concise(nbprod, "--baseline", "base.json")) == ["a.py:15:cell 3:1:9"]
    assert places(concise(nbprod, "--changed-since", "HEAD")) == ["a.py:15:cell 3:1:9"]


def test_fixing_standard_input(nbprod: Nbprod) -> None:
    result = nbprod("fix", "--unsafe", *SELECT, "-", "--stdin-filename", "a.py", stdin=SCRIPT.encode())
    assert result.stdout == SCRIPT.replace("(URL)", "(URL, timeout=(3.05, 30))")


def test_fixes_in_sarif_replace_text_of_the_python_file(here: Path, nbprod: Nbprod) -> None:
    (here / "a.py").write_text(SCRIPT)
    log = json.loads(nbprod("check", *SELECT, "--output-format", "sarif").stdout)
    (result,) = log["runs"][0]["results"]
    (replaced,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replaced["deletedRegion"] == {"startLine": 12, "startColumn": 1, "endLine": 12, "endColumn": 26}
    assert replaced["insertedContent"]["text"] == "reply = requests.get(URL, timeout=(3.05, 30))"
