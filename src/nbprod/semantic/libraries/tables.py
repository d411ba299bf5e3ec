"""How the tables are kept dense."""

from typing import TypeVar

from nbprod.semantic.library import Effect

T = TypeVar("T")


def each(names: str, row: T, package: str = "") -> dict[str, T]:
    """The same row for each of the names, which a package may precede: `each("a b", row, "x")`."""
    prefix = f"{package}." if package else ""
    return {prefix + name: row for name in names.split()}


def if_path(write: Effect, returns: str = "builtins.str") -> Effect:
    """A write that returns what it would have written if it is given no path (`to_csv()`)."""
    assert write.path is not None  # noqa: S101  -- tables are written by us
    return Effect(inputs=write.inputs, returns=returns, when=(write.path, (None,), None), otherwise=write)
