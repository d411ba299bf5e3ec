import ast
from collections.abc import Iterator
from typing import Final

from nbprod.kit import (
    INFO,
    Call,
    Context,
    Diagnosis,
    Dimension,
    Event,
    EventKind,
    Literal,
    Magic,
    Notebook,
    Rule,
    Severities,
    Severity,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.blocks import brief
from nbprod.kit.sql import BuiltSql, built_sql

_OUTSIDE: Final = Severities(explore=Severity.ERROR, production=Severity.ERROR)
_IN_MAGIC: Final = lazy_pattern(
    r"(?:[=<>]|\b(?i:like|in|values|between))\s{0,9}\(?\s{0,9}['\"]?%?(\{\{?\s?([A-Za-z_]\w*)\s?\}\}?|\$\{?([A-Za-z_]\w*)\}?)"
)
_NAMED: Final = 3
_ADVICE: Final = (
    "The driver's own parameters (`?`, `%s` or `:name` in the text, the values beside it) never mix with the "
    "statement. Names of tables and columns can't be bound: look them up in a list of those that are allowed."
)


class StringBuiltSql(Rule):
    """SQL that is put together from strings breaks, or does something else, with the wrong value.

    ## Why is this bad?
    A name with an apostrophe ends the statement; a value that somebody chose with care ends it and begins another. With
    bound parameters the database gets the statement and the values apart, so that a value is never taken for SQL; it
    can keep the plan, too, and types arrive as they are.

    ## Examples
    ```nb bad warning
    # %%
    import pandas as pd
    import sqlite3
    connection = sqlite3.connect("shop.db")
    # %%
    def orders_of(customer):
        return pd.read_sql(f"SELECT * FROM orders WHERE customer = '{customer}'", connection)
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    import sqlite3
    connection = sqlite3.connect("shop.db")
    # %%
    def orders_of(customer):
        return pd.read_sql("SELECT * FROM orders WHERE customer = ?", connection, params=(customer,))
    ```
    What comes from outside makes it an error:
    ```nb bad error
    from sqlalchemy import create_engine, text
    engine = create_engine(URL)
    name = input("Customer: ")
    with engine.connect() as connection:
        connection.execute(text(f"UPDATE customers SET seen = now() WHERE name = '{name}'"))
    ```
    ```nb fixed unsafe
    from sqlalchemy import create_engine, text
    engine = create_engine(URL)
    name = input("Customer: ")
    with engine.connect() as connection:
        connection.execute(text("UPDATE customers SET seen = now() WHERE name = :name"), {"name": name})
    ```
    The name of a table can't be bound; from the notebook itself it is only information:
    ```nb bad info
    def count(cursor, table):
        cursor.execute("SELECT count(*) FROM " + table)
    ```
    ```nb good
    cursor.execute("SELECT * FROM orders WHERE customer = ?", (customer,))
    for table in ("orders", "items"):
        cursor.execute(f"SELECT count(*) FROM {table}")
    marks = ", ".join("?" * len(ids))
    cursor.execute(f"SELECT * FROM orders WHERE id IN ({', '.join('?' * len(ids))})", ids)
    ```

    ## What counts
    f-strings, `%`, `format` and `+` whose text begins like SQL, in the calls that database libraries are known by, in
    `text(…)`, and in any `.execute(…)`; `{name}` and `$name` behind a comparison in `%sql`.

    ## What keeps it quiet
    - parts that are all constants, loops over constants, numbers (`int(x)`, `{n:d}`), lists of `?`;
    - names that the notebook holds against a list (`if table not in TABLES:`), what quotes identifiers, and text whose
      quotation marks are doubled (`name.replace("'", "''")`);
    - statements that take no parameters (`CREATE …`, `USE …`) are only information.

    ## Fix safety
    Unsafe: types are those of the values, not what their text would be taken for. It is offered for f-strings where
    the driver is known.

    ## References
    - [pandas.read_sql: `params`](https://pandas.pydata.org/pandas-docs/stable/dev/reference/api/pandas.read_sql.html)
    - [Ruff S608](https://docs.astral.sh/ruff/rules/hardcoded-sql-expression/)
    - CWE-89: SQL injection
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"
    written_files = "check"

    def __init__(self) -> None:
        self._seen: set[ast.expr] = set()

    @on(EventKind.DB)
    def check_event(self, event: Event, ctx: Context) -> Iterator[Diagnosis]:
        if event.path is not None:
            yield from self._statement(event.call, ctx)

    @on(".execute", "sqlalchemy.text", "pandas.read_gbq", "pandasql.sqldf", "awswrangler.athena.read_sql_query")
    def check_call(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        yield from self._statement(call, ctx)

    @on(Notebook, needs=["%sql"])
    def check_magics(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        for cell in notebook.code_cells:
            for magic in cell.magics:
                if magic.name == "sql" and ("{" in magic.raw or "$" in f"{magic.args}{magic.body}"):
                    yield from self._magic(magic, cell.index, ctx)

    def _statement(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        node = call.node.args[0] if call.node.args else call.node.keywords[0].value if call.node.keywords else None
        if isinstance(node, ast.Constant):
            return
        sql = built_sql(node, call.cell, ctx)
        if sql is None or sql.node in self._seen:
            return
        self._seen.add(sql.node)
        yield self._finding(sql, call, ctx)

    def _finding(self, sql: BuiltSql, call: Call, ctx: Context) -> Diagnosis:
        values = [hole for hole in sql.holes if hole.is_value and sql.is_bindable]
        named = values or list(sql.holes)
        names = ", ".join(dict.fromkeys(f"`{brief(hole.node, 30)}`" for hole in named[:_NAMED]))
        if len(named) > _NAMED:
            names += ", …"
        outside = any(hole.outside for hole in named)
        where = f" (run in cell {ctx.number(call)})" if call.cell != sql.cell else ""
        if values:
            message = (
                f"SQL built by {sql.by} with {names}{where}: a quote in it breaks or changes the statement; bind it"
            )
        else:
            message = f"SQL with {names} put in as text{where}: hold names of tables against a list of those allowed"
        plan = fixes.sql.bind_fix(ctx, sql, call) if values else None
        place = Literal(sql.cell, sql.node)
        return self.finding(
            ctx,
            place,
            message,
            fixes=[plan] if plan is not None else [],
            severity=_OUTSIDE if outside and sql.is_bindable else None if values else INFO,
            advice=_ADVICE,
        )

    def _magic(self, magic: Magic, cell: int, ctx: Context) -> Iterator[Diagnosis]:
        """`%sql SELECT … WHERE id = {customer}`: the magic puts the text of the variable in."""
        offset = magic.start
        found = _IN_MAGIC.search(magic.raw) or None
        if found is None and magic.body:
            offset = magic.body_start
            found = _IN_MAGIC.search(magic.body)
        if found is None:
            return
        name = found[2] or found[3]
        if not ctx.model.bindings(name):
            return
        message = f"the text of `{name}` goes into this SQL, whatever it holds: bind it as `:{name}`"
        yield self.finding(
            ctx, ctx.cell_span(cell, offset + found.start(1), offset + found.end(1)), message, advice=_ADVICE
        )
