"""A run that is killed leaves every file as it was, or whole."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_notebooks import notebook_bytes

FILES = ("report.html", "baseline.json")
ARGUMENTS = [
    *("check", "--jobs", "2", "--write-baseline", "baseline.json"),
    *("--output-format", "text", "--output-format", "html:report.html"),
]
PROGRAM = """
import os, signal, sys
from nbprod.__main__ import main

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

{spoil}
sys.argv[0] = "nbprod"
main()
"""


def run(folder: Path, *arguments: str, spoil: str = "") -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", PROGRAM.format(spoil=spoil), *ARGUMENTS, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)


def held(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was checked once, and changed since."""
    folder = tmp_path_factory.mktemp("checked")
    for index in range(30):
        (folder / f"{index}.ipynb").write_bytes(notebook_bytes("x = = 1"))
    run(folder)
    for index in range(25):
        (folder / f"{index}.ipynb").write_bytes(notebook_bytes("y = = 2", f"z{index} = = 3"))
    return folder


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param("os.replace = die", id="before a file is put in its place"),
        pytest.param("import nbprod.cli.cache as m; m.Cache.keep = die", id="among the results"),
        pytest.param("import nbprod.output.html as m; m.render = die", id="while a report is written"),
        pytest.param("import nbprod.cli.shelf as m; m.Draft._blobs = die", id="while the cache is written"),
        pytest.param("import nbprod.cli.baseline as m; m.Recorder.write = die", id="before the baseline is written"),
    ],
)
def test_a_parent_that_is_killed(checked: Path, tmp_path: Path, spoil: str) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(checked, folder)
    old = held(folder)
    assert run(folder, spoil=spoil).returncode == -signal.SIGKILL
    torn = held(folder)
    after = run(folder)
    kept = held(folder)
    assert all(torn[name] in (old[name], kept[name]) for name in FILES)
    assert (run(folder, "--no-cache").stdout, held(folder)) == (after.stdout, kept)
    assert kept["baseline.json"] != old["baseline.json"]
