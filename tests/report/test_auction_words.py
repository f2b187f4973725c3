"""The auction in words: that it is invented comes first, for every turn that the numbers can take."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chumbak.answer.auction_document import auction_of
from chumbak.pack import Pack
from chumbak.report.ask_auction import grids
from chumbak.report.auction_words import notes, sentences
from chumbak.scheme.instruments import INSTRUMENTS
from tests.conftest import make_toyland, run_here
from tests.printed import validate


@pytest.fixture(scope="module")
def told(india_pack: Pack) -> dict[str, Any]:
    return auction_of(india_pack, None, bidders=None, draws=60, seed=0, instruments=INSTRUMENTS)


def test_what_is_said_first(told: dict[str, Any]) -> None:
    first, *rest = sentences(told)
    assert first.startswith("These bidders are invented, and this is no forecast")
    said = " ".join(rest)
    for part in (
        "Under the scheme 20 bidders make",
        "of 6,000 t/year (means of 60 auctions, seed 0)",
        "The plant at central figures and prices breaks even at no bid up to the ceiling.",
        "of outlays of 6,450 for incentive and 750 for capital",
        "How low to bid: a bid at the ceiling of 2,150 INR/kg would win in half of these auctions.",
        "The winner's curse: winners that bid by what they believe ('plain' and 'careful')",
        "The same money in other ways, with standard errors by the draws. A t/year alive after 2033 costs",
        "Floor and purchase are one here",
    ):
        assert part in said, part
    below = " ".join(notes(told))
    assert "It rests on rules that no source that was read settles (8 inferred and 6 unknown)" in below
    assert "this is no forecast" not in below


def test_tables_break_no_number(told: dict[str, Any]) -> None:
    found = grids(told)
    assert [len(grid.rows) for grid in found] == [5, 5, 3, 1, 3, len(told["assumptions"])]
    for width in (80, 140):
        console = Console(width=width, record=True)
        for grid in found:
            console.print(grid)
        assert max(map(len, console.export_text().splitlines())) <= width


def test_where_nothing_is_bid_or_left(told: dict[str, Any], india_pack: Pack) -> None:
    none = auction_of(
        india_pack, None, bidders=1, draws=3, seed=0, instruments=("scheme", "floor"), switches=["ceiling=0.001"]
    )
    said = " ".join(sentences(none))
    assert "nothing of it leaves a plant that runs after 2033" in said or "for a t/year alive" in said
    bare = copy.deepcopy(told)
    bare["bids"]["lowest"] = None
    bare["curse"]["as_told"]["curse_margin"] = None
    bare["by_instrument"]["scheme"]["cost_of_alive"] = None
    said = " ".join(sentences(bare))
    assert "Bids are made and none wins" in said
    assert "nothing of it leaves a plant" in said
    assert "winner's curse" not in said
    grids(bare)


def test_counts_and_reasons_are_true(india_pack: Pack) -> None:
    def asked(*switches: str, bidders: int = 6, draws: int = 4) -> str:
        return " ".join(sentences(auction_of(
            india_pack, None, bidders=bidders, draws=draws, seed=0, instruments=("scheme",), switches=switches
        )))  # fmt: skip

    none = asked("most_awards=0")
    assert "Bids are made and none wins: the rules allow 0 awards" in none
    assert "all 0 awards" not in none
    one = asked(bidders=1, draws=1)
    assert "1 bidder makes" in one
    assert "(of 1 auction, seed 0)" in one
    assert "bidders make" not in one
    assert "the one award is made in" in asked("most_awards=1", draws=8)


def test_failed_technical_bids_are_said_to_be_so(told: dict[str, Any]) -> None:
    bare = copy.deepcopy(told)
    bare["bids"]["lowest"] = None
    bare["by_instrument"]["scheme"]["bids"] = 0.0
    assert "or fail the technical bid (70 % pass it)" in " ".join(sentences(bare))
    next(one for one in bare["assumptions"] if one["name"] == "technical")["value"] = 0.0
    assert "No bid counts in any auction: every technical bid fails." in " ".join(sentences(bare))


def test_instruments_are_ranked_by_what_draws_tell_apart(told: dict[str, Any]) -> None:
    bare = copy.deepcopy(told)
    for at, one in enumerate(bare["by_instrument"].values()):
        one |= {"cost_of_alive_real": 1e6 * (1 + min(at, 3)), "cost_error": 1e5, "alive_t": 100.0, "alive_error": 50.0}
    said = sentences(bare)[-1]
    assert "the cheapest is the scheme; the dearest is price floor" in said
    assert "by these draws they cannot be told apart as the one that leaves least" in said
    for one in bare["by_instrument"].values():
        one["cost_error"] = 2e6
    assert "by these draws they cannot be told apart as the cheapest or the dearest" in sentences(bare)[-1]


def test_one_instrument_alone(india_pack: Pack) -> None:
    floor = auction_of(india_pack, None, bidders=None, draws=10, seed=0, instruments=("floor",))
    assert len(sentences(floor)) == 1  # nothing to compare, and nothing of the scheme
    assert [len(grid.rows) for grid in grids(floor)] == [1, 1, len(floor["assumptions"])]


def test_the_verb(tmp_path: Path) -> None:
    words = ("scheme", "simulate", "india", "--draws", "20")
    done = run_here(*words, "--switch", "tie=lot", "--noise", "0.25", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = " ".join(done.stdout.split())
    assert lines.startswith("These bidders are invented, and this is no forecast")
    assert "Set by you: R13c.tie = lot." in lines
    printed = json.loads(run_here(*words, "--instrument", "scheme", "--json", cwd=tmp_path).stdout)
    validate(printed, "simulate")
    assert list(printed["simulate"]["by_instrument"]) == ["scheme"]
    for more, says in (
        (("--instrument", "gift"), "'gift' is no instrument"),
        (("--auction", "magnet"), "Did you mean 'magnets'?"),
        (("--switch", "tie=luck"), "cannot be 'luck'"),
        (("--bidders", "0"), "--bidders 0 is not from 1 to 1000"),
    ):
        wrong = run_here(*words, *more, cwd=tmp_path)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert says in " ".join(wrong.stderr.split())


def test_a_pack_that_does_not_say_who_bids(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    done = run_here("scheme", "simulate", "toyland", cwd=tmp_path)
    assert done.returncode == 2
    assert "The pack 'toyland' does not say who bids" in done.stderr


def test_faults_of_projects_and_auctions_are_said_when_a_pack_is_checked(tmp_path: Path) -> None:
    folder = make_toyland(tmp_path / "toyland")
    for name in ("projects", "auctions"):
        (folder / name).mkdir()
        (folder / name / "one.yaml").write_text("title: One\n")
    done = run_here("pack", "check", "toyland", cwd=tmp_path)
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "projects/one.yaml" in said
    assert "auctions/one.yaml" in said
    assert "'bidders' is missing" in said
