"""Filling the invented town: some weeks of take-backs and sales, told by the same functions that the pages call."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from chumbak.custody.store.open import open_store
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.custodians import Direct
from chumbak.exchange.desk import SYSTEM, Desk, Settings, Work, utc_now
from chumbak.exchange.market import auctions, offers
from chumbak.exchange.market import lots as market
from chumbak.exchange.money import pay_in
from chumbak.exchange.people.persons import Person, person, register
from chumbak.exchange.settle import contract, ends, finish
from chumbak.exchange.settle.weights import Weighing
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.takeback import apart, bookings, destruction, handing, plant, quotes, slots
from chumbak.exchange.takeback.batch import Look
from chumbak.exchange.takeback.serial import invented_imei
from chumbak.exchange.takeback.tariff import tariff_of

WEEKS = 6
SEED = 20260401
OPENS = 10  # o'clock, when hand-overs begin
FIRST_PAISE = 50_000_000  # that each buyer pays in

TOWN = Path(__file__).with_name("town.yaml")
OWN = Path(__file__).with_name("own")  # rules that the town has in place of the samples


@dataclass
class Clock:
    """The town's own time, which the filling moves."""

    at: dt.datetime

    def __call__(self) -> dt.datetime:
        """Return the time."""
        return self.at

    def later(self, **span: float) -> None:
        """Move on."""
        self.at += dt.timedelta(**span)


@dataclass
class Town:
    """The town while it is filled: its desk, clock, chance, and who lives in it by id."""

    desk: Desk
    clock: Clock
    chance: random.Random
    people: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    def be(self, id: str) -> str:
        """Return the id of a person."""
        return self.people[id]

    def do(self, id: str, what: Callable[[Work], Any]) -> Any:
        """Have somebody do something, a few minutes after what was before."""
        self.clock.later(minutes=3)
        with self.desk.work(self.people.get(id, SYSTEM)) as work:
            return what(work)


def read_town() -> dict[str, Any]:
    """Return who lives in the town and where a newcomer begins."""
    found: dict[str, Any] = yaml.safe_load(TOWN.read_text(encoding="utf-8"))
    return found


def filled(folder: Path, catalogue: Catalogue, settings: Settings) -> str:
    """Make ``exchange.db`` and ``custody.db`` of the town in a folder; return a sentence on what is in it."""
    database = open_exchange(f"sqlite:///{folder / 'exchange.db'}")
    clock = Clock(utc_now() - dt.timedelta(weeks=WEEKS))
    with open_store(f"sqlite:///{folder / 'custody.db'}") as store:
        desk = Desk(database.engine, database.secret, catalogue, Direct(store), settings,
                    random=random.Random(SEED), clock=clock)  # fmt: skip
        try:
            return fill(Town(desk, clock, random.Random(SEED)))
        finally:
            database.engine.dispose()


def fill(town: Town) -> str:
    """Let some weeks pass in a town; return a sentence on what happened."""
    read = read_town()
    known = [one.id for one in town.desk.catalogue.places]
    town.places = tuple(one for one in read["places"] if one in known) or tuple(known[-2:])
    _settle_people(town, read)
    _pay_in(town)
    _open_slots(town)
    given = [_take_back(town, who, kinds) for who, kinds in GIVEN]
    _plant_works(town, given)
    sold = [_sale(town, *one) for one in SALES]
    town.clock.at = utc_now() - dt.timedelta(hours=2)  # what is half done was begun today, and nothing later
    _open_slots(town)
    _begun(town)
    with town.desk.read() as work:
        if faults := refused(work.connection):
            raise RuntimeError(f"Custody refused what the town did: {faults[0]}")
    return f"{len(town.people)} invented people, {len(given)} take-backs and {len(sold)} sold lots"


# Who gave what in the weeks before, by kind and condition.
GIVEN: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("neighbours", (("smartphone", "broken"), ("smartphone", "works"))),
    ("aunt", (("laptop", "broken"),)),
    ("school", (("desktop", "works"), ("desktop", "broken"), ("laptop", "works"))),
    ("family", (("feature_phone", "works"), ("audio", "broken"))),
    ("neighbours", (("laptop", "works"),)),
)
# Who sold what to whom: seller, buyer, goods, pieces (0 for what is weighed), grams, way, share of the fair price.
SALES: tuple[tuple[str, str, str, int, int, str, float], ...] = (
    ("trader", "recycler", "smartphone", 120, 21_600, "offers", 1.0),
    ("second_trader", "recycler", "laptop", 15, 33_000, "sealed", 0.95),
    ("registered_trader", "other_recycler", "desktop", 20, 160_000, "open", 1.02),
    ("trader", "other_recycler", "smartphone", 80, 14_400, "offers", 0.9),
)


def _settle_people(town: Town, read: Mapping[str, Any]) -> None:
    def come(work: Work) -> None:
        for one in read["people"]:
            place = town.places[min(one["place"], len(town.places) - 1)]
            found = register(
                work, read["phones"] + one["phone"], one["name"], place, one["role"], kind=one["kind"],
                registered=bool(one.get("registered")), registration="INVENTED" if one.get("registered") else "",
            )  # fmt: skip
            town.people[one["id"]] = found.id

    town.do(SYSTEM, come)


def _pay_in(town: Town) -> None:
    for number, id in enumerate(("recycler", "other_recycler", "producer")):

        def say(work: Work, id: str = id, number: int = number) -> str:
            return pay_in.say(work, _party(work, town.be(id)), FIRST_PAISE, f"INVENTED{number}")

        made = town.do(id, say)
        town.do("administrator", partial(pay_in.there, id=made))


def _open_slots(town: Town) -> None:
    here = ZoneInfo(town.desk.settings.time_zone)
    morning = dt.time(OPENS, tzinfo=here)
    begins = dt.datetime.combine(town.clock.at.astimezone(here).date() + dt.timedelta(days=1), morning)

    def open_all(work: Work) -> None:
        recycler = _party(work, town.be("recycler"))
        for day in range(7):
            for way, where in (("home", "At your door"), ("drop", "Invented drop point, by the market")):
                slots.open_slot(
                    work, way=way, place=town.places[0], where=where, collector=town.be("collector"),
                    recycler=recycler, begins=begins + dt.timedelta(days=day), capacity=20,
                    ends=begins + dt.timedelta(days=day, hours=4),
                )  # fmt: skip

    town.do("recycler", open_all)


def _take_back(town: Town, who: str, given: tuple[tuple[str, str], ...]) -> str:
    """Have a home give devices, up to the code; return the booking."""
    taken = [(kind, condition) for kind, condition in given if kind in _kinds(town)]
    wishes = [quotes.Wish(kind, condition, _serial(town, kind)) for kind, condition in taken]

    def ask(work: Work) -> str:
        quote = quotes.make_quote(work, wishes)
        (slot, *_) = slots.free_slots(work, town.places[0])
        return bookings.book(
            work, person(work, town.be(who)), quote, slot.id, address=f"House of {who}, Invented Street, Invented Town",
            how="wallet",
        )  # fmt: skip

    id: str = town.do(who, ask)

    def price(work: Work) -> int:
        found = bookings.booking(work, id)
        looks = {one.n: Look(one.quoted, _grams(one.kind)) for one in found.devices}
        handing.see(work, id, looks, found.paise)
        return found.paise

    paise = town.do("collector", price)
    code = town.do(who, lambda work: handing.confirm(work, id, paise))
    town.clock.later(minutes=2)
    handing.enter_code(town.desk, town.be("collector"), id, code)
    return id


def _plant_works(town: Town, given: list[str]) -> None:
    """Have the plant scan, inspect, clear of data and take apart what came; the last two still wait."""
    done = given[:-2]
    for id in given[:-1]:
        town.do("recycler", partial(_receive, id=id))
    for id in done:
        town.do("recycler", partial(plant.inspect, id=id, finds={}))
        town.do("recycler", partial(_clear, id=id))

    def apart_all(work: Work) -> None:
        recycler = _party(work, town.be("recycler"))
        chosen = [one.id for one in apart.ready(work, recycler)]
        outputs = [
            apart.Output(
                "Magnets", 90, {"Nd": Decimal("0.24"), "Pr": Decimal("0.05"), "Fe": Decimal("0.65")}, "ICP-OES"
            ),
            apart.Output("Circuit boards", 900, {"Cu": Decimal("0.2"), "Au": Decimal("0.0002")}, "XRF"),
            apart.Output("Steel of cases", 7_000, {"Fe": Decimal("0.98")}, "XRF"),
        ]
        apart.take_apart(work, recycler, chosen, outputs)

    town.do("recycler", apart_all)


def _sale(
    town: Town, seller: str, buyer: str, goods: str, pieces: int, grams: int, way: str, share: float
) -> str:  # fmt: skip
    """Have a lot listed, sold and settled; return the contract."""

    def list_it(work: Work) -> tuple[str, int]:
        id = market.draft(work, goods=goods, origin="post-consumer", grams=grams, pieces=pieces, place=town.places[0])
        fair = market.price(work, market.lot(work, id)).paise
        market.open_lot(work, id, shown=fair, way=way, hours=24, step=10_000 if way == "open" else 0)
        return id, fair

    lot, fair = town.do(seller, list_it)
    price = round(fair * share / 100) * 100
    if way == "offers":
        made = town.do(buyer, lambda work: offers.offer(work, lot, paise=price, shown=fair))
        town.do(seller, lambda work: offers.accept(work, made))
    else:
        from chumbak.exchange.market.closing import close_due

        town.do(buyer, lambda work: auctions.bid(work, lot, paise=price, shown=fair))
        town.clock.later(hours=25)
        town.do(SYSTEM, close_due)
    return _settled(town, lot, seller, buyer, grams)


def _settled(town: Town, lot: str, seller: str, buyer: str, grams: int) -> str:
    def find(work: Work) -> contract.Contract:
        found = contract.of_lot(work, lot)
        assert found is not None
        return found

    with town.desk.read() as work:
        found = find(work)
        sellers, buyers = (_party(work, town.be(one)) for one in (seller, buyer))
    id = found.id
    weighing = Weighing(grams + 2_000, 2_000, 20, "INVENTED") if found.deal.grams else None
    town.do(seller, lambda work: ends.send(work, id, sellers, weighing, "Invented scale"))
    town.clock.later(hours=20)
    town.do(buyer, lambda work: ends.arrive(work, id, buyers, weighing, "Invented scale of the plant"))
    for who, party in ((seller, sellers), (buyer, buyers)):
        if _state(town, id) == "proposed":
            town.do(who, partial(finish.accept, id=id, by=party))
    return id


def _begun(town: Town) -> None:
    """Leave some things half done, so that there is something to do for everybody."""

    def list_it(work: Work, goods: str, pieces: int, grams: int, way: str) -> None:
        id = market.draft(work, goods=goods, origin="post-consumer", grams=grams, pieces=pieces, place=town.places[0])
        fair = market.price(work, market.lot(work, id)).paise
        market.open_lot(work, id, shown=fair, way=way, hours=72, step=10_000 if way == "open" else 0)

    town.do("trader", lambda work: list_it(work, "laptop", 8, 17_600, "offers"))
    town.do("second_trader", lambda work: list_it(work, "smartphone", 60, 10_800, "sealed"))
    town.do("registered_trader", lambda work: list_it(work, "desktop", 12, 96_000, "open"))
    quote = town.do("family", lambda work: quotes.make_quote(work, [quotes.Wish("smartphone", "broken")]))
    town.do(
        "family",
        lambda work: bookings.book(
            work, person(work, town.be("family")), quote, slots.free_slots(work, town.places[0])[0].id,
            address="House of the family, Invented Street, Invented Town", how="wallet",
        ),
    )  # fmt: skip


def _receive(work: Work, id: str) -> None:
    plant.receive(work, id, [one.n for one in bookings.booking(work, id).here])


def _clear(work: Work, id: str) -> None:
    found = bookings.booking(work, id)
    methods = {one.n: destruction.SHRED for one in found.devices}
    if any(_holds_data(work, one.kind) for one in found.devices):
        destruction.certify(work, id, methods)


def _holds_data(work: Work, kind: str) -> bool:
    terms = tariff_of(work.desk).kinds.get(kind)
    return terms is not None and terms.data != "none"


def _kinds(town: Town) -> list[str]:
    with town.desk.read() as work:
        return quotes.kinds_taken(work)


def _serial(town: Town, kind: str) -> str:
    """Return an invented serial number: a phone's is an IMEI that is kept for tests, others say that they are."""
    n = town.chance.randrange(10**9)
    return invented_imei(n) if tariff_of(town.desk).kinds[kind].imei else f"INVENTED-{n}"


def _grams(kind: str) -> int:
    return {"smartphone": 180, "feature_phone": 90, "laptop": 2_200, "desktop": 8_000, "audio": 60}.get(kind, 1_000)


def _state(town: Town, id: str) -> str:
    with town.desk.read() as work:
        return contract.get(work, id).state


def _party(work: Work, id: str) -> str:
    found: Person = person(work, id)
    return found.party
