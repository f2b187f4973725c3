"""The life of a take-back, step by step: who may do what when, what is paid, what custody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from chumbak.custody.store.replay import replay
from chumbak.custody.store.trace import trace
from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.money.ledger import balance, faults, post, wallet
from chumbak.exchange.money.payout import Upi
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.takeback import destruction, handing, plant, quotes
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.apart import read_output, ready, take_apart
from chumbak.exchange.takeback.batch import Look
from chumbak.exchange.takeback.bookings import book, cancel, escrow, private
from chumbak.exchange.takeback.path import path
from chumbak.exchange.takeback.quotes import Wish, make_quote
from chumbak.exchange.takeback.slots import slot
from chumbak.exchange.takeback.tariff import SAMPLE, tariff_of
from chumbak.exchange.trust.alarms import against, alarm
from tests.exchange.house import desk
from tests.exchange.takeback.scene import LAID_BY, SERIAL, Scene, scene


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Scene]:
    with desk(tmp_path) as made:
        yield scene(made)
        with made.read() as work:
            assert faults(work) == []
            assert refused(work.connection) == []


def paid(town: Scene, party: str) -> int:
    with town.desk.read() as work:
        return balance(work, wallet(party))


def test_the_usual_way_pays_what_was_quoted(town: Scene) -> None:
    id = town.handed()
    price = town.read(id).paise
    with town.desk.read() as work:
        assert balance(work, escrow(id)) == price
    assert paid(town, town.citizen.party) == 0
    town.received(id)
    town.inspected(id)
    found = town.read(id)
    assert found.state == t.PAID
    assert paid(town, town.citizen.party) == price
    assert paid(town, town.recycler.party) == LAID_BY - price
    with town.desk.read() as work:
        assert balance(work, escrow(id)) == 0
        assert private(work, id) == ("", "")


def test_custody_holds_what_was_handed_over_and_never_before(town: Scene) -> None:
    id = town.booked()
    device = town.desk.uri("device", town.read(id).devices[0].id)
    town.priced(id)
    code = town.confirmed(id)
    assert town.desk.custody.holdings(device) is None
    handing.enter_code(town.desk, town.collector.id, id, code)
    held = town.desk.custody.holdings(device)
    assert held is not None
    assert sum(held.values()) == 160_000 + 30_000 + 16_000_000 + 34_000


def test_a_price_typed_otherwise_than_the_quote_says_is_refused(town: Scene) -> None:
    id = town.booked()
    before = town.read(id)
    with pytest.raises(Refusal) as caught, town.desk.work(town.collector.id) as work:
        handing.see(work, id, {1: Look("works", 160)}, before.paise - 100)
    assert caught.value.field == "price"
    assert town.read(id) == before


def test_there_is_no_code_before_the_price_was_read_back(town: Scene) -> None:
    id = town.booked()
    with pytest.raises(Refusal), town.desk.work(town.citizen.id) as work:
        handing.confirm(work, id, town.read(id).paise)
    with pytest.raises(Refusal, match="agree to the price first"):
        handing.enter_code(town.desk, town.collector.id, id, "000000")


def test_a_price_that_changed_meanwhile_is_not_agreed_to(town: Scene) -> None:
    id = town.booked()
    read = town.priced(id)
    town.priced(id, {1: Look("broken", 160)})
    with pytest.raises(Refusal, match="changed since"), town.desk.work(town.citizen.id) as work:
        handing.confirm(work, id, read)


def test_a_code_is_void_once_the_collector_types_another_price(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id)
    town.priced(id, {1: Look("parts missing", 160)})
    with pytest.raises(Refusal, match="agree to the price first"):
        handing.enter_code(town.desk, town.collector.id, id, code)
    fresh = town.confirmed(id)
    if fresh != code:
        with pytest.raises(Refusal, match="not right"):
            handing.enter_code(town.desk, town.collector.id, id, code)
    handing.enter_code(town.desk, town.collector.id, id, fresh)


@pytest.mark.parametrize("typed", ["12345", "1234567", "abcdef", "१२३४५", "9" * 5000, "12345x"])
def test_what_can_be_no_code_costs_no_try(town: Scene, typed: str) -> None:
    id = town.booked()
    town.priced(id)
    town.confirmed(id)
    with pytest.raises(Refusal, match=r"6 digits"):
        handing.enter_code(town.desk, town.collector.id, id, typed)
    assert [row.left for row in _codes(town, id)] == [tariff_of(town.desk).code_tries]


def test_a_code_is_taken_in_hindi_digits(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id).translate({ord("0") + n: chr(0x966 + n) for n in range(10)})
    handing.enter_code(town.desk, town.collector.id, id, f"{code[:3]} {code[3:]}")
    assert town.read(id).state == "handed"


def test_no_more_comes_out_than_went_in(town: Scene) -> None:
    id = town.handed(Wish("smartphone", "works", SERIAL))
    town.received(id)
    town.inspected(id)
    with town.desk.work(town.recycler.id) as work:
        destruction.certify(work, id, {1: "shred"})
        (device,) = ready(work, town.recycler.party)
    assert device.grams == 160
    with town.desk.work(town.recycler.id) as work, pytest.raises(Refusal, match="More comes out than went in"):
        take_apart(work, town.recycler.party, [device.id], [read_output("Boards", 100_000, "Cu 20, Au 0.03", "XRF")])
    with town.desk.work(town.recycler.id) as work, pytest.raises(Refusal, match="More comes out than went in"):
        take_apart(
            work, town.recycler.party, [device.id],
            [read_output("Boards", 120, "Cu 20", "XRF"), read_output("Rest", 60, "Fe 20", "XRF")],
        )  # fmt: skip
    with town.desk.work(town.recycler.id) as work:
        take_apart(work, town.recycler.party, [device.id], [read_output("Boards", 150, "Cu 90, Au 0.001", "XRF")])
        (found,) = against(work, town.recycler.party)
        assert (found.rule, found.values["element"]) == ("recovery", "Cu")
        assert found.values["out_ug"] == 135_000_000 > found.values["high_ug"]


def test_a_code_is_used_once(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id)
    handing.enter_code(town.desk, town.collector.id, id, code)
    with pytest.raises(Refusal):
        handing.enter_code(town.desk, town.collector.id, id, code)
    assert sum(1 for row in _codes(town, id) if row.used_us) == 1


def test_a_code_runs_out(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id)
    town.desk.clock.later(minutes=30)  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="run out"):
        handing.enter_code(town.desk, town.collector.id, id, code)
    with town.desk.work(town.citizen.id) as work:
        fresh = handing.new_code(work, id)
    handing.enter_code(town.desk, town.collector.id, id, fresh)


def test_wrong_tries_are_counted_and_end(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(Refusal, match=f"left: {left}"):
            handing.enter_code(town.desk, town.collector.id, id, wrong)
    with pytest.raises(Refusal, match="used up"):
        handing.enter_code(town.desk, town.collector.id, id, code)


def test_a_code_is_kept_as_a_hash_only(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id)
    (row,) = _codes(town, id)
    assert code not in str(tuple(row))


def _codes(town: Scene, id: str) -> list:
    with town.desk.read() as work:
        return list(work.connection.execute(t.code.select().where(t.code.c.booking == id)))


def test_a_device_earns_once(town: Scene) -> None:
    town.handed()
    with pytest.raises(Refusal, match="earned before"):
        town.booked(who=town.office)


def test_nothing_is_handed_over_that_the_recycler_has_not_laid_by(town: Scene) -> None:
    id = town.booked()
    with town.desk.work(SYSTEM) as work:
        post(work, "test", "gone", [(wallet(town.recycler.party), -LAID_BY), ("outside:bank", LAID_BY)])
    with pytest.raises(Refusal, match="laid by"):
        town.priced(id)


def test_a_lower_price_is_explained_and_accepted(town: Scene) -> None:
    id = town.handed()
    first = town.read(id).paise
    town.received(id)
    with pytest.raises(Refusal, match="say why"):
        town.inspected(id, {1: plant.Found("parts missing")})
    town.inspected(id, {1: plant.Found("parts missing", "The battery is not there.")})
    assert town.read(id).state == t.CHANGED
    assert paid(town, town.citizen.party) == 0
    with town.desk.work(town.citizen.id) as work:
        plant.answer(work, id, accept=True)
    assert 0 < paid(town, town.citizen.party) < first
    assert paid(town, town.citizen.party) + paid(town, town.recycler.party) == LAID_BY


def test_a_refused_change_sends_the_device_back(town: Scene) -> None:
    id = town.handed()
    device = town.desk.uri("device", town.read(id).devices[0].id)
    town.received(id)
    town.inspected(id, {1: plant.Found("broken", "The screen is cracked.")})
    with town.desk.work(town.citizen.id) as work:
        plant.answer(work, id, accept=False)
    assert paid(town, town.citizen.party) == 0
    assert paid(town, town.recycler.party) == LAID_BY
    with town.desk.read() as work:
        assert private(work, id)[0]
    with town.desk.work(town.recycler.id) as work:
        plant.send_back(work, id)
    assert town.read(id).devices[0].state == t.RETURNED
    assert town.desk.custody.holdings(device) == {}
    steps = [step.what for step in path(town.desk, device).steps]
    assert steps == ["collecting", "receiving", "inspecting", "accepting", "gone"]


def test_no_answer_counts_as_a_refusal(town: Scene) -> None:
    id = town.handed()
    town.received(id)
    town.inspected(id, {1: plant.Found("broken", "The screen is cracked.")})
    with town.desk.work(SYSTEM) as work:
        assert plant.pass_deadlines(work) == 0
    town.desk.clock.later(days=7)  # type: ignore[attr-defined]
    with town.desk.work(SYSTEM) as work:
        assert plant.pass_deadlines(work) == 1
    assert town.read(id).devices[0].state == t.RETURNING


def test_the_first_price_is_paid_where_the_tariff_says_so(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "tariff.yaml").write_text(SAMPLE.read_text().replace("when refused: return", "when refused: first price"))
    with desk(tmp_path, own=own) as made:
        town = scene(made)
        id = town.handed()
        first = town.read(id).paise
        town.received(id)
        town.inspected(id, {1: plant.Found("broken", "The screen is cracked.")})
        with made.work(town.citizen.id) as work:
            plant.answer(work, id, accept=False)
        assert paid(town, town.citizen.party) == first
        assert town.read(id).devices[0].state == t.KEPT


def test_an_alarm_holds_the_reward_until_it_is_dismissed(town: Scene) -> None:
    id = town.handed()
    with town.desk.work(SYSTEM) as work:
        alarm(work, "weight", id, "Too light.", against=[town.citizen.party])
    town.received(id)
    town.inspected(id)
    assert town.read(id).state == t.AGREED
    assert paid(town, town.citizen.party) == 0
    with town.desk.work(SYSTEM) as work:
        assert plant.pay_what_waits(work) == 0


@pytest.mark.parametrize(("how", "handle"), [("upi", "asha@bank"), ("voucher", "")])
def test_a_reward_goes_where_the_citizen_wants_it(town: Scene, how: str, handle: str) -> None:
    id = town.handed(how=how, handle=handle)
    town.received(id)
    town.inspected(id)
    assert town.read(id).state == t.PAID
    assert paid(town, town.citizen.party) == 0


def test_a_reward_that_cannot_be_sent_stays_in_the_wallet(town: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object) -> None:
        raise Refusal("The bank is closed.")

    with pytest.raises(Refusal, match="looks like name@bank"):
        town.handed(how="upi", handle="no handle")
    monkeypatch.setattr(Upi, "send", closed)
    id = town.handed(how="upi", handle="name@bank")
    price = town.read(id).paise
    town.received(id)
    town.inspected(id)
    assert paid(town, town.citizen.party) == price


def test_a_missing_device_is_decided_about_by_a_person(town: Scene) -> None:
    id = town.handed(Wish("smartphone", "works", SERIAL), Wish("laptop", "works"), looks={})
    missing = town.read(id).devices[1]
    town.received(id, 2)
    town.inspected(id)
    assert paid(town, town.citizen.party) == town.read(id).devices[0].paise
    with pytest.raises(Refusal, match="waits"), town.desk.work(SYSTEM) as work:
        plant.settle_missing(work, missing.id, True, "Seen on the photograph.")
    with town.desk.work(SYSTEM) as work:
        plant.settle_missing(work, missing.id, False, "It was never handed over.")
    assert paid(town, town.citizen.party) + paid(town, town.recycler.party) == LAID_BY
    with town.desk.read() as work:
        assert balance(work, escrow(id)) == 0


def test_full_slots_are_refused_and_freed(town: Scene) -> None:
    with town.desk.work(SYSTEM) as work:
        work.connection.execute(t.slot.update().values(capacity=1))
    id = town.booked()
    with pytest.raises(Refusal, match="taken"):
        town.booked(Wish("laptop", "works"), who=town.office)
    with town.desk.work(town.citizen.id) as work:
        cancel(work, id)
    with town.desk.read() as work:
        found = slot(work, town.slot)
        assert found is not None
        assert found.room == 1


def test_nobody_collects_from_themselves(town: Scene) -> None:
    with pytest.raises(Refusal, match="yourself"):
        town.booked(who=town.collector)


def test_the_certificate_is_in_the_log_and_verifiable(town: Scene) -> None:
    id = town.handed(Wish("smartphone", "works", SERIAL), Wish("laptop", "works"), looks={}, who=town.office)
    town.received(id)
    town.inspected(id)
    with pytest.raises(Refusal, match="shredded"), town.desk.work(town.recycler.id) as work:
        destruction.certify(work, id, {1: "erase", 2: "erase"})
    with town.desk.work(town.recycler.id) as work:
        certificate = destruction.certify(work, id, {1: "shred", 2: "erase"})
    with town.desk.read() as work:
        found = destruction.certificate(work, certificate)
        assert found is not None
        assert destruction.names_serial(work, found, "35-693803-564380-9") == 1
        assert destruction.names_serial(work, found, "490154203237518") is None
    assert destruction.verify(town.desk, found).good
    assert SERIAL not in str(found.document)
    forged = destruction.Certificate(**{**vars(found), "document": {**found.document, "issued": "2020-01-01"}})
    assert not destruction.verify(town.desk, forged).good


def test_what_was_recovered_adds_up_by_element(town: Scene) -> None:
    ids = [
        town.handed(Wish("smartphone", "works", serial), who=who)
        for serial, who in ((SERIAL, town.citizen), ("490154203237518", town.office))
    ]
    for id in ids:
        town.received(id)
        town.inspected(id)
        with town.desk.work(town.recycler.id) as work:
            assert ready(work, town.recycler.party) == [] or id == ids[1]
            destruction.certify(work, id, {1: "shred"})
    with town.desk.work(town.recycler.id) as work:
        take = [one.id for one in ready(work, town.recycler.party)]
        assert len(take) == 2
        take_apart(
            work, town.recycler.party, take,
            [read_output("Copper", 40, "Cu 60", "XRF"), read_output("Magnets", 1, "Nd 24, Pr 4", "")],
        )  # fmt: skip
    way = path(town.desk, town.desk.uri("device", take[0]))
    fates = {fate.element: fate for fate in way.fates}
    assert [step.what for step in way.steps][-1] == "apart"
    assert fates["Cu"].inside == 16_000_000
    assert fates["Cu"].measured == 12_000_000
    assert fates["Cu"].unaccounted == 4_000_000
    assert fates["Nd"].stated == 120_000
    assert fates["Au"].unaccounted == 34_000
    for fate in way.fates:
        parts = fate.still + fate.measured + fate.stated + fate.lost + fate.unaccounted + fate.returned
        assert parts == fate.inside
    # Followed backwards, from the lots to the devices, custody finds the same.
    for device in take:
        uri = town.desk.uri("device", device)
        back: Counter[str] = Counter()
        for lot in way.lots:
            for source in trace(town.desk.custodian.store, lot).sources:
                back[source.element] += source.ug if source.lot == uri else 0
        for fate in path(town.desk, uri).fates:
            assert abs(back[fate.element] - fate.measured - fate.stated) <= 2
    assert replay(town.desk.custodian.store).sound


def test_of_two_who_type_the_code_at_once_one_takes_over(town: Scene) -> None:
    id = town.booked()
    town.priced(id)
    code = town.confirmed(id)

    def type_it(_: int) -> bool:
        try:
            handing.enter_code(town.desk, town.collector.id, id, code)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(type_it, range(4))) == [False, False, False, True]
    assert sum(1 for row in _codes(town, id) if row.used_us) == 1


def test_of_two_who_want_the_last_place_one_gets_it(town: Scene) -> None:
    with town.desk.work(SYSTEM) as work:
        work.connection.execute(t.slot.update().values(capacity=1))

    def want(n: int) -> bool:
        try:
            town.booked(Wish("laptop", "works"), who=(town.citizen, town.office)[n])
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(want, range(2))) == [False, True]


def test_the_database_itself_refuses_a_second_use(town: Scene) -> None:
    id = town.handed()
    (row,) = _codes(town, id)
    again = {**row._mapping, "n": row.n + 1}
    with pytest.raises(IntegrityError), town.desk.work(SYSTEM) as work:
        work.connection.execute(t.code.insert().values(**again))


def test_a_quote_runs_out(town: Scene) -> None:
    with town.desk.work(town.citizen.id) as work:
        quote = make_quote(work, [Wish("smartphone", "works")])
    town.desk.clock.later(days=7)  # type: ignore[attr-defined]
    with pytest.raises(Refusal, match="run out"), town.desk.work(town.citizen.id) as work:
        book(work, town.citizen, quote, town.drop, address="", how="wallet")


def test_a_quote_keeps_its_price_when_the_tariff_changes(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    with desk(tmp_path, own=own) as made:
        town = scene(made)
        id = town.booked()
        before = town.read(id).paise
        (own / "tariff.yaml").write_text(SAMPLE.read_text().replace('share: "0.6"', 'share: "0.1"'))
        assert town.priced(id) == before


def test_a_quote_that_nobody_books_is_forgotten_in_time(town: Scene) -> None:
    booked = town.booked(Wish("smartphone", "works"))
    with town.desk.work(town.citizen.id) as work:
        left = quotes.make_quote(work, [Wish("smartphone", "works")])
    for days, kept in ((36, True), (2, False)):
        town.desk.clock.later(days=days)  # type: ignore[attr-defined]
        with town.desk.work("system") as work:
            quotes.forget(work)
            assert (quotes.quote(work, left) is not None) is kept
            assert quotes.quote(work, town.read(booked).quote) is not None
