"""Makes text from notebooks safe to print, measures it, and colours our own.

Notebooks are hostile: their sources and names may hold escape sequences that repaint a terminal,
characters that reorder a line, and lines that a CI system takes for commands.
"""

import unicodedata
from functools import lru_cache

from nbprod.patterns import lazy_pattern

_TAB = 4
_ZWJ = "\u200d"
_KEPT_FORMATS = frozenset({_ZWJ, "\ufe0e", "\ufe0f"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CI_COMMAND = lazy_pattern(r"##(?=\[|vso\[)")  # Azure Pipelines and old GitHub runners read these anywhere in a line
_HASH = "\\x23"
_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def clean(text: str) -> str:
    r"""Return `text` as one line in which nothing can act on a terminal or a CI log.

    Control characters, line separators, lone surrogates and characters that change the direction of
    writing become visible escapes such as `\x1b`.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    return _CI_COMMAND.sub(rf"#\{_HASH}", text) if "##" in text else text


def clean_start(text: str) -> str:
    """Do the same for text that starts a line, where `::` would start a workflow command."""
    text = clean(text)
    return f"./{text}" if text.lstrip().startswith(("::", "##")) else text


def clean_characters(text: str, column: int = 0) -> list[str]:
    """Do the same character by character; tabs become blanks up to the next stop, counted from `column`."""
    shown = list(text) if text.isascii() and text.isprintable() else []
    for char in text if not shown else ():
        piece = " " * (_TAB - column % _TAB) if char == "\t" else _visible(char)
        column += len(piece)
        shown.append(piece)
    for found in _CI_COMMAND.finditer(text):
        shown[found.start() + 1] = _HASH
    return shown


def widths(pieces: list[str]) -> list[int]:
    """Return how many columns each piece takes, where one may join the one before it."""
    if "".join(pieces).isascii():
        return [len(piece) for piece in pieces]
    result: list[int] = []
    previous = ""
    for piece in pieces:
        if len(piece) != 1 or piece.isascii():
            result.append(len(piece))
        elif previous == _ZWJ or (_is_modifier(piece) and result and result[-1] == 2):
            result.append(0)
        elif piece == "\ufe0f":  # asks for the wide, coloured form of the character before
            result.append(1 if result and result[-1] == 1 and not previous.isascii() else 0)
        else:
            result.append(_width(piece))
        previous = piece
    return result


def width(text: str) -> int:
    """Return how many columns a cleaned text takes."""
    return len(text) if text.isascii() else sum(widths(list(text)))


def paint(text: str, style: str, *, color: bool) -> str:
    """Colour a text of ours; `style` lists names such as "bold red"."""
    if not color or not text:
        return text
    return f"\x1b[{';'.join(_CODES[name] for name in style.split())}m{text}\x1b[0m"


@lru_cache(maxsize=4096)
def _visible(char: str) -> str:
    if char.isprintable() or char in _KEPT_FORMATS:
        return char
    category = unicodedata.category(char)
    if category == "Zs":  # a blank of some width: looks like one
        return " "
    code = ord(char)
    is_no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF  # HTML and XML may not hold these
    if category in {"Co", "Cn"} and not is_no_character:
        return char
    if char in _SHORT:
        return _SHORT[char]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@lru_cache(maxsize=4096)
def _width(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _is_modifier(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff"
