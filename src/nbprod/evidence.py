"""What a kernel knows of a notebook's names, as data: types, shapes, counts and versions, never a value.

A `Witness` is asked by rules; the one in `nbprod.kernel.evidence` looks into the running session, the one of
`nbprod run` asks it there from another process. Names of columns, packages and files are no values; nothing that
stands in a cell of a table is here. Every answer may be None: unknown type, no time left, gone meanwhile.
"""

from typing import Protocol

import msgspec


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """The base of all that is known of one object. `type` is its qualified class ("pandas.DataFrame")."""

    type: str


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column of a table; counts are over the rows that were looked at (`Table.seen`).

    `kind` is "integer", "float", "boolean", "text", "date", "category" or "other". `reads_as` is "number" or
    "date" when at least 99 % of a text column's values read as one. `whole` says that a float column holds whole
    numbers only (integers that a gap made floats), `inexact` that some of them are beyond 2**53. `mixed` says that
    objects of several types stand in it. `singles` counts the values that occur once, `most` how often the
    most frequent value occurs. `rising` says that it is sorted in rows' order and not constant. A label that is
    neither text nor a whole number gives the `name` ""; `numbered` says that it is a number and no text.
    """

    name: str
    dtype: str
    kind: str
    nulls: int = 0
    distinct: int | None = None
    singles: int | None = None
    most: int | None = None
    reads_as: str | None = None
    whole: bool = False
    inexact: bool = False
    mixed: bool = False
    rising: bool = False
    numbered: bool = False


class Table(Known, frozen=True, kw_only=True, omit_defaults=True, tag="table"):
    """A DataFrame or Series (one column, whose name may be ""), of pandas or polars.

    `rows` are all, `seen` those that the counts of columns are over: all of a table of usual size, evenly spaced ones
    of a large one, none when there was no time. `repeated` counts seen rows that occurred before. `memory` is in bytes.
    `index` is the index's type ("RangeIndex"), `index_kind` a column's kind.
    """

    rows: int
    columns: tuple[Column, ...]
    seen: int
    repeated: int | None = None
    memory: int | None = None
    index: str | None = None
    index_kind: str | None = None
    index_rising: bool = False

    def column(self, name: str) -> Column | None:
        """The column of a name; None when several have it."""
        named = [column for column in self.columns if column.name == name]
        return named[0] if len(named) == 1 else None


class Array(Known, frozen=True, kw_only=True, omit_defaults=True, tag="array"):
    """An array or tensor. `nulls`, `distinct` and `most` are over the `seen` first-axis entries, for one axis only
    (`distinct`, `most`) or all (`nulls`); None where they say nothing or were not counted.
    """

    shape: tuple[int, ...]
    dtype: str
    seen: int = 0
    nulls: int | None = None
    distinct: int | None = None
    most: int | None = None
    memory: int | None = None


class Estimator(Known, frozen=True, kw_only=True, omit_defaults=True, tag="estimator"):
    """A scikit-learn estimator. `parameters` holds numbers, booleans, None and plain option words only.

    `features` are the columns it was fitted on; `steps` the qualified classes of a pipeline's steps.
    """

    fitted: bool
    parameters: dict[str, str | int | float | bool | None] = {}
    features: tuple[str, ...] | None = None
    feature_count: int | None = None
    classes: int | None = None
    steps: tuple[str, ...] = ()


class Plain(Known, frozen=True, kw_only=True, omit_defaults=True, tag="plain"):
    """A number, text, or container of the standard library; `length` of those that have one."""

    length: int | None = None


class Module(Known, frozen=True, kw_only=True, omit_defaults=True, tag="module"):
    """An imported module, function or class: where it was imported from, if its module says so."""

    module: str
    name: str | None = None


class Opaque(Known, frozen=True, kw_only=True, omit_defaults=True, tag="opaque"):
    """Any other object: its class is known and nothing was touched."""


Thing = Table | Array | Estimator | Plain | Module | Opaque


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cell that was executed in this session, in the order of `count`; `error` is the class that ended it."""

    count: int
    source: str
    error: str | None = None


class Session(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What happened since the kernel started. `running` says that a cell runs right now."""

    python: str
    runs: tuple[Run, ...]
    names: frozenset[str]
    running: bool = False


class PathFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file or folder as the kernel sees it: from its working directory.

    `age` is in days since it was last changed, `size` in bytes, `lines` those of a text file of bounded size.
    `tracked` says whether git tracks it; None outside of a repository. `zeros` are the columns of a CSV file whose
    first rows hold digits with leading zeros; `relative` is the path from the working directory if it lies below.
    """

    exists: bool
    age: float | None = None
    size: int | None = None
    lines: int | None = None
    under_home: bool = False
    tracked: bool | None = None
    zeros: tuple[str, ...] = ()
    relative: str | None = None


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the seen rows of `second` also stand in `first`; by `column` only, if one was asked for."""

    shared: int
    seen: int


class Witness(Protocol):
    """Who can say what a session holds."""

    def session(self) -> Session:
        """What ran; the same object until something else ran."""

    def thing(self, name: str) -> Thing | None:
        """What a global name stands for now; None when nothing does, or there was no time."""

    def path(self, path: str) -> PathFact | None:
        """A file or folder."""

    def versions(self, module: str) -> dict[str, str]:
        """The installed distributions that give an importable module, with their versions."""

    def overlap(self, first: str, second: str, column: str | None = None) -> Overlap | None:
        """Rows that two tables or arrays share."""

    def total_memory(self) -> int | None:
        """The memory of the machine or container in bytes."""
