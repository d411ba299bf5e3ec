import os
from pathlib import Path

import pytest

from nbprod.errors import EditConflict
from nbprod.notebook import write_atomic


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.ipynb"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def test_bytes_are_replaced_and_the_mode_kept(path: Path) -> None:
    write_atomic(path, b"new", b"old")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_changed_is_left_alone(path: Path) -> None:
    path.write_bytes(b"edited by somebody")
    with pytest.raises(EditConflict, match="changed since"):
        write_atomic(path, b"new", b"old")
    assert path.read_bytes() == b"edited by somebody"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_that_vanished_is_not_made_again(path: Path) -> None:
    path.unlink()
    with pytest.raises(EditConflict, match="gone"):
        write_atomic(path, b"new", b"old")
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_vanished_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(EditConflict, match="gone"):
        write_atomic(tmp_path / "no" / "a.ipynb", b"new", b"old")


def test_a_symlink_stays_and_its_target_is_written(path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    link = folder / "link.ipynb"
    link.symlink_to(path)
    write_atomic(link, b"new", b"old")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert list(folder.iterdir()) == [link]


def test_a_failure_leaves_the_file_and_no_litter(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomic(path, b"new", b"old")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]
