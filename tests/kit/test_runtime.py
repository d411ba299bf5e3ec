"""Which names of a session are evidence for the notebook as it stands."""

import pytest

from nbprod.kit.context import Context
from nbprod.kit.runtime import Runtime
from nbprod.kit.statement_names import is_same_code
from nbprod.kit.testing import MakeWitness, executed_by, notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def runtime_of(text: str, make_witness: MakeWitness) -> Runtime:
    notebook = notebook_from(text)
    context = Context(notebook, SemanticModel(notebook), Profile.PRODUCTION, make_witness(executed_by(text)))
    assert context.runtime is not None
    return context.runtime


def test_a_name_is_evidence_while_the_code_that_bound_it_stands(make_witness: MakeWitness) -> None:
    runtime = runtime_of("# %% run=1\nx = 1\n# %% run=2\ny = x + 1", make_witness)
    assert runtime.is_current("x")
    assert runtime.is_current("y", cell=1)
    assert not runtime.is_current("y", cell=0)
    assert runtime.session.names == {"x", "y"}


def test_spacing_and_comments_do_not_matter(make_witness: MakeWitness) -> None:
    runtime = runtime_of("# %% gone\nx = [1,2]\n# %% unrun\nx = [1, 2]  # two", make_witness)
    assert runtime.is_current("x")
    assert not is_same_code("!ls a\nx = 1", "!ls b\nx = 1")


def test_what_a_deleted_cell_bound_is_set_aside(make_witness: MakeWitness) -> None:
    runtime = runtime_of("# %%\nx = 1\n# %% gone\nx = 2\n# %%\nprint(x)", make_witness)
    assert runtime.thing("x") is None
    assert list(runtime.set_aside) == ["x"]
    assert runtime.set_aside["x"].source == "x = 2"


def test_the_cell_that_was_edited_since_is_found(make_witness: MakeWitness) -> None:
    runtime = runtime_of("# %% gone\nx = 1\n# %% unrun run=1\nx = 3", make_witness)
    run = runtime.binder("x")
    assert run is not None
    edited = runtime.edited_since(run)
    assert edited is not None
    assert edited.source == "x = 3"


@pytest.mark.parametrize(("present", "edited"), [("y = 4", None), ("x = 4", "x = 4")])
def test_numbers_of_an_earlier_session_prove_no_edit(
    present: str, edited: str | None, make_witness: MakeWitness
) -> None:
    text = f"# %% gone\nx = 1\n# %% unrun run=1\n{present}\n# %% unrun run=40\nprint(x)"
    runtime = runtime_of(text, make_witness)
    run = runtime.binder("x")
    assert run is not None
    cell = runtime.edited_since(run)
    assert (cell.source if cell is not None else None) == edited


def test_a_run_that_failed_is_no_evidence(make_witness: MakeWitness) -> None:
    runtime = runtime_of("# %%\nx = 1\n# %%\nx = 1 / 0", make_witness)
    assert not runtime.is_current("x")
    run = runtime.binder("x")
    assert run is not None
    assert run.error == "ZeroDivisionError"


@pytest.mark.parametrize("change", ["x.append(3)", "x[0] = 9", "x.sort(reverse=True)"])
def test_what_a_deleted_cell_changed_in_place_is_set_aside(change: str, make_witness: MakeWitness) -> None:
    kept = runtime_of(f"# %%\nx = [1, 2]\n# %%\n{change}\n# %%\nprint(x)", make_witness)
    assert kept.is_current("x")
    lost = runtime_of(f"# %%\nx = [1, 2]\n# %% gone\n{change}\n# %%\nprint(x)", make_witness)
    assert lost.thing("x") is None
    assert list(lost.set_aside) == ["x"]


def test_what_a_deleted_cell_may_have_changed_before_it_failed_is_set_aside(make_witness: MakeWitness) -> None:
    lost = runtime_of("# %%\nx = [1, 2]\n# %% gone\nx.append(3)\n1 / 0\n# %%\nprint(x)", make_witness)
    assert not lost.is_current("x")
    assert lost.thing("x") is None
    assert list(lost.set_aside) == ["x"]
