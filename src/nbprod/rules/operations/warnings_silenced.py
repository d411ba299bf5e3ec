import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Call,
    Context,
    Declined,
    Diagnosis,
    Dimension,
    Edit,
    Notebook,
    Plan,
    Rule,
    Safety,
    Severities,
    Severity,
    edit,
    on,
)

_EVERYTHING: Final = frozenset({"builtins.Warning", "builtins.Exception"})
_CATEGORY: Final = {"warnings.filterwarnings": 2, "warnings.simplefilter": 1}
"""The position of `category` in the two functions."""

_NAMED: Final = 3
_NOTICES: Final = frozenset({"FutureWarning", "DeprecationWarning", "PendingDeprecationWarning", "UserWarning"})
"""They seldom say that a result is wrong."""

_ADVICE: Final = (
    "Run once with the filter taken out, mend what it hid (a model that did not converge, an assignment to a copy), "
    "and silence by category what is left."
)


class WarningsSilenced(Rule):
    """A filter for every warning hides the one that matters.

    ## Why is this bad?
    That a model did not converge, that an assignment changed only a copy, or that a model was saved with another
    version of its library, is reported as a warning. With all of them off, the run looks fine and its numbers are
    wrong; and nobody hears of a deprecation until the upgrade that breaks the run.

    ## Examples
    ```nb bad
    # %%
    import warnings
    warnings.filterwarnings("ignore")
    # %%
    import pandas as pd
    ```
    ```nb fixed unsafe
    # %%
    import warnings
    warnings.filterwarnings("ignore", category=FutureWarning)
    # %%
    import pandas as pd
    ```
    ```nb bad info explore
    from warnings import simplefilter
    simplefilter(action="ignore", category=Warning)
    ```
    ```nb fixed unsafe explore
    from warnings import simplefilter
    simplefilter(action="ignore", category=FutureWarning)
    ```
    ```nb bad
    import warnings

    def warn(*args, **kwargs):
        pass

    warnings.warn = warn
    ```
    ```nb good
    import warnings
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    warnings.filterwarnings("ignore", module="seaborn")
    ```
    For the statements that need it, everything may be off:
    ```nb good
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = read_old_format("orders.dat")
    ```

    ## What a running kernel adds
    The warnings that the cells below showed in this session, before the filter was there.
    ```nb bad live warning
    # %% unrun
    import warnings
    warnings.filterwarnings("ignore")
    # %% run=1 prints="lib/linear.py:465: ConvergenceWarning: lbfgs failed to converge\\n"
    score = 0.9
    ```
    ```nb fixed live unsafe
    # %%
    import warnings
    warnings.filterwarnings("ignore", category=FutureWarning)
    # %% run=1 prints="lib/linear.py:465: ConvergenceWarning: lbfgs failed to converge\\n"
    score = 0.9
    ```

    ## What keeps it quiet
    - a category, module or message that says which warnings are meant;
    - a filter inside `with warnings.catch_warnings():`, and one that `warnings.resetwarnings()` takes back later;
    - categories that only the run knows.

    ## Fix safety
    Unsafe: warnings of other categories are shown again. `FutureWarning`, what libraries tell those who run code, is
    the one that most such filters are there for.

    ## References
    - [The warnings filter](https://docs.python.org/3/library/warnings.html#the-warnings-filter)
    - [Temporarily suppressing warnings](https://docs.python.org/3/library/warnings.html#temporarily-suppressing-warnings)
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on("warnings.filterwarnings", "warnings.simplefilter")
    def check(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        action = call.argument(0, "action")
        if action is None or action.const != "ignore" or not _is_blanket(call) or _is_taken_back(call, ctx):
            return
        message = f"`{ctx.text(call)}` hides every warning, also those that say a result is wrong"
        seen = _seen(call, ctx)
        if seen:
            message += f": {', '.join(f'cell {number} showed {name}' for name, number in seen[:_NAMED])}"
        plan = Plan("Silence FutureWarning only", Safety.UNSAFE, lambda: _narrow(ctx, call))
        yield self.finding(ctx, call, message, fixes=[plan], advice=_ADVICE, live=bool(seen))

    @on(Notebook, needs=["import warnings"])
    def check_patches(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        """`warnings.warn = warn`, with a function that does nothing."""
        if not any(name == "warnings" for name, _ in ctx.model.imports):
            return
        for cell in ctx.cells:
            if cell.tree is None or "warnings.warn" not in cell.source:
                continue
            ctx.cell = cell.index
            for node in cell.tree.body:
                match node:
                    case ast.Assign(targets=[ast.Attribute(value=owner, attr="warn")], value=value) if ctx.value(
                        owner
                    ).name == "warnings" and _does_nothing(value, ctx):
                        message = f"`{ctx.text(node)}` drops every warning, also those that say a result is wrong"
                        yield self.finding(ctx, node, message, advice=_ADVICE)


def _seen(call: Call, ctx: Context) -> list[tuple[str, int]]:
    """The warnings that cells below showed in this session, each with the cell's number; what matters most first."""
    if ctx.runtime is None:
        return []
    from nbprod.kit.seen import warnings_seen  # noqa: PLC0415  -- most runs have no session to ask

    found = warnings_seen(ctx, call.cell)
    return [
        (name, ctx.number(cell.index)) for name, cell in sorted(found.items(), key=lambda item: item[0] in _NOTICES)
    ]


def _is_blanket(call: Call) -> bool:
    """Whether nothing narrows the filter down."""
    if call.open:
        return False
    category = call.argument(_CATEGORY[call.name], "category")
    if category is not None and category.name not in _EVERYTHING:
        return False
    if call.name == "warnings.simplefilter":
        return True
    texts = (call.argument(1, "message"), call.argument(3, "module"))
    return all(text is None or text.const in ("", ".*") for text in texts)


def _is_taken_back(call: Call, ctx: Context) -> bool:
    """Whether the filter ends with a `with catch_warnings()` around it, or is reset later."""
    for outer in call.stmt.ancestors():
        if isinstance(outer.node, ast.With | ast.AsyncWith) and "catch_warnings" in ast.dump(outer.node.items[0]):
            return True
    place = (call.cell, call.node.lineno)
    return any((reset.cell, reset.node.lineno) > place for reset in ctx.model.calls("warnings.resetwarnings"))


def _does_nothing(value: ast.expr, ctx: Context) -> bool:
    definition = ctx.value(value).definition
    node = definition.node if definition is not None else None
    if isinstance(node, ast.Lambda):
        return isinstance(node.body, ast.Constant)
    body = node.body if isinstance(node, ast.FunctionDef) else []
    return bool(body) and all(isinstance(stmt, ast.Pass | ast.Return) or _is_text(stmt) for stmt in body)


def _is_text(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)


def _narrow(ctx: Context, call: Call) -> list[Edit]:
    if len(call.node.args) <= _CATEGORY[call.name]:
        return [*edit.set_keyword(ctx, call, "category", "FutureWarning")]
    category = call.argument_node(_CATEGORY[call.name], "category")
    if category is None:
        raise Declined("the category is passed by `*args`")
    with edit.looking_at(ctx, call.cell):
        return [*edit.replace(ctx, category, "FutureWarning")]
