import ast
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any, ClassVar, Final

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
    Severities,
    Severity,
    edit,
    fixes,
    on,
)
from nbprod.kit.secrets import Secret, SecretScanner, allowed_hashes, words_of
from nbprod.kit.secrets.hints import hash_of, quoted

_HALF: Final = Severities(explore=Severity.WARNING, production=Severity.WARNING)
_BARE: Final = {"password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "key", "auth_token"}
_DATABASES: Final = {"psycopg2", "psycopg", "pymysql", "mysql", "pyodbc", "oracledb", "sqlalchemy", "pymssql"}
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
    - placeholders, names of variables, paths, hashes, one block again and again (`abcd1234abcd1234`); in Markdown and
      comments also keys that are typed in a row;
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
    written_files = "check"
    options: ClassVar[dict[str, Any]] = {"allow": []}

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        scanner, suspects = SecretScanner.of_cells(notebook.cells)
        allowed = allowed_hashes(notebook, ctx.options["allow"]) if suspects else frozenset()
        for index in suspects:
            cell = notebook.cells[index]
            literals = _Literals(cell, ctx)
            for secret in scanner.in_code(cell.source) if cell.type == "code" else scanner.in_text(cell.source):
                text = cell.source[secret.start : secret.end]
                if not allowed or hash_of(text) not in allowed:
                    yield self._finding(secret, text, literals, ctx)

    def _finding(self, secret: Secret, text: str, literals: "_Literals", ctx: Context) -> Diagnosis:
        shown = quoted(text)
        message = (
            f"{secret.label} in plain text ({shown}…, {len(text)} characters): whoever has the notebook can use it"
        )
        if secret.is_public_half:
            message = f"{secret.label} in plain text ({shown}…): it tells whose key to look for"
        return self.finding(
            ctx,
            ctx.cell_span(literals.cell.index, secret.start, secret.end),
            message,
            fixes=list(literals.fixes(secret, text)),
            severity=_HALF if secret.is_public_half else None,
            advice=_ADVICE,
        )


class _Literals:
    """The strings of a cell, and how to read those that hold a secret from elsewhere; worked out when asked."""

    def __init__(self, cell: Cell, ctx: Context) -> None:
        self.cell = cell
        self._ctx = ctx

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        nodes = ast.walk(self.cell.tree) if self.cell.tree is not None else ()
        return {child: parent for parent in nodes for child in ast.iter_child_nodes(parent)}

    @cached_property
    def _spans(self) -> list[tuple[int, int, ast.Constant]]:
        """The string literals by place, but not the parts of formatted strings, which have none of their own."""
        strings = (
            node
            for node, parent in self._parents.items()
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not isinstance(parent, ast.JoinedStr)
        )
        return sorted(((*self.cell.map.node_span(node), node) for node in strings), key=lambda span: span[:2])

    def fixes(self, secret: Secret, text: str) -> Iterator[Plan]:
        """How to read the string that holds a secret from the environment; nothing for comments and magics."""
        index = bisect_right(self._spans, secret.start, key=lambda span: span[0]) - 1
        if index < 0 or self._spans[index][1] <= secret.end:
            return
        node = self._spans[index][2]
        around = [self._parents[node]]
        while around[-1] in self._parents:
            around.append(self._parents[around[-1]])
        match around[0]:
            case ast.Assign(targets=[ast.Subscript(value=owner, slice=ast.Constant(value=str(key)))]) as stmt if (
                self._ctx.value(owner).type == "os.Environ"
            ):
                yield Plan(f"Ask for the variable {key}", Safety.UNSAFE, lambda: _ask(stmt, owner, key, self._ctx))
            case ast.Call(args=[ast.Constant(value=str(key)), _]) as call if self._is_lookup(call):
                place = Literal(self.cell.index, call)
                yield Plan(f"Take the value of {key} out", Safety.UNSAFE, lambda: _look_up(place, key, self._ctx))
            case _:
                part = None if secret.is_address else text
                yield fixes.secret.secret_fix(
                    self._ctx, Literal(self.cell.index, node), self._variable(secret, around), part
                )

    def _is_lookup(self, node: ast.Call) -> bool:
        """Whether it is `os.getenv(key, default)`."""
        call = self._ctx.call(node)
        return call is not None and call.name in {"os.getenv", "os.Environ.get"}

    def _variable(self, secret: Secret, around: list[ast.AST]) -> str:
        """The environment variable to read instead."""
        if secret.variable is not None:
            return secret.variable
        if secret.is_address:
            return "SERVICE_URL" if secret.label.endswith((" http address", " https address")) else "DATABASE_URL"
        name = "_".join(words_of(secret.name or "secret"))
        if name in _BARE:
            root = self._library(around)
            owner = "db" if root in _DATABASES else root
            name = f"{owner}_{name}" if owner.isidentifier() and root not in _UNTOLD else name
        return name.upper()

    def _library(self, around: list[ast.AST]) -> str:
        """The library that is handed the secret: of `cohere.Client(…)`, and of `quandl.ApiConfig.api_key = …`."""
        for node in around:
            match node:
                case ast.Call():
                    call = self._ctx.call(node)
                    return call.name.partition(".")[0] if call is not None else ""
                case ast.Assign(targets=[ast.Attribute() as target]):
                    return (self._ctx.value(target.value).name or "").partition(".")[0]
        return ""


def _ask(stmt: ast.stmt, environment: ast.expr, key: str, ctx: Context) -> list[Edit]:
    place = ctx.stmt(stmt)
    if place is None:
        raise Declined("the statement never runs")
    test = f'if "{key}" not in {ast.unparse(environment)}:'
    error = f'    raise RuntimeError("set {key} in the environment of this notebook")'
    return [*edit.replace_statement(ctx, place, f"{test}\n{error}")]


def _look_up(place: Literal, key: str, ctx: Context) -> list[Edit]:
    """`os.getenv("KEY", "the secret")` without the fallback."""
    imports, module = edit.ensure_import(ctx, "os", before=place)
    return edit.combine(imports, edit.replace(ctx, place, f'{module}.environ["{key}"]'))
