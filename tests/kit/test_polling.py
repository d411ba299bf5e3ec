"""Which loops may wait for ever."""

import ast

import pytest

from nbprod.kit import Context
from nbprod.kit.polling import polls_unbounded
from nbprod.kit.testing import notebook_from
from nbprod.protocol import Profile
from nbprod.semantic import SemanticModel


def is_unbounded(code: str) -> bool:
    notebook = notebook_from(f"import time\n{code}")
    model = SemanticModel(notebook, [ast.While])
    (loop,) = model.nodes[ast.While]
    assert isinstance(loop, ast.While)
    return polls_unbounded(loop, Context(notebook, model, Profile.PRODUCTION))


@pytest.mark.parametrize(
    "code",
    [
        "while job.status() == 'running':\n    time.sleep(30)",
        "while status == 'running':\n    time.sleep(30)\n    status = client.describe(job)['status']",
        "while not index.describe().ready:\n    time.sleep(1)",
        "while True:\n    if job.refresh().state in DONE:\n        break\n    time.sleep(5)",
        "while state not in DONE:\n    time.sleep(5)\n    answer = job.poll()\n    state = answer['state']",
    ],
)
def test_waiting_for_a_status_alone_has_no_end(code: str) -> None:
    assert is_unbounded(code)


@pytest.mark.parametrize(
    "code",
    [
        "while job.status() == 'running' and time.monotonic() < deadline:\n    time.sleep(30)",
        "while job.status() == 'running':\n    time.sleep(30)\n    if time.time() > end:\n        raise TimeoutError",
        "while job.status() == 'running' and tries < 10:\n    tries += 1\n    time.sleep(30)",
        "while job.status() == 'running':\n    n += 1\n    if n == 10:\n        break\n    time.sleep(30)",
        "while not done and not timed_out:\n    time.sleep(5)\n    done = job.done()",
        "while job.status() == 'running':\n    job.wait()",
        "while queue:\n    queue = queue[1:]\n    time.sleep(1)",
        "while True:\n    page = get(since)\n    if not page:\n        break\n    rows += page\n    time.sleep(1)",
        "while not stopped.is_set():\n    time.sleep(0.5)",
    ],
)
def test_a_clock_a_counter_or_no_sleep_ends_it(code: str) -> None:
    assert not is_unbounded(code)
