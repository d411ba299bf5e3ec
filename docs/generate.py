"""Writes docs/rules/ and the index of the rules from the rules; with --check, only says what is out of date."""

import sys
from pathlib import Path

from msgspec import json

from nbprod.output.pages import Page, all_pages, fixes_of, markdown_of
from nbprod.protocol import Dimension
from nbprod.registry import INDEX, Listing, modules, rules_in

TARGET = Path(__file__).parent / "rules"
HEADER = "<!-- Generated from the rule by docs/generate.py: do not edit. -->\n\n"
HEAD = "| Rule | Exploring | Production | Fix | About |\n|---|---|---|---|---|\n"
INTRODUCTION = """# Rules

nbprod looks at a notebook in one of two profiles: **exploring**, in JupyterLab while it grows, and **production**, in
`nbprod check`. A fix is *safe* if the results stay the same, *unsafe* if behaviour or numbers change, and a *template*
if it has holes that only you can fill.
"""
TITLES = {
    Dimension.IDEAL_CONDITIONS: "Ideal conditions: the data will not always be this good",
    Dimension.DATA: "Data: where it comes from, and whether it is what you think",
    Dimension.EVALUATION: "Evaluation: whether the score means anything",
    Dimension.INTEGRATION: "Integration: living with other systems",
    Dimension.OPERATIONS: "Operations: when nobody is watching",
    Dimension.OWNERSHIP: "Ownership: who to call",
    Dimension.MAINTENANCE: "Maintenance: the same result next year",
    Dimension.TRUST: "Trust: secrets, hostile input and language models",
    Dimension.DEMO_GAP: "Demo and reality: what only works on stage",
    None: "About the analysis itself (not scored)",
}


def row(page: Page) -> str:
    """The row of a page in the table of its dimension."""
    severity = page.severity
    about = page.doc.partition("\n")[0].replace("|", "\\|")
    cells = (f"[{page.name}]({page.name}.md)", severity.explore, severity.production, fixes_of(page) or "none", about)
    return f"| {' | '.join(cells)} |\n"


def listings() -> str:
    """The index of the rules by which nbprod decides which to import, one a line."""
    found = sorted(modules())
    lines = [json.encode(Listing.of(rule), order="sorted").decode() for module in found for rule in rules_in(module)]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def index(pages: list[Page]) -> str:
    """The page that lists all others, by dimension."""
    parts = [INTRODUCTION]
    for dimension, title in TITLES.items():
        rows = "".join(row(page) for page in pages if page.dimension == dimension)
        parts.append(f"## {title}\n\n{HEAD}{rows}")
    return "\n".join(parts)


def generate() -> dict[str, str]:
    """The text of each file, by its name."""
    pages = all_pages()
    texts = {f"{name}.md": f"{HEADER}{markdown_of(page).rstrip()}\n" for name, page in pages.items()}
    return {"index.md": HEADER + index(list(pages.values())), **texts}


def main() -> None:
    """Write the files, and take away those of rules that are gone."""
    listed = listings()
    if "--check" not in sys.argv:
        INDEX.write_text(listed, encoding="utf-8")
    elif INDEX.read_text(encoding="utf-8") != listed:
        sys.exit(f"out of date: {INDEX.name} of the rules: run `python docs/generate.py`")
    texts = generate()
    found = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.md")}
    if "--check" in sys.argv:
        wrong = sorted(name for name in texts.keys() | found.keys() if texts.get(name) != found.get(name))
        if wrong:
            sys.exit(f"out of date in docs/rules: {', '.join(wrong)}: run `python docs/generate.py`")
        return
    TARGET.mkdir(exist_ok=True)
    for name in found.keys() - texts.keys():
        (TARGET / name).unlink()
    for name, text in texts.items():
        (TARGET / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
