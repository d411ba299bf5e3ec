"""Small notebooks of ours are run before and after they are fixed: `safe` is a promise about what they give.

Each is a file in `tests/data/runnable`. All run in one kernel, one after the other, each in a clean
namespace, a folder of its own and with the same random numbers.
"""

import json
import re
import shutil
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from nbprod.config import Settings
from nbprod.engine.fix import fix_notebook
from nbprod.kit.testing import notebook_from
from nbprod.notebook import parse_notebook
from nbprod.protocol import Safety
from nbprod.registry import all_rules

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries that the notebooks and the kernel use
RULES = tuple(all_rules().values())
NOTEBOOKS = sorted((Path(__file__).parents[1] / "data" / "runnable").glob("*.py"))
BROKEN = {"missing_import"}  # a fix has to mend it before it runs at all
SAFE, UNSAFE = frozenset({Safety.SAFE}), frozenset({Safety.SAFE, Safety.UNSAFE})

BEGIN = """\
%reset -f
import logging as _logging, os as _os, random as _random
import numpy as _numpy
for _handler in list(_logging.root.handlers): _logging.root.removeHandler(_handler)
_os.chdir({folder!r})
_os.environ.update(HOME={folder!r}, SERVER={server!r}, API_KEY="for the test")
_random.seed(0), _numpy.random.seed(0);
"""
END = """\
import json as _json, types as _types
def _shown(value):
    text = value.to_csv() if hasattr(value, "to_csv") else repr(value)
    return f"{type(value).__name__}: {text}"
_hidden = {"In", "Out", "exit", "quit", "get_ipython", "open"}
_plain = lambda value: not isinstance(value, (_types.ModuleType, _types.FunctionType, type))
print(_json.dumps({name: _shown(value) for name, value in list(globals().items())
                   if name[0] != "_" and name not in _hidden and _plain(value)}))
"""


class Answers(BaseHTTPRequestHandler):
    """A server with one table of rates that takes any order."""

    def do_GET(self):
        self._answer({"base": "EUR", "rates": {"GBP": 0.85, "PLN": 4.3}})

    def do_POST(self):
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture(scope="module")
def kernel():
    manager, client = start_new_kernel(kernel_name="python3")
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def run(kernel, server, tmp_path):
    """Run a notebook; its outputs, its variables and the files that it wrote."""

    def run(notebook, name):
        folder = tmp_path / name
        lay_out(folder)
        cells = [
            new_code(BEGIN.format(folder=str(folder), server=server)),
            *map(as_nbformat, notebook.cells),
            new_code(END),
        ]
        written = nbformat.v4.new_notebook(cells=cells)
        client = NotebookClient(written, km=kernel[0], timeout=60)
        client.kc = kernel[1]
        client.execute()
        outputs = [[shown(output) for output in cell.get("outputs", ())] for cell in written.cells[1:-1]]
        variables = json.loads(written.cells[-1].outputs[0].text)
        return outputs, {name: tidy(text, folder) for name, text in variables.items()}, files(folder)

    return run


def new_code(source):
    return nbformat.v4.new_code_cell(source)


def as_nbformat(cell):
    return new_code(cell.source) if cell.type == "code" else nbformat.v4.new_markdown_cell(cell.source)


def lay_out(folder):
    """The data that the notebooks read, in the folder itself and in what is its home."""
    for place in ("data", "exports"):
        (folder / place).mkdir(parents=True)
        sales = "city,amount\n" + "".join(f"{'abc'[n % 3]},{n * 7 % 23}\n" for n in range(20))
        churn = "age,months,churned\n" + "".join(f"{20 + n},{n * 5 % 37},{n * 5 % 37 // 19}\n" for n in range(60))
        for name, text in {"sales": sales, "more": sales, "churn": churn}.items():
            (folder / place / f"{name}.csv").write_text(text)
    (folder / "data/orders.csv").write_text("order,product,count\n1,tea,2\n2,milk,1\n3,tea,5\n")
    (folder / "data/prices.csv").write_text("product,price\ntea,2.5\nmilk,1\n")
    (folder / "data/settings.json").write_text('{"limit": 3}')
    shutil.copytree(folder / "exports", folder / "data/exports")  # where the unsafe fix of a home folder looks
    connection = sqlite3.connect(folder / "data/shop.db")
    connection.execute("create table customers (id integer, name text)")
    connection.executemany("insert into customers values (?, ?)", [(1, "ada"), (2, "grace")])
    connection.commit()
    connection.close()


def shown(output):
    data = output.get("data", {}).get("text/plain", "")
    return output.output_type, output.get("name"), re.sub(r"0x[0-9a-f]+", "0x", output.get("text", "") + data)


def tidy(text, folder):
    """What is no more than an address or the folder of this very run does not count."""
    return re.sub(r"0x[0-9a-f]+", "0x", text.replace(str(folder), "."))


def files(folder):
    """The text files that a notebook left."""
    found = (path for path in folder.rglob("*") if path.suffix in {".csv", ".json", ".txt"})
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def fixed(notebook, allow):
    """The notebook as fixed, and its outputs in the places of the cells that were there before."""
    result = fix_notebook(notebook, RULES, Settings(rules={}), allow=allow)
    assert result.problems == []
    return parse_notebook(result.data, notebook.path), result


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_gives_the_same_after_safe_fixes_and_runs_after_unsafe_ones(path, run):
    notebook = notebook_from(path.read_text())
    if path.stem in BROKEN:
        with pytest.raises(CellExecutionError):
            run(notebook, "before")
    else:
        before = run(notebook, "before")
        check_same(before, run, *fixed(notebook, SAFE))
    after, result = fixed(notebook, UNSAFE)
    _, variables, left = run(after, "unsafe") if result.applied else (0, {}, True)
    assert left
    if path.stem not in BROKEN and result.applied:
        assert before[1].keys() - variables.keys() <= {"e"}  # what was caught has no name any more where it is logged


def check_same(before, run, after, result):
    """Run what was safely fixed, and compare it with what was there."""
    outputs, variables, left = before
    new_outputs, new_variables, new_left = run(after, "safe") if result.applied else before
    told = list(zip(new_outputs, result.origins, strict=True))
    assert [out for out, origin in told if origin is not None] == outputs
    assert [out for out, origin in told if origin is None and out] == []
    assert {name: new_variables.get(name) for name in variables} == variables
    assert new_left == left


def test_the_notebooks_are_worth_running():
    assert len(NOTEBOOKS) >= 25
    notebooks = [notebook_from(path.read_text()) for path in NOTEBOOKS]
    for allow, enough in ((SAFE, 15), (UNSAFE, 25)):
        assert sum(bool(fixed(notebook, allow)[1].applied) for notebook in notebooks) >= enough
