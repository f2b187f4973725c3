"""Lots: drafts made in three steps, opened once the seller has seen the fair price, ended awarded, unsold or withdrawn.

A lot is known to custody from its first opening on: class, seal and hashes of its photographs in ``ilmd``, and what the
catalogue takes it to hold. Devices are sold by the lot, substances by the kilogram.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange import hand_over
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.desk import Work
from chumbak.exchange.market import auction, serials, tables
from chumbak.exchange.market.held import end_offers
from chumbak.exchange.market.photos import MOST_PHOTOS, Photo
from chumbak.exchange.market.tables import lots, photos
from chumbak.exchange.people.persons import party_uri, person
from chumbak.exchange.price.fair import Fair, check_amount, fair_price, read_fair
from chumbak.exchange.refusal import N_, Refusal

SELLERS = ("trader", "collector", "recycler")  # roles that list lots
MOST_DAYS = 30  # that a lot is open
MOST_SAID = N_("A lot has at most %(most)s pictures.")
LONGEST_SEAL = 24
SEAL = re.compile(rf"[0-9A-Za-z/-]{{1,{LONGEST_SEAL}}}")  # no name and no sentence fits it
MOST_DRAFTS = 20  # of one party
HOUR = 60 * auction.MINUTE
KIND_IN_CUSTODY = "lot"


@dataclass(frozen=True)
class Lot:
    """A lot. Money is in paise for the lot or for a kilogram (``basis``); ``fair`` is None while it is a draft."""

    id: str
    seller: str
    person: str
    goods: str
    origin: str
    pieces: int
    grams: int
    seal: str
    place: str
    state: str
    way: str
    reserve_paise: int
    step_paise: int
    made_us: int
    opened_us: int | None
    closes_us: int | None
    ended_us: int | None
    fair: Fair | None
    buyer: str | None
    price_paise: int | None
    contract: str | None
    listed: int
    photos: tuple[str, ...] = ()

    @property
    def basis(self) -> str:
        """Return what is priced: "lot" where devices are counted, "kg" where a substance is weighed."""
        return "lot" if self.pieces else "kg"

    def each(self, paise: int) -> int:
        """Return an amount for the whole lot as one for what is priced, half to even."""
        return paise if self.basis == "lot" else round(paise * 1000 / self.grams)

    def whole(self, paise: int) -> int:
        """Return an amount for what is priced as one for the whole lot, half to even."""
        return paise if self.basis == "lot" else round(paise * self.grams / 1000)


def lot(work: Work, id: str) -> Lot:
    """Return a lot. Raises ``KeyError`` for an id that is none."""
    row = work.connection.execute(select(lots).where(lots.c.id == id)).one_or_none()
    if row is None:
        raise KeyError(id)
    return made_of(row, _photos_of(work, [id]).get(id, ()))


def made_of(row: Any, shown: Sequence[str] = ()) -> Lot:
    """Return the lot that a row of the table holds."""
    said = dict(row._mapping)
    fair = read_fair(said["fair"]) if said["fair"] else None
    del said["fair_paise"]
    return Lot(**(said | {"fair": fair, "photos": tuple(shown)}))


def with_photos(work: Work, rows: Sequence[Any]) -> list[Lot]:
    """Return the lots of rows, with their photographs."""
    shown = _photos_of(work, [row.id for row in rows])
    return [made_of(row, shown.get(row.id, ())) for row in rows]


def named(catalogue: Catalogue, goods: str) -> str:
    """Return what a class is called, its id where the catalogue knows it no more."""
    found = catalogue.kind(goods) or catalogue.substance(goods)
    return found.name if found else goods


def draft(
    work: Work, *, goods: str, origin: str, grams: int, pieces: int, place: str, into: str = ""
) -> str:  # fmt: skip
    """Begin a lot of the actor's party, or change its draft ``into``; return its id. Raises ``Refusal``."""
    kind = work.catalogue.kind(goods)
    if kind is None and work.catalogue.substance(goods) is None:
        raise Refusal(N_("Choose what it is."), field="goods")
    if origin not in tables.ORIGINS:
        raise Refusal(N_("Say where it comes from."), field="origin")
    check_amount(grams, pieces if kind else 0, counted=kind is not None)
    if not grams:
        raise Refusal(N_("Write what it weighs."), field="weight")
    if work.catalogue.place(place) is None:
        raise Refusal(N_("Say where it lies: choose a place."), field="place")
    said = {"goods": goods, "origin": origin, "grams": grams, "pieces": pieces if kind else 0, "place": place}
    if into:
        _change(work, mine(work, into), "draft", **said)
        if kind is None:
            serials.forget(work, into)
        return into
    seller = person(work, work.actor).party
    many = select(func.count()).where(lots.c.seller == seller, lots.c.state == "draft")
    if work.connection.execute(many).scalar_one() >= MOST_DRAFTS:
        raise Refusal(N_("You have begun %(most)s lots. Finish or remove one first."), most=MOST_DRAFTS)
    id = work.new_id("lot")
    work.connection.execute(
        lots.insert().values(
            id=id, seller=seller, person=work.actor, seal="", state="draft", way="offers", reserve_paise=0,
            step_paise=0, made_us=work.now_us, listed=0, **said,
        )
    )  # fmt: skip
    work.audit("lot-begun", id, goods=goods, grams=grams)
    return id


def check_room(work: Work, id: str, more: int) -> None:
    """Refuse photographs of which a draft cannot have so many: said before any is read. Raises ``Refusal``."""
    mine_in(work, id, "draft")
    here = work.connection.execute(select(func.count()).where(photos.c.lot == id)).scalar_one()
    if more and here + more > MOST_PHOTOS:
        raise Refusal(MOST_SAID, field="photo", most=MOST_PHOTOS)


def add_photo(work: Work, id: str, found: Photo) -> str:
    """Add a photograph to a draft; return its id. The same picture twice is there once. Raises ``Refusal``."""
    mine_in(work, id, "draft")
    of_lot = photos.c.lot == id
    known = work.connection.execute(select(photos.c.id).where(of_lot, photos.c.sha256 == found.sha256)).scalar()
    if known:
        return str(known)
    last = work.connection.execute(select(func.max(photos.c.n)).where(of_lot)).scalar() or 0
    if work.connection.execute(select(func.count()).where(of_lot)).scalar_one() >= MOST_PHOTOS:
        raise Refusal(MOST_SAID, field="photo", most=MOST_PHOTOS)
    made = work.new_id("photo")
    row = {"id": made, "lot": id, "n": last + 1, "sha256": found.sha256, "body": found.body, "small": found.small}
    work.connection.execute(photos.insert().values(**row))
    return made


def remove_photo(work: Work, id: str, picture: str) -> None:
    """Take a photograph off a draft."""
    mine_in(work, id, "draft")
    work.connection.execute(delete(photos).where(photos.c.lot == id, photos.c.id == picture))


def list_serials(work: Work, id: str, text: str) -> None:
    """Note the serial numbers of the devices of a draft, "" for none. Raises ``Refusal``."""
    mine_in(work, id, "draft")
    serials.set_serials(work, id, text)


def set_seal(work: Work, id: str, seal: str) -> None:
    """Note the number of the seal on a draft, "" for none. Raises ``Refusal``."""
    number = "".join(seal.split())
    if number and not SEAL.fullmatch(number):
        raise Refusal(N_("A seal's number has A-Z, 0-9, - and /, at most %(most)s of them."), field="seal",
                      most=LONGEST_SEAL)  # fmt: skip
    _change(work, mine(work, id), "draft", seal=number)


def price(work: Work, found: Lot) -> Fair:
    """Return the fair price of a lot by the catalogue of today."""
    return fair_price(work.catalogue, found.goods, grams=found.grams, pieces=found.pieces)


def open_lot(
    work: Work, id: str, *, shown: int, way: str, hours: int, reserve: int = 0, step: int = 0
) -> Lot:  # fmt: skip
    """Open a lot of the actor's party to buyers. Raises ``Refusal``.

    ``shown`` is the fair price that the seller was shown, in paise: another one has to be shown first. ``reserve`` and
    ``step`` are in paise for what is priced.
    """
    found = mine(work, id)
    if not can_open(work, found):
        raise Refusal(N_("This lot is open already, or is sold or withdrawn."))
    fair = price(work, found)
    if shown != fair.paise:
        raise Refusal(N_("The fair price has changed. Look at it again, then open the lot."), field="shown")
    if way not in tables.WAYS:
        raise Refusal(N_("Choose how to sell."), field="way")
    if not 1 <= hours <= 24 * MOST_DAYS:
        raise Refusal(N_("A lot is open for 1 hour to %(most)s days."), field="hours", most=MOST_DAYS)
    if reserve < 0 or reserve > 10**13:
        raise Refusal(N_("Write the least that you take, or leave it empty."), field="reserve")
    least = max(step, 100) if way == "open" else 0
    if way == "open" and found.whole(least) > max(found.whole(reserve), fair.paise, 10_000):
        raise Refusal(N_("The step of the bids is more than the lot is worth. Write a smaller one."), field="step")
    serials.claim(work, id, found.seller, found.pieces)
    _change(
        work, found, found.state, state="open", way=way, reserve_paise=reserve, step_paise=least, opened_us=work.now_us,
        closes_us=work.now_us + hours * HOUR, ended_us=None, fair=fair.text(), fair_paise=fair.paise,
        buyer=None, price_paise=None, contract=None,
        listed=found.listed + 1,
    )  # fmt: skip
    if not found.listed:
        _tell_custody(work, found, fair)
    work.audit("lot-opened", id, way=way, fair=fair.paise, hours=hours, times=found.listed + 1)
    return lot(work, id)


def can_open(work: Work, found: Lot) -> bool:
    """Whether a lot can be opened: it never was, was not sold, or its sale was called off."""
    from chumbak.exchange.settle.contract import get

    if found.state == "awarded" and found.contract:
        return get(work, found.contract).state == "cancelled"
    return found.state in ("draft", "unsold")


def withdraw(work: Work, id: str) -> None:
    """Take a lot of the actor's party off the market. Raises ``Refusal`` where it is sold, or has bids."""
    found = mine(work, id)
    if found.state != "open" and not can_open(work, found):
        raise Refusal(N_("This lot is sold or withdrawn already."))
    if found.state == "draft":
        serials.forget(work, id)
        work.connection.execute(delete(photos).where(photos.c.lot == id))
        work.connection.execute(delete(lots).where(lots.c.id == id, lots.c.state == "draft"))
        work.audit("lot-removed", id)
        return
    if found.state == "open" and _has_bids(work, found):
        raise Refusal(N_("Somebody has bid. The auction goes on to its end."))
    gone = {"buyer": None, "price_paise": None, "contract": None}
    _change(work, found, found.state, state="withdrawn", ended_us=work.now_us, **gone)
    serials.release(work, id)
    end_offers(work, id, "refused")
    work.record(
        hand_over.gone(
            work, [work.desk.uri(KIND_IN_CUSTODY, id)], step="removing", to=party_uri(work.desk, found.seller),
            place=work.desk.uri("place", found.place),
        )
    )  # fmt: skip
    work.audit("lot-withdrawn", id)


def mine(work: Work, id: str) -> Lot:
    """Return a lot of the actor's party. Raises ``KeyError`` for one of somebody else."""
    found = lot(work, id)
    if not work.actor or person(work, work.actor).party != found.seller:
        raise KeyError(id)
    return found


def mine_in(work: Work, id: str, state: str) -> Lot:
    """Return a lot of the actor's party in a state. Raises ``KeyError``, and ``Refusal`` for another state."""
    found = mine(work, id)
    if found.state != state:
        raise Refusal(N_("This lot is open already, or is sold or withdrawn."))
    return found


def _change(work: Work, found: Lot, was: str, **said: Any) -> None:
    """Change a lot that is still in a state: who comes second is told so."""
    try:
        done = work.connection.execute(lots.update().where(lots.c.id == found.id, lots.c.state == was).values(**said))
    except IntegrityError as error:
        raise ValueError(f"{found.id} cannot be so: {said}") from error
    if done.rowcount != 1:
        raise Refusal(N_("This lot is open already, or is sold or withdrawn."))


def _has_bids(work: Work, found: Lot) -> bool:
    bids = tables.bids
    chosen = (bids.c.lot == found.id, bids.c.listed == found.listed)
    return work.connection.execute(select(bids.c.n).where(*chosen).limit(1)).scalar() is not None


def _tell_custody(work: Work, found: Lot, fair: Fair) -> None:
    hashes = work.connection.execute(
        select(photos.c.sha256).where(photos.c.lot == found.id).order_by(photos.c.n)
    ).scalars()
    said: dict[str, Any] = {"rem:class": found.goods, "rem:photos": [f"sha256:{one}" for one in hashes]}
    # A seal is typed by a person, and custody is for good: whoever knows the number can have it compared.
    said |= {"rem:seal": work.desk.keyed("seal", found.seal)} if found.seal else {}
    said |= {"rem:pieces": str(found.pieces)} if found.pieces else {}
    said |= {"rem:catalogue": fair.edition}
    seller = party_uri(work.desk, found.seller)
    event = hand_over.appears(
        work, work.desk.uri(KIND_IN_CUSTODY, found.id), fair.content, step="commissioning", kind=found.origin,
        grams=found.grams, source=seller, to=seller, place=work.desk.uri("place", found.place), ilmd=said,
    )  # fmt: skip
    work.record(event)


def _photos_of(work: Work, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    rows = work.connection.execute(
        select(photos.c.lot, photos.c.id).where(photos.c.lot.in_(ids)).order_by(photos.c.lot, photos.c.n)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row.lot] = (*found.get(row.lot, ()), row.id)
    return found
