from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprod.kit import Context, Diagnosis, Dimension, Event, EventKind, Plan, Rule, Severities, Severity, fixes, on
from nbprod.kit.rule import SESSION

if TYPE_CHECKING:
    from nbprod.kit.memory_use import Load

_CHUNKS = "Read it in chunks (`chunksize=`), let the database do the first step, or ask for a machine of another size."


class MemoryHeadroom(Rule):
    """A table that takes much of this machine's memory takes all of a smaller one's.

    ## Why is this bad?
    Most steps of pandas make a copy, so that a table of a third of the memory is one step away from its end. The data
    grow, a worker of the scheduler has less memory than a laptop, and a process that is out of it is killed without a
    message.

    ## Examples
    On a machine of very little memory, to stand for a large table on a usual one:
    ```nb bad live warning
    # %% memory=2000
    # %% file=flats.csv
    area,rooms,floor,rent
    30,1,2,400
    50,2,0,600
    # %%
    import pandas as pd
    # %%
    flats = pd.read_csv("flats.csv")
    # %%
    flats["rent"].mean()
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    # %%
    flats = pd.read_csv("flats.csv", usecols=["rent"])
    # %%
    flats["rent"].mean()
    ```
    ```nb good live
    # %%
    import pandas as pd
    readings = pd.DataFrame({"level": range(1000)})
    again = readings.copy()
    ```

    ## What keeps it quiet
    - no session, and a machine that does not say how much memory it has;
    - tables under a quarter of the memory, copies that take less than a tenth of it together, tables under a twentieth
      of which few columns are read;
    - names for the same table, and parts of one that pandas copies only when they are changed.

    ## What a running kernel adds
    All of it: the size of the tables in memory, and that of the memory.

    ## Fix safety
    Unsafe: only the columns are read that the notebook names. It is offered where all that the notebook does with the
    table is to pick columns out of it.

    ## References
    - pandas: [Scaling to large datasets](https://pandas.pydata.org/docs/user_guide/scale.html)
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    def __init__(self) -> None:
        self._asked = False

    @on("pandas.DataFrame", EventKind.LOAD, EventKind.DB, needs=[SESSION])
    def check(self, _: object, ctx: Context) -> Iterator[Diagnosis]:
        if self._asked or ctx.runtime is None:
            return
        self._asked = True
        from nbprod.kit.memory_use import load_of  # noqa: PLC0415  -- most runs have no session to ask

        load = load_of(ctx)
        if load is not None:
            first, *others = load.tables
            yield self.finding(
                ctx,
                first,
                load.message,
                related=[(other, f"`{other.name}` is a copy") for other in others[:5]],
                fixes=_plans(load, ctx),
                advice=load.advice or _CHUNKS,
                live=True,
            )


def _plans(load: "Load", ctx: Context) -> list[Plan]:
    event: Event | None = load.event
    can = event is not None and load.used and fixes.types.takes_columns(event)
    return [fixes.types.only_columns_fix(ctx, event, load.used)] if event is not None and can else []
