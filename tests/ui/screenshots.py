"""Takes the pictures in docs/images from examples/churn_poc.ipynb: python tests/ui/screenshots.py"""

import shutil
import sys
import tempfile
from pathlib import Path

from browsers import find_browser
from lab import Server, Sidebar
from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
NOTEBOOK = "churn_poc.ipynb"
WIDER = "() => window.jupyterapp.shell._hsplitPanel.setRelativeSizes([0, 0.62, 0.38])"


def opened(browser: Browser, server: Server) -> Sidebar:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, device_scale_factor=1.5)
    sidebar = Sidebar(server, page)
    sidebar.open(NOTEBOOK)
    expect(sidebar.cards.first).to_be_visible()
    page.evaluate("void window.jupyterapp.shell.collapseLeft()")
    page.evaluate(WIDER)
    page.wait_for_timeout(1500)
    return sidebar


def take(server: Server, browser: Browser) -> None:
    server.set("nbprod", "plugin", profile="production")
    for name, theme in {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}.items():
        server.set("@jupyterlab/apputils-extension", "themes", theme=theme)
        sidebar = opened(browser, server)
        page = sidebar.page
        sidebar.cards.first.locator(".nbprod-Card-place").first.click()
        page.wait_for_timeout(800)
        page.screenshot(path=IMAGES / f"sidebar-{name}.png")
        if name == "light":
            card = sidebar.panel.locator(".nbprod-Card", has=page.get_by_role("button", name="Preview")).first
            card.get_by_role("button", name="Preview").first.click()
            card.scroll_into_view_if_needed()
            page.wait_for_timeout(500)
            card.screenshot(path=IMAGES / "diff.png")
            mark = page.locator(".jp-Notebook .jp-mod-active .nbprod-mark-error").first
            mark.hover()
            expect(page.locator(".cm-tooltip .cm-diagnostic").first).to_be_visible()
            box = mark.bounding_box()
            assert box
            top = max(box["y"] - 420, 0)
            page.screenshot(path=IMAGES / "hover.png", clip={"x": 0, "y": top, "width": 860, "height": 520})
        page.close()


if __name__ == "__main__":
    expect.set_options(timeout=20_000)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        Server(Path(sys.executable), Path(home)) as running,
        sync_playwright() as playwright,
    ):
        shutil.copytree(ROOT / "examples", running.root, dirs_exist_ok=True)
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        take(running, chromium)
        chromium.close()
