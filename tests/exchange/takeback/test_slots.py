"""Times for hand-overs are shown in their order, those at home before drop points of the same time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from chumbak.exchange.people.persons import register
from chumbak.exchange.takeback.slots import free_slots, open_slot, slots_of
from tests.exchange import house


def test_times_are_in_order(tmp_path: Path) -> None:
    with house.desk(tmp_path) as desk, desk.work("system") as work:
        collector = register(work, "9876500001", "A collector", "seelampur", "collector")
        plant = register(work, "9876500002", "A plant", "seelampur", "recycler")
        for hours, way in [(30, "drop"), (6, "drop"), (30, "home"), (54, "home"), (6, "home"), (54, "drop")]:
            begins = house.START + dt.timedelta(hours=hours)
            open_slot(
                work, way=way, place="seelampur", where="Here", collector=collector.id, recycler=plant.party,
                begins=begins, ends=begins + dt.timedelta(hours=4), capacity=2,
            )  # fmt: skip
        found = free_slots(work)
        assert [one.way for one in found] == ["home", "drop"] * 3
        assert [one.begins_us for one in found] == sorted(one.begins_us for one in found)
        assert slots_of(work, plant.party) == found
