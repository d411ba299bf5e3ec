"""Keeps what the walk over each cell found, so that after an edit only what depends on it is evaluated again.

A cell is not evaluated again if it is the same, every name that it takes from earlier cells still stands for the same
binding with the same value, and it neither defines nor enters a function of the notebook: those are
evaluated where they are called, so that their facts belong to no cell alone. What such a cell had found is
then put in its place again, to the letter: the model is the one that a fresh walk would have made.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct

from nbprod.notebook import Cell
from nbprod.semantic.facts import Access, Binding, Event, Stmt, Use
from nbprod.semantic.values import Value
from nbprod.semantic.walk import Walk

State = tuple[object, ...]
"""What the names of a cell stand for before it runs; equal only if all of it is identical."""
K = TypeVar("K")
V = TypeVar("V")


class Memory:
    """What the walks over the cells of one notebook found last time."""

    def __init__(self) -> None:
        self._known: dict[int, _Run] = {}
        self._names: dict[Cell, frozenset[str]] = {}
        self._wanted: object = None

    def start(self, walk: Walk, cells: tuple[Cell, ...]) -> None:
        """Begin a new walk; what was found when other nodes were wanted is of no use."""
        walk.remembers = True
        if self._wanted != walk.nodes.keys():
            self._known.clear()
            self._wanted = frozenset(walk.nodes)
        self._names = {cell: self._names.get(cell) or frozenset(_inputs(cell)) for cell in cells}
        self._known = {cell.index: run for cell in cells if (run := self._known.get(cell.index)) and run.cell is cell}

    def run(self, walk: Walk, cell: Cell, evaluate: Callable[[], bool]) -> None:
        """Put in place what a cell had found, or `evaluate` it; that says whether it was evaluated to its end."""
        before = self._state(walk, cell)
        known = self._known.get(cell.index)
        if known is not None and known.before == before:
            known.replay(walk)
            return
        mark = _Mark(walk)
        whole = evaluate()
        self._known.pop(cell.index, None)
        if whole and mark.stands_alone(walk):
            self._known[cell.index] = mark.run(walk, cell, before)

    def _state(self, walk: Walk, cell: Cell) -> State:
        state: list[object] = [len(walk.futures)]
        for name in self._names[cell]:
            binding = walk.globals.names.get(name)
            state += (None,) if binding is None else (binding, binding.value, *walk.divisions_of(binding))
        return tuple(state)


class _Run(Struct, eq=False):
    """All that the walk over one cell added or changed."""

    cell: Cell
    before: State
    bound: dict[str, Binding]
    unbound: list[str]
    deletions: dict[str, Stmt]
    divisions: dict[tuple[Binding, str], Event]
    made: list[tuple[Binding, Value, bool]]
    changes: list[tuple[Binding, Value]]
    events: list[Event]
    uses: list[Use]
    accesses: list[Access]
    imports: list[tuple[str, Binding]]
    starred_imports: list[tuple[str, Stmt]]
    dicts: list[dict[Any, Any]]

    def replay(self, walk: Walk) -> None:
        """Add and change the same in another walk."""
        for binding, value, is_global in self.made:
            binding.value, binding.uses = value, []
            if is_global:
                walk.bindings.setdefault(binding.name, []).append(binding)
        for use in self.uses:
            binding = use.binding  # type: ignore[assignment]
            if binding is not None:
                binding.uses.append(use)
                for part in binding.parts:
                    part.uses.append(use)
        for binding, value in self.changes:
            binding.value = value
        for order, event in enumerate(self.events, len(walk.events)):
            event.order = order
        walk.events += self.events
        walk.uses += self.uses
        walk.accesses += self.accesses
        walk.imports += self.imports
        walk.starred_imports += self.starred_imports
        walk.divisions.update(self.divisions)
        walk.deletions.update(self.deletions)
        for target, found in zip(_dicts(walk), self.dicts, strict=True):
            target.update(found)
        walk.globals.names.update(self.bound)
        for name in self.unbound:
            walk.globals.names.pop(name, None)


class _Mark:
    """How far the walk had come before a cell."""

    def __init__(self, walk: Walk) -> None:
        walk.made, walk.changes = [], []
        self._names = dict(walk.globals.names)
        self._deletions = dict(walk.deletions)
        self._entered = walk.entered
        self._functions = len(walk.functions)
        self._futures = len(walk.futures)
        self._lists = [len(found) for found in _lists(walk)]
        self._dicts = [len(found) for found in (walk.divisions, *_dicts(walk))]

    def stands_alone(self, walk: Walk) -> bool:
        """Whether the cell since then had nothing to do with functions, nor changed what all code means."""
        before = (self._entered, self._functions, self._futures)
        return before == (walk.entered, len(walk.functions), len(walk.futures))

    def run(self, walk: Walk, cell: Cell, before: State) -> _Run:
        """What the cell since then added and changed."""
        names = walk.globals.names
        events, uses, accesses, imports, starred = (
            list(islice(found, count, None)) for found, count in zip(_lists(walk), self._lists, strict=True)
        )
        divisions, *dicts = (
            _last(found, len(found) - count)
            for found, count in zip((walk.divisions, *_dicts(walk)), self._dicts, strict=True)
        )
        return _Run(
            cell,
            before,
            {name: binding for name, binding in names.items() if self._names.get(name) is not binding},
            [name for name in self._names if name not in names],
            {name: stmt for name, stmt in walk.deletions.items() if self._deletions.get(name) is not stmt},
            divisions,
            walk.made,
            walk.changes,
            events,
            uses,
            accesses,
            imports,
            starred,
            dicts,
        )


def _lists(walk: Walk) -> tuple[list[Any], ...]:
    return (walk.events, walk.uses, walk.accesses, walk.imports, walk.starred_imports)


def _dicts(walk: Walk) -> tuple[dict[Any, Any], ...]:
    return (walk.values, walk.calls, walk.statements, *walk.nodes.values())


def _last(found: dict[K, V], count: int) -> dict[K, V]:
    """The last entries of a dict, in order."""
    return dict(reversed(list(islice(reversed(found.items()), count))))


def _inputs(cell: Cell) -> Iterator[str]:
    """The names of a cell that may mean what earlier cells say: all but those that it first binds itself."""
    own: set[str] = set()
    for stmt in cell.tree.body if cell.tree is not None else ():
        reads, targets, rest = _in_order(stmt)
        for node in reads:
            yield from _names_in(node) - own
        for target in targets:
            parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
            for part in parts:
                if isinstance(part, ast.Name):
                    own.add(part.id)
                else:
                    yield from _names_in(part) - own
        for node in rest:
            yield from _names_in(node) - own
    for magic in cell.magics:
        yield from magic.targets


def _in_order(stmt: ast.stmt) -> tuple[Sequence[ast.AST], Sequence[ast.AST], Sequence[ast.AST]]:
    """What a statement reads, what it then binds for certain, and what comes after."""
    match stmt:
        case ast.Assign(targets=targets, value=value):
            return [value], targets, []
        case ast.For(target=target, iter=source, body=body, orelse=orelse):
            return [source], [target], [*body, *orelse]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [], [ast.Name(alias.asname or alias.name.partition(".")[0]) for alias in aliases], []
    return [stmt], [], []


def _names_in(node: ast.AST) -> set[str]:
    """All names that occur in a node, whatever is done with them there."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.alias):
            found.add(part.asname or part.name.partition(".")[0])
        else:
            names = (getattr(part, field, None) for field in ("name", "rest"))  # of handlers and patterns
            found.update(name for name in names if isinstance(name, str))
    return found
