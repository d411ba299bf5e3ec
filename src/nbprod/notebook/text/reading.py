"""From the bytes of a Python file to a notebook."""

import codecs

from nbprod.errors import ReadError
from nbprod.notebook.model import Cell, Notebook
from nbprod.notebook.read import decode, tags_of
from nbprod.notebook.text.databricks import Databricks
from nbprod.notebook.text.dialect import ESCAPED, ESCAPED_PERCENT, Dialect
from nbprod.notebook.text.evident import DATABRICKS, READ
from nbprod.notebook.text.header import Header, read_header
from nbprod.notebook.text.layout import Lines, TextMap
from nbprod.notebook.text.light import Light
from nbprod.notebook.text.percent import Percent
from nbprod.patterns import lazy_pattern

_COOKIE = lazy_pattern(rb"(?:[^\r\n]*+(?:\r\n|\r|\n))?[ \t\f]*+#[^\r\n]*?coding[:=][ \t]*+([\w.-]++)")
_SINGLE_BYTE = lazy_pattern(r"(?:iso8859-\d+|cp125\d|cp437|cp850|cp858|koi8-[ru]|mac-roman)")
_DATABRICKS_METADATA = {"application/vnd.databricks.v1+notebook": {"language": "python"}}  # as its .ipynb files have
_NO_CELLS = (
    "no notebook: this Python file has no cells. One is read as a notebook when it has `# %%` markers, "
    f"begins with `{DATABRICKS}`, or with jupytext's header"
)


def parse_text(data: bytes, path: str) -> Notebook:
    """Read the bytes of a Python file as a notebook; `path` is the name to show.

    Raises:
        ReadError: they hold no notebook; the message says what is wrong.
    """
    encoding = _encoding(data, path)
    text = _decoded(data, encoding, path)
    if not text.strip():
        raise ReadError(f"{path}: the file is empty")
    lines = Lines(text)
    header = read_header(lines.texts[:250])
    dialect = _dialect(lines, header, path)
    blocks = list(dialect.blocks())
    if not blocks:
        raise ReadError(f"{path}: {_NO_CELLS}")
    cells = tuple(
        Cell(
            index=index,
            id=None,
            type=block.kind,
            source=block.source(lines),
            tags=tags_of(block.metadata),
            metadata=block.metadata,
            execution_count=None,
        )
        for index, block in enumerate(blocks)
    )
    return Notebook(
        path=path,
        cells=cells,
        metadata=_DATABRICKS_METADATA if isinstance(dialect, Databricks) else header.metadata,
        nbformat=4,
        nbformat_minor=5,
        language="python",
        skipped=None,
        raw=data,
        text=TextMap(lines, blocks, dialect, encoding),
    )


def _dialect(lines: Lines, header: Header, path: str) -> Dialect:
    if lines.texts[0].rstrip() == DATABRICKS:
        return Databricks(lines, 1)
    name = header.format_name
    if name is not None and name not in READ:
        raise ReadError(f"{path}: jupytext format `{name}` is not read: convert it with `jupytext --to py:percent`")
    if name == "light":
        return Light(lines, header.stop, str(header.jupytext.get("cell_markers", "+,-")).split(","))
    escaped = None if name == "hydrogen" else ESCAPED if header.metadata else ESCAPED_PERCENT
    dialect = Percent(lines, header.stop, escaped=escaped)
    if name is None and not dialect.markers:
        raise ReadError(f"{path}: {_NO_CELLS}")
    return dialect


def _encoding(data: bytes, path: str) -> str:
    """The encoding of a file: UTF-8, unless one of its first two lines names another."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    found = _COOKIE.match(data[:400])
    if found is None:
        return "utf-8"
    name = found[1].decode("ascii", "replace")
    try:
        known = codecs.lookup(name).name
    except LookupError:
        raise ReadError(f"{path}: there is no encoding `{name}`: correct its first lines") from None
    if known in {"utf-8", "ascii", "utf-8-sig"}:
        return "utf-8"
    if not _SINGLE_BYTE.fullmatch(known):
        raise ReadError(f"{path}: the encoding `{name}` is not read: save it as UTF-8")
    return known


def _decoded(data: bytes, encoding: str, path: str) -> str:
    if encoding.startswith("utf-8"):
        return decode(data, path)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ReadError(f"{path}: the file is not {encoding} (byte {error.start}), as its first lines say") from None
