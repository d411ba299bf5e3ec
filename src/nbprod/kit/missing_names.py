"""Names that a run from the top reaches before anything has bound them."""

import ast
from collections.abc import Collection, Iterator
from typing import Final

from nbprod.kit.blocks import nodes_in
from nbprod.kit.context import Context
from nbprod.kit.namespace import UnseenNames
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Stmt, Use

_IPYTHON: Final = lazy_pattern(r"_+|_i?\d+")
"""Names of earlier inputs and outputs, and the blanks that exercises leave."""

_BLANK: Final = lazy_pattern(r"\A\s*#(?!\s*@(?:title|markdown|param))")
"""A comment, but none that draws a form."""

_DATABRICKS: Final = frozenset({"_sqldf", "getArgument", "sql", "table", "udf"})

_AUTOMAGIC: Final = frozenset(
    {"colors", "dirs", "env", "hist", "history", "ll", "ls", "lsmagic", "pwd", "quickref", "who", "whos"}
)
"""Magics that IPython takes without a percent sign, where one is all that a cell holds."""

PYTHON_2: Final = frozenset(
    {"basestring", "cmp", "execfile", "file", "long", "raw_input", "reduce", "reload", "unichr", "unicode", "xrange"}
)

_HOOKS: Final = lazy_pattern(r"(?:on_?)?(?:click|change|submit|select|observe|upload|event|message)(?:ed)?")
_MANY: Final = 500
"""Nobody can tell which of so many bindings there is, and looking would take long."""

_FRAGMENT: Final = 3
"""So many names that a file lacks are no slip."""


def missing_names(ctx: Context) -> list[Use]:
    """The first use of each name that a fresh run stops at; none in an exercise with blanks for the reader."""
    missing = [use for use in ctx.model.uses if use.binding is None]
    if not missing or _is_homework(ctx):
        return []
    unseen = UnseenNames(ctx)
    found: dict[str, Use] = {}
    for use in missing:
        if use.name not in found and _fails(use, ctx) and not unseen.may_bind(use.name, runs_in(use)):
            found[use.name] = use
    return [] if len(found) >= _FRAGMENT and _is_fragment(ctx, len(found)) else list(found.values())


def _is_fragment(ctx: Context, missing: int) -> bool:
    """Whether this is a Python file that others put into a notebook: it imports next to nothing of all that it uses."""
    return ctx.notebook.text is not None and 3 * len({name for name, _ in ctx.model.imports}) < missing


def _is_homework(ctx: Context) -> bool:
    """Whether the notebook leaves blanks for its readers: marked ones, or mostly cells that hold but a comment."""
    if ctx.purpose.has_exercises:
        return True
    blanks = [cell for cell in ctx.cells if cell.tree and not cell.tree.body and _BLANK.search(cell.source)]
    return 2 * len(blanks) > len(ctx.cells)


def runs_in(use: Use) -> int:
    """The cell that runs when the name is read."""
    return use.via.cell if use.via is not None else use.cell


def path_to(use: Use) -> list[Stmt]:
    """The statement that reads the name, and the one that calls its function."""
    return [use.stmt, use.via.stmt] if use.via is not None else [use.stmt]


def _fails(use: Use, ctx: Context) -> bool:
    """Whether a run from the top reaches the use, and nothing there expects it to fail."""
    if use.via is None and use.function is not None:  # nobody calls the function
        return False
    if _IPYTHON.fullmatch(use.name) or _is_provided(use, ctx):
        return False
    if "raises-exception" in ctx.notebook.cells[runs_in(use)].tags:
        return False
    guarded = any(is_guarded(stmt, "NameError") for stmt in path_to(use))
    return not (guarded or _is_local(use) or _is_bound_meanwhile(use, ctx))


def _is_provided(use: Use, ctx: Context) -> bool:
    """Whether the platform that the notebook was written for binds the name."""
    metadata = ctx.notebook.metadata
    if use.name in _DATABRICKS:
        return "application/vnd.databricks.v1+notebook" in metadata
    if use.name in _AUTOMAGIC:
        return ctx.notebook.cells[use.cell].source.strip() == use.name
    if use.name in PYTHON_2:
        info = metadata.get("language_info")
        version = str(info.get("version", "")) if isinstance(info, dict) else ""
        return version.startswith("2") or any(map(is_conditional, path_to(use)))
    return False


def _outwards(stmt: Stmt) -> Iterator[tuple[Stmt, Stmt]]:
    """Each enclosing statement inside the same function, with the one inside it."""
    inner = stmt
    for outer in stmt.ancestors():
        if outer.function is not stmt.function:
            return
        yield outer, inner
        inner = outer


def is_guarded(stmt: Stmt, *exceptions: str) -> bool:
    """Whether an enclosing `try` catches one of these exceptions; "" stands for a bare `except`."""
    return any(
        isinstance(outer.node, ast.Try | ast.TryStar) and inner.slot == "body" and _catches(outer.node, exceptions)
        for outer, inner in _outwards(stmt)
    )


def _catches(guard: ast.Try | ast.TryStar, exceptions: Collection[str]) -> bool:
    caught = [handler.type for handler in guard.handlers]
    names = {node.id for kind in caught if kind for node in ast.walk(kind) if isinstance(node, ast.Name)}
    return not names.isdisjoint(exceptions) or (None in caught and "" in exceptions)


def is_conditional(stmt: Stmt) -> bool:
    """Whether it depends on what happens if the statement runs at all."""
    return stmt.slot == "handlers" or any(
        inner.slot == "handlers" or isinstance(outer.node, ast.If | ast.While | ast.Match)
        for outer, inner in _outwards(stmt)
    )


def waits(use: Use) -> bool:
    """Whether the function is only hung up for an event, such as a click."""
    if not use.deferred or use.via is None:
        return False
    return use.via.function.definition is not None or _HOOKS.fullmatch(use.via.method) is not None


def _is_local(use: Use) -> bool:
    """Whether the function binds the name itself, later: whether it fails depends on what runs."""
    return use.function is not None and any(
        isinstance(node, ast.Name) and node.id == use.name and not isinstance(node.ctx, ast.Load)
        for node in nodes_in(use.function.node)
    )


def _is_bound_meanwhile(use: Use, ctx: Context) -> bool:
    """Whether the name may be bound by the time that it is read: by a function as a global, in an earlier round of
    the loop around, or before other code gets round to calling the function.
    """
    bindings = ctx.model.bindings(use.name)
    if len(bindings) > _MANY:
        return True
    around = (outer for stmt in path_to(use) for outer in stmt.ancestors())
    loops = {outer for outer in around if isinstance(outer.node, ast.For | ast.While)}
    for binding in bindings:
        stmt = binding.stmt
        if stmt is not None and (stmt.function is not None or not loops.isdisjoint((stmt, *stmt.ancestors()))):
            return True
    return bool(bindings) and (use.deferred or _runs_later(use))


def _runs_later(use: Use) -> bool:
    """Whether the function is a generator or a coroutine: a call only makes it."""
    node = use.function.node if use.function is not None else None
    return isinstance(node, ast.AsyncFunctionDef) or (
        node is not None and any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
    )


def import_of(node: ast.AST, name: str) -> tuple[str, str | None] | None:
    """The module, and the name in it, that an import binds to a name."""
    if isinstance(node, ast.Import):
        return next(((item.name, None) for item in node.names if (item.asname or item.name) == name), None)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return next(((node.module, item.name) for item in node.names if (item.asname or item.name) == name), None)
    return None
