"""What people of the town do, told by the same functions that the pages call. Masses are grams, money is paise."""

from __future__ import annotations

from functools import partial

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.market import auctions, offers
from chumbak.exchange.market import lots as market
from chumbak.exchange.market.closing import close_due
from chumbak.exchange.settle import contract, ends
from chumbak.exchange.settle.counts import Count, sold
from chumbak.exchange.settle.weights import Weighing
from chumbak.exchange.takeback import bookings, destruction, handing, plant, quotes, slots
from chumbak.exchange.takeback.batch import Look
from chumbak.exchange.takeback.serial import invented_imei
from chumbak.exchange.takeback.tariff import tariff_of
from chumbak.exchange.town.lived import Town

TARE_G, SCALE_G = 1_000_000, 20  # of a vehicle, and how exact a scale is (standard uncertainty): invented
PIECE_G = {"smartphone": 180, "feature_phone": 90, "laptop": 2_200, "desktop": 8_000, "audio": 60}  # invented
STEP = 10_000  # of bids in an open auction


def book(town: Town, who: str, given: tuple[tuple[str, str], ...]) -> str:
    """Have a home book a time for devices (kind and condition); return the booking."""
    with town.desk.read() as work:
        taken = quotes.kinds_taken(work)
    wishes = [quotes.Wish(kind, condition, _serial(town, kind)) for kind, condition in given if kind in taken]

    def ask(work: Work) -> str:
        quote = quotes.make_quote(work, wishes)
        (slot, *_) = slots.free_slots(work, town.places[0])
        return bookings.book(
            work, town.who(work, who), quote, slot.id, address=f"House of {who}, Invented Street, Invented Town",
            how="wallet",
        )  # fmt: skip

    id: str = town.do(who, ask)
    return id


def hand_over(town: Town, who: str, id: str) -> None:
    """Have the price of a booking read back and agreed to, and the devices handed over by the code."""

    def price(work: Work) -> int:
        found = bookings.booking(work, id)
        looks = {one.n: Look(one.quoted, PIECE_G.get(one.kind, 1_000)) for one in found.devices}
        handing.see(work, id, looks, found.paise)
        return found.paise

    paise = town.do("collector", price)
    code = town.do(who, lambda work: handing.confirm(work, id, paise))
    town.clock.later(minutes=2)
    handing.enter_code(town.desk, town.be("collector"), id, code)


def receive(town: Town, id: str) -> None:
    """Have the plant scan what came of a booking."""

    def scan(work: Work) -> None:
        plant.receive(work, id, [one.n for one in bookings.booking(work, id).here])

    town.do("recycler", scan)


def clear(town: Town, id: str) -> None:
    """Have the plant find devices as they were said to be, and destroy the data on them."""
    town.do("recycler", partial(plant.inspect, id=id, finds={}))

    def certify(work: Work) -> None:
        found = bookings.booking(work, id)
        terms = tariff_of(work.desk).kinds
        if any(one.kind in terms and terms[one.kind].data != "none" for one in found.devices):
            destruction.certify(work, id, {one.n: destruction.SHRED for one in found.devices})

    town.do("recycler", certify)


def list_lot(
    town: Town, seller: str, goods: str, pieces: int, grams: int, way: str, hours: int = 72, reserve: float = 0.0
) -> market.Lot:  # fmt: skip
    """Have a lot listed where its seller is; ``reserve`` is a share of the fair price."""

    def list_it(work: Work) -> market.Lot:
        place = town.place_of(work, seller)
        id = market.draft(work, goods=goods, origin="post-consumer", grams=grams, pieces=pieces, place=place)
        found = market.lot(work, id)
        fair = market.price(work, found).paise
        step = STEP if way == "open" else 0
        return market.open_lot(
            work, id, shown=fair, way=way, hours=hours, step=step, reserve=round(found.each(fair) * reserve)
        )

    made: market.Lot = town.do(seller, list_it)
    return made


def price_of(lot: market.Lot, share: float) -> int:
    """Return a share of the fair price for what is priced, in whole units of the currency."""
    assert lot.fair is not None
    return max(round(lot.each(lot.fair.paise) * share / 100), 1) * 100


def bid(town: Town, buyer: str, lot: market.Lot, share: float) -> None:
    """Have a buyer bid a share of the fair price."""
    assert lot.fair is not None
    shown = lot.fair.paise
    town.do(buyer, lambda work: auctions.bid(work, lot.id, paise=price_of(lot, share), shown=shown))


def sell(town: Town, lot: market.Lot, seller: str, buyer: str, share: float) -> str:
    """Have a lot sold to a buyer by an offer of a share of the fair price; return the contract."""
    assert lot.fair is not None
    shown = lot.fair.paise
    made = town.do(buyer, lambda work: offers.offer(work, lot.id, paise=price_of(lot, share), shown=shown))
    town.do(seller, lambda work: offers.accept(work, made))
    return contract_of(town, lot.id)


def close(town: Town) -> None:
    """Have auctions that are over come to their end."""
    town.do(SYSTEM, close_due)


def contract_of(town: Town, lot: str) -> str:
    """Return the contract of a lot that was sold."""
    with town.desk.read() as work:
        found = contract.of_lot(work, lot)
    assert found is not None
    return found.id


def load_leaves(town: Town, id: str, seal: str = "INVENTED-1") -> None:
    """Have the seller weigh a load, seal it and send it."""
    found = _contract(town, id)
    town.do(_named(town, found.seller), lambda work: ends.send(
        work, id, found.seller, _load(work, found, seal), "Invented scale"
    ))  # fmt: skip


def load_comes(town: Town, id: str, seal: str = "INVENTED-1") -> None:
    """Have the buyer weigh a load that came."""
    found = _contract(town, id)
    town.do(_named(town, found.buyer), lambda work: ends.arrive(
        work, id, found.buyer, _load(work, found, seal), "Invented scale of the plant"
    ))  # fmt: skip


def assays(town: Town, id: str, seller: float, buyer: float) -> None:
    """Have both sides send an assay, each a share of the content at which the lot was sold."""
    found = _contract(town, id)
    for side, share in ((found.seller, seller), (found.buyer, buyer)):
        town.do(_named(town, side), partial(
            ends.give_assay, id=id, by=side, ppm=round(found.deal.ppm * share), u_ppm=round(found.deal.ppm * 0.01),
            laboratory="Invented laboratory", method="ICP-OES",
        ))  # fmt: skip


def state_of(town: Town, id: str) -> str:
    """Return how a contract stands."""
    return _contract(town, id).state


def _contract(town: Town, id: str) -> contract.Contract:
    with town.desk.read() as work:
        return contract.get(work, id)


def _named(town: Town, party: str) -> str:
    return next(name for name, id in town.parties.items() if id == party)


def _load(work: Work, found: contract.Contract, seal: str) -> Weighing | Count:
    """Return a load as it was sold."""
    if found.deal.grams:
        return Weighing(TARE_G + found.deal.grams, TARE_G, SCALE_G, seal)
    return Count(sold(work, found.lot) or 0, seal)


def _serial(town: Town, kind: str) -> str:
    """Return an invented serial number: a phone's is an IMEI that is kept for tests, others say that they are."""
    n = town.chance.randrange(10**9)
    return invented_imei(n) if tariff_of(town.desk).kinds[kind].imei else f"INVENTED-{n}"
