"""Where data came from and what was done to it."""

from nbprod.semantic import EventKind, Tag

PIPELINE = (
    (
        "import pandas as pd\nfrom sklearn.model_selection import train_test_split\n"
        "from sklearn.preprocessing import StandardScaler\nfrom sklearn.linear_model import LogisticRegression\n"
        "from sklearn.metrics import roc_auc_score\nimport joblib"
    ),
    "df = pd.read_csv('churn.csv').dropna()\nX = df.drop(columns=['churn'])\ny = df['churn']",
    "X_train, X_test, y_train, y_test = train_test_split(X, y)",
    "sc = StandardScaler()\nXs = sc.fit_transform(X_train)",
    "model = LogisticRegression()\nmodel.fit(Xs, y_train)",
    "auc = roc_auc_score(y_test, model.predict_proba(sc.transform(X_test))[:, 1])",
    "joblib.dump(model, 'model.pkl')",
)


def test_the_events_of_a_pipeline_in_order(model):
    kinds = [event.kind for event in model(*PIPELINE).events]
    assert kinds == [
        EventKind.LOAD, EventKind.REDUCE, EventKind.SPLIT, EventKind.FIT, EventKind.FIT, EventKind.PREDICT,
        EventKind.EVALUATE, EventKind.PERSIST,
    ]  # fmt: skip


def test_lineage_reaches_from_the_load_to_the_saved_model(model):
    built = model(*PIPELINE)
    (load,) = built.events_of(EventKind.LOAD)
    reached = built.reaching(load, EventKind.FIT, EventKind.EVALUATE, EventKind.PERSIST)
    assert [event.kind for event in reached] == [EventKind.FIT, EventKind.FIT, EventKind.EVALUATE, EventKind.PERSIST]


def test_split_parts_keep_their_side(model):
    built = model(*PIPELINE)
    scaler, classifier = built.events_of(EventKind.FIT)
    assert scaler.inputs["X"].has(Tag.TRAIN)
    assert not scaler.inputs["X"].has(Tag.TEST)
    assert classifier.inputs["y"].has(Tag.TARGET)
    (prediction,) = built.events_of(EventKind.PREDICT)
    assert prediction.inputs["X"].has(Tag.TEST)
    assert prediction.output.has(Tag.PROBABILITY)


def test_the_metric_and_the_fitted_model_are_tagged(model):
    built = model(*PIPELINE)
    assert built.bindings("auc")[0].value.has(Tag.METRIC)
    assert built.bindings("model")[0].value.has(Tag.FITTED)
    (split,) = built.events_of(EventKind.SPLIT)
    assert split in built.bindings("model")[0].value.lineage


def test_columns_and_frames_keep_their_type(model):
    built = model(
        "import pandas as pd\ndf = pd.read_csv('a.csv')", "c = df['price']", "d = df[['a', 'b']]", "e = df.age"
    )
    assert built.bindings("c")[0].value.column == "price"
    assert built.bindings("c")[0].value.type == "pandas.Series"
    assert built.bindings("d")[0].value.type == "pandas.DataFrame"
    assert built.bindings("e")[0].value.column == "age"


def test_a_column_assigned_from_elsewhere_brings_its_lineage(model):
    built = model("import pandas as pd\na = pd.read_csv('a.csv')\nb = pd.read_csv('b.csv')", "a['x'] = b['x']")
    assert len(built.bindings("a")[0].value.lineage) == 2


def test_limited_rows(model):
    built = model(
        "import pandas as pd\na = pd.read_csv('a.csv', nrows=100)\nb = pd.read_csv('a.csv')\nc = b.head(50)\n"
        "d = b[:1000]\ne = b.sample(frac=1)\nf = b.sample(frac=0.1)\nn = int(input())\ng = b.head(n)"
    )
    limited = {name for name in "abcdefg" if built.bindings(name)[0].value.has(Tag.LIMITED)}
    assert limited == set("acdf")


def test_folds_give_train_and_test(model):
    built = model(
        "from sklearn.model_selection import KFold",
        "for train, test in KFold(5).split(X):\n    a, b = X[train], X[test]",
    )
    assert built.bindings("a")[0].value.has(Tag.TRAIN)
    assert built.bindings("b")[0].value.has(Tag.TEST)
    assert not built.bindings("a")[0].value.has(Tag.TEST)


def test_a_table_dumped_with_pickle_is_no_model(model):
    built = model("import pickle, pandas as pd\ndf = pd.read_csv('a.csv')", "pickle.dump(df, open('a.pkl', 'wb'))")
    assert EventKind.PERSIST not in {event.kind for event in built.events}


def test_language_model_text(model):
    built = model(
        "from openai import OpenAI\nclient = OpenAI()",
        "r = client.chat.completions.create(model='gpt-4o', messages=[])",
        "text = r.choices[0].message.content",
        "words = text.split()",
    )
    assert built.bindings("text")[0].value.has(Tag.LLM)
    assert built.bindings("words")[0].value.has(Tag.LLM)
    assert not built.bindings("r")[0].value.has(Tag.LLM)


def test_responses_are_watched(model):
    built = model("import requests\nr = requests.get('https://x')", "r.raise_for_status()\nd = r.json()")
    assert [access.attribute for access in built.accesses] == ["raise_for_status", "json"]
    (event,) = built.events_of(EventKind.HTTP)
    assert all(event in access.value.lineage for access in built.accesses)
    assert built.bindings("d")[0].value.has(Tag.EXTERNAL)


def test_following_statements_cross_blocks_and_cells(model):
    built = model("import pandas as pd\nif x:\n    df = pd.read_csv('a')\n    a = 1\nb = 2", "c = 3")
    (event,) = built.events
    assert [type(node).__name__ for node in built.following(event.stmt, 10)] == ["Assign"] * 3


def test_iterating_over_groups_gives_frames(model):
    built = model(
        "import pandas as pd\ndf = pd.read_csv('a.csv')",
        "for shop, part in df.groupby('shop'):\n    part.to_csv(f'{shop}.csv')",
    )
    assert built.bindings("part")[0].value.type == "pandas.DataFrame"
    assert [event.detail for event in built.events_of(EventKind.WRITE)] == ["csv"]


def test_iterating_over_columns_gives_labels(model):
    built = model("import pandas as pd\ndf = pd.read_csv('a.csv')", "for name in df.columns:\n    print(df[name])")
    assert built.bindings("name")[0].value.type is None


def test_calling_a_network_of_the_notebook_predicts(model):
    built = model(
        "import torch",
        "class Net(torch.nn.Module):\n    def __init__(self):\n        self.last = torch.nn.Linear(4, 1)\n"
        "    def forward(self, x):\n        return self.last(x)",
        "net = Net().to('cpu')\nscores = net(inputs)\n_, labels = torch.max(scores, 1)",
    )
    assert built.bindings("scores")[0].value.has(Tag.PREDICTION)
    assert built.bindings("labels")[-1].value.has(Tag.PREDICTION)
    assert built.bindings("net")[0].value.type == "torch.nn.Module"


def test_calling_an_instance_runs_its_call_method(model):
    built = model("class Twice:\n    def __call__(self, x):\n        return x", "result = Twice()('a.csv')")
    assert built.bindings("result")[0].value.text == "a.csv"


def test_what_is_written_to_the_output_of_the_cell_is_no_file(model):
    built = model('import sys\nimport pandas as pd\nframe = pd.read_csv("a.csv")\nframe.to_csv(sys.stdout)')
    assert not built.events_of(EventKind.WRITE)


def test_an_estimator_around_another_does_not_take_over_what_that_has_learned(model):
    built = model(
        "from sklearn.ensemble import BaggingClassifier\nfrom sklearn.feature_selection import SelectFromModel\n"
        "from sklearn.tree import DecisionTreeClassifier\nimport pandas as pd",
        "tree = DecisionTreeClassifier()\ntree.fit(pd.read_csv('a.csv'), y)",
        "bag = BaggingClassifier(tree)\nchosen = SelectFromModel(tree, prefit=True)",
    )
    (load,) = built.events_of(EventKind.LOAD)
    assert load not in built.bindings("bag")[0].value.lineage
    assert load in built.bindings("chosen")[0].value.lineage
