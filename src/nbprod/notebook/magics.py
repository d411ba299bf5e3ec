"""What is known of IPython magics: which bodies are Python, which arguments are code, which names they bind."""

from typing import Literal

from msgspec import Struct

from nbprod.patterns import lazy_pattern

MagicKind = Literal["line", "cell", "shell", "help"]


class Magic(Struct, frozen=True):
    """One piece of IPython syntax in a code cell.

    Attributes:
        kind: "line" (`%x`), "cell" (`%%x`), "shell" (`!x`, `y = !x`) or "help" (`x?`).
        name: the magic's name ("pip", "bash"); "" for shell; the object asked about for help.
        args: the raw text after the name, continuation lines included.
        start: code point offset in the raw cell source of the escape character (or of the name).
        end: offset after the magic's last character; for a cell magic, the end of its first line.
        line: the line it stands on, from 1.
        body: the text below a cell magic's line; "" for the other kinds.
        body_start: offset of `body`.
        targets: names that it binds: `x = !ls`, `%%capture x`, `%%sql x <<`, `%store -r x`.
        raw: the source from `start` to `end`.
    """

    kind: MagicKind
    name: str
    args: str
    start: int
    end: int
    line: int
    body: str
    body_start: int
    targets: tuple[str, ...]
    raw: str


PYTHON_BODIES = frozenset(
    """
    time timeit capture prun memit mprun lprun pyinstrument scalene snakeviz heat debug ipytest run_pytest pyspark
    wandb manim px autopx local
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Cell magics that run their body as Python of this notebook."""

TEXT_BODIES = frozenset(
    """
    ! bash sh script shell system sx cmd powershell pwsh html HTML svg SVG latex markdown javascript js css sass perl
    ruby pypy python python2 python3 file writefile writetemplate appendfile R julia octave matlab scala node typescript
    cython cpp cu cuda fortran sql sparksql bigquery bq kql cypher oc opencypher gremlin sparql dot graphviz plantuml
    mermaid tikz ai prompt llm chat skip configure
    """.split()  # noqa: SIM905 - a list of words reads better
)
"""Cell magics whose body is something else, or Python that runs elsewhere or not at all."""

CODE_ARGUMENTS = frozenset(("time", "timeit", "prun", "memit", "lprun", "mprun"))
"""Magics whose argument is Python that runs here."""

_OPTIONS = lazy_pattern(r"(?:\s*-(?:[fmsTD]\s*[\w.]+|-?\w+(?:\s+[\d.]+)?)(?=\s|\Z))*\s*")
_NAME = r"[^\W\d]\w*"
_ASSIGNED = lazy_pattern(rf"\s*({_NAME})\s*<<(?!<)")
_OUTPUT_OPTION = lazy_pattern(rf"(?:^|\s)(?:--out|--err|--proc|--output|-o)[ =]+({_NAME}(?:,{_NAME})*)")


def code_offset(name: str, args: str) -> int | None:
    """Where the Python in a magic's arguments starts, past its options; None when they hold none."""
    if name not in CODE_ARGUMENTS:
        return None
    found = _OPTIONS.match(args)
    start = found.end() if found else 0
    return start if start < len(args) else None


def bound_names(kind: MagicKind, name: str, args: str) -> tuple[str, ...]:
    """The names that a magic binds by itself, read from its arguments."""
    if name == "capture" and kind == "cell":
        words = [word for word in args.split() if not word.startswith("-")]
        return (words[0],) if words and words[0].isidentifier() else ()
    if name == "store":
        return tuple(word for word in args.split()[1:] if word.isidentifier()) if args.strip().startswith("-r") else ()
    if assigned := _ASSIGNED.match(args):
        return (assigned[1],)
    if name in {"bash", "sh", "script", "R", "sql", "sparksql", "spark", "python", "python3", "perl", "ruby"}:
        return tuple(part for found in _OUTPUT_OPTION.finditer(args) for part in found[1].split(","))
    if name == "bigquery" and (words := args.split()) and words[0].isidentifier():
        return (words[0],)
    return ()
