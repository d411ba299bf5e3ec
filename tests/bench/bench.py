"""Measure `nbprod check` against the least that any analyser in CPython must do.

    python tests/bench/bench.py FOLDER [--runs N] [--strict]

Started as `bench.py --floor FOLDER` it is that least: one process that loads the JSON of each
notebook and parses each of its code cells.
"""

import argparse
import ast
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CHECK_BOUND = 2.5
WARM_BOUND = 0.5
STARTUP_BOUND = 1.6
MEMORY_BOUND_MB = 300
STARTUP_RUNS = 15

NBPROD = [sys.executable, "-c", "import sys; from nbprod.__main__ import main; sys.exit(main())"]
COMMAND = [*NBPROD, "check", "--exit-zero", "--jobs", "1"]
CHECK = [*COMMAND, "--no-cache"]
FLOOR = [sys.executable, __file__, "--floor"]
IMPORTS = [sys.executable, "-c", "import click, msgspec, ast, json, re, dataclasses, enum, pathlib"]
SMALL_NOTEBOOK = Path(__file__).parents[2] / "examples" / "weekly_sales_report.ipynb"
PEAK_UNIT = 1 if platform.system() == "Darwin" else 1024  # of ru_maxrss, in bytes


@dataclass(frozen=True)
class Usage:
    """What one process used."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def notebooks(folder: str) -> list[Path]:
    """All notebooks below a folder."""
    return [path for path in Path(folder).rglob("*.ipynb") if path.is_file() and ".ipynb_checkpoints" not in path.parts]


def floor(folder: str) -> None:
    """Load and parse; a file or cell that does not load or parse is skipped."""
    warnings.simplefilter("ignore", SyntaxWarning)
    for path in notebooks(folder):
        try:
            with path.open(encoding="utf-8") as stream:
                cells = json.load(stream)["cells"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        for cell in cells:
            if cell.get("cell_type") == "code":
                try:
                    ast.parse("".join(cell["source"]))
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    continue


def measure(command: Sequence[str], *, may_find: bool = False) -> Usage:
    """Run a command to its end, its output thrown away; SystemExit when it fails.

    With `may_find`, exit code 1 without a traceback is what a linter says that found something. The peak is that of the
    largest of its processes.
    """
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        told = errors.read().decode(errors="replace")
        if process.returncode not in {0, 1 if may_find else 0} or "Traceback" in told:
            sys.exit(f"exit code {process.returncode} of {' '.join(command)}\n{told[-2000:]}")
    return Usage(used.ru_utime + used.ru_stime, wall, used.ru_maxrss * PEAK_UNIT / 1e6)


def alternate(ours: Sequence[str], reference: Sequence[str], runs: int) -> tuple[list[Usage], list[Usage]]:
    """Measure two commands in turn, after one run of each that fills the caches and is not counted."""
    measure(ours)
    measure(reference)
    pairs = [(measure(ours), measure(reference)) for _ in range(runs)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def compare(what: str, ours: Sequence[Usage], reference: Sequence[Usage], bound: float) -> bool:
    """Print the median times and their ratio; whether it is within the bound."""
    mine, theirs = (statistics.median(usage.cpu_seconds for usage in usages) for usages in (ours, reference))
    within = mine / theirs <= bound
    verdict = "ok" if within else "OVER"
    print(f"{what:<20}{mine:9.3f} s /{theirs:8.3f} s ={mine / theirs:6.2f}x   bound {bound}x   {verdict}")
    return within


def main() -> int:
    """Measure, print, and with --strict judge."""
    parser = argparse.ArgumentParser(description="Measure `nbprod check` against the floor.")
    parser.add_argument("folder", help="a folder of notebooks, searched through")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command (default: 5)")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a bound is exceeded")
    options = parser.parse_args()
    count = len(notebooks(options.folder))
    if not count:
        parser.error(f"no notebooks below {options.folder}")

    check, least = alternate([*CHECK, options.folder], [*FLOOR, options.folder], options.runs)
    with tempfile.TemporaryDirectory() as cache:
        warm, least_again = alternate(
            [*COMMAND, "--cache-dir", cache, options.folder], [*FLOOR, options.folder], options.runs
        )
    start, imports = alternate([*CHECK, str(SMALL_NOTEBOOK)], IMPORTS, STARTUP_RUNS)

    print(f"{count} notebooks, Python {platform.python_version()}, median CPU time (user + system): nbprod / reference")
    within = [
        compare("check of the folder", check, least, CHECK_BOUND),
        compare("nothing changed", warm, least_again, WARM_BOUND),
        compare("one small notebook", start, imports, STARTUP_BOUND),
    ]
    peak = max(usage.peak_mb for usage in check)
    within.append(peak <= MEMORY_BOUND_MB)
    print(f"{'peak memory':<20}{peak:9.0f} MB{'':>22}   bound {MEMORY_BOUND_MB} MB   {'ok' if within[-1] else 'OVER'}")
    return 1 if options.strict and not all(within) else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--floor"]:
        floor(sys.argv[2])
    else:
        sys.exit(main())
