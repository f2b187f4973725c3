"""Trust beside what other areas keep: lots, contracts and take-backs as their tables hold them."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Insert, Table, Text, select

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.market.tables import lots
from chumbak.exchange.money.tables import payment
from chumbak.exchange.people.persons import Person
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.settle import tables as settle
from chumbak.exchange.takeback import tables as takeback
from chumbak.exchange.trust import links, made, tables
from chumbak.exchange.trust.alarms import against, stands
from chumbak.exchange.trust.limits import Piece, after_settlement, check_lot, check_take_back
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.windows import DAY_US
from tests.exchange.trust.conftest import Town


def _row(table: Table, **given: Any) -> Insert:
    """Return the making of a row; what has to be there and is of no matter here is empty."""
    needed = [column for column in table.columns if not column.nullable and column.name not in given]
    return table.insert().values({one.name: "" if isinstance(one.type, Text) else 0 for one in needed} | given)


def _lot(work: Work, id: str, seller: Person, buyer: Person, **more: Any) -> None:
    """Put a lot of swarf, its contract, both weighings, assays and a proposal into their tables."""
    said = {"seal": "S-1", "seal_came": "S-1", "whole": True, "came": 400_000, "ppm": 220_000, "goods": "swarf"} | more
    run, us = work.connection.execute, work.now_us
    run(
        _row(lots,
            id=id, seller=seller.party, person=seller.id, goods=said["goods"], origin="pre-consumer", fair="{}",
            pieces=said.get("pieces", 0), grams=400_000, seal=said["seal"], place="seelampur", state="awarded",
            way="offers", reserve_paise=0, step_paise=0, made_us=us, fair_paise=1, buyer=buyer.party, listed=1,
        )
    )  # fmt: skip
    contract = f"contract-{id}"
    run(
        _row(settle.contract,
            id=contract, lot=id, live_lot=id, seller=seller.party, buyer=buyer.party, paise=1000, basis="kg",
            grams=400_000, element="Nd", ppm=220_000, goods="metal scrap", terms="", state="proposed", made_us=us,
            escrow_paise=0, advance_paise=0, seller_accepts=False, buyer_accepts=False,
        )
    )  # fmt: skip
    for side, scale, grams, seal in (
        ("sent", f"scale {seller.party}", 400_000, said["seal"]),
        ("arrived", f"scale {buyer.party}", said["came"], said["seal_came"]),
    ):
        run(
            _row(settle.weighing,
                contract=contract, side=side, gross_g=grams + 5_000, tare_g=5_000, u_g=500, scale=scale, seal=seal,
                seal_whole=said["whole"], foreign_g=0, at_us=us, actor="somebody",
            )
        )  # fmt: skip
    for side in ("seller", "buyer"):
        run(
            _row(settle.assay,
                contract=contract, side=side, ppm=said["ppm"], u_ppm=2_000, laboratory="L", method="ICP", at_us=us,
                actor="somebody",
            )
        )  # fmt: skip
    run(
        _row(settle.proposal,
            contract=contract, n=1, made_us=us, price_paise=1, seller_fee=0, buyer_fee=0, net_g=400_000,
            ppm=said["ppm"], body="[]",
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, None),
        ({"seal_came": "S-2"}, "seal"),
        ({"whole": False}, "seal"),
        ({"came": 380_000}, "seal"),
        ({"ppm": 390_000}, "content"),
    ],
)
def test_a_lot_is_looked_at_before_its_money_moves(town: Town, change: dict[str, Any], rule: str | None) -> None:
    seller, buyer = town.person("trader"), town.person("recycler")
    with town.desk.work(SYSTEM) as work:
        _lot(work, "lot-1", seller, buyer, **change)
        for _ in range(2):
            check_lot(work, "lot-1")
        assert [one.rule for one in stands(work, "lot-1")] == ([rule] if rule else [])
        after_settlement(work, "lot-1")
        after_settlement(work, "lot-1")
        row = work.connection.execute(select(tables.blind)).one()
        assert row.first == f'{{"Nd": [{change.get("ppm", 220_000)}, 4000]}}'
        assert len(work.connection.execute(select(tables.pair)).all()) == 2


def test_a_counted_lot_of_shells_is_seen(town: Town) -> None:
    chance = random.Random(4)
    for n in range(25):
        town.take(town.person(), f"usual-{n}", round(chance.gauss(150, 10)))
    seller, buyer = town.person("trader"), town.person("recycler")
    with town.desk.work(SYSTEM) as work:
        _lot(work, "lot-1", seller, buyer, goods="smartphone", pieces=8_000)  # 50 g each
        check_lot(work, "lot-1")
        assert stands(work, "lot-1")[0].rule == "weight"
        check_lot(work, "lot-nowhere")


def take_back(work: Work, id: str, who: Person, collector: Person, recycler: Person, place: str) -> None:
    run, us = work.connection.execute, work.now_us
    run(
        _row(takeback.quote,
            id=f"quote-{id}", made_us=us, until_us=us + 1, tariff="t", invented=True, catalogue="c",
            when_refused="return", answer_days=3, paise=100,
        )
    )  # fmt: skip
    run(
        _row(takeback.slot,
            id=f"slot-{id}", way="drop", place=place, where_text="", collector=collector.id, recycler=recycler.party,
            begins_us=us, ends_us=us + 1, capacity=5, taken=1,
        )
    )  # fmt: skip
    run(
        _row(takeback.booking,
            id=id, quote=f"quote-{id}", person=who.id, party=who.party, slot=f"slot-{id}", collector=collector.id,
            recycler=recycler.party, address_key="", how="upi", state="received", paise=100, made_us=us, changed_us=us,
        )
    )  # fmt: skip
    run(_row(takeback.private, booking=id, handle="uncle@bank"))
    run(
        _row(takeback.device,
            id=f"device-{id}", booking=id, n=1, kind="smartphone", quoted="works", seen="works", found="", note="",
            serial_key="", grams=150, paise=100, state="arrived",
        )
    )  # fmt: skip


def test_labels_handles_and_places_are_learnt(town: Town) -> None:
    recycler, collector = town.person("recycler"), town.person("collector")
    homes = [town.person() for _ in range(14)]
    for n, who in enumerate(homes):
        with town.desk.work(SYSTEM) as work:
            take_back(work, f"takeback-{n}", who, collector, recycler, "moradabad")
            check_take_back(
                work, party=who.party, address_key="", pieces=[Piece("smartphone", 150)], about=f"takeback-{n}"
            )
            assert not stands(work, f"takeback-{n}")
    with town.desk.read() as work:  # one account behind them all is learnt before anything is paid to it
        assert links.group(work, homes[0].party) == sorted(who.party for who in homes)
    with town.desk.work(SYSTEM) as work:  # and a collector who is paid to that account, too
        links.link(work, collector.party, "payee", town.desk.keyed("upi", "uncle@bank"))
        take_back(work, "takeback-x", homes[0], collector, recycler, "seelampur")
        check_take_back(
            work, party=homes[0].party, address_key="", pieces=[Piece("smartphone", 150)], about="takeback-x"
        )
        assert [one.rule for one in stands(work, "takeback-x")] == ["related"]
    with town.desk.work(recycler.id) as work:
        assert [row.id for row in made.to_read(work, recycler.party)][:1] == ["device-takeback-0"]
        made.read_label(work, "device-takeback-0", "2019", False)
        made.read_label(work, "device-takeback-1", "1980", False)
        assert not stands(work, "takeback-0")
        assert stands(work, "takeback-1")[0].rule == "age"
        assert len(made.to_read(work, recycler.party)) == 13
        for device, year, field in (("device-takeback-2", "new", "year"), ("device-takeback-0", "2019", "")):
            with pytest.raises(Refusal) as caught:
                made.read_label(work, device, year, False)
            assert caught.value.field == field
    with town.desk.work(collector.id) as work, pytest.raises(Refusal, match="no such device"):
        made.read_label(work, "device-takeback-2", "2019", False)


def test_an_account_that_was_paid_relates_those_who_share_it(town: Town) -> None:
    first, second, third = (town.person() for _ in range(3))
    with town.desk.work(SYSTEM) as work:
        for n, (who, handle) in enumerate(((first, "a@bank"), (second, "A@bank"), (third, "b@bank"))):
            work.connection.execute(
                payment.insert().values(
                    id=f"payment-{n}", key=f"{n}", party=who.party, paise=1, how="upi", state="paid", proof="p",
                    to_keyed=town.desk.keyed("upi", handle), secret="", made_us=0, reason="",
                )
            )  # fmt: skip
    for n, who in enumerate((first, second, third)):
        town.take(who, f"s-{n}")
    with town.desk.read() as work:
        assert links.group(work, first.party) == sorted([first.party, second.party])
        steps = links.why_related(work, first.party, second.party)
        assert steps
        assert links.said(steps) == "the same payee handle or bank account"
        assert links.why_related(work, first.party, third.party) is None


def test_at_no_time_does_anybody_pass_a_limit_or_a_device_earn_twice(town: Town) -> None:
    chance = random.Random(9)
    homes = [town.person() for _ in range(6)]
    taken: list[tuple[str, int]] = []
    refused = 0
    serials: Counter[str] = Counter()
    with town.desk.read() as work:
        limits = [one for one in policy_of(work.settings).limits if one.of == "payee" and one.what == "devices"]
    limits = [one for one in limits if one.binds("household") and one.most]
    for _ in range(350):
        who, serial = chance.choice(homes), f"serial-{chance.randrange(700)}"
        try:
            town.take(who, serial)
        except Refusal:
            refused += 1
        else:
            serials[serial] += 1
            with town.desk.read() as work:
                taken.append((who.party, work.now_us))
        town.later(hours=chance.choice((0, 0, 0, 1, 8)))
    assert refused > 20
    assert max(serials.values()) == 1
    for party, at in taken:
        for limit in limits:
            within = sum(1 for other, us in taken if other == party and at - limit.days * DAY_US < us <= at)
            assert limit.most is not None
            assert within <= limit.most
    with town.desk.read() as work:
        assert {one.rule for home in homes for one in against(work, home.party)} == {"limit"}
