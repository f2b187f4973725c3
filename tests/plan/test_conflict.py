"""Requirements that clash: all sets of them at once, and values that would do beside all others or beside their own."""

from __future__ import annotations

import pytest

from chumbak.answer.planning import planning_case
from chumbak.pack import Pack
from chumbak.plan.conflict import can_hold, find_conflict
from chumbak.report.ask_plan import clash
from tests.plan.test_around import asked, importing

APART = ("chain-self-reliance 0.9@2026", "budget 60@2025", "self-reliance magnet=0.5@2026")
OVERLAPPING = ("budget 60@2025", "self-reliance magnet=0.5@2026", "self-reliance magnet=0.6@2027")


def test_clashes_that_share_nothing_are_all_found() -> None:
    """Of bought oxide nothing is made at home along the chain; and 60 buys 2.5 t/year, a share of 0.25, not of 0.5."""
    found = find_conflict(importing(), asked(*APART))
    assert found is not None
    sets = [{str(one) for one in each.members} for each in (found, *found.further)]
    assert sets == [{f"--{text}" for text in APART[1:]}, {f"--{APART[0]}"}]
    (further,) = found.further
    assert found.nearest == (pytest.approx(120.0, rel=1e-3), pytest.approx(0.25, abs=1e-3))
    assert further.nearest == (pytest.approx(0.0),)
    assert not any((*found.with_all, *further.with_all))


def test_a_value_beside_the_others_of_its_set_is_told_where_none_does_beside_all() -> None:
    """The budget clashes with either share, so beside the other share no value of one does. By 2027 two years of it
    have bought 5 t/year, a share of 0.5."""
    found = find_conflict(importing(), asked(*OVERLAPPING))
    assert found is not None
    assert [str(one) for one in found.members] == [f"--{OVERLAPPING[0]}", f"--{OVERLAPPING[2]}"]
    assert found.with_all == (True, False)
    assert found.nearest[1] == pytest.approx(0.5, abs=1e-3)
    assert found.further == ()


def test_the_words_say_beside_what_a_value_would_do() -> None:
    told = clash(importing(), asked(*OVERLAPPING), "national")
    assert "--budget 60@2025: the nearest that would do, with the others as they are: 1" in told
    assert "with the others of these as they are: 0.4999; with all that is asked, none would." in told
    apart = clash(importing(), asked(*APART), "national")
    assert apart.startswith("These requirements cannot hold together;")
    assert (
        "\nNor can this requirement:\n  --chain-self-reliance 0.9@2026: the nearest that would do by itself: 0."
        in apart
    )
    for said in (told, apart):
        assert said.endswith(
            "\nEach value is the nearest if it alone is changed: changed together, they need not hold."
        )
    assert "alone is changed" not in clash(importing(), asked("chain-self-reliance 0.9@2026"), "national")


def test_a_budget_is_found_by_doubling_however_far_it_is() -> None:
    found = find_conflict(importing(), asked("budget 0@2025", "self-reliance magnet=0.5@2026"))
    assert found is not None
    assert found.nearest[0] == pytest.approx(120.0, rel=1e-3)


def test_what_simplex_gives_up_on_has_an_answer(india_pack: Pack) -> None:
    """On this set, HiGHS' simplex ended without a word ("Not Set")."""
    case = planning_case(india_pack)
    requirements = asked(
        "max-share CHN=0@2030", "stock-weeks 52@2026", "budget 1000@2027", "self-reliance separation.Tb=1@2030"
    )
    assert not can_hold(case, requirements)
    assert can_hold(case, (*requirements[:2], *requirements[3:]))
