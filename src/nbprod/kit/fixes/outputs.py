"""Repairs of what is saved with the code: the outputs of cells."""

from collections.abc import Iterable, Sequence

from nbprod.kit.findings import Plan
from nbprod.notebook import Cell
from nbprod.protocol import ClearOutputs, Edit, Safety


def clear_fix(cell: Cell) -> Plan:
    """Empty the outputs of a cell."""

    def build() -> Sequence[Edit]:
        return [ClearOutputs(cell=cell.ref)]

    return Plan("Clear the output of the cell", Safety.UNSAFE, build)


def clear_all_fix(cells: Iterable[Cell]) -> Plan:
    """Empty the outputs, and the numbers, of all cells that were run."""

    def build() -> Sequence[Edit]:
        return [ClearOutputs(cell=cell.ref) for cell in cells if cell.execution_count]

    return Plan("Clear all outputs: they come from no run from the top", Safety.UNSAFE, build)
