"""Notebooks that nobody would write, out of the examples of our rules.

Pieces of the examples are put into each other, renamed, cut and mixed with junk, so that every rule meets code that is
nearly what it looks for. All choices go through one function, so that Hypothesis, a seeded generator and atheris
can each make them.
"""

import ast
import json
import warnings
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from nbprod.kit.rule import examples_in
from nbprod.kit.testing import notebook_from
from nbprod.notebook.mask import mask
from nbprod.registry import all_rules

Choose = Callable[[int], int]
"""A number from 0 to below n; 0 is the simplest choice."""

JUNK = (
    "\n",
    "    ",
    "\t",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    "=",
    ":=",
    ",",
    ".",
    "*",
    "**",
    "->",
    "@",
    "\\",
    "#",
    "'",
    '"',
    "'''",
    "\0",
    "\ud800",
    "é",
    "日本",
    "😀",
    "\u2028",
    "\x0c",
    "\x0b",
    "\r",
    "\r\n",
    "\x1b[2J",
    "f'{",
    "{x!r:{y}}",
    "0x",
    "1e999",
    "9" * 5000,
    "lambda: ",
    "await ",
    "yield ",
    "not ",
    "global x\n",
    "nonlocal x\n",
    "del ",
    "import ",
    "from . import *\n",
    "return ",
    "async ",
    "match x:\n",
    "type X = int\n",
    "print 'x'\n",
    "# nbprod: ignore[",
    "# noqa",
    "# TODO(nbprod)",
    "</script>",
    "%0A::error::",
)
LINES = (
    "%pip install pandas",
    "!pip install 'a b' {x}",
    "x = !ls",
    "%%bash\nls 'it",
    "%%sql\nselect 1",
    "%%time",
    "%%writefile a.py",
    "df?",
    "pip install x",
    "x = %env HOME",
    "%run other.ipynb",
    "%%unheard_of",
    "get_ipython().system('ls')",
    "exec('x = 1')",
    "from os import *",
    "x = x = x",
    "x: int",
    "del x, df",
    "globals()['x'] = 1",
    "df = df",
    "a, *b = *c, d = df",
    "x = [x for x in x if x]",
    "def f(f=f): return f(f)",
    "class A(A): a = A",
    "while True: pass",
    "for df in df: df = df[df]",
    "with x as df, df as x: pass",
    "try: pass\nexcept* E as df: pass",
    "match df:\n    case {'x': [x, *y], **z} | A(x=1): pass",
    "df = lambda *a, **k: df(*a, **k)",
    "@df\nasync def df(df, /, x, *, y=df): yield await df",
    "(df := df)",
    "f'{df=!r:>{x}}' 'a' b''",
    "f'{f\"{df}\"}'",
    "df[1:2, ..., ::3].x.y(*x, **y)[df](df)(df=df)",
    "import pandas as df, df.df as x",
    "x" + "[0]" * 90,
)
BLOCKS = (
    "if x:",
    "for x in y:",
    "while x:",
    "def f(x):",
    "class A:",
    "with x:",
    "async def f():",
    "else:",
    "try:",
    "except E:",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1e400,
    "",
    "x",
    "\ud800",
    [],
    {},
    [None],
    ["a", 1],
    {"a": {"b": []}},
    [[[]]],
    {"tags": ["parameters", 1]},
    "<img src=x>",
    {"name": "ir", "language": "R"},
    {"ignore": ["x"]},
    {"profile": "explore"},
    [{"output_type": "error", "traceback": 3}],
    [{"output_type": "stream", "text": ["\x1b[31m", 5]}],
    [{"output_type": "display_data", "data": {"text/html": 4}}],
)
MOST_CHANGES = 20


@cache
def seeds() -> list[list[tuple[str, str]]]:
    """The cells of all examples: (type, source)."""
    pages = [rule.doc for rule in all_rules().values()]
    pages += [page.read_text(encoding="utf-8") for page in sorted((Path(__file__).parents[1] / "rules").glob("*.md"))]
    texts = dict.fromkeys(example.source for page in pages for example in examples_in(page))
    return [[(cell.type, cell.source) for cell in notebook_from(text).cells] for text in texts]


@cache
def _pieces() -> tuple[list[str], list[str]]:
    """All expressions and all statements of the examples."""
    expressions, statements = {"x": 0, "df": 0, "...": 0}, {"pass": 0}
    for _, source in (cell for cells in seeds() for cell in cells):
        for node in _nodes(source):
            text = ast.get_source_segment(source, node) or ""
            (expressions if isinstance(node, ast.expr) else statements).setdefault(text, 0)
    return list(expressions), list(statements)


def _nodes(source: str) -> list[ast.expr | ast.stmt]:
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt)]


class Draft:
    """One notebook in the making.

    Args:
        choose: Makes every choice.
    """

    def __init__(self, choose: Choose) -> None:
        self.choose = choose

    def pick(self, options: Sequence[Any]) -> Any:
        return options[self.choose(len(options))]

    def cells(self) -> list[tuple[str, str]]:
        """Cells of one or two examples, changed in several places."""
        found = [cell for _ in range(1 + self.choose(3)) for cell in self.pick(seeds())]
        changes = (self._graft, self._insert, self._rename, self._line, self._block, self._junk, self._cut, self._swap)
        for _ in range(self.choose(MOST_CHANGES)):
            self.pick(changes)(found)
        return found

    def _change(self, cells: list[tuple[str, str]], change: Callable[[str], str]) -> None:
        """Change a cell; what no longer parses stays as it was, most of the time, since rules never see it."""
        index = self.choose(len(cells))
        kind, source = cells[index]
        changed = change(source)
        if kind != "code" or self.choose(8) == 7 or mask(changed).error is None:
            cells[index] = (kind, changed)

    def _graft(self, cells: list[tuple[str, str]]) -> None:
        """Put another expression in the place of one."""

        def change(source: str) -> str:
            nodes = [node for node in _nodes(source) if isinstance(node, ast.expr) and node.end_lineno == node.lineno]
            if not nodes:
                return source
            node = self.pick(nodes)
            lines = source.split("\n")
            if node.lineno > len(lines):
                return source
            line, new = lines[node.lineno - 1].encode(), self.pick(_pieces()[0]).encode()
            changed = line[: node.col_offset] + new + line[node.end_col_offset :]
            lines[node.lineno - 1] = changed.decode("utf-8", "replace")
            return "\n".join(lines)

        self._change(cells, change)

    def _insert(self, cells: list[tuple[str, str]]) -> None:
        """Put a statement of an example between two lines."""
        self._put_line(cells, self.pick(_pieces()[1]))

    def _line(self, cells: list[tuple[str, str]]) -> None:
        self._put_line(cells, self.pick(LINES))

    def _put_line(self, cells: list[tuple[str, str]], text: str) -> None:
        def change(source: str) -> str:
            lines = source.split("\n")
            place = self.choose(len(lines) + 1)
            margin = " " * (4 * self.choose(3))
            return "\n".join([*lines[:place], *(margin + line for line in text.split("\n")), *lines[place:]])

        self._change(cells, change)

    def _rename(self, cells: list[tuple[str, str]]) -> None:
        """Give two names of the notebook one meaning."""
        names = sorted({node.id for _, source in cells for node in _nodes(source) if isinstance(node, ast.Name)})
        if names:
            old, new = self.pick(names), self.pick(names)
            self._change(cells, lambda source: source.replace(old, new))

    def _block(self, cells: list[tuple[str, str]]) -> None:
        """Put some lines into a block."""

        def change(source: str) -> str:
            lines = source.split("\n")
            start = self.choose(len(lines))
            end = start + 1 + self.choose(len(lines) - start)
            inner = ["    " + line for line in lines[start:end]]
            return "\n".join([*lines[:start], self.pick(BLOCKS), *inner, *lines[end:]])

        self._change(cells, change)

    def _junk(self, cells: list[tuple[str, str]]) -> None:
        def change(source: str) -> str:
            place = self.choose(len(source) + 1)
            return source[:place] + self.pick(JUNK) + source[place:]

        self._change(cells, change)

    def _cut(self, cells: list[tuple[str, str]]) -> None:
        def change(source: str) -> str:
            start = self.choose(len(source) + 1)
            return source[:start] + source[start + self.choose(20) :]

        self._change(cells, change)

    def _swap(self, cells: list[tuple[str, str]]) -> None:
        here, there = self.choose(len(cells)), self.choose(len(cells))
        cells[here], cells[there] = cells[there], cells[here]

    def document(self) -> dict[str, Any]:
        """A notebook as nbformat has it."""
        written = []
        for index, (kind, source) in enumerate(self.cells()):
            text = source.splitlines(keepends=True) if self.choose(2) == 0 else source
            cell = {"cell_type": kind, "id": f"c{index}", "metadata": {}, "source": text}
            if kind == "code":
                printed = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
                cell |= {"execution_count": index, "outputs": [printed]}
            written.append(cell)
        kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
        return {"cells": written, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}

    def warped(self, found: Any) -> Any:
        """Something of JSON with some values replaced, gone, or moved to where they don't belong."""
        for _ in range(self.choose(4)):
            places = list(_places(found))
            if places:
                holder, key = self.pick(places)
                if self.choose(3) == 2:
                    del holder[key]
                else:
                    holder[key] = deepcopy(self.pick(VALUES))
        return found

    def written(self, found: Any) -> bytes:
        """JSON in one of the ways in which tools write it."""
        indent = self.pick((1, 2, None, 0, "\t"))
        text = json.dumps(found, indent=indent, ensure_ascii=self.choose(2) == 0)
        return text.encode("utf-8", "backslashreplace")  # half a surrogate pair, as JSON escapes it

    def damaged(self, data: bytes) -> bytes:
        """Bytes with some lost, doubled or put in."""
        for _ in range(self.choose(4)):
            place, length = self.choose(len(data) + 1), self.choose(30)
            double = data[place : place + length] * 2
            middle = self.pick((b"", double, b"\0", b"\xff", b'"', b"\\", b"[", b"{", b"\\ud800"))
            data = data[:place] + middle + data[place + length :]
        return data


def _places(found: Any) -> Sequence[tuple[Any, Any]]:
    """Where values stand in JSON: (list or object, index or key)."""
    here: list[tuple[Any, Any]] = []
    waiting = [found]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
        here += [(holder, key) for key in keys]
        waiting += [holder[key] for key in keys]
    return here


def notebook(choose: Choose) -> bytes:
    """The bytes of a sound notebook with strange code."""
    draft = Draft(choose)
    return draft.written(draft.document())


def wreck(choose: Choose) -> bytes:
    """The bytes of something that was a notebook."""
    draft = Draft(choose)
    return draft.damaged(draft.written(draft.warped(draft.document())))


def request(choose: Choose, revision: int = 0) -> bytes:
    """The body of a request of an editor, as it should be or not."""
    draft = Draft(choose)
    cells = [
        {"id": f"c{index}", "type": kind, "revision": revision, "source": source, "metadata": {}, "outputs": None}
        for index, (kind, source) in enumerate(draft.cells())
    ]
    order = [cell["id"] for cell in cells]
    asked = {"kind": "analyse", "order": order, "changed": cells, "edits": choose(2) == 0, "metadata": {}}
    span = {"cell": {"index": 0}, "start": 0, "end": choose(9), "line": 1, "column": 1, "endLine": 1, "endColumn": 1}
    edits = [{"kind": "replaceText", "span": span, "text": "x"}, {"kind": "deleteCell", "cell": {"index": choose(9)}}]
    edits += [{"kind": "insertCell", "before": choose(9), "cellType": "code", "source": ""}]
    combined = {"kind": "combine", "fixes": [{"title": "a", "safety": "safe", "edits": edits}] * 2}
    whole = {"version": 1, "revision": revision, "path": "fuzz.ipynb", **(asked if choose(4) < 3 else combined)}
    return draft.written(draft.warped(whole))
