import ast
import sys
import threading
import warnings

import pytest

from nbprod.notebook import ParseError, parse_python
from nbprod.notebook.parsing import MAX_NESTING

DEEP = 100_000


def error(text: str) -> ParseError:
    found = parse_python(text)
    assert isinstance(found, ParseError)
    return found


@pytest.mark.parametrize("text", ["await f()", "async for x in y:\n    pass", "x = [await y for y in z]", "", "\f\n"])
def test_what_ipython_runs_parses(text: str) -> None:
    assert isinstance(parse_python(text), ast.Module)


def test_parsing_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(parse_python(r"x = '\d' if 1is 1 else 0"), ast.Module)


@pytest.mark.parametrize(
    ("text", "words", "line", "column"),
    [
        ("x = 1\nprint 'a'", "Python 2", 2, 1),
        ("try:\n    pass\nexcept A, e:\n    pass", "Python 2", 3, None),
        ("n = 0777", "Python 2", 1, None),
        ("-- 2026-07-29: mended", "leading zeros", 1, None),
        ("é = 1 +* 2", "invalid syntax", 1, 8),
        ("key = <your-api-key>", "`<your-api-key>` is a placeholder", 1, None),
        ("f(\n", "was never closed", 1, 2),
        ("x = 1\n y\0", "NUL", 2, 3),
        ("\r\n'\ud800'", "surrogate", 2, 2),
        ("n = " + "1" * 5000, "", 1, None),
    ],
)
def test_errors_say_in_words_what_is_wrong_and_where(text: str, words: str, line: int, column: int | None) -> None:
    found = error(text)
    assert words in found.message
    if column is not None:
        assert (found.line, found.column) == (line, column)
    else:
        assert found.line == line


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("type X = int", (3, 12)),
        ("def f[T](x: T) -> T: ...", (3, 12)),
        ("class A[T]: ...", (3, 12)),
        ("""x = f"{a["b"]}" """, (3, 12)),
        ("try:\n    pass\nexcept A, B:\n    pass", (3, 14)),
        ("x = t'{y}'", (3, 14)),
    ],
)
def test_grammar_that_is_newer_than_this_python_is_recognised(text: str, version: tuple[int, int]) -> None:
    found = parse_python(text)
    if sys.version_info >= version:
        assert isinstance(found, ast.Module)
    else:
        assert isinstance(found, ParseError)
        assert f"Python {version[0]}.{version[1]}" in found.message


MONSTERS = {
    "brackets": "(" * DEEP + ")" * DEEP,
    "unclosed": "[" * DEEP,
    "unary": "-" * DEEP + "1",
    "not": "not " * DEEP + "1",
    "lambda": "lambda:" * DEEP + "1",
    "sum": "1+" * DEEP + "1",
    "sum over lines": "(" + "1+\n" * DEEP + "1)",
    "power": "1**" * DEEP + "1",
    "attributes": "a" + ".a" * DEEP,
    "calls": "a" + "()" * DEEP,
    "subscripts": "a" + "[0]" * DEEP,
    "conditionals": "a if b else " * DEEP + "c",
    "elif": "if a:\n x\n" + "elif a:\n x\n" * DEEP,
    "blocks": "".join(" " * depth + "if a:\n" for depth in range(1000)),
    "in an f-string": "f'{" + "-" * DEEP + "1}'",
    "in commas": "f(1, " + "-" * DEEP + "1)",
    "defaults": "lambda x=(" * 190 + ")" * 190,
    "behind a string": "'''" + '"' * 7 + "''', " + "-" * DEEP + "1",
}


@pytest.mark.parametrize("name", MONSTERS)
def test_no_monster_brings_down_a_thread_with_a_small_stack(name: str) -> None:
    found: list[ast.Module | ParseError] = []
    previous = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: found.append(parse_python(MONSTERS[name])))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    assert isinstance(found[0], ParseError)
    assert "deep" in found[0].message or "nested" in found[0].message or "indentation" in found[0].message


class Recursive(ast.NodeVisitor):
    """What rules do without a second thought."""


@pytest.mark.parametrize("operator", ["-{}", "{} + 1", "{}.a", "{}[0]", "{} if a else b"])
def test_recursive_visitors_survive_what_is_let_through(operator: str) -> None:
    text = "a"
    while isinstance(tree := parse_python(text), ast.Module):
        Recursive().visit(tree)
        text = operator.format(operator.format(operator.format(text)))
        if len(text) > 20 * MAX_NESTING:
            break
    assert len(text) > MAX_NESTING


def test_long_flat_code_is_not_mistaken_for_deep_code() -> None:
    table = "rows = [\n" + "    {'a': f(1).b, 'c': -2 + 3},\n" * 500 + "]\n"
    lines = "x = a.b(c[0]) + 1 - 2\n" * 500
    strings = "s = '" + "-" * 2000 + "'\n# " + "+" * 2000
    logic = "ok = " + " and ".join(["a == 1"] * 500)
    for text in (table, lines, strings, logic):
        assert isinstance(parse_python(text), ast.Module)
