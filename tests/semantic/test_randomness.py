"""Which calls draw random numbers, and what is derived from them."""

import pytest

from nbprod.semantic import EventKind

IMPORTS = (
    "import numpy as np, random, torch\nfrom sklearn.ensemble import RandomForestClassifier\n"
    "from sklearn.linear_model import LogisticRegression\nfrom sklearn.model_selection import KFold, train_test_split"
)


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        ("RandomForestClassifier()", "random_state"),
        ("RandomForestClassifier(random_state=1)", "random_state"),
        ("LogisticRegression(solver='saga')", "random_state"),
        ("LogisticRegression(solver='liblinear', penalty='l1')", "random_state"),
        ("KFold(5, shuffle=True)", "random_state"),
        ("KFold(5, True)", "random_state"),
        ("train_test_split(a, b)", "random_state"),
        ("np.random.default_rng()", "seed"),
        ("np.random.rand(3)", None),
        ("random.random()", None),
        ("torch.rand(3)", "generator"),
    ],
)
def test_random_calls(model, call, parameter):
    (event,) = (event for event in model(IMPORTS, call).events if event.seed is not None)
    assert (event.seed.parameter and event.seed.parameter[1]) == parameter


@pytest.mark.parametrize(
    "call",
    [
        "LogisticRegression()",
        "LogisticRegression(solver='liblinear')",
        "LogisticRegression(solver=chosen)",
        "KFold(5)",
        "KFold(5, **options)",
        "train_test_split(a, shuffle=False)",
    ],
)
def test_calls_that_are_not_random_for_certain(model, call):
    assert [event for event in model(IMPORTS, call).events if event.seed is not None] == []


def test_what_is_fitted_descends_from_the_making_of_a_random_estimator(model):
    built = model(
        IMPORTS,
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.model_selection import GridSearchCV",
        "search = GridSearchCV(make_pipeline(RandomForestClassifier()), {})",
        "search.fit(X, y)",
    )
    (draw,) = built.events_of(EventKind.DRAW)
    (fit,) = built.events_of(EventKind.FIT)
    assert draw.call.name == "sklearn.ensemble.RandomForestClassifier"
    assert draw in fit.subject.lineage
