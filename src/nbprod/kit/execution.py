"""Where text is run as code, and which text a language model had a hand in."""

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from nbprod.kit.blocks import last_name, nodes_in, targets_of
from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Call, Event, EventKind, Function, Stmt, Tag, Value

PYTHON: Final = ("builtins.eval", "builtins.exec", "builtins.compile", "pandas.eval", "pandas.DataFrame.query",
                 "pandas.DataFrame.eval")  # fmt: skip
SHELL: Final = ("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput")
PROCESS: Final = ("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
                  "subprocess.Popen")  # fmt: skip
SCOPES: Final = ("builtins.globals", "builtins.locals", "builtins.vars")
RUNNERS: Final = ("langchain_experimental.utilities.PythonREPL.run", "langchain_experimental.tools.PythonREPLTool.run",
                  "langchain_experimental.utilities.python.PythonREPL.run", ".run_cell")  # fmt: skip
QUERIES: Final = (".execute", ".run", ".executescript")
_ALLOWS: Final = frozenset({"fullmatch", "match", "issubset", "isdigit", "isnumeric", "isidentifier"})
_DATABASE: Final = lazy_pattern(r"(self\.)?_?(db|database|cursor|cur|conn|connection|con|engine|session|sql_?db)\d?")
_DECORATORS: Final = frozenset({"tool", "function_tool", "tool_plain", "kernel_function", "beta_tool", "ai_function"})
_DESCRIBED: Final = frozenset({"input_schema", "parameters", "description", "inputSchema"})
_WRAPPERS: Final = frozenset({"Tool", "StructuredTool", "FunctionTool", "from_function", "from_defaults", "BaseTool"})


def executed_text(call: Call) -> tuple[ast.expr, Value] | None:
    """The argument of a call that is run as code, with what is known of it; None when nothing is run."""
    name = call.name
    if name in PYTHON or name in SHELL:
        return _first(call)
    if name in PROCESS:
        found = _first(call)
        return found if found is not None and _is_program(call, found[1]) else None
    if name in RUNNERS or (name in QUERIES and _is_database(call.node.func)):
        return _first(call)
    return _query(call)


def _is_database(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and _DATABASE.fullmatch(ast.unparse(function.value)) is not None


def _first(call: Call) -> tuple[ast.expr, Value] | None:
    node = call.node.args[0] if call.node.args else next((item.value for item in call.node.keywords), None)
    if node is None or isinstance(node, ast.Starred):
        return None
    value = call.args[0] if call.args else next(iter(call.keywords.values()), None)
    return (node, value) if value is not None else None


def _is_program(call: Call, command: Value) -> bool:
    """Whether a process is given a command line for a shell, or source for an interpreter."""
    shell = call.keywords.get("shell")
    if shell is not None and shell.const is True:
        return True
    return any(item.const in {"-c", "-e"} for item in command.elements)


def _query(call: Call) -> tuple[ast.expr, Value] | None:
    """The statement that a call sends to a database."""
    for event in call.events:
        asks = event.kind is EventKind.DB or (event.kind is EventKind.LOAD and event.detail == "sql")
        if asks and event.detail != "connect" and event.path is not None and call.node.args:
            place = next((index for index, value in enumerate(call.args) if value is event.path), 0)
            node = call.node.args[min(place, len(call.node.args) - 1)]
            return (node, event.path) if not isinstance(node, ast.Starred) else None
    return None


def author(value: Value) -> Event | None:
    """The call of a language model that wrote a text, or had the last word on it; None when none did."""
    if not value.has(Tag.LLM):
        return None
    asked = (event for event in value.lineage if event.kind is EventKind.LLM)
    return max(asked, key=lambda event: event.order, default=None)


def is_tested(stmt: Stmt, node: ast.expr) -> bool:
    """Whether a text was held against a pattern or a list right before: around the statement, or above it."""
    wanted = ast.unparse(node)
    outer = [place.node.test for place in stmt.ancestors() if isinstance(place.node, ast.If)]
    above = stmt.block[max(0, stmt.index - 4) : stmt.index]
    if any(_strips(item, wanted) for item in above):
        return True
    before = [item.test for item in above if isinstance(item, ast.If | ast.Assert)]
    return any(_allows(part, wanted) for test in (*outer, *before) for part in ast.walk(test))


def _strips(statement: ast.stmt, wanted: str) -> bool:
    """Whether all but some characters are taken out of the text: `re.sub("[^0-9]", "", text)`."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Constant(value=str(pattern)), *_])):
            return name == wanted and pattern.startswith("[^")
    return False


def _allows(part: ast.AST, wanted: str) -> bool:
    match part:
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[ast.Name() | ast.Attribute()]):
            return ast.unparse(left) == wanted
        case ast.Call(func=ast.Attribute(value=owner, attr=attr), args=args):
            return attr in _ALLOWS and any(ast.unparse(item) == wanted for item in [*args, owner])
    return False


_NO_TEXT: Final = frozenset({"int", "float", "bool", "date", "datetime", "time", "Decimal", "UUID"})


class Tools:
    """The functions of a notebook that a language model may call."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._handed: set[ast.AST] = {definition.node for definition in self._given()}

    def _given(self) -> Iterator[Function]:
        """The functions in `tools=[…]`, and those that `Tool(…)` and its like wrap."""
        for call in self._ctx.model.all_calls:
            values = [call.keywords["tools"], *call.keywords["tools"].elements] if "tools" in call.keywords else []
            if call.method in _WRAPPERS:
                values += [*call.args, *call.keywords.values()]
            elif call.method == "bind_tools":
                values += [item for value in call.args for item in value.elements]
            yield from (value.definition for value in values if value.definition is not None)

    def is_tool(self, function: Function) -> bool:
        """Whether a model may call a function, with what arguments it likes."""
        decorators = getattr(function.node, "decorator_list", ())
        return (
            function.node in self._handed
            or function.name in self._described
            or any(last_name(node.func if isinstance(node, ast.Call) else node) in _DECORATORS for node in decorators)
        )

    def writes(self, node: ast.expr, function: Function | None) -> bool:
        """Whether an expression in a function is made of what a model passes to it."""
        if function is None or isinstance(function.node, ast.ClassDef) or not self.is_tool(function):
            return False
        arguments = function.node.args
        checked = bool(getattr(function.node, "decorator_list", []))  # what makes the tool holds values to their types
        given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        tainted = {item.arg for item in given if not (checked and _is_no_text(item.annotation))} - {"self"}
        body = function.node.body if isinstance(function.node.body, list) else []
        for statement in body:
            for part in ast.walk(statement):
                if isinstance(part, ast.Assign) and _mentions(part.value, tainted):
                    tainted.update(name for target in part.targets for name in targets_of(target))
        return _mentions(node, tainted)

    @cached_property
    def _described(self) -> set[str]:
        """The names under which functions are described: `{"name": "get_price", "input_schema": …}`."""
        found: set[str] = set()
        for cell in self._ctx.cells:
            for node in nodes_in(cell.tree) if cell.tree is not None else ():
                if isinstance(node, ast.Dict):
                    texts = {key.value: item for key, item in zip(node.keys, node.values, strict=True)
                             if isinstance(key, ast.Constant)}  # fmt: skip
                    name = texts.get("name")
                    if isinstance(name, ast.Constant) and not _DESCRIBED.isdisjoint(texts):
                        found.add(str(name.value))
        return found

    def by_name(self) -> list[str]:
        """The names of the functions that are described to a model as tools, in the order of the notebook."""
        functions = (item for item in self._ctx.model.functions if not isinstance(item.node, ast.ClassDef))
        return [
            item.name
            for item in functions
            if item.stmt.parent is None and self.is_tool(item) and len(self._ctx.model.bindings(item.name)) == 1
        ]


def _is_no_text(annotation: ast.expr | None) -> bool:
    """Whether a type leaves no room for text of the model's choosing: `int`, `date`, `Literal["a", "b"]`."""
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return _is_no_text(annotation.left) and _is_no_text(annotation.right)
    if isinstance(annotation, ast.Subscript):
        name = last_name(annotation.value)
        return name == "Literal" or (name == "Optional" and _is_no_text(annotation.slice))
    return annotation is not None and (_is_none(annotation) or last_name(annotation) in _NO_TEXT)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _mentions(node: ast.expr, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))
