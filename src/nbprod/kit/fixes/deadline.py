"""Gives a loop that waits for something a time at which it gives up."""

import ast

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, fresh, hoist, insert_above, insert_before
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Stmt

_HOURS = 4


def deadline_fix(ctx: Context, loop: Stmt, waited: str) -> Plan:
    """Raise TimeoutError in a `while` loop once it has run for the parameter MAX_WAIT_S, four hours by default.

    `waited` is what it waits for, as it should stand in the error.
    """

    def build() -> list[Edit]:
        body = loop.node.body if isinstance(loop.node, ast.While) else []
        first = ctx.stmt(body[0]) if body else None
        if first is None:
            raise Declined("the loop was not analysed")
        hoisted, names = hoist(ctx, {"MAX_WAIT_S": str(_HOURS * 3600)}, before=loop, shared=True)
        limit = names["MAX_WAIT_S"]
        imports, time = ensure_import(ctx, "time", before=loop)
        deadline = fresh(ctx, "deadline")
        check = (
            f"if {time}.monotonic() > {deadline}:\n"
            f'    raise TimeoutError(f"gave up waiting for {_quotable(waited)} after {{{limit}}} s")'
        )
        start = insert_above(ctx, loop, f"{deadline} = {time}.monotonic() + {limit}")
        return combine(hoisted, imports, start, insert_before(ctx, first, check))

    return Plan(f"Give up after {_HOURS} hours, or what MAX_WAIT_S says", Safety.UNSAFE, build)


def _quotable(text: str) -> str:
    """A text that can stand in an f-string of one line."""
    plain = text.replace('"', "'").replace("{", "{{").replace("}", "}}")
    return plain if plain.isprintable() and "\\" not in plain else "the status"
