"""What counts as seen in a session: warnings of code that stands, errors of the guarded statements alone."""

import ast

import pytest

from nbprod.kit.context import Context
from nbprod.kit.seen import errors_seen, warnings_seen
from nbprod.kit.testing import MakeWitness, executed_by, notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def context_of(text: str, make_witness: MakeWitness) -> Context:
    notebook = notebook_from(text)
    return Context(notebook, SemanticModel(notebook), Profile.PRODUCTION, make_witness(executed_by(text)))


@pytest.mark.parametrize(
    ("earlier", "seen"),
    [
        ("x = {}['a']", ["KeyError"]),
        ("import json\nx = {}['a']  # why?", ["KeyError"]),
        ("try:\n    x = {}['a']\nexcept ValueError:\n    pass", ["KeyError"]),
        ("y = 1 / 0\nx = {}['a']", []),
        ("x = {}[a]", []),
        ("x = {}['a'", []),
    ],
)
def test_errors_are_those_of_the_very_statements(earlier: str, seen: list[str], make_witness: MakeWitness) -> None:
    context = context_of(f"# %% gone\n{earlier}\n# %%\npass", make_witness)
    assert list(errors_seen(context, ast.parse("x = {}['a']").body)) == seen


def test_warnings_are_those_of_cells_that_ran_as_they_are(make_witness: MakeWitness) -> None:
    shown = 'prints="a.py:7: {}: text\\n"'
    text = (
        f"# %% run=1 {shown.format('ConvergenceWarning')}\nx = 1\n"
        f"# %% gone\ny = 2\n# %% unrun run=2 {shown.format('FutureWarning')}\ny = 3\n"
        f"# %% run=3 {shown.format('InconsistentVersionWarning')}\nz = 3"
    )
    context = context_of(text, make_witness)
    assert {name: cell.index for name, cell in warnings_seen(context, 0).items()} == {
        "ConvergenceWarning": 0,
        "InconsistentVersionWarning": 2,
    }
    assert list(warnings_seen(context, 1)) == ["InconsistentVersionWarning"]
