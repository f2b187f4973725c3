"""Who notes what the bank did has no part in that money."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.money import pay_in, payout, withheld
from chumbak.exchange.money.ledger import post
from chumbak.exchange.people.persons import register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.trust.links import link
from tests.exchange.house import desk

VERBS: dict[str, Callable[[Work, str, str, str], object]] = {
    "there": lambda work, said, paid, party: pay_in.there(work, said),
    "not there": lambda work, said, paid, party: pay_in.not_there(work, said),
    "paid": lambda work, said, paid, party: payout.confirm(work, paid, "UTR1"),
    "failed": lambda work, said, paid, party: payout.fail(work, paid, "Closed."),
    "passed on": lambda work, said, paid, party: withheld.pass_on(work, party, 100, "CHALLAN1"),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("how", ["own", "related", "stranger"])
def test_four_eyes(tmp_path: Path, verb: str, how: str) -> None:
    with desk(tmp_path) as town:
        with town.work(SYSTEM) as work:
            party = register(work, "9800000001", "Firm", "moradabad", "recycler").party
            more = {"party": party} if how == "own" else {}
            boss = register(work, "9800000002", "Boss", "moradabad", "administrator", **more)
            if how == "related":
                for one in (party, boss.party):
                    link(work, one, "payee", "the same account")
            pay_in.there(work, pay_in.say(work, party, 10_000, "FIRST"))
            paid = payout.payout(work, party, 500, "upi", "firm@bank").id
            said = pay_in.say(work, party, 10_000, "SECOND")
            post(work, "sample", party, [("outside:sample", -100), (withheld.account(party), 100)])
        if how == "stranger":
            with town.work(boss.id) as work:
                VERBS[verb](work, said, paid, party)
            return
        with pytest.raises(Refusal, match="Another administrator"), town.work(boss.id) as work:
            VERBS[verb](work, said, paid, party)
