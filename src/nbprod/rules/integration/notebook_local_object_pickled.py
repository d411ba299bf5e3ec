from collections.abc import Iterator

from nbprod.kit import Context, Diagnosis, Dimension, EventKind, Notebook, Rule, Severities, Severity, fixes, on
from nbprod.kit.blocks import brief
from nbprod.kit.models import SavedModel, is_checkpoint, path_node, saved_objects
from nbprod.kit.pickled import LocalObject, local_objects


class NotebookLocalObjectPickled(Rule):
    """A pickle that refers to a function or class of this notebook.

    ## Why is this bad?
    A pickle does not hold the code of a function or class, only where to find it: `__main__.clean`. In a service or a
    job, `__main__` is another program, and loading fails with `AttributeError: Can't get attribute 'clean'`. A lambda
    can't be pickled at all.

    ## Examples
    ```nb bad error
    # %%
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    # %%
    def clean(frame):
        return frame.fillna(0)
    # %%
    pipeline = make_pipeline(FunctionTransformer(clean), LogisticRegression())
    pipeline.fit(X_train, y_train)
    joblib.dump(pipeline, "churn.joblib")
    ```
    ```nb fixed template
    # %%
    import joblib
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    # %%
    %%writefile example_features.py
    def clean(frame):
        return frame.fillna(0)
    # %%
    from example_features import clean
    # %%
    pipeline = make_pipeline(FunctionTransformer(clean), LogisticRegression())
    pipeline.fit(X_train, y_train)
    joblib.dump(pipeline, "churn.joblib")
    ```
    ```nb bad error
    import pickle
    from sklearn.feature_extraction.text import TfidfVectorizer
    vectorizer = TfidfVectorizer(tokenizer=lambda text: text.split("|"))
    vectorizer.fit(texts)
    with open("vectorizer.pkl", "wb") as file:
        pickle.dump(vectorizer, file)
    ```
    ```nb good
    import joblib
    from features import clean
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    pipeline = make_pipeline(FunctionTransformer(clean), LogisticRegression())
    joblib.dump(pipeline.fit(X_train, y_train), "churn.joblib")
    ```
    ```nb good
    import torch
    class Net(torch.nn.Module):
        def forward(self, x):
            return x
    net = Net()
    torch.save(net.state_dict(), "net.pt")
    ```

    ## What keeps it quiet
    - functions and classes that are imported;
    - dill and cloudpickle (and so MLflow), which store the code itself;
    - weights alone (`state_dict`), and results of functions;
    - checkpoints, caches and temporary files: this notebook reads them again.

    ## Fix safety
    The template turns the cell of the definition into a module beside the notebook, and imports it. It is offered where
    the cell holds nothing else and needs nothing of the notebook but imports.

    ## References
    - Python: the module `pickle`, "What can be pickled and unpickled?"
    - scikit-learn: [Model persistence](https://www.scikit-learn.org/stable/model_persistence.html)
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on(Notebook, needs=[EventKind.PERSIST, EventKind.WRITE])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for saved in saved_objects(ctx):
            found = local_objects(saved, ctx)
            if found and not is_checkpoint(saved, ctx):
                yield self._finding(saved, found, ctx)

    def _finding(self, saved: SavedModel, found: list[LocalObject], ctx: Context) -> Diagnosis:
        path = path_node(saved.event, ctx)
        where = f"`{brief(path)}`" if path is not None else "the file"
        named = [item for item in found if not item.is_lambda]
        if len(named) < len(found):
            message = f"{where} would hold a lambda of this notebook: it can't be pickled, and the dump fails"
        else:
            names = ", ".join(f"`{item.name}`" for item in named[:3]) + (", …" if len(named) > 3 else "")
            lives = "lives" if len(named) == 1 else "live"
            message = f"{names} {lives} in this notebook: {where} will not load anywhere else"
        cells = {item.function.cell for item in named}
        plans = []
        if len(cells) == 1 and len(named) == len(found):
            plans.append(fixes.to_module.module_fix(ctx, cells.pop(), [item.name for item in named]))
        return self.finding(
            ctx,
            saved.event,
            message,
            related=[(item.function, "defined here") for item in found[:5]],
            fixes=plans,
            advice="Put what the pickle refers to into a module that both sides import.",
        )
