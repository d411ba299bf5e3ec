"""Masks IPython syntax with Python of the same length, so that no position ever shifts.

A source that parses is left alone. Otherwise the lines on which a statement starts are looked at, never the inside
of a string or of a continued expression: `%x`, `!x` and `x?` turn into blanks (`pass` inside a block), `y = !x` into
`y = ...`, `%time f(x)` into `pass ;f(x)`. What was masked is kept as `Magic`s. IPython also runs a cell that is
indented as a whole: there a form feed, which resets Python's idea of the indentation, ends the common indent.
Databricks gives a cell to another language by one percent sign: `%sql` on top is read as `%%sql`.
"""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from nbprod.notebook.magics import PYTHON_BODIES, TEXT_BODIES, Magic, MagicKind, bound_names, code_offset
from nbprod.notebook.parsing import ParseError, parse_python
from nbprod.notebook.positions import line_starts
from nbprod.patterns import lazy_pattern


class Masked(Struct, frozen=True):
    """A code cell as Python: `python` has the length and the line breaks of the raw source."""

    python: str
    magics: tuple[Magic, ...]
    tree: ast.Module | None
    error: ParseError | None


def mask(source: str) -> Masked:
    """Read a code cell's source as Python, masking IPython syntax where there is some."""
    if source.startswith("%") and _BARE_DATABRICKS_MAGIC.match(source) and (whole := _masked_whole(source)) is not None:
        return whole
    if not (source.startswith(_NEVER_PYTHON) or ("%%" in source and _CELL_MAGIC.match(source))):
        result = parse_python(source)
        if isinstance(result, ast.Module):
            return Masked(source, (), result, None)
    prompted = source.lstrip().startswith(">>> ")
    text = _PROMPT.sub(_blank_prompt, source) if prompted else source
    masker = _Masker(text, unknown_is_python=True)
    result = parse_python(masker.run())
    if isinstance(result, ParseError) and masker.met_unknown:
        masker = _Masker(text, unknown_is_python=False)
        result = parse_python(masker.run())
    if isinstance(result, ParseError) and (whole := _masked_whole(text)) is not None:
        return whole
    if isinstance(result, ast.Module):
        return Masked(masker.python, tuple(masker.magics), result, None)
    return Masked(masker.python, tuple(masker.magics), None, result)


def _masked_whole(text: str) -> Masked | None:
    """A cell of Databricks in another language, which `%sql` on top gives to all of it."""
    found = _DATABRICKS_MAGIC.match(text)
    if found is None:
        return None
    masker = _Masker(text, unknown_is_python=False)
    result = parse_python(masker.run_whole(found))
    return Masked(masker.python, tuple(masker.magics), result, None) if isinstance(result, ast.Module) else None


def _blank_prompt(prompt: re.Match[str]) -> str:
    return "   \f" if prompt[0].endswith(" ") else "   "


_NEVER_PYTHON = ("%", "!")  # at the start of a cell; what stands further on may be in a string
_EOL = r"(?:\r\n|\r|\n)"
_REST = r"[^\r\n]*+"
_CONTINUED = rf"(?:[^\r\n\\]++|\\{_EOL}|\\)*+"  # to the end of the line and of those that backslashes join to it
_INDENT = lazy_pattern(r"[ \t\f]*+")
_LINE = lazy_pattern(r"[^\r\n]*+")
_NOT_A_BREAK = lazy_pattern(r"[^\r\n]")
_MAX_CELL_MAGICS = 20  # on top of each other: each keeps a copy of its body
_PROMPT = lazy_pattern(r"^(?:>>>|\.\.\.)(?: |$)", re.MULTILINE)
_CELL_MAGIC = lazy_pattern(
    rf"""(?:[ \t\f]*+(?:\#{_REST})?+{_EOL})*+  # blank lines and comments
    [ \t\f]*+(?P<magic>%%[ \t]*+(?P<name>!|\w[\w.:-]*+)(?P<args>(?!\?){_REST})){_EOL}?""",
    re.VERBOSE,
)
_DATABRICKS_MAGIC = lazy_pattern(
    rf"\s*+(?P<magic>%(?P<name>sql|md|md-sandbox|sh|scala|r|fs|python)(?P<args>(?:[ \t]{_REST})?+))(?:{_EOL}|\Z)"
)
_BARE_DATABRICKS_MAGIC = lazy_pattern(rf"%(?:sql|md|md-sandbox|sh|scala|r|fs|python)[ \t]*+{_EOL}")
_LINE_MAGIC = lazy_pattern(rf"%%?[ \t]*+(?P<name>[^\s?]*+)(?P<args>{_CONTINUED})")
_SHELL = lazy_pattern(rf"!!?(?P<name>)(?P<args>{_CONTINUED})")
_AUTOMAGIC = lazy_pattern(
    rf"""(?P<name>pip3?|conda|mamba)
    (?P<args>[ \t]++(?:install|uninstall|list|show|freeze|update|upgrade|remove)\b{_CONTINUED})""",
    re.VERBOSE,
)
_LONE_AUTOMAGIC = lazy_pattern(
    r"""(?P<name>cd|ls|ll|cat|mkdir|rmdir|rm|cp|mv|run|matplotlib|pylab|load_ext|reload_ext|autoreload|load|env|time
        |timeit|who|whos)
    (?P<args>[ \t]++[^\s=(\[,:][^\r\n]*+)\s*+\Z""",
    re.VERBOSE,
)
_ASSIGNED = lazy_pattern(r"(?P<target>[^=\r\n#]++)=[ \t]*+(?=!|%[ \t]*\w)")
_ASKED_BACKWARDS = lazy_pattern(r"[\w.*\[\]-]*+%{0,2}")
_TOKEN = lazy_pattern(
    rf"""
    (?P<text>[^\\\#'"()\[\]{{}}\r\n]++
      | '''(?:[^\\']|\\.|'(?!''))*+(?:'''|\Z) | \"\"\"(?:[^\\"]|\\.|"(?!""))*+(?:\"\"\"|\Z)
      | '(?:[^\\'\r\n]|\\(?:\r\n|.))*+'? | "(?:[^\\"\r\n]|\\(?:\r\n|.))*+"?
      | \#{_REST} | \\{_EOL}?)
  | (?P<open>[(\[{{])
  | (?P<close>[)\]}}])
  | (?P<end>{_EOL})
    """,
    re.VERBOSE | re.DOTALL,
)


class _Masker:
    """Masks one source, front to back."""

    def __init__(self, source: str, *, unknown_is_python: bool) -> None:
        self.source = source
        self.unknown_is_python = unknown_is_python
        self.met_unknown = False
        self.magics: list[Magic] = []
        self.python = ""
        self._pieces: list[str] = []
        self._done = 0

    def run(self) -> str:
        """Mask it all; the masked source, also kept as `python`."""
        start = 0
        for _ in range(_MAX_CELL_MAGICS):
            found = _CELL_MAGIC.match(self.source, start)
            if found is None:
                break
            start = self._cell_magic(found)
        self._statements(start)
        self._pieces.append(self.source[self._done :])
        self.python = "".join(self._pieces)
        return self.python

    def run_whole(self, found: re.Match[str]) -> str:
        """Mask a cell of Databricks that its first line gives to a language; the masked source."""
        self._record("cell", found["name"], found.span("magic"), found["args"], body_start=found.end())
        if found["name"] == "python":
            self._replace(*found.span("magic"), "")
            self._statements(found.end())
        else:
            self._replace(found.start("magic"), len(self.source), "")
        self._pieces.append(self.source[self._done :])
        self.python = "".join(self._pieces)
        return self.python

    def _cell_magic(self, found: re.Match[str]) -> int:
        """Mask a cell magic; where the Python below it starts."""
        name = found["name"]
        span = found.span("magic")
        self._record("cell", name, span, found["args"], body_start=found.end())
        known = name in PYTHON_BODIES or name in TEXT_BODIES
        self.met_unknown |= not known
        if name in PYTHON_BODIES or (not known and self.unknown_is_python):
            self._replace_magic(found, span, inside_block=False)
            return found.end()
        self._replace(span[0], len(self.source), "")
        return len(self.source)

    def _statements(self, start: int) -> None:
        dedent: str | None = None
        for line_start, first in self._logical_lines(start):
            indent = self.source[line_start:first]
            if dedent is None and self.source[first] != "#":
                dedent = indent
            if dedent and indent.startswith(dedent):
                self._replace(line_start + len(dedent) - 1, line_start + len(dedent), "\f")
            self._statement(first, inside_block=len(indent) > len(dedent or ""))

    def _logical_lines(self, position: int) -> Iterator[tuple[int, int]]:
        """Where each line that starts a statement begins, and where its first character stands."""
        end = len(self.source)
        while position < end:
            indented = _INDENT.match(self.source, position)
            first = indented.end() if indented else position
            if first < end and self.source[first] not in "\r\n":
                yield position, first
            position = self._logical_end(max(first, self._done))

    def _logical_end(self, position: int) -> int:
        depth = 0
        for token in _TOKEN.finditer(self.source, position):
            match token.lastgroup:
                case "open":
                    depth += 1
                case "close":
                    depth = max(depth - 1, 0)
                case "end" if depth == 0:
                    return token.end()
                case _:
                    pass
        return len(self.source)

    def _statement(self, first: int, *, inside_block: bool) -> None:
        """Mask the statement that starts at `first`, if it is IPython's."""
        source = self.source
        if asked := _asked(_line_at(source, first)):
            end = first + len(asked)
            name = _ASKED_BACKWARDS.match(asked.rstrip("? \t")[::-1])
            self._record("help", name[0][::-1] if name else "", (first, end), "")
            self._replace(first, end, _filler(asked) if inside_block else "")
        elif (
            found := _LINE_MAGIC.match(source, first) or _AUTOMAGIC.match(source, first) or self._lone_automagic(first)
        ):
            self._record("line", found["name"], found.span(), found["args"])
            self._replace_magic(found, found.span(), inside_block=inside_block)
        elif found := _SHELL.match(source, first):
            self._record("shell", "", found.span(), found["args"])
            self._replace_magic(found, found.span(), inside_block=inside_block)
        elif assigned := _ASSIGNED.match(source, first):
            self._assignment(assigned)
        elif _line_at(source, first).rstrip() == ";":  # the idiom that hides the value of the line above
            self._replace(first, first + 1, "")

    def _lone_automagic(self, first: int) -> re.Match[str] | None:
        """IPython accepts `cd data` without the percent sign, but only as the cell's single line."""
        found = _LONE_AUTOMAGIC.match(self.source, first)
        return found if found and not self.source[:first].strip() else None

    def _assignment(self, assigned: re.Match[str]) -> None:
        """Mask the right side of `x = !cmd` or `x = %magic`."""
        names = _names_bound(assigned["target"].strip())
        kind: MagicKind = "shell" if self.source[assigned.end()] == "!" else "line"
        found = (_SHELL if kind == "shell" else _LINE_MAGIC).match(self.source, assigned.end())
        if names is None or found is None:
            return
        self._record(kind, found["name"], found.span(), found["args"], targets=names)
        code = _code_start(found)
        if code is None:
            self._replace(*found.span(), "..." if _fits("...", found[0]) else "0")
        else:
            self._replace(found.start(), code, "")

    def _replace_magic(self, found: re.Match[str], span: tuple[int, int], *, inside_block: bool) -> None:
        code = _code_start(found)
        if code is not None:
            self._replace(span[0], code, "pass;")
        else:
            self._replace(*span, _filler(found[0]) if inside_block else "")

    def _replace(self, start: int, end: int, text: str) -> None:
        """Put `text` and blanks in place of a stretch, keeping its line breaks."""
        rest = _NOT_A_BREAK.sub(" ", self.source[start + len(text) : end])
        self._pieces += (self.source[self._done : start], text, rest)
        self._done = end

    def _record(
        self,
        kind: MagicKind,
        name: str,
        span: tuple[int, int],
        args: str,
        *,
        body_start: int | None = None,
        targets: tuple[str, ...] = (),
    ) -> None:
        start, end = span
        args = args.strip()
        magic = Magic(
            kind=kind,
            name=name,
            args=args,
            start=start,
            end=end,
            line=bisect_right(self._line_starts, start),
            body="" if body_start is None else self.source[body_start:],
            body_start=end if body_start is None else body_start,
            targets=targets + bound_names(kind, name, args),
            raw=self.source[start:end],
        )
        self.magics.append(magic)

    @cached_property
    def _line_starts(self) -> list[int]:
        return line_starts(self.source)


def _line_at(source: str, start: int) -> str:
    found = _LINE.match(source, start)
    return found[0] if found else ""


def _asked(line: str) -> str:
    """The part of a line that asks for help (`?x`, `x??`), trailing blanks left off; "" when it does not."""
    asked = line.rstrip("; \t\f")
    if asked.startswith("?"):
        return asked
    if not asked.endswith("?") or any(char in asked for char in "#'\"") or asked.count("(") != asked.count(")"):
        return ""
    return "" if asked[0] in "%!" and len(asked.split()) > 1 else asked


def _names_bound(target: str) -> tuple[str, ...] | None:
    """The names that assigning to `target` binds; None when it is no assignment target."""
    tree = parse_python(target + "=0")
    if isinstance(tree, ParseError) or not isinstance(tree.body[0], ast.Assign | ast.AnnAssign):
        return None
    return tuple(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _code_start(magic: re.Match[str]) -> int | None:
    """The offset of the simple statements that a magic such as `%time` runs; None when it runs none."""
    start = code_offset(magic["name"], magic["args"])
    if start is None:
        return None
    tree = parse_python(magic["args"][start:])
    if isinstance(tree, ParseError) or not tree.body:
        return None
    compound = any(hasattr(statement, "body") or isinstance(statement, ast.Match) for statement in tree.body)
    return None if compound else magic.start("args") + start


def _filler(masked: str) -> str:
    """A statement that does nothing and fits on the first line of what it replaces."""
    return "pass" if _fits("pass", masked) else "0"


def _fits(text: str, masked: str) -> bool:
    return len(_line_at(masked, 0)) >= len(text)
