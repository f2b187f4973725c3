from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Desk
from chumbak.exchange.money import ledger
from chumbak.exchange.money.tables import money_balance, money_entry
from chumbak.exchange.refusal import Refusal
from tests.exchange.house import desk as make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with make_desk(tmp_path) as made:
        yield made


def test_a_posting_moves_money_once(desk: Desk) -> None:
    with desk.work("p") as work:
        entries = [("outside:bank", -500), ("party:a:wallet", 300), ("party:a:wallet", 200), ("tax:x", 0)]
        first = ledger.post(work, "pay-in", "x", entries)
        assert ledger.post(work, "pay-in", "x", entries) == first
        assert ledger.balance(work, "party:a:wallet") == 500
        assert ledger.balance(work, "outside:bank") == -500
        assert [entry.paise for entry in ledger.entries(work, "party:a:wallet")] == [500]
        with pytest.raises(ValueError, match="posted before"):
            ledger.post(work, "pay-in", "x", [("outside:bank", -1), ("party:a:wallet", 1)])
        assert ledger.faults(work) == []


@pytest.mark.parametrize(
    "entries", [[("party:a:wallet", 1)], [("nonsense", 1), ("outside:x", -1)], [("outside:x", 0.5)]]
)
def test_what_the_program_got_wrong_is_an_error(desk: Desk, entries: list[tuple[str, int]]) -> None:
    with desk.work() as work, pytest.raises(ValueError, match=r".+"):
        ledger.post(work, "k", "a", entries)


def test_no_account_goes_below_zero(desk: Desk) -> None:
    with desk.work() as work:
        with pytest.raises(Refusal, match="not enough"):
            ledger.post(work, "k", "a", [("party:a:wallet", -1), ("party:b:wallet", 1)])
        ledger.post(work, "k", "b", [("party:a:wallet", 1), ("cost:b", -1)])
    with pytest.raises(IntegrityError, match="money_never_negative"), desk.work() as work:  # the database's own word
        work.connection.execute(money_balance.update().values(paise=-1, free=False))
    for change in (money_entry.update().values(paise=7), money_entry.delete()):
        with pytest.raises(IntegrityError, match="append-only"), desk.work() as work:
            work.connection.execute(change)


def test_a_changed_balance_is_found(desk: Desk) -> None:
    with desk.work() as work:
        ledger.post(work, "k", "b", [("party:a:wallet", 5), ("cost:b", -5)])
        work.connection.execute(
            money_balance.update().where(money_balance.c.account == "party:a:wallet").values(paise=6)
        )
        assert ledger.faults(work) == ["The account party:a:wallet is kept at 6 paise; its entries sum to 5."]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abco"), st.sampled_from("abco"), st.integers(1, 10**15)), max_size=12))
def test_random_moves_sum_to_zero_and_stay_above(desk: Desk, moves: list[tuple[str, str, int]]) -> None:
    names = {name: f"party:{name}:wallet" for name in "abc"} | {"o": "outside:o"}
    with desk.work() as work:
        for source, to, paise in moves:
            try:
                ledger.post(work, "move", work.new_id("m"), [(names[source], -paise), (names[to], paise)])
            except Refusal:
                assert ledger.balance(work, names[source]) < paise
            assert ledger.faults(work) == []
        assert sum(ledger.balance(work, name) for name in names.values()) == 0
