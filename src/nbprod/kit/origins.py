"""Where what a name holds was assigned: to follow data back through the notebook, expression by expression."""

import ast
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.semantic import Binding, SemanticModel

_STEPS: Final = 30  # so that no notebook can make the way back long


class Origin(Struct, frozen=True):
    """The expression that a name got its value from; `index` is its place when a tuple was unpacked."""

    expression: ast.expr
    index: int | None
    binding: Binding


class Origins:
    """Follows names back. Make it with `origins(ctx)`, so that the rules of one run share it."""

    def __init__(self, model: SemanticModel) -> None:
        self._bindings = {use.node: use.binding for use in model.uses if use.binding is not None}

    def binding(self, node: ast.AST | None) -> Binding | None:
        """The binding that a name refers to where it stands."""
        return self._bindings.get(node) if isinstance(node, ast.Name) else None

    def of(self, node: ast.AST | None) -> Origin | None:
        """What a name was assigned; None for what is no name, or bound otherwise (a loop, a parameter, branches)."""
        binding = self.binding(node)
        if binding is None or binding.stmt is None or binding.parts:
            return None
        match binding.stmt.node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    found = _part(target, value, binding)
                    if found is not None:
                        return found
            case ast.AnnAssign(value=ast.expr() as value):
                return Origin(value, None, binding)
        return None

    def back(self, node: ast.expr) -> Iterator[ast.expr]:
        """An expression, and while it is a plain name, what that was assigned."""
        for _ in range(_STEPS):
            yield node
            found = self.of(node)
            if found is None or found.index is not None:
                return
            node = found.expression


def _part(target: ast.expr, value: ast.expr, binding: Binding) -> Origin | None:
    if target is binding.node:
        return Origin(value, None, binding)
    if not isinstance(target, ast.Tuple | ast.List) or any(isinstance(item, ast.Starred) for item in target.elts):
        return None
    for index, item in enumerate(target.elts):
        if item is binding.node:
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                return Origin(value.elts[index], None, binding)
            return Origin(value, index, binding)
    return None


def _of(ctx: Context) -> Origins:
    return Origins(ctx.model)


def origins(ctx: Context) -> Origins:
    """Where the names of a notebook got their values, worked out once for all rules."""
    return ctx.once(_of)
