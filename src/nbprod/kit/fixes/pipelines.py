"""Puts steps that prepare data before a model, in one pipeline with it."""

import ast
from collections.abc import Callable, Sequence
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, replace
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined
from nbprod.kit.steps import constructor
from nbprod.protocol import Edit
from nbprod.semantic import Call, Event, is_a

_OF_PIPELINES: Final = frozenset(
    {"fit", "predict", "predict_proba", "predict_log_proba", "decision_function", "score", "fit_predict"}
)
_TAKES_ANY: Final = frozenset({"dump", "print", "cross_val_score", "cross_validate", "permutation_importance"})


def in_pipeline(ctx: Context, made: Call, step: str) -> list[Edit]:
    """Make a step the first, and a model the last one of a pipeline."""
    with looking_at(ctx, made.cell):
        imports, pipeline = ensure_import(ctx, "sklearn.pipeline", "make_pipeline", before=made)
        text = f"{pipeline}(\n    {step},\n    {expression_site(ctx, made).text},\n)"
        return combine(imports, replace(ctx, made, text))


def model_of(ctx: Context, fits: Sequence[Event], known: Callable[[Call], object] = lambda _: None) -> Call:
    """The call that makes the one model of some trainings, of which nothing is asked that a pipeline does not have.

    `known` says which pipelines will do.

    Raises:
        Declined: There are several, or it can't become the last step of a pipeline.
    """
    made = constructor(fits[0], ctx) if len(fits) == 1 else None
    if made is None or made.stmt.parent is not None or made.stmt.function is not None:
        raise Declined("no single model is made in sight")
    if not is_a(made.name, "sklearn.base.BaseEstimator") and known(made) is None:
        raise Declined("the model is none of scikit-learn")
    if {item.arg for item in fits[0].node.keywords} - {"X", "y"} or made.method == "Pipeline":
        raise Declined("the training takes more than data")
    for target in made.stmt.node.targets if isinstance(made.stmt.node, ast.Assign) else ():
        for binding in ctx.model.bindings(last_name(target)):
            for use in binding.uses:
                if not _fits_pipeline(use.node, use.stmt.node):
                    raise Declined(f"`{binding.name}` is asked for what a pipeline does not have")
    return made


def _fits_pipeline(name: ast.Name, statement: ast.AST) -> bool:
    """Whether what a statement does with a model can be done with a pipeline."""
    for part in ast.walk(statement):
        match part:
            case ast.Attribute(value=value, attr=attr) if value is name:
                return attr in _OF_PIPELINES
            case ast.Call(func=function, args=args) if name in args:
                return last_name(function) in _TAKES_ANY
    return False
