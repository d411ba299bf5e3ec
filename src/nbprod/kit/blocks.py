"""What a run of statements binds, shows and does: asked about the blocks of `try`, loops and functions."""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Binding, Event, Stmt, Use

_SHOWS: Final = lazy_pattern(r"(print|pprint|display|show|clear_output|echo)(_\w+)?|print\w*")
_SHOWING: Final = frozenset(
    {"traceback.print_exc", "traceback.print_exception", "traceback.print_stack", "sys.stdout.write",
     "sys.stderr.write", "time.sleep", "asyncio.sleep", "gc.collect"}
)  # fmt: skip
_OWN_SCOPES: Final = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
TEARDOWN: Final = lazy_pattern(
    r"(?:\w+_)?(delete|close|detach|remove|rmtree|unlink|terminate|shutdown|stop|cleanup|clean_up|disconnect|release|cancel"
    r"|kill|quit|destroy|dispose|deregister|end_run|teardown|disable|uninstall|rmdir|finish|unmount)(_\w+)?"
    r"|drop_(table|collection|database|index|all|schema)",
    re.IGNORECASE,
)
"""The names of calls that only clean up."""


def displays(ctx: Context, stmt: Stmt) -> bool:
    """Whether the notebook shows the value of this statement: it is a cell's last, and no `;` ends it."""
    cell = ctx.notebook.cells[stmt.cell]
    if stmt.parent is not None or not isinstance(stmt.node, ast.Expr) or stmt.node is not stmt.block[-1]:
        return False
    return not cell.python[cell.map.node_span(stmt.node)[1] :].lstrip(" \t").startswith(";")


def names_bound(block: Iterable[ast.stmt]) -> set[str]:
    """The names that statements bind or fill, nested functions left out: `x`, and `d` of `d[k] = …`."""
    found: set[str] = set()
    for node in walk_block(block):
        if isinstance(node, ast.Assign):
            found.update(name for target in node.targets for name in targets_of(target))
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.For | ast.NamedExpr):
            found.update(targets_of(node.target))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            found.update(targets_of(node.optional_vars))
    return found


def targets_of(target: ast.expr) -> Iterator[str]:
    """The names that an assignment to a target binds or fills; with them the keys and attributes on the way."""
    if isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from targets_of(item)
        return
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            yield str(target.slice.value)
        elif isinstance(target, ast.Attribute):
            yield target.attr
        target = target.value
    if isinstance(target, ast.Name):
        yield target.id


def walk_block(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes of some statements, but not those of functions and classes defined there."""
    pending = list(block)
    while pending:
        node = pending.pop()
        yield node
        if type(node) not in _OWN_SCOPES:
            for field in node._fields:  # what `ast.iter_child_nodes` does takes twice as long
                child = getattr(node, field, None)
                if isinstance(child, list):
                    pending += [item for item in child if isinstance(item, ast.AST)]
                elif isinstance(child, ast.AST) and not isinstance(child, ast.expr_context):
                    pending.append(child)


def nodes_in(node: ast.AST) -> list[ast.AST]:
    """What `ast.walk` gives, in less than half its time, and without what only says if a name is read or bound."""
    found = [node]
    for parent in found:  # it grows
        for field in parent._fields:
            child = getattr(parent, field, None)
            if isinstance(child, ast.AST):
                if field != "ctx":
                    found.append(child)
            elif isinstance(child, list):
                found += [item for item in child if isinstance(item, ast.AST)]
    return found


def parents_in(node: ast.AST) -> dict[ast.AST, ast.AST]:
    """What each node below another stands in, in the order of `nodes_in`; operators are no nodes of their own."""
    found: dict[ast.AST, ast.AST] = {}
    pending = [node]
    for parent in pending:  # it grows
        for field in parent._fields:
            child = getattr(parent, field, None)
            below = child if isinstance(child, list) else (child,)
            for item in below:
                if isinstance(item, ast.AST) and item._fields:
                    found[item] = parent
                    pending.append(item)
    return found


def mentions(node: ast.AST, names: set[str]) -> bool:
    """Whether one of some names occurs."""
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def later_uses(guard: Stmt, name: str, ctx: Context) -> Iterator[Use]:
    """Where a name that a `try` at the top level binds is read outside it."""
    for binding in ctx.once(_bindings_by_cell).get((name, guard.cell), ()):
        if binding.stmt is not None and guard in binding.stmt.ancestors():
            yield from (use for use in binding.uses if guard not in use.stmt.ancestors())


def _bindings_by_cell(ctx: Context) -> dict[tuple[str, int], list[Binding]]:
    """The bindings of the notebook's namespace by name and cell: one name may be bound in thousands of cells."""
    found: dict[tuple[str, int], list[Binding]] = {}
    for name in ctx.model.bound_names:
        for binding in ctx.model.bindings(name):
            found.setdefault((name, binding.cell), []).append(binding)
    return found


def shows(call: ast.Call, ctx: Context) -> bool:
    """Whether a call only shows something to whoever is looking, or waits."""
    known = ctx.call(call)
    if known is not None and known.events:
        return False
    return (known is not None and known.name in _SHOWING) or bool(_SHOWS.fullmatch(last_name(call.func)))


def only_shows(guard: Stmt, block: Sequence[ast.stmt], ctx: Context) -> bool:
    """Whether nothing that the block of a compound statement does outlives it but what it shows."""
    for node in walk_block(block):
        match node:
            case ast.Expr(value=ast.Call() as call):
                if not shows(call, ctx) and last_name(call.func) not in {"raise_for_status", "close", "wait"}:
                    return False
            case ast.Return(value=ast.expr()) | ast.Yield() | ast.YieldFrom() | ast.Delete():
                return False
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                return False
    names = names_bound(block)
    if guard.function is not None:
        guarded = set(ast.walk(guard.node))
        others = (node for node in ast.walk(guard.function.node) if node not in guarded)
        reads = (node.id for node in others if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
        return names.isdisjoint(reads)
    return not any(any(True for _ in later_uses(guard, name, ctx)) for name in names)


def events_in(block: Iterable[ast.stmt], ctx: Context) -> Iterator[Event]:
    """The events of some statements, and of the notebook's functions that they call."""
    entered: set[ast.AST] = set()
    pending: list[ast.AST] = list(block)
    while pending:
        for node in walk_block([pending.pop()]):
            call = ctx.call(node) if isinstance(node, ast.Call) else None
            if call is None:
                continue
            yield from call.events
            definition = call.function.definition
            if definition is not None and definition.node not in entered and len(entered) < 20:
                entered.add(definition.node)
                body = definition.node.body
                pending.extend(body if isinstance(body, list) else [body])


def last_name(node: ast.AST | None) -> str:
    """The last part of a dotted name: "fit" of `model.fit`; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def brief(node: ast.AST | None, limit: int = 40) -> str:
    """An expression in a message: on one line, and not too long. It may stand in any cell."""
    text = " ".join(ast.unparse(node).split()) if node is not None else ""
    return text if len(text) <= limit else text[: limit - 1] + "…"
