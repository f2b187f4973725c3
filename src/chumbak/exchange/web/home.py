"""The front page: three doors, for a home, a trader and a plant."""

from __future__ import annotations

from starlette.responses import Response

from chumbak.exchange.web.asked import Asked, Page, view


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [Page("/", home), Page("/help", help_page)]


def home(asked: Asked) -> Response:
    """Show the doors."""
    return view(asked, "home.html")


def help_page(asked: Asked) -> Response:
    """Say what this is, who runs it, and what becomes of data."""
    return view(asked, "help.html")
