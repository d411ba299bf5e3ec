"""The page that `nbprod check --output-format html` writes, in a real browser."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

HOSTILE = "</script><script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"


@pytest.fixture
def report(tmp_path: Path, page: Page) -> Page:
    """The page of two notebooks, opened; nothing may be refused or fail in it."""
    address = f"https://x.example/{HOSTILE}"
    for name, source in (
        ("a.ipynb", f"import requests\nprint(requests.get({address!r}).json())"),
        ("b.ipynb", "x = 1"),
    ):
        cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        (tmp_path / name).write_text(json.dumps(notebook), encoding="utf-8")
    target = tmp_path / "report.html"
    check = [sys.executable, "-m", "nbprod", "check", str(tmp_path), "--output-format", f"html:{target}"]
    assert subprocess.run(check, check=False).returncode == 1
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(target.as_uri())
    assert complaints == []
    return page


def test_the_page_runs_its_script_and_nothing_of_a_notebook(report: Page) -> None:
    expect(report).to_have_title("nbprod: 2 notebooks")
    expect(report.locator("#filters")).to_be_visible()
    expect(report.locator("pre").first).to_contain_text("onerror")


def test_filters_hide_findings(report: Page) -> None:
    findings = report.locator("article")
    everything = findings.count()
    assert everything > 1
    report.get_by_label("Rule").select_option("http-without-timeout")
    expect(findings.filter(visible=True)).to_have_count(1)
    expect(report.get_by_text(f"1 of {everything} findings")).to_be_visible()
    report.get_by_role("checkbox", name="error").uncheck()
    expect(findings.filter(visible=True)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_colours_of_the_system(report: Page, scheme: str) -> None:
    report.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    ground = report.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}[scheme]
