"""What a fix has to say about a boundary: what it does, on what, and how it fails."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import combine, ensure_import
from nbprod.protocol import Edit
from nbprod.semantic import Event, EventKind

_VERBS = {
    EventKind.LOAD: ("reading", "read"),
    EventKind.HTTP: ("requesting", "requested"),
    EventKind.DB: ("querying", "queried"),
    EventKind.LLM: ("asking the model", "asked the model"),
    EventKind.WRITE: ("writing", "wrote"),
    EventKind.PERSIST: ("saving", "saved"),
    EventKind.SERVE: ("deploying", "deployed"),
    EventKind.FIT: ("fitting", "fitted"),
    EventKind.SHELL: ("running", "ran"),
}
_DETAILS = {
    (EventKind.DB, "write"): ("writing to", "wrote to"),
    (EventKind.DB, "connect"): ("connecting to", "connected to"),
    (EventKind.DB, "execute"): ("executing", "executed"),
    (EventKind.HTTP, "download"): ("downloading", "downloaded"),
    (EventKind.HTTP, "pretrained"): ("loading", "loaded"),
}

# The errors that a call can give, by the beginning of its qualified name; the first match counts.
# Names without a dot are builtins, others are imported by their module.
_ERRORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("requests.", ("requests.RequestException",)),
    ("httpx.", ("httpx.HTTPError",)),
    ("aiohttp.", ("aiohttp.ClientError", "TimeoutError")),
    ("urllib.", ("OSError",)),
    ("ftplib.", ("OSError", "EOFError")),
    ("smtplib.", ("OSError",)),
    ("urllib3.", ("urllib3.exceptions.HTTPError",)),
    ("openai.", ("openai.OpenAIError",)),
    ("anthropic.", ("anthropic.AnthropicError",)),
    ("boto3.", ("botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError")),
    ("botocore.", ("botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError")),
    ("sagemaker.", ("botocore.exceptions.BotoCoreError", "botocore.exceptions.ClientError")),
    ("google.cloud.", ("google.api_core.exceptions.GoogleAPIError",)),
    ("vertexai.", ("google.api_core.exceptions.GoogleAPIError",)),
    ("azure.", ("azure.core.exceptions.AzureError",)),
    ("azureml.", ("azureml.exceptions.AzureMLException",)),
    ("sqlite3.", ("sqlite3.Error",)),
    ("psycopg2.", ("psycopg2.Error",)),
    ("psycopg.", ("psycopg.Error",)),
    ("pymysql.", ("pymysql.Error",)),
    ("mysql.connector.", ("mysql.connector.Error",)),
    ("pyodbc.", ("pyodbc.Error",)),
    ("duckdb.", ("duckdb.Error",)),
    ("snowflake.connector.", ("snowflake.connector.Error",)),
    ("pymongo.", ("pymongo.errors.PyMongoError",)),
    ("sqlalchemy.", ("sqlalchemy.exc.SQLAlchemyError",)),
    ("pyspark.", ("pyspark.errors.PySparkException",)),
    ("selenium.", ("selenium.common.exceptions.WebDriverException",)),
    ("tweepy.", ("tweepy.TweepyException",)),
    ("transformers.", ("OSError", "ValueError")),
    ("pickle.", ("OSError", "pickle.PickleError")),
    ("json.", ("OSError", "ValueError")),
)
_BY_KIND = {
    EventKind.LOAD: ("OSError", "ValueError"),
    EventKind.WRITE: ("OSError",),
    EventKind.PERSIST: ("OSError",),
    EventKind.HTTP: ("Exception",),  # a service's own; it is only logged and raised again
    EventKind.LLM: ("Exception",),
}


def subject(ctx: Context, event: Event) -> ast.expr | None:
    """The argument that names what a boundary reaches: a path, an address, a table, a query."""
    if event.path is None:
        return None
    arguments = [*event.node.args, *(keyword.value for keyword in event.node.keywords)]
    return next((node for node in arguments if ctx.value(node) is event.path), None)


def is_simple(node: ast.expr | None) -> bool:
    """Whether an expression can be written down a second time: names, attributes, constant items, sums of these."""
    match node:
        case ast.Name():
            return True
        case ast.Attribute(value=value) | ast.Subscript(value=value, slice=ast.Constant() | ast.Name()):
            return is_simple(value)
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return all(isinstance(part, ast.Constant) or is_simple(part) for part in (left, right))
        case ast.JoinedStr(values=parts):
            values = [part for part in parts if isinstance(part, ast.FormattedValue)]
            return all(is_simple(value.value) and value.format_spec is None for value in values)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a boundary does, for a message: "reading %s" of an argument, or "reading data.csv" without one."""

    doing: str
    done: str
    words: str
    argument: str | None

    @property
    def failed(self) -> str:
        """The arguments of a logger that says it failed."""
        message = f'"{self.doing} {self.words} failed"'
        return f"{message}, {self.argument}" if self.argument else message

    @property
    def failure(self) -> str:
        """The literal that says it failed."""
        if self.argument is None:
            return f'"{self.doing} {self.words} failed"'
        formatted = re.fullmatch(r"""f(["'])(?!\1)(.*)\1""", self.argument)
        if formatted is not None:
            return f"f{formatted[1]}{self.doing} {formatted[2]} failed{formatted[1]}"
        quote = "'" if '"' in self.argument else '"'
        if quote in self.argument or "\\" in self.argument:
            return f'"{self.doing} it failed"'
        return f"f{quote}{self.doing} {{{self.argument}}} failed{quote}"


def phrase(ctx: Context, event: Event) -> Phrase:
    """How messages speak of a boundary. Addresses of databases are left out: they may hold a password."""
    doing, done = _DETAILS.get((event.kind, event.detail)) or _VERBS.get(event.kind, ("calling", "called"))
    node = subject(ctx, event)
    if event.kind is EventKind.DB and (event.detail == "connect" or (isinstance(node, ast.Constant) and _is_sql(node))):
        return Phrase(doing, done, "the database", None)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORDS.fullmatch(node.value):
        return Phrase(doing, done, node.value, None)
    if node is not None and _is_nameable(node) and len(source := ctx.source(node)) <= _LONGEST and "\n" not in source:
        return Phrase(doing, done, "%s", source)
    name = ast.unparse(event.node.func) if is_simple(event.node.func) else event.call.method
    return Phrase("calling", "called", name, None)


_LONGEST = 60
_WORDS = re.compile(r"[\w ./:,;=?&+~#-]{1,80}")


def _is_nameable(node: ast.expr) -> bool:
    return is_simple(node) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_sql(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and len(node.value.split()) > 1


def errors_of(event: Event) -> tuple[str, ...]:
    """The exceptions to expect of a boundary, qualified; empty when nothing is known of it."""
    name = event.call.name
    is_query = event.detail == "sql" or (name.startswith("pandas.") and event.kind is EventKind.DB)
    connection = event.call.argument(1, "con") if is_query else None
    if connection is not None:
        name = connection.type or ""
    for prefix, errors in _ERRORS:
        if name.startswith(prefix):
            return errors
    if connection is not None:
        return ("sqlalchemy.exc.SQLAlchemyError",)
    return _BY_KIND.get(event.kind, ())


def except_clause(ctx: Context, events: Iterable[Event], *, before: "ast.AST | Located") -> tuple[list[Edit], str]:
    """What to put behind `except` for some boundaries; "" when nothing is known of them.

    The exceptions' modules are imported if they have to be.
    """
    edits: list[Edit] = []
    names: dict[str, None] = {}
    for error in dict.fromkeys(error for event in events for error in errors_of(event)):
        module, _, name = error.rpartition(".")
        if not module:
            names[name] = None
            continue
        root = module.partition(".")[0]
        wanted = root if _offers_errors(module) else module
        more, local = ensure_import(ctx, wanted, before=before)
        edits = combine(edits, more)
        names[f"{local}{module[len(wanted) :]}.{name}"] = None
    text = ", ".join(names)
    return edits, f"({text})" if len(names) > 1 else text


def _offers_errors(module: str) -> bool:
    """Whether importing the package alone makes its module of exceptions available."""
    return module in {"urllib3.exceptions", "pymongo.errors", "sqlalchemy.exc"}
