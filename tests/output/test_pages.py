"""The formats that are markup: Markdown for pull requests, and the page."""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import html5lib
import pytest
from hostile import EVIL, hostile_outcome
from inline_snapshot import snapshot
from markdown_it import MarkdownIt
from test_formats import scored

from nbprod.output import View, html, markdown
from nbprod.protocol import Fix, Problem, Safety, Severity

Make = Callable[..., Any]
HTML = "{http://www.w3.org/1999/xhtml}"
FIX = Fix(title="Mend `it`", safety=Safety.SAFE)


def page_of(*outcomes: Any) -> str:
    return b"".join(html.render(outcomes, View())).decode("utf-8")


def parsed(page: str) -> Any:
    """The page as an HTML parser that forgives nothing sees it."""
    return html5lib.HTMLParser(strict=True).parse(page)


def texts(tree: Any, tag: str) -> list[str]:
    return ["".join(element.itertext()) for element in tree.iter(HTML + tag)]


def test_markdown(draft: Make) -> None:
    nb = draft("x = 1", "y = `2`")
    found = nb.found("y", "bad-y", cell=1, severity=Severity.ERROR, message="`y` is 2 * 2", fixes=(FIX,))
    outcomes = [nb.outcome(nb.found("x"), found), scored(draft, "b.ipynb", 81, "B")]
    assert "".join(markdown.render(outcomes, View())) == snapshot("""\
## nbprod

Found 1 error, 1 warning in 2 notebooks; 1 with a fix \\[\\*\\].

| Notebook | Errors | Warnings | Infos | Readiness |
|---|--:|--:|--:|---|
| `nb.ipynb` | 1 | 1 |  |  |

❌ **error** `bad-y` in `nb.ipynb`, cell 2:1:1

`y` is 2 \\* 2

```python
y = `2`
```

- Mend `it` (safe fix)

⚠️ **warning** `a-rule` in `nb.ipynb`, cell 1:1:1

something is wrong

```python
x = 1
```
""")


def test_markdown_tells_ten_findings_and_says_how_many_there_are(draft: Make) -> None:
    nb = draft("x = 1")
    warnings = [nb.found("x", f"warning-{number}") for number in range(30)]
    error = nb.found("x", "the-error", severity=Severity.ERROR)
    text = "".join(markdown.render([nb.outcome(*warnings, error)], View()))
    assert re.findall(r"\*\* `([\w-]+)`", text) == ["the-error", *(f"warning-{number}" for number in range(9))]
    assert "The 10 worst of 31 findings:" in text


def test_markdown_says_what_was_not_checked(draft: Make) -> None:
    problem = Problem(path="b.ipynb", stage="read", message="the file is empty")
    text = "".join(markdown.render([draft().outcome(path="b.ipynb", problems=(problem,))], View()))
    assert "### Not checked\n\n- `b.ipynb`: the file is empty\n" in text


def test_nothing_of_a_notebook_becomes_markup_in_markdown(draft: Make) -> None:
    text = "".join(markdown.render([hostile_outcome(draft)], View())).encode("utf-8", "backslashreplace").decode()
    tokens = MarkdownIt("commonmark", {"linkify": False}).enable("table").parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in inner} <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
    assert not any(token.type in {"html_block", "html_inline", "hr", "code_block"} for token in tokens)
    plain = "".join(child.content for child in inner if child.type == "text")
    assert not re.search(r"@\w|#\d|\w://|www\.", plain)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [6, 6]


def test_the_page_is_html_and_allows_one_script(draft: Make) -> None:
    page = page_of(scored(draft, "a.ipynb", 81, "B"), scored(draft, "b.ipynb", 57, "D"), hostile_outcome(draft))
    tree = parsed(page)
    (script,), (style,) = texts(tree, "script"), texts(tree, "style")
    (policy,) = [meta.get("content") for meta in tree.iter(HTML + "meta") if meta.get("http-equiv")]
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (script, style)]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    names = {name for element in tree.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or name in {"style", "src", "srcset"}}
    assert {link.get("href") for link in tree.iter(HTML + "a")} == {"#notebooks", "#nb-1", "#nb-2", "#nb-3"}
    assert not [element for tag in ("img", "form", "iframe", "object") for element in tree.iter(HTML + tag)]


def test_the_page_shows_what_a_hostile_notebook_holds(draft: Make) -> None:
    shown = "".join(texts(parsed(page_of(hostile_outcome(draft))), "main"))
    assert "</script><script>alert(1)</script>" in shown
    assert "\\x1b[2J" in shown
    assert "\\u202egnp.exe" in shown
    assert EVIL not in shown


def test_the_page_lists_the_least_ready_notebooks_first(draft: Make) -> None:
    problem = Problem(path="d.ipynb", stage="read", message="the file is empty")
    unread = draft().outcome(path="d.ipynb", problems=(problem,))
    skipped = draft("x").outcome(path="c.ipynb", skipped="kernel language R")
    tree = parsed(page_of(scored(draft, "a.ipynb", 81, "B"), skipped, scored(draft, "b.ipynb", 57, "D"), unread))
    assert texts(next(tree.iter(HTML + "tbody")), "a") == ["d.ipynb", "b.ipynb", "a.ipynb", "c.ipynb"]
    assert texts(tree, "h2")[1:] == ["d.ipynb", "b.ipynb", "a.ipynb", "c.ipynb"]
    labels = [element.get("aria-label") for element in tree.iter("{http://www.w3.org/2000/svg}svg")]
    assert labels[0] == "0 of level A, 1 of level B, 0 of level C, 1 of level D, 0 of level E"
    assert "data 57, evaluation not assessed" in labels[1]


def test_the_page_marks_what_a_finding_is_about(draft: Make) -> None:
    nb = draft("a = 1\nb = (\n  2 < 3\n)\nc = 4\nd = 5\ne = 6")
    found = nb.found("(\n  2 < 3\n)", message="`b` is odd", fixes=(FIX,), docs="https://docs.example/a-rule")
    tree = parsed(page_of(nb.outcome(found)))
    assert texts(tree, "pre") == ["   1 a = 1\n   2 b = (\n   3   2 < 3\n   4 )\n   5 c = 4\n   6 d = 5\n"]
    assert texts(tree, "mark") == ["(", "  2 < 3", ")"]
    (article,) = tree.iter(HTML + "article")
    assert article.get("data-fixable") == ""
    assert [link.get("href") for link in article.iter(HTML + "a")] == ["https://docs.example/a-rule"]


def test_no_page_shows_a_secret(draft: Make) -> None:
    nb = draft('key = "sk-verysecretindeed"; x = 1')
    secret = nb.found("sk-verysecretindeed", "hard-coded-secret", severity=Severity.ERROR)
    outcome = nb.outcome(secret, nb.found("x"))
    for module in (html, markdown):
        text = b"".join(
            chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in module.render([outcome], View())
        )
        assert b"sk-v" in text
        assert b"secret" not in text.replace(b"hard-coded-secret", b"")


@pytest.mark.parametrize("module", [html, markdown])
def test_a_page_of_many_notebooks_holds_none_of_their_findings(draft: Make, module: Any) -> None:
    import weakref

    class Held:
        """Stands for the sources of a notebook."""

        def __init__(self) -> None:
            self.cells = ["x = 1"]

        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int) -> str:
            return self.cells[index]

        def __iter__(self) -> Any:
            return iter(self.cells)

    alive: list[Any] = []

    def outcomes() -> Any:
        nb = draft("x = 1")
        for _ in range(20):
            outcome = nb.outcome(nb.found("x"))
            cells = Held()
            alive.append(weakref.ref(cells))
            yield type(outcome)(outcome.report, cells)
        assert sum(reference() is not None for reference in alive) <= 2

    assert list(module.render(outcomes(), View()))
