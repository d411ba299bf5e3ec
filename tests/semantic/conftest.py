"""A short way to a model."""

import ast
from collections.abc import Callable

import pytest

from nbprod.notebook import cell_notebook
from nbprod.semantic import SemanticModel

Build = Callable[..., SemanticModel]


@pytest.fixture
def model() -> Build:
    """Build the model of a notebook given as the sources of its code cells."""

    def build(*sources: str, wanted: tuple[type[ast.AST], ...] = ()) -> SemanticModel:
        return SemanticModel(cell_notebook([("code", source, []) for source in sources]), wanted)

    return build
