"""A bid needs its money, when it is made and when the auction ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.market import auctions, lots
from chumbak.exchange.market.closing import close_due
from chumbak.exchange.money.ledger import balance, post, wallet
from chumbak.exchange.people.persons import person, register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.trust import alarms
from tests.exchange.market.town import fair, opened, town


def test_a_bid_needs_its_money_and_a_price_that_can_be_meant(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        lot = opened(desk, people["seller"], "sealed")
        worth = fair(desk, lot) // 10
        with desk.work(SYSTEM) as work:
            poor = register(work, "9876600001", "Poor", "seelampur", "trader").id
        with pytest.raises(Refusal, match="needs its money"), desk.work(poor) as work:
            auctions.bid(work, lot, paise=worth, shown=fair(desk, lot))
        with pytest.raises(Refusal, match="times what the lot is worth"), desk.work(people["one"]) as work:
            auctions.bid(work, lot, paise=99_999_999, shown=fair(desk, lot))


def test_a_bid_that_lost_its_money_does_not_win_nor_bind_the_seller(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        kept, sold = (opened(desk, people["seller"], "sealed") for _ in range(2))
        worth = fair(desk, sold) // 10
        for lot, who, paise in ((kept, "one", worth), (sold, "one", worth + 100), (sold, "two", worth)):
            with desk.work(people[who]) as work:
                auctions.bid(work, lot, paise=paise, shown=fair(desk, lot))
        with pytest.raises(Refusal, match="Somebody has bid"), desk.work(people["seller"]) as work:
            lots.withdraw(work, kept)
        with desk.work(SYSTEM) as work:
            one, two = (person(work, people[name]).party for name in ("one", "two"))
            left = balance(work, wallet(one))
            post(work, "sample", "gone", [(wallet(one), -left), ("outside:sample", left)])
        with desk.work(people["seller"]) as work:
            lots.withdraw(work, kept)
        desk.clock.later(days=2)  # type: ignore[attr-defined]
        with desk.work(SYSTEM) as work:
            close_due(work)
            assert lots.lot(work, sold).buyer == two
            assert [one.rule for one in alarms.against(work, one)] == ["bid"]
