"""Bytes to notebook and back: reading, masking IPython syntax, positions, splicing edits, finding files."""

from importlib import import_module
from typing import TYPE_CHECKING

from nbprod.notebook.discover import SKIPPED_FOLDERS, discover, is_text_notebook
from nbprod.notebook.magics import Magic, MagicKind
from nbprod.notebook.model import Cell, Notebook
from nbprod.notebook.parsing import ParseError, parse_python
from nbprod.notebook.positions import SourceMap
from nbprod.notebook.read import cell_notebook, live_notebook, parse_notebook, read_notebook, tags_of

if TYPE_CHECKING:
    from nbprod.notebook.json_style import Patch
    from nbprod.notebook.splicing import apply_patches, inverse, patches, splice
    from nbprod.notebook.writing import write_atomic

__all__ = [
    "SKIPPED_FOLDERS",
    "Cell",
    "Magic",
    "MagicKind",
    "Notebook",
    "ParseError",
    "Patch",
    "SourceMap",
    "apply_patches",
    "cell_notebook",
    "discover",
    "inverse",
    "is_text_notebook",
    "live_notebook",
    "parse_notebook",
    "parse_python",
    "patches",
    "read_notebook",
    "splice",
    "tags_of",
    "write_atomic",
]

_LATE = {
    "Patch": "json_style",
    "apply_patches": "splicing",
    "inverse": "splicing",
    "patches": "splicing",
    "splice": "splicing",
    "write_atomic": "writing",
}


def __getattr__(name: str) -> object:
    """Load what only fixing needs when it is first asked for: most runs only check."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATE[name]}"), name)
