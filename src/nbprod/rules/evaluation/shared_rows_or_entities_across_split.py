import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nbprod.kit import (
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Plan,
    Rule,
    Severities,
    Severity,
    Value,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.origins import origins
from nbprod.kit.row_copies import frames_behind, repeat_of
from nbprod.kit.scoring import sources

if TYPE_CHECKING:
    from nbprod.kit.shared_rows import SharedRows

_ID: Final = lazy_pattern(
    r"(?:\w+_)?(?:user|customer|client|patient|subject|person|member|participant|respondent|household|student|driver|"
    r"machine|engine|speaker|visitor|player|device|vehicle|session|seller|merchant|card|worker|animal|turbine|asset|"
    r"unit|bearing|battery|video|recording|loan|policy|account|employee|borrower|child|mother|family)s?_?(?:id|no|nr|num|number|key|code)"
    r"|patients?|subjects?|participants?|pid|uid|msno|customerid|userid|patientid|subjectid",
    re.IGNORECASE,
)
"""Columns whose rows belong to one person or thing of which new ones will come."""
_RATED: Final = lazy_pattern(r"\b(?:ratings?|recommend\w*|movie_?ids?|item_?ids?|surprise)\b", re.IGNORECASE)
"""Recommenders know their users: a random split of ratings is right for them."""
_OVER_ROWS: Final = frozenset(
    {"shift", "diff", "cumcount", "cumsum", "transform", "rolling", "expanding", "ffill", "bfill", "rank", "pct_change",
     "fillna", "ewm", "nth", "head", "tail"}
)  # fmt: skip
"""What is done to the rows of a group that stay in the frame."""
_WARNING: Final = Severities(explore=Severity.INFO, production=Severity.WARNING)

_BY_GROUP: Final = ("GroupK", "GroupShuffle", "GroupTime", "StratifiedGroup", "LeaveOneGroup", "LeavePGroups")
_FOLDS: Final = ("KFold", "StratifiedKFold", "ShuffleSplit", "StratifiedShuffleSplit", "RepeatedKFold",
                 "RepeatedStratifiedKFold")  # fmt: skip


class SharedRowsOrEntitiesAcrossSplit(Rule):
    """Rows that belong together stay on one side of a split.

    ## Why is this bad?
    A model that has seen a copy of a row, or other rows of the same patient, recognises it in the test part. The score
    says how well it remembers; for a new patient it will be worse.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    visits = pd.read_csv("visits.csv")
    visits["last_dose"] = visits.groupby("patient_id")["dose"].shift()
    # %%
    X, y = visits[["dose", "last_dose"]], visits["recovered"]
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    from sklearn.model_selection import train_test_split
    from sklearn.model_selection import GroupShuffleSplit
    visits = pd.read_csv("visits.csv")
    visits["last_dose"] = visits.groupby("patient_id")["dose"].shift()
    # %%
    X, y = visits[["dose", "last_dose"]], visits["recovered"]
    # all rows of one patient_id come to the same side
    splitter = GroupShuffleSplit(n_splits=1, test_size=0.2)
    train_rows, test_rows = next(splitter.split(X, groups=visits.loc[X.index, "patient_id"]))
    X_train, X_test = X.iloc[train_rows], X.iloc[test_rows]
    y_train, y_test = y.iloc[train_rows], y.iloc[test_rows]
    ```
    ```nb good
    import pandas as pd
    from sklearn.model_selection import GroupShuffleSplit
    visits = pd.read_csv("visits.csv")
    visits["last_dose"] = visits.groupby("patient_id")["dose"].shift()
    train, test = next(GroupShuffleSplit(n_splits=1).split(visits, groups=visits["patient_id"]))
    ```
    Copies of rare rows that are made before the split:
    ```nb bad error
    from imblearn.over_sampling import RandomOverSampler
    from sklearn.model_selection import train_test_split
    X_more, y_more = RandomOverSampler().fit_resample(X, y)
    X_train, X_test, y_train, y_test = train_test_split(X_more, y_more)
    ```
    ```nb good
    from imblearn.over_sampling import RandomOverSampler
    from sklearn.model_selection import train_test_split
    X_train, X_test, y_train, y_test = train_test_split(X, y)
    X_train, y_train = RandomOverSampler().fit_resample(X_train, y_train)
    ```

    ## What keeps it quiet
    - splits by group of the same data, and splits in order (`shuffle=False`);
    - a frame with one row for each entity: aggregated, or with duplicates dropped;
    - ids of which nothing shows that they repeat; recommenders, which know their users.

    ## What a running kernel adds
    - Rows of the test part that also stand in the training part, from 1% on: only where some column tells most rows
      apart, so that equal rows are copies and no chance.
    - An id that repeats in the table which is split, with no other sign of it in the code.

    ## Fix safety
    Unsafe: other rows are held out, and the score becomes that of entities which the model has not seen. Copies and
    windows have no fix: they must be made after the split.

    ## References
    - scikit-learn: [Group cross-validation](https://scikit-learn.org/stable/modules/cross_validation.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on(
        "sklearn.model_selection.train_test_split",
        "sklearn.model_selection.cross_val_score",
        "sklearn.model_selection.cross_validate",
    )
    def check(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        shuffle = call.keywords.get("shuffle")
        crossed = call.method != "train_test_split"
        node = call.argument_node(1, "X") if crossed else next(iter(call.node.args), None)
        if node is None or (shuffle is not None and shuffle.const is not True) or call.open:
            return
        data = ctx.value(node)
        copying = next((event for event in data.lineage if _copies(event)), None)
        if copying is not None:
            message = (
                f"`{ctx.text(copying, 50)}` (cell {ctx.number(copying)}) copies rows before the split: the test part "
                "holds rows that the model has learned from"
            )
            advice = "Split first, and copy rows of the training part only."
            yield self.finding(ctx, call, message, related=[(copying, "rows are copied here")], advice=advice)
            return
        window = _overlapping_windows(data, ctx) if not crossed else None
        if window is not None:
            message = (
                f"the windows `{ctx.text(window, 40)}` (cell {ctx.number(window)}) overlap, and the split "
                "shuffles them: test windows share their values with training ones"
            )
            advice = "Cut the series in time first, and take the windows of each part."
            yield self.finding(
                ctx, call, message, related=[(window, "taken here")], advice=advice, severity=_WARNING
            )  # fmt: skip
            return
        repeat = repeat_of(node, ctx)
        if repeat is not None and (repeat.equal or not crossed):
            message = (
                f"`{ctx.text(repeat.call, 50)}` (cell {ctx.number(repeat.call)}) {repeat.how}, before the split: the "
                "test part holds what the model has learned from"
            )
            advice = (
                "Split first, and make more rows of the training part only; or keep together what belongs together."
            )
            related = [(repeat.call, "several rows of one are made here")]
            severity = None if repeat.equal else _WARNING
            yield self.finding(ctx, call, message, related=related, advice=advice, severity=severity)
            return
        if ctx.runtime is not None and not crossed:
            shared = _shared(call, ctx)
            if shared is not None:
                message = f"{shared.shown}, row for row: the score counts what the model has learned by heart"
                advice = "Drop repeated rows before the split, or keep them on one side."
                yield self.finding(ctx, call, message, advice=advice, live=True)
                return
        if not _splits_by_group(data, ctx):
            yield from self._entities(call, node, ctx)

    @on(*(f"sklearn.model_selection.{name}.split" for name in _FOLDS))
    def folds(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        """`for train, test in KFold(5, shuffle=True).split(X)`."""
        node = call.argument_node(0, "X")
        kind = call.name.rpartition(".")[0]
        shuffles = "Shuffle" in kind or any(
            "shuffle" in made.keywords and made.keywords["shuffle"].const is True for made in ctx.model.calls(kind)
        )
        if node is not None and shuffles and not _splits_by_group(ctx.value(node), ctx):
            yield from self._entities(call, node, ctx)

    def _entities(self, call: Call, data: ast.expr, ctx: Context) -> Iterator[Diagnosis]:
        """A frame whose id repeats, as the notebook itself shows."""
        frames = frames_behind(data, ctx)
        if not frames:
            return
        for grouping in ctx.model.calls("pandas.DataFrame.groupby", "polars.Expr.over"):
            column, frame = _entity(grouping), _grouped(grouping)
            if column is None or frame is None or grouping.cell > call.cell:
                continue
            if frames.isdisjoint(frames_behind(frame, ctx)) or _is_rated(ctx):
                continue
            stays = grouping.method == "over" or _done_with(grouping) in _OVER_ROWS
            if not stays and not _is_merged_back(grouping, column, frames, ctx):
                continue
            message = (
                f"`{column}` repeats (`{grouping.method}` in cell {ctx.number(grouping)}), but the split is by row: "
                f"the model is tested on rows of a `{column}` that it knows"
            )
            advice = f"Use GroupShuffleSplit or GroupKFold with groups={column}."
            note = [(grouping, f"several rows of one `{column}`")]
            plans = _plans(call, frame, column, frames, ctx) if grouping.method == "groupby" else []
            yield self.finding(ctx, call, message, related=note, advice=advice, fixes=plans)
            return
        if ctx.runtime is not None:
            yield from self._counted_entities(call, data, frames, ctx)

    def _counted_entities(self, call: Call, data: ast.expr, frames: set[object], ctx: Context) -> Iterator[Diagnosis]:
        """A frame whose id repeats, as its rows in memory show."""
        from nbprod.kit.shared_rows import repeated_id  # noqa: PLC0415  -- most runs have no session to ask

        found = None if _is_rated(ctx) else repeated_id(ctx, frames, data, call, _ID.fullmatch)
        if found is not None:
            advice = f"Use GroupShuffleSplit or GroupKFold with groups={found.column}."
            message = (
                f"{found.shown}, but the split is by row: the model is tested on rows of a `{found.column}` it knows"
            )
            plans = _plans(call, found.frame, found.column, frames, ctx)
            yield self.finding(ctx, call, message, advice=advice, fixes=plans, live=True)


def _shared(call: Call, ctx: Context) -> "SharedRows | None":
    from nbprod.kit.shared_rows import shared_rows  # noqa: PLC0415  -- most runs have no session to ask

    return shared_rows(ctx, call)


def _plans(call: Call, frame: ast.expr, column: str, frames: set[object], ctx: Context) -> list[Plan]:
    """A split by group, where the frame that has the id is still at hand under its name, row by row."""
    if not isinstance(frame, ast.Name) or call.method != "train_test_split":
        return []
    before = [binding for binding in ctx.model.bindings(frame.id) if binding.cell <= call.cell]
    at_hand = bool(before) and before[-1] in frames and call.stmt.function is None
    return [fixes.splits.group_fix(ctx, call, frame.id, column)] if at_hand else []


def _copies(event: Event) -> bool:
    """Whether an event gives some rows several times."""
    if event.kind is EventKind.FIT:
        kind = event.subject.type if event.subject is not None else None
        return event.detail == "resampler" and (kind or "").endswith(".RandomOverSampler")
    if event.kind is not EventKind.DRAW or event.call.open:
        return False
    replace = event.call.argument(None, "replace")
    if event.call.name == "sklearn.utils.resample":
        return replace is None or replace.const is True
    return event.call.method == "sample" and replace is not None and replace.const is True


def _splits_by_group(data: Value, ctx: Context) -> bool:
    """Whether the same data is split by group somewhere, or who knows which data is."""
    known = sources(data)
    is_made = is_used = False
    for call in ctx.model.all_calls:
        values = [*call.args, *call.keywords.values()]
        is_made = is_made or call.method.startswith(_BY_GROUP)
        by_group = any(_is_by_group(value) for value in (call.receiver, *values) if value is not None)
        if "groups" not in call.keywords and not by_group:
            continue
        is_used = True
        others = frozenset[Event]().union(*map(sources, values))
        if not others or not known or not others.isdisjoint(known):
            return True
    return is_made and not is_used


def _is_by_group(value: Value) -> bool:
    return (value.type or "").rpartition(".")[2].startswith(_BY_GROUP)


def _entity(grouping: Call) -> str | None:
    """The id of an entity that a `groupby` is by."""
    by = grouping.argument(0, "by" if grouping.method == "groupby" else "partition_by")
    names = [by.text] if by is not None and by.text is not None else []
    return next((name for name in names if name is not None and _ID.fullmatch(name)), None)


def _grouped(grouping: Call) -> ast.expr | None:
    """The frame whose rows are grouped: of `df.with_columns(pl.col("a").shift().over("id"))` it is `df`."""
    function = grouping.node.func
    if grouping.method == "groupby":
        return function.value if isinstance(function, ast.Attribute) else None
    for part in ast.walk(grouping.stmt.node):
        match part:
            case ast.Call(func=ast.Attribute(value=frame, attr="with_columns")) if grouping.node in ast.walk(part):
                return frame
    return None


def _is_merged_back(grouping: Call, column: str, frames: set[object], ctx: Context) -> bool:
    """Whether what the groups add up to is joined to the rows of the same frame again."""
    for merge in ctx.model.calls(
        "pandas.DataFrame.merge", "pandas.merge", "pandas.DataFrame.join", "pandas.Series.map", "pandas.DataFrame.map"
    ):
        function, args = merge.node.func, list(merge.node.args)
        if merge.method != "merge" or merge.receiver is not None:
            if not isinstance(function, ast.Attribute):
                continue
            args.insert(0, function.value)
        key = merge.keywords.get("on")
        known = merge.receiver.column if merge.method == "map" and merge.receiver is not None else None
        if len(args) < 2 or column not in {known, key.text if key is not None else None}:
            continue
        if frames.isdisjoint(frames_behind(args[0], ctx)):
            continue
        origin = origins(ctx).of(args[1])
        whole = origin.expression if origin is not None else args[1]
        if any(node is grouping.node for node in ast.walk(whole)):
            return True
    return False


def _done_with(grouping: Call) -> str:
    """What is done with the groups: "shift" of `df.groupby("id")["x"].shift()`."""
    for node in ast.walk(grouping.stmt.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            inner: ast.expr = node.func.value
            while isinstance(inner, ast.Subscript | ast.Attribute):
                inner = inner.value
            if inner is grouping.node:
                return node.func.attr
    return ""


def _is_rated(ctx: Context) -> bool:
    return any(_RATED.search(cell.source) for cell in ctx.cells)


def _overlapping_windows(data: Value, ctx: Context) -> Call | None:
    """The `append` of windows, one for each step along a series, that the data was made of."""
    for call in ctx.model.calls(".append", "builtins.list.append"):
        node = call.node.args[0] if len(call.node.args) == 1 else None
        if not isinstance(node, ast.Subscript) or not call.args:
            continue
        part = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        if isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None and part.step is None:
            steps = _steps(call)
            moving = steps & _names(part.lower) and steps & _names(part.upper)
            if moving and call.args[0].lineage and call.args[0].lineage <= data.lineage:
                return call
    return None


def _steps(call: Call) -> set[str]:
    """The names that count through `range(n)` by one around a call."""
    found = set()
    for outer in call.stmt.ancestors():
        match outer.node:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"), args=args)) if (
                len(args) < 3
            ):
                found.add(name)
    return found


def _names(node: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
