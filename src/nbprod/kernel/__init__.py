"""Inside the user's kernel: the comm target `nbprod`, which answers the front end.

It leaves the user's namespace, history, counters, figures and events alone: nothing is executed, and
messages are handled without IPython's events (a comm's own handler would fire them).
"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nbprod.kernel.attached import note_asked
from nbprod.live import LiveNotebook

if TYPE_CHECKING:
    from nbprod.kernel.evidence import KernelWitness

TARGET = "nbprod"


def register() -> None:
    """Register the comm target in the running kernel; doing it again changes nothing."""
    from comm import get_comm_manager  # noqa: PLC0415  -- comes with the kernel, not with nbprod

    get_comm_manager().register_target(TARGET, _opened)


def witness_here(*, patient: bool = True) -> "KernelWitness | None":
    """Who knows the session of this process; None when no IPython runs here. See `KernelWitness` for `patient`."""
    if "IPython" not in sys.modules:
        return None
    from IPython import get_ipython  # noqa: PLC0415  -- comes with the kernel

    from nbprod.kernel.evidence import KernelWitness  # noqa: PLC0415  -- needed from the first question on

    shell = get_ipython()
    return None if shell is None else KernelWitness(shell, patient=patient)


def _opened(comm: Any, _message: Mapping[str, Any]) -> None:
    live = LiveNotebook("kernel", witness_here(patient=False))

    def handle(message: Mapping[str, Any]) -> None:
        note_asked(live)
        comm.send(live.answer(message["content"]["data"]))

    comm.handle_msg = handle  # in place of the method that fires IPython's events and takes the user's figures
