"""Counts the steps that a backtracking matcher takes, so that slow regular expressions show without a clock.

It walks the parse tree that `re` compiles, without the shortcuts of the C code.
"""

import re
from collections.abc import Iterator
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

Tree = Any
"""A list of (operation, argument), as `re._parser` makes it."""


_ONE_CHARACTER = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


class TooManyStepsError(Exception):
    """The matcher was stopped."""


class Matcher:
    """Tries a pattern at one place after the other, as `search` does, and counts.

    Args:
        pattern: The regular expression.
        flags: Those of `re`.
        most: Steps after which it gives up.
    """

    def __init__(self, pattern: str | bytes, flags: int, most: int) -> None:
        self.tree = parser.parse(pattern, flags)
        self.flags = self.tree.state.flags
        self.most = most

    def steps(self, text: str, mode: str) -> int:
        """The steps of one call: `match`, `fullmatch`, or `search`, which goes on behind each match as `finditer` does.

        Raises:
            TooManyStepsError: There were more than `most`.
        """
        self.text = text
        self.groups: dict[int, tuple[int, int]] = {}
        self.taken = 0
        items = [*self.tree, (sre.AT, sre.AT_END_STRING)] if mode == "fullmatch" else list(self.tree)
        place = 0
        while place <= len(text):
            end = next(self._sequence(items, place, self.flags), None)
            if mode != "search":
                break
            place = max(place + 1, end or 0)
        return self.taken

    def _step(self) -> None:
        self.taken += 1
        if self.taken > self.most:
            raise TooManyStepsError

    def _sequence(self, items: list[Any], place: int, flags: int) -> Iterator[int]:
        """The ends of all matches of items that follow each other."""
        if not items:
            yield place
            return
        for end in self._item(items[0], place, flags):
            yield from self._sequence(items[1:], end, flags)

    def _item(self, item: tuple[Any, Any], place: int, flags: int) -> Iterator[int]:
        self._step()
        operation, argument = item
        if operation in _ONE_CHARACTER:
            if place < len(self.text) and _takes(item, self.text[place], flags):
                yield place + 1
        elif operation is sre.BRANCH:
            for way in argument[1]:
                yield from self._sequence(list(way), place, flags)
        elif operation is sre.SUBPATTERN:
            yield from self._group(argument, place, flags)
        elif operation in _REPEATS:
            least, most, body = argument
            lazy = operation is sre.MIN_REPEAT
            ends = self._repeat(list(body), min(least, 3), _bound(most), place, flags, lazy=lazy)
            yield from self._first(ends) if operation is sre.POSSESSIVE_REPEAT else ends
        elif operation is sre.ATOMIC_GROUP:
            yield from self._first(self._sequence(list(argument), place, flags))
        elif operation is sre.GROUPREF:
            start, end = self.groups.get(argument, (0, 0))
            if self.text.startswith(self.text[start:end], place):
                yield place + end - start
        elif self._holds(operation, argument, place, flags):
            yield place

    def _holds(self, operation: Any, argument: Any, place: int, flags: int) -> bool:
        """Whether what takes no characters is true here."""
        if operation in (sre.ASSERT, sre.ASSERT_NOT):
            return self._looks(argument, place, flags) == (operation is sre.ASSERT)
        if operation is sre.AT:
            return self._is_at(argument, place, flags)
        raise NotImplementedError(operation)

    @staticmethod
    def _first(ends: Iterator[int]) -> Iterator[int]:
        for end in ends:
            yield end
            return

    def _group(self, argument: Any, place: int, flags: int) -> Iterator[int]:
        number, added, removed, body = argument
        for end in self._sequence(list(body), place, (flags | added) & ~removed):
            if number is not None:
                self.groups[number] = (place, end)
            yield end

    def _repeat(self, body: list[Any], least: int, most: int, place: int, flags: int, *, lazy: bool) -> Iterator[int]:
        if len(body) == 1 and body[0][0] in _ONE_CHARACTER:
            yield from self._run(body[0], least, most, place, flags, lazy=lazy)
            return
        if lazy and least <= 0:
            yield place
        if most > 0:
            for end in self._sequence(body, place, flags):
                if end > place or least > 0:
                    yield from self._repeat(body, least - 1, most - 1, end, flags, lazy=lazy)
        if not lazy and least <= 0:
            yield place

    def _run(
        self, item: tuple[Any, Any], least: int, most: int, place: int, flags: int, *, lazy: bool
    ) -> Iterator[int]:
        """A repeated character."""
        end, farthest = place, min(len(self.text), place + most)
        if not lazy:
            while end < farthest and _takes(item, self.text[end], flags):
                self._step()
                end += 1
            for stop in range(end, place + least - 1, -1):
                self._step()
                yield stop
            return
        while True:
            self._step()
            if end >= place + least:
                yield end
            if end >= farthest or not _takes(item, self.text[end], flags):
                return
            end += 1

    def _looks(self, argument: Any, place: int, flags: int) -> bool:
        direction, body = argument
        if direction > 0:
            return any(True for _ in self._sequence(list(body), place, flags))
        width = body.getwidth()[0]
        return place >= width and any(end == place for end in self._sequence(list(body), place - width, flags))

    def _is_at(self, where: Any, place: int, flags: int) -> bool:
        text, lines = self.text, bool(flags & re.MULTILINE)
        before, after = text[place - 1 : place] if place else "", text[place : place + 1]
        if where is sre.AT_BEGINNING:
            return place == 0 or (lines and before == "\n")
        if where is sre.AT_BEGINNING_STRING:
            return place == 0
        if where is sre.AT_END:
            return place == len(text) or (after == "\n" and (lines or place == len(text) - 1))
        if where is sre.AT_END_STRING:
            return place == len(text)
        border = _is_word(before) != _is_word(after)
        return border == (where is sre.AT_BOUNDARY)


def _bound(most: int) -> int:
    """How often something is repeated; what has a bound does not grow with the text, so a few times will do."""
    return most if most is sre.MAXREPEAT else min(most, 3)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _takes(item: tuple[Any, Any], character: str, flags: int) -> bool:
    """Whether an item of one character is that character."""
    operation, argument = item
    if operation is sre.ANY:
        return character != "\n" or bool(flags & re.DOTALL)
    cases = {character, character.lower(), character.upper()} if flags & re.IGNORECASE else {character}
    if operation is sre.LITERAL:
        return chr(argument) in cases
    if operation is sre.NOT_LITERAL:
        return chr(argument) not in cases
    members = [member for member in argument if member[0] is not sre.NEGATE]
    found = any(_is_member(member, case) for member in members for case in cases)
    return found == (len(members) == len(argument))


_CATEGORIES = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_WORD: _is_word,
    sre.CATEGORY_NOT_DIGIT: lambda character: not character.isdigit(),
    sre.CATEGORY_NOT_SPACE: lambda character: not character.isspace(),
    sre.CATEGORY_NOT_WORD: lambda character: not _is_word(character),
}


def _is_member(member: tuple[Any, Any], character: str) -> bool:
    operation, argument = member
    if operation is sre.LITERAL:
        return chr(argument) == character
    if operation is sre.RANGE:
        return argument[0] <= ord(character) <= argument[1]
    return bool(_CATEGORIES[argument](character))


# --- strings to try ---------------------------------------------------------------------------------

SAMPLE = "aA0_ \n\t.-/\\'\"([{,:;=%#@<!\x00é"


def pumps(tree: Tree, flags: int) -> list[tuple[str, str]]:
    """For each repeat of a pattern: what leads to it, and what goes round in it, each in several spellings."""
    found: dict[tuple[str, str], None] = {}
    _collect(list(tree), "", flags, found)
    return list(found)


def _collect(items: list[Any], before: str, flags: int, found: dict[tuple[str, str], None]) -> None:
    for place, item in enumerate(items):
        lead = before + _words(items[:place], flags)
        operation, argument = item
        if operation in _REPEATS:
            _, most, body = argument
            if most is sre.MAXREPEAT:
                rest = _words(items[place + 1 :], flags)
                letters = [letter for letter in SAMPLE if len(body) == 1 and _can_take(body[0], letter, flags)]
                for pump in [_words(list(body), flags), *letters, *_ways(body, flags)]:
                    found[lead, pump] = None
                    found[lead, pump + rest] = None
                found["", lead + _words(list(body), flags)] = None  # where a repeat takes in what leads to it
            _collect(list(body), lead, flags, found)
        elif operation is sre.SUBPATTERN:
            _collect(list(argument[3]), lead, (flags | argument[1]) & ~argument[2], found)
        elif operation is sre.BRANCH:
            for way in argument[1]:
                _collect(list(way), lead, flags, found)
        elif operation is sre.ATOMIC_GROUP:
            _collect(list(argument), lead, flags, found)
        elif operation in (sre.ASSERT, sre.ASSERT_NOT):
            _collect(list(argument[1]), lead, flags, found)


def _can_take(item: tuple[Any, Any], letter: str, flags: int) -> bool:
    return item[0] in _ONE_CHARACTER and _takes(item, letter, flags)


def _ways(body: Tree, flags: int) -> list[str]:
    """One text for each branch of a repeat's body."""
    texts = []
    for index, (operation, argument) in enumerate(body):
        if operation is sre.SUBPATTERN:
            texts += _ways(argument[3], flags)
        if operation is sre.BRANCH:
            rest = _words(list(body)[index + 1 :], flags)
            texts += [_words(list(way), flags) + rest for way in argument[1]]
    return texts


def _words(items: list[Any], flags: int) -> str:
    """A text that the items match, more or less."""
    return "".join(_word(item, flags) for item in items)


def _word(item: tuple[Any, Any], flags: int) -> str:
    operation, argument = item
    if operation is sre.LITERAL:
        return chr(argument)
    if operation in (sre.NOT_LITERAL, sre.ANY, sre.IN):
        return next((letter for letter in SAMPLE if _takes(item, letter, flags)), _own(item))
    if operation is sre.SUBPATTERN:
        return _words(list(argument[3]), flags)
    if operation is sre.ATOMIC_GROUP:
        return _words(list(argument), flags)
    if operation is sre.BRANCH:
        return _words(list(argument[1][0]), flags)
    if operation in _REPEATS:
        return _words(list(argument[2]), flags) * max(min(argument[0], 3), 1 if argument[1] is sre.MAXREPEAT else 0)
    return ""


def _own(item: tuple[Any, Any]) -> str:
    """A member of a set that holds none of the sample."""
    for operation, argument in item[1] if item[0] is sre.IN else ():
        if operation is sre.LITERAL:
            return chr(argument)
        if operation is sre.RANGE:
            return chr(argument[0])
    return ""
