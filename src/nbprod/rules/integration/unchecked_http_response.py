import ast
from collections.abc import Iterator

from nbprod.kit import (
    INFO,
    Access,
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
    on,
)
from nbprod.kit.responses import Responses


class UncheckedHttpResponse(Rule):
    """The body of a response is used before anybody looks at its status.

    ## Why is this bad?
    `requests` and `httpx` hand over the body of an error answer as they do that of a good one. An expired token, a
    rate limit or a maintenance page then is parsed, saved or sent on as if it were data; or the run fails later, with
    a missing key that says nothing of the 401.

    ## Examples
    ```nb bad
    # %%
    import requests
    response = requests.get("https://api.example.org/rates", timeout=10)
    # %%
    rates = response.json()
    print(rates["EUR"])
    save(rates)
    ```
    ```nb fixed unsafe
    # %%
    import requests
    response = requests.get("https://api.example.org/rates", timeout=10)
    response.raise_for_status()
    # %%
    rates = response.json()
    print(rates["EUR"])
    save(rates)
    ```
    A chain is taken apart:
    ```nb bad
    import requests

    def rates():
        return requests.get("https://api.example.org/rates", timeout=10).json()["rates"]
    ```
    ```nb fixed unsafe
    import requests

    def rates():
        response = requests.get("https://api.example.org/rates", timeout=10)
        response.raise_for_status()
        return response.json()["rates"]
    ```
    ```nb good
    import requests
    response = requests.get("https://api.example.org/rates", timeout=10)
    if response.status_code == 200:
        rates = response.json()
        save(rates)
    ```
    ```nb good
    import requests
    requests.get("https://api.example.org/rates", timeout=10).json()
    ```

    A reader that refuses what it can't read is less of a risk:
    ```nb bad info
    import requests
    from io import BytesIO
    from PIL import Image
    logo = Image.open(BytesIO(requests.get("https://example.org/logo.png", timeout=10).content))
    logo.save("logo.png")
    ```
    ```nb fixed unsafe
    import requests
    from io import BytesIO
    from PIL import Image
    response = requests.get("https://example.org/logo.png", timeout=10)
    response.raise_for_status()
    logo = Image.open(BytesIO(response.content))
    logo.save("logo.png")
    ```

    ## What keeps it quiet
    - a decision by `status_code`, `ok` or the like, anywhere; printing the status is no decision;
    - a body that is only shown to whoever is looking;
    - a response hook, and `raise_for_status=True` of an aiohttp session;
    - `urllib.request.urlopen`, which raises by itself.

    ## Fix safety
    Unsafe: an error answer now ends the run where its body was used before.

    ## References
    - [Requests: Response.raise_for_status](https://requests.readthedocs.io/en/latest/api/#requests.Response.raise_for_status)
    - Semgrep: use-raise-for-status
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"
    written_files = "fix"

    @on(Notebook, needs=[EventKind.HTTP])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for response, body in Responses(ctx).unchecked():
            yield self._finding(response.request, body, ctx)

    def _finding(self, request: Event, body: Access, ctx: Context) -> Diagnosis:
        asked = f"`{request.call.name}`"
        if request.cell != body.cell:
            asked += f" (cell {ctx.number(request)})"
        apart = request.stmt is not body.stmt
        used = ctx.text(body, 40) if apart else f"{request.call.name}(…).{body.attribute}"
        image = _is_opened_as_image(body, ctx)
        outcome = "fails as an unreadable image" if image else "becomes data"
        message = f"`{used}` is used, but nobody checks the status of {asked}: an error page {outcome}"
        return self.finding(
            ctx,
            body,
            message,
            fixes=[fixes.http.status_fix(ctx, request.call)],
            related=[(request, "asked here")] if apart else [],
            severity=INFO if image else None,
        )


def _is_opened_as_image(body: Access, ctx: Context) -> bool:
    """Whether the body goes straight into a reader that refuses what is no image."""
    calls = (ctx.call(node) for node in ast.walk(body.stmt.node) if isinstance(node, ast.Call))
    readers = (call.node for call in calls if call is not None and call.name == "PIL.Image.open")
    return any(body.node is part for reader in readers for part in ast.walk(reader))
