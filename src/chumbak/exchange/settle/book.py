"""A party's own book: what it sold and bought, what it earned, what it is owed, month by month."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from chumbak.exchange.desk import Work, microseconds, moment
from chumbak.exchange.money import claims
from chumbak.exchange.money.ledger import Entry, balance, entries, owed, wallet
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.contract import Contract, of_party
from chumbak.exchange.settle.reckon import expected

# What kinds of postings are called in a book; those of other areas bring their own memo.
CALLED = {
    "pay-in": N_("Paid in"), "held": N_("Held for a lot"), "held-back": N_("Held for a lot, and given back"),
    "escrow": N_("Laid down for a lot"), "escrow-back": N_("Laid down and given back"),
    "advance": N_("Advance for a lot"), "settlement": N_("Settlement of a lot"),
    "correction": N_("Correction of a settlement"), "claim-paid": N_("Paid what was owed"),
    "voucher": N_("Voucher taken"), "payout": N_("Paid out"), "payout-failed": N_("Payment that failed, given back"),
}  # fmt: skip
RUNNING = ("open", "funded", "sent", "arrived", "referee", "proposed", "disputed")


@dataclass(frozen=True)
class Month:
    """A month of a wallet: entries, and what was there before the first and after the last, in paise."""

    year: int
    month: int
    opening: int
    entries: tuple[Entry, ...]
    closing: int

    @property
    def came_in(self) -> int:
        """Return what came in."""
        return sum(one.paise for one in self.entries if one.paise > 0)

    @property
    def went_out(self) -> int:
        """Return what went out."""
        return -sum(one.paise for one in self.entries if one.paise < 0)


@dataclass(frozen=True)
class Summary:
    """What a party has and is owed, in paise.

    ``earned`` is the price of what it sold and was settled, without tax; ``to_come`` what its running sales still bring
    if all is as sold; ``owed`` what others could not pay; ``owing`` what it could not pay itself.
    """

    wallet: int
    earned: int
    to_come: int
    owed: int
    owing: int
    sold: int
    bought: int


def summary(work: Work, party: str) -> Summary:
    """Return what a party has and is owed."""
    all_of_it = of_party(work, party)
    sales = [one for one in all_of_it if one.seller == party]
    prices = settled_prices(work, party)
    return Summary(
        balance(work, wallet(party)),
        sum(prices[one.id] for one in sales if one.id in prices),
        sum(max(expected(one.deal) - one.advance_paise, 0) for one in sales if one.state in RUNNING),
        balance(work, owed(party)),
        sum(one.open_paise for one in claims.against(work, party)),
        sum(1 for one in sales if one.state == "final"),
        sum(1 for one in all_of_it if one.buyer == party and one.state == "final"),
    )


def settled_prices(work: Work, party: str) -> dict[str, int]:
    """Return the price without tax of each contract of a party that is settled."""
    contract, proposal = t.contract.c, t.proposal.c
    joined = t.contract.join(t.proposal, contract.id == proposal.contract)
    mine = or_(contract.seller == party, contract.buyer == party)
    asked = select(contract.id, proposal.price_paise).select_from(joined).where(mine, contract.state == "final")
    return {row.id: row.price_paise for row in work.connection.execute(asked.order_by(proposal.n))}


def month(work: Work, party: str, year: int, number: int) -> Month:
    """Return a month of a party's wallet, where the exchange is. Raises ``Refusal`` for one that is none."""
    if not (2000 <= year <= 9000 and 1 <= number <= 12):
        raise Refusal(N_("There is no such month."))
    zone = ZoneInfo(work.settings.time_zone)
    first = microseconds(dt.datetime(year, number, 1, tzinfo=zone))
    after = microseconds(dt.datetime(year + number // 12, number % 12 + 1, 1, tzinfo=zone))
    opening = sum(one.paise for one in entries(work, wallet(party), before_us=first))
    found = tuple(entries(work, wallet(party), first, after))
    return Month(year, number, opening, found, opening + sum(one.paise for one in found))


def now(work: Work) -> tuple[int, int]:
    """Return the year and month of the work's time, where the exchange is."""
    at = work.now.astimezone(ZoneInfo(work.settings.time_zone))
    return at.year, at.month


def as_csv(work: Work, found: Month, say: Any) -> str:
    """Return a month as CSV: time, what, about, amount in the currency; ``say`` translates."""
    zone = ZoneInfo(work.settings.time_zone)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    currency = work.catalogue.currency
    writer.writerow(["time", "what", "about", f"amount_{currency}", f"balance_{currency}"])
    left = found.opening
    writer.writerow(["", say(N_("Before")), "", "", amount(left)])
    for one in found.entries:
        left += one.paise
        at = moment(one.made_us).astimezone(zone).isoformat(timespec="seconds")
        writer.writerow([at, say(called(one)), one.about, amount(one.paise), amount(left)])
    return out.getvalue()


def called(one: Entry) -> str:
    """Return what an entry is called, as a text to translate."""
    return CALLED.get(one.kind) or one.memo or one.kind


def amount(paise: int) -> str:
    """Return paise as a number of the currency, digit for digit."""
    sign = "-" if paise < 0 else ""
    return f"{sign}{abs(paise) // 100}.{abs(paise) % 100:02d}"


def lots_csv(work: Work, party: str, found: list[Contract]) -> str:
    """Return contracts as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    currency = work.catalogue.currency
    writer.writerow(["contract", "lot", "side", "state", "made", f"price_{currency}", "price_is"])
    prices = settled_prices(work, party)
    for one in found:
        price = prices.get(one.id, expected(one.deal))
        made = moment(one.made_us).isoformat(timespec="seconds")
        what = "settled" if one.id in prices else "expected"
        writer.writerow([one.id, one.lot, one.side(party), one.state, made, amount(price), what])
    return out.getvalue()
