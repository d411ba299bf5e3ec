"""Finds credentials in text: by a provider's format, by structure, and in code by name."""

from bisect import bisect_right
from collections.abc import Iterable

from nbprod.kit.secrets.formats import Secret, formats_in
from nbprod.kit.secrets.named import PLACES, named, words_of
from nbprod.kit.secrets.structures import structured

__all__ = ["Secret", "SecretScanner", "words_of"]


class SecretScanner:
    """Looks for credentials in the parts of a text; the whole of it says what need not be looked for."""

    def __init__(self, whole: str) -> None:
        self._formats = formats_in(whole)
        self._places = [place for place in PLACES if any(hint in whole for hint in place.hints)]

    def in_text(self, text: str) -> list[Secret]:
        """The credentials that their form gives away, in any text: Markdown, output, code."""
        return _apart([*(secret for kind in self._formats for secret in kind.find(text)), *structured(text)])

    def in_code(self, source: str) -> list[Secret]:
        """Those, and what the code gives the name of a secret, or uses as one.

        An AWS access key id beside its secret is left out: it is the public half.
        """
        used = (secret for place in self._places for secret in place.find(source))
        found = _apart([*self.in_text(source), *used, *named(source)])
        if any("secret" in words_of(secret.name) for secret in found if secret.name):
            found = [secret for secret in found if not secret.is_public_half]
        return found


def _apart(found: Iterable[Secret]) -> list[Secret]:
    """By place, each stretch of text once: of two that overlap, the one that was found first."""
    kept: list[Secret] = []
    for secret in found:
        index = bisect_right(kept, secret.start, key=lambda other: other.start)
        before, after = kept[max(index - 1, 0) : index], kept[index : index + 1]
        if all(other.end <= secret.start for other in before) and all(secret.end <= other.start for other in after):
            kept.insert(index, secret)
    return kept
