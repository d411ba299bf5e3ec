"""Loads data as data: what a file holds is built, but no code in it is run."""

import ast
from collections.abc import Sequence

from nbprod.kit.context import Context
from nbprod.kit.edit import combine, ensure_import, looking_at, replace, set_keyword
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety
from nbprod.semantic import Call


def keyword_fix(ctx: Context, call: Call, name: str, value: str) -> Plan:
    """Pass the keyword that keeps a loader from running code: `weights_only=True`, `allow_pickle=False`."""

    def build() -> Sequence[Edit]:
        if call.open:
            raise Declined("the options that the call passes on may hold it already")
        return set_keyword(ctx, call, name, value)

    return Plan(f"Load with {name}={value}", Safety.UNSAFE, build)


def safe_yaml_fix(ctx: Context, call: Call) -> Plan:
    """Read YAML with `safe_load`, or with `SafeLoader` where more is passed than the text."""

    def build() -> Sequence[Edit]:
        node = call.node
        documents = call.name.endswith("_all")
        wanted = "safe_load_all" if documents else "safe_load"
        plain = len(node.args) == 1 and {keyword.arg for keyword in node.keywords} <= {"Loader"}
        with looking_at(ctx, call.cell):
            if not plain and "unsafe" in call.name:
                raise Declined("the call passes more than the text")
            if not plain:
                imports, loader = ensure_import(ctx, "yaml", "SafeLoader", before=call)
                if len(node.args) > 1:
                    return combine(imports, replace(ctx, node.args[1], loader))
                return combine(imports, set_keyword(ctx, call, "Loader", loader))
            text = ctx.source(node.args[0])
            if isinstance(node.func, ast.Attribute):
                return replace(ctx, call, f"{ctx.source(node.func.value)}.{wanted}({text})")
            imports, function = ensure_import(ctx, "yaml", wanted, before=call)
            return combine(imports, replace(ctx, call, f"{function}({text})"))

    return Plan("Read the YAML with safe_load", Safety.UNSAFE, build)
