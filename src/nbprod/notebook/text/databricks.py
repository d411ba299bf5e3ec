"""Databricks source files: `# COMMAND ----------` between cells, `# MAGIC` before what is not Python."""

from collections.abc import Iterator, Sequence

from nbprod.errors import EditConflict
from nbprod.notebook.text.dialect import MAGIC, Dialect, Frame, checked_kind
from nbprod.notebook.text.layout import Block, Row
from nbprod.patterns import lazy_pattern

PARAMETERS = "parameters"
_SEPARATOR = "# COMMAND ----------"
_PREFIX = "# MAGIC "
_MAGIC_LINE = lazy_pattern(r"#[ ]MAGIC(?:[ ]|$)")
_TITLE = lazy_pattern(r"#[ ]DBTITLE[ ]\d+,(.*)$")
_LANGUAGE = lazy_pattern(r"[ \t]*+%([a-z][\w-]*+)[ \t]?")
_TEXT = ("md", "md-sandbox")
_BODIES = ("sql", "scala", "r", "sh")
_NO_TAGS = "a Databricks source file has no place for the tags of cells"


class Databricks(Dialect):
    """The source format of Databricks.

    It has no tags; a cell with the title `parameters`, or `something (parameters)`, counts as tagged so.
    """

    between = ("", _SEPARATOR, "")

    def blocks(self) -> Iterator[Block]:
        """Yield the cells that are not empty."""
        texts = self.lines.texts
        bounds = [number for number, text in enumerate(texts) if text.rstrip() == _SEPARATOR]
        starts = [0, *(number + 1 for number in bounds)]
        for start, stop in zip(starts, [*bounds, len(texts)], strict=True):
            body = self.trimmed(max(start, self.start), stop)
            if body:
                yield self._block(body)

    def written_cell(self, kind: str, source: str, tags: Sequence[str]) -> list[str]:
        """The lines of a new cell."""
        if tags and (list(tags) != [PARAMETERS] or kind != "code"):
            raise EditConflict(_NO_TAGS)
        if checked_kind(kind) == "raw":
            raise EditConflict("a Databricks source file has no raw cells")
        comment = _PREFIX if kind == "markdown" else ""
        block = Block(kind=kind, rows=(), first=0, last=0, comment=comment)
        head = ["# MAGIC %md"] if kind == "markdown" else [_title(PARAMETERS)] if tags else []
        return [*head, *(self.written_row(block, line) for line in source.split("\n"))]

    def frame(self, block: Block, source: str, tags: Sequence[str] | None) -> Frame:  # noqa: ARG002 - any text will do
        """The title of a cell of parameters."""
        if tags is None:
            return Frame()
        if list(tags) != [PARAMETERS] or block.kind != "code":
            raise EditConflict(_NO_TAGS)
        if block.marker is None:
            return Frame(above=[_title(PARAMETERS)])
        return Frame(marker=f"{self.lines.texts[block.marker].rstrip()} ({PARAMETERS})")

    def written_row(self, block: Block, text: str) -> str:
        """A line of a cell's source; `%%sql` is written `%sql` here."""
        if not block.comment and block.kind == "code" and MAGIC.match(text):
            return f"{_PREFIX}{text}"
        if block.comment and text.startswith("%%"):
            text = text[1:]
        return super().written_row(block, text)

    def _block(self, body: range) -> Block:
        first, last = body[0], body[-1]
        title = _TITLE.match(self.lines.texts[first])
        metadata: dict[str, object] = {}
        if title:
            is_parameters = title[1].strip().lower() == PARAMETERS or title[1].rstrip().endswith(f"({PARAMETERS})")
            metadata = {"title": title[1].strip(), **({"tags": [PARAMETERS]} if is_parameters else {})}
            body = self.trimmed(first + 1, last + 1)
        kind, rows, comment = self._content(body)
        marker = first if title else None
        return Block(kind=kind, rows=rows, first=first, last=last, marker=marker, metadata=metadata, comment=comment)

    def _content(self, body: range) -> tuple[str, tuple[Row, ...], str]:
        """The kind of a cell, its rows, and what stands before each of them in the file."""
        rows = [self._row(number) for number in body]
        if not rows or not rows[0].start:
            return "code", tuple(rows), ""
        head = rows[0]
        text = self.lines.texts[head.line]
        found = _LANGUAGE.match(text, head.start)
        language = found[1] if found else ""
        if found and language in (*_TEXT, "python"):
            rest = Row(head.line, found.end())
            rows = [*([rest] if text[found.end() :].strip() else []), *rows[1:]]
            return "code" if language == "python" else "markdown", tuple(rows), _PREFIX
        if found and language in _BODIES:
            rows[0] = Row(head.line, head.start, lead="%")
        return "code", tuple(rows), _PREFIX

    def _row(self, number: int) -> Row:
        found = _MAGIC_LINE.match(self.lines.texts[number])
        return Row(number, found.end() if found else 0)


def _title(name: str) -> str:
    return f"# DBTITLE 1,{name}"
