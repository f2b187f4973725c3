"""What custody shows of a lot of metal: who won it back, who sold it, and how much of it users had given up.

Metal is a recycler's to claim if an event made the lot at its plant (scrap that is sold on is no metal won), and to
sell while nobody else bought it since. Metal counts that is traced to where it came in from outside, as an origin that
the rules take: what was only found when weighing again was won from nothing that anybody handed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.query import Match, Query
from chumbak.custody.store.read import OBJECT_ROLES, Event
from chumbak.custody.store.trace import trace
from chumbak.exchange.desk import Desk
from chumbak.exchange.people.persons import party_uri
from chumbak.exchange.refusal import N_, Refusal

MOST = 1_000  # events that name one lot


@dataclass(frozen=True)
class Won:
    """A lot as custody shows it: micrograms by metal that it held, that count, and the lots they came through."""

    lot: str
    held: Mapping[str, int]
    counts: Mapping[str, int]
    before: tuple[str, ...]


def won(desk: Desk, lot: str, origins: Sequence[str]) -> Won:
    """Return what a lot held and how much of it counts. Raises ``Refusal`` for a lot that custody does not know."""
    try:
        found = trace(desk.custodian.store, lot)
    except (StoreError, ValueError):
        raise Refusal(N_("Custody knows no lot of this name. Copy it from the list."), field="lot") from None
    held: dict[str, int] = {}
    for (element, _), ug in found.held.items():
        held[element] = held.get(element, 0) + ug
    counts: dict[str, int] = {}
    for one in found.sources:
        if one.account.startswith("outside:") and one.origin.kind in origins:
            counts[one.element] = counts.get(one.element, 0) + one.ug
    return Won(lot, held, counts, tuple(one for one in found.lots if one != found.lot))


def owner(desk: Desk, lot: str) -> str:
    """Return the URI of the party that last bought a lot, else of the plant that made it, "" where nobody can tell."""
    sales = _events(desk, lot, "TransactionEvent")
    for event in reversed(sales):
        for one in event.event.get("destinationList", []):
            if one["type"].endswith("owning_party"):
                return str(one["destination"])
    for event in reversed(_events(desk, lot, "TransformationEvent", ("output", "output_class"))):
        return str(event.event.get("readPoint", {}).get("id", ""))
    return ""


def sale(desk: Desk, lot: str, party: str) -> str:
    """Return the id of the event by which a party sold a lot, "" where it did not."""
    mine = party_uri(desk, party)
    for event in reversed(_events(desk, lot, "TransactionEvent")):
        if any(one["source"] == mine for one in event.event.get("sourceList", [])):
            return str(event.id)
    return ""


def is_of(desk: Desk, lot: str, party: str) -> bool:
    """Whether a lot is a party's: bought by it, or made at its plant and not sold."""
    return owner(desk, lot) in (party_uri(desk, party), desk.uri("plant", party))


def was_made_by(desk: Desk, lot: str, party: str) -> bool:
    """Whether an event made a lot at a party's plant."""
    here = desk.uri("plant", party)
    events = _events(desk, lot, "TransformationEvent", ("output", "output_class"))
    return any(event.event.get("readPoint", {}).get("id") == here for event in events)


def made_at(desk: Desk, party: str, most: int = 50) -> list[str]:
    """Return the lots that were made at a party's plant, newest first."""
    query = Query(
        types=("TransformationEvent",), read_points=(desk.uri("plant", party),), erroneous=False, descending=True
    )
    found: dict[str, None] = {}
    for event in desk.custody.events(query, limit=most).events:
        found |= dict.fromkeys(_outputs(event.event))
    return list(found)[:most]


def _outputs(event: Mapping[str, Any]) -> list[str]:
    weighed = [one["epcClass"] for one in event.get("outputQuantityList", [])]
    return [*event.get("outputEPCList", []), *weighed]


def _events(desk: Desk, lot: str, type: str, roles: Sequence[str] = OBJECT_ROLES) -> list[Event]:
    query = Query(types=(type,), matches=(Match(tuple(roles), (lot,)),), erroneous=False)
    return desk.custody.events(query, limit=MOST).events
