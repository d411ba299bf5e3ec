"""Options and arguments that several commands share."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nbprod.protocol import Dimension, Profile

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])


def one_of(kind: type[StrEnum]) -> dict[str, Any]:
    """Arguments for `click.option`: the value is a member of `kind`, or None."""

    def convert(ctx: click.Context, param: click.Parameter, value: str | None) -> StrEnum | None:
        return None if value is None else kind(value)

    return {"type": click.Choice([member.value for member in kind]), "callback": convert}


def split_names(ctx: click.Context, param: click.Parameter, values: Iterable[str]) -> tuple[str, ...]:
    """Callback of a repeatable option whose values may hold several names, separated by commas."""
    return tuple(name.strip() for value in values for name in value.split(",") if name.strip())


def complete_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """Suggest rules, and for the options that take them dimensions, to the shell."""
    from click.shell_completion import CompletionItem  # noqa: PLC0415

    from nbprod.api import known_rules  # noqa: PLC0415  -- only when a shell asks

    done, comma, last = incomplete.rpartition(",")
    names = [*known_rules(), *([] if isinstance(param, click.Argument) else [item.value for item in Dimension])]
    return [CompletionItem(done + comma + name) for name in names if name.startswith(last)]


paths_argument = click.argument("paths", nargs=-1, metavar="[PATHS]...")
profile_option = click.option(
    "--profile", **one_of(Profile), help="What the notebooks are for; beats configuration and metadata."
)
no_color_option = click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR in the environment.")
stdin_filename_option = click.option(
    "--stdin-filename", metavar="PATH", default="<stdin>", help="Name of the notebook that comes from '-'."
)


def names_option(flag: str, text: str) -> Callable[[F], F]:
    """Return an option that takes names of rules and dimensions."""
    return click.option(
        flag, multiple=True, metavar="NAMES", callback=split_names, shell_complete=complete_names, help=text
    )


def fix_options(command: F) -> F:
    """Add the options that say which fixes to apply besides the safe ones."""
    template = click.option("--template", is_flag=True, help="Put in code with holes, too, marked TODO(nbprod).")
    unsafe = click.option("--unsafe", is_flag=True, help="Apply fixes that change behaviour, too.")
    return unsafe(template(command))
