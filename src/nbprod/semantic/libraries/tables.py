"""How the tables are kept dense."""

from typing import TypeVar

T = TypeVar("T")


def each(names: str, row: T, package: str = "") -> dict[str, T]:
    """The same row for each of the names, which a package may precede: `each("a b", row, "x")`."""
    prefix = f"{package}." if package else ""
    return {prefix + name: row for name in names.split()}
