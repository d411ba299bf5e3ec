"""The witness of a kernel in another process."""

import time
import uuid
from collections.abc import Mapping
from queue import Empty
from typing import Any, Final, TypeVar

import msgspec

from nbprod import __version__
from nbprod.evidence import Overlap, PathFact, Session, Thing

_BOOTSTRAP: Final = 'exec("from nbprod.kernel.evidence.answering import register\\nregister()", {})'
_PATIENCE: Final = 20.0
"""Seconds that an answer may take."""
T = TypeVar("T")


class NoEvidence(Exception):  # noqa: N818  -- no failure of ours
    """A kernel can't be asked; the text says why."""


class RemoteWitness:
    """Asks the nbprod in a kernel that has finished running; every answer is asked for once.

    Neither its history nor its namespace changes: one silent request lets nbprod listen, and a comm does the rest.

    Args:
        client: A blocking client of the kernel, with its channels started.
        hidden: The source of a cell that is no part of the notebook: of what it ran nothing is told.

    Raises:
        NoEvidence: There is no nbprod in the kernel, or another version, or it does not answer.
    """

    def __init__(self, client: Any, hidden: str | None = None) -> None:
        self._client = client
        self._hidden = hidden
        self._comm = uuid.uuid4().hex
        self._number = 0
        self._known: dict[tuple[Any, ...], Any] = {}
        self._listen()

    def session(self) -> Session:
        """What ran."""
        found = self._ask(Session, "session")
        if found is None:
            return Session(python="", runs=(), names=frozenset())
        if ("shown",) not in self._known:
            runs = tuple(run for run in found.runs if run.source != self._hidden)
            self._known["shown",] = msgspec.structs.replace(found, runs=runs)
        shown: Session = self._known["shown",]
        return shown

    def thing(self, name: str) -> Thing | None:
        """What a global name stands for."""
        return self._ask(Thing | None, "thing", name)  # type: ignore[arg-type]

    def path(self, path: str) -> PathFact | None:
        """A file or folder."""
        return self._ask(PathFact | None, "path", path)  # type: ignore[arg-type]

    def versions(self, module: str) -> dict[str, str]:
        """The installed distributions that give an importable module, with their versions."""
        return self._ask(dict[str, str], "versions", module) or {}

    def overlap(self, first: str, second: str, column: str | None = None) -> Overlap | None:
        """Rows that two tables or arrays share."""
        return self._ask(Overlap | None, "overlap", first, second, column)  # type: ignore[arg-type]

    def total_memory(self) -> int | None:
        """The memory of the machine or container in bytes."""
        return self._ask(int | None, "total_memory")  # type: ignore[arg-type]

    def digests(self, key: str) -> dict[str, str]:
        """Digests of the values that can be compared, under a key that makes them useless to anybody else."""
        return self._ask(dict[str, str], "digests", key) or {}

    def _ask(self, kind: type[T], question: str, *words: Any) -> T | None:
        asked = (question, *words)
        if asked not in self._known:
            try:
                self._known[asked] = msgspec.convert(self._reply(question, words), kind)
            except (NoEvidence, msgspec.ValidationError):
                self._known[asked] = None
        found: T | None = self._known[asked]
        return found

    def _listen(self) -> None:
        """Open the comm."""
        reply = self._execute(_BOOTSTRAP)
        if reply.get("status") == "aborted":  # a cell was interrupted just before: so was all that waited
            reply = self._execute(_BOOTSTRAP)
        if reply.get("status") != "ok":
            raise NoEvidence("nbprod is not installed in the kernel")
        self._send("comm_open", {"comm_id": self._comm, "target_name": "nbprod-evidence", "data": {}})
        version = self._reply("version", ())
        if version != __version__:
            raise NoEvidence(f"the kernel has nbprod {version}, and this is {__version__}")

    def _execute(self, code: str) -> dict[str, Any]:
        """The reply to a request that leaves no trace in the session."""
        content = {"code": code, "silent": True, "store_history": False, "allow_stdin": False}
        request = self._send("execute_request", content)
        return self._next("shell", lambda message: message["parent_header"].get("msg_id") == request)

    def _reply(self, question: str, words: tuple[Any, ...]) -> Any:
        self._number += 1
        number = self._number
        data = {"number": number, "question": question, "words": list(words)}
        self._send("comm_msg", {"comm_id": self._comm, "data": data})
        content = self._next(
            "iopub",
            lambda message: (
                message["msg_type"] == "comm_msg"
                and message["content"]["comm_id"] == self._comm
                and message["content"]["data"].get("number") == number
            ),
        )
        return content["data"]["answer"]

    def _send(self, kind: str, content: Mapping[str, Any]) -> str:
        message = self._client.session.msg(kind, content)
        self._client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _next(self, channel: str, is_it: Any) -> dict[str, Any]:
        """The content of the next message that is it."""
        end = time.monotonic() + _PATIENCE
        get = self._client.get_shell_msg if channel == "shell" else self._client.get_iopub_msg
        while (left := end - time.monotonic()) > 0:
            try:
                message = get(timeout=left)
            except Empty:
                break
            if is_it(message):
                return dict(message["content"])
        raise NoEvidence("the kernel does not answer")
