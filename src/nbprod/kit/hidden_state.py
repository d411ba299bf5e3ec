"""What a session holds, or shows, that the cells as they stand would not give."""

from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Final

from msgspec import Struct

from nbprod.evidence import Run
from nbprod.kit.context import Context
from nbprod.kit.missing_names import missing_names
from nbprod.kit.statement_names import code_of, steps_of
from nbprod.kit.trace import Held, Made, Trace, trace_of
from nbprod.notebook import Cell

_MOST_ROOTS: Final = 10
_ROUNDS: Final = 20


class Lost(Struct):
    """A name that was set by code which the notebook no longer has.

    `readers` are the cells whose results rest on it; `edited` is the cell whose code it was, if that is known;
    `is_held` says that the name still stands for what that code gave.
    """

    name: str
    run: Run
    edited: Cell | None
    is_held: bool
    readers: list[int]


class Outdated(Struct):
    """A name that a cell computed from what another name, `of`, stood for before.

    `ran` is the number of that cell's run, `again` of the later one that set `of` anew.
    """

    name: str
    cell: int
    of: str
    ran: int
    again: int


class HiddenState:
    """Compares what a session did with what a run of the cells from the top would do.

    Only what is certain counts: a cell that failed, `%run` and the like make names unknown, and what came of
    unknown names is left out. So are imports, and the names that a fresh run would stop at: that says more.
    """

    def __init__(self, ctx: Context) -> None:
        runtime = ctx.runtime
        self._ctx = ctx
        self._runs = {run.count: run for run in runtime.session.runs} if runtime is not None else {}
        self._session = trace_of(runtime.session) if runtime is not None else Trace()
        self._present = runtime.present_code if runtime is not None else frozenset[int]()
        self._fresh = Trace()
        for cell in ctx.cells if self._runs else ():
            self._fresh.run(cell.index, steps_of(cell.source) or ())

    @cached_property
    def names(self) -> frozenset[str]:
        """All names of which something is hidden."""
        return frozenset({item.name for item in self.lost} | {item.name for item in self.outdated})

    @cached_property
    def lost(self) -> Sequence[Lost]:
        """The names that were set by code which is gone, and are read, in the order in which they were set."""
        found: dict[tuple[int, str], Lost] = {}
        for name, held in self._session.held.items():
            if name in self._read_elsewhere:
                for made in held.makers:
                    self._add(found, made, name, is_held=True)
        told = {id(root) for made, _, _ in self._changes for root in self._roots[id(made)]}
        for cell, count in self._ran.items():
            roots = {id(root): root for made in self._made_by(count) for root in self._roots[id(made)]}
            for root in roots.values():
                still = set(self._still_held(root))
                for name in still or (_set_by(root) if id(root) not in told else ()):
                    item = self._add(found, root, name, is_held=bool(still))
                    if item is not None:
                        item.readers.append(cell)
        return [found[key] for key in sorted(found)]

    @cached_property
    def outdated(self) -> Sequence[Outdated]:
        """The names that were computed before something that they were computed from changed."""
        found: dict[str, Outdated] = {}
        for made, cell, (of, again) in self._changes:
            for name in self._still_held(made):
                if name in self._read_elsewhere:
                    found.setdefault(name, Outdated(name, cell, of, made.at, again))
        return list(found.values())

    @cached_property
    def _changes(self) -> Sequence[tuple[Made, int, tuple[str, int]]]:
        """The executions that read what was set otherwise later, each with its cell, that name, and when it was set."""
        found = []
        for cell, count in self._ran.items():
            expected = {made.step.code: made for made in self._fresh.made.get(cell, ())}
            for made in self._made_by(count):
                change = self._change(made, expected[made.step.code]) if made.step.code in expected else None
                if change is not None:
                    found.append((made, cell, change))
        return found

    def mending_cells(self) -> tuple[int, ...] | None:
        """The cells to run again, in order, so that the session holds what a run from the top would give.

        None if that does not mend it.
        """
        names = self.names
        cells = {cell for item in self.lost for cell in item.readers} | {item.cell for item in self.outdated}
        cells |= {cell for cell, made in self._fresh.made.items() if any(names & set(_set_by(each)) for each in made)}
        for _ in range(_ROUNDS):
            session = self._session.copy()
            missing: set[int] = set()
            for cell in sorted(cells):
                session.run(cell, [made.step for made in self._fresh.made.get(cell, ())])
                for again, fresh in zip(session.made.get(cell, ()), self._fresh.made.get(cell, ()), strict=True):
                    missing.update(_sources_of_difference(again, fresh))
            if missing <= cells:
                mended = all(_version(session, name) == _version(self._fresh, name) for name in names)
                return tuple(sorted(cells)) if mended else None
            cells |= missing
        return None

    # -- what counts --------------------------------------------------------------------------

    def _add(self, found: dict[tuple[int, str], Lost], made: Made, name: str, *, is_held: bool) -> Lost | None:
        runtime = self._ctx.runtime
        if runtime is None or not self._is_lost(made) or made.at in self._unreadable:
            return None
        if name not in runtime.session.names or name in self._missing or name not in self._read:
            return None
        run = self._runs[made.at]
        return found.setdefault((made.at, name), Lost(name, run, runtime.edited_since(run), is_held, []))

    def _is_lost(self, made: Made) -> bool:
        return made.step.code not in self._present and not made.step.imports

    @cached_property
    def _roots(self) -> dict[int, tuple[Made, ...]]:
        """By the identity of each execution: the lost ones that went into it."""
        roots: dict[int, tuple[Made, ...]] = {}
        for made in (made for group in self._session.made.values() for made in group):
            into = {id(root): root for held in made.inputs.values() for maker in held.makers
                    for root in roots.get(id(maker), ())}  # fmt: skip
            if self._is_lost(made):
                into[id(made)] = made
            roots[id(made)] = tuple(into.values())[-_MOST_ROOTS:]
        return roots

    def _still_held(self, made: Made) -> Iterator[str]:
        """The names whose value an execution still has a part in."""
        for name in _set_by(made):
            held = self._session.held.get(name)
            if held is not None and any(maker is made for maker in held.makers):
                yield name

    def _change(self, made: Made, expected: Made) -> tuple[str, int] | None:
        """The name that an execution read and that was set otherwise later, by the cell that is to set it, and when."""
        if made.version == expected.version:
            return None
        for name, fresh in expected.inputs.items():
            read = made.inputs.get(name)
            if read is None or not read.known or read.version == fresh.version:
                continue
            for maker in fresh.makers:
                again = self._last_of(maker)
                before = _counterpart(maker, fresh, read)
                if again is None or before is None or again.at <= made.at or not again.known:
                    continue
                if before.version not in (again.version, maker.version) and not maker.step.imports:
                    return name, again.at
        return None

    def _last_of(self, maker: Made) -> Made | None:
        """What the last run of a cell made of one of its statements."""
        group = self._made_by(self._ran.get(maker.at, 0))
        return next((made for made in group if made.step.code == maker.step.code), None)

    def _made_by(self, count: int) -> Sequence[Made]:
        return self._session.made.get(count, ())

    # -- the notebook -------------------------------------------------------------------------

    @cached_property
    def _ran(self) -> dict[int, int]:
        """The cells whose very code was run, each with the number of its last run."""
        counts: dict[object, int] = {}
        for run in self._runs.values():
            counts[code_of(run.source).normal] = run.count
        cells: dict[object, list[Cell]] = {}
        for cell in self._ctx.cells:
            cells.setdefault(code_of(cell.source).normal, []).append(cell)
        found: dict[int, int] = {}
        for code, alike in cells.items():
            count = counts.get(code)
            if count is None or self._runs[count].error is not None:
                continue
            for cell in alike:
                if len(alike) == 1 or cell.execution_count == count:
                    found[cell.index] = count
        return dict(sorted(found.items()))

    @cached_property
    def _unreadable(self) -> set[int | None]:
        """The runs of cells that are being edited: what they hold is no Python for the moment."""
        return {cell.execution_count for cell in self._ctx.notebook.code_cells if cell.parse_error is not None}

    @cached_property
    def _read(self) -> set[str]:
        """The names that the cells read."""
        return {name for _, made in self._steps for name in (*made.step.reads, *made.inputs)}

    @cached_property
    def _read_elsewhere(self) -> set[str]:
        """The names that a cell reads before it sets them itself."""
        return {
            name
            for cell, made in self._steps
            for name in (*made.step.reads, *made.inputs)
            if (held := made.inputs.get(name)) is None or any(maker.at != cell for maker in held.makers)
        }

    @property
    def _steps(self) -> Iterator[tuple[int, Made]]:
        return ((cell, made) for cell, group in self._fresh.made.items() for made in group)

    @cached_property
    def _missing(self) -> Collection[str]:
        return {use.name for use in self._ctx.once(missing_names)}


def _set_by(made: Made) -> Iterator[str]:
    yield from sorted(made.step.binds)
    yield from (name for name, _ in made.step.changes if name not in made.step.binds)


def _counterpart(maker: Made, fresh: Held, read: Held) -> Made | None:
    """What stood in the session where a maker stands in a run from the top."""
    if maker is fresh.base:
        return read.base
    return next((read.parts.get(what) for what, made in fresh.parts.items() if made is maker), None)


def _sources_of_difference(again: Made, fresh: Made) -> Iterator[int]:
    """The cells that set what an execution reads otherwise than a run from the top would."""
    if again.version != fresh.version:
        for name, held in fresh.inputs.items():
            if name not in again.inputs or again.inputs[name].version != held.version:
                yield from (maker.at for maker in held.makers)


def _version(trace: Trace, name: str) -> int:
    return trace.held[name].version if name in trace.held else 0
