"""What lists of lots show, and how prices that were paid compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from chumbak.exchange.desk import Work
from chumbak.exchange.market.lots import Lot, with_photos
from chumbak.exchange.market.tables import lots
from chumbak.exchange.price.seen import LEAST, Seen, seen

A_PAGE = 20
LATEST = 200  # prices that are compared with, at most
MONTHS = 12
MONTH_US = 30 * 24 * 3600 * 1_000_000


@dataclass(frozen=True)
class Paid:
    """Prices paid for one class, ``area`` being the name of a state, "" for everywhere; for a kilogram or a piece."""

    seen: Seen
    area: str


def open_lots(work: Work, *, goods: str = "", area: str = "", page: int = 1) -> tuple[list[Lot], int]:
    """Return a page of the lots that are open, those that close first at the head, and how many pages there are."""
    chosen: Any = (lots.c.state == "open") & (lots.c.closes_us > work.now_us)
    if goods:
        chosen &= lots.c.goods == goods
    if area:
        chosen &= lots.c.place.in_(_places(work, area))
    many = work.connection.execute(select(func.count()).where(chosen)).scalar_one()
    pages = max(1, -(-many // A_PAGE))
    start = (min(max(page, 1), pages) - 1) * A_PAGE
    rows = work.connection.execute(
        select(lots).where(chosen).order_by(lots.c.closes_us, lots.c.id).limit(A_PAGE).offset(start)
    ).all()
    return with_photos(work, rows), pages


def goods_on_sale(work: Work) -> list[str]:
    """Return the classes of which a lot is open."""
    chosen = select(lots.c.goods).where(lots.c.state == "open").distinct().order_by(lots.c.goods)
    return list(work.connection.execute(chosen).scalars())


def of_party(work: Work, party: str, most: int = 50) -> list[Lot]:
    """Return the newest lots that a party sells or has bought."""
    mine = or_(lots.c.seller == party, lots.c.buyer == party)
    rows = work.connection.execute(
        select(lots).where(mine).order_by(lots.c.made_us.desc(), lots.c.id).limit(most)
    ).all()
    return with_photos(work, rows)


def paid(work: Work, goods: str, place: str, but: str = "") -> Paid | None:
    """Return what was paid for a class of late, near a place if enough was; None where too few were seen."""
    where = work.catalogue.place(place)
    for area in ([where.state] if where else []) + [""]:
        chosen: Any = (lots.c.state == "awarded") & (lots.c.goods == goods) & (lots.c.id != but)
        chosen &= lots.c.ended_us > work.now_us - MONTHS * MONTH_US
        if area:
            chosen &= lots.c.place.in_(_places(work, area))
        rows = work.connection.execute(
            select(lots.c.price_paise, lots.c.pieces).where(chosen).order_by(lots.c.ended_us.desc()).limit(LATEST)
        ).all()
        found = seen([round(row.price_paise / (row.pieces or 1)) for row in rows]) if len(rows) >= LEAST else None
        if found:
            return Paid(found, area)
    return None


def _places(work: Work, area: str) -> list[str]:
    return [place.id for place in work.catalogue.places if place.state == area]
