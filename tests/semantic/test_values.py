"""What the walk knows of values: qualified names, constants, types, across cells and scopes."""

import pytest

from nbprod.notebook import cell_notebook
from nbprod.semantic import SemanticModel, Tag


def called(model: SemanticModel) -> list[str]:
    return [call.name for call in model.all_calls]


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        (["import pandas as pd", "pd.read_csv('a')"], "pandas.read_csv"),
        (["from pandas import read_csv as rc", "rc('a')"], "pandas.read_csv"),
        (["import pandas", "f = pandas.read_csv", "f('a')"], "pandas.read_csv"),
        (["import os.path", "os.path.join('a', 'b')"], "os.path.join"),
        (["import sklearn.linear_model as lm", "lm.Ridge()"], "sklearn.linear_model.Ridge"),
        (["try:\n    import cPickle as p\nexcept ImportError:\n    import pickle as p", "p.load(f)"], "pickle.load"),
        (["from sklearn.linear_model._base import LinearRegression", "LinearRegression()"],
         "sklearn.linear_model.LinearRegression"),
        (["import requests", "with requests.Session() as s:\n    s.get('u')"], "requests.Session.get"),
        (["open('a')"], "builtins.open"),
        (["mystery.thing()"], ".thing"),
        (["def open(x):\n    return x", "open('a')"], "__main__.open"),
    ],
)  # fmt: skip
def test_qualified_names(model, cells, name):
    assert called(model(*cells))[-1] == name


def test_methods_of_instances_across_cells(model):
    built = model(
        "from sklearn.preprocessing import StandardScaler",
        "sc = StandardScaler()",
        "sc.fit(X)",
    )
    assert called(built)[-1] == "sklearn.preprocessing.StandardScaler.fit"


def test_del_and_shadowing(model):
    built = model("import pandas as pd", "pd = 1", "pd.read_csv('a')", "del pd", "pd.read_csv('a')")
    assert "pandas.read_csv" not in called(built)
    assert [use.name for use in built.uses if use.binding is None] == ["pd"]


@pytest.mark.parametrize(
    ("expression", "constant"),
    [
        ("BASE + '/a.csv'", "/data/a.csv"),
        ("f'{BASE}/a.csv'", "/data/a.csv"),
        ("os.path.join(BASE, 'x', 'a.csv')", "/data/x/a.csv"),
        ("Path(BASE) / 'a.csv'", "/data/a.csv"),
        ("str(Path(BASE, 'a.csv'))", "/data/a.csv"),
        ("os.path.join(BASE, '/etc')", "/etc"),
    ],
)
def test_paths_are_folded(model, expression, constant):
    built = model("import os, open as o\nfrom pathlib import Path\nBASE = '/data'", f"p = {expression}")
    assert built.bindings("p")[-1].value.text == constant


def test_a_half_known_string_has_a_prefix_and_the_literal_it_begins_with(model):
    built = model("BASE = '/data/'", "for n in names:\n    p = f'{BASE}{n}.csv'")
    value = built.bindings("p")[-1].value
    assert (value.text, value.head) == (None, "/data/")
    assert value.literal is not None
    assert value.literal.cell == 0


def test_percent_and_format_templates_know_their_beginning(model):
    built = model("a = '/data/%s.csv' % name", "b = '/data/{}.csv'.format(name)")
    assert built.bindings("a")[0].value.head == "/data/"
    assert built.bindings("b")[0].value.head == "/data/"


def test_functions_are_followed_with_their_arguments(model):
    built = model(
        "import pandas as pd", "def load(name):\n    return pd.read_csv('data/' + name)", "df = load('a.csv')"
    )
    (event,) = built.events
    assert event.path.text == "data/a.csv"
    assert built.bindings("df")[0].value.type == "pandas.DataFrame"


def test_methods_of_notebook_classes_see_self(model):
    built = model(
        "import pandas as pd\nclass Loader:\n    def __init__(self, root):\n        self.root = root\n"
        "    def load(self, name):\n        return pd.read_csv(self.root + name)",
        "Loader('/data/').load('a.csv')",
    )
    assert [event.path.text for event in built.events] == ["/data/a.csv"]


def test_dictionaries_lists_and_unpacking(model):
    built = model("paths = {'train': 'a.csv', 'test': 'b.csv'}\np, (q, *r) = 'x', ['y', 'z', 'w']", "t = paths['test']")
    assert built.bindings("t")[0].value.text == "b.csv"
    assert built.bindings("p")[0].value.text == "x"


def test_keyword_dictionaries_are_looked_into(model):
    built = model("import requests\noptions = {'timeout': 3}", "requests.get('u', **options)", "requests.get('u', **z)")
    first, second = built.calls("requests.get")
    assert first.passes(None, "timeout")
    assert not first.open
    assert second.open


def test_comprehension_names_stay_inside(model):
    built = model("xs = [i for i in range(3)]", "i")
    assert [use.name for use in built.uses if use.binding is None] == ["i"]


def test_dead_branches_are_not_evaluated(model):
    built = model("import pandas as pd\nif False:\n    pd.read_csv('a')\nwhile 0:\n    pd.read_csv('b')")
    assert not built.events


def test_branches_are_joined(model):
    built = model("import pandas as pd\nif flag:\n    f = 'a.csv'\nelse:\n    f = 'b.csv'", "pd.read_csv(f)")
    (event,) = built.events
    assert event.path.text is None
    assert event.path.type == "builtins.str"


def test_parameters_and_environment_are_tagged():
    notebook = cell_notebook(
        [
            ("code", "PATH = '/home/me/a.csv'", ["parameters"]),
            ("code", "import os\nq = os.environ.get('Q', '/home/me')", []),
        ]
    )
    built = SemanticModel(notebook)
    assert built.bindings("PATH")[0].value.has(Tag.PARAMETER)
    assert built.bindings("q")[0].value.has(Tag.ENVIRONMENT)


def test_a_cell_tagged_to_be_skipped_is_not_read():
    notebook = cell_notebook([("code", "open('a')", ["nbprod-skip"]), ("code", "x", [])])
    assert [call.name for call in SemanticModel(notebook).all_calls] == []


def test_recursion_and_mutual_calls_end(model):
    built = model("def a(n):\n    return b(n)\ndef b(n):\n    return a(n)", "a(1)\n" * 50)
    assert len(list(built.all_calls)) == 52
