"""Whether what a session knows of a saved model is evidence."""

import pytest

from nbprod.evidence import Estimator
from nbprod.kit.context import Context
from nbprod.kit.fitted import fits_as_it_is, fitted_estimator, made_by
from nbprod.kit.models import saved_models
from nbprod.kit.testing import MakeWitness, executed_by, notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel

TRAINED = """\
# %%
import joblib
from sklearn.linear_model import Ridge
# %%
X = [[1.0, 2.0], [2.0, 1.0]]
model = Ridge().fit(X, [0.5, 1.0])
# %%
joblib.dump(model, "demand.joblib")"""


def known_of(text: str, make_witness: MakeWitness) -> tuple[Context, Estimator | None]:
    notebook = notebook_from(text)
    context = Context(notebook, SemanticModel(notebook), Profile.PRODUCTION, make_witness(executed_by(text)))
    (saved,) = saved_models(context)
    return context, fitted_estimator(context, saved)


def test_the_model_that_the_cells_make_is_evidence(make_witness: MakeWitness) -> None:
    context, found = known_of(TRAINED, make_witness)
    assert found is not None
    assert (found.type, found.feature_count, found.features) == ("sklearn.linear_model.Ridge", 2, None)
    assert made_by(context, found).startswith("scikit-learn ")
    assert not fits_as_it_is(context, saved_models(context)[0], found), "a list tells no columns"


FITTED = "X = [[1.0, 2.0], [2.0, 1.0]]\nmodel = Ridge().fit(X, [0.5, 1.0])"
NARROWER = "X = [[1.0], [2.0]]\nmodel = Ridge().fit(X, [0.5, 1.0])"


@pytest.mark.parametrize(
    "edited",
    [
        TRAINED.replace(f"# %%\n{FITTED}", f"# %% gone\n{FITTED}\n# %% unrun run=2\n{NARROWER}"),
        TRAINED.replace("# %%\njoblib", "# %% gone\nmodel = model.set_params(alpha=2)\n# %%\njoblib"),
        TRAINED.replace(f"# %%\n{FITTED}", f"# %% unrun\n{FITTED}"),
    ],
    ids=["edited since", "changed by a deleted cell", "never run"],
)
def test_what_other_code_made_is_none(edited: str, make_witness: MakeWitness) -> None:
    assert edited != TRAINED
    _, found = known_of(edited, make_witness)
    assert found is None
