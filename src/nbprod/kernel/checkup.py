"""Checks the notebook that a shell runs, with the session as witness."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from nbprod.api import Checker, known_rules
from nbprod.config import Configuration, Overrides
from nbprod.evidence import Witness
from nbprod.kernel.document import Document, find_document, is_watched
from nbprod.output import Outcome
from nbprod.protocol import Profile


class Checkup(Struct, frozen=True):
    """What came of the notebook, and where its cells were found."""

    document: Document
    outcome: Outcome


Check = Callable[[], Checkup]
"""Finds the notebook as it is now, and checks it."""


def check_shell(shell: Any, witness: Witness, profile: Profile | None = None, cell_id: str | None = None) -> Checkup:
    """Check the notebook that runs in a shell.

    Args:
        shell: The `InteractiveShell` of the user's session.
        witness: Who knows that session.
        profile: What to check for; None takes the project's. Where it names none, that is "explore" with somebody at
            the notebook and "production" in an unattended run.
        cell_id: A cell of the notebook that is meant, where several share the kernel.

    Raises:
        ConfigError: The configuration of the notebook's folder is wrong.
    """
    document = find_document(shell, cell_id)
    checker = Checker(Configuration(known_rules(), Overrides(profile=profile)), edits=True)
    default = Profile.EXPLORE if is_watched(shell) else Profile.PRODUCTION
    return Checkup(document, checker.check_notebook(document.notebook, default, witness=witness))
