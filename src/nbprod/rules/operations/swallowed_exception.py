import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    BOUNDARIES,
    INFO,
    Call,
    Confidence,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Rule,
    Severities,
    Severity,
    fixes,
    on,
)
from nbprod.kit.blocks import events_in, later_uses, names_bound, shows, walk_block
from nbprod.kit.failures import Hiding, Swallow, suppresses, swallows

_PLAIN: Final = frozenset(
    {"append", "add", "extend", "get", "items", "join", "format", "split", "strip", "lower", "upper", "replace",
     "zeros", "ones", "empty", "arange", "now", "time", "copy", "globals", "locals", "len", "range", "enumerate",
     "isinstance", "hasattr"}
)  # fmt: skip
_NAMED: Final = 3
_LOSES: Final = {EventKind.WRITE, EventKind.PERSIST, EventKind.DB, EventKind.LLM}


class SwallowedException(Rule):
    """A handler must not hide that something went wrong.

    ## Why is this bad?
    Nobody reads what a scheduled notebook prints. A handler that passes, prints or goes on with a made-up
    value turns a failed step into a run that looks fine: the table is missing a day, the score is 0, and
    the variable in the next cell is undefined or still holds what an earlier run left there.

    ## Examples
    ```nb bad warning
    # %%
    import requests
    # %%
    try:
        response = requests.get("https://api.example.com/rates", timeout=30)
    except Exception as e:
        print(e)
    # %%
    rates = response.json()
    ```
    ```nb fixed unsafe
    # %%
    import requests
    # %%
    import logging
    import os

    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        force=True,
    )
    logger = logging.getLogger("example")
    # %%
    try:
        response = requests.get("https://api.example.com/rates", timeout=30)
    except Exception:
        logger.exception("requests.get failed")
        raise
    # %%
    rates = response.json()
    ```
    In a loop the other items go on:
    ```nb bad error
    import logging
    logger = logging.getLogger(__name__)
    for name, table in tables.items():
        try:
            table.to_sql(name, engine, if_exists="append")
        except:
            print(f"could not write {name}")
            continue
    ```
    ```nb fixed unsafe
    import logging
    logger = logging.getLogger(__name__)
    for name, table in tables.items():
        try:
            table.to_sql(name, engine, if_exists="append")
        except Exception:
            logger.exception("could not write %s", name)
            continue
    ```
    ```nb bad info
    for row in rows:
        try:
            cities.append(row["city"])
        except KeyError:
            pass
    ```
    ```nb good
    import requests
    # %%
    failed = []
    for url in urls:
        try:
            pages.append(requests.get(url, timeout=30).text)
        except requests.RequestException:
            failed.append(url)
    # %%
    if failed:
        raise RuntimeError(f"{len(failed)} pages could not be read: {failed[:5]}")
    ```
    ```nb good
    try:
        frame = pd.read_parquet(CACHE)
    except Exception:
        frame = build_frame()
    ```

    ## What a running kernel adds
    The exceptions that the guarded code really ended in, when it ran in this session without the handler.
    ```nb bad live info
    # %% gone
    rates = open("rates.csv").read()
    # %%
    try:
        rates = open("rates.csv").read()
    except FileNotFoundError:
        pass
    # %% unrun
    print(rates)
    ```

    ## What keeps it quiet
    - The handler raises, logs, counts or collects the failure, returns a value that tells of it, or ends the process.
    - It does the work in another way, or the code right after looks whether there is a value.
    - It stands in a loop that tries again.
    - It waits for a condition that is no failure: an optional package, a file or resource that is already there.
    - The guarded block only shows something.

    - Whoever calls the function looks at once whether it gave a value.

    A handler for one named condition is information, and so is one around mere cleaning up, or one that leaves a gap
    (`np.nan`).

    ## Fix safety
    Unsafe: a run that used to go on now stops at the error. In a loop the error is logged, and the other items are
    still worked on.

    ## References
    - Ruff: [try-except-pass (S110)](https://docs.astral.sh/ruff/rules/try-except-pass),
      [try-except-continue (S112)](https://docs.astral.sh/ruff/rules/try-except-continue)
    - Bandit: B110 `try_except_pass`, B112 `try_except_continue`
    """

    dimension = Dimension.OPERATIONS
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    confidence = Confidence.HIGH
    since = "0.1"
    written_files = "check"

    @on(ast.ExceptHandler)
    def check_handler(self, handler: ast.ExceptHandler, ctx: Context) -> Iterator[Diagnosis]:
        swallow = swallows(handler, ctx)
        if swallow is None or ctx.purpose.teaches:
            return
        failing = _failing(swallow, ctx)
        severity = _severity(swallow, ctx)
        later = "" if swallow.stand_in is not None else _later(swallow, ctx)
        seen = _seen(swallow, ctx)
        yield self.finding(
            ctx,
            ctx.first_line(handler),
            _what(handler, swallow, failing, ctx) + later + seen,
            fixes=[fixes.handlers.handler_fix(ctx, handler, swallow, failing)] if severity is not INFO else [],
            related=[(failing, "this may fail")] if failing is not None else [],
            severity=severity,
            anchor=f"{ast.unparse(swallow.block[0])}\0{ast.unparse(handler)}",
            live=bool(seen),
        )

    @on("contextlib.suppress")
    def check_suppress(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        swallow = suppresses(call, ctx)
        if swallow is None or ctx.purpose.teaches:
            return
        failing = _failing(swallow, ctx)
        of = f" of `{ctx.text(failing.node.func, 40)}`" if failing is not None else ""
        message = f"this `suppress` hides every error{of} and goes on{_later(swallow, ctx)}"
        yield self.finding(ctx, call, message, severity=_severity(swallow, ctx))


def _failing(swallow: Swallow, ctx: Context) -> Call | None:
    """The call that the handler is there for: the first that reaches outside, else the first of the project's own."""
    calls = [
        call
        for node in sorted(walk_block(swallow.block), key=_position)
        if isinstance(node, ast.Call) and not _is_of_text(node) and not shows(node, ctx)
        if (call := ctx.call(node)) is not None
    ]
    outside = [call for call in calls if any(event.kind in BOUNDARIES for event in call.events)]
    doing = [call for call in calls if not call.name.startswith("builtins.") and call.method not in _PLAIN]
    acting = [call for call in doing if getattr(call.stmt.node, "value", None) is call.node]
    rest = [call for call in calls if call.method not in _PLAIN]
    return next(iter(outside or acting or doing or rest), None)


def _is_of_text(node: ast.Call) -> bool:
    """Whether a text is asked to do something: `", ".join(names)`."""
    return isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant | ast.JoinedStr)


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _what(handler: ast.ExceptHandler, swallow: Swallow, failing: Call | None, ctx: Context) -> str:
    caught = f"`{ctx.text(handler.type)}`" if handler.type is not None and not swallow.is_broad else "every error"
    of = f" of `{ctx.text(failing.node.func, 40)}`" if failing is not None else ""
    if swallow.stand_in is not None:
        return f"this handler turns {caught}{of} into `{ctx.text(swallow.stand_in, 40)}`, which passes for data"
    verb = "only prints" if swallow.how is Hiding.PRINTED else "hides"
    return f"this handler {verb} {caught}{of} and goes on"


def _later(swallow: Swallow, ctx: Context) -> str:
    """What becomes of the names that the guarded block was to bind, if they are read later."""
    counted = {node.target for node in walk_block(swallow.block) if isinstance(node, ast.AugAssign)}
    for name in sorted(names_bound(swallow.block) - {node.id for node in counted if isinstance(node, ast.Name)}):
        use = next(later_uses(swallow.guard, name, ctx), None)
        if use is not None:
            where = "" if use.cell == swallow.guard.cell else f" in cell {ctx.number(use)}"
            return f"; `{name}` is then stale or undefined{where}"
    return ""


def _seen(swallow: Swallow, ctx: Context) -> str:
    """The exceptions that the guarded code ended in, in this session, when no such handler was around it."""
    if ctx.runtime is None:
        return ""
    from nbprod.kit.seen import errors_seen  # noqa: PLC0415  -- most runs have no session to ask

    found = errors_seen(ctx, swallow.block)
    return "".join(f"; In[{run.count}] ended in {name} there" for name, run in list(found.items())[:_NAMED])


def _severity(swallow: Swallow, ctx: Context) -> Severities | None:
    if not swallow.is_broad or swallow.is_harmless or swallow.is_left_open:
        return INFO
    if swallow.is_told:
        return None
    if any(event.kind in _LOSES for event in events_in(swallow.block, ctx)):
        return Severities(explore=Severity.INFO, production=Severity.ERROR)
    return None
