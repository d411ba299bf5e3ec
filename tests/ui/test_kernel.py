"""The analyser inside the kernel: when it may come in, and what happens when it can't."""

import re
import subprocess
import sys
import sysconfig
import time
import venv

import pytest
from lab import PYTHON, Server, Sidebar
from playwright.sync_api import expect

GET = 'requests.get("https://example.com/rates")'
WITHOUT = """
import sys, runpy
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "nbprod":
            raise ModuleNotFoundError("No module named 'nbprod'")
sys.meta_path.insert(0, Without())
runpy.run_module("ipykernel_launcher", run_name="__main__")
"""


def in_kernel(sidebar: Sidebar) -> None:
    expect(sidebar.footer.locator('[data-analyser="kernel"]')).to_be_visible()


def in_server(sidebar: Sidebar) -> None:
    expect(sidebar.footer.locator('[data-analyser="server"]')).to_be_visible()


def test_an_edit_is_answered_in_time_while_a_cell_sleeps(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("busy.ipynb", ["import requests", "import time\ntime.sleep(20)", "x = 1"]))
    in_server(sidebar)
    sidebar.execute(0)
    in_kernel(sidebar)
    sidebar.execute(1)
    expect(sidebar.cell(1).locator(".jp-InputPrompt")).to_contain_text("[*]")
    sidebar.text(2).click()
    sidebar.page.keyboard.press("Control+End")
    sidebar.page.keyboard.insert_text(f"\n{GET}")
    started = time.monotonic()
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    assert time.monotonic() - started < 2
    in_kernel(sidebar)
    expect(sidebar.cell(1).locator(".jp-InputPrompt")).to_contain_text("[*]")


def test_opening_looking_and_clicking_lets_nothing_into_the_kernel(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("shy.ipynb", ["import sys\nprint('nbprod' in sys.modules)", f"import requests\n{GET}"]))
    sidebar.card("http-without-timeout").locator(".nbprod-Card-message").first.click()
    sidebar.execute(0)
    expect(sidebar.cell(0).locator(".jp-OutputArea-output")).to_have_text("False\n")
    in_kernel(sidebar)
    sidebar.execute(0)
    expect(sidebar.cell(0).locator(".jp-OutputArea-output")).to_have_text("True\n")


def test_a_kernel_without_nbprod_falls_back_and_says_so(server: Server, sidebar: Sidebar) -> None:
    server.add_kernel("without", [sys.executable, "-c", WITHOUT, "-f", "{connection_file}"])
    spec = {"kernelspec": {"name": "without", "display_name": "without", "language": "python"}}
    sidebar.open(server.write("without.ipynb", ["x = 1", f"import requests\n{GET}"], spec))
    in_server(sidebar)
    sidebar.execute(0)
    expect(sidebar.footer).to_contain_text("No module named 'nbprod'")
    in_server(sidebar)
    expect(sidebar.card("http-without-timeout")).to_have_count(1)


@pytest.fixture(scope="module")
def kernel_without_subshells(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a kernel of ipykernel 6, which has all else from the environment of the tests."""
    home = tmp_path_factory.mktemp("old")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "ipykernel>=6.29,<7"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    server.add_kernel("old", [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    return "old"


def test_a_kernel_without_subshells_answers_while_it_has_nothing_else_to_do(
    server: Server, sidebar: Sidebar, kernel_without_subshells: str
) -> None:
    spec = {"kernelspec": {"name": kernel_without_subshells, "display_name": "old", "language": "python"}}
    cells = ["import ipykernel; print(ipykernel.__version__)", "import requests, time\ntime.sleep(20)", "x = 1"]
    sidebar.open(server.write("old.ipynb", cells, spec))
    in_server(sidebar)
    sidebar.execute(0)
    expect(sidebar.cell(0).locator(".jp-OutputArea-output")).to_have_text(re.compile(r"6\."))
    in_kernel(sidebar)
    sidebar.execute(1)
    expect(sidebar.cell(1).locator(".jp-InputPrompt")).to_contain_text("[*]")
    sidebar.text(2).click()
    sidebar.page.keyboard.press("Control+End")
    sidebar.page.keyboard.insert_text(f"\n{GET}")
    started = time.monotonic()
    expect(sidebar.card("http-without-timeout")).to_have_count(1)
    assert time.monotonic() - started < 4
    in_server(sidebar)
    expect(sidebar.footer).to_contain_text("too busy")


def test_a_restarted_kernel_answers_again_after_the_next_cell(server: Server, sidebar: Sidebar) -> None:
    sidebar.open(server.write("restart.ipynb", ["x = 1", f"import requests\n{GET}"]))
    in_server(sidebar)
    sidebar.execute(0)
    in_kernel(sidebar)
    sidebar.page.evaluate("void window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()")
    expect(sidebar.cell(0).locator(".jp-InputPrompt")).to_have_text("[1]:")
    in_server(sidebar)
    expect(sidebar.footer).to_contain_text("The kernel was restarted")
    sidebar.text(0).click()
    sidebar.page.keyboard.press("Control+Enter")
    in_kernel(sidebar)


@pytest.mark.parametrize("name", ["nbprod", "msgspec"])
def test_a_decoy_beside_the_notebook_never_runs(server: Server, sidebar: Sidebar, name: str) -> None:
    folder = server.root / f"decoy-{name}"
    folder.mkdir()
    proof = server.home / f"{name}-ran"
    (folder / f"{name}.py").write_text(f"open({str(proof)!r}, 'w').close()")
    sidebar.open(server.write(f"decoy-{name}/decoy.ipynb", ["x = 1", f"import requests\n{GET}"], PYTHON))
    in_server(sidebar)
    sidebar.execute(0)
    in_kernel(sidebar)
    assert not proof.exists()
