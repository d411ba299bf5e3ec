"""Keywords are added in the layout that the call has."""

import pytest
from editing import call_of, context, edited, outcome
from hypothesis import given, settings
from hypothesis import strategies as st

from nbprod.kit.edit import drop_keyword, name_arguments, set_keyword

ONE_LINE = {
    "no argument": ("f()", "f(t=1)"),
    "one argument": ("f(a)", "f(a, t=1)"),
    "blanks inside the brackets": ("f( a )", "f( a, t=1 )"),
    "a trailing comma": ("f(a,)", "f(a, t=1,)"),
    "a comment behind the call": ("f(a, b)  # why", "f(a, b, t=1)  # why"),
    "options stay last": ("f(*a, **options)", "f(*a, t=1, **options)"),
    "the keyword is there": ("f(a, t=None, b=2)", "f(a, t=1, b=2)"),
    "the keyword is there in brackets": ("f(t=(None))", "f(t=(1))"),
    "arguments in brackets": ("f((a), (b))", "f((a), (b), t=1)"),
    "a string with commas and brackets": ("f('a, (b', \"#\")", "f('a, (b', \"#\", t=1)"),
    "a string over several lines": ("f('''a\nb''')", "f('''a\nb''', t=1)"),
    "a call in a chain": ("x = f(a).json().y", "x = f(a, t=1).json().y"),
    "a call of a call": ("f(a)(b)", "f(a, t=1)(b)"),
    "letters beyond ASCII before it": ("é = 'ü', f('é', b)", "é = 'ü', f('é', b, t=1)"),
    "behind a magic": ("%time f(a)", "%time f(a, t=1)"),
    "behind await": ("await f(a)", "await f(a, t=1)"),
    "several on a line": ("f(\n    a, b,\n    c, d,\n)", "f(\n    a, b,\n    c, d, t=1,\n)"),
    "a comment inside": ("f(a # why\n)", "f(a, t=1 # why\n)"),
}
ONE_PER_LINE = {
    "with a trailing comma": ("f(\n    a,\n    b=1,\n)", "f(\n    a,\n    b=1,\n    t=1,\n)"),
    "without one": ("f(\n    a,\n    b=1\n)", "f(\n    a,\n    b=1,\n    t=1\n)"),
    "with a comment": ("f(\n    a,\n    b=1  # why\n)", "f(\n    a,\n    b=1,  # why\n    t=1\n)"),
    "with both": ("f(\n    a,\n    b=1,  # why\n)", "f(\n    a,\n    b=1,  # why\n    t=1,\n)"),
    "a comment on its own line": ("f(\n    a,\n    # b=1,\n)", "f(\n    a,\n    t=1,\n    # b=1,\n)"),
    "hanging": ("f(a,\n  b)", "f(a,\n  b,\n  t=1)"),
    "one argument alone": ("f(\n    a\n)", "f(\n    a,\n    t=1\n)"),
    "options stay last": ("f(\n    a,\n    **options,\n)", "f(\n    a,\n    t=1,\n    **options,\n)"),
    "tabs": ("if x:\n\tf(\n\t\ta,\n\t\tb\n\t)", "if x:\n\tf(\n\t\ta,\n\t\tb,\n\t\tt=1\n\t)"),
    "line ends of Windows": ("f(\r\n    a,\r\n    b,\r\n)", "f(\r\n    a,\r\n    b,\r\n    t=1,\r\n)"),
}


@pytest.mark.parametrize(
    ("before", "after"), [*ONE_LINE.values(), *ONE_PER_LINE.values()], ids=[*ONE_LINE, *ONE_PER_LINE]
)
def test_the_keyword_is_added_as_the_user_would(before, after):
    ctx = context(before)
    assert edited(ctx, set_keyword(ctx, call_of(ctx, "f"), "t", "1")) == after


@pytest.mark.parametrize("layout", [pair[0] for pair in (ONE_LINE | ONE_PER_LINE).values() if "t=" not in pair[0]])
def test_only_new_text_is_inserted(layout):
    ctx = context(layout)
    assert all(edit.span.start == edit.span.end for edit in set_keyword(ctx, call_of(ctx, "f"), "t", "1"))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("f(t=(1,  # why\n   2))", "a comment would be lost"),
        ("f(x for x in y)", "generator expression"),
        ("g(f'{f(a)}')", "no text of its own"),
        ("x = f'''{\nf(a)}''' 'more'", "no text of its own"),
    ],
)
def test_it_declines_where_it_would_do_harm(source, reason):
    ctx = context(source)
    result = outcome(ctx, lambda: set_keyword(ctx, call_of(ctx, "f"), "t", "1"))
    # since Python 3.12 the parts of an f-string have positions of their own
    assert reason in result or ("f'" in source and "f(a, t=1)" in result)


BLANK = st.sampled_from(["", " ", "\n", "  # why, (\n", "\n    # b=1,\n    "])
ARGUMENT = st.sampled_from(["a", "'x,#('", "b=2", "*rest", "**options", "g(1, 2)", "lambda: (1, 2)", "[x for x in y]"])


@settings(deadline=None)  # LibCST takes its time to load
@given(st.lists(st.tuples(BLANK, ARGUMENT, BLANK), max_size=4), st.booleans(), BLANK)
def test_any_call_still_calls_the_same_and_keeps_its_comments(arguments, trailing_comma, last):
    inside = ",".join(f"{before}{argument}{after}" for before, argument, after in arguments)
    source = f"f({inside}{',' if trailing_comma and arguments else ''}{last})"
    ctx = context(source)
    if ctx.notebook.cells[0].parse_error is not None:
        return  # `**options` before `*rest`
    result = edited(ctx, set_keyword(ctx, call_of(ctx, "f"), "t", "1"))
    before, after = (call_of(context(text), "f").node for text in (source, result))
    assert len(after.keywords) == len(before.keywords) + 1
    assert len(after.args) == len(before.args)
    assert result.count("#") == source.count("#")
    again = context(result)
    assert edited(again, set_keyword(again, call_of(again, "f"), "t", "1")) == result


@settings(deadline=None)
@given(st.lists(st.tuples(BLANK, ARGUMENT, BLANK), max_size=4), st.booleans(), BLANK)
def test_a_keyword_goes_and_takes_no_comment_along(arguments, trailing_comma, last):
    inside = ",".join(f"{before}{argument}{after}" for before, argument, after in arguments)
    source = f"f({inside}{',' if trailing_comma and arguments else ''}{last})"
    ctx = context(source)
    if ctx.notebook.cells[0].parse_error is not None or source.count("b=2") > 1:
        return  # `**options` before `*rest`, or a call that no Python runs
    result = outcome(ctx, lambda: drop_keyword(ctx, call_of(ctx, "f"), "b"))
    if result.startswith("declined: "):
        assert "b" not in {item.arg for item in call_of(ctx, "f").node.keywords} or "comment" in result
        return
    before, after = (call_of(context(text), "f").node for text in (source, result))
    assert "b" not in {item.arg for item in after.keywords}
    assert (len(after.args), len(after.keywords)) == (len(before.args), len(before.keywords) - 1)
    assert result.count("#") == source.count("#")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("f(b=2)", "f()"),
        ("f(b=2,)", "f()"),
        ("f(a, b=2,)", "f(a,)"),
        ("f(a, b=2, c=3)", "f(a, c=3)"),
        ("f(\n    a,\n    b=2,\n)", "f(\n    a,\n)"),
    ],
)
def test_the_commas_around_a_dropped_keyword(source, result):
    ctx = context(source)
    assert edited(ctx, drop_keyword(ctx, call_of(ctx, "f"), "b")) == result


def test_arguments_get_names_where_they_stand():
    ctx = context("f((a), g(1),  # why\n  *rest)")
    assert "declined" in outcome(ctx, lambda: name_arguments(ctx, call_of(ctx, "f"), {2: "y"}))
    ctx = context("f((a),\n  g(1))")
    assert edited(ctx, name_arguments(ctx, call_of(ctx, "f"), {0: "x", 1: "y"})) == "f(x=(a),\n  y=g(1))"
