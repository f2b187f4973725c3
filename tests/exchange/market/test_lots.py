"""Lots, from a draft to their sale; what custody is told; what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import Desk
from chumbak.exchange.market import browse, lots, offers, tables
from chumbak.exchange.market.photos import photo
from chumbak.exchange.people.persons import party_uri, person, register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle.tables import contract as settled
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.trust import alarms
from tests.exchange.market.town import begin, fair, opened, picture, town


def test_a_lot_is_told_to_custody_with_its_class_seal_and_photographs(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = begin(desk, people["seller"])
        with desk.work(people["seller"]) as work:
            lots.add_photo(work, id, photo(picture()))
            lots.set_seal(work, id, " AB  12 ")
            shown = lots.price(work, lots.lot(work, id))
        with desk.work(people["seller"]) as work:
            made = lots.open_lot(work, id, shown=shown.paise, way="offers", hours=24)
            seller = party_uri(desk, made.seller)
        with desk.read() as work:
            assert refused(work.connection) == []
            digest = work.connection.execute(select(tables.photos.c.sha256)).scalar_one()
        held = desk.custody.holdings(desk.uri("lot", id))
        assert held is not None
        assert {element: ug for (element, _), ug in held.items()} == dict(shown.content)
        assert {origin.kind for _, origin in held} == {"post-consumer"}
        said = str(desk.custody.events().events[0].event)
        for told in ("commissioning", desk.keyed("seal", "AB12"), digest, "swarf", seller):
            assert told in said


def test_the_fair_price_is_shown_before_a_lot_is_opened(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = begin(desk, people["seller"])
        with desk.work(people["seller"]) as work, pytest.raises(Refusal, match="Look at it again"):
            lots.open_lot(work, id, shown=1, way="offers", hours=24)
        with desk.engine.begin() as connection, pytest.raises(IntegrityError, match="lot_fair_price_first"):
            connection.execute(tables.lots.update().values(state="open"))


def test_the_fair_price_is_shown_before_an_offer(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        with desk.work(people["one"]) as work, pytest.raises(Refusal, match="fair price first"):
            offers.offer(work, id, paise=100, shown=fair(desk, id) + 1)


def test_what_is_not_yours_is_not_there(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = begin(desk, people["seller"])
        with desk.work(people["other"]) as work:
            for act in (
                lambda: lots.withdraw(work, id),
                lambda: lots.add_photo(work, id, photo(picture())),
                lambda: lots.set_seal(work, id, "x"),
                lambda: lots.open_lot(work, id, shown=0, way="offers", hours=1),
            ):
                with pytest.raises(KeyError):
                    act()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"goods": "gold bars"}, "goods"), ({"origin": "the moon"}, "origin"), ({"grams": 0}, "weight"),
        ({"goods": "smartphone"}, "pieces"), ({"goods": "smartphone", "pieces": 3, "grams": 0}, "weight"),
        ({"place": "atlantis"}, "place"),
    ],
)  # fmt: skip
def test_a_draft_that_cannot_be(tmp_path: Path, said: dict, field: str) -> None:
    with town(tmp_path) as (desk, people), desk.work(people["seller"]) as work:
        given = {"goods": "swarf", "origin": "post-consumer", "grams": 100, "pieces": 0, "place": "seelampur"}
        with pytest.raises(Refusal) as refusal:
            lots.draft(work, **(given | said))
        assert refusal.value.field == field


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"way": "raffle"}, "way"), ({"hours": 0}, "hours"), ({"hours": 10_000}, "hours"), ({"reserve": -1}, "reserve"),
        ({"way": "open", "step": 10**9}, "step"),
    ],
)  # fmt: skip
def test_an_opening_that_cannot_be(tmp_path: Path, said: dict, field: str) -> None:
    with town(tmp_path) as (desk, people):
        id = begin(desk, people["seller"])
        with desk.read() as work:
            given = {"shown": lots.price(work, lots.lot(work, id)).paise, "way": "offers", "hours": 5}
        with desk.work(people["seller"]) as work, pytest.raises(Refusal) as refusal:
            lots.open_lot(work, id, **(given | said))
        assert refusal.value.field == field


def test_photographs_are_few_and_once(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id, same = begin(desk, people["seller"]), picture()
        with desk.work(people["seller"]) as work:
            first = lots.add_photo(work, id, photo(same))
            assert lots.add_photo(work, id, photo(same)) == first
            for _ in range(3):
                lots.add_photo(work, id, photo(picture()))
            with pytest.raises(Refusal, match="at most 4"):
                lots.add_photo(work, id, photo(picture()))
            lots.remove_photo(work, id, first)
            assert len(lots.lot(work, id).photos) == 3
            lots.add_photo(work, id, photo(picture()))


def test_a_lot_is_withdrawn_and_custody_knows(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = opened(desk, people["seller"])
        with desk.work(people["one"]) as work:
            offer = offers.offer(work, id, paise=100_000, shown=fair(desk, id))
        with desk.work(people["seller"]) as work:
            lots.withdraw(work, id)
            assert lots.lot(work, id).state == "withdrawn"
            assert offers.one(work, offer).state == "refused"
            with pytest.raises(Refusal):
                lots.withdraw(work, id)
        with desk.read() as work:
            assert refused(work.connection) == []
        assert not any((desk.custody.holdings(desk.uri("lot", id)) or {}).values())


def test_a_draft_is_removed_whole(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        id = begin(desk, people["seller"])
        with desk.work(people["seller"]) as work:
            lots.add_photo(work, id, photo(picture()))
            lots.withdraw(work, id)
            with pytest.raises(KeyError):
                lots.lot(work, id)


def _sold(desk: Desk, seller: str, buyer: str, paise: int) -> None:
    """Have a lot sold, and its contract settled."""
    id = opened(desk, seller)
    with desk.work(buyer) as work:
        offer = offers.offer(work, id, paise=paise, shown=fair(desk, id))
    with desk.work(seller) as work:
        contract = offers.accept(work, offer)
        work.connection.execute(settled.update().where(settled.c.id == contract).values(state="final"))


def test_prices_seen_are_shown_from_five_sellers_on(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        for n in range(6):
            with desk.work("system") as work:
                seller = register(work, f"98766000{n:02d}", f"Seller {n}", "seelampur", "trader").id
            _sold(desk, seller, people["one"], 100_000 + n * 100)
            _sold(desk, seller, people["one"], 90_000)  # the same two in the same month: counted once
            with desk.read() as work:
                found = browse.paid(work, "swarf", "seelampur")
                assert (found is None) == (n < 4)
        assert found is not None
        assert (found.area, found.seen.n) == ("Delhi", 6)


def test_two_who_sell_to_each_other_set_no_price(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        for _ in range(3):
            _sold(desk, people["seller"], people["other"], 100)
            _sold(desk, people["other"], people["seller"], 100)
        with desk.read() as work:
            assert browse.paid(work, "swarf", "seelampur") is None
            odd = alarms.listed(work, rule="price")
            assert len(odd) == 6
            assert all(len(one.against) == 2 for one in odd)


def test_lists(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        ids = [opened(desk, people["seller"], hours=n + 1) for n in range(22)]
        with desk.read() as work:
            first, pages = browse.open_lots(work)
            second, _ = browse.open_lots(work, page=2)
            assert ([one.id for one in [*first, *second]], pages) == (ids, 2)
            assert browse.open_lots(work, goods="smartphone") == ([], 1)
            assert len(browse.open_lots(work, area="Delhi", page=99)[0]) == 2
            assert browse.open_lots(work, area="UP")[0] == []
            assert browse.goods_on_sale(work) == ["swarf"]
            party = person(work, people["seller"]).party
            assert len(browse.of_party(work, party)) == 22


def test_a_listed_device_earns_once_in_a_lot_too(tmp_path: Path) -> None:
    with town(tmp_path) as (desk, people):
        first, second = (begin(desk, people[name], "smartphone", 300, 2) for name in ("seller", "other"))
        with desk.work(people["other"]) as work, pytest.raises(Refusal, match="pieces in the lot: 2"):
            lots.list_serials(work, second, "serial\nSN-0001\nSN-0002;SN-0003")
        for id, name in ((first, "seller"), (second, "other")):
            with desk.work(people[name]) as work:
                lots.list_serials(work, id, "serial\nSN-0001\nSN-0002")
        _open(desk, people["seller"], first)
        with pytest.raises(Refusal, match="has earned before"):
            _open(desk, people["other"], second)
        with desk.work(people["seller"]) as work:
            lots.withdraw(work, first)
        _open(desk, people["other"], second)


def _open(desk: Desk, seller: str, id: str) -> None:
    with desk.work(seller) as work:
        shown = lots.price(work, lots.lot(work, id)).paise
        lots.open_lot(work, id, shown=shown, way="offers", hours=24)
