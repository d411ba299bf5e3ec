from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from nbprod.kit import INFO, Context, Diagnosis, Dimension, Event, EventKind, Notebook, Rule, fixes, lazy_pattern, on
from nbprod.kit.findings import HOLE
from nbprod.kit.headers import opening, statement

_FEW: Final = 8
"""Words that say less than a sentence."""
_CELLS: Final = 3
_MOST: Final = 5
_WORD: Final = lazy_pattern(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{2}|[^\W\d_]{2,}")
_PLAIN_WORD: Final = lazy_pattern(r"[A-Za-z]{2,}")  # of ASCII: the other one takes long to compile
_INTERFACE: Final = lazy_pattern(r"\b(?i:inputs?|outputs?|reads|writes|parameters)\b[*_]{0,3}[ \t]*:")
_DEFAULT: Final = lazy_pattern(r"(?i)untitled\d*|notebook\d*|new[ _-]?notebook|copy of .*|.*-copy\d*")
_SECRETS: Final = lazy_pattern(r"\?.*|(?<=//)[^/@\s]*@")
_OWNER: Final = f"**Owner:** {HOLE}"
"""A hole that another rule asks to be filled in."""


class NoPurposeHeader(Rule):
    """Nothing on top says what the notebook is for, what it reads and what it writes.

    ## Why is this bad?
    Whoever takes the notebook over has to read all of it to learn whether it is the one that makes the report, an
    experiment, or a copy of either; and which files must be there before it runs.

    ## Examples
    ```nb bad info
    # %%
    import pandas as pd
    # %%
    orders = pd.read_parquet("orders.parquet")
    # %%
    orders.groupby("week").sum().to_csv("weekly.csv")
    ```
    ```nb fixed template
    # %% [markdown]
    # Example

    TODO(nbprod): what this notebook is for, and for whom.

    - **Reads:** `orders.parquet`
    - **Writes:** `weekly.csv`
    # %%
    import pandas as pd
    # %%
    orders = pd.read_parquet("orders.parquet")
    # %%
    orders.groupby("week").sum().to_csv("weekly.csv")
    ```
    A title alone says little:
    ```nb bad info
    # %% [markdown]
    # Weekly orders
    # %%
    import pandas as pd
    # %%
    orders = pd.read_parquet("orders.parquet")
    # %%
    orders.describe()
    ```
    ```nb fixed template
    # %% [markdown]
    # Weekly orders

    TODO(nbprod): what this notebook is for, and for whom.

    - **Reads:** `orders.parquet`
    # %%
    import pandas as pd
    # %%
    orders = pd.read_parquet("orders.parquet")
    # %%
    orders.describe()
    ```
    ```nb good
    # %% [markdown]
    # Weekly orders
    Sums the orders of the shop by week, for the report to the purchasing team.
    # %%
    import pandas as pd
    # %%
    orders = pd.read_parquet("orders.parquet")
    # %%
    orders.describe()
    ```

    ## What keeps it quiet
    - a title and a sentence about the notebook in its first cells, or a list of what it reads and writes;
    - notebooks of less than three cells of code.

    ## Fix safety
    Template: inputs, parameters and outputs are those that nbprod found; the purpose is left to be written.

    ## References
    - [pynblint](https://github.com/collab-uniba/pynblint): missing-h1-MD-heading
    """

    dimension = Dimension.OWNERSHIP
    severity = INFO
    since = "0.1"
    absence = True

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        if sum(1 for cell in notebook.code_cells if cell.source.strip() and not cell.is_injected) < _CELLS:
            return
        titled = opening(ctx) is not None
        text = statement(ctx)
        words = len((_PLAIN_WORD if text.isascii() else _WORD).findall(text[:2_000]))
        says = words >= _FEW or _INTERFACE.search(text) is not None
        is_open = HOLE in text.replace(_OWNER, "")
        if titled and says and not is_open:
            return
        message = "there is a title, but no sentence that says what this notebook is for, reads and writes"
        if not titled:
            message = "the first cells lack a title: nothing on top says what this notebook is for, reads and writes"
        plan = fixes.header.purpose_fix(ctx, _title(ctx), partial(_facts, ctx))
        if not titled and says:
            message = (
                "the first cells say something of this notebook, but under no title: a heading that begins with `# `"
            )
            plan = fixes.header.title_fix(ctx, _title(ctx))
        elif titled and says:
            message = f"the header is not finished: fill in what `{HOLE}` asks for"
        shown = [] if is_open else [plan]
        yield self.finding(ctx, ctx.cell_span(0, 0, 0), message, fixes=shown)


def _title(ctx: Context) -> str:
    """A title made of the file's name."""
    stem = ctx.path.stem
    words = " ".join(stem.replace("_", " ").replace("-", " ").split())
    return HOLE if not words or _DEFAULT.fullmatch(stem) else words[0].upper() + words[1:]


def _facts(ctx: Context) -> list[str]:
    """What the notebook reads, takes and writes, as far as it shows."""
    sources = ctx.model.events_of(EventKind.LOAD, EventKind.HTTP)
    names = [
        binding.name
        for cell in ctx.cells
        if "parameters" in cell.tags
        for name in ctx.model.bound_names
        for binding in ctx.model.bindings(name)
        if binding.cell == cell.index
    ]
    deliveries = ctx.purpose.deliveries
    found = {
        "Reads": _paths([event for event in sources if event not in deliveries]),
        "Parameters": [f"`{name}`" for name in dict.fromkeys(names)],
        "Writes": _paths(deliveries),
    }
    return [f"- **{label}:** {_listed(items)}" for label, items in found.items() if items]


def _paths(events: Sequence[Event]) -> list[str]:
    texts = (_SECRETS.sub("", event.path.text or "") for event in events if event.path is not None)
    return [f"`{text}`" for text in dict.fromkeys(texts) if text and len(text) <= 100 and text.isprintable()
            and "`" not in text]  # fmt: skip


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:_MOST]) + (", …" if len(items) > _MOST else "")
