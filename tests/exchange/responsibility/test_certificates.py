"""Certificates of metal that was won back and sold: never more than the ledger holds, no gram twice, no double use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Desk
from chumbak.exchange.money.ledger import balance, wallet
from chumbak.exchange.people.persons import Person, party_uri
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.responsibility import certificates as c
from chumbak.exchange.responsibility import tables as t
from chumbak.exchange.responsibility.owed import Sale
from chumbak.exchange.responsibility.rules import RULES
from chumbak.exchange.responsibility.sales import say_sold
from chumbak.exchange.trust.alarms import alarm
from tests.exchange.house import desk
from tests.exchange.responsibility.mill import join, melt, pay_in, remelt

G = 1_000_000  # micrograms


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as made:
        yield made


@pytest.fixture
def people(town: Desk) -> dict[str, Person]:
    with town.work("system") as work:
        return {who: join(work, who) for who in ("recycler", "producer", "other")}


def made(town: Desk, party: str, lot: str = "1", grams: int = 3500) -> str:
    with town.work("system") as work:
        return melt(town, work, party, lot, {"Cu": grams * G, "Nd": 5 * G})


def claimed(town: Desk, party: str, lot: str) -> list[c.Claim]:
    with town.work("system") as work:
        return c.claim(work, party, lot, "INV/1", "A smelter")


def owes(town: Desk, party: str, units: int = 1_000_000) -> None:
    with town.work("system") as work:
        say_sold(work, c.rules_of(work), party, 2026, Sale(2021, "smartphone", "ITEW", units, units * 180, 5))


def test_metal_that_was_sold_makes_certificates_in_sizes_and_the_rest_waits(
    town: Desk, people: dict[str, Person]
) -> None:
    party = people["recycler"].party
    lot = made(town, party)
    found = claimed(town, party, lot)
    assert [(one.metal, one.ug, one.certificate_ug) for one in found] == [("Cu", 3500 * G, 3500 * G), ("Nd", 5 * G, 0)]
    with town.read() as work:
        assert [one.ug // G for one in c.made_by(work, party)] == [2000, 1000]
        assert c.stock(work, party) == {"Cu": 500 * G}
    assert c.sale(town, lot, party) == found[0].sale  # the sale is in custody for good
    more = made(town, party, "2", 700)
    claimed(town, party, more)
    with town.read() as work:
        assert sorted(one.ug // G for one in c.made_by(work, party)) == [1000, 1000, 2000]
        assert c.stock(work, party) == {"Cu": 200 * G}


def test_no_gram_is_certified_twice(town: Desk, people: dict[str, Person]) -> None:
    party = people["recycler"].party
    first = made(town, party)
    claimed(town, party, first)
    with pytest.raises(Refusal, match="certified before"):
        claimed(town, party, first)
    with town.work("system") as work:
        second = remelt(town, work, party, [first], "again", {"Cu": 3000 * G})
    with pytest.raises(Refusal, match="certified before"):
        claimed(town, party, second)
    raw = made(town, party, "3")
    with town.work("system") as work:
        last = remelt(town, work, party, [raw], "4", {"Cu": 3000 * G})
    claimed(town, party, last)
    with pytest.raises(Refusal, match="certified before"):
        claimed(town, party, raw)


def test_the_database_itself_refuses_a_second_claim_and_one_above_the_ledger(
    town: Desk, people: dict[str, Person]
) -> None:
    claimed(town, people["recycler"].party, made(town, people["recycler"].party))
    with town.read() as work:
        row = dict(work.connection.execute(select(t.claim)).mappings().first() or {})
    with pytest.raises(IntegrityError), town.work("system") as work:
        work.connection.execute(t.claim.insert().values(**row))
    with pytest.raises(IntegrityError), town.work("system") as work:
        work.connection.execute(t.claim.insert().values(**row | {"lot": "x", "ug": row["held_ug"] + 1}))
    with pytest.raises(IntegrityError, match="append-only"), town.work("system") as work:
        work.connection.execute(t.claim.delete())


def test_only_what_users_gave_up_counts_and_never_what_was_merely_found(town: Desk, people: dict[str, Person]) -> None:
    party = people["recycler"].party
    with town.work("system") as work:
        swarf = melt(town, work, party, "swarf", {"Cu": 5000 * G}, kind="pre-consumer")
        more = melt(town, work, party, "more", {"Cu": 2000 * G})
        work.record(hand_over.measured(work, more, {"Cu": 2500 * G}, place=town.uri("plant", party)))
    with pytest.raises(Refusal, match="Nothing in this lot counts"):
        claimed(town, party, swarf)
    (one,) = claimed(town, party, more)
    assert (one.held_ug, one.ug) == (2500 * G, 2000 * G)


def test_another_one_s_lot_and_a_lot_that_nobody_knows_are_refused(town: Desk, people: dict[str, Person]) -> None:
    lot = made(town, people["recycler"].party)
    with pytest.raises(Refusal, match="your plant made"):
        claimed(town, people["producer"].party, lot)
    with pytest.raises(Refusal, match="no lot of this name"):
        claimed(town, people["recycler"].party, "https://t.example/id/metal/none")
    with town.work("system") as work, pytest.raises(Refusal, match="number of your invoice"):
        c.claim(work, people["recycler"].party, lot, " ")
    with town.work("system") as work, pytest.raises(Refusal, match="to whom"):
        c.claim(work, people["recycler"].party, lot, "7")
    with town.work("system") as work:
        buyer, seller = (party_uri(town, people[who].party) for who in ("producer", "recycler"))
        work.record(
            hand_over.transferred(work, [lot], seller=seller, buyer=buyer, papers={"inv": town.uri("invoice", "1")})
        )
    assert claimed(town, people["recycler"].party, lot)  # a sale that custody shows needs no other


def test_scrap_that_is_sold_on_is_no_metal_won(town: Desk, people: dict[str, Person]) -> None:
    party, scrap = people["recycler"].party, town.uri("lot", "scrap")
    mine = party_uri(town, party)
    with town.work("system") as work:
        work.record(hand_over.appears(work, scrap, {"Cu": 9000 * G}, grams=9000, step="commissioning"))
        work.record(
            hand_over.transferred(
                work, [scrap], seller=town.uri("party", "x"), buyer=mine, papers={"po": town.uri("contract", "1")}
            )
        )
    with pytest.raises(Refusal, match="your plant made"):
        claimed(town, party, scrap)


def test_what_another_bought_since_is_not_one_s_to_sell(town: Desk, people: dict[str, Person]) -> None:
    party, other = people["recycler"].party, people["other"].party
    lot = made(town, party)
    with town.work("system") as work:
        work.record(
            hand_over.transferred(
                work,
                [lot],
                seller=town.uri("party", "x"),
                buyer=party_uri(town, other),
                papers={"po": town.uri("contract", "1")},
            )
        )
    with pytest.raises(Refusal, match="yours to sell"):
        claimed(town, party, lot)


def test_certificates_wait_while_an_alarm_stands(town: Desk, people: dict[str, Person]) -> None:
    party = people["recycler"].party
    lot = made(town, party)
    with town.work("system") as work:
        alarm(work, "throughput", lot.rsplit("/", 1)[-1], "More than the plant can do.")
    with pytest.raises(Refusal, match="wait until a person"):
        claimed(town, party, lot)


def test_a_certificate_is_bought_once_with_money_and_retired_once(town: Desk, people: dict[str, Person]) -> None:
    maker, buyer, other = (people[who].party for who in ("recycler", "producer", "other"))
    claimed(town, maker, made(town, maker))
    owes(town, buyer)
    with town.work("system") as work:
        pay_in(work, buyer, 100_000)
        id = c.made_by(work, maker)[0].id
        c.offer(work, id, maker, buyer, 60_000)
    with town.work("system") as work, pytest.raises(Refusal, match="no such certificate"):
        c.take(work, id, other)
    with town.work("system") as work:
        c.take(work, id, buyer)
    for again in (c.take, lambda w, i, b: c.offer(w, i, maker, b, 1)):
        with town.work("system") as work, pytest.raises(Refusal):
            again(work, id, buyer)
    with town.work("system") as work:
        assert (balance(work, wallet(maker)), balance(work, wallet(buyer))) == (60_000, 40_000)
        c.retire(work, id, buyer, 2026)
        assert c.retired(work, buyer, 2026) == {"Cu": 2000 * G}
        assert [one.what for one in c.history(work, id)] == ["made", "offer", "sold", "retired"]
        assert c.history(work, id)[2].band == c.UNCHECKED
    with town.work("system") as work, pytest.raises(Refusal, match="not yours to use"):
        c.retire(work, id, buyer, 2026)


def test_without_money_nothing_moves(town: Desk, people: dict[str, Person]) -> None:
    maker, buyer = people["recycler"].party, people["producer"].party
    claimed(town, maker, made(town, maker))
    with town.work("system") as work:
        id = c.made_by(work, maker)[0].id
        c.offer(work, id, maker, buyer, 60_000)
    with pytest.raises(Refusal, match="not enough money"), town.work("system") as work:
        c.take(work, id, buyer)
    with town.work("system") as work:
        assert c.certificate(work, id, maker).owner == maker
        c.withdraw(work, id, maker)
        assert c.certificate(work, id, maker).state == t.HELD


def test_a_certificate_ends(town: Desk, people: dict[str, Person]) -> None:
    maker, buyer = people["recycler"].party, people["producer"].party
    claimed(town, maker, made(town, maker))
    owes(town, buyer)
    with town.work("system") as work:
        one = c.made_by(work, maker)[0]
        c.offer(work, one.id, maker, buyer, 1000)
        pay_in(work, buyer, 1000)
    town.clock.at = dt.datetime(2028, 3, 31, 18, 29, 59, tzinfo=dt.UTC)  # type: ignore[attr-defined]
    with town.work("system") as work:
        assert c.end(work) == 0
    town.clock.at += dt.timedelta(seconds=1)  # type: ignore[attr-defined]  # midnight of 1 April where the exchange is
    with town.work("system") as work, pytest.raises(Refusal, match="not yours to use"):
        c.take(work, one.id, buyer)
    with town.work("system") as work:
        assert c.end(work) == 2
        assert c.certificate(work, one.id, maker).state == t.ENDED


def test_nothing_is_retired_beyond_what_is_owed(town: Desk, people: dict[str, Person]) -> None:
    maker, buyer = people["recycler"].party, people["producer"].party
    claimed(town, maker, made(town, maker))
    with town.work("system") as work:
        id = c.made_by(work, maker)[0].id
        pay_in(work, buyer, 10)
        c.offer(work, id, maker, buyer, 10)
        c.take(work, id, buyer)
    for year in (2026, 2027):
        with town.work("system") as work, pytest.raises(Refusal, match="Nothing of this metal"):
            c.retire(work, id, buyer, year)


def test_a_price_lies_inside_the_band_where_the_compensation_is_known(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (RULES / "in_ewaste.yaml").read_text(encoding="utf-8")
    (own / "in_ewaste.yaml").write_text(text.replace("Cu: null", "Cu: 10000"), encoding="utf-8")
    with desk(tmp_path, own=own) as town:
        with town.work("system") as work:
            maker, buyer = join(work, "recycler").party, join(work, "producer").party
        claimed(town, maker, made(town, maker))
        with town.work("system") as work:
            id = c.made_by(work, maker)[0].id  # 2 kg: Rs 60 to 200
            for paise in (5_999, 20_001):
                with pytest.raises(Refusal, match=r"between 60\.00 and 200\.00 INR"):
                    c.offer(work, id, maker, buyer, paise)
            pay_in(work, buyer, 6_000)
            c.offer(work, id, maker, buyer, 6_000)
            c.take(work, id, buyer)
            assert c.history(work, id)[-1].band == c.INSIDE


def test_a_factor_below_one_gives_less_certificate(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    text = (RULES / "in_ewaste.yaml").read_text(encoding="utf-8")
    text = text.replace('{Au: "1", Cu: "1"', '{Au: "1", Cu: "0.8"')
    (own / "in_ewaste.yaml").write_text(text, encoding="utf-8")
    with desk(tmp_path, own=own) as town:
        with town.work("system") as work:
            maker = join(work, "recycler").party
        found = claimed(town, maker, made(town, maker, grams=1000))
        assert found[0].certificate_ug == int(1000 * G * Fraction(4, 5))


def test_a_claim_whose_ground_was_declared_wrong_is_told(town: Desk, people: dict[str, Person]) -> None:
    party = people["recycler"].party
    with town.work("system") as work:
        lot = melt(town, work, party, "1", {"Cu": 3000 * G})
    claimed(town, party, lot)
    with town.read() as work:
        assert c.unsound(work) == []
    with town.work("system") as work:
        work.record(hand_over.measured(work, lot, {"Cu": 1000 * G}, place=town.uri("plant", party)))
    with town.read() as work:
        ((one, shows),) = c.unsound(work)
    assert (one.metal, shows) == ("Cu", 1000 * G)
