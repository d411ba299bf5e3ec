from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, Event, EventKind, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.model_inputs import preparation_name, preparations
from nbprod.kit.models import is_checkpoint, path_node, saved_models


class UnpersistedPreprocessing(Rule):
    """A model is saved without the transformers that its features went through.

    ## Why is this bad?
    Whoever loads the model has to give it the same numbers that it was trained on: scaled by the same means, with the
    same columns in the same order. Those were learned here, and are gone when the kernel stops. A scaler that is
    fitted again on new data gives other numbers, and the model answers all the same.

    ## Examples
    ```nb bad error
    # %%
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler()
    X_scaled = scaler.fit_transform(X_train)
    # %%
    model = LogisticRegression()
    model.fit(X_scaled, y_train)
    joblib.dump(model, "churn.joblib")
    ```
    ```nb fixed unsafe
    # %%
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler()
    X_scaled = scaler.fit_transform(X_train)
    # %%
    model = LogisticRegression()
    model.fit(X_scaled, y_train)
    joblib.dump(make_pipeline(scaler, model), "churn.joblib")
    ```
    Columns that `get_dummies` made of the categories of today:
    ```nb bad error
    import joblib
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    df = pd.read_csv("loans.csv")
    X = pd.get_dummies(df.drop(columns=["default"]))
    model = RandomForestClassifier(random_state=0).fit(X, df["default"])
    joblib.dump(model, "loans.joblib")
    ```
    ```nb fixed unsafe
    import joblib
    import pandas as pd
    from sklearn.ensemble import RandomForestClassifier
    df = pd.read_csv("loans.csv")
    X = pd.get_dummies(df.drop(columns=["default"]))
    model = RandomForestClassifier(random_state=0).fit(X, df["default"])
    joblib.dump({"model": model, "columns": list(X.columns)}, "loans.joblib")
    ```
    ```nb good
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    pipeline.fit(X_train, y_train)
    joblib.dump(pipeline, "churn.joblib")
    ```
    ```nb good
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    scaler = StandardScaler()
    model = LogisticRegression().fit(scaler.fit_transform(X_train), y_train)
    joblib.dump(model, "churn.joblib")
    joblib.dump(scaler, "scaler.joblib")
    ```

    ## What keeps it quiet
    - a transformer that is saved, too: in a tuple or dictionary, in a pipeline, in a file or artefact of its own;
    - for `get_dummies`, a list of the columns that is saved;
    - what learns nothing (`Normalizer`, `HashingVectorizer`), encoders of the target, and layers of the network itself;
    - checkpoints, and saved data that is no model.

    ## Fix safety
    Unsafe: the file then holds a pipeline, or a dictionary, and whoever loads it gets that in place of the model.

    ## References
    - scikit-learn: [Model persistence](https://www.scikit-learn.org/stable/model_persistence.html)
    - Google: [Rules of Machine Learning](https://developers.google.com/machine-learning/rules-of-ml/), rule 32
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for saved in saved_models(ctx):
            missing = [] if is_checkpoint(saved, ctx) else preparations(saved, ctx)
            if not missing:
                continue
            path = path_node(saved.event, ctx)
            where = f" to `{brief(path)}`" if path is not None else ""
            message = (
                f"the model saved{where} depends on {_list(missing, ctx)}, which is saved nowhere: "
                "callers cannot rebuild its input"
            )
            yield self.finding(
                ctx,
                saved.event,
                message,
                fixes=[fixes.model_inputs.keep_fix(ctx, saved, missing)],
                related=[(event, "learned here") for event in missing[:5]],
                anchor="",
            )
            return


def _list(missing: list[Event], ctx: Context) -> str:
    names = list(dict.fromkeys(f"`{preparation_name(event, ctx)}` (cell {ctx.number(event)})" for event in missing))
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
