"""Which calls leave rows out, and of what."""

import pytest

from nbprod.semantic import EventKind, Tag

START = "import pandas as pd\nimport polars as pl\nfrom datasets import load_dataset\ndf = pd.read_csv('a.csv')\n"


@pytest.mark.parametrize(
    ("code", "left_out"),
    [
        ("x = df.head(100)", "limit"),
        ("x = df.sample(frac=0.1)", "limit"),
        ("x = df[:100]", "limit"),
        ("x = df.iloc[0:100, :]", "limit"),
        ("x = pd.read_csv('a.csv', nrows=100)", "limit"),
        ("x = pd.read_sql('select * from t limit 100', c)", "limit"),
        ("x = load_dataset('imdb', split='train[:1%]')", "limit"),
        ("x = load_dataset('imdb').select(range(100))", "limit"),
        ("x = pl.read_csv('a.csv').sample(fraction=0.1)", "limit"),
        ("x = spark.table('t').sample(False, 0.1)", "limit"),
        ("x = df.dropna()", "missing"),
        ("x = df\nx.dropna(inplace=True)", "missing"),
        ("x = df.drop_duplicates()", "duplicates"),
        ("x = pd.to_numeric(df.a, errors='coerce')", "values"),
        ("x = pd.read_csv('a.csv', on_bad_lines='skip')", "lines"),
        ("x = spark.table('t').na.drop()", "missing"),
    ],
)
def test_what_is_left_out(model, code, left_out):
    built = model(START + code)
    (event,) = built.events_of(EventKind.REDUCE)
    value = built.bindings("x")[-1].value
    assert event.detail == left_out
    assert event in value.lineage
    assert value.has(Tag.LIMITED) is (left_out == "limit")


@pytest.mark.parametrize(
    "code",
    [
        "df.sample(frac=1)",
        "df[:n]",
        "df[100:]",
        "df[['a', 'b']]",
        "'some text'[:3]",
        "df.dropna(axis=1)",
        "pd.to_numeric(df.a)",
        "pd.read_csv('a.csv', nrows=None)",
        "load_dataset('imdb', split='train')",
        "spark.table('t').sample(0.1 * n)",
    ],
)
def test_what_leaves_nothing_out_for_certain(model, code):
    assert not model(START + code).events_of(EventKind.REDUCE)
