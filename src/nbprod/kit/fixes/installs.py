"""Pins what an install command takes."""

import re
from collections.abc import Collection, Mapping, Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.installed import meets
from nbprod.kit.installs import UNKNOWN_VERSION, Install, Requirement
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, InsertCell, ReplaceText, Safety

_REST = r"""(?:[<>=!~][^\s"';|&]*)?(?=[\s;|&)]|$)"""  # `>=2.0,<3` without quotation marks

_INDEX = lazy_pattern(r"(?<!\S)(?:--(?:extra-)?index-url|--index|--default-index|--find-links|-i|-f)(?=[\s=])")
_SHELL_PIP = lazy_pattern(r"![ \t]*(?:(?:python3?|\{sys\.executable\})[ \t]+-m[ \t]+)?pip3?[ \t]+install(?![\w-])")
_QUOTED = lazy_pattern(r"\"[^\"$`]*\"|'[^']*'")
_REMARK = lazy_pattern(r"(?<!\S)#")
_MORE = lazy_pattern(r"[;|&<>`$\n]")


def pin_fix(
    ctx: Context, installs: Sequence[Install], versions: Mapping[str, str], running: Collection[str] = ()
) -> Plan:
    """Give each package that some commands install a version.

    `versions` are those that are known, by the name of the requirement; the others are holes to be filled. Those of
    the names in `running` are what the session runs: with no other, nothing changes there.
    """
    wanted = [
        (install, found)
        for install in installs
        for found in install.requirements
        if found.is_open or (found.is_hole and found.name in versions)
    ]
    missing = any(found.name not in versions for _, found in wanted)
    is_live = all(found.name in running for _, found in wanted)

    def build() -> list[Edit]:
        edits = combine(
            *(_pin(ctx, install, found, versions.get(found.name, UNKNOWN_VERSION)) for install, found in wanted)
        )
        if not edits:
            raise Declined("the packages do not stand in the command itself")
        return combine(edits, *(_into_this_kernel(ctx, install) for install in installs if is_live))

    if missing:
        return Plan("Pin the versions, once you know them", Safety.TEMPLATE, build)
    if is_live:
        return Plan("Pin the versions that this kernel runs", Safety.SAFE, build)
    return Plan("Pin the versions that the cell installed last", Safety.UNSAFE, build)


def install_fix(ctx: Context, versions: Mapping[str, str]) -> Plan:
    """Install the versions that the session runs, in a cell of its own before the first that runs code."""

    def build() -> list[Edit]:
        pins = " ".join(f'"{name}=={version}"' for name, version in versions.items())
        first = ctx.notebook.code_cells[0]
        return [InsertCell(before=first.index, cell_type="code", source=f"%pip install {pins}")]

    return Plan("Install the versions that this kernel runs", Safety.SAFE, build)


def _into_this_kernel(ctx: Context, install: Install) -> list[Edit]:
    """`!pip` may belong to another Python; `%pip` is that of the kernel. Lines that do more are left alone."""
    at = install.at
    cell = ctx.notebook.cells[at.cell.index]
    found = _SHELL_PIP.match(cell.source, at.start, at.end)
    if found is None or _MORE.search(_QUOTED.sub("", cell.source[found.end() : at.end])):
        return []
    return [ReplaceText(span=ctx.cell_span(cell.index, at.start, found.end()), text="%pip install")]


def _pin(ctx: Context, install: Install, found: Requirement, version: str) -> list[Edit]:
    """The edit of one requirement, where it stands as a word of the command."""
    at = install.at
    cell = ctx.notebook.cells[at.cell.index]
    command = cell.source[at.start : at.end]
    remark = _REMARK.search(_QUOTED.sub(lambda quoted: "x" * len(quoted[0]), command))
    command = command[: remark.start()] if remark is not None and "\n" not in command else command
    if not _INDEX.search(command):  # "2.5.1+cu121" is on no common index
        version = version.partition("+")[0]
    pinned = f"{found.project}{'=' if install.is_conda else '=='}{version}"
    text = re.escape(found.text)
    word = rf"""(?P<mark>["']){text}(?P<marker>\s*;(?:(?!(?P=mark))[^\n])*)?(?P=mark)|(?<![\w.\[/=\-"']){text}{_REST}"""
    edits: list[Edit] = []
    for place in re.finditer(word, command):
        mark = place["mark"]
        if mark is None and command == cell.python[at.start : at.start + len(command)]:  # within a string of Python
            continue
        if mark is None:
            if version != UNKNOWN_VERSION and not meets(version, place[0]):
                raise Declined("the command asks for another version")
            mark = "" if re.fullmatch(r"[\w.=+-]+", pinned) else '"'
        span = ctx.cell_span(cell.index, at.start + place.start(), at.start + place.end())
        edits.append(ReplaceText(span=span, text=f"{mark}{pinned}{place['marker'] or ''}{mark}"))
    return edits
