"""Pages of money: my wallet, my book by month, invoices, paying in and out, and what a person has to carry out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.responses import Response

from chumbak.exchange.market.lots import lot, named
from chumbak.exchange.money import claims, holds, invoices, pay_in, payout, withheld
from chumbak.exchange.money.ledger import balance, wallet
from chumbak.exchange.money.tax import rates_of, rules_for
from chumbak.exchange.people.persons import party
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import book
from chumbak.exchange.settle.contract import of_party
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.settle_shared import CHECKERS, TRADE, is_checker, name_of, typed_paise, who

ANYBODY = (*TRADE, *CHECKERS)
SHOPS = ("trader", "recycler", "collector")  # who takes vouchers
SHOWN = 50
WAYS = {"upi": N_("To my UPI address"), "voucher": N_("As a voucher")}
UNUSED = N_("A voucher that nobody has used yet")
PAYMENT_STATES = {"sent": N_("On its way"), "paid": N_("Paid"), "failed": N_("Failed: it is in your wallet again")}
PAY_IN_STATES = {"said": N_("Not looked for yet"), "there": N_("It is there"), "not there": N_("It did not come")}
KINDS = {
    "invoice": N_("Invoice"), "self-invoice": N_("Invoice by the buyer, under reverse charge"),
    "bill": N_("Bill without tax"), "credit-note": N_("Credit note"),
}  # fmt: skip
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        form_page("/wallet", show_wallet, pay_out, TRADE),
        form_page("/wallet/back", show_wallet, take_back, TRADE),
        form_page("/wallet/in", show_in, say_in, TRADE),
        Page("/book", my_book, roles=TRADE),
        Page("/book/month.csv", month_csv, roles=TRADE),
        Page("/book/lots.csv", lots_csv, roles=TRADE),
        Page("/invoices", my_invoices, roles=TRADE),
        Page("/invoice/{invoice}", invoice, roles=ANYBODY),
        form_page("/voucher", show_voucher, take_voucher, SHOPS),
        form_page("/payments", show_payments, carry_out, ("administrator",)),
        Page("/taxes", taxes),
    ]


def show_wallet(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show what is in the wallet, what was paid out, and how to have more paid out."""
    return _wallet(asked, values, fault, "")


def _wallet(asked: Asked, values: Mapping[str, str], fault: Fault | None, code: str) -> Response:
    mine = who(asked).party
    with asked.desk.read(asked.actor) as work:
        free = balance(work, wallet(mine))
        held = [(one, named(work.catalogue, lot(work, one.lot).goods)) for one in holds.of_party(work, mine)]
        paid = payout.of_party(work, mine)[:SHOWN]
        owing = claims.against(work, mine)
        due = claims.of(work, mine)
    once = f"{asked.desk.random.getrandbits(64):016x}"  # so that a form sent twice pays once
    return view(
        asked, "money/wallet.html", once=once, shop=bool(who(asked).roles & set(SHOPS)), free=free, held=held,
        paid=paid, owing=owing, due=due, ways=WAYS, code=code, states=PAYMENT_STATES, unused=UNUSED, values=values,
        fault=fault,
    )  # fmt: skip


def pay_out(asked: Asked) -> Response:
    """Have money paid out. A voucher's code is on the page that answers, once: it is kept nowhere."""
    form = asked.form
    if form.get("how") not in WAYS:
        raise Refusal(N_("Choose how you want the money."), field="how")
    with asked.desk.work(asked.actor) as work:
        paise = typed_paise(form.get("paise", ""), "paise")
        key = f"{asked.actor}/{form['once']}" if form.get("once") else ""
        made = payout.payout(work, who(asked).party, paise, form["how"], form.get("reference", ""), key=key)
    return _wallet(asked, {}, None, made.code) if made.code else go(asked, "/wallet")


def take_back(asked: Asked) -> Response:
    """Put a voucher that nobody has used back into the wallet."""
    with asked.desk.work(asked.actor) as work:
        payout.take_back(work, who(asked).party, asked.form.get("payment", ""))
    return go(asked, "/wallet")


def show_in(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show what was paid in, and ask for more."""
    with asked.desk.read(asked.actor) as work:
        said = pay_in.of_party(work, who(asked).party)[:SHOWN]
    return view(asked, "money/in.html", said=said, states=PAY_IN_STATES, values=values, fault=fault)


def say_in(asked: Asked) -> Response:
    """Note that somebody paid in."""
    with asked.desk.work(asked.actor) as work:
        paise = typed_paise(asked.form.get("paise", ""), "paise")
        pay_in.say(work, who(asked).party, paise, asked.form.get("reference", ""))
    return go(asked, "/wallet/in")


def my_book(asked: Asked) -> Response:
    """Show what was sold, earned and is owed, and a month of the wallet."""
    mine = who(asked).party
    with asked.desk.read(asked.actor) as work:
        year, number = _month_of(asked) or book.now(work)
        found = book.month(work, mine, year, number)
        total = book.summary(work, mine)
    before = f"{year - (number == 1):04d}-{(number - 2) % 12 + 1:02d}"
    after = f"{year + (number == 12):04d}-{number % 12 + 1:02d}"
    return view(asked, "money/book.html", found=found, total=total, before=before, after=after, called=book.called,
                month=f"{year:04d}-{number:02d}")  # fmt: skip


def month_csv(asked: Asked) -> Response:
    """Return a month of the wallet as a file."""
    with asked.desk.read(asked.actor) as work:
        year, number = _month_of(asked) or book.now(work)
        text = book.as_csv(work, book.month(work, who(asked).party, year, number), asked.say)
    return _file(text, f"book-{year:04d}-{number:02d}.csv")


def lots_csv(asked: Asked) -> Response:
    """Return all contracts as a file."""
    mine = who(asked).party
    with asked.desk.read(asked.actor) as work:
        text = book.lots_csv(work, mine, of_party(work, mine))
    return _file(text, "lots.csv")


def my_invoices(asked: Asked) -> Response:
    """List a party's invoices."""
    with asked.desk.read(asked.actor) as work:
        found = invoices.of_party(work, who(asked).party)[:SHOWN]
    return view(asked, "money/invoices.html", found=found, kinds=KINDS)


def invoice(asked: Asked) -> Response:
    """Show an invoice, to be printed."""
    with asked.desk.read(asked.actor) as work:
        found = invoices.find(work, asked.params["invoice"])
        if found is None or (who(asked).party not in (found.seller, found.buyer) and not is_checker(asked)):
            raise missing()
        parties = {id: party(work, id) for id in (found.seller, found.buyer)}
        names = {id: name_of(work, id) for id in parties}
        first = invoices.find(work, found.corrects) if found.corrects else None
    place = asked.desk.catalogue.place
    places = {id: (there.name if (there := place(one.place)) else one.place) for id, one in parties.items()}
    return view(asked, "money/invoice.html", one=found, parties=parties, names=names, places=places, kinds=KINDS,
                first=first)  # fmt: skip


def show_voucher(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask for a voucher's code."""
    return view(asked, "money/voucher.html", values=values, fault=fault, taken=None)


def take_voucher(asked: Asked) -> Response:
    """Take a voucher: its money goes into the shop's wallet."""
    with asked.desk.work(asked.actor) as work:
        taken = payout.redeem(work, asked.form.get("code", ""), who(asked).party)
    return view(asked, "money/voucher.html", values={}, fault=None, taken=taken)


def show_payments(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show what a person has to carry out at the bank, and what to look for there."""
    with asked.desk.read(asked.actor) as work:
        out, come = payout.under_way(work, "upi"), pay_in.waiting(work)
        kept = withheld.kept(work)
        parties = {one.party for one, _ in out} | {one.party for one in come} | {party for party, _ in kept}
        names = {id: name_of(work, id) for id in parties}
    return view(asked, "money/payments.html", out=out, come=come, kept=kept, names=names, values=values, fault=fault)


def carry_out(asked: Asked) -> Response:
    """Note what a person did at the bank or saw there."""
    do, id, text = (asked.form.get(name, "") for name in ("do", "id", "text"))
    acts = {
        "paid": lambda work: payout.confirm(work, id, text), "failed": lambda work: payout.fail(work, id, text),
        "there": lambda work: pay_in.there(work, id), "not there": lambda work: pay_in.not_there(work, id),
        "passed on": lambda work: withheld.pass_on(work, id, typed_paise(asked.form.get("paise", ""), "paise"), text),
    }  # fmt: skip
    if do not in acts:
        raise Refusal(N_("Choose what to do."))
    with asked.desk.work(asked.actor) as work:
        acts[do](work)
    return go(asked, "/payments")


def taxes(asked: Asked) -> Response:
    """Say which tax rules are applied here, with their sources, and which rates the operator has set."""
    pack = rules_for(asked.desk.catalogue.country, asked.desk.settings)
    return view(asked, "money/taxes.html", pack=pack, rates=rates_of(asked.desk.settings))


def _month_of(asked: Asked) -> tuple[int, int] | None:
    found = _MONTH.fullmatch(asked.query.get("month", ""))
    return (int(found[1]), int(found[2])) if found else None


def _file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + text, media_type="text/csv; charset=utf-8", headers=headers)
