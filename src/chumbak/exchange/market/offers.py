"""Offers and counter-offers: between the seller and each buyer in turn, until one is accepted, once.

An offer is made beside the fair price that was shown (``shown``); it ends by being answered, withdrawn or too old, or
when the lot goes to somebody else. One is open at a time between a seller and a buyer. What the buyer would have to lay
down is held behind a buyer's offer while it is open, and when a buyer accepts the seller's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Work
from chumbak.exchange.market import tables
from chumbak.exchange.market.award import GONE, award, refuse_related
from chumbak.exchange.market.backed import hold
from chumbak.exchange.market.held import expire_offers
from chumbak.exchange.market.lots import HOUR, Lot, lot
from chumbak.exchange.money import holds
from chumbak.exchange.money.ledger import in_words
from chumbak.exchange.people.persons import members, person
from chumbak.exchange.refusal import N_, Refusal

BUYERS = ("recycler", "trader")  # roles that buy lots
HOURS = 48  # that an offer stands unless told otherwise
MOST_HOURS = 24 * 14
MOST_PAISE = 10**12  # for what is priced: ten thousand million of the currency
ANSWERED = N_("This offer was answered, withdrawn or is too old.")


@dataclass(frozen=True)
class Offer:
    """An offer of ``side`` (buyer or seller) in paise for what is priced; ``answers`` is the one that it counters."""

    n: int
    id: str
    lot: str
    listed: int
    buyer: str
    side: str
    person: str
    paise: int
    fair_paise: int
    answers: str | None
    state: str
    made_us: int
    ends_us: int
    ended_us: int | None

    def stands(self, now_us: int) -> bool:
        """Whether it can be answered."""
        return self.state == "open" and now_us < self.ends_us


def check_price(work: Work, paise: int) -> None:
    """Refuse a price, in paise for what is priced, that is none or is more than anybody pays. Raises ``Refusal``."""
    if paise <= 0:
        raise Refusal(N_("Write a price above zero."), field="paise")
    if paise > MOST_PAISE:
        raise Refusal(N_("A price is at most %(most)s."), field="paise", most=in_words(work, MOST_PAISE))


def offer(work: Work, lot_id: str, *, paise: int, shown: int, hours: int = HOURS) -> str:
    """Make an offer on a lot for the actor's party; return its id. Raises ``Refusal``."""
    found, buyer = lot(work, lot_id), person(work, work.actor).party
    _open_for_offers(work, found)
    refuse_related(work, found.seller, buyer)
    check_shown(found, shown)
    made = _make(work, found, buyer, "buyer", paise, hours, None)
    _tell(work, found.seller, N_("There is an offer for your lot. Look at its page."))
    return made


def counter(work: Work, offer_id: str, *, paise: int, shown: int, hours: int = HOURS) -> str:
    """Answer an offer by another one, of the other side; return its id. Raises ``Refusal``, ``KeyError``."""
    before, found, side = _to_answer(work, offer_id)
    check_shown(found, shown)
    if paise == before.paise:
        raise Refusal(N_("This is the same price: accept the offer instead."), field="paise")
    _end(work, before, "countered")
    made = _make(work, found, before.buyer, side, paise, hours, before.id)
    _tell(work, found.seller if side == "buyer" else before.buyer, N_("Your offer was answered by another one."))
    return made


def accept(work: Work, offer_id: str) -> str:
    """Accept an offer of the other side; return the contract. Raises ``Refusal``, ``KeyError``."""
    before, found, side = _to_answer(work, offer_id)
    if side == "buyer":
        hold(work, found, before.buyer, before.paise, before.id)
    _end(work, before, "accepted")
    return award(work, found, buyer=before.buyer, paise=before.paise, by=before.id)


def refuse(work: Work, offer_id: str) -> None:
    """Refuse an offer of the other side. Raises ``Refusal``, ``KeyError``."""
    before, found, side = _to_answer(work, offer_id)
    _end(work, before, "refused")
    _tell(work, found.seller if side == "buyer" else before.buyer, N_("Your offer was refused."))


def take_back(work: Work, offer_id: str) -> None:
    """Withdraw an offer of one's own side. Raises ``Refusal``, ``KeyError``."""
    before = one(work, offer_id)
    if side_of(work, before) != before.side:
        raise KeyError(offer_id)
    _end(work, before, "withdrawn")


def one(work: Work, offer_id: str) -> Offer:
    """Return an offer. Raises ``KeyError``."""
    row = work.connection.execute(select(tables.offers).where(tables.offers.c.id == offer_id)).one_or_none()
    if row is None:
        raise KeyError(offer_id)
    return Offer(**row._mapping)


def of_lot(work: Work, lot_id: str, buyer: str = "") -> list[Offer]:
    """Return the offers on a lot, of one buyer if one is given, oldest first."""
    offers = tables.offers
    chosen: Any = offers.c.lot == lot_id
    if buyer:
        chosen &= offers.c.buyer == buyer
    rows = work.connection.execute(select(offers).where(chosen).order_by(offers.c.n))
    return [Offer(**row._mapping) for row in rows]


def of_party(work: Work, party: str, most: int = 50) -> list[Offer]:
    """Return the newest offers between a buyer and sellers."""
    offers = tables.offers
    chosen = select(offers).where(offers.c.buyer == party).order_by(offers.c.n.desc()).limit(most)
    return [Offer(**row._mapping) for row in work.connection.execute(chosen)]


def side_of(work: Work, before: Offer) -> str:
    """Return on which side of an offer the actor stands. Raises ``KeyError`` for neither."""
    party = person(work, work.actor).party if work.actor else ""
    if party == before.buyer:
        return "buyer"
    if party == lot(work, before.lot).seller:
        return "seller"
    raise KeyError(before.id)


def check_shown(found: Lot, shown: int) -> None:
    """Raise ``Refusal`` unless the fair price that was shown is that of the lot."""
    if found.fair is None or shown != found.fair.paise:
        raise Refusal(N_("Look at the fair price first, then say yours."))


def _open_for_offers(work: Work, found: Lot) -> None:
    if found.state != "open" or found.closes_us is None or work.now_us >= found.closes_us:
        raise Refusal(GONE if found.state == "awarded" else N_("This lot is not open."))
    if found.way != "offers":
        raise Refusal(N_("This lot is sold by auction: bid for it."))


def _to_answer(work: Work, offer_id: str) -> tuple[Offer, Lot, str]:
    """Return an offer of the other side, its lot, and the actor's side. Raises ``Refusal``, ``KeyError``."""
    before = one(work, offer_id)
    side = side_of(work, before)
    if side == before.side:
        raise Refusal(N_("This is your own offer. Wait for the answer."))
    found = lot(work, before.lot)
    if not before.stands(work.now_us):
        raise Refusal(ANSWERED)
    _open_for_offers(work, found)
    return before, found, side


def _make(
    work: Work, found: Lot, buyer: str, side: str, paise: int, hours: int, answers: str | None
) -> str:  # fmt: skip
    check_price(work, paise)
    if not 1 <= hours <= MOST_HOURS:
        raise Refusal(N_("An offer stands for 1 to %(most)s hours."), field="hours", most=MOST_HOURS)
    assert found.fair is not None
    assert found.closes_us is not None
    expire_offers(work, tables.offers.c.lot == found.id)
    id, ends = work.new_id("offer"), min(work.now_us + hours * HOUR, found.closes_us)
    row = {
        "id": id,
        "lot": found.id,
        "listed": found.listed,
        "buyer": buyer,
        "side": side,
        "person": work.actor,
        "paise": paise,
    }
    row |= {
        "fair_paise": found.fair.paise,
        "answers": answers,
        "state": "open",
        "made_us": work.now_us,
        "ends_us": ends,
    }
    try:
        with work.connection.begin_nested():
            work.connection.execute(tables.offers.insert().values(**row))
            if side == "buyer":
                hold(work, found, buyer, paise, id, "paise")
    except IntegrityError:
        raise Refusal(N_("Your last offer still stands. Withdraw it first, or wait for the answer.")) from None
    work.audit("offer-made", found.id, offer=id, side=side)
    return id


def _end(work: Work, before: Offer, state: str) -> None:
    """End an offer that stands, once."""
    offers = tables.offers
    here = (offers.c.id == before.id, offers.c.state == "open", offers.c.ends_us > work.now_us)
    done = work.connection.execute(offers.update().where(*here).values(state=state, ended_us=work.now_us))
    if done.rowcount != 1:
        raise Refusal(ANSWERED)
    if before.side == "buyer" and state != "accepted":
        holds.release(work, before.buyer, before.lot, before.id)
    work.audit(f"offer-{state}", before.lot, offer=before.id)


def _tell(work: Work, party: str, text: str) -> None:
    for one_of in members(work, party):
        work.tell(one_of, text)
