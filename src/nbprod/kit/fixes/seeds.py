"""One seed for all random steps."""

import ast
import re
from collections.abc import Collection, Sequence
from contextlib import suppress

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import combine, ensure_import, hoist, insert_above, locate, set_keyword
from nbprod.kit.findings import Declined, Plan
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Stmt

_OWN_NAME = lazy_pattern(r"(?:global_|my_)?(?:random_?)?(?:seed|state)(?:_?(?:val|value|num))?|rs", re.IGNORECASE)
_GENERATORS = {
    "python": ("random", "random.seed({seed})"),
    "numpy": ("numpy", "numpy.random.seed({seed})"),
    "torch": ("torch", "torch.manual_seed({seed})"),
    "tensorflow": ("tensorflow", "tensorflow.random.set_seed({seed})"),
}
_NETWORKS = {
    "torch": ("torch", "torchvision", "pytorch_lightning", "lightning", "fastai", "transformers"),
    "tensorflow": ("tensorflow", "keras", "transformers"),
}


def seed_fix(ctx: Context, keywords: Sequence[tuple[Call, str]], generators: Collection[str] = ()) -> Plan:
    """Pass one seed to the calls that take one, and seed global generators before they are first needed.

    `keywords` are calls with the name of their parameter; `generators` are "python", "numpy", "torch"
    and "tensorflow", for the calls among `keywords` whose parameter is "" because they have none.
    The seed is the notebook's own, or `SEED = 42` in the `parameters` cell.
    """

    def build() -> list[Edit]:
        places = [_top(call) for call, parameter in keywords if not parameter]
        first_draw = min(places, key=lambda stmt: _place(ctx, stmt), default=None)
        if first_draw is not None:
            first_draw = min(first_draw, _after_imports(ctx, generators) or first_draw, key=lambda it: _place(ctx, it))
        users: list[Located] = [call for call, _ in keywords] + ([first_draw] if first_draw is not None else [])
        if not users:
            return []
        hoisted, seed = _seed(ctx, min(users, key=lambda user: _place(ctx, user)))
        edits: list[Edit] = []
        for call, parameter in keywords:
            if parameter:
                with suppress(Declined):  # the others can still be seeded
                    edits = combine(edits, set_keyword(ctx, call, parameter, seed))
        if first_draw is not None:
            edits = combine(edits, _seed_globally(ctx, first_draw, generators, seed))
        return combine(hoisted, edits) if edits else []

    count = len(keywords)
    return Plan(f"Seed {'the random step' if count == 1 else f'{count} random steps'}", Safety.UNSAFE, build)


def _place(ctx: Context, fact: Located) -> tuple[int, int]:
    return fact.cell, locate(ctx, fact).start


def _seed(ctx: Context, first: Located) -> tuple[list[Edit], str]:
    """A number that the notebook calls its seed before the first random step, else a new parameter."""
    for name in sorted(ctx.model.bound_names):
        bindings = ctx.model.bindings(name)
        (binding, *others) = bindings
        if others or binding.stmt is None or binding.stmt.parent is not None or not _OWN_NAME.fullmatch(name):
            continue
        before = (binding.cell, locate(ctx, binding).start) < _place(ctx, first)
        if before and type(binding.value.const) is int:
            return [], name
    edits, names = hoist(ctx, {"SEED": "42"}, before=first, shared=True)
    return edits, names["SEED"]


def _top(call: Call) -> Stmt:
    """The statement of the notebook's top level that a call runs in."""
    stmt = call.via.stmt if call.via is not None else call.stmt
    for outer in stmt.ancestors():
        stmt = outer
    if isinstance(stmt.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        raise Declined("the random step is in a function: where it is called decides when to seed")
    return stmt


def _after_imports(ctx: Context, generators: Collection[str]) -> Stmt | None:
    """The first statement behind the imports of a deep learning library: networks draw when they are made."""
    roots = {root for generator in generators for root in _NETWORKS.get(generator, ())}
    imported = [binding.stmt for name, binding in ctx.model.imports if name.partition(".")[0] in roots]
    first = next((stmt for stmt in imported if stmt is not None and stmt.parent is None), None)
    if first is None:
        return None
    for cell in ctx.cells:
        if cell.index < first.cell or cell.tree is None:
            continue
        for node in cell.tree.body[first.index + 1 if cell.index == first.cell else 0 :]:
            if not isinstance(node, ast.Import | ast.ImportFrom):
                return ctx.stmt(node)
    return None


def _seed_globally(ctx: Context, stmt: Stmt, generators: Collection[str], seed: str) -> list[Edit]:
    imports: list[Edit] = []
    lines = []
    for generator in sorted(generators):
        module, template = _GENERATORS[generator]
        edits, name = ensure_import(ctx, module, before=stmt, alias={"numpy": "np", "tensorflow": "tf"}.get(module))
        imports = combine(imports, edits)
        lines.append(template.replace(module, name, 1).format(seed=seed))
    if isinstance(stmt.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        lines.append("")
    return combine(imports, insert_above(ctx, stmt, "\n".join(lines)))
