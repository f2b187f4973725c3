"""Pickups grouped by place into rounds of vehicles, by a routing library; nothing here knows the database.

Distances are great circles times a detour factor, times follow from one mean speed: both are stated by whoever asks,
and both are rough. The same stops and the same seed give the same rounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_M = 6_371_008.8  # mean radius, IUGG
DETOUR = 1.4  # road over great circle: a rough figure of judgement, for the operator to replace by measured ones
METRES_A_SECOND = 25_000 / 3600  # 25 km an hour in town with stops: judgement too
SERVICE_S = 15 * 60  # to weigh, seal and load
ITERATIONS = 300


@dataclass(frozen=True)
class Stop:
    """Where something is fetched: degrees, grams, and the seconds between which somebody is there."""

    id: str
    lat: float
    lon: float
    grams: int
    first_s: int
    last_s: int


@dataclass(frozen=True)
class Vehicle:
    """A vehicle: what it carries in grams, and the seconds between which it is out."""

    id: str
    capacity_g: int
    first_s: int
    last_s: int


@dataclass(frozen=True)
class Visit:
    """A stop of a round: when it begins, in seconds."""

    stop: str
    at_s: int


@dataclass(frozen=True)
class Round:
    """A round of a vehicle from the depot and back, in metres."""

    vehicle: str
    visits: tuple[Visit, ...]
    leave_s: int
    back_s: int
    metres: int
    grams: int


@dataclass(frozen=True)
class Rounds:
    """Rounds, and the stops that none of them could take."""

    rounds: tuple[Round, ...]
    left: tuple[str, ...]


def great_circle(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Return the distance of two points in metres, by the haversine formula."""
    a, b = radians(lat), radians(to_lat)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to_lon - lon) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def plan(
    depot: tuple[float, float], stops: Sequence[Stop], vehicles: Sequence[Vehicle], *, detour: float = DETOUR,
    metres_a_second: float = METRES_A_SECOND, service_s: int = SERVICE_S, seed: int = 1, iterations: int = ITERATIONS,
) -> Rounds:  # fmt: skip
    """Return rounds that take as many stops as they can, then as few metres; every one holds its limits.

    A stop is worth more than any way to it, so one is left only if no vehicle can take it with the others.
    """
    if not stops or not vehicles:
        return Rounds((), tuple(stop.id for stop in stops))
    from pyvrp import Model
    from pyvrp.stop import MaxIterations

    points = [depot, *((stop.lat, stop.lon) for stop in stops)]
    metres = [[round(detour * great_circle(*a, *b)) for b in points] for a in points]
    worth = 1 + sum(map(max, metres)) * 2
    model = Model()
    places = [model.add_location(lat, lon) for lat, lon in points]
    base = model.add_depot(places[0])
    for stop, place in zip(stops, places[1:], strict=True):
        model.add_client(
            place, pickup=stop.grams, service_duration=service_s, tw_early=stop.first_s, tw_late=stop.last_s,
            prize=worth, required=False, name=stop.id,
        )  # fmt: skip
    for vehicle in vehicles:
        model.add_vehicle_type(
            1, vehicle.capacity_g, base, base, tw_early=vehicle.first_s, tw_late=vehicle.last_s, name=vehicle.id
        )
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            model.add_edge(one, other, metres[i][j], round(metres[i][j] / metres_a_second))
    best = model.solve(MaxIterations(iterations), seed=seed, collect_stats=False, display=False).best
    if not best.is_feasible():
        return Rounds((), tuple(stop.id for stop in stops))
    rounds = tuple(_round(route, stops, vehicles) for route in best.routes())
    taken = {visit.stop for one in rounds for visit in one.visits}
    return Rounds(rounds, tuple(stop.id for stop in stops if stop.id not in taken))


def _round(route: Any, stops: Sequence[Stop], vehicles: Sequence[Vehicle]) -> Round:
    visits = tuple(Visit(stops[one.idx].id, one.start_time) for one in route.schedule() if one.is_client())
    return Round(
        vehicles[route.vehicle_type()].id, visits, route.start_time(), route.end_time(), route.distance(),
        sum(route.pickup()),
    )  # fmt: skip
