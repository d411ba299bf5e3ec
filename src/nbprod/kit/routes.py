"""Where a notebook takes its way by what a language model wrote: branches, conditions, tables of functions."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import nodes_in, shows
from nbprod.kit.context import Context
from nbprod.kit.execution import author, is_tested
from nbprod.kit.origins import origins
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Lineage, Stmt

_NUMBERS: Final = frozenset({"builtins.int", "builtins.float", "builtins.bool"})
_GRADES: Final = lazy_pattern(r"_?(grade|score|eval|assess|judge|test|is_correct)", re.IGNORECASE)
_WORDS: Final = lazy_pattern(r"[A-Za-z][\w ,.!?:'-]*")
_LOOPS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LEAST: Final = 2
"""A table of fewer entries is no choice."""

Branch = ast.If | ast.While | ast.Match


class Route(Struct, frozen=True):
    """A place that goes by the raw text of a model. `is_lookup`: any other text than those expected is an error."""

    node: ast.expr
    stmt: Stmt
    source: Event
    is_lookup: bool = False


class Routes:
    """Finds the places that go by the raw text of a model; `branches` are the statements that may be some."""

    def __init__(self, ctx: Context, branches: Iterable[Branch]) -> None:
        self._ctx = ctx
        self._branches = branches
        self._by_model: dict[Lineage, bool] = {}

    def all(self) -> Iterator[Route]:
        """All of them."""
        for node in self._branches:
            yield from self._matched(node) if isinstance(node, ast.Match) else self._branched(node)
        for stmt in self._statements():
            for part in nodes_in(stmt.node):
                if isinstance(part, ast.IfExp):
                    yield from self._tested([part.test], stmt)
                elif isinstance(part, _LOOPS):
                    yield from self._tested([test for loop in part.generators for test in loop.ifs], stmt, loop=part)
                elif isinstance(part, ast.Subscript | ast.Call):
                    yield from self._looked_up(part, stmt)

    def _statements(self) -> Iterator[Stmt]:
        """The simple statements that read what a model had a hand in, once each, if they do not only show it."""
        calls = (call.stmt for call in self._ctx.model.all_calls if self._is_by_model(call.result.lineage))
        uses = (use for use in self._ctx.model.uses if use.binding is not None)
        read = (use.stmt for use in uses if use.binding and self._is_by_model(use.binding.value.lineage))
        for stmt in dict.fromkeys((*calls, *read)):
            if not hasattr(stmt.node, "body") and not self.shows(stmt.node) and not _grades(stmt):
                yield stmt

    def _is_by_model(self, lineage: Lineage) -> bool:
        known = self._by_model.get(lineage)
        if known is None:
            known = self._by_model[lineage] = any(event.kind is EventKind.LLM for event in lineage)
        return known

    # -- conditions ---------------------------------------------------------------------------

    def _branched(self, node: ast.If | ast.While) -> Iterator[Route]:
        stmt = self._ctx.stmt(node)
        if stmt is None or _grades(stmt) or _refuses_the_rest(node) or self._only_prints(node):
            return
        yield from self._tested([node.test], stmt)

    def _tested(self, tests: Iterable[ast.expr], stmt: Stmt, loop: ast.AST | None = None) -> Iterator[Route]:
        """The first condition that holds the text of a model against a word.

        What a comprehension runs through are lines of an answer that it cleans: they are left out.
        """
        for part in (part for test in tests for part in _parts(test)):
            text = self._compared(part)
            if text is None or (loop is not None and self._is_turn(text)):
                continue
            source = author(self._ctx.value(text))
            if source is not None and not source.call.passes(None, "tools"):
                yield Route(part, stmt, source)
                return

    def _compared(self, test: ast.expr) -> ast.expr | None:
        """The text that a test holds against a word."""
        match test:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[text]):
                word = self._ctx.value(left).text
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                word, text = self._ctx.value(right).text, left
                if word is None:
                    word, text = self._ctx.value(left).text, right
            case ast.Call(func=ast.Attribute(value=text, attr="startswith" | "endswith"), args=[start]):
                word = self._ctx.value(start).text
            case _:
                return None
        known = self._ctx.value(text)
        is_word = word is not None and len(word) > 1 and _WORDS.fullmatch(word) is not None
        return text if is_word and known.type not in {"builtins.dict", *_NUMBERS} else None

    def _matched(self, node: ast.Match) -> Iterator[Route]:
        """`match answer:` whose cases are words, if none of them refuses the rest."""
        stmt, source = self._ctx.stmt(node), author(self._ctx.value(node.subject))
        if stmt is None or source is None or _grades(stmt) or source.call.passes(None, "tools"):
            return
        last = node.cases[-1]
        is_rest = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        refuses = is_rest and any(isinstance(item, ast.Raise) for item in last.body)
        bodies = [item for case in node.cases for item in case.body]
        if not refuses and any(map(_is_word, node.cases)) and not all(map(self.shows, bodies)):
            yield Route(node.subject, stmt, source)

    # -- tables -------------------------------------------------------------------------------

    def _looked_up(self, node: ast.Subscript | ast.Call, stmt: Stmt) -> Iterator[Route]:
        """`HANDLERS[answer]`, `HANDLERS.get(answer)`: a table of the notebook that the text of a model picks from."""
        match node:
            case ast.Subscript(value=table, slice=key, ctx=ast.Load()):
                is_lookup = True
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *_]):
                is_lookup = False
            case _:
                return
        entries = self._ctx.value(table).items
        if not isinstance(entries, dict) or len(entries) < _LEAST or isinstance(key, ast.Constant):
            return
        source = author(self._ctx.value(key)) if not self._is_turn(key) else None
        if source is not None and not source.call.passes(None, "tools") and not is_tested(stmt, key):
            yield Route(node, stmt, source, is_lookup)

    def _is_turn(self, node: ast.expr) -> bool:
        """Whether an expression is what a loop runs through: nobody knows which part of an answer that is."""
        while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
                return False
            node = node.func if isinstance(node, ast.Call) else node.value
        return isinstance(node, ast.Name) and origins(self._ctx).of(node) is None

    # -- what is only shown -------------------------------------------------------------------

    def shows(self, node: ast.AST) -> bool:
        """Whether a statement only shows something, or is an expression that its cell may show."""
        match node:
            case ast.Expr(value=ast.Call() as call):
                return shows(call, self._ctx)
            case ast.Expr():
                return True
        return False

    def _only_prints(self, node: ast.If | ast.While) -> bool:
        return isinstance(node, ast.If) and all(self.shows(item) for item in (*node.body, *node.orelse))


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    match test:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _parts(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _parts(operand)
        case _:
            yield test


def _is_word(case: ast.match_case) -> bool:
    patterns = case.pattern.patterns if isinstance(case.pattern, ast.MatchOr) else [case.pattern]
    return any(
        isinstance(pattern, ast.MatchValue)
        and isinstance(pattern.value, ast.Constant)
        and isinstance(pattern.value.value, str)
        for pattern in patterns
    )


def _grades(stmt: Stmt) -> bool:
    """Whether the branch is in a function that scores answers: to another wording it gives no point."""
    return stmt.function is not None and _GRADES.match(stmt.function.name) is not None


def _refuses_the_rest(node: ast.If | ast.While) -> bool:
    """Whether another answer than those expected is refused, or asked for again: `else: raise`."""
    last: ast.stmt = node
    while isinstance(last, ast.If) and len(last.orelse) == 1 and isinstance(last.orelse[0], ast.If):
        last = last.orelse[0]
    block = [*getattr(last, "orelse", ()), *node.body[:1]]
    return any(isinstance(item, ast.Raise) for item in block)
