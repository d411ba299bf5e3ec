"""Shows a checkup in the output of a cell: as widgets where somebody can use them, and as text and HTML everywhere.

Only the widgets that every front end brings along are used. The kernel can't write into other cells: a fix is shown
as a diff, with the cell as it would be, to be copied.
"""

import html
from collections.abc import Iterator
from typing import Any, Final

from nbprod.errors import NbprodError
from nbprod.kernel.checkup import Check, Checkup
from nbprod.output import View, text
from nbprod.output.fragment import Fragments
from nbprod.protocol import Severity

_WIDGET: Final = "application/vnd.jupyter.widget-view+json"
_SAVED: Final = "The same without widgets, as the saved notebook keeps it"
_CHOICES: Final = (
    ("Errors", Severity.ERROR),
    ("Errors and warnings", Severity.WARNING),
    ("Everything, with what only production insists on", Severity.INFO),
)


def bundles(checkup: Checkup, check: Check, show: Severity, *, with_widgets: bool) -> Iterator[dict[str, Any]]:
    """Yield what a cell displays, by MIME type: the panel, if there is one, and what a saved notebook keeps.

    Args:
        checkup: What to show.
        check: Makes a fresh one, for the button.
        show: The least severe findings to list at first.
        with_widgets: Somebody is there to use them.
    """
    fragments = fragments_of(checkup)
    static = fragments.whole(show)
    panel = _panel(fragments, check, show) if with_widgets else None
    if panel is not None:
        view = {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}
        yield {"text/plain": "nbprod: a panel of widgets", _WIDGET: view}
        static = f"<details><summary>{_SAVED}</summary>{static}</details>"  # the widgets end with the kernel
    plain = "".join(text.render([checkup.outcome], View(show=show)))
    yield {"text/plain": f"Read from {checkup.document.origin}.\n{plain}", "text/html": static}


def fragments_of(checkup: Checkup) -> Fragments:
    """The pieces of HTML for a checkup."""
    return Fragments(checkup.outcome, checkup.document.notebook, checkup.document.origin)


def _panel(fragments: Fragments, check: Check, show: Severity) -> Any:
    """The widgets; None where ipywidgets is not installed."""
    try:
        import ipywidgets  # noqa: PLC0415  -- an extra
    except ImportError:
        return None
    head, findings = ipywidgets.HTML(fragments.headline()), ipywidgets.HTML(fragments.findings(show))
    severity = ipywidgets.Dropdown(options=_CHOICES, value=show, description="Show", layout={"width": "max-content"})
    refresh = ipywidgets.Button(description="Check again", tooltip="Check the notebook as it is now")
    current = [fragments]

    def choose(_change: object) -> None:
        findings.value = current[0].findings(severity.value)

    def again(_button: object) -> None:  # on a thread of its own: it may set traits, and neither print nor display
        refresh.disabled = True
        try:
            current[0] = fragments_of(check())
            head.value, findings.value = current[0].headline(), current[0].findings(severity.value)
        except NbprodError as error:
            head.value = f'<div role="alert">{html.escape(str(error))}</div>'
        finally:
            refresh.disabled = False

    severity.observe(choose, "value")
    refresh.on_click(again)
    return ipywidgets.VBox([head, ipywidgets.HBox([severity, refresh]), findings])
