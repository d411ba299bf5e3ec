"""docs/hostile-inputs.md says what each hostile input gives; here each is made, and has to give just that."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nbprod.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "hostile-inputs.md"
KERNEL = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}


def cell(source: Any, **changes: Any) -> dict[str, Any]:
    usual = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    return {**usual, "source": source, **changes}


def notebook(*cells: Any, **changes: Any) -> bytes:
    usual = {"cells": cells or [cell("x = 1")], "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps({**usual, **changes}).encode()


def write(data: bytes) -> Callable[[Path], Any]:
    return lambda path: path.write_bytes(data)


def source(text: str) -> Callable[[Path], Any]:
    return write(notebook(cell(text)))


R = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
OLD = {"cell_type": "code", "language": "python", "input": "x = 1", "outputs": [], "prompt_number": 1}
THREE = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [OLD], "metadata": {}}]}
INPUTS: dict[str, Callable[[Path], Any]] = {
    "an empty file": write(b""),
    "JSON that is cut off": write(notebook()[:-20]),
    "no JSON": write(b"hello"),
    "JSON of something else": write(b"[1, 2]"),
    "an object without cells": write(b"{}"),
    "200,000 nested lists": write(b"[" * 200_000),
    "a number of 5,000 digits": write(b'{"cells": [], "nbformat": ' + b"4" * 5000 + b"}"),
    "unresolved merge conflicts": write(b"{\n<<<<<<< HEAD\n}"),
    "a pointer of Git LFS": write(b"version https://git-lfs.github.com/spec/v1\noid"),
    "UTF-16": write(notebook().decode().encode("utf-16")),
    "Latin-1": write(notebook().replace(b"x = 1", b"x = '\xe9'")),
    "a byte order mark": write(b"\xef\xbb\xbf" + notebook()),
    "a folder with the name of a notebook": lambda path: path.mkdir(),
    "a named pipe": os.mkfifo,
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a notebook in R": write(notebook(cell("x <- 1"), metadata=R)),
    "a notebook of nbformat 3": write(json.dumps(THREE).encode()),
    "nbformat 3 with nothing in it": write(b'{"nbformat": 3, "worksheets": 3}'),
    "a cell that is no object": write(notebook(7, cell("x = = 1"))),
    "a source that is a number": write(notebook(cell(7), cell("x = = 1"))),
    "two cells with one id": write(notebook(cell("x = 1", id="a"), cell("x = 2", id="a"), nbformat_minor=5)),
    "outputs that are no list": write(notebook(cell("x = 1", outputs={"a": 1}))),
    "NaN in an output": write(notebook(cell("x = 1", outputs=[{"data": float("nan")}]))),
    "a profile in its metadata that is none": write(notebook(metadata={**KERNEL, "nbprod": {"profile": ["\x1b[2J"]}})),
    "code that is no Python": source("x = = 1"),
    "Python 2": source("print 'x'"),
    "a NUL in the code": source("x\0"),
    "half a surrogate pair in the code": source("x = '\ud800'"),
    "10,000 nested brackets": source("(" * 10_000 + ")" * 10_000),
    "a sum of 10,000 terms": source("x = " + "+".join("1" * 10_000)),
    "10,000 branches of elif": source("if x: pass\n" + "elif x: pass\n" * 10_000),
    "10,000 magics on top of each other": source("%%time\n" * 10_000),
    "a name of 200,000 characters": source("x" * 200_000 + " = 1"),
    "200,000 spaces": source("x = 1" + " " * 200_000 + "# nbprod: ignore  " + " " * 200_000),
    "a private key of blanks": source(f"key = '''-----BEGIN PRIVATE KEY-----\na: {' ' * 100_000}'''"),
    "a function that calls itself for ever": source("def f(x):\n    return f(f(x))\nf(1)"),
    "names that stand for each other": source("a = b\nb = a\n" * 200 + "print(a)"),
    "30 doublings of a list": source("x = [1]\n" + "x = [x, x]\n" * 30),
    "2,000 cells": write(notebook(*[cell(f"x{index} = {index}") for index in range(2000)])),
}


def rows() -> dict[str, str]:
    """What the page says, by input; `…` stands for what differs between versions of Python."""
    table = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: said.replace("`", "") for name, said in table[1:]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def given(make: Callable[[Path], Any]) -> str:
    """What a run says of one such input: the problem, that it is skipped, the first finding, or that it is checked."""
    make(Path("a.ipynb"))
    arguments = ["check", "--no-cache", "--output-format", "json", "a.ipynb"]
    result = CliRunner().invoke(main, arguments, prog_name="nbprod")
    if result.exit_code not in {0, 1}:
        return f"exit code {result.exit_code}: {result.stderr.strip()}"
    if not json.loads(result.stdout):
        return result.stderr.strip()
    (report,) = json.loads(result.stdout)
    if report["problems"]:
        problem = report["problems"][0]
        where = "" if problem["cell"] is None else f"cell {problem['cell']['index'] + 1}: "
        return f"{where}{problem['message']}"
    return f"note: {report['skipped']}" if report["skipped"] else "checked"


def test_the_page_has_a_row_for_each() -> None:
    assert set(rows()) == set(INPUTS)


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_gives_what_the_page_says(here: Path, name: str) -> None:
    beginning, _, end = rows()[name].partition("…")
    said = given(INPUTS[name]).replace("`", "")
    assert said.startswith(beginning), said
    assert said.endswith(end), said
    assert [path.name for path in here.iterdir()] == ["a.ipynb"]
