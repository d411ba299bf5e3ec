"""Finds credentials in text: by a provider's format, by structure, and in code by name."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final

from nbprod.kit.secrets.formats import Secret, formats_in, long_words
from nbprod.kit.secrets.hints import allowed_hashes, may_hold_secret
from nbprod.kit.secrets.named import named, places_in, words_of
from nbprod.kit.secrets.structures import structures_in
from nbprod.notebook import Cell

__all__ = ["Secret", "SecretScanner", "allowed_hashes", "may_hold_secret", "words_of"]


class _Joined:
    """Sources with something between them that nothing which is looked for reaches across."""

    def __init__(self, sources: Sequence[str]) -> None:
        self._sources = sources
        self.text = _SEPARATOR.join(sources)

    def parts(self, secrets: Iterable[Secret]) -> set[int]:
        """The indices of the sources that secrets stand in."""
        starts = [secret.start for secret in secrets]
        ends = list(accumulate(len(source) + len(_SEPARATOR) for source in self._sources)) if starts else []
        return {bisect_right(ends, start) for start in starts}


_SEPARATOR: Final = "\n\0\n"


class SecretScanner:
    """Looks for credentials in the parts of a text; the whole of it says what need not be looked for."""

    def __init__(self, whole: str) -> None:
        words = long_words(whole)
        self._formats = formats_in(words)
        self._structures = structures_in(whole, words)

    @classmethod
    def of_cells(cls, cells: Sequence[Cell]) -> "tuple[SecretScanner, list[int]]":
        """A scanner for some cells, and which of them may hold a credential: one search through all is much
        faster than many.
        """
        whole = _Joined([cell.source for cell in cells])
        scanner = cls(whole.text)
        found = whole.parts(scanner._formed(whole.text))
        code = _Joined([cell.source if cell.type == "code" else "" for cell in cells])
        found |= code.parts(named(code.text))
        for place in places_in(code.text):
            found |= code.parts(place.find(code.text))
        return scanner, sorted(found)

    def in_text(self, text: str) -> list[Secret]:
        """The credentials that their form gives away, in any text: Markdown, output, code."""
        return _apart(self._formed(text))

    def in_code(self, source: str) -> list[Secret]:
        """Those, and what the code gives the name of a secret, or uses as one.

        An AWS access key id beside its secret is left out: it is the public half.
        """
        found = _apart(self._all(source))
        if any("secret" in words_of(secret.name) for secret in found if secret.name):
            found = [secret for secret in found if not secret.is_public_half]
        return found

    def _formed(self, text: str) -> Iterator[Secret]:
        for kind in self._formats:
            yield from kind.find(text)
        for find in self._structures:
            yield from find(text)

    def _all(self, source: str) -> Iterator[Secret]:
        yield from self._formed(source)
        for place in places_in(source):
            yield from place.find(source)
        yield from named(source)


def _apart(found: Iterable[Secret]) -> list[Secret]:
    """By place, each stretch of text once: of two that overlap, the one that was found first."""
    kept: list[Secret] = []
    for secret in found:
        index = bisect_right(kept, secret.start, key=lambda other: other.start)
        before, after = kept[max(index - 1, 0) : index], kept[index : index + 1]
        if all(other.end <= secret.start for other in before) and all(secret.end <= other.start for other in after):
            kept.insert(index, secret)
    return kept
