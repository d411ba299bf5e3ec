"""Puts an imputer before a model, and a row of gaps to the test."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, insert_after, looking_at, replace
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import HOLE, Declined, Plan
from nbprod.kit.steps import constructor
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Event


def can_impute(ctx: Context, fit: Event) -> bool:
    """Whether the model is made in sight, is no pipeline, and has a name, as have its features."""
    return _parts(ctx, fit) is not None


def imputer_fix(ctx: Context, fit: Event) -> Plan:
    """Make an imputer the first step of a model, and predict a row of gaps after the training."""

    def build() -> Sequence[Edit]:
        parts = _parts(ctx, fit)
        if parts is None:
            raise Declined("the model or its features have no name of their own")
        made, model, features = parts
        with looking_at(ctx, made.cell):
            import_imputer, imputer = ensure_import(ctx, "sklearn.impute", "SimpleImputer", before=made)
            import_pipeline, pipeline = ensure_import(ctx, "sklearn.pipeline", "make_pipeline", before=made)
            text = f'{pipeline}({imputer}(strategy="median"), {expression_site(ctx, made).text})'
            wrapped = replace(ctx, made, text)
        with looking_at(ctx, fit.cell):
            test = (
                f"# {HOLE}: is the median a fair guess for a gap? A row of gaps must get an answer\n"
                f'{model}.predict({features}.head(1) * float("nan"))'
            )
            return combine(import_imputer, import_pipeline, wrapped, insert_after(ctx, fit.stmt, test))

    return Plan("Fill gaps in one pipeline with the model, and test it", Safety.TEMPLATE, build)


def _parts(ctx: Context, fit: Event) -> tuple[Call, str, str] | None:
    """The call that makes the model, the name of the fitted model, and that of its features."""
    made, data = constructor(fit, ctx), fit.call.argument_node(0, "X")
    if (
        made is None
        or "ipeline" in made.method
        or not made.name.startswith("sklearn.")
        or not isinstance(data, ast.Name)
    ):
        return None
    match fit.stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is fit.node:
            return made, name, data.id
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as value) if value is fit.node:
            return made, name, data.id
    return None
