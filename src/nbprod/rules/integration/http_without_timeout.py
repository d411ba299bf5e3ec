from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from nbprod.kit import (
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Notebook,
    Rule,
    Severities,
    Severity,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.http import Timeouts, timeout_parameter

_GROUPED_ABOVE: Final = 5
_RELATED: Final = 10
_HOST: Final = lazy_pattern(r"[\w-]{1,40}(\.[\w-]{1,40})+")
_ADVICE: Final = (
    "`{name}` takes no timeout. Read the address with `urllib.request.urlopen(url, timeout=30)` or "
    "`requests.get(url, timeout=30)` and write the file from that, or call `socket.setdefaulttimeout(30)` first."
)


class HttpWithoutTimeout(Rule):
    """A request without a timeout may wait for ever.

    ## Why is this bad?
    `requests`, `urllib` and several download helpers wait without end unless they are told otherwise. A server that
    accepts the connection and then says nothing keeps the run alive: it neither fails nor finishes, no alarm goes off,
    and the runs behind it pile up.

    ## Examples
    ```nb bad
    # %%
    import requests
    URL = "https://api.example.org/rates"
    # %%
    rates = requests.get(URL, headers={"Accept": "application/json"})
    ```
    ```nb fixed unsafe
    # %%
    import requests
    URL = "https://api.example.org/rates"
    # %%
    rates = requests.get(URL, headers={"Accept": "application/json"}, timeout=(3.05, 30))
    ```
    A helper that has no such parameter needs another way:
    ```nb bad
    from urllib.request import urlretrieve
    urlretrieve("https://example.org/rates.csv", "rates.csv")
    ```
    ```nb good
    import requests
    requests.get("https://api.example.org/rates", timeout=10)
    ```
    ```nb good
    import httpx  # gives up after five seconds by itself
    httpx.get("https://api.example.org/rates")
    ```

    ## What keeps it quiet
    - clients with a bound of their own: httpx, aiohttp, boto3, unless it is switched off;
    - options that can't be seen (`**options`), `partial(session.request, timeout=10)`, and a session with an adapter or
      a `request` method of its own;
    - `socket.setdefaulttimeout(…)`, for what is built on `urllib`;
    - a notebook that teaches and downloads a fixed file.

    More than five requests without a timeout are one finding.

    ## Fix safety
    Unsafe: a server slower than the timeout (3 s to connect, 30 s between two bytes) now makes the call fail.

    ## References
    - [Requests: Timeouts](https://requests.readthedocs.io/en/latest/user/advanced/#timeouts)
    - Ruff S113, Bandit B113: request without timeout
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"
    written_files = "fix"

    @on(Notebook, needs=[EventKind.HTTP, "httpx.Client", "aiohttp.ClientTimeout"])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        timeouts = Timeouts(ctx)
        events = ctx.model.events_of(EventKind.HTTP)
        waiting = {event.node: event for event in events if timeouts.lacking(event) and not _is_lesson(event, ctx)}
        found = list(waiting.values())
        if len(found) > _GROUPED_ABOVE:
            yield self._group(found, ctx)
        else:
            for event in found:
                yield self._single(event, ctx)
        for call in (*ctx.model.calls("httpx.Client", "aiohttp.ClientTimeout"), *(event.call for event in events)):
            if _is_off(call):
                client = call.name.partition(".")[0]
                message = f"`{call.name}` switches the timeout of {client} off: this run may never end"
                yield self.finding(ctx, call, message, fixes=[fixes.http.timeout_fix(ctx, [call])])

    def _single(self, event: Event, ctx: Context) -> Diagnosis:
        name = event.call.name
        message = f"`{name}` has no timeout: if {_server(event)} stalls, this run never ends"
        if not _takes_one(event.call):
            return self.finding(ctx, event, message, advice=_ADVICE.format(name=name))
        return self.finding(ctx, event, message, fixes=[fixes.http.timeout_fix(ctx, [event.call])])

    def _group(self, found: Sequence[Event], ctx: Context) -> Diagnosis:
        first, *others = found
        mendable = [event.call for event in found if _takes_one(event.call)]
        message = (
            f"{len(found)} requests have no timeout, the first `{first.call.name}`: "
            "if a server stalls, this run never ends"
        )
        return self.finding(
            ctx,
            first,
            message,
            fixes=[fixes.http.timeout_fix(ctx, mendable)] if mendable else [],
            related=[(event, "has no timeout either") for event in others[:_RELATED]],
            occurrences=len(found),
        )


def _is_lesson(event: Event, ctx: Context) -> bool:
    """Whether a notebook that teaches downloads a fixed file."""
    fixed = event.path is not None and event.path.text is not None
    return fixed and event.detail in {"get", "download"} and ctx.purpose.teaches


def _is_off(call: Call) -> bool:
    """Whether a client that has a timeout by itself is told to have none."""
    if call.name == "aiohttp.ClientTimeout":  # which replaces all that the session has by itself
        bounds = (*call.args[:1], *(call.keywords[name] for name in ("total", "sock_read") if name in call.keywords))
        return not call.open and all(value.const is None for value in bounds)
    timeout = call.keywords.get("timeout")
    return call.name.startswith("httpx.") and timeout is not None and timeout.const is None


def _server(event: Event) -> str:
    """The host that a request goes to, as far as it is known."""
    try:
        host = urlsplit((event.path and event.path.head) or "").hostname
    except ValueError:
        host = None
    return host if host and _HOST.fullmatch(host) else "the server"


def _takes_one(call: Call) -> bool:
    """Whether the call has a parameter for a timeout; `urlretrieve` has none."""
    parameter = timeout_parameter(call)
    return parameter is not None and bool(parameter[1])
