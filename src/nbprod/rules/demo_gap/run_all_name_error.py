import ast
from collections.abc import Iterator, Mapping
from functools import cache
from math import inf
from typing import TYPE_CHECKING, Final

from nbprod.kit import (
    Context,
    Diagnosis,
    Dimension,
    Notebook,
    Place,
    Plan,
    Rule,
    Safety,
    Severities,
    Severity,
    Use,
    fixes,
    on,
)
from nbprod.kit.missing_names import (
    PYTHON_2,
    import_of,
    is_conditional,
    is_guarded,
    missing_names,
    path_to,
    runs_in,
    waits,
)

if TYPE_CHECKING:
    from nbprod.kit.lost_names import LostName

_WELL_KNOWN: Final = """
import numpy as np, pandas as pd, matplotlib.pyplot as plt, seaborn as sns, matplotlib as mpl, tensorflow as tf
import statsmodels.api as sm, statsmodels.formula.api as smf, networkx as nx, plotly.express as px
import plotly.graph_objects as go, geopandas as gpd, xarray as xr, polars as pl, dask.dataframe as dd, altair as alt
import torch, torch.nn as nn, torch.nn.functional as F, xgboost as xgb, lightgbm as lgb, jax.numpy as jnp
import os, sys, re, json, math, random, time, pickle, warnings, itertools, logging, requests, joblib, shutil, csv
import cv2, nltk, spacy, gensim, sklearn, scipy, keras, mlflow, shap, boto3, datetime, subprocess, tempfile
from pathlib import Path
from collections import Counter, defaultdict
from functools import partial
from io import BytesIO, StringIO
from copy import deepcopy
from tqdm.auto import tqdm
from PIL import Image
from bs4 import BeautifulSoup
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_score, train_test_split
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, f1_score, mean_squared_error
from sklearn.metrics import precision_recall_curve, precision_score, r2_score, recall_score, roc_auc_score, roc_curve
"""
"""The imports behind names that mean the same in nearly every notebook."""

_ELSEWHERE: Final = {
    **dict.fromkeys(PYTHON_2, "which only Python 2 has"),
    "__file__": "which scripts have and notebooks don't",
}

_BROAD: Final = ("", "Exception", "BaseException")
_UNCERTAIN: Final = Severities(Severity.INFO, Severity.WARNING)


class RunAllNameError(Rule):
    """A name must be bound by a cell that runs before it is used.

    ## Why is this bad?
    A kernel remembers what a deleted cell defined, and what a cell further down defined when it was run first. The
    notebook works for its author and fails for everybody else: a scheduled run starts with an empty memory, goes from
    the top to the bottom, and stops at the first name that nothing has bound yet.

    ## Examples
    The cell that imported pandas was deleted:
    ```nb bad error
    # %%
    import joblib
    # %%
    orders = pd.read_parquet("orders.parquet")
    ```
    ```nb fixed unsafe
    # %%
    import joblib
    import pandas as pd
    # %%
    orders = pd.read_parquet("orders.parquet")
    ```
    The order of the cells is not the order in which they were run:
    ```nb bad error
    # %%
    import pandas as pd
    orders = pd.read_parquet("orders.parquet")
    # %%
    weekly = by_week(orders)
    # %%
    def by_week(frame):
        return frame.resample("W").sum()
    ```
    A function fails only where it is called:
    ```nb bad error
    # %%
    def vat(amount):
        return amount * RATE
    # %%
    vat(120)
    ```
    It is only a warning where it depends on what happens if the line is reached:
    ```nb bad warning
    import requests
    try:
        rates = requests.get("https://api.example.com/rates", timeout=10).json()
    except requests.RequestException:
        logger.exception("no rates today")
    ```
    ```nb good
    # %%
    def vat(amount):
        return amount * RATE
    # %%
    RATE = 0.2
    vat(120)
    ```
    ```nb good
    try:
        session
    except NameError:
        session = {}
    ```

    ## What a running kernel adds
    It knows the import or the definition that the deleted cell had, and the fix puts that back.
    ```nb bad live error
    # %%
    import json
    # %% gone
    import statistics as stats
    # %%
    print(json.dumps(stats.mean([1, 2])))
    ```
    ```nb fixed live safe
    # %%
    import json
    import statistics as stats
    # %%
    print(json.dumps(stats.mean([1, 2])))
    ```
    ```nb bad live error
    # %%
    RATE = 0.2
    # %% gone
    def vat(amount):
        return amount * RATE
    # %%
    vat(120)
    ```
    ```nb fixed live safe
    # %%
    RATE = 0.2
    # %%
    def vat(amount):
        return amount * RATE
    # %%
    vat(120)
    ```

    ## What keeps it quiet
    - names that may come from somewhere else: `from x import *`, `%run`, `%pylab`, `%store -r`, `exec`, a write into
      `globals()`, the text of magics such as `%%sql` or `%%cython`, a cell that Python can't parse;
    - names that IPython or the platform provides (`display`, `spark`, `dbutils`);
    - functions that nobody calls; functions given to other code, if the name is bound further down;
    - `try … except NameError`, `"x" in globals()`, and cells tagged `raises-exception`;
    - a loop that binds the name in an earlier round, a function that binds it with `global`;
    - exercises with blanks for the reader.

    There is one finding for each name, at its first use.

    ## Fix safety
    - Unsafe: the import is the one that a later cell has, or the usual one for that name (`pd` is pandas).
    - Safe: a session still knows the name, and an import, a function, a class or a literal is put back as it ran there.
      What had to be computed is unsafe, and so is what stood in a cell that was edited.

    ## References
    - Ruff: `undefined-name` (F821), which sees a notebook as one module
    - J. F. Pimentel et al., [Understanding and improving the quality and reproducibility of Jupyter
      notebooks](https://doi.org/10.1007/s10664-021-09961-9), Empirical Software Engineering, 2021
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.WARNING, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook)
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for use in ctx.once(missing_names):
            yield self._finding(use, ctx)

    def _finding(self, use: Use, ctx: Context) -> Diagnosis:
        related: list[tuple[Place, str]] = []
        if use.via is not None:
            related.append((use.via, "this call reaches it"))
        why, place, note = _reason(use, ctx)
        if place is not None:
            related.append((place, note))
        lost = _lost(use, ctx)
        plans = _plans(use, lost, ctx)
        if any(is_guarded(stmt, *_BROAD) for stmt in path_to(use)):
            certain, what = False, "the `except` around it hides the NameError"
        elif any(map(is_conditional, path_to(use))) or waits(use):
            certain, what = False, "a run that gets here stops with a NameError"
        else:
            certain, what = True, "a fresh run stops here with a NameError"
        return self.finding(
            ctx,
            use,
            f"{_subject(use, ctx)} uses `{use.name}`, {why}{_remembered(lost, ctx)}: {what}",
            related=related,
            fixes=plans,
            severity=None if certain else _UNCERTAIN,
            live=lost is not None,
        )


# -- how to say it ----------------------------------------------------------------------------------


def _subject(use: Use, ctx: Context) -> str:
    if use.via is None or use.function is None:
        return f"cell {ctx.number(use)}"
    name = "a lambda" if use.function.name == "<lambda>" else f"`{use.function.name}`"
    return f"{name}, run by cell {ctx.number(use.via)},"


def _reason(use: Use, ctx: Context) -> tuple[str, Place | None, str]:
    """Why the name is not bound, a place that shows it, and a note for that."""
    if use.name in _ELSEWHERE:
        return _ELSEWHERE[use.name], None, ""
    deleted = ctx.model.deletion(use.name)
    bindings = ctx.model.bindings(use.name)
    if deleted is not None and bindings and bindings[0].cell <= deleted.cell <= runs_in(use):
        return f"which cell {ctx.number(deleted)} deletes", deleted, "deleted here"
    if bindings:
        later = bindings[0]
        if later.cell == use.cell and use.via is None and getattr(later.node, "lineno", inf) < use.node.lineno:
            return "which only another branch defines", later, "defined here"
        where = "further down in the same cell" if later.cell == runs_in(use) else f"only in cell {ctx.number(later)}"
        return f"which is defined {where}", later, "defined here"
    return "which no earlier cell defines", None, ""


def _lost(use: Use, ctx: Context) -> "LostName | None":
    if ctx.runtime is None or use.name in _ELSEWHERE:
        return None
    from nbprod.kit.lost_names import lost_name  # noqa: PLC0415  -- most runs have no session to ask

    return lost_name(ctx, use.name)


def _remembered(lost: "LostName | None", ctx: Context) -> str:
    """Why the name can be read all the same, in this session."""
    if lost is None:
        return ""
    if lost.run is None:
        module, name = lost.imported or ("", None)
        return f"; it exists only because this session has imported `{f'{module}.{name}' if name else module}`"
    if lost.edited is not None:
        return f"; it exists only because cell {ctx.number(lost.edited.index)} was edited after In[{lost.run.count}]"
    return f"; it exists only because of a deleted cell (In[{lost.run.count}])"


# -- how to mend it ---------------------------------------------------------------------------------


def _plans(use: Use, lost: "LostName | None", ctx: Context) -> list[Plan]:
    """What a session still knows of the name is put back; else it is imported, if that can be guessed."""
    if lost is None:
        plan = _import_plan(use, ctx)
        return [plan] if plan is not None else []
    if lost.imported is not None:
        return [fixes.missing_import.import_fix(ctx, use, *lost.imported, safety=Safety.SAFE)]
    from nbprod.kit.lost_names import definition_of  # noqa: PLC0415  -- most runs have no session to ask

    found = definition_of(ctx, lost, use)
    return [fixes.missing_import.definition_fix(use.name, found[0], runs_in(use), found[1])] if found else []


def _import_plan(use: Use, ctx: Context) -> Plan | None:
    """Import what a later cell imports under this name, or what nearly everybody does."""
    bindings = ctx.model.bindings(use.name)
    wanted = import_of(bindings[0].node, use.name) if bindings else _well_known().get(use.name)
    if wanted is None or (not bindings and wanted[1] is None and not _is_module(use, ctx)):
        return None
    return fixes.missing_import.import_fix(ctx, use, *wanted)


@cache
def _well_known() -> Mapping[str, tuple[str, str | None]]:
    """Module and name of the usual imports, by the name that they bind."""
    return {
        item.asname or item.name: wanted
        for node in ast.parse(_WELL_KNOWN).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for item in node.names
        if (wanted := import_of(node, item.asname or item.name))
    }


def _is_module(use: Use, ctx: Context) -> bool:
    """Whether the name is used as modules are: `time.sleep`, but not `time + 1`."""
    cell, _, end = ctx.offsets(use)
    return cell.source.startswith(".", end)
