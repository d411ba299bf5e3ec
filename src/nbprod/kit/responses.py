"""What notebooks do with HTTP responses: read the body, look at the status, or only show either."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from msgspec import Struct, field

from nbprod.kit.blocks import displays, shows
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Access, Event, EventKind, Stmt, Use

_TYPES: Final = frozenset({"requests.Response", "httpx.Response", "aiohttp.ClientResponse", "urllib3.HTTPResponse"})
_BODY: Final = frozenset(
    {"json", "text", "content", "iter_content", "iter_lines", "iter_bytes", "iter_text", "raw", "data", "read"}
)
_STATUS: Final = frozenset({"raise_for_status", "status_code", "status", "ok", "is_success", "is_error", "reason"})
_VIEWS: Final = frozenset(
    {"loads", "dumps", "json_normalize", "open", "len", "type", "list", "dict", "sorted", "set", "imshow", "pp"}
)
_ACTS: Final = lazy_pattern(
    r"save|write|to_(?!list|dict|string|numpy)|upload|send|append|extend|update|insert|add|put|pop"
)
_HOOKS: Final = frozenset({"hooks", "event_hooks", "raise_for_status"})


class Response(Struct):
    """The answer to one request.

    Attributes:
        request: What was asked.
        bodies: Where its body is read, in order.
        is_checked: Some code decides by its status, or raises if it is an error.
    """

    request: Event
    bodies: list[Access] = field(default_factory=list)
    is_checked: bool = False


class Responses:
    """The responses that a notebook reads anything of."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._found: dict[ast.Call, Response] = {}
        seen: set[ast.AST] = set()
        for access in ctx.model.accesses:
            if access.value.type in _TYPES and access.node not in seen:
                seen.add(access.node)
                self._note(access)

    def unchecked(self) -> Iterator[tuple[Response, Access]]:
        """The responses whose body is used, not only shown, although nobody looks at the status.

        With each, the first such use.
        """
        for response in self._found.values():
            if response.is_checked or not response.bodies or self._raises_by_itself(response.request):
                continue
            used = next((body for body in response.bodies if not self._is_only_shown(body)), None)
            if used is not None and response.request.node not in self._tested:
                yield response, used

    def checks(self, request: Event) -> bool:
        """Whether the code decides by the status of a request's response, or lets it raise."""
        response = self._found.get(request.node)
        return (response is not None and response.is_checked) or self._raises_by_itself(request)

    def _note(self, access: Access) -> None:
        requests = [event for event in access.value.lineage if event.kind is EventKind.HTTP]
        if not requests:
            return
        request = max(requests, key=lambda event: event.order)  # the others gave it a token or an address
        response = self._found.setdefault(request.node, Response(request))
        if access.attribute in _STATUS:
            response.is_checked = response.is_checked or self._decides(access)
        elif access.attribute in _BODY:
            response.bodies.append(access)

    def _decides(self, access: Access) -> bool:
        """Whether reading the status is more than showing it."""
        node = access.stmt.node
        if access.attribute == "raise_for_status" or not isinstance(node, ast.Expr):
            return True
        return isinstance(node.value, ast.Call) and not shows(node.value, self._ctx)

    @cached_property
    def _tested(self) -> frozenset[ast.Call]:
        """The requests whose response is itself a condition: `if response:` asks whether it is `ok`."""
        found: set[ast.Call] = set()
        for use in self._ctx.model.uses:
            if use.binding is None or use.binding.value.type != "requests.Response":
                continue
            if isinstance(use.stmt.node, ast.If | ast.While | ast.Assert) and _is_condition(
                use.node, use.stmt.node.test
            ):
                found.update(event.node for event in use.binding.value.lineage)
        return frozenset(found)

    def _raises_by_itself(self, request: Event) -> bool:
        """Whether a hook looks at the response, or the session is told to raise."""
        if _HOOKS & request.call.keywords.keys():
            return True
        return request.call.receiver is not None and self._has_hooks

    @cached_property
    def _has_hooks(self) -> bool:
        clients = self._ctx.model.calls("httpx.Client", "aiohttp.ClientSession")
        if any(_HOOKS & client.keywords.keys() for client in clients):
            return True
        return any(
            isinstance(node, ast.Attribute) and node.attr in _HOOKS
            for cell in self._ctx.cells
            if "hooks" in cell.source and cell.tree is not None
            for node in ast.walk(cell.tree)
        )

    # -- what is only shown -------------------------------------------------------------------

    def _is_only_shown(self, access: Access) -> bool:
        stmt = access.stmt
        if isinstance(stmt.node, ast.Expr):
            return self._shows(stmt, access.node)
        if isinstance(stmt.node, ast.Assign) and isinstance(stmt.node.targets[0], ast.Name):
            return all(self._shows(use.stmt, use.node) for use in self._uses[stmt])
        return isinstance(stmt.node, ast.For) and self._only_show(stmt.node.body)

    def _only_show(self, block: list[ast.stmt]) -> bool:
        """Whether the body of a loop over lines or chunks does nothing but print them."""
        for node in block:
            if isinstance(node, ast.If):
                if not self._only_show([*node.body, *node.orelse]):
                    return False
            elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and shows(node.value, self._ctx)):
                return False
        return True

    def _shows(self, stmt: Stmt, node: ast.expr) -> bool:
        """Whether a statement does nothing but show what it reads at a node."""
        if not isinstance(stmt.node, ast.Expr):
            return False
        shown = stmt.node.value
        if isinstance(shown, ast.Call) and shows(shown, self._ctx):
            return True
        if self._acts(shown) or not all(map(_only_views, _calls_around(node, shown))):
            return False
        return displays(self._ctx, stmt) or _heads(node, shown)

    def _acts(self, expression: ast.expr) -> bool:
        """Whether an expression writes, sends or collects what it reads."""
        for node in ast.walk(expression):
            if isinstance(node, ast.Call):
                call = self._ctx.call(node)
                if call is not None and any(event.kind is not EventKind.HTTP for event in call.events):
                    return True
                if isinstance(node.func, ast.Attribute) and _ACTS.match(node.func.attr):
                    return True
        return False

    @cached_property
    def _uses(self) -> dict[Stmt, list[Use]]:
        """The uses of what a statement binds."""
        found: dict[Stmt, list[Use]] = defaultdict(list)
        for use in self._ctx.model.uses:
            if use.binding is not None and use.binding.stmt is not None:
                found[use.binding.stmt].append(use)
        return found


def _is_condition(node: ast.expr, test: ast.expr) -> bool:
    """Whether a name is asked for its truth, as in `if response and …` and `if not response`."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_condition(node, operand)
        case ast.BoolOp(values=values):
            return any(_is_condition(node, value) for value in values)
    return node is test


def _calls_around(node: ast.expr, expression: ast.expr) -> Iterator[ast.Call]:
    """The calls of an expression that a node is an argument of."""
    for call in ast.walk(expression):
        if isinstance(call, ast.Call):
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(part is node for argument in arguments for part in ast.walk(argument)):
                yield call


def _only_views(call: ast.Call) -> bool:
    """Whether a call makes another view of its argument: `pd.DataFrame(…)`, `json.loads(…)`, `Image.open(…)`."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name[:1].isupper() or name in _VIEWS


def _heads(node: ast.expr, expression: ast.expr) -> bool:
    """Whether an expression begins with a node: `r.json()["rates"]` with `r.json`."""
    while expression is not node:
        match expression:
            case ast.Call(func=inner) | ast.Attribute(value=inner) | ast.Subscript(value=inner):
                expression = inner
            case _:
                return False
    return True
