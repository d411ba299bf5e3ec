"""The pre-commit mirror, run by pre-commit itself on a scratch repository."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
import yaml
from programs import ROOT, git, put_project, run

from nbprod import __version__
from nbprod.notebook import read_notebook

MIRROR = ROOT / "contrib" / "pre-commit"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def pre_commit(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a hook of the mirror in a folder, with what pre-commit installed for it."""
    base = tmp_path_factory.mktemp("pre-commit")
    shutil.copytree(MIRROR, base / "mirror")
    git(base / "mirror", "init", "--quiet")
    git(base / "mirror", "add", ".")
    git(base / "mirror", "commit", "--quiet", "--message", "mirror")
    revision = git(base / "mirror", "rev-parse", "HEAD")

    def call(folder: Path, hook: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        hooks = [{"id": hook, "args": list(arguments)}]
        settings = {"repos": [{"repo": str(base / "mirror"), "rev": revision, "hooks": hooks}]}
        (folder / ".pre-commit-config.yaml").write_text(json.dumps(settings))  # which is YAML, too
        git(folder, "add", ".")
        command = (sys.executable, "-m", "pre_commit", "run", "--all-files", hook)
        return run(*command, cwd=folder, PRE_COMMIT_HOME=str(base / "home"), PIP_FIND_LINKS=str(wheels))

    return call


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    return put_project(tmp_path)


def test_the_mirror_names_the_version_of_this_nbprod() -> None:
    project = tomllib.loads((MIRROR / "pyproject.toml").read_text("utf-8"))["project"]
    assert (project["version"], project["dependencies"]) == (__version__, [f"nbprod=={__version__}"])
    assert set(re.findall(r"\d+\.\d+\.\d+", (MIRROR / "README.md").read_text("utf-8"))) == {__version__}


def test_the_hooks_are_as_pre_commit_wants_them() -> None:
    schema = json.loads((ROOT / "tests" / "schemas" / "pre-commit-hooks.json").read_text("utf-8"))
    hooks = yaml.safe_load((MIRROR / ".pre-commit-hooks.yaml").read_text("utf-8"))
    jsonschema.validate(hooks, schema)
    assert [hook["id"] for hook in hooks] == ["nbprod-check", "nbprod-fix"]


def test_check_fails_for_a_finding_and_passes_without(repository: Path, pre_commit: Run) -> None:
    done = pre_commit(repository, "nbprod-check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error[hard-coded-path]" in done.stdout
    assert "module.py" not in done.stdout
    assert pre_commit(repository, "nbprod-check", "--ignore", "data").returncode == 0
    (repository / "nbprod.toml").write_text('exclude = ["a.ipynb"]\n')
    assert pre_commit(repository, "nbprod-check").returncode == 0


def test_fix_mends_the_file_and_says_so(repository: Path, pre_commit: Run) -> None:
    done = pre_commit(repository, "nbprod-fix")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert "/home/ana" not in read_notebook(repository / "my notebooks" / "a.ipynb").cells[-1].source
    assert pre_commit(repository, "nbprod-fix").returncode == 0
