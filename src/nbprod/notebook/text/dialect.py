"""What the ways to write a notebook as a Python file have in common."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from msgspec import Struct

from nbprod.errors import EditConflict
from nbprod.notebook.text.layout import Block, Lines, Row
from nbprod.patterns import lazy_pattern

_PERCENT = r"%{1,2}[ \t]*+[A-Za-z]"
_MAGIC = rf"{_PERCENT}|!{{1,2}}[ \t]*+[A-Za-z.~$\\/{{}}]|[^\W\d]\w*+[ \t]*+=[ \t]*+[%!][A-Za-z]"
_RAW = lazy_pattern(r"%{1,2}[A-Za-z]|![A-Za-z]")
MAGIC = lazy_pattern(rf"(?P<indent>[ \t]*+)(?={_MAGIC})")
TO_ESCAPE = lazy_pattern(rf"(?P<indent>[ \t]*+)(?=(?:\#[ ]?)*+(?:{_MAGIC}))")
ESCAPED = lazy_pattern(rf"(?P<indent>[ \t]*+)\#[ ]?(?=(?:\#[ ]?)*+(?:{_MAGIC}))")
ESCAPED_PERCENT = lazy_pattern(rf"(?P<indent>[ \t]*+)\#[ ]?(?=(?:\#[ ]?)*+{_PERCENT})")
_COMMENT = lazy_pattern(r"#[ ]?")
_KINDS = ("code", "markdown", "raw")


class Frame(Struct, frozen=True):
    """Lines that are put above and below a cell, and its marker if that changes."""

    above: Sequence[str] = ()
    below: Sequence[str] = ()
    marker: str | None = None


class Dialect(ABC):
    """One way to write cells into a Python file, as one file does.

    Args:
        lines: The file.
        start: The first line that is no header.
        escaped: Which comments are magics, commented out so that the file is valid Python; None if there are none.

    Attributes:
        between: The lines between two cells.
    """

    between: ClassVar[Sequence[str]] = ("",)

    def __init__(self, lines: Lines, start: int, *, escaped: re.Pattern[str] | None = ESCAPED) -> None:
        self.lines = lines
        self.start = start
        self._escaped = escaped

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """Yield the cells of the file."""

    @abstractmethod
    def written_cell(self, kind: str, source: str, tags: Sequence[str]) -> list[str]:
        """The lines of a new cell.

        Raises:
            EditConflict: The format has no such cells.
        """

    @abstractmethod
    def frame(self, block: Block, source: str, tags: Sequence[str] | None) -> "Frame":
        """What must stand around a cell for it to have this source, and these tags unless they stay.

        Raises:
            EditConflict: The format has no place for them.
        """

    def before(self, block: Block) -> Sequence[str]:  # noqa: ARG002 - most formats need none
        """The lines that a cell needs above it when a cell comes before it that was not there."""
        return ()

    def written_row(self, block: Block, text: str) -> str:
        """A line of a cell's source as the file says it."""
        if block.comment:
            return f"{block.comment}{text}".rstrip() if not text.strip() else f"{block.comment}{text}"
        return self._written_code(text) if block.kind == "code" else text

    # --- what the readers share ------------------------------------------------------------------

    @cached_property
    def inside_strings(self) -> frozenset[int]:
        """The lines on which no marker can stand."""
        return self.lines.inside_strings()

    @cached_property
    def escapes_magics(self) -> bool:
        """Whether magics are commented out in this file: not one of them stands as it is."""
        texts = enumerate(self.lines.texts[self.start :], self.start)
        return self._escaped is not None and not any(
            _RAW.match(text) for number, text in texts if number not in self.inside_strings
        )

    def trimmed(self, first: int, stop: int) -> range:
        """The lines from `first` to `stop` without blank ones at both ends."""
        while first < stop and self.lines.is_blank(first):
            first += 1
        while stop > first and self.lines.is_blank(stop - 1):
            stop -= 1
        return range(first, stop)

    def code_rows(self, numbers: Sequence[int]) -> Iterator[Row]:
        """Lines of code, with the magics that are commented out brought back."""
        if not self.escapes_magics or self._escaped is None:
            yield from map(Row, numbers)
            return
        is_continued = False
        for number in numbers:
            text = self.lines.texts[number]
            found = None if number in self.inside_strings else self._escaped.match(text)
            if found is None and is_continued:
                found = _COMMENT.match(text)
            yield Row(number) if found is None else Row(number, found.end(), lead=found.groupdict().get("indent") or "")
            is_continued = found is not None and text.endswith("\\")

    def comment_rows(self, numbers: Sequence[int]) -> Iterator[Row]:
        """Lines without their comment signs."""
        for number in numbers:
            found = _COMMENT.match(self.lines.texts[number])
            yield Row(number, found.end() if found else 0)

    def content(
        self, marker: int, kind: str, metadata: Mapping[str, Any], body: range
    ) -> tuple[str, tuple[Row, ...], str]:
        """The kind of a marked cell, its rows, and what stands before each of them in the file.

        Args:
            marker: The line of its marker.
            kind: The kind that the marker names.
            metadata: What else the marker says.
            body: The lines below.
        """
        if kind != "code":
            return kind, tuple(self.comment_rows(body)), "# "
        active = str(metadata.get("active", "ipynb,py")).split(",")
        if not any(part.startswith("ipynb") for part in active):
            return "raw", tuple(self.code_rows(body)), ""
        language = metadata.get("language")
        if isinstance(language, str) and language not in {"python", ""}:
            magic = f"%%{language} {metadata.get('magic_args', '')}".split("\n")[0].rstrip()
            head = Row(marker, len(self.lines.texts[marker]), lead=magic, is_fixed=True)
            return "code", (head, *self.comment_rows(body)), "# "
        if not any(part.startswith("py") for part in active):
            return "code", tuple(self.comment_rows(body)), "# "
        return "code", tuple(self.code_rows(body)), ""

    def _written_code(self, text: str) -> str:
        found = TO_ESCAPE.match(text) if self.escapes_magics else None
        return text if found is None else f"{found['indent']}# {text[found.end() :]}"


def checked_kind(kind: str) -> str:
    """The kind of a new cell.

    Raises:
        EditConflict: There is no such kind.
    """
    if kind not in _KINDS:
        raise EditConflict(f"`{kind}` is no type of cell")
    return kind


def tag_list(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a marker, with `tags` as the list that .ipynb files have."""
    tags = metadata.get("tags")
    return {**metadata, "tags": tags.replace(",", " ").split()} if isinstance(tags, str) else dict(metadata)
