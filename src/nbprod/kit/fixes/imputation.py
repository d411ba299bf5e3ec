"""Lets a model fill its gaps itself: an imputer in one pipeline with it takes the place of a `fillna`."""

import ast
from collections.abc import Sequence
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.column_choices import Target
from nbprod.kit.columns import Columns
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, wrap
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.pipelines import in_pipeline, model_of
from nbprod.kit.fixes.split_first import without_statement
from nbprod.kit.origins import origins
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Event

_STRATEGIES: Final = {"mean": "mean", "median": "median", "mode": "most_frequent"}


def imputer_in_pipeline_fix(ctx: Context, filling: Event, statistic: str, fits: Sequence[Event]) -> Plan:
    """Take a `fillna` out, and put an imputer for its column before the one model that learns from it."""

    def build() -> Sequence[Edit]:
        frame, column = _filled(ctx, filling)
        if statistic not in _STRATEGIES:
            raise Declined("gaps are filled with something else")
        _refuse_other_uses(ctx, filling, column)
        made = model_of(ctx, fits, _imputed)
        _refuse_without_column(ctx, fits[0], frame, column)
        with looking_at(ctx, made.cell):
            import_imputer, imputer = ensure_import(ctx, "sklearn.impute", "SimpleImputer", before=made)
            step = f'("{column}", {imputer}(strategy="{_STRATEGIES[statistic]}"), ["{column}"])'
            before = _imputed(made)
            if before is not None:
                return combine(without_statement(ctx, filling.stmt), import_imputer, wrap(ctx, before, "", f", {step}"))
            import_columns, columns = ensure_import(ctx, "sklearn.compose", "ColumnTransformer", before=made)
        first = f'{columns}([{step}], remainder="passthrough")'
        edits = (import_columns, import_imputer, in_pipeline(ctx, made, first))
        return combine(without_statement(ctx, filling.stmt), *edits)

    return Plan("Fill the gaps in one pipeline with the model", Safety.UNSAFE, build)


def _filled(ctx: Context, filling: Event) -> tuple[ast.Name, str]:
    """The frame and the column of `df["a"] = df["a"].fillna(df["a"].mean())`, or of the same in place."""
    stmt, call = filling.stmt, filling.node
    function = call.func
    if stmt.parent is not None or stmt.function is not None or not isinstance(function, ast.Attribute):
        raise Declined("the filling is no statement of the notebook's top level")
    part = function.value
    match stmt.node:
        case ast.Assign(targets=[target], value=value) if value is call and ast.unparse(target) == ast.unparse(part):
            pass
        case ast.Expr(value=value) if value is call and "inplace" in {item.arg for item in call.keywords}:
            pass
        case _:
            raise Declined("the filling is part of a larger statement")
    statistic = next((item.value for item in call.keywords if item.arg == "value"), next(iter(call.args), None))
    match part:
        case ast.Subscript(value=ast.Name() as frame, slice=ast.Constant(value=str(column))):
            pass
        case ast.Attribute(value=ast.Name() as frame, attr=column):
            pass
        case _:
            raise Declined("the column has no name")
    if statistic is not None:
        *_, statistic = origins(ctx).back(statistic)  # `median = df["a"].median()`
    if '"' in column or "\\" in column or statistic is None or not _is_own_statistic(statistic, part):
        raise Declined("the gaps are filled with something else than the column's own statistic")
    return frame, column


def _is_own_statistic(node: ast.expr, part: ast.expr) -> bool:
    """Whether a value is `df["a"].mean()`, `df["a"].mode()[0]` and the like, of the very column."""
    if isinstance(node, ast.Subscript):  # the first of several modes
        node = node.value.value if isinstance(node.value, ast.Attribute) else node.value
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="mean" | "median" | "mode")):
            return ast.unparse(owner) == ast.unparse(part)
    return False


def _refuse_other_uses(ctx: Context, filling: Event, column: str) -> None:
    """Nothing but the model needs the column without gaps."""
    place = (filling.cell, filling.stmt.node.lineno)
    for cell in ctx.cells:
        for node in ast.walk(cell.tree) if cell.tree is not None else ():
            match node:
                case ast.Subscript(slice=ast.Constant(value=name)) | ast.Attribute(attr=name) if name == column:
                    if (cell.index, node.lineno) > place:
                        raise Declined(f"`{column}` is used elsewhere, too")


def _imputed(made: Call) -> ast.expr | None:
    """The last step of `make_pipeline(ColumnTransformer([…], remainder="passthrough"), model)`, if all fill gaps."""
    match made.node:
        case ast.Call(func=function, args=[ast.Call(func=columns, args=[ast.List(elts=[*_, last] as steps)]), _]) if (
            last_name(function) == "make_pipeline" and last_name(columns) == "ColumnTransformer"
        ):
            fills = (isinstance(step, ast.Tuple) and "SimpleImputer(" in ast.unparse(step) for step in steps)
            return last if all(fills) else None
    return None


def _refuse_without_column(ctx: Context, fit: Event, frame: ast.Name, column: str) -> None:
    """The features are a frame that certainly has the column, by its name."""
    features = fit.call.argument_node(0, "X")
    binding = origins(ctx).binding(frame)
    if features is None or binding is None or ctx.value(features).type != "pandas.DataFrame":
        raise Declined("the features are no table with names")
    target = Target(column, frozenset(binding.parts or (binding,)))
    if Columns(ctx).features(features, fit.cell, fit.call.via, target) is None:
        raise Declined(f"`{column}` may be none of the features")
