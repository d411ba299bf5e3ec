"""Generators that change single calls and names: requests, paths, seeds, credentials, imports, loaders."""

import ast

import pytest
from editing import call_of, context, edited, outcome

from nbprod.kit import EventKind, Literal
from nbprod.kit.fixes.failures import batch_fix, failure_fix
from nbprod.kit.fixes.http import status_fix, timeout_fix
from nbprod.kit.fixes.loader import loader_fix
from nbprod.kit.fixes.missing_import import import_fix
from nbprod.kit.fixes.paths import environment_path_fix, hoist_path_fix, parameter_name, wish_for
from nbprod.kit.fixes.secret import secret_fix
from nbprod.kit.fixes.seeds import seed_fix

LOGGER = "import logging\nlogger = logging.getLogger()\n"


def literal_of(ctx, part):
    """The string that holds a text, wherever it stands."""
    for cell in ctx.cells:
        for node in ast.walk(cell.tree):
            if isinstance(node, ast.JoinedStr) and part in ast.unparse(node):
                return Literal(cell.index, node)
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                found = node.value if isinstance(node.value, str) else node.value.decode()
                if part in found:
                    return Literal(cell.index, node)
    raise AssertionError(part)


# --- requests ------------------------------------------------------------------------------------------


def test_timeouts_in_the_form_that_the_library_takes():
    ctx = context("import requests, urllib.request\nrequests.get(u)\nurllib.request.urlopen(u)")
    plan = timeout_fix(ctx, [call_of(ctx, "requests.get"), call_of(ctx, "urllib.request.urlopen")])
    assert edited(ctx, plan.build()).split("\n")[1:] == [
        "requests.get(u, timeout=(3.05, 30))",
        "urllib.request.urlopen(u, timeout=30)",
    ]


STATUS = {
    "a name": ("r = requests.get(u)", "r = requests.get(u)\nr.raise_for_status()"),
    "an attribute": ("a.r = requests.get(u)", "a.r = requests.get(u)\na.r.raise_for_status()"),
    "a block": (
        "with requests.get(u) as r: x = r.text",
        "with requests.get(u) as r:\n    r.raise_for_status()\n    x = r.text",
    ),
    "a chain": (
        "x = requests.get(u).json()",
        "response = requests.get(u)\nresponse.raise_for_status()\nx = response.json()",
    ),
    "a chain for a response": (
        "response = requests.get(u).json()",
        "reply = requests.get(u)\nreply.raise_for_status()\nresponse = reply.json()",
    ),
    "a return": (
        "def f():\n    return requests.get(u)",
        "def f():\n    response = requests.get(u)\n    response.raise_for_status()\n    return response",
    ),
    "an await": (
        "async def f():\n    x = (await requests.get(u)).ok",
        "async def f():\n    response = await requests.get(u)\n    response.raise_for_status()\n    x = (response).ok",
    ),
}


@pytest.mark.parametrize(("before", "after"), STATUS.values(), ids=STATUS)
def test_the_status_is_checked_right_behind_the_request(before, after):
    ctx = context(f"import requests\n{before}")
    assert edited(ctx, status_fix(ctx, call_of(ctx, "requests.get")).build()) == f"import requests\n{after}"


def test_urllib3_has_no_such_check():
    ctx = context("import urllib3\nx = urllib3.request('GET', u).data")
    assert "raise_for_status" in outcome(ctx, status_fix(ctx, call_of(ctx, "urllib3.request")).build)


# --- paths ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("C:/Users/Susan/Desktop/50_Startups.csv", "STARTUPS_CSV"),
        ("C:\\x\\salesData 2020.xlsx", "SALES_DATA_XLSX"),
        ("/content/drive/MyDrive", "MY_DRIVE_DIR"),
        ("/mnt/raw/", "RAW_DIR"),
        ("/kaggle/input/debris-removal-in-streak-detection-models", "DEBRIS_REMOVAL_IN_STREAK_DIR"),
        ("/mnt/" + "x" * 50, "X" * 32 + "_DIR"),
        ("~/", "BASE_DIR"),
        ("/home/a/.env", "ENV_FILE"),
        ("/a/*.csv", "INPUT_CSV"),
        ("archive.tar.gz", "ARCHIVE_TAR_GZ"),
        ("/x/été.csv", "ÉTÉ_CSV"),
        ("my_csv.csv", "MY_CSV"),
        ("2020-01.csv", "INPUT_CSV"),
    ],
)
def test_parameters_are_named_after_what_they_hold(path, name):
    assert parameter_name(path) == name


def test_numbers_stay_in_a_name_where_they_tell_two_files_apart():
    ctx = context("x = f('a 2020.csv')\ny = f('a 2021.csv')\nz = f('b 2021.csv')")
    texts = ("a 2020.csv", "a 2021.csv", "b 2021.csv")
    assert [wish_for(ctx, text) for text in texts] == ["A_2020_CSV", "A_2021_CSV", "B_CSV"]


HOISTED = {
    "an argument": ("f(1)\ng('/home/ada/a.csv')", "A_CSV = '/home/ada/a.csv'", "f(1)\ng(A_CSV)"),
    "strings side by side": ("f(1)\ng('/home/ada/' 'a.csv')", "A_CSV = '/home/ada/' 'a.csv'", "f(1)\ng(A_CSV)"),
    "a raw string": ("f(1)\ng(r'C:\\a.csv')", "A_CSV = r'C:\\a.csv'", "f(1)\ng(A_CSV)"),
    "a constant with a name": ("f(1)\nP = '/home/ada/a.csv'\ng(P)", "P = '/home/ada/a.csv'", "f(1)\ng(P)"),
    "a name that is bound twice": (
        "p = '/home/ada/a.csv'\np = '/tmp/b.csv'",
        "A_CSV = '/home/ada/a.csv'",
        "p = A_CSV\np = '/tmp/b.csv'",
    ),
    "the beginning of an f-string": (
        "f(1)\ng(f'/home/ada/raw/{x}.csv')",
        'RAW_DIR = "/home/ada/raw"',
        "f(1)\ng(f'{RAW_DIR}/{x}.csv')",
    ),
    "the beginning of a sum": ("f(1)\ng('/home/ada/raw/' + x)", "RAW_DIR = '/home/ada/raw/'", "f(1)\ng(RAW_DIR + x)"),
}


@pytest.mark.parametrize(("before", "parameter", "after"), HOISTED.values(), ids=HOISTED)
def test_a_path_moves_to_the_parameters_as_it_is(before, parameter, after):
    ctx = context(f"import re\n# %%\n{before}")
    edits = hoist_path_fix(ctx, literal_of(ctx, "C:" if "C:" in before else "/home")).build()
    assert edited(ctx, edits) == f'# %%\nimport re\n# %% tags=["parameters"]\n{parameter}\n# %%\n{after}'


ELSEWHERE = {
    "a reader": (
        "x = pd.read_csv('/home/ada/a.csv')",
        'DATA_DIR = "data"\nA_CSV = "a.csv"',
        'x = pd.read_csv(Path(os.environ.get("DATA_DIR", DATA_DIR)) / A_CSV)',
    ),
    "a function that wants a string": (
        "x = f('/home/ada/a.csv')",
        'DATA_DIR = "data"\nA_CSV = "a.csv"',
        'x = f(os.path.join(os.environ.get("DATA_DIR", DATA_DIR), A_CSV))',
    ),
    "a mount": (
        "x = pd.read_csv('/mnt/sales/a.csv')",
        'SALES_DIR = "/mnt/sales"\nA_CSV = "a.csv"',
        'x = pd.read_csv(Path(os.environ.get("SALES_DIR", SALES_DIR)) / A_CSV)',
    ),
    "a directory": (
        "x = f('/home/ada/raw/')",
        'RAW_DIR = "data/raw/"',
        'x = f(os.environ.get("RAW_DIR", RAW_DIR))',
    ),
}


@pytest.mark.parametrize(("before", "parameters", "after"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_path_is_found_through_the_environment(before, parameters, after):
    ctx = context(f"import os, pandas as pd\nfrom pathlib import Path\n# %%\n{before}")
    call = next(call for call in ctx.model.all_calls)
    edits = environment_path_fix(ctx, literal_of(ctx, "/"), call).build()
    assert edited(ctx, edits).split('# %% tags=["parameters"]\n')[1] == f"{parameters}\n# %%\n{after}"


@pytest.mark.parametrize(
    ("path", "default"), [("/home/ada/raw", "data/raw"), ("/home/ada/data/", "data/"), ("/mnt/raw", "/mnt/raw")]
)
def test_a_directory_with_a_name_stays_where_it_is_set(path, default):
    ctx = context(f'import os\nROOT = "{path}"\nf(ROOT)')
    result = edited(ctx, environment_path_fix(ctx, literal_of(ctx, "/")).build())
    assert result == f'import os\nROOT = os.environ.get("ROOT", "{default}")\nf(ROOT)'


# --- seeds ---------------------------------------------------------------------------------------------


def test_one_seed_for_all_steps():
    ctx = context("import numpy as np\n# %%\na = f(1)\nb = np.random.rand(3)")
    keywords = [(call_of(ctx, "f"), "random_state"), (call_of(ctx, "np.random.rand"), "")]
    after = "a = f(1, random_state=SEED)\nnp.random.seed(SEED)\nb = np.random.rand(3)"
    assert edited(ctx, seed_fix(ctx, keywords, {"numpy"}).build()) == (
        f'# %%\nimport numpy as np\n# %% tags=["parameters"]\nSEED = 42\n# %%\n{after}'
    )


def test_the_seed_of_the_notebook_is_used():
    ctx = context("RANDOM_STATE = 7\nx = 1 + 1\n# %%\na = f(1)")
    assert "f(1, random_state=RANDOM_STATE)" in edited(
        ctx, seed_fix(ctx, [(call_of(ctx, "f"), "random_state")]).build()
    )


# --- credentials, imports ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("k = 'sk-1'", 'k = os.environ["KEY"]'),
        ("k = b'sk-1'", 'k = os.environ["KEY"].encode()'),
        ("f(key='sk-1', n=1)", 'f(key=os.environ["KEY"], n=1)'),
        ("h = {'A': 'Bearer sk-1'}", "h = {'A': f\"Bearer {os.environ['KEY']}\"}"),
    ],
)
def test_a_credential_comes_from_the_environment(before, after):
    ctx = context(f"import os\n{before}")
    assert edited(ctx, secret_fix(ctx, literal_of(ctx, "sk-1"), "KEY", "sk-1").build()) == f"import os\n{after}"


def test_the_usual_import_of_a_name_is_added():
    ctx = context("import re\n# %%\nsns.plot()")
    use = next(use for use in ctx.model.uses if use.name == "sns")
    plan = import_fix(ctx, use, "seaborn")
    assert plan.title == "Add `import seaborn as sns`"
    assert edited(ctx, plan.build()) == "# %%\nimport re\nimport seaborn as sns\n# %%\nsns.plot()"


# --- failures, loaders ---------------------------------------------------------------------------------

HANDLER = """\
except (OSError, ValueError) as error:
    logger.exception("reading %s failed", path)
    # TODO(nbprod): say in the message what to do about it
    raise RuntimeError(f"reading {path} failed") from error"""


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        ("x = pd.read_csv(path)", "    x = pd.read_csv(path)"),
        ("x = pd.read_csv(path,  # why\n  sep='''\n''')", "    x = pd.read_csv(path,  # why\n      sep='''\n''')"),
        ("with open(path) as f:\n    x = f.read()", "    with open(path) as f:\n        x = f.read()"),
    ],
)
def test_a_boundary_gets_its_own_errors(before, inside):
    imports = f"import pandas as pd\n{LOGGER}# %%\n"
    ctx = context(imports + before)
    (event,) = ctx.model.events_of(EventKind.LOAD)
    assert edited(ctx, failure_fix(ctx, event).build()) == f"# %%\n{imports}try:\n{inside}\n{HANDLER}"


@pytest.mark.parametrize(
    "before", ["pd.read_csv(path)", "if pd.read_csv(path).empty: pass", "x = pd.read_csv(path); y = 1"]
)
def test_what_cannot_stand_in_a_try_is_left(before):
    ctx = context(f"import pandas as pd\n{LOGGER}{before}")
    (event,) = ctx.model.events_of(EventKind.LOAD)
    assert outcome(ctx, failure_fix(ctx, event).build).startswith("declined")


def test_one_bad_item_does_not_end_a_batch():
    imports = f"import requests\n{LOGGER}# %%\n"
    ctx = context(imports + "for u in us:\n    for v in u:\n        r = requests.get(v)\n        rs.append(r)")
    (event,) = ctx.model.events_of(EventKind.HTTP)
    assert edited(ctx, batch_fix(ctx, event).build()) == (
        f"# %%\n{imports}"
        """\
failed = []
for u in us:
    for v in u:
        try:
            r = requests.get(v)
        except requests.RequestException:
            logger.exception("%s failed", v)
            failed.append(v)
            continue
        rs.append(r)
if failed:
    raise RuntimeError(f"{len(failed)} failed, the first {failed[0]!r}")"""
    )


def test_a_table_is_loaded_through_a_function():
    imports = f"import hashlib, pandas as pd\nfrom pathlib import Path\n{LOGGER}# %%\n"
    ctx = context(
        f"{imports}x = 1\n# the sales\ndf = pd.read_csv('a sales.csv',\n  sep=';')\ndf['a']\ndf['b'] = df[['c', 'b']]"
    )
    (event,) = ctx.model.events_of(EventKind.LOAD)
    assert edited(ctx, loader_fix(ctx, event).build()).split("# %%\n", 2)[2] == (
        '''\
x = 1

def load_a_sales(path: str) -> pd.DataFrame:
    """Read one delivery, refuse it if it is empty or lacks columns, and record which one it was."""
    frame = pd.read_csv(path,
      sep=';')
    required = {"a", "c"}  # TODO(nbprod): the columns that every delivery must have
    missing = sorted(required.difference(frame.columns))
    if missing or not len(frame):
        raise ValueError(f"{path}: {len(frame)} rows, missing columns: {missing}")
    fingerprint = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]
    logger.info("read %d rows from %s (sha256 %s)", len(frame), path, fingerprint)
    return frame


# the sales
df = load_a_sales(A_SALES_CSV)
df['a']
df['b'] = df[['c', 'b']]'''
    )


@pytest.mark.parametrize(
    "source",
    [
        "x = json.load(open('a.json'))",
        "x = pd.read_csv(folder + 'a.csv')",
        "def f(sep):\n    return pd.read_csv('a.csv', sep=sep)\nf(1)",
        "x = pd.read_csv('a.csv', sep=path)",
        "x = pd.read_csv('a.csv', sep='''\n''')",
    ],
)
def test_what_a_function_could_not_know_is_left(source):
    ctx = context(f"import json, pandas as pd\n{LOGGER}# %%\n{source}")
    (event,) = ctx.model.events_of(EventKind.LOAD)
    assert outcome(ctx, loader_fix(ctx, event).build).startswith("declined")
