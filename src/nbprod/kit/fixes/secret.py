"""Takes a credential out of the source: the environment holds it."""

import ast
import re
from collections.abc import Sequence

from nbprod.kit.context import Context, Located
from nbprod.kit.edit import combine, ensure_import, looking_at, replace
from nbprod.kit.edit.source import expression_site
from nbprod.kit.findings import Declined, Plan
from nbprod.protocol import Edit, Safety


def secret_fix(ctx: Context, literal: Located, variable: str, secret: str | None = None) -> Plan:
    """Read a credential from an environment variable.

    `secret` is the part of the string that is secret, when it is not all of it ("Bearer …"). The run
    fails with a KeyError that names the variable where it is not set.
    """

    def build() -> Sequence[Edit]:
        with looking_at(ctx, literal.cell):
            node = expression_site(ctx, literal.node).node
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str | bytes):
                raise Declined("the credential is put together from parts")
            imports, os = ensure_import(ctx, "os", before=literal.node)
            expression = f'{os}.environ["{variable}"]'
            if isinstance(node.value, bytes):
                expression += ".encode()"
            elif secret is not None and secret != node.value:
                expression = _formatted(node.value, secret, f"{os}.environ['{variable}']")
            return combine(imports, replace(ctx, literal.node, expression))

    return Plan(f"Read the credential from the environment variable {variable}", Safety.UNSAFE, build)


def _formatted(text: str, secret: str, expression: str) -> str:
    before, found, after = text.partition(secret)
    if not found or not re.fullmatch(r'[^\\"\r\n]*', before + after) or not (before + after).isprintable():
        raise Declined("the rest of the string cannot be kept as it is")
    return 'f"' + _braced(before) + f"{{{expression}}}" + _braced(after) + '"'


def _braced(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def variable_name(name: str, provider: str = "") -> str:
    """The environment variable for a credential that stands under a name: `openai_key` gives OPENAI_KEY."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper()
    words = re.sub(r"^\d+_?", "", words) or "SECRET"
    prefix = f"{provider.upper()}_" if provider and provider.upper() not in words else ""
    return prefix + words
