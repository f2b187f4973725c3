"""Sums of what came in, by whatever is asked; cells in which few are behind are left out. Pure functions of rows."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from chumbak.exchange.desk import moment
from chumbak.exchange.numbers.facts import Got

LEAST = 5  # parties behind a number that everybody may see
HOME_AND_TRADE = ("household", "trader")
REGULAR_DAYS, WINDOW_DAYS = 12, 90  # on how many days of how many somebody works who works regularly: a judgement


@dataclass(frozen=True)
class Sum:
    """What came in under one heading. ``fair_paise`` is of the part ``fair_paid`` of which a fair price is known."""

    key: str
    parties: int
    count: int
    pieces: int
    grams: int
    paise: int
    fair_paise: int
    fair_paid: int

    @property
    def ratio(self) -> float | None:
        """Return price paid over fair price, None where no fair price above zero is known."""
        return self.fair_paid / self.fair_paise if self.fair_paise > 0 else None


@dataclass(frozen=True)
class AtWork:
    """Who earned: collectors and traders ever, in the last ``WINDOW_DAYS``, and regularly in those."""

    ever: int
    lately: int
    regularly: int


def by(rows: Sequence[Got], key: Callable[[Got], str]) -> list[Sum]:
    """Return sums by a key, the largest mass first."""
    parts: dict[str, list[Got]] = defaultdict(list)
    for one in rows:
        parts[key(one)].append(one)
    found = [total(listed, name) for name, listed in parts.items()]
    return sorted(found, key=lambda one: (-one.grams, -one.pieces, one.key))


def total(rows: Sequence[Got], key: str = "") -> Sum:
    """Return the sum of all rows."""
    fair = [(one.fair_paise, one.paise) for one in rows if one.fair_paise is not None]
    return Sum(
        key, len({one.seller for one in rows}), len(rows), sum(one.pieces for one in rows),
        sum(one.grams for one in rows), sum(one.paise for one in rows), sum(worth for worth, _ in fair),
        sum(paid for _, paid in fair),
    )  # fmt: skip


def by_month(rows: Sequence[Got], zone: str) -> list[Sum]:
    """Return sums by month, 2026-04, in order of time."""
    return sorted(by(rows, lambda one: month(one.at_us, zone)), key=lambda one: one.key)


def month(us: int, zone: str) -> str:
    """Return the month of a time, where the exchange is."""
    return moment(us).astimezone(ZoneInfo(zone)).strftime("%Y-%m")


def shown(sums: Sequence[Sum], least: int = LEAST) -> tuple[list[Sum], list[Sum]]:
    """Return the cells that may be shown to everybody beside their total, and those that may not.

    A cell with fewer parties than ``least`` is hidden. As it could be told from the total and all other cells, further
    cells are hidden with it, those of fewest parties first, until they are two at least and one of them has ``least``
    parties.
    """
    ordered = sorted(sums, key=lambda one: (one.parties, one.grams, one.key))
    hidden = [one for one in ordered if one.parties < least]
    rest = ordered[len(hidden) :]
    while hidden and rest and (len(hidden) < 2 or max(one.parties for one in hidden) < least):
        hidden.append(rest.pop(0))
    return [one for one in sums if one not in hidden], [one for one in sums if one in hidden]


def from_outside_the_formal_route(rows: Sequence[Got]) -> list[Got]:
    """Return what homes, offices and traders gave who are not registered for tax."""
    return [one for one in rows if not one.registered and one.seller_kind in (*HOME_AND_TRADE, "office")]


def paid_to_homes_and_traders(rows: Sequence[Got]) -> list[Got]:
    """Return what was paid to households and traders, registered or not."""
    return [one for one in rows if one.seller_kind in HOME_AND_TRADE]


def at_work(rows: Sequence[Got], now: dt.datetime, zone: str) -> AtWork:
    """Return who earned by it: collectors who fetched and traders who sold, by days on which they did."""
    days: dict[str, set[dt.date]] = defaultdict(set)
    for one in rows:
        day = moment(one.at_us).astimezone(ZoneInfo(zone)).date()
        if one.collector:
            days[one.collector].add(day)
        if one.seller_kind == "trader":
            days[one.seller].add(day)
    first = now.astimezone(ZoneInfo(zone)).date() - dt.timedelta(days=WINDOW_DAYS)
    lately = {who: sum(day > first for day in listed) for who, listed in days.items()}
    return AtWork(
        len(days), sum(n > 0 for n in lately.values()), sum(n >= REGULAR_DAYS for n in lately.values())
    )  # fmt: skip
