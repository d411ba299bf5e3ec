from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from nbprod.kit import Action, Context, Diagnosis, Dimension, Notebook, Place, Rule, Severities, Severity, on
from nbprod.kit.rule import SESSION

if TYPE_CHECKING:
    from nbprod.kit.hidden_state import HiddenState, Lost, Outdated

_NAMED: Final = 3
_RELATED: Final = 8
_NOT_READ_SINCE: Final = Severities(explore=Severity.INFO, production=Severity.WARNING)


class HiddenKernelState(Rule):
    """The kernel holds a value that the notebook, as it stands, does not give.

    ## Why is this bad?
    A kernel remembers what a cell did before it was edited or deleted. The results below rest on that memory: they look
    as if the code above them had made them, and nobody who runs the notebook will see them again. Such results are
    reported, models built on them are delivered, and the first scheduled run says something else.

    ## Examples
    The first cell was edited after it had run, and was not run again:
    ```nb bad live error
    # %% gone
    orders = [3, 5, 8]
    # %% unrun run=1
    orders = [3, 5, 8, 900]
    # %% run=2
    total = sum(orders)
    ```
    Here it was run again, but what was computed from it was not:
    ```nb bad live error
    # %% gone
    rate = 0.19
    # %% unrun run=3
    rate = 0.07
    # %% run=2
    price = 100 * (1 + rate)
    # %% gone
    rate = 0.07
    # %% unrun
    print(price)
    ```
    A deleted cell changed a list in place:
    ```nb bad live error
    # %% run=1
    features = ["age", "plan"]
    # %% gone
    features.append("churned")
    # %% run=3
    width = len(features)
    ```
    Nothing has read the value yet, so no result is wrong so far:
    ```nb bad live warning
    # %% run=1
    rows = [1, 2, 3]
    # %% run=2
    mean = sum(rows) / len(rows)
    # %% gone
    rows = rows[:1]
    ```
    ```nb good live
    # %% gone
    import math
    def area(r):
        return math.pi * r * r
    size = area(2)
    # %% unrun run=1
    import math
    # %% unrun
    def area(r):  # the cell was split in two
        return math.pi * r * r
    # %% unrun
    size = area(2)
    # %%
    print(size)
    ```
    ```nb good live
    # %% run=1
    orders = [3, 5, 8]
    # %% gone
    for order in orders:
        print(order)
    # %% run=3
    for order in orders:
        print(order + 1)
    ```

    ## What a running kernel adds
    Everything: without a session there is nothing to say. What ran, and in which order, comes from the kernel's
    history; no value is looked at.

    ## What keeps it quiet
    - code that differs in spacing and comments only; a cell that was split, joined or moved; functions that are equal;
    - imports; names that no cell reads, or that every cell sets itself before it reads them;
    - results that are only shown, where what they were computed from has changed since;
    - a cell that was run again and did the same, and one whose reader got what a run from the top would give it, too;
    - names that `%run`, `exec` or a cell that failed may have set;
    - names that no cell defines: [run-all-name-error](run-all-name-error.md) reports them.

    There is one finding for a notebook. JupyterLab offers to run those cells again that mend it, or to restart the
    kernel and run all.

    ## References
    - S. Macke et al., [Fine-grained lineage for safer notebook interactions](https://arxiv.org/abs/2012.06981), 2021
    - J. F. Pimentel et al., [Understanding and improving the quality and reproducibility of Jupyter
      notebooks](https://doi.org/10.1007/s10664-021-09961-9), Empirical Software Engineering, 2021
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook, needs=[SESSION])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if ctx.runtime is None:
            return
        from nbprod.kit.hidden_state import HiddenState  # noqa: PLC0415  -- most runs have no session to ask

        hidden = ctx.once(HiddenState)
        if not hidden.names:
            return
        ctx.runtime.told.update(hidden.names)
        readers = {cell for item in hidden.lost for cell in item.readers}
        parts = [*_lost(hidden.lost, len(readers), ctx), *_outdated(hidden.outdated, ctx)]
        first, *related = [*_places_of_lost(hidden.lost, ctx), *_places_of_outdated(hidden.outdated, ctx)]
        yield self.finding(
            ctx,
            first[0],
            "; ".join(parts),
            related=related[:_RELATED],
            severity=None if readers or hidden.outdated else _NOT_READ_SINCE,
            anchor="",
            live=True,
            action=_action(hidden, ctx),
        )


def _lost(lost: "Sequence[Lost]", readers: int, ctx: Context) -> Iterator[str]:
    if lost:
        names = list(dict.fromkeys(item.name for item in lost))
        where = ", ".join(dict.fromkeys(_where(item, ctx) for item in lost[:_NAMED]))
        were, them = ("was", "it") if len(names) == 1 else ("were", "them")
        depend = "1 later result depends" if readers == 1 else f"{readers} later results depend"
        rest = f"{depend} on {them}" if readers else f"nothing has read {them} since"
        last = "last " if all(item.is_held for item in lost) else ""
        yield f"{_listed(names)} {were} {last}set by code no longer in the notebook ({where}); {rest}"


def _where(item: "Lost", ctx: Context) -> str:
    if item.edited is None:
        return f"In[{item.run.count}]"
    return f"cell {ctx.number(item.edited.index)} edited since run"


def _outdated(outdated: "Sequence[Outdated]", ctx: Context) -> Iterator[str]:
    if outdated:
        first = outdated[0]
        names = _listed([item.name for item in outdated])
        were = "was" if len(outdated) == 1 else "were"
        since = f"cell {ctx.number(first.cell)} has not run since In[{first.again}] set it"
        yield f"{names} {were} computed from an older `{first.of}`: {since}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _places_of_lost(lost: "Sequence[Lost]", ctx: Context) -> Iterator[tuple[Place, str]]:
    for item in lost:
        uses = [use for use in ctx.model.uses if use.name == item.name]
        reading = [use for use in uses if use.cell in item.readers] or uses
        if reading:
            yield reading[0], f"reads `{item.name}`, which In[{item.run.count}] set"
        elif item.edited is None:
            cell = ctx.notebook.cells[item.readers[0]] if item.readers else ctx.cells[0]
            yield ctx.cell_line(cell), f"rests on `{item.name}`, which In[{item.run.count}] set"
        if item.edited is not None:
            yield ctx.cell_line(item.edited), f"ran as In[{item.run.count}] and was edited since"


def _places_of_outdated(outdated: "Sequence[Outdated]", ctx: Context) -> Iterator[tuple[Place, str]]:
    for item in outdated:
        note = f"ran as In[{item.ran}], before In[{item.again}] set `{item.of}`"
        yield ctx.cell_line(ctx.notebook.cells[item.cell]), note


def _action(hidden: "HiddenState", ctx: Context) -> Action:
    cells = hidden.mending_cells()
    if cells is None:
        return Action(kind="restartAndRunAll")
    return Action(kind="rerunCells", cells=tuple(ctx.notebook.cell_ref(cell) for cell in cells))
