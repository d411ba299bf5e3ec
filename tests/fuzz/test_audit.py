"""Checking and fixing runs nothing of a notebook or of its folder, asks nobody, and touches no other file.

Python itself tells what happens: `audited.py` writes down the events of its audit hooks.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import drafts
import pytest

import nbprod

AUDITED = Path(__file__).with_name("audited.py")
PYTHON = {str(Path(path).resolve()) for path in (sys.prefix, sys.base_prefix, Path(nbprod.__file__).parents[1])}
NAMES = ("click", "helpers", "libcst", "msgspec", "nbprod", "numpy", "pandas", "requests", "sitecustomize", "yaml")
RUINOUS = "import os\nos.mkdir('owned-by-import')\n"
HOSTILE = (
    "import os\nos.system('touch owned-by-system')\nopen('owned-by-open', 'w')\nexec(\"open('owned-by-exec', 'w')\")",
    "import helpers, pandas as pd\nfrom helpers import *\npd.read_pickle('model.pkl')\neval(\"helpers.f('a.csv')\")",
    "!touch owned-by-shell\n%run helpers.py\nx = !curl https://example.com",
    "%%bash\ntouch owned-by-bash",
    "%%writefile owned-by-magic\nx",
    "import pickle, requests\npickle.loads(b'cos\\nsystem\\n(S\\'touch owned-by-pickle\\'\\ntR.')\nrequests.get('http://example.com')",
    "%load_ext helpers\nget_ipython().system('touch owned-by-ipython')",
    "'{0.__class__}'.format(x); f'{__import__(\"os\").mkdir(\"owned-by-fstring\")}'",
)
PICKLED = b"cos\nmkdir\n(S'owned-by-unpickling'\ntR."


def written(*sources: str) -> str:
    cells = [
        {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [], "source": source}
        for source in sources
    ]
    kernel = {"kernelspec": {"language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Some examples of all rules, hostile notebooks, and modules that should not be imported."""
    folder = tmp_path / "project"
    folder.mkdir()
    for index, cells in enumerate(drafts.seeds()[::25]):
        sources = [source for kind, source in cells if kind == "code"]
        (folder / f"{index}.ipynb").write_text(written(*sources), encoding="utf-8")
    for index, source in enumerate(HOSTILE):
        (folder / f"hostile-{index}.ipynb").write_text(written(source), encoding="utf-8")
    for name in NAMES:
        (folder / f"{name}.py").write_text(RUINOUS, encoding="utf-8")
    for name in ("model.pkl", "model.joblib", "a.csv"):
        (folder / name).write_bytes(PICKLED)
    (folder / "requirements.txt").write_text("pandas\n-r more.txt\n--index-url http://example.com\n", encoding="utf-8")
    return folder


def events(project: Path, *arguments: str) -> Iterator[tuple[str, str]]:
    log = project.parent / "log"
    command = [sys.executable, str(AUDITED), str(log), *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(nbprod.__file__).parents[1])}
    done = subprocess.run(command, cwd=project, capture_output=True, env=environment, check=False)
    assert done.returncode in {0, 1}, done.stderr.decode()
    for line in log.read_text(encoding="ascii").splitlines():
        event, _, told = line.partition("\t")
        yield event, told


def others(project: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in project.rglob("*") if path.is_file() and path.suffix != ".ipynb"}


CASES = {
    "check": ("check", "--no-cache", "--jobs", "1", "--output-format", "sarif"),
    "page": ("check", "--no-cache", "--jobs", "1", "--output-format", "html"),
    "fix": ("fix", "--unsafe", "--template"),
    "several processes": ("check", "--no-cache", "--jobs", "2"),
}
READ = re.compile(
    r"'[^/'].*|'{project}.*|'/(?:.*/)?(?:nbprod|pyproject)\.toml'|'/(?:dev/(?:null|urandom)|etc/localtime|proc/.*)'|\d+|b'[^/].*"
)
ALLOWED = {
    "resource.setrlimit": re.compile(r".*"),
    "write": re.compile(r"'{project}/\.nbprod-\w+\.tmp'|\d+"),
    "tempfile.mkstemp": re.compile(r"\('{project}/\.nbprod-\w+\.tmp',\)"),
    "shutil.copymode": re.compile(r"\(PosixPath\('.*\.ipynb'\), '{project}/\.nbprod-\w+\.tmp'\)"),
    "os.chmod": re.compile(r"\('{project}/\.nbprod-\w+\.tmp', .*\)"),
    "os.rename": re.compile(r"\('{project}/\.nbprod-\w+\.tmp', '{project}/[\w-]+\.ipynb', -1, -1\)"),
}
OF_THE_PAGE = {  # a file without a name holds the notebooks until the head of the page is known
    "write": re.compile(r"'{temporary}(?:/\w{8})?'"),
    "os.remove": re.compile(r"\('{temporary}/\w{8}', -1\)"),
}
OF_PROCESSES = {
    "os.fork": re.compile(r"\(\)"),
    "socket.__new__": re.compile(r".*family=0, type=0, proto=0>, 1, 1, 0\)"),  # a pair of pipes between processes
    "pickle.find_class": re.compile(r"\('(?:nbprod\.[\w.]+|msgspec\._utils)', '\w+'\)"),  # what a process of ours says
}


def is_allowed(event: str, told: str, project: Path, extra: dict[str, re.Pattern[str]]) -> bool:
    is_python = told == "'<frozen importlib._bootstrap>'" or told.strip("'").startswith(tuple(PYTHON))
    if event in {"exec", "read"} and is_python:
        return True
    patterns = [table[event].pattern for table in ({"read": READ}, ALLOWED, extra) if event in table]
    return any(re.fullmatch(placed(pattern, project), told) for pattern in patterns)


def placed(pattern: str, project: Path) -> str:
    temporary = re.escape(tempfile.gettempdir())
    return pattern.replace("{project}", re.escape(str(project))).replace("{temporary}", temporary)


@pytest.mark.parametrize("case", CASES)
def test_nothing_but_reading_and_writing_notebooks_happens(project: Path, case: str) -> None:
    before = others(project)
    extra = {"several processes": OF_PROCESSES, "page": OF_THE_PAGE}.get(case, {})
    seen = set(events(project, *CASES[case]))
    assert {told for event, told in seen if event == "read" and "hostile-" in told}
    strange = sorted(pair for pair in seen if not is_allowed(*pair, project, extra))
    assert strange == []
    assert others(project) == before
    assert not list(project.glob("owned*"))


def test_what_is_forbidden_would_be_seen(tmp_path: Path) -> None:
    ruin = tmp_path / "nbprod" / "__main__.py"
    ruin.parent.mkdir()
    (ruin.parent / "__init__.py").touch()  # without it, an installed nbprod goes before
    ruin.write_text(
        "import os, pickle, socket, subprocess\n"
        "def main():\n"
        "    socket.socket().close()\n"
        "    subprocess.run(['true'])\n"
        "    eval('1 + 1')\n"
        f"    pickle.loads({PICKLED!r})\n"
        "    open('owned', 'w')\n",
        encoding="utf-8",
    )
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, str(AUDITED), str(log)], cwd=tmp_path, env=environment, check=True)
    pairs = [tuple(line.split("\t")) for line in log.read_text().splitlines()]
    forbidden = {event for event, told in pairs if not is_allowed(event, told, tmp_path / "project", {})}
    assert forbidden >= {"socket.__new__", "subprocess.Popen", "exec", "pickle.find_class", "os.mkdir", "write"}
