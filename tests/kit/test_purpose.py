"""What a notebook delivers, what it exposes itself to, and whether it teaches."""

import pytest

from nbprod.kit import Context
from nbprod.kit.purpose import is_remote
from nbprod.kit.testing import notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def context(text: str, path: str = "example.ipynb") -> Context:
    notebook = notebook_from(text, path)
    return Context(notebook, SemanticModel(notebook), Profile.PRODUCTION)


@pytest.mark.parametrize(
    "code",
    [
        "frame.to_csv('scores.csv')",
        "frame.to_sql('scores', engine)",
        "import joblib\njoblib.dump(model.fit(X, y), 'model.joblib')",
        "import requests\nrequests.post(HOOK, json=scores)",
        "import boto3\nboto3.client('s3').upload_file('scores.csv', BUCKET, 'scores.csv')",
        "import pandas as pd\nfor path in paths:\n    pd.read_csv(path).to_parquet(path + '.parquet')",
    ],
)
def test_what_others_can_use_is_a_delivery(code: str) -> None:
    assert context(code).purpose.delivers


@pytest.mark.parametrize(
    "code",
    [
        "import pandas as pd\nframe.to_csv('clean.csv')\nframe = pd.read_csv('clean.csv')",
        "with open('score.py', 'w') as file:\n    file.write(SCRIPT)",
        "with open('/tmp/sample.json', 'w') as file:\n    file.write(text)",
        "import requests\nwith open('data.zip', 'wb') as file:\n    file.write(requests.get(URL).content)",
        "import requests\nanswer = requests.post(URL, json=question)",
        "import requests\nprint(requests.post(URL, json=question).json())",
        "text = frame.to_csv()",
    ],
)
def test_what_is_for_the_notebook_itself_is_none(code: str) -> None:
    assert not context(code).purpose.delivers


def test_a_source_is_traced_to_what_it_feeds() -> None:
    ctx = context(
        "import pandas as pd\n# %%\nframe = pd.read_csv('a.csv')\n# %%\nframe.dropna().to_parquet('b.parquet')"
    )
    load, write = ctx.purpose.boundaries
    assert ctx.purpose.delivered(load) is write
    assert ctx.purpose.delivered(write) is write


def test_looking_at_local_data_exposes_to_nothing() -> None:
    assert context("import pandas as pd\npd.read_csv('a.csv').plot()").purpose.exposed == []


@pytest.mark.parametrize(
    "more",
    ["model.fit(frame)", "frame.to_csv('b.csv')", "import requests\nrequests.get(URL)", "pd.read_csv('https://a.b/c')"],
)
def test_local_loads_count_once_something_is_at_stake(more: str) -> None:
    exposed = context(f"import pandas as pd\nframe = pd.read_csv('a.csv')\n{more}").purpose.exposed
    assert exposed[0].detail == "csv"


def test_a_boundary_counts_once() -> None:
    code = "def load(path):\n    return pd.read_csv(path)\nimport pandas as pd\nload('a')\nload('b')\nfit(load('c'))"
    assert len(context(code).purpose.boundaries) == 1


@pytest.mark.parametrize(
    "code",
    [
        "from sklearn.datasets import load_iris\nload_iris()",
        "import io, pandas as pd\npd.read_csv(io.StringIO(text))",
        "import sqlalchemy\nengine = sqlalchemy.create_engine(URL)",
        "import pandas as pd\ndef load():\n    return pd.read_csv('a.csv')",
    ],
)
def test_toys_memory_preparation_and_dead_code_are_no_boundaries(code: str) -> None:
    assert context(code).purpose.boundaries == []


def test_remote_is_what_goes_over_the_network() -> None:
    ctx = context(
        "import pandas as pd\npd.read_csv('s3://bucket/a.csv')\npd.read_csv('a.csv')\npd.read_csv(f'https://{host}/a')"
    )
    assert [is_remote(event) for event in ctx.purpose.boundaries] == [True, False, True]


TOY = "from sklearn.datasets import load_iris\nX, y = load_iris(return_X_y=True)"


@pytest.mark.parametrize(
    ("text", "path", "teaches"),
    [
        (TOY, "notes/iris.ipynb", False),
        (TOY, "course/iris.ipynb", True),
        (TOY, "book/ch12/iris.ipynb", True),
        (TOY, "charts/iris.ipynb", False),
        (f"{TOY}\nimport numpy as np\nnp.save('x', X)\nnp.load('x.npy')", "lesson/iris.ipynb", True),
        (f"{TOY}\nimport numpy as np\nnp.load('x.npy')", "lesson/iris.ipynb", False),
        (f"# %% [markdown]\n## Exercise 3: fit a tree\n# %%\n{TOY}", "iris.ipynb", True),
        (f"# %% [markdown]\n## Question answering\n# %%\n{TOY}", "iris.ipynb", False),
        (f"# %%\n# Question: what is an iris?\n{TOY}", "iris.ipynb", False),
        (f"{TOY}\nimport requests\nrequests.get(URL)", "course/iris.ipynb", False),
        ("import pandas as pd\npd.read_csv('a.csv')", "week_3/tutorial.ipynb", False),
    ],
)
def test_two_signs_make_a_lesson(text: str, path: str, *, teaches: bool) -> None:
    assert context(text, path).purpose.teaches is teaches
