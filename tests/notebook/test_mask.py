"""Each case: a cell, and the Python it is read as (`·` stands for a blank that was masked)."""

import ast
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import sources

from nbprod.notebook import Magic
from nbprod.notebook.mask import Masked, mask

CASES = {
    "line magic": ("%matplotlib inline;\nimport a", "···················\nimport a"),
    "blank after the sign": ("% matplotlib inline", "···················"),
    "shell": ("!pip install 'it\nx = 1", "················\nx = 1"),
    "shell twice": ("!!ls", "····"),
    "help behind": ("df.head?\n%time??", "········\n·······"),
    "help in front": ("?print\nx = 1", "······\nx = 1"),
    "help at the end of a call": ("x = pd.read_csv?", "················"),
    "assigned shell": ("files = !ls *.csv", "files = ...······"),
    "assigned to several": ("a, b.c = !x", "a, b.c = 0·"),
    "assigned with a type": ("x: list = !ls", "x: list = ..."),
    "assigned to an item": ("d['a'] = %sql select", "d['a'] = ...········"),
    "assigned magic that runs code": ("x = %time f(1)", "x =·······f(1)"),
    "in a block": ("if x:\n    !ls -l\n    %cd\n    a = !ls\n", "if x:\n    pass··\n    0··\n    a = ...\n"),
    "in a deeper block": ("def f():\n\tif x:\n\t\t%pwd\n\treturn 1", "def f():\n\tif x:\n\t\tpass\n\treturn 1"),
    "help in a block": ("if x:\n    ?ab\n    abcd?", "if x:\n    0··\n    pass·"),
    "continued": ("!pip install \\\n  a \\\n  b\nx = 1", "··············\n·····\n···\nx = 1"),
    "continued in a block": ("if x:\n    !a \\\n    b\n", "if x:\n    pass\n·····\n"),
    "continued right away": ("if x:\n    !\\\nls\n", "if x:\n    0·\n··\n"),
    "code of a magic": ("%time x = f(1)", "pass;·x = f(1)"),
    "code behind options": ("%timeit -n 10 -r 3 f(1)", "pass;··············f(1)"),
    "code of a magic in a block": ("for a in b:\n    %time f(a)", "for a in b:\n    pass;·f(a)"),
    "compound code of a magic": ("%time for a in b: f(a)", "······················"),
    "no code behind a magic": ("%time\nx = 1", "·····\nx = 1"),
    "code that does not parse": ("%time f(", "········"),
    "Python cell magic": ("%%time\n%cd x\nx = 1", "······\n·····\nx = 1"),
    "code on the line of a cell magic": ("%%timeit a = f(1)\ng(a)", "pass;····a = f(1)\ng(a)"),
    "text cell magic": ("%%bash\nls 'it\n  x", "······\n······\n···"),
    "cell magic in a cell magic": ("%%capture\n%%bash\nls", "·········\n······\n··"),
    "unknown cell magic over Python": ("%%mine\n!ls\nx = 1", "······\n···\nx = 1"),
    "unknown cell magic over text": ("%%mine\nselect a from b", "······\n···············"),
    "unknown cell magics over text": ("%%a\n%%b\nselect a", "···\n···\n········"),
    "cell magic below comments": ("\n# %% a\n  \n%%time\nx = 1", "\n# %% a\n  \n······\nx = 1"),
    "cell magic that is asked about": ("%%time?\nx = 1", "·······\nx = 1"),
    "cell magic too late": ("x = 1\n%%time\ny = 2", "x = 1\n······\ny = 2"),
    "indented as a whole": ("  x = 1\n  if x:\n    y = 2\n", "·\fx = 1\n·\fif x:\n·\f  y = 2\n"),
    "indented with a magic": ("    !ls\n    x = 1", "···\f···\n···\fx = 1"),
    "indented strings": ("  s = '''\n  a'''\n  %pwd", "·\fs = '''\n  a'''\n·\f····"),
    "indented comment first": ("    # a\nif x:\n    !abcd", "    # a\nif x:\n    pass·"),
    "prompts": (">>> if x:\n...     y = 1\n...\nx", "···\fif x:\n···\f    y = 1\n···\nx"),
    "hidden value": ("plot()\n;", "plot()\n·"),
    "automagic install": ("pip install a\nconda install b\nimport a", "·············\n···············\nimport a"),
    "automagic alone": ("cd ../data\n", "··········\n"),
    "Databricks: another language": ("%sql\nselect a from b", "····\n···············"),
    "Databricks: a statement begun beside it": ("\n%sql select a,\n  b from c", "\n··············\n··········"),
    "Databricks: prose": ("%md\nIt's 5%\n", "···\n·······\n"),
    "Databricks: Python": ("%python\n!ls\nx = 1", "·······\n···\nx = 1"),
    "one line of SQL over Python": ("%sql select a\nx = 1", "·············\nx = 1"),
    "form feed": ("\f%pwd\n\fx = 1", "\f····\n\fx = 1"),
    "CRLF": ("%pwd\r\nx = 1\r\n!ls\r\n", "····\r\nx = 1\r\n···\r\n"),
    "lone CR": ("%pwd\rx = 1\r", "····\rx = 1\r"),
    "await": ("%pwd\nawait f()", "····\nawait f()"),
    "sign that follows a colon": ("if x: y = 1\n%pwd", "if x: y = 1\n····"),
}


@pytest.mark.parametrize("name", CASES)
def test_masking(name: str) -> None:
    source, wanted = CASES[name]
    found = mask(source)
    assert found.python == wanted.replace("·", " ")
    assert found.error is None


UNTOUCHED = {
    "in a string": "s = '''\n%time\n!ls\nx?\n'''\n",
    "in a bytes literal": 's = rb"""\\\n!ls"""\n',
    "in a continued expression": "x = (a\n% b\n  % c)\n",
    "in a list": "x = [\n  1\n  % 2\n]",
    "behind a backslash": "x = a \\\n% b",
    "in a comment": "# %time ! x?\nx = 1  # why?",
    "in an f-string": "f'''{x}\n!ls'''",
}


@pytest.mark.parametrize("name", UNTOUCHED)
@pytest.mark.parametrize("other", ["", "!ls\n"], ids=["alone", "beside a magic"])
def test_what_is_no_statement_stays(name: str, other: str) -> None:
    source = other + UNTOUCHED[name]
    found = mask(source)
    assert found.python.endswith(UNTOUCHED[name])
    assert found.error is None


@pytest.mark.parametrize("source", ["x = f(\n%time", "cd data\nx = 1", "x = 1 = !ls +", "x <= !ls", "print 'x'\n!ls"])
def test_what_ipython_refuses_is_an_error_and_keeps_its_length(source: str) -> None:
    found = mask(source)
    assert found.tree is None
    assert found.error
    assert len(found.python) == len(source)


def test_magics_of_a_broken_cell_are_known() -> None:
    found = mask("%pip install a\nx = = 1")
    assert [magic.name for magic in found.magics] == ["pip"]
    assert found.error
    assert found.error.line == 2


def test_a_cell_of_databricks_in_another_language_is_its_body() -> None:
    found = magic("%sh\npip install a\n")
    assert (found.kind, found.name, found.body, found.body_start) == ("cell", "sh", "pip install a\n", 4)


def magic(source: str) -> Magic:
    (found,) = mask(source).magics
    assert found.raw == source[found.start : found.end]
    return found


@pytest.mark.parametrize(
    ("source", "kind", "name", "args"),
    [
        ("%pip install a", "line", "pip", "install a"),
        ("pip install a", "line", "pip", "install a"),
        ("!pip install a", "shell", "", "pip install a"),
        ("x = !ls \\\n -l", "shell", "", "ls \\\n -l"),
        ("%%sql sqlite://\nselect 1", "cell", "sql", "sqlite://"),
        ("%%!\nls", "cell", "!", ""),
        ("df.head??", "help", "df.head", ""),
        ("?df", "help", "df", ""),
        ("%matplotlib inline;", "line", "matplotlib", "inline;"),
    ],
)
def test_magics_are_kept(source: str, kind: str, name: str, args: str) -> None:
    found = magic(source)
    assert (found.kind, found.name, found.args) == (kind, name, args)


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("x = !ls", ("x",)),
        ("a, (b, *c) = !ls", ("a", "b", "c")),
        ("x = %env HOME", ("x",)),
        ("%%capture out --no-stderr\n1", ("out",)),
        ("%%capture --no-stderr\n1", ()),
        ("%%sql result <<\nselect 1", ("result",)),
        ("%sql result << select 1", ("result",)),
        ("%%bash --out o --err e\nls", ("o", "e")),
        ("%%R -i x -o y,z\n1", ("y", "z")),
        ("%%bigquery frame --project p\nselect 1", ("frame",)),
        ("%store -r a b", ("a", "b")),
        ("%store a", ()),
    ],
)
def test_magics_tell_what_they_bind(source: str, targets: tuple[str, ...]) -> None:
    assert magic(source).targets == targets


def test_the_body_of_a_cell_magic_is_kept() -> None:
    source = "# note\n%%writefile a.py\r\nimport os\n"
    found = magic(source)
    assert (found.line, found.body, found.raw) == (2, "import os\n", "%%writefile a.py")
    assert source[found.body_start :] == found.body


def test_names_bound_by_code_of_a_magic_are_in_the_tree() -> None:
    tree = mask("%time model = fit(x)").tree
    assert tree
    assert "model" in {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def breaks(text: str) -> list[tuple[int, str]]:
    return [(found.start(), found[0]) for found in re.finditer("\r\n|\r|\n", text)]


def check(source: str, found: Masked) -> None:
    assert len(found.python) == len(source)
    assert breaks(found.python) == breaks(source)
    assert (found.tree is None) != (found.error is None)
    for magic in found.magics:
        assert 0 <= magic.start < magic.end <= magic.body_start <= len(source)
    starts = [magic.start for magic in found.magics]
    assert starts == sorted(set(starts))


@given(sources() | st.text(max_size=30))
def test_masking_never_shifts_a_position(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(source, mask(source))


@given(sources())
def test_masked_code_that_parses_needs_no_more_masking(source: str) -> None:
    found = mask(source)
    if found.error is None:
        again = mask(found.python)
        assert again.python == found.python
        assert again.magics == ()


LONG = (
    "%%time\n" * 20_000,
    "%%mine\n" * 20_000,
    "!ls\n" * 20_000,
    "a?\n" * 20_000,
    "cd a\n" * 20_000,
    "x" * 200_000 + "?",
    "'" * 200_001,
    "x = (" + "'" * 200_000,
    "\\\n" * 100_000 + "?",
    " \n" * 100_000 + "!",
    "# \n" * 50_000 + "%%",
)


@pytest.mark.parametrize("source", LONG, ids=range(len(LONG)))
def test_long_cells_take_linear_time(source: str) -> None:
    check(source, mask(source))
