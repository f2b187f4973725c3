"""Sessions, tokens of forms, limits of rate, headers: what stands before every page.

(First cut by the lead so that pages can run: sessions live in memory. Helper E makes it whole, keeping these names.)
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response

from chumbak.exchange.desk import Desk
from chumbak.exchange.refusal import N_, Refusal

if TYPE_CHECKING:
    from chumbak.exchange.people.persons import Person
    from chumbak.exchange.web.asked import Asked

COOKIE = "session"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self)",
}  # fmt: skip


class TooMany(Exception):  # noqa: N818
    """Too many requests; ``seconds`` to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass
class Session:
    """Who uses this browser, and the token of its forms; ``fresh`` if the cookie has to be set."""

    token: str
    csrf: str
    person: Person | None = None
    fresh: bool = False


_sessions: dict[str, tuple[str, str]] = {}  # token: token of forms, person


def open_session(desk: Desk, cookies: dict[str, str]) -> Session:
    """Return the session of a browser, a new one if its cookie is none of ours."""
    from chumbak.exchange.people.persons import person

    token = cookies.get(COOKIE, "")
    if token not in _sessions:
        token = secrets.token_urlsafe(24)
        _sessions[token] = (secrets.token_urlsafe(24), "")
        return Session(token, _sessions[token][0], None, True)
    csrf, id = _sessions[token]
    if not id:
        return Session(token, csrf)
    with desk.read() as work:
        return Session(token, csrf, person(work, id))


def new_session(desk: Desk, person: str) -> str:
    """Return the cookie of a new session of a person."""
    token = secrets.token_urlsafe(24)
    _sessions[token] = (secrets.token_urlsafe(24), person)
    return token


def sign_in(desk: Desk, asked: Asked, person: str) -> None:
    """Have this browser be a person's, under a new token."""
    _sessions.pop(asked.session.token, None)
    token = new_session(desk, person)
    asked.session = Session(token, _sessions[token][0], None, True)


def check_form(session: Session, token: str) -> None:
    """Refuse a form that was not made for this session."""
    if not hmac.compare_digest(session.csrf, token):
        raise Refusal(N_("This form is too old. Open the page again and fill it in once more."))


def take(asked: Asked) -> None:
    """Count a form sent. Raises ``TooMany``."""


def is_ours(path: str) -> bool:
    """Whether an address to go on to is a path of this site."""
    parts = urlsplit(path)
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme


def finish(answer: Response, asked: Asked) -> Response:
    """Set what every answer carries."""
    for name, value in HEADERS.items():
        answer.headers[name] = value
    answer.headers.setdefault("Cache-Control", "no-store")
    if asked.session.fresh:
        answer.set_cookie(
            COOKIE, asked.session.token, httponly=True, samesite="lax", secure=asked.desk.settings.secure_cookies
        )
    return answer
