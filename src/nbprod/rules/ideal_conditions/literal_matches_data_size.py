from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, Event, EventKind, Rule, Severities, Severity, fixes, on
from nbprod.kit.rule import SESSION


class LiteralMatchesDataSize(Rule):
    """The number of rows or columns of today's data does not belong into the code.

    ## Why is this bad?
    `range(891)` goes over all rows of the table that was there when it was written. With next month's table it leaves
    the new rows out, without a word, or stops at the first that is missing; `reshape(891, 1)` fails at once.

    ## Examples
    ```nb bad live warning
    # %% gone
    with open("passengers.csv", "w") as out:
        out.write("fare\\n" + "".join(f"{row}\\n" for row in range(391)))
    # %%
    import pandas as pd
    passengers = pd.read_csv("passengers.csv")
    # %%
    fares = []
    for row in range(391):
        fares.append(passengers["fare"][row])
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    passengers = pd.read_csv("passengers.csv")
    # %%
    fares = []
    for row in range(len(passengers)):
        fares.append(passengers["fare"][row])
    ```
    ```nb good live
    # %% gone
    with open("passengers.csv", "w") as out:
        out.write("fare\\n" + "".join(f"{row}\\n" for row in range(100)))
    # %%
    import pandas as pd
    passengers = pd.read_csv("passengers.csv")
    # %%
    for epoch in range(100):
        print(epoch)
    ```

    ## What keeps it quiet
    - no session: a number alone says nothing;
    - numbers below 20, and numbers anywhere but where rows or columns are counted: `range`, `arange`, `reshape`,
      `zeros` and their like, slices, comparisons, `input_dim=`, `num_classes=` and the like;
    - round numbers, powers of two and the sizes of common pictures, unless the table stands in the same statement;
    - numbers in assertions, numbers that stand before the table is loaded, tables that the notebook makes up or cuts to
      a size itself.

    ## What a running kernel adds
    All of it: how many rows and columns the tables in memory have, and how many different values labels.

    ## Fix safety
    Unsafe: the number is asked of the table, and follows it.

    ## References
    - Ruff: [`magic-value-comparison`](https://docs.astral.sh/ruff/rules/magic-value-comparison), on unnamed numbers
    """

    dimension = Dimension.IDEAL_CONDITIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    def __init__(self) -> None:
        self._asked = False

    @on(EventKind.LOAD, EventKind.DB, EventKind.HTTP, needs=[SESSION])
    def check(self, _: Event, ctx: Context) -> Iterator[Diagnosis]:
        if self._asked or ctx.runtime is None or ctx.purpose.teaches:
            return
        self._asked = True
        from nbprod.kit.data_sizes import size_literals  # noqa: PLC0415  -- most runs have no session to ask

        for found in size_literals(ctx):
            ctx.cell = found.cell
            where = f"`{found.table}` (cell {ctx.number(found.made)})"
            message = f"{found.number} is how many {found.size} {where} has today: with other data this is wrong"
            yield self.finding(
                ctx,
                found,
                message,
                related=[(found.made, f"has {found.number:,} {found.size}")],
                fixes=[fixes.sizes.size_fix(ctx, found, found.expression)],
                live=True,
            )
