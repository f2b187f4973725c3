"""The people of a take-back, and the usual way of one, for tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.people.persons import Person, register
from chumbak.exchange.takeback import handing, plant
from chumbak.exchange.takeback.batch import Look
from chumbak.exchange.takeback.bookings import Booking, Device, book, booking
from chumbak.exchange.takeback.quotes import Wish, make_quote
from chumbak.exchange.takeback.serial import invented_imei
from chumbak.exchange.takeback.slots import open_slot

LAID_BY = 100_000_000  # paise in the recycler's wallet
SERIAL = "356938035643809"


@dataclass
class Scene:
    """A desk with a citizen, an office, a collector and a recycler, and a time at each place."""

    desk: Desk
    citizen: Person
    office: Person
    collector: Person
    recycler: Person
    slot: str
    drop: str

    def booked(self, *wishes: Wish, who: Person | None = None, how: str = "wallet", handle: str = "") -> str:
        """Quote and book devices; return the booking's id."""
        person = who or self.citizen
        with self.desk.work(person.id) as work:
            quote = make_quote(work, wishes or [Wish("smartphone", "works", SERIAL)])
            return book(work, person, quote, self.slot, address="12 Lane, Seelampur", how=how, handle=handle)

    def priced(self, id: str, looks: Mapping[int, Look] | None = None) -> int:
        """Have the collector type the price that the quote says; return it."""
        from chumbak.exchange.takeback.quotes import quote

        found = self.read(id)
        with self.desk.work(self.collector.id) as work:
            offer = quote(work, found.quote)
            assert offer is not None
            seen = looks or {one.n: Look(one.quoted, 160, self.serial(one)) for one in found.devices}
            total = sum(
                offer.paise_of(one.kind, seen[one.n].condition if one.n in seen else one.quoted)
                for one in found.devices
                if one.n not in seen or seen[one.n].condition != "left"
            )
            handing.see(work, id, seen, total)
        return total

    def serial(self, one: Device) -> str:
        """Return the number that stands on a device, "" if the citizen typed it."""
        if one.keys:
            return ""
        return invented_imei(crc32(one.id.encode())) if one.kind == "smartphone" else f"SN{one.id}"

    def confirmed(self, id: str) -> str:
        """Have the citizen agree to the price; return the code."""
        found = self.read(id)
        with self.desk.work(found.person) as work:
            return handing.confirm(work, id, found.paise)

    def handed(self, *wishes: Wish, looks: Mapping[int, Look] | None = None, **more: object) -> str:
        """Go all the way to the hand-over; return the booking's id."""
        id = self.booked(*wishes, **more)  # type: ignore[arg-type]
        self.priced(id, looks)
        handing.enter_code(self.desk, self.collector.id, id, self.confirmed(id))
        return id

    def received(self, id: str, *missing: int) -> None:
        """Have all devices but some scanned at the plant."""
        found = self.read(id)
        with self.desk.work(self.recycler.id) as work:
            plant.receive(work, id, [one.n for one in found.here if one.n not in missing])

    def inspected(self, id: str, finds: Mapping[int, plant.Found] | None = None) -> None:
        """Have the plant look at the devices."""
        with self.desk.work(self.recycler.id) as work:
            plant.inspect(work, id, finds or {})

    def read(self, id: str) -> Booking:
        """Return a booking."""
        with self.desk.read() as work:
            return booking(work, id)


def scene(desk: Desk) -> Scene:
    """Return the people at a desk; the recycler has laid by money."""
    with desk.work(SYSTEM) as work:
        citizen = register(work, "9810000001", "Asha", "seelampur", "citizen")
        office = register(work, "9810000002", "School", "seelampur", "citizen", kind="office")
        collector = register(work, "9810000003", "Irfan", "seelampur", "collector")
        recycler = register(work, "9810000004", "Plant", "moradabad", "recycler")
        post(work, "test", "money", [("outside:bank", -LAID_BY), (wallet(recycler.party), LAID_BY)])

        def time(way: str, where: str) -> str:
            return open_slot(
                work, way=way, where=where, place="seelampur", collector=collector.id, recycler=recycler.party,
                begins=work.now + dt.timedelta(days=365), ends=work.now + dt.timedelta(days=365, hours=2), capacity=50,
            )  # fmt: skip

        home, drop = time("home", "Around the market"), time("drop", "Shop 4, Main Road")
    return Scene(desk, citizen, office, collector, recycler, home, drop)
