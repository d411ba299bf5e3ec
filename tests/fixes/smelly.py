"""Notebooks put together from fragments that our rules have something to say about."""

import json

from hypothesis import strategies as st

FRAGMENTS = [
    "import pandas as pd, requests, json",
    "import os\nimport numpy as np\nfrom sklearn.model_selection import train_test_split",
    "from sklearn.ensemble import RandomForestClassifier",
    "%matplotlib inline",
    "!pip install pandas 'scikit-learn>=1'",
    "%%time\nx = 1",
    "df = pd.read_csv('/home/ada/churn.csv', sep=';')  # from the export",
    "df = pd.read_csv(\n    'data/sales 2023.csv',\n    index_col=0,  # the id\n)",
    "path = '/content/drive/MyDrive/raw/'\nsize = 3",
    "for name in names:\n\tpart = pd.read_csv(f'/home/ada/{name}.csv')\n\tparts.append(part)",
    "rates = requests.get('https://api.example.org/rates?day=1', params={'a': 1}).json()['rates']",
    "response = requests.post(\n    url,\n    json=rows\n)\nprint(f'sent {len(rows)} rows: {response.text[:20]!r}')",
    """for url in urls:
    try:
        pages.append(requests.get(url).text)
    except Exception as e:
        print('no luck with', url, e)""",
    "try: scores.to_sql('scores', engine)\nexcept: pass",
    "X_train, X_test, y_train, y_test = train_test_split(X, y); model = RandomForestClassifier().fit(X_train, y_train)",
    "model = RandomForestClassifier(\n    n_estimators=10,\n).fit(X_train, y_train)\nmodel.score(X_test, y_test)",
    "import joblib\njoblib.dump(model, '/home/ada/model.joblib')",
    "API_KEY = 'sk-proj-Zq81kLmN0pQrStUvWxYz23456789abcdEFGH'",
    "df.groupby('city').mean()",
    "df['ü'] = df['é'].fillna(0)\ndf.to_csv('out.csv', index=False)",
    """def load(day):
    '''Load a day.'''
    print('loading', day)
    return pd.read_parquet(f'data/{day}.parquet')
load('monday')""",
    "sns.lineplot(df)",
    "# nbprod: ignore[http-without-timeout] -- a test server\nrequests.get('http://localhost')",
    "this does not parse (",
    "class A:\n  def f(self): return requests.get(self.url).json()\nA().f()",
]
"""Each may be a cell of its own or part of one."""


def written(cells, indent=1, as_lines=True, minor=5):
    """The bytes of a notebook of (type, source), in one of the ways in which people's tools write them."""
    found = []
    for index, (kind, source) in enumerate(cells):
        cell = {"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True) if as_lines else source}
        if kind == "code":
            cell |= {"execution_count": index, "outputs": [{"output_type": "stream", "name": "stdout", "text": "é\n"}]}
        found.append(cell | ({"id": f"c{index}"} if minor >= 5 else {}))
    kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    notebook = {"cells": found, "metadata": kernel, "nbformat": 4, "nbformat_minor": minor}
    return (json.dumps(notebook, indent=indent, ensure_ascii=not as_lines) + "\n" * as_lines).encode()


code = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=3).map("\n".join)
cell = st.one_of(code.map(lambda source: ("code", source)), st.just(("markdown", "# Title")), st.just(("code", "")))
notebooks = st.builds(
    written,
    st.lists(cell, min_size=1, max_size=8),
    indent=st.sampled_from([1, 2, None]),
    as_lines=st.booleans(),
    minor=st.sampled_from([4, 5]),
)
