import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import Context, Diagnosis, Dimension, Event, EventKind, Rule, Severities, Severity, fixes, on
from nbprod.kit.leakage import Division, Part, is_target_aware, leakage_of, part_by_name, part_of
from nbprod.kit.preparation import can_move, holds_class, leaves_out, name_of, named_data
from nbprod.kit.target_means import target_means

_ON_FOLDS: Final = Severities(Severity.INFO, Severity.WARNING)


class TargetAwareStepBeforeSplit(Rule):
    """A step that looked at the target of all rows has given the answers of the test rows away.

    ## Why is this bad?
    SMOTE makes new rows out of neighbours: made before the split, training rows are mixtures of test rows. A selector
    that saw all targets keeps the columns that happen to fit the test rows too. Unlike scaling, this can turn noise
    into a good score, and the model then fails on the first day.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split
    df = pd.read_csv("fraud.csv")
    X, y = df.drop(columns=["fraud"]), df["fraud"]
    # %%
    X_res, y_res = SMOTE(random_state=1).fit_resample(X, y)
    # %%
    X_train, X_test, y_train, y_test = train_test_split(X_res, y_res, random_state=1)
    model = RandomForestClassifier(random_state=1).fit(X_train, y_train)
    print(model.score(X_test, y_test))
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split
    df = pd.read_csv("fraud.csv")
    X, y = df.drop(columns=["fraud"]), df["fraud"]
    # %%
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    X_train, y_train = SMOTE(random_state=1).fit_resample(X_train, y_train)
    model = RandomForestClassifier(random_state=1).fit(X_train, y_train)
    print(model.score(X_test, y_test))
    ```
    A selector in front of a cross-validation:
    ```nb bad
    import pandas as pd
    from sklearn.feature_selection import SelectKBest
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    df = pd.read_csv("genes.csv")
    y = df["ill"]
    X = SelectKBest(k=20).fit_transform(df.drop(columns=["ill"]), y)
    print(cross_val_score(LogisticRegression(), X, y).mean())
    ```
    The test part may be untouched; but the folds of the training part share made-up rows, so that the search is misled:
    ```nb bad warning
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from sklearn.model_selection import GridSearchCV, train_test_split
    from sklearn.svm import SVC
    df = pd.read_csv("fraud.csv")
    X_train, X_test, y_train, y_test = train_test_split(df.drop(columns=["fraud"]), df["fraud"], random_state=1)
    X_res, y_res = SMOTE(random_state=1).fit_resample(X_train, y_train)
    search = GridSearchCV(SVC(), {"C": [1, 10]}).fit(X_res, y_res)
    print(search.score(X_test, y_test))
    ```
    ```nb good
    import pandas as pd
    from imblearn.over_sampling import SMOTE
    from imblearn.pipeline import make_pipeline
    from sklearn.model_selection import cross_val_score
    from sklearn.svm import SVC
    df = pd.read_csv("fraud.csv")
    print(cross_val_score(make_pipeline(SMOTE(random_state=1), SVC()), df.drop(columns=["fraud"]), df["fraud"]))
    ```

    ## What keeps it quiet
    - steps fitted on the training part and scored on the test part;
    - steps inside a pipeline that is cross-validated or searched as a whole;
    - a score on other data that was loaded for it, and notebooks without any score.

    ## Fix safety
    Unsafe: the score is another one, and mostly a worse one. The step moves behind the split, where it works on the
    training part, or into a pipeline that is cross-validated, if what it gives is used nowhere else.

    ## References
    - scikit-learn: [Data leakage during pre-processing](https://scikit-learn.org/stable/common_pitfalls.html#data-leakage-during-pre-processing)
    - imbalanced-learn: [Common pitfalls](https://imbalanced-learn.org/stable/common_pitfalls.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    def __init__(self) -> None:
        self._seen: set[ast.AST] = set()

    @on(EventKind.FIT)
    def fitted(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if is_target_aware(event):
            yield from self._judge(event, ctx, name_of(event, ctx))

    @on(EventKind.DRAW)
    def drawn(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if holds_class(event, ctx):
            yield from self._judge(event, ctx, event.call.method)

    @on(EventKind.DERIVE)
    def averaged(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        split = target_means(event, ctx) if event.detail == "groups" else None
        if split is not None and leakage_of(ctx).tests:
            division = Division(split, later=True)
            message = (
                f"`{ctx.text(event)}` averages the target over all rows, then {division.name} "
                f"(cell {ctx.number(split)}) divides them: each test row carries its own answer"
            )
            yield self.finding(ctx, event, message, related=[(split, "the rows are divided here")])

    def _judge(self, event: Event, ctx: Context, name: str) -> Iterator[Diagnosis]:
        known = leakage_of(ctx)
        if event.node in self._seen or not known.tests or known.scored_elsewhere(event):
            return
        data = event.inputs.get("X") or event.inputs.get("data")
        part = part_of(data, named_data(event))
        if part in {Part.TEST, Part.BOTH}:
            return
        if part is Part.TRAIN:
            division = known.refolding(event)
        else:
            division = known.division(event)
            if division is not None and not division.later and part_by_name(named_data(event)) is not Part.UNKNOWN:
                return
        if division is None:
            return
        self._seen.add(event.node)
        movable = can_move(event, division, ctx)
        plans = [fixes.split_first.split_first_fix(ctx, event, division.split)] if movable else []
        spared = part is Part.TRAIN and (division.crosses or not known.scored_only_within(event))
        yield self.finding(
            ctx,
            event,
            _message(name, event, division, ctx, spared=spared),
            related=[(division.split, "the rows are divided here")],
            fixes=plans,
            severity=_ON_FOLDS if spared else None,
        )


def _message(name: str, event: Event, division: Division, ctx: Context, *, spared: bool) -> str:
    """What a step did to the rows that are divided; `spared` is a test part that it has not seen."""
    place = f"{division.name} (cell {ctx.number(division.split)})"
    if leaves_out(event) and division.later:
        return f"`{name}` balances the classes, then {place} divides the rows: it scores on a balance that is not real"
    if spared:
        return f"`{name}` used the target of all training rows, then {place} divides them: the folds know of each other"
    if division.later:
        return f"`{name}` uses the target on rows that {place} divides afterwards: test rows shaped the training data"
    return f"`{name}` uses the target on all rows, those that {place} holds out as well"
