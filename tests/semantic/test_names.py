"""Which binding a name refers to: scopes, branches, magics, and what Python evaluates when."""

import sys

import pytest


def unbound(model, *cells: str) -> list[str]:
    """The names that are read before anything binds them, at the top level or in a function that is called."""
    uses = model(*cells).uses
    return [use.name for use in uses if use.binding is None and (use.via is not None or use.function is None)]


@pytest.mark.parametrize(
    "cells",
    [
        ["x = 1", "x"],
        ["if any((found := item) > 2 for item in range(5)):\n    found"],
        ["[last := n for n in range(3)]", "last"],
        ["f = lambda a, b=2: a + b", "f(1)"],
        ["def f(x: int = 3) -> str:\n    return str(x)", "f()"],
        ["from __future__ import annotations\ndef f(x: Frame) -> Frame: ..."],
        ["def f():\n    x: Frame = 1\n    return x", "f()"],
        ["def f(x: 'Frame'): ..."],
        ["class C:\n    size = 3\n    half = size // 2\n    def area(self):\n        return self.size", "C().area()"],
        ["class C:\n    items = [1, 2]\n    pairs = [x for x in items]"],
        ["class C:\n    def m(self):\n        return __class__", "C().m()"],
        ["match point:\n    case [a, *rest]: print(a, rest)\n    case {'k': v, **more}: print(v, more)"],
        ["try:\n    import cPickle as p\nexcept ImportError:\n    import pickle as p", "p"],
        ["for i in range(3):\n    last = i", "i, last"],
        ["with open('a') as f, open('b') as (g, *h):\n    pass", "f, g, h"],
        ["def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n    inner()", "outer()"],
        ["def init():\n    global client\n    client = 1", "init()", "client"],
        ["def forget():\n    global a\n    del a", "a = 1", "forget()"],
        ["%store -r model\nmodel"],
        ["%%capture log\n1", "log"],
        ["%%timeit -n1 -r10\n1"],
        ["%%timeit -r10\n1"],
        ["files = !ls\nfiles"],
        ["%%bigquery frame\nSELECT 1", "frame"],
        ["if flag:\n    del a\n    pass", "1"],
        ["a, b = 1, 2\ndel (a, b)"],
        ["_ih, _oh, In, Out, _"],
    ],
)  # fmt: skip
def test_names_that_are_bound(model, cells):
    assert unbound(model, "flag = point = a = 0", *cells) == []


NEW_SYNTAX = [
    (["def f[T](x: T) -> T:\n    return T"], []),
    (["class Box[T](list[T]):\n    item: T", "Box()"], []),
    (["type Row = list[Cell]", "Row"], []),
    (["def f[T](x): ...", "T"], ["T"]),
]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["x", "x = 1"], ["x"]),
        (["f()", "def f(): ..."], ["f"]),
        (["def f():\n    return y", "f()", "y = 1"], ["y"]),
        (["def f(x: Frame): ..."], ["Frame"]),
        (["def f() -> Frame: ..."], ["Frame"]),
        (["x: Frame = 1"], ["Frame"]),
        (["f = lambda a=missing: a"], ["missing"]),
        (["class C(Base): ..."], ["Base"]),
        (["class C:\n    n = 2\n    rows = [n for _ in range(3)]"], ["n"]),
        (["class C:\n    n = 2\n    def m(self):\n        return n", "C().m()"], ["n"]),
        (["@cached\ndef f(): ..."], ["cached"]),
        (["a = 1", "del a", "a"], ["a"]),
        (["a, b = 1, 2", "del (a, b)", "a, b"], ["a", "b"]),
        (["del never"], ["never"]),
        (["n += 1"], ["n"]),
        (["try:\n    pass\nexcept ValueError as e:\n    pass", "e"], ["e"]),
        (["match 1:\n    case Colour.RED: pass\n    case Point(x=0): pass"], ["Colour", "Point"]),
        (["__file__"], ["__file__"]),
        (["[i for i in range(3)]", "i"], ["i"]),
        (["rows.map(lambda row: scale(row))"], ["rows", "scale"]),
        *(NEW_SYNTAX if sys.version_info >= (3, 12) else ()),
    ],
)  # fmt: skip
def test_names_that_are_not(model, cells, names):
    assert unbound(model, *cells) == names


def test_functions_in_functions_that_nobody_calls_are_read_too(model):
    built = model("def outer():\n    def inner():\n        return open('a.csv')\n    return inner")
    assert [call.name for call in built.all_calls] == ["builtins.open"]


def test_the_last_deletion_of_a_name_is_known(model):
    built = model("a = b = 1", "del a", "def f():\n    c = 1\n    del c", "f()")
    assert built.deletion("a").cell == 1
    assert built.deletion("b") is None
    assert built.deletion("c") is None


def test_a_magic_that_is_assigned_binds_once(model):
    built = model("rows = %sql SELECT 1")
    assert [binding.kind for binding in built.bindings("rows")] == ["assign"]


def test_a_use_knows_its_function_and_how_it_was_reached(model):
    built = model("f = lambda: a", "def g():\n    return b", "g()", "def h():\n    return c", "button.on_click(h)")
    uses = {use.name: use for use in built.uses if use.binding is None}
    assert (uses["a"].function.name, uses["a"].via, uses["a"].stmt.cell) == ("<lambda>", None, 0)
    assert (uses["b"].function.name, uses["b"].via.cell, uses["b"].deferred) == ("g", 2, False)
    assert (uses["c"].function.name, uses["c"].via.cell, uses["c"].deferred) == ("h", 4, True)
    assert (uses["button"].function, uses["button"].via) == (None, None)


def test_what_everybody_calls_pd_is_pandas_even_if_nothing_imports_it(model):
    meaning = model("df = pd.read_csv('a.csv')")
    assert meaning.bindings("df")[0].value.type == "pandas.DataFrame"
    assert [use.name for use in meaning.uses if use.binding is None] == ["pd"]
