"""Builds the edits of fixes: text in the user's own layout, names that shadow nothing.

Rules write `edit.set_keyword(...)`: the module behind a helper loads when a fix first needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbprod.kit.edit.imports import ensure_import
    from nbprod.kit.edit.keyword import drop_keyword, name_arguments, set_keyword
    from nbprod.kit.edit.lifting import lift
    from nbprod.kit.edit.merge import combine
    from nbprod.kit.edit.names import fresh
    from nbprod.kit.edit.parameters import hoist, move_to_parameters, new_cell_index, parameters_cell
    from nbprod.kit.edit.source import insert, keep_comments, locate, looking_at, replace, rewrite, wrap
    from nbprod.kit.edit.statements import (
        insert_above,
        insert_after,
        insert_before,
        remove_statement,
        replace_statement,
    )

__all__ = [
    "combine", "drop_keyword", "ensure_import", "fresh", "hoist", "insert", "insert_above", "insert_after",
    "insert_before", "keep_comments", "lift", "locate", "looking_at", "move_to_parameters", "name_arguments",
    "new_cell_index", "parameters_cell", "remove_statement", "replace", "replace_statement", "rewrite", "set_keyword",
    "wrap",
]  # fmt: skip

_HELPERS = {
    # module -> the helpers in it
    "imports": "ensure_import",
    "keyword": "drop_keyword name_arguments set_keyword",
    "lifting": "lift",
    "merge": "combine",
    "names": "fresh",
    "parameters": "hoist move_to_parameters new_cell_index parameters_cell",
    "source": "insert keep_comments locate looking_at replace rewrite wrap",
    "statements": "insert_above insert_after insert_before remove_statement replace_statement",
}
_MODULES = {helper: module for module, helpers in _HELPERS.items() for helper in helpers.split()}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
