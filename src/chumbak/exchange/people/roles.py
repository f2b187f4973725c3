"""Who may do what: roles are given and taken by an administrator, never to oneself, and some exclude each other."""

from __future__ import annotations

from sqlalchemy import delete, func, select

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.people import sessions
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.persons import (
    ADMINISTRATOR,
    AUDITOR,
    COLLECTOR,
    PRODUCER,
    RECYCLER,
    ROLES,
    TRADER,
    is_administrator,
    members,
    person,
)
from chumbak.exchange.refusal import N_, Refusal

# Who checks does not do what is checked; who gives roles does not check how they were used.
APART = {
    AUDITOR: frozenset({COLLECTOR, TRADER, RECYCLER, PRODUCER, ADMINISTRATOR}),
    ADMINISTRATOR: frozenset({AUDITOR, COLLECTOR, TRADER, RECYCLER, PRODUCER}),  # notes what the bank did
    PRODUCER: frozenset({AUDITOR, ADMINISTRATOR}),
    RECYCLER: frozenset({AUDITOR, ADMINISTRATOR}),
    COLLECTOR: frozenset({AUDITOR, ADMINISTRATOR}),
    TRADER: frozenset({AUDITOR, ADMINISTRATOR}),
}
NOT_OURS = N_("Only an administrator changes roles.")
ONESELF = N_("Nobody changes their own roles. Ask another administrator.")
DOERS = frozenset({COLLECTOR, TRADER, RECYCLER, PRODUCER})
OF_ONE_FIRM = N_("An auditor does not act for a firm that is audited.")
BOTH = N_("One person cannot be both: who checks does not do what is checked.")
LAST = N_("This is the last administrator. Give the role to somebody else first.")


def give(work: Work, id: str, role: str) -> None:
    """Give a role to a person; they sign in anew. Raises ``Refusal``."""
    _check_giver(work, id)
    if role not in ROLES:
        raise Refusal(N_("Choose a role."), field="role")
    found = person(work, id)
    if found.state != "active":
        raise Refusal(N_("This account is closed."), field="role")
    if role in found.roles:
        return
    for other in sorted(found.roles & APART.get(role, frozenset())):
        raise Refusal(BOTH, field="role", role=role, other=other)
    check_party(work, found.party, role)
    row = {"person": id, "role": role, "given_by": work.actor, "given_us": work.now_us}
    work.connection.execute(t.roles.insert().values(**row))
    _changed(work, id, "role-given", role)


def check_party(work: Work, party: str, role: str) -> None:
    """Refuse a role for a person of a party whose others audit what it does, or do what it audits."""
    held = {one for id in members(work, party) for one in person(work, id).roles}
    if (role == AUDITOR and held & DOERS) or (role in DOERS and AUDITOR in held):
        raise Refusal(OF_ONE_FIRM, field="role")


def take(work: Work, id: str, role: str) -> None:
    """Take a role from a person; they sign in anew. Raises ``Refusal``."""
    _check_giver(work, id)
    if role == ADMINISTRATOR and _administrators(work) == 1 and ADMINISTRATOR in person(work, id).roles:
        raise Refusal(LAST, field="role")
    mine = (t.roles.c.person == id) & (t.roles.c.role == role)
    if work.connection.execute(delete(t.roles).where(mine)).rowcount:
        _changed(work, id, "role-taken", role)


def suspend(work: Work, id: str, reason: str) -> None:
    """Close a person's account until it is opened again: they cannot sign in. Raises ``Refusal``."""
    _check_giver(work, id)
    if not reason.strip():
        raise Refusal(N_("Write the reason."), field="reason")
    if ADMINISTRATOR in person(work, id).roles and _administrators(work) == 1:
        raise Refusal(LAST, field="role")
    _set_state(work, id, "active", "suspended")
    sessions.end_all(work, id)
    work.audit("person-suspended", id, reason=reason.strip())


def restore(work: Work, id: str) -> None:
    """Open a person's account again. Raises ``Refusal``."""
    _check_giver(work, id)
    _set_state(work, id, "suspended", "active")
    work.audit("person-restored", id)


def _check_giver(work: Work, id: str) -> None:
    if not is_administrator(work):
        raise Refusal(NOT_OURS)
    if work.actor != SYSTEM and work.actor == id:
        raise Refusal(ONESELF, field="role")


def _administrators(work: Work) -> int:
    held = (t.roles.c.role == ADMINISTRATOR) & (t.persons.c.state == "active")
    counted = select(func.count()).select_from(t.roles.join(t.persons, t.persons.c.id == t.roles.c.person))
    return work.connection.execute(counted.where(held)).scalar_one()


def _set_state(work: Work, id: str, old: str, new: str) -> None:
    mine = (t.persons.c.id == id) & (t.persons.c.state == old)
    if work.connection.execute(t.persons.update().where(mine).values(state=new)).rowcount != 1:
        raise Refusal(N_("This account is not in the state for that. Open the page again."))


def _changed(work: Work, id: str, what: str, role: str) -> None:
    sessions.end_all(work, id)
    work.audit(what, id, role=role)
