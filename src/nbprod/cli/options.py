"""Options and arguments that several commands share."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import click

from nbprod.config import FailOn
from nbprod.output.formats import FORMATS
from nbprod.protocol import Dimension, Profile, Severity

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
fail_on_option = click.option(
    "--fail-on", **one_of(FailOn), help="Exit with 1 from this severity on [warning; error to explore]."
)
show_option = click.option(
    "--show",
    **one_of(Severity),
    default=Severity.WARNING.value,
    show_default=True,
    help="List findings from this severity on; the others are counted.",
)
exit_zero_option = click.option("--exit-zero", is_flag=True, help="Exit with 0 where it would be 1.")
no_color_option = click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR in the environment.")
stdin_filename_option = click.option(
    "--stdin-filename", metavar="PATH", default="<stdin>", help="Name of the notebook that comes from '-'."
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Use at most N processes [number of cores]."
)
force_exclude_option = click.option(
    "--force-exclude", is_flag=True, help="Leave out what the configuration excludes even if it is named."
)


def names_option(flag: str, text: str) -> Callable[[F], F]:
    """Return an option that takes names of rules and dimensions."""
    return click.option(
        flag, multiple=True, metavar="NAMES", callback=split_names, shell_complete=complete_names, help=text
    )


def output_options(command: F) -> F:
    """Add the options that say in which formats reports are written, and where to."""
    file = click.option("--output-file", metavar="FILE", help="Write to this file instead of standard output.")
    format_ = click.option(
        "--output-format",
        multiple=True,
        metavar="FORMAT[:FILE]",
        shell_complete=complete_formats,
        help=f"One of {', '.join(FORMATS)}. May be given several times, once without a file  [default: text]",
    )
    return format_(file(command))


def complete_formats(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Suggest formats to the shell."""
    return [name for name in FORMATS if name.startswith(incomplete)]


def fix_options(command: F) -> F:
    """Add the options that say which fixes to apply besides the safe ones."""
    template = click.option("--template", is_flag=True, help="Put in code with holes, too, marked TODO(nbprod).")
    unsafe = click.option("--unsafe", is_flag=True, help="Apply fixes that change behaviour, too.")
    return unsafe(template(command))


def cache_options(command: F) -> F:
    """Add the options that say whether and where results are kept."""
    fresh = click.option("--no-cache", is_flag=True, help="Check everything anew, and keep no results.")
    folder = click.option(
        "--cache-dir",
        metavar="FOLDER",
        envvar="NBPROD_CACHE_DIR",
        show_envvar=True,
        help="Keep results in this folder instead of .nbprod_cache in the project.",
    )
    return fresh(folder(command))


def limit_options(command: F) -> F:
    """Add the options that say what one notebook may take."""
    time = click.option(
        "--time-limit",
        type=click.FloatRange(min=0.1),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="Give up on a notebook after this time.",
    )
    memory = click.option(
        "--memory-limit",
        type=click.IntRange(min=200),
        default=2000,
        show_default=True,
        metavar="MB",
        help="Give up on a notebook that takes more memory.",
    )
    return time(memory(command))
