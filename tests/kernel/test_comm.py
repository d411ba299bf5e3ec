"""The comm in a real kernel: it answers while a cell runs, and leaves the user's session alone."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

BOOTSTRAP = Path(__file__).parents[2] / "jupyter_ext" / "src" / "bootstrap.ts"
GET = 'import requests\nrequests.get("https://example.com")'
CELL = {"id": "a", "type": "code", "revision": 1, "source": GET}
STATE = """
import sys
print(sorted(name for name in globals() if not name.startswith('_')), len(In), Out, sys.path[:1], events)
"""
WATCH = """
events = []
for name in ('pre_execute', 'post_execute', 'pre_run_cell', 'post_run_cell'):
    get_ipython().events.register(name, lambda *_, name=name: events.append(name))
"""


def bootstrap() -> str:
    """What the front end executes, taken from its source."""
    loader = re.search(r"const LOADER = `(.*?)`;", BOOTSTRAP.read_text(encoding="utf-8"), re.DOTALL)
    assert loader
    return f'exec({json.dumps(loader[1])}, {{"__name__": "nbprod_loader"}})'


class Kernel:
    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.comm = uuid.uuid4().hex
        control = client.session.msg("create_subshell_request", {})
        client.control_channel.send(control)
        self.subshell = client.get_control_msg(timeout=20)["content"]["subshell_id"]

    def send(self, kind: str, content: dict[str, Any], *, subshell: bool) -> str:
        message = self.client.session.msg(kind, content)
        message["header"]["subshell_id"] = self.subshell if subshell else None
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def attach(self) -> dict[str, Any]:
        """Do as the front end does; returns the reply to the bootstrap."""
        code = {"code": bootstrap(), "silent": True, "store_history": False, "allow_stdin": False}
        reply = self.reply(self.send("execute_request", code, subshell=True))
        opening = {"comm_id": self.comm, "target_name": "nbprod", "data": {}}
        self.send("comm_open", opening, subshell=True)
        return reply

    def reply(self, request: str) -> dict[str, Any]:
        while True:
            message = self.client.get_shell_msg(timeout=20)
            if message["parent_header"].get("msg_id") == request:
                return dict(message["content"])

    def ask(self, **more: Any) -> dict[str, Any]:
        data = {"kind": "analyse", "version": 1, "revision": 4, "path": "a.ipynb", "order": ["a"], "changed": [CELL]}
        self.send("comm_msg", {"comm_id": self.comm, "data": {**data, "metadata": {}, **more}}, subshell=True)
        while True:
            message = self.client.get_iopub_msg(timeout=20)
            if message["msg_type"] == "comm_msg":
                return dict(message["content"]["data"])

    def run(self, code: str) -> str:
        """What a cell prints."""
        printed: list[str] = []
        hook = lambda message: printed.append(message["content"].get("text", ""))  # noqa: E731
        self.client.execute_interactive(code, timeout=30, output_hook=hook)
        return "".join(printed)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(tmp_path))
    yield Kernel(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


def test_it_answers_while_a_cell_sleeps(kernel: Kernel) -> None:
    running = kernel.send("execute_request", {"code": "import time; time.sleep(60)"}, subshell=False)
    assert kernel.attach()["status"] == "ok"
    started = time.monotonic()
    answer = kernel.ask()
    assert "http-without-timeout" in [finding["rule"] for finding in answer["report"]["findings"]]
    assert answer["analyser"] == "kernel"
    assert time.monotonic() - started < 10
    assert running


def test_the_session_is_evidence_and_not_looked_at_while_a_cell_runs(kernel: Kernel) -> None:
    source = "import numpy as np\nitems = [1, 2, 3]"
    kernel.run(source)
    kernel.attach()
    cell = {"id": "a", "type": "code", "revision": 1, "source": source}
    report = kernel.ask(changed=[cell])["report"]
    assert (report["live"]["runs"], report["live"]["python"][:2]) == (1, "3.")
    kernel.send("execute_request", {"code": "import time; items = 0; time.sleep(60)"}, subshell=False)
    assert kernel.ask(changed=[cell], revision=5)["report"]["live"]["runs"] == 1, "what runs now is no evidence yet"


def test_the_users_session_is_left_alone(kernel: Kernel) -> None:
    kernel.run(WATCH)
    before = kernel.run(STATE).replace("'post_run_cell', ", "")
    count = kernel.client.execute("1", store_history=True)
    first = kernel.reply(count)["execution_count"]
    kernel.attach()
    kernel.ask()
    kernel.run("events.clear()")
    kernel.ask(revision=5)
    after = kernel.run("x = 1; del x; print(events)")
    assert after.count("pre_run_cell") == 1, "only of the cell that prints"
    assert kernel.reply(kernel.client.execute("1", store_history=True))["execution_count"] == first + 3
    names = kernel.run("print(sorted(name for name in globals() if 'nbprod' in name.lower()))")
    assert names == "[]\n"
    assert before


def test_a_file_beside_the_notebook_never_runs(kernel: Kernel, tmp_path: Path) -> None:
    for name in ("nbprod", "msgspec", "libcst"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})")
    assert kernel.attach()["status"] == "ok"
    assert kernel.ask()["report"]["findings"][0]["fixes"][0]["edits"]
    assert not (tmp_path / "ran").exists()


def test_the_users_own_imports_are_found_as_ever(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "pathspec.py").write_text("mine = True")
    kernel.attach()
    kernel.ask()
    assert kernel.run("import pathspec; print(pathspec.mine)") == "True\n"


def test_a_module_of_that_name_which_the_user_loaded_is_left_alone(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "nbprod.py").write_text("mine = True")
    assert kernel.run("import nbprod; print(nbprod.mine)") == "True\n"
    reply = kernel.attach()
    assert (reply["status"], reply["ename"]) == ("error", "ImportError")
    assert "another module named nbprod" in reply["evalue"]
