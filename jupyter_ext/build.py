"""Build hook: compile the front end, unless an sdist already carries it."""

import os
from pathlib import Path

from hatch_jupyter_builder import npm_builder

ASSETS = Path("src/nbprod/labextension/static/style.js")


def build(target_name: str, version: str, **options: object) -> None:
    """Compile with jlpm.

    Only an unpacked sdist has PKG-INFO at its root: its assets are as released, and it must install
    without Node. A checkout is always compiled again, so that no stale bundle is ever packaged; only
    with NBPROD_FRONT_END=skip in the environment is it installed as it is, for the command line alone.
    """
    if Path("PKG-INFO").exists() and ASSETS.exists():
        return
    if os.environ.get("NBPROD_FRONT_END") == "skip":
        ASSETS.parent.mkdir(parents=True, exist_ok=True)  # the wheel names the folder, so it must be there
        return
    npm_builder(target_name, version, **options)
    if not ASSETS.exists():
        raise RuntimeError(f"{ASSETS} was not built: see the messages of jlpm above")
