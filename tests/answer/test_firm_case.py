"""A firm's own case: stock in kilograms or weeks, orders on the way, other grades, a supplier at home, draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chumbak.answer.firm_case import firm_case, firm_drawn
from chumbak.answer.weekly_case import INPUTS
from chumbak.answer.weekly_draws import Streams
from chumbak.pack import Pack
from chumbak.pack.arrays import array
from chumbak.pack.draws import groups
from chumbak.pack.firms import FirmFile, read_firm
from chumbak.stress.case import HOME, NOBODY, Case
from chumbak.stress.episode import ABROAD, Episode, Event
from chumbak.stress.rules import Draws, play

Reader = Callable[..., tuple[FirmFile, Case]]
QUIET = Episode("quiet", "Nothing happens", ())
START, WEEKS = "2027-W14", 60
FIRM = """\
name: maker
title: A maker of motors
sector: ev
output: {value: 700, unit: item/week}
magnets: {value: 0.5, unit: kg/item}
value: {value: 1000, unit: INR/item}
grades: {SH: 0.8, N: 0.2}
stock: {SH: {value: 840, unit: kg}, N: {value: 21, unit: day}}
suppliers: {CHN: 1}
lag: {CHN: 4}
"""


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


@pytest.fixture
def firm(tmp_path: Path, pack: Pack) -> Reader:
    """Return what reads a firm's case, with words of it changed."""

    def read(*changes: tuple[str, str], more: str = "") -> tuple[FirmFile, Case]:
        text = FIRM + more
        for old, new in changes:
            assert text.count(old) == 1
            text = text.replace(old, new)
        (tmp_path / "firm.yaml").write_text(text)
        file = read_firm(tmp_path / "firm.yaml", pack)
        return file, firm_case(pack, file, START, WEEKS, {"SH": ("Dy", "NdPr"), "N": ("NdPr",)})

    return read


def test_a_stock_in_kilograms_lasts_as_long_as_its_weeks(firm: Reader) -> None:
    _, case = firm()
    assert case.use[0] == pytest.approx([0.28, 0.07])  # t a week: 700 motors of half a kilogram, by grade
    assert case.cover == pytest.approx([3.0, 3.0])
    _, by_week = firm(("{value: 840, unit: kg}", "{value: 3, unit: week}"))
    assert by_week.cover == pytest.approx(case.cover)


def test_orders_are_all_that_comes_where_they_are_given(firm: Reader) -> None:
    first = "{grade: SH, amount: {value: 140, unit: kg}, weeks: 2}"
    second = "{grade: N, amount: {value: 1, unit: week}, weeks: 1}"
    _, case = firm(more=f"orders: [{first}, {second}]\n")
    assert case.on_the_way is not None
    assert np.argwhere(case.on_the_way).tolist() == [[1, 1], [2, 0]]
    assert case.on_the_way[[2, 1], [0, 1]] == pytest.approx([0.14, 0.07])
    stop = Episode("stop", "A stop", (Event((ABROAD,), weeks=60.0),))
    assert play(case, stop).survived[0, 0] == pytest.approx(3.5)  # three weeks in stock, half a week on the way
    assert play(firm()[1], stop).survived[0, 0] == pytest.approx(7.0)  # the usual flow: four weeks on the way


def test_a_grade_that_is_not_used_yet_can_stand_in(firm: Reader) -> None:
    _, case = firm(more="regrade: {from: [SH], to: M, share: 0.9, weeks: 12}\n")
    assert [good.kind for good in case.goods] == ["SH", "N", "M"]
    assert case.regrade_to.tolist() == [2, NOBODY, NOBODY]
    assert case.use[0, 2] == case.cover[2] == 0
    assert case.regrade_share == pytest.approx([0.9, 0.0, 0.0])
    assert play(case, QUIET).output == pytest.approx(1.0)
    played = play(case, Episode("dy", "Dy stopped", (Event(("CHN",), weeks=60.0, holding=("Dy",)),)))
    assert played.output[9, 0, 0] == pytest.approx(0.0)
    assert played.output[30, 0, 0] == pytest.approx(0.9)


def test_a_supplier_at_home_has_the_way_at_home(firm: Reader, pack: Pack) -> None:
    file, case = firm(("{CHN: 1}", "{CHN: 0.5, home: 0.5}"))
    home = case.origins.index(HOME)
    way = pack.entries["stress.home_lag"]
    assert case.lag[home] == float(way.value)
    streams = Streams(1, 50)
    _, draws = firm_drawn(pack, case, file, streams)
    ways = array(pack, "home_lag", streams.of(groups(pack, INPUTS))).values
    assert np.ptp(ways) > 0
    assert np.array_equal(draws.lag[:, home], ways)


def test_a_supplier_at_home_delivers_and_is_not_stopped_at_the_border(firm: Reader) -> None:
    _, case = firm(("{CHN: 1}", "{CHN: 0.5, home: 0.5}"))
    assert play(case, QUIET).output == pytest.approx(1.0)
    stop = play(case, Episode("stop", "A stop", (Event((ABROAD,), weeks=60.0),)))
    assert 0.5 < stop.output[40, 0, 0] <= 0.5 * case.behaviour.surge  # half, and as much more as home makers can add
    fire = play(case, Episode("fire", "A fire", (Event((HOME,), weeks=60.0, stages=("magnet",)),)))
    assert fire.output.min() < 1 - 1e-6


@pytest.mark.parametrize("supplied", ["{CHN: 1}", "{CHN: 0.5, home: 0.5}"])
def test_drawn_is_central_where_nothing_has_a_range(firm: Reader, pack: Pack, supplied: str) -> None:
    more = "other: {weeks: 20, share: 0.2}\nregrade: {from: [SH], to: N, share: 0.5, weeks: 10}\n"
    file, case = firm(("{CHN: 1}", supplied), ("lag: {CHN: 4}", f"lag: {{CHN: 4{', home: 1' * ('home' in supplied)}}}"),
                      more=more)  # fmt: skip
    drawn, draws = firm_drawn(pack, case, file, Streams(1, 5))
    plain = Draws.central(case)
    for name in ("stock", "demand", "lag"):
        assert getattr(draws, name) == pytest.approx(np.tile(getattr(plain, name), (5, 1))), name
    for name in ("regrade_share", "regrade_weeks"):
        assert getattr(drawn, name) == pytest.approx(np.tile(getattr(case, name), (5, 1))), name
    assert np.asarray(drawn.behaviour.other_weeks) == pytest.approx(case.behaviour.other_weeks)
    assert np.asarray(drawn.behaviour.other_share) == pytest.approx(case.behaviour.other_share)
