"""Categories turned into numbers by what was seen or listed today, and the models that learn from them."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.leakage import Leakage, leakage_of, shares_source, transformer_type
from nbprod.kit.preparation import encodes_target
from nbprod.kit.steps import constructor, constructor_of
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Stmt, Tag, Value

_MOST: Final = 200
_FEATURES: Final = lazy_pattern(r"[Xx](?:_\w+)?|\w*features?\w*|(?:train|test|inputs?)\w*|predictors")
_TARGET: Final = lazy_pattern(
    r"(?:\w+_)?(?:target|label|outcome|response)(?:_\w+)?|y_(?:col|column|name|var)", re.IGNORECASE
)
_INFERENCE: Final = "statsmodels."
_CALENDAR: Final = frozenset(
    {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
     "mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)  # fmt: skip
_LABELS: Final = "sklearn.preprocessing.LabelEncoder"


class Categories:
    """The encodings of a notebook, to be asked which trainings they reach. Make it with `categories_of(ctx)`."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._leakage: Leakage = leakage_of(ctx)

    @cached_property
    def fits(self) -> list[Event]:
        """The trainings of models; a statistical inference is none: nothing new is ever put into it."""
        return [event for event in self._leakage.fits if not event.call.name.startswith(_INFERENCE)]

    def models_behind(self, event: Event) -> list[Event]:
        """The trainings whose features an encoding went into; none for an encoding of the target."""
        if event.kind is EventKind.FIT and encodes_target(event, self._ctx):
            return []
        data = event.inputs.get("X")
        if data is not None and (data.has(Tag.TARGET) or data.column in self._leakage.targets):
            return []
        if not self._may_be_feature(_assigned(event.stmt) or (data.column if data is not None else None)):
            return []
        return [fit for fit in self._leakage.later_fits(event) if fit in self.fits]

    def models_holding(self, made: Call) -> list[Event]:
        """The trainings of pipelines, searches and models that hold an encoder, or that got what it gave."""
        found = [fit for fit in self.fits if made.node in self._within(fit)]
        for event in self._ctx.model.events_of(EventKind.FIT):
            if event not in self.fits and made.node in self._within(event):
                found += self.models_behind(event)
        return found

    def models_fed(self, value: Value, call: Call) -> list[Event]:
        """The later trainings on the same data as a column that a call changed, if that may be a feature."""
        place = (call.cell, call.node.lineno)
        return [fit for fit in self.fits_on(value, call.stmt) if (fit.cell, fit.node.lineno) > place]

    def fits_on(self, value: Value, stmt: Stmt | None) -> list[Event]:
        """The trainings on the same data as a column that a statement computes, if that may be a feature."""
        column = (_assigned(stmt) if stmt is not None else None) or value.column
        if value.has(Tag.TARGET) or value.column in self._leakage.targets or not self._may_be_feature(column):
            return []
        return [fit for fit in self.fits if any(shares_source(value, data) for data in _data(fit))]

    @cached_property
    def _built(self) -> dict[ast.AST, set[ast.AST]]:
        return {}

    def _within(self, fit: Event) -> set[ast.AST]:
        """The calls that made what is fitted, and its parts."""
        known = self._built.get(fit.node)
        if known is None:
            made = constructor(fit, self._ctx)
            known = set(_calls_within(made, self._ctx)) if made is not None else set()
            self._built[fit.node] = known
        return known

    def _may_be_feature(self, column: str | None) -> bool:
        """Whether a column is not known to be the target, or left out of the features."""
        return column is None or (column not in self._leakage.targets and column not in self._left_out)

    @cached_property
    def _left_out(self) -> set[str]:
        """Columns that are dropped where features are put together, or are not among those that are picked."""
        found = self._named_targets
        for call in self._ctx.model.all_calls:
            if call.method != "drop" or not isinstance(call.stmt.node, ast.Assign):
                continue
            if any(_FEATURES.fullmatch(last_name(target)) for target in call.stmt.node.targets):
                found.update(_texts(call))
        return found

    @property
    def _named_targets(self) -> set[str]:
        """The columns that are bound to `y` and the like, and the text of `target = "name"`."""
        found = set()
        for name in self._ctx.model.bound_names:
            for binding in self._ctx.model.bindings(name):
                value = binding.value
                if value.has(Tag.TARGET) and value.column is not None:
                    found.add(value.column)
                elif value.text is not None and _TARGET.fullmatch(name):
                    found.add(value.text)
        return found


def _assigned(stmt: Stmt) -> str | None:
    """The column that a statement fills: "plan" of `df["plan"] = …`."""
    match stmt.node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))]):
            return name
        case ast.Assign(targets=[ast.Attribute(attr=name)]):
            return name
    return None


def _texts(call: Call) -> Iterator[str]:
    for value in (*call.args, *call.keywords.values()):
        for item in (value, *value.elements):
            if item.text is not None:
                yield item.text


def _data(fit: Event) -> list[Value]:
    return [value for role in ("X", "data") if (value := fit.inputs.get(role)) is not None]


def _calls_within(made: Call, ctx: Context) -> Iterator[ast.AST]:
    """The constructor calls among the arguments of a constructor, nested ones and those that have a name."""
    pending: list[tuple[ast.expr, int]] = [(made.node, made.cell)]
    for node, cell in pending:
        if len(pending) > _MOST:
            return
        if isinstance(node, ast.List | ast.Tuple):
            pending += [(item, cell) for item in node.elts]
        elif isinstance(node, ast.Dict):
            pending += [(item, cell) for item in node.values]
        elif isinstance(node, ast.Call | ast.Name):
            inner = constructor_of(node, cell, ctx)
            if inner is None:
                if isinstance(node, ast.Name):
                    pending += _listed(node.id, cell, ctx)
                continue
            yield inner.node
            pending += [(item, inner.cell) for item in inner.node.args]
            pending += [(keyword.value, inner.cell) for keyword in inner.node.keywords]


def _listed(name: str, cell: int, ctx: Context) -> list[tuple[ast.expr, int]]:
    for binding in reversed(ctx.model.bindings(name)):
        statement = binding.stmt.node if binding.stmt is not None else None
        if binding.cell <= cell and isinstance(statement, ast.Assign) and isinstance(statement.value, ast.List):
            return [(item, binding.cell) for item in statement.value.elts]
    return []


def is_aligned(event: Event, ctx: Context) -> bool:
    """Whether the columns that an encoding gives are brought to a known list: `reindex`, `align`, set categories."""
    for call in ctx.model.all_calls:
        if call.method in {"align", "reindex", "reindex_like"}:
            by_columns = call.method != "reindex" or "columns" in call.keywords
            if by_columns and call.receiver is not None and _is_related(event, call):
                return True
        elif declares_categories(call):
            return True
    return False


def declares_categories(call: Call) -> bool:
    """Whether a call says once and for all which categories there are."""
    if call.name == "pandas.Categorical" or call.method == "astype":  # pandas before 0.25 took them in `astype`
        return "categories" in call.keywords
    return call.method in {"CategoricalDtype", "set_categories"}


def is_filled(mapping: Call, ctx: Context) -> bool:
    """Whether the gaps that a mapping leaves are filled, in the same statement or further down."""
    column, place = _assigned(mapping.stmt), (mapping.cell, mapping.node.lineno)
    for call in ctx.model.all_calls:
        if call.method != "fillna" or call.receiver is None or mapping.receiver is None:
            continue
        if isinstance(call.node.func, ast.Attribute) and call.node.func.value is mapping.node:
            return True
        later = column is not None and call.receiver.column == column and (call.cell, call.node.lineno) > place
        if later and shares_source(mapping.receiver, call.receiver):
            return True
    return False


def _is_related(event: Event, call: Call) -> bool:
    values = [call.receiver, *call.args, *call.keywords.values()]
    data = event.inputs.get("X")
    return any(
        value is not None and (event in value.lineage or (data is not None and shares_source(data, value)))
        for value in values
    )


def is_label_encoder(event: Event) -> bool:
    """Whether scikit-learn's encoder for targets is fitted."""
    return event.kind is EventKind.FIT and transformer_type(event) == _LABELS


def encodes_text(mapping: Value) -> bool:
    """Whether a literal dictionary turns texts, or yes and no, into numbers; months and weekdays are all there are."""
    items = mapping.items
    if not isinstance(items, dict) or len(items) < 2:
        return False
    if not all(isinstance(key, str) for key in items) or {str(key).lower()[:3] for key in items} <= _CALENDAR:
        return False
    return all(isinstance(value.const, int | float) for value in items.values())


def categories_of(ctx: Context) -> Categories:
    """What is known of the encodings of a notebook, worked out once."""
    return ctx.once(Categories)


def indexes_target(indexer: Call, ctx: Context) -> bool:
    """Whether an indexer of Spark turns the column into numbers that models are to predict."""
    named = [value.text for key in ("inputCol", "outputCol") if (value := indexer.keywords.get(key)) is not None]
    labels = {value.text for call in ctx.model.all_calls if (value := call.keywords.get("labelCol")) is not None}
    return None in named or any(name in labels or _TARGET.fullmatch(name) for name in named if name is not None)
