"""What the project around a notebook declares, in every kind of file; and what is left alone."""

import json
import os
from pathlib import Path

import pytest

from nbprod.kit.dependencies import Project, project_of
from nbprod.kit.distributions import distributions_of, is_declared
from nbprod.notebook import surroundings


@pytest.fixture(autouse=True)
def fresh() -> None:
    surroundings.forget()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("outside\n")
    return (tmp_path / "repo").resolve()


def project(folder: Path) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    found = project_of(str(folder / "nb.ipynb"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", "# ours\nPandas>=2 ; python_version > '3'\nscikit_learn[plots]==1.5  # pinned\n"),
        ("requirements-dev.in", "-i https://example.org\npandas\n--hash=x\nscikit.learn @ https://example.org/a.whl\n"),
        ("requirements/base.txt", "pandas==2.2 \\\n  --hash=sha256:1\ngit+https://example.org/x/scikit-learn.git@v1\n"),
        ("pyproject.toml", '[project]\ndependencies = ["pandas>=2"]\noptional-dependencies = {ml = ["scikit-learn"]}'),
        ("pyproject.toml", '[dependency-groups]\ndev = ["pandas", {include-group = "x"}, "scikit-learn"]'),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npandas = "^2"\n[tool.poetry.group.ml.dependencies]\nscikit-learn = "*"',
        ),
        (
            "environment.yml",
            "channels:\n  - conda-forge\ndependencies:\n  - conda-forge::pandas=2\n  - pip:\n    - scikit-learn\n",
        ),
        ("setup.cfg", "[options]\ninstall_requires =\n    pandas\n[options.extras_require]\nml = scikit-learn>1\n"),
        ("setup.py", "from setuptools import setup\nsetup(install_requires=['pandas>1'] + ['scikit-learn'])\n"),
        ("settings.ini", "[DEFAULT]\nlib_name = x\nrequirements = pandas>=2 numpy\ndev_requirements = scikit-learn\n"),
        ("Pipfile", '[packages]\npandas = "*"\n[dev-packages]\nscikit-learn = "*"'),
        ("Pipfile.lock", json.dumps({"default": {"pandas": {}}, "develop": {"scikit-learn": {}}})),
        ("poetry.lock", '[[package]]\nname = "pandas"\nversion = "2"\n[[package]]\nname = "scikit-learn"\n'),
        ("conda-lock.yml", "package:\n- name: pandas\n  version: 2\n- name: scikit-learn\n"),
        ("pixi.toml", '[dependencies]\npandas = "*"\n[feature.ml.pypi-dependencies]\nscikit-learn = "*"'),
    ],
)
def test_every_kind_of_file_is_read(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)
    found = project(root / "notebooks" / "a")
    assert {"pandas", "scikit-learn"} <= found.declared
    assert "outside" not in found.declared
    assert (found.files, found.is_complete) == ((name,), True)


def test_requirements_are_followed_and_may_be_utf_16(root: Path) -> None:
    (root / "base.txt").write_text("pandas\n")
    (root / "requirements.txt").write_bytes("-r base.txt\nnumpy\n".encode("utf-16"))
    assert project(root).declared == {"pandas", "numpy"}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("pyproject.toml", b'[project]\ndependencies = ["pandas'),
        ("setup.cfg", b"install_requires"),
        ("setup.py", b"install_requires = print 'x'"),
        ("Pipfile.lock", b"{"),
        ("requirements.txt", b"\xff\xff\xff"),
        ("requirements.txt", b"-r https://example.org/requirements.txt\n"),
        ("requirements.txt", b"x\n" * 3_000_000),
    ],
)
def test_what_cannot_be_understood_leaves_the_project_incomplete(root: Path, name: str, data: bytes) -> None:
    (root / name).write_bytes(data)
    assert not project(root).is_complete


def test_no_symlink_leads_out_of_the_project_and_no_pipe_is_waited_for(root: Path) -> None:
    (root / "requirements.txt").symlink_to(root.parent / "requirements.txt")
    os.mkfifo(root / "requirements-dev.txt")
    found = project(root)
    assert (found.declared, found.files) == (frozenset(), ())


def test_a_folder_is_read_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "requirements.txt").write_text("pandas\n")
    listed: list[str] = []
    scandir = os.scandir

    def counted(folder: str) -> object:
        listed.append(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", counted)
    for name in ("a", "b", "a"):
        assert "pandas" in project(root / name).declared
    assert listed.count(str(root)) == 2  # for its modules, and for its dependency files


def test_modules_of_the_project_are_known(root: Path) -> None:
    for name in ("helpers.py", "src/churn/__init__.py", "notebooks/plots/lines.py", "data/rows.csv"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    found = project(root / "notebooks")
    assert [name for name in ("helpers", "churn", "plots", "data", "numpy") if found.owns(name)] == [
        "helpers",
        "churn",
        "plots",
    ]


@pytest.mark.parametrize("path", ["<notebook>", "-", "nowhere/at/all/nb.ipynb"])
def test_without_a_folder_there_is_no_project(path: str) -> None:
    assert project_of(path) is None


@pytest.mark.parametrize(
    ("module", "declared"),
    [
        ("sklearn.svm", "scikit-learn"),
        ("cv2", "opencv-python-headless"),
        ("yaml", "pyyaml"),
        ("PIL.Image", "pillow"),
        ("google.cloud.bigquery.Client", "google-cloud-bigquery"),
        ("google.cloud.aiplatform_v1", "google-cloud-aiplatform"),
        ("llama_index.core", "llama-index-core"),
        ("langchain_openai.ChatOpenAI", "langchain-openai"),
        ("torch.nn", "pytorch"),
        ("matplotlib.pyplot", "matplotlib-base"),
        ("xgboost", "py-xgboost"),
    ],
)
def test_modules_come_with_distributions_of_other_names(module: str, declared: str) -> None:
    assert any(is_declared(name, frozenset({declared})) for name in distributions_of(module))


@pytest.mark.parametrize("module", ["helpers", "utils.io", "google", "azure", "src"])
def test_nothing_is_claimed_of_modules_that_are_not_known(module: str) -> None:
    assert distributions_of(module) == ()
