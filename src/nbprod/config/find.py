"""Looks for the configuration file of a folder: the nearest one upwards."""

import os
import re
from pathlib import Path
from typing import Any

from nbprod.errors import ConfigError
from nbprod.patterns import lazy_pattern

OWN_FILE = "nbprod.toml"
PROJECT_FILE = "pyproject.toml"

_OUR_TABLE = lazy_pattern(rb"""^[ \t\[]*+["']?tool["']?\s*+(?:\.\s*+["']?nbprod|[\]=])""", re.MULTILINE)
"""Some way to write `tool.nbprod` in TOML; most projects have none, and parsing takes its time."""

Found = tuple[Path, dict[str, Any]]


class Finder:
    """Finds the nearest configuration of a folder, and remembers the answer for each folder."""

    def __init__(self) -> None:
        self._cache: dict[str, Found | None] = {}

    def find(self, folder: str) -> Found | None:
        """Return the file that rules `folder` (absolute) and its table; None when there is none.

        Raises:
            ConfigError: the file can't be read or is no TOML.
        """
        visited = []
        found: Found | None = None
        while folder not in self._cache:
            visited.append(folder)
            found = _in_folder(folder)
            parent = os.path.dirname(folder)  # noqa: PTH120  -- once per folder of every run
            if found is not None or parent == folder:
                break
            folder = parent
        else:
            found = self._cache[folder]
        self._cache.update(dict.fromkeys(visited, found))
        return found


def _in_folder(folder: str) -> Found | None:
    own = Path(folder, OWN_FILE)
    text = _read(own)
    if text is not None:
        return own, _parse(own, text)
    project = Path(folder, PROJECT_FILE)
    text = _read(project)
    if text is None or not _OUR_TABLE.search(text):
        return None
    tool = _parse(project, text).get("tool")
    table = tool.get("nbprod") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{project}: `tool.nbprod` has to be a table")
    return project, table


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if path.is_dir():
            return None
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error


def _parse(path: Path, text: bytes) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  -- most folders have no configuration

    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8: {error.reason} at byte {error.start}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
