"""undeclared-dependency in projects on disk: what examples, which have none, can't show."""

import json
from pathlib import Path

import pytest
from stand_ins import OnlyVersions

from nbprod.kit.testing import findings, notebook_from
from nbprod.notebook import parse_notebook, surroundings
from nbprod.protocol import Finding
from nbprod.rules.integration.undeclared_dependency import UndeclaredDependency

CODE = "import pandas as pd\nfrom sklearn.svm import SVC\nimport helpers, json"


@pytest.fixture(autouse=True)
def fresh() -> None:
    surroundings.forget()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "notebooks").mkdir()
    return tmp_path


def found(root: Path, code: str = CODE) -> list[Finding]:
    return list(findings(UndeclaredDependency, notebook_from(code, str(root / "notebooks" / "nb.ipynb"))))


def test_what_a_file_of_the_project_names_is_quiet(root: Path) -> None:
    (root / "requirements.txt").write_text("pandas==2.2.3\nscikit-learn\n")
    assert found(root) == []


def test_what_is_missing_is_named_with_the_file_and_as_lines_to_add(root: Path) -> None:
    (root / "requirements.txt").write_text("pandas==2.2.3\n")
    (finding,) = found(root)
    assert "scikit-learn is imported, but not in requirements.txt" in finding.message
    assert (finding.at.line, finding.advice is not None and finding.advice.splitlines()[1:]) == (2, ["scikit-learn"])


def test_nothing_declared_at_all_is_one_finding(root: Path) -> None:
    (finding,) = found(root)
    assert "nothing declares" in finding.message
    assert "(pandas, scikit-learn)" in finding.message


def test_nothing_is_said_where_a_file_cannot_be_understood(root: Path) -> None:
    (root / "pyproject.toml").write_text("[project]\ndependencies = [")
    assert found(root) == []


@pytest.mark.parametrize(("kernel", "expected"), [("synapse_pyspark", []), ("python3", ["pyspark"])])
def test_a_kernel_of_spark_brings_it_along(root: Path, kernel: str, expected: list[str]) -> None:
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "import pyspark"}
    metadata = {"kernelspec": {"name": kernel, "display_name": "Spark", "language": "python"}}
    written = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}
    notebook = parse_notebook(json.dumps(written).encode(), str(root / "notebooks" / "nb.ipynb"))
    assert ["pyspark" for _ in findings(UndeclaredDependency, notebook)] == expected


@pytest.mark.parametrize(
    "code",
    [
        "import pandas",
        "%pip install -r ../more.txt\nimport shap",
        "!pip install shap==0.46.0\nimport shap",
        "%pip install -c ../more.txt shap\nimport shap",
        "%pip install -r https://example.org/r.txt\nimport shap",
        "try:\n    import shap\nexcept ImportError:\n    shap = None",
        "try:\n    import torch\nexcept:\n    pass",
        "if 'google.colab' in sys.modules:\n    import gdown",
        "from IPython.display import display\nfrom google.colab import files\nimport os, distutils",
        "from datasets import orders",
        "from . import torch",
        "import helpers, company_tools",
        "if False:\n    import torch",
    ],
)
def test_quiet(root: Path, code: str) -> None:
    (root / "requirements.txt").write_text("pandas\n")
    (root / "more.txt").write_text("shap\n")
    (root / "src").mkdir()
    (root / "src" / "datasets.py").touch()
    assert found(root, code) == []


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import cv2", "opencv-python"),
        ("def f():\n    import yaml\nf()", "pyyaml"),
        ("from torch.nn import *", "torch"),
        ("import lightgbm as lgb\nimport lightgbm", "lightgbm"),
        ("%pip install shap\nimport shap", "shap"),
        ("try:\n    import shap\nfinally:\n    pass", "shap"),
        ("from google.cloud import bigquery", "google-cloud-bigquery"),
        ("import PIL.Image", "pillow"),
    ],
)
def test_found(root: Path, code: str, name: str) -> None:
    (root / "requirements.txt").write_text("pandas\n")
    (finding,) = found(root, code)
    assert finding.message.startswith(f"{name} is imported")


def test_what_the_notebook_installs_is_not_named_beside_what_it_does_not(root: Path) -> None:
    (finding,) = found(root, "%pip install pinecone-client\nimport pinecone\nimport shap")
    assert finding.message == "shap is imported, but nothing declares or installs it: a job has it by chance"
    assert finding.severity == "warning"


def test_a_session_gives_the_lines_with_their_versions(root: Path) -> None:
    (root / "requirements.txt").write_text("numpy==2.3.1\n")
    session = OnlyVersions(
        pandas={"pandas": "2.2.3"},
        cv2={"opencv-python-headless": "4.11.0.86"},
        torch={"torch": "2.5.1+cu121"},
        inhouse={"acme-inhouse": "1.4.0"},
        google={"google-auth": "2.40.0", "protobuf": "6.30.0"},
    )
    code = "import pandas, cv2, torch, inhouse, lightgbm\nimport google.auth"
    notebook = notebook_from(code, str(root / "notebooks" / "nb.ipynb"))
    (finding,) = findings(UndeclaredDependency, notebook, witness=session)
    assert finding.live
    assert finding.advice is not None
    assert finding.advice.splitlines()[1:] == [
        "pandas==2.2.3", "opencv-python-headless==4.11.0.86", "torch==2.5.1", "acme-inhouse==1.4.0", "lightgbm",
        "google-auth==2.40.0",
    ]  # fmt: skip


def test_the_distribution_that_the_session_has_is_declared_under_its_name(root: Path) -> None:
    (root / "requirements.txt").write_text("Acme_Inhouse>=1\n")
    notebook = notebook_from("import inhouse", str(root / "notebooks" / "nb.ipynb"))
    assert not findings(UndeclaredDependency, notebook, witness=OnlyVersions(inhouse={"acme-inhouse": "1.4.0"}))


@pytest.mark.parametrize(
    ("declared", "code", "fixed"),
    [
        (None, "import pandas", True),
        ("numpy==2.3.1\n", "import pandas", False),
        (None, "import pandas, lightgbm", False),
        (None, "!pip install pandas\nimport pandas", False),
    ],
    ids=["nothing is declared", "a file is", "a version is not known", "it installs something"],
)
def test_only_a_notebook_without_any_other_way_is_to_install(
    declared: str | None, code: str, fixed: bool, root: Path
) -> None:
    if declared is not None:
        (root / "requirements.txt").write_text(declared)
    notebook = notebook_from(code, str(root / "notebooks" / "nb.ipynb"))
    (finding,) = findings(UndeclaredDependency, notebook, witness=OnlyVersions(pandas={"pandas": "2.2.3"}))
    assert bool(finding.fixes) is fixed
