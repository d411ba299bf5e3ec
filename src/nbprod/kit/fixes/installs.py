"""Pins what an install command takes."""

import re
from collections.abc import Mapping, Sequence

from nbprod.kit.context import Context
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
        edits = [
            edit
            for install, found in wanted
            for edit in _pin(ctx, install, found, versions.get(found.name, UNKNOWN_VERSION))
        ]
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
    quoted = re.search(rf"""(?P<mark>["']){text}(?P<marker>\s*;(?:(?!(?P=mark))[^\n])*)?(?P=mark)""", command)
    if quoted is not None:
        mark = quoted["mark"]
        place, new = quoted.span(), f"{mark}{pinned}{quoted['marker'] or ''}{mark}"
    else:
        word = re.search(rf"(?<![\w.\[/=-]){text}{_REST}", command)
        if word is None or command == cell.python[at.start : at.end]:  # within a string of Python
            return []
        place, new = word.span(), pinned if re.fullmatch(r"[\w.=+-]+", pinned) else f'"{pinned}"'
    return [ReplaceText(span=ctx.cell_span(cell.index, at.start + place[0], at.start + place[1]), text=new)]
