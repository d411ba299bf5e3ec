"""Splits by hand, and what a fit, a filled column and an encoding leave in the lineage."""

import pytest

from nbprod.semantic import EventKind, Tag

READ = "import pandas as pd\ndf = pd.read_csv('a.csv')\n"


def sides(built, *names):
    return [
        (built.bindings(name)[-1].value.has(Tag.TRAIN), built.bindings(name)[-1].value.has(Tag.TEST)) for name in names
    ]


@pytest.mark.parametrize(
    "split",
    [
        "train = df[:800]\ntest = df[800:]",
        "train, test = df.iloc[:800], df.iloc[800:]",
        "train = df.sample(frac=0.8)\ntest = df.drop(train.index)",
        "train = df[df.year < 2015].copy()\ntest = df[df.year >= 2015].copy()",
        "mask = df.year < 2015\ntrain = df.loc[mask].reset_index(drop=True)\ntest = df.loc[~mask]",
        "import numpy as np\np = np.random.permutation(len(df))\ntrain = df.iloc[p[:80]]\ntest = df.iloc[p[80:]]",
        "import tools\ntrain, test = tools.divide(df)",
    ],
)
def test_rows_bound_to_names_of_parts_are_a_split(model, split):
    built = model(READ + split)
    assert sides(built, "train", "test") == [(True, False), (False, True)]
    (event,) = built.events_of(EventKind.SPLIT)
    assert event in built.bindings("train")[-1].value.lineage
    assert event in built.bindings("test")[-1].value.lineage


@pytest.mark.parametrize(
    "code",
    [
        "train = df[['a', 'b']]",
        "train = df['a']",
        "train = df.drop(columns=['a'])",
        "train = df.drop('a', axis=1)",
        "cols = ['a', 'b']\ntrain = df[cols]",
        "train = df.loc[:, 'a':'b']",
        "test_accuracy = df[:10]",
        "train = df.copy()",
        "train_df = pd.read_csv('b.csv')\nX_train = train_df[df.year > 3]",
    ],
)
def test_columns_and_copies_are_no_split(model, code):
    assert model(READ + code).events_of(EventKind.SPLIT) == []


def test_parts_that_a_loader_of_the_project_gives(model):
    built = model("from data import load\n(X_train, y_train), (X_test, y_test) = load()")
    assert sides(built, "X_train", "y_train", "X_test", "y_test") == [(True, False)] * 2 + [(False, True)] * 2
    (event,) = built.events_of(EventKind.SPLIT)
    assert not event.certain


def test_parts_that_went_in_are_not_divided_again(model):
    built = model("from helpers import clean\ntrain, test = clean(train=train, test=test)")
    assert sides(built, "train", "test") == [(True, False), (False, True)]
    assert built.events_of(EventKind.SPLIT) == []


def test_three_parts_of_a_split_in_two(model):
    built = model("from torch.utils.data import random_split\na, b, c = random_split(dataset, [8, 1, 1])")
    assert sides(built, "a", "b", "c") == [(True, False), (False, True), (False, True)]


def test_what_tells_of_a_part_is_no_row_of_it(model):
    built = model(
        READ + "from sklearn.model_selection import train_test_split\na, b = train_test_split(df)\n"
        "c = a[b.columns]\nn = b.shape\nd = b.index"
    )
    assert sides(built, "c", "n", "d") == [(True, False), (False, False), (False, True)]


def test_a_second_fit_forgets_the_first(model):
    built = model(
        READ + "from sklearn.preprocessing import StandardScaler\nsc = StandardScaler()\na = sc.fit_transform(df)",
        "other = pd.read_csv('b.csv')\nb = sc.fit_transform(other)",
    )
    first, second = built.events_of(EventKind.FIT)
    assert first in built.bindings("a")[-1].value.lineage
    lineage = built.bindings("b")[-1].value.lineage
    assert second in lineage
    assert first not in lineage


def test_a_partial_fit_forgets_nothing(model):
    built = model(
        READ + "from sklearn.preprocessing import StandardScaler\nsc = StandardScaler()\nsc.partial_fit(df)",
        "other = pd.read_csv('b.csv')\nsc.partial_fit(other)\nb = sc.transform(other)",
    )
    assert set(built.events_of(EventKind.FIT)) <= built.bindings("b")[-1].value.lineage


@pytest.mark.parametrize(
    "code",
    [
        "df['a'] = df['a'].fillna(df['a'].mean())",
        "df['a'].fillna(df['a'].mean(), inplace=True)",
        "df.a.fillna(0, inplace=True)",
        "df.fillna(0, inplace=True)",
        "df = pd.get_dummies(df)",
    ],
)
def test_a_filled_or_encoded_frame_descends_from_that(model, code):
    built = model(READ + code)
    (event,) = built.events_of(EventKind.DERIVE)
    assert event in built.bindings("df")[-1].value.lineage


def test_what_is_made_and_fitted_at_once_leaves_its_module_alone(model):
    built = model(
        READ + "from sklearn import preprocessing\na = preprocessing.StandardScaler().fit_transform(df)\n"
        "b = preprocessing.MinMaxScaler().fit_transform(df)"
    )
    names = [event.call.name.rpartition(".")[0] for event in built.events_of(EventKind.FIT)]
    assert names == ["sklearn.preprocessing.StandardScaler", "sklearn.preprocessing.MinMaxScaler"]


def test_a_generator_gives_what_it_is_given(model):
    built = model(READ + "def batches(data):\n    for row in data:\n        yield row\nb = batches(df)")
    (load,) = built.events_of(EventKind.LOAD)
    assert load in built.bindings("b")[-1].value.lineage


@pytest.mark.parametrize(
    "code",
    [
        "df = (df - df.mean()) / df.std()",
        "df['a'] = (df['a'] - df['a'].min()) / (df['a'].max() - df['a'].min())",
        "m, s = df.mean(), df.std()\ndf -= m\ndf /= s",
    ],
)
def test_a_frame_divided_by_what_comes_from_it_descends_from_that(model, code):
    built = model(READ + code)
    (event,) = built.events_of(EventKind.DERIVE)
    assert event.detail == "ratio"
    assert event in built.bindings("df")[-1].value.lineage


def test_labels_are_targets_in_a_split_too(model):
    built = model(
        READ + "from sklearn.model_selection import train_test_split\n"
        "X_train, X_test, y_train, y_test = train_test_split(df[['a']], df['b'])"
    )
    tagged = [
        name for name in ("X_train", "X_test", "y_train", "y_test") if built.bindings(name)[-1].value.has(Tag.TARGET)
    ]
    assert tagged == ["y_train", "y_test"]


@pytest.mark.parametrize(
    "split",
    [
        "train, val, test = df[:600], df[600:800], df[800:]",
        "import numpy as np\ntrain, val, test = np.split(df, [600, 800])",
        "from torch.utils.data import random_split\ntrain, val, test = random_split(df, [600, 200, 200])",
    ],
)
def test_rows_to_choose_by_and_rows_to_judge_by_are_told_apart(model, split):
    built = model(READ + split)
    train, val, test = (built.bindings(name)[-1].value for name in ("train", "val", "test"))
    splits = set(built.events_of(EventKind.SPLIT))
    assert val.lineage & splits != test.lineage & splits
    assert train.lineage & val.lineage & test.lineage & splits
