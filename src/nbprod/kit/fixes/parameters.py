"""Makes the cell of parameters out of the constants that are spread over a notebook."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.errors import EditConflict
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, move_to_parameters
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.paths import hoist_path_fix, parameter_name, wish_for
from nbprod.kit.settings import Setting
from nbprod.protocol import Edit, InsertCell, Safety, SetMetadata


def parameters_fix(ctx: Context, settings: Sequence[Setting]) -> Plan:
    """Move constants to a cell tagged `parameters`: same values, but a run can be given others."""

    def build() -> Sequence[Edit]:
        moves: dict[object, dict[str, Sequence[Edit]]] = {}
        for setting in settings:
            name = _name(ctx, setting)
            if name is None or any(name in moved for moved in moves.values()):
                continue
            with suppress(Declined, EditConflict):  # the others are worth moving alone
                edits = _moved(ctx, setting, name)
                moves.setdefault(_home(edits), {})[name] = edits
        found: list[Edit] = []
        names = 0
        for edits in max(moves.values(), key=len, default={}).values():  # there can be only one such cell
            with suppress(EditConflict):
                found = combine(found, edits)
                names += 1
        if names < 2:
            raise Declined("the constants cannot be moved")
        return found

    return Plan("Move the constants to a parameters cell", Safety.SAFE, build)


def _home(edits: Sequence[Edit]) -> object:
    """The cell that edits make the parameters cell: one that is there, or a new one; None if there is one already."""
    tagged = next((edit.cell for edit in edits if isinstance(edit, SetMetadata)), None)
    return tagged or next((edit.before for edit in edits if isinstance(edit, InsertCell)), None)


def _name(ctx: Context, setting: Setting) -> str | None:
    if setting.stmt is not None and isinstance(setting.stmt.node, ast.Assign):
        return ast.unparse(setting.stmt.node.targets[0])
    value = setting.node.value if isinstance(setting.node, ast.Constant) else None
    if not isinstance(value, str):
        return None
    if not setting.is_file:
        return parameter_name(value, numbers=True).removesuffix("_DIR")
    wish = wish_for(ctx, value)
    return f"{wish.removesuffix('_DIR')}_URL" if value.startswith("http") and wish.endswith("_DIR") else wish


def _moved(ctx: Context, setting: Setting, name: str) -> Sequence[Edit]:
    if setting.stmt is not None:
        return move_to_parameters(ctx, setting.stmt)
    return hoist_path_fix(ctx, setting, name, copies=setting.copies).build()
