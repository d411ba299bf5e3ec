"""Build hook: compile the front end, unless an sdist already carries it."""

from pathlib import Path

from hatch_jupyter_builder import npm_builder

ASSETS = Path("src/nbprod/labextension/static/style.js")


def build(target_name: str, version: str, **options: object) -> None:
    """Compile with jlpm.

    Only an unpacked sdist has PKG-INFO at its root: its assets are as released, and it must install
    without Node. A checkout is always compiled again, so that no stale bundle is ever packaged.
    """
    if Path("PKG-INFO").exists() and ASSETS.exists():
        return
    npm_builder(target_name, version, **options)
