"""A template that was put in is not put in again while it waits to be filled in."""

from nbprod.engine.templates import has_holes, is_in_place
from nbprod.notebook import cell_notebook
from nbprod.protocol import CellRef, Fix, InsertCell, ReplaceText, Safety, Span


def replacing(text: str) -> Fix:
    span = Span(cell=CellRef(index=0, id="cell-0"), start=0, end=0, line=1, column=1, end_line=1, end_column=1)
    return Fix(title="t", safety=Safety.TEMPLATE, edits=(ReplaceText(span=span, text=text),))


def test_what_it_asks_is_asked_already() -> None:
    notebook = cell_notebook([("markdown", "# Title\n\n**Owner:** TODO(nbprod): who?", ()), ("code", "x = 1", ())])
    assert has_holes(notebook)
    insert = InsertCell(before=0, cell_type="markdown", source="**Owner:** TODO(nbprod): who?", tags=())
    assert is_in_place(Fix(title="t", safety=Safety.TEMPLATE, edits=(insert,)), notebook)
    assert not is_in_place(replacing("MIN_AUC = 0.8  # TODO(nbprod): agree on it"), notebook)


def test_names_that_are_numbered_to_be_new_make_no_other_template() -> None:
    notebook = cell_notebook([("code", "limit = 3  # TODO(nbprod): why limit?", ())])
    assert is_in_place(replacing("limit_2 = 3  # TODO(nbprod): why limit_2?\n"), notebook)


def test_without_holes_of_its_own_all_its_lines_must_be_there() -> None:
    notebook = cell_notebook([("code", "if auc < MIN_AUC:\n    raise RuntimeError(auc)\nsave(model)", ())])
    assert not has_holes(notebook)
    assert is_in_place(replacing("if auc < MIN_AUC:\n    raise RuntimeError(auc)\n"), notebook)
    assert not is_in_place(replacing("if auc < MIN_AUC:\n    raise ValueError(auc)\n"), notebook)
