import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Call,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Rule,
    Severities,
    Severity,
    Stmt,
    Value,
    fixes,
    is_a,
    on,
)
from nbprod.kit.blocks import last_name
from nbprod.kit.frames import shows_all_results

_OF_FRAMES: Final = frozenset(
    {"drop", "fillna", "astype", "replace", "sort_values", "dropna", "drop_duplicates", "rename", "set_index",
     "reset_index", "transform", "ffill", "bfill", "interpolate", "with_columns",
     "fill_null", "drop_nulls", "withColumn", "withColumnRenamed"}
)  # fmt: skip
_OF_ESTIMATORS: Final = frozenset({"fit_transform", "transform"})
_TABLES: Final = frozenset(
    {"pandas.DataFrame", "pandas.Series", "numpy.ndarray", "polars.DataFrame", "polars.LazyFrame", "polars.Series",
     "pyspark.sql.DataFrame", "dask.dataframe.DataFrame"}
)  # fmt: skip
_SINKS: Final = (EventKind.FIT, EventKind.WRITE, EventKind.PERSIST)
_MEASURES: Final = frozenset({"timeit", "prun", "memit", "lprun", "mprun"})
_LOOKS: Final = (ast.Name, ast.Attribute, ast.Subscript, ast.Compare)


class DiscardedTransform(Rule):
    """A step on the data whose result nobody keeps.

    ## Why is this bad?
    `df.drop(…)`, `df.fillna(…)` and `scaler.fit_transform(X)` leave what they are called on as it was, and return the
    result. As a bare statement they do nothing: the column that was to be dropped still reaches the model, the missing
    values are still there, and the features were never scaled. Every number below belongs to other data than the
    reader believes.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    df = pd.read_csv("loans.csv")
    # %%
    df.drop(columns=["status_after_default"])
    X, y = df.drop(columns=["default"]), df["default"]
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    df = pd.read_csv("loans.csv")
    # %%
    df = df.drop(columns=["status_after_default"])
    X, y = df.drop(columns=["default"]), df["default"]
    ```
    A scaler that learns, while the features stay as they are:
    ```nb bad error
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler()
    scaler.fit_transform(X_train)
    X_test = scaler.transform(X_test)
    model = LogisticRegression().fit(X_train, y_train)
    ```
    ```nb fixed unsafe
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler()
    X_train = scaler.fit_transform(X_train)
    X_test = scaler.transform(X_test)
    model = LogisticRegression().fit(X_train, y_train)
    ```
    ```nb good
    # %%
    import pandas as pd
    df = pd.read_csv("loans.csv")
    df.drop(columns=["comment"], inplace=True)
    df.sort_values("amount")
    # %%
    text = "a,b"
    text.replace(",", ";")
    print(text)
    ```

    ## What keeps it quiet
    - the last expression of a cell, whose result is shown; all of them where the notebook shows every result;
    - `inplace=True`, and `inplace` or `**options` that can't be seen;
    - a transformer that is asked for the same data again, or for what it learned (`pca.explained_variance_`);
    - a step that is only timed (`%timeit`), or tried out in a `try`, and chains that end in a summary;
    - a cell that lists several results to look at, where nothing is learned from the data or written later.

    ## Fix safety
    Unsafe: the step now happens, and what is computed from the data changes.

    ## References
    - pandas: `DataFrame.drop`, "Returns"
    - Pylint: [expression-not-assigned](https://pylint.pycqa.org/en/latest/messages/warning/expression-not-assigned.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    @on(ast.Expr)
    def check(self, node: ast.Expr, ctx: Context) -> Iterator[Diagnosis]:
        match node.value:
            case ast.Call(func=ast.Attribute(attr=method)) if method in _OF_FRAMES or method in _OF_ESTIMATORS:
                call, stmt = ctx.call(node.value), ctx.stmt(node)
            case _:
                return
        if call is None or stmt is None or not _is_lost(stmt, ctx):
            return
        data = _data_of(call, ctx)
        if data is None or _is_shown_with_others(stmt, ctx):
            return
        message = f"the result of `{ctx.text(call, 60)}` is thrown away: `{ctx.text(data, 40)}` stays as it was"
        plans = [] if data in call.node.args and _is_repeated(stmt) else [fixes.frames.assign_back_fix(ctx, stmt, data)]
        yield self.finding(ctx, call, message, fixes=plans)


def _is_lost(stmt: Stmt, ctx: Context) -> bool:
    """Whether nobody sees the result of an expression: it is not the last of its cell, and not tried out."""
    if stmt.parent is None and stmt.node is stmt.block[-1]:
        return False
    for outer in stmt.ancestors():
        if isinstance(outer.node, ast.Try | ast.TryStar | ast.With) and len(stmt.block) == 1:
            return False
        if isinstance(outer.node, ast.FunctionDef | ast.AsyncFunctionDef):
            break
    return not (_is_timed(stmt, ctx) or shows_all_results(ctx))


def _is_timed(stmt: Stmt, ctx: Context) -> bool:
    """Whether a magic only measures the statement: `%timeit df.fillna(0)`, a cell under `%%timeit`."""
    cell = ctx.notebook.cells[stmt.cell]
    if not cell.magics:
        return False
    start, end = cell.map.node_span(stmt.node)
    begin, _ = cell.map.line_span(cell.map.position(start)[0])
    return cell.source[begin:end] != cell.python[begin:end] or any(
        magic.kind == "cell" and magic.name in _MEASURES for magic in cell.magics
    )


def _is_repeated(stmt: Stmt) -> bool:
    """Whether it runs in a loop, where what was transformed once would be transformed again."""
    return any(isinstance(outer.node, ast.For | ast.While) for outer in stmt.ancestors())


def _is_shown_with_others(stmt: Stmt, ctx: Context) -> bool:
    """Whether its cell lists results to look at, one below the other, and nothing is learned or delivered later."""
    last = stmt.block[-1]
    if stmt.parent is not None or not isinstance(last, ast.Expr):
        return False
    if any(event.cell >= stmt.cell for event in ctx.model.events_of(*_SINKS)):
        return False
    looks = any(isinstance(node, ast.Expr) and isinstance(node.value, _LOOKS) for node in stmt.block[:-1])
    return looks or (isinstance(last.value, ast.Call) and last_name(last.value.func) == last_name(_function(stmt)))


def _function(stmt: Stmt) -> ast.expr | None:
    match stmt.node:
        case ast.Expr(value=ast.Call(func=function)):
            return function
    return None


def _data_of(call: Call, ctx: Context) -> ast.expr | None:
    """What the result would have to be assigned to; None if that is nothing, or the result may be of no use."""
    function = call.node.func
    assert isinstance(function, ast.Attribute)  # noqa: S101  -- the handler matched it
    receiver = call.receiver
    if receiver is not None and receiver.type in _TABLES:
        if call.open or _may_change(call):
            return None
        return _target(function.value)
    if call.method in _OF_ESTIMATORS and receiver is not None and _is_transformer(receiver, call):
        data = call.node.args[0] if call.node.args else None
        if data is None or _target(data) is not data or _is_used_otherwise(function.value, data, call, ctx):
            return None
        return data
    return None


def _may_change(call: Call) -> bool:
    """Whether `inplace` is, or may be, true."""
    inplace = call.keywords.get("inplace")
    return inplace is not None and inplace.const is not False


def _is_transformer(receiver: Value, call: Call) -> bool:
    if receiver.type is None:
        return call.method == "fit_transform"
    return is_a(receiver.type, "sklearn.base.BaseEstimator")


def _target(node: ast.expr) -> ast.expr | None:
    """The data that a chain of steps begins with, if it can be assigned to."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OF_FRAMES:
        node = node.func.value
    root = node
    while isinstance(root, ast.Subscript | ast.Attribute):
        root = root.value
    return node if isinstance(root, ast.Name) else None


def _is_used_otherwise(estimator: ast.expr, data: ast.expr, call: Call, ctx: Context) -> bool:
    """Whether the notebook asks a transformer for the same data again, or for what it learned."""
    if not isinstance(estimator, ast.Name):
        return False
    same, comes_later = ast.dump(data), False
    for use in ctx.model.uses:
        if use.node is estimator:
            comes_later = True
        if not comes_later or use.name != estimator.id or use.node is estimator:
            continue
        for part in ast.walk(use.stmt.node):
            match part:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=use.name), attr=attr), args=args):
                    if attr in {"fit_transform", "transform"} and args and ast.dump(args[0]) == same:
                        return True
                case ast.Attribute(value=ast.Name(id=use.name), attr=attr) if attr.endswith("_"):
                    return True
    return False
