"""Starts JupyterLab apart from the user's own, and says what the tests mean by "the card of a rule"."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import nbformat
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
READY = "window.jupyterapp?.commands?.hasCommand('nbprod:toggle')"


KINDS = {
    "code": nbformat.v4.new_code_cell,
    "markdown": nbformat.v4.new_markdown_cell,
    "raw": nbformat.v4.new_raw_cell,
}

IDLE = "window.jupyterapp.shell.currentWidget.sessionContext?.session?.kernel?.status === 'idle'"


def kind_and_source(cell: str) -> tuple[str, str]:
    if not cell.startswith("#:"):
        return "code", cell
    kind, _, source = cell[2:].partition("\n")
    return kind, source


class Server:
    """A JupyterLab server whose settings, kernels and files lie below one folder.

    Args:
        python: The interpreter of the environment to run.
        home: A folder that is ours alone.
    """

    def __init__(self, python: Path, home: Path) -> None:
        self.root = home / "notebooks"
        self.home = home
        self.root.mkdir()
        self._python = python
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        # No question about news over the page, and no look-up of new releases.
        self.set("@jupyterlab/apputils-extension", "notification", fetchNews="false", checkForUpdates=False)
        self.set("@jupyterlab/apputils-extension", "themes", theme="JupyterLab Light")

    def set(self, plugin: str, part: str, **values: object) -> None:
        """Write the user's settings of a plugin; pages opened afterwards have them."""
        file = self.home / "settings" / plugin / f"{part}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")

    def add_kernel(self, name: str, argv: Sequence[str]) -> None:
        """Offer one more kernel."""
        folder = self.home / "data" / "kernels" / name
        folder.mkdir(parents=True, exist_ok=True)
        spec = {"argv": list(argv), "display_name": name, "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")

    def write(self, name: str, cells: Sequence[str], metadata: Mapping[str, Any] = PYTHON) -> str:
        """Write a notebook; a cell that starts with `#:markdown` or `#:raw` is no code. Returns its name."""
        built = [
            KINDS[kind](source, id=f"cell-{index}") for index, (kind, source) in enumerate(map(kind_and_source, cells))
        ]
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=built, metadata=dict(metadata)), file)
        return name

    def __enter__(self) -> Self:
        places = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "run"}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST"))},
            **{f"JUPYTER_{name}": str(self.home / place) for name, place in places.items()},
            "JUPYTERLAB_SETTINGS_DIR": str(self.home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.home / "workspaces"),
            "IPYTHONDIR": str(self.home / "ipython"),
        }
        options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={self.port}", "--IdentityProvider.token="]
        options += [f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"]
        options += ["--ServerApp.port_retries=0", "--JupyterNotebookApp.expose_app_in_browser=True"]
        with (self.home / "log").open("w") as log:
            command = [str(self._python), "-m", "jupyterlab", *options]
            self._process = subprocess.Popen(
                command, cwd=self.home, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.home / "log").read_text())
            time.sleep(0.2)
        return self

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/api/status", timeout=2).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


WIDEN = """pixels => {
    const split = window.jupyterapp.shell._hsplitPanel;
    const share = pixels / split.node.getBoundingClientRect().width;
    window.jupyterapp.shell.collapseLeft();
    split.setRelativeSizes([0, 1 - share, share]);
}"""


class Sidebar:
    """What a user sees of nbprod on one page."""

    def __init__(self, server: Server, page: Page) -> None:
        self.server = server
        self.page = page
        self.panel = page.locator(".nbprod-Panel")
        self.cards = self.panel.locator(".nbprod-Card")
        self.footer = self.panel.locator(".nbprod-Footer")

    def open(self, name: str, *, application: str = "lab/tree", show: bool = True) -> None:
        """Open a notebook, and the sidebar beside it."""
        self.page.goto(f"{self.server.url}/{application}/{name}" + ("?reset" if "lab" in application else ""))
        self.page.wait_for_function(READY, timeout=60_000)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        if show:
            self.run("nbprod:toggle")

    def run(self, command: str) -> None:
        """Execute a command of the application, once it is restored."""
        self.page.evaluate(f"window.jupyterapp.restored.then(() => window.jupyterapp.commands.execute('{command}'))")

    def hover_over(self, mark: Locator) -> Locator:
        """What stands over a mark. A report that comes meanwhile draws it anew: move again then."""
        tooltip = self.page.locator(".cm-tooltip .cm-diagnostic").first
        for _ in range(9):
            mark.hover()
            with suppress(PlaywrightTimeout):
                tooltip.wait_for(timeout=2000)
                break
            self.page.mouse.move(2, 2)
        return tooltip

    def card(self, rule: str) -> Locator:
        return self.panel.locator(f'.nbprod-Card[data-rule="{rule}"]')

    def cell(self, index: int) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell").nth(index)

    def text(self, index: int) -> Locator:
        return self.cell(index).locator(".jp-InputArea .cm-content")

    def make_as_wide_as(self, pixels: int) -> None:
        """Give the sidebar a width, and the rest to the notebook."""
        self.page.evaluate(WIDEN, pixels)

    def source(self, index: int) -> str:
        """The source of a cell of the current notebook, from the model."""
        model = "window.jupyterapp.shell.currentWidget.content.model"
        return str(self.page.evaluate(f"{model}.sharedModel.cells[{index}].getSource()"))

    def tags(self, index: int) -> Any:
        """The tags of a cell of the current notebook, from the model; None when it has none."""
        model = "window.jupyterapp.shell.currentWidget.content.model"
        return self.page.evaluate(f"{model}.sharedModel.cells[{index}].getMetadata('tags') ?? null")

    def show_all(self) -> None:
        """Open the groups that start closed."""
        for group in self.panel.locator(".nbprod-Group:not([open]) > summary").all():
            group.click()

    def execute(self, index: int) -> None:
        """Run a cell as a user does: once the kernel is there."""
        self.page.wait_for_function(IDLE)
        self.text(index).click()
        self.page.keyboard.press("Control+Enter")
