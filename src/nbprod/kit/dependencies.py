"""What the project around a notebook declares to need, and which modules are its own.

Read are the files of the notebook's folder and those above it, up to the root of the repository: each folder at most
once a run, no file of more than some megabytes, and nothing that a symlink leads to outside of the project.
"""

import ast
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from msgspec import Struct

from nbprod.kit.distributions import normal
from nbprod.notebook import surroundings
from nbprod.notebook.surroundings import remembered
from nbprod.patterns import lazy_pattern

_HIGHEST: Final = 12
_WITHOUT_REPOSITORY: Final = 3
"""How many folders above the notebook are looked at, at most; and where no repository says where to stop."""
_MOST_FILES: Final = 50

_NAME: Final = lazy_pattern(r"\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")
_EGG: Final = lazy_pattern(r"egg=([\w.-]+)")
_REPOSITORY: Final = lazy_pattern(r"/([\w.-]+?)(?:\.git)?(?:@[^/#]*)?(?:#.*)?$")
_LOCKED: Final = lazy_pattern(r"^[ \t]*+(?:-[ \t]*+)?name[ \t]*+[=:][ \t]*+[\"']?([\w.-]++)", re.MULTILINE)
_ITEM: Final = lazy_pattern(r"^[ \t]*+-[ \t]++[\"']?(?:[\w./-]++::)?([A-Za-z0-9][\w.-]*+)", re.MULTILINE)


class Unreadable(Exception):  # noqa: N818 - not an error of ours: the file says nothing that can be relied on
    """A dependency file that can't be read, or not understood."""


class Project(Struct, frozen=True):
    """What is known of the project around a notebook.

    Attributes:
        folders: The notebook's folder and those above it, up to the root.
        files: The dependency files, by their path from the root.
        declared: The distributions that they name, normalised.
        is_complete: All of them could be read.
        modules: The files and folders in these folders that could be modules, by name.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...]
    declared: frozenset[str]
    is_complete: bool
    modules: Mapping[str, Sequence[str]]

    def owns(self, module: str) -> bool:
        """Whether a module is one of the project: a file or folder beside the notebook, above it, or in `src`."""
        places = self.modules.get(module, ())
        return any(place.endswith(".py") or surroundings.is_package(place) for place in places)

    def requirements_in(self, name: str) -> frozenset[str] | None:
        """What a requirements file declares that the notebook installs; None when the project has no such file."""
        path = os.path.normpath(os.path.join(self.folders[0], name))  # noqa: PTH118
        try:
            text = _read(path, self.folders[-1])
            return frozenset(_requirements(text, path, self.folders[-1])) if text is not None else None
        except Unreadable:
            return None


def project_of(path: str) -> Project | None:
    """The project around the notebook with a path; None when the path leads to no folder."""
    if not path.endswith((".ipynb", ".py")):
        return None
    place = os.path.realpath(path) if os.path.islink(path) else os.path.abspath(path)  # noqa: PTH100, PTH114
    folder = surroundings.real(os.path.dirname(place))  # noqa: PTH120
    return _project(folder) if surroundings.is_folder(folder) else None


@remembered
def _project(folder: str) -> Project:
    folders = _upwards(folder)
    root = folders[-1]
    files: list[str] = []
    declared: set[str] = set()
    is_complete = True
    modules: dict[str, list[str]] = {}
    for place in folders:
        for inner in ("", "src", "lib"):
            for name, module in surroundings.modules(os.path.join(place, inner) if inner else place):  # noqa: PTH118
                modules.setdefault(name, []).append(module)
        own, names, complete = _in_folder(place, root)
        files += own
        declared |= names
        is_complete = is_complete and complete
    return Project(tuple(folders), tuple(files), frozenset(declared), is_complete, modules)


def _upwards(folder: str) -> list[str]:
    """The folder and those above it, up to the one that holds the repository."""
    folders = [folder]
    while len(folders) < _HIGHEST:
        if not {".git", ".hg", ".svn"}.isdisjoint(surroundings.marks(folders[-1])):
            return folders
        above = os.path.dirname(folders[-1])  # noqa: PTH120
        if above == folders[-1]:
            break
        folders.append(above)
    return folders[:_WITHOUT_REPOSITORY]


@remembered
def _in_folder(folder: str, root: str) -> tuple[list[str], frozenset[str], bool]:
    """The dependency files of one folder, what they declare, and whether all could be read."""
    declared: set[str] = set()
    files: list[str] = []
    is_complete = True
    for path, reader in _candidates(folder):
        try:
            text = _read(path, root)
            if text is None:
                continue
            names = reader(text, path, root)
        except Unreadable:
            is_complete = False
            continue
        if names is not None:
            files.append(os.path.relpath(path, root))
            declared.update(names)
    return files, frozenset(map(normal, declared)), is_complete


Reader = Callable[[str, str, str], list[str] | None]


def _candidates(folder: str) -> Iterator[tuple[str, Reader]]:
    """The files of a folder that declare dependencies, each with what reads it."""
    for inner in ("", "requirements", "binder", ".binder"):
        place = os.path.join(folder, inner) if inner else folder  # noqa: PTH118
        found = 0
        for name in surroundings.dependency_files(place):
            reader = _reader(name, in_requirements=inner == "requirements")
            if reader is not None and found < _MOST_FILES:
                found += 1
                yield os.path.join(place, name), reader  # noqa: PTH118


def _reader(name: str, *, in_requirements: bool) -> Reader | None:
    lower = name.lower()
    if lower in _READERS:
        return _READERS[lower]
    if lower.endswith((".txt", ".in")) and (in_requirements or "requirements" in lower):
        return _requirements
    if lower.endswith((".yml", ".yaml")) and re.match(r"(?:conda[-_]?)?env|conda(?!-lock)", lower):
        return _environment
    return None


# --- reading ---------------------------------------------------------------------------------------


def _read(path: str, root: str) -> str | None:
    """The text of a regular file; None when there is none within the project.

    Raises:
        Unreadable: It is too large, or no text.
    """
    real = surroundings.real(path)
    if os.path.commonpath((real, root)) != root:
        return None
    file = surroundings.content(real)
    if not file.is_readable:
        raise Unreadable(path)
    data = file.data
    if data is None:
        return None
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(path) from error


def _requirements(text: str, path: str, root: str, depth: int = 0) -> list[str]:
    found: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        plain = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        include = re.match(r"(?:-r|--requirement)[ =]*(\S+)", plain)
        if include is not None and depth < 3:
            other = os.path.join(os.path.dirname(path), include[1])  # noqa: PTH118, PTH120
            more = _read(other, root) if "://" not in include[1] else None
            if more is None:
                raise Unreadable(path)
            found += _requirements(more, other, root, depth + 1)
        elif plain:
            found += _requirement(plain)
    return found


def _requirement(text: str) -> list[str]:
    """The distribution that a requirement names."""
    if "://" in text and not re.match(r"[\w.\[\],-]+\s*@", text):
        named = _EGG.search(text) or _REPOSITORY.search(text)
        return [named[1]] if named is not None else []
    if text.startswith(("-", ".", "/")):
        return []
    name = _NAME.match(text)
    return [name[1]] if name is not None else []


def _environment(text: str, path: str, root: str) -> list[str] | None:
    return _ITEM.findall(text) if "dependencies" in text else None


def _toml(text: str, path: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 - many projects have no such file

    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unreadable(path) from error


def _pyproject(text: str, path: str, root: str) -> list[str] | None:
    if "dependencies" not in text and "dependency-groups" not in text:
        return None
    table = _toml(text, path)
    tool = _dict(table.get("tool"))
    found = list(_lists(_dict(table.get("project")), "dependencies", "optional-dependencies"))
    found += _lists(table, "dependency-groups")
    found += _lists(_dict(tool.get("pdm")), "dev-dependencies")
    found += _lists(_dict(tool.get("uv")), "dev-dependencies")
    names = [name for text in found for name in _requirement(text)]
    for section in ("poetry", "pixi"):
        names += _keys(_dict(tool.get(section)))
    for environment in _dict(_dict(tool.get("hatch")).get("envs")).values():
        names += [name for text in _lists(_dict(environment), "dependencies") for name in _requirement(text)]
    return names or None


def _keyed(text: str, path: str, root: str) -> list[str] | None:
    """A Pipfile or pixi.toml: tables whose keys are the packages."""
    table = _toml(text, path)
    return [*_keys(table), *_dict(table.get("packages")), *_dict(table.get("dev-packages"))] or None


def _keys(table: dict[str, Any]) -> Iterator[str]:
    """The keys of all tables named like dependencies, however deep."""
    for key, value in table.items():
        if isinstance(value, dict):
            if fnmatchcase(key, "*dependencies"):
                yield from value
            else:
                yield from _keys(value)


def _lists(table: dict[str, Any], *keys: str) -> Iterator[str]:
    """The texts of lists, and of tables of lists."""
    for key in keys:
        value = table.get(key)
        groups = value.values() if isinstance(value, dict) else [value]
        for group in groups:
            yield from (item for item in group if isinstance(item, str)) if isinstance(group, list) else ()


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _setup_cfg(text: str, path: str, root: str) -> list[str] | None:
    from configparser import ConfigParser, Error  # noqa: PLC0415 - few projects have one

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error as error:
        raise Unreadable(path) from error
    lists = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        lists += [value for _, value in parser.items("options.extras_require")]
    return [name for value in lists for line in value.splitlines() for name in _requirement(line.strip())] or None


def _settings_ini(text: str, path: str, root: str) -> list[str] | None:
    """What nbdev reads, and its setup.py: lists of requirements, divided by blanks."""
    if "lib_name" not in text:
        return None
    from configparser import ConfigParser, Error  # noqa: PLC0415 - few projects have one

    parser = ConfigParser(interpolation=None, strict=False, delimiters=["="])
    try:
        parser.read_string(text)
    except Error as error:
        raise Unreadable(path) from error
    lists = [value for key, value in parser.defaults().items() if key.endswith("requirements")]
    return [name for value in lists for word in value.split() for name in _requirement(word.strip("'\""))] or None


def _setup_py(text: str, path: str, root: str) -> list[str] | None:
    """All texts of a setup.py that could be requirements: it may put them together in any way."""
    if "install_requires" not in text:
        return None
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(path) from error
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [name for text in texts if isinstance(text, str) and len(text) < 200 for name in _requirement(text)]


def _locked(text: str, path: str, root: str) -> list[str]:
    return _LOCKED.findall(text)


def _pipfile_lock(text: str, path: str, root: str) -> list[str]:
    import json  # noqa: PLC0415 - few projects have one

    try:
        table = _dict(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Unreadable(path) from error
    return [*_dict(table.get("default")), *_dict(table.get("develop"))]


_READERS: Final[dict[str, Reader]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "settings.ini": _settings_ini,
    "pipfile": _keyed,
    "pixi.toml": _keyed,
    "pipfile.lock": _pipfile_lock,
    "poetry.lock": _locked,
    "uv.lock": _locked,
    "pdm.lock": _locked,
    "pylock.toml": _locked,
    "conda-lock.yml": _locked,
}
