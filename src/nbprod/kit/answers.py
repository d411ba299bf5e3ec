"""Where a notebook takes apart what a language model wrote, and whether anything makes sure that it can."""

import ast
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import Final

from msgspec import Struct

from nbprod.kit.blocks import shows
from nbprod.kit.context import Context
from nbprod.kit.execution import author
from nbprod.kit.language_models import language_models
from nbprod.kit.routes import Branch, Routes
from nbprod.kit.steps import constructor_of
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, Stmt, Tag, Value

_PARSERS: Final = (
    "json.loads", "json5.loads", "orjson.loads", "ujson.loads", "simplejson.loads", "ast.literal_eval",
    "yaml.safe_load", "yaml.load", "yaml.full_load", "xml.etree.ElementTree.fromstring", "builtins.eval",
    "pandas.read_json", "pandas.read_csv", "datetime.datetime.strptime", "datetime.datetime.fromisoformat",
    "dateutil.parser.parse", "builtins.int", "builtins.float", "decimal.Decimal",
)  # fmt: skip
_PICKED_APART: Final = (
    ".split", "builtins.str.split", ".rsplit", "builtins.str.rsplit", ".splitlines", "builtins.str.splitlines",
    "re.findall", "re.search", "re.match", "re.split",
)  # fmt: skip
_NUMBERS: Final = frozenset({"builtins.int", "builtins.float", "builtins.bool"})
_SCHEMAS: Final = frozenset(
    {"response_schema", "response_json_schema", "responseSchema", "tools", "functions", "tool_choice", "function_call",
     "response_model", "output_format", "output_config", "text_format", "guided_json", "toolConfig", "json_schema",
     "output_cls"}
)  # fmt: skip
_AGENTS: Final = frozenset({"agents", "crewai", "pydantic_ai"})
_TYPED: Final = ("output_type", "result_type", "output_pydantic", "output_json")
"""How an agent is told what its answer is to be."""
_VALIDATES: Final = lazy_pattern(r"validate\w*|model_validate\w*|parse_obj|parse_raw|is_valid\w*|validator")


class Certainty(StrEnum):
    """What an answer was asked to look like."""

    FREE = "free"  # anything
    JSON = "json"  # JSON of any shape
    SCHEMA = "schema"  # what a schema says


class Reading(Struct, eq=False):
    """A place that takes model text for well-formed.

    `what` is "parse" (a parser, a number), "index" (a part at a position) or "route" (a branch).
    """

    node: ast.expr
    cell: int
    stmt: Stmt
    what: str
    source: Event
    call: Call | None = None


class Answers:
    """Tells where the text of language models is taken apart."""

    def __init__(self, ctx: Context, branches: Iterable[Branch] = ()) -> None:
        self._ctx = ctx
        self._routes = Routes(ctx, branches)

    def unvalidated(self) -> Iterator[Reading]:
        """The first place of each chain of text at which nothing makes sure that it is well-formed."""
        if not language_models(self._ctx).asks:
            return
        seen: set[object] = set()
        found = sorted(
            self._readings(), key=lambda reading: (reading.cell, reading.node.lineno, reading.node.col_offset)
        )
        for reading in found:
            via = reading.source.call.via
            chain = (reading.source.node, via.node if via is not None else None)
            if chain in seen or chain in self._validated:
                continue
            if certainty(reading.source, self._ctx) is Certainty.SCHEMA or _is_guarded(reading):
                continue
            seen.add(chain)
            yield reading

    # -- what is taken apart ------------------------------------------------------------------

    def _readings(self) -> Iterator[Reading]:
        for call in self._ctx.model.calls(*_PARSERS):
            yield from self._parsed(call)
        for call in self._ctx.model.calls(*_PICKED_APART):
            yield from self._indexed(call)
        for route in self._routes.all():
            what = "index" if route.is_lookup else "route"
            yield Reading(route.node, route.stmt.cell, route.stmt, what, route.source)

    def _parsed(self, call: Call) -> Iterator[Reading]:
        value = call.args[0] if call.args else None
        if value is None or value.type in _NUMBERS or self._is_only_shown(call):
            return
        if call.name in {"pandas.read_csv", "pandas.read_json"} and value.type != "io.StringIO":
            return
        source = author(value)
        numeric = call.name in {"builtins.int", "builtins.float"}
        if source is None or (numeric and (_is_matched(call.node.args[0]) or value.type == "builtins.dict")):
            return
        yield Reading(call.node, call.cell, call.stmt, "parse", source, call)

    def _indexed(self, call: Call) -> Iterator[Reading]:
        """`text.split(…)[1]`, `re.findall(…, text)[0]`, `re.search(…, text).group`."""
        texts = [call.receiver, *call.args] if call.receiver is not None else call.args
        source = next((found for value in texts if (found := author(value)) is not None), None)
        if source is None or (isinstance(call.node.func, ast.Attribute) and _is_part(call.node.func.value)):
            return
        for node in ast.walk(call.stmt.node):
            if not isinstance(node, ast.Subscript | ast.Attribute) or node.value is not call.node:
                continue
            if self._is_particular(node, call.method):
                yield Reading(node, call.cell, call.stmt, "index", source)

    def _is_particular(self, node: ast.Subscript | ast.Attribute, method: str) -> bool:
        """Whether a part is taken that need not be there."""
        if isinstance(node, ast.Attribute):
            return node.attr in {"group", "groups", "groupdict"} and method in {"search", "match"}
        position = self._ctx.value(node.slice).const
        first = method == "findall" and position == 0
        return isinstance(position, int) and (position > 0 or position < -1 or first)

    # -- what makes it sure -------------------------------------------------------------------

    @cached_property
    def _validated(self) -> set[object]:
        """The chains whose data a schema or a validator sees."""
        found: set[object] = set()
        for call in self._ctx.model.all_calls:
            values = [*call.args, *call.keywords.values()]
            checks = _VALIDATES.fullmatch(call.method) is not None or _makes_record(call, self._ctx)
            if checks:
                values += [self._ctx.value(item.value) for item in call.node.keywords if item.arg is None]
                for value in values:
                    source = author(value)
                    if source is not None:
                        via = source.call.via
                        found.add((source.node, via.node if via is not None else None))
        return found

    def _is_only_shown(self, call: Call) -> bool:
        """Whether what is parsed is at once printed, or the last thing of its cell."""
        match call.stmt.node:
            case ast.Expr(value=ast.Call() as outer):
                return outer is call.node or shows(outer, self._ctx)
            case ast.Expr():
                return True
            case ast.Assign(targets=[ast.Name(id=name)]) if call.stmt.function is None:
                here = [binding for binding in self._ctx.model.bindings(name) if binding.stmt is call.stmt]
                uses = [use for binding in here for use in binding.uses]
                return bool(uses) and all(self._routes.shows(use.stmt.node) for use in uses)
        return False


def _place(reading: Reading) -> tuple[int, int, int]:
    return reading.cell, reading.node.lineno, reading.node.col_offset


def certainty(source: Event, ctx: Context) -> Certainty:
    """What a call asked the model's answer to look like."""
    call = source.call
    if source.detail in _AGENTS and any(made.passes(None, name) for made in _agents(call, ctx) for name in _TYPED):
        return Certainty.SCHEMA
    via = call.via.keywords if call.via is not None else {}
    if (
        not _SCHEMAS.isdisjoint(via)
        or call.method in {"parse", "structured_predict"}
        or call.name.startswith("langchain_core.runnables.Structured")
    ):
        return Certainty.SCHEMA
    found = Certainty.FREE
    for name, value in _settings(call):
        if name in _SCHEMAS:
            return Certainty.SCHEMA
        if name in {"response_format", "format"}:
            kind = value.items.get("type") if isinstance(value.items, dict) else None
            if kind is None or kind.text is None or kind.text == "json_schema":
                return Certainty.JSON if value.text is not None else Certainty.SCHEMA
            found = Certainty.JSON if "json" in kind.text else found
        if name in {"response_mime_type", "responseMimeType"} and "json" in (value.text or ""):
            found = Certainty.JSON
    return Certainty.SCHEMA if call.open and found is Certainty.FREE else found


def _agents(call: Call, ctx: Context) -> Iterator[Call]:
    """The calls that made the agents that a call runs, and the tasks of a crew."""
    function = call.node.func
    owner = function.value if isinstance(function, ast.Attribute) else None
    for node in (owner, *call.node.args[:1]):
        made = constructor_of(node, call.cell, ctx) if node is not None else None
        if made is not None:
            yield made
    yield from ctx.model.calls("crewai.Task")


def _settings(call: Call) -> Iterator[tuple[str, Value]]:
    """The keywords of a call, with those of the dictionaries and configuration objects among them."""
    for name, value in call.keywords.items():
        yield name, value
        if isinstance(value.items, dict) and name not in {"messages", "contents", "response_format"}:
            yield from ((key, item) for key, item in value.items.items() if isinstance(key, str))
    for item in call.node.keywords:
        if isinstance(item.value, ast.Call):
            yield from ((part.arg, Value(const=_constant(part.value))) for part in item.value.keywords if part.arg)


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _makes_record(call: Call, ctx: Context) -> bool:
    """`Answer(**data)`, where the class is one of pydantic, or of the notebook."""
    if not any(item.arg is None for item in call.node.keywords):
        return False
    definition = call.function.definition
    return definition is not None and isinstance(definition.node, ast.ClassDef) and definition.base.name is not None


def _is_guarded(reading: Reading) -> bool:
    """Whether a handler sees what goes wrong there."""
    if reading.what == "route":
        return False
    places = [reading.stmt]
    if reading.call is not None and reading.call.via is not None:
        places.append(reading.call.via.stmt)
    for place in places:
        inner = place
        for outer in place.ancestors():
            if isinstance(outer.node, ast.Try | ast.TryStar) and inner.slot == "body" and outer.node.handlers:
                return True
            inner = outer
    return False


def _is_part(node: ast.expr) -> bool:
    """`row[1].strip()`: which part of a row the model wrote is not known."""
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return isinstance(_constant(node.slice), int)
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _is_matched(node: ast.expr) -> bool:
    """`int(found.group(1))`: a pattern has seen the text."""
    return any(isinstance(part, ast.Attribute) and part.attr in {"group", "groups"} for part in ast.walk(node))


def is_model_text(value: Value) -> bool:
    """Whether a language model had a hand in a value that is a text, or holds some."""
    return value.has(Tag.LLM) and value.type not in _NUMBERS
