"""Names that collide with nothing in the notebook."""

import ast
import builtins
import keyword
from functools import lru_cache

from nbprod.kit.context import Context
from nbprod.notebook import Notebook
from nbprod.patterns import lazy_pattern
from nbprod.semantic import PROVIDED

_WORD = lazy_pattern(r"[^\W\d]\w*")
_RESERVED = frozenset({*dir(builtins), *keyword.kwlist, *keyword.softkwlist, *PROVIDED})


def fresh(ctx: Context, wish: str) -> str:
    """`wish`, or with a number behind it, so that no name of the notebook, builtin or keyword is shadowed."""
    taken = names_of(ctx.notebook)
    name, number = wish, 1
    while name in taken or name in _RESERVED:
        number += 1
        name = f"{wish}_{number}"
    return name


def may_import(ctx: Context, local: str, full: str) -> bool:
    """Whether an import of `full` may bind a name: nothing but imports of the same binds it anywhere."""
    if local in _RESERVED:
        return False
    others = bound_names(ctx.notebook).get(local, frozenset())
    return others <= {full} or others <= {local}


@lru_cache(maxsize=1)
def names_of(notebook: Notebook) -> frozenset[str]:
    """Every name that the code cells bind or use anywhere; every word of magics and of cells that do not parse."""
    found = set(bound_names(notebook))
    for cell in notebook.code_cells:
        if cell.tree is None:
            found.update(_WORD.findall(cell.source))
            continue
        for magic in cell.magics:
            found.update(_WORD.findall(magic.raw))
        found.update(_names_in(cell.tree)[0])
    return frozenset(found)


@lru_cache(maxsize=1)
def bound_names(notebook: Notebook) -> dict[str, frozenset[str]]:
    """Every name that the code cells bind, in any scope, with what imports bind it to; "" if something else does."""
    found: dict[str, set[str]] = {}
    for cell in notebook.code_cells:
        for name, full in _names_in(cell.tree)[1] if cell.tree is not None else ():
            found.setdefault(name, set()).add(full)
        for magic in cell.magics:
            for name in magic.targets:
                found.setdefault(name, set()).add("")
    return {name: frozenset(values) for name, values in found.items()}


@lru_cache(maxsize=512)
def _names_in(tree: ast.Module) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The names of one cell, and those it binds. Kept: a notebook being edited keeps the trees of its other cells."""
    nodes = list(ast.walk(tree))
    used = frozenset(node.id for node in nodes if isinstance(node, ast.Name))
    return used, frozenset(pair for node in nodes for pair in _bound(node))


def _bound(node: ast.AST) -> list[tuple[str, str]]:
    match node:
        case ast.Import(names=aliases):
            return [_module(alias) for alias in aliases]
        case ast.ImportFrom(names=aliases, module=module):
            return [(alias.asname or alias.name, f"{module}.{alias.name}") for alias in aliases]
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
            return [(name, "")]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [(name, "")]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [(name, "")]
        case ast.MatchMapping(rest=str(name)):
            return [(name, "")]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return [(name, "") for name in names]
        case _:
            return []


def _module(alias: ast.alias) -> tuple[str, str]:
    if alias.asname:
        return alias.asname, alias.name
    root = alias.name.partition(".")[0]
    return root, root
