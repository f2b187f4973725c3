"""Returns of a quarter or a fiscal year, as files in the shape in which a portal asks for such things.

No portal's own format is public: these are tables with plain names, as CSV or all together as JSON, to be typed or
copied over. Nothing is sent anywhere. Masses are kg, money units of the currency, days where the exchange is.

    producer   sold          fiscal_year, item, category, units, kg, average_life_years
               owed          metal, fiscal_year, owed_kg, retired_kg, open_kg, told_for_all_items
               bought        day, certificate, metal, kg, from_party, price, price_checked
               retired       day, certificate, metal, kg, fiscal_year
    recycler   received      item, pieces, kg, givers
               metal_sold    day, lot, metal, kg, certificate_kg, invoice, has_certificate
               made          day, certificate, metal, kg, holds_until
               transferred   day, certificate, metal, kg, to_party, price, price_checked
               ended         day, certificate, metal, kg

``owed`` is of the whole fiscal year, as of the day of the return, empty where nobody can tell; all others are of the
period alone.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from chumbak.exchange.desk import Work, microseconds, moment
from chumbak.exchange.numbers.facts import got
from chumbak.exchange.numbers.tables_of import by
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.responsibility import tables as t
from chumbak.exchange.responsibility.certificates import (
    INSIDE,
    Move,
    any_certificate,
    claims_of,
    moves_of,
    retired,
    rules_of,
)
from chumbak.exchange.responsibility.owed import covered, owed
from chumbak.exchange.responsibility.rules import Duties
from chumbak.exchange.responsibility.sales import sales_of

PERIODS = ("year", "q1", "q2", "q3", "q4")  # quarters of the fiscal year
COLUMNS: dict[str, tuple[str, ...]] = {
    "sold": ("fiscal_year", "item", "category", "units", "kg", "average_life_years"),
    "owed": ("metal", "fiscal_year", "owed_kg", "retired_kg", "open_kg", "told_for_all_items"),
    "bought": ("day", "certificate", "metal", "kg", "from_party", "price", "price_checked"),
    "retired": ("day", "certificate", "metal", "kg", "fiscal_year"),
    "received": ("item", "pieces", "kg", "givers"),
    "metal_sold": ("day", "lot", "metal", "kg", "certificate_kg", "invoice", "has_certificate"),
    "made": ("day", "certificate", "metal", "kg", "holds_until"),
    "transferred": ("day", "certificate", "metal", "kg", "to_party", "price", "price_checked"),
    "ended": ("day", "certificate", "metal", "kg"),
}
OF = {
    "producer": ("sold", "owed", "bought", "retired"),
    "recycler": ("received", "metal_sold", "made", "transferred", "ended"),
}
Row = dict[str, str]


@dataclass(frozen=True)
class Return:
    """A return: of whom, for which days (the last included), and its tables."""

    party: str
    side: str
    year: str
    period: str
    first: dt.date
    last: dt.date
    currency: str
    rules: str
    tables: Mapping[str, Sequence[Row]]


def days_of(duties: Duties, year: int, period: str) -> tuple[dt.date, dt.date]:
    """Return the first day of a period and the first after it. Raises ``Refusal`` for no period."""
    if period not in PERIODS:
        raise Refusal(N_("Choose a quarter or the whole year."), field="period")
    first, after = duties.begins(year), duties.begins(year + 1)
    if period == "year":
        return first, after
    months = [first.month - 1 + 3 * n for n in range(5)]
    days = [dt.date(first.year + month // 12, month % 12 + 1, first.day) for month in months]
    at = PERIODS.index(period) - 1
    return days[at], days[at + 1]


def make_return(work: Work, party: str, side: str, year: int, period: str) -> Return:
    """Return what a producer or recycler has to tell of a period. Raises ``Refusal``."""
    duties = rules_of(work)
    first, after = days_of(duties, year, period)
    zone = ZoneInfo(work.settings.time_zone)
    from_us, to_us = (microseconds(dt.datetime.combine(day, dt.time(), zone)) for day in (first, after))
    moves = moves_of(work, party, from_us, to_us)
    parts = _producer(work, duties, party, year, moves) if side == "producer" else _recycler(
        work, duties, party, moves, from_us, to_us)  # fmt: skip
    return Return(
        party, side, duties.name(year), period, first, after - dt.timedelta(days=1), work.catalogue.currency,
        f"{duties.title}, {duties.jurisdiction}, as read on {duties.read_on}", parts,
    )  # fmt: skip


def as_json(made: Return) -> str:
    """Return a return as JSON, with a word on every column that a reader may take wrongly."""
    head = {name: str(getattr(made, name)) for name in
            ("party", "side", "year", "period", "first", "last", "currency", "rules")}  # fmt: skip
    units = {
        "kg": "kilograms of metal, of goods in 'sold' and 'received'",
        "price": f"{made.currency}, of the whole certificate",
        "price_checked": "whether the price was held against the band of the rules",
    }
    return json.dumps(head | {"units": units, "tables": dict(made.tables)}, ensure_ascii=False, indent=1) + "\n"


def as_csv(made: Return, table: str) -> str:
    """Return a table of a return as CSV. Raises ``Refusal`` for a table that it does not have."""
    if table not in made.tables:
        raise Refusal(N_("There is no such table in this return."))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS[table], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _plain(value) for name, value in row.items()} for row in made.tables[table])
    return text.getvalue()


def kg(ug: int) -> str:
    """Return micrograms as kilograms, digit for digit."""
    return f"{ug // 10**9}.{ug % 10**9:09d}".rstrip("0").rstrip(".")


def _producer(work: Work, duties: Duties, party: str, year: int, moves: Sequence[Move]) -> dict[str, list[Row]]:
    sales = sales_of(work, party)
    lines = owed(duties, sales, year, work.catalogue)
    sold = [
        {"fiscal_year": duties.name(one.year), "item": one.item, "category": one.category, "units": str(one.units),
         "kg": kg(one.grams * 1_000_000), "average_life_years": str(one.life_years)}
        for one in sales if one.year == year
    ]  # fmt: skip
    due = [
        {"metal": one.metal, "fiscal_year": duties.name(year), "owed_kg": kg(one.owed_ug) if one.told else "",
         "retired_kg": kg(one.retired_ug), "open_kg": kg(one.open_ug) if one.told else "",
         "told_for_all_items": _yes(one.whole)}
        for one in covered(duties, lines, retired(work, party, year))
    ]  # fmt: skip
    bought = [_row(work, one) | {"from_party": one.giver} | _price(one) for one in moves
              if one.what == t.SOLD and one.taker == party]  # fmt: skip
    used = []
    for one in moves:
        if one.what == t.RETIRED:
            found = any_certificate(work, one.certificate)
            assert found
            assert found.retired_year is not None
            used.append(_row(work, one) | {"fiscal_year": duties.name(found.retired_year)})
    return {"sold": sold, "owed": due, "bought": bought, "retired": used}


def _recycler(
    work: Work, duties: Duties, party: str, moves: Sequence[Move], from_us: int, to_us: int
) -> dict[str, list[Row]]:
    sold = [
        {"day": _day(work, one.made_us), "lot": one.lot, "metal": one.metal, "kg": kg(one.ug),
         "certificate_kg": kg(one.certificate_ug), "invoice": one.invoice,
         "has_certificate": _yes(one.metal in duties.metals)}
        for one in claims_of(work, party) if from_us <= one.made_us < to_us
    ]  # fmt: skip
    made = [_row(work, one) | {"holds_until": _until(work, one)} for one in moves if one.what == t.MADE]
    gone = [_row(work, one) | {"to_party": one.taker} | _price(one) for one in moves
            if one.what == t.SOLD and one.giver == party]  # fmt: skip
    ended = [_row(work, one) for one in moves if one.what == t.ENDED]
    came = [one for one in got(work, party) if from_us <= one.at_us < to_us]
    received = [
        {"item": one.key, "pieces": str(one.pieces), "kg": kg(one.grams * 1_000_000), "givers": str(one.parties)}
        for one in by(came, lambda one: one.goods)
    ]
    return {"received": received, "metal_sold": sold, "made": made, "transferred": gone, "ended": ended}


def _row(work: Work, one: Move) -> Row:
    found = any_certificate(work, one.certificate)
    assert found
    return {
        "day": _day(work, one.made_us), "certificate": found.id, "metal": found.metal, "kg": kg(found.ug)
    }  # fmt: skip


def _price(one: Move) -> Row:
    paise = one.paise or 0
    return {"price": f"{paise // 100}.{paise % 100:02d}", "price_checked": _yes(one.band == INSIDE)}


def _until(work: Work, one: Move) -> str:
    found = any_certificate(work, one.certificate)
    assert found
    return _day(work, found.ends_us - 1)


def _day(work: Work, us: int) -> str:
    return moment(us).astimezone(ZoneInfo(work.settings.time_zone)).date().isoformat()


def _yes(answer: bool) -> str:
    return "yes" if answer else "no"


def _plain(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
