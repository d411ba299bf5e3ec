"""Edits of several helpers and fixes: what goes together, and what does not."""

import pytest

from nbprod.errors import EditConflict
from nbprod.kit.edit import combine
from nbprod.protocol import CellRef, ClearOutputs, DeleteCell, InsertCell, ReplaceText, SetMetadata, Span


def text(start, end, new, cell=0):
    span = Span(cell=CellRef(index=cell), start=start, end=end, line=1, column=1, end_line=1, end_column=1)
    return ReplaceText(span=span, text=new)


def cell(source, before=0, tags=("parameters",)):
    return InsertCell(before=before, cell_type="code", source=source, tags=tags)


def tag(index, *tags):
    return SetMetadata(cell=CellRef(index=index), path=("tags",), value=list(tags))


TOGETHER = {
    "the same twice": ([text(0, 2, "x")], [text(0, 2, "x")], [text(0, 2, "x")]),
    "side by side": ([text(0, 2, "x")], [text(2, 4, "y")], [text(0, 2, "x"), text(2, 4, "y")]),
    "an insertion beside a replacement": ([text(0, 2, "x")], [text(2, 2, "y")], [text(0, 2, "x"), text(2, 2, "y")]),
    "the same place of two cells": ([text(0, 2, "x")], [text(0, 2, "y", 1)], [text(0, 2, "x"), text(0, 2, "y", 1)]),
    "imports": ([text(5, 5, "\nimport os")], [text(5, 5, "\nimport abc")], [text(5, 5, "\nimport abc\nimport os")]),
    "imports from one module": (
        [text(0, 0, "from m import b\n")],
        [text(0, 0, "from m import a\n")],
        [text(0, 0, "from m import a, b\n")],
    ),
    "an import that is there among others": (
        [text(0, 0, "from m import a, b\n")],
        [text(0, 0, "from m import a\n")],
        [text(0, 0, "from m import a, b\n")],
    ),
    "indented imports": (
        [text(0, 0, "  import os\n")],
        [text(0, 0, "  import abc\n")],
        [text(0, 0, "  import abc\n  import os\n")],
    ),
    "constants": ([text(5, 5, "\nA = 1")], [text(5, 5, "\nB = 'x'")], [text(5, 5, "\nA = 1\nB = 'x'")]),
    "imports before something else": (
        [text(0, 0, "f()\n")],
        [text(0, 0, "import os\n")],
        [text(0, 0, "import os\nf()\n")],
    ),
    "an import that stands before something else already": (
        [text(0, 0, "import os\nf()\n")],
        [text(0, 0, "import os\nimport abc\n")],
        [text(0, 0, "import abc\nimport os\nf()\n")],
    ),
    "parameters": ([cell("A = 1")], [cell("B = 2\nA = 1")], [cell("A = 1\nB = 2")]),
    "parameters first": ([cell("f()", tags=())], [cell("A = 1")], [cell("A = 1"), cell("f()", tags=())]),
}


@pytest.mark.parametrize(("first", "second", "both"), TOGETHER.values(), ids=TOGETHER)
def test_what_goes_together(first, second, both):
    assert combine(first, second) == both


APART = {
    "overlapping replacements": ([text(0, 3, "x")], [text(2, 4, "y")]),
    "two texts for one place": ([text(0, 3, "x")], [text(0, 3, "y")]),
    "an insertion inside a replacement": ([text(0, 3, "x")], [text(1, 1, "y")]),
    "two keywords of a call": ([text(5, 5, ", a=1")], [text(5, 5, ", b=1")]),
    "two statements": ([text(0, 0, "f()\n")], [text(0, 0, "g()\n")]),
    "a name with two values": ([cell("A = 1")], [cell("A = 2")]),
    "a computed value": ([cell("A = 1")], [cell("B = f()")]),
    "a comment": ([cell("A = 1  # why")], [cell("B = 2")]),
    "text of a deleted cell": ([text(0, 0, "x")], [DeleteCell(cell=CellRef(index=0))]),
    "outputs of a deleted cell": ([DeleteCell(cell=CellRef(index=0))], [ClearOutputs(cell=CellRef(index=0))]),
    "metadata set twice": ([tag(0, "a")], [tag(0, "b")]),
    "two parameters cells": ([cell("A = 1")], [tag(3, "parameters")]),
}


@pytest.mark.parametrize(("first", "second"), APART.values(), ids=APART)
def test_what_does_not(first, second):
    for one, other in ((first, second), (second, first)):
        with pytest.raises(EditConflict):
            combine(one, other)
