"""jupytext's light format: paragraphs are cells, and `# +` begins one that holds blank lines."""

from collections.abc import Iterator, Sequence

from nbprod.notebook.text.dialect import ESCAPED, Dialect, Frame, checked_kind, tag_list
from nbprod.notebook.text.layout import Block, Lines
from nbprod.notebook.text.options import parse_options, with_tags

_PLAIN = ("+", "-")


class Light(Dialect):
    """The light format.

    Args:
        lines: The file.
        start: Where its header ends.
        markers: What begins and ends an explicit cell, behind `# `.
    """

    def __init__(self, lines: Lines, start: int, markers: Sequence[str] = _PLAIN) -> None:
        super().__init__(lines, start)
        self.begin, self.end = (f"# {word}" for word in (markers if len(markers) == 2 else _PLAIN))

    def blocks(self) -> Iterator[Block]:
        """Yield the cells of the file."""
        number, stop = self.start, len(self.lines.texts)
        while number < stop:
            if self.lines.is_blank(number) or self._ends(number):
                number += 1
                continue
            block = self._explicit(number) if self._begins(number) else self._paragraph(number)
            yield block
            number = block.last + 1

    def written_cell(self, kind: str, source: str, tags: Sequence[str]) -> list[str]:
        """The lines of a new cell; always with markers, since it may hold blank lines."""
        name = "" if checked_kind(kind) == "code" else f" [{kind}]"
        block = Block(kind=kind, rows=(), first=0, last=0, comment="" if kind == "code" else "# ")
        body = [self.written_row(block, line) for line in source.split("\n")]
        return [with_tags(f"{self.begin}{name}", tags), *body, self.end]

    def frame(self, block: Block, source: str, tags: Sequence[str] | None) -> Frame:
        """The marker of a cell with these tags; code that has none needs markers for tags and for blank lines."""
        if block.marker is not None:
            return Frame() if tags is None else Frame(marker=with_tags(self.lines.texts[block.marker], tags))
        if tags is None and (block.kind != "code" or "\n\n" not in source):
            return Frame()
        return Frame(above=[with_tags(self.begin, tags or ())], below=[self.end])

    def _begins(self, number: int) -> bool:
        text = self.lines.texts[number]
        is_marker = text.startswith(self.begin) and text[len(self.begin) :][:1] in {"", " ", "\t"}
        return is_marker and number not in self.inside_strings

    def _ends(self, number: int) -> bool:
        return self.lines.texts[number].rstrip() == self.end and number not in self.inside_strings

    def _explicit(self, marker: int) -> Block:
        """The cell below a marker: up to the end marker, else to the next one."""
        number = marker + 1
        while number < len(self.lines.texts) and not self._ends(number) and not self._begins(number):
            number += 1
        is_ended = number < len(self.lines.texts) and self._ends(number)
        options = parse_options(self.lines.texts[marker][len(self.begin) :])
        body = self.trimmed(marker + 1, number)
        metadata = tag_list(options.metadata)
        kind, rows, comment = self.content(marker, options.kind, metadata, body)
        return Block(
            kind=kind,
            rows=rows,
            first=marker,
            last=number if is_ended else body[-1] if body else marker,
            marker=marker,
            metadata=metadata,
            comment=comment,
        )

    def _paragraph(self, first: int) -> Block:
        texts, stop = self.lines.texts, len(self.lines.texts)
        number = first
        while number < stop and texts[number].startswith("#") and not ESCAPED.match(texts[number]):
            number += 1
        if number == stop or self.lines.is_blank(number):
            body = range(first, number)
            return Block(
                kind="markdown", rows=tuple(self.comment_rows(body)), first=first, last=number - 1, comment="# "
            )
        while number < stop and not self._begins(number) and not self._is_over(number):
            number += 1
        body = self.trimmed(first, number)
        return Block(kind="code", rows=tuple(self.code_rows(body)), first=first, last=body[-1])

    def _is_over(self, number: int) -> bool:
        """Whether a paragraph ends with this blank line: what follows is not indented, and stands in no string."""
        if not self.lines.is_blank(number) or number in self.inside_strings:
            return False
        texts = self.lines.texts
        after = next((text for text in texts[number + 1 :] if text.strip()), "")
        return not after.startswith((" ", "\t"))
