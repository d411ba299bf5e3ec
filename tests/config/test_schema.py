"""The published schema of the configuration."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

COMMITTED = Path(__file__).parents[2] / "docs" / "config.schema.json"


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(COMMITTED.read_text(encoding="utf-8"))


def test_the_committed_schema_is_up_to_date() -> None:
    command = [sys.executable, "-m", "nbprod.config"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert COMMITTED.read_text(encoding="utf-8") == printed, "run: python -m nbprod.config > docs/config.schema.json"


def test_the_guide_shows_what_it_takes(schema: Any) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", (COMMITTED.parent / "configuration.md").read_text("utf-8"), re.DOTALL)
    table = tomllib.loads(example)["tool"]["nbprod"]
    jsonschema.validate(table, schema)
    assert table.keys() == schema["$defs"]["ConfigFile"]["properties"].keys(), "every key is explained"


@pytest.mark.parametrize(
    "text",
    [
        "",
        'select = ["data"]\nfail-on = "never"\nexclude = ["x/"]',
        'profile = "explore"',
        '[profile]\n"a/**" = "explore"\n[per-path."b"]\nignore = ["x"]\nseverity = { x = "info" }',
        '[rules.hard-coded-secret]\nallow = ["abc"]',
    ],
)
def test_it_takes_what_we_take(schema: Any, text: str) -> None:
    jsonschema.validate(tomllib.loads(text), schema)


@pytest.mark.parametrize("text", ['profile = "prod"', "unknown = 1", '[per-path."b"]\nfail-on = "error"'])
def test_it_refuses_what_we_refuse(schema: Any, text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), schema)
