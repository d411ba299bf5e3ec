"""Owners are found in the notebook and in its project, never outside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from nbprod.kit.context import Context
from nbprod.kit.owners import owner, owns
from nbprod.kit.project import project_root, project_text
from nbprod.notebook import read_notebook
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def context(path: Path, **metadata: Any) -> Context:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(written), encoding="utf-8")
    notebook = read_notebook(path)
    return Context(notebook, SemanticModel(notebook), Profile.PRODUCTION)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a/b.ipynb", True),
        ("*.ipynb", "a/b.ipynb", True),
        ("*.ipynb", "a/b.py", False),
        ("/b.ipynb", "a/b.ipynb", False),
        ("a/", "a/x/b.ipynb", True),
        ("x/", "a/x/b.ipynb", True),
        ("/x/", "a/x/b.ipynb", False),
        ("a/*", "a/b.ipynb", True),
        ("a/*", "a/x/b.ipynb", False),
        ("a/**", "a/x/b.ipynb", True),
        ("**/x", "a/x/b.ipynb", True),
        ("a.b", "axb", False),
    ],
)
def test_a_pattern_of_codeowners(pattern: str, path: str, expected: bool) -> None:
    assert owns(f"{pattern} @team", path) is expected


def test_the_last_line_that_matches_decides_and_may_take_the_owner_away() -> None:
    assert not owns("* @all\n/notebooks/\n", "notebooks/a.ipynb")
    assert owns("# comment\n/notebooks/\n*.ipynb @data # why\n", "notebooks/a.ipynb")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".github/CODEOWNERS", "*.ipynb @data\n"),
        ("CODEOWNERS", "/notebooks/ data@example.org\n"),
        ("catalog-info.yaml", "spec:\n  owner: data\n"),
        ("pyproject.toml", '[project]\nmaintainers = [\n  {name = "Ada"},\n]\n'),
        ("setup.cfg", "[metadata]\nauthor = Ada\n"),
        ("setup.py", "setup(\n    author='Ada',\n)\n"),
    ],
)
def test_the_project_names_an_owner(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / ".git").mkdir()
    ctx = context(tmp_path / "notebooks" / "a.ipynb")
    assert owner(ctx) is None
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert owner(ctx) == name


@pytest.mark.parametrize(
    "metadata",
    [{"nbprod": {"owner": "data"}}, {"authors": [{"name": "Ada"}]}, {"nbprod": {"owner": ["data", "x"]}}],
)
def test_the_metadata_name_an_owner(tmp_path: Path, metadata: dict[str, Any]) -> None:
    assert owner(context(tmp_path / "a.ipynb", **metadata)) == "metadata"


@pytest.mark.parametrize("metadata", [{"nbprod": {"owner": "TODO(nbprod)"}}, {"authors": [{}]}, {"nbprod": []}])
def test_metadata_that_name_nobody(tmp_path: Path, metadata: dict[str, Any]) -> None:
    assert owner(context(tmp_path / "a.ipynb", **metadata)) is None


def test_the_repository_is_the_project_even_if_a_package_lies_in_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    ctx = context(tmp_path / "lib" / "a.ipynb")
    (tmp_path / "lib" / "pyproject.toml").write_text("", encoding="utf-8")
    assert project_root(ctx) == tmp_path.resolve()


def test_nothing_outside_the_project_is_read(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (tmp_path / "CODEOWNERS").write_text("* @all\n", encoding="utf-8")
    (project / "CODEOWNERS").symlink_to(tmp_path / "CODEOWNERS")
    assert project_text(project, "CODEOWNERS") is None
    assert project_text(project, "../CODEOWNERS") is None
    assert owner(context(project / "a.ipynb")) is None


def test_a_large_file_and_a_folder_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text("* @all\n" * 100_000, encoding="utf-8")
    (tmp_path / "setup.py").mkdir()
    assert project_text(tmp_path, "CODEOWNERS") is None
    assert project_text(tmp_path, "setup.py") is None


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "CODEOWNERS"
    path.write_text("one", encoding="utf-8")
    assert project_text(tmp_path, "CODEOWNERS") == "one"
    path.write_text("other", encoding="utf-8")
    assert project_text(tmp_path, "CODEOWNERS") == "other"
