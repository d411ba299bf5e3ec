"""All pages that `rules` and `rule` can show: those of rules, and those of the engine's own notices."""

from collections.abc import Mapping

from nbprod.engine.notices import NOTICES, Notice
from nbprod.kit import Rule
from nbprod.protocol import Dimension
from nbprod.registry import all_rules

Page = type[Rule] | Notice


def all_pages() -> Mapping[str, Page]:
    """Every page by name: rules by dimension in the order of the score, then the notices."""
    order = {dimension: index for index, dimension in enumerate(Dimension)}
    rules = sorted(all_rules().values(), key=lambda rule: (order[rule.dimension], rule.name))
    return {**{rule.name: rule for rule in rules}, **NOTICES}


def fixes_of(page: Page) -> str:
    """The kinds of fixes it may offer, in words."""
    return ", ".join(safety.value for safety in page.safeties())
