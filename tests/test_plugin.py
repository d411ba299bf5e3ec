"""The sample plugin, installed as a user would install it, and its own tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[1] / "examples" / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the plugin is installed beside nbprod."""
    site = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "plugin"
    shutil.copytree(PLUGIN, source)  # building leaves files
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", site, source]
    subprocess.run(pip, check=True)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *sys.path])}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_its_rule_takes_part(installed: dict[str, str], tmp_path: Path) -> None:
    page = run(installed, "nbprod", "rule", "personal-schema")
    assert page.returncode == 0, page.stderr
    assert "Acme empties them after ninety days" in " ".join(page.stdout.split())
    listed = run(installed, "nbprod", "rules")
    assert "personal-schema" in listed.stdout


def test_its_own_tests_pass(installed: dict[str, str], tmp_path: Path) -> None:
    result = run(installed, "pytest", "-q", "-p", "no:cacheprovider", str(PLUGIN / "tests"), f"--rootdir={tmp_path}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "2 passed" in result.stdout
