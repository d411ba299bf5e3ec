"""Gives what a run writes a name of its own, under which it appears only when it is complete."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, fresh, insert_after, insert_before, locate, looking_at, replace
from nbprod.kit.findings import Declined, Plan
from nbprod.kit.fixes.boundaries import is_simple, subject
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Event

_BEFORE = """\
{time} = {datetime}.now({timezone}.utc)
{output} = {path}({source}).with_stem(f"{{{path}({inner}).stem}}-{{{time}:%Y%m%dT%H%M%SZ}}")
{partial} = {output}.with_name(f"partial-{{{output}.name}}")"""


def versioned_output_fix(ctx: Context, write: Event) -> Plan:
    """Write beside the final place, then rename: whoever reads sees the old file or the new one, never half of it."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, write.cell):
            node = subject(ctx, write)
            if node is None or not isinstance(write.stmt.node, ast.Expr) or write.stmt.node.value is not write.node:
                raise Declined("the path cannot be told apart among the arguments")
            source = ctx.source(node)
            if not (isinstance(node, ast.Constant) or is_simple(node)) or "\n" in source or "\\" in source:
                raise Declined("the path is put together in the call")
            inner = repr(node.value) if isinstance(node, ast.Constant) else source
            if isinstance(node, ast.JoinedStr) or '"' in inner:
                raise Declined("the path cannot be written inside an f-string")
            if _is_named_later(ctx, write, node):
                raise Declined("the notebook uses the file under its old name later")
            import_os, os = ensure_import(ctx, "os", before=write)
            import_datetime, datetime = ensure_import(ctx, "datetime", "datetime", before=write)
            import_timezone, timezone = ensure_import(ctx, "datetime", "timezone", before=write)
            import_path, path = ensure_import(ctx, "pathlib", "Path", before=write)
            names = {wish: fresh(ctx, wish) for wish in ("run_time", "output", "partial")}
            before = _BEFORE.format(
                time=names["run_time"],
                output=names["output"],
                partial=names["partial"],
                datetime=datetime,
                timezone=timezone,
                path=path,
                source=source,
                inner=inner,
            )
            return combine(
                import_os,
                import_datetime,
                import_timezone,
                import_path,
                insert_before(ctx, write.stmt, before),
                replace(ctx, node, names["partial"]),
                insert_after(ctx, write.stmt, f"{os}.replace({names['partial']}, {names['output']})"),
            )

    return Plan("Write a version of its own, all at once", Safety.TEMPLATE, build)


def _is_named_later(ctx: Context, write: Event, node: ast.expr) -> bool:
    """Whether the file, or the variable that holds its path, occurs after the write."""
    site = locate(ctx, write.stmt)
    text = node.value if isinstance(node, ast.Constant) else ctx.source(node)
    later = [site.cell.source[site.end :], *(c.source for c in ctx.notebook.code_cells if c.index > site.cell.index)]
    return any(str(text).rpartition("/")[2] in source for source in later)
