"""What may bind names of a notebook in ways that its cells do not show: star imports, `%run`, `exec`."""

import ast
from collections.abc import Iterator
from math import inf
from typing import Final

from nbprod.kit.context import Context
from nbprod.notebook import Magic
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call

_WORD: Final = lazy_pattern(r"[^\W\d]\w*")
_OPAQUE_TEXT: Final = lazy_pattern(r"import\s*\*|%run\b|%pylab\b|\bexec\s*\(|\bexecfile\s*\(")

_OPAQUE: Final = "run pylab load loadpy recall rerun rep edit paste cpaste reload_kedro load_node autopx"
_SILENT: Final = (
    "pip pip3 conda mamba uv matplotlib load_ext reload_ext autoreload aimport env set_env cd ls ll pwd cat mkdir cp "
    "mv rm time timeit prun memit lprun mprun config who whos history precision colors xmode pdb debug tensorboard "
    "bash sh script system sx html HTML javascript js latex markdown svg SVG writefile file perl ruby"
)
_OPAQUE_MAGICS: Final = frozenset(_OPAQUE.split())
_SILENT_MAGICS: Final = frozenset(_SILENT.split())
"""They run other programs, print, or set options: no name of the notebook comes from them."""

_SYMPY: Final = ("sympy.var", "sympy.init_session", "sympy.interactive.init_session")
_SHELL_METHODS: Final = (".run_cell", ".ex", ".push", ".run_code", ".safe_execfile")
_SHELL_MAGICS: Final = (".magic", ".run_line_magic", ".run_cell_magic")


class UnseenNames:
    """Tells which names may be bound although no statement binds them."""

    def __init__(self, ctx: Context) -> None:
        self._any: float = inf
        self._first: dict[str, int] = {}
        stars = ((stmt.cell, None) for _, stmt in ctx.model.starred_imports)
        for cell, words in (*stars, *_in_calls(ctx), *_in_cells(ctx)):
            if words is None:
                self._any = min(self._any, cell)
            else:
                for word in words:
                    self._first[word] = min(cell, self._first.get(word, cell))

    def may_bind(self, name: str, cell: int) -> bool:
        """Whether something in this cell or before it may have bound a name."""
        return min(self._any, self._first.get(name, inf)) <= cell


_Source = tuple[int, frozenset[str] | None]
"""The index of a cell and the words that it may bind; None stands for any name."""


def _in_cells(ctx: Context) -> Iterator[_Source]:
    """What magics may bind, and what cells do that were not analysed."""
    analysed = {cell.index for cell in ctx.cells} - ctx.model.failures.keys()
    for cell in ctx.notebook.code_cells:
        if cell.index not in analysed:
            everything = _OPAQUE_TEXT.search(cell.source) is not None
            yield cell.index, None if everything else frozenset(_WORD.findall(cell.source))
            continue
        for magic in cell.magics:
            if magic.kind in {"line", "cell"} and magic.name not in _SILENT_MAGICS:
                yield cell.index, _words(magic)


def _words(magic: Magic) -> frozenset[str] | None:
    if magic.name in _OPAQUE_MAGICS or (magic.name == "store" and magic.args.split() == ["-r"]):
        return None
    return frozenset(_WORD.findall(f"{magic.args}\n{magic.body}"))


def _in_calls(ctx: Context) -> Iterator[_Source]:
    for call in ctx.model.calls("builtins.exec", "builtins.execfile"):
        if call.stmt.function is None and len(call.args) < 2:
            yield call.cell, None
    for call in ctx.model.calls("builtins.globals", "builtins.locals", "builtins.vars", "builtins.dir"):
        if not call.args and (call.name == "builtins.globals" or call.stmt.function is None):
            yield call.cell, _asked_for(call)
    for call in ctx.model.calls(*_SYMPY, *_SHELL_METHODS):
        yield call.cell, None
    for call in ctx.model.calls(*_SHELL_MAGICS):
        line = " ".join(value.text or "" for value in call.args).lstrip("%")
        name = line.partition(" ")[0]
        if name not in _SILENT_MAGICS:
            yield call.cell, None if name in _OPAQUE_MAGICS else frozenset(_WORD.findall(line))


def _asked_for(call: Call) -> frozenset[str] | None:
    """The names that `"x" in globals()` asks for; None when the namespace is used in any other way."""
    node = call.stmt.node
    names = {
        str(part.left.value)
        for part in ast.walk(getattr(node, "test", node))
        if isinstance(part, ast.Compare) and call.node in part.comparators and isinstance(part.left, ast.Constant)
    }
    return frozenset(names) if names or call.name == "builtins.dir" else None
