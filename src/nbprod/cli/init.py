"""`nbprod init`: a configuration to start from, made for what the folder holds."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from nbprod.api import known_rules
from nbprod.cli.links import refuse_links
from nbprod.cli.run import complain, emit
from nbprod.cli.survey import Survey, survey
from nbprod.config import Configuration
from nbprod.config.find import OWN_FILE, PROJECT_FILE
from nbprod.errors import ConfigError, EditConflict, UsageError
from nbprod.notebook import write_atomic
from nbprod.output.tally import count_of

_NEXT = """
Next:
  nbprod check                                             what there is to find
  nbprod check --write-baseline nbprod-baseline.json       accept it for now, and commit the file;
  nbprod check --baseline nbprod-baseline.json             from then on only what is new fails
pre-commit, GitHub Actions and GitLab: docs/pipelines.md
"""


@click.command("init")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def command(*, folder: Path, dry_run: bool) -> None:
    """Write a configuration to start from.

    It goes into the pyproject.toml of FOLDER (the current one by default), or into a nbprod.toml if
    there is none. Folders whose notebooks are for thinking get the explore profile, by their names or
    because nothing in them takes parameters or delivers anything; what is archived is left out.
    """
    _refuse_second(folder)
    found = survey(folder)
    path, old, added = _addition(folder, found)
    if dry_run:
        emit([f"# {path}\n", added.decode()])
        return
    _write(path, old, added)
    complain(f"Wrote {'[tool.nbprod] into ' if old is not None else ''}{path}: {_summary(found)}.")
    emit([_NEXT.lstrip("\n")])


def _refuse_second(folder: Path) -> None:
    """Raise where there is a configuration already, or one that is wrong."""
    source = Configuration(known_rules()).for_path(folder / "notebook.ipynb").source
    if source is None:
        return
    if Path(source).parent.samefile(folder):
        raise UsageError(f"{source} configures nbprod already: `nbprod config` shows how")
    complain(f"note: {source} ruled this folder so far; the new file does so alone")


def _addition(folder: Path, found: Survey) -> tuple[Path, bytes | None, bytes]:
    """The file to write, what it holds (None: there is none), and what is put at its end."""
    project = folder / PROJECT_FILE
    if project.is_file():
        refuse_links(project)
        old = _read(project)
        newline = "\r\n" if b"\r\n" in old else "\n"
        gap = "" if not old else newline if old.endswith(b"\n") else newline * 2
        added = (gap + newline.join(_lines(found, "tool.nbprod")) + newline).encode()
        if _holds(old + added):
            return project, old, added
        complain(f"note: {project} can't be added to as it is: {OWN_FILE} is written instead")
    return folder / OWN_FILE, None, ("\n".join(_lines(found, "")) + "\n").encode()


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        tomllib.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    return data


def _holds(data: bytes) -> bool:
    """Whether what was written is there for who reads it: `tool` may be written in a way that can't be added to."""
    try:
        return "nbprod" in tomllib.loads(data.decode("utf-8-sig"))["tool"]
    except ValueError:
        return False


def _write(path: Path, old: bytes | None, added: bytes) -> None:
    try:
        if old is not None:
            write_atomic(path, old + added, old)
            return
        refuse_links(path)
        with path.open("xb") as file:
            file.write(added)
    except (OSError, EditConflict) as error:
        raise UsageError(f"{path} cannot be written: {error}") from error


# --- what is written -------------------------------------------------------------------------------


def _lines(found: Survey, table: str) -> Iterator[str]:
    """The lines of a configuration; with the name of its table in a file that holds others."""
    if table:
        yield f"[{table}]"
    yield f"# {_summary(found)}"
    if found.excluded:
        yield "exclude = ["
        yield from (f"  {_glob(parts, '')},  # {_notebooks(count)}" for parts, count in found.excluded.items())
        yield "]"
    if not found.exploring:
        yield 'profile = "production"  # or a table: path glob = "explore"'
        return
    yield ""
    yield f"[{table}.profile]" if table else "[profile]"
    yield "# what is not named here is for production"
    yield from (f'{_glob(parts, "**")} = "explore"  # {_notebooks(count)}' for parts, count in found.exploring.items())


def _summary(found: Survey) -> str:
    exploring, excluded = sum(found.exploring.values()), sum(found.excluded.values())
    left = found.total - exploring - excluded
    text = f"{_notebooks(found.total)}: {left} for production, {exploring} exploratory, {excluded} left out"
    return f"{text}, {found.unread} unreadable" if found.unread else text


def _notebooks(count: int) -> str:
    return count_of(count, "notebook")


_META: Mapping[int, str] = str.maketrans({char: f"[{char}]" for char in "[*?"})


def _glob(parts: tuple[str, ...], tail: str) -> str:
    """A folder as a pattern that means no other, written as a string of TOML."""
    path = "/".join(part.translate(_META) for part in parts)
    return json.dumps(f"/{path}/{tail}", ensure_ascii=False).replace("\x7f", "\\u007f")
