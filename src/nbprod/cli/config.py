"""`nbprod config`: the settings that apply to a notebook or folder, and where each came from."""

from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import json

from nbprod.api import known_rules
from nbprod.cli.run import emit
from nbprod.config import Configuration, Settings
from nbprod.errors import UsageError
from nbprod.notebook import read_notebook
from nbprod.output.terminal import clean

Row = tuple[str, str, str]


@click.command("config")
@click.argument("path", default=".")
def command(*, path: str) -> None:
    """Show settings and where they came from.

    PATH is a notebook or a folder; the current folder by default.
    """
    place = Path(path)
    if place.is_dir():
        settings = Configuration(known_rules()).for_path(place / "notebook.ipynb")
    elif place.exists():
        settings, fault = Configuration(known_rules()).for_path(place).for_notebook(read_notebook(place).metadata)
        if fault is not None:
            raise UsageError(f"{path}: {fault}")
    else:
        raise UsageError(f"{path}: no such file or folder")
    rows = list(_rows(settings))
    names, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    emit(f"{clean(name):<{names}}  {clean(value):<{values}}  {clean(origin)}\n" for name, value, origin in rows)


def _rows(settings: Settings) -> Iterator[Row]:
    """Name, value and origin of each setting."""
    origins = settings.origins
    yield "configuration", settings.source or "none", "" if settings.source else "no file found upwards"
    yield "profile", settings.profile.value, origins.get("profile", "default")
    fail_on = "never" if settings.fail_on is None else settings.fail_on.value
    yield "fail-on", fail_on, origins.get("fail-on", f"default of the {settings.profile.value} profile")
    yield "docs-url", settings.docs(" ").replace(" ", "{rule}"), origins.get("docs-url", "default")
    texts = json.encode(settings.text_notebooks).decode()  # what TOML calls it, too
    yield "text-notebooks", texts, origins.get("text-notebooks", "default")
    if settings.excluded:
        yield "excluded", "yes", f"{settings.source}: exclude"
    on = sum(settings.silenced(rule) is None for rule in settings.rules)
    yield "rules", f"{on} of {len(settings.rules)} reported", origins.get("select", "default")
    for rule in settings.rules:
        silenced = settings.silenced(rule)
        if silenced is not None:
            yield f"rules.{rule}", "off", silenced
        severity = settings.severity_override(rule)
        if severity is not None:
            yield f"severity.{rule}", severity.value, origins[f"severity.{rule}"]
        for option, value in settings.options(rule).items():
            yield f"rules.{rule}.{option}", str(value), f"{settings.source}: rules"
