"""Writes the path of a file below the working directory so that it is found from there, on any machine."""

from collections.abc import Sequence

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import looking_at, replace
from nbprod.kit.findings import Plan
from nbprod.protocol import Edit, Safety


def relative_path_fix(ctx: Context, literal: Located, relative: str) -> Plan:
    """Name the same file from the working directory, which is the notebook's unless a run says otherwise."""

    def build() -> Sequence[Edit]:
        with looking_at(ctx, literal.cell):
            plain = relative.replace("\\", "/")
            text = f'"{plain}"' if plain.isprintable() and '"' not in plain else repr(plain)
            return replace(ctx, literal.node, text)

    return Plan(f"Write it as `{relative}`, from the notebook's folder", Safety.UNSAFE, build)
