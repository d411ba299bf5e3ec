"""Which names may be bound although no statement binds them."""

import pytest

from nbprod.kit import Context
from nbprod.kit.namespace import UnseenNames
from nbprod.notebook import cell_notebook
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def unseen(*sources: str) -> UnseenNames:
    notebook = cell_notebook([("code", source, []) for source in sources])
    return UnseenNames(Context(notebook, SemanticModel(notebook), Profile.PRODUCTION))


@pytest.mark.parametrize(
    "source",
    [
        "from helpers import *",
        "%run setup.ipynb",
        "%pylab inline",
        "%store -r",
        "exec(code)",
        "globals()['a'] = 1",
        "locals().update(values)",
        "import sympy\nsympy.init_session()",
        "get_ipython().magic('run setup.py')",
        "shell.push(values)",
        "from helpers import *\nprint 'done'",
    ],
)
def test_what_may_bind_any_name_from_its_cell_on(source):
    names = unseen("1", source, "2")
    assert not names.may_bind("anything", 0)
    assert names.may_bind("anything", 1)
    assert names.may_bind("anything", 2)


@pytest.mark.parametrize(
    "source",
    [
        "%%sql rows <<\nSELECT 1",
        "%%cython\ndef rows(): pass",
        "%some_magic rows",
        "rows = load(\nprint 'done'",
        "if 'rows' in globals(): pass",
    ],
)
def test_what_may_bind_the_names_that_it_mentions(source):
    names = unseen(source)
    assert names.may_bind("rows", 0)
    assert not names.may_bind("columns", 0)


@pytest.mark.parametrize(
    "source",
    [
        "%pip install rows",
        "%%bash\nrows=1",
        "!rows",
        "exec('rows = 1', {})",
        "def f():\n    exec('rows = 1')",
        "def f():\n    return locals()",
        "vars(thing)",
        "dir()",
    ],
)
def test_what_binds_nothing(source):
    assert not unseen(source).may_bind("rows", 0)
