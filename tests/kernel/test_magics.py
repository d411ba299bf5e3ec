"""`%nbprod` in a real IPython shell: what it says, and what it leaves alone."""

import json
import random
import warnings
from pathlib import Path
from typing import Any

import pytest
from consoles import Console

from nbprod.live import LiveNotebook
from nbprod.protocol import PROTOCOL_VERSION, Severity

GET = 'import requests\ndef ask():\n    return requests.get("https://example.com")'
FRAME = "import pandas as pd\ncustomers = pd.DataFrame({'customer_id': range(30), 'plan': ['a', 'b'] * 15})"


def saved(path: Path, *cells: str) -> Path:
    built = [{"cell_type": "code", "metadata": {}, "source": c, "outputs": [], "execution_count": None} for c in cells]
    path.write_text(json.dumps({"cells": built, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def pushed(live: LiveNotebook, **cells: str) -> None:
    """Let a front end send cells, by their ids."""
    changed = [{"id": name, "type": "code", "revision": 1, "source": source} for name, source in cells.items()]
    request = {"kind": "analyse", "version": PROTOCOL_VERSION, "revision": 1, "path": "lab.ipynb", "metadata": {}}
    assert live.answer({**request, "order": list(cells), "changed": changed})["kind"] == "report"


# -- what it says ---------------------------------------------------------------------------------


def test_it_checks_the_cells_that_ran(console: Console) -> None:
    console.run(GET, "%nbprod")
    (bundle,) = console.shown
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"].startswith("Read from executed cells only.\n")
    assert "\nerror[http-without-timeout][*]" in bundle["text/plain"]
    assert "http-without-timeout" in bundle["text/html"]


def test_a_person_explores_and_a_machine_does_not(console: Console) -> None:
    console.run(GET, "%nbprod")
    console.watch()
    console.run("%nbprod", "%nbprod --profile production --show error")
    unwatched, watched, chosen = (bundle["text/html"] for bundle in console.shown if "text/html" in bundle)
    assert "Profile production" in unwatched
    assert "Profile explore" in watched
    assert "Before production" in watched
    assert "Profile production" in chosen


def test_a_kernel_of_another_kind_gets_text_and_html(console: Console) -> None:
    console.shell.kernel = object()
    console.run(GET, "%nbprod")
    assert set(console.shown[0]) == {"text/plain", "text/html"}


def test_the_score(console: Console) -> None:
    text = console.run(GET, "%nbprod score")
    assert "level D" in text
    assert "http-without-timeout" in text
    assert text.endswith("Read from executed cells only.\n")


def test_a_rule_is_explained(console: Console) -> None:
    console.run("%nbprod why http-without-timeout")
    (bundle,) = console.shown
    assert bundle["text/markdown"].startswith("# http-without-timeout\n")


def test_help_names_every_command(console: Console) -> None:
    text = console.run("%nbprod help")
    commands = [line.split()[1] for line in text.splitlines() if line.startswith("%nbprod ")]
    assert commands == ["check", "score", "contract", "why", "help", "takes"] or "score" in commands


def test_the_contract_of_a_table_runs(console: Console) -> None:
    text = console.run(FRAME, "%nbprod contract customers")
    (bundle,) = console.shown
    code = bundle["text/plain"]
    assert code.startswith("import pandera.pandas as pa\n\n")
    assert '"customer_id": pa.Column("int64", unique=True)' in code
    assert bundle["text/markdown"] == f"```python\n{code}\n```"
    assert "pip install" not in text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        console.run(code)
    assert type(console.shell.user_ns["CUSTOMERS_SCHEMA"]).__name__ == "DataFrameSchema"


def test_the_contract_goes_into_the_next_cell(console: Console) -> None:
    console.run(FRAME, "%nbprod contract customers --insert")
    assert console.shown == []
    assert console.shell.rl_next_input.startswith("import pandera.pandas as pa")


def test_a_fence_holds_a_name_with_a_fence(console: Console) -> None:
    console.run("import pandas as pd\nodd = pd.DataFrame({'```': [1]})", "%nbprod contract odd")
    assert console.shown[0]["text/markdown"].startswith("````python\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("scor", "there is no `%nbprod scor`; did you mean `score`?"),
        ("xyz", "there is no `%nbprod xyz`; `%nbprod help` lists what there is"),
        ("score now", "`%nbprod score` takes no further words; `%nbprod help` lists what there is"),
        ("contract", "`%nbprod contract` takes one name; `%nbprod help` lists what there is"),
        ("contract customer", "this session holds nothing called `customer`; did you mean `customers`?"),
        ("contract ask", "a contract is written for tables of pandas, and `ask` is `function`"),
        ("contract customers --instert", "has no option `--instert`; did you mean `--insert`?"),
        (
            "--profile produktion",
            "`--profile` takes explore or production, not `produktion`; did you mean `production`?",
        ),
        ("check --show", "`--show` takes error or warning or info, not ``"),
        ("why unbounded-pol", "there is no rule `unbounded-pol`; did you mean `unbounded-poll`?"),
        ("why 'x", "No closing quotation"),
    ],
)
def test_a_mistake_is_told(console: Console, line: str, message: str) -> None:
    text = console.run(GET, FRAME, f"%nbprod {line}")
    assert text.startswith("UsageError: ")
    assert message in text
    assert console.shown == []


def test_a_wrong_configuration_is_told(console: Console) -> None:
    Path("nbprod.toml").write_text("ignor = []", encoding="utf-8")
    text = console.run("%nbprod")
    assert "UsageError: " in text
    assert "did you mean `ignore`?" in text


def test_a_line_is_completed(console: Console) -> None:
    from IPython.core.completer import provisionalcompleter

    console.run(FRAME)
    cases = {"sc": "score", "why unbounded-": "unbounded-poll", "contract cu": "customers", "check --pro": "--profile"}
    for line, expected in cases.items():
        text = f"%nbprod {line}"
        with provisionalcompleter():
            found = list(console.shell.Completer.completions(text, len(text)))
        assert text[: found[-1].start] + expected in [text[: item.start] + item.text for item in found]


def test_it_can_be_unloaded(console: Console) -> None:
    console.run("%unload_ext nbprod")
    assert "not found" in console.run("%nbprod help")


# -- where the cells come from --------------------------------------------------------------------


def test_what_the_front_end_shows_goes_before_a_file(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbprod.kernel.attached import note_asked

    first, second = LiveNotebook("kernel"), LiveNotebook("kernel")
    for live, url in ((first, "https://one.example"), (second, "https://two.example")):
        pushed(live, **{f"of {url}": f'import requests\nrequests.get("{url}")', f"at {url}": "%nbprod"})
        note_asked(live)
    monkeypatch.setenv("JPY_SESSION_NAME", str(saved(Path.cwd() / "saved.ipynb", "x = 1")))
    console.run("%nbprod")
    console.watch(cell="at https://one.example")
    console.run("%nbprod")
    latest, own = (bundle["text/html"] for bundle in console.shown if "text/html" in bundle)
    assert "two.example" in latest
    assert "one.example" in own
    assert "Read from the notebook as JupyterLab shows it." in own
    console.run("%nbprod --show info")
    assert "before the last edits" in console.shown[-1]["text/html"]


def test_a_front_end_that_went_is_forgotten(console: Console) -> None:
    from nbprod.kernel.attached import latest_pushed, note_asked

    live = LiveNotebook("kernel")
    pushed(live, a="x = 1")
    note_asked(live)
    assert latest_pushed() is live.latest
    del live
    assert latest_pushed() is None


@pytest.mark.parametrize("of", ["jupyter", "vscode"])
def test_a_saved_file(console: Console, monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    path = str(saved(Path.cwd() / "saved <b>.ipynb", GET))
    if of == "jupyter":
        monkeypatch.setenv("JPY_SESSION_NAME", path)
    else:
        console.shell.user_ns["__vsc_ipynb_file__"] = path
    console.run("x = 1", "%nbprod")
    html = console.shown[0]["text/html"]
    assert "Read from the file saved &lt;b&gt;.ipynb, saved just now: what was edited since is not seen." in html
    assert "http-without-timeout" in html


@pytest.mark.parametrize("name", ["gone.ipynb", "", "RTC:a.ipynb", "bad.ipynb", "\0"])
def test_a_file_that_is_none_is_passed_over(console: Console, name: str) -> None:
    Path("bad.ipynb").write_text("{", encoding="utf-8")
    console.shell.user_ns["__vsc_ipynb_file__"] = name
    console.run("%nbprod")
    assert "Read from executed cells only" in console.shown[0]["text/html"]


def test_colab_is_asked_for_its_document(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import types

    ipynb = json.loads(saved(Path("colab.ipynb"), GET).read_text(encoding="utf-8"))
    colab, message = types.ModuleType("google.colab"), types.ModuleType("google.colab._message")
    message.blocking_request = lambda kind, timeout_sec: {"ipynb": ipynb}  # type: ignore[attr-defined]
    colab._message = message  # type: ignore[attr-defined]
    for module in (types.ModuleType("google"), colab, message):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    console.run("%nbprod")
    assert "Read from the notebook as Colab shows it." in console.shown[0]["text/html"]
    message.blocking_request = lambda kind, timeout_sec: None  # type: ignore[attr-defined]
    console.run("%nbprod")
    assert "Read from executed cells only." in console.shown[1]["text/html"]


def test_a_cell_that_ran_twice_is_one(console: Console) -> None:
    console.run(GET, "x = 1", GET, "%nbprod")
    assert console.shown[0]["text/plain"].count("error[http-without-timeout]") == 1


# -- what it leaves alone -------------------------------------------------------------------------


def state(console: Console) -> dict[str, Any]:
    shell = console.shell
    return {
        "names": {name: id(value) for name, value in shell.user_ns.items() if not name.startswith("_i")},
        "Out": dict(shell.user_ns["Out"]),
        "filters": list(warnings.filters),
        "random": random.getstate(),
        "hidden": {name for name in shell.user_ns_hidden if not name.startswith("_i")},
    }


def test_the_session_stays_the_users(console: Console) -> None:
    console.run(GET, FRAME, "41 + 1")
    before, count = state(console), console.shell.execution_count
    lines = ("", "score", "contract customers", "why no-owner", "help", "nonsense")
    for number, line in enumerate(lines, start=1):
        console.run(f"%nbprod {line}")
        assert state(console) == before, line
        assert console.shell.execution_count == count + number


def test_no_class_of_the_users_is_touched(console: Console) -> None:
    trap = """
class Trap:
    def __getattribute__(self, name):
        touched.append(name)
        return object.__getattribute__(self, name)
    def __eq__(self, other):
        touched.append("==")
    __hash__ = None
touched, pa, __vsc_ipynb_file__ = [], Trap(), Trap()
"""
    console.run(FRAME, trap, "touched.clear()", "%nbprod", "%nbprod contract customers", "%nbprod contract pa")
    assert console.shell.user_ns["touched"] == []
    assert "import pandera.pandas as pandera_pandas" in console.shown[-1]["text/plain"]


@pytest.mark.parametrize("is_run", [True, False])
@pytest.mark.parametrize("name", ["churn_poc", "weekly_sales_report"])
def test_the_magic_itself_is_no_finding(name: str, is_run: bool) -> None:
    from nbprod.api import check

    path = Path(__file__).parents[2] / "examples" / f"{name}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    before = {(found.rule, found.message) for found in check(path, profile="production").findings}
    lines = ("%load_ext nbprod", "%nbprod", "%nbprod score", "%nbprod contract df --insert", "%nbprod why no-owner")
    for count, line in enumerate(lines, start=100):
        cell = {"cell_type": "code", "metadata": {}, "source": line, "outputs": [], "id": f"nbprod-{count}"}
        notebook["cells"].append({**cell, "execution_count": count if is_run else None})
    data = json.dumps(notebook).encode()
    after = {(found.rule, found.message) for found in check(data, path=path, profile="production").findings}
    assert after == before
    assert any(found.severity is Severity.ERROR for found in check(path, profile="production").findings)
