"""What all tests may use."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbprod.evidence import Witness
from nbprod.kit.testing import Executed


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Shells and kernels keep out of the user's profile, and of that of tests that run beside these."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture
def make_witness(tmp_path: Path) -> Iterator[Callable[[Executed], Witness]]:
    """Runs the cells of a `live` example in a session of its own, and gives who knows it."""
    from sessions import sessions

    with sessions(tmp_path) as make:
        yield make
