"""From Python text to a syntax tree, or to plain words for why there is none."""

import ast
import re
import sys
import warnings
from contextlib import AbstractContextManager, nullcontext
from typing import cast

from msgspec import Struct

from nbprod.patterns import lazy_pattern

MAX_NESTING = 400
"""How deep an expression may nest. Real code stays below 50 by the same count; visitors that recurse run into Python's
default recursion limit near 450 levels; CPython's parser overflows the 512 KiB stack of a thread beyond 2,000."""

_IGNORE_ALL = ("ignore", None, Warning, None, 0)
_RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"


class ParseError(Struct, frozen=True):
    """Why a cell has no syntax tree, in plain words; line and column count from 1, in code points."""

    message: str
    line: int
    column: int


def parse_python(text: str) -> ast.Module | ParseError:
    """Parse module-level Python, top-level `await` included. Never raises and never warns."""
    if "\0" in text:
        return ParseError("the code holds a NUL character", *_position(text, text.index("\0")))
    if len(text) > MAX_NESTING and _nests_too_deep(text):
        return ParseError(f"an expression nests more than {MAX_NESTING} levels deep", 1, 1)
    try:
        if _warnings_are_off():
            return _tree(text)
        with without_warnings():
            return _tree(text)
    except SyntaxError as error:
        return _in_words(error, text)
    except (RecursionError, MemoryError):
        return ParseError("the code nests too deep to parse", 1, 1)
    except UnicodeEncodeError as error:
        return ParseError(
            "the code holds half of a surrogate pair, which is no character", *_position(text, error.start)
        )


def _tree(text: str) -> ast.Module:
    return cast("ast.Module", compile(text, "<cell>", "exec", ast.PyCF_ONLY_AST))


def without_warnings() -> AbstractContextManager[object]:
    """Keep the parser's warnings quiet. Within another of these it costs next to nothing."""
    return nullcontext() if _warnings_are_off() else warnings.catch_warnings(action="ignore")


def _warnings_are_off() -> bool:
    filters = warnings.filters
    return bool(filters) and filters[0] == _IGNORE_ALL


def _position(text: str, offset: int) -> tuple[int, int]:
    breaks = list(re.finditer(r"\r\n|\r|\n", text[:offset]))
    return len(breaks) + 1, offset - (breaks[-1].end() if breaks else 0) + 1


# --- nesting -------------------------------------------------------------------------------------

_NESTING_CHARS = b".([{+-*/%~@|&^"
_NESTING_WORDS = (b"not", b"lambda", b"await", b"if")
_REPLACEMENT_FIELD = lazy_pattern(r"\{[^{}]*+")
_NESTING_TOKEN = lazy_pattern(
    r"""
    (?P<string>
        [rRbBuUfFtT]{0,2}(?:'''(?:[^\\']|\\.|'(?!''))*+(?:'''|\Z)|\"\"\"(?:[^\\"]|\\.|"(?!""))*+(?:\"\"\"|\Z))
      | [rRbBuUfFtT]{0,2}(?:'(?:[^\\'\r\n]|\\(?:\r\n|.))*+'?|"(?:[^\\"\r\n]|\\(?:\r\n|.))*+"?))
  | (?P<skip>\#[^\r\n]*+ | \\[\r\n]++)
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
  | (?P<reset>[,;\r\n])
  | (?P<deeper>[.+\-*/%~@|&^] | \b(?:not|lambda|await|if)\b)
    """,
    re.VERBOSE | re.DOTALL,
)


def _nests_too_deep(text: str) -> bool:
    """Bound the depth of the tree from above without building it: counts first, tokens only if those are high."""
    if text.count("elif") > MAX_NESTING:
        return True
    if _operators(text) <= MAX_NESTING:
        return False
    levels = [0]  # by open bracket: how deep the expression is that the last comma started
    depth = 0
    for token in _NESTING_TOKEN.finditer(text):
        match token.lastgroup:
            case "deeper":
                levels[-1] += 1
                depth += 1
            case "open":
                levels.append(1)
                depth += 1
            case "close" if len(levels) > 1:
                depth += 1 - levels.pop()
                levels[-1] += 1
            case "reset" if token[0] in ",;" or len(levels) == 1:
                depth -= levels[-1]
                levels[-1] = 0
            case "string" if any(_operators(field) > MAX_NESTING for field in _REPLACEMENT_FIELD.findall(token[0])):
                return True
            case _:
                pass
        if depth > MAX_NESTING:
            return True
    return False


def _operators(text: str) -> int:
    """How many tokens there are, strings and comments included, that can put one syntax node into another."""
    data = text.encode("utf-8", "replace")
    count = len(data) - len(data.translate(None, _NESTING_CHARS))
    return count if count > MAX_NESTING else count + sum(map(data.count, _NESTING_WORDS))


# --- words ---------------------------------------------------------------------------------------

_PYTHON_2 = (
    "Missing parentheses in call to",
    "multiple exception types must be parenthesized",
)
_PYTHON_2_LINE = lazy_pattern(
    r"^\s*(?:print\s+[^=(\s.]|print\s*>>|exec\s+['\"\w]|raise\s+\w+\s*,|except\s+[\w.]+\s*,\s*\w+\s*:)|<>|\b\d+[lL]\b|\bur['\"]"
)
_OCTAL = lazy_pattern(r"[=(,:\[]\s*+0\d+\b(?!-)")  # such as Python 2 wrote it; what follows a dash is a date
_NEWER = (
    ((3, 12), lazy_pattern(r"^\s*type\s+\w+\s*(?:\[.*\]\s*)?=|^\s*(?:async\s+)?(?:def|class)\s+\w+\s*\[")),
    (
        (3, 14),
        lazy_pattern(
            r"(?<![\w'\"])(?:[tT][rR]?|[rR][tT])['\"]|^\s*except\*?\s+[\w.]+(?:\s*,\s*(?:\w+\.)*[A-Z]\w*)+\s*:"
        ),
    ),
)
_PLACEHOLDER = lazy_pattern(r"(?<=[=(,])\s*(<[^\W\d][\w .-]*>)")
_FSTRING = lazy_pattern(r"(?<![\w'\"])(?:[fF][rR]?|[rR][fF])['\"]")


def _in_words(error: SyntaxError, text: str) -> ParseError:
    lines = re.split(r"\r\n|\r|\n", text)
    line = min(max(error.lineno or 1, 1), len(lines))
    column = min(max(error.offset or 1, 1), len(lines[line - 1]) + 1)
    return ParseError(_reason(error.msg or "invalid syntax", lines[line - 1]), line, column)


def _reason(message: str, line: str) -> str:
    for version, pattern in _NEWER:
        if sys.version_info < version and pattern.search(line):
            return _too_new(version)
    is_octal = message.startswith("leading zeros") and _OCTAL.search(line)
    if is_octal or message.startswith(_PYTHON_2) or _PYTHON_2_LINE.search(line):
        return f"this is Python 2, which Python {_RUNNING} cannot run ({message})"
    if sys.version_info < (3, 12) and _FSTRING.search(line) and ("f-string" in message or "unterminated" in message):
        return f"{message}; if this is an f-string of Python 3.12 or newer: {_too_new((3, 12))}"
    if message == "invalid syntax" and (placeholder := _PLACEHOLDER.search(line)):
        return f"`{placeholder[1]}` is a placeholder that waits to be filled in"
    return message


def _too_new(version: tuple[int, int]) -> str:
    return f"this needs Python {version[0]}.{version[1]} or newer, and nbprod runs on {_RUNNING}"
