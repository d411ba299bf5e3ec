import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    INFO,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Notebook,
    Plan,
    Rule,
    Severities,
    Severity,
    Value,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.installs import installs
from nbprod.kit.provenance import LoadedFrom, Provenance

_FROM_NETWORK: Final = Severities(explore=Severity.ERROR, production=Severity.ERROR)
_NEEDLES: Final = {
    "trust_remote_code": "runs Python that comes with what it loads: whoever can change that runs code here",
    "allow_dangerous_deserialization": "unpickles an index: whoever can change its files runs code here",
    "safe_mode": "builds lambdas out of the file: whoever can change it runs code here",
}
"""Keywords that allow code to run, by the value that does so, and what comes of it."""

_ALLOWS: Final = {"safe_mode": False}
_SHA: Final = lazy_pattern(r"[0-9a-f]{7,40}")
_LOCAL: Final = lazy_pattern(r"\.{0,2}/|~|[A-Za-z]:\\")
_OLD_TORCH: Final = lazy_pattern(r"torch(?:\[[^\]]*\])?\s*={1,3}\s*(?:0|1|2\.[0-5])(?:\.|$|\+).*")
_UNSAFE_LOADERS: Final = frozenset({"yaml.Loader", "yaml.UnsafeLoader", "yaml.CLoader", "yaml.loader.Loader"})
_PICKLE_ADVICE: Final = (
    "Exchange data as Parquet or JSON, weights as safetensors, scikit-learn models with skops. Where it has to be a "
    "pickle, compare its SHA-256 with a known one before it is loaded."
)
_REMOTE_ADVICE: Final = (
    "Read the code at one commit and pass that as `revision`; or use a model that needs none of its own."
)


class UnsafeDeserialisation(Rule):
    """Loading a pickle runs whatever code its author put in.

    ## Why is this bad?
    A pickle is a program that builds objects, and it may call anything on the way. Whoever can put a file where the
    notebook looks for one runs code with the rights of the job: its credentials, its network, its data. joblib files,
    most model files of PyTorch, object arrays of NumPy and YAML with the wrong loader are pickles, or as powerful.

    ## Examples
    ```nb bad warning
    # %%
    import pickle
    # %%
    with open("model.bin", "rb") as file:
        model = pickle.load(file)
    ```
    From an address it is an error:
    ```nb bad error
    import pandas as pd
    frame = pd.read_pickle("https://example.org/orders.pkl")
    ```
    ```nb bad
    import torch
    model = torch.load("model.pt", weights_only=False)
    ```
    ```nb fixed unsafe
    import torch
    model = torch.load("model.pt", weights_only=True)
    ```
    ```nb bad
    import yaml
    with open("settings.yaml") as file:
        settings = yaml.load(file, Loader=yaml.Loader)
    ```
    ```nb fixed unsafe
    import yaml
    with open("settings.yaml") as file:
        settings = yaml.safe_load(file)
    ```
    ```nb bad
    import numpy as np
    rows = np.load("rows.npy", allow_pickle=True)
    ```
    ```nb fixed unsafe
    import numpy as np
    rows = np.load("rows.npy", allow_pickle=False)
    ```
    ```nb good
    # %%
    import joblib
    joblib.dump(model, "model.joblib")
    # %%
    model = joblib.load("model.joblib")
    ```
    ```nb good
    import torch, yaml
    weights = torch.load("weights.pt")
    settings = yaml.safe_load("a: 1")
    ```

    ## What keeps it quiet
    - a file that the same notebook writes, a cache included, or under names that begin alike, but not one that it has
      downloaded; what an object has pickled of itself;
    - `torch.load` without `weights_only`, unless the notebook installs PyTorch before 2.6, where that ran code;
    - `trust_remote_code` for code in a local folder; with a commit as `revision` it is only information.

    ## Fix safety
    Unsafe: what the file holds besides data (whole models, arrays of objects, Python tags) is refused.

    ## References
    - [pickle: the warning at the top](https://docs.python.org/3/library/pickle.html)
    - [Sonar S6985: torch.load](https://rules.sonarsource.com/python/rspec-6985)
    - [Hugging Face: pickle scanning](https://huggingface.co/docs/hub/security-pickle)
    - [CWE-502: deserialisation of untrusted data](https://cwe.mitre.org/data/definitions/502.html)
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"
    written_files = "fix"

    def __init__(self) -> None:
        self._provenance: Provenance | None = None

    @on(
        "pickle.load",
        "pickle.loads",
        "pickle.Unpickler.load",
        "joblib.load",
        "sklearn.externals.joblib.load",
        "dill.load",
        "dill.loads",
        "cloudpickle.load",
        "cloudpickle.loads",
        "pandas.read_pickle",
    )
    def check_pickle(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        function = call.node.func
        if call.stmt.function is not None and call.stmt.function.name == "__setstate__":  # what `__getstate__` made
            return
        source: Value | None
        node: ast.expr | None
        if call.name == "pickle.Unpickler.load" and isinstance(function, ast.Attribute):
            source, node = call.receiver, function.value
        else:
            source, node = next(iter((*call.args, *call.keywords.values())), None), _first(call)
        yield from self._finding(call, source, node, ctx, advice=_PICKLE_ADVICE)

    @on("torch.load")
    def check_torch(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        weights_only = call.argument(None, "weights_only")
        if weights_only is None:
            if call.open or not _installs_old_torch(ctx):
                return
        elif weights_only.const is not False:
            return
        plan = fixes.loading.keyword_fix(ctx, call, "weights_only", "True")
        yield from self._finding(call, call.argument(0, "f"), _first(call), ctx, plan)

    @on("numpy.load")
    def check_numpy(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        allowed = call.argument(2, "allow_pickle")
        if allowed is not None and allowed.const is True:
            by_position = len(call.node.args) > 2
            plan = None if by_position else fixes.loading.keyword_fix(ctx, call, "allow_pickle", "False")
            yield from self._finding(call, call.argument(0, "file"), _first(call), ctx, plan)

    @on("yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.unsafe_load_all")
    def check_yaml(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        loader = call.argument(1, "Loader")
        if call.open or (loader is not None and loader.name not in _UNSAFE_LOADERS):
            return
        source = call.argument(0, "stream")
        if source is None or source.text is None:
            yield from self._finding(call, source, _first(call), ctx, fixes.loading.safe_yaml_fix(ctx, call))

    @on(Notebook)
    def check_keywords(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        """Keywords of many functions: only where a cell spells one out."""
        spelt = [key for key in _NEEDLES if any(key in cell.source for cell in notebook.code_cells)]
        if not spelt:
            return
        for call in ctx.model.all_calls:
            for key in spelt:
                passed = call.keywords.get(key)
                if passed is None or passed.const is not _ALLOWS.get(key, True):
                    continue
                if key == "safe_mode" and call.method != "load_model":
                    continue
                if not self._is_own(call, key, ctx):
                    yield self._allowed(call, key, ctx)

    def _is_own(self, call: Call, key: str, ctx: Context) -> bool:
        """Whether the code or the file is the notebook's own."""
        source = call.argument(0, "path")
        if key == "trust_remote_code":
            return source is not None and bool(_LOCAL.match(source.head or "")) and source.head != "/"
        return self._origin(call, source, _first(call), ctx) is LoadedFrom.NOTEBOOK or _saved(call, ctx)

    def _allowed(self, call: Call, key: str, ctx: Context) -> Diagnosis:
        revision = call.keywords.get("revision")
        is_pinned = revision is not None and bool(_SHA.fullmatch(revision.text or ""))
        is_remote = key == "trust_remote_code"
        name = call.method or "the call"
        return self.finding(
            ctx,
            call,
            f"`{name}` with `{key}={_ALLOWS.get(key, True)}` {_NEEDLES[key]}",
            severity=INFO if is_remote and is_pinned else None,
            advice=(None if is_pinned else _REMOTE_ADVICE) if is_remote else _PICKLE_ADVICE,
        )

    def _origin(self, call: Call, source: Value | None, node: ast.expr | None, ctx: Context) -> LoadedFrom:
        if self._provenance is None:
            self._provenance = Provenance(ctx)
        return self._provenance.of(call, source, node)

    def _finding(
        self,
        call: Call,
        source: Value | None,
        node: ast.expr | None,
        ctx: Context,
        plan: Plan | None = None,
        advice: str | None = None,
    ) -> Iterator[Diagnosis]:
        origin = self._origin(call, source, node, ctx)
        if origin is LoadedFrom.NOTEBOOK:
            return
        network = origin is LoadedFrom.NETWORK
        why = "which comes from the network" if network else "and this notebook did not write it"
        yield self.finding(
            ctx,
            call,
            f"`{ctx.text(call)}` runs any code that is in what it loads, {why}",
            severity=_FROM_NETWORK if network else None,
            fixes=[plan] if plan is not None else [],
            advice=advice,
        )


def _first(call: Call) -> ast.expr | None:
    """The expression of the first argument."""
    node = call.node
    if node.args:
        return node.args[0]
    return node.keywords[0].value if node.keywords else None


def _saved(call: Call, ctx: Context) -> bool:
    """Whether the notebook saves an index under the same path."""
    node = _first(call)
    path = ast.unparse(node) if node is not None else ""
    savers = (other for other in ctx.model.all_calls if other.method == "save_local")
    return any(ast.unparse(part) == path for other in savers for part in other.node.args)


def _installs_old_torch(ctx: Context) -> bool:
    """Whether the notebook installs a PyTorch in which `torch.load` runs code unless told otherwise."""
    return any(_OLD_TORCH.fullmatch(found.text) for install in installs(ctx) for found in install.requirements)
