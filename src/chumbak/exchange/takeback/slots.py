"""When and where things are handed over: times with room for so many, at home or at a drop point."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.people.persons import COLLECTOR, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t

HOME, DROP = "home", "drop"
LONGEST_HOURS, MOST_ROOM = 24, 1000
_IN_ORDER = (t.slot.c.begins_us, t.slot.c.ends_us, t.slot.c.way.desc(), t.slot.c.where_text, t.slot.c.id)  # home first


@dataclass(frozen=True)
class Slot:
    """A time at a place: ``where`` is the drop point's address, or the area that is driven through."""

    id: str
    way: str
    place: str
    where: str
    collector: str
    recycler: str
    begins_us: int
    ends_us: int
    room: int


def open_slot(
    work: Work, *, way: str, place: str, where: str, collector: str, recycler: str, begins: dt.datetime,
    ends: dt.datetime, capacity: int,
) -> str:  # fmt: skip
    """Open a time for hand-overs; return its id. ``recycler`` is the party that takes all of it. Raises ``Refusal``."""
    if way not in (HOME, DROP):
        raise Refusal(N_("Choose: at home, or at a drop point."), "way")
    if work.catalogue.place(place) is None:
        raise Refusal(N_("Choose a place."), "place")
    if not where.strip() or len(where) > 200:
        raise Refusal(N_("Write where it is, in at most 200 letters."), "where")
    if COLLECTOR not in person(work, collector).roles:
        raise Refusal(N_("This person is not a collector."), "collector")
    if not work.now < begins < ends or ends - begins > dt.timedelta(hours=LONGEST_HOURS):
        raise Refusal(N_("The time has to lie ahead, end after it begins, and last a day at most."), "begins")
    if not 1 <= capacity <= MOST_ROOM:
        raise Refusal(N_("There has to be room for 1 to %(most)s bookings."), "capacity", most=MOST_ROOM)
    id = work.new_id("slot")
    work.connection.execute(
        t.slot.insert().values(
            id=id, way=way, place=place, where_text=where.strip(), collector=collector, recycler=recycler,
            begins_us=microseconds(begins), ends_us=microseconds(ends), capacity=capacity, taken=0,
        )
    )  # fmt: skip
    work.audit("slot-opened", id, way=way, place=place, capacity=capacity)
    return id


def free_slots(work: Work, place: str = "", most: int = 20) -> list[Slot]:
    """Return the times to come that have room, the next first."""
    wanted = select(t.slot).where(t.slot.c.begins_us > work.now_us, t.slot.c.taken < t.slot.c.capacity)
    if place:
        wanted = wanted.where(t.slot.c.place == place)
    rows = work.connection.execute(wanted.order_by(*_IN_ORDER).limit(most))
    return [_slot(row) for row in rows]


def slots_of(work: Work, recycler: str, most: int = 100) -> list[Slot]:
    """Return the times of a recycler that are not over."""
    mine = select(t.slot).where(t.slot.c.recycler == recycler, t.slot.c.ends_us > work.now_us)
    return [_slot(row) for row in work.connection.execute(mine.order_by(*_IN_ORDER).limit(most))]


def slot(work: Work, id: str) -> Slot | None:
    """Return a time for hand-overs."""
    row = work.connection.execute(select(t.slot).where(t.slot.c.id == id)).one_or_none()
    return _slot(row) if row else None


def take(work: Work, id: str) -> Slot:
    """Take one place of a slot that lies ahead and has room. Raises ``Refusal``."""
    changed = work.connection.execute(
        t.slot.update()
        .where(t.slot.c.id == id, t.slot.c.taken < t.slot.c.capacity, t.slot.c.begins_us > work.now_us)
        .values(taken=t.slot.c.taken + 1)
    )
    found = slot(work, id)
    if changed.rowcount != 1 or found is None:
        raise Refusal(N_("This time is taken or over. Choose another."), "slot")
    return found


def give_back(work: Work, id: str) -> None:
    """Free one place of a slot."""
    work.connection.execute(t.slot.update().where(t.slot.c.id == id).values(taken=t.slot.c.taken - 1))


def _slot(row: object) -> Slot:
    one = row._mapping  # type: ignore[attr-defined]
    return Slot(
        one["id"], one["way"], one["place"], one["where_text"], one["collector"], one["recycler"], one["begins_us"],
        one["ends_us"], one["capacity"] - one["taken"],
    )  # fmt: skip
