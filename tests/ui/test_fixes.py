"""Fixes are edits that can be seen before and undone after."""

import re

from lab import Server, Sidebar
from playwright.sync_api import expect

GET = 'import requests\nr = requests.get("https://example.com/rates")'
FIXED = "timeout=(3.05, 30)"


def test_a_fix_is_previewed_applied_and_undone_with_one_key(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("fix.ipynb", [GET]))
    card = sidebar.card("http-without-timeout")
    card.get_by_role("button", name="Preview").click()
    expect(card.locator(".nbprod-Merge .cm-changedLine, .nbprod-Merge .cm-insertedLine").first).to_contain_text(FIXED)
    expect(sidebar.text(0)).not_to_contain_text(FIXED)
    sidebar.text(0).click()
    sidebar.page.keyboard.press("Control+End")
    sidebar.page.keyboard.type("\nprint(r)")
    expect(sidebar.panel.locator(".nbprod-mod-stale .nbprod-Merge")).to_contain_text(FIXED)  # it stays meanwhile
    expect(sidebar.panel.locator(".nbprod-mod-stale")).to_have_count(0)
    card.get_by_role("button", name="Apply", exact=True).click()
    expect(sidebar.text(0)).to_contain_text(FIXED)
    expect(card).to_have_count(0)
    sidebar.text(0).click()
    sidebar.page.keyboard.press("Control+z")
    expect(sidebar.text(0)).not_to_contain_text(FIXED)
    expect(sidebar.text(0)).to_contain_text("print(r)")
    expect(card).to_have_count(1)
    expect(sidebar.text(0).locator(".nbprod-mark-later").first).to_be_visible()


def test_all_findings_of_a_rule_are_fixed_together_and_undone_together(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("all.ipynb", [GET, "requests.post('https://example.com/😀')", "y = 1"]))
    sidebar.card("http-without-timeout").first.get_by_role("button", name="Fix all 2").click()
    preview = sidebar.panel.locator(".nbprod-Confirm .nbprod-Merge")
    expect(preview).to_have_count(2)
    sidebar.text(0).click()
    sidebar.page.keyboard.press("Control+Home")
    sidebar.page.keyboard.type("# before it was confirmed\n")
    expect(preview.first).to_contain_text("# before it was confirmed")
    sidebar.panel.get_by_role("button", name="Apply 2 fixes").click()
    expect(sidebar.text(1)).to_contain_text(FIXED)
    assert sidebar.source(0) == f"# before it was confirmed\n{GET[:-1]}, {FIXED})"
    expect(sidebar.card("http-without-timeout")).to_have_count(0)
    sidebar.page.locator(".jp-toast-button, .Toastify__toast button", has_text="Undo").click()
    expect(sidebar.text(0)).not_to_contain_text(FIXED)
    expect(sidebar.text(1)).not_to_contain_text(FIXED)
    expect(sidebar.card("http-without-timeout")).to_have_count(2)


def test_all_safe_fixes_are_applied_with_one_preview(server: Server, sidebar: Sidebar) -> None:
    unused = "x = 1  # nbprod: ignore[http-without-timeout] -- was needed once"
    sidebar.open(server.write("safe.ipynb", [unused, unused.replace("x", "y")]))
    sidebar.panel.get_by_role("button", name="Apply all 2 safe fixes").click()
    sidebar.panel.get_by_role("button", name="Apply 2 fixes").click()
    expect(sidebar.text(1)).to_have_text("y = 1")
    assert sidebar.source(0) == "x = 1"
    expect(sidebar.card("unused-ignore")).to_have_count(0)
    sidebar.cell(1).locator(".jp-InputPrompt").click()
    sidebar.page.keyboard.press("z")
    expect(sidebar.text(1)).to_contain_text("was needed once")


def test_a_finding_is_ignored_with_a_reason_on_its_line(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("ignore.ipynb", [GET]))
    card = sidebar.card("http-without-timeout")
    card.get_by_role("button", name="Ignore").click()
    expect(card.get_by_label("Why http-without-timeout is ignored")).to_be_focused()
    sidebar.page.keyboard.type("the proxy has one")
    sidebar.page.keyboard.press("Enter")
    expect(card).to_have_count(0)
    assert sidebar.source(0).endswith("  # nbprod: ignore[http-without-timeout] -- the proxy has one")
    expect(sidebar.footer).to_contain_text("1 ignored")
    expect(sidebar.text(0).locator(".nbprod-mark-later")).to_have_count(0)


def test_a_rule_is_ignored_in_a_notebook(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("ignored.ipynb", [GET, "requests.get('https://example.com/b')"]))
    card = sidebar.card("http-without-timeout").first
    card.get_by_role("button", name="Ignore").click()
    card.get_by_label("Why").fill("a demo")
    card.get_by_label("Where").select_option("notebook")
    card.locator("form").get_by_role("button", name="Ignore").click()
    expect(sidebar.card("http-without-timeout")).to_have_count(0)
    metadata = sidebar.page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.model.sharedModel.getMetadata('nbprod')"
    )
    assert metadata == {"ignore": {"http-without-timeout": "a demo"}}


def test_a_rule_is_ignored_in_a_cell_and_that_is_undone(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("tagged.ipynb", [GET, "requests.get('https://example.com/b')"]))
    card = sidebar.card("http-without-timeout").first
    card.get_by_role("button", name="Ignore").click()
    card.get_by_label("Where").select_option("cell")
    expect(card.get_by_label("Why")).to_be_disabled()
    card.locator("form").get_by_role("button", name="Ignore").click()
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    expect(sidebar.text(0).locator(".nbprod-mark-later")).to_have_count(0)
    assert sidebar.tags(0) == ["nbprod-ignore-http-without-timeout"]
    sidebar.cell(1).locator(".jp-InputPrompt").click()
    sidebar.page.keyboard.press("z")
    expect(sidebar.card("http-without-timeout")).to_have_count(2)
    assert sidebar.tags(0) is None


def test_a_cell_that_a_fix_inserts_is_shown_before_and_undone(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("insert.ipynb", ["import pandas as pd", "a = pd.read_csv('/home/anna/2021.csv')"]))
    card = sidebar.card("hard-coded-path")
    card.get_by_role("button", name="Preview").first.click()
    expect(card.locator(".nbprod-Diff figcaption").first).to_contain_text("tagged parameters")
    card.get_by_role("button", name="Apply", exact=True).first.click()
    expect(sidebar.text(2)).to_have_text("a = pd.read_csv(INPUT_CSV)")
    cells = sidebar.page.locator(".jp-Notebook .jp-Cell")
    expect(cells).to_have_count(3)
    sidebar.cell(2).locator(".jp-InputPrompt").click()
    sidebar.page.keyboard.press("z")
    expect(cells).to_have_count(2)
    expect(sidebar.text(1)).to_contain_text("/home/anna")
    expect(card).to_have_count(1)


def test_an_output_is_found_cleared_and_brought_back(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("output.ipynb", ["x = 1", "1 / 0"]))
    expect(sidebar.panel.locator(".nbprod-Summary")).to_be_visible()
    expect(sidebar.card("saved-error-output")).to_have_count(0)
    sidebar.execute(1)
    output = sidebar.cell(1).locator(".jp-OutputArea-output")
    expect(output).to_contain_text("ZeroDivisionError")
    card = sidebar.card("saved-error-output")
    expect(card).to_have_count(1)
    sidebar.show_all()
    card.get_by_role("button", name="Preview").click()
    expect(card.locator(".nbprod-Diff")).to_contain_text("The outputs of cell 2 are cleared.")
    card.get_by_role("button", name="Apply", exact=True).click()
    expect(output).to_have_count(0)
    expect(card).to_have_count(0)
    sidebar.page.locator(".Toastify__toast button", has_text="Undo").click()
    expect(output).to_contain_text("ZeroDivisionError")
    expect(card).to_have_count(1)


def test_the_hover_explains_and_fixes(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("hover.ipynb", [GET]), show=False)
    hover = sidebar.hover_over(sidebar.text(0).locator(".nbprod-mark-later").first)
    expect(hover).to_contain_text("requests.get has no timeout")
    expect(hover.locator("code").first).to_have_text("requests.get")
    expect(hover).to_contain_text("Fix: Give the request a timeout (changes behaviour)")
    hover.get_by_role("button", name="Fix").click()
    expect(sidebar.text(0)).to_contain_text(FIXED)


def test_the_page_of_a_rule_opens_beside_the_notebook(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("page.ipynb", [GET, *(f"%pip install package{index}" for index in range(20))]))
    sidebar.card("http-without-timeout").get_by_role("button", name="http-without-timeout").click()
    expect(sidebar.panel.get_by_role("heading", name=re.compile("Why is this bad"))).to_be_visible()
    expect(sidebar.panel.get_by_text("Fixed (unsafe):")).to_be_visible()
    sidebar.page.keyboard.press("Escape")
    expect(sidebar.card("http-without-timeout")).to_be_visible()
    last = sidebar.card("unpinned-install").last
    last.get_by_role("button", name="unpinned-install").click()
    expect(sidebar.panel.get_by_role("heading", name=re.compile("Why is this bad"))).to_be_visible()
    sidebar.page.keyboard.press("Escape")
    expect(last).to_be_in_viewport()  # the list is where it was left
