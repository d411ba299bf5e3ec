"""nbprod as other programs get it: from a wheel that is built here, with its dependencies from the package index."""

import sys
from pathlib import Path

import pytest
from programs import ROOT, run


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, for PIP_FIND_LINKS; without the front end."""
    folder = tmp_path_factory.mktemp("wheels")
    build = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    done = run(*build, "--wheel-dir", folder, ROOT, cwd=folder, NBPROD_FRONT_END="skip")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
