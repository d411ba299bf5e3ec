"""What is wrong is seen, in the sidebar and in the cells."""

import re

from lab import Server, Sidebar
from playwright.sync_api import expect

GET = 'import requests\nr = requests.get("https://example.com/rates")'


def test_a_notebook_shows_its_findings_when_opened(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("open.ipynb", [GET + "\nr.json()", "%pip install pandas"]))
    expect(sidebar.card("http-without-timeout")).to_contain_text("requests.get has no timeout")
    expect(sidebar.card("http-without-timeout").locator("code").first).to_have_text("requests.get")
    expect(sidebar.panel.locator(".nbprod-Group > summary").first).to_contain_text("Before production")
    bar = sidebar.panel.locator(".nbprod-Bar")
    expect(bar).to_have_count(9)
    top = bar.first.bounding_box()
    bar.first.hover()
    expect(sidebar.panel.locator(".nbprod-Score-reason")).to_contain_text("Ideal conditions")
    assert bar.first.bounding_box() == top
    expect(sidebar.text(0).locator(".nbprod-mark-later")).not_to_have_count(0)
    expect(sidebar.page.locator(".nbprod-Status button")).to_have_attribute("title", re.compile("before production"))
    expect(sidebar.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="nbprod"]')).to_be_visible()


def test_a_finding_appears_while_typing_and_goes_when_mended(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("typing.ipynb", ["import requests", "x = 1"]))
    expect(sidebar.panel.locator(".nbprod-Summary")).to_be_visible()
    expect(sidebar.card("http-without-timeout")).to_have_count(0)
    sidebar.text(1).click()
    sidebar.page.keyboard.press("Control+End")
    sidebar.page.keyboard.type("\nrequests.get('https://example.com/é😀')")
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    expect(sidebar.text(1).locator(".nbprod-mark-later").first).to_be_visible()
    assert sidebar.text(1).evaluate("node => node.contains(document.activeElement)"), "typing goes on"
    sidebar.page.keyboard.press("Control+Shift+Home")
    sidebar.page.keyboard.press("Delete")
    expect(sidebar.card("http-without-timeout")).to_have_count(0)


def test_a_click_jumps_to_the_characters_in_a_long_windowed_notebook(server: Server, sidebar: Sidebar) -> None:
    server.set("@jupyterlab/notebook-extension", "tracker", windowingMode="full")
    try:
        cells = [f"a{index} = {index}" for index in range(199)]
        sidebar.open(server.write("long.ipynb", [*cells, '"😀"; ' + GET.replace("\n", "; ")]))
        sidebar.card("http-without-timeout").locator(".nbprod-Card-place").first.click()
        mark = sidebar.page.locator(".jp-Notebook .jp-mod-active .nbprod-mark-later").first
        expect(mark).to_be_visible(timeout=60_000)
        sidebar.page.wait_for_function("window.getSelection().toString().startsWith('requests.get(')")
        sidebar.page.evaluate("void window.jupyterapp.shell.currentWidget.content.scrollToItem(0)")
        expect(mark).not_to_be_in_viewport()
        sidebar.card("http-without-timeout").get_by_role("button", name="Apply", exact=True).click()
        mended = sidebar.page.locator(".jp-Notebook .cm-content", has_text="timeout=(3.05, 30)")
        expect(mended).to_be_in_viewport()
    finally:
        server.set("@jupyterlab/notebook-extension", "tracker")


def test_the_filter_is_kept_for_each_of_two_notebooks(server: Server, sidebar: Sidebar) -> None:
    server.write("other.ipynb", ["%pip install numpy"])
    sidebar.open(server.write("one.ipynb", [GET, "%pip install pandas"]))
    expect(sidebar.card("unpinned-install")).to_have_count(1)
    sidebar.panel.get_by_label("Filter findings").fill("timeout")
    expect(sidebar.cards).to_have_count(1)
    open_other = "window.jupyterapp.commands.execute('docmanager:open', {path: 'other.ipynb'})"
    sidebar.page.evaluate(f"void {open_other}")
    expect(sidebar.card("unpinned-install")).to_contain_text("numpy")
    expect(sidebar.panel.get_by_label("Filter findings")).to_have_value("")
    sidebar.page.locator(".lm-TabBar-tab", has_text="one.ipynb").click()
    expect(sidebar.panel.get_by_label("Filter findings")).to_have_value("timeout")
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    expect(sidebar.card("unpinned-install")).to_have_count(0)


def test_four_hundred_findings_are_shown_some_at_a_time(server: Server, sidebar: Sidebar) -> None:
    cells = [f"%pip install package{index}" for index in range(400)]
    sidebar.open(server.write("many.ipynb", cells))
    expect(sidebar.panel.locator(".nbprod-Summary")).to_contain_text(re.compile(r"\b40\d\b"), timeout=40_000)
    expect(sidebar.card("unpinned-install")).to_have_count(40)
    sidebar.panel.get_by_role("button", name="Show 40 more").click()
    expect(sidebar.card("unpinned-install")).to_have_count(80)


def test_nothing_is_asked_while_nothing_is_shown(server: Server, sidebar: Sidebar) -> None:
    server.set("nbprod", "plugin", underline=False)
    asked: list[str] = []
    sidebar.page.on("request", lambda request: asked.append(request.url) if "nbprod/analyse" in request.url else None)
    try:
        sidebar.open(server.write("quiet.ipynb", [GET]), show=False)
        sidebar.text(0).click()
        sidebar.page.keyboard.type("x")
        sidebar.page.wait_for_timeout(1500)
        assert asked == []
        sidebar.run("nbprod:toggle")
        expect(sidebar.panel.locator(".nbprod-Score, .nbprod-Summary").first).to_be_visible()
        assert len(asked) in {1, 2}, "for the findings, and for their fixes if those take long"
    finally:
        server.set("nbprod", "plugin")


MANY = [
    "import requests, pandas as pd, random",
    "a{0} = pd.read_csv('/home/anna/2021/{0}.csv')",
    "b{0} = requests.get('https://example.com/{0}')\nb{0}.json()",
    "%pip install package{0}",
    "try:\n    c{0} = 1\nexcept:\n    pass",
    "key{0} = 'sk_live_4eC39HqLyjWDarjtT1zdp7d{0}'",
]


def error_color(sidebar: Sidebar) -> str:
    probe = "node => { node.style.color = 'var(--jp-error-color1)'; return getComputedStyle(node).color; }"
    return str(sidebar.page.locator("body").evaluate(probe))


def scroll_to_the_last(sidebar: Sidebar) -> None:
    """A report that comes meanwhile draws the list anew: then once more, as a person would."""
    for attempt in range(3):
        sidebar.cards.last.scroll_into_view_if_needed()
        try:
            expect(sidebar.cards.last).to_be_in_viewport(timeout=5000)
        except AssertionError:
            if attempt == 2:
                raise
        else:
            return


def test_sixty_findings_of_many_rules_stay_usable_in_a_narrow_sidebar(server: Server, sidebar: Sidebar) -> None:
    server.set("nbprod", "plugin", profile="production")
    try:
        sidebar.open(server.write("sixty.ipynb", [cell.format(index) for index in range(15) for cell in MANY]))
        expect(sidebar.cards.first).to_be_visible()
        # It is an error and a note: the worse one is seen, and comes first in the hover.
        shared = sidebar.text(1).locator(".nbprod-mark-error.nbprod-mark-info").first
        expect(shared).to_have_css("text-decoration-color", error_color(sidebar))
        sidebar.hover_over(shared)
        expect(sidebar.page.locator(".cm-tooltip .cm-diagnosticSource").first).to_have_text("nbprod · hard-coded-path")
        expect(sidebar.page.locator(".cm-tooltip .cm-diagnostic")).not_to_have_count(1)
        sidebar.panel.locator("h2").first.hover()
        grouping = sidebar.panel.get_by_label("Group by")
        for width in (250, 400):
            sidebar.make_as_wide_as(width)
            for by in ("severity", "rule", "cell", "dimension"):
                grouping.select_option(by)
                sidebar.show_all()
                scroll_to_the_last(sidebar)
                assert sidebar.panel.evaluate("node => node.scrollWidth - node.clientWidth") == 0, (width, by)
        grouping.select_option("rule")
        assert sidebar.cards.count() >= 58
        group = sidebar.panel.locator(".nbprod-Group", has_text="unpinned-install").first
        expect(group.locator("summary").first).to_have_text("unpinned-install 15")
        group.locator("summary").first.click()
        expect(sidebar.card("unpinned-install").first).to_be_hidden()
    finally:
        server.set("nbprod", "plugin")


def test_what_stands_in_markdown_and_raw_cells_is_marked(server: Server, sidebar: Sidebar) -> None:
    text = "The reports are in postgresql://reports:k7Vt2q9x@db.shop.internal/sales"
    sidebar.open(server.write("secrets.ipynb", [f"#:markdown\n{text}", "x = 1", f"#:raw\n{text}"]))
    expect(sidebar.card("hard-coded-secret")).to_have_count(2)
    expect(sidebar.text(2).locator(".nbprod-mark-error").first).to_contain_text("k7Vt2q9x")
    sidebar.card("hard-coded-secret").first.locator(".nbprod-Card-place").click()
    expect(sidebar.text(0).locator(".nbprod-mark-error").first).to_contain_text("k7Vt2q9x")
    sidebar.page.wait_for_function("window.getSelection().toString().includes('k7Vt2q9x')")


def test_settings_are_followed_while_a_notebook_is_open(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("settings.ipynb", [GET]))
    expect(sidebar.panel.locator(".nbprod-Group > summary").first).to_contain_text("Before production")
    expect(sidebar.page.locator(".cm-gutter-lint")).to_have_count(0)
    mark = sidebar.text(0).locator(".nbprod-mark-later, .nbprod-mark-error")
    expect(mark.first).to_be_visible()
    open_settings = "window.jupyterapp.commands.execute('settingeditor:open', {query: 'Production readiness'})"
    sidebar.page.evaluate(f"void {open_settings}")
    form = sidebar.page.locator(".jp-SettingsForm")
    try:
        form.get_by_label("Mark findings beside the cells' text").check()
        form.get_by_label("Mark findings in the cells").uncheck()
        form.locator("select").first.select_option(label="Production: as strict as nbprod check")
        expect(sidebar.panel.locator(".nbprod-Group > summary").first).to_contain_text("Errors")
        sidebar.page.locator(".lm-TabBar-tab", has_text="settings.ipynb").click()
        expect(sidebar.page.locator(".jp-Notebook .cm-gutter-lint")).to_have_count(1)
        expect(mark).to_have_count(0)
        sidebar.page.locator(".lm-TabBar-tab", has_text=re.compile("^Settings$")).click()
        form.get_by_label("Mark findings in the cells").check()
        sidebar.page.locator(".lm-TabBar-tab", has_text="settings.ipynb").click()
        expect(mark.first).to_be_visible()
        expect(sidebar.page.locator(".jp-Notebook .cm-lint-marker")).to_have_count(1)
    finally:
        sidebar.page.wait_for_timeout(1500)  # the editor saves a moment later
        server.set("nbprod", "plugin")


def test_no_card_is_cut_off_however_narrow_the_sidebar(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("narrow.ipynb", [f"import requests\nr = requests.get('https://{'a' * 200}.com').json()"]))
    expect(sidebar.cards.first).to_be_visible()
    right_edge = "nodes => Math.max(...nodes.map(node => node.getBoundingClientRect().right))"
    limit = sidebar.page.locator("#jp-right-stack").evaluate("node => node.getBoundingClientRect().right")
    assert sidebar.panel.locator("*:visible").evaluate_all(right_edge) <= limit
