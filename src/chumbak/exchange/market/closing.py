"""Lots and offers whose time has passed: auctions go to their winner, other lots end unsold, money held is let go."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.market import auction, tables
from chumbak.exchange.market.auctions import bids
from chumbak.exchange.market.award import award
from chumbak.exchange.market.held import end_bids, end_offers, expire_offers
from chumbak.exchange.market.lots import Lot, with_photos
from chumbak.exchange.people.persons import members
from chumbak.exchange.refusal import N_, Refusal

AT_ONCE = 100  # lots that one call ends


def is_due(work: Work) -> bool:
    """Whether a lot waits to be brought to its end."""
    return bool(_due(work, 1))


def close_due(work: Work) -> int:
    """Bring lots to their end whose time has passed: auctions to their winner, the others unsold. Return how many.

    Offers that are too old end too, whether or not their lot does.
    """
    expire_offers(work)
    rows = _due(work, AT_ONCE)
    for found in with_photos(work, rows):
        _close(work, found)
    return len(rows)


def _due(work: Work, most: int) -> list[Any]:
    lots = tables.lots
    chosen = select(lots).where(lots.c.state == "open", lots.c.closes_us <= work.now_us)
    return list(work.connection.execute(chosen.order_by(lots.c.closes_us, lots.c.id).limit(most)))


def _close(work: Work, found: Lot) -> None:
    actor, work.actor = work.actor, SYSTEM
    try:
        if any(_win(work, found, one) for one in _best_first(work, found)):
            return
    finally:
        work.actor = actor
    lots = tables.lots
    still_open = (lots.c.id == found.id, lots.c.state == "open")
    work.connection.execute(lots.update().where(*still_open).values(state="unsold", ended_us=work.now_us))
    end_offers(work, found.id, "expired")
    end_bids(work, found.id, found.listed)
    work.audit("lot-unsold", found.id)
    for one in members(work, found.seller):
        work.tell(one, N_("Your lot was not sold in time. You can open it again, or take it off."))


def _best_first(work: Work, found: Lot) -> list[auction.Bid]:
    """Return the bids that may win, the best first: of an open auction the highest alone, others are bound no more."""
    if found.way == "offers":
        return []
    standing = auction.standing(bids(work, found))
    most = 1 if found.way == "open" else len(standing)
    return [one for one in standing[:most] if one.paise >= found.reserve_paise]


def _win(work: Work, found: Lot, best: auction.Bid) -> bool:
    """Give a lot to a bid; False where it cannot have it: the next best may."""
    try:
        with work.connection.begin_nested():
            award(work, found, buyer=best.buyer, paise=best.paise, by=str(best.n))
    except Refusal as refusal:
        work.audit("award-refused", found.id, reason=refusal.text)
        return False
    return True
