"""The constants that decide what a run reads and writes, and whether somebody can set them from outside."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import BOUNDARIES, Binding, Call, Event, EventKind, Literal, Stmt, Tag

_TOY: Final = frozenset({"toy", "generated"})
_NAMES: Final = frozenset({EventKind.DB, EventKind.LLM, EventKind.SERVE})
_LONGEST: Final = 200
_SECRET: Final = lazy_pattern(r"(?:^|_)(?:token|secret|password|passwd|pwd|api_?key|credentials?)$", re.IGNORECASE)
_ADDRESS: Final = lazy_pattern(r"[./~]|[\w+.-]++:|[^/]*+\.\w{1,5}\Z")
_FORMATS: Final = frozenset({"csv", "json", "parquet", "arrow", "text", "pandas", "imagefolder", "audiofolder"})
"""What stands for the name of a data set where it comes from files: `load_dataset("json", data_files=path)`."""
_FROM_OUTSIDE: Final = lazy_pattern(
    r"(?:\benviron(?:\.get\(|\[)|\bgetenv\()\s*[\"'](?!\w*(?i:key|token|secret|password|passwd|pwd|credential))"
    r"|\b(?:argparse|ipywidgets|widgets\.(?:get|text|dropdown|combobox|Text|IntSlider|Dropdown|interact)|hydra|omegaconf"
    r"|OmegaConf|configparser|ConfigParser|papermill|scrapbook|dynaconf|BaseSettings|getArgument|absl\.flags|fire\.Fire)\b"
    r"|\bsys\.argv\b|#\s*@param\b|\byaml\.(?:safe_|full_)?load\(|\btomllib\.load|\btoml\.load|\binput\("
    r"|^[ \t]*(?:import|from)[ \t]+(?:\w+\.)*(?:config|settings|params|parameters)\b(?!\.)"
    r"|^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(?:config|settings|params|parameters)\b",
    re.MULTILINE,
)
"""Ways in which a value gets into a run, secrets left out: these are no parameters of it."""
_HINTS: Final = (
    "environ", "getenv", "argparse", "widgets", "hydra", "omegaconf", "OmegaConf", "configparser", "ConfigParser",
    "papermill", "scrapbook", "dynaconf", "BaseSettings", "getArgument", "absl", "fire.Fire", "sys.argv", "@param",
    "yaml", "toml", "input(", "config", "settings", "param",
)  # fmt: skip
"""One of these stands wherever the pattern matches."""


class Setting(Struct, frozen=True, eq=False):
    """A constant that reaches a boundary: a literal, or a name of the top level that holds one.

    Attributes:
        cell: Where its literal stands.
        node: The literal.
        stmt: The statement that gives it a name, if one does.
        shown: How to call it in a message.
        is_file: It names a file or address, not a model, table or data set.
        copies: Where else the same literal decides something: a file that is written here, and read there.
    """

    cell: int
    node: ast.expr
    stmt: Stmt | None
    shown: str
    is_file: bool = True
    copies: "tuple[Setting, ...]" = ()


def is_set_from_outside(ctx: Context) -> bool:
    """Whether the notebook takes any setting from outside: parameters, environment, arguments, widgets, a file."""
    cells = ctx.notebook.code_cells
    if any(cell.holds_parameters for cell in cells):
        return True
    text = "\n\n".join(cell.source for cell in cells)
    hints = [hint for hint in _HINTS if hint in text]
    sources = (cell.source for cell in cells if any(hint in cell.source for hint in hints))
    return any(_FROM_OUTSIDE.search(source) for source in sources)


def settings_of(ctx: Context) -> list[Setting]:
    """The constants that reach what the notebook reads, asks for and writes, each once, in the order of the events."""
    found: dict[object, Setting] = {}
    copies: dict[object, dict[ast.expr, Setting]] = {}
    for event in ctx.model.events_of(*BOUNDARIES):
        if event.detail in _TOY:
            continue
        for setting in (*_path(event), *_arguments(event.call, ctx), *_model(event, ctx)):
            value = setting.node.value if isinstance(setting.node, ast.Constant) else None
            key = value if isinstance(value, str) else setting.node
            if key not in found or (found[key].stmt is None and setting.stmt is not None):
                found[key] = setting  # under the name that it has already
            copies.setdefault(key, {})[setting.node] = setting
    return [_with_copies(setting, copies[key]) for key, setting in found.items()]


def _with_copies(setting: Setting, same: Mapping[ast.expr, Setting]) -> Setting:
    others = tuple(other for node, other in same.items() if node is not setting.node and other.stmt is None)
    return replace(setting, copies=others) if others and setting.stmt is None else setting


def _path(event: Event) -> Iterator[Setting]:
    """The file, address or table, where one literal is all of it."""
    value = event.path
    if value is None or value.text is None or value.has(Tag.PARAMETER | Tag.ENVIRONMENT):
        return
    if event.kind is EventKind.DB and " " in value.text.strip():
        return  # a statement, not the name of a table
    if event.detail == "hub" and value.text in _FORMATS:
        return
    is_name = event.kind is EventKind.HTTP and not _ADDRESS.match(value.text)  # of a model that somebody published
    is_file = event.detail != "hub" and not is_name and (event.kind not in _NAMES or "." in value.text)
    yield from _whole(value.text, value.literal, is_file=is_file and ("/" in value.text or "." in value.text))


def _whole(text: str, literal: Literal | None, *, is_file: bool) -> Iterator[Setting]:
    node = literal.node if literal is not None else None
    if literal is None or not isinstance(node, ast.Constant) or node.value != text:
        return
    if text.strip() and len(text) <= _LONGEST and "\n" not in text:
        shown = text if len(text) <= 40 else f"{text[:18]}…{text[-20:]}"
        yield Setting(literal.cell, node, None, f"`{shown}`", is_file)


def _arguments(call: Call, ctx: Context) -> Iterator[Setting]:
    """Names of the top level that hold a constant."""
    for node in (*call.node.args, *(keyword.value for keyword in call.node.keywords)):
        if isinstance(node, ast.Name) and not _SECRET.search(node.id):
            binding = _constant(node.id, ctx)
            stmt = binding.stmt if binding is not None else None
            if binding is not None and stmt is not None and isinstance(stmt.node, ast.Assign):
                yield Setting(binding.cell, stmt.node.value, stmt, f"`{binding.name}`")


def _constant(name: str, ctx: Context) -> Binding | None:
    bindings = ctx.model.bindings(name)
    if len(bindings) != 1 or bindings[0].value.has(Tag.PARAMETER | Tag.ENVIRONMENT):
        return None
    stmt = bindings[0].stmt
    node = stmt.node if stmt is not None and stmt.parent is None and stmt.function is None else None
    match node:
        case ast.Assign(targets=[ast.Name()], value=ast.Constant(value=str() | int() | float() as value)):
            return bindings[0] if not isinstance(value, bool) else None
    return None


def _model(event: Event, ctx: Context) -> Iterator[Setting]:
    """The language model that is asked."""
    if event.kind is EventKind.LLM:
        value = event.call.keywords.get("model") or event.call.keywords.get("model_name")
        if value is not None and value.text is not None and not value.has(Tag.PARAMETER | Tag.ENVIRONMENT):
            yield from _whole(value.text, value.literal, is_file=False)
