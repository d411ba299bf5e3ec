"""Which names a run from the top lacks, in Python files that are notebooks."""

import pytest

from nbprod.kit import Context
from nbprod.kit.missing_names import missing_names
from nbprod.notebook import parse_notebook
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel

STAGE = "# %% [markdown]\n# ## Stage 2\n# %%\nscores = model.predict(rows)\nlog(scores)\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [(STAGE, []), ("# %%\nimport pandas as pd\n" + STAGE, ["model", "rows", "log"]), ("# %%\nlog(1)\n", ["log"])],
    ids=["a part of a notebook", "a notebook", "a slip"],
)
def test_a_file_that_imports_nothing_of_all_it_uses_is_put_into_others(text: str, names: list[str]) -> None:
    notebook = parse_notebook(text.encode(), "stage.py")
    found = missing_names(Context(notebook, SemanticModel(notebook), Profile.PRODUCTION))
    assert [use.name for use in found] == names
