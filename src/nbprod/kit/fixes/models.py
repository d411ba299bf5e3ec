"""What is written beside a saved model, before it and into its call."""

import ast
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from nbprod.evidence import Estimator
from nbprod.kit.context import Context
from nbprod.kit.edit import (
    combine,
    ensure_import,
    fresh,
    hoist,
    insert_after,
    insert_before,
    looking_at,
    replace,
    set_keyword,
)
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.paths import wish_for
from nbprod.kit.leakage import is_model_fit
from nbprod.kit.model_inputs import model_fits
from nbprod.kit.models import ModelKind, SavedModel, path_node
from nbprod.kit.paths import path_kind
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event, EventKind, Stmt, Tag

_DISTRIBUTIONS: Final = {
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow",
    "pytorch_lightning": "pytorch-lightning",
}
_NO_FILE: Final = frozenset({"hub", "toy", "index", "generated"})
_ERRORS: Final = lazy_pattern(r"error|loss|(?:^|_)(?:r?mse|mae|mape|rmsle|deviance)", re.IGNORECASE)
_SIGNED: Final = frozenset({None, "pandas.DataFrame", "numpy.ndarray"})
_SHORT: Final = {
    "mean_squared_error": "mse", "root_mean_squared_error": "rmse", "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape", "score": "score", "r2_score": "r2",
}  # fmt: skip
_NEEDED: Final = (
    ("datetime", "datetime"), ("datetime", "timezone"), ("importlib.metadata", "version"), ("pathlib", "Path"),
)  # fmt: skip
_LIBRARIES: Final = frozenset(
    {"sklearn", "xgboost", "lightgbm", "catboost", "keras", "tensorflow", "torch", "transformers", "imblearn", "gensim"}
)


def metadata_fix(ctx: Context, saved: SavedModel, known: Estimator | None = None) -> Plan:
    """Write a JSON file beside a saved model: when, from what, with which parameters and versions, how good.

    `known` is what a session knows of the model.
    """

    def build() -> Sequence[Edit]:
        with looking_at(ctx, saved.event.cell):
            stmt = _saving_statement(saved)
            imports, path = _named_path(ctx, saved)
            model = _predictor_text(ctx, saved)
            name = fresh(ctx, "metadata")
            names = {}
            for module, wish in _NEEDED:
                edits, names[wish] = ensure_import(ctx, module, wish, before=stmt)
                imports = combine(imports, edits)
            edits, json = ensure_import(ctx, "json", before=stmt)
            imports = combine(imports, edits)
            source = data_source(ctx, saved.event)
            if source is not None:
                edits, hashlib = ensure_import(ctx, "hashlib", before=stmt)
                imports = combine(imports, edits)
                read = f"{hashlib}.sha256({names['Path']}({source}).read_bytes()).hexdigest()"
                data = f'{{"source": {source}, "sha256": {read}}}'
            else:
                data = '"TODO(nbprod): which data, and its version or hash"'
            lines = [
                f"{name} = {{",
                f'    "model": type({model}).__name__,',
                f'    "trained_at": {names["datetime"]}.now({names["timezone"]}.utc).isoformat(),',
                f'    "versions": {_versions(ctx, names["version"])},',
                *([f'    "parameters": {model}.get_params(),'] if _has_parameters(saved, known) else []),
                *([f'    "features": list({model}.feature_names_in_),'] if _has_features(known) else []),
                f'    "data": {data},',
                f'    "metrics": {_metrics(ctx, saved)},',
                "}",
                f'{names["Path"]}({path}).with_suffix(".json").write_text({json}.dumps({name}, indent=2, default=str))',
            ]
            return combine(imports, insert_after(ctx, stmt, "\n".join(lines)))

    return Plan("Write what the model was made from beside it", Safety.TEMPLATE, build)


def _saving_statement(saved: SavedModel) -> Stmt:
    """The statement that saves; the `with` that opens the file, or the `open` and `close` around it."""
    stmt = saved.event.stmt
    for outer in stmt.ancestors():
        if isinstance(outer.node, ast.With) and len(outer.node.body) == 1:
            return outer
        break
    if isinstance(stmt.node, ast.Return):
        raise Declined("the model is saved in a `return`")
    return stmt


def _named_path(ctx: Context, saved: SavedModel) -> tuple[list[Edit], str]:
    """What to write for the file, and the edits that make it a parameter if only this machine has its folder: written
    twice, it would be wrong in two places.
    """
    node, text = path_node(saved.event, ctx), path_text(ctx, saved)
    if not isinstance(node, ast.Constant) or path_kind(str(node.value)) is None:
        return [], text
    wish = wish_for(ctx, str(node.value))
    edits, names = hoist(ctx, {wish: text}, before=node)
    return combine(edits, replace(ctx, node, names[wish])), names[wish]


def path_text(ctx: Context, saved: SavedModel) -> str:
    """The source of the expression of the file that a model is saved to.

    Raises:
        Declined: It is not in sight, or is no expression of its own.
    """
    node = path_node(saved.event, ctx)
    if node is None or any(isinstance(part, ast.Call) and _may_differ(part) for part in ast.walk(node)):
        raise Declined("where the model goes is not in sight")
    return expression_site(ctx, node).text


def _may_differ(call: ast.Call) -> bool:
    return "now" in ast.unparse(call.func) or "time" in ast.unparse(call.func)


def _predictor_text(ctx: Context, saved: SavedModel) -> str:
    piece = saved.predictors[0]
    if piece.node is None:
        raise Declined("the model has no name here")
    node = piece.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "state_dict":
        node = node.func.value
    if not isinstance(node, ast.Name | ast.Attribute):
        raise Declined("the model has no name here")
    return ast.unparse(node)


def _has_features(known: Estimator | None) -> bool:
    return known is not None and known.features is not None and known.type.startswith("sklearn.")


def _has_parameters(saved: SavedModel, known: Estimator | None) -> bool:
    piece = saved.predictors[0]
    kind = known.type if known is not None else piece.value.type or ""
    return piece.kind is ModelKind.ESTIMATOR and kind.startswith(
        ("sklearn.", "imblearn.", "xgboost.XGB", "lightgbm.LGBM")
    )


def _versions(ctx: Context, version: str) -> str:
    roots = dict.fromkeys(name.partition(".")[0] for name, _ in ctx.model.imports)
    packages = [_distribution(ctx, root) for root in roots if root in _LIBRARIES]
    return "{" + ", ".join(f'"{package}": {version}("{package}")' for package in sorted(packages)) + "}"


def _distribution(ctx: Context, root: str) -> str:
    """The distribution of a package: the one that a session has (`tensorflow-cpu`), else the usual one."""
    installed = ctx.runtime.versions(root) if ctx.runtime is not None else {}
    return next(iter(installed)) if len(installed) == 1 else _DISTRIBUTIONS.get(root, root)


def data_source(ctx: Context, event: Event) -> str | None:
    """The expression of the one local file that a model was trained on, if there is just one."""
    trained = [fit for fit in event.lineage if is_model_fit(fit)]
    loads = {load for fit in trained for load in fit.lineage if load.kind is EventKind.LOAD and load.path is not None}
    if any(load.detail in _NO_FILE for load in loads):
        return None
    texts = {load.path.text for load in loads if load.path is not None}
    if len(texts) != 1:
        return None
    (text,) = texts
    if text is None or "://" in text or '"' in text or "\\" in text or not PurePosixPath(text).suffix:
        return None
    (first, *_) = loads
    node = first.node.args[0] if first.node.args else None
    is_name = isinstance(node, ast.Name) and len(ctx.model.bindings(node.id)) == 1
    return node.id if is_name and isinstance(node, ast.Name) else f'"{text}"'


def _metrics(ctx: Context, saved: SavedModel) -> str:
    found = metric_names(ctx, saved)
    if not found:
        return '"TODO(nbprod): how good it is, on which data"'
    return "{" + ", ".join(f'"{name}": {name}' for name in found[:5]) + "}"


def metric_names(ctx: Context, saved: SavedModel) -> list[str]:
    """The names that hold a single score of a model when it is saved, in the order of their cells."""
    fits = {event for piece in saved.predictors for event in piece.value.lineage if is_model_fit(event)}
    found = []
    for name in ctx.model.bound_names:
        binding = ctx.model.bindings(name)[-1]
        statement = binding.stmt.node if binding.stmt is not None else None
        if binding.cell > saved.event.cell or not isinstance(statement, ast.Assign) or _loops(binding.stmt):
            continue
        if not binding.value.has(Tag.METRIC) or (fits and fits.isdisjoint(binding.value.lineage)):
            continue
        call = ctx.call(statement.value)
        score = next((item for item in call.events if item.kind is EventKind.EVALUATE), None) if call else None
        if score is not None and is_number(score) and isinstance(statement.targets[0], ast.Name):
            found.append((binding.cell, name))
    return [name for _, name in sorted(found)]


def _loops(stmt: Stmt | None) -> bool:
    outers = stmt.ancestors() if stmt is not None else ()
    return any(isinstance(outer.node, ast.For | ast.While) for outer in outers)


_TABLES: Final = frozenset(
    {"classification_report", "confusion_matrix", "roc_curve", "precision_recall_curve", "cross-validation", "network",
     "precision_recall_fscore_support", "multilabel_confusion_matrix", "det_curve", "mlflow"}
)  # fmt: skip


def is_number(score: Event) -> bool:
    """Whether a score is one number, not a table, a curve or a list."""
    return (
        score.detail not in _TABLES
        and score.call.method != "compute"
        and not score.detail[:1].isupper()
        and score.detail != ""
    )


def gate_fix(ctx: Context, saved: SavedModel) -> Plan:
    """Stop the run before the save if the last score is worse than a limit in the parameters cell."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, saved.event.cell):
            stmt = _saving_statement(saved)
            if stmt.function is not None:
                raise Declined("the model is saved in a function, where its score is not known")
            name, first = _score(ctx, saved)
            is_error = bool(_ERRORS.search(name))
            wish = f"{'MAX' if is_error else 'MIN'}_{name.upper()}"
            limit = "1.0" if is_error else "0.8"
            hole = "  # TODO(nbprod): agree on it with whoever uses the model"
            edits, names = hoist(ctx, {wish: limit + hole}, before=stmt)
            sign, side = (">", "above") if is_error else ("<", "below")
            lines = [
                *first,
                f"if {name} {sign} {names[wish]}:",
                f'    raise RuntimeError(f"model rejected: {name} {{{name}:.3f}} is {side} {{{names[wish]}}}")',
            ]
            return combine(edits, insert_before(ctx, stmt, "\n".join(lines)))

    return Plan("Save the model only if it is good enough", Safety.TEMPLATE, build)


def _score(ctx: Context, saved: SavedModel) -> tuple[str, list[str]]:
    """The name of the last score before the save, and the lines that give it one if it has none."""
    known = metric_names(ctx, saved)
    if known:
        return known[-1], []
    fits = {event for piece in saved.predictors for event in piece.value.lineage if is_model_fit(event)}
    for event in reversed(ctx.model.events_of(EventKind.EVALUATE)):
        if event.cell > saved.event.cell or event.stmt.function is not None or event.stmt.parent is not None:
            continue
        if _is_of_another(event, saved):
            continue
        if is_number(event) and (not fits or not fits.isdisjoint(_behind(event))):
            text = " ".join(expression_site(ctx, event).text.split())
            name = fresh(ctx, "rmse" if "squared=False" in text else _SHORT.get(event.detail, _stem(event.detail)))
            return name, [f"{name} = {text}"]
    raise Declined("no score is a single number that has a name")


def _is_of_another(score: Event, saved: SavedModel) -> bool:
    """Whether a score is a method of something that does not go by the name of what is saved."""
    function, piece = score.node.func, saved.predictors[0] if saved.predictors else None
    if score.subject is None or not isinstance(function, ast.Attribute) or piece is None or piece.node is None:
        return False
    return ast.dump(function.value) != ast.dump(piece.node)


def _behind(score: Event) -> set[Event]:
    subject = score.subject.lineage if score.subject is not None else frozenset[Event]()
    return {*score.lineage, *subject}


def _stem(detail: str) -> str:
    return detail.removesuffix("_score")


def signature_fix(ctx: Context, saved: SavedModel, safety: Safety = Safety.UNSAFE) -> Plan:
    """Log the model with the signature of what it was trained on."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, saved.event.cell):
            if not saved.predictors or not isinstance(saved.what, ast.Name):
                raise Declined("the model has no name here")
            fits = model_fits(saved.predictors[0], ctx)
            data = fits[-1].node.args[0] if fits and fits[-1].node.args else None
            known = ctx.value(data).type if data is not None else None
            if (
                not isinstance(data, ast.Name)
                or known not in _SIGNED
                or fits[-1].stmt.function != saved.event.stmt.function
            ):
                raise Declined("the data that the model was trained on has no name here")
            if len(ctx.model.bindings(data.id)) > 1:
                raise Declined("the data that the model was trained on may be other data by now")
            imports, infer = ensure_import(ctx, "mlflow.models", "infer_signature", before=saved.event)
            signature = f"{infer}({data.id}, {saved.what.id}.predict({data.id}))"
            return combine(imports, set_keyword(ctx, saved.event.call, "signature", signature))

    return Plan("Log the signature of the input", safety, build)
