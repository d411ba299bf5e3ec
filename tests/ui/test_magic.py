"""`%nbprod` in a notebook: its panel of widgets, beside the sidebar and after it."""

from lab import READY, Server, Sidebar
from playwright.sync_api import Locator, expect

GET = "import requests\ndef ask():\n    return requests.get('https://example.com')"
FRAME = "import pandas as pd\ncustomers = pd.DataFrame({'customer_id': range(30)})"


def cards(output: Locator) -> Locator:
    return output.locator("[role=listitem]")


def insert(sidebar: Sidebar, cell: int, text: str) -> None:
    """Write at the end of a cell, and wait for the sidebar to have heard of it."""
    sidebar.text(cell).click()
    sidebar.page.keyboard.press("Control+End")
    sidebar.page.keyboard.insert_text(text)


def test_the_panel_shows_what_stands_on_the_screen(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("magic.ipynb", ["%load_ext nbprod", GET, "x = 1", "%nbprod --profile production"]))
    sidebar.execute(0)
    expect(sidebar.footer.locator('[data-analyser="kernel"]')).to_be_visible()
    insert(sidebar, 2, "\npath = '/home/maya/one.csv'")
    expect(sidebar.card("hard-coded-path")).to_have_count(1)
    sidebar.execute(3)
    output = sidebar.cell(3).locator(".jp-OutputArea-child").first
    expect(output).to_contain_text("Read from the notebook as JupyterLab shows it.")
    expect(output).to_contain_text("/home/maya/one.csv")
    all_shown = cards(output).count()
    output.get_by_label("Show").select_option("Errors")
    expect(cards(output).filter(has_text="WARNING")).to_have_count(0)
    assert 0 < cards(output).count() <= all_shown
    insert(sidebar, 2, "\nother = '/home/maya/two.csv'")
    expect(sidebar.card("hard-coded-path")).to_have_count(2)
    output.get_by_role("button", name="Check again").click()
    expect(output).to_contain_text("/home/maya/two.csv")


def test_a_saved_notebook_keeps_the_findings_without_the_kernel(server: Server, sidebar: Sidebar) -> None:
    name = server.write("kept.ipynb", ["%load_ext nbprod", GET, "%nbprod --profile production"])
    sidebar.open(name, show=False)
    for cell in range(3):
        sidebar.execute(cell)
    kept = sidebar.cell(2).locator(".jp-OutputArea-child").nth(1)
    expect(kept).to_contain_text("as the saved notebook keeps it")
    sidebar.run("docmanager:save")
    expect(sidebar.page.locator(".jp-mod-dirty")).to_have_count(0)
    sidebar.page.evaluate("window.jupyterapp.serviceManager.sessions.shutdownAll()")
    sidebar.page.goto(f"{server.url}/lab/tree/{name}?reset")
    sidebar.page.wait_for_function(READY)
    kept.locator("summary").first.click()
    expect(cards(kept).filter(has_text="requests.get has no timeout")).to_be_visible()


def test_a_contract_becomes_the_next_cell(server: Server, sidebar: Sidebar) -> None:
    cells = ["%load_ext nbprod", FRAME, "%nbprod contract customers --insert"]
    sidebar.open(server.write("contract.ipynb", cells), show=False)
    for cell in range(3):
        sidebar.execute(cell)
    expect(sidebar.text(3)).to_contain_text("CUSTOMERS_SCHEMA = pa.DataFrameSchema(")
