"""What `%%writefile` puts into Python files: checked by the rules that look at one call or value, wherever it stands.

The rules that ask what a notebook does as a whole have nothing to say about a module.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from nbprod.kit.rule import Listed
from nbprod.notebook import Cell, Magic, Notebook
from nbprod.protocol import Finding, Fix, ReplaceText
from nbprod.semantic.model import SKIP_TAG

_WRITERS = frozenset({"writefile", "file"})


def written_modules(notebook: Notebook) -> Iterator[Notebook]:
    """Yield a notebook for each Python file that a cell writes: that cell alone has code, at the same offsets."""
    for cell in notebook.code_cells:
        magics = cell.magics if "%%" in cell.source and SKIP_TAG not in cell.tags else ()
        magic = next(filter(_writes_module, magics), None)
        if magic is not None:
            yield _module(notebook, cell, magic)


def _writes_module(magic: Magic) -> bool:
    words = magic.args.split()
    return magic.kind == "cell" and magic.name in _WRITERS and bool(words) and words[-1].strip("\"'").endswith(".py")


def _module(notebook: Notebook, cell: Cell, magic: Magic) -> Notebook:
    hidden = "#".ljust(magic.end - magic.start)
    source = f"{cell.source[: magic.start]}{hidden}{cell.source[magic.end :]}"
    cells = tuple(
        _cell(other, "code", source) if other is cell else _cell(other, "raw", "") for other in notebook.cells
    )
    return Notebook(
        path=notebook.path,
        cells=cells,
        metadata=_allowed_secrets(notebook.metadata),
        nbformat=notebook.nbformat,
        nbformat_minor=notebook.nbformat_minor,
        language="python",
        skipped=None,
    )


def _cell(cell: Cell, kind: str, source: str) -> Cell:
    return Cell(index=cell.index, id=cell.id, type=kind, source=source, tags=(), metadata={}, execution_count=None)


def _allowed_secrets(metadata: Mapping[str, Any]) -> dict[str, Any]:
    own = metadata.get("nbprod")
    allowed = own.get("secret-allow") if isinstance(own, Mapping) else None
    return {} if allowed is None else {"nbprod": {"secret-allow": allowed}}


def in_place(finding: Finding, module: Notebook, rule: Listed) -> Finding:
    """A finding in a written file, with those of its fixes that stay inside of it."""
    fixes = finding.fixes if rule.written_files == "fix" else ()
    return replace(finding, fixes=tuple(fix for fix in fixes if _stays(fix, module, finding.at.cell.index)))


def _stays(fix: Fix, module: Notebook, cell: int) -> bool:
    start = module.cells[cell].source.find("\n") + 1
    return all(
        isinstance(edit, ReplaceText) and edit.span.cell.index == cell and edit.span.start >= start
        for edit in fix.edits
    )
