"""Invoices: numbered without gaps by issuer and fiscal year, never changed; a credit note corrects one.

Who issues follows from the tax: the seller, or under reverse charge the buyer for itself. An invoice names parties by
their ids; names are looked up when it is shown, so that a person who was erased is not kept in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, or_, select

from chumbak.exchange.desk import Work
from chumbak.exchange.money.tables import invoice, invoice_series
from chumbak.exchange.money.tax import REVERSE, Tax, rules_for
from chumbak.exchange.refusal import N_, Refusal

INVOICE, SELF_INVOICE, BILL, CREDIT_NOTE = "invoice", "self-invoice", "bill", "credit-note"


@dataclass(frozen=True)
class Line:
    """One line of a settlement or an invoice: a sentence with its values, and what it adds, in paise."""

    text: str
    values: dict[str, Any]
    paise: int


@dataclass(frozen=True)
class Invoice:
    """An invoice. ``value_paise`` is without tax; of a credit note amounts are what is given back."""

    id: str
    kind: str
    issuer: str
    year: str
    number: int
    seller: str
    buyer: str
    about: str
    corrects: str | None
    path: str
    made_us: int
    value_paise: int
    tax_paise: int
    withheld_paise: int
    lines: tuple[Line, ...]
    parts: tuple[tuple[str, int], ...]
    rate: str
    rules: tuple[dict[str, str], ...]
    reason: str = ""

    @property
    def label(self) -> str:
        """Return its number as it is written: 2026-27/000123."""
        return f"{self.year}/{self.number:06d}"


def issue(work: Work, *, seller: str, buyer: str, about: str, lines: Sequence[Line], tax: Tax) -> Invoice:
    """Write the invoice of a sale; ``lines`` sum to its value without tax. Once for each ``about``."""
    kind = SELF_INVOICE if tax.path == REVERSE else INVOICE if tax.added else BILL
    if found := _named(work, kind, about):
        return found
    body = {
        "lines": [[line.text, line.values, line.paise] for line in lines],
        "parts": [list(part) for part in tax.parts],
        "rate": "" if tax.rate is None else str(tax.rate),
        "rules": [
            {"id": rule.id, "title": rule.title, "citation": rule.citation, "standing": rule.standing}
            for rule in tax.rules
        ],
    }
    return _write(
        work, kind, buyer if kind == SELF_INVOICE else seller, body, seller=seller, buyer=buyer, about=about,
        corrects=None, path=tax.path, value_paise=sum(line.paise for line in lines),
        tax_paise=tax.added + tax.owed_by_buyer, withheld_paise=tax.withheld,
    )  # fmt: skip


def credit(work: Work, of: str, paise: int, reason: str) -> Invoice:
    """Write a credit note for ``paise`` of the value of an invoice, its tax in proportion.

    Raises ``Refusal`` for more than is left of it, or without a reason.
    """
    first = find(work, of)
    if first is None or first.kind == CREDIT_NOTE:
        raise Refusal(N_("There is no such invoice."))
    if not reason.strip():
        raise Refusal(N_("Say why the invoice is corrected."), field="reason")
    before = _where(work, invoice.c.corrects == of)
    left = first.value_paise - sum(one.value_paise for one in before)
    if not 0 < paise <= left:
        raise Refusal(N_("A credit note can be for what is left of the invoice at most."), field="paise")
    done = sum(one.value_paise for one in before) + paise
    tax = round(first.tax_paise * done / first.value_paise) - sum(one.tax_paise for one in before)
    kept = round(first.withheld_paise * done / first.value_paise) - sum(one.withheld_paise for one in before)
    body = {"lines": [], "parts": [], "rate": first.rate, "rules": list(first.rules), "reason": reason.strip()}
    return _write(
        work, CREDIT_NOTE, first.issuer, body, seller=first.seller, buyer=first.buyer,
        about=f"{of}/{len(before) + 1}", corrects=of, path=first.path, value_paise=paise, tax_paise=tax,
        withheld_paise=kept,
    )  # fmt: skip


def find(work: Work, id: str) -> Invoice | None:
    """Return an invoice by its id."""
    return next(iter(_where(work, invoice.c.id == id)), None)


def of_party(work: Work, party: str) -> list[Invoice]:
    """Return the invoices that a party is in, newest first."""
    return _where(work, or_(invoice.c.seller == party, invoice.c.buyer == party))[::-1]


def about(work: Work, what: str) -> list[Invoice]:
    """Return the invoices of a sale and what corrects them, in the order in which they were made."""
    first = _where(work, invoice.c.about == what)
    return first + [note for one in first for note in _where(work, invoice.c.corrects == one.id)]


def fiscal_year(work: Work) -> str:
    """Return the fiscal year of the work's time, where the exchange is; the calendar's where no rules are known."""
    day = work.now.astimezone(ZoneInfo(work.settings.time_zone)).date()
    pack = rules_for(work.catalogue.country, work.settings)
    return pack.fiscal_year(day) if pack else str(day.year)


def gaps(work: Work) -> list[str]:
    """Return the series whose numbers do not run from 1 without a gap: there should be none."""
    asked = select(
        invoice.c.issuer, invoice.c.year, func.count(), func.max(invoice.c.number), func.min(invoice.c.number)
    ).group_by(invoice.c.issuer, invoice.c.year)
    found = work.connection.execute(asked)
    return [f"{issuer} {year}" for issuer, year, n, most, least in found if (n, 1) != (most, least)]


def _write(work: Work, kind: str, issuer: str, body: dict[str, Any], **row: Any) -> Invoice:
    year = fiscal_year(work)
    number = _next(work, issuer, year)
    id = work.new_id("invoice")
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    work.connection.execute(
        invoice.insert().values(
            id=id, kind=kind, issuer=issuer, year=year, number=number, made_us=work.now_us, body=text, **row
        )
    )
    found = find(work, id)
    assert found
    return found


def _next(work: Work, issuer: str, year: str) -> int:
    """Take the next number of a series; the transaction holds the lock, so none is taken twice or left out."""
    this = (invoice_series.c.issuer == issuer) & (invoice_series.c.year == year)
    changed = work.connection.execute(invoice_series.update().where(this).values(last=invoice_series.c.last + 1))
    if not changed.rowcount:
        work.connection.execute(invoice_series.insert().values(issuer=issuer, year=year, last=1))
    return int(work.connection.execute(select(invoice_series.c.last).where(this)).scalar_one())


def _named(work: Work, kind: str, about: str) -> Invoice | None:
    return next(iter(_where(work, (invoice.c.kind == kind) & (invoice.c.about == about))), None)


def _where(work: Work, condition: Any) -> list[Invoice]:
    asked = select(invoice).where(condition).order_by(invoice.c.made_us, invoice.c.year, invoice.c.number)
    return [_read(row) for row in work.connection.execute(asked)]


def _read(row: Row[Any]) -> Invoice:
    said = json.loads(row.body)
    return Invoice(
        row.id, row.kind, row.issuer, row.year, row.number, row.seller, row.buyer, row.about, row.corrects, row.path,
        row.made_us, row.value_paise, row.tax_paise, row.withheld_paise,
        tuple(Line(*line) for line in said["lines"]), tuple((name, paise) for name, paise in said["parts"]),
        said["rate"], tuple(said["rules"]), said.get("reason", ""),
    )  # fmt: skip
