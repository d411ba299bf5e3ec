"""Names that only a session still knows: the code that bound them is in no cell any more."""

import ast
import builtins
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.evidence import Module, Run
from nbprod.kit.context import Context
from nbprod.kit.missing_names import import_of, runs_in
from nbprod.kit.trace import Held, trace_of
from nbprod.notebook import Cell
from nbprod.protocol import Safety
from nbprod.semantic import Use

_LITERALS: Final = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.operator,
    ast.expr_context,
)  # fmt: skip
_MOST: Final = 12
"""Names that are put back together; more are no oversight."""


class LostName(Struct, frozen=True):
    """A name with the run that bound it last; None for a name of a star import or the like.

    `edited` is the cell whose code that was, if it is known; `imported` where what it stands for comes from.
    """

    name: str
    run: Run | None
    edited: Cell | None
    imported: tuple[str, str | None] | None


def lost_name(ctx: Context, name: str) -> LostName | None:
    """What a session knows of a name that no cell binds; None when it knows nothing for certain."""
    runtime = ctx.runtime
    if runtime is None or name not in runtime.session.names or ctx.model.bindings(name):
        return None
    run = runtime.binder(name)
    if run is None:
        imported = _as_it_says(runtime.imported(name))
        return LostName(name, None, None, imported) if imported is not None else None
    if run.error is not None:
        return None
    node = _binding_node(_cell(run), name)
    return LostName(name, run, runtime.edited_since(run), import_of(node, name) if node is not None else None)


def _as_it_says(live: Module | None) -> tuple[str, str | None] | None:
    """The module that something says it is from, and its name there."""
    if live is None or (live.name is not None and "." in live.name):
        return None
    return live.module, live.name


def definition_of(ctx: Context, lost: LostName, use: Use) -> tuple[str, Safety] | None:
    """The code that defines a name, with what it needs of other lost names, to be put before the cell that reads it.

    It is safe where it can only give what is in memory: functions, classes, literals that nothing has changed since.
    None if something that it needs is not to be had.
    """
    found: dict[str, tuple[int, int, str]] = {}
    todo: list[LostName] = [lost]
    safety = Safety.SAFE
    while todo:
        item = todo.pop()
        if item.name in found:
            continue
        piece = _statement(ctx, item)
        if piece is None or len(found) == _MOST:
            return None
        node, text, held = piece
        found[item.name] = (held.base.at if held.base is not None else 0, node.lineno, text)
        if item.edited is not None or not _gives_the_same(node):
            safety = Safety.UNSAFE
        needs = held.base.step.reads | held.base.step.later if held.base is not None else ()
        for name in needs:
            if not _is_there(name, ctx, runs_in(use)):
                other = lost_name(ctx, name)
                if other is None:
                    return None
                todo.append(other)
    return "\n".join(text for _, _, text in sorted(found.values())), safety


def _statement(ctx: Context, lost: LostName) -> tuple[ast.stmt, str, Held] | None:
    """The statement that bound a name with its text, and what it gave, if nothing has changed that in place."""
    if lost.run is None:
        return None
    cell = _cell(lost.run)
    node = _binding_node(cell, lost.name)
    held = trace_of(ctx.runtime.session).held.get(lost.name) if ctx.runtime is not None else None
    if node is None or held is None or held.base is None or held.parts or held.base.at != lost.run.count:
        return None
    if lost.imported is not None:
        module, name = lost.imported
        alias = "" if lost.name in {name, module} else f" as {lost.name}"
        return node, f"from {module} import {name}{alias}" if name else f"import {module}{alias}", held
    start, end = cell.map.node_span(node)
    if any(magic.start < end and start < magic.end for magic in cell.magics):
        return None
    line_end = cell.source.find("\n", end)
    rest = cell.source[end : line_end if line_end >= 0 else len(cell.source)]
    return node, cell.source[start:end] + (rest if rest.lstrip().startswith("#") else ""), held


def _is_there(name: str, ctx: Context, cell: int) -> bool:
    """Whether a name is bound before a cell, and nowhere else after."""
    bindings = ctx.model.bindings(name)
    return all(binding.cell < cell for binding in bindings) if bindings else hasattr(builtins, name)


def _gives_the_same(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return node.value is not None and all(isinstance(part, _LITERALS) for part in ast.walk(node.value))
    return True


def _binding_node(cell: Cell, name: str) -> ast.stmt | None:
    """The one statement of a run that binds a name, if it is a plain one."""
    body = cell.tree.body if cell.tree is not None else []
    found = [node for node in body if name in _bound_by(node)]
    return found[0] if len(found) == 1 else None


def _bound_by(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (item.asname or item.name for item in names)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def _cell(run: Run) -> Cell:
    return Cell(index=0, id=None, type="code", source=run.source, tags=(), metadata={}, execution_count=None)
