"""What came in through the exchange: one row for each device that was paid, and each lot that was settled.

From the tables of take-back, market and settlement; nothing personal is in a row but meaningless ids. Masses are grams
as weighed (0: nobody weighed it), money paise. ``fair_paise`` is the fair price of the same goods: of a lot as it was
shown when it opened, for the mass that was settled; of a device by the catalogue as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from chumbak.exchange.desk import Work
from chumbak.exchange.market import tables as m
from chumbak.exchange.people import tables as p
from chumbak.exchange.price.fair import fair_price
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import tables as s
from chumbak.exchange.takeback import tables as t

TAKE_BACK, MARKET = "take-back", "market"
PAID_FOR = (t.KEPT, t.CLEARED, t.APART)


@dataclass(frozen=True)
class Got:
    """Goods that came in: when, how, what, from where and whom to whom, how much, paid and fair, named in custody."""

    at_us: int
    way: str
    goods: str
    place: str
    collector: str
    seller: str
    seller_kind: str
    registered: bool
    buyer: str
    pieces: int
    grams: int
    paise: int
    fair_paise: int | None
    uri: str
    treated: bool = False


def got(work: Work, buyer: str = "") -> list[Got]:
    """Return what came in to a party, or to all, oldest first."""
    found = _devices(work, buyer) + _lots(work, buyer)
    return sorted(found, key=lambda one: (one.at_us, one.uri))


def _devices(work: Work, buyer: str) -> list[Got]:
    asked = (
        select(
            t.device.c.id, t.device.c.kind, t.device.c.grams, t.device.c.paise, t.device.c.state, t.booking.c.party,
            t.booking.c.collector, t.booking.c.recycler, t.booking.c.changed_us, t.slot.c.place,
            p.parties.c.kind.label("party_kind"), p.parties.c.registered,
        )
        .join(t.booking, t.device.c.booking == t.booking.c.id)
        .join(t.slot, t.booking.c.slot == t.slot.c.id)
        .join(p.parties, t.booking.c.party == p.parties.c.id)
        .where(t.booking.c.state == t.PAID, t.device.c.state.in_(PAID_FOR))
    )  # fmt: skip
    if buyer:
        asked = asked.where(t.booking.c.recycler == buyer)
    fair: dict[str, int | None] = {}
    found = []
    for row in work.connection.execute(asked):
        if row.kind not in fair:
            fair[row.kind] = _fair(work, row.kind)
        found.append(
            Got(
                row.changed_us, TAKE_BACK, row.kind, row.place, row.collector, row.party, row.party_kind,
                bool(row.registered), row.recycler, 1, row.grams or 0, row.paise, fair[row.kind],
                work.desk.uri("device", row.id), row.state == t.APART,
            )
        )  # fmt: skip
    return found


def _lots(work: Work, buyer: str) -> list[Got]:
    final = (
        select(s.contract_step.c.contract, func.max(s.contract_step.c.at_us).label("at_us"))
        .where(s.contract_step.c.state == "final")
        .group_by(s.contract_step.c.contract)
        .subquery()
    )
    last = select(s.proposal.c.contract, func.max(s.proposal.c.n).label("n")).group_by(s.proposal.c.contract).subquery()
    asked = (
        select(
            s.contract.c.id, s.contract.c.lot, s.contract.c.seller, s.contract.c.buyer, final.c.at_us,
            m.lots.c.goods, m.lots.c.place, m.lots.c.pieces, m.lots.c.grams, m.lots.c.fair_paise,
            s.proposal.c.price_paise, s.proposal.c.net_g, s.round_.c.collector,
            p.parties.c.kind.label("party_kind"), p.parties.c.registered,
        )
        .join(final, final.c.contract == s.contract.c.id)
        .join(last, last.c.contract == s.contract.c.id)
        .join(s.proposal, (s.proposal.c.contract == last.c.contract) & (s.proposal.c.n == last.c.n))
        .join(m.lots, m.lots.c.id == s.contract.c.lot)
        .join(p.parties, p.parties.c.id == s.contract.c.seller)
        .outerjoin(s.pickup, s.pickup.c.contract == s.contract.c.id)
        .outerjoin(s.round_, s.round_.c.id == s.pickup.c.round)
        .where(s.contract.c.state == "final")
    )  # fmt: skip
    if buyer:
        asked = asked.where(s.contract.c.buyer == buyer)
    found = []
    for row in work.connection.execute(asked):
        grams = row.net_g or row.grams
        fair = row.fair_paise
        if fair is not None and row.grams and not row.pieces:
            fair = round(fair * grams / row.grams)
        found.append(
            Got(
                row.at_us, MARKET, row.goods, row.place, row.collector or "", row.seller, row.party_kind,
                bool(row.registered), row.buyer, row.pieces, grams, row.price_paise, fair,
                work.desk.uri("lot", row.lot),
            )
        )  # fmt: skip
    return found


def _fair(work: Work, kind: str) -> int | None:
    try:
        return fair_price(work.catalogue, kind, pieces=1).paise
    except Refusal:
        return None
