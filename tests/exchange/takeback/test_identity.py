"""A device earns once: every door by which somebody may try again, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.desk import SYSTEM
from chumbak.exchange.market import lots
from chumbak.exchange.market.serials import set_serials
from chumbak.exchange.money.ledger import balance, faults, post, wallet
from chumbak.exchange.people.open_matters import ALARM, HANDING, open_matters
from chumbak.exchange.people.personal import erase_person
from chumbak.exchange.people.persons import Person, register
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store.outbox import refused
from chumbak.exchange.takeback import destruction, handing, plant
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.batch import Found, Look
from chumbak.exchange.takeback.bookings import book, cancel, escrow, private
from chumbak.exchange.takeback.identity import UNREAD
from chumbak.exchange.takeback.quotes import Wish, make_quote
from chumbak.exchange.takeback.serial import check_digit
from chumbak.exchange.trust import tables as trust
from chumbak.exchange.trust.alarms import Alarm, listed, stands
from chumbak.exchange.trust.decisions import appeal, decide, part_in_it
from chumbak.exchange.trust.limits import EARNED
from tests.exchange.house import desk
from tests.exchange.takeback.scene import LAID_BY, SERIAL, Scene, scene

OTHER = "490154203237518"
THIRD = "352099001761481"
PHONE = Wish("smartphone", "works")
UNREADABLE = {1: Look("works", 160, unread="dead")}
REASON = "Looked at with the film of the counter."


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


def earned(town: Scene, serial: str = SERIAL) -> str:
    """Have the citizen be paid for a phone; return the take-back."""
    id = town.handed(Wish("smartphone", "works", serial))
    town.received(id)
    town.inspected(id)
    assert town.read(id).state == t.PAID
    return id


def waiting(town: Scene, finds: Found, *wishes: Wish, looks: dict[int, Look] | None = None) -> str:
    """Go up to the look at the plant, which finds something of the first device; return the take-back."""
    id = town.handed(*wishes, looks=looks)
    town.received(id)
    town.inspected(id, {1: finds})
    return id


def alarm_of(town: Scene, id: str) -> Alarm:
    """Return the alarm about the first device of a take-back."""
    with town.desk.read() as work:
        (found,) = stands(work, town.read(id).devices[0].id)
        return found


def judge(town: Scene, role: str = "auditor") -> Person:
    with town.desk.work(SYSTEM) as work:
        n = {"auditor": 5, "administrator": 6}[role]
        return register(work, f"981000000{n}", role, "moradabad", role)


def decided(town: Scene, alarm: str, what: str, by: Person) -> None:
    with town.desk.work(by.id) as work:
        decide(work, alarm, what, REASON)


def keep_up(town: Scene) -> int:
    with town.desk.work(SYSTEM) as work:
        return plant.pay_what_waits(work)


# Every door ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        SERIAL, "35 693803 564380 9", "35-693803-564380-9", "356938.03564380/9", SERIAL[:14], f"{SERIAL[:14]}07",
        f"{SERIAL}77", f"0{SERIAL}", SERIAL.replace("0", "O"), f"{OTHER}, {SERIAL}",
    ],
)  # fmt: skip
def test_no_form_of_a_number_earns_again_by_a_second_account(town: Scene, typed: str) -> None:
    earned(town)
    with pytest.raises(Refusal, match="earned before"):
        town.booked(Wish("smartphone", "works", typed), who=town.office)
    with town.desk.work(town.citizen.id) as work:
        quote = make_quote(work, [PHONE])
    with pytest.raises(Refusal, match="earned before"), town.desk.work(town.citizen.id) as work:
        book(work, town.citizen, quote, town.slot, address="12 Lane, Seelampur", how="wallet", serials={1: typed})
    id = town.booked(PHONE, who=town.office)
    with pytest.raises(Refusal, match="earned before"):
        town.priced(id, {1: Look("works", 160, typed)})
    with town.desk.read() as work:
        assert {one.rule for one in listed(work)} == {"serial"}


def test_a_drop_point_asks_for_the_number_too(town: Scene) -> None:
    earned(town)
    with town.desk.work(town.office.id) as work:
        quote = make_quote(work, [PHONE])
        id = book(work, town.office, quote, town.drop, address="", how="wallet")
    with pytest.raises(Refusal, match="type its number") as caught:
        town.priced(id, {1: Look("works", 160)})
    assert caught.value.field == "serial1"
    with pytest.raises(Refusal, match="earned before"):
        town.priced(id, {1: Look("works", 160, SERIAL)})


def test_a_batch_names_each_device_once(town: Scene) -> None:
    wishes = [Wish("laptop", "works", "AB-1234"), Wish("laptop", "works", "ab 1234")]
    with pytest.raises(Refusal, match="of device 1 and device 2"):
        town.booked(*wishes)
    with pytest.raises(Refusal, match="Device 2: 'x!' is no number"):
        town.booked(wishes[0], Wish("laptop", "works", "x!"))
    id = town.booked(Wish("smartphone", "works", SERIAL), PHONE, who=town.office)
    for again in (SERIAL, f"{OTHER};{SERIAL}"):
        with pytest.raises(Refusal, match="of device 1 and device 2"):
            town.priced(id, {1: Look("works", 160), 2: Look("works", 160, again)})
    town.priced(id, {1: Look("works", 160), 2: Look("works", 160, OTHER)})
    town.priced(id, {1: Look("left"), 2: Look("works", 160, THIRD)})


def test_numbers_that_a_collector_confused_can_change_places(town: Scene) -> None:
    id = town.booked(PHONE, PHONE)
    for first, second in ((SERIAL, OTHER), (OTHER, SERIAL), (OTHER, THIRD)):
        town.priced(id, {1: Look("works", 160, first), 2: Look("works", 160, second)})
    keys = [one.keys for one in town.read(id).devices]
    assert len({key for mine in keys for key in mine}) == 2
    town.priced(id, {1: Look("works", 160), 2: Look("works", 160)})
    assert [one.keys for one in town.read(id).devices] == keys


def test_what_the_citizen_typed_is_not_replaced_at_the_door(town: Scene) -> None:
    id = town.booked()
    with pytest.raises(Refusal, match="not the serial number that was quoted"):
        town.priced(id, {1: Look("works", 160, OTHER)})
    town.priced(id, {1: Look("works", 160, f"{SERIAL},{OTHER}")})
    assert len(town.read(id).devices[0].keys) == 2
    with pytest.raises(Refusal, match="not the serial number that was quoted"):
        town.priced(id, {1: Look("works", 160, f"{SERIAL},{THIRD}")})


@pytest.mark.parametrize("again", [SERIAL, OTHER, f"{OTHER};{THIRD}"])
def test_a_phone_with_two_sims_is_known_by_either(town: Scene, again: str) -> None:
    earned(town, f"{SERIAL}, {OTHER}")
    with pytest.raises(Refusal, match="earned before"):
        town.booked(Wish("smartphone", "works", again), who=town.office)


def test_a_device_has_two_numbers_at_most(town: Scene) -> None:
    with pytest.raises(Refusal, match="two SIMs has two"):
        town.booked(Wish("smartphone", "works", f"{SERIAL},{OTHER},{THIRD}"))
    assert len(town.read(town.booked(Wish("smartphone", "works", f"{SERIAL},{SERIAL[:14]}07"))).devices[0].keys) == 1


def test_a_lot_and_a_take_back_do_not_both_earn(town: Scene) -> None:
    earned(town, f"{SERIAL}, {OTHER}")
    with town.desk.work(SYSTEM) as work:
        trader = register(work, "9810000008", "Trader", "seelampur", "trader")
    with town.desk.work(trader.id) as work:
        lot = lots.draft(
            work, goods="smartphone", origin="post-consumer", grams=1600, pieces=10, place="seelampur"
        )  # fmt: skip
    with pytest.raises(Refusal, match="earned before"), town.desk.work(trader.id) as work:
        set_serials(work, lot, f"{OTHER[:14]}07")
    with town.desk.work(trader.id) as work:
        set_serials(work, lot, THIRD)
        fair = lots.price(work, lots.lot(work, lot)).paise
        lots.open_lot(work, lot, shown=fair, way="offers", hours=24, step=0)
    id = town.booked(Wish("smartphone", "works", THIRD))  # who lists a number has shown nobody the device
    with town.desk.read() as work:
        assert stands(work, lot) == []
    town.priced(id)
    handing.enter_code(town.desk, town.collector.id, id, town.confirmed(id))
    with town.desk.read() as work:
        (alarm,) = stands(work, lot)
        assert (alarm.rule, alarm.against) == ("serial", (trader.party,))
    with town.desk.work(trader.id) as work:
        again = lots.draft(
            work, goods="smartphone", origin="post-consumer", grams=1600, pieces=10, place="seelampur"
        )  # fmt: skip
    with pytest.raises(Refusal, match="earned before"), town.desk.work(trader.id) as work:
        set_serials(work, again, THIRD)


def test_a_device_is_in_one_booking_of_a_party_and_others_are_not_kept_from_theirs(town: Scene) -> None:
    first = town.booked(Wish("smartphone", "works", SERIAL))
    with pytest.raises(Refusal, match="booked this device already") as refused:
        town.booked(Wish("smartphone", "works", f"{THIRD}, {SERIAL}"))
    assert refused.value.values["id"] == first
    town.booked(Wish("smartphone", "works", SERIAL), who=town.office)
    with town.desk.work(town.citizen.id) as work:
        cancel(work, first)
    town.booked(Wish("smartphone", "works", SERIAL))


def test_neither_party_of_a_number_given_twice_decides_about_it(town: Scene) -> None:
    earned(town)
    with pytest.raises(Refusal, match="earned before"):
        town.booked(Wish("smartphone", "works", SERIAL), who=town.office)
    with town.desk.read() as work:
        (alarm,) = listed(work, rule="serial")
        assert alarm.against == ()
        assert set(alarm.between) == {town.citizen.party, town.office.party}
        for who in (town.citizen, town.office):
            deciding = replace(who, roles=frozenset({"auditor"}))
            assert "concerns you" in part_in_it(work, alarm, deciding)


def test_a_number_stays_known_when_its_owner_is_gone(town: Scene) -> None:
    id = earned(town)
    with town.desk.work(SYSTEM) as work:
        post(work, "test", "spent", [(wallet(town.citizen.party), -town.read(id).paise),
                                     ("outside:bank", town.read(id).paise)])  # fmt: skip
    with town.desk.work(town.citizen.id) as work:
        erase_person(work, town.citizen.id)
    with town.desk.work(SYSTEM) as work:
        again = register(work, town.citizen.phone, "Somebody new", "seelampur", "citizen")
    with pytest.raises(Refusal, match="earned before"):
        town.booked(Wish("smartphone", "works", SERIAL), who=again)
    with town.desk.read() as work:
        (row,) = work.connection.execute(select(trust.device))
        assert town.citizen.name not in str(row)
        assert SERIAL[:14] not in str(row)


def test_who_has_a_device_waiting_is_not_gone_before_it_is_decided(town: Scene) -> None:
    id = waiting(town, Found("works", unread="dead"), PHONE, looks=UNREADABLE)
    with town.desk.read() as work:
        assert [one.text for one in open_matters(work, town.citizen.id)] == [HANDING, ALARM]
    decided(town, alarm_of(town, id).id, "uphold", judge(town))
    town.desk.clock.later(days=31)  # type: ignore[attr-defined]
    keep_up(town)
    with town.desk.read() as work:
        assert [one.text for one in open_matters(work, town.citizen.id)] == [HANDING]
    with town.desk.work(town.recycler.id) as work:
        plant.send_back(work, id)
    with town.desk.work(town.citizen.id) as work:
        assert open_matters(work, town.citizen.id) == []
        erase_person(work, town.citizen.id)


def test_of_two_who_hand_over_one_number_at_once_one_earns(town: Scene) -> None:
    ids = [town.booked(Wish("smartphone", "works", SERIAL), who=who) for who in (town.citizen, town.office)]
    for id in ids:
        town.priced(id)
    codes = {id: town.confirmed(id) for id in ids}

    def hand(id: str) -> str:
        try:
            handing.enter_code(town.desk, town.collector.id, id, codes[id])
        except Refusal as refusal:
            return refusal.text
        return ""

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(hand, ids)) == ["", EARNED]
    assert sorted(town.read(id).state for id in ids) == [t.CONFIRMED, t.HANDED]


def test_of_two_plants_that_read_one_number_at_once_one_is_paid_for_it(town: Scene) -> None:
    ids = [town.handed(PHONE, looks=UNREADABLE, who=who) for who in (town.citizen, town.office)]
    for id in ids:
        town.received(id)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda id: town.inspected(id, {1: Found("works", serial=SERIAL)}), ids))
    assert sorted(town.read(id).devices[0].state for id in ids) == [t.KEPT, t.WAITING]
    assert paid(town, town.citizen.party) + paid(town, town.office.party) == town.read(ids[0]).paise


def test_a_device_that_went_back_may_earn_another_time(town: Scene) -> None:
    id = town.handed(Wish("smartphone", "works", f"{SERIAL},{OTHER}"))
    town.received(id)
    town.inspected(id, {1: Found("broken", "The screen is cracked.")})
    with town.desk.work(town.citizen.id) as work:
        plant.answer(work, id, accept=False)
    with pytest.raises(Refusal, match="earned before"):
        town.booked(Wish("smartphone", "broken", SERIAL))
    with town.desk.work(town.recycler.id) as work:
        plant.send_back(work, id)
    earned(town, OTHER)


# What is needed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["smartphone", "laptop"])
def test_nothing_is_handed_over_before_somebody_looked_for_the_number(town: Scene, kind: str) -> None:
    id = town.booked(Wish(kind, "works"))
    for look in (Look("works", 160), Look("works", 160, unread="lazy")):
        with pytest.raises(Refusal, match="say why it cannot be read"):
            town.priced(id, {1: look})
    town.priced(id, {1: Look("works", 160, unread="worn")})
    assert town.read(id).devices[0].unread == "worn"
    town.priced(id, {1: Look("works", 160)})  # it was said
    town.priced(id, {1: Look("works", 160, OTHER)})
    (one,) = town.read(id).devices
    assert (one.unread, one.named_by, len(one.keys)) == ("", t.COLLECTOR, 1)


def test_a_wrong_number_gets_a_sentence_beside_its_field(town: Scene) -> None:
    id = town.booked(PHONE)
    wrong = SERIAL[:-1] + str((int(check_digit(SERIAL[:14])) + 1) % 10)
    with pytest.raises(Refusal, match="last digit does not fit") as caught:
        town.priced(id, {1: Look("works", 160, wrong)})
    assert caught.value.field == "serial1"


def test_the_plant_reads_what_the_collector_could_not(town: Scene) -> None:
    id = town.handed(PHONE, looks=UNREADABLE)
    town.received(id)
    for found in (Found("works"), Found("works", unread="lazy")):
        with pytest.raises(Refusal, match="type its number"):
            town.inspected(id, {1: found})
    assert paid(town, town.citizen.party) == 0
    town.inspected(id, {1: Found("works", serial=SERIAL)})
    (one,) = town.read(id).devices
    assert (one.state, one.named_by, one.unread) == (t.KEPT, t.PLANT, "")
    assert paid(town, town.citizen.party) == one.paise > 0
    with pytest.raises(Refusal, match="earned before"):
        town.booked(who=town.office)


def test_a_kind_that_may_have_no_number_is_paid_without_one(tmp_path: Path) -> None:
    from chumbak.exchange.takeback.tariff import SAMPLE

    own = tmp_path / "own"
    own.mkdir()
    (own / "tariff.yaml").write_text(SAMPLE.read_text().replace("data: erase, serial: maker", "data: erase"))
    with desk(tmp_path, own=own) as made:
        town = scene(made)
        for _ in range(2):
            id = town.handed(Wish("laptop", "works"), looks={1: Look("works", 2000)})
            town.received(id)
            town.inspected(id)
            assert town.read(id).devices[0].state == t.KEPT
        id = town.booked(Wish("laptop", "works"))
        (own / "tariff.yaml").write_text(SAMPLE.read_text())
        town.priced(id, {1: Look("works", 2000)})  # as the quote was made


# What waits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", UNREAD)
def test_a_device_without_a_number_waits_and_the_others_are_paid(town: Scene, why: str) -> None:
    id = waiting(town, Found("works", unread=why), PHONE, Wish("laptop", "works", "SN-4321"),
                 looks={1: Look("works", 160, unread="dead"), 2: Look("works", 2000)})  # fmt: skip
    found = town.read(id)
    assert (found.state, [one.state for one in found.devices]) == (t.PAID, [t.WAITING, t.KEPT])
    first, second = (one.paise for one in found.devices)
    assert paid(town, town.citizen.party) == second
    with town.desk.read() as work:
        assert balance(work, escrow(id)) == first
        assert private(work, id)[0]
    assert keep_up(town) == 0
    alarm = alarm_of(town, id)
    assert (alarm.rule, alarm.against) == ("identity", (town.citizen.party,))
    decided(town, alarm.id, "dismiss", judge(town))
    assert keep_up(town) == 1
    assert keep_up(town) == 0
    assert paid(town, town.citizen.party) == first + second
    assert town.read(id).devices[0].let_by == alarm.id
    with town.desk.read() as work:
        assert balance(work, escrow(id)) == 0
        assert private(work, id) == ("", "")
    with town.desk.work(town.recycler.id) as work:
        destruction.certify(work, id, {1: "shred", 2: "erase"})


def test_upheld_and_not_appealed_the_device_goes_back_unpaid(town: Scene) -> None:
    id = waiting(town, Found("works", unread="dead"), PHONE, looks=UNREADABLE)
    decided(town, alarm_of(town, id).id, "uphold", judge(town))
    assert keep_up(town) == 0
    assert town.read(id).devices[0].state == t.WAITING
    town.desk.clock.later(days=31)  # type: ignore[attr-defined]
    assert keep_up(town) == 1
    assert town.read(id).devices[0].state == t.RETURNING
    assert paid(town, town.citizen.party) == 0
    assert paid(town, town.recycler.party) == LAID_BY
    with town.desk.work(town.recycler.id) as work:
        plant.send_back(work, id)
    assert town.read(id).devices[0].state == t.RETURNED


@pytest.mark.parametrize("what", ["dismiss", "uphold"])
def test_an_appeal_is_decided_by_another_before_anything_moves(town: Scene, what: str) -> None:
    id = waiting(town, Found("works", unread="gone"), PHONE, looks=UNREADABLE)
    alarm, first, second = alarm_of(town, id).id, judge(town), judge(town, "administrator")
    decided(town, alarm, "uphold", first)
    with town.desk.work(town.citizen.id) as work:
        appeal(work, alarm, "The bill of the shop shows the number.")
    town.desk.clock.later(days=90)  # type: ignore[attr-defined]
    assert keep_up(town) == 0
    decided(town, alarm, what, second)
    assert keep_up(town) == 1
    let = what == "dismiss"
    assert town.read(id).devices[0].state == (t.KEPT if let else t.RETURNING)
    assert (paid(town, town.citizen.party) > 0) is let
    assert paid(town, town.citizen.party) + paid(town, town.recycler.party) == LAID_BY


def test_a_number_that_earned_before_waits_when_the_plant_reads_it(town: Scene) -> None:
    first = earned(town)
    had = paid(town, town.citizen.party)
    id = waiting(town, Found("works", serial=f"{SERIAL},{OTHER}"), PHONE, looks=UNREADABLE)
    alarm = alarm_of(town, id)
    assert alarm.rule == "serial"
    assert first in alarm.text
    assert paid(town, town.citizen.party) == had
    with pytest.raises(Refusal, match="earned before"):  # its second number is taken as well
        town.booked(Wish("smartphone", "works", OTHER), who=town.office)
    decided(town, alarm.id, "uphold", judge(town))
    town.desk.clock.later(days=31)  # type: ignore[attr-defined]
    keep_up(town)
    with town.desk.work(town.recycler.id) as work:
        plant.send_back(work, id)
    with pytest.raises(Refusal, match="earned before"):  # what earned first is not let go with what came back
        town.booked(who=town.office)


def test_another_number_than_was_given_waits(town: Scene) -> None:
    id = waiting(town, Found("works", serial=OTHER))
    assert alarm_of(town, id).rule == "identity"
    assert paid(town, town.citizen.party) == 0
    for serial in (SERIAL, OTHER):
        with pytest.raises(Refusal, match="earned before"):
            town.booked(Wish("smartphone", "works", serial), who=town.office)


def test_the_plant_adds_a_second_number_and_that_is_no_doubt(town: Scene) -> None:
    id = waiting(town, Found("works", serial=f"{OTHER};{SERIAL}"))
    assert town.read(id).state == t.PAID
    assert len(town.read(id).devices[0].keys) == 2
    with pytest.raises(Refusal, match="earned before"):
        town.booked(Wish("smartphone", "works", OTHER), who=town.office)


def test_a_refused_price_leaves_what_is_in_doubt_in_doubt(tmp_path: Path) -> None:
    from chumbak.exchange.takeback.tariff import SAMPLE

    own = tmp_path / "own"
    own.mkdir()
    (own / "tariff.yaml").write_text(SAMPLE.read_text().replace("when refused: return", "when refused: first price"))
    with desk(tmp_path, own=own) as made:
        town = scene(made)
        id = waiting(town, Found("broken", "The screen is cracked.", unread="dead"), PHONE, looks=UNREADABLE)
        with made.work(town.citizen.id) as work:
            plant.answer(work, id, accept=False)
        assert town.read(id).devices[0].state == t.WAITING
        assert paid(town, town.citizen.party) == 0


def test_a_decided_device_waits_with_what_still_holds_its_party(town: Scene) -> None:
    from chumbak.exchange.trust.alarms import alarm

    id = waiting(town, Found("works", unread="dead"), PHONE, looks=UNREADABLE)
    about = alarm_of(town, id).id
    with town.desk.work(SYSTEM) as work:
        other = alarm(work, "weight", town.citizen.party, "Too light.")
    by = judge(town)
    decided(town, about, "dismiss", by)
    assert keep_up(town) == 0
    assert paid(town, town.citizen.party) == 0
    decided(town, other, "dismiss", by)
    assert keep_up(town) == 1
    assert paid(town, town.citizen.party) == town.read(id).devices[0].paise


def test_the_reward_of_a_device_whose_data_went_first_is_paid_too(town: Scene) -> None:
    from chumbak.exchange.trust.alarms import alarm

    id = town.handed()
    with town.desk.work(SYSTEM) as work:
        held = alarm(work, "weight", id, "Too light.", against=[town.citizen.party])
    town.received(id)
    town.inspected(id)
    with town.desk.work(town.recycler.id) as work:
        destruction.certify(work, id, {1: "shred"})
    decided(town, held, "dismiss", judge(town))
    assert keep_up(town) == 1
    assert paid(town, town.citizen.party) == town.read(id).paise > 0


def test_the_database_itself_keeps_nothing_without_a_number_or_a_decision(town: Scene) -> None:
    id = town.handed(PHONE, looks=UNREADABLE)
    town.received(id)
    with pytest.raises(IntegrityError), town.desk.work(SYSTEM) as work:
        work.connection.execute(t.device.update().values(state=t.KEPT))


def test_the_certificate_knows_a_phone_by_either_number(town: Scene) -> None:
    id = earned(town, f"{SERIAL},{OTHER}")
    with town.desk.work(town.recycler.id) as work:
        certificate = destruction.certify(work, id, {1: "shred"})
    with town.desk.read() as work:
        found = destruction.certificate(work, certificate)
        assert found is not None
        assert [destruction.names_serial(work, found, one) for one in (SERIAL, OTHER, THIRD)] == [1, 1, None]
