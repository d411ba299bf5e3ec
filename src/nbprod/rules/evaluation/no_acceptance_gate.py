from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, Event, EventKind, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.gates import is_gated
from nbprod.kit.leakage import is_model_fit
from nbprod.kit.models import SavedModel, is_checkpoint, path_node, saved_models, saved_objects
from nbprod.kit.scoring import Score, scores_of


class NoAcceptanceGate(Rule):
    """A model is saved, however badly it scored.

    ## Why is this bad?
    Run by hand, somebody looks at the score and decides. Run every night, nobody does: a feed with half of its columns
    empty gives a model that is no better than a coin, and it replaces the good one, because saving does not depend on
    the score.

    ## Examples
    ```nb bad
    # %%
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    # %%
    model = RandomForestClassifier(random_state=1).fit(X_train, y_train)
    auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    # %%
    joblib.dump(model, "churn.joblib")
    ```
    ```nb fixed template
    # %%
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    # %% tags=["parameters"]
    MIN_AUC = 0.8  # TODO(nbprod): agree on it with whoever uses the model
    # %%
    model = RandomForestClassifier(random_state=1).fit(X_train, y_train)
    auc = roc_auc_score(y_test, model.predict_proba(X_test)[:, 1])
    # %%
    if auc < MIN_AUC:
        raise RuntimeError(f"model rejected: auc {auc:.3f} is below {MIN_AUC}")
    joblib.dump(model, "churn.joblib")
    ```
    ```nb good
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import roc_auc_score
    model = RandomForestClassifier(random_state=1).fit(X_train, y_train)
    if roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]) > 0.8:
        joblib.dump(model, "churn.joblib")
    ```
    ```nb good
    import joblib
    from sklearn.ensemble import RandomForestClassifier
    model = RandomForestClassifier(random_state=1).fit(X_train, y_train)
    joblib.dump(model, "churn.joblib")
    ```

    ## What keeps it quiet
    - an `if` or `assert` that depends on a score, and stands around the save or stops the run before it;
    - checkpoints, early stopping, AutoML, `mlflow.validate_evaluation_results`;
    - models that are not scored at all: what they lack is a score.

    The best of a search is no gate: it may be the best of a bad lot.

    ## Fix safety
    The template stops the run below a limit that you set together with whoever uses the model.

    ## References
    - Breck et al.: [The ML Test Score](https://research.google.com/pubs/pub45742.html)
    - Google: [Rules of Machine Learning](https://developers.google.com/machine-learning/rules-of-ml/), rule 9
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        saved = _first(ctx)
        if saved is None:
            return
        scores = [score for score in scores_of(ctx).all if _judges(score, saved)]
        if not scores or is_gated(saved, ctx):
            return
        score = _score_to_name(scores, saved, ctx)
        what = _name(score, ctx)
        path = path_node(saved.event, ctx)
        model = f"the model in `{brief(path)}`" if path is not None else f"`{brief(saved.what)}`"
        message = f"{model} is saved whatever {what} turns out to be: no minimum, no comparison with the model in use"
        yield self.finding(
            ctx,
            saved.event,
            message,
            related=[(score, "scored here")],
            fixes=[fixes.models.gate_fix(ctx, saved)],
            anchor="",
        )


def _first(ctx: Context) -> SavedModel | None:
    """The first model that is saved for others, or registered, after one was trained."""
    found = [saved for saved in saved_models(ctx) if not is_checkpoint(saved, ctx)]
    fits = [event for event in ctx.model.events_of(EventKind.FIT) if is_model_fit(event)]
    if fits:
        found += [
            saved
            for saved in saved_objects(ctx)
            if saved.registers and saved.event.order > fits[0].order and saved.event.detail == "registry"
        ]
    return min(found, key=lambda saved: saved.event.order, default=None)


def _judges(score: Score, saved: SavedModel) -> bool:
    """Whether a score is one of the saved model, or of what was built on it, as far as that can be seen."""
    judged = {score.fit, *_fits(score.fit)} if score.fit is not None else _fits(score.event)
    if not judged or not saved.pieces:
        return True
    return any(not piece.value.lineage.isdisjoint(judged) for piece in saved.predictors)


def _score_to_name(scores: list[Score], saved: SavedModel, ctx: Context) -> Score:
    """The last score before the model is saved, or the first one after. One that comes later, and may be of any other
    model, stands back behind those of the candidates that it was chosen from.
    """
    before = [score for score in scores if score.cell <= saved.event.cell]
    if before:
        return before[-1]
    known = [score for score in scores if score.fit is not None or _fits(score.event)]
    candidates = [score for score in scores_of(ctx).all if score.cell <= saved.event.cell]
    return candidates[-1] if candidates and not known else (known or scores)[0]


def _fits(event: Event | None) -> set[Event]:
    return {fit for fit in event.lineage if fit.kind is EventKind.FIT} if event is not None else set()


def _name(score: Score, ctx: Context) -> str:
    if score.event is None:
        return f"its score (cell {ctx.number(score)})"
    called = ctx.text(score.event, 200).partition("(")[0]
    return f"`{called if len(called) <= 40 else score.name}` (cell {ctx.number(score)})"
