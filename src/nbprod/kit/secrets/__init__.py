"""Finds credentials in text: by a provider's format, by structure, and in code by name."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from nbprod.kit.secrets.formats import Secret, formats_in
from nbprod.kit.secrets.named import PLACES, named, words_of
from nbprod.kit.secrets.structures import structured

__all__ = ["Secret", "SecretScanner", "words_of"]


_SEPARATOR = "\n\0\n"
"""Nothing that is looked for reaches across it."""


class SecretScanner:
    """Looks for credentials in the parts of a text; the whole of it says what need not be looked for."""

    def __init__(self, whole: str) -> None:
        self._formats = formats_in(whole)
        self._places = [place for place in PLACES if any(hint in whole for hint in place.hints)]

    def suspects(self, sources: Sequence[str]) -> list[int]:
        """The indices of the sources that may hold a credential: one search through all is much faster than many."""
        whole = _SEPARATOR.join(sources)
        ends = list(accumulate(len(source) + len(_SEPARATOR) for source in sources))
        found = {bisect_right(ends, secret.start) for secret in (*self._formed(whole), *named(whole))}
        for place in self._places:
            found.update(index for index, source in enumerate(sources) if any(place.find(source)))
        return sorted(found)

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
        yield from structured(text)

    def _all(self, source: str) -> Iterator[Secret]:
        yield from self._formed(source)
        for place in self._places:
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
