import ast
import re
from collections.abc import Iterator

from nbprod.kit import (
    INFO,
    Access,
    Context,
    Declined,
    Diagnosis,
    Dimension,
    Edit,
    Event,
    Notebook,
    Plan,
    Responses,
    Rule,
    Safety,
    Severities,
    Severity,
    on,
)
from nbprod.kit.edit import fresh, insert_after, insert_before, locate, rewrite

_MAY_NOT_RUN = (
    ast.Lambda, ast.IfExp, ast.BoolOp, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
    ast.JoinedStr,  # it has no text of its own
)  # fmt: skip


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

    @on(Notebook)
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
            fixes=[Plan("Raise if the answer is an error", Safety.UNSAFE, lambda: _check_status(request, body, ctx))],
            related=[(request, "asked here")] if apart else [],
            severity=INFO if image else None,
        )


def _is_opened_as_image(body: Access, ctx: Context) -> bool:
    """Whether the body goes straight into a reader that refuses what is no image."""
    calls = (ctx.call(node) for node in ast.walk(body.stmt.node) if isinstance(node, ast.Call))
    readers = (call.node for call in calls if call is not None and call.name == "PIL.Image.open")
    return any(body.node is part for reader in readers for part in ast.walk(reader))


def _check_status(request: Event, body: Access, ctx: Context) -> list[Edit]:
    """`raise_for_status()` right behind the request.

    Raises:
        Declined: The response has no name and can't be given one, or it can't raise by itself.
    """
    if body.value.type == "urllib3.HTTPResponse":
        raise Declined("urllib3 has no raise_for_status")
    stmt = request.stmt
    match stmt.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_request(value, request):
            return [*insert_after(ctx, stmt, f"{name}.raise_for_status()")]
        case ast.With(items=items, body=[first, *_]) | ast.AsyncWith(items=items, body=[first, *_]):
            names = [item.optional_vars for item in items if _is_request(item.context_expr, request)]
            inside = ctx.stmt(first)
            if inside is not None and names and isinstance(names[0], ast.Name):
                return [*insert_before(ctx, inside, f"{names[0].id}.raise_for_status()")]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Expr() | ast.Return() as simple:
            if body.node.value is request.node and _always_runs(request.node, simple):
                return _take_apart(request, ctx)
    raise Declined("the response has no name of its own")


def _is_request(value: ast.expr, request: Event) -> bool:
    return (value.value if isinstance(value, ast.Await) else value) is request.node


def _always_runs(node: ast.AST, within: ast.AST) -> bool:
    """Whether a statement evaluates an expression exactly once, whatever happens."""
    if node is within:
        return True
    if isinstance(within, _MAY_NOT_RUN):
        return False
    return any(_always_runs(node, child) for child in ast.iter_child_nodes(within))


def _take_apart(request: Event, ctx: Context) -> list[Edit]:
    """Give the response a name, in a statement of its own."""
    strings = (node for node in ast.walk(request.node) if isinstance(node, ast.Constant | ast.JoinedStr))
    if any(node.lineno != node.end_lineno for node in strings):
        raise Declined("a string of several lines would be indented anew")
    name = fresh(ctx, "response")
    asked = locate(ctx, request)
    line = re.split(r"[\r\n]", asked.cell.source[: asked.start])[-1]
    margin = line[: len(line) - len(line.lstrip())]
    source = re.sub(rf"\r?\n{re.escape(margin)}", "\n", asked.text)
    lines = f"{name} = {source}\n{name}.raise_for_status()"
    return [*insert_before(ctx, request.stmt, lines), rewrite(ctx, asked.cell, asked.start, asked.end, name)]
