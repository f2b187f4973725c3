"""What stands before every page: whose browser this is, tokens of forms, limits of rate, headers.

A browser has one cookie. That of nobody in particular carries its own proof and is written down nowhere; that of a
session is random, and its hash is in the database. The token of a form is worked out from the cookie: it holds for
this browser only, before signing in as after it, and ends with the cookie. A second cookie, set at signing in, knows
the handset again when somebody else signs in with it: whoever looks at limits sees that one handset is many people.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response

from chumbak.custody.web.limits import Buckets, Limits
from chumbak.custody.web.problems import ProblemError
from chumbak.exchange.desk import Desk
from chumbak.exchange.people import persons, sessions
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust import links

if TYPE_CHECKING:
    from chumbak.exchange.people.persons import Person
    from chumbak.exchange.web.asked import Asked

COOKIE = "session"
HANDSET = "handset"
HOST_ONLY = "__Host-"  # a name by which browsers take the cookie from this host only, and only over a safe line
YEAR = 31_536_000  # seconds
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self)",
}  # fmt: skip
# Forms a second of one person, and of one address that has not signed in: many homes share that of a mobile network.
_BY_PERSON = Buckets(Limits(rate=4, burst=240))
_BY_ADDRESS = Buckets(Limits(rate=20, burst=400))
_SEARCHES = Buckets(Limits(rate=0.1, burst=20))  # of everything there is, by one person


_HANDSET = re.compile(r"[0-9a-f]{64}")


class TooMany(Exception):  # noqa: N818
    """Too many requests; ``seconds`` to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Joining:
    """Somebody who has shown a phone and has no account yet; ``name`` and ``role`` once they are told."""

    session: str
    phone: str
    name: str
    role: str


@dataclass
class Session:
    """Who uses this browser, and the token of its forms; ``fresh`` if the cookie has to be set.

    ``handset`` is the second cookie, "" where it is not set yet.
    """

    token: str
    csrf: str
    person: Person | None = None
    fresh: bool = False
    joining: Joining | None = None
    handset: str = ""

    @property
    def lasts(self) -> bool:
        """Whether the cookie stays when the browser is closed."""
        return self.person is not None


def cookie_name(desk: Desk, name: str = COOKIE) -> str:
    """Return the name of a cookie."""
    return HOST_ONLY + name if desk.settings.secure_cookies else name


def open_session(desk: Desk, cookies: Mapping[str, str]) -> Session:
    """Return the session of a browser, a new one of nobody if its cookie is none of ours or holds no more."""
    made = _opened(desk, cookies)
    handset = cookies.get(cookie_name(desk, HANDSET), "")
    made.handset = handset if _HANDSET.fullmatch(handset) else ""
    return made


def _opened(desk: Desk, cookies: Mapping[str, str]) -> Session:
    token = cookies.get(cookie_name(desk), "")
    if not token or _is_anonymous(desk, token):
        return _session(desk, token) if token else _nobody(desk)
    with desk.read() as work:
        found = sessions.find(work, token)
    if found is None:
        return _nobody(desk)
    if found.stale:
        with desk.work("system") as work:
            sessions.touch(work, found.id)
    made = _session(desk, token)
    made.person = found.person
    made.joining = None if found.person else Joining(found.id, found.phone, found.name, found.role)
    return made


def new_session(desk: Desk, person: str) -> str:
    """Return the token of a new session of a person."""
    with desk.work(person) as work:
        return sessions.start(work, person)


def sign_in(desk: Desk, asked: Asked, person: str) -> None:
    """Have this browser be a person's, under a new token; what it was before ends."""
    with desk.work(person) as work:
        sessions.end(work, asked.session.token)
        token = sessions.start(work, person)
        work.audit("signed-in", person)
        handset = asked.session.handset or sessions.new_token(desk)
        if not desk.settings.show_messages:  # in an invented town one handset is everybody
            links.link(work, persons.person(work, person).party, "session", desk.keyed("handset", handset))
    _change(desk, asked, token)
    asked.session.handset = handset


def start_joining(desk: Desk, asked: Asked, phone: str) -> None:
    """Have this browser be that of somebody new, who has shown a phone."""
    with desk.work() as work:
        sessions.end(work, asked.session.token)
        token = sessions.start_joining(work, phone)
    _change(desk, asked, token)


def sign_out(desk: Desk, asked: Asked, everywhere: bool = False) -> None:
    """Have this browser be nobody's; with ``everywhere`` also all others of the person."""
    with desk.work(asked.actor) as work:
        sessions.end(work, asked.session.token)
        if everywhere and asked.person:
            sessions.end_all(work, asked.person.id)
            work.audit("signed-out-everywhere", asked.person.id)
    handset = asked.session.handset
    asked.session, asked.person = _nobody(desk), None
    asked.session.handset = handset


def check_form(session: Session, token: str) -> None:
    """Refuse a form that was not made for this session."""
    if not hmac.compare_digest(session.csrf.encode(), token.encode()):
        raise Refusal(N_("This form is too old. Open the page again and fill it in once more."))


def take(asked: Asked) -> None:
    """Count a form sent. Raises ``TooMany``."""
    _take(asked, _BY_PERSON if asked.person else _BY_ADDRESS)


def take_search(asked: Asked) -> None:
    """Count a page that reads all that there is. Raises ``TooMany``."""
    _take(asked, _SEARCHES)


def _take(asked: Asked, buckets: Buckets) -> None:
    which = sha256(asked.desk.secret).hexdigest()[:16]
    who = asked.person.id if asked.person else asked.address
    try:
        buckets.take(f"{which} {who}")
    except ProblemError as problem:
        raise TooMany(int(problem.headers["Retry-After"])) from None


def address(proxies: tuple[str, ...], peer: str, forwarded: Sequence[str]) -> str:
    """Return where a request comes from: the peer of the socket, or whom proxies that are believed say it is.

    Each proxy adds at the end of ``X-Forwarded-For`` (``forwarded``: its lines) who asked it. So the last one that is
    no proxy of ours counts: whatever stands before it was written by who asks.
    """
    known, found = _networks(proxies), _ip(peer)
    if not known or found is None:
        return peer
    hops = [one.strip() for line in forwarded for one in line.split(",")]
    while any(found in network for network in known) and hops:
        before = _ip(hops.pop())
        if before is None:
            break
        found = before
    return str(found)


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text, strict=False) for text in texts)


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, without its port or brackets, None for what is none."""
    for plain in (text, text.strip("[]"), text.rpartition(":")[0].strip("[]")):
        with suppress(ValueError):
            found = ip_address(plain)
            return getattr(found, "ipv4_mapped", None) or found
    return None


def is_ours(path: str) -> bool:
    """Whether an address to go on to is a path of this site."""
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    plain = path.isprintable() and path.startswith("/") and not path.startswith(("//", "/\\"))
    return plain and not parts.netloc and not parts.scheme


def finish(answer: Response, asked: Asked) -> Response:
    """Set what every answer carries."""
    secure = asked.desk.settings.secure_cookies
    for name, value in HEADERS.items():
        answer.headers[name] = value
    if secure:
        answer.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
    answer.headers.setdefault("Cache-Control", "no-store")
    if asked.session.fresh:
        lasts = sessions.LONGEST // 1_000_000 if asked.session.lasts else None
        answer.set_cookie(
            cookie_name(asked.desk), asked.session.token, max_age=lasts, httponly=True, samesite="lax", secure=secure
        )
        if asked.session.handset:
            name = cookie_name(asked.desk, HANDSET)
            kept = asked.session.handset
            answer.set_cookie(name, kept, max_age=YEAR, httponly=True, samesite="lax", secure=secure)
    return answer


def nobody(desk: Desk) -> Session:
    """Return a session of nobody that leaves the cookie of the browser as it is."""
    made = _nobody(desk)
    made.fresh = False
    return made


def _nobody(desk: Desk) -> Session:
    nonce = sessions.new_token(desk)[:32]
    made = _session(desk, f"a.{nonce}.{_proof(desk, nonce)}")
    made.fresh = True
    return made


def _is_anonymous(desk: Desk, token: str) -> bool:
    kind, _, rest = token.partition(".")
    nonce, _, proof = rest.partition(".")
    return kind == "a" and hmac.compare_digest(proof.encode(), _proof(desk, nonce).encode())


def _proof(desk: Desk, nonce: str) -> str:
    return hmac.new(desk.secret, f"cookie\0{nonce}".encode(), sha256).hexdigest()[:32]


def _session(desk: Desk, token: str) -> Session:
    return Session(token, hmac.new(desk.secret, f"form\0{token}".encode(), sha256).hexdigest())


def _change(desk: Desk, asked: Asked, token: str) -> None:
    asked.session = open_session(desk, {cookie_name(desk): token})
    asked.session.fresh, asked.person = True, asked.session.person
