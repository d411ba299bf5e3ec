import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import Call, Context, Diagnosis, Dimension, Plan, Rule, Safety, Severities, Severity, fixes, on
from nbprod.kit.frames import FramePart, is_frame, pandas_version, part_of_frame

_METHODS: Final = (
    "fillna", "replace", "clip", "ffill", "bfill", "where", "mask", "interpolate", "dropna", "drop_duplicates",
    "sort_values",
)  # fmt: skip
_SHAPING: Final = frozenset({"dropna", "drop_duplicates", "sort_values"})
"""They change which rows there are: their result does not fit back into the frame."""

_INDEXERS: Final = frozenset({"loc", "iloc", "at", "iat", "ix"})
_WARNINGS: Final = frozenset({"ChainedAssignmentError", "SettingWithCopyWarning"})
_LOST: Final = Severities(explore=Severity.ERROR, production=Severity.ERROR)


class AssignmentLost(Rule):
    """A change to a part of a data frame that never reaches the frame.

    ## Why is this bad?
    `df["a"]` and `df[mask]` may be copies. What is assigned to them, or changed in them with `inplace=True`, is lost
    as soon as they are: from pandas 3 on always, before that depending on the version and on how the part was made. No
    error says so. The missing values that were filled are still there, in the training data and in the table that is
    delivered.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    df = pd.read_csv("customers.csv")
    # %%
    df["age"].fillna(df["age"].median(), inplace=True)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    df = pd.read_csv("customers.csv")
    # %%
    df["age"] = df["age"].fillna(df["age"].median())
    ```
    An assignment through two pairs of brackets:
    ```nb bad warning
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df["age"][df["age"] > 120] = None
    ```
    ```nb fixed unsafe
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df.loc[df["age"] > 120, "age"] = None
    ```
    Where the notebook itself installs a version, that is what counts:
    ```nb bad error
    # %%
    %pip install pandas==3.0.1
    # %%
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df["city"].replace("NY", "New York", inplace=True)
    ```
    ```nb fixed unsafe
    # %%
    %pip install pandas==3.0.1
    # %%
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df["city"] = df["city"].replace("NY", "New York")
    ```
    ```nb bad warning
    # %%
    %pip install pandas==1.5.3
    # %%
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df["city"].replace("NY", "New York", inplace=True)
    ```
    ```nb fixed safe
    # %%
    %pip install pandas==1.5.3
    # %%
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df["city"] = df["city"].replace("NY", "New York")
    ```
    ```nb good
    import pandas as pd
    df = pd.read_csv("customers.csv")
    df.fillna({"age": 0}, inplace=True)
    settings = {"plot": {"size": 3}}
    settings["plot"]["size"] = 4
    ```

    ## What a running kernel adds
    Its version of pandas says whether the change is lost now, it knows whether a name that the notebook leaves open is
    a frame, and what pandas warned of when the cell ran.
    ```nb bad live error
    # %%
    import pandas as pd
    tables = {"customers": pd.DataFrame({"age": [31, None]})}
    # %%
    customers = tables["customers"]
    # %%
    customers["age"].fillna(0, inplace=True)
    ```
    ```nb fixed live unsafe
    # %%
    import pandas as pd
    tables = {"customers": pd.DataFrame({"age": [31, None]})}
    # %%
    customers = tables["customers"]
    # %%
    customers["age"] = customers["age"].fillna(0)
    ```

    ## What keeps it quiet
    - dicts, lists, arrays, and whatever nobody knows to be a data frame;
    - a single cell that holds a list or a dict (`df.at[3, "tags"][0] = "new"`);
    - `inplace=True` on the whole frame.

    ## Fix safety
    Safe where the notebook installs, or the kernel runs, a pandas before 3, which changed the frame already. Unsafe
    otherwise: the values now do change, and so does what is computed from them.

    ## References
    - pandas: [Copy-on-Write](https://pandas.pydata.org/docs/user_guide/copy_on_write.html)
    - pandas: [ChainedAssignmentError](https://pandas.pydata.org/pandas-docs/version/stable/reference/api/pandas.errors.ChainedAssignmentError.html)
    """

    dimension = Dimension.DATA
    severity = Severities(explore=Severity.WARNING, production=Severity.WARNING)
    since = "0.1"

    @on(ast.Assign, ast.AugAssign)
    def check_assignment(self, node: ast.Assign | ast.AugAssign, ctx: Context) -> Iterator[Diagnosis]:
        for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
            if not isinstance(target, ast.Subscript):
                continue
            inner = target.value
            if isinstance(inner, ast.Attribute) and inner.attr in _INDEXERS:
                inner = inner.value
                if isinstance(inner, ast.Name):
                    continue
            part = part_of_frame(inner, ctx)
            stmt = ctx.stmt(node)
            if part is None or stmt is None:
                continue
            plan = fixes.frames.one_step_fix(ctx, stmt, target, part, _safety(part, ctx))
            always = part.is_copy or (isinstance(part.key, ast.Slice) and target.value is inner)
            yield self._lost(ctx, target, f"{ctx.text(target, 50)} = …", part, [plan], always=always)

    @on(*(f"{owner}.{method}" for owner in ("pandas.Series", "pandas.DataFrame", "") for method in _METHODS))
    def check_in_place(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        inplace = call.keywords.get("inplace")
        function = call.node.func
        if inplace is None or inplace.const is not True or not isinstance(function, ast.Attribute):
            return
        part = part_of_frame(function.value, ctx)
        if part is None:
            return
        plans = []
        if isinstance(call.stmt.node, ast.Expr) and call.stmt.node.value is call.node and call.method not in _SHAPING:
            plans.append(fixes.frames.assign_back_fix(ctx, call.stmt, function.value, _safety(part, ctx)))
        shown = f"{ctx.text(function.value, 40)}.{call.method}(…, inplace=True)"
        yield self._lost(ctx, call, shown, part, plans, always=part.is_copy or call.method in _SHAPING)

    def _lost(
        self, ctx: Context, at: ast.expr | Call, shown: str, part: FramePart, plans: list[Plan], *, always: bool
    ) -> Diagnosis:
        """What is lost from pandas 3 on, or was `always`."""
        pandas = pandas_version(ctx)
        lost = pandas is not None and pandas.major >= 3
        since = "" if always or lost else " from pandas 3 on"
        if pandas is not None and (lost or (pandas.live and not always)):
            since += f" ({pandas.source})"
        seen = _warning(at, ctx)
        message = f"`{shown}` changes a temporary copy: `{ctx.text(part.frame, 30)}` is not modified{since}{seen}"
        live = ctx.runtime is not None and ("this kernel" in since or not is_frame(ctx.value(part.frame)) or seen != "")
        return self.finding(ctx, at, message, fixes=plans, severity=_LOST if lost else None, live=live)


def _warning(at: ast.expr | Call, ctx: Context) -> str:
    """The warning of pandas about it that the cell showed in this session."""
    if ctx.runtime is None:
        return ""
    from nbprod.kit.seen import warnings_of  # noqa: PLC0415  -- most runs have no session to ask

    cell = ctx.notebook.cells[at.cell if isinstance(at, Call) else ctx.cell]
    name = next((name for name in warnings_of(ctx, cell) if name in _WARNINGS), None)
    return f"; the cell showed {name}" if name is not None else ""


def _safety(part: FramePart, ctx: Context) -> Safety:
    """A column of an old pandas was changed already; what else is mended now changes for the first time."""
    pandas = pandas_version(ctx)
    return Safety.SAFE if part.name is not None and pandas is not None and pandas.major < 3 else Safety.UNSAFE
