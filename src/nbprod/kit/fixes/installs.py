"""Pins what `%pip install` takes."""

from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.findings import Declined, Plan
from nbprod.notebook import Magic
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, ReplaceText, Safety

_WORD = lazy_pattern(r"""(?P<quote>["']?)(?P<name>[A-Za-z0-9][\w.-]*(?:\[[\w,. -]+\])?)(?P=quote)(?=\s|$)""")
HOLE = "TODO(nbprod)"


def pin_fix(ctx: Context, cell: int, magic: Magic, packages: Sequence[str]) -> Plan:
    """Give each unpinned package of an install line a version; without a kernel's, the version is a hole.

    `packages` are the words of the line that name a package without a version ("pandas[excel]").
    """

    def build() -> list[Edit]:
        start = magic.start + magic.raw.index(magic.args)
        edits: list[Edit] = []
        for package in packages:
            found = next((word for word in _WORD.finditer(magic.args) if word["name"] == package), None)
            if found is None:
                continue
            span = ctx.cell_span(cell, start + found.start(), start + found.end())
            edits.append(ReplaceText(span=span, text=f'"{package}=={HOLE}"'))
        if not edits:
            raise Declined("the packages cannot be told apart on the line")
        return edits

    return Plan("Pin the versions", Safety.TEMPLATE, build)
