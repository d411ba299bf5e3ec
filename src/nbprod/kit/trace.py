"""What statements read and bind, and from which statement each of them got what it reads.

The same is followed twice: through what a session executed, and through the cells as a run from the top would go.
Two statements have the same `version` when their code and all that went into them are the same.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from msgspec import Struct, field

from nbprod.evidence import Session
from nbprod.kit.statement_names import Step, steps_of

_MOST_PARTS: Final = 100
"""Changes of one object that are told apart."""


class Made(Struct, eq=False):
    """One execution of a statement.

    `at` is the number of the run, or the index of the cell; `inputs` is what the names that it read stood for.
    `known` says that nothing went into it that nobody can tell.
    """

    step: Step
    at: int
    version: int
    inputs: "dict[str, Held]"
    known: bool


class Held(Struct, frozen=True, eq=False):
    """What a name stands for: what bound it, and the changes made in place since, by what each of them changes.

    Without a base, something that can't be followed bound the name.
    """

    base: Made | None = None
    parts: Mapping[str, Made] = {}

    @property
    def makers(self) -> Iterator[Made]:
        """The statements that made it what it is."""
        if self.base is not None:
            yield self.base
        yield from self.parts.values()

    @property
    def version(self) -> int:
        """Equal for what came about in the same way."""
        base = self.base.version if self.base is not None else 0
        return hash((base, frozenset((key, made.version) for key, made in self.parts.items())))

    @property
    def known(self) -> bool:
        """Whether all of it could be followed."""
        return self.base is not None and all(made.known for made in self.makers)


UNKNOWN: Final = Held()


class Trace(Struct, eq=False):
    """Follows names through statements in the order in which they run.

    Attributes:
        held: What each name stands for after the last of them.
        made: The executions by run or cell.
        shared: Names that functions bind as globals: nobody can tell when.
    """

    held: dict[str, Held] = field(default_factory=dict)
    made: dict[int, list[Made]] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    def run(self, at: int, steps: Iterable[Step]) -> None:
        """Execute the statements of a cell."""
        for step in steps:
            self.made.setdefault(at, []).append(self._execute(at, step))

    def forget(self, names: Collection[str]) -> None:
        """Take note that these names stand for nobody knows what."""
        self.held.update(dict.fromkeys(names, UNKNOWN))

    def doubt(self, names: Collection[str]) -> None:
        """Take note that these names may stand for what they did before; what may have changed it stays known."""
        self.held.update({name: Held(None, self.held.get(name, UNKNOWN).parts) for name in names})

    def copy(self) -> "Trace":
        """A trace that goes on from here."""
        return Trace(held=dict(self.held), shared=set(self.shared))

    def _execute(self, at: int, step: Step) -> Made:
        inputs = {name: self.held[name] for name in self._reached(step.reads) if name in self.held}
        changes = [change for change in step.changes if not self._is_imported(change[0])]  # np.append is a function
        for name, _ in changes:  # what it changes in `df` depends on how `df` came about, not on its other changes
            if name in self.held:
                inputs[name] = Held(self.held[name].base)
        version = hash((step.code, frozenset((name, held.version) for name, held in inputs.items())))
        known = not step.is_opaque and all(held.known for held in inputs.values())
        made = Made(step, at, version, inputs, known)
        if step.is_opaque:
            self.forget(list(self.held))
        for name in step.binds:
            self.held[name] = Held(made)
        for name, what in changes:
            before = self.held.get(name, UNKNOWN)
            parts = {**before.parts, what: made}
            self.held[name] = Held(before.base, parts) if len(parts) <= _MOST_PARTS else UNKNOWN
        for name in step.deletes:
            self.held.pop(name, None)
        self.shared |= step.shares
        self.forget(self.shared & self.held.keys())
        return made

    def _is_imported(self, name: str) -> bool:
        base = self.held.get(name, UNKNOWN).base
        return base is not None and name in base.step.imports

    def _reached(self, names: Collection[str]) -> set[str]:
        """Names that are read, and those that the functions among them read when they are called."""
        reached: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                held = self.held.get(name)
                if held is not None and held.base is not None:
                    todo += held.base.step.later
        return reached


@lru_cache(maxsize=4)
def trace_of(session: Session) -> Trace:
    """What a session's statements made of each other."""
    trace = Trace()
    for run in session.runs:
        steps = steps_of(run.source) or ()
        trace.run(run.count, steps)
        if run.error is not None:  # nobody knows how far it came
            trace.doubt({name for step in steps for name in (*step.binds, *step.deletes, *dict(step.changes))})
    return trace
