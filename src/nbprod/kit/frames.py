"""What rules must agree on about data frames: what is one, and what a part of one is a copy of."""

import ast
from typing import Final

from msgspec import Struct

from nbprod.kit.context import Context
from nbprod.kit.installs import installs
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Value

FRAME: Final = "pandas.DataFrame"
_SERIES: Final = "pandas.Series"
_SELECTIONS: Final = frozenset({_SERIES, "pandas.Index", "numpy.ndarray", "builtins.list"})
_INDEXERS: Final = frozenset({"loc", "iloc", "ix"})
_NO_COLUMNS: Final = frozenset(
    """T at attrs axes cat columns dt dtypes empty flags iat index iloc ix loc ndim plot shape size sparse str style
    values""".split()  # noqa: SIM905  -- a list of words reads better
)
_MAJOR: Final = lazy_pattern(r"[=<>~]=?\s*(\d+)")


class FramePart(Struct, frozen=True):
    """A part of a frame that an expression takes out of it: `df["a"]`, `df.a`, `df.loc[rows]`, `df[mask]`.

    Attributes:
        frame: The expression of the whole frame.
        key: What stands in the brackets; None for `df.a`, whose `name` is "a".
        name: The column, where it is one and a constant.
        indexer: "loc" or "iloc", where one was used; else "".
        is_column: It is one column.
        is_copy: It selects by a mask or a list, which has always made a copy; before pandas 3, changes of any other
            part may have reached the frame.
    """

    frame: ast.expr
    key: ast.expr | None
    name: str | None
    indexer: str
    is_column: bool
    is_copy: bool = False


def part_of_frame(node: ast.expr, ctx: Context) -> FramePart | None:
    """What part of which frame an expression is; None when it is no part, or nobody knows of a frame."""
    if isinstance(node, ast.Attribute):
        if node.attr in _NO_COLUMNS or not _is_frame_at(node.value, ctx):
            return None
        return FramePart(node.value, None, node.attr, "", is_column=True)
    if not isinstance(node, ast.Subscript):
        return None
    owner, key = node.value, node.slice
    if isinstance(owner, ast.Attribute) and owner.attr in _INDEXERS and _is_frame_at(owner.value, ctx):
        if isinstance(key, ast.Tuple):
            return _part_of_two(owner, key, ctx)
        return FramePart(owner.value, key, None, owner.attr, is_column=False, is_copy=_selects(key, ctx))
    if not _is_frame_at(owner, ctx) or (isinstance(owner, ast.Attribute) and owner.attr in _NO_COLUMNS):
        return None
    known = ctx.value(key)
    is_column = known.text is not None or (isinstance(key, ast.Name) and known.type in {None, "builtins.str"})
    return FramePart(owner, key, known.text, "", is_column=is_column, is_copy=_selects(key, ctx))


def _selects(key: ast.expr, ctx: Context) -> bool:
    """Whether what stands in the brackets is a mask or a list."""
    match key:
        case ast.Compare() | ast.List() | ast.UnaryOp(op=ast.Invert()) | ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            return True
    return ctx.value(key).type in _SELECTIONS


def _part_of_two(owner: ast.Attribute, key: ast.Tuple, ctx: Context) -> FramePart | None:
    """`df.loc[rows, columns]`; a single cell, whose content may be changed in place, is no part."""
    if len(key.elts) != 2:
        return None
    rows, columns = key.elts
    whole = isinstance(rows, ast.Slice) and rows.lower is rows.upper is rows.step is None
    if not (whole or isinstance(rows, ast.Slice | ast.Compare | ast.BinOp | ast.UnaryOp | ast.List)):
        return None
    name = ctx.value(columns).text if whole else None
    is_copy = _selects(rows, ctx) or _selects(columns, ctx)
    return FramePart(owner.value, key, name, owner.attr, is_column=name is not None, is_copy=is_copy)


def _is_frame_at(node: ast.expr, ctx: Context) -> bool:
    """Whether an expression is a pandas frame: a session knows it, or the notebook says so."""
    if ctx.runtime is not None:
        from nbprod.kit.in_memory import type_at  # noqa: PLC0415  -- most runs have no session to ask

        known = type_at(ctx, node)
        if known is not None:
            return known == FRAME
    return is_frame(ctx.value(node))


def is_frame(value: Value) -> bool:
    """Whether a value is known to be a pandas frame."""
    return value.type == FRAME


def is_table(value: Value) -> bool:
    """Whether a value is known to be a pandas frame or one of its columns."""
    return value.type in (FRAME, _SERIES)


class PandasVersion(Struct, frozen=True):
    """The pandas that counts, and who says so: "the notebook installs pandas 3"."""

    major: int
    source: str
    live: bool = False


def pandas_version(ctx: Context) -> PandasVersion | None:
    """The pandas that the notebook installs, else the one that its session runs; None when neither says."""
    return ctx.once(_pandas_version)


def _pandas_version(ctx: Context) -> PandasVersion | None:
    major = _installed_major(ctx)
    if major is not None:
        return PandasVersion(major, f"the notebook installs pandas {major}")
    version = ctx.runtime.versions("pandas").get("pandas", "") if ctx.runtime is not None else ""
    number = version.partition(".")[0]
    return PandasVersion(int(number), f"this kernel runs pandas {version}", live=True) if number.isdecimal() else None


def _installed_major(ctx: Context) -> int | None:
    for install in installs(ctx):
        for requirement in install.requirements:
            if requirement.name.lower() == "pandas" and (requirement.is_pinned or requirement.is_bounded):
                found = _MAJOR.search(requirement.text)
                if found is not None and not requirement.text.partition("[")[0].endswith("<"):
                    return int(found[1]) - ("<" in requirement.text and "<=" not in requirement.text)
    return None


def shows_all_results(ctx: Context) -> bool:
    """Whether IPython is told to show the result of every expression of a cell, not only of the last."""
    return any("ast_node_interactivity" in cell.source for cell in ctx.cells)
