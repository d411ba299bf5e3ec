"""What a run is given from outside."""

import math
from pathlib import Path

import pytest

from nbprod.errors import UsageError
from nbprod.execution.parameters import parameters_cell, read_parameters


def test_values_are_numbers_words_or_text() -> None:
    found = read_parameters(["a=1", "b=1.5", "c=true", "d=None", "e=2024-01-01", "f=x=y", "g="], None)
    assert found == {"a": 1, "b": 1.5, "c": True, "d": None, "e": "2024-01-01", "f": "x=y", "g": ""}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.json", '{"a": 1, "b": [1, "x"], "c": {"d": null}}'),
        ("p.yaml", "a: 1\nb: [1, x]\nc: {d: null}"),
        ("p.toml", 'a = 1\nb = [1, "x"]\nc = {d = "y"}'),
    ],
)
def test_files_hold_parameters_and_the_command_line_wins(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = read_parameters(["a=2"], str(path))
    assert (found["a"], found["b"]) == (2, [1, "x"])


@pytest.mark.parametrize("text", ["[1]", "{", '{"a b": 1}', '{"class": 1}'])
def test_what_is_no_parameter_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        read_parameters([], str(path))


def test_names_and_types_are_checked(tmp_path: Path) -> None:
    for given in ("no-name=1", "=1", "alone"):
        with pytest.raises(UsageError):
            read_parameters([given], None)
    path = tmp_path / "p.toml"
    path.write_text("a = 2024-01-01", encoding="utf-8")
    with pytest.raises(UsageError, match="`date`"):
        read_parameters([], str(path))


def test_the_cell_gives_back_what_was_given() -> None:
    given = {"a": 1, "b": 'it\'s \\ "so"', "c": [1.5, None, True], "d": {"k": float("inf")}, "e": "line\nbreak"}
    names: dict[str, object] = {}
    exec(parameters_cell(given), names)
    assert {name: names[name] for name in given} == given
    exec(parameters_cell({"x": float("nan")}), names)
    assert math.isnan(names["x"])  # type: ignore[arg-type]
