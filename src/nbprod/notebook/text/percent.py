"""Cells behind `# %%`, as jupytext, VS Code, Spyder and PyCharm write and read them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from nbprod.notebook.text.dialect import Dialect, Frame, checked_kind, tag_list
from nbprod.notebook.text.layout import Block, Row
from nbprod.notebook.text.options import parse_options, with_tags
from nbprod.patterns import lazy_pattern

MARKER = lazy_pattern(r"#[ \t]*+(?:%%++(?:[ \t]++(?P<options>.*+))?$|<codecell>[ \t]*+$|In\[[\d ]*+\]:?[ \t]*+$)")
_PREFIX = lazy_pattern(r"#[ \t]*+")
_QUOTES = lazy_pattern(r"[rR]?('''|\"\"\")")


class Percent(Dialect):
    """The percent format."""

    def blocks(self) -> Iterator[Block]:
        """Yield the cells; code above the first marker is one, too."""
        markers = self.markers
        first = self.trimmed(self.start, markers[0] if markers else len(self.lines.texts))
        if first:
            yield Block(kind="code", rows=tuple(self.code_rows(first)), first=first[0], last=first[-1])
        for marker, stop in zip(markers, [*markers, len(self.lines.texts)][1:], strict=True):
            yield self._block(marker, stop)

    def written_cell(self, kind: str, source: str, tags: Sequence[str]) -> list[str]:
        """The lines of a new cell, under a marker that looks like the others of the file."""
        name = "" if checked_kind(kind) == "code" else f" [{kind}]"
        marker = with_tags(f"{self._prefix}%%{name}", tags)
        block = Block(kind=kind, rows=(), first=0, last=0, comment="" if kind == "code" else "# ")
        return [marker, *(self.written_row(block, line) for line in source.split("\n"))]

    def frame(self, block: Block, source: str, tags: Sequence[str] | None) -> Frame:  # noqa: ARG002 - any text will do
        """The marker of a cell with these tags; code that has none gets one."""
        if tags is None:
            return Frame()
        if block.marker is None:
            return Frame(above=[with_tags(f"{self._prefix}%%", tags)])
        return Frame(marker=with_tags(self.lines.texts[block.marker], tags))

    def before(self, block: Block) -> Sequence[str]:
        """Code above all markers needs one as soon as another cell comes first."""
        return [f"{self._prefix}%%"] if block.marker is None else ()

    @cached_property
    def markers(self) -> list[int]:
        """The lines that begin cells."""
        texts = enumerate(self.lines.texts[self.start :], self.start)
        return [
            number
            for number, text in texts
            if text.startswith("#") and MARKER.match(text) and number not in self.inside_strings
        ]

    @cached_property
    def _prefix(self) -> str:
        """What stands before `%%` in this file."""
        texts = (self.lines.texts[number] for number in self.markers)
        found = next((_PREFIX.match(text) for text in texts if "%%" in text), None)
        return found[0] if found else "# "

    def _block(self, marker: int, stop: int) -> Block:
        found = MARKER.match(self.lines.texts[marker])
        options = parse_options((found["options"] if found else None) or "")
        metadata = tag_list(options.metadata)
        body = self.trimmed(marker + 1, stop)
        last = body[-1] if body else marker
        kind, rows, comment = self.content(marker, options.kind, metadata, body)
        return Block(kind=kind, rows=rows, first=marker, last=last, marker=marker, metadata=metadata, comment=comment)

    def content(
        self, marker: int, kind: str, metadata: Mapping[str, Any], body: range
    ) -> tuple[str, tuple[Row, ...], str]:
        """The kind of a cell, its rows, and what stands before each of them; text may stand in a string."""
        quoted = self._quoted(body) if kind != "code" else None
        return super().content(marker, kind, metadata, body) if quoted is None else (kind, quoted, "")

    def _quoted(self, body: range) -> tuple[Row, ...] | None:
        """The rows of text that stands in a string instead of comments; None when it does not."""
        texts = self.lines.texts
        opened = _QUOTES.match(texts[body[0]]) if body else None
        if opened is None or not texts[body[-1]].rstrip().endswith(opened[1]):
            return None
        start, end = opened.end(), len(texts[body[-1]].rstrip()) - 3
        if len(body) == 1:
            return (Row(body[0], start, end),) if end >= start else None
        rows = [Row(body[0], start), *map(Row, body[1:-1]), Row(body[-1], 0, end)]
        if not texts[body[0]][start:].strip():
            rows = rows[1:]
        return tuple(rows[:-1] if rows[-1].line == body[-1] and not end else rows)
