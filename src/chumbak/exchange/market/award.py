"""A lot is won: once, whoever asks for it at the same time. What follows is settlement's.

The database lets one buyer win: the row of the lot changes only while it is open, and ``award`` has one row for
each time that it is listed. What is held of the winner becomes the contract's escrow, what is held of others is let go.
"""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Work
from chumbak.exchange.market import tables
from chumbak.exchange.market.backed import is_odd
from chumbak.exchange.market.held import end_bids, end_offers
from chumbak.exchange.market.lots import KIND_IN_CUSTODY, Lot
from chumbak.exchange.people.persons import members, party_uri
from chumbak.exchange.price.fair import METAL, Fair
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust.alarms import alarm

ODD = N_("Sold for %(paise)s; the fair price shown was from %(low_paise)s to %(high_paise)s.")
GONE = N_("Somebody else was faster: this lot is not open any more.")


def award(work: Work, found: Lot, *, buyer: str, paise: int, by: str) -> str:
    """Sell a lot to a buyer for a price (for what is priced); return the contract. Raises ``Refusal``.

    ``by`` is the offer or bid that won.
    """
    from chumbak.exchange.settle.contract import open_contract

    refuse_related(work, found.seller, buyer)
    lots = tables.lots
    still_open = (lots.c.id == found.id, lots.c.state == "open", lots.c.listed == found.listed)
    said = {"state": "awarded", "buyer": buyer, "price_paise": paise, "ended_us": work.now_us}
    if work.connection.execute(lots.update().where(*still_open).values(**said)).rowcount != 1:
        raise Refusal(GONE)
    row = {"lot": found.id, "listed": found.listed, "buyer": buyer, "by": by, "paise": paise, "made_us": work.now_us}
    try:
        with work.connection.begin_nested():
            work.connection.execute(tables.awards.insert().values(**row))
    except IntegrityError:
        raise Refusal(GONE) from None
    assert found.fair is not None
    element, ppm = declared(found.fair)
    contract = open_contract(
        work, lot=found.id, seller=found.seller, buyer=buyer, paise=paise, basis=found.basis,
        grams=found.grams if found.basis == "kg" else 0, element=element, ppm=ppm,
        goods=goods_of(found),
    )  # fmt: skip
    work.connection.execute(lots.update().where(lots.c.id == found.id).values(contract=contract))
    if is_odd(found.fair, found.whole(paise)):
        alarm(work, "price", found.id, ODD, against=[found.seller, buyer], paise=found.whole(paise),
              low_paise=found.fair.low, high_paise=found.fair.high)  # fmt: skip
    _look(work, found.id)
    end_offers(work, found.id, "lost", but=by)
    end_bids(work, found.id, found.listed)
    work.record(_ordered(work, found, buyer, contract))
    work.audit("lot-awarded", found.id, paise=paise, by=by, contract=contract)
    for person in members(work, found.seller):
        work.tell(person, N_("Your lot is sold. Look at its page for what comes next."))
    for person in members(work, buyer):
        work.tell(person, N_("You have bought a lot. Look at its page for what comes next."))
    return contract


def goods_of(found: Lot) -> str:
    """Return what a lot is to the tax."""
    return "metal scrap" if found.basis == "kg" else "devices"


def declared(fair: Fair) -> tuple[str, int]:
    """Return the element that most of a substance's worth comes from, and its content in parts per million by mass.

    Settlement moves the price with what is found of it. ("", 0) of devices, which are counted.
    """
    metal = [line for line in fair.lines if line.what == METAL and line.ug > 0]
    if not fair.by_weight or not metal:
        return "", 0
    most = max(metal, key=lambda line: line.paise)
    return most.of, round(most.ug / fair.grams)


def refuse_related(work: Work, seller: str, buyer: str) -> None:
    """Raise ``Refusal`` where buyer and seller are one, or are known to belong together."""
    from chumbak.exchange.trust.links import JOINING, why_related

    if seller == buyer:
        raise Refusal(N_("This lot is yours: you cannot buy it."))
    if why_related(work, seller, buyer, JOINING) is not None:
        raise Refusal(
            N_("You and the seller belong together: share a phone, account or paper. You cannot buy this lot.")
        )


def _look(work: Work, id: str) -> None:
    from chumbak.exchange.trust.limits import check_lot

    check_lot(work, id)


def _ordered(work: Work, found: Lot, buyer: str, contract: str) -> hand_over.Event:
    """Return that a lot was ordered: owners do not change before it is settled, so no owners are named."""
    parties = {"seller": party_uri(work.desk, found.seller), "buyer": party_uri(work.desk, buyer)}
    uri = work.desk.uri(KIND_IN_CUSTODY, found.id)
    event = hand_over.transferred(work, [uri], **parties, papers={"po": work.desk.uri("contract", contract)})
    return {name: value for name, value in event.items() if name not in ("sourceList", "destinationList")}
