"""Which names of models move."""

import pytest

from nbprod.kit.model_ids import DEPRECATED, MODELS
from nbprod.kit.model_names import is_floating, snapshot


@pytest.mark.parametrize(
    "name", ["gpt-4o", "gpt-5", "o3", "claude-sonnet-4-5", "openai/gpt-4o", "mistral-large-latest"]
)
def test_a_name_with_a_dated_twin_moves_and_so_does_one_that_says_so(name):
    assert is_floating(name)


@pytest.mark.parametrize(
    "name",
    ["gpt-4o-2024-11-20", "claude-opus-4-6", "gpt-5.5-pro-2026-04-23", "my-deployment", "gpt-5.3", "llama3:latest",
     "anthropic.claude-3-haiku-20240307-v1:0", "meta-llama/Llama-3-8B"],
)  # fmt: skip
def test_a_dated_name_and_one_that_no_list_knows_stay(name):
    assert not is_floating(name)


def test_the_snapshot_is_the_newest_and_keeps_the_provider():
    assert snapshot("gpt-4o") == "gpt-4o-2024-11-20"
    assert snapshot("openai/gpt-4o") == "openai/gpt-4o-2024-11-20"
    assert snapshot("gpt-3.5-turbo") == "gpt-3.5-turbo-0125"


def test_no_snapshot_on_its_way_out_is_proposed():
    proposed = {snapshot(name) for name in MODELS}
    assert proposed.isdisjoint(DEPRECATED)
    assert snapshot("mistral-large-latest") is None
