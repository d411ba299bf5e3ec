"""Repairs of scores: arguments in the right order, rows that the model has not seen, more than the accuracy."""

import ast

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import fresh, insert, insert_after, locate, looking_at, replace, set_keyword
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.metrics import parameters_of
from nbprod.kit.scoring import Score
from nbprod.protocol import Edit, InsertCell, Safety
from nbprod.semantic import Event

_STABLE = frozenset({"y_true", "y_pred", "y_score"})
_RENAMED = frozenset({"log_loss", "precision_recall_curve", "hinge_loss", "brier_score_loss"})
"""Metrics whose parameters had other names in older releases."""


def swap_fix(ctx: Context, score: Event) -> Plan:
    """Give truth and prediction to a metric by keyword, or, if others are given by position, in its order."""

    def build() -> list[Edit]:
        call = score.node
        true, predicted = parameters_of(score)
        by_name = {item.arg: item.value for item in call.keywords}
        if true in by_name and predicted in by_name:
            first, second = by_name[true], by_name[predicted]
        elif len(call.args) >= 2 and not any(isinstance(item, ast.Starred) for item in call.args[:2]):
            first, second = call.args[:2]
        else:
            raise Declined("the truth and the prediction do not stand in this call")
        swapped = ctx.source(_At(score.cell, second)), ctx.source(_At(score.cell, first))
        if len(call.args) == 2 and {true, predicted} <= _STABLE and score.detail not in _RENAMED:
            swapped = f"{true}={swapped[0]}", f"{predicted}={swapped[1]}"
        with looking_at(ctx, score.cell):
            return [*replace(ctx, first, swapped[0]), *replace(ctx, second, swapped[1])]

    return Plan("Pass the truth as the truth", Safety.UNSAFE, build)


class _At:
    """A node in its cell."""

    def __init__(self, cell: int, node: ast.expr) -> None:
        self.cell = cell
        self.node = node


def cross_validation_fix(ctx: Context, fit: Event, score: Located) -> Plan:
    """Add a cell behind a score that scores the same model on rows it has not seen, five times."""

    def build() -> list[Edit]:
        features, target = fit.call.argument_node(0, "X"), fit.call.argument_node(1, "y")
        model = _model_of(ctx, fit, score)
        if features is None or target is None or model is None or fit.stmt.function is not None:
            raise Declined("what the model was trained on has no name of its own here")
        data, truth = (ctx.source(_At(fit.cell, node)) for node in (features, target))
        if "\n" in data + truth or not all(isinstance(node, _PLAIN) for node in (features, target)):
            raise Declined("what the model was trained on has no name of its own here")
        scores = fresh(ctx, "cv_scores")
        lines = [
            "from sklearn.model_selection import cross_val_score",
            "",
            "# each fold is scored by a model that has not seen it; mind order in time and rows that belong together",
            f"{scores} = cross_val_score({model}, {data}, {truth}, cv=5)",
            f'print(f"cross-validated: {{{scores}.mean():.3f}} ± {{{scores}.std():.3f}}")',
        ]
        return [InsertCell(before=score.cell + 1, cell_type="code", source="\n".join(lines))]

    return Plan("Score the model on rows it has not seen", Safety.TEMPLATE, build)


def validation_split_fix(ctx: Context, fit: Event) -> Plan:
    """Have Keras hold out the last fifth of the rows, score the network on them after every epoch, and show it."""

    def build() -> list[Edit]:
        if fit.call.argument(1, "y") is None:
            raise Declined("Keras divides arrays, but no data sets: `validation_split` would fail")
        edits: list[Edit] = [*set_keyword(ctx, fit, "validation_split", "0.2")]
        verbose, node = fit.call.keywords.get("verbose"), fit.stmt.node
        if verbose is None or verbose.const != 0:
            return edits  # it prints what it comes to
        match node:
            case ast.Assign(targets=[ast.Name(id=history)], value=value) if value is fit.node:
                pass
            case ast.Expr(value=value) if value is fit.node:
                history = fresh(ctx, "history")
                site = locate(ctx, fit)
                edits.append(insert(ctx, site.cell, site.start, f"{history} = "))
            case _:
                raise Declined("nothing would show the score on the rows that are held out")
        shown = f'{{name: values[-1] for name, values in {history}.history.items() if name.startswith("val_")}}'
        return [*edits, *insert_after(ctx, fit.stmt, f"print({shown})")]

    return Plan("Hold out a fifth of the rows while training", Safety.UNSAFE, build)


def _model_of(ctx: Context, fit: Event, score: Located) -> str | None:
    """The name under which a model is at hand behind a score."""
    match fit.node.func, fit.stmt.node:
        case ast.Attribute(value=ast.Name(id=name)), _:
            return name
        case _, ast.Assign(targets=[ast.Name(id=name)], value=value) if value is fit.node:
            return name
    return None


_PLAIN = (ast.Name, ast.Attribute, ast.Subscript)


def report_fix(ctx: Context, score: Score) -> Plan:
    """Add a cell behind an accuracy that tells how each class fares."""

    def build() -> list[Edit]:
        if score.stmt.function is not None or score.stmt.parent is not None:
            raise Declined("what is scored is not at hand behind this cell")
        true, predicted = _pair(ctx, score)
        lines = [
            "from statistics import mode",
            "",
            "from sklearn.metrics import accuracy_score, balanced_accuracy_score, classification_report",
            "",
            "# accuracy rewards the largest class: what would always answering it score, and how does each class fare?",
            f'print("always the largest class:", accuracy_score({true}, [mode({true})] * len({true})))',
            f'print("balanced accuracy:", balanced_accuracy_score({true}, {predicted}))',
            f"print(classification_report({true}, {predicted}))",
        ]
        return [InsertCell(before=score.cell + 1, cell_type="code", source="\n".join(lines))]

    return Plan("Score every class, and always answering the largest", Safety.TEMPLATE, build)


def _pair(ctx: Context, score: Score) -> tuple[str, str]:
    """The expressions of truth and prediction behind a score."""
    event = score.event
    if event is None:
        raise Declined("the score is made by hand")
    if "true" in event.inputs:
        nodes = [event.call.argument_node(0, "y_true"), event.call.argument_node(1, "y_pred")]
        texts = [ctx.source(_At(score.cell, node)) for node in nodes if isinstance(node, ast.Name | ast.Attribute)]
        if len(texts) == 2:
            return texts[0], texts[1]
    elif isinstance(event.node.func, ast.Attribute) and isinstance(event.node.func.value, ast.Name):
        nodes = [event.call.argument_node(0, "X"), event.call.argument_node(1, "y")]
        texts = [ctx.source(_At(score.cell, node)) for node in nodes if isinstance(node, ast.Name)]
        if len(texts) == 2 and event.detail == "accuracy_score":
            return texts[1], f"{event.node.func.value.id}.predict({texts[0]})"
    raise Declined("truth and prediction have no names of their own here")
