"""Text from notebooks can't act on a terminal or a CI log, and is measured as a terminal shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbprod.output.terminal import clean, clean_characters, clean_start, paint, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünï 日本 👩‍💻 ❤️", "plain ünï 日本 👩‍💻 ❤️"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("bell\x07 null\0 del\x7f", "bell\\x07 null\\x00 del\\x7f"),
        ("one\ntwo\r\nthree\ttab", "one\\ntwo\\r\\nthree\\ttab"),
        ("\u2028\u2029\x85", "\\u2028\\u2029\\x85"),
        ("\u202eevil\u202c \u2066x\u2069 \u200e\u061c", "\\u202eevil\\u202c \\u2066x\\u2069 \\u200e\\u061c"),
        ("zero\u200bwidth \ufeff \u00ad", "zero\\u200bwidth \\ufeff \\xad"),
        ("lone \ud800 \udcff", "lone \\ud800 \\udcff"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("no\u00a0break\u3000", "no break "),
        ("##[error]x ##vso[task] ## heading", "#\\x23[error]x #\\x23vso[task] ## heading"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize("text", ["::error::x", "  ::set-output name=a::b", "##[error]", "\t::error::x"])
def test_no_line_of_ours_starts_with_a_command_of_theirs(text: str) -> None:
    assert not clean_start(text).lstrip().startswith(("::", "##"))


def test_a_harmless_start_stays() -> None:
    assert clean_start("a::b") == "a::b"


@given(st.text())
def test_what_is_clean_is_one_printable_line(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in cleaned)
    cleaned.encode()


@given(st.text())
def test_cleaning_by_character_gives_one_piece_for_each(text: str) -> None:
    assert len(clean_characters(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("日本", 4),
        ("é", 1),
        ("e\u0301", 1),
        ("👍", 2),
        ("👍🏽", 2),
        ("👩‍💻", 2),
        ("❤", 1),
        ("❤️", 2),
        ("🇩🇪", 2),
    ],
)
def test_width(text: str, columns: int) -> None:
    assert width(text) == columns


def test_commands_of_a_ci_system_are_broken_in_source_lines_too() -> None:
    assert "".join(clean_characters("x ##[error] ##vso[a] ## b")) == "x #\\x23[error] #\\x23vso[a] ## b"


def test_tabs_reach_the_next_stop() -> None:
    assert "".join(clean_characters("\tx\ty")) == "    x   y"


def test_paint() -> None:
    assert paint("x", "bold red", color=True) == "\x1b[1;31mx\x1b[0m"
    assert paint("x", "bold red", color=False) == "x"
    assert paint("", "bold red", color=True) == ""
