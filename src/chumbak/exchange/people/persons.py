"""Persons and the parties that they act for.

An id says nothing about who it is. Names, phones and places are in rows of their own that can be erased; what others
keep names the id only, and custody the party's URI.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import SYSTEM, Desk, Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.phones import plain_phone
from chumbak.exchange.refusal import N_, Refusal

CITIZEN, COLLECTOR, TRADER, RECYCLER = "citizen", "collector", "trader", "recycler"
AUDITOR, ADMINISTRATOR, PRODUCER = "auditor", "administrator", "producer"
ROLES = (CITIZEN, COLLECTOR, TRADER, RECYCLER, AUDITOR, ADMINISTRATOR, PRODUCER)
OPEN = (CITIZEN, TRADER)  # who joins may be one of these; the others an administrator gives
KIND_OF = {
    CITIZEN: "household", COLLECTOR: "trader", TRADER: "trader", RECYCLER: "recycler", AUDITOR: "office",
    ADMINISTRATOR: "office", PRODUCER: "producer",
}  # fmt: skip
LONGEST = 100  # letters of a name
MOVED = N_("Your account has another phone now. If that was not you, tell who runs this exchange at once.")


@dataclass(frozen=True, slots=True)
class Person:
    """A person. Of one who was erased ``name`` and ``phone`` are "" and ``roles`` none."""

    id: str
    party: str
    name: str
    phone: str
    language: str
    roles: frozenset[str]
    state: str


@dataclass(frozen=True, slots=True)
class Party:
    """Who owns, sells and is paid.

    ``kind`` is one of ``tables.KINDS``, ``registered`` whether for tax (``registration`` is the number), ``ladder`` the
    steps to formal status that it went (see ``ladder.py``), ``place`` a place of the catalogue or as it was written.
    """

    id: str
    kind: str
    name: str
    place: str
    registered: bool
    registration: str
    ladder: frozenset[str] = frozenset()


def person(work: Work, id: str) -> Person:
    """Return a person. Raises ``KeyError`` for an id that is none."""
    joined = t.persons.outerjoin(t.person_about)
    row = work.connection.execute(
        select(t.persons, t.person_about.c.name, t.person_about.c.phone, t.person_about.c.language)
        .select_from(joined).where(t.persons.c.id == id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise KeyError(id)
    given = select(t.roles.c.role).where(t.roles.c.person == id)
    roles = frozenset(work.connection.execute(given).scalars()) if row.state == "active" else frozenset()
    language = row.language or work.settings.languages[0]
    return Person(row.id, row.party, row.name or "", row.phone or "", language, roles, row.state)


def party(work: Work, id: str) -> Party:
    """Return a party with the steps it went. Raises ``KeyError`` for an id that is none."""
    from chumbak.exchange.people.ladder import steps_gone

    row = work.connection.execute(
        select(t.parties, t.party_about.c.name, t.party_about.c.place, t.party_about.c.registration)
        .select_from(t.parties.outerjoin(t.party_about)).where(t.parties.c.id == id)
    ).one_or_none()  # fmt: skip
    if row is None:
        raise KeyError(id)
    found = Party(row.id, row.kind, row.name or "", row.place or "", row.registered, row.registration or "")
    return replace(found, ladder=steps_gone(work, found))


def members(work: Work, party_id: str) -> list[str]:
    """Return the ids of the persons who act for a party, those erased left out."""
    mine = (t.persons.c.party == party_id) & (t.persons.c.state != "erased")
    return list(work.connection.execute(select(t.persons.c.id).where(mine).order_by(t.persons.c.id)).scalars())


def person_of_phone(work: Work, phone: str) -> Person | None:
    """Return who has a phone, None for nobody. Raises ``Refusal`` for what is no phone number."""
    key = work.desk.keyed("phone", plain_phone(work.settings, work.catalogue.country, phone))
    id = work.connection.execute(
        select(t.person_about.c.person).where(t.person_about.c.phone_key == key)
    ).scalar_one_or_none()
    return person(work, id) if id else None


def party_uri(desk: Desk, party_id: str) -> str:
    """Return the name of a party in custody."""
    return desk.uri("party", party_id)


def register(
    work: Work, phone: str, name: str, place: str, role: str, *, kind: str = "", language: str = "", party: str = "",
    registered: bool = False, registration: str = "",
) -> Person:  # fmt: skip
    """Make a person, who acts for a new party of a ``kind`` (that of the role if not given) or for an old ``party``.

    Anybody may become a citizen or trader; other roles, a tax registration and an old party are given by an
    administrator, or by the system. Raises ``Refusal``, also for a phone that is known.
    """
    _check_allowed(work, role, bool(party or registered))
    called = checked_name(name)
    number = plain_phone(work.settings, work.catalogue.country, phone)
    if not place.strip():
        raise Refusal(N_("Say where you are: choose a place."), field="place")
    spoken = language if language in work.settings.languages else work.settings.languages[0]
    id, now = work.new_id("person"), work.now_us
    run = work.connection.execute
    if party:
        from chumbak.exchange.people.roles import check_party

        check_party(work, party, role)
    else:
        party = work.new_id("party")
        made = {"id": party, "kind": kind or KIND_OF[role], "registered": registered, "made_us": now}
        run(t.parties.insert().values(**made))
        about = {"party": party, "name": called, "place": place.strip()[:LONGEST], "registration": registration}
        run(t.party_about.insert().values(**about))
    run(t.persons.insert().values(id=id, party=party, state="active", made_us=now))
    told = {"person": id, "name": called, "phone": number, "phone_key": work.desk.keyed("phone", number)}
    try:
        with work.connection.begin_nested():
            run(t.person_about.insert().values(**told, language=spoken))
    except IntegrityError:
        raise Refusal(N_("Somebody has joined with this phone before. Sign in with it."), field="phone") from None
    run(t.roles.insert().values(person=id, role=role, given_by=work.actor or id, given_us=now))
    known_by(work, party, number)
    work.audit("person-joined", id, role=role, party=party)
    return person(work, id)


def rename(work: Work, id: str, name: str) -> None:
    """Set a person's name, and that of a party for which nobody else acts. Raises ``Refusal``."""
    called, found = checked_name(name), person(work, id)
    work.connection.execute(t.person_about.update().where(t.person_about.c.person == id).values(name=called))
    if members(work, found.party) == [id]:
        mine = t.party_about.c.party == found.party
        work.connection.execute(t.party_about.update().where(mine).values(name=called))
    work.audit("person-renamed", id)


def move(work: Work, id: str, place: str) -> None:
    """Set where a person's party is. Raises ``Refusal``."""
    if not place.strip():
        raise Refusal(N_("Say where you are: choose a place."), field="place")
    mine = t.party_about.c.party == person(work, id).party
    work.connection.execute(t.party_about.update().where(mine).values(place=place.strip()[:LONGEST]))
    work.audit("party-moved", person(work, id).party)


def change_phone(work: Work, id: str, phone: str) -> None:
    """Set a person's phone, which they have shown by a code; the old one is told. Raises ``Refusal`` if it is known."""
    from chumbak.exchange.people.sessions import end_all

    old, number = person(work, id), plain_phone(work.settings, work.catalogue.country, phone)
    told = {"phone": number, "phone_key": work.desk.keyed("phone", number)}
    try:
        with work.connection.begin_nested():
            work.connection.execute(t.person_about.update().where(t.person_about.c.person == id).values(**told))
    except IntegrityError:
        raise Refusal(N_("Somebody has joined with this phone before. Sign in with it."), field="code") from None
    known_by(work, old.party, number)
    end_all(work, id)
    work.text(old.phone, MOVED, old.language)
    work.audit("phone-changed", id)


def known_by(work: Work, party_id: str, number: str) -> None:
    """Note the keyed hash of a party's phone for who looks at limits: also of one that was erased and comes again."""
    from chumbak.exchange.trust import links

    links.link(work, party_id, "phone", work.desk.keyed("phone", number))


def speak(work: Work, id: str, language: str) -> None:
    """Set the language of a person's messages; one that is not spoken here changes nothing."""
    if language in work.settings.languages:
        mine = t.person_about.c.person == id
        work.connection.execute(t.person_about.update().where(mine).values(language=language))


def found_by(work: Work, text: str, after: str = "", most: int = 50) -> list[Person]:
    """Return persons by id, phone or how a part of their name begins, in the order of ids, from behind ``after``."""
    wanted: Any = t.persons.c.id > after
    if text:
        part = "".join(sign for sign in text.lower() if sign not in "%_") + "%"
        key = _key_if_phone(work, text)
        called = func.lower(t.person_about.c.name)
        named = called.like(part) | called.like(f"% {part}")
        wanted &= (t.persons.c.id == text) | (t.person_about.c.phone_key == key) | named
    chosen = select(t.persons.c.id).select_from(t.persons.outerjoin(t.person_about)).where(wanted)
    ids = work.connection.execute(chosen.order_by(t.persons.c.id).limit(most)).scalars()
    return [person(work, id) for id in list(ids)]


_JOINERS = "\u200c\u200d"  # signs that cannot be seen and that many scripts need


def checked_name(name: str) -> str:
    """Return a name without needless blanks. Raises ``Refusal`` for none, or one that is too long."""
    called = " ".join(name.split())
    if not called:
        raise Refusal(N_("Write your name."), field="name")
    if any(unicodedata.category(sign) in ("Cc", "Cf") and sign not in _JOINERS for sign in called):
        raise Refusal(N_("A sign in this name cannot be seen. Type the name anew, without copying it."), field="name")
    if len(called) > LONGEST:
        raise Refusal(N_("This name is too long: %(most)s letters at most."), field="name", most=LONGEST)
    return called


def is_administrator(work: Work) -> bool:
    """Whether who acts is an administrator, or the system itself."""
    if work.actor in ("", SYSTEM):
        return work.actor == SYSTEM
    return ADMINISTRATOR in person(work, work.actor).roles


def _check_allowed(work: Work, role: str, given: bool) -> None:
    if role not in ROLES:
        raise ValueError(f"No role: {role}")
    if (role not in OPEN or given) and not is_administrator(work):
        raise Refusal(N_("Only an administrator gives this role."), field="role")


def _key_if_phone(work: Work, text: str) -> str:
    try:
        return work.desk.keyed("phone", plain_phone(work.settings, work.catalogue.country, text))
    except Refusal:
        return ""
