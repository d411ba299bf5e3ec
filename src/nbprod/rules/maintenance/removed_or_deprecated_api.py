import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from nbprod.kit import (
    Binding,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Notebook,
    Rule,
    Severities,
    Severity,
    Stmt,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.pins import version_that_counts
from nbprod.kit.retired import Retired, Table, retired_in
from nbprod.kit.retirement import message_of

_RELATED: Final = 8
_ACCESSORS: Final = frozenset({"dt", "str", "cat"})
_DEPRECATED: Final = Severities(Severity.INFO, Severity.WARNING)
_FALLBACKS: Final = frozenset(
    {"ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "NameError", "ValueError", "Exception",
     "BaseException"}
)  # fmt: skip
_ALSO: Final = {"keras": ("tensorflow",), "langchain_community": ("langchain",), "pandas": ("geopandas", "seaborn")}
"""Packages through which the interface of another is reached."""
_KERAS: Final = lazy_pattern(r"^tensorflow\.(?:python\.)?keras(?=\.)")
_ASKS: Final = lazy_pattern(r"version|hasattr|find_spec|\bPY2\b|\bPY3\b|\bIN_COLAB\b", 0)


class Spot(Struct, frozen=True, eq=False):
    """Where a name stands: in an import, as a name, an attribute or a call."""

    cell: int
    node: ast.AST
    stmt: Stmt | None


class Found(Struct):
    """A retired name with the places where it is imported and used."""

    row: Retired
    imports: list[Binding] = field(default_factory=list)
    uses: list[Spot] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)


class RemovedOrDeprecatedApi(Rule):
    """A library has taken this out, or said that it will.

    ## Why is this bad?
    The notebook works only with a version of the library that nobody installs any more. The next environment that is
    built without an old pin, or the next security update, stops the run with an `AttributeError`, an `ImportError` or a
    `TypeError`; and until then the pin keeps out every other repair.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    orders = pd.read_csv("orders.csv")
    # %%
    orders = orders.append(pd.read_csv("late.csv"))
    ```
    A rename that means just the same is a safe fix; so is the import:
    ```nb bad error
    # %%
    from sklearn.cross_validation import train_test_split
    # %%
    train, test = train_test_split(frame)
    ```
    ```nb fixed safe
    # %%
    from sklearn.model_selection import train_test_split
    # %%
    train, test = train_test_split(frame)
    ```
    ```nb bad error
    import numpy as np
    weights = np.zeros(3, dtype=np.float)
    ```
    ```nb fixed safe
    import numpy as np
    weights = np.zeros(3, dtype=float)
    ```
    Keywords and their values count, too:
    ```nb bad error
    from sklearn.preprocessing import OneHotEncoder
    encoder = OneHotEncoder(sparse=False)
    ```
    ```nb fixed safe
    from sklearn.preprocessing import OneHotEncoder
    encoder = OneHotEncoder(sparse_output=False)
    ```
    Nearly the same is an unsafe fix: the names come as an array now, not as a list.
    ```nb bad error
    from sklearn.feature_extraction.text import CountVectorizer
    words = CountVectorizer().fit(texts).get_feature_names()
    ```
    ```nb fixed unsafe
    from sklearn.feature_extraction.text import CountVectorizer
    words = CountVectorizer().fit(texts).get_feature_names_out()
    ```
    What is still there, but announced to go, is a warning; so is what the version that the notebook installs still has:
    ```nb bad warning
    import seaborn as sns
    sns.distplot(prices)
    ```
    ```nb bad warning
    # %%
    !pip install pandas==1.5.3
    # %%
    import pandas as pd
    orders = pd.read_csv("orders.csv").append(late)
    ```
    ```nb good
    try:
        from sklearn.externals import joblib
    except ImportError:
        import joblib
    ```
    ```nb good
    rows = []
    rows.append(1)
    ```

    ## What a running kernel adds
    Its versions count where the notebook pins none: what the installed library has taken out is an error, what it has
    only announced a warning, and what is not even announced is left alone.
    ```nb bad live error
    # %%
    import pandas as pd
    orders = pd.DataFrame({"amount": [3, 5]})
    # %% unrun
    orders = orders.append(late)
    ```

    ## What keeps it quiet
    - methods of values whose class is not known;
    - a `try` that has another way, and branches that ask for the version;
    - a version pinned by the notebook, or run by its kernel, in which nothing was deprecated yet;
    - changed defaults, and what only the newest releases have deprecated: libraries warn of these themselves.

    There is one finding for each name, at its first use.

    ## Fix safety
    - Safe: the new name means the same. All its places and the import change together.
    - Unsafe: the new name means nearly the same, or stands in another package, which must be installed.

    ## References
    - Ruff: `numpy-deprecated-type-alias` (NPY001), `numpy2-deprecation` (NPY201)
    - scikit-learn: [release history](https://scikit-learn.org/stable/whats_new.html); pandas:
      [release notes](https://pandas.pydata.org/docs/whatsnew/index.html)
    """

    dimension = Dimension.MAINTENANCE
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"
    written_files = "fix"

    @on(Notebook, needs=[Notebook, ast.Attribute])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        found: dict[str, Found] = {}
        claimed = _imported(ctx, found)
        _in_attributes(ctx, found, claimed)
        _called(ctx, found, claimed)
        for item in found.values():
            diagnosis = self._diagnosis(item, ctx)
            if diagnosis is not None:
                yield diagnosis

    def _diagnosis(self, item: Found, ctx: Context) -> Diagnosis | None:
        row = item.row
        version = version_that_counts(ctx, row.name.partition(".")[0])
        if version and row.deprecated and version.is_before(row.deprecated):
            return None
        kept = version is not None and row.is_gone and version.is_before(row.removed)
        gone = row.is_gone and not kept
        places = sorted(item.uses, key=lambda use: use.cell)
        imports = [Spot(binding.cell, binding.node, binding.stmt) for binding in item.imports]
        first = (places or imports)[0]
        related = [(place, "imported here") for place in imports if place is not first]
        related += [(place, "used here, too") for place in places[1:]]
        return self.finding(
            ctx,
            first,
            message_of(row, version, kept=kept),
            related=related[:_RELATED],
            fixes=fixes.renames.rename_fixes(ctx, row, item.imports, places, item.calls),
            severity=None if gone else _DEPRECATED,
            live=version is not None and version.live,
        )


# -- where names turn up ------------------------------------------------------------------------------


def _roots(ctx: Context) -> set[str]:
    """The packages that the notebook imports, under all their names."""
    names = [name for name, _ in ctx.model.imports]
    names += [binding.value.name or "" for _, binding in ctx.model.imports]
    found = {name.partition(".")[0] for name in names}
    found.update(other for other, through in _ALSO.items() if not found.isdisjoint(through))
    return found


class Tables(Struct, frozen=True):
    """What is known of some packages: `last` holds the last parts of names, `last_called` also those of functions."""

    by_root: dict[str, Table]
    last: frozenset[str]
    last_called: frozenset[str]


def _tables(ctx: Context) -> Tables:
    """What is known of the packages that the notebook imports."""
    return _tables_of(frozenset(_roots(ctx)))


@lru_cache(maxsize=256)
def _tables_of(roots: frozenset[str]) -> Tables:
    tables = {root: table for root in sorted(roots) if (table := retired_in(root)) is not None}
    last = frozenset[str]().union(*(table.last for table in tables.values()))
    return Tables(tables, last, last.union(*(table.last_called for table in tables.values())))


def _imported(ctx: Context, found: dict[str, Found]) -> set[ast.AST]:
    """Note the retired names that are imported; the uses that come from these imports are told by that."""
    claimed: set[ast.AST] = set()
    for name, binding in ctx.model.imports:
        row = _row(_KERAS.sub("keras", name))
        if row is None:
            continue
        uses = [] if _binds_root_only(binding) else binding.uses
        claimed.update(use.node for use in uses)
        if binding.stmt is not None and _is_guarded(binding.stmt, ctx):
            continue
        item = found.setdefault(name, Found(row))
        item.imports.append(binding)
        item.uses += [Spot(use.cell, use.node, use.stmt) for use in uses if not _is_guarded(use.stmt, ctx)]
    return claimed


def _binds_root_only(binding: Binding) -> bool:
    """Whether it is `import a.b.c`, which binds no more than `a`."""
    return isinstance(binding.node, ast.Import) and not any(item.asname == binding.name for item in binding.node.names)


def _row(name: str) -> Retired | None:
    table = retired_in(name.partition(".")[0])
    return table.find(name) if table is not None else None


def _attribute_row(node: ast.Attribute, ctx: Context) -> Retired | None:
    owner = ctx.value(node.value)
    name = owner.type or owner.name
    table = retired_in(name.partition(".")[0]) if name else None
    if table is None:
        return None
    if isinstance(node.value, ast.Attribute) and node.value.attr in _ACCESSORS and owner.type:
        return table.names.get(f"{name}.{node.value.attr}.{node.attr}")
    full = f"{name}.{node.attr}"
    return table.names.get(full) or (table.find(full) if owner.name and full in table.modules else None)


def _in_attributes(ctx: Context, found: dict[str, Found], claimed: set[ast.AST]) -> None:
    last = ctx.once(_tables).last
    for node, stmt in ctx.model.nodes[ast.Attribute].items() if last else ():
        if not (isinstance(node, ast.Attribute) and node.attr in last):  # by far the most
            continue
        row = _attribute_row(node, ctx)
        if row is None or _root(node) in claimed or _is_lookalike(node, row, ctx) or _is_guarded(stmt, ctx):
            continue
        found.setdefault(row.name, Found(row)).uses.append(Spot(stmt.cell, node, stmt))


def _called(ctx: Context, found: dict[str, Found], claimed: set[ast.AST]) -> None:
    tables = ctx.once(_tables)
    for call in ctx.model.calls_named(tables.last_called.__contains__):
        table = tables.by_root.get(call.name.partition(".")[0])
        if table is None:
            continue
        func = call.node.func
        row = table.names.get(call.name)
        is_told = not isinstance(func, ast.Attribute) or _root(func) in claimed  # with the import
        if row is not None and not is_told and not _is_guarded(call.stmt, ctx) and not _is_lookalike(func, row, ctx):
            found.setdefault(row.name, Found(row)).uses.append(Spot(call.cell, func, call.stmt))
        for row in _passed(call, table.calls.get(call.name, ())):
            if _is_guarded(call.stmt, ctx) or _is_lookalike(func, row, ctx):
                continue
            item = found.setdefault(f"{row.name}({row.keyword}{row.value}{row.most}", Found(row))
            item.uses.append(Spot(call.cell, call.node, call.stmt))
            item.calls.append(call)


def _passed(call: Call, rows: Sequence[Retired]) -> Iterable[Retired]:
    """The rows about arguments that a call passes, one for each argument."""
    found: dict[str, Retired] = {}
    for row in rows:
        if row.keyword not in found and _passes(call, row):
            found[row.keyword] = row
    return found.values()


def _is_lookalike(node: ast.AST, row: Retired, ctx: Context) -> bool:
    """Whether the name comes from another library that has the same interface, for its own time (modin, Paddle)."""
    root = node
    while isinstance(root, ast.Attribute):
        if root.attr == "compat":  # what TensorFlow keeps
            return True
        root = root.value
    if not isinstance(root, ast.Name):
        return False
    library = row.name.partition(".")[0]
    names = [name for name, binding in ctx.model.imports if binding.name == root.id]
    origins = {name.partition(".")[0] for name in names if ".compat" not in name}
    return bool(names) and origins.isdisjoint({library, *_ALSO.get(library, ())})


def _passes(call: Call, row: Retired) -> bool:
    """Whether a call passes the argument or value that a row is about."""
    if row.most is not None:
        return len(call.node.args) > row.most and not any(isinstance(arg, ast.Starred) for arg in call.node.args)
    value = call.argument(row.position, row.keyword)
    if value is None:
        return False
    if not row.value:
        return True
    constant = row.constant
    return type(value.const) is type(constant) and value.const == constant


def _root(node: ast.AST) -> ast.AST:
    """The name that an attribute begins with: `a` of `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _is_guarded(stmt: Stmt, ctx: Context) -> bool:
    """Whether the code has another way if this one fails, or asks for the version first."""
    inner = stmt
    for outer in stmt.ancestors():
        node = outer.node
        if isinstance(node, ast.Try | ast.TryStar) and inner.slot in {"body", "handlers"} and _falls_back(node):
            return True
        if inner.slot == "handlers" and isinstance(inner.node, ast.ExceptHandler):
            return True
        if isinstance(node, ast.If) and _ASKS.search(ast.unparse(node.test)):
            return True
        inner = outer
    return False


def _falls_back(guard: ast.Try | ast.TryStar) -> bool:
    for handler in guard.handlers:
        if handler.type is None:
            return True
        names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if not names.isdisjoint(_FALLBACKS):
            return True
    return False
