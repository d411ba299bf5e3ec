"""Statements are put in beside others, wherever those stand."""

import pytest
from editing import call_of, context, edited, outcome, stmt_of

from nbprod.kit.blocks import displays
from nbprod.kit.edit import insert_above, insert_after, insert_before, lift, remove_statement, replace_statement

BESIDE = {
    # layout: (source, with new() before T, with new() after T)
    "alone": ("T", "new()\nT", "T\nnew()"),
    "between others": ("a\nT\nb", "a\nnew()\nT\nb", "a\nT\nnew()\nb"),
    "last on a line": ("a; T", "a\nnew()\nT", "a; T\nnew()"),
    "amid a line": ("a; T; b", "a\nnew()\nT; b", "a; T\nnew()\nb"),
    "with a semicolon": ("T;", "new()\nT;", "T;\nnew()"),
    "with comments": ("# c\nT = 3  # d\n# e", "# c\nnew()\nT = 3  # d\n# e", "# c\nT = 3  # d\nnew()\n# e"),
    "in a block": ("if x:\n  T", "if x:\n  new()\n  T", "if x:\n  T\n  new()"),
    "in a block of tabs": ("if x:\n\tT", "if x:\n\tnew()\n\tT", "if x:\n\tT\n\tnew()"),
    "behind a colon": ("if x: T", "if x:\n    new()\n    T", "if x:\n    T\n    new()"),
    "behind a colon with others": (
        "if x: a; T; b",
        "if x:\n    a\n    new()\n    T\n    b",
        "if x:\n    a\n    T\n    new()\n    b",
    ),
    "behind else": (
        "if x:\n    a\nelse: T",
        "if x:\n    a\nelse:\n    new()\n    T",
        "if x:\n    a\nelse:\n    T\n    new()",
    ),
    "behind except": (
        "try: a\nexcept E: T",
        "try: a\nexcept E:\n    new()\n    T",
        "try: a\nexcept E:\n    T\n    new()",
    ),
    "behind a magic": ("%time T", "new()\n%time T", "%time T\nnew()"),
    "behind a magic in a block": (
        "if x:\n    %time T",
        "if x:\n    new()\n    %time T",
        "if x:\n    %time T\n    new()",
    ),
    "under a cell magic": ("%%time\nT", "%%time\nnew()\nT", "%%time\nT\nnew()"),
    "in a cell indented as a whole": ("  T\n  b", "  new()\n  T\n  b", "  T\n  new()\n  b"),
    "with line ends of Windows": ("a\r\nT\r\nb", "a\r\nnew()\r\nT\r\nb", "a\r\nT\r\nnew()\r\nb"),
    "over several lines": ("T = '''\n  x'''; b", "new()\nT = '''\n  x'''; b", "T = '''\n  x'''\nnew()\nb"),
}


@pytest.mark.parametrize(("source", "before", "after"), BESIDE.values(), ids=BESIDE)
def test_statements_go_before_and_after(source, before, after):
    ctx = context(source)
    assert edited(ctx, insert_before(ctx, stmt_of(ctx), "new()")) == before
    assert edited(ctx, insert_after(ctx, stmt_of(ctx), "new()")) == after


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("a\n# why\n# and how\nT", "a\nnew()\n# why\n# and how\nT"),
        ("# header\n\nT", "# header\n\nnew()\nT"),
        ("%%time\n# why\nT", "%%time\nnew()\n# why\nT"),
        ("a; T", "a\nnew()\nT"),
    ],
)
def test_statements_go_above_the_comment_of_another(source, after):
    ctx = context(source)
    assert edited(ctx, insert_above(ctx, stmt_of(ctx), "new()")) == after


def test_inner_lines_take_the_indentation_of_the_cell():
    ctx = context("for x in y:\n  T")
    assert edited(ctx, insert_before(ctx, stmt_of(ctx), "if q:\n    new()")) == "for x in y:\n  if q:\n    new()\n  T"


def test_tabs_stay_tabs_beside_a_block_of_blanks():
    ctx = context("if a:\n    b\nfor x in y:\n\tT")
    result = "if a:\n    b\nfor x in y:\n\tif q:\n\t\tnew()\n\tT"
    assert edited(ctx, insert_before(ctx, stmt_of(ctx), "if q:\n    new()")) == result


def test_a_function_is_preceded_with_its_decorators():
    ctx = context("@cache\n@other(1)\ndef f(): ...")
    (stmt,) = (ctx.stmt(node) for node in ctx.notebook.cells[0].tree.body)
    assert edited(ctx, insert_before(ctx, stmt, "new()")) == "new()\n@cache\n@other(1)\ndef f(): ..."


def test_nothing_goes_before_an_elif():
    ctx = context("if a:\n    x\nelif b:\n    y")
    (first,) = ctx.notebook.cells[0].tree.body
    assert outcome(ctx, lambda: insert_before(ctx, ctx.stmt(first.orelse[0]), "new()")).startswith("declined")


def test_a_statement_is_replaced_or_taken_out_with_its_line():
    ctx = context("a\nT = f(\n  1)\nb")
    assert edited(ctx, replace_statement(ctx, stmt_of(ctx), "if q:\n    new()")) == "a\nif q:\n    new()\nb"
    assert edited(ctx, remove_statement(ctx, stmt_of(ctx))) == "a\nb"
    last = context("a\nT = 3")
    assert edited(last, remove_statement(last, stmt_of(last))) == "a"


@pytest.mark.parametrize("source", ["a\nT = (1,  # why\n  2)\nb", "a\nT = 1  # why\nb"])
def test_a_comment_is_never_taken_out(source):
    ctx = context(source)
    assert outcome(ctx, lambda: remove_statement(ctx, stmt_of(ctx))).startswith("declined")


@pytest.mark.parametrize(
    ("source", "shown"), [("a\nT", True), ("T;", False), ("T # c", True), ("T\na = 1", False), ("if x:\n    T", False)]
)
def test_the_last_expression_of_a_cell_is_displayed(source, shown):
    ctx = context(source)
    assert displays(ctx, stmt_of(ctx)) is shown


LIFTED = {
    "an assignment": ("x = f(u).json()", "r = f(u)\nr.check()\nx = r.json()"),
    "an expression": ("f(u).json()", "r = f(u)\nr.check()\nr.json()"),
    "behind a colon": ("if a: x = f(u).y", "if a:\n    r = f(u)\n    r.check()\n    x = r.y"),
    "in the head of an if": ("if f(u).ok:\n    a", "r = f(u)\nr.check()\nif r.ok:\n    a"),
    "what a comprehension goes over": ("x = [y for y in f(u).z]", "r = f(u)\nr.check()\nx = [y for y in r.z]"),
    "a chain over several lines": ("x = (f\n  (u)\n  .z)", "r = (f\n  (u))\nr.check()\nx = (r\n  .z)"),
    "lines in a block": (
        "for i in j:\n  x = g(f(\n      u,\n    v).z)",
        "for i in j:\n  r = f(\n      u,\n    v)\n  r.check()\n  x = g(r.z)",
    ),
    "lines that are indented further": (
        "for i in j:\n  g(\n    f(\n      u\n    ).z\n  )",
        "for i in j:\n  r = f(\n    u\n  )\n  r.check()\n  g(\n    r.z\n  )",
    ),
    "a string over several lines": ("x = f('''\n a\n\n''').z", "r = f('''\n a\n\n''')\nr.check()\nx = r.z"),
    "a comment inside": ("x = f(\n  1,  # why\n).z", "r = f(\n  1,  # why\n)\nr.check()\nx = r.z"),
    "the name is taken": ("x, r = f(u).z, 1", "r_2 = f(u)\nr_2.check()\nx, r = r_2.z, 1"),
}


@pytest.mark.parametrize(("source", "after"), LIFTED.values(), ids=LIFTED)
def test_a_call_is_taken_out_of_its_statement(source, after):
    ctx = context(source)
    call = call_of(ctx, "f")
    assert edited(ctx, lift(ctx, call.node, call.stmt, "r", "{name}.check()")) == after


@pytest.mark.parametrize(
    "source",
    [
        "x = [f(u).y for u in us]",
        "x = lambda u: f(u).y",
        "x = a and f(u).y",
        "x = f(u).y if a else b",
        "while f(u).y: pass",
        "if a: pass\nelif f(u).y: pass",
        "g(h(), f(u).y)",
        "def g(x=f(u).y): pass",
        "def g():\n    return f('''\n a''').y",
    ],
)
def test_a_call_that_may_not_run_once_and_first_stays(source):
    ctx = context(source)
    call = call_of(ctx, "f")
    assert outcome(ctx, lambda: lift(ctx, call.node, call.stmt, "r")).startswith("declined")
