"""From what both ends found to what is paid: the proposal, both sides' yes, money, invoice and custody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from chumbak.exchange.desk import Work
from chumbak.exchange.hand_over import measured, transferred
from chumbak.exchange.money import invoices, withheld
from chumbak.exchange.money.claims import collect, pay_claims
from chumbak.exchange.money.invoices import Invoice, Line
from chumbak.exchange.money.ledger import balance, post, wallet
from chumbak.exchange.money.tax import Tax
from chumbak.exchange.people.persons import party, party_uri
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import assays, counts
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.contract import Contract, get, move, note, of, tax_between, tell
from chumbak.exchange.settle.reckon import price_lines
from chumbak.exchange.settle.weights import Weighed, Weighing, fits, weighed
from chumbak.exchange.trust.alarms import stands
from chumbak.exchange.trust.limits import after_settlement, check_lot


@dataclass(frozen=True)
class Proposal:
    """What was worked out: lines that sum to the price without tax, and who pays what of a referee's fee."""

    n: int
    price_paise: int
    seller_fee: int
    buyer_fee: int
    net_g: int
    ppm: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Bill:
    """What a proposal comes to for both sides, in paise: ``to_seller`` in all, ``from_buyer`` in all."""

    price: int
    tax: Tax
    seller_fee: int
    buyer_fee: int

    @property
    def to_seller(self) -> int:
        """Return what the seller gets in all, advance and all."""
        return self.price + self.tax.added - self.tax.withheld - self.seller_fee

    @property
    def from_buyer(self) -> int:
        """Return what the buyer pays in all, what was laid down and all."""
        return self.price + self.tax.added + self.buyer_fee


def propose(work: Work, found: Contract) -> None:
    """Work the settlement out and put it before both sides; where weights or seals do not agree a person looks."""
    from chumbak.exchange.settle.dispute import open_by_count, open_by_rule

    weight, content = weight_of(work, found), content_of(work, found)
    lines = price_lines(found.deal, weight, content, found.terms)
    fee = found.terms.referee_fee if content and content.by == "referee" else 0
    sellers = round(fee * content.seller_pays) if content else 0
    _keep(work, found, lines, sellers, fee - sellers, weight, content)
    move(work, found, "proposed", N_("The settlement is worked out."))
    check_lot(work, found.lot)
    about_sold = not weight or fits(weight.net_g, found.deal.grams, found.terms.load_tolerance)
    if weight and not (weight.agree and weight.seal_good and about_sold):
        open_by_rule(work, get(work, found.id), weight)
        return
    counted, pieces = counts.of_contract(work, found.id), counts.sold(work, found.lot)
    if counted and not counts.agree(counted, pieces):
        open_by_count(work, get(work, found.id), counted, pieces)
        return
    for one in (found.seller, found.buyer):
        tell(work, one, N_("The settlement is worked out: %(money)s without tax. Say yes, or object in time."),
             money=sum(line.paise for line in lines))  # fmt: skip


def override(work: Work, found: Contract, price: int, reason: str) -> None:
    """Put another price, decided or agreed, in place of what was worked out, with a line that says so."""
    last = proposal_of(work, found.id)
    assert last
    more = price - last.price_paise
    lines = [*last.lines, Line(N_("Settled otherwise: %(reason)s"), {"reason": reason}, more)] if more else last.lines
    _write(work, found, lines, last.seller_fee, last.buyer_fee, last.net_g, last.ppm)


def accept(work: Work, id: str, by: str) -> None:
    """Say yes to the settlement; when both have, it is paid. Raises ``Refusal``."""
    found = of(work, id, by)
    side = found.side(by)
    here = t.contract.update().where(t.contract.c.id == id, t.contract.c.state == "proposed")
    if work.connection.execute(here.values(**{f"{side}_accepts": True})).rowcount != 1:
        raise Refusal(N_("The contract is not at this step any more. Look at its page."))
    text = N_("The seller says yes.") if side == "seller" else N_("The buyer says yes.")
    note(work, id, "proposed", text)
    found = get(work, id)
    if found.seller_accepts and found.buyer_accepts and not held_by(work, found):
        settle(work, found)


def held_by(work: Work, found: Contract) -> list[str]:
    """Return the ids of alarms for which payment waits."""
    return [one.id for about in (found.id, found.lot) for one in stands(work, about)]


def settle(work: Work, found: Contract) -> Invoice | None:
    """Pay: what was laid down goes to both sides, the referee and what is withheld. Raises ``Refusal``.

    What a side has to add beyond that is taken from its wallet, and what is missing there is owed.
    """
    if waits := held_by(work, found):
        raise Refusal(N_("Payment waits until a person has looked at this: %(id)s."), id=waits[0])
    last = proposal_of(work, found.id)
    assert last
    bill = bill_of(work, found, last)
    move(work, found, "final", N_("The settlement is paid."))
    fixed = [
        (found.escrow, -balance(work, found.escrow)),
        ("outside:referee", last.seller_fee + last.buyer_fee),
        (withheld.account(found.buyer), bill.tax.withheld),
    ]
    due = {found.seller: bill.to_seller - found.advance_paise, found.buyer: found.escrow_paise - bill.from_buyer}
    collect(work, "settlement", found.id, fixed, due, N_("Settlement of a lot"))
    made = None
    if last.price_paise:
        made = invoices.issue(
            work, seller=found.seller, buyer=found.buyer, about=found.id, lines=last.lines, tax=bill.tax
        )
    _tell_custody(work, found, last, made)
    after_settlement(work, found.lot)
    work.audit("settled", found.id, paise=last.price_paise)
    tell(work, found.seller, N_("Your lot is settled: %(money)s in all. It is in your wallet."), money=bill.to_seller)
    tell(work, found.buyer, N_("The lot is settled: %(money)s in all."), money=bill.from_buyer)
    return made


def cancel(work: Work, found: Contract, text: str) -> None:
    """End a contract before the load left; what was laid down goes back to the buyer."""
    move(work, found, "cancelled", text)
    if held := balance(work, found.escrow):
        post(work, "escrow-back", found.id, [(found.escrow, -held), (wallet(found.buyer), held)])
        pay_claims(work, found.buyer)
    for one in (found.seller, found.buyer):
        tell(work, one, N_("A contract of yours has ended without a sale."))


def give_up(work: Work, id: str, by: str) -> None:
    """End a contract before the load left: the seller, or the buyer while no money is laid down. Raises ``Refusal``."""
    found = of(work, id, by)
    if found.side(by) == "buyer" and found.state != "open":
        raise Refusal(N_("The money is laid down: only the seller can end this now."))
    text = N_("The seller ended the contract.") if found.side(by) == "seller" else N_("The buyer ended the contract.")
    cancel(work, found, text)


def correct(work: Work, id: str, paise: int, reason: str) -> Invoice:
    """Give ``paise`` of the price back to the buyer after the end, with a credit note. Raises ``Refusal``.

    For a person who belongs to neither side. What was withheld of it goes back to the seller.
    """
    from chumbak.exchange.settle.dispute import check_stranger

    found = get(work, id)
    check_stranger(work, found)
    first = next(iter(invoices.about(work, id)), None)
    if first is None:
        raise Refusal(N_("There is no invoice to correct."))
    note_ = invoices.credit(work, first.id, paise, reason)
    added = note_.tax_paise if first.path == "forward charge" else 0
    kept = note_.withheld_paise
    fixed = [(withheld.account(found.buyer), -kept)]
    due = {found.buyer: paise + added, found.seller: -(paise + added - kept)}
    collect(work, "correction", note_.id, fixed, due, N_("Correction of a settlement"))
    note(work, id, "final", N_("Corrected by a credit note: %(reason)s"), reason=reason)
    work.audit("corrected", id, paise=paise)
    return note_


def bill_of(work: Work, found: Contract, last: Proposal) -> Bill:
    """Return what a proposal comes to, with the tax of today."""
    tax = tax_between(work, party(work, found.seller), party(work, found.buyer), found.goods, last.price_paise)
    return Bill(last.price_paise, tax, last.seller_fee, last.buyer_fee)


def proposal_of(work: Work, id: str) -> Proposal | None:
    """Return the last proposal of a contract."""
    asked = select(t.proposal).where(t.proposal.c.contract == id).order_by(t.proposal.c.n.desc()).limit(1)
    row = work.connection.execute(asked).one_or_none()
    if row is None:
        return None
    lines = tuple(Line(*line) for line in json.loads(row.body))
    return Proposal(row.n, row.price_paise, row.seller_fee, row.buyer_fee, row.net_g, row.ppm, lines)


def weighings(work: Work, id: str) -> dict[str, Weighing]:
    """Return what was weighed, by side (sent, arrived)."""
    asked = select(t.weighing).where(t.weighing.c.contract == id)
    return {
        row.side: Weighing(row.gross_g, row.tare_g, row.u_g, row.seal, bool(row.seal_whole), row.foreign_g)
        for row in work.connection.execute(asked)
    }


def scales(work: Work, id: str) -> dict[str, str]:
    """Return which scales weighed, by side (sent, arrived)."""
    asked = select(t.weighing.c.side, t.weighing.c.scale).where(t.weighing.c.contract == id)
    return {row.side: row.scale for row in work.connection.execute(asked)}


def weight_of(work: Work, found: Contract) -> Weighed | None:
    """Return the weight that counts, None for a lot that is counted."""
    there = weighings(work, found.id)
    if "sent" not in there:
        return None
    return weighed(there["sent"], there.get("arrived"), found.terms.weight_tolerance, found.terms.load_tolerance)


def content_of(work: Work, found: Contract) -> assays.Settled | None:
    """Return the content that counts, None for a lot that was not sold by content."""
    if not found.deal.ppm:
        return None
    asked = select(t.assay.c.side, t.assay.c.ppm).where(t.assay.c.contract == found.id)
    there = {row.side: row.ppm for row in work.connection.execute(asked)}
    seller, buyer, third = (there.get(side) for side in (assays.SELLER, assays.BUYER, assays.REFEREE))
    return assays.settled(seller, buyer, third, found.terms.splitting_limit, found.deal.ppm)


def _keep(
    work: Work, found: Contract, lines: Sequence[Line], seller_fee: int, buyer_fee: int, weight: Weighed | None,
    content: assays.Settled | None,
) -> None:  # fmt: skip
    net = weight.payable_g if weight else 0
    _write(work, found, lines, seller_fee, buyer_fee, net, content.ppm if content else 0)


def _write(
    work: Work, found: Contract, lines: Sequence[Line], seller_fee: int, buyer_fee: int, net_g: int, ppm: int
) -> None:  # fmt: skip
    n = work.connection.execute(select(func.count()).where(t.proposal.c.contract == found.id)).scalar_one() + 1
    body = json.dumps([[line.text, line.values, line.paise] for line in lines], ensure_ascii=False)
    row = {"contract": found.id, "n": n, "made_us": work.now_us, "price_paise": sum(line.paise for line in lines)}
    row |= {"seller_fee": seller_fee, "buyer_fee": buyer_fee, "net_g": net_g, "ppm": ppm, "body": body}
    work.connection.execute(t.proposal.insert().values(**row))


def _tell_custody(work: Work, found: Contract, last: Proposal, made: Invoice | None) -> None:
    """Tell custody what the lot was found to hold (1 g at 1 part per million is 1 microgram), and who owns it now."""
    desk = work.desk
    lot = desk.uri("lot", found.lot)
    if last.ppm and last.net_g:
        work.record(measured(work, lot, {found.deal.element: last.net_g * last.ppm}, grams=last.net_g))
    papers = {"po": desk.uri("contract", found.id)} | ({"inv": desk.uri("invoice", made.id)} if made else {})
    owners = (party_uri(desk, found.seller), party_uri(desk, found.buyer))
    work.record(transferred(work, [lot], seller=owners[0], buyer=owners[1], papers=papers))
