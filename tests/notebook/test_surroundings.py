"""What rules ask of the folders around a notebook is heard, however often it was answered before."""

from datetime import date
from pathlib import Path

import pytest

from nbprod.notebook import surroundings
from nbprod.notebook.surroundings import QUESTIONS, Asked, listening, remembered


@pytest.fixture(autouse=True)
def fresh() -> None:
    surroundings.forget()


def heard(path: Path) -> Asked:
    with listening() as asked:
        for ask in (surroundings.marks, surroundings.modules, surroundings.dependency_files):
            ask(str(path))
        surroundings.content(str(path / "requirements.txt"))
    return asked


def again(asked: Asked) -> Asked:
    surroundings.forget()
    return {(question, subject): QUESTIONS[question](subject) for question, subject in asked}


def test_every_question_can_be_asked_again(tmp_path: Path) -> None:
    asked = heard(tmp_path)
    assert [question for question, _ in asked] == ["marks", "modules", "dependency_files", "content"]
    assert again(asked) == asked


@pytest.mark.parametrize("name", ["pyproject.toml", ".git", "helpers.py", "plots", "uv.lock", "requirements.txt"])
def test_what_matters_to_rules_changes_an_answer(tmp_path: Path, name: str) -> None:
    asked = heard(tmp_path)
    (tmp_path / name).touch()
    assert again(asked) != asked


@pytest.mark.parametrize("name", ["other.ipynb", "notes.txt", "data.csv", ".nbprod_cache"])
def test_what_does_not_matter_changes_none(tmp_path: Path, name: str) -> None:
    asked = heard(tmp_path)
    (tmp_path / name).touch()
    assert again(asked) == asked


def test_a_file_that_changed_is_read_again_at_once(tmp_path: Path) -> None:
    path = tmp_path / "CODEOWNERS"
    assert surroundings.content(str(path)) == (None, True)
    path.write_bytes(b"* @ada")
    assert surroundings.content(str(path)) == (b"* @ada", True)
    path.write_bytes(b" " * (surroundings.LARGEST + 1))
    assert surroundings.content(str(path)) == (None, False)


def test_who_comes_later_hears_what_was_worked_out_before(tmp_path: Path) -> None:
    made = []

    @remembered
    def root(folder: str) -> bool:
        made.append(folder)
        return bool(surroundings.marks(folder))

    with listening() as first:
        root(str(tmp_path))
    with listening() as second:
        root(str(tmp_path))
    assert made == [str(tmp_path)]
    assert first == second == {("marks", str(tmp_path)): ()}


def test_a_day_is_over_on_the_next() -> None:
    with listening() as asked:
        assert not surroundings.is_over("2026-11-23", date(2026, 11, 23))
        assert surroundings.is_over("2026-11-22", date(2026, 11, 23))
    assert asked == {("is_over", "2026-11-23"): False, ("is_over", "2026-11-22"): True}
