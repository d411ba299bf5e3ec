"""What rules must agree on about paths: which of them other machines do not have, and what is done with them."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from typing import Final

from msgspec import Struct, field

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Binding, Call, Event, EventKind, Literal, Tag, Value


class PathKind(Enum):
    """Why a path does not exist elsewhere."""

    HOME = "home"  # below the home directory or on the drive of one person
    MOUNT = "mount"  # where one platform mounts its storage
    PARENT = "parent"  # two folders or more above the one that the run was started in
    TEMPORARY = "temporary"
    ABSOLUTE = "absolute"


_SCHEME: Final = lazy_pattern(r"file://(?:localhost)?|sqlite:///(?=[A-Za-z]:|/)|sqlite:///")
_SERVICE_USERS: Final = (
    "ec2-user ubuntu azureuser jovyan jupyter sagemaker-user studio-lab-user onyxia vscode codespace runner cdsw "
    "trusted-service-user datalab databricks admin debian centos hadoop coder opc vagrant"
)
"""Accounts that a platform gives to everybody."""
_PLACEHOLDERS: Final = lazy_pattern(
    r"<.*|\{.*|\$.*|%.*|\[.*|x{2,}|\.{3}|…|(?:my|your|the)?[-_ ]?(?:user|usr|account|login)?[-_ ]?(?:name|id)?(?:here)?"
    r"|you|me|user\d?|user[-_ ]?name|your[-_ ].*|example|someone|somebody|johndoe|path",
    re.IGNORECASE,
)
_USER: Final = lazy_pattern(r"(?:/home|/Users|[A-Za-z]:[\\/]+Users)[\\/]+([^\\/\n]+)(?=[\\/]|$)")
_DRIVE: Final = lazy_pattern(r"[A-Za-z]:[\\/]+(?=[^\\/\s])")
_TILDE: Final = lazy_pattern(r"~[\\/](?![.])[^\\/\s]")
_MOUNT: Final = lazy_pattern(
    r"/(?:content|kaggle|dbfs|mnt|media|Volumes|gdrive|lakehouse|teamspace|datadrive|workspaces?|scratch|notebooks)(?=/|$)"
    r"|/root/|/domino/|/databricks-datasets/|\\\\[\w.$-]+\\"
)
_PARENT: Final = lazy_pattern(r"\.\.[\\/]+\.\.(?=[\\/]|$)")
_TEMPORARY: Final = lazy_pattern(r"(?:/private|/var|/private/var|/local_disk0)?/tmp(?=/|$)")
_SYSTEM: Final = lazy_pattern(
    r"/root/\.|/(?:dev|proc|sys|etc|usr|bin|sbin|lib\w*|run|opt|var/(?:log|run|lib)|System|Library|Applications)(?=/|$)"
    r"|[A-Za-z]:[\\/]+(?:Windows|Program Files|ProgramData)\b"
)
"""Where an operating system or a container image keeps its own files."""
_ABSOLUTE: Final = lazy_pattern(r"/[\w.-]+/[\w.@-]")
_STARTS: Final = frozenset("/~.\\fs")
_LONGEST: Final = 400


def path_kind(text: str) -> PathKind | None:
    """Why other machines do not have a path; None if they may have it, or if the text is no path.

    The text may be the beginning of a path whose end is not known.
    """
    if text[:1] not in _STARTS and text[1:2] != ":":
        return None
    text = _SCHEME.sub("", text, count=1)
    if "\n" in text or len(text) > _LONGEST or "://" in text or text.startswith("//"):
        return None
    if _SYSTEM.match(text) or text.rstrip("/") == "/Volumes":  # which names no volume yet
        return None
    user = _USER.match(text)
    if user is not None:
        if user[1] in _SERVICE_USERS.split():
            return PathKind.MOUNT
        return None if _is_placeholder(user[1], text) else PathKind.HOME
    if _DRIVE.match(text) or _TILDE.match(text):
        return None if re.search(r"path[\\/]to[\\/]", text) else PathKind.HOME
    for pattern, kind in _PATTERNS:
        if pattern.match(text):
            return kind
    return None


_PATTERNS: Final = (
    (_TEMPORARY, PathKind.TEMPORARY),
    (_MOUNT, PathKind.MOUNT),
    (_PARENT, PathKind.PARENT),
    (_ABSOLUTE, PathKind.ABSOLUTE),
)


def _is_placeholder(user: str, text: str) -> bool:
    """Whether a user's name stands for that of whoever reads the notebook. Windows calls its first account User."""
    if text[1:2] == ":" and user in {"User", "user", "admin", "Admin"}:
        return False
    return _PLACEHOLDERS.fullmatch(user) is not None


# -- what is done with them ---------------------------------------------------------------------------

_FILES: Final = frozenset({EventKind.LOAD, EventKind.WRITE, EventKind.PERSIST})
_PATH_NAME: Final = lazy_pattern(
    r"(?:.*_)?(?:path|dir|directory|folder|file|filename|root|base|home|location|input|output|db|database)s?\d*",
    re.IGNORECASE,
)
_TRANSPARENT: Final = lazy_pattern(
    r"pathlib\.Path(?:\.(?:joinpath|resolve|absolute|expanduser|as_posix))?|os\.fspath|builtins\.str(?:\..*)?"
    r"|os\.path\.(?:join|expanduser|expandvars|abspath|realpath|normpath|dirname|basename)"
)
"""They make a path of a path: what is done with that one tells more."""
_ASKING: Final = lazy_pattern(
    r"builtins\.(?:print|len|repr|isinstance|type|dict|list|set|tuple|sorted|max|min|input|getattr|setattr|hasattr)"
    r"|os\.path\.(?:exists|isfile|isdir|relpath|commonprefix)|os\.getenv|os\.Environ\..*|re\..*|logging\..*"
    r"|pathlib\.Path\.(?:exists|is_file|is_dir)|warnings\..*|google\.colab\.drive\.mount|argparse\..*"
    r"|.*\.(?:replace|startswith|endswith|removeprefix|lstrip|rstrip|strip|split|rsplit|find|index|count|join|format"
    r"|route|get|post|put|delete|patch|websocket|add_url_rule|add_api_route|include_router|rename|isin|write|info|debug"
    r"|warning|error|exception|setdefault|markdown|Markdown|HTML|display)"
)
"""They ask, show or rewrite text, mount a drive, take a default, or serve a route."""
_REMOTE: Final = lazy_pattern(
    r"(?:azureml|azure|sagemaker|boto3|kfp|google\.cloud|vertexai|docker|modal|paramiko|fabric)\..*"
)
"""What they are given may be a path of the machine that runs the job."""
_OF_FOLDERS: Final = lazy_pattern(
    r"glob\.i?glob|os\.(?:listdir|walk|scandir|chdir|mkdir|makedirs)|shutil\.(?:copy\w*|move|rmtree|make_archive)"
    r"|pathlib\.Path\.(?:r?glob|iterdir|mkdir)|torchvision\.datasets\.(?:Image|Dataset)Folder"
)
"""What they are given is a path for certain."""
_EVERYWHERE: Final = frozenset({PathKind.HOME, PathKind.PARENT})


class PathUse(Struct):
    """A path in the source, and what is done with it; `whole` if one constant alone makes it such a path."""

    literal: Literal
    text: str
    kind: PathKind
    whole: bool
    events: list[Event] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    makers: list[Call] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)

    @property
    def is_used(self) -> bool:
        """Whether it is certain enough that this is a path that something is done with."""
        if self.kind is PathKind.ABSOLUTE:  # or a route of a service, say
            return bool(self.events) or any(_OF_FOLDERS.fullmatch(call.name) for call in self.calls)
        return bool(self.events or self.calls or self.bindings)

    @property
    def places(self) -> list[Event | Call | Binding]:
        """Where it turns up, what tells most first."""
        return [*self.events, *self.calls, *self.bindings, *self.makers]


def local_paths(ctx: Context) -> list[PathUse]:
    """The paths in the source that other machines do not have, in the order in which they are used."""
    found: dict[ast.AST, PathUse] = {}
    told: set[tuple[Call, ast.AST]] = set()
    for event in ctx.model.events_of(*_FILES):
        path = _path(event.path, found) if event.path is not None else None
        if path is not None and not _is_no_use(event.call, path.kind):
            path.events.append(event)
            told.add((event.call, path.literal.node))
    for call in ctx.model.all_calls:
        for value in _handed(call):
            path = _path(value, found)
            if path is None or _is_no_use(call, path.kind) or (call, path.literal.node) in told:
                continue
            (path.makers if _TRANSPARENT.fullmatch(call.name) else path.calls).append(call)
    for name in ctx.model.bound_names:
        for binding in ctx.model.bindings(name):
            for key, value in _bound(name, binding.value):
                path = _path(value, found)
                if path is not None and (path.kind is PathKind.HOME or _PATH_NAME.fullmatch(key)):
                    path.bindings.append(binding)
    return list(found.values())


def _path(value: Value, found: dict[ast.AST, PathUse]) -> PathUse | None:
    literal = value.literal
    if literal is None:
        return None
    text = value.head
    if text is None or (text[:1] not in _STARTS and text[1:2] != ":") or value.has(Tag.ENVIRONMENT):
        return None
    kind = path_kind(text)
    if kind is None:
        return None
    own = literal.node.value if isinstance(literal.node, ast.Constant) else None
    whole = isinstance(own, str) and path_kind(own) is not None
    return found.setdefault(literal.node, PathUse(literal, str(own) if whole else text, kind, whole))


def _handed(call: Call) -> Iterator[Value]:
    """The texts that a call is given, and those in the lists among that."""
    for value in (*call.args, *call.keywords.values()) if call.keywords else call.args:
        if value.literal is not None:
            yield value
        elif value.items:
            yield from value.elements[:20]
    if call.receiver is not None and call.receiver.literal is not None:
        yield call.receiver


def _bound(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    """What a name holds; the entries of a dictionary go by their keys."""
    if value.literal is not None:
        yield name, value
    if isinstance(value.items, dict):
        yield from ((str(key), item) for key, item in list(value.items.items())[:50])
    elif value.items:
        yield from ((name, item) for item in value.items[:20])


def _is_no_use(call: Call, kind: PathKind) -> bool:
    """Whether the call only talks about the path, or hands it to another machine."""
    if _ASKING.fullmatch(call.name):
        return True
    return kind not in _EVERYWHERE and _REMOTE.fullmatch(call.name) is not None


def known_place(path: PathUse, ctx: Context) -> tuple[str, str | None]:
    """What a session adds: why others do not have the path, and the same path from the working directory."""
    fact = ctx.runtime.path(path.text) if ctx.runtime is not None and path.whole else None
    if fact is None:
        return "", None
    if not fact.exists:
        reads = any(event.kind is EventKind.LOAD for event in path.events)
        return ("which does not exist on this machine" if reads else ""), None
    if fact.relative is not None and path.kind is not PathKind.PARENT:
        return "which elsewhere need not exist: name it from the working directory", fact.relative
    return ("which exists only on this machine, under your home directory" if fact.under_home else ""), None
