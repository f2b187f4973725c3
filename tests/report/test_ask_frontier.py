"""Asking for the frontier and for a plan: what is wrong is told in the words of the command."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from chumbak.answer.frontier_document import frontier_document
from chumbak.pack import Pack
from chumbak.plan.frontier import frontier
from chumbak.plan.requirements import read_requirement
from chumbak.report.ask_frontier import _check, _per_point, _sweep
from chumbak.report.ask_plan import make_and_write
from chumbak.report.mistakes import MistakeError
from tests.plan.small import small_case
from tests.plan.test_around import importing, works


@pytest.mark.parametrize(
    ("measure", "year", "told"),
    [
        ("magnets", 2026, "--measure magnets: there is no rung 'magnets' with a need. Did you mean 'magnet'?"),
        ("chian", 2026, "--measure chian: there is no rung 'chian' with a need. Did you mean 'chain'?"),
        ("magnet.Nf", 2026, "--measure magnet.Nf --year 2026: no magnet holds 'Nf'. Known: NdPr."),
        ("chain", 1999, "--measure chain --year 1999: the plan runs from 2025 to 2028."),
        ("a@b", 2026, "--measure 'a@b' from --year 2026 cannot be read. Write them as --measure magnet --year 2035."),
    ],
)
def test_a_measure_is_told_as_it_was_asked(measure: str, year: int, told: str) -> None:
    with pytest.raises(MistakeError) as said:
        _check(importing(), _sweep(measure, year), measure, "national")
    assert str(said.value) == told


def test_each_point_says_what_is_designed_away() -> None:
    """Four tenths of the need can be designed away at 1 a tonne more than buying: at the top share, where making
    costs 2 more, all of it is; where nothing is asked, nothing."""
    case = small_case(
        [2025, 2026, 2027, 2028], {"make": {"oxide": -2.0, "magnet": 1.0}}, {"works": works(24.0)},
        {"car": {"need": 10.0, "without": 100.0, "substitute": 0.4, "premium": 10.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 9.0)],
    )  # fmt: skip
    sweep = read_requirement("self-reliance", "magnet=0@2026")
    found = frontier_document(frontier(case, sweep, 2), sweep)
    first, last = found["points"]
    assert (first["substituted"], first["substituted_share"]) == (0.0, 0.0)
    assert last["substituted"] == pytest.approx(4.0)
    assert last["substituted_share"] == pytest.approx(0.4)
    assert found["last_year"] == 2028
    assert (last["substituted_last"], last["substituted_share_last"]) == pytest.approx((4.0, 0.4))
    assert "asked of every year from 2026 on" in found["convention"]


def test_the_dearest_percentage_point_is_told() -> None:
    pack = cast(Pack, SimpleNamespace(currency="TOY"))
    costs = [(0.1, 0.0), (0.2, 5.0), (0.3, 90.0), (0.4, 7.0)]
    points = [{"share": share, "per_point": cost} for share, cost in costs]
    assert _per_point(points, pack) == (
        "5 million TOY at first and 7 million TOY at last, and most, 90 million TOY, on the way from 20 % to 30 %"
    )
    assert _per_point(points[:3], pack).endswith("90 million TOY at last, where it costs most")
    assert _per_point([points[1], points[2], points[3]], pack).startswith(
        "90 million TOY at first, where it costs most"
    )
    assert _per_point(points[:2], pack) == "5 million TOY"


@pytest.mark.parametrize("slack", [-0.1, 10.5, 1e9, float("nan")])
def test_a_slack_that_says_nothing_is_refused(slack: float) -> None:
    with pytest.raises(MistakeError, match="has to be from 0 to 10"):
        make_and_write("india", "reference", (), "country", "national", (), slack, None)


@pytest.mark.parametrize(("slack", "gap"), [(0.05, None), (None, 0.001)])
def test_what_would_take_hours_by_states_is_refused(slack: float | None, gap: float | None) -> None:
    with pytest.raises(MistakeError, match="which takes hours"):
        make_and_write("india", "reference", (), "states", "national", (), slack, None, gap)
