"""Take-backs on PostgreSQL: nothing earns without a number, and of two who type one at once one earns."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from chumbak.custody.store.open import open_store
from chumbak.exchange.custodians import Direct
from chumbak.exchange.desk import SYSTEM, Desk, Settings
from chumbak.exchange.money.ledger import faults
from chumbak.exchange.store.open import open_exchange
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.batch import Found, Look
from chumbak.exchange.takeback.quotes import Wish
from tests.custody.store.conftest import make_database, postgresql  # noqa: F401 (a fixture)
from tests.exchange.house import Clock, catalogue
from tests.exchange.takeback.scene import SERIAL, Scene, scene


@pytest.fixture
def town(
    postgresql: str,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Scene]:
    monkeypatch.chdir(tmp_path)  # where the secret of a database on a server lies
    database = open_exchange(make_database(postgresql))
    with open_store(f"sqlite:///{tmp_path / 'custody.db'}") as store:
        yield scene(
            Desk(
                database.engine, database.secret, catalogue(), Direct(store), Settings(base="https://t.example"),
                random=random.Random(7), clock=Clock(),
            )
        )  # fmt: skip
    database.engine.dispose()


def test_of_two_plants_that_read_one_number_at_once_one_is_paid_for_it(town: Scene) -> None:
    unread = {1: Look("works", 160, unread="dead")}
    ids = [town.handed(Wish("smartphone", "works"), looks=unread, who=who) for who in (town.citizen, town.office)]
    for id in ids:
        town.received(id)
    with pytest.raises(IntegrityError), town.desk.work(SYSTEM) as work:
        work.connection.execute(t.device.update().values(state=t.KEPT))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda id: town.inspected(id, {1: Found("works", serial=SERIAL)}), ids))
    assert sorted(town.read(id).devices[0].state for id in ids) == [t.KEPT, t.WAITING]
    with town.desk.read() as work:
        assert faults(work) == []
