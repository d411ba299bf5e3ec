"""Saved models: where a notebook saves or registers one, what is saved with it, and what kind of thing it is."""

import ast
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.leakage import is_model_fit
from nbprod.kit.steps import constructor_of, last_step, steps_of
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Stmt, Tag, Value, is_a

_TRANSFORMER: Final = "sklearn.base.TransformerMixin"
_ESTIMATOR: Final = "sklearn.base.BaseEstimator"
_RESAMPLER: Final = "imblearn.base.BaseSampler"
_PIPELINE: Final = "sklearn.pipeline.Pipeline"
_SEARCH: Final = "sklearn.model_selection.BaseSearchCV"
_NETWORKS: Final = ("torch.nn.Module", "keras.Model", "fastai.learner.Learner", "transformers.PreTrainedModel",
                    "transformers.Trainer", "peft.PeftModel")  # fmt: skip
_BOOSTERS: Final = ("xgboost.Booster", "lightgbm.Booster", "catboost.BaseCatBoost")
_DATA: Final = frozenset(
    {"pandas.DataFrame", "pandas.Series", "pandas.Index", "numpy.ndarray", "torch.Tensor", "tensorflow.Tensor",
     "builtins.str", "builtins.int", "builtins.float", "builtins.bytes", "keras.callbacks.History", "optuna.Study"}
)  # fmt: skip
_AS_MODEL: Final = lazy_pattern(
    r"(?!\w*(?:result|score|metric|pred|feature|name|hist|param|data|config|report|importance|explain))(?:\w*_)?"
    r"(?:model|clf|classifier|regressor|regression|estimator|pipe|pipeline|net|network|forest|booster|xgb\w*+|lgbm?"
    r"|svm|svc|knn|rf|lr|logreg|reg|best|final|winner|champion|challenger|learner|generator|discriminator|actor|critic)\w{0,2}(?:_\w*)?",
    re.IGNORECASE,
)
_AS_TRANSFORMER: Final = lazy_pattern(
    r"(?:\w*_)?(?:scaler|encoder|vectorizer|vectoriser|imputer|tokenizer|transformer|preprocessor|selector|binarizer"
    r"|processor|pca|ohe|le|dv|tfidf|sc|vocab|dictionary)\d?(?:_\w*)?",
    re.IGNORECASE,
)
_OPENERS: Final = frozenset({"gzip", "bz2", "lzma", "io", "fs", "codecs", "os", "tf", "gfile", "builtins"})
_NO_MODEL: Final = lazy_pattern(r"token|processor|extractor|scheduler|config|dataset|distiset|repo|space|tool|optim")
_CHECKPOINT: Final = lazy_pattern(r"ckpt|check_?point|epoch|step|iter|episode|snapshot", re.IGNORECASE)
_GONE: Final = frozenset({"TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile"})
_EXISTS: Final = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir"})
_TEMPORARY: Final = lazy_pattern(r"(?:/private)?/(?:var/)?tmp/|/dev/shm/|tempfile|(?:^|/)cache", re.IGNORECASE)


class ModelKind(StrEnum):
    """What a saved object is."""

    ESTIMATOR = "estimator"  # it predicts: an estimator, a booster, a pipeline that ends in one
    NETWORK = "network"
    TRANSFORMER = "transformer"  # it prepares features: a scaler, an encoder, a tokenizer, a pipeline of such
    DATA = "data"  # a cache of features, metrics, settings
    UNKNOWN = "unknown"


PREDICTORS: Final = frozenset({ModelKind.ESTIMATOR, ModelKind.NETWORK})


class Piece(Struct, frozen=True):
    """One object of what is saved: the only one, or an element of a tuple, list or dict; `key` is its key there."""

    kind: ModelKind
    value: Value
    node: ast.expr | None
    key: str = ""


class SavedModel(Struct, frozen=True):
    """A call that saves or registers something that may be a model.

    Attributes:
        event: The `PERSIST` event, or a `WRITE` of a pickle.
        what: The expression of what is saved; None where the call names only a path (a registry).
        pieces: What it consists of.
        registers: A model that was saved elsewhere is registered or uploaded.
    """

    event: Event
    what: ast.expr | None
    pieces: tuple[Piece, ...]
    registers: bool

    @property
    def predictors(self) -> list[Piece]:
        """The estimators and networks among the pieces."""
        return [piece for piece in self.pieces if piece.kind in PREDICTORS]


def _saved(ctx: Context) -> tuple[SavedModel, ...]:
    found: dict[ast.AST, SavedModel] = {}
    for event in ctx.model.events_of(EventKind.PERSIST, EventKind.WRITE):
        is_pickle = event.detail == "pickle" and "model" in event.inputs
        if event.node in found or not (event.kind is EventKind.PERSIST or is_pickle):
            continue
        function = event.stmt.function
        if function is None or function.reached:
            found[event.node] = _described(event, ctx)
    return tuple(found.values())


def saved_objects(ctx: Context) -> tuple[SavedModel, ...]:
    """All that the notebook saves by the means for models, pickled data too, in order; each call once."""
    return ctx.once(_saved)


def saved_models(ctx: Context) -> list[SavedModel]:
    """The calls that save an estimator or network that was trained in this notebook, registrations left out."""
    trained = [event for event in ctx.model.events_of(EventKind.FIT) if is_model_fit(event)]
    if not trained:
        return []
    return [
        saved
        for saved in saved_objects(ctx)
        if saved.predictors and not saved.registers and saved.event.order > trained[0].order
    ]


def _described(event: Event, ctx: Context) -> SavedModel:
    what = _what(event)
    value = event.inputs.get("model")
    if event.detail == "registry" or value is None:
        return SavedModel(event, what, (), registers=True)
    pieces = tuple(_pieces(value, what, event, ctx))
    return SavedModel(event, what, pieces, registers=False)


def _what(event: Event) -> ast.expr | None:
    """The expression of what is saved: the receiver of `model.save(path)`, or the argument that is the model."""
    value, call = event.inputs.get("model"), event.call
    if value is None:
        return None
    function = event.node.func
    arguments = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    values = [*call.args, *call.keywords.values()]
    if len(arguments) == len(values):
        for node, other in zip(arguments, values, strict=True):
            if other is value:
                return node
    return function.value if isinstance(function, ast.Attribute) else None


def _pieces(value: Value, node: ast.expr | None, event: Event, ctx: Context) -> Iterator[Piece]:
    display = _display_of(node, event.cell, ctx)
    if isinstance(value.items, dict):
        entries = zip(display.keys, display.values, strict=True) if isinstance(display, ast.Dict) else ()
        nodes = {key.value: node for key, node in entries if isinstance(key, ast.Constant)}
        for key, item in value.items.items():
            yield Piece(kind_of(item, nodes.get(key), event, ctx, name=str(key)), item, nodes.get(key), str(key))
    elif isinstance(value.items, tuple):
        elements = display.elts if isinstance(display, ast.Tuple | ast.List) else []
        for index, item in enumerate(value.items):
            part = elements[index] if len(elements) == len(value.items) else None
            yield Piece(kind_of(item, part, event, ctx), item, part)
    else:
        yield Piece(kind_of(value, node, event, ctx), value, node)


def _display_of(node: ast.expr | None, cell: int, ctx: Context) -> ast.expr | None:
    """The tuple, list or dict that an expression is, or that its name is bound to."""
    if isinstance(node, ast.Name):
        for binding in reversed(ctx.model.bindings(node.id)):
            statement = binding.stmt.node if binding.stmt is not None else None
            if binding.cell <= cell and isinstance(statement, ast.Assign | ast.AnnAssign):
                return statement.value
    return node


def kind_of(value: Value, node: ast.expr | None, event: Event, ctx: Context, name: str = "") -> ModelKind:
    """What kind of thing an object is that is saved by an event; `name` is its key in a dict."""
    known = _by_type(value, node, event, ctx)
    if known is not None:
        return known
    called = last_name(node) or name
    if isinstance(node, ast.Call) and last_name(node.func) == "state_dict" and isinstance(node.func, ast.Attribute):
        owner = last_name(node.func.value)
        return ModelKind.UNKNOWN if _NO_MODEL.search(owner.lower()) else ModelKind.NETWORK
    if event.detail in {"transformers", "hub", "network"} and _NO_MODEL.search(f"{called} {value.type}".lower()):
        return ModelKind.UNKNOWN
    if event.detail in {"network", "transformers", "onnx"} and event.subject is not None:
        return ModelKind.NETWORK
    if event.detail in {"mlflow", "pmml", "bentoml", "boosting", "h2o", "spark", "statsmodels", "prophet"}:
        return ModelKind.ESTIMATOR
    learned = value.has(Tag.FITTED) or any(map(is_model_fit, value.lineage))
    if not learned and event.detail not in {"network", "onnx"}:
        return ModelKind.UNKNOWN
    if _AS_TRANSFORMER.fullmatch(called):
        return ModelKind.TRANSFORMER
    if _AS_MODEL.fullmatch(called) or _is_trained(called, ctx):
        return ModelKind.NETWORK if event.detail in {"network", "onnx"} else ModelKind.ESTIMATOR
    return ModelKind.UNKNOWN


def _by_type(value: Value, node: ast.expr | None, event: Event, ctx: Context) -> ModelKind | None:
    kind = value.type
    if kind is None:
        return None
    if kind in _DATA or (kind.startswith("builtins.") and value.items is None):
        return ModelKind.DATA
    if any(is_a(kind, base) for base in _NETWORKS):
        return ModelKind.NETWORK
    if kind in _BOOSTERS or any(is_a(kind, base) for base in _BOOSTERS):
        return ModelKind.ESTIMATOR
    if event.detail in {"gensim", "spacy"}:
        return ModelKind.TRANSFORMER if kind.startswith("gensim.corpora") else ModelKind.ESTIMATOR
    if is_a(kind, _PIPELINE):
        made = constructor_of(node, event.cell, ctx) if node is not None else None
        last = [last_step(made, ctx), *steps_of(made, ctx)[-1:]] if made is not None else []
        only_prepares = next((is_a(step, _TRANSFORMER) for step in last if step is not None), False)
        return ModelKind.TRANSFORMER if only_prepares else ModelKind.ESTIMATOR
    if is_a(kind, _TRANSFORMER) or is_a(kind, _RESAMPLER):
        return ModelKind.TRANSFORMER
    if is_a(kind, _ESTIMATOR) or is_a(kind, _SEARCH):
        return ModelKind.ESTIMATOR
    return None


def _is_trained(name: str, ctx: Context) -> bool:
    """Whether something of this name is trained somewhere."""
    return bool(name) and name in ctx.once(_trained_names)


def _trained_names(ctx: Context) -> frozenset[str]:
    functions = (event.node.func for event in ctx.model.events_of(EventKind.FIT) if is_model_fit(event))
    return frozenset(last_name(node.value) for node in functions if isinstance(node, ast.Attribute))


# -- how it is saved ----------------------------------------------------------------------------------


def is_checkpoint(saved: SavedModel, ctx: Context) -> bool:
    """Whether a model is saved while it is being trained, or into a cache or a temporary place."""
    event = saved.event
    known = (event.path.head or "") if event.path is not None else ""
    shown = f"{known} {_path_text(event, ctx)}"
    if _CHECKPOINT.search(shown) or _TEMPORARY.search(shown):
        return True
    stmt: Stmt = event.stmt
    if _is_made_once(event, ctx):
        return True
    for outer in stmt.ancestors():
        if isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef):
            break
        if isinstance(outer.node, ast.While) or _is_thrown_away(outer.node):
            return True
        if isinstance(outer.node, ast.For) and _counts(outer.node):
            return True
    return False


def _is_thrown_away(node: ast.AST) -> bool:
    """Whether it is a `with` that makes a directory or file which is gone at its end."""
    items = node.items if isinstance(node, ast.With) else ()
    calls = (item.context_expr for item in items)
    return any(isinstance(call, ast.Call) and last_name(call.func) in _GONE for call in calls)


def _is_made_once(event: Event, ctx: Context) -> bool:
    """Whether it is saved in one branch of a test for the same file, and loaded in the other."""
    path = path_node(event, ctx)
    if path is None:
        return False
    same = ast.dump(path)
    for outer in event.stmt.ancestors():
        if isinstance(outer.node, ast.If) and outer.node.orelse:
            for call in ast.walk(outer.node.test):
                if isinstance(call, ast.Call) and last_name(call.func) in _EXISTS:
                    asked = [*call.args, *([call.func.value] if isinstance(call.func, ast.Attribute) else [])]
                    if any(ast.dump(node) == same for node in asked):
                        return True
    return False


def _counts(loop: ast.For) -> bool:
    """Whether a loop goes through epochs or batches, not through models."""
    target = ast.unparse(loop.target)
    calls_range = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) in {"range", "trange"}
    return calls_range or bool(_CHECKPOINT.search(target)) or "batch" in target


def _path_text(event: Event, ctx: Context) -> str:
    node = path_node(event, ctx)
    return ast.unparse(node) if node is not None else ""


def path_node(event: Event, ctx: Context | None = None) -> ast.expr | None:
    """The expression of the file that a model is saved to; of what was opened, where it is written to a handle."""
    call = event.call
    arguments = [*call.node.args, *(keyword.value for keyword in call.node.keywords)]
    for node in arguments:
        opened = _opened_by(node, event, ctx)
        if opened is not None:
            is_method = isinstance(opened.func, ast.Attribute) and last_name(opened.func.value) not in _OPENERS
            if is_method and isinstance(opened.func, ast.Attribute):
                return opened.func.value
            return next(iter(opened.args), None)
    if event.path is None:
        return None
    values = [*call.args, *call.keywords.values()]
    return next((node for node, value in zip(arguments, values, strict=False) if value is event.path), None)


def _opened_by(node: ast.expr, event: Event, ctx: Context | None) -> ast.Call | None:
    """The `open` behind an argument: itself, that of a `with` around it, or what its name is bound to."""
    if isinstance(node, ast.Call):
        return node if last_name(node.func) == "open" else None
    if not isinstance(node, ast.Name):
        return None
    for outer in event.stmt.ancestors():
        for item in outer.node.items if isinstance(outer.node, ast.With) else ():
            opens, target = item.context_expr, item.optional_vars
            if isinstance(target, ast.Name) and target.id == node.id and isinstance(opens, ast.Call):
                return opens
    for binding in reversed(ctx.model.bindings(node.id) if ctx is not None else ()):
        statement = binding.stmt.node if binding.stmt is not None else None
        if binding.cell <= event.cell and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            return statement.value if last_name(statement.value.func) == "open" else None
    return None
