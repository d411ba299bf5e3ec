"""The wheel, as users install it: without Node, into the oldest JupyterLab that we promise to work with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from installed import install, run
from lab import Server, Sidebar
from playwright.sync_api import Page, expect

OLDEST = ("jupyterlab==4.4.*", "notebook==7.4.*", "ipykernel")
GET = 'import requests\nr = requests.get("https://example.com/rates")'


@pytest.fixture(scope="module")
def oldest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of a fresh environment with the wheel in it."""
    return install(tmp_path_factory.mktemp("oldest"), wheel, *OLDEST)


@pytest.fixture
def server(oldest: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(oldest / "python", tmp_path_factory.mktemp("lab44")) as running:
        yield running


@pytest.fixture
def sidebar(server: Server, page: Page) -> Sidebar:
    return Sidebar(server, page)


def test_the_extensions_are_listed_as_enabled_and_ok(oldest: Path) -> None:
    lines = run(oldest / "jupyter", "labextension", "list").splitlines()
    (ours,) = [line for line in lines if "nbprod" in line]
    assert "enabled" in ours
    assert "OK" in ours
    assert any(
        "nbprod" in line and "OK" in line
        for line in run(oldest / "jupyter", "server", "extension", "list").splitlines()
    )


@pytest.mark.parametrize("application", ["lab/tree", "notebooks"])
def test_it_works_in_the_oldest_versions(server: Server, sidebar: Sidebar, application: str) -> None:
    sidebar.open(server.write("oldest.ipynb", ["x = 1", GET]), application=application)
    card = sidebar.card("http-without-timeout")
    expect(sidebar.text(1).locator(".nbprod-mark-later").first).to_be_visible()
    sidebar.execute(0)
    expect(sidebar.footer.locator('[data-analyser="kernel"]')).to_be_visible()
    card.get_by_role("button", name="Apply", exact=True).click()
    expect(sidebar.text(1)).to_contain_text("timeout=(3.05, 30)")
    expect(card).to_have_count(0)
    sidebar.text(1).click()
    sidebar.page.keyboard.press("Control+z")
    expect(sidebar.text(1)).not_to_contain_text("timeout=")
    expect(card).to_have_count(1)
