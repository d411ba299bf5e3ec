"""Repairs of features: the target is taken out of them."""

import ast

from nbprod.kit.columns import Features
from nbprod.kit.context import Context
from nbprod.kit.edit import insert, looking_at, replace
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety


def drop_target_fix(ctx: Context, features: Features, column: str) -> Plan:
    """Take the target out of the features where they are taken from the frame."""

    def build() -> list[Edit]:
        with looking_at(ctx, features.cell):
            picked = features.picked
            if isinstance(picked, ast.List):
                kept = [item for item in picked.elts if not (isinstance(item, ast.Constant) and item.value == column)]
                if not kept or len(kept) == len(picked.elts):
                    raise Declined("the target does not stand in the list by itself")
                return [*replace(ctx, picked, f"[{', '.join(ctx.source(item) for item in kept)}]")]
            if isinstance(features.dropped, ast.List | ast.Constant):  # one `drop` can take it out, too
                names = features.dropped.elts if isinstance(features.dropped, ast.List) else [features.dropped]
                listed = ", ".join([*map(ctx.source, names), _quoted(ctx, column)])
                return [*replace(ctx, features.dropped, f"[{listed}]")]
            site = expression_site(ctx, features.frame)
            return [insert(ctx, site.cell, site.end, f".drop(columns=[{_quoted(ctx, column)}])")]

    return Plan(f"Take `{column}` out of the features", Safety.UNSAFE, build)


def _quoted(ctx: Context, column: str) -> str:
    """The name of a column in the quotes that the notebook uses."""
    text = repr(column)
    plain = text[1:-1] == column and '"' not in column
    single = sum(cell.source.count("['") for cell in ctx.cells)
    double = sum(cell.source.count('["') for cell in ctx.cells)
    return f'"{column}"' if plain and double >= single else text
