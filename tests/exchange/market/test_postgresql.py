"""The market on PostgreSQL: its tables, its queries, and one winner of a race."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from chumbak.custody.store.open import open_store
from chumbak.exchange.custodians import Direct
from chumbak.exchange.desk import Desk, Settings
from chumbak.exchange.market import auctions, browse, closing, lots, offers, tables
from chumbak.exchange.market.photos import photo
from chumbak.exchange.people.persons import register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store.open import open_exchange
from tests.custody.store.conftest import make_database, postgresql  # noqa: F401 (a fixture)
from tests.exchange.house import Clock, catalogue
from tests.exchange.market.test_held import race
from tests.exchange.market.town import PHONES, begin, fair, opened, pay_in, picture


@pytest.fixture
def there(
    postgresql: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[tuple[Desk, dict[str, str]]]:
    monkeypatch.chdir(tmp_path)  # where the secret of a database on a server lies
    database = open_exchange(make_database(postgresql))
    with open_store(f"sqlite:///{tmp_path / 'custody.db'}") as store:
        desk = Desk(
            database.engine, database.secret, catalogue(), Direct(store), Settings(base="https://t.example"),
            random=random.Random(7), clock=Clock(),
        )  # fmt: skip
        with desk.work("system") as work:
            people = {
                name: register(work, phone, name, "seelampur", "trader" if name == "seller" else "recycler").id
                for name, phone in PHONES.items()
            }
            pay_in(work, people.values())
        yield desk, people
    database.engine.dispose()


def test_two_buyers_cannot_win_one_lot(there: tuple[Desk, dict[str, str]]) -> None:
    desk, people = there
    id = opened(desk, people["seller"])
    made = []
    for name in ("one", "two", "other"):
        with desk.work(people[name]) as work:
            first = offers.offer(work, id, paise=1000, shown=fair(desk, id))
            with pytest.raises(Refusal, match="still stands"):
                offers.offer(work, id, paise=1100, shown=fair(desk, id))
        with desk.work(people["seller"]) as work:
            made.append((people[name], offers.counter(work, first, paise=2000, shown=fair(desk, id))))

    def accept(said: tuple[str, str]) -> bool:
        try:
            with desk.work(said[0]) as work:
                offers.accept(work, said[1])
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(accept, made)) == [False, False, True]
    with desk.read() as work:
        assert len(work.connection.execute(select(tables.awards)).all()) == 1
    with desk.engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(update(tables.awards).values(paise=1))


def test_auctions_photographs_and_lists(there: tuple[Desk, dict[str, str]]) -> None:
    desk, people = there
    id = begin(desk, people["seller"])
    with desk.work(people["seller"]) as work:
        lots.add_photo(work, id, photo(picture()))
        lots.open_lot(work, id, shown=lots.price(work, lots.lot(work, id)).paise, way="sealed", hours=1)
    with desk.read() as work:
        assert [one.id for one in browse.open_lots(work, goods="swarf", area="Delhi")[0]] == [id]
        assert browse.goods_on_sale(work) == ["swarf"]
        assert browse.paid(work, "swarf", "seelampur") is None
    for name, paise in (("one", 5000), ("two", 6000)):
        with desk.work(people[name]) as work:
            auctions.bid(work, id, paise=paise, shown=fair(desk, id))
    desk.clock.later(hours=2)  # type: ignore[attr-defined]
    with desk.work("system") as work:
        assert closing.close_due(work) == 1
        assert lots.lot(work, id).price_paise == 6000


@pytest.mark.parametrize("way", ["sealed", "offers"])
def test_ten_at_once_cannot_hold_the_same_rupee(there: tuple[Desk, dict[str, str]], way: str) -> None:
    race(*there, way)
