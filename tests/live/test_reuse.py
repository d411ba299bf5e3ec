"""After an edit only some cells are evaluated again: the report must be that of a fresh analysis all the same."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nbprod.live import LiveNotebook
from nbprod.notebook import read_notebook

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))
PIECES = (
    "x = 1",
    "df = df.dropna()",
    "import pandas as pd",
    "from sklearn.preprocessing import StandardScaler as S",
    "def load(path):\n    return pd.read_csv(path)",
    "df = load('/home/ann/data.csv')",
    "model.fit(X, y)",
    "if x:\n    df = pd.read_csv('a.csv')\nelse:\n    df = None",
    "del df",
    "del x",
    "for name in names:\n    df[name] = df[name].fillna(0)",
    "train, test = df[:800], df[800:]",
    "from __future__ import annotations",
    "%store -r df",
    "print(df.shape, x)",
    "df.to_csv('out.csv')",
)
Cells = list[tuple[str, str]]


def request(path: str, cells: Cells, changed: list[int], revision: int) -> dict[str, Any]:
    order = [f"cell-{index}" for index in range(len(cells))]
    texts = [
        {"id": order[index], "type": cells[index][0], "revision": revision, "source": cells[index][1]}
        for index in changed
    ]
    return {"kind": "analyse", "version": 1, "revision": revision, "path": path, "profile": "production",
            "order": order, "changed": texts, "edits": False}  # fmt: skip


def report(live: LiveNotebook, path: str, cells: Cells, changed: list[int], revision: int) -> Any:
    answer = live.answer(request(path, cells, changed, revision))
    assert answer["kind"] == "report", answer
    return answer["report"]


def held_to_a_fresh_one(path: str, cells: Cells, edits: list[tuple[int, str]]) -> None:
    live = LiveNotebook("kernel")
    everything = list(range(len(cells)))
    report(live, path, cells, everything, 0)
    for revision, (place, source) in enumerate(edits, start=1):
        index = place % len(cells)
        cells[index] = (cells[index][0], source)
        known = report(live, path, cells, [index], revision)
        assert known == report(LiveNotebook("kernel"), path, cells, everything, revision)


@given(
    sources=st.lists(st.sampled_from(PIECES), min_size=1, max_size=8),
    edits=st.lists(st.tuples(st.integers(0, 7), st.sampled_from(PIECES)), min_size=1, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_any_cells_and_any_edits(sources: list[str], edits: list[tuple[int, str]]) -> None:
    held_to_a_fresh_one("any.ipynb", [("code", source) for source in sources], edits)


@given(
    path=st.sampled_from(EXAMPLES),
    edits=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(PIECES)), min_size=1, max_size=3),
)
@settings(max_examples=15, deadline=None)
def test_the_examples(path: Path, edits: list[tuple[int, str]]) -> None:
    cells = [(cell.type, cell.source) for cell in read_notebook(path).cells]
    held_to_a_fresh_one(str(path), cells, edits)
