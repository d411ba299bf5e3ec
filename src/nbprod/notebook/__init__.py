"""Bytes to notebook and back: reading, masking IPython syntax, positions, splicing edits, finding files."""

from nbprod.notebook.magics import Magic, MagicKind
from nbprod.notebook.model import Cell, Notebook
from nbprod.notebook.parsing import ParseError, parse_python
from nbprod.notebook.positions import SourceMap
from nbprod.notebook.read import cell_notebook, parse_notebook, read_notebook

__all__ = [
    "Cell",
    "Magic",
    "MagicKind",
    "Notebook",
    "ParseError",
    "SourceMap",
    "cell_notebook",
    "parse_notebook",
    "parse_python",
    "read_notebook",
]
