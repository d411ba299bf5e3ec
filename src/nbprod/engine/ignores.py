"""Reads what a notebook asks to ignore: comments, cell tags, and its own metadata.

df = pd.read_csv(path)  # nbprod: ignore[untyped-load] -- the schema is checked below until=2026-12-31
"""

import ast
import datetime as dt
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field

from nbprod.notebook import Cell, Notebook
from nbprod.notebook.surroundings import is_over
from nbprod.patterns import lazy_pattern
from nbprod.semantic.model import SKIP_TAG

_TAG_PREFIX = "nbprod-ignore-"
_MARK = "nbprod:"
_COMMENT = lazy_pattern(r"#\s*nbprod:\s*(?P<directive>[^\r\n]*)")
_DIRECTIVE = lazy_pattern(r"ignore(?:\[(?P<names>[\w\s,.-]++)\])?\s*+(?:--\s*+(?P<reason>(?:.*\S)?+))?\s*+")
_UNTIL = lazy_pattern(r"(?<!\s)\s*+\[?\buntil=(?P<day>[^\s\]]++)\]?\s*+$")


class Source(StrEnum):
    """Where an ignore stands."""

    COMMENT = "comment"
    TAG = "cell-tag"
    METADATA = "notebook-metadata"


class Ignore(Struct):
    """One request to ignore rules.

    Attributes:
        by: where it stands.
        rules: the names it lists; None for all rules.
        reason: why, in the user's words.
        until: the last day it holds, as written.
        cell: index of its cell; for the notebook's metadata, of the first cell.
        start: offset in the cell's source where it starts.
        end: offset where it ends.
        line: the line of a comment, from 1; None when it holds for the whole cell or notebook.
        alone: it is a comment on a line of its own.
        fault: why it can't be understood.
        used: the names for which it silenced a finding.
    """

    by: Source
    cell: int
    rules: frozenset[str] | None = None
    reason: str | None = None
    until: str | None = None
    start: int = 0
    end: int = 0
    line: int | None = None
    alone: bool = False
    fault: str | None = None
    used: set[str] = field(default_factory=set)

    def names(self, rule: str) -> bool:
        """Say whether it asks for `rule`."""
        return self.fault is None and (self.rules is None or rule in self.rules)

    def expired(self, today: dt.date) -> bool:
        """Say whether its last day has passed."""
        return self.until is not None and is_over(self.until, today)


def read_ignores(notebook: Notebook) -> Iterator[Ignore]:
    """List all ignores of a notebook, in the order of its cells."""
    if notebook.cells:
        yield from _in_metadata(notebook)
    for cell in notebook.cells:
        if SKIP_TAG in cell.tags:
            continue
        for tag in cell.tags:
            if tag.startswith(_TAG_PREFIX):
                yield Ignore(Source.TAG, cell.index, frozenset({tag.removeprefix(_TAG_PREFIX)}))
        if cell.type == "code" and _MARK in cell.source:
            for start in _comments(cell):
                yield _in_comment(cell, start)


def statement_lines(cell: Cell, offset: int) -> frozenset[int]:
    """Lines at whose end a comment speaks for the statement at `offset`.

    They are its first and, unless it is a block, its last: a call or string that spans lines leaves
    no other place for a comment.
    """
    best: ast.stmt | None = None
    best_start = -1
    for node in ast.walk(cell.tree) if cell.tree is not None else ():
        if isinstance(node, ast.stmt):
            start, end = cell.map.node_span(node)
            if best_start <= start <= offset <= end:
                best, best_start = node, start
    if best is None:
        return frozenset()
    if hasattr(best, "body") or best.end_lineno is None:
        return frozenset({best.lineno})
    return frozenset({best.lineno, best.end_lineno})


def _comments(cell: Cell) -> Iterator[int]:
    """Offsets of the comments in a code cell that speak to nbprod; a string that looks like one doesn't count."""
    candidates = [found.start() for found in _COMMENT.finditer(cell.source)]
    if cell.tree is None:
        yield from candidates
        return
    hashes = _comment_spans(cell.python)
    for start in candidates:
        in_comment = any(begin <= start < end for begin, end in hashes)
        if in_comment or any(magic.start <= start < magic.end + len(magic.body) for magic in cell.magics):
            yield start


def _comment_spans(python: str) -> list[tuple[int, int]]:
    """Half-open offsets of all comments in Python text."""
    text = re.sub(r"\r(?!\n)", "\n", python)  # a lone CR ends a line for Python, not for tokenize
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    spans = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type == tokenize.COMMENT:
                start = starts[token.start[0] - 1] + token.start[1]
                spans.append((start, start + len(token.string)))
    except (tokenize.TokenError, SyntaxError):
        pass  # what comes after is lost; only text that the parser takes and tokenize doesn't gets here
    return spans


def _in_comment(cell: Cell, start: int) -> Ignore:
    found = _COMMENT.match(cell.source, start)
    text = found["directive"] if found else ""
    end = start + len((found[0] if found else "").rstrip())
    line = cell.map.position(start)[0]
    before = cell.source[cell.map.line_span(line)[0] : start]
    ignore = Ignore(Source.COMMENT, cell.index, start=start, end=end, line=line, alone=not before.strip())
    parsed = _DIRECTIVE.fullmatch(text)
    if parsed is None:
        ignore.fault = "this comment can't be read; write `# nbprod: ignore[rule-name] -- reason`"
        return ignore
    if parsed["names"] is not None:
        ignore.rules = frozenset(name.strip() for name in parsed["names"].split(",") if name.strip())
    _give_reason(ignore, parsed["reason"] or "")
    return ignore


def _give_reason(ignore: Ignore, text: str) -> None:
    """Set the reason, and the last day if the text ends with one."""
    until = _UNTIL.search(text)
    if until is not None:
        text = text[: until.start()]
        ignore.until = until["day"]
        try:
            dt.date.fromisoformat(until["day"])
        except ValueError:
            ignore.fault = f"`until={until['day']}` is no date; write it as 2026-12-31"
    ignore.reason = text.strip() or None


def _in_metadata(notebook: Notebook) -> Iterator[Ignore]:
    own = notebook.metadata.get("nbprod")
    wanted = own.get("ignore") if isinstance(own, Mapping) else None
    if isinstance(wanted, list):
        wanted = dict.fromkeys((name for name in wanted if isinstance(name, str)), "")
    if wanted is None:
        return
    if not isinstance(wanted, Mapping):
        fault = "`metadata.nbprod.ignore` has to be a list of rule names, or an object name -> reason"
        yield Ignore(Source.METADATA, 0, fault=fault)
        return
    for name, reason in wanted.items():
        ignore = Ignore(Source.METADATA, 0, frozenset({name}))
        _give_reason(ignore, reason if isinstance(reason, str) else "")
        yield ignore
