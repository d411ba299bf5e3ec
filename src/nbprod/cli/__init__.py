"""The command line. Each command is a module of its own, imported when it is called."""

import sys
from importlib import import_module
from typing import Any

import click

from nbprod import __version__
from nbprod.errors import NbprodError

COMMANDS = ("init", "check", "fix", "run", "score", "trend", "rules", "rule", "config", "completion")
_MODULES = {"run": "execute"}
"""The modules of those commands whose name another module has."""

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130  # as shells report a process ended by Ctrl-C ...
EXIT_PIPE_CLOSED = 141  # ... and one whose reader went away


class Commands(click.Group):
    """Finds commands by the names of their modules, and turns exceptions into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"nbprod.cli.{_MODULES.get(cmd_name, cmd_name)}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises decides the exit code."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except NbprodError as error:
            raise _Usage(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(EXIT_INTERRUPTED)
        except BrokenPipeError:
            _silence_stdout()
            ctx.exit(EXIT_PIPE_CLOSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception:  # noqa: BLE001  -- the last line of defence
            _report_bug()
            ctx.exit(EXIT_INTERNAL)
        return result


class _Usage(click.ClickException):
    """A mistake of the user's, shown without a traceback."""

    exit_code = EXIT_USAGE

    def show(self, file: Any = None) -> None:  # noqa: ARG002  -- as click declares it
        from nbprod.output.terminal import clean_start  # noqa: PLC0415

        click.echo(clean_start(f"Error: {self.message}"), err=True)


def _report_bug() -> None:
    import traceback  # noqa: PLC0415  -- only when something failed

    from nbprod.output.terminal import clean  # noqa: PLC0415

    for line in traceback.format_exc().splitlines():
        click.echo(f"  {clean(line)}", err=True)
    click.echo("Error: nbprod failed. Please report this as a bug, with the lines above.", err=True)


def _silence_stdout() -> None:
    """Keep Python from complaining at exit that it can't flush to a reader who has gone."""
    import os  # noqa: PLC0415

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # not a real file: nothing to keep quiet
        return


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nbprod", message="%(prog)s %(version)s")
def main() -> None:
    """Find the assumptions that keep a notebook from production.

    Start with `nbprod check FOLDER`; `nbprod rule NAME` explains what it finds.
    """
