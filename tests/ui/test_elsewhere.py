"""Several notebooks, other languages, the other application, and people who don't use a mouse."""

from pathlib import Path
from typing import Any

import pytest
from lab import Server, Sidebar
from playwright.sync_api import expect

GET = 'import requests\nr = requests.get("https://example.com/rates")'
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"]


def test_two_notebooks_side_by_side_keep_their_own_results(server: Server, sidebar: Sidebar) -> None:
    server.write("right.ipynb", ["%pip install numpy"])
    sidebar.open(server.write("left.ipynb", [GET]))
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    options = "{path: 'right.ipynb', options: {mode: 'split-right'}}"
    sidebar.page.evaluate(f"void window.jupyterapp.commands.execute('docmanager:open', {options})")
    expect(sidebar.card("unpinned-install")).to_have_count(1)
    expect(sidebar.page.locator(".jp-NotebookPanel .nbprod-mark-later:visible").first).to_be_visible()
    left = sidebar.page.locator(".jp-NotebookPanel").first
    left.locator(".cm-content").first.click()
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    expect(sidebar.card("unpinned-install")).to_have_count(0)
    assert left.locator(".nbprod-mark-later").count() > 0


def test_an_r_notebook_is_left_alone(server: Server, sidebar: Sidebar) -> None:
    spec = {
        "kernelspec": {"name": "ir", "display_name": "R", "language": "R"},
        "language_info": {"name": "R", "file_extension": ".r"},
    }
    sidebar.open(server.write("r.ipynb", ['library(dplyr)\nx <- read.csv("/home/me/a.csv")'], spec), show=False)
    sidebar.page.locator(".jp-Dialog").get_by_role("button", name="No Kernel").click()
    sidebar.run("nbprod:toggle")
    expect(sidebar.panel.locator(".nbprod-Message")).to_contain_text("Not analysed")
    expect(sidebar.page.locator(".jp-Notebook .cm-lintRange")).to_have_count(0)


def test_notebook_7_has_the_sidebar_and_the_marks(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("seven.ipynb", [GET]), application="notebooks")
    card = sidebar.card("http-without-timeout")
    expect(card).to_have_count(1)
    expect(sidebar.text(0).locator(".nbprod-mark-later").first).to_be_visible()
    assert sidebar.panel.evaluate("node => node.getBoundingClientRect().right - innerWidth") <= 0
    card.get_by_role("button", name="Apply", exact=True).click()
    expect(sidebar.text(0)).to_contain_text("timeout=(3.05, 30)")
    expect(card).to_have_count(0)
    sidebar.text(0).click()
    sidebar.page.keyboard.press("Control+z")
    expect(sidebar.text(0)).not_to_contain_text("timeout=")


def test_everything_is_done_with_the_keyboard(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("keys.ipynb", ["x = 1", GET, "%pip install pandas"]), show=False)
    press = sidebar.page.keyboard.press
    expect(sidebar.text(1).locator(".nbprod-mark-later").first).to_be_visible()
    sidebar.page.locator(".jp-Notebook").focus()
    press("F8")
    sidebar.page.wait_for_function("window.getSelection().toString().startsWith('requests.get(')")
    press("F8")
    sidebar.page.wait_for_function("window.getSelection().toString().startsWith('%pip')")
    press("Shift+F8")
    sidebar.page.wait_for_function("window.getSelection().toString().startsWith('requests.get(')")
    press("Control+Shift+.")
    expect(sidebar.card("http-without-timeout")).to_have_attribute("aria-current", "true")
    expect(sidebar.card("http-without-timeout").locator(".nbprod-Card-message").first).to_be_focused()
    for _ in range(2):
        press("Tab")
    press("Enter")
    expect(sidebar.card("http-without-timeout").locator(".nbprod-Merge").first).to_be_visible()
    press("Shift+Tab")
    press("Enter")
    expect(sidebar.text(1)).to_contain_text("timeout=(3.05, 30)")
    expect(sidebar.card("http-without-timeout")).to_have_count(0)
    expect(sidebar.cards.locator(".nbprod-Card-message:focus")).to_have_count(1)
    press("Escape")
    sidebar.page.wait_for_function("document.querySelector('.jp-Notebook').contains(document.activeElement)")


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_no_violation(server: Server, sidebar: Sidebar, theme: str) -> None:
    server.set("@jupyterlab/apputils-extension", "themes", theme=theme)
    try:
        sidebar.open(server.write("axe.ipynb", [GET + "\nr.json()", GET, "%pip install pandas"]))
        card = sidebar.card("http-without-timeout").first
        card.get_by_role("button", name="Preview").click()
        card.get_by_role("button", name="Ignore").click()
        sidebar.page.wait_for_timeout(500)
        sidebar.page.add_script_tag(path=AXE)
        assert violations(sidebar, ".nbprod-Panel") == []
        assert violations(sidebar, ".nbprod-Status") == []
        card.get_by_role("button", name="http-without-timeout").click()
        expect(sidebar.panel.get_by_role("heading").first).to_be_visible()
        assert violations(sidebar, ".nbprod-Panel") == []
    finally:
        server.set("@jupyterlab/apputils-extension", "themes", theme="JupyterLab Light")


def violations(sidebar: Sidebar, selector: str) -> list[Any]:
    run = f"axe.run('{selector}').then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))"
    return list(sidebar.page.evaluate(run))
