import ast
from collections.abc import Iterator

from nbprod.kit import INFO, Context, Diagnosis, Dimension, Event, EventKind, Rule, Severities, Severity, fixes, on
from nbprod.kit.leakage import Division, Part, leakage_of, part_by_name, part_of
from nbprod.kit.preparation import (
    can_move,
    encodes_target,
    is_encoding,
    learns_alphabet,
    learns_features,
    name_of,
    named_data,
)
from nbprod.kit.statistics import standardised


class PreprocessingBeforeSplit(Rule):
    """A step that learned from all rows has seen the test rows.

    ## Why is this bad?
    A scaler, an imputer, PCA or a vocabulary learns from the rows that it is fitted on. Fitted before the split, it
    carries something of the test rows into training. The score then describes data that the model had a glimpse of,
    and is mostly a little too good; the same step fitted later, in production, gives other features.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    df = pd.read_csv("churn.csv")
    X = df.drop(columns=["churn"])
    y = df["churn"]
    # %%
    scaler = StandardScaler()
    X_scaled = scaler.fit_transform(X)
    # %%
    X_train, X_test, y_train, y_test = train_test_split(X_scaled, y, random_state=1)
    model = LogisticRegression().fit(X_train, y_train)
    print(model.score(X_test, y_test))
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    df = pd.read_csv("churn.csv")
    X = df.drop(columns=["churn"])
    y = df["churn"]
    # %%
    scaler = StandardScaler()
    # %%
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    X_train = scaler.fit_transform(X_train)
    X_test = scaler.transform(X_test)
    model = LogisticRegression().fit(X_train, y_train)
    print(model.score(X_test, y_test))
    ```
    ```nb good
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    df = pd.read_csv("churn.csv")
    X_train, X_test, y_train, y_test = train_test_split(df.drop(columns=["churn"]), df["churn"], random_state=1)
    scaler = StandardScaler()
    X_train = scaler.fit_transform(X_train)
    model = LogisticRegression().fit(X_train, y_train)
    print(model.score(scaler.transform(X_test), y_test))
    ```
    Encoding the categories of single features gives little away:
    ```nb bad info
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import train_test_split
    df = pd.read_csv("churn.csv")
    X = pd.get_dummies(df.drop(columns=["churn"]))
    X_train, X_test, y_train, y_test = train_test_split(X, df["churn"], random_state=1)
    model = LogisticRegression().fit(X_train, y_train)
    print(model.score(X_test, y_test))
    ```

    ## What keeps it quiet
    - steps fitted on the training part, by lineage and not by the order of cells;
    - steps that learn nothing (`Normalizer`, `PolynomialFeatures`, `HashingVectorizer`), or are told what to know
      (`vocabulary=`, `categories=`);
    - `LabelEncoder` on the target;
    - output that no model is trained on, or no split or cross-validation divides.

    ## Fix safety
    Unsafe: the model learns from other numbers, and the score is another one. The step moves behind the split, or into
    a pipeline that is cross-validated, if what it gives is used nowhere else.

    ## References
    - scikit-learn: [Data leakage](https://scikit-learn.org/stable/common_pitfalls.html#data-leakage)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    def __init__(self) -> None:
        self._seen: set[ast.AST] = set()

    @on(EventKind.FIT, EventKind.DERIVE)
    def check(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        encoding = event.kind is EventKind.DERIVE and event.detail == "encoding"
        by_hand = event.kind is EventKind.DERIVE and event.detail == "ratio"
        if event.node in self._seen:
            return
        if by_hand and standardised(event, ctx) is None:
            return
        if not encoding and not by_hand and not learns_features(event, ctx):
            return
        data = event.inputs.get("X")
        part = part_of(data)
        if part not in {Part.ALL, Part.UNKNOWN} or encodes_target(event, ctx):
            return
        division = leakage_of(ctx).division(event)
        if division is None:
            return
        if not division.later and part_by_name(named_data(event)) is not Part.UNKNOWN:
            return
        self._seen.add(event.node)
        movable = can_move(event, division, ctx)
        plans = [fixes.split_first.split_first_fix(ctx, event, division.split)] if movable else []
        yield self.finding(
            ctx,
            event,
            _message(event, division, ctx),
            related=[(division.split, "the rows are divided here")],
            fixes=plans,
            severity=INFO if encoding or is_encoding(event, ctx) or learns_alphabet(event, ctx) else None,
        )


def _message(event: Event, division: Division, ctx: Context) -> str:
    by_hand = event.detail == "ratio"
    name, number = ctx.text(event) if by_hand else name_of(event, ctx), ctx.number(division.split)
    learned = "takes its numbers from" if by_hand else "learned from"
    if division.crosses:
        return (
            f"`{name}` {learned} all rows before {division.name} (cell {number}) divides them: "
            "the rows that it tests on shaped the features"
        )
    if division.later:
        return (
            f"`{name}` {learned} all rows before {division.name} (cell {number}): "
            "the rows held out shaped what the model sees"
        )
    return f"`{name}` {learned} all rows, those that {division.name} (cell {number}) holds out as well"
