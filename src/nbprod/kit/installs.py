"""Which packages a notebook installs by itself, and in which versions: magics, shell lines, subprocesses."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.findings import HOLE
from nbprod.notebook import Magic
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Span
from nbprod.semantic import Event, EventKind

_SHELLS: Final = frozenset({"", "!", "bash", "sh", "script", "system", "sx", "cmd"})
_TOOL: Final = lazy_pattern(r"(?:.*/)?(pip3?(?:\.\d+)?|conda|mamba|micromamba|uv)(?:\.exe)?")
_BEFORE: Final = lazy_pattern(
    r"(?s:\w++=.*|-.*|[^{]*+\{[^}]*+\}.*|[^$]*+\$.*)|sudo|exec|time|(?:.*/)?+python[\d.]*(?:\.exe)?|py"
)
_SEPARATOR: Final = lazy_pattern(r"[;|&()]+")
_REDIRECTION: Final = lazy_pattern(r"&*+[<>][<>&]*+")
_LINE: Final = lazy_pattern(r"(?:\\\r?\n|[^\r\n])+")

_TAKES_VALUE: Final = frozenset(
    """--requirement --constraint --index-url --extra-index-url --find-links --target --prefix --root --platform
    --python-version --implementation --abi --upgrade-strategy --progress-bar --timeout --retries --proxy
    --trusted-host --cache-dir --src --config-settings --global-option --install-option --no-binary --only-binary
    --log --cert --client-cert --editable --root-user-action --exists-action --python --report --prerelease
    --resolution --index --default-index --exclude-newer --channel --name --file --solver""".split()  # noqa: SIM905 - a list of words reads better
)
_SHORT_WITH_VALUE: Final = lazy_pattern(r"-[A-Za-z]*[rcifetCnp]")
_FIXES_VERSIONS: Final = frozenset(
    {"-c", "--constraint", "--require-hashes", "--no-index", "--exclude-newer", "--dry-run"}
)
_INSTALLERS: Final = frozenset({"pip", "setuptools", "wheel", "uv", "conda", "mamba"})

_NAME: Final = lazy_pattern(
    r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)(?:\[[^\]]*\])?\s*(?P<version>(?:[=<>!~].*)?)"
)
_SHA: Final = lazy_pattern(r"[0-9a-f]{7,40}")
_VERSION: Final = lazy_pattern(r"(?<!\d)\d++(?:\.\d++)++")
UNKNOWN_VERSION: Final = HOLE
"""Stands where a person has to fill in a version."""

_WILDCARD: Final = lazy_pattern(r"={1,2}[\d.]*\*")


class Requirement(Struct, frozen=True):
    """A package to be installed.

    Attributes:
        name: The distribution, or the repository.
        text: The requirement as written.
        is_pinned: Exactly one version, or one commit, meets it.
        is_bounded: Not pinned, but at least no new major version meets it.
    """

    name: str
    text: str
    is_pinned: bool
    is_bounded: bool = False

    @property
    def is_hole(self) -> bool:
        """Whether a template stands there whose version nobody has filled in yet."""
        return UNKNOWN_VERSION in self.text

    @property
    def is_open(self) -> bool:
        """Whether nothing settles the version, and nobody was asked for it yet."""
        return not (self.is_pinned or self.is_bounded or self.is_hole or "://" in self.text)

    @property
    def project(self) -> str:
        """The requirement without its version: "pandas[excel]"."""
        return re.split(r"[=<>!~;]", self.text, maxsplit=1)[0].strip()


class Install(Struct, frozen=True):
    """A command that installs packages.

    Attributes:
        at: Where it stands.
        command: The tool as written, with "install": "%pip install".
        requirements: What it installs by name; requirement files and local projects are left out.
        is_constrained: Something else than the requirements settles the versions.
    """

    at: Span
    command: str
    requirements: tuple[Requirement, ...]
    is_constrained: bool

    @property
    def is_conda(self) -> bool:
        """Whether it is conda or mamba, which write a version behind one `=`."""
        return "conda" in self.command or "mamba" in self.command


def installs(ctx: Context) -> Sequence[Install]:
    """The commands of a notebook that install packages, in the order of the cells."""
    return ctx.once(_installs)


def _installs(ctx: Context) -> list[Install]:
    found = [
        install
        for cell in ctx.notebook.code_cells
        for magic in cell.magics
        if "install" in magic.raw or "install" in magic.body
        for install in _in_magic(magic, cell.index, ctx)
    ]
    for event in ctx.model.events_of(EventKind.SHELL):
        found += _in_call(event, ctx)
    return sorted(found, key=lambda install: (install.at.cell.index, install.at.start))


def _in_magic(magic: Magic, cell: int, ctx: Context) -> Iterator[Install]:
    if magic.kind == "line" and _TOOL.fullmatch(magic.name):
        at = ctx.cell_span(cell, magic.start, magic.end)
        yield from _commands(f"{magic.name} {magic.args}", at, "%" if magic.raw.startswith("%") else "")
    elif magic.kind in {"shell", "line"} and magic.name in _SHELLS:
        at = ctx.cell_span(cell, magic.start, magic.end)
        yield from _commands(magic.args, at, "!")
    elif magic.kind == "cell" and magic.name in _SHELLS and "install" in magic.body:
        for line in _LINE.finditer(magic.body):
            start = magic.body_start + line.start()
            yield from _commands(line[0], ctx.cell_span(cell, start, start + len(line[0])), "")


def _in_call(event: Event, ctx: Context) -> Iterator[Install]:
    """`subprocess.run([sys.executable, "-m", "pip", "install", …])` and `os.system("pip install …")`."""
    command = event.path
    if command is None:
        return
    if command.text is not None:
        yield from _commands(command.text, ctx.span(event), "")
    elif isinstance(command.items, tuple):
        yield from _command([item.text or "{}" for item in command.items], ctx.span(event), "")


def _commands(line: str, at: Span, mark: str) -> Iterator[Install]:
    """The installs among the commands of a shell line."""
    if "install" not in line:
        return
    import shlex  # noqa: PLC0415 - few notebooks install anything

    lexer = shlex.shlex(re.sub(r"\\\r?\n", " ", line), posix=True, punctuation_chars=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    try:
        for word in [*lexer, ";"]:
            if word.startswith("#"):
                break
            if not _SEPARATOR.fullmatch(word):
                words.append(word)
                continue
            yield from _command(words, at, mark)
            words = []
    except ValueError:  # an open quotation mark
        return
    yield from _command(words, at, mark)


def _command(words: Sequence[str], at: Span, mark: str) -> Iterator[Install]:
    """The install that the words of one command stand for, if they do."""
    place = next((index for index, word in enumerate(words) if _TOOL.fullmatch(word)), None)
    if place is None or not all(_BEFORE.fullmatch(word) for word in words[:place]):
        return
    tool, rest = words[place], list(words[place + 1 :])
    if tool.endswith("uv") and rest[:1] == ["pip"]:
        tool, rest = f"{tool} pip", rest[1:]
    while rest and rest[0].startswith("-"):
        rest = rest[1:]
    if rest[:1] != ["install"]:
        return
    is_conda = tool.endswith(("conda", "mamba"))
    wanted, options = _arguments(rest[1:])
    settled = _FIXES_VERSIONS - {"-c"} if is_conda else _FIXES_VERSIONS
    requirements = tuple(found for word in wanted if (found := _requirement(word, is_conda=is_conda)) is not None)
    yield Install(at, f"{mark}{tool} install", requirements, bool(settled & options))


def _arguments(words: Sequence[str]) -> tuple[list[str], set[str]]:
    """What is to be installed, and the options; the values of options and redirections are left out."""
    wanted: list[str] = []
    options: set[str] = set()
    skip = False
    before = ""
    for word in words:
        before, last = word, before
        if skip:
            skip = False
        elif last == "-" and len(word) == 1:  # `- q`: an option that was torn apart
            options.add(f"-{word}")
        elif _REDIRECTION.fullmatch(word):
            skip = True
        elif word.startswith("-"):
            option, equals, _ = word.partition("=")
            short = _SHORT_WITH_VALUE.fullmatch(word)
            options.add(f"-{word[-1]}" if short else option)
            skip = bool(short) or (option in _TAKES_VALUE and not equals)
        else:
            wanted.append(word)
    return wanted, options


def _requirement(word: str, *, is_conda: bool) -> Requirement | None:
    """What a word asks for; None for a local project, and for what only the run will know."""
    if any(mark in word for mark in "{}$`*") and not _WILDCARD.search(word):
        return None
    if "://" in word:
        return _remote(word)
    word = word.partition(";")[0].strip()
    if (
        word.startswith((".", "/", "~"))
        or word.endswith((".whl", ".gz", ".zip", ".txt"))
        or "\\" in word
        or "/" in word
    ):
        return None
    if is_conda:
        word = word.rpartition("::")[2]
    found = _NAME.fullmatch(word)
    if found is None or found["name"].isdigit() or found["name"].lower() in _INSTALLERS:
        return None
    version = found["version"]
    exact = version.startswith("=") if is_conda else "==" in version
    is_pinned = exact and not _WILDCARD.search(version) and UNKNOWN_VERSION not in version
    is_bounded = not is_pinned and UNKNOWN_VERSION not in version and (exact or "<" in version or "~=" in version)
    return Requirement(found["name"], word, is_pinned, is_bounded)


def _remote(word: str) -> Requirement | None:
    """A requirement by address: a repository at a commit or tag, or one archive, is pinned."""
    address, _, fragment = word.partition("#")
    head, _, path = address.partition("://")
    if head.endswith("file"):
        return None
    name = re.match(r"\s*([\w.-]+)(?:\[[^\]]*\])?\s*@", word)
    path, _, ref = path.rpartition("@") if "@" in path.partition("/")[2] else (path, "", "")
    last = path.rstrip("/").rpartition("/")[2]
    egg = re.search(r"egg=([\w.-]+)", fragment)
    label = name[1] if name else egg[1] if egg else last.removesuffix(".git")
    if "git+" in head or "hg+" in head:
        is_pinned = bool(_SHA.fullmatch(ref) or _VERSION.search(ref))
    else:
        is_pinned = bool(_VERSION.search(path.partition("/")[2]) or _SHA.search(last))
    return Requirement(label, word, is_pinned)
