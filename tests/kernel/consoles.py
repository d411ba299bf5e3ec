"""A shell to try `%nbprod` in."""

from collections.abc import Callable
from typing import Any


class Console:
    """An IPython shell with `%nbprod`, that keeps what cells display and print.

    Attributes:
        shown: What was displayed, by MIME type.
    """

    def __init__(self, shell: Any, printed: Callable[[], str]) -> None:
        self.shell = shell
        self.shown: list[dict[str, Any]] = []
        self._printed = printed
        shell.display_pub.publish = lambda data, **_: self.shown.append(data)
        self.run("%load_ext nbprod")

    def run(self, *cells: str) -> str:
        """Run cells as a person does; returns what they print."""
        self._printed()
        for cell in cells:
            self.shell.run_cell(cell, store_history=True)
        return self._printed()

    def watch(self, *, cell: str | None = None) -> None:
        """Let somebody sit before the notebook, in front of a cell."""
        parent = {"content": {"allow_stdin": True}, "metadata": {"cellId": cell} if cell else {}}
        self.shell.kernel = type("Kernel", (), {"get_parent": lambda _self: parent})()
