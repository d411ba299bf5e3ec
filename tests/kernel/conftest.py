"""What the tests of the kernel share."""

from collections.abc import Iterator
from typing import Any

import pytest
from consoles import Console


@pytest.fixture
def console(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Console]:
    from IPython.core.interactiveshell import InteractiveShell
    from sessions import new_shell

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    yield Console(new_shell(), lambda: "".join(capsys.readouterr()))
    InteractiveShell.clear_instance()
