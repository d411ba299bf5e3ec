import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Notebook,
    Plan,
    Rule,
    Severities,
    Severity,
    Tag,
    fixes,
    on,
)
from nbprod.kit.blocks import events_in
from nbprod.kit.comparisons import (
    Compared,
    HeldOut,
    compared,
    is_validation,
    repetitions,
    set_key,
    set_name,
)
from nbprod.kit.metrics import name_of
from nbprod.kit.scoring import Score, scores_of
from nbprod.kit.steps import constructor
from nbprod.kit.stopping import chooses, judges, watched_apart, watched_sets

_LEAST: Final = 3
_RELATED: Final = 8


class TestSetReused(Rule):
    """The rows that choose a model can't also judge it.

    ## Why is this bad?
    Of many models scored on the same rows, the best one is best partly by luck. Its score on those rows is too good,
    and the more was tried, the more so. The same holds for the epoch at which training stops: new data will show less.

    ## Examples
    ```nb bad warning
    # %%
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    # %%
    scores = []
    for k in range(1, 20):
        model = KNeighborsClassifier(n_neighbors=k)
        model.fit(X_train, y_train)
        scores.append(model.score(X_test, y_test))
    print("best accuracy:", max(scores))
    ```
    ```nb fixed template warning
    # %%
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    # TODO(nbprod): choose by the score on X_val, and score on X_test once, with what was chosen
    X_train, X_val, y_train, y_val = train_test_split(X_train, y_train, test_size=0.25, random_state=0)
    # %%
    scores = []
    for k in range(1, 20):
        model = KNeighborsClassifier(n_neighbors=k)
        model.fit(X_train, y_train)
        scores.append(model.score(X_test, y_test))
    print("best accuracy:", max(scores))
    ```
    ```nb good
    from sklearn.model_selection import GridSearchCV, train_test_split
    from sklearn.neighbors import KNeighborsClassifier
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": range(1, 20)}).fit(X_train, y_train)
    print("accuracy:", search.score(X_test, y_test))
    ```

    ## What keeps it quiet
    - one or two models on a test set; several metrics of the same model;
    - folds, and test sets that are drawn anew for every model;
    - a validation set apart from the test set that is used, too; validation data that only shows progress.

    ## Fix safety
    A template: a validation part is split off the training data. Which scores are for choosing, only you know.

    ## References
    - scikit-learn: [Cross-validation: evaluating estimator performance](https://scikit-learn.org/stable/modules/cross_validation.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        fits = ctx.model.events_of(EventKind.FIT)
        if not fits or not ctx.model.events_of(EventKind.EVALUATE, EventKind.PREDICT):
            return
        scores = scores_of(ctx).all
        if not scores:
            return
        sets = HeldOut(ctx)
        said: set[object] = set()
        for group in compared(scores, ctx):
            if max(group.models, group.settings) >= _LEAST and not sets.is_beside_another(
                group.key, _set_name(group.scores[-1])
            ):
                said.add(group.key[:2])
                yield self._choice(group, ctx)
        for fit in fits:
            keys = {key for value in watched_sets(fit, ctx) if (key := set_key(value)) is not None} - said
            how = chooses(fit, ctx) if keys else None
            judged = [one for one in scores if set_key(one.rows) in keys and judges(one, fit, ctx)] if how else []
            if how and judged and not sets.is_beside_another(set_key(judged[-1].rows), _set_name(judged[-1])):
                said |= keys
                yield self._stopping(fit, how, judged[-1], ctx)
            elif not judged and (score := watched_apart(fit, scores, ctx)) is not None and (how := chooses(fit, ctx)):
                yield self._stopping(fit, how, score, ctx)

    def _choice(self, group: Compared, ctx: Context) -> Diagnosis:
        last = group.scores[-1]
        name = _set_name(last)
        times = [repetitions(score, ctx) for score in group.scores]
        swept = max(*times, group.settings) >= _LEAST
        least = "at least " if _LEAST in {*times, group.settings} else ""
        tried = f"{group.settings} thresholds" if group.settings else f"{group.models} models"
        message = (
            f"{least}{tried} are compared on `{name}`, which is also what the best of them is judged by: "
            "its score is too good"
        )
        models = {score.fit: score for score in reversed(group.scores)}  # the first score of each
        others = [(score, "compared on the same rows") for score in reversed(models.values()) if score is not last]
        confidence = Confidence.HIGH if swept and not is_validation(name) else Confidence.MEDIUM
        return self.finding(
            ctx, last, message, related=others[:_RELATED], fixes=_plans(last, ctx), confidence=confidence, anchor=name
        )

    def _stopping(self, fit: Event, how: str, score: Score, ctx: Context) -> Diagnosis:
        """A training that picks its best state by the rows whose score is reported."""
        name = _set_name(score)
        message = (
            f"`{name}` picks the best state of the model (`{how}`, cell {ctx.number(fit)}) and is also what it is "
            "judged by: the score is too good"
        )
        note = [(fit, "trained against it here")]
        return self.finding(ctx, score, message, related=note, fixes=_plans(score, ctx), anchor=name)

    @on(ast.If, needs=[EventKind.FIT])
    def checkpoint(self, node: ast.If, ctx: Context) -> Iterator[Diagnosis]:
        """`if test_accuracy > best: best = test_accuracy` in a training loop by hand."""
        match node.test:
            case ast.Compare(left=left, ops=[ast.Gt() | ast.Lt() | ast.GtE() | ast.LtE()], comparators=[right]):
                pass
            case _:
                return
        score = next((one for one, best in ((left, right), (right, left)) if _is_kept(best, node.body)), None)
        value = ctx.value(score)
        key = set_key(value) if value.has(Tag.PREDICTION | Tag.PROBABILITY | Tag.METRIC) else None
        if score is None or key is None or not _is_in_training(node, ctx):
            return
        name = name_of(score) or ctx.text(score)
        if HeldOut(ctx).is_beside_another(key, name):
            return
        message = f"the best epoch is chosen by `{name}` on held-out rows, whose score is also the one that is reported"
        yield self.finding(ctx, node.test, message)


def _is_kept(best: ast.expr, body: list[ast.stmt]) -> bool:
    """Whether something is the best so far, which the block goes on to raise."""
    if not isinstance(best, ast.Name | ast.Attribute):
        return False
    text = ast.unparse(best)
    targets = (target for stmt in body if isinstance(stmt, ast.Assign) for target in stmt.targets)
    return any(ast.unparse(target) == text for target in targets)


def _is_in_training(node: ast.If, ctx: Context) -> bool:
    """Whether a statement stands in a loop that trains one model further and further."""
    stmt = ctx.stmt(node)
    loops = [outer.node for outer in stmt.ancestors() if isinstance(outer.node, ast.For | ast.While)] if stmt else []
    return any(_goes_on(event, loop, ctx) for loop in loops for event in events_in([loop], ctx))


def _goes_on(event: Event, loop: ast.AST, ctx: Context) -> bool:
    """Whether an event trains a model that the loop did not make: a new one in each round is no new epoch."""
    if event.call.method not in {"fit", "partial_fit"}:
        return event.call.method in {"backward", "train_on_batch", "step"}
    made = constructor(event, ctx)
    return made is not None and not any(inner is made.node for inner in ast.walk(loop))


def _set_name(score: Score) -> str:
    return set_name(score) or "the test set"


def _plans(score: Score, ctx: Context) -> list[Plan]:
    splits = [event for event in score.rows.lineage if event.kind is EventKind.SPLIT]
    return [fixes.splits.validation_fix(ctx, splits[0])] if len(splits) == 1 else []
