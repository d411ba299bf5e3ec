"""Secrets that their name gives away: `password = "…"`, `connect(api_key="…")`, `%env TOKEN=…`."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from nbprod.kit.secrets.formats import Secret
from nbprod.kit.secrets.judge import is_key, is_password
from nbprod.patterns import lazy_pattern, one_of

_LITERAL: Final = r"[rbuRBU]?(?P<quote>[\"'])([^\"'\\\s]{8,200})(?P=quote)"
_GIVEN: Final = lazy_pattern(rf"[=:][ \t]*(?=[rbuRBU]?[\"'][A-Za-z_.-]*+[^A-Za-z_.\"'-]){_LITERAL}")
"""What holds letters alone is no secret of any kind."""
_RECEIVER: Final = lazy_pattern(r"(?<!\w)([A-Za-z_][\w-]*)[\"']?[ \t]*\]?[ \t]*(?::[ \t]*str[ \t]*)?[=!]?\Z")
"""What is given a value: `name`, `"name"`, `x["name"]`, `name: str`; read backwards from the literal."""
_LONGEST_NAME: Final = 80
_FALLBACK: Final = lazy_pattern(
    rf"(?:getenv|environ\.get|setdefault|putenv|set_key)\([ \t]*[\"'](\w{{1,60}})[\"'][ \t]*,[ \t]*{_LITERAL}"
)
_SHELL: Final = lazy_pattern(
    r"(?:%(?:set_)?env|\bexport|\bENV)[ \t]+(\w{1,60})[ \t]*=[ \t]*([\"']?)([^\"'\\\s]{8,200})\2(?=\s|$)"
)
_NAME_HINTS: Final = ("key", "token", "pass", "secret", "pw")
"""One of these stands in the name of every secret."""
_FALLBACK_HINTS: Final = ("env(", "environ.get(", "setdefault(", "set_key(")
_SHELL_HINTS: Final = ("%env", "%set_env", "export ", "ENV ")
_HEADER: Final = lazy_pattern(r"[\"'](?:Bearer|Basic|Token|token) +([A-Za-z0-9._~+/=-]{16,})[\"']")
_LOGIN: Final = lazy_pattern(
    rf"(?:\bauth[ \t]*=[ \t]*\(|HTTP(?:Basic|Digest)Auth\()[ \t]*[\"'][^\"'\n]*[\"'][ \t]*,[ \t]*{_LITERAL}"
)
_WANDB: Final = lazy_pattern(r"wandb\.login\([ \t]*(?:key[ \t]*=[ \t]*)?[\"']([0-9a-f]{40})[\"']")

_KAGGLE: Final = lazy_pattern(
    r"[\"']username[\"']\s*:\s*[\"'][^\"'\n]+[\"']\s*,\s*[\"']key[\"']\s*:\s*[\"']([0-9a-f]{32})[\"']"
)
_CLIENT: Final = lazy_pattern(
    r"\b(?:cohere\.(?:Async)?Client(?:V2)?|Pinecone|TavilyClient|NewsApiClient|Fred|SendGridAPIClient|googlemaps\.Client"
    r"|finnhub\.Client|set_auth_token|comet_ml\.Experiment)\(\s*[\"']([^\"'\\\s]{16,200})[\"']"
)
"""Clients that take their key as the first argument."""
_COMMAND: Final = lazy_pattern(
    r"(?:\bauthtoken|\bwandb login|--(?:password|token|api-key|access-token|secret))[ \t=]+[\"']?([^\"'\\\s]{16,200})"
)

_PARTS: Final = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORDS: Final = frozenset({"password", "passwd", "pwd", "passphrase", "secret", "pw", "passcode"})
_KEYS: Final = frozenset(
    """ai api access secret auth private account subscription storage encryption admin master service license function
    openai azure cognitive speech vision translator maps google gcp pinecone cohere anthropic serp serpapi rapidapi
    weather owm tavily groq mistral wandb comet kaggle nasa census sendgrid tmdb omdb news newsapi fred quandl
    alphavantage finnhub polygon binance together deepseek gemini hf x""".split()  # noqa: SIM905 - reads better
)
"""What stands before "key" in the name of a secret; `primary_key` and `sort_key` are none."""
_TOKENS: Final = frozenset(
    """api access auth bearer refresh session security sas bot hf huggingface face hub github gh gitlab slack telegram
    discord jwt user login oauth secret my mapbox notion databricks azure aws personal service admin private write
    read kaggle wandb neptune replicate apify vault pypi npm app""".split()  # noqa: SIM905 - reads better
)
"""What stands before "token" in the name of a secret; `pad_token` and `next_page_token` are none."""


_COMPOUNDS: Final = frozenset({"apikey", "accesskey", "secretkey", "authtoken", "accesstoken", "apitoken"})


def named(source: str) -> Iterator[Secret]:
    """The literals in a cell's source that have the name of a secret and look like one."""
    for found in _GIVEN.finditer(source):
        start, end = max(0, found.start() - _LONGEST_NAME), found.start()
        if not _holds_any(source[start:end].lower(), _NAME_HINTS):  # by far the most
            continue
        receiver = _RECEIVER.search(source, start, end)
        if receiver is not None:
            yield from _judged(receiver[1], found, 2)
    if _holds_any(source, _FALLBACK_HINTS):
        for found in _FALLBACK.finditer(source):
            yield from _judged(found[1], found, 3)
    if _holds_any(source, _SHELL_HINTS):
        for found in _SHELL.finditer(source):
            yield from _judged(found[1], found, 3)


def _holds_any(source: str, hints: tuple[str, ...]) -> bool:
    for hint in hints:  # noqa: SIM110  -- a generator would take as long as the search
        if hint in source:
            return True
    return False


def _judged(name: str, found: re.Match[str], group: int) -> Iterator[Secret]:
    check = _check(name)
    if check is not None and check(found[group]):
        yield Secret(*found.span(group), f"`{name}`", name=name)


class Place(Struct, frozen=True):
    """Where a secret stands that no name gives away: in the last group of the pattern.

    One of `hints` is in every text that the pattern matches.
    """

    label: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    variable: str | None = None
    name: str | None = None
    check: Callable[[str], bool] = is_key

    def find(self, source: str) -> Iterator[Secret]:
        """The secrets at such places."""
        for found in self.pattern.finditer(source):
            group = found.re.groups
            if self.check(found[group]):
                yield Secret(*found.span(group), self.label, self.variable, self.name)


_PLACES: Final = (
    Place("token of an authorization header", ("Bearer ", "Basic ", "oken "), _HEADER, name="token"),
    Place("password of a login", ("auth=", "auth =", "auth\t=", "Auth("), _LOGIN, name="password", check=is_password),
    Place("Weights & Biases API key", ("wandb.login(",), _WANDB, "WANDB_API_KEY"),
    Place("Kaggle API key", ("username",), _KAGGLE, "KAGGLE_KEY"),
    Place(
        "API key of a client",
        ("cohere.", "Pinecone(", "Client(", "Fred(", "set_auth_token(", "comet_ml.Experiment("),
        _CLIENT,
        name="api_key",
    ),
    Place(
        "key on a command line",
        ("authtoken", "wandb login", "--password", "--token", "--api-key", "--access-token", "--secret"),
        _COMMAND,
    ),
)  # fmt: skip


_ANY_PLACE: Final = lazy_pattern(one_of(hint for place in _PLACES for hint in place.hints))


def places_in(source: str) -> list[Place]:
    """The places of which a source holds a hint: all that need to be looked at."""
    if not _ANY_PLACE.search(source):
        return []
    return [place for place in _PLACES if _holds_any(source, place.hints)]


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, without numbers: "openAIKey_2" is open, ai, key."""
    return [word.lower() for word in _PARTS.findall(name) if not word.isdigit()]


def _check(name: str) -> Callable[[str], bool] | None:
    """How a value of this name must look to be a secret; None when the name is none of a secret's."""
    *rest, last = words_of(name) or [""]  # most names end here: they are of something else
    before = rest[-1] if rest else None
    if last in _PASSWORDS or (last == "pass" and before):
        return is_password
    if last in _COMPOUNDS or (last == "key" and before in _KEYS):
        return is_key
    if last == "token" and (before is None or before in _TOKENS):
        return is_key
    return None
