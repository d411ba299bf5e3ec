"""A real JupyterLab in a real Chromium: one server for all tests, one page for each."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsers import find_browser
from installed import run
from lab import Server, Sidebar
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of all tests; its folder holds what they write."""
    with Server(Path(sys.executable), tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What users install."""
    folder = tmp_path_factory.mktemp("wheels")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ".")
    (built,) = folder.glob("nbprod-*.whl")
    return built


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    executable = find_browser()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of its own, on which our code may not say a word to the console."""
    context = browser.new_context(viewport={"width": 1500, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "nbprod" in message.text else None)
    # Notebook 7.6 itself has an uncaught error at each start: only those that name us are ours.
    page.on(
        "pageerror", lambda error: said.append(str(error.stack)) if "extensions/nbprod" in str(error.stack) else None
    )
    yield page
    if os.environ.get("NBPROD_SHOTS"):
        name = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0]
        page.screenshot(path=Path(os.environ["NBPROD_SHOTS"]) / f"{name}.png")
    context.close()
    assert said == []


@pytest.fixture
def sidebar(server: Server, page: Page) -> Iterator[Sidebar]:
    """Opens notebooks and speaks of what the sidebar shows."""
    yield Sidebar(server, page)
    page.evaluate("window.jupyterapp?.serviceManager.sessions.shutdownAll()")  # else they crowd the machine
