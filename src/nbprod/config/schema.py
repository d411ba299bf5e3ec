"""What a configuration file may say, and the check that it says nothing else.

`ConfigFile` is the single description: decoding, the error messages and the JSON Schema in
`docs/config.schema.json` come from it. `python -m nbprod.config` prints that schema.
"""

from enum import StrEnum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from nbprod.config.names import did_you_mean
from nbprod.errors import ConfigError
from nbprod.protocol import Profile, Severity


class FailOn(StrEnum):
    """From which severity on findings make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def _about(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


Names = Annotated[list[str], _about("Names of rules, or of dimensions for all rules of one.")]
Severities = Annotated[dict[str, Severity], _about("Rule name -> the severity it reports with.")]


class Section(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What holds for the notebooks that one glob means."""

    select: Names | None = None
    ignore: Names = []
    severity: Severities = {}
    profile: Profile | None = None


class ConfigFile(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """The keys of `[tool.nbprod]` in pyproject.toml, or of a nbprod.toml at its top level."""

    select: Annotated[Names | None, _about("Report only these rules or dimensions; all when absent.")] = None
    ignore: Annotated[Names, _about("Do not report these rules or dimensions; beats `select`.")] = []
    severity: Severities = {}
    profile: Annotated[
        Profile | dict[str, Profile] | None,
        _about("What the notebooks are for, as a name or as a table path glob -> name; `production` when absent."),
    ] = None
    per_path: Annotated[dict[str, Section], _about("Path glob -> settings; sections apply in the order written.")] = {}
    exclude: Annotated[list[str], _about("Globs of paths that are left out when a folder is walked.")] = []
    text_notebooks: Annotated[
        bool | list[str],
        _about(
            "Python files that are taken for notebooks when a folder is walked: `true` for those that evidently are, "
            "`false` for none, or globs of those that have cell markers."
        ),
    ] = True
    fail_on: Annotated[
        FailOn | None,
        _about("From which severity on the exit code is 1; `warning` for production, `error` for explore."),
    ] = None
    rules: Annotated[dict[str, dict[str, Any]], _about("Rule name -> its options.")] = {}
    docs_url: Annotated[
        str | None, _about("Address of the rule pages; `{rule}` stands for the name, which else is appended.")
    ] = None


def decode(table: dict[str, Any], file: str) -> ConfigFile:
    """Turn a TOML table into a `ConfigFile`.

    Raises:
        ConfigError: a key is unknown or a value has the wrong type; the text names file and key.
    """
    config: ConfigFile = _convert(table, ConfigFile, "", file)
    return config


def spoken(error: msgspec.ValidationError) -> str:
    """Return what is wrong in the words of TOML."""
    text = str(error).replace(" | null", "").replace("`object`", "`table`")
    return text[:1].lower() + text[1:]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `ConfigFile`, as committed in docs/config.schema.json."""
    schema = msgspec.json.schema(ConfigFile)
    for definition in schema["$defs"].values():
        if definition.get("type") == "object":
            definition["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "nbprod configuration", **schema}


def _convert(value: object, kind: Any, key: str, file: str) -> Any:
    """Convert table by table, so that a mistake can be named by its full key."""
    arms = _arms(kind)
    if isinstance(value, dict):
        for arm in arms:
            if get_origin(arm) is dict:
                item = get_args(arm)[1]
                return {name: _convert(entry, item, f"{key}.{_quoted(name)}", file) for name, entry in value.items()}
            if isinstance(arm, type) and issubclass(arm, msgspec.Struct):
                return _convert_struct(value, arm, key, file)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: `{key}`: {_explain(value, arms, error)}") from None


def _convert_struct(table: dict[str, Any], kind: type[msgspec.Struct], key: str, file: str) -> msgspec.Struct:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    values = {}
    for name, value in table.items():
        path = f"{key}.{_quoted(name)}" if key else _quoted(name)
        if name not in fields:
            raise ConfigError(f"{file}: unknown key `{path}`{did_you_mean(name, fields)}")
        values[fields[name].name] = _convert(value, fields[name].type, path, file)
    return kind(**values)


def _arms(kind: Any) -> list[Any]:
    """List the alternatives of a type, without None and without annotations."""
    if get_origin(kind) is Annotated:
        return _arms(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [inner for arm in get_args(kind) if arm is not type(None) for inner in _arms(arm)]
    return [kind]


def _explain(value: object, arms: list[Any], error: msgspec.ValidationError) -> str:
    for arm in arms:
        if isinstance(arm, type) and issubclass(arm, StrEnum) and isinstance(value, str):
            names = [str(member) for member in arm]
            return f"`{value}` is not one of {', '.join(names)}{did_you_mean(value, names)}"
    return spoken(error).replace(" - at `$", ", at `")


def _quoted(name: str) -> str:
    return name if name.replace("-", "").replace("_", "").isalnum() else f'"{name}"'
