"""Lets a model encode categories itself: an encoder in one pipeline with it takes the place of `get_dummies`."""

import ast
from collections.abc import Sequence
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, replace
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.pipelines import in_pipeline, model_of
from nbprod.kit.fixes.split_first import without_statement
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event

_UNDERSTOOD: Final = frozenset({"data", "columns", "drop_first", "dtype"})
_HANDS_ON: Final = frozenset({"train_test_split", "fit", "predict", "predict_proba", "score", "drop", "copy"})
_TEXT: Final = '["object", "string", "category"]'


def encoder_in_pipeline_fix(ctx: Context, event: Event, fits: Sequence[Event]) -> Plan:
    """Leave the categories in the table, and put a one-hot encoder before the one model that learns from it."""

    def build() -> Sequence[Edit]:
        name, frame = _encoded(event)
        columns = _columns(event)
        _refuse_other_uses(ctx, event, name, columns)
        made = model_of(ctx, fits)
        features = fits[0].call.argument_node(0, "X")
        if features is None or ctx.value(features).type != "pandas.DataFrame":
            raise Declined("the features are no table with names")
        with looking_at(ctx, made.cell):
            imports, encoder = ensure_import(ctx, "sklearn.preprocessing", "OneHotEncoder", before=made)
            import_columns, transformer = ensure_import(ctx, "sklearn.compose", "ColumnTransformer", before=made)
            import_selector: list[Edit] = []
            chosen = f"[{', '.join(columns)}]"
            if not columns:
                import_selector, selector = ensure_import(ctx, "sklearn.compose", "make_column_selector", before=made)
                chosen = f"{selector}(dtype_include={_TEXT})"
        drop = 'drop="first", ' if _drops_first(event) else ""
        encode = f'{encoder}({drop}handle_unknown="ignore")'
        step = "\n".join(
            (
                f"{transformer}(",
                f'        [("categories", {encode}, {chosen})],',
                '        remainder="passthrough",',
                "        sparse_threshold=0,",
                "    )",
            )
        )
        if frame == name:
            left = without_statement(ctx, event.stmt)
        else:
            with looking_at(ctx, event.cell):
                left = [*replace(ctx, event.node, frame)]
        return combine(left, imports, import_columns, import_selector, in_pipeline(ctx, made, step))

    return Plan("Encode the categories in one pipeline with the model", Safety.UNSAFE, build)


def _encoded(event: Event) -> tuple[str, str]:
    """The name that gets the encoded table, and that of the table: `X = pd.get_dummies(df)`."""
    stmt, call = event.stmt, event.node
    if stmt.parent is not None or stmt.function is not None or event.call.open:
        raise Declined("the encoding is no statement of the notebook's top level")
    if not {item.arg for item in call.keywords} <= _UNDERSTOOD or len(call.args) != 1:
        raise Declined("the encoding has options of its own")
    match stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call:
            pass
        case _:
            raise Declined("the encoding is part of a larger statement")
    if not isinstance(call.args[0], ast.Name) or event.inputs["X"].type != "pandas.DataFrame":
        raise Declined("the table has no name")
    return name, call.args[0].id


def _columns(event: Event) -> list[str]:
    """The columns that are encoded, as they are written; none if all text is."""
    given = event.call.keywords.get("columns")
    if given is None:
        return []
    names = [item.text for item in given.elements]
    if not names or not all(name is not None and '"' not in name and "\\" not in name for name in names):
        raise Declined("the columns have no names here")
    return [f'"{name}"' for name in names]


def _drops_first(event: Event) -> bool:
    given = event.call.keywords.get("drop_first")
    return given is not None and given.const is True


def _refuse_other_uses(ctx: Context, event: Event, name: str, columns: Sequence[str]) -> None:
    """The table is only handed on to the model afterwards, and no column that the encoding made is named."""
    made = [binding for binding in ctx.model.bindings(name) if binding.stmt is event.stmt]
    if len(ctx.model.bindings(name)) > 2 or not made:
        raise Declined("the table is made in several steps")
    for use in made[0].uses:
        calls = [part for part in ast.walk(use.stmt.node) if isinstance(part, ast.Call)]
        if not any(last_name(call.func) in _HANDS_ON for call in calls) and not isinstance(use.stmt.node, ast.Assign):
            raise Declined(f"`{name}` is used elsewhere, too")
        if any(last_name(call.func).startswith("fit_transform") for call in calls):
            raise Declined(f"`{name}` is changed before the training")
        for part in ast.walk(use.stmt.node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and _is_made(part.value, columns):
                raise Declined("a column that the encoding made is used by its name")


def _is_made(text: str, columns: Sequence[str]) -> bool:
    """Whether a text may name a column that the encoding made: `city_Bonn`."""
    return any(text.startswith(f"{column[1:-1]}_") for column in columns) if columns else True
