"""Inside the user's kernel: the comm target `nbprod`, which answers the front end.

It leaves the user's namespace, history, counters, figures and events alone: nothing is executed, and
messages are handled without IPython's events (a comm's own handler would fire them).
"""

from collections.abc import Mapping
from typing import Any

from nbprod.live import LiveNotebook

TARGET = "nbprod"


def register() -> None:
    """Register the comm target in the running kernel; doing it again changes nothing."""
    from comm import get_comm_manager  # noqa: PLC0415  -- comes with the kernel, not with nbprod

    get_comm_manager().register_target(TARGET, _opened)


def _opened(comm: Any, _message: Mapping[str, Any]) -> None:
    live = LiveNotebook("kernel")

    def handle(message: Mapping[str, Any]) -> None:
        comm.send(live.answer(message["content"]["data"]))

    comm.handle_msg = handle  # in place of the method that fires IPython's events and takes the user's figures
