"""The rule `personal-schema`."""

import re
from collections.abc import Iterator

from nbprod.kit import Confidence, Context, Diagnosis, Dimension, Event, EventKind, Rule, Severities, Severity, on

_SANDBOX = re.compile(r"\b(sandbox_(\w+))\.\w+", re.IGNORECASE)


class PersonalSchema(Rule):
    """A table in somebody's sandbox is gone after ninety days.

    ## Why is this bad?
    Sandbox schemas belong to one person, and Acme empties them after ninety days. A job that reads one stops then, or
    earlier, when its owner leaves.

    ## Examples
    ```nb bad
    # %%
    import pandas as pd
    from sqlalchemy import create_engine
    engine = create_engine(URL)
    # %%
    orders = pd.read_sql("SELECT id, total FROM sandbox_ada.orders", engine)
    ```
    ```nb bad info explore
    import pandas as pd
    orders = pd.read_sql("SELECT id, total FROM sandbox_ada.orders", engine)
    ```
    ```nb good
    import pandas as pd
    orders = pd.read_sql("SELECT id, total FROM sales.orders", engine)
    ```

    ## References
    - The data platform's handbook, "Sandboxes"
    """

    dimension = Dimension.OWNERSHIP
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    confidence = Confidence.HIGH
    since = "1.0"

    @on(EventKind.LOAD, EventKind.DB)
    def check(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        """Look at each query whose text is known."""
        found = _SANDBOX.search(event.path.text or "") if event.path is not None else None
        if found is not None:
            message = f"`{found[0]}` lies in the sandbox of {found[2]}: it is emptied after 90 days, and the job stops"
            yield self.finding(ctx, event, message, advice=f"Ask the data platform to move `{found[0]}` to a schema of the team.")
