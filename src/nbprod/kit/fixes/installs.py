"""Pins what an install command takes."""

import re
from collections.abc import Mapping, Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.installs import UNKNOWN_VERSION, Install, Requirement
from nbprod.protocol import Edit, ReplaceText, Safety

_REST = r"""(?:[<>=!~][^\s"';|&]*)?(?=[\s;|&)]|$)"""  # `>=2.0,<3` without quotation marks


def pin_fix(ctx: Context, installs: Sequence[Install], versions: Mapping[str, str]) -> Plan:
    """Give each package that some commands install a version.

    `versions` are those that are known, by the name of the requirement; the others are holes to be filled.
    """
    wanted = [(install, found) for install in installs for found in install.requirements if found.is_open]
    missing = any(found.name not in versions for _, found in wanted)
    safety = Safety.TEMPLATE if missing else Safety.UNSAFE

    def build() -> list[Edit]:
        edits = combine(
            *(_pin(ctx, install, found, versions.get(found.name, UNKNOWN_VERSION)) for install, found in wanted)
        )
        if not edits:
            raise Declined("the packages do not stand in the command itself")
        return edits

    title = "Pin the versions, once you know them" if missing else "Pin the versions that the cell installed last"
    return Plan(title, safety, build)


def _pin(ctx: Context, install: Install, found: Requirement, version: str) -> list[Edit]:
    """The edit of one requirement, where it stands as a word of the command."""
    at = install.at
    cell = ctx.notebook.cells[at.cell.index]
    command = cell.source[at.start : at.end]
    pinned = f"{found.project}{'=' if install.is_conda else '=='}{version}"
    text = re.escape(found.text)
    word = rf"""(?P<mark>["']){text}(?P<marker>\s*;(?:(?!(?P=mark))[^\n])*)?(?P=mark)|(?<![\w.\[/=\-"']){text}{_REST}"""
    edits: list[Edit] = []
    for place in re.finditer(word, command):
        mark = place["mark"]
        if mark is None and command == cell.python[at.start : at.end]:  # within a string of Python
            continue
        if mark is None:
            mark = "" if re.fullmatch(r"[\w.=+-]+", pinned) else '"'
        span = ctx.cell_span(cell.index, at.start + place.start(), at.start + place.end())
        edits.append(ReplaceText(span=span, text=f"{mark}{pinned}{place['marker'] or ''}{mark}"))
    return edits
