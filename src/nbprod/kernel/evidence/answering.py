"""Answers questions about this session to another process: `nbprod run` asks them over a comm.

Each message names a question, which is a method of `KernelWitness`, and its arguments. Answers are
JSON, as small as what the rules may know; digests are keyed by who asks, so that nobody else can use them.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from nbprod import __version__
from nbprod.kernel import witness_here

TARGET: Final = "nbprod-evidence"
_QUESTIONS: Final = ("session", "thing", "path", "versions", "overlap", "total_memory", "digests")


def register() -> None:
    """Register the comm target in the running kernel."""
    from comm import get_comm_manager  # noqa: PLC0415  -- comes with the kernel

    get_comm_manager().register_target(TARGET, _opened)


def _opened(comm: Any, _message: Mapping[str, Any]) -> None:
    witness = witness_here()

    def answer(question: str, words: list[Any]) -> Any:
        if question == "version":
            return __version__
        return getattr(witness, question)(*words) if question in _QUESTIONS else None

    def handle(message: Mapping[str, Any]) -> None:
        asked = message["content"]["data"]
        told = msgspec.to_builtins(answer(asked["question"], asked["words"]))
        comm.send({"number": asked["number"], "answer": told})

    comm.handle_msg = handle  # in place of the method that fires IPython's events
