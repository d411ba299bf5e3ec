from collections.abc import Iterator

from nbprod.kit import (
    BOUNDARIES,
    INFO,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Notebook,
    Place,
    Rule,
    Severities,
    Severity,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.owners import owner

_DOES = {
    EventKind.PERSIST: "saves",
    EventKind.WRITE: "writes",
    EventKind.DB: "writes",
    EventKind.HTTP: "sends to",
    EventKind.SERVE: "serves",
}
_SECRETS = lazy_pattern(r"\?.*|(?<=//)[^/@\s]*@")


class NoOwner(Rule):
    """Nobody is named who answers for what this notebook delivers.

    ## Why is this bad?
    When a run fails at night, or a number looks wrong, whoever notices must know whom to ask. The author whom the
    history of the repository names may have changed teams since.

    ## Examples
    ```nb bad warning
    # %% [markdown]
    # Churn
    # %%
    import pandas as pd
    scores = pd.read_parquet("customers.parquet")
    scores.to_csv("scores.csv")
    ```
    ```nb fixed template
    # %% [markdown]
    # Churn

    **Owner:** TODO(nbprod)
    # %%
    import pandas as pd
    scores = pd.read_parquet("customers.parquet")
    scores.to_csv("scores.csv")
    ```
    A notebook that delivers nothing is asked quietly:
    ```nb bad info
    import pandas as pd
    pd.read_parquet("customers.parquet").describe()
    ```
    ```nb fixed template
    # %% [markdown]
    **Owner:** TODO(nbprod)
    # %%
    import pandas as pd
    pd.read_parquet("customers.parquet").describe()
    ```
    ```nb good
    # %% [markdown]
    # Churn
    Owner: data-platform@example.org
    # %%
    import pandas as pd
    pd.read_parquet("customers.parquet").to_csv("scores.csv")
    ```

    ## What keeps it quiet
    - a line such as `Owner:`, `Contact:`, `Team:` or `Author:` in the first three Markdown cells or the
      first code cell;
    - `owner` in the notebook's metadata below `nbprod`, or its list of `authors`;
    - the project: a line of CODEOWNERS that matches the notebook, `owner:` in catalog-info.yaml, authors or maintainers
      of the package in pyproject.toml, setup.cfg or setup.py;
    - a notebook that teaches, and one that touches nothing and fits nothing.

    The author of a commit does not count.

    ## Fix safety
    Template: the line is there, the name is not.

    ## References
    - [The CODEOWNERS format](https://sourcegraph.com/docs/code-ownership/codeowners-format)
    - M. Zinkevich, Rules of Machine Learning, rule 11
    """

    dimension = Dimension.OWNERSHIP
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"
    absence = True

    @on(Notebook, needs=[*BOUNDARIES, EventKind.FIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        deliveries = ctx.purpose.deliveries
        if not (deliveries or ctx.model.events_of(*BOUNDARIES, EventKind.FIT)) or ctx.purpose.teaches:
            return
        if owner(ctx) is not None:
            return
        first = deliveries[0] if deliveries else None
        place: Place = first or ctx.cell_span(0, 0, 0)
        message = "no owner is named: nobody knows whom to ask about this notebook"
        if first is not None:
            message = f"no owner is named for a notebook that {_does(first)}: nobody knows whom to ask when it fails"
        yield self.finding(
            ctx, place, message, fixes=[fixes.header.owner_fix(ctx)], severity=None if first is not None else INFO
        )


def _does(event: Event) -> str:
    path = _SECRETS.sub("", event.path.text or "") if event.path is not None else ""
    what = f"`{path}`" if path and len(path) <= 60 and "`" not in path else {
        EventKind.PERSIST: "a model", EventKind.DB: "a table", EventKind.HTTP: "a service", EventKind.SERVE: "a model",
    }.get(event.kind, "files")  # fmt: skip
    return f"{_DOES.get(event.kind, 'writes')} {what}"
