"""What a rule may ask a live session: facts about names whose last binding the notebook still shows.

A session remembers code that the notebook has lost. What is in memory counts as evidence for a rule only if the
run that bound the name last ran the very code of a present cell; else it is set aside, and the
report says so.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from nbprod.evidence import Estimator, Module, Overlap, PathFact, Run, Session, Table, Thing, Witness
from nbprod.kit.statement_names import code_of, is_same_code, steps_of
from nbprod.kit.trace import trace_of
from nbprod.notebook import Cell, Notebook
from nbprod.protocol import Live
from nbprod.semantic import Binding, Event, SemanticModel


class Runtime:
    """A session as the rules of one notebook see it.

    Attributes:
        set_aside: The names whose value was asked for and is no evidence, with the run that bound each.
        used: The names whose value was asked for and is evidence.
        told: The names of which a rule has said already where their value comes from.
    """

    def __init__(self, witness: Witness, notebook: Notebook, model: SemanticModel) -> None:
        self._witness = witness
        self._notebook = notebook
        self._model = model
        self.set_aside: dict[str, Run] = {}
        self.used: set[str] = set()
        self.told: set[str] = set()

    def summary(self) -> Live:
        """What a report says of the evidence that it rests on."""
        session = self.session
        names, aside = tuple(sorted(self.used)), tuple(sorted(self.set_aside))
        return Live(python=session.python, runs=len(session.runs), names=names, set_aside=aside)

    # -- what ran -----------------------------------------------------------------------------

    @cached_property
    def session(self) -> Session:
        """What happened since the kernel started."""
        return self._witness.session()

    def binder(self, name: str) -> Run | None:
        """The last run that bound a name; None when no run that is known of did."""
        return _binders(self.session).get(name)

    def cells_of(self, run: Run) -> Iterator[Cell]:
        """The present cells that hold what a run executed, whatever their spacing and comments."""
        return (cell for cell in self._notebook.code_cells if is_same_code(cell.source, run.source))

    def edited_since(self, run: Run) -> Cell | None:
        """The cell that a run executed, if it holds something else now.

        Numbers outlive a restart of the kernel: where some are from before, the cell must still bind a name that the
        run bound.
        """
        for cell in self._notebook.code_cells:
            if cell.execution_count == run.count and not is_same_code(cell.source, run.source):
                is_its_own = self._has_old_numbers and code_of(cell.source).binds.isdisjoint(code_of(run.source).binds)
                return None if is_its_own else cell
        return None

    @cached_property
    def _has_old_numbers(self) -> bool:
        """Whether a cell bears a number that this session has not come to; the cell that runs now has the next one."""
        last = max((run.count for run in self.session.runs), default=0)
        return any((cell.execution_count or 0) > last + 1 for cell in self._notebook.code_cells)

    def is_current(self, name: str, cell: int | None = None) -> bool:
        """Whether a name was bound last by the code that a present cell (this one) still holds, to its end, and is
        changed by no code that is gone.
        """
        run = self.binder(name)
        if run is None or run.error is not None or self._is_changed_by_lost_code(name):
            return False
        return any(cell is None or present.index == cell for present in self.cells_of(run))

    def _is_changed_by_lost_code(self, name: str) -> bool:
        """Whether a statement that no cell holds any more changed the object of a name in place."""
        held = trace_of(self.session).held.get(name)
        return held is not None and any(made.step.code not in self.present_code for made in held.parts.values())

    @cached_property
    def present_code(self) -> frozenset[int]:
        """The code of all statements that the cells hold, as `Step` has it."""
        return frozenset(step.code for cell in self._notebook.code_cells for step in steps_of(cell.source) or ())

    # -- what is in memory --------------------------------------------------------------------

    def thing(self, name: str, cell: int | None = None) -> Thing | None:
        """What a name stands for, if that is evidence: the code that bound it still stands (in this cell)."""
        if name not in self.session.names:
            return None
        if not self.is_current(name, cell):
            run = self.binder(name)
            if run is not None and (not any(self.cells_of(run)) or self._is_changed_by_lost_code(name)):
                self.set_aside[name] = run
            return None
        self.used.add(name)
        return self._witness.thing(name)

    def table(self, name: str, cell: int | None = None) -> Table | None:
        """The table of a name, if it is one, and evidence."""
        thing = self.thing(name, cell)
        return thing if isinstance(thing, Table) else None

    def estimator(self, name: str, cell: int | None = None) -> Estimator | None:
        """The estimator of a name, if it is one, and evidence."""
        thing = self.thing(name, cell)
        return thing if isinstance(thing, Estimator) else None

    def imported(self, name: str) -> Module | None:
        """Where a module, function or class comes from: that is so whichever run imported it."""
        thing = self._witness.thing(name) if name in self.session.names else None
        return thing if isinstance(thing, Module) and thing.module != "__main__" else None

    def name_given(self, event: Event) -> str | None:
        """The one name that an event's statement binds at the top level, unless its cell binds it again below."""
        stmt = event.stmt
        target = _only_target(stmt.node)
        if target is None or stmt.function is not None:
            return None
        bindings = [binding for binding in self._model.bindings(target) if binding.cell == stmt.cell]
        return target if bindings and bindings[-1].stmt is stmt else None

    def is_fresh(self, binding: Binding) -> bool:
        """Whether what a name holds now is what this binding gave it."""
        own = [other for other in self._model.bindings(binding.name) if other.cell == binding.cell]
        return own[-1] is binding and self.is_current(binding.name, binding.cell)

    def overlap(self, first: str, second: str, column: str | None = None) -> Overlap | None:
        """Rows that two tables or arrays share, if both are evidence."""
        if self.thing(first) is None or self.thing(second) is None:
            return None
        return self._witness.overlap(first, second, column)

    # -- the environment ----------------------------------------------------------------------

    def path(self, path: str) -> PathFact | None:
        """A file or folder as the kernel sees it."""
        return self._witness.path(path)

    def versions(self, module: str) -> dict[str, str]:
        """The installed distributions that give a module, with their versions."""
        return self._witness.versions(module)

    @cached_property
    def total_memory(self) -> int | None:
        """The memory of the machine or container in bytes."""
        return self._witness.total_memory()


def _only_target(node: ast.AST) -> str | None:
    """`x` of `x = …`, and nothing of `x, y = …`."""
    targets: Sequence[ast.expr] = ()
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    only = targets[0] if len(targets) == 1 else None
    return only.id if isinstance(only, ast.Name) else None


@lru_cache(maxsize=4)
def _binders(session: Session) -> dict[str, Run]:
    return {name: run for run in session.runs for name in code_of(run.source).binds}
