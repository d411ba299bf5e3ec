import pytest

import nbprod.notebook
from nbprod.notebook import Notebook, cell_notebook
from nbprod.protocol import CellRef


def test_a_span_counts_code_points_and_names_the_line_of_the_file() -> None:
    nb = cell_notebook([("code", "a = 1", []), ("code", "b = '😀'\nbad = '日' + c", [])])
    cell = nb.cells[1]
    start = cell.source.index("c", 10)
    span = nb.span(cell, start, start + 1)
    assert span.cell == CellRef(index=1, id="cell-1")
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 13, 2, 14)
    line = nb.with_file_line(span).file_line
    assert line
    assert "bad" in nb.raw.decode().split("\n")[line - 1]


def test_a_notebook_without_a_file_has_no_file_lines() -> None:
    nb = cell_notebook([("code", "a", [])])
    live = Notebook("live", nb.cells, {}, 4, 5, "python", None)
    assert live.file_line(0, 1) is None
    assert live.with_file_line(live.span(live.cells[0], 0, 1)).file_line is None


def test_lines_that_do_not_exist_have_no_place_in_the_file() -> None:
    nb = cell_notebook([("code", "a", []), ("code", "", [])])
    assert nb.file_line(0, 1)
    assert [nb.file_line(0, line) for line in (0, 2)] == [None, None]
    assert nb.file_line(2, 1) is None
    assert nb.file_line(1, 1) is None


def test_equal_cells_have_equal_digests() -> None:
    cells = cell_notebook([("code", "a", []), ("markdown", "a", []), ("code", "a", ["t"]), ("code", "b", [])]).cells
    first, text, tagged, other = (cell.digest for cell in cells)
    assert first == tagged
    assert len({first, text, other}) == 3


def test_the_package_has_the_names_it_lists_and_no_others() -> None:
    assert all(getattr(nbprod.notebook, name) for name in nbprod.notebook.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = nbprod.notebook.nothing


def test_a_cell_is_parsed_once() -> None:
    nb = cell_notebook([("code", "a\n%pip install b", [])])
    cell = nb.cells[0]
    assert cell.tree is cell.tree
    assert cell.parse_error is None
    assert [magic.name for magic in cell.magics] == ["pip"]
    assert nb.cell_ref(0) == cell.ref == CellRef(index=0, id="cell-0")


def test_positions_of_a_masked_cell_are_those_of_its_source() -> None:
    cell = cell_notebook([("code", "%time é = '日本'; wanted\n!echo 日本\nwanted", [])]).cells[0]
    assert cell.tree
    spans = [cell.map.node_span(statement) for statement in cell.tree.body]
    assert [cell.source[start:end] for start, end in spans[1:]] == ["é = '日本'", "wanted", "wanted"]
