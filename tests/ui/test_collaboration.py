"""Two people in one notebook: in an environment of its own, since jupyter-collaboration changes all of JupyterLab."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from installed import install
from lab import Server, Sidebar
from playwright.sync_api import Browser, expect

GET = 'import requests\nr = requests.get("https://example.com/rates")'
FIXED = "timeout=(3.05, 30)"


@pytest.fixture
def two(wheel: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Sidebar]]:
    packages = ("jupyterlab>=4.4,<5", "ipykernel", "jupyter-collaboration>=4")
    programs = install(tmp_path_factory.mktemp("together"), wheel, *packages)
    with Server(programs / "python", tmp_path_factory.mktemp("shared")) as server:
        contexts = [browser.new_context(viewport={"width": 1500, "height": 900}) for _ in range(2)]
        yield [Sidebar(server, context.new_page()) for context in contexts]
        for context in contexts:
            context.close()


def test_a_fix_reaches_the_other_and_is_undone_without_what_the_other_wrote(two: list[Sidebar]) -> None:
    anna, ben = two
    name = anna.server.write("together.ipynb", ["x = 1", GET])
    for person in two:
        person.open(name)
        expect(person.card("http-without-timeout")).to_have_count(1)
    anna.card("http-without-timeout").get_by_role("button", name="Apply", exact=True).click()
    expect(ben.text(1)).to_contain_text(FIXED)
    expect(ben.card("http-without-timeout")).to_have_count(0)
    ben.text(1).click()
    ben.page.keyboard.press("Control+End")
    ben.page.keyboard.type("\nprint(r)")
    expect(anna.text(1)).to_contain_text("print(r)")
    anna.text(1).click()
    anna.page.keyboard.press("Control+z")
    expect(ben.text(1)).not_to_contain_text(FIXED)
    expect(ben.text(1)).to_contain_text("print(r)")
    for person in two:
        expect(person.card("http-without-timeout")).to_have_count(1)
