import ast
from collections.abc import Iterator, Sequence
from typing import Final

from nbprod.kit import (
    INFO,
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
    lazy_pattern,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.loads import named_call, outcomes
from nbprod.kit.rows import limit_node, row_count, row_sources, splits_off, whole_rows

_DATA: Final = frozenset({"X", "y", "data", "true"})
_RANKED: Final = lazy_pattern(r"value_counts|nlargest|nsmallest|most_common|groupby|sort|unique")
_SAMPLE_FILE: Final = lazy_pattern(
    r"(?:^|[/._-])(?:samples?|subset|preview|examples?|head|top|first|small|tiny|mini|debug|test|demo)\w*(?=[._/-]|\d|$)"
)
_TABLE_FORMATS: Final = frozenset(
    {"csv", "parquet", "excel", "feather", "pickle", "hdf", "sql", "stata", "orc", "delta", "arrow", "iceberg", "geo"}
)
_JOINED: Final = ("concat", "concatenate", "vstack", "append", "union")
_FEW: Final = 10
"""Fewer rows than these are there to be looked at."""
_SOURCES: Final = frozenset({EventKind.LOAD, EventKind.DB, EventKind.HTTP})


class TruncatedTrainingData(Rule):
    """A model that is trained on the first rows of its data is not the model that was meant.

    ## Why is this bad?
    A small part of the data keeps the notebook quick while it is being written. Left in, it decides what the model has
    seen: the first rows of a file are the oldest, or one customer, or one class. The run succeeds and nothing says so.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    from sklearn.ensemble import GradientBoostingClassifier
    # %%
    loans = pd.read_csv(path, nrows=4000)
    # %%
    features = loans.drop(columns=["default"])
    model = GradientBoostingClassifier().fit(features, loans["default"])
    ```
    ```nb fixed template
    # %%
    import pandas as pd
    from sklearn.ensemble import GradientBoostingClassifier
    # %% tags=["parameters"]
    MAX_ROWS = None
    # %%
    loans = pd.read_csv(path, nrows=MAX_ROWS)
    # %%
    features = loans.drop(columns=["default"])
    model = GradientBoostingClassifier().fit(features, loans["default"])
    ```
    ```nb bad
    import pandas as pd
    orders = pd.read_parquet(path).sample(frac=0.05, random_state=1)
    orders.groupby("customer").amount.sum().to_frame().to_parquet(output)
    ```
    ```nb fixed template
    # %% tags=["parameters"]
    SAMPLE_FRACTION = 1.0
    # %%
    import pandas as pd
    orders = pd.read_parquet(path).sample(frac=SAMPLE_FRACTION, random_state=1)
    orders.groupby("customer").amount.sum().to_frame().to_parquet(output)
    ```
    ```nb good
    # %% tags=["parameters"]
    MAX_ROWS = 4000
    # %%
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    loans = pd.read_csv(path, nrows=MAX_ROWS)
    LinearRegression().fit(loans[["income"]], loans["amount"])
    ```
    ```nb good
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    loans = pd.read_csv(path)
    loans.sample(5)
    train = loans.sample(frac=0.8, random_state=1)
    test = loans.drop(train.index)
    LinearRegression().fit(train[["income"]], train["amount"])
    ```

    ## What keeps it quiet
    - rows that are only looked at, and fewer than ten rows;
    - amounts that are a parameter, come from the environment or are computed;
    - `frac=1`, bootstrap samples, samples of groups;
    - a model that is fitted on everything later, and a class that is thinned out to match another;
    - a part whose rest is used, too: `data[:800]` beside `data[800:]`, `data.drop(part.index)`;
    - a part that is taken only under a condition (`if DEBUG:`);
    - the top of a ranking, and files that are named as samples;
    - generated data, and notebooks that teach.

    ## What a running kernel adds
    How many rows there are: those of the table that is cut, if it is in memory, or the lines of the file. A limit that
    nothing reaches today is information.

    ## Fix safety
    A template: the amount moves to the cell tagged `parameters`. Where "no limit" can be said, that becomes its value;
    decide whether the run can afford it.

    ## References
    - E. Breck et al., The ML Test Score: A Rubric for ML Production Readiness and Technical Debt Reduction, 2017
    - pandas: [`read_csv`](https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html)
    """

    dimension = Dimension.IDEAL_CONDITIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.REDUCE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        cuts = frozenset(event for event in ctx.model.events_of(EventKind.REDUCE) if event.detail == "limit")
        if not cuts or ctx.purpose.teaches:
            return
        groups: dict[object, list[tuple[Event, Event]]] = {}
        for cut, sink in _reached(cuts, ctx).items():
            if _is_left_in(cut, sink, ctx):
                groups.setdefault(_source(cut), []).append((cut, sink))
        for group in groups.values():
            yield self._finding(group, ctx)

    def _finding(self, group: Sequence[tuple[Event, Event]], ctx: Context) -> Diagnosis:
        (cut, sink), *others = group
        verb = "trains" if sink.kind is EventKind.FIT else "reaches"
        amount = row_count(cut, ctx) or "a part of the rows"
        whole = whole_rows(cut, ctx) if ctx.runtime is not None else None
        known = "" if whole is None else f" ({whole.shown})"
        return self.finding(
            ctx,
            cut,
            f"`{_shown(cut, ctx)}` keeps {amount}{known}, and only that {verb} {named_call(sink, ctx)}",
            fixes=_plans([cut for cut, _ in group], ctx),
            related=[(sink, "the rows end up here"), *((other, "cut here, too") for other, _ in others[:5])],
            occurrences=len(group),
            severity=INFO if whole is not None and whole.fits else None,
            live=whole is not None,
        )


def _reached(cuts: frozenset[Event], ctx: Context) -> dict[Event, Event]:
    """The cuts whose rows a model learns from or a table holds, each place once, with the first such sink."""
    found: dict[Event, Event] = {}
    places: set[ast.AST] = set()
    for sink in outcomes(ctx):
        for role, value in sink.inputs.items():
            is_table = sink.kind is EventKind.FIT or sink.detail in _TABLE_FORMATS
            if role in _DATA and value.has(Tag.LIMITED) and is_table:
                for cut in sorted(cuts & value.lineage, key=lambda event: event.order):
                    if cut.node not in places:
                        places.add(cut.node)
                        found[cut] = sink
    return found


def _source(cut: Event) -> object:
    """What the rows came from: one finding for each."""
    owner = cut.node.func if isinstance(cut.node, ast.Call) else getattr(cut.node, "value", None)
    return row_sources(cut) or (brief(owner), cut.cell)


def _is_left_in(cut: Event, sink: Event, ctx: Context) -> bool:
    """Whether a cut looks like something that was left in, not like a decision."""
    call = cut.call
    amount = ctx.value(limit_node(cut)).const
    if isinstance(amount, int) and amount < _FEW:
        return False
    if call.method in {"nlargest", "nsmallest"} or _is_conditional(cut):
        return False
    replace = call.keywords.get("replace")
    if replace is not None and replace.const is True:
        return False
    sources = [event for event in cut.lineage if event.kind in _SOURCES]
    if sources and all(event.detail == "generated" for event in sources):
        return False
    if _RANKED.search(_chain(cut)) or _is_sorted(cut, ctx):
        return False
    path = sink.path.head if sink.path is not None else None
    if sink.kind is EventKind.WRITE and _SAMPLE_FILE.search((path or "").lower()):
        return False
    return not (_is_fitted_in_full(sink, cut, ctx) or splits_off(cut, ctx))


def _is_fitted_in_full(sink: Event, cut: Event, ctx: Context) -> bool:
    """Whether what was fitted on a part, or another of its kind, is later fitted on everything from the same source."""
    sources = row_sources(cut)
    role = next((role for role, value in sink.inputs.items() if cut in value.lineage), "X")
    for other in ctx.model.events_of(EventKind.FIT):
        data = other.inputs.get(role) if other.order > sink.order else None
        if data is None or not data.lineage:
            continue
        if any(it.detail == "limit" and it not in cut.lineage for it in data.lineage if it.kind is EventKind.REDUCE):
            continue  # it is cut, too
        if other.subject is not None and sink in other.subject.lineage:
            return True
        if other.detail and other.call.name == sink.call.name and not sources.isdisjoint(row_sources(other)):
            return True
    return False


def _is_conditional(cut: Event) -> bool:
    """Whether rows are left out under a condition only, or balanced with others."""
    outer = (stmt.node for stmt in cut.stmt.ancestors())
    if any(isinstance(node, ast.If) and not isinstance(node.test, ast.Constant) for node in outer):
        return True
    if hasattr(cut.stmt.node, "body"):
        return False
    for node in ast.walk(cut.stmt.node):
        if isinstance(node, ast.IfExp):
            return True
        if isinstance(node, ast.Call) and node is not cut.node and brief(node.func).endswith(_JOINED):
            return True
    return False


def _chain(cut: Event) -> str:
    """What is cut, as it is written; for a name, what was assigned to it last is not looked up."""
    node = cut.node
    owner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    return brief(owner if isinstance(node, ast.Call) else getattr(node, "value", None), 300)


def _is_sorted(cut: Event, ctx: Context) -> bool:
    """Whether a list is cut that was sorted for it: `best = sorted(names, key=score)`, then `best[:10]`."""
    base = getattr(cut.node, "value", None)
    bound = ctx.model.bindings(base.id) if isinstance(base, ast.Name) else ()
    made = [item.stmt.node for item in bound if item.stmt is not None and item.cell <= cut.cell]
    match made[-1:]:
        case [ast.Assign(value=ast.Call(func=ast.Name(id="sorted")))]:
            return True
    return False


def _shown(cut: Event, ctx: Context) -> str:
    text = ctx.text(cut, 50)
    if isinstance(cut.node, ast.Call) and ctx.text(cut, 500) != text:
        text = f"{brief(cut.node.func)}(…)"
    return text


def _plans(cuts: Sequence[Event], ctx: Context) -> list[Plan]:
    return [fixes.rows.row_limit_fix(ctx, cuts)] if any(map(fixes.rows.can_move, cuts)) else []
