"""The steps that change data by what they learned of it: scalers and encoders, selectors and resamplers."""

import ast
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.leakage import (
    Division,
    Part,
    is_encoder,
    is_model_fit,
    is_transformer_fit,
    leakage_of,
    part_by_name,
    part_of,
    transformer_type,
)
from nbprod.kit.origins import origins
from nbprod.kit.steps import constructor, steps
from nbprod.semantic import ENCODER, STATELESS, SUPERVISED, Call, Event, EventKind, Tag, Value, is_a

_ONCE: Final = ("sklearn.manifold.", "umap.")
_ESTIMATOR: Final = "sklearn.base.BaseEstimator"
_TRANSFORMER: Final = "sklearn.base.TransformerMixin"
_LABELS: Final = "sklearn.preprocessing.LabelEncoding"
_WEIGHTING: Final = "sklearn.feature_extraction.text.TfidfVectorizer"
"""Learns how rare words are, whether it is told which words there are or not."""
_TOLD: Final = ("vocabulary", "categories")
_PROJECTIONS: Final = ("sklearn.manifold.", "sklearn.decomposition.", "umap.")
_JOINING: Final = frozenset({"concat", "concatenate", "vstack", "append", "r_", "hstack", "union"})
_LEAVING_OUT: Final = "imblearn.under_sampling."
_NOT_FOR_MODELS: Final = frozenset({"sklearn.manifold.TSNE", "sklearn.manifold.MDS"})


def learns_features(event: Event, ctx: Context) -> bool:
    """Whether an event learns from data to change features by it, without a look at the target.

    A pipeline or column transformer does if one of its steps does; what is told what to know
    (`vocabulary=`, `categories=`) does not.
    """
    if not is_transformer_fit(event) and not _fits_pipeline(event):
        return False
    if is_a(transformer_type(event), SUPERVISED) or transformer_type(event) in _NOT_FOR_MODELS:
        return False
    made = constructor(event, ctx)
    if made is not None and any(made.passes(None, name) and not made.open for name in _TOLD):
        return is_a(transformer_type(event), _WEIGHTING) and not _is_off(made, "use_idf")
    inner = steps(event, ctx)
    if not inner:
        return event.detail == "transformer"
    return all(map(_is_transformer, inner)) and not all(is_a(kind, STATELESS) for kind in inner)


def _is_transformer(kind: str) -> bool:
    return is_a(kind, _TRANSFORMER) or kind.startswith("pyspark.ml.feature.")


def _is_off(made: Call, name: str) -> bool:
    return name in made.keywords and made.keywords[name].const is False


def _fits_pipeline(event: Event) -> bool:
    return event.kind is EventKind.FIT and event.detail == "pipeline"


def is_encoding(event: Event, ctx: Context) -> bool:
    """Whether all that an event learns are the categories of single features."""
    inner = [kind for kind in steps(event, ctx) if not is_a(kind, STATELESS)]
    return is_encoder(event) or (bool(inner) and all(is_a(kind, ENCODER) for kind in inner))


def learns_alphabet(event: Event, ctx: Context) -> bool:
    """Whether a tokenizer learns single characters: the test rows have few that the training rows lack."""
    made = constructor(event, ctx)
    if made is None:
        return False
    level, kind = made.keywords.get("char_level"), made.keywords.get("analyzer")
    by_characters = kind is not None and kind.const == "char" and "ngram_range" not in made.keywords
    return by_characters or (level is not None and level.const is True)


def encodes_target(event: Event, ctx: Context) -> bool:
    """Whether what is encoded is, or may well be, the target and no feature."""
    data = event.inputs.get("X")
    if data is None or data.has(Tag.TARGET):
        return True
    targets = leakage_of(ctx).targets
    if data.column is not None and data.column in targets:
        return True
    # LabelEncoder is made for the target: a feature it is only if the target is known to be another column
    return is_a(transformer_type(event), _LABELS) and not targets


def gives_labels(event: Event, ctx: Context) -> bool:
    """Whether a model is trained to predict what an event gave, and not from it (as an autoencoder is)."""
    pairs = ((fit.inputs.get("y"), fit.inputs.get("X")) for fit in leakage_of(ctx).fits)
    return any(y is not None and event in y.lineage and (X is None or event not in X.lineage) for y, X in pairs)


def can_move(event: Event, division: Division, ctx: Context) -> bool:
    """Whether a fit may well be repeated on the training part alone.

    An encoder would fail on categories that only the test part has, and what projects once (t-SNE) has no `transform`.
    """
    kind = transformer_type(event)
    if event.kind is not EventKind.FIT or not division.later or is_a(kind, ENCODER) or kind.startswith(_ONCE):
        return False
    inner = steps(event, ctx)
    if kind.endswith(("ColumnTransformer", "Pipeline", "FeatureUnion")) and not inner:
        return False
    return is_a(kind, _ESTIMATOR) and not any(is_a(step, ENCODER) for step in inner)


def can_reuse(event: Event, ctx: Context) -> bool:
    """Whether `transform` may well stand for `fit_transform`: an encoder of features would fail on a new category."""
    if transformer_type(event).startswith(_ONCE):
        return False
    return event.inputs["X"].has(Tag.TARGET) or not any(
        is_a(kind, ENCODER) for kind in (transformer_type(event), *steps(event, ctx))
    )


def name_of(event: Event, ctx: Context) -> str:
    """How what learns is called in a message: by its class, `StandardScaler`."""
    kind = transformer_type(event)
    if event.kind is EventKind.FIT and event.subject is not None and kind:
        return kind.rpartition(".")[2]
    return event.call.method or ctx.text(event)


def named_data(event: Event) -> str:
    """The name of the data that is handed to a fit: "X_train" of `fit(X_train[columns])`; empty if it has none."""
    call = event.node
    node = call.args[0] if isinstance(call, ast.Call) and call.args else None
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def comes_from_model(value: Value) -> bool:
    """Whether a value is what a trained model gave: predictions, probabilities, explanations."""
    return value.has(Tag.PREDICTION | Tag.PROBABILITY) or any(is_model_fit(event) for event in value.lineage)


def part_of_fit(event: Event, ctx: Context) -> tuple[Part, bool]:
    """The rows that a fit learns from, and whether only names say so: those of the data, or of what it is made of."""
    part = part_of(event.inputs.get("X"))
    if part not in {Part.ALL, Part.UNKNOWN}:
        if part is not Part.TRAIN and part_by_name(named_data(event)) is Part.TRAIN:
            return Part.UNKNOWN, False  # a function gives either part: the lineage cannot tell which
        return part, False
    call = event.node
    node = call.args[0] if isinstance(call, ast.Call) and call.args else None
    if node is None:
        return part, False
    if isinstance(node, ast.Subscript | ast.Name):
        named = part_by_name(named_data(event))
        if named is not Part.UNKNOWN:
            return named, True
        while isinstance(node, ast.Subscript):  # columns of it
            node = node.value
        node = _bound_to(named_data(event), event, ctx) or node
    joined = {part_by_name(name.id) for name in ast.walk(node) if isinstance(name, ast.Name)}
    if {Part.TRAIN, Part.TEST} <= joined and (isinstance(node, ast.BinOp) or _joins(node)):
        return Part.BOTH, True
    return part, False


def _bound_to(name: str, event: Event, ctx: Context) -> ast.expr | None:
    """What a name was bound to by the last plain assignment before an event that put rows together."""
    for binding in reversed(ctx.model.bindings(name)):
        statement = binding.stmt.node if binding.stmt is not None else None
        if binding.cell <= event.cell and isinstance(statement, ast.Assign) and _joins(statement.value):
            return statement.value
    return None


def _joins(node: ast.expr) -> bool:
    """Whether rows are put together: `pd.concat`, `np.vstack`, `train.append`."""
    return isinstance(node, ast.Call) and last_name(node.func) in _JOINING


def in_turn(event: Event) -> bool:
    """Whether a step learns anew from the training and the test part, one after the other, in a loop over both."""
    name = named_data(event)
    loops = (outer.node for outer in event.stmt.ancestors() if isinstance(outer.node, ast.For))
    for loop in loops:
        if isinstance(loop.iter, ast.List | ast.Tuple) and last_name(loop.target) == name:
            parts = {part_by_name(last_name(item)) for item in loop.iter.elts}
            return {Part.TRAIN, Part.TEST} <= parts
    return False


def fitted_on_train(event: Event, ctx: Context) -> Event | None:
    """Where the same object last learned from the training part before; else where another of its class did."""
    kind, own, same = transformer_type(event), None, None
    for other in ctx.model.events_of(EventKind.FIT):
        if other is event or transformer_type(other) != kind or part_of_fit(other, ctx)[0] is not Part.TRAIN:
            continue
        if _receiver(other) == _receiver(event) and other.order < event.order:
            own = other
        same = same or other
    return own or same


def forgets(event: Event, earlier: Event, ctx: Context) -> bool:
    """Whether an object learns anew before what it learned earlier has changed any data."""
    own = _receiver(event)
    if (event.call.method, earlier.call.method) != ("fit", "fit") or not own or own != _receiver(earlier):
        return False
    first, last = _place(earlier), _place(event)
    between = (call for call in ctx.model.all_calls if first < _place(call) < last)
    return first < last and not any(call.method == "transform" and _receiver(call) == own for call in between)


def _place(fact: Event | Call) -> tuple[int, int]:
    return fact.cell, fact.node.lineno


def _receiver(event: Event | Call) -> str:
    function = event.node.func if isinstance(event.node, ast.Call) else None
    return last_name(function.value) if isinstance(function, ast.Attribute) else ""


def is_projection(event: Event) -> bool:
    """Whether what is fitted may be there for a picture: PCA, t-SNE, UMAP."""
    return transformer_type(event).startswith(_PROJECTIONS)


def is_viewed_only(event: Event, ctx: Context) -> bool:
    """Whether what an event gave is only looked at: nothing is predicted, scored or trained on it."""
    known = leakage_of(ctx)
    later = (*known.fits, *known.scores, *ctx.model.events_of(EventKind.PREDICT))
    return not any(event in value.lineage for other in later for value in other.inputs.values())


# -- by the target -------------------------------------------------------------------


def holds_class(event: Event, ctx: Context) -> bool:
    """Whether rows of some classes are drawn again and again: `resample(minority)`, `minority.sample(replace=True)`."""
    call = event.call
    again = call.argument(None, "replace")
    if call.name == "sklearn.utils.resample":
        return (again is None or again.const is True) and len(call.args) == 1 and _is_class(call.node.args[0], ctx)
    if not call.name.startswith("pandas.") or call.method != "sample" or again is None or again.const is not True:
        return False
    return isinstance(call.node.func, ast.Attribute) and _is_class(call.node.func.value, ctx)


def _is_class(node: ast.expr, ctx: Context) -> bool:
    """Whether an expression is the rows that have one value of a column: `df[df.fraud == 1]`, by a name or not."""
    origin = origins(ctx).of(node)
    if origin is not None and origin.index is None:
        node = origin.expression
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Compare)


def leaves_out(event: Event) -> bool:
    """Whether a resampler only leaves rows out, and makes none up: `RandomUnderSampler`, `NearMiss`."""
    kind = transformer_type(event)
    return kind.startswith(_LEAVING_OUT) and not kind.endswith("ClusterCentroids")
