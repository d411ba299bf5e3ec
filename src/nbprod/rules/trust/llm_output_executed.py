import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Plan,
    Rule,
    Severities,
    Severity,
    Tag,
    Value,
    execution,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.execution import Tools, author, executed_text, is_tested

_COMPUTES: Final = lazy_pattern(r"expr|formula|equation|calc|math|code|query|program|script|function")
_HOW: Final = {
    "python": "Let the model choose among functions of yours, and check their arguments; run what must be code in a "
    "sandbox without network, secrets and write access.",
    "shell": "Pass a list of arguments whose program you choose, without a shell, and check what the model adds.",
    "query": "Give the connection a role that may only read, and refuse all but one SELECT over tables you list.",
}


class LlmOutputExecuted(Rule):
    """Text that a language model wrote is run as code.

    ## Why is this bad?
    Whoever can put words in front of the model, in a web page, a ticket or a file it summarises, can make it write
    what they like. With `eval`, `exec`, a shell or a database behind it, those words run with your rights.

    ## Examples
    ```nb bad error
    # %%
    from openai import OpenAI
    client = OpenAI(timeout=30)
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    # %%
    labels = eval(reply.choices[0].message.content)
    ```
    ```nb fixed unsafe
    # %%
    from openai import OpenAI
    import ast
    client = OpenAI(timeout=30)
    # %%
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    # %%
    labels = ast.literal_eval(reply.choices[0].message.content)
    ```
    A call that is put together from the model's answer becomes a choice among functions:
    ```nb bad error
    def get_price(ticker):
        return PRICES[ticker]
    tools = [{"name": "get_price", "description": "The price of a share"}]
    # %%
    from anthropic import Anthropic
    reply = Anthropic().messages.create(model=MODEL, max_tokens=99, tools=tools, messages=messages)
    # %%
    tool_use = reply.content[-1]
    result = eval(f"{tool_use.name}(**tool_use.input)")
    ```
    ```nb fixed template
    # %%
    def get_price(ticker):
        return PRICES[ticker]
    tools = [{"name": "get_price", "description": "The price of a share"}]
    # %%
    from anthropic import Anthropic
    reply = Anthropic().messages.create(model=MODEL, max_tokens=99, tools=tools, messages=messages)
    # %%
    tool_use = reply.content[-1]
    TOOLS = {"get_price": get_price}  # what the model may call, and nothing else
    result = TOOLS[tool_use.name](**tool_use.input)
    ```
    ```nb good
    import ast
    from openai import OpenAI
    client = OpenAI(timeout=30)
    reply = client.chat.completions.create(model=MODEL, messages=messages)
    labels = ast.literal_eval(reply.choices[0].message.content)
    ```
    ```nb good
    from openai import OpenAI
    client = OpenAI(timeout=30)
    total = eval("1 + 1")
    print(client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content)
    ```

    ## What keeps it quiet
    - constants; `ast.literal_eval`; values bound as parameters of a query;
    - a test of the very text against a pattern or a list right before it runs, or characters taken out of it.

    The parameters of functions that are registered as tools count as text of the model. So does code that is downloaded
    and run at once.

    ## Fix safety
    Unsafe: `ast.literal_eval` reads lists, dictionaries, texts and numbers, and refuses all else. The template calls
    the functions that the notebook describes to the model; read the list before you trust it, and check arguments.

    ## References
    - OWASP Top 10 for LLM applications, LLM05: Improper Output Handling
    - OWASP Top 10 for LLM applications, LLM06: Excessive Agency
    - CWE-95: Improper Neutralization of Directives in Dynamically Evaluated Code
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.ERROR, production=Severity.ERROR)
    since = "0.1"
    written_files = "check"

    def __init__(self) -> None:
        self._tools: Tools | None = None

    @on(*execution.PYTHON, *execution.SHELL, *execution.PROCESS, *execution.RUNNERS, *execution.QUERIES)
    def check(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        found = executed_text(call)
        if found is None or is_tested(call.stmt, found[0]):
            return
        node, value = found
        source = author(value)
        if source is not None:
            asked = f"`{brief(source.node.func)}`" + (
                f" (cell {ctx.number(source)})" if source.cell != call.cell else ""
            )
            yield self._finding(call, node, f"text produced by {asked}", ctx, source)
        elif self._is_passed_by_model(call, node, ctx):
            function = call.stmt.function
            name = function.name if function is not None else ""
            yield self._finding(call, node, f"what the model passes to the tool `{name}`", ctx, None)
        elif call.name in {"builtins.eval", "builtins.exec"} and _is_downloaded(value):
            yield self._finding(call, node, "text from a web server", ctx, None)

    @on(EventKind.DB)
    def check_query(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if event.call.name not in execution.QUERIES and event.call.events[0] is event:
            yield from self.check(event.call, ctx)

    @on(*execution.SCOPES)
    def check_lookup(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if call.args:
            return
        for part in ast.walk(call.stmt.node):
            if isinstance(part, ast.Subscript) and part.value is call.node and isinstance(part.ctx, ast.Load):
                chosen = ctx.value(part.slice)
                source = author(chosen) or _last_asked(chosen)  # `tool_call.function.name`
                if source is not None:
                    yield self._finding(call, part.slice, f"a name chosen by `{brief(source.node.func)}`", ctx, source)

    def _is_passed_by_model(self, call: Call, node: ast.expr, ctx: Context) -> bool:
        if call.stmt.function is None or isinstance(node, ast.Constant):
            return False
        self._tools = self._tools or Tools(ctx)
        return self._tools.writes(node, call.stmt.function)

    def _finding(self, call: Call, node: ast.expr, what: str, ctx: Context, source: Event | None) -> Diagnosis:
        kind = _kind(call)
        outcome = "becomes a query of its choosing" if kind == "query" else "becomes code execution"
        self._tools = self._tools or Tools(ctx)
        return self.finding(
            ctx,
            call,
            f"{what} reaches `{brief(call.node.func)}`: a prompt injection {outcome}",
            fixes=list(_plans(call, node, ctx, self._tools)),
            related=[(source, "the model is asked here")] if source is not None and source.cell != call.cell else [],
            advice=_HOW[kind],
        )


def _kind(call: Call) -> str:
    if call.name in execution.SHELL or call.name in execution.PROCESS:
        return "shell"
    python = call.name in execution.PYTHON or call.name in execution.RUNNERS or call.name in execution.SCOPES
    return "python" if python else "query"


def _plans(call: Call, node: ast.expr, ctx: Context, tools: Tools) -> Iterator[Plan]:
    names = tools.by_name() if isinstance(node, ast.JoinedStr) or call.name in execution.SCOPES else []
    if names:
        yield fixes.execution.dispatch_fix(ctx, call, node, names)
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    if call.name == "builtins.eval" and len(call.node.args) == 1 and plain and not _computes(node):
        yield fixes.execution.literal_fix(ctx, call)


def _computes(node: ast.expr) -> bool:
    """Whether the name of a text says that it is more than a literal."""
    return _COMPUTES.search(ast.unparse(node).lower()) is not None


def _last_asked(value: Value) -> Event | None:
    """The language model that something came from last, whatever part of its answer it is."""
    return max((event for event in value.lineage if event.kind is EventKind.LLM), key=lambda it: it.order, default=None)


def _is_downloaded(value: Value) -> bool:
    asked = (event for event in value.lineage if event.kind is EventKind.HTTP and event.detail in {"get", "post"})
    return value.has(Tag.EXTERNAL) and any(True for _ in asked)
