"""A notebook whose author would like to act on whoever reads a report about it."""

from typing import Any

from nbprod.output import Outcome
from nbprod.protocol import Fix, Problem, Safety

EVIL = (
    "\x1b[2J\x1b]0;title\x07 ::error file=x::owned ##vso[task.setvariable variable=A]1 ##[error]x "
    "</script><script>alert(1)</script> <img src=x onerror=alert(1)> ]]> &amp; \" ' "
    "[click](https://evil.example) ![x](https://evil.example/x.png) @everyone #1 | a | b %0A "
    "\u202egnp.exe \ud83d \uffff\n"
    "::warning::second line\n```\n# heading\r\n"
)
PATH = "::error x::\n<b>|`@everyone`,;]%0A\x1b[2J\udcff=cmd().ipynb"


def hostile_outcome(draft: Any) -> Outcome:
    """One finding that quotes its source, and problems that do."""
    nb = draft(f"x = {EVIL!r}\ny = 1 # {EVIL}".encode("utf-8", "replace").decode())
    fix = Fix(title=f"Mend `{EVIL}`", safety=Safety.SAFE)
    finding = nb.found("y", message=f"`{EVIL}` and {EVIL}", fixes=(fix,), docs="javascript:alert(1)")
    other = nb.found("x", message=EVIL, advice=EVIL)
    problem = Problem(path=PATH, stage="rule", rule="a-rule", message=EVIL)
    outcome: Outcome = nb.outcome(finding, other, path=PATH, problems=(problem,))
    return outcome
