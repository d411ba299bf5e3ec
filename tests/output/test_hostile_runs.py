"""Notebooks whose author would like to act on whoever looks at them: whole runs, in every format and command."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from nbprod.cli import main
from nbprod.output.formats import FORMATS

Nbprod = Callable[..., Result]

EVIL = (
    "\x1b[2J\x9b31m::error::owned\r\n::warning::x\n##vso[task.setvariable variable=A]1\n##[error]x </script>"
    "<img src=x onerror=alert(1)> ]]> [c](https://e.example) @everyone `x` | \u202e\u2028 %0A \x00\ufeff"
)
NAME = "\x1b[2J::error::owned\n<img src=x>`@a`,;]%0A|\x9b\u202e.ipynb"
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")


def cell(index: int, source: str) -> dict[str, Any]:
    printed = {"output_type": "stream", "name": "stdout", "text": [EVIL]}
    error = {"output_type": "error", "ename": EVIL, "evalue": EVIL, "traceback": [EVIL]}
    named = {"cell_type": "code", "id": f"{EVIL}{index}", "metadata": {"tags": [EVIL]}, "execution_count": 1}
    return {**named, "outputs": [printed, error], "source": source}


def written(metadata: dict[str, Any], *sources: str) -> str:
    cells = [cell(index, source) for index, source in enumerate(sources)]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(autouse=True)
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Notebooks with all of it in their names, ids, tags, kernels, sources and outputs."""
    monkeypatch.chdir(tmp_path)
    python = {"kernelspec": {"name": EVIL, "display_name": EVIL, "language": "python"}}
    path = "/home/ada/" + EVIL.replace("\0", "").replace("\n", " ").replace("\r", " ")
    load = f"import pandas as pd\ndf = pd.read_csv({path!r})\ndf.to_csv({path + 'b'!r})\nprint(undefined_name)"
    comment = f"import requests\nrequests.get('https://x.example')  # {path}\n# nbprod: ignore[{path}]"
    contents = {
        "a": written(python, load, comment),
        "b": written({"kernelspec": {"name": EVIL, "language": EVIL}, "language_info": {"name": EVIL}}, "x <- 1"),
        "c": '{"cells": [' + EVIL,
        "d": written({"nbprod": {EVIL: EVIL, "ignore": [EVIL]}}, "x = (\n" + EVIL),
    }
    for prefix, text in contents.items():
        Path(f"{prefix}{NAME}").write_text(text, encoding="utf-8")


@pytest.fixture
def nbprod() -> Nbprod:
    return lambda *arguments: CliRunner().invoke(main, list(arguments), prog_name="nbprod")


def lines_of(result: Result) -> list[str]:
    text = (result.stdout_bytes + result.stderr_bytes).decode("utf-8")
    assert not ACTING.search(text)
    return text.splitlines()


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_acts_on_who_reads_it(nbprod: Nbprod, name: str) -> None:
    result = nbprod("check", "--output-format", name, "--show", "info")
    assert result.exit_code == 1
    commands = [line for line in lines_of(result) if line.lstrip().startswith(("::", "##["))]
    assert len(commands) == (result.stdout.count("\n::") + 1 if name == "github" else 0)
    assert all(re.match(r"::(error|warning|notice) file=[^:,\n]+(,line=\d+)?(,title=[\w-]+)?::", it) for it in commands)
    vso = re.findall(r"##vso\[.{0,30}", result.stdout)
    assert bool(vso) == (name == "azure")
    assert {command[:20] for command in vso} <= {"##vso[task.logissue "}


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab", "rdjson"])
def test_what_programs_read_is_sound(nbprod: Nbprod, name: str) -> None:
    assert json.loads(nbprod("check", "--output-format", name).stdout)


def test_what_junit_reads_is_sound(nbprod: Nbprod) -> None:
    assert len(ET.fromstring(nbprod("check", "--output-format", "junit").stdout)) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--statistics"),
        ("score",),
        ("fix", "--diff", "--unsafe", "--template"),
        ("fix", "--unsafe", "--template"),
        ("check", "--fix", "--unsafe"),
        ("check", "--write-baseline", "baseline.json"),
        ("check", "--profile-rules"),
        ("check", "--jobs", "2"),
    ],
    ids=" ".join,
)
def test_no_command_acts_on_a_terminal(nbprod: Nbprod, arguments: tuple[str, ...]) -> None:
    lines = lines_of(nbprod(*arguments))
    assert lines
    assert not [line for line in lines if line.lstrip().startswith(("::", "##["))]
