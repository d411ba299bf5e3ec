import pytest

from nbprod.notebook import cell_notebook
from nbprod.notebook.language import declared_language, why_skipped

PLAIN = ["df = pd.read_csv('a.csv')", "df.head()", "# next", "%matplotlib inline", "df.plot()"]
PYTHON = [
    "import pandas as pd\ndf = pd.read_csv('a.csv')",
    "df.head()",
    "for row in df:\n    print(f'{row}')",
    "%%bash\nls",
]
R = ["library(dplyr)", "x = c(1, 2, 3)", "mean(x)", "y <- 5", "plot(x, y)", "df %>% filter(a > 1)", "summary(y)"]
JULIA = ["import Pkg", "using Plots", "x = 5", "println(x)", "f(x) = x^2", "sqrt(2)", "[1, 2, 3]"]
SCALA = ["import org.apache.spark.sql", "val x = 5", "x", "def f(x: Int): Int = x", "println(x)", "spark.table(x)"]
SQL = ["SELECT * FROM a", "DROP TABLE a", "a"]
JAVASCRIPT = ["x = [1, 2]", "console.log(x)", "const y = x => x + 1", "if (x) { y() }", "y(2)"]
MATLAB = ["x = [1, 2, 3];", "y = sin(x);", "plot(x, y)", "mean(y)"]
BASH = ["ls", "cd /tmp", "echo hi", "pwd"]


def skipped(language: str | None, cells: list[str]) -> str | None:
    found = cell_notebook([("code", source, []) for source in cells]).code_cells
    return why_skipped(language, lambda: [cell.tree for cell in found if cell.python.strip()])


@pytest.mark.parametrize("label", ["coconut", "plaintext", "polyglot-notebook", None])
def test_python_under_a_wrong_label_is_analysed(label: str | None) -> None:
    assert skipped(label, PYTHON) is None


@pytest.mark.parametrize(
    ("label", "cells"),
    [
        ("R", R),
        ("julia", JULIA),
        ("scala", SCALA),
        ("sql", SQL),
        ("javascript", JAVASCRIPT),
        ("matlab", MATLAB),
        ("bash", BASH),
    ],
)
def test_other_languages_are_skipped_though_cells_parse(label: str, cells: list[str]) -> None:
    assert skipped(label, cells) == f"kernel language {label}"
    parsing = [source for source in cells if cell_notebook([("code", source, [])]).cells[0].tree]
    assert skipped(label, parsing) == f"kernel language {label}"


@pytest.mark.parametrize("proof", ["[a for a in b]", "from a import b", "with a:\n    b", "f'{a}'", "import a as b"])
def test_one_cell_that_only_python_has_is_enough(proof: str) -> None:
    assert skipped("plaintext", PLAIN) == "kernel language plaintext"
    assert skipped("plaintext", [*PLAIN, proof]) is None
    assert skipped("plaintext", [*PLAIN, proof, "SELECT 1 FROM a"]) == "kernel language plaintext"


def test_an_import_under_another_name_is_python() -> None:
    assert skipped("plaintext", ["import numpy as np", "np.ones(3)"]) is None
    assert skipped("plaintext", ["import numpy", "ones(3)"]) == "kernel language plaintext"


def test_declared_python_is_believed_whatever_the_cells_hold() -> None:
    assert skipped("python", R) is None
    assert skipped("ipython2", ["print 'a'"]) is None


def test_without_a_label_only_what_is_clearly_not_python_is_skipped() -> None:
    assert skipped(None, ["x = 1"]) is None
    assert skipped(None, []) is None
    assert skipped(None, ["x <- c(1)", "a %>% b", "SELECT 1 FROM a"]) is not None


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({"kernelspec": {"language": "R", "name": "ir"}}, "R"),
        ({"language_info": {"name": "python"}, "kernelspec": {"language": "R"}}, "python"),
        ({"kernelspec": {"name": "python3", "display_name": "anything"}}, "python3"),
        ({"kernelspec": {"name": "conda_env", "display_name": "My env"}}, None),
        ({"kernelspec": {"name": "pysparkkernel"}, "language_info": {"name": "scala"}}, "pysparkkernel"),
        ({"kernelspec": ["python"], "language_info": {"name": 3}}, None),
        ({}, None),
    ],
)
def test_labels(metadata: dict[str, object], language: str | None) -> None:
    assert declared_language(metadata) == language
