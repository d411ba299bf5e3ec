"""Runs programs as a pipeline does, and makes what they look at."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from nbprod.notebook import cell_notebook

ROOT = Path(__file__).parents[2]
LEAK: Sequence[tuple[str, str, Sequence[str]]] = [
    ("code", 'import pandas as pd\ndf = pd.read_csv("/home/ana/x.csv")\ndf.describe()', ())
]


def run(*command: str | Path, cwd: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a program with these variables besides ours; it finds the wheel, not the sources."""
    outer = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=cwd, env={**outer, **env}, text=True, capture_output=True, check=False, timeout=600
    )


def git(cwd: Path, *arguments: str) -> str:
    """Run git without anybody's settings."""
    names = {f"GIT_{role}_{what}": "ana@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = run("git", *arguments, cwd=cwd, GIT_CONFIG_GLOBAL=os.devnull, **names)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def put_project(folder: Path) -> Path:
    """A project with one finding, in a notebook."""
    (folder / "my notebooks").mkdir()
    (folder / "my notebooks" / "a.ipynb").write_bytes(cell_notebook(LEAK).raw)
    (folder / "module.py").write_text('PATH = "/home/ana/x.csv"\n')
    (folder / "requirements.txt").write_text("pandas==2.2\n")
    return folder
