"""A logger for a fix to write to: the notebook's own, or a new one, set up in a cell at the beginning."""

import ast
import re

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import fresh, locate, new_cell_index
from nbprod.kit.edit.names import bound_names
from nbprod.kit.edit.restarts import fresh_start
from nbprod.kit.findings import Declined
from nbprod.protocol import Edit, InsertCell
from nbprod.semantic import Binding, EventKind

_OTHER_STYLES = frozenset({"loguru.Logger", "structlog.BoundLogger"})
_SETUP = """\
import logging
import os

logging.basicConfig(
    level=os.environ.get("LOG_LEVEL", "INFO"),
    format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    force=True,
)"""


def ensure_logger(ctx: Context, *, before: "ast.AST | Located") -> tuple[list[Edit], str]:
    """A logger that is there when a place is reached.

    Returns:
        The edits (none if the notebook logs already), and the expression for the logger. `logging`
        is imported under its own name, or not at all.

    Raises:
        Declined: The place comes before any cell that could set it up, or the names are taken.
    """
    site = locate(ctx, before)
    known = _known(ctx, site.cell.index, site.start)
    if known is not None:
        return [], known
    index = new_cell_index(ctx)
    if index > site.cell.index:
        raise Declined("the cell that sets up logging would not come before the place that needs it")
    logger = _bound_later(ctx) or ("logger" if "logger" not in bound_names(ctx.notebook) else fresh(ctx, "logger"))
    setups = [event for event in ctx.model.events_of(EventKind.LOG) if event.detail == "configure"]
    if setups and setups[0].cell > site.cell.index:  # only the first `basicConfig` counts
        raise Declined(f"logging is set up only in cell {ctx.number(setups[0])}: do that at the beginning")
    line = f'{logger} = logging.getLogger("{_logger_name(ctx)}")'
    return [_cell(ctx, f"{_SETUP}\n{line}" if not setups else f"import logging\n\n{line}")], logger


def set_up_logging(ctx: Context) -> list[Edit]:
    """Set logging up for a notebook that logs, but whose records nobody sees.

    Raises:
        Declined: The names are taken.
    """
    return [_cell(ctx, _SETUP)]


def _cell(ctx: Context, source: str) -> InsertCell:
    taken = ctx.model.bound_names
    for module in ("logging", "os"):
        if module in taken and any(binding.kind != "import" for binding in ctx.model.bindings(module)):
            raise Declined(f"`{module}` is a name of the notebook's own")
    return InsertCell(before=new_cell_index(ctx), cell_type="code", source=source)


def _known(ctx: Context, cell: int, offset: int) -> str | None:
    """A logger bound at the top level before the place, or the module itself if the notebook logs with it."""
    begin = fresh_start(ctx, cell)
    for name in sorted(ctx.model.bound_names):
        bindings = [binding for binding in ctx.model.bindings(name) if binding.cell >= begin]
        if not bindings:
            continue
        first = bindings[0]
        types = {binding.value.type for binding in bindings}
        if types & _OTHER_STYLES:
            raise Declined(f"`{name}` takes no lazy %-arguments")
        same = types == {"logging.Logger"} and not any(_is_of_library(ctx, binding) for binding in bindings)
        if same and first.stmt is not None and first.stmt.parent is None and _place(ctx, first) < (cell, offset):
            return name
    for event in ctx.model.events_of(EventKind.LOG):
        owner = getattr(event.node.func, "value", None)
        if event.detail == "configure" or not event.call.name.startswith("logging.") or event.call.receiver is not None:
            continue
        named = ctx.model.bindings(owner.id) if isinstance(owner, ast.Name) else ()
        bindings = [binding for binding in named if binding.cell >= begin]
        if isinstance(owner, ast.Name) and bindings and _place(ctx, bindings[0]) < (cell, offset):
            return owner.id
    return None


def _place(ctx: Context, binding: Binding) -> tuple[int, int]:
    return binding.cell, locate(ctx, binding).start


def _is_of_library(ctx: Context, binding: Binding) -> bool:
    """Whether a logger is that of a package which the notebook uses: `logging.getLogger("sagemaker")`."""
    match binding.stmt.node if binding.stmt is not None else None:
        case ast.Assign(value=ast.Call(args=[ast.Constant(value=str(name))])):
            root = name.partition(".")[0]
            return any(imported.partition(".")[0] == root for imported, _ in ctx.model.imports)
    return False


def _bound_later(ctx: Context) -> str | None:
    """A logger that the notebook makes for itself further down: its name will do."""
    for name in sorted(ctx.model.bound_names):
        bindings = ctx.model.bindings(name)
        own = (b.value.type == "logging.Logger" and not _is_of_library(ctx, b) for b in bindings)
        if all(own) and all(b.stmt is not None and b.stmt.parent is None for b in bindings):
            return name
    return None


def _logger_name(ctx: Context) -> str:
    """The notebook's file name as a logger's name."""
    return re.sub(r"\W+", "_", ctx.path.stem).strip("_") or "notebook"
