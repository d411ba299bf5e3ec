"""Every rule does what its page says, and what the further cases in `tests/rules/<name>.md` say."""

from pathlib import Path

import pytest

from nbprod import registry
from nbprod.kit import Rule
from nbprod.kit.rule import examples_in
from nbprod.kit.testing import check_examples

RULES = registry.all_rules()
CASES = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_examples_of_its_page(rule: type[Rule]) -> None:
    check_examples(rule)


@pytest.mark.parametrize("page", CASES, ids=lambda path: path.stem)
def test_further_cases(page: Path) -> None:
    check_examples(RULES[page.stem], examples_in(page.read_text(encoding="utf-8")))
