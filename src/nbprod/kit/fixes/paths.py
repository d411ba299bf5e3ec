"""Takes hard-coded paths out of the code: into a parameter, or behind an environment variable."""

import ast
import re
from collections.abc import Sequence
from contextlib import suppress
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
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, ReplaceText, Safety
from nbprod.semantic import Call, Stmt

_TAKES_PATHS = lazy_pattern(
    r"(pandas|polars|numpy|joblib|pathlib|geopandas)\.|builtins\.open$|(gzip|io|bz2|lzma)\.open$"
)
DATA_DIR, OUTPUT_DIR = "DATA_DIR", "OUTPUT_DIR"
_DEFAULTS = {DATA_DIR: '"data"', OUTPUT_DIR: '"."'}
_LONGEST = 40


def hoist_path_fix(ctx: Context, literal: Located, name: str | None = None, *, copies: Sequence[Located] = ()) -> Plan:
    """Move the string as it is to the `parameters` cell: the same value, and now it can be set from outside.

    `copies` are other places of the same string, to the letter.
    """

    def build() -> Sequence[Edit]:
        edits = _hoisted(ctx, literal, name)
        for copy in copies:
            with suppress(Declined, EditConflict):  # the first is worth moving alone
                edits = combine(edits, _hoisted(ctx, copy, name))
        return edits

    return Plan("Move the path to the parameters cell", Safety.SAFE, build)


def _hoisted(ctx: Context, literal: Located, name: str | None) -> Sequence[Edit]:
    with looking_at(ctx, literal.cell):
        stmt = _assignment(ctx, literal)
        if stmt is not None:
            with suppress(Declined):
                return move_to_parameters(ctx, stmt)
        site = _in_formatted(ctx, literal.node)
        if site is not None:
            return _hoist_head(ctx, site, literal)
        text = _constant(literal.node)
        wish = name or parameter_name(text)
        edits, names = hoist(ctx, {wish: _one_line(expression_site(ctx, literal.node))}, before=literal.node)
        return combine(edits, replace(ctx, literal.node, names[wish]))


def environment_path_fix(ctx: Context, literal: Located, call: Call | None = None, *, writes: bool = False) -> Plan:
    """Look for the file in a directory that the environment names, with a default beside the notebook.

    `call` is the one that gets the path as an argument, if it does so directly; it decides whether a
    `Path` will do. `writes` tells an output from an input. A parameter stays a plain string: a
    relative path.
    """

    def build() -> Sequence[Edit]:
        with looking_at(ctx, literal.cell):
            text = _constant(literal.node)
            last = _last_part(text)
            if not last:
                raise Declined("the path has no name in its end")
            stmt = _assignment(ctx, literal)
            folder = "output" if writes else "data"
            if literal.cell == getattr(parameters_cell(ctx), "index", None):
                default = last if writes else folder if _is_directory(text) else f"{folder}/{last}"
                return replace(ctx, literal.node, _quoted(default))
            if stmt is not None and _is_directory(text):
                import_os, os = ensure_import(ctx, "os", before=literal.node)
                variable = _bound_name(stmt).upper()
                default = '"."' if writes else _DEFAULTS[DATA_DIR]
                return combine(import_os, replace(ctx, literal.node, f'{os}.environ.get("{variable}", {default})'))
            return _join(ctx, literal, call, last, OUTPUT_DIR if writes else DATA_DIR)

    return Plan("Find the path through an environment variable", Safety.UNSAFE, build)


def _join(ctx: Context, literal: Located, call: Call | None, last: str, directory: str) -> list[Edit]:
    """`Path(os.environ.get("DATA_DIR", DATA_DIR)) / SALES_CSV`, or the same as a string."""
    if _is_directory(_constant(literal.node)):
        return _name_directory(ctx, literal, last, directory)
    wish = parameter_name(last)
    parameters = {directory: _DEFAULTS[directory], wish: _quoted(last)}
    edits, names = hoist(ctx, parameters, before=literal.node, shared=True)
    if names[directory] != directory:
        raise Declined(f"`{directory}` is a name of the notebook's own")
    import_os, os = ensure_import(ctx, "os", before=literal.node)
    found = f'{os}.environ.get("{directory}", {directory})'
    if call is not None and literal.node in call.node.args and _TAKES_PATHS.match(call.name):
        import_path, path = ensure_import(ctx, "pathlib", "Path", before=literal.node)
        expression = f"{path}({found}) / {names[wish]}"
    else:
        import_path, expression = [], f"{os}.path.join({found}, {names[wish]})"
    return combine(edits, import_os, import_path, replace(ctx, literal.node, expression))


def _name_directory(ctx: Context, literal: Located, last: str, directory: str) -> list[Edit]:
    """`os.environ.get("RAW_DIR", RAW_DIR)`: a directory has a variable of its own."""
    wish = parameter_name(last)
    default = last if directory == OUTPUT_DIR or last == "data" else f"data/{last}"
    slash = "/" if _constant(literal.node).endswith(("/", "\\")) else ""
    edits, names = hoist(ctx, {wish: _quoted(default + slash)}, before=literal.node)
    import_os, os = ensure_import(ctx, "os", before=literal.node)
    found = f'{os}.environ.get("{names[wish]}", {names[wish]})'
    return combine(edits, import_os, replace(ctx, literal.node, found))


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
    return DATA_DIR


def _is_directory(path: str) -> bool:
    return not re.search(r"\.[A-Za-z][A-Za-z0-9]{0,7}$", _last_part(path)) and "*" not in path


def parameter_name(path: str) -> str:
    """A name for the parameter that holds a path: `sales 2020.csv` gives SALES_2020_CSV, `/mnt/raw` RAW_DIR."""
    last = _last_part(path)
    stem, dot, suffix = last.rpartition(".")
    if not dot or not stem or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,7}", suffix):
        stem, suffix = last, "DIR" if "." not in last else "FILE"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", stem)
    words = re.sub(r"[\W_]+", "_", words).strip("_").upper()[:_LONGEST].strip("_")
    words = re.sub(r"^[\d_]+", "", "_".join(word for word in words.split("_") if not word.isdigit()))
    if words.endswith(suffix.upper()) and len(words) > len(suffix):
        return words
    return f"{words}_{suffix.upper()}" if words else {"DIR": "BASE_DIR"}.get(suffix, f"INPUT_{suffix.upper()}")


def _last_part(path: str) -> str:
    """The file or directory that a path of any system ends in."""
    windows = re.match(r"[A-Za-z]:|\\\\", path) or ("\\" in path and "/" not in path)
    kind: type[PurePath] = PureWindowsPath if windows else PurePosixPath
    return kind(path).name.strip().replace("~", "")


def _constant(node: ast.AST) -> str:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise Declined("the path is put together from parts")
    return node.value


def _one_line(site: Site) -> str:
    """The source of a literal, in brackets when it goes over several lines."""
    return f"({site.text})" if "\n" in site.text and not site.text.startswith(('"""', "'''")) else site.text


def _quoted(text: str) -> str:
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
    edits, names = hoist(ctx, {wish: _quoted(head)}, before=literal)
    start = site.start + found.start("head")
    span = ctx.cell_span(site.cell.index, start, start + len(head))
    return combine(edits, [ReplaceText(span=span, text=f"{{{names[wish]}}}")])
