"""Bytes to notebook and back: reading, masking IPython syntax, positions, splicing edits, finding files."""

from nbprod.notebook.discover import SKIPPED_FOLDERS, discover
from nbprod.notebook.json_style import Patch
from nbprod.notebook.magics import Magic, MagicKind
from nbprod.notebook.model import Cell, Notebook
from nbprod.notebook.parsing import ParseError, parse_python
from nbprod.notebook.positions import SourceMap
from nbprod.notebook.read import cell_notebook, parse_notebook, read_notebook
from nbprod.notebook.splice import apply_patches, inverse, patches, splice
from nbprod.notebook.write import write_atomic

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
    "parse_notebook",
    "parse_python",
    "patches",
    "read_notebook",
    "splice",
    "write_atomic",
]
