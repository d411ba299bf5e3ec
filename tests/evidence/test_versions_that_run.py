"""What rules say under versions of libraries that are not installed here."""

import pytest
from stand_ins import OnlyVersions

from nbprod.kit.installed import meets
from nbprod.kit.testing import findings, notebook_from, text_from
from nbprod.notebook import parse_notebook, splice
from nbprod.protocol import Safety, Severity
from nbprod.rules.integration.unpinned_install import UnpinnedInstall
from nbprod.rules.maintenance.removed_or_deprecated_api import RemovedOrDeprecatedApi

ITEMS = "import pandas as pd\nfor name, column in pd.read_csv('a.csv').iteritems():\n    print(name)"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.4.4", None),
        ("1.5.3", (Severity.WARNING, "in pandas 2.0, and this kernel still has 1.5.3: use `items`")),
        ("2.0.0", (Severity.ERROR, "in pandas 2.0 (this kernel has 2.0.0): use `items`")),
        ("3.1.1", (Severity.ERROR, "in pandas 2.0 (this kernel has 3.1.1): use `items`")),
    ],
)
def test_a_removed_method_counts_by_what_is_installed(version: str, said: tuple[Severity, str] | None) -> None:
    found = findings(RemovedOrDeprecatedApi, notebook_from(ITEMS), witness=OnlyVersions(pandas={"pandas": version}))
    expected = [] if said is None else [(said[0], f"`DataFrame.iteritems` was removed {said[1]}", True)]
    assert [(item.severity, item.message, item.live) for item in found] == expected


def test_what_the_notebook_installs_counts_more_than_the_kernel() -> None:
    notebook = notebook_from(f"# %%\n%pip install pandas==1.5.3\n# %%\n{ITEMS}")
    (finding,) = findings(RemovedOrDeprecatedApi, notebook, witness=OnlyVersions(pandas={"pandas": "3.1.1"}))
    assert finding.message.endswith("and only the pin to 1.5.3 keeps it: use `items`")
    assert not finding.live


@pytest.mark.parametrize("installed", [{}, {"pandas": "1.4.4", "pandas-fork": "3.0"}], ids=["nothing", "two of them"])
def test_without_a_version_it_says_what_it_says_without_a_session(installed: dict[str, str]) -> None:
    (finding,) = findings(RemovedOrDeprecatedApi, notebook_from(ITEMS), witness=OnlyVersions(pandas=installed))
    assert finding.message == "`DataFrame.iteritems` was removed in pandas 2.0: use `items`"
    assert not finding.live


@pytest.mark.parametrize(("python", "severity"), [("3.7.9", Severity.WARNING), ("3.10.2", Severity.ERROR)])
def test_the_standard_library_has_the_version_of_python(python: str, severity: Severity) -> None:
    text = "from collections import Mapping\nprint(Mapping)"
    (finding,) = findings(RemovedOrDeprecatedApi, notebook_from(text), witness=OnlyVersions(python))
    assert finding.severity is severity
    assert python in finding.message


@pytest.mark.parametrize(
    ("command", "pinned"),
    [
        ("!pip install torch", "%pip install torch==2.5.1"),
        (
            "!pip install torch --index-url https://example.org/whl/cu121",
            "%pip install torch==2.5.1+cu121 --index-url https://example.org/whl/cu121",
        ),
        ("!pip install torch && python setup.py", "!pip install torch==2.5.1 && python setup.py"),
        ("!{sys.executable} -m pip install -U 'torch>=2'", "%pip install -U 'torch==2.5.1'"),
    ],
)
def test_pins_to_what_runs(command: str, pinned: str) -> None:
    notebook = notebook_from(command)
    (finding,) = findings(UnpinnedInstall, notebook, witness=OnlyVersions(torch={"torch": "2.5.1+cu121"}))
    (fix,) = finding.fixes
    assert fix.safety is Safety.SAFE
    assert text_from(parse_notebook(splice(notebook, fix.edits), notebook.path)) == pinned


@pytest.mark.parametrize("version", ["2.6.0.dev20250101", "2.5.1-4-gabcdef"])
def test_what_is_no_release_is_not_pinned(version: str) -> None:
    (finding,) = findings(
        UnpinnedInstall, notebook_from("!pip install torch"), witness=OnlyVersions(torch={"torch": version})
    )
    assert [fix.safety for fix in finding.fixes] == [Safety.TEMPLATE]
    assert not finding.live


@pytest.mark.parametrize(
    ("version", "requirement", "fits"),
    [
        ("2.2.3", "pandas", True),
        ("2.2.3", "pandas>=2.2,!=2.2.2", True),
        ("2.2.3", "pandas!=2.2.3", False),
        ("2.2", "pandas==2.2.0", True),
        ("2.10.0", "pandas~=2.2", True),
        ("2.10.0", "pandas~=2.2.1", False),
        ("3.0", "pandas<3", False),
    ],
)
def test_what_a_requirement_lets_in(version: str, requirement: str, fits: bool) -> None:
    assert meets(version, requirement) is fits
