"""Which parts of a frame have always been copies."""

import ast

import pytest

from nbprod.kit import Context
from nbprod.kit.frames import part_of_frame
from nbprod.kit.testing import notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def is_copy(part: str) -> bool | None:
    """Whether a part of a frame is always a copy; None when it is no part."""
    notebook = notebook_from(f'import pandas as pd\ndf = pd.read_csv("a.csv")\nmask = df["a"] > 1\n{part}["b"] = 0')
    model = SemanticModel(notebook, [ast.Assign])
    *_, statement = model.nodes[ast.Assign]
    assert isinstance(statement, ast.Assign)
    (target,) = statement.targets
    assert isinstance(target, ast.Subscript)
    found = part_of_frame(target.value, Context(notebook, model, Profile.PRODUCTION))
    return found.is_copy if found is not None else None


@pytest.mark.parametrize("part", ["df[mask]", 'df[df["a"] > 1]', "df[~mask]", 'df[["a", "b"]]', "df.loc[mask]"])
def test_a_mask_or_a_list_copies(part: str) -> None:
    assert is_copy(part) is True


@pytest.mark.parametrize("part", ['df["a"]', "df.a", "df[name]", "df.loc[5]", "df.iloc[2:4]", "df[:10]"])
def test_a_row_a_column_or_a_slice_may_have_been_a_view(part: str) -> None:
    assert is_copy(part) is False
