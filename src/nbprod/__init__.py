"""nbprod finds the assumptions that keep a notebook from production, and offers the fix.

>>> import nbprod
>>> report = nbprod.check("churn.ipynb")
>>> repaired = nbprod.fix("churn.ipynb")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbprod.api import check, fix
    from nbprod.protocol import Report

__all__ = ["Report", "__version__", "check", "fix"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load the analyser when it is first asked for: `import nbprod` itself costs nothing."""
    if name in {"check", "fix"}:
        from nbprod import api  # noqa: PLC0415

        return getattr(api, name)
    if name == "Report":
        from nbprod.protocol import Report  # noqa: PLC0415

        return Report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "nbprod"}]


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nbprod.server"}]


def load_ipython_extension(shell: Any) -> None:
    """Register `%nbprod`; `%load_ext nbprod` calls this."""
    from nbprod.kernel.magics import load  # noqa: PLC0415

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take `%nbprod` out again."""
    from nbprod.kernel.magics import unload  # noqa: PLC0415

    unload(shell)
