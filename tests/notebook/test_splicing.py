import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layouts import LAYOUTS, SOURCES, notebooks, written

from nbprod.errors import EditConflict
from nbprod.notebook import Notebook, apply_patches, cell_notebook, inverse, parse_notebook, patches, splice
from nbprod.protocol import CellRef, ClearOutputs, DeleteCell, Edit, InsertCell, ReplaceText, SetMetadata


def read(data: bytes) -> Notebook:
    return parse_notebook(data, "a.ipynb")


def replace(nb: Notebook, cell: int, start: int, end: int, text: str) -> ReplaceText:
    return ReplaceText(span=nb.span(nb.cells[cell], start, end), text=text)


# --- properties over all layouts -----------------------------------------------------------------


@st.composite
def edits(draw: st.DrawFn, nb: Notebook) -> tuple[list[Edit], list[tuple[str, str]]]:
    """Edits of every kind that do not conflict, and the (type, source) of the cells that they should leave."""
    chosen: list[Edit] = []
    wanted: list[tuple[str, str]] = []
    for index in range(len(nb.cells) + 1):
        for kind, source in draw(st.lists(st.tuples(st.sampled_from(["code", "markdown"]), SOURCES), max_size=1)):
            chosen.append(
                InsertCell(before=index, cell_type=kind, source=source, tags=draw(st.sampled_from([(), ("t",)])))
            )
            wanted.append((kind, source))
        if index == len(nb.cells):
            break
        cell = nb.cells[index]
        if draw(st.integers(0, 3)) == 0:
            chosen.append(DeleteCell(cell=cell.ref))
            continue
        cuts = sorted(draw(st.lists(st.integers(0, len(cell.source)), max_size=6)))
        text, position = "", 0
        for start, end in zip(cuts[::2], cuts[1::2], strict=False):
            new = draw(SOURCES)
            chosen.append(replace(nb, index, start, end, new))
            text += cell.source[position:start] + new
            position = end
        wanted.append((cell.type, text + cell.source[position:]))
        if cell.type == "code" and draw(st.booleans()):
            chosen.append(ClearOutputs(cell=cell.ref))
        if draw(st.booleans()):
            chosen.append(SetMetadata(cell=cell.ref, path=("nbprod", "é"), value=["x", "y"]))
    if draw(st.booleans()):
        chosen.append(SetMetadata(cell=None, path=("nbprod",), value={"a": "b"}))
    return chosen, wanted


@pytest.mark.parametrize("layout", LAYOUTS)
@given(st.data())
def test_splicing_does_what_the_edits_say_and_can_be_undone(layout: str, data: st.DataObject) -> None:
    nb = read(written(layout, data.draw(notebooks())))
    chosen, wanted = data.draw(edits(nb))
    after = read(splice(nb, chosen))
    assert [(cell.type, cell.source) for cell in after.cells] == wanted
    assert apply_patches(after.raw, inverse(nb, chosen)) == nb.raw
    assert after.raw.startswith(b"\xef\xbb\xbf") == nb.raw.startswith(b"\xef\xbb\xbf")
    assert (b"\r\n" in after.raw.replace(b"\\r\\n", b"")) == (b"\r\n" in nb.raw)
    if layout == "escaped" and any(letter in nb.raw for letter in (rb"\u00e9", rb"\u65e5", rb"\ud83d")):
        assert after.raw.isascii()


@pytest.mark.parametrize("layout", LAYOUTS)
@given(st.data())
def test_no_byte_differs_outside_the_touched_lines(layout: str, data: st.DataObject) -> None:
    nb = read(written(layout, data.draw(notebooks())))
    chosen, _ = data.draw(edits(nb))
    touched = [edit for edit in chosen if isinstance(edit, ReplaceText)]
    file = nb.json
    assert file
    for patch in patches(nb, touched):
        cell = next(index for index, cell in enumerate(file.cells) if cell.start <= patch.start <= cell.end)
        places = [(edit.span.start, edit.span.end) for edit in touched if edit.span.cell.index == cell]
        for piece in file.pieces(cell):
            end = piece.offset + len(piece.text)
            hit = any(start <= end and piece.offset <= stop for start, stop in places)
            inside = patch.start < piece.end and piece.start < patch.end
            assert hit or not inside


@given(notebooks(), st.data())
def test_a_file_as_nbformat_writes_it_stays_one(nb: dict[str, Any], data: st.DataObject) -> None:
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
        cell["metadata"] = {}
        if "outputs" in cell:
            cell["outputs"] = []
    before = read(written("nbformat", nb))
    chosen, _ = data.draw(edits(before))
    after = splice(before, chosen)
    again = json.loads(after)
    assert written("nbformat", again) == after
    for source in ("".join(cell["source"]) for cell in again["cells"]):
        assert "\r" in source or source.splitlines(keepends=True) in [cell["source"] for cell in again["cells"]]


# --- text ----------------------------------------------------------------------------------------

PRETTY = b"""{
  "cells": [
    {
      "cell_type": "code",
      "source": [
        "caf\\u00e9 = 1\\n",
        "path = \\"a\\/b\\"\\n",
        "z"
      ],
      "outputs": [],
      "metadata": {}
    }
  ],
  "nbformat": 4, "nbformat_minor": 4
}"""


def test_untouched_lines_keep_their_bytes_and_new_ones_the_style() -> None:
    nb = read(PRETTY)
    start = nb.cells[0].source.index("z")
    after = splice(nb, [replace(nb, 0, start, start + 1, "é = 2\nz")])
    assert after == PRETTY.replace(b'"z"\n', b'"\\u00e9 = 2\\n",\n        "z"\n')


def test_an_escape_in_the_code_is_no_escape_of_the_file() -> None:
    nb = cell_notebook([("code", r"a = '\u00e9'", [])])
    assert "é".encode() in splice(nb, [replace(nb, 0, 0, 1, "é")])


def test_a_source_in_one_string_stays_one_and_keeps_other_lines() -> None:
    raw = b'{"nbformat":4,"cells":[{"cell_type":"code","source":"\\u0061\\nb\\/c\\n\\u0064"}]}'
    nb = read(raw)
    assert splice(nb, [replace(nb, 0, 2, 3, "x\ny")]) == raw.replace(b"b\\/c", b"x\\ny/c")


@pytest.mark.parametrize(
    ("source", "new", "wanted"),
    [
        ("[]", "a\nb", '["a\\n", "b"]'),
        ('""', "a\nb", '"a\\nb"'),
        ('[""]', "a\nb", '["a\\n", "b"]'),
        ("[ ]", "", "[]"),
    ],
)
def test_empty_sources_can_be_filled(source: str, new: str, wanted: str) -> None:
    raw = f'{{"nbformat": 4, "cells": [{{"cell_type": "code", "source": {source}}}]}}'
    nb = read(raw.encode())
    assert splice(nb, [replace(nb, 0, 0, 0, new)]).decode() == raw.replace(source, wanted)


def test_an_emptied_source_is_an_empty_list() -> None:
    nb = cell_notebook([("code", "a\nb", [])])
    assert json.loads(splice(nb, [replace(nb, 0, 0, 3, "")]))["cells"][0]["source"] == []


@pytest.mark.parametrize(
    ("cuts", "left"),
    [
        ([(0, 2)], ["b\n", "c\n", "d"]),
        ([(2, 4)], ["a\n", "c\n", "d"]),
        ([(6, 7)], ["a\n", "b\n", "c\n"]),
        ([(2, 4), (4, 6)], ["a\n", "d"]),
        ([(0, 2), (6, 7)], ["b\n", "c\n"]),
        ([(2, 4), (4, 6), (6, 7)], ["a\n"]),
        ([(1, 2)], ["ab\n", "c\n", "d"]),
        ([(1, 2), (5, 6)], ["ab\n", "cd"]),
        ([(0, 2), (2, 4), (4, 7)], []),
    ],
)
def test_lines_that_vanish_leave_no_trace(cuts: list[tuple[int, int]], left: list[str]) -> None:
    nb = cell_notebook([("code", "a\nb\nc\nd", [])])
    after = splice(nb, [replace(nb, 0, start, end, "") for start, end in cuts])
    assert json.loads(after)["cells"][0]["source"] == left
    assert written("nbformat", json.loads(after)) == after


def test_inserts_at_one_offset_keep_their_order() -> None:
    nb = cell_notebook([("code", "a\nb", [])])
    after = splice(nb, [replace(nb, 0, 2, 3, "B"), replace(nb, 0, 2, 2, "1\n"), replace(nb, 0, 2, 2, "2\n")])
    assert read(after).cells[0].source == "a\n1\n2\nB"


def test_half_a_surrogate_pair_in_a_touched_line_survives() -> None:
    for other in ("", "é"):
        raw = f'{{"nbformat": 4, "cells": [{{"cell_type": "code", "source": ["\'\\ud800{other}\' + b"]}}]}}'
        nb = read(raw.encode())
        end = len(nb.cells[0].source)
        after = json.loads(splice(nb, [replace(nb, 0, end - 1, end, "c")]))
        assert after["cells"][0]["source"] == [f"'\ud800{other}' + c"]


# --- cells, outputs, metadata --------------------------------------------------------------------


def test_a_new_cell_looks_like_its_neighbours() -> None:
    nb = cell_notebook([("code", "a", []), ("code", "c", [])])
    after = splice(nb, [InsertCell(before=1, cell_type="code", source="b\nb", tags=("parameters",))])
    new = json.loads(after)["cells"][1]
    assert list(new) == ["cell_type", "execution_count", "id", "metadata", "outputs", "source"]
    assert new["source"] == ["b\n", "b"]
    assert new["metadata"] == {"tags": ["parameters"]}
    assert after == splice(nb, [InsertCell(before=1, cell_type="code", source="b\nb", tags=("parameters",))])
    assert written("nbformat", json.loads(after)) == after


def test_new_cells_get_ids_of_their_own_where_the_format_has_ids() -> None:
    nb = cell_notebook([])
    new = [InsertCell(before=0, cell_type="markdown", source="same") for _ in range(3)]
    first = read(splice(nb, new))
    ids = [cell.id for cell in first.cells]
    assert len(set(ids)) == 3
    again = read(splice(first, new))
    assert len({cell.id for cell in again.cells}) == 6
    old = read(nb.raw.replace(b'"nbformat_minor": 5', b'"nbformat_minor": 4'))
    assert [cell.id for cell in read(splice(old, new)).cells] == [None] * 3


@pytest.mark.parametrize("cells", [b"[]", b"[ ]", b"[\n ]"])
def test_a_notebook_without_cells_can_be_given_some(cells: bytes) -> None:
    nb = read(cell_notebook([]).raw.replace(b"[]", cells, 1))
    after = splice(nb, [InsertCell(before=0, cell_type="code", source="a")])
    assert written("nbformat", json.loads(after)) == after


def test_new_cells_in_a_compact_file_are_compact() -> None:
    nb = read(b'{"cells":[],"nbformat":4,"nbformat_minor":4}')
    after = splice(nb, [InsertCell(before=0, cell_type="raw", source=text) for text in "ab"])
    cells = ",".join(f'{{"cell_type":"raw","metadata":{{}},"source":["{text}"]}}' for text in "ab")
    assert after.decode() == f'{{"cells":[{cells}],"nbformat":4,"nbformat_minor":4}}'


def test_all_cells_can_be_taken_out() -> None:
    nb = cell_notebook([("code", "a", []), ("markdown", "b", [])])
    after = splice(nb, [DeleteCell(cell=cell.ref) for cell in nb.cells])
    assert after == cell_notebook([]).raw


def test_clearing_outputs_touches_nothing_else() -> None:
    cell = b'{"cell_type": "code", "execution_count": 3, "outputs": [{"a": "\\/"}], "source": "a"}'
    raw = b'{"nbformat": 4, "cells": [' + cell + b"]}"
    nb = read(raw)
    cleared = raw.replace(b'[{"a": "\\/"}]', b"[]").replace(b"3", b"null")
    assert splice(nb, [ClearOutputs(cell=nb.cells[0].ref)]) == cleared
    empty = cell_notebook([("code", "a", [])])
    assert splice(empty, [ClearOutputs(cell=empty.cells[0].ref)]) == empty.raw


def set_metadata(data: bytes, cell: int | None, *path: str, value: Any = "v") -> bytes:
    nb = read(data)
    return splice(nb, [SetMetadata(cell=None if cell is None else nb.cells[cell].ref, path=path, value=value)])


def test_metadata_keys_are_set_where_nbformat_would_write_them() -> None:
    data = cell_notebook([("code", "a", ["t"])]).raw
    for path in (("a",), ("nbprod", "owner"), ("nbprod", "zone"), ("kernelspec", "extra"), ("nbprod", "owner")):
        data = set_metadata(data, None, *path)
        assert written("nbformat", json.loads(data)) == data
    data = set_metadata(data, 0, "tags", value=["t", "é"])
    data = set_metadata(data, 0, "deep", "er", value={"a": "b"})
    assert written("nbformat", json.loads(data)) == data
    found = json.loads(data)
    assert found["metadata"]["nbprod"] == {"owner": "v", "zone": "v"}
    assert found["cells"][0]["metadata"] == {"deep": {"er": {"a": "b"}}, "tags": ["t", "é"]}


def test_several_metadata_edits_build_on_each_other() -> None:
    nb = cell_notebook([])
    both = [SetMetadata(cell=None, path=("nbprod", key), value=key) for key in ("b", "a")]
    assert json.loads(splice(nb, both))["metadata"]["nbprod"] == {"a": "a", "b": "b"}


def test_equal_keys_do_not_confuse_the_layout() -> None:
    raw = b'{"nbformat": 3,"cells": [],"nbformat": 4,"metadata": {"x": 1,"z": 2,"x": 3}}'
    assert set_metadata(raw, None, "y", value=0) == raw.replace(b'"z"', b'"y": 0,"z"')


def test_metadata_are_made_where_there_are_none() -> None:
    raw = b'{"cells": [{"cell_type": "code", "source": "a"}], "nbformat": 4}'
    nb = read(raw)
    ref = nb.cells[0].ref
    after = splice(nb, [SetMetadata(cell=ref, path=("a", key), value=1) for key in "xy"])
    assert after == raw.replace(b'"source"', b'"metadata": {"a": {"x": 1, "y": 1}}, "source"')
    assert json.loads(set_metadata(raw, None, "a"))["metadata"] == {"a": "v"}


# --- conflicts -----------------------------------------------------------------------------------


def conflict(nb: Notebook, *edits: Edit) -> str:
    with pytest.raises(EditConflict) as caught:
        splice(nb, edits)
    return str(caught.value)


def test_edits_that_do_not_fit_are_refused() -> None:
    nb = cell_notebook([("code", "abc", []), ("markdown", "d", [])])
    code, text = (cell.ref for cell in nb.cells)
    cases: list[tuple[Sequence[Edit], str]] = [
        ([replace(nb, 0, 0, 2, "x"), replace(nb, 0, 1, 3, "y")], "overlap in cell 0"),
        ([replace(nb, 0, 0, 3, "x"), replace(nb, 0, 1, 1, "y")], "overlap in cell 0"),
        ([replace(nb, 0, 1, 4, "x")], "beyond the source of cell 0"),
        ([replace(nb, 0, 2, 1, "x")], "beyond the source of cell 0"),
        ([DeleteCell(cell=code), replace(nb, 0, 0, 0, "x")], "both deleted and edited"),
        ([DeleteCell(cell=code), ClearOutputs(cell=code)], "both deleted and edited"),
        ([DeleteCell(cell=code), SetMetadata(cell=code, path=("a",), value=1)], "both deleted and edited"),
        ([ClearOutputs(cell=text)], "no code cell"),
        ([ClearOutputs(cell=CellRef(index=0, id="other"))], "made for `other`"),
        ([DeleteCell(cell=CellRef(index=2))], "no cell 2"),
        ([DeleteCell(cell=CellRef(index=-1))], "no cell -1"),
        ([InsertCell(before=3, cell_type="code", source="")], "before cell 3"),
        ([InsertCell(before=-1, cell_type="code", source="")], "before cell -1"),
        ([InsertCell(before=0, cell_type="heading", source="")], "no type of cell"),
        ([SetMetadata(cell=None, path=(), value=1)], "names no key"),
        ([SetMetadata(cell=None, path=("kernelspec", "name", "x"), value=1)], "plain value"),
    ]
    for edits, words in cases:
        assert words in conflict(nb, *edits)


def test_the_text_of_an_output_cannot_be_edited() -> None:
    nb = cell_notebook([("code", "abc", [])])
    edit = replace(nb, 0, 0, 1, "x")
    span = type(edit.span)(**{name: getattr(edit.span, name) for name in edit.span.__struct_fields__} | {"output": 0})
    assert "output" in conflict(nb, ReplaceText(span=span, text="x"))


def test_strange_cells_are_not_written_to() -> None:
    nb = read(b'{"nbformat": 4, "metadata": 3, "cells": [{"cell_type": "code", "source": 5, "metadata": []}, 7]}')
    assert "no source" in conflict(nb, replace(nb, 0, 0, 0, "x"))
    assert "no source" in conflict(nb, replace(nb, 1, 0, 0, "x"))
    assert "no object" in conflict(nb, SetMetadata(cell=nb.cells[0].ref, path=("a",), value=1))
    assert "no object" in conflict(nb, SetMetadata(cell=None, path=("a",), value=1))
    mixed = read(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a", 5]}]}')
    assert "other things than text" in conflict(mixed, replace(mixed, 0, 0, 0, "x"))
    nested = read(b'{"nbformat": 4, "cells": []}')
    both = [SetMetadata(cell=None, path=path, value=1) for path in (("a",), ("a", "b"))]
    assert "plain value" in conflict(nested, *both)


def test_what_has_no_file_of_today_cannot_be_spliced() -> None:
    nb = cell_notebook([("code", "a", [])])
    live = Notebook("live", nb.cells, {}, 4, 5, "python", None)
    assert "not read from a file" in conflict(live)
    old = read(b'{"nbformat": 3, "metadata": {"name": ""}, "worksheets": [{"cells": []}]}')
    assert "nbconvert" in conflict(old)
