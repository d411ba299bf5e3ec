"""What the tests of edits and fixes share: a notebook in percent format, and the text after some edits."""

import ast

from nbprod.kit import Context, Declined
from nbprod.kit.testing import notebook_from, text_from
from nbprod.notebook import parse_notebook, splice
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def context(text, path="example.ipynb"):
    """The context of a notebook, looking at its last code cell."""
    notebook = notebook_from(text, path)
    ctx = Context(notebook, SemanticModel(notebook, [ast.ExceptHandler]), Profile.PRODUCTION)
    ctx.cell = notebook.code_cells[-1].index
    return ctx


def edited(ctx, edits):
    """The notebook after some edits; every cell that parsed still does."""
    repaired = parse_notebook(splice(ctx.notebook, list(edits)), ctx.notebook.path)
    if all(cell.parse_error is None for cell in ctx.notebook.code_cells):
        assert [cell.source for cell in repaired.code_cells if cell.parse_error is not None] == []
    return text_from(repaired)


def outcome(ctx, make):
    """The notebook after the edits that `make` gives, or why it declines."""
    try:
        return edited(ctx, make())
    except Declined as reason:
        return f"declined: {reason}"


def call_of(ctx, name):
    """The first call of a function, by how it is written."""
    return next(call for call in ctx.model.all_calls if ast.unparse(call.node.func) == name)


def stmt_of(ctx, name="T"):
    """The statement that is, or assigns to, a name."""
    for cell in ctx.cells:
        for node in ast.walk(cell.tree):
            match node:
                case ast.Expr(value=ast.Name(id=found)) | ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                    return ctx.stmt(node)
    raise AssertionError(f"there is no statement {name}")
