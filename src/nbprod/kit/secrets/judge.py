"""Tells what could be a secret from placeholders, names and other harmless text."""

import math
import re
from collections import Counter
from itertools import pairwise
from typing import Final

from nbprod.patterns import lazy_pattern

_WORDS: Final = lazy_pattern(
    r"example|sample|placeholder|dummy|fake|redact|mask|censor|hidden|removed|deleted|change.?me|replace|insert|"
    r"enter.?|your|todo|fixme|xxx|foobar|lorem|token|api.?key|credential|null|none|undefined|default|string|value",
    re.IGNORECASE,
)
"""Words of placeholders."""

_WORDS_IN_NO_KEY: Final = lazy_pattern(r"secret|passw|letmein|qwerty|welcome|admin|guest|test|demo", re.IGNORECASE)
"""Words that stand in weak passwords, but in no key, which a machine made."""

_PLACEHOLDERS: Final = lazy_pattern(
    r"example|sample|placeholder|dummy|redact|change.?me|replace|insert|your.?|todo|xxxx|foobar|secret|passw|qwerty",
    re.IGNORECASE,
)
"""Those of four letters and more that no random key of fifty characters will hold by chance."""

_TEMPLATE: Final = lazy_pattern(r"[<>{}…*]|\A\[.*\]\Z|\.\.\.|\$[({A-Za-z]|%[(s]|[^\x21-\x7e]")
_CAPITALS: Final = lazy_pattern(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[A-Z]+")
_WORD_LIST: Final = lazy_pattern(r"(?:[a-z]+|[A-Z][a-z]+|[A-Z]+)(?:[-_. /:][A-Za-z]*[a-z])*(?:[-_.]?\d{1,2})?")
_PATH: Final = lazy_pattern(
    r"(?:[a-z][a-z0-9+.-]*:)?//.*|[./~].*|[A-Za-z]:\\.*|.*\.(?:json|txt|pem|key|env|csv|ya?ml|py|cfg|ini|toml|html?|com|org|io|net)"
)
_CAMEL_CASE: Final = lazy_pattern(r"(?=[A-Za-z_.-]++\Z).*?(?:[A-Z][a-z]{3}|[a-z]{5}).*")
_KEY_CHARACTERS: Final = lazy_pattern(r"[A-Za-z0-9_./+=:~|-]+")
_HASH: Final = lazy_pattern(r"(?:sha\d*|md5|bcrypt|pbkdf2|argon2|scrypt)\b.*", re.IGNORECASE)


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text, in bits a character."""
    total = len(text)
    return -sum(count / total * math.log2(count / total) for count in Counter(text).values()) if text else 0.0


def is_random(text: str) -> bool:
    """Whether a text that has the format of a key is one: no placeholder, and nothing typed in row."""
    return entropy(text) >= 3.0 and not _is_placeholder(text)


def _is_placeholder(text: str) -> bool:
    """Whether a text is typed by hand to show where a secret goes."""
    return bool(_TEMPLATE.search(text) or _PLACEHOLDERS.search(text)) or _is_typed(text)


def is_password(text: str) -> bool:
    """Whether a literal that is named like a password could be one."""
    return _is_no_name(text) and bool(re.search(r"[A-Za-z]", text)) and bool(re.search(r"[^A-Za-z_.-]", text))


def is_password_in_address(text: str) -> bool:
    """Whether the password in an address is one: letters alone may be, unless they say `password`."""
    is_said = text.isalpha() and _WORDS_IN_NO_KEY.search(text)
    return len(set(text)) >= 4 and not (is_said or _TEMPLATE.search(text) or _WORDS.search(text) or _is_typed(text))


def is_key(text: str) -> bool:
    """Whether a literal that is named like a key or token could be one: long, with letters and digits."""
    digits = sum(char.isdigit() for char in text)
    mixed = 2 <= digits < len(text) or (len(text) >= 24 and entropy(text) >= 4.0 and not _CAMEL_CASE.fullmatch(text))
    is_made = bool(_KEY_CHARACTERS.fullmatch(text)) and not _WORDS_IN_NO_KEY.search(text)
    return len(text) >= 16 and mixed and is_made and _is_no_name(text)


def _is_no_name(text: str) -> bool:
    """Whether a text of eight characters or more is no placeholder, name, path or hash."""
    return (
        len(text) >= 8
        and entropy(text) >= 3.0
        and not _TEMPLATE.search(text)
        and not _WORDS.search(text)
        and not _is_repeated(text)
        and not any(shape.fullmatch(text) for shape in (_CAPITALS, _WORD_LIST, _PATH, _HASH))
    )


def _is_typed(text: str) -> bool:
    """Whether it was typed by hand: one character again and again, neighbours, or one block repeated."""
    same = rising = longest = 0
    run = 0
    lower = text.lower()
    for before, after in pairwise(lower):
        step = ord(after) - ord(before)
        same += step == 0
        rising += step == 1
        run = run + 1 if step in (0, 1) else 0
        longest = max(longest, run)
    return longest >= 5 or max(same, rising) * 5 >= 2 * (len(text) - 1) or _is_repeated(text)


def _is_repeated(text: str) -> bool:
    return len(text) > 3 and (text + text).find(text, 1) < len(text)
