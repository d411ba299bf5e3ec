"""A jupyter_server extension: it answers the front end where the kernel can't."""

from typing import Any


def _load_jupyter_server_extension(server: Any) -> None:
    """Add the handler to a running jupyter_server."""
    from nbprod.server.handlers import routes  # noqa: PLC0415  -- needs jupyter_server

    server.web_app.add_handlers(".*$", routes(server.web_app.settings["base_url"]))
