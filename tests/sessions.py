"""Runs the cells of an example in a shell of its own, and gives the witness that knows it."""

import atexit
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbprod.evidence import Witness
from nbprod.kernel.evidence import KernelWitness
from nbprod.kit.testing import Executed


@contextmanager
def sessions(folder: Path) -> Iterator[Callable[[Executed], Witness]]:
    """Makes witnesses; each session runs in an emptied `folder`, which is the working directory meanwhile."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield lambda executed: _run(executed, folder)
    finally:
        os.chdir(before)
        InteractiveShell.clear_instance()


def _run(executed: Executed, folder: Path) -> Witness:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name, text in executed.files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", encoding="utf-8")
    shell = new_shell()
    for cell in executed.cells:
        shell.run_cell(cell, store_history=True, silent=False)
    return KernelWitness(shell) if executed.memory is None else _SmallMachine(shell, executed.memory)


class _SmallMachine(KernelWitness):
    """Knows a session on a machine that has so many bytes of memory."""

    def __init__(self, shell: InteractiveShell, memory: int) -> None:
        super().__init__(shell)
        self._memory = memory

    def total_memory(self) -> int | None:
        return self._memory


def new_shell() -> InteractiveShell:
    """A shell with an empty namespace and history."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))  # no thread, no database
    shell.user_ns_hidden.update(shell.user_ns)  # as a kernel does: `_` is none of the user's names
    atexit.unregister(shell.atexit_operations)  # they would keep every shell until the end, and take a second each then
    return shell
