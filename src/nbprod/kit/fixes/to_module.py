"""Moves definitions of the notebook into a module of their own, where whoever loads a pickle finds them."""

import ast
import builtins
import re
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import insert
from nbprod.kit.findings import Declined, Plan
from nbprod.notebook import Cell
from nbprod.protocol import Edit, InsertCell, Safety

_PLAIN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def module_fix(ctx: Context, cell: int, names: Sequence[str]) -> Plan:
    """Make the cell that defines functions and classes write a module, and import them from there.

    The cell must hold nothing but definitions and imports. What it takes from imports of other cells is
    imported in the module, too.
    """

    def build() -> Sequence[Edit]:
        source = ctx.notebook.cells[cell]
        body = source.tree.body if source.tree is not None else []
        if source.magics or not all(isinstance(node, _PLAIN) for node in body):
            raise Declined("the cell does more than define functions and classes")
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in body):
            raise Declined("the rest of the notebook may need what the cell imports")
        module = module_name(ctx)
        imports = _imports(ctx, source)
        head = "".join(f"{line}\n" for line in [f"%%writefile {module}.py", *imports])
        if imports:
            head += "\n"
        defined = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        kept = [name for name in defined if name in names or _is_used(ctx, name, cell)]
        line = f"from {module} import {', '.join(kept)}"
        return [
            insert(ctx, source, 0, head),
            InsertCell(before=cell + 1, cell_type="code", source=line, tags=()),
        ]

    return Plan(f"Move it to the module {module_name(ctx)}.py", Safety.TEMPLATE, build)


def module_name(ctx: Context) -> str:
    """A name for a module that belongs to this notebook: `churn_features` for `churn.ipynb`."""
    stem = re.sub(r"\W+", "_", ctx.path.stem).strip("_").lower()
    return f"{stem if stem[:1].isalpha() else 'notebook'}_features"


def _is_used(ctx: Context, name: str, cell: int) -> bool:
    return any(use.cell != cell for binding in ctx.model.bindings(name) for use in binding.uses)


def _imports(ctx: Context, cell: Cell) -> list[str]:
    """The imports of other cells that the definitions of a cell need.

    Raises:
        Declined: They need something else of the notebook.
    """
    tree = cell.tree
    assert tree is not None  # noqa: S101  -- the caller looked
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    lines = []
    for name in sorted(read - own - set(dir(builtins))):
        bindings = ctx.model.bindings(name)
        statement = bindings[-1].node if bindings else None
        if not isinstance(statement, ast.Import | ast.ImportFrom) or len({b.value.name for b in bindings}) > 1:
            raise Declined(f"the definitions need `{name}` of the notebook")
        lines.append(_line(statement, name))
    return list(dict.fromkeys(lines))


def _line(statement: ast.Import | ast.ImportFrom, name: str) -> str:
    """The part of an import that binds a name."""
    for alias in statement.names:
        if (alias.asname or alias.name.partition(".")[0]) == name:
            written = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
            if isinstance(statement, ast.Import):
                return f"import {written}"
            return f"from {'.' * statement.level}{statement.module or ''} import {written}"
    raise Declined(f"`{name}` is imported in a way that can't be repeated")
