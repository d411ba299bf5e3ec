"""Puts the edits of several helpers, or of several fixes, together."""

import ast
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from nbprod.errors import EditConflict
from nbprod.kit.edit.source import comments
from nbprod.notebook import parse_python
from nbprod.patterns import lazy_pattern
from nbprod.protocol import ClearOutputs, DeleteCell, Edit, InsertCell, ReplaceText, SetMetadata

PARAMETERS = "parameters"


def combine(*parts: Iterable[Edit]) -> list[Edit]:
    """The edits of several helpers as one list, without conflicts.

    What is identical is kept once. Imports and constants that two edits put in at one place are put
    in together, and so are the lines of two new cells tagged alike. Other edits may touch but not
    overlap.

    Raises:
        EditConflict: Two edits cannot both be made.
    """
    merged: list[Edit] = []
    by_cell: dict[int, list[int]] = {}
    for edit in (edit for part in parts for edit in part):
        _add(merged, by_cell, edit)
    cells = [edit for edit in merged if isinstance(edit, InsertCell)]
    rest = [edit for edit in merged if not isinstance(edit, InsertCell)]
    return [*sorted(cells, key=lambda edit: (edit.before, PARAMETERS not in edit.tags)), *rest]


def combine_fitting(fixes: Sequence[Sequence[Edit]]) -> tuple[list[Edit], list[int]]:
    """The edits of as many fixes as go together, in the order given, and which of the fixes those are."""
    edits: list[Edit] = []
    taken = []
    for index, fix in enumerate(fixes):
        try:
            edits = combine(edits, fix)
        except EditConflict:
            continue
        taken.append(index)
    return edits, taken


_ANYWHERE = -1
"""In place of a cell's index: what may meet edits of any cell."""


def _add(merged: list[Edit], by_cell: dict[int, list[int]], edit: Edit) -> None:
    """Add an edit; only those of its cell, and those of the notebook's structure, can be in its way."""
    own = edit.span.cell.index if isinstance(edit, ReplaceText) else _ANYWHERE
    near = range(len(merged)) if own == _ANYWHERE else [*by_cell.get(own, ()), *by_cell.get(_ANYWHERE, ())]
    for index in near:
        other = merged[index]
        if other == edit:
            return
        if isinstance(edit, InsertCell) and isinstance(other, InsertCell):
            if (edit.before, edit.cell_type, edit.tags) == (other.before, other.cell_type, other.tags):
                source = _union(other.source, edit.source)
                merged[index] = InsertCell(before=edit.before, cell_type=edit.cell_type, source=source, tags=edit.tags)
                return
        elif isinstance(edit, ReplaceText) and isinstance(other, ReplaceText):
            if _is_same_point(edit, other):
                merged[index] = ReplaceText(span=edit.span, text=_union_of_lines(other.text, edit.text))
                return
            if _overlap(edit, other):
                raise EditConflict("two edits change the same text")
        elif _exclude(edit, other):
            raise EditConflict("two edits change the same cell")
    by_cell.setdefault(own, []).append(len(merged))
    merged.append(edit)


def _is_same_point(one: ReplaceText, other: ReplaceText) -> bool:
    place = (one.span.cell.index, one.span.start, one.span.end)
    return place == (other.span.cell.index, other.span.start, other.span.end) and one.span.start == one.span.end


def _overlap(one: ReplaceText, other: ReplaceText) -> bool:
    if one.span.cell.index != other.span.cell.index:
        return False
    if (one.span.start, one.span.end) == (other.span.start, other.span.end):
        return True
    return one.span.start < other.span.end and other.span.start < one.span.end


def _exclude(one: Edit, other: Edit) -> bool:
    """Whether one of two edits of different kinds, or two of metadata, rules the other out."""
    if isinstance(one, InsertCell) or isinstance(other, InsertCell):
        cells = [edit for edit in (one, other) if isinstance(edit, InsertCell)]
        rest = [edit for edit in (one, other) if isinstance(edit, SetMetadata)]
        return any(PARAMETERS in edit.tags for edit in cells) and any(_makes_parameters(edit) for edit in rest)
    if isinstance(one, SetMetadata) and isinstance(other, SetMetadata):
        return (one.cell, one.path) == (other.cell, other.path)
    deletes = isinstance(one, DeleteCell) or isinstance(other, DeleteCell)
    return deletes and _cell(one) == _cell(other)


def _makes_parameters(edit: SetMetadata) -> bool:
    """Whether the tag goes to another cell: a notebook has one parameters cell."""
    return edit.path == ("tags",) and isinstance(edit.value, list) and PARAMETERS in edit.value


def _cell(edit: Edit) -> int | None:
    match edit:
        case ReplaceText(span=span):
            return span.cell.index
        case DeleteCell(cell=cell) | ClearOutputs(cell=cell):
            return cell.index
        case SetMetadata(cell=cell):
            return cell.index if cell is not None else None
        case _:
            return None


# --- declarations: imports and constants, which stand side by side in any order -----------------------

_ENDS = lazy_pattern(r"(\s*+)((?:.*\S)?+)(\s*+)", re.DOTALL)


def _union_of_lines(one: str, other: str) -> str:
    imports, rests = zip(_after_imports(one), _after_imports(other), strict=True)
    if rests.count("") == 1:  # one brings nothing but imports: they go before whatever the other does
        return (_union_of_declarations(*imports) if all(imports) else "".join(imports)) + "".join(rests)
    return _union_of_declarations(one, other)


def _after_imports(text: str) -> tuple[str, str]:
    """The lines of imports with which a text starts, and what comes after them."""
    tree = parse_python(text)
    if not isinstance(tree, ast.Module):
        return "", text
    nodes = takewhile(lambda node: isinstance(node, ast.Import | ast.ImportFrom), tree.body)
    end = max((node.end_lineno or 0 for node in nodes), default=0)
    lines = text.splitlines(keepends=True)
    imports = "".join(lines[:end])
    return (imports, "".join(lines[end:])) if imports.endswith("\n") else ("", text)


def _union_of_declarations(one: str, other: str) -> str:
    first, second = _ENDS.fullmatch(one), _ENDS.fullmatch(other)
    alike = first is not None and second is not None and first[1] == second[1] and first[3] == second[3]
    if first is None or second is None or not alike or "\n" not in first[1] + first[3]:
        raise EditConflict("two edits put different text in at the same place")
    indent = first[1].rpartition("\n")[2]
    lines = _union(_dedented(first[2], indent), _dedented(second[2], indent)).split("\n")
    newline = "\r\n" if "\r\n" in one else "\n"
    return first[1] + f"{newline}{indent}".join(lines) + first[3]


def _dedented(text: str, indent: str) -> str:
    return "\n".join(line.rstrip("\r").removeprefix(indent) for line in text.split("\n"))


def _union(one: str, other: str) -> str:
    """The lines of two texts that only declare names, each once.

    Raises:
        EditConflict: They do something else, or declare one name differently.
    """
    first, second = _declared(one), _declared(other)
    for name in first.keys() & second.keys():
        if first[name] != second[name]:
            raise EditConflict(f"two edits define `{name}` differently")
    lines = list(dict.fromkeys([*first.values(), *second.values()]))
    if all(line.startswith(("import ", "from ")) for line in lines):
        lines = _grouped(sorted(lines, key=lambda line: (line.startswith("from "), line)))
    return "\n".join(lines)


def _grouped(lines: Sequence[str]) -> list[str]:
    """Imports from one module on one line."""
    grouped: dict[str, str] = {}
    for line in lines:
        module, found, names = line.partition(" import ")
        if found and module in grouped and "(" not in line + grouped[module]:
            grouped[module] += f", {names}"
        else:
            grouped[module if found else line] = line
    return list(grouped.values())


def _declared(text: str) -> dict[str, str]:
    tree = parse_python(text)
    if not isinstance(tree, ast.Module):
        raise EditConflict("two edits put different text in at the same place")
    found: dict[str, str] = {}
    for node in tree.body:
        declared = _declared_by(node, text)
        if not declared:
            raise EditConflict("two edits put different text in at the same place")
        found.update(declared)
    if comments(text):
        raise EditConflict("two edits put comments in at the same place")
    return found


def _declared_by(node: ast.stmt, text: str) -> dict[str, str]:
    """The names that an import or a constant declares, each with the line that would declare it alone."""
    match node:
        case ast.ImportFrom(names=aliases):
            start = f"from {'.' * node.level}{node.module or ''} import "
            return {alias.asname or alias.name: start + ast.unparse(alias) for alias in aliases}
        case ast.Import(names=aliases):
            return {alias.asname or alias.name.partition(".")[0]: f"import {ast.unparse(alias)}" for alias in aliases}
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if not _calls(value):
            return {name: ast.get_source_segment(text, node) or ""}
        case _:
            return {}


def _calls(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Call | ast.Name) for node in ast.walk(value))
