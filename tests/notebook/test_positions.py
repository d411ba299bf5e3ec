import ast
import re

from hypothesis import given
from hypothesis import strategies as st

from nbprod.notebook import SourceMap
from nbprod.notebook.positions import line_starts

TEXTS = st.text(alphabet="ab \t\n\r\f\x0b\u2028é日😀", max_size=60)


def test_a_node_is_found_behind_emoji_wide_letters_and_tabs() -> None:
    text = "日本 = '😀é';\tresult = wanted\r\nlast = wanted"
    tree = ast.parse(text)
    spans = SourceMap(text)
    names = [spans.node_span(node) for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "wanted"]
    assert [text[start:end] for start, end in names] == ["wanted", "wanted"]
    assert names[0][0] == text.index("wanted")
    assert names[1][0] == text.rindex("wanted")


def test_lines_break_where_python_breaks_them() -> None:
    text = "a = 1\rb = '\u2028\x0b'\r\nc = '\f'\nd = 4"
    assert [text[start] for start in line_starts(text)] == ["a", "b", "c", "d"]
    assert [node.lineno for node in ast.parse(text).body] == [1, 2, 3, 4]


def test_positions_outside_the_text_are_clamped() -> None:
    spans = SourceMap("é\nb")
    assert spans.offset(0, 5) == 0
    assert spans.offset(99, 0) == 3
    assert spans.offset(2, 99) == 3
    assert spans.position(-4) == (1, 1)
    assert spans.position(99) == (2, 2)


def test_a_node_that_does_not_say_where_it_ends_is_empty() -> None:
    assert SourceMap("é\nab").node_span(ast.Name("b", lineno=2, col_offset=1)) == (3, 3)


def test_a_byte_column_inside_a_character_means_that_character() -> None:
    assert SourceMap("a😀b").offset(1, 3) == 1


@given(TEXTS)
def test_every_offset_survives_the_way_through_line_and_byte_column(text: str) -> None:
    spans = SourceMap(text)
    for offset in range(len(text) + 1):
        line, column = spans.position(offset)
        start, _ = spans.line_span(line)
        byte_column = len(text[start:offset].encode())
        assert spans.offset(line, byte_column) == offset
        assert start + column - 1 == offset


@given(TEXTS)
def test_line_spans_tile_the_text(text: str) -> None:
    spans = SourceMap(text)
    lines = [text[slice(*spans.line_span(line))] for line in range(1, len(spans.starts) + 1)]
    assert "".join(lines) == text
    assert [re.sub(r"\r\n|\r|\n", "", line) for line in lines] == re.split(r"\r\n|\r|\n", text)
