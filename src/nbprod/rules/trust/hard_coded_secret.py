import ast
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, ClassVar, Final

from msgspec import Struct

from nbprod.kit import (
    Cell,
    Context,
    Declined,
    Diagnosis,
    Dimension,
    Edit,
    Literal,
    Notebook,
    Plan,
    Rule,
    Safety,
    Secret,
    SecretScanner,
    Severities,
    Severity,
    lazy_pattern,
    on,
    words_of,
)
from nbprod.kit.edit import combine, ensure_import, replace, replace_statement

_HALF: Final = Severities(explore=Severity.WARNING, production=Severity.WARNING)
_SHOWN: Final = 4
_LITERAL: Final = lazy_pattern(r"[rRuU]?(\"{3}|'{3}|\"|')(.*)\1", re.DOTALL)
_BARE: Final = {"password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "key", "auth_token"}
_DATABASES: Final = {
    "psycopg2",
    "psycopg",
    "pymysql",
    "MySQLdb",
    "mysql",
    "pyodbc",
    "oracledb",
    "sqlalchemy",
    "pymssql",
}
_UNTOLD: Final = {"", "requests", "httpx", "aiohttp", "builtins", "os", "__main__"}
_ADVICE: Final = (
    "Revoke it where it was issued: whoever has, or had, this notebook can use it, and deleting it here leaves it in "
    "every copy and in the history. Then read a new one from the environment, a keyring or the platform's secrets. "
    "If it protects nothing, allow it by its SHA-256 (see the rule's page)."
)


class HardCodedSecret(Rule):
    """A password, key or token stands in the notebook.

    ## Why is this bad?
    A notebook travels: by mail, to a repository, into a report. Everybody who gets it can act in its author's name, and
    taking the secret out of the file does not take it out of the copies and of the repository's history. In production
    it also ties the job to one person's account.

    ## Examples
    ```nb bad
    # %%
    import psycopg2
    # %%
    connection = psycopg2.connect(host="db.shop.internal", user="reports", password="k7Vt2q9x")
    ```
    ```nb fixed unsafe
    # %%
    import psycopg2
    import os
    # %%
    connection = psycopg2.connect(host="db.shop.internal", user="reports", password=os.environ["DB_PASSWORD"])
    ```
    A variable that the notebook sets for itself is asked for instead:
    ```nb bad
    import os
    os.environ["SHOP_PASSWORD"] = "k7Vt2q9x"
    ```
    ```nb fixed unsafe
    import os
    if "SHOP_PASSWORD" not in os.environ:
        raise RuntimeError("set SHOP_PASSWORD in the environment of this notebook")
    ```
    Markdown is looked at, too:
    ```nb bad
    # %% [markdown]
    The reports are in `postgresql://reports:k7Vt2q9x@db.shop.internal/sales`.
    # %%
    import pandas as pd
    ```
    ```nb good
    import os
    from getpass import getpass
    password = os.environ.get("SHOP_PASSWORD") or getpass()
    api_key = "YOUR_API_KEY"
    token = "<your token here>"
    key = os.environ["OPENAI_API_KEY"]
    ```

    ## What counts
    - keys in the format of their provider (prefix, characters, length, and a checksum where there is one), private
      keys, passwords in addresses, JSON web tokens: in code, Markdown and raw cells, comments and magics included;
    - in code, literals that are named like a secret and look like one.

    ## What keeps it quiet
    - placeholders, names of variables, paths, hashes, what is typed in a row (`abcd1234`);
    - what is looked up: the environment, `getpass`, a keyring;
    - passwords for this machine (`localhost`), and public halves: a client id, a publishable key.

    An ignore comment does not silence this rule: it would silence the next secret as well. A value that protects
    nothing is allowed by its SHA-256, in the option `allow` of this rule or in the notebook's metadata:

    ```json
    {"nbprod": {"secret-allow": ["5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"]}}
    ```

    What is hashed is the text that the finding underlines. To get the hash without leaving the value in the history of
    your shell:

    ```sh
    python -c "import getpass, hashlib; print(hashlib.sha256(getpass.getpass().encode()).hexdigest())"
    ```

    ## Fix safety
    Unsafe: the notebook fails until the variable is set. The fix does not make the old value secret again.

    ## References
    - [CWE-798: use of hard-coded credentials](https://cwe.mitre.org/data/definitions/798.html)
    - [OWASP: secrets management](https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html)
    - Ruff S105 to S107
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.ERROR, production=Severity.ERROR)
    since = "0.1"
    options: ClassVar[dict[str, Any]] = {"allow": []}

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        scanner = SecretScanner("\n".join(cell.source for cell in notebook.cells))
        allowed = _allowed(notebook, ctx)
        for cell in notebook.cells:
            secrets = scanner.in_code(cell.source) if cell.type == "code" else scanner.in_text(cell.source)
            for secret in secrets:
                text = cell.source[secret.start : secret.end]
                if sha256(text.encode("utf-8", "surrogatepass")).hexdigest() not in allowed:
                    yield self._finding(secret, text, cell, ctx)

    def _finding(self, secret: Secret, text: str, cell: Cell, ctx: Context) -> Diagnosis:
        shown = text[: min(_SHOWN, len(text) // 4)]
        message = (
            f"{secret.label} in plain text ({shown}…, {len(text)} characters): whoever has the notebook can use it"
        )
        if secret.is_public_half:
            message = f"{secret.label} in plain text ({shown}…): it tells whose key to look for"
        site = _find_literal(secret, cell)
        return self.finding(
            ctx,
            ctx.cell_span(cell.index, secret.start, secret.end),
            message,
            fixes=[_plan(site, _variable(secret, site, ctx), ctx)] if site is not None else [],
            severity=_HALF if secret.is_public_half else None,
            advice=_ADVICE,
        )


def _allowed(notebook: Notebook, ctx: Context) -> frozenset[str]:
    """The SHA-256 of values that are known to protect nothing, from the settings and the notebook itself."""
    own = notebook.metadata.get("nbprod")
    listed = own.get("secret-allow") if isinstance(own, Mapping) else None
    hashes = [*ctx.options["allow"], *(listed if isinstance(listed, list) else ())]
    return frozenset(item.lower() for item in hashes if isinstance(item, str))


class _Site(Struct, frozen=True):
    """The string literal that is, or holds, a secret; `around` are the nodes that it stands in, innermost first."""

    literal: Literal
    around: list[ast.AST]


def _find_literal(secret: Secret, cell: Cell) -> _Site | None:
    """The literal that could be read from elsewhere: all of it is the secret, or an address with one."""
    if cell.tree is None:
        return None
    parents = {child: parent for parent in ast.walk(cell.tree) for child in ast.iter_child_nodes(parent)}
    for node, parent in parents.items():
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or isinstance(parent, ast.JoinedStr):
            continue
        start, end = cell.map.node_span(node)
        inside = start < secret.start and secret.end < end
        content = _LITERAL.fullmatch(cell.source[start:end])
        whole = content is not None and content[2] == cell.source[secret.start : secret.end]
        if inside and (whole or secret.is_address) and cell.python[start:end] == cell.source[start:end]:
            around = [parent]
            while around[-1] in parents:
                around.append(parents[around[-1]])
            return _Site(Literal(cell.index, node), around)
    return None


def _variable(secret: Secret, site: _Site, ctx: Context) -> str:
    """The environment variable to read instead."""
    if secret.variable is not None:
        return secret.variable
    if secret.is_address:
        return "DATABASE_URL" if secret.label != "password in a https address" else "SERVICE_URL"
    name = "_".join(words_of(secret.name or "secret"))
    if name in _BARE:
        root = _library(site, ctx)
        owner = "db" if root in _DATABASES else root
        name = f"{owner}_{name}" if owner.isidentifier() and root not in _UNTOLD else name
    return name.upper()


def _library(site: _Site, ctx: Context) -> str:
    """The library that is handed the secret: of `cohere.Client(…)`, and of `quandl.ApiConfig.api_key = …`."""
    for node in site.around:
        match node:
            case ast.Call():
                call = ctx.call(node)
                return call.name.partition(".")[0] if call is not None else ""
            case ast.Assign(targets=[ast.Attribute() as target]):
                return (ctx.value(target.value).name or "").partition(".")[0]
    return ""


def _plan(site: _Site, variable: str, ctx: Context) -> Plan:
    """Read the secret from the environment; a variable that the notebook sets for itself must be set outside."""
    stmt = next((node for node in site.around if isinstance(node, ast.stmt)), None)
    match stmt:
        case ast.Assign(targets=[ast.Subscript(value=owner, slice=ast.Constant(value=str(key)))], value=value):
            if value is site.literal.node and ctx.value(owner).type == "os.Environ":
                return Plan(f"Ask for the variable {key}", Safety.UNSAFE, lambda: _ask(stmt, owner, key, ctx))
    title = f"Read it from the environment variable {variable}"
    return Plan(title, Safety.UNSAFE, lambda: _look_up(site, variable, ctx))


def _ask(stmt: ast.stmt, environment: ast.expr, key: str, ctx: Context) -> list[Edit]:
    place = ctx.stmt(stmt)
    if place is None:
        raise Declined("the statement never runs")
    test = f'if "{key}" not in {ast.unparse(environment)}:'
    error = f'    raise RuntimeError("set {key} in the environment of this notebook")'
    return [*replace_statement(ctx, place, f"{test}\n{error}")]


def _look_up(site: _Site, variable: str, ctx: Context) -> list[Edit]:
    edits, module = ensure_import(ctx, "os", before=site.literal)
    match site.around[0]:
        case ast.Call(args=[ast.Constant(value=str(key)), _]) as call if _is_lookup(call, ctx):
            # os.getenv("KEY", "the secret"): without the fallback
            return combine(edits, replace(ctx, Literal(site.literal.cell, call), f'{module}.environ["{key}"]'))
    return combine(edits, replace(ctx, site.literal, f'{module}.environ["{variable}"]'))


def _is_lookup(node: ast.Call, ctx: Context) -> bool:
    call = ctx.call(node)
    return call is not None and call.name in {"os.getenv", "os.Environ.get"}
