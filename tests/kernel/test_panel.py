"""The panel as widgets, made without a front end: what it shows, filters and refreshes."""

import builtins
import threading
from typing import Any

import html5lib
import ipywidgets
import pytest
from consoles import Console

GET = 'import requests\nrequests.get("https://example.com")'
EVIL = "</div><script>alert(1)</script><img src=x onerror=alert(1)>"
WIDGET = "application/vnd.jupyter.widget-view+json"


def panel(console: Console, *lines: str) -> Any:
    """The widgets that the last of some cells displays to somebody, before what a saved notebook keeps."""
    console.watch()
    console.run(*lines)
    shown, kept = console.shown[-2:]
    assert set(kept) == {"text/plain", "text/html"}
    assert kept["text/html"].startswith("<details><summary>")
    return ipywidgets.widgets.widget._instances[shown[WIDGET]["model_id"]]


def parts(box: Any) -> tuple[Any, Any, Any, Any]:
    head, tools, findings = box.children
    severity, refresh = tools.children
    return head, severity, refresh, findings


def everything(widget: Any) -> list[Any]:
    return [widget, *(inner for child in getattr(widget, "children", ()) for inner in everything(child))]


@pytest.fixture(autouse=True)
def requests_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    monkeypatch.setattr(requests, "get", lambda *_args, **_more: None)


def test_it_is_made_of_core_widgets(console: Console) -> None:
    widgets = everything(panel(console, GET, "%nbprod"))
    assert {type(widget) for widget in widgets} <= {
        ipywidgets.VBox, ipywidgets.HBox, ipywidgets.HTML, ipywidgets.Dropdown, ipywidgets.Button,
    }  # fmt: skip
    assert all(widget.description for widget in widgets if isinstance(widget, ipywidgets.Dropdown | ipywidgets.Button))


def test_it_shows_the_score_and_the_findings(console: Console) -> None:
    head, severity, _, findings = parts(panel(console, GET, "%nbprod --profile production"))
    assert "Production readiness: 57 of 100, level D" in head.value
    assert "http-without-timeout" in findings.value
    assert "user-select:all" in findings.value
    assert severity.value == "warning"


def test_a_choice_of_severity_filters(console: Console) -> None:
    _, severity, _, findings = parts(panel(console, "import os", GET, "%nbprod --profile production"))
    shown = findings.value.count('role="listitem"')
    severity.value = "info"
    assert findings.value.count('role="listitem"') > shown
    severity.value = "error"
    assert 0 < findings.value.count('role="listitem"') <= shown
    assert "WARNING" not in findings.value


def test_the_button_checks_the_notebook_as_it_is_now(
    console: Console, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    head, _, refresh, findings = parts(panel(console, "x = 1", "%nbprod --profile production"))
    assert "http-without-timeout" not in findings.value
    console.run(GET)
    before, count = set(console.shell.user_ns), len(console.shown)
    thread = threading.Thread(target=refresh.click)  # as a subshell does
    thread.start()
    thread.join()
    assert "http-without-timeout" in findings.value
    assert "level D" in head.value
    assert (set(console.shell.user_ns), len(console.shown)) == (before, count)
    assert capsys.readouterr() == ("", "")
    assert not refresh.disabled


def test_a_failure_is_told_in_the_panel(console: Console, tmp_path: Any) -> None:
    head, _, refresh, _ = parts(panel(console, "x = 1", "%nbprod"))
    (tmp_path / "nbprod.toml").write_text('"<b>" = 1', encoding="utf-8")
    refresh.click()
    assert 'role="alert"' in head.value
    assert "&lt;b&gt;" in head.value
    (tmp_path / "nbprod.toml").unlink()
    refresh.click()
    assert 'role="alert"' not in head.value


def test_nothing_of_a_hostile_cell_becomes_markup(console: Console) -> None:
    cell = f'import requests\nrequests.get("https://e.com", params="""{EVIL}""")  # {EVIL}'
    box = panel(console, cell, f'open("/home/joe/{EVIL}.csv", "w")', "%nbprod --profile production --show info")
    values = [widget.value for widget in everything(box) if isinstance(widget, ipywidgets.HTML)]
    for value in (*values, console.shown[-1]["text/html"]):
        tree = html5lib.HTMLParser(strict=True).parseFragment(value)
        names = {str(element.tag).rpartition("}")[2] for element in tree.iter()}
        assert not names & {"script", "img", "style", "iframe", "object", "link", "form"}
        assert not {name for element in tree.iter() for name in element.attrib if name.startswith(("on", "src"))}
    assert any("&lt;script&gt;" in value for value in values)


def test_without_ipywidgets_there_is_text_and_html(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *args: Any, **more: Any) -> Any:
        if name == "ipywidgets":
            raise ImportError(name)
        return original(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    console.watch()
    console.run(GET, "%nbprod")
    (shown,) = console.shown
    assert set(shown) == {"text/plain", "text/html"}
    assert "<summary>The same" not in shown["text/html"]
