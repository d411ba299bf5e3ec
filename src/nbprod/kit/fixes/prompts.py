"""Takes an answer from the environment instead of asking a person."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, remove_statement, replace, replace_statement
from nbprod.kit.findings import Plan
from nbprod.kit.fixes.secret import variable_name
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call

_NAMED = lazy_pattern(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_WORD = lazy_pattern(r"[A-Za-z][A-Za-z0-9]*")
_GENERAL = frozenset(
    {"key", "api_key", "apikey", "token", "secret", "password", "pwd", "pw", "x", "s", "value", "answer"}
)
_FILLERS = frozenset(
    {"please", "enter", "type", "provide", "input", "insert", "paste", "give", "add", "set", "in", "here", "your",
     "the", "a", "an", "my", "of", "for", "to", "is", "what", "which"}
)  # fmt: skip
_TAKEN = frozenset(
    {"USER", "USERNAME", "HOME", "PATH", "NAME", "HOST", "HOSTNAME", "SHELL", "LANG", "PWD", "TERM", "EDITOR", "MAIL",
     "LOGNAME", "TMP", "TEMP", "TMPDIR", "DISPLAY"}
)  # fmt: skip
"""Variables that mean something else already."""

_SECRETS = frozenset({"KEY", "TOKEN", "PASSWORD", "SECRET", "ID", "URL", "ENDPOINT", "URI", "NAME", "USERNAME"})


def environment_fix(ctx: Context, call: Call) -> Plan | None:
    """Read what a prompt asks for from the environment; None where it may be asked more than once, or has no name.

    A pause ("press Enter") is taken out.
    """
    loops = (ast.While, ast.For, ast.AsyncFor)
    if call.stmt.function is not None or any(
        isinstance(place.node, loops) for place in (call.stmt, *call.stmt.ancestors())
    ):
        return None
    stmt = call.stmt.node
    if isinstance(stmt, ast.Expr) and stmt.value is call.node:
        return Plan("Take the pause out", Safety.UNSAFE, lambda: [*remove_statement(ctx, call.stmt)])
    environment = _variable_set(ctx, call)
    if environment is not None:
        owner, key = environment
        code = f'if "{key}" not in {owner}:\n    raise RuntimeError("set {key} in the environment of this notebook")'
        return Plan(f"Ask for the variable {key}", Safety.UNSAFE, lambda: [*replace_statement(ctx, call.stmt, code)])
    node, variable = _lookup(ctx, call) or (call.node, _variable(call))
    if variable is None:
        return None

    def build() -> list[Edit]:
        imports, os = ensure_import(ctx, "os", before=call)
        with looking_at(ctx, call.cell):
            return combine(imports, replace(ctx, node, f'{os}.environ["{variable}"]'))

    return Plan(f"Read it from the environment variable {variable}", Safety.UNSAFE, build)


def _variable_set(ctx: Context, call: Call) -> tuple[str, str] | None:
    """The environment and the variable of `os.environ["KEY"] = getpass()`."""
    match call.stmt.node:
        case ast.Assign(targets=[ast.Subscript(value=owner, slice=ast.Constant(value=str(key)))], value=value) if (
            value is call.node and ctx.value(owner).type == "os.Environ" and key.isidentifier()
        ):
            return ast.unparse(owner), key
    return None


def _lookup(ctx: Context, call: Call) -> tuple[ast.Call, str] | None:
    """The call and the variable of `os.environ.get("KEY", getpass())`, which asks in any case."""
    for node in ast.walk(call.stmt.node):
        match node:
            case ast.Call(args=[ast.Constant(value=str(key)), default]) if default is call.node:
                outer = ctx.call(node)
                if outer is not None and outer.name in {"os.getenv", "os.Environ.get"} and key.isidentifier():
                    return node, key
    return None


def _variable(call: Call) -> str | None:
    """The variable to read: what the prompt names, else what the answer is called."""
    prompt = call.argument(0, "prompt")
    text = (prompt.text if prompt is not None else None) or ""
    found = _NAMED.search(text)
    if found is not None:
        return found[0]
    name = next(_names(call.stmt.node, call.node), None)
    if name is None or name.lower() in _GENERAL:
        words = [word.upper() for word in _WORD.findall(text.partition("(")[0]) if word.lower() not in _FILLERS]
        if 1 < len(words) <= 5 and words[-1] in _SECRETS:
            return "_".join(words)
    if name is None or not name.isascii():
        return None
    variable = variable_name(name)
    return f"NOTEBOOK_{variable}" if variable in _TAKEN else variable


def _names(stmt: ast.AST, target: ast.AST) -> Iterator[str]:
    """What a statement calls the value of an expression in it: by keyword, key or variable, the nearest first."""
    path = _path(stmt, target)
    for child, parent in pairwise(path):
        match parent:
            case ast.keyword(arg=str(name)):
                yield name
            case ast.Dict(keys=keys, values=values):
                key = next((key for key, value in zip(keys, values, strict=True) if value is child), None)
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isidentifier():
                    yield key.value
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=[ast.Attribute(attr=name)]):
                yield name
            case ast.Tuple() | ast.List() | ast.Lambda() | ast.ListComp() | ast.GeneratorExp():
                return


def _path(root: ast.AST, target: ast.AST) -> list[ast.AST]:
    """The nodes from an expression up to a statement that it is in."""
    parents = {child: parent for parent in ast.walk(root) for child in ast.iter_child_nodes(parent)}
    path = [target]
    while path[-1] in parents:
        path.append(parents[path[-1]])
    return path
