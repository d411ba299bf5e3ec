"""A fresh kernel that runs one notebook, and is there to be asked until it is closed."""

import logging
import math
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from nbprod.errors import UsageError
from nbprod.execution.asking import NoEvidence
from nbprod.execution.parameters import INJECTED, parameters_cell
from nbprod.notebook import Notebook
from nbprod.patterns import lazy_pattern

_LINE: Final = lazy_pattern(r"Cell In\[(\d+)\], line (\d+)")
_ESCAPES: Final = lazy_pattern(r"\x1b\[[0-9;]*m")
_INSTALL: Final = "`nbprod run` needs nbclient and ipykernel: pip install 'nbprod[run]'"


class Limits(Struct, frozen=True):
    """Seconds that a cell, and the whole notebook, may run."""

    cell: float
    total: float


class Stop(Struct, frozen=True):
    """Why a run ended early.

    `cell` is the index in the notebook, `line` the place in it from 1 on, if known. `error` is the class of the
    exception; None when the time was up after `seconds`, or else the kernel died.
    """

    cell: int
    error: str | None = None
    line: int | None = None
    seconds: float | None = None
    is_total: bool = False

    @property
    def is_death(self) -> bool:
        """Whether the kernel died."""
        return self.error is None and self.seconds is None


class Execution:
    """A notebook in its kernel.

    Attributes:
        document: The notebook in the form of nbformat, with the outputs of this run.
        stop: Why it ended early; None when it ran to its end.
        hidden: The source of the cell that set the parameters; None when there is none.
    """

    def __init__(self, notebook: Notebook, parameters: Mapping[str, Any]) -> None:
        self.document = _document(notebook)
        self.places: list[int] = list(range(len(self.document.cells)))
        self.hidden: str | None = None
        self.stop: Stop | None = None
        self.client: Any = None
        if parameters:
            self._inject(parameters)

    def _inject(self, parameters: Mapping[str, Any]) -> None:
        """Set parameters behind the cell with the defaults, or first of all; in place of those of an earlier run."""
        self.hidden = parameters_cell(parameters)
        tags = [cell.metadata.get("tags", []) for cell in self.document.cells]
        cell = _nbformat().v4.new_code_cell(self.hidden, metadata={"tags": [INJECTED]})
        old = next((place for place, names in enumerate(tags) if INJECTED in names), None)
        if old is not None:
            self.document.cells[old] = cell
            return
        after = next((place for place, names in enumerate(tags) if "parameters" in names), -1)
        self.document.cells.insert(after + 1, cell)
        self.places.insert(after + 1, max(0, after))

    def run(self, limits: Limits, show: Callable[[int, int], None]) -> None:
        """Run cell after cell, until one fails or time is up; `show` is told how far it is."""
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError  # noqa: PLC0415

        end = time.monotonic() + limits.total
        cells = self.document.cells
        for index, cell in enumerate(cells):
            show(index, len(cells))
            left = end - time.monotonic()
            self.client.timeout = max(1, math.ceil(min(limits.cell, left)))
            place = self.places[index]
            try:
                self.client.execute_cell(cell, index)
            except CellExecutionError as error:
                self.stop = Stop(place, error=error.ename, line=_line(cell))
            except CellTimeoutError:
                is_total = left < limits.cell
                self.stop = Stop(place, seconds=limits.total if is_total else limits.cell, is_total=is_total)
                self._interrupt()
            except DeadKernelError:
                self.stop = Stop(place)
            if self.stop is not None:
                return

    def _interrupt(self) -> None:
        from jupyter_core.utils import run_sync  # noqa: PLC0415  -- comes with nbclient

        run_sync(self.client.km.interrupt_kernel)()


@contextmanager
def in_kernel(notebook: Notebook, kernel: str | None, parameters: Mapping[str, Any]) -> Iterator[Execution]:
    """Start a kernel in the notebook's folder, and end it afterwards, whatever happens.

    Raises:
        UsageError: nbclient is missing, or the kernel is not installed or does not start.
    """
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # noqa: PLC0415  -- no dependency
        from nbclient import NotebookClient  # noqa: PLC0415
    except ImportError as error:
        raise UsageError(_INSTALL) from error
    execution = Execution(notebook, parameters)
    name = kernel or _own_kernel(notebook)
    folder = str(Path(notebook.path).resolve().parent)
    resources = {"metadata": {"path": folder}}
    client = NotebookClient(execution.document, kernel_name=name, resources=resources, log=_silent())
    execution.client = client
    with ExitStack() as stack:
        try:
            stack.enter_context(client.setup_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        except NoSuchKernel as error:
            there = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none is installed"
            message = f"{notebook.path}: there is no kernel `{name}`; choose one with --kernel ({there})"
            raise UsageError(message) from error
        except (RuntimeError, OSError) as error:
            raise UsageError(f"{notebook.path}: the kernel `{name}` does not start: {error}") from error
        yield execution


def _silent() -> logging.Logger:
    """Where nbclient may log: what matters of it, we say."""
    logger = logging.getLogger("nbprod.execution")
    logger.propagate = False
    logger.addHandler(logging.NullHandler())
    return logger


@contextmanager
def asked(execution: Execution) -> Iterator[Any]:
    """A blocking client of the kernel that ran a notebook.

    Raises:
        NoEvidence: The kernel died.
    """
    if execution.stop is not None and execution.stop.is_death:
        raise NoEvidence("the kernel died")
    from jupyter_client.blocking.client import BlockingKernelClient  # noqa: PLC0415  -- comes with nbclient

    client = BlockingKernelClient(connection_file=execution.client.km.connection_file)
    client.load_connection_file()
    client.start_channels()
    try:
        yield client
    finally:
        client.stop_channels()


def _own_kernel(notebook: Notebook) -> str:
    spec = notebook.metadata.get("kernelspec")
    name = spec.get("name") if isinstance(spec, dict) else None
    return name if isinstance(name, str) and name else "python3"


def _document(notebook: Notebook) -> Any:
    """The notebook as nbformat has it: from its file, or from its cells where that is a Python file."""
    nbformat = _nbformat()
    if notebook.raw and notebook.text is None:
        with warnings.catch_warnings(action="ignore"):  # of ids that are missing: it makes them up
            return nbformat.reads(notebook.raw.decode("utf-8", "replace"), as_version=4)
    made = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    cells = [
        made.get(cell.type, nbformat.v4.new_raw_cell)(cell.source, metadata=dict(cell.metadata))
        for cell in notebook.cells
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata=dict(notebook.metadata))


def _nbformat() -> Any:
    """The package, which is slow to load."""
    return import_module("nbformat")


def _line(cell: Any) -> int | None:
    """The line of a cell where it failed, as its traceback says; the message of the error is not looked at."""
    for output in cell.outputs:
        if output.output_type == "error":
            frames = _LINE.findall(_ESCAPES.sub("", "\n".join(output.traceback[:-1])))
            return next((int(line) for count, line in frames if int(count) == cell.execution_count), None)
    return None
