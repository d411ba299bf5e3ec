from collections.abc import Iterator
from typing import Final

from nbprod.kit import Context, Diagnosis, Dimension, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.purpose import DELIVERIES
from nbprod.kit.settings import is_set_from_outside, settings_of

_FEWEST: Final = 3
_NAMED: Final = 3
_RELATED: Final = 5


class NotParameterised(Rule):
    """The constants that decide what a run reads and writes can't be set from outside.

    ## Why is this bad?
    To run the notebook for another week, customer or test environment somebody has to edit its code. The copies that
    come of that drift apart, and a scheduler can't do it at all.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    # %%
    orders = pd.read_csv("orders_2024.csv")
    prices = pd.read_csv("prices.csv")
    # %%
    orders.merge(prices).to_csv("revenue.csv")
    ```
    ```nb fixed safe
    # %%
    import pandas as pd
    # %% tags=["parameters"]
    ORDERS_CSV = "orders_2024.csv"
    PRICES_CSV = "prices.csv"
    REVENUE_CSV = "revenue.csv"
    # %%
    orders = pd.read_csv(ORDERS_CSV)
    prices = pd.read_csv(PRICES_CSV)
    # %%
    orders.merge(prices).to_csv(REVENUE_CSV)
    ```
    ```nb good
    # %%
    import os
    import pandas as pd
    # %%
    folder = os.environ.get("DATA_DIR", "data")
    orders = pd.read_csv(folder + "/orders.csv")
    prices = pd.read_csv("prices.csv")
    # %%
    orders.merge(prices).to_csv("revenue.csv")
    ```
    ```nb good
    import pandas as pd
    print(len(pd.read_csv("orders.csv")), len(pd.read_csv("prices.csv")), len(pd.read_csv("shops.csv")))
    ```

    ## What keeps it quiet
    - a notebook that delivers nothing, and one that teaches;
    - fewer than three such constants: files, addresses, tables, models, and named constants that go into these calls;
    - a cell tagged `parameters`, widgets, `#@param`, arguments, a settings file or module, an environment variable that
      is no secret.

    ## Fix safety
    Safe: the same values move to a cell tagged `parameters`.

    ## References
    - [papermill](https://github.com/nteract/papermill): parameterizing notebooks
    """

    dimension = Dimension.MAINTENANCE
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"
    absence = True

    @on(Notebook, needs=DELIVERIES)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if not ctx.purpose.delivers or ctx.purpose.teaches:
            return
        settings = settings_of(ctx)
        if len(settings) < _FEWEST or is_set_from_outside(ctx):
            return
        first, *others = settings
        named = ", ".join(setting.shown for setting in settings[:_NAMED]) + (", …" if len(settings) > _NAMED else "")
        yield self.finding(
            ctx,
            first,
            f"{len(settings)} constants decide what this run reads and writes ({named}); none can be set from outside",
            related=[(setting, "another one") for setting in others[:_RELATED]],
            fixes=[fixes.parameters.parameters_fix(ctx, settings)],
        )
