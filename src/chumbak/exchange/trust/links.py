"""What parties use, as keyed hashes, and who is related by it. ``link`` is called wherever such a thing is learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select

from chumbak.exchange.refusal import N_
from chumbak.exchange.trust import tables
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.related import Graph, Link, Step, joins
from chumbak.exchange.trust.windows import DAY_US

if TYPE_CHECKING:
    from chumbak.exchange.desk import Work

# An address is told apart from what joins: neighbours of one house are not one family.
KINDS = {
    "payee": N_("the same payee handle or bank account"),
    "phone": N_("the same phone"),
    "session": N_("the same handset"),
    "document": N_("the same document"),
    "address": N_("the same address"),
}
JOINING = tuple(kind for kind in KINDS if kind != "address")


def link(work: Work, party: str, kind: str, key: str) -> None:
    """Note that a party uses a thing, known by ``desk.keyed(kind, text)``. Raises ``KeyError`` for another kind."""
    KINDS[kind]
    same = (tables.link.c.party == party, tables.link.c.kind == kind, tables.link.c.key == key)
    if not work.connection.execute(tables.link.update().where(*same).values(at_us=work.now_us)).rowcount:
        row = {"party": party, "kind": kind, "key": key, "at_us": work.now_us}
        work.connection.execute(tables.link.insert().values(**row))


def graph(work: Work, party: str, kinds: tuple[str, ...] = JOINING) -> Graph:
    """Return the links around a party, as far as they reach."""
    links: dict[tuple[str, str, str], Link] = {}
    since = work.now_us - policy_of(work.settings).link_days * DAY_US
    fresh, asked, known = {party}, set[tuple[str, str]](), {party}
    while fresh:
        found = _select(work, tables.link.c.party.in_(sorted(fresh)), since, kinds)
        things = {(one.kind, one.key) for one in found} - asked
        asked |= things
        shared = [one for kind, key in sorted(things) for one in _users(work, kind, key, since)]
        for one in shared:
            links[one.party, one.kind, one.key] = one
        fresh = {one.party for one in shared} - known
        known |= fresh
    return Graph(links.values())


def group(work: Work, party: str) -> list[str]:
    """Return all who are related to a party, itself among them."""
    return graph(work, party).group(party)


def why_related(work: Work, party: str, other: str, kinds: tuple[str, ...] = tuple(KINDS)) -> list[Step] | None:
    """Return by what two parties are related ([] if they are one), None if nothing is known to relate them."""
    return graph(work, party, kinds).path(party, other)


def said(steps: list[Step]) -> str:
    """Return by what two are related, as a text to translate: the first thing of the chain that is shared."""
    return KINDS[steps[0].kind] if steps else N_("one and the same")


def forget(work: Work) -> None:
    """Remove links that were not seen for the policy's days."""
    since = work.now_us - policy_of(work.settings).link_days * DAY_US
    work.connection.execute(tables.link.delete().where(tables.link.c.at_us <= since))


def _users(work: Work, kind: str, key: str, since: int) -> list[Link]:
    """Return who uses a thing; nobody where it joins nobody."""
    same = (tables.link.c.kind == kind, tables.link.c.key == key, tables.link.c.at_us > since)
    many = work.connection.execute(select(func.count()).select_from(tables.link).where(*same)).scalar_one()
    if not joins(kind, many):
        return []
    return [Link(row.party, row.kind, row.key) for row in work.connection.execute(select(tables.link).where(*same))]


def _select(work: Work, condition: ColumnElement[bool], since: int, kinds: tuple[str, ...]) -> list[Link]:
    query = select(tables.link).where(condition, tables.link.c.at_us > since, tables.link.c.kind.in_(kinds))
    return [Link(row.party, row.kind, row.key) for row in work.connection.execute(query)]
