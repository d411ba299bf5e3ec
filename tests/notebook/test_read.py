import json
import os
from pathlib import Path

import pytest

from nbprod.errors import ReadError
from nbprod.notebook import Cell, Notebook, cell_notebook, parse_notebook, read_notebook

CODE = {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["x = 1\n", "y"], "execution_count": None}


def written(**changes: object) -> bytes:
    notebook = {"cells": [CODE], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **changes}
    return json.dumps({key: value for key, value in notebook.items() if value is not ...}).encode()


def parse(data: bytes) -> Notebook:
    return parse_notebook(data, "a.ipynb")


def refusal(data: bytes) -> str:
    with pytest.raises(ReadError) as caught:
        parse(data)
    assert str(caught.value).startswith("a.ipynb: ")
    return str(caught.value)


def test_a_usual_notebook() -> None:
    cell = {**CODE, "id": "abc", "metadata": {"tags": ["parameters"], "k": 1}, "execution_count": 7}
    nb = parse(written(cells=[cell, {"cell_type": "markdown", "metadata": {}, "source": "# t"}]))
    code, text = nb.cells
    assert (code.index, code.id, code.type, code.source) == (0, "abc", "code", "x = 1\ny")
    assert (code.tags, code.metadata["k"], code.execution_count) == (("parameters",), 1, 7)
    assert (text.type, text.source, text.id, text.tree, text.python) == ("markdown", "# t", None, None, "")
    assert (nb.nbformat, nb.nbformat_minor, nb.path, nb.upgraded, nb.skipped) == (4, 5, "a.ipynb", False, None)
    assert nb.code_cells == (code,)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"{", "cut off"),
        (written()[:-20], "cut off"),
        (written()[:90], "cut off"),
        (b"hello", "not JSON"),
        (b"\0" * 50, "UTF-16"),
        (b'{"cells": [\0]}', "not JSON"),
        (written().decode().encode("utf-16"), "UTF-16"),
        (written().decode().encode("utf-16-be"), "UTF-16"),
        (written().replace(b"x = 1", b"x = \xe9"), "not UTF-8"),
        (b"[" * 200_000, "nests too deep"),
        (b'{"cells":' * 200_000, "nests too deep"),
        (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nests too deep"),
        (b'{"cells": [], "nbformat": ' + b"4" * 5000 + b"}", "cannot be read"),
        (b"[]", "is a list"),
        (b"3", "is a number"),
        (b"null", "is a null"),
        (b"{}", "no list of cells"),
        (written(cells={}), "no list of cells"),
        (written(cells=...), "no list of cells"),
        (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> b", "merge conflicts"),
        (b"{\n<<<<<<< HEAD\n}", "merge conflicts"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git lfs pull"),
        (written(cells=..., nbformat=3, worksheets=3), "old format"),
        (written(nbformat=2), "old format"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_no_notebook_is_refused_in_words(data: bytes, words: str) -> None:
    assert words in refusal(data)


@pytest.mark.parametrize(
    ("cell", "kind", "source"),
    [
        ({"cell_type": "code"}, "code", ""),
        ({"cell_type": "code", "source": None, "metadata": None, "outputs": None}, "code", ""),
        ({"cell_type": "code", "source": 3, "metadata": [], "outputs": {}}, "code", ""),
        ({"cell_type": "code", "source": ["a", 1, "b"]}, "code", "ab"),
        ({"cell_type": "code", "source": "a", "execution_count": "7", "id": 5}, "code", "a"),
        ({"source": "a"}, "raw", "a"),
        ({"cell_type": 1, "source": "a"}, "raw", "a"),
        ({"cell_type": "heading", "source": "a"}, "heading", "a"),
        ({}, "raw", ""),
        ([], "raw", ""),
        (None, "raw", ""),
        ("a", "raw", ""),
    ],
)
def test_one_strange_cell_does_not_hide_the_others(cell: object, kind: str, source: str) -> None:
    nb = parse(written(cells=[CODE, cell, CODE]))
    assert [found.source for found in nb.cells] == ["x = 1\ny", source, "x = 1\ny"]
    assert nb.cells[1].type == kind
    assert nb.cells[1].metadata == {}
    assert nb.outputs(nb.cells[1]) == []
    assert nb.file_line(2, 1) == 1


@pytest.mark.parametrize(
    "changes", [{"nbformat": ...}, {"nbformat": "4"}, {"metadata": ...}, {"metadata": 5}, {"nbformat_minor": None}]
)
def test_a_notebook_that_lacks_what_is_not_needed_is_read(changes: dict[str, object]) -> None:
    nb = parse(written(**changes))
    assert nb.cells[0].source == "x = 1\ny"
    assert nb.metadata == {}
    assert nb.nbformat == 4


def test_odd_but_valid_json_is_read() -> None:
    assert parse(b"\xef\xbb\xbf" + written()).cells[0].source == "x = 1\ny"
    assert parse(b"\r\n\t " + written() + b"\n\n").cells[0].source == "x = 1\ny"
    assert parse(written(cells=[{**CODE, "outputs": [{"data": float("nan")}]}])).cells[0].tree
    twice = written().replace(b'"source": [', b'"source": ["first"], "source": [')
    assert parse(twice).cells[0].source == "x = 1\ny"
    ids = [{**CODE, "id": "same"}, {**CODE, "id": "same"}, {**CODE, "id": ""}]
    assert [cell.id for cell in parse(written(cells=ids)).cells] == ["same", "same", ""]


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    nb = parse(written(cells=[{**CODE, "source": ["'\ud800'\n", "'\U0001f600'"], "metadata": {"tags": ["\udfff"]}}]))
    assert nb.cells[0].source == "'\N{REPLACEMENT CHARACTER}'\n'\U0001f600'"
    assert nb.cells[0].tags == ("\N{REPLACEMENT CHARACTER}",)
    assert nb.cells[0].tree


def test_a_nul_in_the_source_is_a_parse_error() -> None:
    cell = parse(written(cells=[{**CODE, "source": "x\0"}])).cells[0]
    assert cell.parse_error
    assert "NUL" in cell.parse_error.message


@pytest.mark.parametrize("version", [2, 3])
def test_old_formats_are_upgraded_in_memory(version: int) -> None:
    cells = [
        {
            "cell_type": "code",
            "language": "python",
            "input": ["x = 1"],
            "outputs": [],
            "prompt_number": 1,
            "collapsed": False,
        }
    ]
    data = written(
        cells=...,
        nbformat=version,
        nbformat_minor=0,
        worksheets=[{"cells": cells, "metadata": {}}],
        metadata={"name": ""},
    )
    nb = parse(data)
    assert nb.upgraded
    assert nb.cells[0].id is None  # else a report would be another one each time
    assert nb.nbformat == version
    assert [(cell.type, cell.source) for cell in nb.cells] == [("code", "x = 1")]
    assert nb.raw == data
    assert nb.file_line(0, 1) is None


def test_outputs_are_decoded_when_asked_for() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["é\n"]}
    nb = parse(written(cells=[{**CODE, "outputs": [stream, 5]}]))
    assert nb.outputs(nb.cells[0]) == [stream]
    broken = parse(written(cells=[{**CODE, "outputs": ["Q"]}]).replace(b'"Q"', b'{"text": "\xff"}'))
    assert broken.outputs(broken.cells[0]) == [{"text": "\N{REPLACEMENT CHARACTER}"}]


def test_outputs_that_cannot_be_decoded_are_none() -> None:
    nb = cell_notebook([("code", "a", [])])
    cell = Cell(0, None, "code", "a", (), {}, None, b"[{")
    assert nb.outputs(cell) == []


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    folder = tmp_path / "folder.ipynb"
    folder.mkdir()
    pipe = tmp_path / "pipe.ipynb"
    os.mkfifo(pipe)
    dangling = tmp_path / "dangling.ipynb"
    dangling.symlink_to("nowhere")
    circle = tmp_path / "circle.ipynb"
    circle.symlink_to(circle)
    cases = {
        folder: "folder",
        pipe: "no regular file",
        dangling: "symlink to a file that does not exist",
        circle: "symbolic links",
        tmp_path / "gone.ipynb": "does not exist",
        tmp_path / ("n" * 300): "name too long",
        Path("a\0b"): "usable path",
        Path("/dev/zero"): "no regular file",
    }
    for path, words in cases.items():
        with pytest.raises(ReadError) as caught:
            read_notebook(path)
        assert words in str(caught.value).lower() or words in str(caught.value)


def test_a_file_without_permission_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(written())

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)  # root may read anything, so a mode would not do
    with pytest.raises(ReadError, match="Permission denied"):
        read_notebook(path)


def test_a_file_is_read_through_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes(written())
    link = tmp_path / "b.ipynb"
    link.symlink_to("a.ipynb")
    nb = read_notebook(link)
    assert nb.path == str(link)
    assert nb.raw == written()


def test_notebooks_made_for_tests_are_as_nbformat_writes_them() -> None:
    import nbformat

    nb = cell_notebook([("code", "x = 'é'\ny", ["parameters"]), ("markdown", "", [])])
    assert nbformat.writes(nbformat.reads(nb.raw.decode(), 4)) + "\n" == nb.raw.decode()
    assert nb.cells[0].tags == ("parameters",)
    assert [cell.id for cell in nb.cells] == ["cell-0", "cell-1"]
