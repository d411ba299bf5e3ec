"""`%nbprod`: what nbprod has to say, in the notebook itself. `%load_ext nbprod` registers it.

Nothing is put into the user's namespace, and nothing is executed.
"""

import keyword
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from IPython.core.error import UsageError
from msgspec import Struct

from nbprod.config import did_you_mean
from nbprod.errors import NbprodError
from nbprod.evidence import Module, Table
from nbprod.kernel.checkup import Checkup, check_shell
from nbprod.kernel.document import is_watched, running_cell
from nbprod.kernel.evidence import KernelWitness
from nbprod.kernel.panel import bundles
from nbprod.kit.fixes.contract import PANDERA, can_have_contract, contract
from nbprod.output import View, scorecard
from nbprod.output.pages import all_pages, markdown_of
from nbprod.protocol import Profile, Severity

T = TypeVar("T", bound=StrEnum)

MAGIC: Final = "nbprod"
_STEPS: Final = 5  # next steps that a score lists
_HELP: Final = """\
%nbprod                          check this notebook, and show what was found
%nbprod score                    how far it is from running unattended
%nbprod contract NAME            a data contract for a table in memory; with --insert in a new cell
%nbprod why RULE                 why a rule matters, and what to do
%nbprod help                     this list

%nbprod takes --profile explore or production, and --show error, warning or info.
"""


class Words(Struct, frozen=True):
    """What stands behind `%nbprod`: a command, its names, and its options."""

    command: str
    names: Sequence[str]
    options: Mapping[str, str]


class Magic:
    """The commands of `%nbprod` in one shell.

    Args:
        shell: The `InteractiveShell` of the user's session.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._witness = KernelWitness(shell)
        self._commands: dict[str, tuple[Callable[[Words], None], int, Iterable[str]]] = {
            # command -> what does it, how many names it takes, its options
            "check": (self._check, 0, ("--profile", "--show")),
            "score": (self._score, 0, ()),
            "contract": (self._contract, 1, ("--insert",)),
            "why": (self._why, 1, ()),
            "help": (self._help, 0, ()),
        }

    def __call__(self, line: str) -> None:
        """Run a command of `%nbprod`; `%nbprod help` lists them."""
        words = _parsed(line)
        found = self._commands.get(words.command)
        if found is None:
            near = did_you_mean(words.command, self._commands) or "; `%nbprod help` lists what there is"
            raise UsageError(f"there is no `%nbprod {words.command}`{near}")
        run, names, options = found
        if len(words.names) != names:
            what = "one name" if names else "no further words"
            raise UsageError(f"`%nbprod {words.command}` takes {what}; `%nbprod help` lists what there is")
        unknown = next((option for option in words.options if option not in options), None)
        if unknown is not None:
            raise UsageError(f"`%nbprod {words.command}` has no option `{unknown}`{did_you_mean(unknown, options)}")
        try:
            run(words)
        except NbprodError as error:
            raise UsageError(str(error)) from error

    def complete(self, _shell: object, event: Any) -> list[str]:
        """What may follow on a line that begins with `%nbprod`."""
        words = event.line.split()
        match words[1:] if event.line[-1:].isspace() else words[1:-1]:
            case []:
                return list(self._commands)
            case ["why"]:
                return list(all_pages())
            case ["contract"]:
                return sorted(self._witness.session().names)
            case [command, *_] if command in self._commands:
                return list(self._commands[command][2])
        return []

    # -- the commands -------------------------------------------------------------------------

    def _check(self, words: Words) -> None:
        profile = _choice(words, "--profile", Profile)
        show = _choice(words, "--show", Severity) or Severity.WARNING
        cell = running_cell(self._shell)

        def check() -> Checkup:
            return check_shell(self._shell, self._witness, profile, cell)

        for bundle in bundles(check(), check, show, with_widgets=is_watched(self._shell)):
            self._show(bundle)

    def _score(self, _words: Words) -> None:
        checkup = check_shell(self._shell, self._witness, cell_id=running_cell(self._shell))
        text = "".join(scorecard.render([checkup.outcome], View(), _STEPS)).rstrip()
        print(f"{text}\n  Read from {checkup.document.origin}.")

    def _contract(self, words: Words) -> None:
        [name] = words.names
        table = self._table(name)
        alias = self._alias("pa")
        code = f"import {PANDERA} as {alias}\n\n{contract(table, name, f'{name.upper()}_SCHEMA', alias)}"
        if "--insert" in words.options:
            self._shell.set_next_input(code)
        else:
            fence = "```" + "`" * code.count("```")
            self._show({"text/plain": code, "text/markdown": f"{fence}python\n{code}\n{fence}"})
        if not self._witness.versions("pandera"):
            print("To run it, install pandera in this kernel: %pip install pandera")

    def _alias(self, wish: str) -> str:
        """What to import pandera as: something else may have the name, such as pyarrow."""
        known = self._witness.thing(wish)
        is_pandera = isinstance(known, Module) and known.module == PANDERA
        return wish if is_pandera or wish not in self._witness.session().names else "pandera_pandas"

    def _table(self, name: str) -> Table:
        names = self._witness.session().names
        if name not in names:
            hint = did_you_mean(name, sorted(names)) if name.isidentifier() and not keyword.iskeyword(name) else ""
            raise UsageError(f"this session holds nothing called `{name}`{hint}")
        thing = self._witness.thing(name)
        if not isinstance(thing, Table) or not can_have_contract(thing):
            kind = f"`{thing.type}`" if thing is not None else "nothing that can be looked into"
            raise UsageError(f"a contract is written for tables of pandas, and `{name}` is {kind}")
        return thing

    def _why(self, words: Words) -> None:
        [name] = words.names
        pages = all_pages()
        if name not in pages:
            raise UsageError(f"there is no rule `{name}`{did_you_mean(name, pages) or '; `nbprod rules` lists them'}")
        page = markdown_of(pages[name])
        self._show({"text/plain": page, "text/markdown": page})

    def _show(self, bundle: Mapping[str, Any]) -> None:
        """Display something, given by MIME type."""
        self._shell.display_pub.publish(dict(bundle))

    def _help(self, _words: Words) -> None:
        print(_HELP, end="")


def load(shell: Any) -> None:
    """Register `%nbprod` in a shell; doing it again changes nothing."""
    magic = Magic(shell)
    shell.register_magic_function(magic, "line", MAGIC)
    shell.set_hook("complete_command", magic.complete, re_key=rf"\s*%?{MAGIC}\b")


def unload(shell: Any) -> None:
    """Take `%nbprod` out of a shell."""
    shell.magics_manager.magics["line"].pop(MAGIC, None)


def _parsed(line: str) -> Words:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"`%nbprod {line}`: {error}") from error
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        option, given, value = word.partition("=")
        if not word.startswith("-"):
            plain.append(word)
        elif option in {"--profile", "--show"}:
            options[option] = value if given else next(rest, "")
        else:
            options[word] = ""
    return Words(plain[0] if plain else "check", plain[1:], options)


def _choice(words: Words, option: str, kind: type[T]) -> T | None:
    """The value of an option, one of a kind of words."""
    given = words.options.get(option)
    known = [choice.value for choice in kind]
    if given is None or given in known:
        return None if given is None else kind(given)
    raise UsageError(f"`{option}` takes {' or '.join(known)}, not `{given}`{did_you_mean(given, known)}")
