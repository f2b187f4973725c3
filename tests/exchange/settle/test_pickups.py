from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.exchange.desk import SYSTEM, Desk
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import fetching
from chumbak.exchange.settle.contract import open_contract
from chumbak.exchange.settle.pickups import Round, Rounds, Stop, Vehicle, great_circle, plan
from tests.exchange.house import desk as make_desk
from tests.exchange.settle.people import lot_in_custody, people, rich

DEPOT = (28.66, 77.27)
DAY_S = 24 * 3600


def test_a_known_distance() -> None:
    """Paris to London city centres: 344 km by published tables."""
    assert great_circle(48.8566, 2.3522, 51.5074, -0.1278) == pytest.approx(343_600, rel=0.002)
    assert great_circle(*DEPOT, *DEPOT) == 0


STOPS = st.lists(
    st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 60), st.integers(0, 8), st.integers(1, 8)),
    min_size=1, max_size=5, unique_by=lambda stop: stop[:2],
)  # fmt: skip


@settings(max_examples=20)
@given(STOPS, st.integers(20, 120), st.integers(1, 3))
def test_rounds_hold_capacity_and_times_and_come_back_the_same(
    rows: list[tuple[int, ...]], load: int, cars: int
) -> None:
    stops = [
        Stop(f"s{n}", DEPOT[0] + a / 100, DEPOT[1] + b / 100, grams, first * 3600, (first + span) * 3600)
        for n, (a, b, grams, first, span) in enumerate(rows)
    ]
    vehicles = [Vehicle(f"v{n}", load, 0, 12 * 3600) for n in range(cars)]
    found = plan(DEPOT, stops, vehicles, iterations=60)
    assert found == plan(DEPOT, stops, vehicles, iterations=60)
    by_id = {stop.id: stop for stop in stops}
    taken = [visit.stop for one in found.rounds for visit in one.visits]
    assert sorted([*taken, *found.left]) == sorted(by_id)
    assert len({one.vehicle for one in found.rounds}) == len(found.rounds)
    for one in found.rounds:
        assert one.grams == sum(by_id[visit.stop].grams for visit in one.visits) <= load
        assert 0 <= one.leave_s <= one.back_s <= 12 * 3600
        for visit in one.visits:
            assert by_id[visit.stop].first_s <= visit.at_s <= by_id[visit.stop].last_s
    assert all(grams > load for grams in (by_id[id].grams for id in found.left)) or cars < len(stops)


def test_the_way_is_the_shortest_there_is() -> None:
    points = [(28.70, 77.10), (28.55, 77.30), (28.75, 77.40), (28.60, 77.05), (28.50, 77.20)]
    stops = [Stop(f"s{n}", lat, lon, 1, 0, DAY_S) for n, (lat, lon) in enumerate(points)]
    [one] = plan(DEPOT, stops, [Vehicle("v", 9, 0, DAY_S)], detour=1).rounds

    def length(order: tuple[tuple[float, float], ...]) -> int:
        way = [DEPOT, *order, DEPOT]
        return sum(round(great_circle(*a, *b)) for a, b in pairwise(way))

    assert one.metres == min(map(length, permutations(points)))
    assert plan(DEPOT, [], [], detour=1) == Rounds((), ())
    assert isinstance(one, Round)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with make_desk(tmp_path) as made:
        yield made


def test_a_load_is_asked_for_fetched_and_told(desk: Desk) -> None:
    who = people(desk)
    rich(desk, who.plant.party, 10**8)
    lot_in_custody(desk, "lot-1", 10**9, 500_000)
    day = dt.date(2026, 4, 2)
    with desk.work(SYSTEM) as work:
        id = open_contract(
            work, lot="lot-1", seller=who.trader.party, buyer=who.plant.party, paise=100, basis="kg", grams=500_000
        )
        for wrong in (dt.date(2026, 3, 1), dt.date(2027, 4, 2)):
            with pytest.raises(Refusal, match="Choose a day"):
                fetching.ask(work, id, who.trader.party, wrong, dt.time(9), dt.time(17))
        with pytest.raises(Refusal, match="after the first"):
            fetching.ask(work, id, who.trader.party, day, dt.time(17), dt.time(9))
        fetching.ask(work, id, who.trader.party, day, dt.time(9), dt.time(12))
        fetching.ask(work, id, who.trader.party, day, dt.time(10), dt.time(17))  # asked again: another time
        [one] = fetching.waiting(work, who.plant.party)
        cars = [("small", 100_000), ("truck", 9_000_000)]
        with pytest.raises(Refusal, match="No vehicle"):
            fetching.make_rounds(work, who.plant.party, day, cars[:1], dt.time(6), dt.time(20), who.auditor.id)
        with pytest.raises(Refusal, match="nothing to fetch"):
            fetching.make_rounds(
                work, who.plant.party, dt.date(2026, 4, 3), cars, dt.time(6), dt.time(20), who.auditor.id
            )
        late = dt.time(23, 59)
        [round] = fetching.make_rounds(work, who.plant.party, day, cars, dt.time(5), late, who.auditor.id)
        trip, stops = fetching.trip(work, round)
        assert (trip.vehicle, trip.grams, [stop.contract for stop in stops]) == ("truck", 500_000, [id])
        assert stops[0].arrive_us is not None
        assert one.from_us <= stops[0].arrive_us <= one.until_us
        assert 380_000 < trip.metres < 430_000  # 146 km apart as the crow flies, there and back, times 1.4
        assert fetching.waiting(work, who.plant.party) == []
        with pytest.raises(Refusal, match="in a round"):
            fetching.ask(work, id, who.trader.party, day, dt.time(9), dt.time(12))
        assert [one.id for one in fetching.rounds_of(work, who.auditor.id)] == [round]
