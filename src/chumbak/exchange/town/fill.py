"""Filling the invented town: weeks of take-backs and sales that are over, then what waits for somebody (``waits``)."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from chumbak.custody.store.open import open_store
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.custodians import Direct
from chumbak.exchange.desk import SYSTEM, Desk, Settings, Work, utc_now
from chumbak.exchange.money import pay_in
from chumbak.exchange.people.persons import register
from chumbak.exchange.settle import finish
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.takeback import apart, slots
from chumbak.exchange.town import deeds
from chumbak.exchange.town.lived import Clock, Town, read_town
from chumbak.exchange.town.waits import leave_waiting

OWN = Path(__file__).with_name("own")  # rules that the town has in place of the samples
WEEKS = 6
SEED = 20260401
WAITING = 36  # hours before the town opens, when what still waits then was begun
DAYS = 8  # of which times for hand-overs are opened
OPENS = 10  # o'clock, when hand-overs begin
FIRST_PAISE = 100_000_000  # that each buyer pays in

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


def filled(folder: Path, catalogue: Catalogue, settings: Settings, now: dt.datetime | None = None) -> str:
    """Make ``exchange.db`` and ``custody.db`` of the town in a folder; return a sentence on what is in it.

    ``now`` is when the town opens to visitors (default: the time it is); the same ``now`` makes the same town, but for
    the secret with which what is personal is hashed.
    """
    opens = now or utc_now()
    database = open_exchange(f"sqlite:///{folder / 'exchange.db'}")
    clock = Clock(opens - dt.timedelta(weeks=WEEKS))
    with open_store(f"sqlite:///{folder / 'custody.db'}") as store:
        desk = Desk(database.engine, database.secret, catalogue, Direct(store), settings,
                    random=random.Random(SEED), clock=clock)  # fmt: skip
        try:
            return fill(Town(desk, clock, random.Random(SEED), opens))
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
    town.before_it_opens(hours=WAITING)
    _open_slots(town)
    leave_waiting(town)
    with town.desk.read() as work:
        if faults := refused(work.connection):
            raise RuntimeError(f"Custody refused what the town did: {faults[0]}")
    return f"{len(town.people)} invented people, {len(given)} take-backs and {len(sold)} sold lots"


def _settle_people(town: Town, read: Mapping[str, Any]) -> None:
    def come(work: Work) -> None:
        for one in read["people"]:
            place = town.places[min(one["place"], len(town.places) - 1)]
            found = register(
                work, read["phones"] + one["phone"], one["name"], place, one["role"], kind=one["kind"],
                registered=bool(one.get("registered")), registration="INVENTED" if one.get("registered") else "",
            )  # fmt: skip
            town.people[one["id"]], town.parties[one["id"]] = found.id, found.party

    town.do(SYSTEM, come)


def _pay_in(town: Town) -> None:
    for number, id in enumerate(("recycler", "other_recycler", "producer")):
        said = partial(pay_in.say, party=town.party(id), paise=FIRST_PAISE, reference=f"INVENTED{number}")
        made = town.do(id, said)
        town.do("administrator", partial(pay_in.there, id=made))


def _open_slots(town: Town) -> None:
    """Open times of the next days."""
    here = town.here(town.clock.at)
    begins = dt.datetime.combine(here.date() + dt.timedelta(days=1), dt.time(OPENS, tzinfo=here.tzinfo))

    def open_all(work: Work) -> None:
        for day in range(DAYS):
            for way, where in (("home", "At your door"), ("drop", "Invented drop point, by the market")):
                slots.open_slot(
                    work, way=way, place=town.places[0], where=where, collector=town.be("collector"),
                    recycler=town.party("recycler"), begins=begins + dt.timedelta(days=day), capacity=20,
                    ends=begins + dt.timedelta(days=day, hours=4),
                )  # fmt: skip

    town.do("recycler", open_all)


def _take_back(town: Town, who: str, given: tuple[tuple[str, str], ...]) -> str:
    """Have a home give devices, up to the code; return the booking."""
    id = deeds.book(town, who, given)
    deeds.hand_over(town, who, id)
    return id


def _plant_works(town: Town, given: list[str]) -> None:
    """Have the plant scan, inspect, clear of data and take apart what came; the last two still wait."""
    for id in given[:-1]:
        deeds.receive(town, id)
    for id in given[:-2]:
        deeds.clear(town, id)

    def apart_all(work: Work) -> None:
        recycler = town.party("recycler")
        chosen = [one.id for one in apart.ready(work, recycler)]
        outputs = [
            apart.Output(
                "Magnets", 40, {"Nd": Decimal("0.24"), "Pr": Decimal("0.05"), "Fe": Decimal("0.65")}, "ICP-OES"
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
    lot = deeds.list_lot(town, seller, goods, pieces, grams, way, hours=24)
    if way == "offers":
        id = deeds.sell(town, lot, seller, buyer, share)
    else:
        deeds.bid(town, buyer, lot, share)
        town.clock.later(hours=25)
        deeds.close(town)
        id = deeds.contract_of(town, lot.id)
    deeds.load_leaves(town, id)
    town.clock.later(hours=20)
    deeds.load_comes(town, id)
    for who in (seller, buyer):
        if deeds.state_of(town, id) == "proposed":
            town.do(who, partial(finish.accept, id=id, by=town.party(who)))
    return id
