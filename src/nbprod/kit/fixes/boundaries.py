"""What a fix has to say about a boundary: what it does, on what, and how it fails."""

import ast
import sys
from collections.abc import Iterable

from msgspec import Struct

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import combine, ensure_import
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit
from nbprod.semantic import Call, Event, EventKind, function_effect, method_effect

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

_METHODS = {"from_pretrained": ("loading", "loaded"), "upload": ("uploading", "uploaded")}

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
# Packages that come with others.
_BROUGHT_BY = {
    "botocore": {"boto3", "botocore", "sagemaker"},
    "google": {"google", "vertexai"},
    "requests": {"requests", "requests_html", "requests_cache", "cloudscraper", "google"},
    "azure": {"azure", "azureml"},
    "azureml": {"azure", "azureml"},
    "sqlalchemy": {"sqlalchemy", "pandas"},
}
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
    known = next((node for node in arguments if ctx.value(node) is event.path), None)
    if known is not None:
        return known
    owner, _, method = event.call.name.rpartition(".")
    effect = method_effect(owner, method) if event.call.receiver is not None else function_effect(event.call.name)
    for candidate in (effect, effect.otherwise if effect is not None else None):
        if candidate is not None and candidate.event is event.kind and candidate.path is not None:
            return event.call.argument_node(*candidate.path)
    return None


def is_simple(node: ast.expr | None) -> bool:
    """Whether an expression can be written down a second time: names, attributes, constant items, sums of these."""
    match node:
        case ast.Name():
            return True
        case ast.Attribute(value=value) | ast.Subscript(value=value, slice=ast.Constant() | ast.Name()):
            return is_simple(value)
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return all(isinstance(part, ast.Constant) or is_simple(part) for part in (left, right))
        case ast.Call(func=ast.Attribute(attr="join" | "joinpath") | ast.Name(id="Path"), args=parts, keywords=[]):
            inner = node.func.value if isinstance(node.func, ast.Attribute) else None
            named = inner is None or is_simple(inner)
            return named and all(isinstance(part, ast.Constant) or is_simple(part) for part in parts)
        case ast.JoinedStr(values=parts):
            values = [part for part in parts if isinstance(part, ast.FormattedValue)]
            return all(is_simple(value.value) and value.format_spec is None for value in values)
        case _:
            return False


class Phrase(Struct, frozen=True):
    """What a boundary does, for a message: "reading %s" of an argument, or "reading data.csv" without one.

    Attributes:
        doing: The verb while it runs: "reading".
        done: The verb when it is over: "read".
        words: What it reaches, as a format string of a logger.
        arguments: The source of what fills `words`.
        inside: The same as the inside of a literal in double quotes, an f-string if there are arguments; None
            when it can't be written so.
    """

    doing: str
    done: str
    words: str
    arguments: tuple[str, ...] = ()
    inside: str | None = None

    @property
    def failed(self) -> str:
        """The arguments of a logger that says it failed."""
        return ", ".join([f'"{self.doing} {self.words} failed"', *self.arguments])

    @property
    def failure(self) -> str:
        """The literal that says it failed."""
        if self.inside is None:
            return f'"{self.doing} it failed"'
        return f'{"f" if self.arguments else ""}"{self.doing} {self.inside} failed"'


def phrase(ctx: Context, event: Event) -> Phrase:
    """How messages speak of a boundary. What may hold a password is left out: the addresses of databases, and what
    stands behind the `?` of any other.
    """
    doing, done = _verbs(event)
    node = subject(ctx, event)
    if event.kind is EventKind.DB and (event.detail == "connect" or (isinstance(node, ast.Constant) and _is_sql(node))):
        what = "a statement" if event.detail == "execute" else "the database"
        return Phrase(doing, done, what, inside=what)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value.partition("?")[0] if "://" in node.value else node.value
        if _WORDS.fullmatch(text):
            return Phrase(doing, done, text, inside=text)
    if (
        node is not None
        and _is_nameable(node)
        and _is_text(ctx, node)
        and not _names(node) & _bound_within(event.stmt.node)
    ):
        found = _formatted(node) if isinstance(node, ast.JoinedStr) else _argument(ctx, node)
        if found is not None:
            return Phrase(doing, done, *found)
    if event.call.name == "builtins.open":
        return Phrase(doing, done, "a file", inside="a file")
    name = name_of(event.call)
    return Phrase("calling", "called", name, inside=name)


def _verbs(event: Event) -> tuple[str, str]:
    method = event.call.method
    for begin, verbs in _METHODS.items():
        if method.startswith(begin):
            return verbs
    return _DETAILS.get((event.kind, event.detail)) or _VERBS.get(event.kind, ("calling", "called"))


def _is_text(ctx: Context, node: ast.expr) -> bool:
    """Whether a value says something when it is written down; a request or an open file does not."""
    return ctx.value(node).type in {None, "builtins.str", "pathlib.Path"}


def _argument(ctx: Context, node: ast.expr) -> tuple[str, tuple[str, ...], str | None] | None:
    source = ctx.source(node)
    if len(source) > _LONGEST or "\n" in source:
        return None
    unquoted = '"' not in source and "\\" not in source
    return "%s", (source,), f"{{{source}}}" if unquoted else None


def _formatted(node: ast.JoinedStr) -> tuple[str, tuple[str, ...], str | None] | None:
    """An f-string of simple values, as a format string with arguments."""
    words = inside = ""
    arguments = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            source = ast.unparse(part.value)
            words, inside = f"{words}%s", f"{inside}{{{source}}}"
            arguments.append(source)
        elif isinstance(part, ast.Constant) and _WORDS.fullmatch(str(part.value)):
            words, inside = words + str(part.value), inside + str(part.value)
        else:
            return None
    return (words, tuple(arguments), inside if '"' not in inside else None) if len(inside) <= _LONGEST else None


def name_of(call: Call) -> str:
    """How a message names the function that is called: as it is written, else by its class or its last name."""
    if is_simple(call.node.func):
        name = ast.unparse(call.node.func)
    else:
        name = ".".join(call.name.split(".")[-2:]) if call.receiver is not None else call.name
    return name if _WORDS.fullmatch(name) and not name.startswith(".") else call.method or "this step"


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _bound_within(stmt: ast.AST) -> set[str]:
    """Names that mean something else after the statement, or nothing: it assigns them, or only its parts know them."""
    found: set[str] = set()
    for node in ast.walk(stmt):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Lambda):
            found.update(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
    return found


_LONGEST = 60
_WORDS = lazy_pattern(r"[\w ./:,;=?&+~#-]{1,80}")


def _is_nameable(node: ast.expr) -> bool:
    return is_simple(node) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _is_sql(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and len(node.value.split()) > 1


def errors_of(ctx: Context, event: Event) -> tuple[str, ...]:
    """The exceptions to expect of a boundary, qualified; empty when nothing is known of it."""
    imported = {name.partition(".")[0] for name, _ in ctx.model.imports}
    name = event.call.name
    is_query = event.detail == "sql" or (name.startswith("pandas.") and event.kind is EventKind.DB)
    connection = event.call.argument(1, "con") if is_query else None
    if connection is not None:
        name = connection.type or ""
    for prefix, errors in _ERRORS:
        if name.startswith(prefix) and all(_is_there(error.partition(".")[0], imported) for error in errors):
            return errors
    if connection is not None:
        return ("sqlalchemy.exc.SQLAlchemyError",)
    return _BY_KIND.get(event.kind, ())


def _is_there(root: str, imported: set[str]) -> bool:
    """Whether the package of an exception is sure to be installed: other clients may only look like its own."""
    return root in sys.stdlib_module_names or root[:1].isupper() or bool(imported & _BROUGHT_BY.get(root, {root}))


def except_clause(ctx: Context, events: Iterable[Event], *, before: "ast.AST | Located") -> tuple[list[Edit], str]:
    """What to put behind `except` for some boundaries; "" when nothing is known of them.

    The exceptions' modules are imported if they have to be.
    """
    edits: list[Edit] = []
    names: dict[str, None] = {}
    for error in dict.fromkeys(error for event in events for error in errors_of(ctx, event)):
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
