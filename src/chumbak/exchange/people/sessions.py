"""Sessions: a browser that is somebody's, by a random cookie of which only the hash is kept.

A session ends when it is idle for too long, when it is too old, when its person signs out (here or everywhere), when
their roles change, and when they are suspended or erased. It starts under a new token at every sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import delete, select

from chumbak.exchange.desk import Desk, Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR, Person, person

HOUR = 3_600_000_000
IDLE, LONGEST = 14 * 24 * HOUR, 90 * 24 * HOUR
IDLE_TRUSTED, LONGEST_TRUSTED = 1 * HOUR, 12 * HOUR  # of auditors and administrators
JOINING = 1 * HOUR  # from showing a phone to having joined
TOUCHED_EVERY = HOUR // 12  # a session's last use is written down no more often: reading a page writes nothing
TOKEN_BITS = 256


@dataclass(frozen=True, slots=True)
class Open:
    """A session that holds: of ``person``, or of somebody who has shown a phone and is joining."""

    id: str
    person: Person | None
    phone: str
    name: str
    role: str
    stale: bool


def new_token(desk: Desk) -> str:
    """Return a token that nobody can guess."""
    return f"{desk.random.getrandbits(TOKEN_BITS):064x}"


def hashed(token: str) -> str:
    """Return what is kept of a token. It is random and long: a plain hash is enough."""
    return sha256(token.encode()).hexdigest()


def start(work: Work, person_id: str) -> str:
    """Return the token of a new session of a person. Raises ``KeyError`` for nobody, or one who may not sign in."""
    found = person(work, person_id)
    if found.state != "active":
        raise KeyError(person_id)
    return _start(work, person_id, "", LONGEST_TRUSTED if _is_trusted(found) else LONGEST)


def start_joining(work: Work, phone: str) -> str:
    """Return the token of a session of somebody new, who has shown a phone."""
    return _start(work, None, phone, JOINING)


def call(work: Work, session: str, name: str, role: str) -> None:
    """Note the name and role of who is joining."""
    mine = (t.sessions.c.id == session) & t.sessions.c.person.is_(None)
    work.connection.execute(t.sessions.update().where(mine).values(joining_name=name, joining_role=role))


def find(work: Work, token: str) -> Open | None:
    """Return the session of a token, None if none holds."""
    row = work.connection.execute(select(t.sessions).where(t.sessions.c.token_hash == hashed(token))).one_or_none()
    if row is None or row.ends_us <= work.now_us:
        return None
    found = person(work, row.person) if row.person else None
    idle = IDLE_TRUSTED if found and _is_trusted(found) else IDLE
    if (found and found.state != "active") or row.seen_us + idle <= work.now_us:
        return None
    stale = row.seen_us + TOUCHED_EVERY <= work.now_us
    return Open(row.id, found, row.joining_phone, row.joining_name, row.joining_role, stale)


def touch(work: Work, session: str) -> None:
    """Note that a session is in use."""
    work.connection.execute(t.sessions.update().where(t.sessions.c.id == session).values(seen_us=work.now_us))


def end(work: Work, token: str) -> None:
    """End the session of a token."""
    work.connection.execute(delete(t.sessions).where(t.sessions.c.token_hash == hashed(token)))


def end_all(work: Work, person_id: str) -> None:
    """End every session of a person."""
    work.connection.execute(delete(t.sessions).where(t.sessions.c.person == person_id))


def count(work: Work, person_id: str) -> int:
    """Return in how many browsers a person is signed in."""
    rows = select(t.sessions.c.id).where((t.sessions.c.person == person_id) & (t.sessions.c.ends_us > work.now_us))
    return len(work.connection.execute(rows).all())


def _start(work: Work, person_id: str | None, phone: str, lasts: int) -> str:
    work.connection.execute(delete(t.sessions).where(t.sessions.c.ends_us <= work.now_us))
    token = new_token(work.desk)
    row = {
        "id": work.new_id("session"), "token_hash": hashed(token), "person": person_id, "joining_phone": phone,
        "joining_name": "", "joining_role": "", "made_us": work.now_us, "seen_us": work.now_us,
        "ends_us": work.now_us + lasts,
    }  # fmt: skip
    work.connection.execute(t.sessions.insert().values(**row))
    return token


def _is_trusted(found: Person) -> bool:
    return bool(found.roles & {AUDITOR, ADMINISTRATOR})
