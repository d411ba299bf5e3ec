"""Builds the edits of fixes: text in the user's own layout, names that shadow nothing."""

from nbprod.kit.edit.imports import ensure_import
from nbprod.kit.edit.keyword import set_keyword
from nbprod.kit.edit.lift import lift
from nbprod.kit.edit.merge import combine
from nbprod.kit.edit.names import fresh
from nbprod.kit.edit.parameters import hoist, move_to_parameters, new_cell_index, parameters_cell
from nbprod.kit.edit.source import insert, keep_comments, locate, looking_at, replace, rewrite, wrap
from nbprod.kit.edit.statements import displays, insert_after, insert_before, remove_statement, replace_statement

__all__ = [
    "combine", "displays", "ensure_import", "fresh", "hoist", "insert", "insert_after", "insert_before",
    "keep_comments", "lift", "locate", "looking_at", "move_to_parameters", "new_cell_index", "parameters_cell",
    "remove_statement", "replace", "replace_statement", "rewrite", "set_keyword", "wrap",
]  # fmt: skip
