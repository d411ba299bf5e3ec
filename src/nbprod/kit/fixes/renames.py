"""Puts a successor in the place of what a library has taken out."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import combine, ensure_import, fresh, looking_at, replace, replace_statement
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.arguments import argument_fixes, new_end
from nbprod.kit.retired import Retired, retired_in
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Binding, Call, Stmt

_BUILTINS = "builtins."


def rename_fixes(
    ctx: Context, row: Retired, imports: Sequence[Binding], places: Sequence[Located], calls: Sequence[Call]
) -> list[Plan]:
    """The plan to use the successor everywhere, if the table knows one."""
    if row.is_of_argument:
        return argument_fixes(ctx, row, calls)
    if not row.successor or any(_root_of(binding.node) != row.name.partition(".")[0] for binding in imports):
        return []

    def build() -> Sequence[Edit]:
        if imports:
            return _imported(ctx, row, imports)
        return _named(ctx, row, places)

    title = f"Use `{row.successor.removeprefix(_BUILTINS)}`"
    return [Plan(title, Safety.SAFE if row.exact else Safety.UNSAFE, build)]


# -- names that are imported --------------------------------------------------------------------------


def _imported(ctx: Context, row: Retired, imports: Sequence[Binding]) -> list[Edit]:
    edits: list[Edit] = []
    for statement in dict.fromkeys(binding.stmt for binding in imports):
        if statement is not None:
            edits = combine(edits, _new_import(ctx, statement))
    old, name = row.name.rpartition(".")[2], row.successor.rpartition(".")[2]
    for binding in imports:
        if isinstance(binding.node, ast.ImportFrom) and name != old and binding.name == old:  # no alias may stay
            edits = combine(edits, _new_uses(ctx, binding, name))
    return edits


def _new_import(ctx: Context, stmt: Stmt) -> list[Edit]:
    """Import all names of a statement that have a successor from where that is."""
    node = stmt.node
    lines: list[str] = []
    kept: list[str] = []
    if isinstance(node, ast.Import):
        for item in node.names:
            row = _row(item.name)
            if row is None or not row.successor:
                kept.append(_clause(item.name, item.asname))
            elif item.asname is None and row.successor != row.name and "." in item.name:
                raise Declined("the module is used by its full name")
            else:
                lines.append(f"import {_clause(row.successor, item.asname or _alias(item.name, row.successor))}")
        head = [f"import {', '.join(kept)}"] if kept else []
    elif isinstance(node, ast.ImportFrom) and not node.level:
        moved: dict[str, list[str]] = {}
        for item in node.names:
            row = _row(f"{node.module}.{item.name}")
            if row is None or not row.successor:
                kept.append(_clause(item.name, item.asname))
                continue
            module, _, name = row.successor.rpartition(".")
            alias = item.asname if item.asname != name else None
            moved.setdefault(module, []).append(_clause(name, alias))
        lines = [f"from {module} import {', '.join(names)}" if module else f"import {', '.join(names)}"
                 for module, names in moved.items()]  # fmt: skip
        head = [f"from {node.module} import {', '.join(kept)}"] if kept else []
    else:
        raise Declined("the import is a relative one")
    return list(replace_statement(ctx, stmt, "\n".join([*head, *lines])))


def _alias(old: str, new: str) -> str | None:
    return None if old == new else old


def _clause(name: str, alias: str | None) -> str:
    return f"{name} as {alias}" if alias and alias != name else name


def _row(name: str) -> Retired | None:
    table = retired_in(name.partition(".")[0])
    return table.find(name) if table is not None else None


def _new_uses(ctx: Context, binding: Binding, name: str) -> list[Edit]:
    if len(ctx.model.bindings(binding.name)) != 1 or fresh(ctx, name) != name:
        raise Declined(f"`{binding.name}` or `{name}` is bound more than once")
    edits: list[Edit] = []
    for use in binding.uses:
        edits = combine(edits, replace(ctx, use, name))
    return edits


# -- names that are reached through a module or an object ----------------------------------------------


def _named(ctx: Context, row: Retired, places: Sequence[Located]) -> list[Edit]:
    edits: list[Edit] = []
    for place in places:
        with looking_at(ctx, place.cell):
            edits = combine(edits, _renamed(ctx, row, place))
    return edits


def _renamed(ctx: Context, row: Retired, place: Located) -> list[Edit]:
    node = place.node
    if not isinstance(node, ast.Attribute):
        raise Declined("the name has no place of its own")
    owner = row.name.rpartition(".")[0]
    if "." not in row.successor:
        return [new_end(ctx, place, node.attr, row.successor)]
    if row.successor.startswith(_BUILTINS):
        name = row.successor.removeprefix(_BUILTINS)
        if ctx.model.bindings(name):
            raise Declined(f"`{name}` is bound to something else here")
        return list(replace(ctx, node, name))
    if row.successor.startswith(f"{owner}."):
        return [new_end(ctx, place, node.attr, row.successor[len(owner) + 1 :])]
    if _imported_from(ctx, node) != row.successor.partition(".")[0] == row.name.partition(".")[0]:
        raise Declined("the library is reached through another one")  # tf.keras is not keras
    module, _, name = row.successor.rpartition(".")
    imports, expression = ensure_import(ctx, module, name, before=node) if module else ensure_import(
        ctx, name, before=node
    )  # fmt: skip
    return combine(imports, replace(ctx, node, expression))


def _root_of(node: ast.AST) -> str:
    """The package that an import names."""
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").partition(".")[0]
    return node.names[0].name.partition(".")[0] if isinstance(node, ast.Import) else ""


def _imported_from(ctx: Context, node: ast.expr) -> str:
    """The package that the first name of a dotted one was imported from."""
    while isinstance(node, ast.Attribute):
        node = node.value
    name = node.id if isinstance(node, ast.Name) else ""
    bindings = [binding for binding in ctx.model.bindings(name) if binding.kind == "import"]
    return _root_of(bindings[0].node) if bindings else ""
