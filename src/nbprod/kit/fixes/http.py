"""Repairs of HTTP requests: a timeout, a check of the status."""

import ast
from collections.abc import Sequence
from contextlib import suppress

from nbprod.kit.context import Context
from nbprod.kit.edit import fresh, insert_after, insert_before, lift, set_keyword
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call, Stmt


def timeout_fix(ctx: Context, calls: Sequence[Call], *, title: str | None = None) -> Plan:
    """Give requests a timeout: 3 s to connect and 30 s between two bytes, or 30 s where there is one number."""

    def build() -> list[Edit]:
        edits: list[Edit] = []
        for call in calls:
            with suppress(Declined):  # the others can still be mended
                edits += set_keyword(ctx, call, *_bound(call))
        return edits

    many = "the request" if len(calls) == 1 else f"the {len(calls)} requests"
    return Plan(title or f"Give {many} a timeout", Safety.UNSAFE, build)


def _bound(call: Call) -> tuple[str, str]:
    """The keyword that bounds the wait of a request, and how long it may be."""
    if call.name == "aiohttp.ClientTimeout":
        return "total", "300"  # what aiohttp has where nobody says anything
    return "timeout", "(3.05, 30)" if call.name.startswith("requests.") else "30"


def status_fix(ctx: Context, call: Call) -> Plan:
    """Call `raise_for_status()` on a response before anything reads it."""

    def build() -> Sequence[Edit]:
        node = call.stmt.node
        if call.result.type == "urllib3.HTTPResponse":
            raise Declined("urllib3 has no raise_for_status")
        match node:
            case ast.Assign(targets=[ast.Name() | ast.Attribute() as target], value=value) if _is(value, call):
                return insert_after(ctx, call.stmt, f"{ast.unparse(target)}.raise_for_status()")
            case (
                ast.With(items=[*_, ast.withitem(context_expr=value, optional_vars=ast.Name(id=name))])
                | ast.AsyncWith(items=[*_, ast.withitem(context_expr=value, optional_vars=ast.Name(id=name))])
            ) if _is(value, call):
                return insert_before(ctx, _first(ctx, node.body), f"{name}.raise_for_status()")
        wish = next((name for name in ("response", "reply") if fresh(ctx, name) == name), "response")
        return lift(ctx, _with_await(node, call.node), call.stmt, wish, "{name}.raise_for_status()")

    return Plan("Check the status of the response", Safety.UNSAFE, build)


def _is(value: ast.expr, call: Call) -> bool:
    return (value.value if isinstance(value, ast.Await) else value) is call.node


def _first(ctx: Context, body: Sequence[ast.stmt]) -> Stmt:
    first = ctx.stmt(body[0])
    if first is None:
        raise Declined("the block was not analysed")
    return first


def _with_await(root: ast.AST, call: ast.Call) -> ast.expr:
    """The call, or the `await` around it."""
    waits = (node for node in ast.walk(root) if isinstance(node, ast.Await) and node.value is call)
    return next(waits, call)
