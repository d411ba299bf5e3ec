"""What a session holds that a run from the top would not give, and what mends it."""

from collections.abc import Iterator

import pytest

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.kit import INFO, Context, Diagnosis, Dimension, Notebook, Rule, on
from nbprod.kit.hidden_state import HiddenState
from nbprod.kit.testing import MakeWitness, executed_by, notebook_from
from nbprod.protocol import Profile
from nbprod.rules.demo_gap.hidden_kernel_state import HiddenKernelState
from nbprod.semantic import SemanticModel


def hidden_in(text: str, make_witness: MakeWitness) -> HiddenState:
    notebook = notebook_from(text)
    context = Context(notebook, SemanticModel(notebook), Profile.PRODUCTION, make_witness(executed_by(text)))
    return HiddenState(context)


EDITED = """\
# %% gone
x = 1
# %% unrun run=1
x = 2
# %%
y = x + 1
# %%
z = 5
# %%
print(y, z)"""


def test_the_cells_that_mend_it_are_the_edited_one_and_what_rests_on_it(make_witness: MakeWitness) -> None:
    assert hidden_in(EDITED, make_witness).mending_cells() == (0, 1, 3)


def test_a_cell_that_changes_its_own_input_needs_those_before_it(make_witness: MakeWitness) -> None:
    text = "# %%\nx = [1, 2]\n# %%\nx = x[:1]\n# %% gone\nx = []\n# %%\nprint(x)"
    assert hidden_in(text, make_witness).mending_cells() == (0, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        "# %%\nimport numpy as np\n# %% gone\nlonger = np.append([1], 2)\n# %%\nprint(np)",
        "# %% gone\nx = 1\nunknown()\n# %% unrun\nx = 2\n# %%\nprint(x)",
        "# %% gone\nx = 1\n%run -i nothing.py\n# %% unrun\nx = 2\n# %%\nprint(x)",
        "# %%\nx = 1\n# %%\ny = x\n# %% gone\nx = 1\n# %%\nprint(y)",
        "# %% gone\nx = 1; y = x\n# %% unrun\nx = 1\n# %% unrun\ny = x\n# %%\nprint(y)",
        "# %%\nrow = {}\n# %% gone\nrow['n'] = 1\n# %%\nrow['n'] = 2\n# %%\nprint(row)",
        "# %%\nxs = [3]\n# %%\nxs = sorted(xs)\n# %%\nn = len(xs)\n# %% gone\nxs = sorted(xs)\n# %%\nprint(n)",
        "# %% gone\nx = 1\n# %% unrun run=1\nx = (\n# %%\nprint(x)",
        "# %% gone\ndef f():\n    global x\n    x = 1\n# %% gone\nx = 3\nf()\n# %% unrun\nx = 2\n# %%\nprint(x)",
    ],
)
def test_what_is_not_certain_or_does_not_matter_is_left_out(text: str, make_witness: MakeWitness) -> None:
    assert not hidden_in(text, make_witness).names


class AsksForX(Rule):
    """A rule that would like to know what `x` is."""

    dimension = Dimension.DATA
    severity = INFO
    since = "0.1"

    @on(Notebook)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        assert ctx.runtime is not None
        assert ctx.runtime.thing("x") is None
        yield from ()


@pytest.mark.parametrize(
    ("rules", "reported"),
    [((AsksForX,), {"stale-kernel-evidence"}), ((AsksForX, HiddenKernelState), {"hidden-kernel-state"})],
)
def test_a_name_is_reported_once(rules: list[type[Rule]], reported: set[str], make_witness: MakeWitness) -> None:
    witness = make_witness(executed_by(EDITED))
    settings = Settings(rules={}, profile=Profile.PRODUCTION)
    checked = check_notebook(notebook_from(EDITED), rules, settings, edits=False, witness=witness)
    assert not checked.problems
    assert {finding.rule for finding in checked.findings} == reported
