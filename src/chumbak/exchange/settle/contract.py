"""A contract for a lot that the market sold, and its steps from the money laid down to what both ends found.

    open -> funded -> sent -> arrived -> (referee) -> proposed -> (disputed) -> final          or cancelled

Each step has a time; ``deadlines.py`` does what happens when it passes, which ``WHEN_IT_PASSES`` says. A step is
taken by the row's state in the database: of two that take it at once the second is refused.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.money import holds
from chumbak.exchange.money.ledger import balance, post, wallet
from chumbak.exchange.money.tax import GOODS, Tax, rates_of, rules_for, tax_of
from chumbak.exchange.people.persons import Party, members, party
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.reckon import KG, Deal, expected
from chumbak.exchange.settle.terms import Terms, read_terms, terms_of

# Which time each state has, as the terms name it.
TIMES = {"open": "fund", "funded": "send", "sent": "arrive", "arrived": "assay", "referee": "referee",
         "proposed": "accept"}  # fmt: skip
WHEN_IT_PASSES = {
    "open": N_("If the money is not laid down by then, the contract ends. Nobody owes anything."),
    "funded": N_("If the load has not left by then, the contract ends and the buyer has the money back."),
    "sent": N_("If the buyer has not weighed by then, the seller's weight counts."),
    "sent, counted": N_("If the buyer has not counted by then, what the seller counted is taken as it is."),
    "arrived": N_("If only one side has sent its assay by then, that one counts; if none has, what was sold counts."),
    "referee": N_("If the referee has not answered by then, the mean of both assays counts."),
    "proposed": N_("If nobody objects by then, this is paid."),
    "answer": N_("If the other side has not answered by then, a person decides without its answer."),
    "decide": N_("If nobody has decided by then, the settlement is paid as it was worked out."),
}


@dataclass(frozen=True)
class Contract:
    """A contract. ``escrow_paise`` is what the buyer laid down in all, ``advance_paise`` what the seller got of it."""

    id: str
    lot: str
    seller: str
    buyer: str
    deal: Deal
    goods: str
    terms_text: str
    state: str
    made_us: int
    due_us: int | None
    escrow_paise: int
    advance_paise: int
    seller_accepts: bool
    buyer_accepts: bool

    @cached_property
    def terms(self) -> Terms:
        """Return the terms under which it was made."""
        return read_terms(self.terms_text, kept=True)

    @property
    def escrow(self) -> str:
        """Return the account of what the buyer laid down."""
        return f"escrow:{self.id}"

    def side(self, of: str) -> str:
        """Return which side a party is: seller, buyer, or "" for another."""
        return {self.seller: "seller", self.buyer: "buyer"}.get(of, "")

    def other(self, of: str) -> str:
        """Return the other party."""
        return self.buyer if of == self.seller else self.seller


def open_contract(
    work: Work, *, lot: str, seller: str, buyer: str, paise: int, basis: str, grams: int, element: str = "",
    ppm: int = 0, goods: str = "metal scrap",
) -> str:  # fmt: skip
    """Bind seller and buyer of a lot (ids of parties) and return the contract's id; ``paise`` a lot or a kilogram.

    With ``element`` and the content ``ppm`` at which it was sold, the price follows the assays; ``grams`` is 0 where
    it is counted. If the money is held for the lot, or is in the buyer's wallet, it is laid down at once. Raises
    ``Refusal``.
    """
    if seller == buyer:
        raise Refusal(N_("A lot cannot be sold to the one who sells it."))
    deal = Deal(paise, basis, grams, element, ppm)
    if basis == KG and not grams:
        raise ValueError("A price a kilogram needs a weight.")
    if goods not in GOODS or (ppm > 0) != bool(element):
        raise ValueError(f"'{goods}' are no goods of {GOODS}, or a content without its element.")
    if expected(deal) <= 0:
        raise Refusal(N_("A price has to be above zero."), field="paise")
    tax_between(work, party(work, seller), party(work, buyer), goods, expected(deal))
    id, terms = work.new_id("contract"), terms_of(work.settings)
    try:
        with work.connection.begin_nested():
            work.connection.execute(
                t.contract.insert().values(
                    id=id, lot=lot, live_lot=lot, seller=seller, buyer=buyer, paise=paise, basis=basis, grams=grams,
                    element=element, ppm=ppm, goods=goods, terms=terms.text, state="open", made_us=work.now_us,
                    due_us=_due(work, terms, "fund"), escrow_paise=0, advance_paise=0, seller_accepts=False,
                    buyer_accepts=False,
                )
            )  # fmt: skip
    except IntegrityError:
        raise Refusal(N_("This lot is sold already.")) from None
    note(work, id, "open", N_("The contract is made."))
    work.audit("contract", id, lot=lot)
    made = get(work, id)
    if holds.held(work, buyer, lot) + balance(work, wallet(buyer)) >= laid_down(work, made):
        fund(work, id, buyer)
    else:
        tell(work, buyer, N_("You bought a lot. Lay down %(money)s to go on."), money=laid_down(work, made))
    return id


def fund(work: Work, id: str, by: str) -> None:
    """Lay down the buyer's money: what is held for the lot, and what is missing from its wallet. Raises ``Refusal``."""
    found = of(work, id, by, "buyer")
    paise = laid_down(work, found)
    holds.check(work, by, found.lot, paise)
    move(work, found, "funded", N_("The buyer has laid down the money."), escrow_paise=paise)
    held = min(paise, holds.held(work, by, found.lot))
    post(work, "escrow", id, [(holds.account(by, found.lot), -held), (wallet(by), held - paise), (found.escrow, paise)])
    tell(work, found.seller, N_("The buyer has laid down the money. The load may leave."))


def laid_down(work: Work, found: Contract) -> int:
    """Return what the buyer lays down: the escrow's share of the expected price, and the tax that is added to it."""
    return _share(work, found.terms, found.seller, found.buyer, found.goods, found.deal)


def to_lay_down(work: Work, seller: str, buyer: str, goods: str, deal: Deal) -> int:
    """Return what a buyer would lay down for a deal if it were made now. Raises ``Refusal``."""
    return _share(work, terms_of(work.settings), seller, buyer, goods, deal)


def _share(work: Work, terms: Terms, seller: str, buyer: str, goods: str, deal: Deal) -> int:
    price = expected(deal)
    tax = tax_between(work, party(work, seller), party(work, buyer), goods, price)
    return ceil(terms.escrow_share * (price + tax.added))


def tax_between(work: Work, seller: Party, buyer: Party, goods: str, paise: int) -> Tax:
    """Return the tax on a value between two parties today, where the exchange is. Raises ``Refusal``."""
    from zoneinfo import ZoneInfo

    day = work.now.astimezone(ZoneInfo(work.settings.time_zone)).date()
    places = [work.catalogue.place(one.place) for one in (seller, buyer)]
    same = places[0].state == places[1].state if places[0] and places[1] else None
    return tax_of(
        rules_for(work.catalogue.country, work.settings), rates_of(work.settings), day, seller=seller.registered,
        buyer=buyer.registered, goods=goods, paise=paise, same_state=same,
    )  # fmt: skip


def get(work: Work, id: str) -> Contract:
    """Return a contract. Raises ``Refusal`` for one that is none."""
    found = _find(work, t.contract.c.id == id)
    if not found:
        raise Refusal(N_("There is no such contract."))
    return found[0]


def of(work: Work, id: str, by: str, side: str = "") -> Contract:
    """Return a contract of a party, as a side if one is given. Raises ``Refusal``: what is not yours is not there."""
    found = get(work, id)
    if not found.side(by):
        raise Refusal(N_("There is no such contract."))
    if side and found.side(by) != side:
        raise Refusal(N_("The other side does this."))
    return found


def of_lot(work: Work, lot: str) -> Contract | None:
    """Return the contract of a lot that is not cancelled."""
    return next(iter(_find(work, t.contract.c.live_lot == lot)), None)


def of_party(work: Work, of: str) -> list[Contract]:
    """Return the contracts of a party, newest first."""
    return _find(work, or_(t.contract.c.seller == of, t.contract.c.buyer == of))[::-1]


def in_state(work: Work, *states: str) -> list[Contract]:
    """Return the contracts that are in one of some states, oldest first."""
    return _find(work, t.contract.c.state.in_(states))


def past_due(work: Work) -> list[Contract]:
    """Return the contracts whose time has passed, oldest first."""
    return _find(work, t.contract.c.due_us <= work.now_us)


def move(
    work: Work, found: Contract, state: str, text: str, *, time: str = "", said: Any = None, **change: Any
) -> None:
    """Take a contract from the state in which it was found to another, with its new time. Raises ``Refusal``.

    ``time`` is the name of the time that runs now (by default that of the state), ``said`` the values of ``text``.
    """
    time = time or TIMES.get(state, "")
    change |= {"state": state, "due_us": _due(work, found.terms, time) if time else None}
    if state == "cancelled":
        change["live_lot"] = None
    here = t.contract.update().where(t.contract.c.id == found.id, t.contract.c.state == found.state)
    if found.state not in _BEFORE[state] or work.connection.execute(here.values(**change)).rowcount != 1:
        raise Refusal(N_("The contract is not at this step any more. Look at its page."))
    note(work, found.id, state, text, **(said or {}))


_BEFORE = {
    "funded": ("open",), "sent": ("funded",), "arrived": ("sent",), "referee": ("arrived",),
    "proposed": ("sent", "arrived", "referee"), "disputed": ("proposed", "disputed"),
    "final": ("proposed", "disputed"), "cancelled": ("open", "funded"),
}  # fmt: skip


def note(work: Work, id: str, state: str, text: str, **said: Any) -> None:
    """Write a step of a contract down, for good: a text with its values."""
    n = len(history(work, id)) + 1
    row = {"contract": id, "n": n, "state": state, "at_us": work.now_us, "actor": work.actor, "text": text}
    work.connection.execute(t.contract_step.insert().values(**row, said=json.dumps(said, ensure_ascii=False)))


def history(work: Work, id: str) -> Sequence[Row[Any]]:
    """Return the steps of a contract, in order."""
    asked = select(t.contract_step).where(t.contract_step.c.contract == id).order_by(t.contract_step.c.n)
    return work.connection.execute(asked).all()


def tell(work: Work, to: str, text: str, **values: Any) -> None:
    """Have a text sent to everybody of a party; ``money`` among the values is paise, ``when`` microseconds."""
    for person in members(work, to):
        work.tell(person, text, **in_words(work, person, values))


def in_words(work: Work, person: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return values of a text with money and times written in a person's language."""
    from chumbak.exchange.people.persons import person as known
    from chumbak.exchange.words import words

    one = work.catalogue
    chosen = words(known(work, person).language, one.currency, one.country, work.settings.time_zone)
    written = {"money": chosen.money, "when": chosen.when}
    return {name: written[name](value) if name in written else value for name, value in values.items()}


def _due(work: Work, terms: Terms, time: str) -> int:
    return microseconds(work.now + dt.timedelta(hours=terms.hours[time]))


def _find(work: Work, condition: Any) -> list[Contract]:
    asked = select(t.contract).where(condition).order_by(t.contract.c.made_us, t.contract.c.id)
    return [
        Contract(
            row.id, row.lot, row.seller, row.buyer, Deal(row.paise, row.basis, row.grams, row.element, row.ppm),
            row.goods, row.terms, row.state, row.made_us, row.due_us, row.escrow_paise, row.advance_paise,
            bool(row.seller_accepts), bool(row.buyer_accepts),
        )
        for row in work.connection.execute(asked)
    ]  # fmt: skip
