"""What is held behind bids and offers while they stand, and is let go when they stand no more.

Money is held behind a buyer's open offer, behind each buyer's last bid of a sealed auction, and behind the highest bid
of an open one: who is outbid there has it back at once, and is bound no more. A seller's offer holds nothing: money is
asked for when the buyer accepts it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from chumbak.exchange.desk import Work
from chumbak.exchange.market.tables import bids, lots, offers
from chumbak.exchange.money import holds
from chumbak.exchange.people.persons import members
from chumbak.exchange.refusal import N_

OUTBID = N_("Somebody bid more than you. The money held for your bid is in your wallet again.")
EXPIRED = N_("An offer of yours was not answered in time. The money held for it is in your wallet again.")
LOST = N_("A lot for which you bid or made an offer does not go to you. The money held for it is in your wallet again.")


def end_offers(work: Work, lot: str, state: str, but: str = "") -> None:
    """End all open offers on a lot, but for one, and let go of what is held behind them."""
    _end(work, state, offers.c.lot == lot, offers.c.id != but)


def expire_offers(work: Work, *chosen: Any) -> None:
    """End the offers that are too old, of all or of those ``chosen``, and let go of what is held behind them."""
    _end(work, "expired", offers.c.ends_us <= work.now_us, *chosen)


def end_bids(work: Work, lot: str, listed: int) -> None:
    """Let go of what is held behind the bids of an auction, and tell those whose it is."""
    of_auction = (bids.c.lot == lot, bids.c.listed == listed)
    last = select(bids.c.buyer, func.max(bids.c.n).label("n")).where(*of_auction).group_by(bids.c.buyer)
    for row in work.connection.execute(last.order_by(bids.c.buyer)).all():
        give_back(work, row.buyer, lot, str(row.n), LOST)


def give_back(work: Work, buyer: str, lot: str, by: str, text: str) -> None:
    """Let go of what is held of a buyer for a lot, and tell them so if it was any."""
    if holds.release(work, buyer, lot, by):
        for one in members(work, buyer):
            work.tell(one, text)


def faults_of(connection: Connection) -> list[str]:
    """Return what is held in a database for no bid and no offer that stands: there should be nothing."""
    behind = {(row.buyer, row.lot) for row in connection.execute(
        select(offers.c.buyer, offers.c.lot).where(offers.c.state == "open", offers.c.side == "buyer")
    )}  # fmt: skip
    auction = (lots.c.id == bids.c.lot) & (lots.c.listed == bids.c.listed) & (lots.c.state == "open")
    asked = select(bids.c.buyer, bids.c.lot, lots.c.way).join(lots, auction).order_by(bids.c.n)
    leads: dict[str, str] = {}
    for row in connection.execute(asked):
        if row.way == "open":
            leads[row.lot] = row.buyer  # each bid of an open auction beats the one before
        else:
            behind.add((row.buyer, row.lot))
    behind |= {(buyer, lot) for lot, buyer in leads.items()}
    return [
        f"{one.paise} paise of {one.party} are held for {one.lot}, where no bid and no offer of theirs stands."
        for one in holds.all_held(connection)
        if (one.party, one.lot) not in behind
    ]


def _end(work: Work, state: str, *chosen: Any) -> None:
    here = (offers.c.state == "open", *chosen)
    rows = work.connection.execute(
        select(offers.c.id, offers.c.lot, offers.c.buyer, offers.c.side).where(*here).order_by(offers.c.n)
    ).all()
    if not rows:
        return
    work.connection.execute(offers.update().where(*here).values(state=state, ended_us=work.now_us))
    for row in rows:
        if row.side == "buyer":
            give_back(work, row.buyer, row.lot, row.id, EXPIRED if state == "expired" else LOST)
