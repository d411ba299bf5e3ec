import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    INFO,
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Rule,
    Severities,
    Severity,
    Tag,
    fixes,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.leakage import Part, part_of
from nbprod.kit.preparation import (
    can_reuse,
    comes_from_model,
    fitted_on_train,
    forgets,
    gives_labels,
    in_turn,
    is_encoding,
    is_projection,
    is_viewed_only,
    learns_features,
    name_of,
    part_of_fit,
)
from nbprod.kit.statistics import standardised

_IN_TURN: Final = (
    "`{}` learns anew from each part that this loop runs through: the test rows are changed in another way than the "
    "training rows"
)


class RefitOnTestData(Rule):
    """Test data is transformed by what was learned from training data, and never learned from.

    ## Why is this bad?
    A scaler that is fitted again on the test rows gives them another scale than the training rows had: the same value
    means two things, and the score belongs to no model that will ever run. In production a single row arrives, from
    which no mean can be learned. A step fitted on training and test rows together has seen the test rows.

    ## Examples
    ```nb bad
    # %%
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    # %%
    sc = StandardScaler()
    X_train = sc.fit_transform(X_train)
    X_test = sc.fit_transform(X_test)
    ```
    ```nb fixed unsafe
    # %%
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    # %%
    sc = StandardScaler()
    X_train = sc.fit_transform(X_train)
    X_test = sc.transform(X_test)
    ```
    ```nb good
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    sc = StandardScaler()
    X_train = sc.fit_transform(X_train)
    X_test = sc.transform(X_test)
    ```
    Both parts together are no better:
    ```nb bad
    import pandas as pd
    from sklearn.model_selection import train_test_split
    from sklearn.linear_model import Ridge
    from sklearn.preprocessing import MinMaxScaler
    train, test = train_test_split(pd.read_csv("sales.csv"), random_state=1)
    scaler = MinMaxScaler().fit(pd.concat([train, test]))
    model = Ridge().fit(scaler.transform(train)[:, 1:], scaler.transform(train)[:, 0])
    ```
    ```nb good
    from sklearn.preprocessing import Normalizer
    X_test = Normalizer().fit_transform(X_test)
    ```

    ## What keeps it quiet
    - steps that learn nothing (`Normalizer`, `PolynomialFeatures`, `HashingVectorizer`);
    - projections of the test rows that are only looked at (PCA, t-SNE);
    - what a model gave (predictions, explanations);
    - data whose name speaks of a test while its lineage does not, unless the same class learns from training data.

    ## Fix safety
    Unsafe: the test rows get other numbers, and the score another value. Offered where the same object learned from the
    training rows before; not for encoders of features, which may meet a category that they do not know.

    ## References
    - scikit-learn: [Inconsistent preprocessing](https://scikit-learn.org/stable/common_pitfalls.html#inconsistent-preprocessing)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    def __init__(self) -> None:
        self._seen: set[ast.AST] = set()

    @on(EventKind.FIT)
    def check(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if event.node in self._seen or not learns_features(event, ctx):
            return
        part, by_name = part_of_fit(event, ctx)
        data = event.inputs.get("X")
        if in_turn(event):
            self._seen.add(event.node)
            yield self.finding(ctx, event, _IN_TURN.format(name_of(event, ctx)))
            return
        if data is None or part not in {Part.TEST, Part.BOTH} or comes_from_model(data):
            return
        if (part is Part.BOTH or is_projection(event)) and is_viewed_only(event, ctx):
            return
        earlier = fitted_on_train(event, ctx)
        labels = data.has(Tag.TARGET) or (earlier is not None and gives_labels(earlier, ctx))
        if (by_name or labels) and earlier is None and part is Part.TEST:
            return
        self._seen.add(event.node)
        plan = None
        is_apart = earlier is not None and earlier.node is not event.node  # else one call learns from either part
        if earlier is not None and is_apart and part is Part.TEST and not by_name and can_reuse(event, ctx):
            plan = fixes.split_first.use_training_fit_fix(ctx, event, earlier)
        yield self.finding(
            ctx,
            event,
            _message(event, part, earlier, ctx, labels=labels),
            related=[(earlier, "learned from the training data here")] if earlier is not None else [],
            severity=_severity(event, ctx, labels=labels, joined=part is Part.BOTH),
            confidence=Confidence.MEDIUM if by_name else None,
            fixes=[plan] if plan is not None else [],
        )

    @on(EventKind.DERIVE)
    def by_hand(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        """`(X_test - X_test.mean()) / X_test.std()`, where the training part is put on a scale of its own, too."""
        data = event.inputs.get("X")
        if event.detail != "ratio" or event.node in self._seen or part_of(data) is not Part.TEST:
            return
        scaled = standardised(event, ctx)
        if scaled is None or not self._is_own(event, ctx):
            return
        self._seen.add(event.node)
        message = (
            f"`{brief(scaled)}` is put on a scale by its own numbers: the test rows are changed in another way than "
            "the training rows"
        )
        yield self.finding(ctx, event, message)

    def _is_own(self, event: Event, ctx: Context) -> bool:
        """Whether the numbers come from the very data that is scaled, and no part of the training data."""
        node = event.node
        if not isinstance(node, ast.BinOp):
            return False
        below = [ctx.value(part) for part in ast.walk(node.right) if isinstance(part, ast.Name)]
        return any(value.has(Tag.TEST) for value in below) and not any(value.has(Tag.TRAIN) for value in below)


def _severity(event: Event, ctx: Context, *, labels: bool, joined: bool) -> Severities | None:
    """Weaker for labels, and for parts that are put together to know all categories of single features."""
    if joined and is_encoding(event, ctx):
        return INFO
    return Severities(Severity.INFO, Severity.WARNING) if labels else None


def _message(event: Event, part: Part, earlier: Event | None, ctx: Context, *, labels: bool) -> str:
    name = name_of(event, ctx)
    if part is Part.BOTH:
        return f"`{ctx.text(event)}` learns from training and test rows alike: the test rows are not unseen any more"
    if labels:
        return f"`{ctx.text(event)}` numbers the test labels anew: a class that is missing there shifts all numbers"
    if earlier is None:
        return f"`{name}` learns from the test rows (`{ctx.text(event)}`): in production there are none to learn from"
    if forgets(event, earlier, ctx):
        return (
            f"`{ctx.text(event)}` replaces what was learned from the training rows (cell {ctx.number(earlier)}): "
            "both parts are then changed by the test rows"
        )
    return (
        f"`{ctx.text(event)}` learns anew from the test rows: they are changed in another way than the training rows "
        f"(cell {ctx.number(earlier)})"
    )
