import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from nbprod.errors import UsageError
from nbprod.notebook import discover
from nbprod.protocol import Problem


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("{}")


def found(root: Path, *paths: str, exclude: Sequence[str] = ()) -> list[str]:
    given = [root / path for path in paths or (".",)]
    results = list(discover(given, lambda path: path.name in exclude))
    assert all(isinstance(result, Path) for result in results)
    return [os.path.relpath(result, root) for result in results if isinstance(result, Path)]


def test_folders_are_walked_in_sorted_order(tmp_path: Path) -> None:
    make(tmp_path, "b.ipynb", "a/z.ipynb", "a/b/c.ipynb", "c/d.ipynb", "a.txt", "x.ipynb.bak", "README.md")
    assert found(tmp_path) == ["a/b/c.ipynb", "a/z.ipynb", "b.ipynb", "c/d.ipynb"]


def test_folders_that_tools_generate_are_not_entered_unless_named(tmp_path: Path) -> None:
    make(tmp_path, "a.ipynb", ".ipynb_checkpoints/a.ipynb", ".venv/x.ipynb", "n/node_modules/x.ipynb", ".git/x.ipynb")
    assert found(tmp_path) == ["a.ipynb"]
    assert found(tmp_path, ".venv") == [".venv/x.ipynb"]


def test_files_are_taken_as_given_and_once(tmp_path: Path) -> None:
    make(tmp_path, "notes.txt", "a/b.ipynb", ".gitignore")
    (tmp_path / ".gitignore").write_text("*")
    assert found(tmp_path, "notes.txt", "a/b.ipynb", "a/../notes.txt", "a/b.ipynb") == ["notes.txt", "a/b.ipynb"]


def test_overlapping_paths_give_no_duplicates(tmp_path: Path) -> None:
    make(tmp_path, "a/b.ipynb", "a/c/d.ipynb")
    assert found(tmp_path, "a/c", ".", "a", "a/b.ipynb") == ["a/c/d.ipynb", "a/b.ipynb"]


def test_exclude_holds_for_what_is_below_the_given_folders(tmp_path: Path) -> None:
    make(tmp_path, "a/b.ipynb", "a/c.ipynb", "old/d.ipynb")
    assert found(tmp_path, exclude=["old", "c.ipynb"]) == ["a/b.ipynb"]
    assert found(tmp_path, "old", "a/c.ipynb", exclude=["old", "c.ipynb"]) == ["old/d.ipynb", "a/c.ipynb"]


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    make(
        tmp_path,
        *(
            "keep.ipynb",
            "drop.ipynb",
            "build/x.ipynb",
            "a/drop.ipynb",
            "a/b/only.ipynb",
            "a/b/back.ipynb",
            "a/out/y.ipynb",
        ),
        *("z/build/x.ipynb", "é.ipynb"),
    )
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("# notes\ndrop.ipynb\n/build/\nback.ipynb\né.ipynb\n")
    (tmp_path / "a" / ".gitignore").write_text("out\n/b/only.ipynb\n!drop.ipynb\n")
    (tmp_path / "a" / "b" / ".gitignore").write_text("!back.ipynb\n")
    kept = ["a/b/back.ipynb", "a/drop.ipynb", "keep.ipynb", "z/build/x.ipynb"]
    assert found(tmp_path) == kept
    assert found(tmp_path, "a/b") == ["a/b/back.ipynb"]
    assert found(tmp_path, "build") == ["build/x.ipynb"]
    git = subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=False)
    if git.returncode == 0:
        command = ["git", "-c", "core.quotepath=off", "ls-files", "--others", "--exclude-standard", "*.ipynb"]
        listed = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)
        assert sorted(listed.stdout.split()) == kept


def test_a_gitignore_above_counts_only_inside_a_repository(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c.ipynb")
    (tmp_path / ".gitignore").write_text("c.ipynb")
    assert found(tmp_path, "a/b") == ["a/b/c.ipynb"]
    (tmp_path / "a" / ".git").mkdir()
    assert found(tmp_path, "a/b") == ["a/b/c.ipynb"]
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / ".git").rmdir()
    assert found(tmp_path, "a/b") == []


def test_symlinked_folders_are_not_followed_but_symlinked_notebooks_are_read(tmp_path: Path) -> None:
    make(tmp_path, "a/b.ipynb")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "folder.ipynb").symlink_to(tmp_path)
    (tmp_path / "link.ipynb").symlink_to("a/b.ipynb")
    assert found(tmp_path) == ["a/b.ipynb", "link.ipynb"]
    assert found(tmp_path, "a/loop/a") == ["a/loop/a/b.ipynb"]


def test_a_folder_with_the_name_of_a_notebook_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "x.ipynb/y.ipynb")
    assert found(tmp_path) == ["x.ipynb/y.ipynb"]


def test_a_folder_that_cannot_be_read_is_a_problem_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/b.ipynb", "c/d.ipynb")
    scan = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "a":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read anything, so a mode would not do
    problem, notebook = discover([tmp_path])
    assert isinstance(problem, Problem)
    assert (problem.path, problem.stage) == (str(tmp_path / "a"), "read")
    assert "Permission denied" in problem.message
    assert notebook == tmp_path / "c" / "d.ipynb"


def test_a_gitignore_that_makes_no_sense_is_a_problem(tmp_path: Path) -> None:
    make(tmp_path, "a/b.ipynb", "c.ipynb")
    (tmp_path / "a" / ".gitignore").write_text("!")
    results = list(discover([tmp_path]))
    assert [type(result) for result in results] == [Problem, type(tmp_path)]


def test_a_path_that_does_not_exist_is_a_usage_error_at_once(tmp_path: Path) -> None:
    make(tmp_path, "a.ipynb")
    with pytest.raises(UsageError, match="nowhere"):
        discover([tmp_path, tmp_path / "nowhere"])


def test_a_dangling_symlink_is_left_to_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").symlink_to("nowhere")
    assert found(tmp_path) == ["a.ipynb"]
    assert found(tmp_path, "a.ipynb") == ["a.ipynb"]


def test_pathspec_is_loaded_only_where_there_is_a_gitignore(tmp_path: Path) -> None:
    make(tmp_path, "a.ipynb")
    code = "import sys, pathlib; from nbprod.notebook import discover; list(discover([pathlib.Path(sys.argv[1])]))"
    code += "; print('pathspec' in sys.modules, 'nbformat' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["False", "False"]


def test_python_files_are_taken_only_when_they_are_evidently_notebooks(tmp_path: Path) -> None:
    make(tmp_path, "a.ipynb", "module.py", "gallery.py", "databricks.py", "editor.py", ".gitignore", "ignored.py")
    (tmp_path / ".gitignore").write_text("ignored.py")
    (tmp_path / "gallery.py").write_text("# %%\nx = 1\n# %%\ny = 2\n")
    for name in ("databricks.py", "ignored.py"):
        (tmp_path / name).write_text("# Databricks notebook source\nx = 1\n")
    (tmp_path / "editor.py").write_text("# %% [markdown]\n# Title\n# %%\nx = 1\n")
    os.mkfifo(tmp_path / "pipe.py")
    assert found(tmp_path) == ["a.ipynb", "databricks.py", "editor.py"]
    assert found(tmp_path, "module.py") == ["module.py"]
