"""The other commands."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from inline_snapshot import snapshot

from nbprod import __version__

Write = Callable[..., Path]
Nbprod = Callable[..., Result]


def test_score(write: Write, nbprod: Nbprod) -> None:
    write("churn.ipynb", "import pandas as pd\ndf = pd.read_csv('x')", "BAD; DOUBTFUL", "MINOR")
    result = nbprod("score")
    assert result.exit_code == 0
    assert "\n" + result.stdout == snapshot("""\

churn.ipynb: 47 of 100, level D
  trust is lowest
  ideal-conditions    —
  data                —
  evaluation          —
  integration         —
  operations          —
  ownership           —
  maintenance         —
  trust              47  █████████░░░░░░░░░░░  2 findings
  demo-gap           93  ███████████████████░  1 finding
  2 of 9 assessed, mean 70 (a trend, no grade)
  What to mend first, with the points its dimension gains:
    +34  bad-word                         1 finding, 1 with a fix
    +10  doubtful-word                    1 finding
     +7  minor-word                       1 finding

""")


def test_score_ends_with_1_for_a_file_that_is_no_notebook_but_not_for_findings(
    here: Path, write: Write, nbprod: Nbprod
) -> None:
    write("a.ipynb", "BAD")
    assert nbprod("score", "a.ipynb").exit_code == 0
    (here / "b.ipynb").write_text("hello")
    result = nbprod("score")
    assert result.exit_code == 1
    assert "error: b.ipynb: " in result.stdout


def test_rules(nbprod: Nbprod) -> None:
    assert "\n" + nbprod("rules").stdout == snapshot("""\

Rule                   Dimension  Explore  Production  Fix   About
bad-word               trust      warning  error       -     A bad word breaks production.
doubtful-word          trust      info     warning     -     A doubtful word deserves a warning.
faulty-rule            trust      info     info        -     A rule with a bug.
minor-word             demo-gap   info     info        -     A minor word is only told.
cell-failed            -          error    error       -     A cell that fails in a fresh kernel fails in production.
cell-not-analysable    -          info     warning     -     A cell that is no Python can't be looked at.
cell-timed-out         -          error    error       -     A cell that never ends keeps a scheduled run alive.
fix-changes-results    -          error    error       -     A safe fix must keep what a notebook gives.
ignore-without-reason  -          info     info        -     An ignore in a production notebook should say why.
stale-kernel-evidence  -          info     info        -     What today's code did not put in memory is no evidence.
unused-ignore          -          info     info        safe  An ignore that silences nothing should go.
""")


def test_rule(nbprod: Nbprod) -> None:
    assert "\n" + nbprod("rule", "bad-word").stdout == snapshot("""\

# bad-word

A bad word breaks production.

- Dimension: trust
- Severity: error in production, warning while exploring
- Confidence: high
- Fix: none
- Since: 0.1

## Why is this bad?
It says so.

## Examples

Found:

```python
BAD
```
""")


@pytest.mark.parametrize("notice", ["cell-not-analysable", "unused-ignore", "ignore-without-reason", "cell-failed"])
def test_what_the_engine_reports_has_pages_too(nbprod: Nbprod, notice: str) -> None:
    assert nbprod("rule", notice).stdout.startswith(f"# {notice}\n")


def test_an_unknown_rule(nbprod: Nbprod) -> None:
    result = nbprod("rule", "bad_wrod")
    assert (result.exit_code, result.stderr) == (2, "Error: there is no rule `bad_wrod`; did you mean `bad-word`?\n")
    assert nbprod("rule", "zzzzzz").stderr == "Error: there is no rule `zzzzzz`; `nbprod rules` lists them\n"


def test_config(here: Path, write: Write, nbprod: Nbprod) -> None:
    (here / "pyproject.toml").write_text(
        """
        [tool.nbprod]
        ignore = ["doubtful-word"]
        severity = { bad-word = "warning" }
        text-notebooks = ["analysis/*.py"]
        [tool.nbprod.rules.minor-word]
        allow = ["x"]
        [tool.nbprod.per-path."drafts/*"]
        profile = "explore"
        """
    )
    write("drafts/a.ipynb", "x = 1")
    shown = nbprod("config", "drafts/a.ipynb").stdout.replace(str(here), "HERE")
    assert "\n" + "\n".join(" ".join(line.split()) for line in shown.splitlines()) == snapshot("""\

configuration HERE/pyproject.toml
profile explore HERE/pyproject.toml: per-path."drafts/*".profile
fail-on error default of the explore profile
docs-url docs/rules/{rule}.md default
text-notebooks ["analysis/*.py"] HERE/pyproject.toml: text-notebooks
rules 10 of 11 reported default
severity.bad-word warning HERE/pyproject.toml: severity
rules.doubtful-word off HERE/pyproject.toml: ignore
rules.minor-word.allow ['x'] HERE/pyproject.toml: rules\
""")


def test_config_of_a_folder_and_without_a_file(here: Path, nbprod: Nbprod) -> None:
    lines = [line.split() for line in nbprod("config").stdout.splitlines()]
    assert lines[0] == ["configuration", "none", "no", "file", "found", "upwards"]
    assert lines[1] == ["profile", "production", "default"]
    assert ["text-notebooks", "true", "default"] in lines


def test_config_reads_the_metadata_of_a_notebook(write: Write, nbprod: Nbprod) -> None:
    write("a.ipynb", metadata={"nbprod": {"profile": "explore"}})
    assert "explore" in nbprod("config", "a.ipynb").stdout
    write("a.ipynb", metadata={"nbprod": {"profile": "xplore"}})
    wrong = nbprod("config", "a.ipynb")
    assert wrong.exit_code == 2
    assert "did you mean `explore`?" in wrong.stderr


def test_config_of_a_path_that_leads_nowhere(here: Path, nbprod: Nbprod) -> None:
    result = nbprod("config", "gone")
    assert (result.exit_code, result.stderr) == (2, "Error: gone: no such file or folder\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(nbprod: Nbprod, shell: str) -> None:
    assert "_NBPROD_COMPLETE" in nbprod("completion", shell).stdout


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("nbprod rule bad", ["bad-word"]),
        ("nbprod check --select min", ["minor-word"]),
        ("nbprod check --select bad-word,tru", ["bad-word,trust"]),
        ("nbprod ru", ["run", "rules", "rule"]),
    ],
)
def test_the_shell_is_told_names(nbprod: Nbprod, typed: str, suggested: list[str]) -> None:
    env = {"_NBPROD_COMPLETE": "zsh_complete", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    lines = nbprod(env=env).stdout.splitlines()
    assert lines[1::3] == suggested


def test_version(nbprod: Nbprod) -> None:
    assert nbprod("--version").stdout == f"nbprod {__version__}\n"


def test_help_lists_the_commands(nbprod: Nbprod) -> None:
    text = nbprod("--help").stdout
    assert all(f"\n  {name} " in text for name in ("check", "score", "rules", "rule", "config", "completion"))


def test_an_unknown_command(nbprod: Nbprod) -> None:
    assert nbprod("chek").exit_code == 2
