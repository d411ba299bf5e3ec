"""Takes hard-coded paths out of the code: into a parameter, or behind an environment variable."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from nbprod.errors import EditConflict
from nbprod.kit.context import Context, Located
from nbprod.kit.edit import (
    combine,
    ensure_import,
    hoist,
    locate,
    looking_at,
    move_to_parameters,
    parameters_cell,
    replace,
)
from nbprod.kit.edit.source import Site, expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.paths import PathKind, path_kind
from nbprod.notebook import Notebook
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Call, Stmt

_TAKES_PATHS = lazy_pattern(
    r"(pandas|polars|numpy|joblib|pathlib|geopandas)\.|builtins\.open$|(gzip|io|bz2|lzma)\.open$"
)
_LONGEST = 60
_LONGEST_FOLDER = 32
"""Of how many characters a name is made of that of a file, which its end may tell from another, or of a folder."""


def hoist_path_fix(ctx: Context, literal: Located, name: str | None = None, *, copies: Sequence[Located] = ()) -> Plan:
    """Move the string as it is to the `parameters` cell: the same value, and now it can be set from outside.

    `copies` are other places of the same string.
    """

    def build() -> Sequence[Edit]:
        edits = _hoisted(ctx, literal, name)
        for copy in copies:
            with suppress(Declined, EditConflict):  # the first is worth moving alone
                edits = combine(edits, _hoisted(ctx, copy, name, written=_written(ctx, literal)))
        return edits

    return Plan("Move the path to the parameters cell", Safety.SAFE, build)


def _hoisted(ctx: Context, literal: Located, name: str | None, *, written: str = "") -> Sequence[Edit]:
    """The edits that move a literal up, in its own writing or that of another one."""
    with looking_at(ctx, literal.cell):
        stmt = _assignment(ctx, literal)
        if stmt is not None:
            with suppress(Declined):
                return move_to_parameters(ctx, stmt)
        site = _in_formatted(ctx, literal.node)
        if site is not None:
            return _hoist_head(ctx, site, literal)
        text = _constant(literal.node)
        wish = name or wish_for(ctx, text)
        own = _one_line(expression_site(ctx, literal.node))
        edits, names = hoist(ctx, {wish: written or own}, before=literal.node)
        return combine(edits, replace(ctx, literal.node, names[wish]))


def _written(ctx: Context, literal: Located) -> str:
    with looking_at(ctx, literal.cell):
        return _one_line(expression_site(ctx, literal.node))


def environment_path_fix(ctx: Context, literal: Located, call: Call | None = None, *, writes: bool = False) -> Plan:
    """Look for the file where an environment variable says, with a default.

    The default is a place beside the notebook if the path lies in somebody's home, else where it always was.
    `call` is the one that gets the path as an argument, if it does so directly; it decides whether a
    `Path` will do. `writes` tells an output from an input.
    """

    def build() -> Sequence[Edit]:
        with looking_at(ctx, literal.cell):
            text = _constant(literal.node)
            if not _last_part(text):
                raise Declined("the path has no name in its end")
            if literal.cell == getattr(parameters_cell(ctx), "index", None):  # it can be set already
                return replace(ctx, literal.node, _default(ctx, literal, writes=writes))
            stmt = _assignment(ctx, literal)
            if _is_directory(text) and stmt is not None:
                return _look_up(ctx, literal, _bound_name(stmt).upper(), _default(ctx, literal, writes=writes))
            if _is_directory(text):
                wish = parameter_name(text)
                edits, names = hoist(
                    ctx, {wish: _default(ctx, literal, writes=writes, named=False)}, before=literal.node
                )
                return combine(edits, _look_up(ctx, literal, names[wish], names[wish]))
            return _join(ctx, literal, call, writes=writes)

    return Plan("Find the path through an environment variable", Safety.UNSAFE, build)


def _default(ctx: Context, literal: Located, *, writes: bool, named: bool = True) -> str:
    """The source of the path to take when nobody names another; the current directory for `named` outputs, since no
    other is sure to exist.
    """
    text = _constant(literal.node)
    if path_kind(text) is not PathKind.HOME:
        return _one_line(expression_site(ctx, literal.node))
    last = _last_part(text)
    slash = "/" if text.endswith(("/", "\\")) else ""
    if writes:
        return quoted(f".{slash}" if named and _is_directory(text) else last + slash)
    return quoted(f"data{slash}" if last.lower() == "data" else f"data/{last}{slash}")


def _look_up(ctx: Context, literal: Located, variable: str, default: str) -> list[Edit]:
    import_os, os = ensure_import(ctx, "os", before=literal.node)
    return combine(import_os, replace(ctx, literal.node, f'{os}.environ.get("{variable}", {default})'))


def _join(ctx: Context, literal: Located, call: Call | None, *, writes: bool) -> list[Edit]:
    """`Path(os.environ.get("DATA_DIR", DATA_DIR)) / SALES_CSV`, or the same as a string."""
    text = _constant(literal.node)
    directory, place = _directory_of(text, writes=writes)
    wish = wish_for(ctx, text)
    edits, names = hoist(ctx, {directory: quoted(place), wish: quoted(_last_part(text))}, before=literal.node)
    import_os, os = ensure_import(ctx, "os", before=literal.node)
    found = f'{os}.environ.get("{names[directory]}", {names[directory]})'
    if call is not None and literal.node in call.node.args and _TAKES_PATHS.match(call.name):
        import_path, path = ensure_import(ctx, "pathlib", "Path", before=literal.node)
        expression = f"{path}({found}) / {names[wish]}"
    else:
        import_path, expression = [], f"{os}.path.join({found}, {names[wish]})"
    return combine(edits, import_os, import_path, replace(ctx, literal.node, expression))


def _directory_of(path: str, *, writes: bool) -> tuple[str, str]:
    """A name for the directory of a file, and the directory to take when nobody names another."""
    if path_kind(path) is PathKind.HOME:
        return ("OUTPUT_DIR", ".") if writes else ("DATA_DIR", "data")
    parent = str(_pure(path).parent)
    name = parameter_name(parent)
    return (name if name.endswith("_DIR") else f"{name}_DIR"), parent


def _assignment(ctx: Context, literal: Located) -> Stmt | None:
    """The statement of the top level that gives the whole literal a name."""
    cell = ctx.notebook.cells[literal.cell]
    for node in cell.tree.body if cell.tree is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name()], value=value) if value is literal.node:
                return ctx.stmt(node)
    return None


def _bound_name(stmt: Stmt) -> str:
    match stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return "DATA_DIR"


def _is_directory(path: str) -> bool:
    return not re.search(r"\.[A-Za-z][A-Za-z0-9]{0,7}$", _last_part(path)) and "*" not in path


def wish_for(ctx: Context, path: str) -> str:
    """The name for the parameter of a path; with its numbers where only they tell it from another path."""
    short = parameter_name(path)
    others = (text for text in texts_of(ctx.notebook) if text != path and _last_part(text) != _last_part(path))
    return parameter_name(path, numbers=True) if any(parameter_name(text) == short for text in others) else short


@lru_cache(maxsize=1)
def texts_of(notebook: Notebook) -> frozenset[str]:
    """The strings of a notebook that may be names of files."""
    trees = [cell.tree for cell in notebook.code_cells if cell.tree is not None]
    return frozenset(text for tree in trees for text in _texts_in(tree))


@lru_cache(maxsize=2048)
def _texts_in(tree: ast.Module) -> list[str]:
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [text for text in found if isinstance(text, str) and len(text) < 200 and "." in text[:-1]]


def parameter_name(path: str, *, numbers: bool = False) -> str:
    """A name for the parameter that holds a path: `big sales 2020.csv` gives BIG_SALES_CSV, `/mnt/raw` RAW_DIR."""
    last = _last_part(path)
    stem, dot, suffix = last.rpartition(".")
    if not dot or not stem or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,7}", suffix):
        stem, suffix = last, "DIR" if "." not in last else "FILE"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem)
    words = re.sub(r"[\W_]+", "_", words).strip("_").upper()
    words = _shortened(words, _LONGEST_FOLDER if suffix == "DIR" else _LONGEST)
    words = re.sub(r"^[\d_]+", "", "_".join(word for word in words.split("_") if numbers or not word.isdigit()))
    if words.endswith(suffix.upper()) and len(words) > len(suffix):
        return words
    return f"{words}_{suffix.upper()}" if words else {"DIR": "BASE_DIR"}.get(suffix, f"INPUT_{suffix.upper()}")


def _shortened(words: str, most: int) -> str:
    """The first words of a name, as many as fit; a part of the first if not even that does."""
    if len(words) <= most:
        return words
    return (words[: most + 1].rpartition("_")[0] or words[:most]).strip("_")


def _last_part(path: str) -> str:
    """The file or directory that a path of any system ends in."""
    return _pure(path).name.strip().replace("~", "")


def _pure(path: str) -> PurePath:
    windows = re.match(r"[A-Za-z]:|\\\\", path) or ("\\" in path and "/" not in path)
    return PureWindowsPath(path) if windows else PurePosixPath(path)


def _constant(node: ast.AST) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise Declined("the path is put together from parts")
    return node.value


def _one_line(site: Site) -> str:
    """The source of a literal, in brackets when it goes over several lines."""
    return f"({site.text})" if "\n" in site.text and not site.text.startswith(('"""', "'''")) else site.text


def quoted(text: str) -> str:
    """The literal of a text, on one line, whatever stands in it."""
    return f'"{text}"' if text.isprintable() and '"' not in text and "\\" not in text else repr(text)


# --- f-strings: only the constant beginning is moved --------------------------------------------------


def _in_formatted(ctx: Context, node: ast.AST) -> Site | None:
    """The f-string, if that is what the literal is (or is the beginning of)."""
    site = locate(ctx, node)
    if isinstance(node, ast.JoinedStr) or re.match(r"(?i)f|rf|fr", re.split("[\"']", site.text)[0] or " "):
        return site
    return None


def _hoist_head(ctx: Context, site: Site, literal: Located) -> list[Edit]:
    """`f"/home/me/data/{name}.csv"` becomes `f"{DATA_DIR}/{name}.csv"`."""
    found = re.match(r"(?P<prefix>[fF])(?P<quote>\"{3}|'{3}|\"|')(?P<head>[^\\{}\"'\r\n]*)\{(?!\{)", site.text)
    if found is None:
        raise Declined("the beginning of the string cannot be told apart")
    head = found["head"].rpartition("/")[0] or found["head"].rstrip("/")
    if not head.strip("/~"):
        raise Declined("the string begins with no directory")
    wish = re.sub(r"_(?!DIR)[A-Z]+$", "", parameter_name(head)) if "." in head else parameter_name(head)
    wish = wish if wish.endswith("_DIR") else f"{wish}_DIR"
    edits, names = hoist(ctx, {wish: quoted(head)}, before=literal)
    start = site.start + found.start("head")
    span = ctx.cell_span(site.cell.index, start, start + len(head))
    return combine(edits, [ReplaceText(span=span, text=f"{{{names[wish]}}}")])
