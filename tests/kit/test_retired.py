"""The tables of what libraries have taken out can be read, and say what they are to say."""

import ast
from importlib import import_module

import pytest

from nbprod.kit.context import Context
from nbprod.kit.pins import pinned_version
from nbprod.kit.retired import Retired, Table, release, retired_in
from nbprod.kit.testing import notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel

TABLES = import_module("nbprod.kit.retired")._MODULES


def rows(root: str) -> list[Retired]:
    table = retired_in(root)
    assert isinstance(table, Table), f"no row speaks of {root}"
    arguments = [row for found in table.calls.values() for row in found]
    return [*table.names.values(), *table.modules.values(), *arguments]


@pytest.mark.parametrize("root", sorted(TABLES))
def test_every_row_says_when_what_and_where(root: str) -> None:
    for row in rows(root):
        assert row.deprecated or row.removed, row
        assert row.advice, row
        assert row.source.startswith("https://"), row
        assert row.name.partition(".")[0] == root, row
        versions = [release(version) for version in (row.deprecated, row.removed) if version]
        assert versions == sorted(versions), row
        if row.value:
            ast.literal_eval(row.value)


def test_libraries_without_a_table_cost_nothing() -> None:
    assert retired_in("flask") is None


def test_a_star_is_the_rest_of_the_name() -> None:
    table = retired_in("langchain")
    assert table is not None
    row = table.find("langchain.chains.question_answering.load_qa_chain")
    assert row is not None
    assert row.successor == "langchain_classic.chains.question_answering.load_qa_chain"
    assert table.find("langchain.agents.create_agent") is None


def test_braces_stand_for_several_names_and_rows_go_on_in_the_next_line() -> None:
    table = retired_in("collections")
    assert table is not None
    assert {"collections.Mapping", "collections.ByteString"} <= set(table.names)
    assert table.names["collections.Mapping"].successor == "collections.abc.Mapping"


@pytest.mark.parametrize(
    ("requirement", "version", "before"),
    [
        ("pandas==1.5.3", "2.0", True),
        ("pandas==2.0.0", "2.0", False),
        ("pandas<2", "2.0", True),
        ("pandas<2.1", "2.0", False),
        ("pandas>=1,<2.0", "2.0", True),
        ("pandas<=1.5", "2.0", True),
        ("pandas~=1.4", "2.0", True),
    ],
)
def test_which_versions_a_pin_lets_in(requirement: str, version: str, before: bool) -> None:
    notebook = notebook_from(f'%pip install "{requirement}"')
    pin = pinned_version(Context(notebook, SemanticModel(notebook), Profile.PRODUCTION), "pandas")
    assert pin is not None
    assert pin.is_before(version) is before


@pytest.mark.parametrize("requirement", ["pandas", "pandas>=1.5", "numpy==1.26.4"])
def test_what_is_no_pin(requirement: str) -> None:
    notebook = notebook_from(f'%pip install "{requirement}"')
    assert pinned_version(Context(notebook, SemanticModel(notebook), Profile.PRODUCTION), "pandas") is None
