from collections.abc import Iterator
from typing import TYPE_CHECKING

from nbprod.kit import Context, Diagnosis, Dimension, EventKind, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.model_records import ModelRecords
from nbprod.kit.models import SavedModel, is_checkpoint, path_node, saved_models

if TYPE_CHECKING:
    from nbprod.evidence import Estimator


class ModelSavedWithoutLineage(Rule):
    """A model is saved, and nothing with it says what it was made from.

    ## Why is this bad?
    A pickle holds weights and the version of one library. In three months somebody asks which data it learned from,
    with which parameters, how good it was, and whether it can be made again. Then the notebook has changed, the data
    has grown, and the only way to find out is to train another model.

    ## Examples
    ```nb bad
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    df = pd.read_csv("churn.csv")
    # %%
    model = LogisticRegression().fit(df[["age", "calls"]], df["left"])
    auc = roc_auc_score(df["left"], model.predict_proba(df[["age", "calls"]])[:, 1])
    # %%
    joblib.dump(model, "churn.joblib")
    ```
    ```nb fixed template
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    import hashlib
    import json
    from datetime import datetime, timezone
    from importlib.metadata import version
    from pathlib import Path
    df = pd.read_csv("churn.csv")
    # %%
    model = LogisticRegression().fit(df[["age", "calls"]], df["left"])
    auc = roc_auc_score(df["left"], model.predict_proba(df[["age", "calls"]])[:, 1])
    # %%
    joblib.dump(model, "churn.joblib")
    metadata = {
        "model": type(model).__name__,
        "trained_at": datetime.now(timezone.utc).isoformat(),
        "versions": {"scikit-learn": version("scikit-learn")},
        "parameters": model.get_params(),
        "data": {"source": "churn.csv", "sha256": hashlib.sha256(Path("churn.csv").read_bytes()).hexdigest()},
        "metrics": {"auc": auc},
    }
    Path("churn.joblib").with_suffix(".json").write_text(json.dumps(metadata, indent=2, default=str))
    ```
    ```nb good
    import mlflow
    from sklearn.linear_model import LogisticRegression
    with mlflow.start_run():
        model = LogisticRegression().fit(X, y)
        mlflow.sklearn.log_model(model, name="churn")
    ```
    ```nb good
    import json
    import joblib
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression().fit(X_train, y_train)
    joblib.dump(model, "churn.joblib")
    with open("churn.json", "w") as file:
        json.dump({"trained_at": now, "rows": len(X_train), "auc": auc, "features": list(X_train.columns)}, file)
    ```

    ## What a running kernel adds
    The message names the version that made the model, and how many columns it takes; the template also writes down
    their names, where the fitted model holds them, and asks for the version of the package that is really installed.
    ```nb bad live warning
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import Ridge
    # %%
    df = pd.DataFrame({"price": [1, 2, 3], "week": [4, 1, 2], "sold": [0.5, 1.0, 0.5]})
    model = Ridge().fit(df[["price", "week"]], df["sold"])
    # %%
    joblib.dump(model, "demand.joblib")
    ```
    ```nb fixed live template
    # %%
    import joblib
    import pandas as pd
    from sklearn.linear_model import Ridge
    import json
    from datetime import datetime, timezone
    from importlib.metadata import version
    from pathlib import Path
    # %%
    df = pd.DataFrame({"price": [1, 2, 3], "week": [4, 1, 2], "sold": [0.5, 1.0, 0.5]})
    model = Ridge().fit(df[["price", "week"]], df["sold"])
    # %%
    joblib.dump(model, "demand.joblib")
    metadata = {
        "model": type(model).__name__,
        "trained_at": datetime.now(timezone.utc).isoformat(),
        "versions": {"scikit-learn": version("scikit-learn")},
        "parameters": model.get_params(),
        "features": list(model.feature_names_in_),
        "data": "TODO(nbprod): which data, and its version or hash",
        "metrics": "TODO(nbprod): how good it is, on which data",
    }
    Path("demand.joblib").with_suffix(".json").write_text(json.dumps(metadata, indent=2, default=str))
    ```

    ## What keeps it quiet
    - a run of MLflow, W&B or another tracker, also by `autolog`;
    - a dictionary saved with the model or beside it that holds three of: data, parameters, metrics, versions, code,
      time, features; a file called metadata whose content can't be seen;
    - checkpoints while it is being trained, caches and temporary files;
    - scalers, feature caches and models that were only downloaded.

    ## Fix safety
    The template writes a JSON file with what is known in the notebook. What is not known is left for you to fill in.

    ## References
    - scikit-learn: [Model persistence](https://www.scikit-learn.org/stable/model_persistence.html)
    - Breck et al.: [The ML Test Score](https://research.google.com/pubs/pub45742.html)
    """

    dimension = Dimension.MAINTENANCE
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        models = saved_models(ctx)
        if not models:
            return
        records = ModelRecords(ctx)
        for saved in models:
            missing = records.missing(saved)
            if not missing or is_checkpoint(saved, ctx):
                continue
            path = path_node(saved.event, ctx)
            where = f"saved to `{brief(path, 50)}`" if path is not None else f"that `{ctx.text(saved.event, 50)}` saves"
            what = f"{', '.join(missing[:3])} or {missing[3]}" if len(missing) > 3 else " or ".join(missing)
            known = _known(saved, ctx)
            of = _origin(known, ctx) if known is not None else "what it was made from"
            message = f"the model {where} carries no record of its {what}: nobody can tell later {of}"
            plan = fixes.models.metadata_fix(ctx, saved, known)
            yield self.finding(ctx, saved.event, message, fixes=[plan], live=known is not None)


def _known(saved: SavedModel, ctx: Context) -> "Estimator | None":
    if ctx.runtime is None:
        return None
    from nbprod.kit.fitted import fitted_estimator  # noqa: PLC0415  -- most runs have no session to ask

    return fitted_estimator(ctx, saved)


def _origin(known: "Estimator", ctx: Context) -> str:
    """What a session knows of it, and a file with the model alone does not say."""
    from nbprod.kit.fitted import made_by  # noqa: PLC0415  -- most runs have no session to ask

    count = known.feature_count
    columns = f" from {count} column{'s' if count != 1 else ''}" if count else ""
    return f"that {made_by(ctx, known) or 'this kernel'} made it{columns}, and of which data"
