"""The command line as a process of its own: pipes, encodings, what it loads."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

NBPROD = [sys.executable, "-m", "nbprod"]
Write = Callable[..., Path]


def run(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([*NBPROD, *arguments], capture_output=True, check=False, timeout=60, **options)


def test_a_cell_that_cannot_be_parsed_fails_a_run(write: Write) -> None:
    write("a.ipynb", "x = = 1")
    done = run("check", "--output-format", "concise")
    assert done.returncode == 1
    assert b"a.ipynb:cell 1:1:5: warning[cell-not-analysable]" in done.stdout


def test_the_reader_of_a_pipe_may_leave(write: Write) -> None:
    for index in range(300):
        write(f"{index:03}.ipynb", "x = = 1  # " + "x" * 200)
    process = subprocess.Popen([*NBPROD, "check"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    with process.stderr as errors:
        assert errors.read() == b""
    assert process.wait(60) == 141


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
def test_every_encoding_of_the_terminal(write: Write, encoding: str) -> None:
    write("日本.ipynb", "x = = '😀'")
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    shown = run("check", env=environment)
    assert (shown.returncode, shown.stderr) == (1, b"")
    encoded = run("check", "--output-format", "json", env=environment)
    assert json.loads(encoded.stdout.decode("utf-8"))[0]["path"] == "日本.ipynb"


def test_importing_nbprod_loads_no_analyser() -> None:
    program = (
        "import sys, nbprod; print([name for name in sys.modules if name.startswith(('nbprod.', 'msgspec', 'click'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_checking_loads_nothing_that_is_slow(write: Write) -> None:
    write("a.ipynb", "x = 1")
    slow = {"rich", "pathspec", "libcst", "nbformat", "tomllib", "difflib", "markdown_it", "asyncio"}
    program = (
        "import sys, nbprod.cli\n"
        "try: nbprod.cli.main(['check', 'a.ipynb'])\n"
        f"except SystemExit: print(sorted({slow!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_a_rule_page_on_a_terminal_is_laid_out() -> None:
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    with subprocess.Popen([*NBPROD, "rule", "unused-ignore"], stdout=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b[" in shown
    assert b"Why is this bad?" in shown
    assert b"## " not in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so when the other end is closed
        return b""
