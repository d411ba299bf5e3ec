"""What a run is given from outside, put into a notebook as papermill does: a cell behind the one with the defaults."""

import json
import keyword
import math
import tomllib
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from nbprod.errors import UsageError

INJECTED: Final = "injected-parameters"
_WORDS: Final = {"true": True, "false": False, "none": None, "null": None}


def read_parameters(given: Iterable[str], file: str | None) -> dict[str, Any]:
    """The parameters of a file, then those given as `NAME=VALUE`, which win.

    Raises:
        UsageError: One can't be read, or its name is no name in Python.
    """
    parameters = dict(_from_file(Path(file))) if file is not None else {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"--parameters {text}: write NAME=VALUE")
        parameters[name.strip()] = _value(value)
    for name, value in parameters.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise UsageError(f"a parameter can't be named `{name}`: that is no name in Python")
        _literal(value)
    return parameters


def _value(text: str) -> str | int | float | bool | None:
    """A number, true, false or none if it looks like one; else text."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _from_file(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        found = _loaded(text, path.suffix.lower())
    except (OSError, ValueError) as error:
        raise UsageError(f"--parameters-file {path}: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise UsageError(f"--parameters-file {path}: it must hold names with values")
    return found


def _loaded(text: str, suffix: str) -> Any:
    if suffix == ".toml":
        return tomllib.loads(text)
    if suffix not in {".yaml", ".yml"}:
        return json.loads(text)
    try:
        yaml: Any = import_module("yaml")  # no dependency of ours
    except ImportError as error:
        raise ValueError("reading YAML needs PyYAML; write JSON or TOML instead") from error
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def parameters_cell(parameters: Mapping[str, Any]) -> str:
    """The source of the cell that sets them."""
    return "\n".join(["# Parameters", *(f"{name} = {_literal(value)}" for name, value in parameters.items())])


def _literal(value: Any) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, (str, int, float)):
        return repr(value)
    raise UsageError(f"a parameter can't be of the type `{type(value).__name__}`: use text, numbers, lists and tables")
