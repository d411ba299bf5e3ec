"""What rules must agree on about HTTP requests: which of them may wait for ever."""

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from nbprod.kit.context import Context
from nbprod.semantic import NO_TIMEOUT, Call, Event, Value, function_effect, method_effect

Parameter = tuple[int | None, str]

_PLAIN_ADAPTER: Final = "requests.adapters.HTTPAdapter"

_SOCKET_CLIENTS: Final = ("urllib.", "wget.", "smtplib.", "ftplib.")
"""They take `socket.setdefaulttimeout` as their default; requests and urllib3 do not."""


def timeout_parameter(call: Call) -> Parameter | None:
    """The parameter that bounds how long a call waits.

    `NO_TIMEOUT` if it has none and may wait for ever; None if it has a bound of its own.
    """
    owner, _, method = call.name.rpartition(".")
    if not owner or call.function.definition is not None:
        return None
    effect = method_effect(owner, method) if call.receiver is not None else function_effect(call.name)
    return effect.timeout if effect is not None else None


class Timeouts:
    """Tells which requests of a notebook have no bound on how long they wait.

    Requests whose options can't be seen (`**options`) get the benefit of the doubt, and so do
    sessions that were given an adapter, or a `request` method, of their own.
    """

    def __init__(self, ctx: Context) -> None:
        self._model = ctx.model

    def lacking(self, event: Event) -> bool:
        """Whether nothing bounds how long a request waits."""
        call = event.call
        parameter = timeout_parameter(call)
        if parameter is None or call.open:
            return False
        given = call.argument(*parameter) if parameter != NO_TIMEOUT else None
        if given is not None:
            return given.const is None
        if call.name.startswith(_SOCKET_CLIENTS):
            return not self._socket_default
        if call.name.startswith("urllib3."):
            return not self._pool_default
        return not self._is_bounded_session(call)

    @cached_property
    def _socket_default(self) -> bool:
        calls = self._model.calls("socket.setdefaulttimeout")
        return any(call.args and call.args[0].const is not None for call in calls)

    @cached_property
    def _pool_default(self) -> bool:
        return any(call.passes(None, "timeout") for call in self._model.calls("urllib3.PoolManager"))

    def _is_bounded_session(self, call: Call) -> bool:
        function = call.node.func
        if call.receiver is None or not isinstance(function, ast.Attribute):
            return False
        return _overrides(call.receiver, "request", "send") or ast.dump(function.value) in self._bounded_sessions

    @cached_property
    def _bounded_sessions(self) -> frozenset[str]:
        """The sessions that bound all their requests, by the expressions that name them."""
        return frozenset(map(ast.dump, self._sessions_with_adapter())) | frozenset(map(ast.dump, self._wrapped()))

    def _sessions_with_adapter(self) -> Iterator[ast.expr]:
        for call in self._model.calls("requests.Session.mount"):
            adapter = call.argument(1, "adapter")
            plain = adapter is not None and adapter.definition is None and adapter.type == _PLAIN_ADAPTER
            if isinstance(call.node.func, ast.Attribute) and not plain:
                yield call.node.func.value

    def _wrapped(self) -> Iterator[ast.expr]:
        """`session.request = partial(session.request, timeout=10)`."""
        for call in self._model.calls("functools.partial"):
            method = call.argument_node(0, "func")
            if call.passes(None, "timeout") and isinstance(method, ast.Attribute):
                yield method.value


def _overrides(instance: Value, *methods: str) -> bool:
    """Whether the notebook's own class of an instance defines one of these methods."""
    return instance.definition is not None and any(name in instance.definition.attributes for name in methods)
