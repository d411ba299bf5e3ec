"""Installs the wheel into fresh environments, as users do: without Node."""

import os
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """Ours, with no folder on PATH that has Node."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not (Path(folder) / "node").exists()]
    return {**os.environ, "PATH": os.pathsep.join(kept)}


def run(*command: str | Path) -> str:
    done = subprocess.run(
        command, check=False, env=environment(), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


def install(home: Path, *requirements: str | Path) -> Path:
    """Make an environment with some packages; the folder of its programs."""
    venv.create(home, with_pip=True)
    run(home / "bin" / "pip", "install", "--quiet", *requirements)
    return home / "bin"
