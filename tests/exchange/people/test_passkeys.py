from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.exchange.desk import Desk
from chumbak.exchange.people import passkeys, roles
from chumbak.exchange.refusal import Refusal
from tests.exchange import house
from tests.exchange.people.helper import Authenticator, member

BROWSER = "a-browser"


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


@pytest.fixture
def person(desk):
    return member(desk, "citizen")


def add(desk: Desk, person, key: Authenticator) -> None:
    with desk.work(person.id) as work:
        passkeys.add(work, BROWSER, person, key.create(passkeys.options_to_add(work, BROWSER, person)))


def options(desk: Desk) -> str:
    with desk.read() as work:
        return passkeys.options_to_enter(work, BROWSER)


def enter(desk: Desk, answer: str, browser: str = BROWSER) -> str:
    with desk.work() as work:
        return passkeys.enter(work, browser, answer).id


def test_a_passkey_signs_in_whose_it_is(desk, person):
    key = Authenticator()
    add(desk, person, key)
    assert enter(desk, key.get(options(desk))) == person.id
    assert enter(desk, key.get(options(desk))) == person.id
    with desk.read() as work:
        (row,) = passkeys.of(work, person.id)
    assert (row.counter, row.used_us is not None) == (2, True)


def test_an_answer_is_not_taken_twice(desk, person):
    key = Authenticator()
    add(desk, person, key)
    answer = key.get(options(desk))
    enter(desk, answer)
    with pytest.raises(Refusal):
        enter(desk, answer)
    key.counter = 0  # a device that does not count: the challenge alone has to stop it
    with desk.work() as work:
        work.connection.exec_driver_sql("UPDATE passkey SET counter = 0")
    with pytest.raises(Refusal):
        enter(desk, answer)


def test_a_counter_that_goes_back_is_a_copied_key(desk, person):
    key = Authenticator()
    add(desk, person, key)
    enter(desk, key.get(options(desk)))
    key.counter = 0
    with pytest.raises(Refusal):
        enter(desk, key.get(options(desk)))


def test_a_challenge_is_too_old_after_five_minutes(desk, person):
    key = Authenticator()
    add(desk, person, key)
    asked = options(desk)
    desk.clock.later(minutes=5)
    with pytest.raises(Refusal):
        enter(desk, key.get(asked))


def test_a_challenge_is_of_one_browser_and_for_one_thing(desk, person):
    key = Authenticator()
    add(desk, person, key)
    with pytest.raises(Refusal):
        enter(desk, key.get(options(desk)), "another-browser")
    with desk.read() as work:
        for_adding = passkeys.options_to_add(work, BROWSER, person)
    with pytest.raises(Refusal):
        enter(desk, key.get(for_adding))


def test_a_challenge_of_ones_own_is_not_taken(desk, person):
    key = Authenticator()
    add(desk, person, key)
    said = json.loads(options(desk))
    said["challenge"] = said["challenge"][:-6] + ("AAAAAA" if said["challenge"][-6:] != "AAAAAA" else "BBBBBB")
    with pytest.raises(Refusal):
        enter(desk, key.get(json.dumps(said)))


@pytest.mark.parametrize(
    "changed",
    [{"origin": "https://evil.example"}, {"origin": "http://t.example"}, {"host": "evil.example"}, {"verified": False}],
)
def test_another_site_and_an_unasked_finger_are_refused(desk, person, changed):
    with pytest.raises(Refusal):
        add(desk, person, Authenticator(**changed))
    key = Authenticator()
    add(desk, person, key)
    for name, value in changed.items():
        setattr(key, name, value)
    with pytest.raises(Refusal):
        enter(desk, key.get(options(desk)))


def test_another_key_is_refused(desk, person):
    add(desk, person, Authenticator())
    with pytest.raises(Refusal):
        enter(desk, Authenticator().get(options(desk)))
    with pytest.raises(Refusal):
        enter(desk, Authenticator(id=b"unknown-credential").get(options(desk)))


def test_a_passkey_is_of_one_person_and_goes_when_removed(desk, person):
    key, second = Authenticator(), member(desk, "trader")
    add(desk, person, key)
    with pytest.raises(Refusal):
        add(desk, second, key)
    with desk.work(second.id) as work:
        passkeys.remove(work, second.id, passkeys.of(work, person.id)[0].id)
        assert len(passkeys.of(work, person.id)) == 1
    with desk.work(person.id) as work:
        passkeys.remove(work, person.id, passkeys.of(work, person.id)[0].id)
    with pytest.raises(Refusal):
        enter(desk, key.get(options(desk)))


def test_a_closed_account_is_not_opened_by_a_passkey(desk, person):
    key, boss = Authenticator(), member(desk, "administrator")
    add(desk, person, key)
    with desk.work(boss.id) as work:
        roles.suspend(work, person.id, "A test.")
    with pytest.raises(Refusal):
        enter(desk, key.get(options(desk)))


def test_ten_passkeys_are_enough(desk, person):
    for number in range(passkeys.MOST):
        add(desk, person, Authenticator(id=f"credential-{number}".encode()))
    with pytest.raises(Refusal, match="Remove one"):
        add(desk, person, Authenticator(id=b"one-more"))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "authenticatorData", "signature"]
    ), inner, max_size=4), max_leaves=8,
)  # fmt: skip


@given(st.text(max_size=40) | _json.map(json.dumps))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_answer_breaks_it(desk, answer):
    with pytest.raises(Refusal):
        enter(desk, answer)


def test_an_answer_of_many_lists_is_refused(desk):
    with pytest.raises(Refusal):
        enter(desk, "[" * 100_000)


@given(st.binary(max_size=60), st.binary(max_size=60))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_break_it(desk, person, left, right):
    from webauthn.helpers import bytes_to_base64url

    key = Authenticator()
    with desk.work(person.id) as work:
        said = json.loads(key.create(passkeys.options_to_add(work, BROWSER, person)))
        said["response"]["attestationObject"] = bytes_to_base64url(left)
        with pytest.raises(Refusal):
            passkeys.add(work, BROWSER, person, json.dumps(said))
    add_once = Authenticator(id=left + b"x")
    with desk.work(person.id) as work:
        work.connection.exec_driver_sql("DELETE FROM passkey")
    add(desk, person, add_once)
    said = json.loads(add_once.get(options(desk)))
    said["response"]["authenticatorData"] = bytes_to_base64url(left)
    said["response"]["signature"] = bytes_to_base64url(right)
    with pytest.raises(Refusal):
        enter(desk, json.dumps(said))
