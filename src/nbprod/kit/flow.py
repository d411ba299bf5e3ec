"""Where data go: from statement to statement, by the names that they bind and read."""

import ast
from collections.abc import Collection, Iterator

from nbprod.kit.context import Context
from nbprod.semantic import Binding, SemanticModel, Stmt

_FILLS = frozenset({"append", "extend", "insert", "add", "update"})
_STEPS = 300  # so that no notebook can make the way long


class Flow:
    """Follows names forward. Make it with `flow(ctx)`, so that the rules of one run share it."""

    def __init__(self, model: SemanticModel) -> None:
        self._bound: dict[Stmt, dict[Binding, None]] = {}
        self._read: dict[ast.AST, Binding] = {}
        for use in model.uses:
            if use.binding is not None:
                self._read[use.node] = use.binding
                for binding in (use.binding, *use.binding.parts):
                    if binding.stmt is not None:
                        self._bound.setdefault(binding.stmt, {})[binding] = None

    def first(self, start: Stmt, goals: Collection[Stmt]) -> Stmt | None:
        """The first of some statements that what a statement makes ends up in; that may be the statement itself."""
        pending, seen = [start], {start}
        for stmt in pending:
            if stmt in goals:
                return stmt
            if len(pending) > _STEPS:
                return None
            for following in self._next(stmt):
                if following not in seen:
                    seen.add(following)
                    pending.append(following)
        return None

    def reads(self, stmt: Stmt) -> Iterator[tuple[ast.Name, Stmt]]:
        """Where the names are read that a statement binds."""
        for binding in self._bound.get(stmt, ()):
            yield from ((use.node, use.stmt) for use in binding.uses)

    def _next(self, stmt: Stmt) -> Iterator[Stmt]:
        """The statements that read what a statement makes, and those that call the function that returns it."""
        for binding in self._bound.get(stmt, ()):
            yield from _readers(binding)
        for target in getattr(stmt.node, "targets", ()):
            base = target
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            changed = self._read.get(base) if base is not target else None
            if changed is not None:
                yield from _readers(changed)
        match stmt.node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as base, attr=method))) if (
                method in _FILLS
            ):
                filled = self._read.get(base)
                yield from _readers(filled) if filled is not None else ()
        if isinstance(stmt.node, ast.Return) and stmt.function is not None:
            for binding in self._bound.get(stmt.function.stmt, ()):
                yield from _readers(binding)


def _readers(binding: Binding) -> Iterator[Stmt]:
    for use in binding.uses:
        yield use.stmt
        if use.via is not None:
            yield use.via.stmt


def _of(ctx: Context) -> Flow:
    return Flow(ctx.model)


def flow(ctx: Context) -> Flow:
    """Where what the statements of a notebook make ends up, worked out once for all rules."""
    return ctx.once(_of)
