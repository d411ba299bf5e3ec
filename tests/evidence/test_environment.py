"""What the collector says of files, packages and variables."""

import os
import subprocess
from pathlib import Path

import pytest

from nbprod.kernel.evidence.environment import PACKAGES, total_memory
from nbprod.kernel.evidence.files import path_fact
from nbprod.kernel.evidence.git import is_tracked


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_a_csv_file_tells_its_lines_and_lost_zeros() -> None:
    Path("data").mkdir()
    Path("data/a.csv").write_text("zip;n;t;m\n01234;1;0x;\n12345;0;07;01\n;5;1;", encoding="utf-8")
    fact = path_fact("data/a.csv")
    assert fact is not None
    assert (fact.exists, fact.lines, fact.zeros, fact.relative) == (True, 4, ("zip", "m"), "data/a.csv")
    assert fact.age is not None
    assert fact.age < 1
    assert fact.size == Path("data/a.csv").stat().st_size


def test_paths_are_placed() -> None:
    inside = path_fact("~/x.csv")
    assert inside is not None
    assert (inside.exists, inside.under_home, inside.relative) == (False, True, "home/x.csv")
    above = path_fact("../x.csv")
    assert above is not None
    assert above.relative is None
    assert path_fact("s3://bucket/x") is None
    assert path_fact(r"\\host\share") is None
    assert path_fact("//host/share") is None


def test_pipes_and_devices_are_not_opened() -> None:
    os.mkfifo("pipe.csv")
    for path in ("pipe.csv", "/dev/zero"):
        fact = path_fact(path)
        assert fact is not None
        assert (fact.exists, fact.size, fact.lines) == (True, None, None)


def test_text_that_is_none_has_no_lines() -> None:
    Path("a.csv").write_bytes(b"a,b\n\0\0\n")
    Path("empty.csv").touch()
    found, empty = path_fact("a.csv"), path_fact("empty.csv")
    assert found is not None
    assert found.lines is None
    assert empty is not None
    assert (empty.lines, empty.zeros) == (0, ())


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_git_says_what_it_tracks(version: str, tmp_path: Path) -> None:
    assert is_tracked(tmp_path / "a") is None or not (tmp_path / ".git").exists()
    git("init", "-q")
    for name in ("a", "deep/er/b.csv", "deep/er/bc.csv", "z"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    assert is_tracked(tmp_path / "a") is False
    git("add", "a", "deep")
    git("update-index", "--index-version", version)
    if version == "3":
        Path("later").touch()
        git("add", "--intent-to-add", "later")
    tracked = [name for name in ("a", "deep/er/b.csv", "deep/er/bc.csv", "z") if is_tracked(tmp_path / name)]
    assert tracked == ["a", "deep/er/b.csv", "deep/er/bc.csv"]
    Path(".git/index").write_bytes(b"DIRC what is this")
    assert is_tracked(tmp_path / "a") is None


def test_packages_are_known_by_their_modules() -> None:
    assert set(PACKAGES.versions("sklearn", patient=True)) == {"scikit-learn"}
    assert PACKAGES.versions("no_such_module", patient=True) == {}


def test_the_memory_is_known() -> None:
    total = total_memory()
    assert total is not None
    assert total > 1 << 28
