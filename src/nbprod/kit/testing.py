"""Checks a rule against the examples in its page; for our tests and those of plugins.

An example is a notebook in percent format: `# %%` begins a code cell, `# %% [markdown]` and
`# %% [raw]` the other kinds; `# %% tags=["parameters"]` gives tags, `# %% run=3 error=KeyError` the
execution count and the error that the cell ended in, `# %% prints="text"` what it printed. Each `nb bad` example must
give exactly one finding; the `nb fixed` examples behind it are what its fix makes of it, to the
letter; `nb good` examples are silent.

The word `live` in a fence says that the cells are run, in order, and that the session is a witness. `# %% gone` begins
a cell that was run and deleted, `# %% unrun` one that was not run, `# %% file=NAME` the text of a file, and
`# %% memory=20000` gives the machine so many bytes of memory. Cells that install something are not run;
`<version of pandas>` stands for what is installed.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from msgspec import Struct

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.evidence import Witness
from nbprod.kit.findings import HOLE
from nbprod.kit.rule import Example, Rule
from nbprod.notebook import Cell, Notebook, cell_notebook, parse_notebook, splice
from nbprod.patterns import lazy_pattern
from nbprod.protocol import Edit, Finding, Profile, Safety, Severity

_MARKER: Final = lazy_pattern(
    r"^# %%(?: \[(?P<kind>markdown|raw)\])?(?: tags=(?P<tags>\[[^\]\n]*\]))?"
    r"(?: (?P<ran>gone|unrun|file=(?P<file>\S+)|memory=(?P<memory>\d+)))?"
    r"(?: run=(?P<run>\d+))?(?: error=(?P<error>\w+))?(?: prints=(?P<prints>\"[^\n]*\"))?[ \t]*(?:\n|\Z)",
    re.MULTILINE,
)


_VERSION: Final = lazy_pattern(r"<version of ([\w.-]+)>")


class Executed(Struct, frozen=True):
    """What a session ran to come to be what an example needs: the texts of `files` by name, then `cells` in order.

    It ran on a machine of so much `memory` in bytes, if the example says so.
    """

    files: dict[str, str]
    cells: tuple[str, ...]
    memory: int | None = None


MakeWitness = Callable[[Executed], Witness]
"""Runs cells in a session of its own, and gives who knows it."""


def executed_by(text: str) -> Executed:
    """What is to be run for a text in percent format."""
    blocks = list(_blocks(text))
    files = {marker["file"]: source for marker, source in blocks if marker["file"]}
    memory = next((int(marker["memory"]) for marker, _ in blocks if marker["memory"]), None)
    cells = (source for marker, source in blocks if not marker["kind"] and marker["ran"] in {None, "gone"})
    return Executed(files, tuple(source for source in cells if "pip install" not in source), memory)


def with_versions(text: str) -> str:
    """A text with the versions that are installed here: `<version of pandas>` is "2.2.3"."""
    from importlib.metadata import version  # noqa: PLC0415  -- few examples have one

    return _VERSION.sub(lambda found: version(found[1]), text)


def _blocks(text: str) -> Iterator[tuple[re.Match[str], str]]:
    if not text.startswith("# %%"):
        text = f"# %%\n{text}"
    markers = list(_MARKER.finditer(text))
    for marker, following in zip(markers, [*markers[1:], None], strict=True):
        yield marker, text[marker.end() : following.start() if following else None].rstrip("\n")


def notebook_from(text: str, path: str = "example.ipynb") -> Notebook:
    """The notebook that a text in percent format stands for."""
    cells: list[tuple[str, str, list[str]]] = []
    results: dict[int, tuple[int | None, list[dict[str, Any]]]] = {}
    present = ((marker, source) for marker, source in _blocks(text) if marker["ran"] in {None, "unrun"})
    for index, (marker, source) in enumerate(present):
        tags = json.loads(marker["tags"]) if marker["tags"] else []
        cells.append((marker["kind"] or "code", source, tags))
        results[index] = (
            int(marker["run"]) if marker["run"] else None,
            [*_prints(marker["prints"]), *_errors(marker["error"])],
        )
    return cell_notebook(cells, path, results)


def _errors(name: str | None) -> list[dict[str, Any]]:
    """The outputs of a cell that ended in an error of this name, if any."""
    return [{"output_type": "error", "ename": name, "evalue": "", "traceback": []}] if name else []


def _prints(text: str | None) -> list[dict[str, Any]]:
    """The output of a cell that printed a text, given as a JSON string, if any."""
    return [{"output_type": "stream", "name": "stdout", "text": json.loads(text)}] if text else []


def text_from(notebook: Notebook) -> str:
    """The inverse of `notebook_from`; a single plain cell stands without its marker."""
    cells = notebook.cells
    if len(cells) == 1 and cells[0].type == "code" and _marks(notebook, cells[0]) == "":
        return cells[0].source
    return "\n".join(f"# %%{_marks(notebook, cell)}\n{cell.source}" for cell in cells)


def _marks(notebook: Notebook, cell: Cell) -> str:
    """What the marker of a cell says of it."""
    kind = "" if cell.type == "code" else f" [{cell.type}]"
    tags = f" tags={json.dumps(list(cell.tags))}" if cell.tags else ""
    run = f" run={cell.execution_count}" if cell.execution_count is not None else ""
    errors = "".join(f" error={output['ename']}" for output in notebook.outputs(cell) if "ename" in output)
    prints = "".join(f" prints={json.dumps(out['text'])}" for out in notebook.outputs(cell) if "name" in out)
    return f"{kind}{tags}{run}{errors}{prints}"


def findings(
    rule: type[Rule], notebook: Notebook, profile: Profile = Profile.PRODUCTION, witness: Witness | None = None
) -> Sequence[Finding]:
    """What one rule finds in a notebook, with the edits of its fixes; a `witness` knows the session it runs in.

    Raises:
        AssertionError: The rule, or one of its fixes, crashed, or changed the syntax tree, which outlives it.
    """
    notebook.parse()
    trees = [ast.dump(cell.tree) for cell in notebook.code_cells if cell.tree is not None]
    checked = check_notebook(notebook, [rule], Settings(rules={}, profile=profile), edits=True, witness=witness)
    crashes = [problem.message for problem in checked.problems if problem.stage != "parse"]
    assert not crashes, crashes
    assert trees == [ast.dump(cell.tree) for cell in notebook.code_cells if cell.tree is not None], "a tree was changed"
    return [finding for finding in checked.findings if finding.rule == rule.name]


def check_examples(
    rule: type[Rule], examples: Sequence[Example] | None = None, make_witness: MakeWitness | None = None
) -> None:
    """Hold a rule against examples: those of its own page by default.

    Examples with the word `live` need `make_witness`; without it they are left out.

    Raises:
        AssertionError: An example does not do what its fence says.
    """
    examples = rule.examples() if examples is None else examples
    examples = [example for example in examples if make_witness is not None or "live" not in example.words]
    sources = [example.source for example in examples]
    assert len(set(sources)) == len(sources), f"{rule.name}: an example stands twice"
    ask = _Asking(rule, make_witness)
    for bad, fixed in _grouped(examples):
        if bad.kind == "good":
            silent = ask.findings(bad.source, bad)
            assert not silent, f"{rule.name} should be silent, but says {silent[0].message!r} about:\n{bad.source}"
        else:
            _check_bad(ask, bad, fixed)


def _grouped(examples: Sequence[Example]) -> Iterator[tuple[Example, list[Example]]]:
    """Each bad or good example with the fixed ones that follow it."""
    for index, example in enumerate(examples):
        assert example.kind in {"bad", "good", "fixed"}, f"an example can't be {example.kind!r}"
        if example.kind == "fixed":
            continue
        rest = examples[index + 1 :]
        stop = next((place for place, other in enumerate(rest) if other.kind != "fixed"), len(rest))
        yield example, list(rest[:stop])


def _profile(example: Example) -> Profile:
    return Profile.EXPLORE if "explore" in example.words else Profile.PRODUCTION


class _Asking(Struct, frozen=True):
    """Asks a rule about texts under the conditions that an example names."""

    rule: type[Rule]
    make_witness: MakeWitness | None

    def findings(self, text: str, example: Example) -> Sequence[Finding]:
        """What it finds in a notebook, which is run first where the example says so."""
        make = self.make_witness if "live" in example.words else None
        witness = make(executed_by(text)) if make is not None else None
        return findings(self.rule, notebook_from(text), _profile(example), witness)


def _check_bad(ask: _Asking, bad: Example, fixed: Sequence[Example]) -> None:
    rule, notebook = ask.rule, notebook_from(bad.source)
    found = ask.findings(bad.source, bad)
    messages = [finding.message for finding in found]
    assert len(found) == 1, f"{rule.name} should find exactly one thing, not {messages}, in:\n{bad.source}"
    (finding,) = found
    expected = {word for word in bad.words if word in set(Severity)}
    assert not expected or finding.severity in expected, f"{rule.name}: {finding.severity}, in:\n{bad.source}"
    offered = {fix.safety: fix for fix in reversed(finding.fixes)}
    shown = {Safety(word) for example in fixed for word in example.words if word in set(Safety)}
    assert shown == set(offered), f"{rule.name} shows {shown} but offers {set(offered)} for:\n{bad.source}"
    for example in fixed:
        safety = next(safety for safety in Safety if safety in example.words)
        _check_fixed(ask, notebook, offered[safety].edits, safety, example)


def _check_fixed(ask: _Asking, notebook: Notebook, edits: Sequence[Edit], safety: Safety, example: Example) -> None:
    rule = ask.rule
    repaired = parse_notebook(splice(notebook, edits), notebook.path)
    text = text_from(repaired)
    expected = with_versions(example.source)
    assert text == expected, f"{rule.name}: the {safety} fix gives\n{text}\ninstead of\n{expected}"
    for cell in repaired.code_cells:
        assert cell.parse_error is None, f"{rule.name}: the fixed cell does not parse:\n{cell.source}"
    left = ask.findings(text, example)
    if safety is Safety.TEMPLATE and HOLE in text:
        assert left, f"{rule.name} is silent although the template still has holes:\n{text}"
        left = ask.findings(text.replace(HOLE, "done"), example)
    allowed = {word for word in example.words if word in set(Severity)}
    assert not left or left[0].severity in allowed, f"{rule.name} still says {left[0].message!r} about:\n{text}"
