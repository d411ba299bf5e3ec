"""Every rule does what its page says, and what the further cases in `tests/rules/<name>.md` say."""

from pathlib import Path

import pytest

from nbprod import registry
from nbprod.kit import Rule
from nbprod.kit.rule import Example, examples_in
from nbprod.kit.testing import MakeWitness, check_examples

RULES = registry.all_rules()
CASES = sorted(Path(__file__).parent.glob("*.md"))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_examples_of_its_page(rule: type[Rule], request: pytest.FixtureRequest) -> None:
    examples = rule.examples()
    check_examples(rule, examples, _witness_for(examples, request))


@pytest.mark.parametrize("page", CASES, ids=lambda path: path.stem)
def test_further_cases(page: Path, request: pytest.FixtureRequest) -> None:
    examples = examples_in(page.read_text(encoding="utf-8"))
    check_examples(RULES[page.stem], examples, _witness_for(examples, request))


def _witness_for(examples: list[Example], request: pytest.FixtureRequest) -> MakeWitness | None:
    is_live = any("live" in example.words for example in examples)
    return request.getfixturevalue("make_witness") if is_live else None
