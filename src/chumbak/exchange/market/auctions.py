"""Auctions of lots: bids taken and ends moved; ``closing.py`` brings them to their end.

A bid binds: it can be raised, in a sealed auction also lowered, and not taken back. Who bids in a sealed auction sees
his own bid until it has ended, and nobody else's then. What the bidder would have to lay down is held behind a bid from
the moment it is made; who is outbid in an open auction has it back at once, and is bound no more.
"""

from __future__ import annotations

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.market import auction, tables
from chumbak.exchange.market.auction import Bid
from chumbak.exchange.market.award import GONE, refuse_related
from chumbak.exchange.market.backed import check_sane, hold
from chumbak.exchange.market.held import OUTBID, give_back
from chumbak.exchange.market.lots import Lot, lot
from chumbak.exchange.market.offers import check_price, check_shown
from chumbak.exchange.people.persons import person
from chumbak.exchange.refusal import N_, Refusal


def bid(work: Work, lot_id: str, *, paise: int, shown: int) -> int:
    """Bid for a lot for the actor's party; return the number of the bid. Raises ``Refusal``."""
    found, buyer = lot(work, lot_id), person(work, work.actor).party
    if found.state != "open" or found.closes_us is None or work.now_us >= found.closes_us:
        raise Refusal(GONE if found.state == "awarded" else N_("This auction has ended."))
    if found.way == "offers":
        raise Refusal(N_("This lot is sold by offers: make one."))
    refuse_related(work, found.seller, buyer)
    check_shown(found, shown)
    check_price(work, paise)
    check_sane(found, paise)
    before = bids(work, found) if found.way == "open" else []
    if found.way == "open":
        _check_open(before, found, buyer, paise)
    row = {"lot": lot_id, "listed": found.listed, "buyer": buyer, "person": work.actor, "paise": paise}
    with work.connection.begin_nested():
        made = work.connection.execute(tables.bids.insert().values(**row, made_us=work.now_us)).inserted_primary_key
        assert made is not None
        hold(work, found, buyer, paise, str(made[0]), "paise")
    for beaten in auction.standing(before)[:1]:
        give_back(work, beaten.buyer, lot_id, str(beaten.n), OUTBID)
    if found.way == "open":
        lots, ends = tables.lots, auction.end_after(found.closes_us, work.now_us)
        work.connection.execute(lots.update().where(lots.c.id == lot_id, lots.c.state == "open").values(closes_us=ends))
    work.audit("bid", lot_id, paise=paise if found.way == "open" else 0)
    return int(made[0])


def bids(work: Work, found: Lot) -> list[Bid]:
    """Return the bids of the auction that a lot is in, in order. Not to be shown before a sealed one has ended."""
    chosen = (tables.bids.c.lot == found.id, tables.bids.c.listed == found.listed)
    rows = work.connection.execute(select(tables.bids).where(*chosen).order_by(tables.bids.c.n))
    return [Bid(row.n, row.buyer, row.paise, row.made_us) for row in rows]


def my_bid(work: Work, found: Lot, party: str) -> Bid | None:
    """Return the last bid of a party in the auction that a lot is in."""
    return next((one for one in reversed(bids(work, found)) if one.buyer == party), None)


def _check_open(before: list[Bid], found: Lot, buyer: str, paise: int) -> None:
    if auction.leads(before, buyer):
        raise Refusal(N_("Your bid is the highest already."), field="paise")
    if paise < auction.least_next(before, found.step_paise):
        raise Refusal(N_("Somebody has bid. Bid at least as much as it says above the box."), field="paise")
