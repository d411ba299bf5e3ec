"""What the text of a cell means to a session: which names its statements read, bind and change in place."""

import ast
import symtable
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

from nbprod.notebook import Cell, Magic
from nbprod.notebook.parsing import without_warnings
from nbprod.patterns import lazy_pattern

_FITS: Final = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit", "load_state_dict"})
_CHANGES: Final = frozenset(
    {"append", "extend", "insert", "update", "add", "remove", "pop", "clear", "sort", "setdefault", "discard", *_FITS}
)
"""Methods that change the object that they are called on."""

_OPAQUE: Final = lazy_pattern(r"%run\b|%pylab\b|%load\b|%store\s+-r|%reset\b|\bexec\s*\(|\bglobals\s*\(")


_ALIKE: Final = {
    **dict.fromkeys(("AsyncFunctionDef", "ClassDef"), "FunctionDef"),
    **dict.fromkeys(("Lambda", "ListComp", "SetComp", "DictComp", "GeneratorExp"), "Scope"),
    "AsyncFor": "For",
    "ImportFrom": "Import",
    "Attribute": "Subscript",
}
"""Nodes that are visited in one way."""


class Step(Struct, frozen=True):
    """A statement at the top level of a cell.

    Attributes:
        code: Equal for equal syntax trees.
        reads: The names that it reads before it binds them.
        binds: The names that it gives a value.
        changes: The names whose object it changes in place, each with what it changes there.
        deletes: The names that it deletes.
        imports: Those of the names that it binds by an import.
        later: The names that the functions which it defines read when they are called.
        shares: Names that its functions bind as globals.
        is_opaque: It may bind any name.
    """

    code: int
    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    changes: tuple[tuple[str, str], ...] = ()
    deletes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    is_opaque: bool = False


class Code(Struct, frozen=True):
    """What some executed text means.

    Attributes:
        normal: Equal for texts that differ in spacing and comments at most; can be hashed.
        binds: The names that it binds.
        steps: Its statements in order; None when it does not parse.
    """

    normal: object
    binds: frozenset[str]
    steps: tuple[Step, ...] | None


@lru_cache(maxsize=4096)
def code_of(source: str) -> Code:
    """What the text of a cell means: read once, however many runs and cells have it."""
    cell = Cell(index=0, id=None, type="code", source=source, tags=(), metadata={}, execution_count=None)
    with without_warnings():
        tree = cell.tree
        targets = frozenset(target for magic in cell.magics for target in magic.targets)
        if tree is None:
            return Code(source.strip(), targets, None)
        normal = (ast.dump(tree), *(magic.raw for magic in cell.magics))
        return Code(normal, targets | _bound(cell.python), _steps(tree, cell.magics))


def _bound(python: str) -> set[str]:
    try:
        symbols = symtable.symtable(python, "<cell>", "exec").get_symbols()
    except (SyntaxError, ValueError, RecursionError):
        return set()
    return {symbol.get_name() for symbol in symbols if symbol.is_assigned() or symbol.is_imported()}


def is_same_code(source: str, other: str) -> bool:
    """Whether two texts of cells differ in spacing and comments at most."""
    return source == other or code_of(source).normal == code_of(other).normal


def steps_of(source: str) -> tuple[Step, ...] | None:
    """The statements of a cell in order; None when it does not parse."""
    return code_of(source).steps


def _steps(tree: ast.Module, magics: Iterable[Magic]) -> tuple[Step, ...] | None:
    try:
        steps = [_step(node) for node in tree.body if not isinstance(node, ast.Pass)]
    except RecursionError:
        return None
    for magic in magics:
        opaque = _OPAQUE.search(magic.raw) is not None
        if magic.targets or opaque:
            steps.append(Step(code=hash(magic.raw), binds=frozenset(magic.targets), is_opaque=opaque))
    return tuple(steps)


def _step(node: ast.stmt) -> Step:
    names = _Names()
    names.visit(node)
    opaque = any(isinstance(part, ast.Name) and part.id in {"exec", "globals"} for part in ast.walk(node))
    return Step(
        code=hash(ast.dump(node)),
        reads=frozenset(names.reads),
        binds=frozenset(names.binds),
        changes=tuple(names.changes.items()),
        deletes=frozenset(names.deletes),
        imports=frozenset(names.imports),
        later=frozenset(names.later),
        shares=frozenset(names.shares),
        is_opaque=opaque,
    )


class _Names(ast.NodeVisitor):
    """Visits a statement in the order of evaluation: what it binds itself before it reads it, it does not read."""

    def __init__(self) -> None:
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self.changes: dict[str, str] = {}
        self.deletes: set[str] = set()
        self.imports: set[str] = set()
        self.later: set[str] = set()
        self.shares: set[str] = set()

    def visit(self, node: ast.AST) -> None:
        kind = type(node).__name__
        getattr(self, f"visit_{_ALIKE.get(kind, kind)}", self.generic_visit)(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.binds.add(node.id)
        elif isinstance(node.ctx, ast.Del):
            self.deletes.add(node.id)
        elif node.id not in self.binds:
            self.reads.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.value, ast.Lambda):  # like a function: what it reads, it reads when it is called
            self.later |= _free(node.value)
        else:
            self.visit(node.value)
        for target in node.targets:
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.reads.add(node.target.id)
        self.visit(node.target)
        root = _root(node.target)
        if root in self.changes:  # the second time it changes something else
            self.changes[root] += "+"

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self.visit(node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        for part in (node.iter, node.target, *node.body, *node.orelse):
            self.visit(part)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        inner = _Names()
        for part in node.body:
            inner.visit(part)
        self.reads |= inner.reads - {node.name} - self.binds
        self.binds |= inner.binds

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        names = {(item.asname or item.name).partition(".")[0] for item in node.names} - {"*"}
        self.binds |= names
        self.imports |= names

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        self.binds.add(node.name)
        self.later |= _free(node) - {node.name}
        self.shares |= {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}

    def visit_Scope(self, node: ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.reads |= _free(node) - self.binds

    def visit_Subscript(self, node: ast.Subscript | ast.Attribute) -> None:
        root = _root(node)
        if isinstance(node.ctx, ast.Load) or root is None:
            self.generic_visit(node)
            return
        self.changes[root] = ast.dump(node)
        for part in _inside(node):
            self.visit(part)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        root = _root(function) if isinstance(function, ast.Attribute) else None
        if root is None or not (_is_in_place(node) or getattr(function, "attr", "") in _CHANGES):
            self.generic_visit(node)
            return
        self.changes[root] = "fit" if getattr(function, "attr", "") in _FITS else ast.dump(node)
        for part in (*_inside(function), *node.args, *(item.value for item in node.keywords)):
            self.visit(part)


def _root(node: ast.expr) -> str | None:
    """`df` of `df.loc[rows, "a"]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _inside(node: ast.expr) -> Iterator[ast.expr]:
    """What stands in the brackets of `df.loc[rows, "a"]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Subscript):
            yield node.slice
        node = node.value


def _is_in_place(node: ast.Call) -> bool:
    return any(item.arg == "inplace" and getattr(item.value, "value", None) is True for item in node.keywords)


def _free(node: ast.AST) -> set[str]:
    """The names that a function, class or comprehension reads and does not bind itself."""
    loads: set[str] = set()
    own: set[str] = set()
    shared: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            (loads if isinstance(part.ctx, ast.Load) else own).add(part.id)
        elif isinstance(part, ast.arg):
            own.add(part.arg)
        elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(part.name)
        elif isinstance(part, ast.alias):
            own.add((part.asname or part.name).partition(".")[0])
        elif isinstance(part, ast.ExceptHandler) and part.name:
            own.add(part.name)
        elif isinstance(part, ast.Global):
            shared.update(part.names)
    return loads - (own - shared)
