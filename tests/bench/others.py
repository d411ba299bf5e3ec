"""Measure `nbprod check` against other linters, whole processes, CPU and wall time, over the same notebooks.

    python -m venv others && others/bin/python -m pip install --group bench
    python tests/bench/others.py FOLDER --tools others/bin [--copies 5000] [--strict]

It goes over those notebooks of the folder that are of nbformat 4 and in which all cells parse: pynblint ends at the
first that is not. What is ours runs once before it counts. With `--copies`, also the memory of a run over so many:
all notebooks of the folder, copied under other names until there are enough.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import CHECK, COMMAND, FLOOR, MEMORY_BOUND_MB, WARM_BOUND, Usage, measure, notebooks

TWO_CORES_BOUND = 0.6
OTHERS_BOUND = 0.1
WORKERS = 2


def two(command: Sequence[str]) -> list[str]:
    """The command with two processes instead of one."""
    return [*command[: command.index("--jobs")], "--jobs", str(WORKERS), *command[command.index("--jobs") + 2 :]]


def sound(folder: str, target: Path) -> int:
    """Copy the notebooks that all linters can read; how many there are."""
    command = [*CHECK, "--output-format", "json", folder]
    reports = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    paths = [report["path"] for report in reports if not report["problems"] and report["skipped"] is None]
    paths = [path for path in paths if json.loads(Path(path).read_bytes())["nbformat"] == 4]
    for index, path in enumerate(paths):
        shutil.copyfile(path, target / f"{index}.ipynb")
    make_project(target)
    return len(paths)


def make_project(folder: Path) -> None:
    """Make it one: what others do in the folders above must not change what is known of its notebooks."""
    (folder / "pyproject.toml").touch()


def cases(folder: str, tools: Path, cache: str) -> dict[str, list[str]]:
    """What is measured, by name."""
    ruff = [str(tools / "ruff"), "check", "--isolated", "--no-cache", "--exit-zero", "--quiet", "--select", "ALL"]
    return {
        "the floor": [*FLOOR, folder],
        "nbprod cold, one core": [*CHECK, folder],
        "nbprod cold, two cores": [*two(CHECK), folder],
        "nbprod, nothing changed": [*COMMAND, "--cache-dir", cache, folder],
        "ruff --select ALL": [*ruff, folder],
        "nbqa flake8": [str(tools / "nbqa"), "flake8", folder, "--isolated"],
        "pynblint": [str(tools / "pynblint"), folder],
    }


def measured(folder: str, tools: Path, runs: int) -> dict[str, Usage]:
    """The fastest of some runs of each, taken in turn."""
    found: dict[str, list[Usage]] = {}
    with tempfile.TemporaryDirectory() as cache:
        commands = cases(folder, tools, cache)
        for command in commands.values():
            if command[0] == sys.executable:
                measure(command)
        for _ in range(runs):
            for name, command in commands.items():
                used = measure(command, may_find=command[0] != sys.executable)
                found.setdefault(name, []).append(used)
    return {name: min(used, key=lambda each: each.wall_seconds) for name, used in found.items()}


def table(found: dict[str, Usage]) -> None:
    """Print all, and each in terms of nbprod on one core."""
    ours = found["nbprod cold, one core"]
    print(f"{'':<26}{'wall':>9}{'CPU':>9}{'wall':>8}{'CPU':>8}")
    for name, used in found.items():
        ratios = (used.wall_seconds / ours.wall_seconds, used.cpu_seconds / ours.cpu_seconds)
        print(f"{name:<26}{used.wall_seconds:7.2f} s{used.cpu_seconds:7.2f} s{ratios[0]:7.2f}x{ratios[1]:7.2f}x")


def judge(found: dict[str, Usage]) -> bool:
    """Print whether the bounds are held."""
    cold = found["nbprod cold, one core"]
    warm, floor = found["nbprod, nothing changed"], found["the floor"]
    pairs = [
        ("two cores / one, wall", found["nbprod cold, two cores"].wall_seconds, cold.wall_seconds, TWO_CORES_BOUND),
        ("nothing changed / floor, CPU", warm.cpu_seconds, floor.cpu_seconds, WARM_BOUND),
        ("cold / nbqa flake8, CPU", cold.cpu_seconds, found["nbqa flake8"].cpu_seconds, OTHERS_BOUND),
        ("cold / pynblint, CPU", cold.cpu_seconds, found["pynblint"].cpu_seconds, OTHERS_BOUND),
    ]
    for name, ours, theirs, bound in pairs:
        print(f"{name:<30}{ours / theirs:6.2f}x   bound {bound}x   {'ok' if ours / theirs <= bound else 'OVER'}")
    return all(ours / theirs <= bound for _, ours, theirs, bound in pairs)


def memory(folder: str, copies: int) -> bool:
    """Print the peak of the largest process of a run over copies of the notebooks, and of one over a tenth of them."""
    with tempfile.TemporaryDirectory() as home:
        originals = notebooks(folder)
        make_project(Path(home))
        for index in range(copies):
            original = originals[index % len(originals)]
            target = Path(home, str(index * 10 // copies), f"{index}.ipynb")
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(original, target)
        tenth, whole = (measure([*two(CHECK), place]).peak_mb for place in (str(Path(home, "0")), home))
    within = whole <= MEMORY_BOUND_MB
    print(f"peak of a process: {whole:.0f} MB over {copies} notebooks, {tenth:.0f} MB over a tenth of them", end="   ")
    print(f"bound {MEMORY_BOUND_MB} MB   {'ok' if within else 'OVER'}")
    return within


def main() -> int:
    """Measure, print, and with --strict judge."""
    parser = argparse.ArgumentParser(description="Measure `nbprod check` against other linters.")
    parser.add_argument("folder", help="a folder of notebooks, searched through")
    parser.add_argument("--tools", type=Path, required=True, help="where ruff, nbqa, flake8 and pynblint are")
    parser.add_argument("--runs", type=int, default=2, help="counted runs of each command (default: 2)")
    parser.add_argument("--copies", type=int, default=0, help="also measure the memory of a run over so many notebooks")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a bound is exceeded")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        count = sound(options.folder, Path(home))
        all_of_them = len(notebooks(options.folder))
        print(f"{count} of {all_of_them} notebooks, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        found = measured(home, options.tools.absolute(), options.runs)
    table(found)
    within = judge(found)
    if options.copies:
        within = memory(options.folder, options.copies) and within
    return 1 if options.strict and not within else 0


if __name__ == "__main__":
    sys.exit(main())
