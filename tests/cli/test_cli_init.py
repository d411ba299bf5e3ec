"""`nbprod init`: what it writes for what it finds, and when it writes nothing."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from nbprod.config import Configuration
from nbprod.notebook import cell_notebook
from nbprod.protocol import Profile

Nbprod = Callable[..., Result]
LOOKS = [("code", "import pandas as pd\npd.read_csv('x.csv').head()", ())]
DELIVERS = [("code", "import pandas as pd\npd.read_csv('x.csv').to_parquet('s3://bucket/y.parquet')", ())]
TAKES = [("code", "DAYS = 3", ("parameters",)), ("code", "print(DAYS)", ())]


def put(here: Path, folder: str, *notebooks: list[tuple[str, str, tuple[str, ...]]], papermill: bool = False) -> None:
    (here / folder).mkdir(parents=True, exist_ok=True)
    for number, cells in enumerate(notebooks):
        data = cell_notebook(cells).raw
        if papermill:
            data = data.replace(b'"metadata": {\n  "kernelspec"', b'"metadata": {\n  "papermill": {},\n  "kernelspec"')
        (here / folder / f"{number}.ipynb").write_bytes(data)


@pytest.fixture
def project(here: Path) -> Path:
    put(here, ".", LOOKS)
    put(here, "01_eda/x", LOOKS, DELIVERS)
    put(here, "jobs", LOOKS, LOOKS)
    put(here, "archive", LOOKS)
    put(here, "reports", LOOKS, LOOKS)
    put(here, "weekly", LOOKS, DELIVERS)
    put(here, "monthly", LOOKS, TAKES)
    put(here, "lone", LOOKS)
    put(here, "runs", TAKES, TAKES, papermill=True)
    return here


def profile_of(here: Path, path: str) -> str:
    return Configuration({}).for_path(here / path).profile.value


def test_folders_are_sorted_by_name_and_by_what_their_notebooks_do(project: Path, nbprod: Nbprod) -> None:
    result = nbprod("init")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "Next:")
    assert result.stderr == "Wrote nbprod.toml: 15 notebooks: 8 for production, 4 exploratory, 3 left out.\n"
    settings = tomllib.loads((project / "nbprod.toml").read_text())
    assert settings == {
        "exclude": ["/archive/", "/runs/"],
        "profile": {"/01_eda/**": "explore", "/reports/**": "explore"},
    }
    assert profile_of(project, "01_eda/x/0.ipynb") == Profile.EXPLORE
    assert profile_of(project, "jobs/0.ipynb") == Profile.PRODUCTION
    assert nbprod("check", "--output-format", "concise").exit_code == 0


def test_a_pyproject_keeps_all_its_bytes(here: Path, nbprod: Nbprod) -> None:
    put(here, "eda", LOOKS)
    before = b'\xef\xbb\xbf[project]\r\nname = "\xc3\xa9"  # name\r\n\r\n[tool.ruff]'
    (here / "pyproject.toml").write_bytes(before)
    assert nbprod("init").exit_code == 0
    after = (here / "pyproject.toml").read_bytes()
    assert after.startswith(before + b"\r\n\r\n[tool.nbprod]\r\n")
    assert after.count(b"\n") == after.count(b"\r\n")
    assert not (here / "nbprod.toml").exists()
    assert profile_of(here, "eda/0.ipynb") == Profile.EXPLORE


def test_a_pyproject_that_cannot_be_added_to_is_left_alone(here: Path, nbprod: Nbprod) -> None:
    (here / "pyproject.toml").write_text("tool = { x = 1 }\n")
    assert "can't be added to as it is: nbprod.toml is written instead" in nbprod("init").stderr
    assert (here / "pyproject.toml").read_text() == "tool = { x = 1 }\n"
    assert profile_of(here, "a.ipynb") == Profile.PRODUCTION


def test_a_dry_run_writes_nothing(project: Path, nbprod: Nbprod) -> None:
    shown = nbprod("init", "--dry-run").stdout
    assert not (project / "nbprod.toml").exists()
    nbprod("init")
    assert shown == f"# nbprod.toml\n{(project / 'nbprod.toml').read_text()}"


@pytest.mark.parametrize(
    ("name", "text"), [("nbprod.toml", ""), ("pyproject.toml", "[tool.nbprod]\n"), ("nbprod.toml", "profile = 3")]
)
def test_what_is_configured_stays_so(name: str, text: str, here: Path, nbprod: Nbprod) -> None:
    (here / name).write_text(text)
    result = nbprod("init")
    assert result.exit_code == 2
    assert name in result.stderr
    assert [path.name for path in here.iterdir()] == [name]
    assert (here / name).read_text() == text


def test_the_file_of_a_folder_above_is_named(here: Path, nbprod: Nbprod) -> None:
    (here / "nbprod.toml").write_text("")
    put(here, "team", LOOKS)
    result = nbprod("init", "team")
    assert result.stderr.startswith(f"note: {here / 'nbprod.toml'} ruled this folder so far")
    assert (here / "team" / "nbprod.toml").exists()


def test_a_pyproject_that_is_no_toml(here: Path, nbprod: Nbprod) -> None:
    (here / "pyproject.toml").write_text("[project\n")
    result = nbprod("init")
    assert result.exit_code == 2
    assert "pyproject.toml: is not valid TOML" in result.stderr


def test_nothing_is_written_through_a_link(
    here: Path, nbprod: Nbprod, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = tmp_path_factory.mktemp("elsewhere") / "pyproject.toml"
    target.write_text("")
    (here / "pyproject.toml").symlink_to(target)
    assert nbprod("init").exit_code == 2
    assert target.read_text() == ""


@pytest.mark.parametrize("name", ["a[b]*?", 'q"uote', "new\nline", "back\\slash", "\x7f", "é"])
def test_folders_of_any_name_are_meant_to_the_letter(name: str, here: Path, nbprod: Nbprod) -> None:
    put(here, f"eda {name}", LOOKS, LOOKS)
    put(here, "eda axy", DELIVERS)
    assert nbprod("init").exit_code == 0
    assert profile_of(here, f"eda {name}/0.ipynb") == Profile.EXPLORE
    assert profile_of(here, "eda axy/0.ipynb") == Profile.PRODUCTION


def test_a_folder_whose_name_is_no_text_is_left_to_the_default(here: Path, nbprod: Nbprod) -> None:
    put(here, os.fsdecode(b"\xff"), LOOKS, LOOKS)
    assert nbprod("init").stderr == "Wrote nbprod.toml: 2 notebooks: 2 for production, 0 exploratory, 0 left out.\n"
