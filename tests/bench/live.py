"""How long an edit takes to be answered: in the analyser, and with --browser from the keystroke to the painted card.

python tests/bench/live.py [--edits N] [--browser] [--strict]
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from nbprod.live import LiveNotebook

CELLS = 200
BOUND = 50.0
"""Milliseconds, 95th percentile, from an edit to its report in the analyser."""
LINES = (
    "import pandas as pd",
    "shops = frame[frame['count'] > 3].copy()",
    "shops['total'] = shops['price'] * shops['count']",
    "by_day = shops.groupby('day').agg({'total': 'sum'})",
    "best = by_day.sort_values('total').tail(3)",
    "for name, group in shops.groupby('shop'):",
    "    if len(group) > 10:",
    "        best.loc[name] = group['total'].sum()",
)
INPUTS = (
    "frame = pd.read_csv('data/orders.csv')",
    "rates = requests.get('https://example.com/rates').json()",
    "best.to_csv('out/best.csv')",
)


def sources() -> list[str]:
    """A notebook of usual cells; one in ten reads or writes something."""
    texts = ["\n".join(LINES).replace("best", f"best_{index % 7}") for index in range(CELLS)]
    texts[0] = f"import requests\n{LINES[0]}\n{INPUTS[0]}"
    for index in range(10, CELLS, 10):
        texts[index] += f"\n{INPUTS[index // 10 % len(INPUTS)]}".replace("best", f"best_{index % 7}")
    return texts


def cell(index: int, source: str, revision: int) -> dict[str, object]:
    return {"id": f"cell-{index}", "type": "code", "revision": revision, "source": source}


def analyser(edits: int, *, fixes: bool = False) -> list[float]:
    """Milliseconds of each edit of one cell; with `fixes`, of the answer that also says what each fix would change."""
    texts = sources()
    live = LiveNotebook("kernel")
    order = [f"cell-{index}" for index in range(CELLS)]
    request = {"kind": "analyse", "version": 1, "path": "bench.ipynb", "order": order, "edits": fixes}
    live.answer({**request, "revision": 0, "changed": [cell(index, text, 0) for index, text in enumerate(texts)]})
    taken = []
    for edit in range(1, edits + 1):
        index = edit * 37 % CELLS
        changed = [cell(index, f"{texts[index]}\nx = {edit}", edit)]
        started = time.perf_counter()
        answer = live.answer({**request, "revision": edit, "changed": changed})
        taken.append((time.perf_counter() - started) * 1000)
        if answer["kind"] != "report":
            sys.exit(f"no report: {answer}")
    return taken


def browser(edits: int) -> list[float]:
    """Milliseconds from a keystroke to the card that it brings, with no delay set."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))
    from browsers import find_browser
    from lab import Server, Sidebar
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as home,
        Server(Path(sys.executable), Path(home)) as server,
        sync_playwright() as driver,
    ):
        server.set("nbprod", "plugin", delay=0)
        running = driver.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu"])
        sidebar = Sidebar(server, running.new_page())
        sidebar.open(server.write("bench.ipynb", ["%pip install pandas=", *sources()]))
        sidebar.execute(1)
        sidebar.footer.locator('[data-analyser="kernel"]').wait_for()
        taken = []
        card = sidebar.card("cell-not-analysable")
        sidebar.page.wait_for_timeout(3000)
        sidebar.text(1).click()
        sidebar.page.keyboard.press("Control+End")
        for _ in range(edits):
            card.wait_for(state="detached")
            started = time.perf_counter()
            sidebar.page.keyboard.type("(")
            card.wait_for(state="attached")
            taken.append((time.perf_counter() - started) * 1000)
            sidebar.page.keyboard.press("Control+z")
        running.close()
    return taken


def show(title: str, taken: list[float]) -> float:
    p95 = statistics.quantiles(taken, n=20)[-1]
    print(f"{title}: p50 {statistics.median(taken):.1f} ms, p95 {p95:.1f} ms ({len(taken)} edits, {CELLS} cells)")
    return p95


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--browser", action="store_true")
    parser.add_argument("--strict", action="store_true", help=f"exit 1 when p95 in the analyser is above {BOUND} ms")
    options = parser.parse_args()
    worst = show("edit to report in the analyser", analyser(options.edits))
    show("the same with all fixes, once the typing stops", analyser(options.edits // 5, fixes=True))
    if options.browser:
        show("keystroke to painted card", browser(min(options.edits, 20)))
    sys.exit(int(options.strict and worst > BOUND))
