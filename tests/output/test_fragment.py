"""The pieces of HTML that the output of a cell may hold: escaped, without scripts, and the same in any front end."""

from collections.abc import Callable
from typing import Any

import html5lib
import pytest
from hostile import EVIL, PATH, hostile_outcome
from msgspec.structs import replace

from nbprod.output.fragment import Fragments
from nbprod.protocol import Fix, InsertCell, ReplaceText, Safety, Severity

Make = Callable[..., Any]
HTML = "{http://www.w3.org/1999/xhtml}"
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
TAGS = {"div", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "pre", "code", "span"}
ATTRIBUTES = {"style", "role", "aria-level", "aria-hidden", "tabindex", "scope", "href", "rel", "target"}


def fragments(nb: Any, *findings: Any, origin: str = "the file nb.ipynb", **fields: Any) -> Fragments:
    return Fragments(nb.outcome(*findings, **fields), nb.notebook, origin)


def parsed(text: str) -> Any:
    """The piece as a parser that forgives nothing sees it, in the place of an output."""
    return html5lib.HTMLParser(strict=True).parseFragment(text)


def shown(text: str) -> str:
    return "".join(parsed(text).itertext())


def renaming(nb: Any, **more: str) -> Fix:
    edits = [ReplaceText(span=nb.span("x"), text="y")]
    new = [InsertCell(before=0, cell_type="code", source=source, tags=("parameters",)) for source in more.values()]
    return Fix(title="Call it `y`", safety=Safety.UNSAFE, edits=(*edits, *new))


def test_a_fix_is_shown_as_a_diff_with_the_cells_to_copy(draft: Make) -> None:
    nb = draft("x = 1\nz = 2")
    text = fragments(nb, nb.found("x", fixes=(renaming(nb, new="Y = 1"),))).findings(Severity.WARNING)
    tree = parsed(text)
    assert "Fix: Call it y (unsafe)" in ["".join(item.itertext()) for item in tree.iter(HTML + "summary")]
    blocks = ["".join(item.itertext()) for item in tree.iter(HTML + "pre")]
    assert "@@ -1,2 +1,2 @@ cell 1, now 2\n-x = 1\n+y = 1\n z = 2\n" in blocks[1]
    assert blocks[2:] == ["Y = 1", "y = 1\nz = 2"]
    assert "New cell, tagged parameters, before cell 1, to copy" in shown(text)


def test_a_secret_is_neither_shown_nor_copied(draft: Make) -> None:
    nb = draft(f'x = 1; token = "{SECRET}"')
    secret = nb.found(SECRET, "hard-coded-secret", severity=Severity.ERROR)
    text = fragments(nb, secret, nb.found("x", fixes=(renaming(nb),))).whole(Severity.INFO)
    assert "Call it" in text
    assert SECRET not in text
    assert "Nothing to copy" in text


@pytest.mark.parametrize("source", ["x = 1 # \u202egnp", "x = 1 # \x1b[2J", "x = 1\x0cy = 2"])
def test_code_that_looks_other_than_it_is_is_not_offered_for_copying(draft: Make, source: str) -> None:
    nb = draft(source)
    text = fragments(nb, nb.found("x", fixes=(renaming(nb),))).findings(Severity.INFO)
    assert "Nothing to copy" in text
    assert not {"\u202e", "\x1b", "\x0c"} & set(text)


def test_a_fix_that_does_not_fit_says_so(draft: Make) -> None:
    nb, other = draft("x = 1"), draft("long_name = 1")
    fix = Fix(title="Change", safety=Safety.SAFE, edits=(ReplaceText(span=other.span("1"), text="2"),))
    assert "There is no preview" in fragments(nb, nb.found("x", fixes=(fix,))).findings(Severity.INFO)


def test_what_only_production_insists_on_comes_after(draft: Make) -> None:
    nb = draft("x = 1\ny = 2\nz = 3")
    later = replace(nb.found("x", severity=Severity.INFO, message="later"), production_severity=Severity.ERROR)
    found = nb.found("y", message="now"), nb.found("z", severity=Severity.INFO, message="never mind")
    text = shown(fragments(nb, later, *found).findings(Severity.WARNING))
    assert text.index("now") < text.index("Before production") < text.index("ERROR later")
    assert "never mind" not in text
    assert "1 less severe finding not shown" in text
    assert "never mind" in fragments(nb, later, *found).findings(Severity.INFO)
    assert "No places to look at" not in fragments(nb, later).findings(Severity.WARNING)
    assert "No places to look at" in fragments(nb).findings(Severity.WARNING)


def test_what_a_kernel_is_witness_to_is_marked(draft: Make) -> None:
    nb = draft("x = 1")
    for live in (True, False):
        text = shown(fragments(nb, nb.found("x", live=live)).findings(Severity.INFO))
        assert ("· live" in text) is live


def test_errors_come_first_and_a_flood_is_cut(draft: Make) -> None:
    nb = draft("\n".join(f"x{number} = 1" for number in range(150)))
    findings = [nb.found(f"x{number} ", f"rule-{number}") for number in range(149)]
    worst = nb.found("x149 ", severity=Severity.ERROR, message="the worst")
    tree = parsed(fragments(nb, *findings, worst).findings(Severity.INFO))
    cards = ["".join(item.itertext()) for item in tree.iter(HTML + "div") if item.get("role") == "listitem"]
    assert len(cards) == 100
    assert "the worst" in cards[0]
    assert "150 places to look at, the last 50 not listed" in "".join(tree.itertext())


def test_nothing_of_a_hostile_notebook_becomes_markup(draft: Make) -> None:
    nb = draft(f"x = {EVIL!r}".encode("utf-8", "replace").decode())
    outcome = hostile_outcome(draft)
    text = Fragments(outcome, nb.notebook, f"the file {PATH}").whole(Severity.INFO)
    tree = parsed(text)
    text.encode("utf-8")
    assert {element.tag.removeprefix(HTML) for element in tree.iter()} <= TAGS | {"DOCUMENT_FRAGMENT", "b", "p", "br"}
    assert {name for element in tree.iter() for name in element.attrib} <= ATTRIBUTES
    assert not [element.get("href") for element in tree.iter() if element.get("href")]
    assert "</script><script>alert(1)</script>" in shown(text)
    assert EVIL not in shown(text)


def test_headings_are_announced_but_stay_out_of_the_table_of_contents(draft: Make) -> None:
    nb = draft("x = 1")
    tree = parsed(fragments(nb, nb.found("x")).whole(Severity.INFO))
    roles = [(element.get("role"), element.get("aria-level")) for element in tree.iter() if element.get("role")]
    assert roles == [("heading", "3"), ("list", None), ("listitem", None), ("heading", "4")]
