from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from chumbak.exchange.people import persons, roles
from chumbak.exchange.people import tables as t
from chumbak.exchange.refusal import Refusal
from tests.exchange import house
from tests.exchange.people.helper import member


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


def test_who_joins_is_known_by_phone_and_acts_for_a_party(desk):
    with desk.work() as work:
        made = persons.register(work, "98765 43210", "  Asha   Devi ", "moradabad", "trader", language="hi")
    with desk.read() as work:
        assert persons.person_of_phone(work, "+91 9876543210") == made == persons.person(work, made.id)
        party = persons.party(work, made.party)
        assert persons.person_of_phone(work, "9876543211") is None
        assert persons.members(work, party.id) == [made.id]
    assert (made.name, made.phone, made.language, made.roles) == ("Asha Devi", "+919876543210", "hi", {"trader"})
    assert (party.kind, party.name, party.place, party.registered) == ("trader", "Asha Devi", "moradabad", False)
    assert party.ladder == {"phone", "place"}
    assert "Asha" not in persons.party_uri(desk, party.id)


def test_one_phone_is_one_person(desk):
    with desk.work() as work:
        persons.register(work, "9876543210", "Asha", "moradabad", "citizen")
    with pytest.raises(Refusal, match="joined with this phone") as caught, desk.work() as work:
        persons.register(work, "+919876543210", "Another", "moradabad", "citizen")
    assert caught.value.field == "phone"


@pytest.mark.parametrize("role", [role for role in persons.ROLES if role not in persons.OPEN])
def test_nobody_joins_with_a_role_that_is_given(desk, role):
    with pytest.raises(Refusal, match="administrator"), desk.work() as work:
        persons.register(work, "9876543210", "Asha", "moradabad", role)
    trader = member(desk, "trader")
    with pytest.raises(Refusal, match="administrator"), desk.work(trader.id) as work:
        persons.register(work, "9876543210", "Asha", "moradabad", role)


def test_nobody_joins_the_party_of_others_or_as_registered(desk):
    trader = member(desk, "trader")
    for more in ({"party": trader.party}, {"registered": True}):
        with pytest.raises(Refusal), desk.work() as work:
            persons.register(work, "9876543210", "Asha", "moradabad", "trader", **more)
    with desk.work("system") as work:
        second = persons.register(work, "9876543210", "Asha", "moradabad", "trader", party=trader.party)
        assert persons.members(work, trader.party) == sorted([trader.id, second.id])


@pytest.mark.parametrize(
    ("name", "place"), [("", "moradabad"), ("  ", "moradabad"), ("x" * 101, "moradabad"), ("Asha", " ")]
)
def test_a_name_and_a_place_are_needed(desk, name, place):
    with pytest.raises(Refusal), desk.work() as work:
        persons.register(work, "9876543210", name, place, "citizen")


def test_roles_are_given_and_taken_by_an_administrator_and_written_down(desk):
    boss, one = member(desk, "administrator"), member(desk, "citizen")
    with desk.work(boss.id) as work:
        roles.give(work, one.id, "collector")
        roles.give(work, one.id, "collector")
        assert persons.person(work, one.id).roles == {"citizen", "collector"}
        roles.take(work, one.id, "citizen")
        assert persons.person(work, one.id).roles == {"collector"}
        rows = work.connection.exec_driver_sql("SELECT actor, what FROM audit ORDER BY n DESC LIMIT 2").all()
    assert [tuple(row) for row in rows] == [(boss.id, "role-taken"), (boss.id, "role-given")]


def test_nobody_gives_themselves_a_role(desk):
    boss = member(desk, "administrator")
    member(desk, "administrator", 1)
    for change in (roles.give, roles.take):
        with pytest.raises(Refusal, match="their own"), desk.work(boss.id) as work:
            change(work, boss.id, "administrator")
    row = {"person": boss.id, "role": "recycler", "given_by": boss.id, "given_us": 0}
    with pytest.raises(IntegrityError), desk.work(boss.id) as work:  # the database says no as well
        work.connection.execute(t.roles.insert().values(**row))


@pytest.mark.parametrize("role", [role for role in persons.ROLES if role != "administrator"])
def test_no_other_role_gives_roles(desk, role):
    one, two = member(desk, role, 1), member(desk, "citizen", 2)
    for act in (
        lambda work: roles.give(work, two.id, "trader"), lambda work: roles.take(work, two.id, "citizen"),
        lambda work: roles.suspend(work, two.id, "x"), lambda work: roles.restore(work, two.id),
    ):  # fmt: skip
        for actor in (one.id, ""):
            with pytest.raises(Refusal), desk.work(actor) as work:
                act(work)


@pytest.mark.parametrize("role", ["collector", "trader", "recycler", "producer", "administrator"])
def test_who_checks_does_not_do_what_is_checked(desk, role):
    boss, auditor, doer = member(desk, "administrator"), member(desk, "auditor"), member(desk, role, 7)
    with pytest.raises(Refusal, match="cannot be both"), desk.work(boss.id) as work:
        roles.give(work, auditor.id, role)
    with pytest.raises(Refusal, match="cannot be both"), desk.work(boss.id) as work:
        roles.give(work, doer.id, "auditor")


@pytest.mark.parametrize("role", ["collector", "trader", "recycler", "producer"])
def test_who_notes_what_the_bank_did_does_not_deal(desk, role):
    boss, other, doer = member(desk, "administrator"), member(desk, "administrator", 1), member(desk, role, 7)
    for id, given in ((other.id, role), (doer.id, "administrator")):
        with pytest.raises(Refusal, match="cannot be both"), desk.work(boss.id) as work:
            roles.give(work, id, given)


def test_an_auditor_does_not_act_for_a_firm_that_is_audited(desk):
    boss, plant = member(desk, "administrator"), member(desk, "recycler")
    with pytest.raises(Refusal, match="audited"), desk.work(boss.id) as work:
        persons.register(work, "9111111111", "Inside", "moradabad", "auditor", party=plant.party)
    with desk.work(boss.id) as work:
        clerk = persons.register(work, "9111111112", "Clerk", "moradabad", "citizen", party=plant.party)
    with pytest.raises(Refusal, match="audited"), desk.work(boss.id) as work:
        roles.give(work, clerk.id, "auditor")


def test_the_last_administrator_stays(desk):
    boss = member(desk, "administrator")
    with pytest.raises(Refusal, match="last administrator"), desk.work("system") as work:
        roles.take(work, boss.id, "administrator")
    with pytest.raises(Refusal, match="last administrator"), desk.work("system") as work:
        roles.suspend(work, boss.id, "x")


def test_of_who_is_closed_no_role_holds(desk):
    boss, one = member(desk, "administrator"), member(desk, "auditor")
    with desk.work(boss.id) as work:
        roles.suspend(work, one.id, "A test.")
        assert persons.person(work, one.id).roles == frozenset()


def test_persons_are_found_by_id_phone_and_name(desk):
    one = member(desk, "trader", 5)
    with desk.read() as work:
        for text in (one.id, one.phone, "9000002005", "trader 5", "TRAD"):
            assert [found.id for found in persons.found_by(work, text)] == [one.id]
        assert persons.found_by(work, one.name[1:]) == []  # a name is found by how one of its parts begins
        assert persons.found_by(work, "%") == persons.found_by(work, "")
        assert persons.found_by(work, "nobody like this") == []


def test_nobody_has_no_name():
    with pytest.raises(Refusal):
        persons.checked_name("\t \n")
