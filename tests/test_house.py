"""The rules of the house that no tool checks for us."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nbprod.registry import all_rules

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 400
PARTS = ("src", "tests", "docs", "examples")
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "examples/README.md",
    "tests/bench/README.md",
)


def text_files() -> list[Path]:
    """All files of the project that people write."""
    top = [path for path in ROOT.iterdir() if path.is_file()]
    below = [path for part in PARTS for path in (ROOT / part).rglob("*") if path.is_file()]
    made = {"__pycache__", "labextension", ".coverage"}
    return [path for path in top + below if not made & {*path.parts}]


def test_no_python_file_is_longer_than_a_reader_can_hold() -> None:
    files = [path for part in ("src", "tests") for path in (ROOT / part).rglob("*.py")]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_file_names_the_folder_it_was_written_in() -> None:
    machine = f"{ROOT}/".encode()
    assert [path for path in text_files() if machine in path.read_bytes()] == []


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "pyproject.toml"])
def test_the_build_prescribes_no_package_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"index-url|find-links|trusted-host|://\S*(?:pypi|npmjs)", text) == []


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text


@pytest.mark.parametrize("page", PAGES)
def test_links_between_our_pages_lead_somewhere(page: str) -> None:
    path = ROOT / page
    targets = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_changelog_names_the_version_being_built() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_a_rule_is_one_file() -> None:
    modules = sorted(rule.__module__.removeprefix("nbprod.rules.") for rule in all_rules().values())
    folder = ROOT / "src/nbprod/rules"
    files = [path.relative_to(folder) for path in folder.glob("*/*.py") if path.name != "__init__.py"]
    assert modules == sorted(".".join(path.with_suffix("").parts) for path in files)
    assert len(modules) >= 12


def test_every_rule_says_why_and_shows_what_is_bad_and_what_is_good() -> None:
    for rule in all_rules().values():
        assert "## Why is this bad?" in rule.doc, rule.name
        assert {example.kind for example in rule.examples()} >= {"bad", "good"}, rule.name


def test_no_module_compiles_patterns_when_it_is_imported() -> None:
    files = [path for path in (ROOT / "src").rglob("*.py") if path.name != "patterns.py"]
    eager = re.compile(r"^\S.*\bre\.compile\(", re.MULTILINE)
    assert [path.name for path in files if eager.search(path.read_text(encoding="utf-8"))] == []


def test_rules_look_around_only_by_questions_that_the_cache_hears() -> None:
    """See `nbprod.notebook.surroundings`; only whether the notebook itself is a link may be asked elsewhere."""
    looking = {
        *("exists", "lexists", "isfile", "isdir", "is_file", "is_dir", "stat", "lstat", "realpath", "resolve", "cwd"),
        *("getcwd", "open", "read_text", "read_bytes", "scandir", "listdir", "iterdir", "glob", "rglob", "home"),
        *("getenv", "today", "now", "utcnow", "find_spec", "entry_points"),
    }
    found = set()
    for part in ("kit", "rules", "semantic", "engine"):
        for path in (ROOT / "src/nbprod" / part).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                name = getattr(called, "attr", getattr(called, "id", None))
                if name in looking:
                    found.add(f"{part}/{path.name}: {name}")
    assert found == {"kit/dependencies.py: realpath", "kit/project.py: isfile", "kit/project.py: realpath"}


def test_starting_nbprod_loads_nothing_of_jupyter_and_nothing_slow() -> None:
    late = {"IPython", "tornado", "nbformat", "libcst", "rich", "pathspec", "markdown_it", "asyncio", "multiprocessing"}
    program = f"import sys, nbprod, nbprod.cli; print(sorted({late!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_whose_results_are_known_loads_neither_model_nor_rules(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_bytes((ROOT / "examples" / "weekly_sales_report.ipynb").read_bytes())
    program = """import sys
from nbprod.cli import main
main(["check", "--exit-zero"], standalone_mode=False)
print(*sorted(name for name in sys.modules if name.startswith(("nbprod.rules.", "nbprod.semantic", "libcst"))))"""
    cold, warm = (
        subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert "nbprod.semantic" in cold.stdout.splitlines()[-1]
    assert warm.stdout.splitlines()[-1] == ""
    assert warm.stdout.splitlines()[:-1] == cold.stdout.splitlines()[:-1]
