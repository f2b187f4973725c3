from __future__ import annotations

import pytest
from sqlalchemy import select

from chumbak.exchange.desk import Desk
from chumbak.exchange.people import roles, sessions
from chumbak.exchange.people import tables as t
from tests.exchange import house
from tests.exchange.people.helper import member


@pytest.fixture
def desk(tmp_path):
    with house.desk(tmp_path) as made:
        yield made


def start(desk: Desk, person: str) -> str:
    with desk.work(person) as work:
        return sessions.start(work, person)


def holds(desk: Desk, token: str) -> bool:
    with desk.work() as work:
        found = sessions.find(work, token)
        if found:
            sessions.touch(work, found.id)
        return found is not None


def test_only_the_hash_of_a_token_is_kept(desk):
    token = start(desk, member(desk, "citizen").id)
    with desk.engine.connect() as connection:
        (row,) = connection.execute(select(t.sessions))
    assert token not in map(str, row)
    assert holds(desk, token)
    assert not holds(desk, row.token_hash)
    assert not holds(desk, token[:-1])
    assert not holds(desk, "")


@pytest.mark.parametrize(
    ("role", "idle", "longest"), [("citizen", 14 * 24, 90 * 24), ("administrator", 1, 12), ("auditor", 1, 12)]
)
def test_a_session_ends_when_idle_and_when_old(desk, role, idle, longest):
    person = member(desk, role).id
    token = start(desk, person)
    desk.clock.later(hours=idle, seconds=-1)
    assert holds(desk, token)
    desk.clock.later(hours=idle)
    assert not holds(desk, token)
    token = start(desk, person)
    for _ in range(longest - 1):
        desk.clock.later(hours=1, seconds=-1)
        assert holds(desk, token)
    desk.clock.later(hours=1, seconds=longest)
    assert not holds(desk, token)


def test_ending_everywhere_ends_all_of_one_person_alone(desk):
    one, two = member(desk, "citizen", 1).id, member(desk, "citizen", 2).id
    mine, yours = [start(desk, one) for _ in range(3)], start(desk, two)
    with desk.work(one) as work:
        sessions.end(work, mine[0])
        assert sessions.count(work, one) == 2
        sessions.end_all(work, one)
    assert not any(holds(desk, token) for token in mine)
    assert holds(desk, yours)


def test_a_change_of_roles_and_a_closed_account_end_sessions(desk):
    person, boss = member(desk, "trader").id, member(desk, "administrator").id
    token = start(desk, person)
    with desk.work(boss) as work:
        roles.give(work, person, "collector")
    assert not holds(desk, token)
    token = start(desk, person)
    with desk.work(boss) as work:
        roles.take(work, person, "collector")
    assert not holds(desk, token)
    token = start(desk, person)
    with desk.work(boss) as work:
        roles.suspend(work, person, "A test.")
    assert not holds(desk, token)
    with pytest.raises(KeyError):
        start(desk, person)
    with desk.work(boss) as work:
        roles.restore(work, person)
    assert holds(desk, start(desk, person))


def test_a_session_of_who_joins_lasts_an_hour(desk):
    with desk.work() as work:
        token = sessions.start_joining(work, "+919876543210")
        sessions.call(work, sessions.find(work, token).id, "Asha", "citizen")
        found = sessions.find(work, token)
    assert (found.person, found.phone, found.name, found.role) == (None, "+919876543210", "Asha", "citizen")
    desk.clock.later(hours=1)
    assert not holds(desk, token)
