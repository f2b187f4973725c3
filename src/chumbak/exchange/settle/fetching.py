"""Loads to be fetched: sellers say when somebody is there, a buyer has rounds worked out for its vehicles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.people.persons import party, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.contract import get, of, tell
from chumbak.exchange.settle.pickups import Stop, Vehicle, plan

DAYS_AHEAD = 30
MOST_STOPS = 200  # a round of routes is worked out while somebody waits for the page
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Pickup:
    """A load to be fetched, with its place in a round once there is one."""

    id: str
    contract: str
    place: str
    to_place: str
    grams: int
    from_us: int
    until_us: int
    round: str | None
    position: int | None
    arrive_us: int | None


@dataclass(frozen=True)
class Trip:
    """A round: who drives which vehicle, when, how far, with what."""

    id: str
    depot: str
    collector: str
    vehicle: str
    leave_us: int
    back_us: int
    metres: int
    grams: int
    made_us: int


def ask(work: Work, contract: str, by: str, day: dt.date, first: dt.time, last: dt.time) -> str:
    """Ask that a load be fetched on a day between two times, where the exchange is. Raises ``Refusal``."""
    found = of(work, contract, by, "seller")
    if found.state != "funded":
        raise Refusal(N_("A load is fetched when the money is laid down and before it leaves."))
    zone = ZoneInfo(work.settings.time_zone)
    today = work.now.astimezone(zone).date()
    if not today <= day <= today + dt.timedelta(days=DAYS_AHEAD):
        raise Refusal(N_("Choose a day from today, at most %(days)s days ahead."), field="day", days=DAYS_AHEAD)
    window = [microseconds(dt.datetime.combine(day, at, zone)) for at in (first, last)]
    if window[0] >= window[1]:
        raise Refusal(N_("The second time has to be after the first."), field="until")
    places = [party(work, one).place for one in (found.seller, found.buyer)]
    if work.catalogue.place(places[0]) is None:
        raise Refusal(N_("Your place is not on the map of this exchange. Agree with the buyer who brings the load."))
    id = work.new_id("pickup")
    row = {"id": id, "contract": contract, "place": places[0], "to_place": places[1], "grams": found.deal.grams}
    row |= {"from_us": window[0], "until_us": window[1]}
    work.connection.execute(t.pickup.delete().where(t.pickup.c.contract == contract, t.pickup.c.round.is_(None)))
    try:
        with work.connection.begin_nested():
            work.connection.execute(t.pickup.insert().values(**row))
    except IntegrityError:
        raise Refusal(N_("This load is in a round already.")) from None
    tell(work, found.buyer, N_("A seller asks you to fetch a load."))
    return id


def waiting(work: Work, buyer: str) -> list[Pickup]:
    """Return the loads that a buyer is asked to fetch and that are in no round yet, by time."""
    pickup, contract = t.pickup.c, t.contract.c
    joined = t.pickup.join(t.contract, pickup.contract == contract.id)
    asked = select(t.pickup).select_from(joined).where(contract.buyer == buyer, contract.state == "funded")
    return _read(work, asked.where(pickup.round.is_(None)).order_by(pickup.from_us, pickup.id))


def make_rounds(
    work: Work, buyer: str, day: dt.date, vehicles: Sequence[tuple[str, int]], first: dt.time, last: dt.time,
    collector: str,
) -> list[str]:  # fmt: skip
    """Work out rounds of a day for vehicles (name, grams) that are out between two times; return their ids.

    ``collector`` is the person who drives. Sellers are told when. Raises ``Refusal``.
    """
    zone = ZoneInfo(work.settings.time_zone)
    midnight = microseconds(dt.datetime.combine(day, dt.time(), zone))
    depot = work.catalogue.place(party(work, buyer).place)
    if depot is None:
        raise Refusal(N_("Your place is not on the map of this exchange."))
    if not vehicles:
        raise Refusal(N_("Name a vehicle and what it carries."), field="vehicles")
    try:
        driver = person(work, collector)
    except KeyError:
        raise Refusal(N_("Choose who drives."), field="collector") from None
    span = (_seconds(first), _seconds(last))
    if span[0] >= span[1]:
        raise Refusal(N_("The second time has to be after the first."), field="until")
    waits = {one.id: one for one in waiting(work, buyer)[:MOST_STOPS]}
    stops = [stop for one in waits.values() if (stop := _stop(work, one, midnight))]
    if not stops:
        raise Refusal(N_("There is nothing to fetch on this day."), field="day")
    cars = [Vehicle(name, grams, *span) for name, grams in vehicles]
    made = []
    for one in plan((depot.lat, depot.lon), stops, cars).rounds:
        id = work.new_id("round")
        made.append(id)
        times = {"leave_us": midnight + one.leave_s * SECOND_US, "back_us": midnight + one.back_s * SECOND_US}
        row = {"id": id, "depot": depot.id, "collector": driver.id, "vehicle": one.vehicle, "made_us": work.now_us}
        work.connection.execute(t.round_.insert().values(**row, **times, metres=one.metres, grams=one.grams))
        for position, visit in enumerate(one.visits, 1):
            at = midnight + visit.at_s * SECOND_US
            _place(work, waits[visit.stop], id, position, at)
    if not made:
        raise Refusal(N_("No vehicle can fetch any of these loads in this time."), field="vehicles")
    work.audit("rounds", made[0], count=len(made))
    return made


def rounds_of(work: Work, collector: str, buyer: str = "") -> list[Trip]:
    """Return the rounds that a person drives, and those that are driven for a buyer, newest first."""
    joined = t.pickup.join(t.contract, t.pickup.c.contract == t.contract.c.id)
    driven_for = select(t.pickup.c.round).select_from(joined).where(t.contract.c.buyer == buyer)
    mine = or_(t.round_.c.collector == collector, t.round_.c.id.in_(driven_for))
    asked = select(t.round_).where(mine).order_by(t.round_.c.leave_us.desc(), t.round_.c.id)
    return [Trip(*row) for row in work.connection.execute(asked)]


def trip(work: Work, id: str) -> tuple[Trip, list[Pickup]]:
    """Return a round with its stops in order. Raises ``Refusal`` for one that is none."""
    row = work.connection.execute(select(t.round_).where(t.round_.c.id == id)).one_or_none()
    if row is None:
        raise Refusal(N_("There is no such round."))
    return Trip(*row), _read(work, select(t.pickup).where(t.pickup.c.round == id).order_by(t.pickup.c.position))


def of_contract(work: Work, contract: str) -> Pickup | None:
    """Return the pickup of a contract."""
    return next(iter(_read(work, select(t.pickup).where(t.pickup.c.contract == contract))), None)


def _stop(work: Work, one: Pickup, midnight: int) -> Stop | None:
    """Return a stop in seconds of a day, None where its place is not known or its time is of another day."""
    place = work.catalogue.place(one.place)
    first, last = ((at - midnight) // SECOND_US for at in (one.from_us, one.until_us))
    if place is None or last <= 0 or first >= 24 * 3600:
        return None
    return Stop(one.id, place.lat, place.lon, one.grams, max(first, 0), last)


def _place(work: Work, one: Pickup, round: str, position: int, at: int) -> None:
    free = t.pickup.update().where(t.pickup.c.id == one.id, t.pickup.c.round.is_(None))
    if work.connection.execute(free.values(round=round, position=position, arrive_us=at)).rowcount != 1:
        raise Refusal(N_("This load is in a round already."))
    tell(work, get(work, one.contract).seller, N_("Your load is fetched about %(when)s."), when=at)


def _seconds(at: dt.time) -> int:
    return at.hour * 3600 + at.minute * 60


def _read(work: Work, asked: Any) -> list[Pickup]:
    return [Pickup(*row) for row in work.connection.execute(asked)]
