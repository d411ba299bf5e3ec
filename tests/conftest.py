"""What all tests may use."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbprod.evidence import Witness
from nbprod.kit.testing import Executed


@pytest.fixture
def make_witness(tmp_path: Path) -> Iterator[Callable[[Executed], Witness]]:
    """Runs the cells of a `live` example in a session of its own, and gives who knows it."""
    from sessions import sessions

    with sessions(tmp_path) as make:
        yield make
