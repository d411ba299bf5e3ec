import ast
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from nbprod.kit import (
    INFO,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Notebook,
    Plan,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.randomness import Randomness, repeats, takes_number

_NAMED: Final = 3
_RELATED: Final = 10
_OTHERWISE: Final = {
    "optuna.create_study": "Optuna takes its seed with the sampler: `sampler=optuna.samplers.TPESampler(seed=SEED)`.",
    "hyperopt.fmin": "Hyperopt takes a generator: `rstate=numpy.random.default_rng(SEED)`.",
}
"""What seeds a step that takes no plain number."""

_USERS: Final = {
    "torch": frozenset({"torch", "torchvision", "pytorch_lightning", "lightning", "fastai", "transformers"}),
    "tensorflow": frozenset({"tensorflow", "keras", "transformers"}),
}


class UnseededRandomness(Rule):
    """The random steps behind a result need a seed.

    ## Why is this bad?
    Two runs on the same data give two scores. Nobody can tell then whether a change made the model better or the dice
    did, a defect can't be reproduced, and a test with a threshold fails once in a while for no reason.

    ## Examples
    ```nb bad
    # %%
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split
    # %%
    X_train, X_test, y_train, y_test = train_test_split(X, y)
    model = RandomForestClassifier(n_estimators=300).fit(X_train, y_train)
    # %%
    print(model.score(X_test, y_test))
    ```
    ```nb fixed unsafe
    # %%
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import train_test_split
    # %% tags=["parameters"]
    SEED = 42
    # %%
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=SEED)
    model = RandomForestClassifier(n_estimators=300, random_state=SEED).fit(X_train, y_train)
    # %%
    print(model.score(X_test, y_test))
    ```
    A network draws its weights and its batches from a global generator:
    ```nb bad
    import torch
    model = torch.nn.Linear(4, 1)
    for features, target in batches:
        torch.nn.functional.mse_loss(model(features), target).backward()
    torch.save(model, "model.pt")
    ```
    ```nb fixed unsafe
    # %% tags=["parameters"]
    SEED = 42
    # %%
    import torch
    torch.manual_seed(SEED)
    model = torch.nn.Linear(4, 1)
    for features, target in batches:
        torch.nn.functional.mse_loss(model(features), target).backward()
    torch.save(model, "model.pt")
    ```
    scikit-learn falls back on NumPy's global generator. With that seeded, only the order of the cells still matters:
    ```nb bad info
    # %%
    import numpy as np
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier
    np.random.seed(1)
    # %%
    print(cross_val_score(DecisionTreeClassifier(), X, y))
    ```
    ```nb fixed unsafe
    # %% tags=["parameters"]
    SEED = 42
    # %%
    import numpy as np
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier
    np.random.seed(1)
    # %%
    print(cross_val_score(DecisionTreeClassifier(random_state=SEED), X, y))
    ```
    ```nb good
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    print(cross_val_score(LogisticRegression(), X, y))
    ```
    ```nb good
    frame.sample(5)
    ```

    ## What keeps it quiet
    - steps that no fitted model, score or delivered split depends on, and notebooks without a score or a deliverable;
    - a seed in the call, in visible `**params`, in the grid of a search, or through `set_params`;
    - a global seed that comes first, for what has no seed of its own; any function named like `set_seed`;
    - options that can't be seen (`**kwargs`), functions that nobody calls;
    - solvers that draw nothing (`LogisticRegression()`, `SVC()`).

    ## Fix safety
    Unsafe: the numbers become those of this seed. In a loop that repeats a step, and for steps that take no seed, the
    global generator is seeded instead.

    ## References
    - scikit-learn: [`check_random_state`](https://scikit-learn.org/stable/modules/generated/sklearn.utils.check_random_state.html)
    - PyTorch: [Reproducibility](https://docs.pytorch.org/docs/stable/notes/randomness.html)
    """

    dimension = Dimension.EVALUATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[EventKind.FIT, EventKind.EVALUATE, EventKind.SPLIT])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        randomness = Randomness(ctx)
        steps = randomness.unseeded or randomness.seeded_globally
        if not steps:
            return
        first, *others = steps
        plan = _plan(steps, ctx)
        yield self.finding(
            ctx,
            first,
            _message(steps, ctx, seeded=not randomness.unseeded),
            related=[(event, "random too") for event in others[:_RELATED]],
            fixes=[plan] if plan else [],
            advice=next((_OTHERWISE[event.call.name] for event in steps if event.call.name in _OTHERWISE), None),
            severity=None if randomness.unseeded else INFO,
            occurrences=len(steps),
            anchor="",
        )


def _message(steps: Sequence[Event], ctx: Context, *, seeded: bool) -> str:
    named = list(dict.fromkeys(f"{_step(event.call, ctx)} (cell {ctx.number(event)})" for event in steps[:20]))
    names = ", ".join(named[:_NAMED]) + (", …" if len(named) > _NAMED else "")
    if seeded:
        return f"{names}: seeded only by a global generator, so that another order of cells gives another result"
    if len(steps) == 1 and steps[0].call.method.startswith("DecisionTree"):
        return f"{names} breaks ties between splits at random: its results may differ from run to run"
    if len(steps) == 1:
        return f"{names} comes out differently on every run: no result that depends on it can be reproduced"
    return f"{len(steps)} random steps come out differently on every run: {names}"


def _step(call: Call, ctx: Context) -> str:
    name = f"`{_name(call, ctx)}`"
    return f"the training by {name}" if call.method == "backward" else name  # drawn are the weights and the batches


def _name(call: Call, ctx: Context) -> str:
    """How the step is called in the source: `train_test_split`, `np.random.rand`, `df.sample`."""
    name = ctx.text(call, 200).partition("(")[0]
    return name if len(name) <= 40 and call.method in name else call.method


def _plan(steps: Sequence[Event], ctx: Context) -> Plan | None:
    """Seed what takes a number by that; what does not, and what is repeated, through its global generator."""
    packages = {name.partition(".")[0] for name, _ in ctx.model.imports}
    keywords = []
    generators: set[str] = set()
    for event in steps:
        if event.seed is None:
            continue
        if takes_number(event) and event.seed.parameter is not None and not repeats(event):
            if _is_named(event.call):
                keywords.append((event.call, event.seed.parameter[1]))
        elif event.seed.generators and all(_is_there(name, packages) for name in event.seed.generators):
            keywords.append((event.call, ""))
            generators.update(event.seed.generators)
    return fixes.seeds.seed_fix(ctx, keywords, generators) if keywords else None


def _is_there(generator: str, packages: Collection[str]) -> bool:
    """Whether the notebook uses the library of a global generator, not one that only looks like it (PaddlePaddle)."""
    users = _USERS.get(generator)
    return users is None or not users.isdisjoint(packages)


def _is_named(call: Call) -> bool:
    """Whether the call names what it calls, so that no other class may come in its place (`model_class()`)."""
    function = call.node.func
    return isinstance(function, ast.Attribute) or (isinstance(function, ast.Name) and function.id == call.method)
