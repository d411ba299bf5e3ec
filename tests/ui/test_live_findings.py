"""What only the kernel knows, beside the cells: each finding says more, or is there at all, once cells have run."""

import pytest
from lab import Server, Sidebar
from playwright.sync_api import Locator, expect

CUSTOMERS = "zip,since,churned\n" + "".join(f"0{1000 + row},2026-01-{row % 28 + 1:02},{row % 2}\n" for row in range(60))
FLATS = "area,rent\n" + "".join(f"{'' if row % 4 == 0 else 30 + row},{400 + row}\n" for row in range(100))


@pytest.fixture
def files(server: Server) -> None:
    (server.root / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (server.root / "flats.csv").write_text(FLATS, encoding="utf-8")


def run_all(sidebar: Sidebar, count: int) -> None:
    """Run the cells one after the other, and wait until each has its number."""
    for index in range(count):
        sidebar.execute(index)
        expect(sidebar.cell(index).locator(".jp-InputPrompt")).to_have_text(f"[{index + 1}]:")
    expect(sidebar.footer.locator('[data-analyser="kernel"]')).to_be_visible()


def finding(sidebar: Sidebar, rule: str) -> Locator:
    """What the panel says of a rule, folded behind another finding at its place or not."""
    sidebar.show_all()
    sidebar.panel.locator(".nbprod-Card-others").evaluate_all("all => all.forEach(details => details.open = true)")
    return sidebar.panel.locator("article").filter(has=sidebar.page.get_by_role("button", name=rule, exact=True))


def live(sidebar: Sidebar, rule: str) -> Locator:
    """What the panel says of a rule, once the kernel is a witness to it."""
    expect(sidebar.panel.locator(".nbprod-Card-live").first).to_be_attached()
    found = finding(sidebar, rule)
    expect(found.locator(".nbprod-Card-live")).to_be_visible()
    return found


def test_types_that_were_guessed_wrong_are_named_and_written_out(server: Server, sidebar: Sidebar, files: None) -> None:
    load = 'import pandas as pd\ncustomers = pd.read_csv("customers.csv")'
    sidebar.open(server.write("types.ipynb", [load, 'customers.to_parquet("out.parquet")']))
    expect(sidebar.panel.locator(".nbprod-Card").first).to_be_visible()
    expect(finding(sidebar, "untyped-load")).to_contain_text("guesses the types from the rows of the day")
    run_all(sidebar, 1)
    card = live(sidebar, "untyped-load")
    expect(card).to_contain_text("zip")
    expect(card).to_contain_text("leading zeros")
    card.get_by_role("button", name="Apply").first.click()
    expect(sidebar.text(0)).to_contain_text("parse_dates")
    assert '"zip": "string"' in sidebar.source(0)


def test_rows_that_are_gone_are_counted(server: Server, sidebar: Sidebar, files: None) -> None:
    cells = [
        'import pandas as pd\nfrom sklearn.linear_model import LinearRegression\nflats = pd.read_csv("flats.csv")',
        "complete = flats.dropna()",
        'LinearRegression().fit(complete[["area"]], complete["rent"])',
    ]
    sidebar.open(server.write("rows.ipynb", cells))
    run_all(sidebar, 2)
    expect(live(sidebar, "silent-row-loss")).to_contain_text("25 of 100 rows (25 %)")


def test_a_result_of_code_that_was_edited_is_found_and_mended_by_running_it_again(
    server: Server, sidebar: Sidebar
) -> None:
    sidebar.open(server.write("hidden.ipynb", ["orders = [3, 5, 8]", "total = sum(orders)"]))
    run_all(sidebar, 2)
    expect(sidebar.card("hidden-kernel-state")).to_have_count(0)
    sidebar.text(0).click()
    sidebar.page.keyboard.press("Control+End")
    sidebar.page.keyboard.type("  + [900]".strip())
    card = live(sidebar, "hidden-kernel-state")
    expect(card).to_contain_text("cell 1 edited since run")
    card.get_by_role("button", name="Run cells 1, 2 again").click()
    expect(sidebar.card("hidden-kernel-state")).to_have_count(0)
    expect(sidebar.cell(1).locator(".jp-InputPrompt")).to_have_text("[4]:")


def test_an_import_of_a_deleted_cell_is_put_back(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("deleted.ipynb", ["import statistics as st", "rows = [1, 2]", "st.mean(rows)"]))
    run_all(sidebar, 3)
    sidebar.cell(0).locator(".jp-InputPrompt").click()
    sidebar.page.keyboard.press("d")
    sidebar.page.keyboard.press("d")
    card = live(sidebar, "run-all-name-error")
    expect(card).to_contain_text("deleted cell (In[1])")
    card.get_by_role("button", name="Apply").first.click()
    expect(sidebar.card("run-all-name-error")).to_have_count(0)
    assert "import statistics as st" in "\n".join(sidebar.source(index) for index in range(2))


def test_installs_are_pinned_to_what_runs(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("pins.ipynb", ["x = 1", "%pip install pandas"]))
    run_all(sidebar, 1)
    card = live(sidebar, "unpinned-install")
    card.get_by_role("button", name="Apply").first.click()
    expect(sidebar.card("unpinned-install")).to_have_count(0)
    assert sidebar.source(1).startswith("%pip install pandas==")


def test_the_age_of_a_file_is_told(server: Server, sidebar: Sidebar, files: None) -> None:
    load = 'import pandas as pd\nflats = pd.read_csv("flats.csv")'
    sidebar.open(server.write("age.ipynb", [load, 'flats.to_parquet("out.parquet")']))
    run_all(sidebar, 1)
    expect(live(sidebar, "static-data-file")).to_contain_text("last changed")
