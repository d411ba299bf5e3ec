"""Adds the import or the definition of a name that no cell binds."""

from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import ensure_import
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, InsertCell, Safety
from nbprod.semantic import Use


def import_fix(ctx: Context, use: Use, module: str, name: str | None = None, *, safety: Safety = Safety.UNSAFE) -> Plan:
    """Import what a name usually stands for: `sns` is `seaborn`, `Path` is `pathlib`'s."""

    def build() -> Sequence[Edit]:
        edits, local = ensure_import(ctx, module, name, before=use.stmt, alias=use.name)
        if local != use.name:
            raise Declined(f"`{use.name}` is bound to something else in the notebook")
        return edits

    what = f"from {module} import {name}" if name else f"import {module}"
    alias = "" if use.name == (name or module) else f" as {use.name}"
    return Plan(f"Add `{what}{alias}`", safety, build)


def definition_fix(name: str, source: str, before: int, safety: Safety) -> Plan:
    """Put back the statement that defined a name, in a cell of its own before the cell that reads it."""

    def build() -> Sequence[Edit]:
        return [InsertCell(before=before, cell_type="code", source=source)]

    return Plan(f"Restore the definition of `{name}` from the session", safety, build)
