"""Is a notebook Python? Its label is believed when it says so; otherwise its cells decide."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_MOSTLY = 0.9
_SUITES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.With, ast.Try)
_ONLY_PYTHON = (ast.ImportFrom, ast.JoinedStr, ast.ListComp, ast.DictComp, ast.Lambda)


def declared_language(metadata: Mapping[str, Any]) -> str | None:
    """The language that a notebook's metadata name, Python if any label does; None when none is named."""
    info, spec = _mapping(metadata, "language_info"), _mapping(metadata, "kernelspec")
    languages = _labels(info.get("name"), spec.get("language"))
    hints = _labels(spec.get("name"), spec.get("display_name"))  # kernels have any name: these only vouch for Python
    return next((name for name in languages + hints if is_python(name)), languages[0] if languages else None)


def _labels(*values: object) -> list[str]:
    return [value.strip() for value in values if isinstance(value, str) and value.strip()]


def _mapping(metadata: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = metadata.get(key)
    return value if isinstance(value, Mapping) else {}


def is_python(name: str) -> bool:
    """Whether a label such as "ipython3", "PySpark" or "Python 3 (ipykernel)" names Python."""
    return "python" in name.lower() or name.lower().startswith("pyspark")


def why_skipped(language: str | None, trees: Callable[[], Sequence[ast.Module | None]]) -> str | None:
    """Why a notebook should not be analysed as Python; None when it should.

    Args:
        language: what `declared_language` says.
        trees: gives the trees of the non-empty code cells, None for those that do not parse; called only if needed.
    """
    if language is not None and is_python(language):
        return None
    found = trees()
    if language is not None:
        return None if looks_like_python(found) else f"kernel language {language}"
    if looks_like_python(found) or sum(1 for tree in found if tree is None) * 2 <= len(found):
        return None
    return "no kernel language is declared, and most code cells are not Python"


def looks_like_python(trees: Sequence[ast.Module | None]) -> bool:
    """Whether the cells are Python for certain.

    Cells of other languages often happen to parse (`x = f(y)`, `import a.b`), so nearly all must parse, and one in
    twenty must hold what only Python has: among 142 notebooks in Julia, R, Scala, C# and C++ not a single cell did.
    """
    statements = [tree for tree in trees if tree is None or tree.body]
    parsed = [tree for tree in statements if tree is not None]
    proof = sum(1 for tree in parsed if _only_python(tree))
    return proof >= max(1, len(parsed) / 20) and len(parsed) >= _MOSTLY * len(statements)


def _only_python(tree: ast.Module) -> bool:
    """Whether a cell holds syntax that parses as Python and as nothing else that kernels exist for."""
    for node in ast.walk(tree):
        if isinstance(node, _ONLY_PYTHON):
            return True
        if isinstance(node, _SUITES) and node.body[0].lineno > node.lineno:
            return True
        if isinstance(node, ast.Import) and any(alias.asname for alias in node.names):
            return True
    return False
