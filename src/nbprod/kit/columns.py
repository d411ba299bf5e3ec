"""Which columns of a frame reach a model: data is followed back to the frame that it was taken from, step by step.

Only steps that are known to keep all columns, or to drop or pick certain ones, are followed; anything else
ends the way, and no rule takes what lies behind for evidence.
"""

import ast
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import last_name
from nbprod.kit.column_choices import Choice, Choices, Target
from nbprod.kit.column_steps import (
    Column,
    dropped_columns,
    holds,
    integer,
    only_assignment,
    passed,
    picking_key,
    picks,
    rows_of,
    takes_out,
    without_view,
)
from nbprod.kit.context import Context
from nbprod.kit.origins import Origins, origins
from nbprod.semantic import Binding, Call, is_a

_STEPS: Final = 30
_NESTED: Final = 4
_FRAME: Final = "pandas.DataFrame"
_KEEPING: Final = frozenset(
    """copy astype fillna dropna reset_index sort_values sort_index head tail sample drop_duplicates round to_numpy
    replace ffill bfill interpolate infer_objects convert_dtypes clip abs as_matrix toarray compute toPandas
    query""".split()  # noqa: SIM905  -- reads better
)
"""Methods of a frame whose result has all its columns."""
_KEEPING_FUNCTIONS: Final = frozenset(
    {"numpy.array", "numpy.asarray", "numpy.nan_to_num", "pandas.DataFrame", "pandas.get_dummies", "copy.copy",
     "copy.deepcopy", "sklearn.utils.shuffle", "statsmodels.tools.add_constant", "torch.tensor", "torch.from_numpy",
     "torch.Tensor", "torch.FloatTensor"}
)  # fmt: skip
_SAME_TARGET: Final = _KEEPING | {
    "ravel", "reshape", "map", "tolist", "to_list", "squeeze", "to_frame", "apply", "flatten",
}  # fmt: skip
_SAME_TARGET_FUNCTIONS: Final = _KEEPING_FUNCTIONS | {
    "numpy.ravel", "numpy.squeeze", "keras.utils.to_categorical", "numpy.reshape",
    "sklearn.preprocessing.label_binarize", "numpy.log", "numpy.log1p", "numpy.log2", "numpy.log10", "numpy.sqrt",
    "numpy.where", "scipy.special.boxcox1p", "torch.tensor", "torch.from_numpy", "torch.Tensor", "torch.FloatTensor",
}  # fmt: skip
_CHOOSING: Final = frozenset({"select_dtypes", "filter", "_get_numeric_data"})
_MAPPING: Final = frozenset({"map", "apply", "replace", "where", "fit_transform", "to_categorical", "label_binarize"})
_LOGARITHMS: Final = frozenset({"log", "log1p", "log2", "log10", "sqrt"})
_PICKING: Final = ("sklearn.compose.ColumnTransformer", "sklearn.pipeline.FeatureUnion")
_SPLITS: Final = "sklearn.model_selection.train_test_split"


_ANY: Final = Target(-1, frozenset())
"""Stands for a target that is looked for by way of the frames alone."""


class Features(Struct, frozen=True):
    """How features were taken from a frame, column and all.

    Attributes:
        frame: The expression that still stands for the frame: a `drop` behind it would do.
        picked: The list of columns that names the target, if there is one.
        dropped: What a `drop` right behind the frame leaves out, if there is one.
        bindings: What held the features on the way, the last first.
    """

    frame: ast.expr
    cell: int
    picked: ast.expr | None
    bindings: tuple[Binding, ...]
    dropped: ast.expr | None = None


class Columns:
    """Follows columns through a notebook."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._origins: Origins = origins(ctx)
        self._choices = Choices(ctx, self._origins)
        self._taken_out: dict[tuple[Binding, Column], list[int]] = {}
        self._attributes: dict[ast.expr, ast.Assign | None] = {}
        self._inside: Call | None = None
        self._depth = 0

    # -- the target ---------------------------------------------------------------------------

    def target(self, node: ast.expr, via: Call | None, *, is_number: bool = False) -> Target | None:
        """The column that a target is; None when that can't be seen. `is_number` says that a number is learned."""
        compared = False
        for _ in range(_STEPS):
            column = self._column_of(node)
            if column is not None:
                name, frame = column
                if compared and isinstance(name, int):
                    return None  # labels that were made up from generated numbers
                held = frozenset(self._held(frame, via))
                return Target(name, held, is_number) if held else None
            following = self._same_values(node, via)
            if following is None:
                return None
            compared = compared or isinstance(node, ast.Compare)
            is_number = _starts_from_number(node, known=is_number)
            node = following
        return None

    def made_of(self, target: Target) -> Target | None:
        """The one column that the target was made of: "price" for `df["log_price"] = np.log(df["price"])`."""
        for binding in (frame for frame in target.frames if isinstance(frame, Binding)):
            for use in binding.uses:
                match use.stmt.node:
                    case ast.Assign(
                        targets=[ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=name))], value=value
                    ) if frame == binding.name and name == target.column and isinstance(name, str):
                        made = self.target(value, None)
                        if made is not None and made.column != name and target.frames & made.frames:
                            return made
        return None

    def _column_of(self, node: ast.expr) -> tuple[Column, ast.expr] | None:
        match node:
            case ast.Subscript(value=frame, slice=ast.Constant(value=str(name))):
                return name, frame
            case ast.Subscript(value=frame, slice=ast.List(elts=[ast.Constant(value=str(name))])):
                return name, frame
            case ast.Subscript(
                value=ast.Attribute(value=frame, attr="loc"),
                slice=ast.Tuple(elts=[ast.Slice(lower=None, upper=None), ast.Constant(value=str(name))]),
            ):
                return name, frame
            case ast.Subscript(value=frame, slice=ast.Name() as key):
                text = self._ctx.value(key).text
                return (text, frame) if text is not None else None
            case ast.Subscript(value=frame, slice=ast.Tuple(elts=[ast.Slice(lower=None, upper=None), index])):
                position = integer(index)
                return (position, without_view(frame)) if position is not None else None
            case ast.Attribute(value=frame, attr=name):
                is_column = self._ctx.value(frame).type == _FRAME and self._ctx.value(node).column == name
                return (name, frame) if is_column else None
        return None

    def _same_values(self, node: ast.expr, via: Call | None) -> ast.expr | None:
        match node:
            case ast.Name():
                return self._assigned(node, via)
            case ast.Call(func=ast.Attribute(value=receiver, attr=attr), args=args):
                name = self._name(node)
                if args and (name in _SAME_TARGET_FUNCTIONS or (attr == "fit_transform" and "Label" in name)):
                    return args[0]
                return receiver if attr in _SAME_TARGET else None
            case ast.Call(args=[first, *_]):
                return first if self._name(node) in _SAME_TARGET_FUNCTIONS else None
            case ast.Attribute(value=inner, attr="values" | "array"):
                return inner
            case ast.Attribute():
                attribute = self._attribute(node)
                return attribute.value if attribute is not None else None
            case ast.Compare(
                left=inner,
                comparators=[ast.Constant() | ast.Call(func=ast.Attribute(attr="mean" | "median" | "quantile"))],
            ):
                return inner
            case ast.Subscript() if self._takes_rows(node):
                return rows_of(node.value) if isinstance(node.value, ast.Attribute) else node.value
        return None

    # -- the features -------------------------------------------------------------------------

    def features(self, node: ast.expr, cell: int, via: Call | None, target: Target) -> Features | None:
        """How features were taken if the target is certainly still among them; None otherwise."""
        bindings: list[Binding] = []
        used = cell if via is None else max(cell, via.cell)
        start: ast.expr | None = None
        picked: ast.expr | None = None
        dropped: ast.expr | None = None
        for _ in range(_STEPS):
            if isinstance(node, ast.Name):
                binding = self._origins.binding(node)
                if binding is None or self._is_taken_out(binding, target.column, used):
                    return None
                if target.frames.intersection(binding.parts or (binding,)):
                    return Features(start or node, cell, picked, tuple(bindings), None if start else dropped)
                bindings.append(binding)
                cell = binding.cell
                start = None
            elif (attribute := self._attribute(node)) is not None and attribute in target.frames:
                return Features(start or node, cell, picked, tuple(bindings), None if start else dropped)
            following = self._kept(node, via, target, used)
            if following is None:
                return None
            if (
                picked is None
                and (key := picking_key(node)) is not None
                and (isinstance(key, ast.Slice) or self._choices.by_key(key, target))
            ):
                start, picked = node, key
            dropped, node = dropped_columns(node), following
        return None

    def _kept(self, node: ast.expr, via: Call | None, target: Target, used: int) -> ast.expr | None:
        """What an expression has the target from, if it certainly has it when a cell uses it."""
        match node:
            case ast.Name():
                return self._assigned(node, via)
            case ast.Attribute(value=inner, attr="values"):
                return inner
            case ast.Attribute():
                attribute = self._attribute(node)
                return attribute.value if attribute is not None else None
            case ast.Subscript():
                return self._kept_part(node, via, target, used)
            case ast.Call(func=ast.Attribute(value=receiver, attr="drop")):
                return receiver if self._drops_others(node, target.column) else None
            case ast.Call(func=ast.Attribute(value=receiver, attr=attr)) if attr in _CHOOSING:
                return receiver if self._choices.by_call(node, target) else None
            case ast.Call(func=ast.Attribute(value=receiver, attr=attr), args=args):
                name = self._name(node)
                if args and (
                    name in _KEEPING_FUNCTIONS or (attr in {"transform", "fit_transform"} and self._scales(node))
                ):
                    return args[0]
                has_axis = any(keyword.arg == "axis" for keyword in node.keywords)
                return receiver if attr in _KEEPING and not (attr == "dropna" and (has_axis or args)) else None
            case ast.Call(args=[first, *_]):
                return first if self._name(node) in _KEEPING_FUNCTIONS and not picks(node) else None
        return None

    def _kept_part(self, node: ast.Subscript, via: Call | None, target: Target, used: int) -> ast.expr | None:
        choice = self._choices.by_key(node.slice, target)
        if choice is not None:
            return node.value if self._is_in(choice, via, target, used) else None
        match node:
            case ast.Subscript(
                value=ast.Attribute(value=frame, attr="loc" | "iloc"), slice=ast.Slice() | ast.Compare() | ast.BinOp()
            ):
                return frame
            case ast.Subscript(value=frame, slice=ast.Compare() | ast.BinOp(op=ast.BitAnd() | ast.BitOr())):
                return frame
            case ast.Subscript(value=frame) if self._takes_rows(node):
                return rows_of(frame) if isinstance(frame, ast.Attribute) else frame
            case ast.Subscript(value=frame, slice=ast.Tuple(elts=[ast.Slice(), part])):
                if isinstance(part, ast.Slice | ast.List) and holds(part, self._place(frame, target.column)):
                    return without_view(frame)
                choice = None if isinstance(part, ast.Slice) else self._choices.by_key(part, target)
                return without_view(frame) if choice and self._is_in(choice, via, target, used) else None
        return None

    def _place(self, view: ast.expr, column: Column) -> Column:
        """How a view of a frame names a column: `iloc` by its position, if that is known."""
        is_position = isinstance(view, ast.Attribute) and view.attr == "iloc"
        return self._choices.position(without_view(view), column) if is_position else column

    def _is_in(self, choice: Choice, via: Call | None, target: Target, used: int) -> bool:
        """Whether a key that goes through the columns of a frame, if it does, finds the target there."""
        if choice.frame is None or target.column == _ANY.column:
            return True
        if self._depth > _NESTED:
            return False
        self._depth += 1
        try:
            return self.features(choice.frame, used, via, target) is not None
        finally:
            self._depth -= 1

    def _takes_rows(self, node: ast.Subscript) -> bool:
        """Whether rows are taken by what a split into folds gave: `X.iloc[train_rows]`."""
        if not isinstance(node.slice, ast.Name):
            return False
        if isinstance(node.value, ast.Attribute) and node.value.attr == "iloc":
            return True
        return any(event.detail == "folds" for event in self._ctx.value(node.slice).lineage)

    def _drops_others(self, node: ast.Call, column: Column) -> bool:
        """Whether a `drop` leaves out rows, or columns other than the target."""
        call = self._ctx.call(node)
        if call is None or call.open:
            return False
        dropped = call.keywords.get("columns")
        if dropped is None:
            axis = call.argument(1, "axis")
            if axis is None or axis.const in {0, "index", "rows"}:
                return True
            dropped = call.argument(0, "labels")
        if dropped is None or isinstance(column, int):
            return False
        names = [dropped] if dropped.text is not None else list(dropped.elements)
        return bool(names) and all(name.text is not None and name.text != column for name in names)

    def _scales(self, node: ast.Call) -> bool:
        call = self._ctx.call(node)
        kind = call.receiver.type if call is not None and call.receiver is not None else None
        return is_a(kind, "sklearn.base.TransformerMixin") and not (
            any(is_a(kind, other) for other in _PICKING)
            or is_a(kind, "nbprod.Supervised")
            or "Selector" in (kind or "")
        )

    def passes(self, node: ast.expr, via: Call | None, step: ast.expr) -> bool:
        """Whether data was taken by way of a certain expression."""
        for _ in range(_STEPS):
            if node is step:
                return True
            following = self._assigned(node, via) if isinstance(node, ast.Name) else rows_of(node)
            if following is None:
                return False
            node = following
        return False

    # -- steps --------------------------------------------------------------------------------

    def _held(self, frame: ast.expr, via: Call | None) -> Iterator[Binding | ast.Assign]:
        """The bindings that held a frame with the column that is looked for, the last first."""
        node: ast.expr | None = frame
        for _ in range(_STEPS):
            if isinstance(node, ast.Name):
                binding = self._origins.binding(node)
                if binding is None:
                    return
                yield from binding.parts or (binding,)
            elif (attribute := self._attribute(node)) is not None:
                yield attribute
            is_part = isinstance(node, ast.Subscript)  # rows of the frame: the features may have others (a lag)
            node = self._kept(node, via, _ANY, -1) if node is not None and not is_part else None
            if node is None:
                return

    def _attribute(self, node: ast.expr | None) -> ast.Assign | None:
        """Where `self.frame` is assigned, in a class that does so once and takes nothing out of it."""
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name) or node.value.id != "self":
            return None
        if node not in self._attributes:
            classes = (it.node for it in self._ctx.model.functions if isinstance(it.node, ast.ClassDef))
            own = next((body for body in classes if any(part is node for part in ast.walk(body))), None)
            self._attributes[node] = only_assignment(own, node.attr) if own is not None else None
        return self._attributes[node]

    def _assigned(self, node: ast.Name, via: Call | None) -> ast.expr | None:
        origin = self._origins.of(node)
        if origin is None:
            binding = self._origins.binding(node)
            via = via or self._inside
            return passed(via, binding) if binding is not None and binding.kind == "parameter" else None
        if origin.index is None:
            return origin.expression
        call = origin.expression
        if not isinstance(call, ast.Call):
            return None
        if self._name(call) == _SPLITS:
            return call.args[origin.index // 2] if origin.index // 2 < len(call.args) else None
        return self._returned(call, origin.index)

    def _returned(self, node: ast.Call, index: int) -> ast.expr | None:
        """What a function of the notebook gives as one of several results, where it has one `return`."""
        call = self._ctx.call(node)
        function = call.function.definition if call is not None else None
        if function is None or not isinstance(function.node, ast.FunctionDef):
            return None
        match [stmt for stmt in function.node.body if isinstance(stmt, ast.Return)]:
            case [ast.Return(value=ast.Tuple(elts=results))] if index < len(results):
                self._inside = call
                return results[index]
        return None

    def _name(self, node: ast.Call) -> str:
        call = self._ctx.call(node)
        return call.name if call is not None else ""

    def _is_taken_out(self, binding: Binding, column: Column, used: int) -> bool:
        """Whether something took the column, or who knows which, out of a frame in place by the cell of its use."""
        if (binding, column) not in self._taken_out:
            cells = [use.cell for use in binding.uses if takes_out(use.stmt.node, binding.name, column)]
            self._taken_out[binding, column] = cells
        return any(cell <= used for cell in self._taken_out[binding, column])


def _starts_from_number(node: ast.expr, *, known: bool) -> bool:
    """Whether what a step of a target starts from is a number: it is compared to one; what is mapped may be text."""
    match node:
        case ast.Compare(comparators=[ast.Constant(value=value)]):
            return type(value) in {int, float}
        case ast.Compare():
            return True
        case ast.Call(func=function) if last_name(function) in _MAPPING:
            return False
        case ast.Call(func=function):
            return known or last_name(function) in _LOGARITHMS
    return known
