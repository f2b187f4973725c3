"""What lists of lots show, and how prices that were paid compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from chumbak.exchange.desk import Work
from chumbak.exchange.market.backed import is_odd
from chumbak.exchange.market.lots import Lot, with_photos
from chumbak.exchange.market.tables import lots
from chumbak.exchange.price.seen import LEAST, Seen, seen
from chumbak.exchange.settle.tables import contract
from chumbak.exchange.trust.links import JOINING, why_related

A_PAGE = 20
LATEST = 200  # sales that are looked at for prices, at most
COUNTED = 40  # prices that are compared with, at most
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
    """Return what was paid for a class of late, near a place if enough was; None where too few sellers were.

    Only what is settled counts, between parties that are not related, once for each two of them in a month, and at a
    price that is not far from the fair one that was shown: two who sell to each other set no price.
    """
    where = work.catalogue.place(place)
    for area in ([where.state] if where else []) + [""]:
        chosen: Any = (lots.c.state == "awarded") & (lots.c.goods == goods) & (lots.c.id != but)
        chosen &= (lots.c.ended_us > work.now_us - MONTHS * MONTH_US) & (contract.c.state == "final")
        if area:
            chosen &= lots.c.place.in_(_places(work, area))
        rows = work.connection.execute(
            select(lots).join(contract, contract.c.id == lots.c.contract).where(chosen)
            .order_by(lots.c.ended_us.desc()).limit(LATEST)
        ).all()  # fmt: skip
        counted = _honest(work, with_photos(work, rows)) if len(rows) >= LEAST else []
        found = seen([round((one.price_paise or 0) / (one.pieces or 1)) for one in counted])
        if found and len({one.seller for one in counted}) >= LEAST:
            return Paid(found, area)
    return None


def _honest(work: Work, sold: list[Lot]) -> list[Lot]:
    """Return the lots whose price says what such lots go for, the newest first, some at most."""
    counted: dict[tuple[frozenset[str], int], Lot] = {}
    for one in sold:
        if one.buyer is None or one.price_paise is None or one.ended_us is None:
            continue
        key = (frozenset((one.seller, one.buyer)), one.ended_us // MONTH_US)
        if key in counted or is_odd(one.fair, one.whole(one.price_paise)):
            continue
        if why_related(work, one.seller, one.buyer, JOINING) is None:
            counted[key] = one
        if len(counted) == COUNTED:
            break
    return list(counted.values())


def _places(work: Work, area: str) -> list[str]:
    return [place.id for place in work.catalogue.places if place.state == area]
