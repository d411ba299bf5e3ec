"""All pages that `rules` and `rule` can show: those of rules, and those of the engine's own notices."""

import re
from collections.abc import Mapping

from nbprod.engine.notices import NOTICES, Notice
from nbprod.kit import Rule
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Dimension
from nbprod.registry import all_rules

Page = type[Rule] | Notice

_FENCE = lazy_pattern(r"\n*^```nb (\w+)([^\n]*)$", re.MULTILINE)
_WHY = lazy_pattern(r"^## Why is this bad\?\n+(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CAPTIONS = {"bad": "Found", "fixed": "Fixed", "good": "Fine"}
_KINDS = {"safe", "unsafe", "template"}


def all_pages() -> Mapping[str, Page]:
    """Every page by name: rules by dimension in the order of the score, then the notices."""
    order = {dimension: index for index, dimension in enumerate(Dimension)}
    rules = sorted(all_rules().values(), key=lambda rule: (order[rule.dimension], rule.name))
    return {**{rule.name: rule for rule in rules}, **NOTICES}


def fixes_of(page: Page) -> str:
    """The kinds of fixes it may offer, in words."""
    return ", ".join(safety.value for safety in page.safeties())


def why_of(page: Page) -> str:
    """Why what it finds is bad, in Markdown without headings."""
    found = _WHY.search(page.doc)
    return found[1].strip() if found else page.summary()


def markdown_of(page: Page) -> str:
    """The page with a heading and its facts, and with examples that any Markdown renderer understands."""
    severity = page.severity
    facts = {
        "Dimension": "none (not scored)" if page.dimension is None else page.dimension.value,
        "Severity": f"{severity.production.value} in production, {severity.explore.value} while exploring",
        "Confidence": page.confidence.value,
        "Fix": fixes_of(page) or "none",
        "Since": page.since,
    }
    listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    summary, _, rest = page.doc.partition("\n")
    examples = _FENCE.sub(_caption, rest)
    return f"# {page.name}\n\n{summary}\n\n{listed}\n\n{examples.strip()}"


def _caption(fence: re.Match[str]) -> str:
    kind = next((f" ({word})" for word in fence[2].split() if word in _KINDS), "")
    return f"\n\n{_CAPTIONS.get(fence[1], fence[1])}{kind}:\n\n```python"
