import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

from nbprod.kit import (
    INFO,
    Action,
    Cell,
    Context,
    Diagnosis,
    Dimension,
    Notebook,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)

_RELATED: Final = 5
_NOT_RUN: Final = frozenset({"nbprod-skip", "raises-exception", "skip-execution"})
_SETS_UP: Final = frozenset(
    {"pip", "pip3", "conda", "mamba", "uv", "load_ext", "reload_ext", "autoreload", "capture", "nbprod"}
)
_SHELL_SETS_UP: Final = frozenset({"pip", "pip3", "conda", "mamba", "uv", "apt", "apt-get"})
_OPTIONS: Final = frozenset(
    """filterwarnings simplefilter set_option set_options set set_theme set_style set_context set_palette use
    set_printoptions set_verbosity_error set_verbosity basicConfig init_notebook_mode disable_warnings matplotlib config
    pylab""".split()  # noqa: SIM905 - a list of words reads better
)
"""Calls and magics that set how things are shown."""


class OutOfOrderOrUnexecuted(Rule):
    """The saved results come from no run from the top to the bottom.

    ## Why is this bad?
    The numbers in front of the cells say in which order they ran. Where a cell ran before the one above it, or not at
    all, the saved results come from a state that nobody else will have: a fresh run may give others, or fail.

    ## Examples
    ```nb bad warning
    # %% run=1
    orders = load()
    # %% run=7
    weekly = by_week(orders)
    # %% run=3
    weekly.plot()
    ```
    ```nb fixed unsafe
    # %%
    orders = load()
    # %%
    weekly = by_week(orders)
    # %%
    weekly.plot()
    ```
    ```nb bad warning
    # %% run=1
    orders = load()
    # %%
    orders = orders[orders.amount > 0]
    # %% run=2
    total = orders.amount.sum()
    ```
    ```nb fixed unsafe
    # %%
    orders = load()
    # %%
    orders = orders[orders.amount > 0]
    # %%
    total = orders.amount.sum()
    ```
    Cells that were not run yet, behind all that were, say less:
    ```nb bad info
    # %% run=1
    orders = load()
    # %%
    forecast(orders)
    ```
    ```nb fixed unsafe
    # %%
    orders = load()
    # %%
    forecast(orders)
    ```
    ```nb good
    # %% run=4
    orders = load()
    # %% run=9
    weekly = by_week(orders)
    ```
    ```nb good
    orders = load()
    ```

    ## What keeps it quiet
    - numbers that only leave gaps: a cell was run twice, or another one was deleted;
    - notebooks whose numbers were cleared, cells whose number alone is missing between those above and below ([4],
      none, [6]), and cells that have an output but no number;
    - cells of imports and options that were run again later;
    - empty cells, cells that hold nothing but comments or an install, cells tagged `raises-exception`; cells tagged
      `parameters` that hold nothing but constants, such as `nbprod fix` puts in;
    - a session in which [hidden-kernel-state](hidden-kernel-state.md) finds something: that says what came of it.

    ## Fix safety
    Unsafe: the outputs and numbers of all cells are cleared, and the results in them are gone until somebody runs the
    notebook. JupyterLab offers to restart the kernel and to run all cells instead, which is the better way.

    ## References
    - J. F. Pimentel et al., [Understanding and improving the quality and reproducibility of Jupyter
      notebooks](https://doi.org/10.1007/s10664-021-09961-9), Empirical Software Engineering, 2021
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        cells = notebook.code_cells
        counted = [cell for cell in cells if cell.execution_count]
        if not counted or _is_left_over(counted, cells):
            return
        if ctx.runtime is not None and _is_told(ctx):
            return
        ordered = [cell for cell in counted if not _prepares(cell) and not _is_idle(cell)]
        late = [(above, below) for above, below in pairwise(ordered) if _count_of(above) > _count_of(below)]
        last = counted[-1].index
        cleared = _cleared(cells)
        skipped = [
            cell for cell in cells if not cell.execution_count and not _has_output(cell) and cell.index not in cleared
        ]
        idle = [cell for cell in skipped if _is_idle(cell)]
        missed = [cell for cell in skipped if cell not in idle] if len(idle) < len(skipped) else []
        between = [cell for cell in missed if cell.index < last]
        if late:
            yield self._late(late, between, ctx)
        elif between or missed:
            yield self._missed(between or missed, ctx, trailing=not between)

    def _late(self, late: Sequence[tuple[Cell, Cell]], missed: Sequence[Cell], ctx: Context) -> Diagnosis:
        above, below = late[0]
        also = f", and {_count(len(missed))} never run" if missed else ""
        message = (
            f"cell {ctx.number(below.index)} ran as [{below.execution_count}], cell {ctx.number(above.index)} above it "
            f"as [{above.execution_count}]{also}: a run from the top may give other results"
        )
        others = [(ctx.cell_line(cell), "ran before the cell above it, too") for _, cell in late[1:]]
        others += [(ctx.cell_line(cell), "was not run") for cell in missed]
        related = [(ctx.cell_line(above), "ran later"), *others[:_RELATED]]
        return self.finding(ctx, ctx.cell_line(below), message, related=related, **_repair(ctx))

    def _missed(self, missed: Sequence[Cell], ctx: Context, *, trailing: bool) -> Diagnosis:
        first, *others = missed
        number = ctx.number(first.index)
        if trailing:
            more = f" and {len(others)} more" if others else ""
            message = f"cell {number}{more} at the end was not run when the notebook was saved"
        else:
            more = f", as were {len(others)} more" if others else ""
            message = f"cell {number} was not run{more}, but cells below were: a run from the top may differ"
        related = [(ctx.cell_line(cell), "was not run either") for cell in others[:_RELATED]]
        severity = INFO if trailing else None
        return self.finding(ctx, ctx.cell_line(first), message, related=related, severity=severity, **_repair(ctx))


def _is_told(ctx: Context) -> bool:
    """Whether `hidden-kernel-state` says what came of it."""
    from nbprod.kit.hidden_state import HiddenState  # noqa: PLC0415  -- most runs have no session to ask

    return bool(ctx.once(HiddenState).names)


def _repair(ctx: Context) -> dict[str, Any]:
    """What can be done about it: run everything, or keep no results that nobody can repeat."""
    action = Action(kind="restartAndRunAll")
    return {"fixes": [fixes.outputs.clear_all_fix(ctx.notebook.code_cells)], "action": action, "anchor": ""}


def _count_of(cell: Cell) -> int:
    return cell.execution_count or 0


def _is_left_over(counted: Sequence[Cell], cells: Sequence[Cell]) -> bool:
    """Whether a single number is all that stayed when the others were cleared."""
    return len(counted) == 1 and len(cells) > 2 and _count_of(counted[0]) > 1


def _cleared(cells: Sequence[Cell]) -> set[int]:
    """The cells whose numbers were cleared: the one above ran as [4], the one below as [6], and so this one as [5]."""
    found: set[int] = set()
    above, between = 0, list[int]()
    for cell in cells:
        if cell.execution_count:
            if cell.execution_count == above + len(between) + 1:
                found.update(between)
            above, between = cell.execution_count, []
        elif cell.source.strip() and not _holds_constants(cell):
            between.append(cell.index)
    return found


def _count(number: int) -> str:
    return "1 cell was" if number == 1 else f"{number} cells were"


def _has_output(cell: Cell) -> bool:
    return memoryview(cell.raw_outputs).nbytes > len("[   ]")


def _is_idle(cell: Cell) -> bool:
    """Whether it makes no difference if the cell runs: it is empty, installs something, or is not meant to run."""
    if not _NOT_RUN.isdisjoint(cell.tags) or not cell.source.strip():
        return True
    if cell.tree is None:
        return False
    if _holds_constants(cell):
        return True
    if all(isinstance(node, ast.Pass) for node in cell.tree.body):  # magics are masked by `pass`
        return all(_sets_up(magic.name, magic.args) for magic in cell.magics)
    return False


def _holds_constants(cell: Cell) -> bool:
    """`DATA_DIR = "data"`: what `nbprod fix` moves up has the value that the cells below ran with."""
    body = cell.tree.body if "parameters" in cell.tags and cell.tree is not None else []
    return bool(body) and all(isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) for node in body)


def _prepares(cell: Cell) -> bool:
    """Whether it imports and sets options, no more: most are run again for an import that was added below."""
    return cell.tree is not None and all(_is_preparation(node) for node in cell.tree.body) and not _runs_shell(cell)


def _is_preparation(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        return isinstance(function, ast.Attribute) and function.attr in _OPTIONS
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Pass)


def _runs_shell(cell: Cell) -> bool:
    return any(magic.name not in _SETS_UP and magic.name not in _OPTIONS for magic in cell.magics)


def _sets_up(name: str, args: str) -> bool:
    return name in _SETS_UP or (not name and next(iter(args.split()), "") in _SHELL_SETS_UP)
