import re

import pytest

from nbprod.patterns import lazy_pattern


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was compiled since."""
    calls: list[object] = []
    real = re.compile

    def compile_(pattern: str, flags: int = 0) -> "re.Pattern[str]":
        calls.append(pattern)
        return real(pattern, flags)

    monkeypatch.setattr(re, "compile", compile_)
    return calls


def test_a_pattern_is_compiled_once_and_by_its_first_use(compiled: list[object]) -> None:
    pattern = lazy_pattern("a+", re.IGNORECASE)
    assert compiled == []
    assert pattern.fullmatch("aAa")
    assert pattern.sub("b", "xAx") == "xbx"
    assert compiled == ["a+"]


def test_a_pattern_has_what_a_compiled_one_has() -> None:
    pattern = lazy_pattern(rb"(?P<x>a)")
    assert pattern.groups == 1
    assert pattern.match(b"a") is not None
    with pytest.raises(AttributeError):
        getattr(pattern, "nonsense")  # noqa: B009  -- mypy knows that it has none
