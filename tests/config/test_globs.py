"""Path patterns of the configuration."""

import pytest

from nbprod.config.globs import is_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.ipynb", "deep/er/a.ipynb"),
        ("legacy", "legacy/a.ipynb"),
        ("legacy", "x/legacy/y/a.ipynb"),
        ("legacy/", "legacy/a.ipynb"),
        ("/a.ipynb", "a.ipynb"),
        ("./x/a.ipynb", "x/a.ipynb"),
        ("x/*.ipynb", "x/a.ipynb"),
        ("x/**", "x/y/z/a.ipynb"),
        ("**/z/a.ipynb", "z/a.ipynb"),
        ("x/**/a.ipynb", "x/a.ipynb"),
        ("x/**/a.ipynb", "x/y/z/a.ipynb"),
        ("run_[0-9]?.ipynb", "run_12.ipynb"),
        ("[!a]*.ipynb", "b.ipynb"),
        ("[[]draft].ipynb", "[draft].ipynb"),
        ("a+b.ipynb", "a+b.ipynb"),
        ("日本*", "日本語.ipynb"),
    ],
)
def test_meant(pattern: str, path: str) -> None:
    assert matches(path, [pattern])


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.ipynb", "a.py"),
        ("legacy", "legacy2/a.ipynb"),
        ("a.ipynb/", "a.ipynb"),
        ("/a.ipynb", "x/a.ipynb"),
        ("x/*.ipynb", "x/y/a.ipynb"),
        ("x/*.ipynb", "y/x/a.ipynb"),
        ("run_[0-9].ipynb", "run_12.ipynb"),
        ("[!a]*.ipynb", "a.ipynb"),
        ("a.b", "axb"),
    ],
)
def test_not_meant(pattern: str, path: str) -> None:
    assert not matches(path, [pattern])


@pytest.mark.parametrize("pattern", ["[z-a]", "", "/"])
def test_no_pattern(pattern: str) -> None:
    assert not is_pattern(pattern)
