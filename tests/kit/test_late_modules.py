"""What loads late is all there, and checking a notebook without findings loads none of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from nbprod.kit import edit, fixes


def test_every_module_of_fixes_can_be_reached() -> None:
    files = {path.stem for path in Path(fixes.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(fixes.__all__) == files
    assert {getattr(fixes, name).__name__ for name in files} == {f"nbprod.kit.fixes.{name}" for name in files}


def test_every_helper_of_edit_can_be_reached() -> None:
    assert [name for name in edit.__all__ if not callable(getattr(edit, name))] == []


@pytest.mark.parametrize("package", [fixes, edit])
def test_a_name_that_is_not_there_is_an_attribute_error(package: object) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        getattr(package, "nonsense")  # noqa: B009


def test_loading_the_rules_loads_nothing_that_only_fixing_needs() -> None:
    program = "import sys; from nbprod.registry import all_rules; all_rules(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    late = ("nbprod.kit.edit.", "nbprod.kit.fixes.", "hashlib", "importlib.metadata", "dataclasses")
    assert [name for name in done.stdout.split() if name.startswith(late)] == []
