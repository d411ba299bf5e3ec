"""The GitHub Action and the GitLab template: held against the schemas that check-jsonschema brings, and carried out."""

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from programs import ROOT, put_project, run

from nbprod import __version__

SCHEMAS = ROOT / "tests" / "schemas"
ACTION_FILE = ROOT / "action.yml"
ACTION = yaml.safe_load(ACTION_FILE.read_text("utf-8"))
TEMPLATE_FILE = ROOT / "contrib" / "gitlab" / "nbprod.gitlab-ci.yml"
TEMPLATE = yaml.safe_load(TEMPLATE_FILE.read_text("utf-8"))
PATHS = "my notebooks"
Done = subprocess.CompletedProcess[str]
Call = Callable[..., Done]


def against(schema: str, file: Path) -> Done:
    """Hold a file against a schema that comes with check-jsonschema."""
    return run(sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file, cwd=ROOT)


@pytest.mark.parametrize(
    ("schema", "file", "right", "wrong"),
    [
        ("github-actions", ACTION_FILE, "using: composite", "using: compsite"),
        ("gitlab-ci", TEMPLATE_FILE, "when: always", "when: ever"),
    ],
    ids=["GitHub", "GitLab"],
)
def test_files_are_as_their_readers_want_them(schema: str, file: Path, right: str, wrong: str, tmp_path: Path) -> None:
    done = against(schema, file)
    assert done.returncode == 0, done.stdout
    damaged = tmp_path / "damaged.yml"
    damaged.write_text(file.read_text("utf-8").replace(right, wrong), "utf-8")
    assert wrong.partition(": ")[2] in against(schema, damaged).stdout


# --- GitHub ----------------------------------------------------------------------------------------


def test_the_defaults_of_the_action() -> None:
    assert ACTION["inputs"]["version"]["default"] == __version__
    assert ACTION["inputs"]["sarif"]["default"] == "false"
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert not any("${{" in script for script in scripts), "inputs reach scripts as variables only"


def step(name: str) -> Any:
    return next(step for step in ACTION["runs"]["steps"] if step.get("name") == name)


def carry_out(name: str, folder: Path, inputs: Mapping[str, str], **env: str) -> Done:
    """Run a step of the action as the runner does, with the expressions in its variables filled in."""
    given = {key: value["default"] for key, value in ACTION["inputs"].items()} | dict(inputs)
    known = {f"inputs.{key}": value for key, value in given.items()}
    known["steps.python.outputs.python-path"] = sys.executable
    wanted = step(name)
    assert wanted["shell"] == "bash"
    variables = {
        key: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: known[found[1]], text)
        for key, text in wanted["env"].items()
    }
    script = folder.parent / f"{folder.name}.sh"
    script.write_text(wanted["run"])
    return run("bash", "--noprofile", "--norc", "-eo", "pipefail", script, cwd=folder, **variables, **env)


@pytest.fixture(scope="module")
def runner(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a runner on which the first steps were done."""
    temp = tmp_path_factory.mktemp("runner")
    env = {name: str(temp / name.lower()) for name in ("GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    env["RUNNER_TEMP"] = str(temp)
    done = carry_out("Install nbprod", temp, {}, PIP_FIND_LINKS=str(wheels), **env)
    assert done.returncode == 0, done.stderr
    added = Path(env["GITHUB_PATH"]).read_text().strip()
    return {**env, "PATH": f"{added}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def check(runner: dict[str, str], tmp_path: Path) -> Call:
    folder = put_project(tmp_path)

    def call(**inputs: str) -> Done:
        return carry_out("Check notebooks", folder, inputs, **runner)

    return call


def test_the_action_annotates_summarises_and_fails(check: Call, runner: dict[str, str]) -> None:
    done = check()
    assert done.returncode == 1, done.stderr
    assert "::error file=my notebooks/a.ipynb,line=" in done.stdout
    assert "hard-coded-path" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text()
    sarif = Path(runner["GITHUB_OUTPUT"]).read_text().split("sarif-file=")[-1].strip()
    assert json.loads(Path(sarif).read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"paths": f"{PATHS}\n\n{PATHS}/a.ipynb\n"}, 1),
        ({"paths": "nowhere"}, 2),
        ({"args": "--ignore data\n  --show info"}, 0),
        ({"args": "--exit-zero"}, 0),
        ({"baseline": "base.json"}, 2),
    ],
)
def test_inputs_of_the_action(inputs: dict[str, str], code: int, check: Call) -> None:
    done = check(**inputs)
    assert done.returncode == code, done.stdout + done.stderr


def test_inputs_of_the_action_are_no_commands(check: Call, tmp_path: Path) -> None:
    evil = "$(touch pwned) `touch pwned`; touch pwned \"' "
    for name in ("paths", "args", "baseline"):
        assert check(**{name: evil}).returncode == 2
    assert not (tmp_path / "pwned").exists()


def test_sarif_is_uploaded_only_on_request() -> None:
    upload = step("Upload to code scanning")
    assert "inputs.sarif == 'true'" in upload["if"]
    assert upload["uses"].startswith("github/codeql-action/upload-sarif@")


# --- GitLab ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def job(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Call:
    """Carry out the job of the template in a folder, as a runner does in the image: with a Python of its own."""
    image = tmp_path_factory.mktemp("image")
    venv.create(image, with_pip=True)
    env = {"PATH": f"{image / 'bin'}{os.pathsep}{os.environ['PATH']}", "PIP_FIND_LINKS": str(wheels)}

    def call(folder: Path, **variables: str) -> Done:
        lines = [*TEMPLATE["nbprod"]["before_script"], *TEMPLATE["nbprod"]["script"]]
        given = {**TEMPLATE["variables"], **variables}
        return run("sh", "-ec", "\n".join(lines), cwd=folder, **env, **given)

    return call


def test_the_job_reports_and_fails(job: Call, tmp_path: Path) -> None:
    folder = put_project(tmp_path)
    done = job(folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "error[hard-coded-path]" in done.stdout
    reports = TEMPLATE["nbprod"]["artifacts"]["reports"]
    entries = json.loads((folder / reports["codequality"]).read_text())
    schema = json.loads((SCHEMAS / "gitlab-code-quality.json").read_text("utf-8"))
    for entry in entries:
        jsonschema.validate(entry, schema)
    assert {entry["location"]["path"] for entry in entries} == {"my notebooks/a.ipynb"}
    assert (folder / reports["junit"]).read_bytes().startswith(b"<?xml")
    assert TEMPLATE["nbprod"]["artifacts"]["when"] == "always", "a job that fails has something to show"


def test_variables_of_the_job(job: Call, tmp_path: Path) -> None:
    folder = put_project(tmp_path)
    assert TEMPLATE["variables"]["NBPROD_VERSION"] == __version__
    assert job(folder, NBPROD_ARGS="--ignore data --fail-on error").returncode == 0
    assert job(folder, NBPROD_ARGS="--write-baseline base.json").returncode == 0
    assert job(folder, NBPROD_BASELINE="base.json").returncode == 0
    assert job(folder, NBPROD_PATHS="nowhere module.py").returncode == 2
