"""`nbprod run`, in real kernels."""

import http.server
import json
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nbprod.cli import main
from nbprod.execution import asking, checker
from nbprod.notebook import Notebook, cell_notebook
from nbprod.output import Outcome

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return tmp_path


def write(*cells: str, tags: tuple[str, ...] = (), path: str = "a.ipynb") -> Path:
    """A notebook whose first cell has tags."""
    made = cell_notebook([("code", source, tags if not place else ()) for place, source in enumerate(cells)], path)
    Path(path).write_bytes(made.raw)
    return Path(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["run", *words])


def report_of(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)[0]
    return found


def found(result: Result, rule: str) -> dict[str, Any]:
    [finding] = [item for item in report_of(result)["findings"] if item["rule"] == rule]
    return dict(finding)


def test_a_run_checks_with_what_it_left_in_memory(folder: Path) -> None:
    rows = "\n".join(f"0{place:04},qzxwv{place}" for place in range(40))
    Path("data.csv").write_text(f"zip,name\n{rows}\n", encoding="utf-8")
    path = write(
        "ROWS = 10",
        "import pandas as pd\ndf = pd.read_csv('data.csv')",
        "df.head(ROWS).to_csv('out.csv')",
        tags=("parameters",),
    )
    before = path.read_bytes()
    result = run("a.ipynb", "-p", "ROWS=3", "--save", "done.ipynb", "--output-format", "json")
    report = report_of(result)
    assert report["live"]["runs"] == 3, "the cell with the parameters is none of the notebook's"
    assert "df" in report["live"]["names"]
    typed = found(result, "untyped-load")
    assert typed["live"]
    assert "`zip`" in typed["message"]
    assert "qzxwv" not in result.output
    assert path.read_bytes() == before
    assert len(Path("out.csv").read_text(encoding="utf-8").splitlines()) == 4
    saved = json.loads(Path("done.ipynb").read_text(encoding="utf-8"))
    assert saved["cells"][1]["metadata"]["tags"] == ["injected-parameters"]
    assert [cell["execution_count"] for cell in saved["cells"]] == [1, 2, 3, 4]


def test_a_failing_cell_is_a_finding_that_does_not_repeat_its_message() -> None:
    write("x = 1", "def f():\n    raise KeyError('qzxwv')", "x\nf()", "y = 2")
    result = run("a.ipynb", "--output-format", "json")
    failed = found(result, "cell-failed")
    assert result.exit_code == 1
    assert failed["message"] == "this cell ends in `KeyError`, and 1 more code cell did not run"
    assert (failed["at"]["cell"]["index"], failed["at"]["line"], failed["severity"]) == (2, 2, "error")
    assert "qzxwv" not in result.output
    result = run("a.ipynb", "--exit-zero")
    assert result.stdout.startswith("note: a.ipynb ran in a kernel with Python 3.")
    assert result.exit_code == 0


def test_a_cell_may_be_meant_to_fail() -> None:
    write("1 / 0", "x = 1", tags=("raises-exception",))
    assert "cell-failed" not in run("a.ipynb").stdout


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (("--timeout", "1"), "this cell was still running after 1 s, the limit of a cell"),
        (("--total-timeout", "1"), "this cell was still running after 1 s, the notebook's limit"),
    ],
)
def test_a_hanging_cell_is_stopped_and_the_rest_is_evidence(limits: tuple[str, str], message: str) -> None:
    write("import time\nx = [1]", "time.sleep(60)")
    result = run("a.ipynb", *limits, "--output-format", "json")
    assert result.exit_code == 1
    assert found(result, "cell-timed-out")["message"] == message
    assert report_of(result)["live"]["runs"] >= 1


def test_a_kernel_that_dies_is_a_finding() -> None:
    write("import os", "os._exit(1)", "x = 1")
    result = run("a.ipynb", "--output-format", "json")
    assert result.exit_code == 1
    assert found(result, "cell-failed")["message"] == "the kernel died in this cell, and 1 more code cell did not run"
    assert "checked without what the run left in memory: the kernel died" in result.stderr
    assert report_of(result)["live"] is None


def test_a_kernel_without_nbprod_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_BOOTSTRAP", "import no_such_module")
    write("x = 1")
    result = run("a.ipynb", "--output-format", "json")
    assert result.stderr == (
        "a.ipynb: checked without what the run left in memory: nbprod is not installed in the kernel\n"
    )
    assert report_of(result)["live"] is None


def test_wrong_usage_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    write("x = 1")
    for words, told in (
        (["a.ipynb", "--kernel", "nope"], "there is no kernel `nope`; choose one with --kernel"),
        (["a.ipynb", "--save", "a.ipynb"], "the notebook itself is never written"),
        (["a.ipynb", "--save", "no/where.ipynb"], "there is no such folder"),
        (["."], "takes one notebook"),
        (["-"], "takes one notebook"),
        (["missing.ipynb"], "missing.ipynb: no such file or folder"),
        (["a.ipynb", "-p", "x"], "write NAME=VALUE"),
    ):
        result = run(*words)
        assert (result.exit_code, told in result.stderr) == (2, True), (words, result.output)
    monkeypatch.setitem(sys.modules, "nbclient", None)
    result = run("a.ipynb")
    assert result.exit_code == 2
    assert "pip install 'nbprod[run]'" in result.stderr


def test_what_is_no_notebook_or_no_python_is_not_run() -> None:
    Path("bad.ipynb").write_text("{", encoding="utf-8")
    assert run("bad.ipynb").exit_code == 1
    other = json.loads(write("print(1)").read_text(encoding="utf-8"))
    other["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    other["cells"][0]["source"] = ["library(dplyr)\nx <- 1"]
    Path("r.ipynb").write_text(json.dumps(other), encoding="utf-8")
    result = run("r.ipynb")
    assert "was not analysed" in result.stdout


def test_the_namespace_and_history_show_nothing_of_the_questions() -> None:
    state = "print(sorted(n for n in globals() if not n.startswith('_')), len(In))"
    write("x = 1", state)
    run("a.ipynb", "--save", "done.ipynb", "--verify-fixes")
    outputs = json.loads(Path("done.ipynb").read_text(encoding="utf-8"))["cells"][1]["outputs"]
    assert "".join(outputs[0]["text"]).strip().startswith("['In', 'Out', 'exit', 'get_ipython', ")
    assert "'x']" in "".join(outputs[0]["text"])


SAFE = "path = 'data.csv'  # nbprod: ignore[no-such-rule]"
"""A comment that silences nothing, which a safe fix takes out."""


def test_safe_fixes_keep_results() -> None:
    write(SAFE, "import random\nnoise = random.random()\nrows = list(range(9))")
    result = run("a.ipynb", "--verify-fixes")
    assert "with 1 safe fix applied, a run gives the same results" in result.stderr
    write("x = 1")
    assert "there is no safe fix to verify" in run("a.ipynb", "--verify-fixes").stderr


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ("rows = list(range(8))", "with 1 safe fix applied, a run gives other results: `rows`"),
        ("rows = 1 / 0", "with 1 safe fix applied, the notebook does not run to its end"),
    ],
)
def test_a_fix_that_changes_results_is_a_finding(changed: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaking(checker.Fixer):
        def check_notebook(self, notebook: Notebook, *_: Any, **__: Any) -> Outcome:
            repaired: Any = super().check_notebook(notebook)
            data = repaired.data.replace(b"rows = list(range(9))", changed.encode())
            repaired.fixed.data = data
            return repaired

    monkeypatch.setattr(checker, "Fixer", Breaking)
    write(SAFE, "rows = list(range(9))", "import random\nnoise = random.random()")
    result = run("a.ipynb", "--verify-fixes", "--output-format", "json")
    assert result.exit_code == 1
    assert found(result, "fix-changes-results")["message"] == message


class Rates(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"rates": {"GBP": 0.85, "PLN": 4.3}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def rates() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rates) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/latest"
        server.shutdown()


def test_the_production_example_runs_to_its_end(rates: str) -> None:
    shutil.copytree(EXAMPLES / "data", "data")
    shutil.copy(EXAMPLES / "churn_production.ipynb", ".")
    Path("requirements.txt").write_text("joblib==1\npandas==3\nrequests==2\nscikit-learn==1\n", encoding="utf-8")
    result = run("churn_production.ipynb", "-p", f"RATES_URL={rates}", "--output-format", "json")
    report = report_of(result)
    assert [item["message"] for item in report["findings"] if item["severity"] != "info"] == []
    assert result.exit_code == 0
    assert {"customers", "X_train", "model"} <= set(report["live"]["names"])


@pytest.mark.parametrize(("name", "cell"), [("churn_poc", 4), ("weekly_sales_report", 2)])
def test_the_proofs_of_concept_fail_where_they_say(name: str, cell: int) -> None:
    shutil.copytree(EXAMPLES / "data", "data")
    shutil.copy(EXAMPLES / f"{name}.ipynb", ".")
    result = run(f"{name}.ipynb", "--output-format", "json")
    assert result.exit_code == 1
    assert found(result, "cell-failed")["at"]["cell"]["index"] == cell
