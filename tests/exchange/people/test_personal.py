from __future__ import annotations

import json

import pytest
from sqlalchemy import LargeBinary, select

from chumbak.custody.store.replay import replay
from chumbak.exchange import hand_over
from chumbak.exchange.money import ledger, pay_in
from chumbak.exchange.people import consent, documents, open_matters, passkeys, personal, persons, sessions
from chumbak.exchange.people import tables as t
from chumbak.exchange.refusal import Refusal
from chumbak.exchange.store.tables import metadata
from chumbak.exchange.trust import alarms, links
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.trust.rules import RULES
from tests.exchange import house
from tests.exchange.people.helper import PNG, Authenticator, member


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path, show_messages=True) as made:
        yield made


def full(desk):
    """Make somebody of whom all is known that this area can know."""
    with desk.work() as work:
        one = persons.register(work, "98765 43210", "Asha Devi", "moradabad", "trader", language="hi")
        work.actor = one.id
        for purpose in (consent.SERVICE, consent.DOCUMENTS):
            consent.agree(work, one.id, purpose)
        documents.show(work, one, "identity", "WXYZ9876", PNG + b"face")
        sessions.start(work, one.id)
        work.tell(one.id, "Your lot was sold.")
        passkeys.add(work, "b", one, Authenticator().create(passkeys.options_to_add(work, "b", one)))
        event = hand_over.appears(
            work, desk.uri("device", work.new_id("device")), {"Nd": 160_000}, source=persons.party_uri(desk, one.party)
        )
        work.record(event)
    return one


def everything(desk) -> str:
    """Return all that the database holds, as one text."""
    with desk.engine.connect() as connection:
        return "\n".join(
            repr([bytes(value) if isinstance(value, memoryview) else value for value in row])
            for table in metadata.sorted_tables
            for row in connection.execute(select(table))
        )


def test_all_that_is_known_is_handed_out(desk):
    one = full(desk)
    with desk.read() as work:
        known = personal.export_person(work, one.id)
    assert (known["name"], known["phone"], known["roles"]) == ("Asha Devi", "+919876543210", ["trader"])
    assert set(known["rows"]) >= {
        "party", "party_about", "person", "person_about", "role", "consent", "document", "document_file", "session",
        "passkey", "audit",
    }  # fmt: skip
    assert json.loads(json.dumps(known)) == known
    assert len(known["rows"]["consent"]) == 2


def test_no_secret_and_nobody_else_is_handed_out(desk):
    one, two = full(desk), member(desk, "trader", 3)
    with desk.work(two.id) as work:
        consent.agree(work, two.id, consent.SERVICE)
    with desk.read() as work:
        text = json.dumps(personal.export_person(work, one.id))
        hashes = work.connection.execute(select(t.sessions.c.token_hash)).scalars()
    assert not [found for found in hashes if found in text]
    for other in (two.id, two.party, two.phone, two.name):
        assert other not in text


def test_every_table_is_searched_or_withheld_for_a_reason(desk):
    one = full(desk)
    with desk.read() as work:
        known = personal.export_person(work, one.id)["rows"]
    for table in metadata.sorted_tables:
        if table.name in personal.WITHHELD:
            continue
        with desk.engine.connect() as connection:
            named = [row for row in connection.execute(select(table)) if one.id in row or one.party in row]
        assert len(known.get(table.name, [])) >= len(named), table.name


def test_who_is_erased_is_gone_and_custody_stands(desk):
    one = full(desk)
    before = log(desk)
    assert before
    assert "Asha" in everything(desk)
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    left = everything(desk)
    for trace in ("Asha", "9876543210", "9876", "face", "WXYZ", "moradabad"):
        assert trace not in left, trace
    with desk.read() as work:
        found = persons.person(work, one.id)
        assert (found.name, found.phone, found.roles, found.state) == ("", "", frozenset(), "erased")
        assert persons.person_of_phone(work, "9876543210") is None
        assert persons.party(work, one.party).name == ""
        assert persons.members(work, one.party) == []
    assert log(desk) == before
    verdict = replay(desk.custodian.store)
    assert verdict.sound, verdict


def log(desk) -> list[tuple]:
    """Return the log of custody."""
    with desk.custodian.store.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT seq, hash, body FROM log ORDER BY seq")]


def test_what_is_erased_may_join_again_as_somebody_new(desk):
    one = full(desk)
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
        personal.erase_person(work, one.id)
    with desk.work() as work:
        two = persons.register(work, "98765 43210", "Asha Devi", "moradabad", "trader")
    assert two.id != one.id
    assert two.party != one.party
    with desk.work(two.id) as work:
        personal.erase_person(work, two.id)


def test_who_was_erased_and_comes_again_is_related_to_who_they_were(desk):
    one = full(desk)
    desk.clock.later(days=300)
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    desk.clock.later(days=300)
    with desk.work() as work:
        two = persons.register(work, "98765 43210", "Asha Devi", "moradabad", "trader")
        assert links.group(work, two.party) == sorted([one.party, two.party])


def test_the_hash_of_the_phone_stays_for_the_days_stated(desk):
    one, key = full(desk), desk.keyed("phone", "+919876543210")
    desk.clock.later(days=300)
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    desk.clock.later(days=policy_of(desk.settings).link_days, minutes=-1)
    with desk.work("system") as work:
        personal.forget(work)
    assert key in everything(desk)
    desk.clock.later(minutes=1)
    with desk.work("system") as work:
        personal.forget_in_time(work)
    assert key not in everything(desk)


def test_who_is_being_looked_at_is_not_erased(desk):
    one = full(desk)
    with desk.work("system") as work:
        alarms.alarm(work, sorted(RULES)[0], one.party, "A test.")
    with pytest.raises(Refusal, match="not finished"), desk.work(one.id) as work:
        personal.erase_person(work, one.id)


def test_addresses_handles_words_and_pictures_of_other_areas_go(desk):
    one, boss = full(desk), member(desk, "administrator")
    tables = metadata.tables
    with desk.work("system") as work:
        run = work.connection.execute
        run(tables["takeback_quote"].insert().values(**_filled("takeback_quote") | {"id": "q", "until_us": 1}))
        slot = {"id": "s", "way": "home", "ends_us": 1, "capacity": 1}
        run(tables["takeback_slot"].insert().values(**_filled("takeback_slot") | slot))
        booking = {
            "id": "b",
            "quote": "q",
            "slot": "s",
            "person": one.id,
            "party": one.party,
            "state": "paid",
            "how": "upi",
        }
        run(tables["takeback_booking"].insert().values(**_filled("takeback_booking") | booking))
        run(tables["takeback_private"].insert().values(booking="b", address="7 Lane of Bangles", handle="asha@upi"))
        payment = {"id": "p", "party": one.party, "paise": 1, "state": "paid", "to_plain": "asha@upi"}
        run(tables["payment"].insert().values(**_filled("payment") | payment))
        lot = {"id": "l", "seller": one.party, "state": "withdrawn", "way": "offers", "origin": "post-consumer"}
        lot |= {"grams": 1, "fair": "", "fair_paise": 1}
        run(tables["lot"].insert().values(**_filled("lot") | lot))
        run(tables["lot_photo"].insert().values(**_filled("lot_photo") | {"lot": "l", "body": b"my yard"}))
        run(tables["trust_words"].insert().values(id="w1", person=one.id, text="I was ill that day"))
        run(tables["trust_words"].insert().values(id="w2", person=boss.id, text="Weighed again: it fits"))
    for trace in ("Bangles", "asha@upi", "my yard", "I was ill"):
        assert trace in everything(desk)
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    for trace in ("Bangles", "asha@upi", "my yard", "I was ill"):
        assert trace not in everything(desk)
    assert "it fits" in everything(desk)


def test_messages_under_way_to_who_is_erased_are_not_sent(desk):
    one = full(desk)
    with desk.work(one.id) as work:
        work.tell(one.id, "Your lot was sold.")
        personal.erase_person(work, one.id)
    assert "9876543210" not in everything(desk)
    with desk.work("system") as work:
        work.tell(one.id, "Nobody reads this.")
    assert "Nobody reads" not in everything(desk)


def test_others_of_a_party_stay(desk):
    one = full(desk)
    with desk.work("system") as work:
        two = persons.register(work, "9111111111", "Brother", "moradabad", "trader", party=one.party)
        ledger.post(work, "test", "x", [(ledger.wallet(one.party), 100), ("outside:bank", -100)])
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
        assert persons.party(work, one.party).name == "Asha Devi"
        assert persons.members(work, one.party) == [two.id]
    with desk.read() as work:
        assert [str(one) for one in open_matters.open_matters(work, two.id)] == [
            "₹1 of yours are still here. Have them paid out first."
        ]


def test_a_pay_in_that_nobody_looked_for_keeps_a_person_and_its_reference_goes_with_them(desk):
    one = full(desk)
    with desk.work(one.id) as work:
        said = pay_in.say(work, one.party, 500, "utr asha 7")
    with pytest.raises(Refusal, match="was not looked for yet: 1"), desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    with desk.work("system") as work:
        pay_in.not_there(work, said)
    assert "UTRASHA7" in everything(desk)
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    assert "UTRASHA7" not in everything(desk)
    two = member(desk, "trader", 3)
    with desk.work(two.id) as work:
        assert [found.reference for found in pay_in.of_party(work, one.party)] == [""]
        with pytest.raises(Refusal, match="used before"):  # what stands for it still does
            pay_in.say(work, two.party, 500, "UTR-Asha 7")


@pytest.mark.parametrize("account", ["wallet", "owed", "debt"])
def test_nobody_is_erased_while_money_is_owed(desk, account):
    one = full(desk)
    name = getattr(ledger, account)(one.party)
    sign = -1 if account == "debt" else 1
    with desk.work("system") as work:
        ledger.post(work, "test", "x", [(name, sign * 12_345), ("outside:bank", sign * -12_345)])
    with pytest.raises(Refusal, match=r"₹123\.45"), desk.work(one.id) as work:
        personal.erase_person(work, one.id)
    assert "Asha" in everything(desk)
    with desk.work("system") as work:
        ledger.post(work, "test", "y", [(name, sign * -12_345), ("outside:bank", sign * 12_345)])
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)


def test_the_last_administrator_is_not_erased(desk):
    boss = member(desk, "administrator")
    with pytest.raises(Refusal, match="last administrator"), desk.work(boss.id) as work:
        personal.erase_person(work, boss.id)


def test_nobody_erases_another_but_an_administrator(desk):
    one, boss = full(desk), member(desk, "administrator")
    for role in ("citizen", "auditor", "recycler"):
        with pytest.raises(Refusal, match="yourself"), desk.work(member(desk, role).id) as work:
            personal.erase_person(work, one.id)
    with desk.work(boss.id) as work:
        personal.erase_person(work, one.id)


def test_every_matter_names_a_table_that_is_there():
    for matter in open_matters.MATTERS:
        table = metadata.tables[matter.table]
        assert set(matter.columns) <= set(table.c.keys())
        assert str(matter.is_open(table))


def test_open_contracts_and_disputes_keep_a_person(desk):
    one, two = full(desk), member(desk, "recycler")
    with desk.work("system") as work:
        row = _contract(work, one.party, two.party)
        work.connection.execute(metadata.tables["contract"].insert().values(**row))
    with desk.read() as work:
        assert [str(found) for found in personal.open_matters(work, one.id)] == ["Contracts are not settled yet: 1."]
    with desk.work("system") as work:
        contract = metadata.tables["contract"]
        work.connection.execute(contract.update().values(state="final"))
        dispute = _filled("dispute") | {"contract": row["id"], "state": "answer", "by": two.party}
        work.connection.execute(metadata.tables["dispute"].insert().values(**dispute))
    with desk.read() as work:
        said = [str(found) for found in personal.open_matters(work, one.id)]
        assert said == ["A dispute is open: 1. Wait until it is decided."]
    with desk.work("system") as work:
        work.connection.execute(metadata.tables["dispute"].update().values(state="decided"))
    with desk.work(one.id) as work:
        personal.erase_person(work, one.id)


def _contract(work, seller: str, buyer: str) -> dict:
    made = _filled("contract") | {"seller": seller, "buyer": buyer, "state": "open", "basis": "lot", "paise": 1}
    return made | {"id": work.new_id("contract")}


def _filled(table: str) -> dict:
    """Return the plainest row that a table takes."""
    plain = {}
    for column in metadata.tables[table].columns:
        if column.nullable or column.server_default is not None:
            continue
        kind = column.type.python_type
        plain[column.key] = b"" if isinstance(column.type, LargeBinary) else kind()
    return plain


@pytest.mark.parametrize(("state", "device", "held"), [("booked", "quoted", True), ("paid", "returning", True),
                                                       ("paid", "returned", False)])  # fmt: skip
def test_a_hand_over_keeps_its_collector_and_its_giver(desk, state, device, held):
    giver, collector = full(desk), member(desk, "collector")
    with desk.work("system") as work:
        tables, run = metadata.tables, work.connection.execute
        quote = _filled("takeback_quote") | {"id": "q", "until_us": 1}
        run(tables["takeback_quote"].insert().values(quote))
        time = {"id": "s", "way": "home", "ends_us": 1, "capacity": 1}
        run(tables["takeback_slot"].insert().values(_filled("takeback_slot") | time))
        who = {"person": giver.id, "party": giver.party, "collector": collector.id}
        row = _filled("takeback_booking") | who | {"id": "b", "quote": "q", "slot": "s", "how": "wallet"}
        run(tables["takeback_booking"].insert().values(row | {"state": state}))
        one = _filled("takeback_device") | {"id": "d", "booking": "b", "state": device}
        run(tables["takeback_device"].insert().values(one))
    with desk.read() as work:
        for person in (giver, collector):
            said = [str(one) for one in open_matters.open_matters(work, person.id)]
            assert ("A hand-over of devices is not over yet: 1." in said) is held
