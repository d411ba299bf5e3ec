"""`nbprod completion`: set up completion in a shell."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, *, shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands, options and the names of rules.

    \b
    bash, in ~/.bashrc:  eval "$(nbprod completion bash)"
    zsh, in ~/.zshrc:    eval "$(nbprod completion zsh)"
    fish:                nbprod completion fish > ~/.config/fish/completions/nbprod.fish
    """  # noqa: D301  -- click looks for the control character
    completer = get_completion_class(shell)
    if completer is not None:
        click.echo(completer(ctx.find_root().command, {}, "nbprod", "_NBPROD_COMPLETE").source())
