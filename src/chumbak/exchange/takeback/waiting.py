"""Devices that wait at the plant for a person: nobody could read a number, another one was given, or it earned before.

An alarm about the device says why; those concerned answer and appeal as against any other. Cleared, the device earns.
Upheld, and the time to appeal over or the appeal decided, its price goes back to the recycler and the device to its
owner. The other devices of the take-back are paid meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.batch import Found
from chumbak.exchange.takeback.bookings import Booking, Device, booking, device_of, escrow, money, note, set_device
from chumbak.exchange.takeback.identity import (
    UNREAD,
    check_named_once,
    check_reason,
    columns,
    keys_of,
    same,
    together,
)
from chumbak.exchange.trust import alarms
from chumbak.exchange.trust import tables as trust
from chumbak.exchange.trust.alarms import Alarm, alarm
from chumbak.exchange.trust.decisions import is_final
from chumbak.exchange.trust.limits import claim

NO_NUMBER = N_("Device %(n)s of %(id)s: nobody could read its number. %(why_word)s.")
ANOTHER = N_("Device %(n)s of %(id)s: the number that the plant reads on it is not the one that was given before.")
EARNED = N_("Device %(n)s of %(id)s: its number earned before, in %(first)s.")
Pay = Callable[[Work, Booking, Device], None]


def read_numbers(work: Work, found: Booking, finds: Mapping[int, Found]) -> None:
    """Note what numbers the plant reads, and raise an alarm about each device that has none of its own.

    Raises ``Refusal`` where a number is needed and neither it nor a reason is typed.
    """
    devices = {one.n: one for one in found.devices if one.n in finds}
    typed = {n: _typed(work, one, finds[n].serial) for n, one in devices.items()}
    now = {one.n: one.keys for one in found.devices}
    now |= {n: together(one.keys, typed[n]) for n, one in devices.items() if same(one.keys, typed[n])}
    check_named_once(now)
    for n, one in devices.items():
        unread = check_reason(finds[n].unread, n) if one.numbered and not now[n] else ""
        by = one.named_by or (t.PLANT if now[n] else "")
        set_device(work, one.id, **columns(now[n]), named_by=by, unread=unread)
        if earned := claim(work, together(one.keys, typed[n]), found.party, found.id):
            _doubt(work, found, one, "serial", EARNED, first=earned)
        if not same(one.keys, typed[n]):
            _doubt(work, found, one, "identity", ANOTHER)
        if unread:
            _doubt(work, found, one, "identity", NO_NUMBER, why_word=UNREAD[unread])


def doubted(work: Work, found: Booking) -> set[str]:
    """Return the devices of a take-back about which an alarm stands."""
    return {one.about for one in _about(work, [one.id for one in found.devices]) if one.stands}


def go_on(work: Work, pay: Pay) -> int:
    """Pay or give back what persons have decided about; return how many devices went on.

    ``pay`` pays one whose take-back was paid before; while something holds it, it waits on.
    """
    ids = work.connection.execute(select(t.device.c.id).where(t.device.c.state == t.WAITING).order_by(t.device.c.id))
    about: dict[str, list[Alarm]] = {}
    for one in _about(work, list(ids.scalars())):
        about.setdefault(one.about, []).append(one)
    return sum(_go_on(work, id, mine, pay) for id, mine in about.items())


def _go_on(work: Work, id: str, about: Sequence[Alarm], pay: Pay) -> bool:
    upheld = any(is_final(work, each) for each in about)
    if not upheld and any(each.stands for each in about):
        return False
    found, one = device_of(work, id)
    if upheld:
        _give_back(work, found, one)
        return True
    trial = work.connection.begin_nested()
    try:
        set_device(work, id, state=t.KEPT, let_by=about[-1].id)
        note(work, found.id, "let", paise=one.paise)
        if found.state == t.PAID:
            pay(work, booking(work, found.id), one)
    except Refusal:
        trial.rollback()
        return False
    trial.commit()
    return True


def _about(work: Work, devices: Sequence[str]) -> list[Alarm]:
    """Return the alarms about devices, oldest first."""
    return alarms.find(work, select(trust.alarm).where(trust.alarm.c.about.in_(devices))) if devices else []


def _give_back(work: Work, found: Booking, one: Device) -> None:
    """Return the price of a device to the recycler, and have the device sent back."""
    if one.paise:
        moves = [(escrow(found.id), -one.paise), (wallet(found.recycler), one.paise)]
        post(work, "take-back not earned", one.id, moves)
    set_device(work, one.id, state=t.RETURNING, paise=0)
    work.connection.execute(
        t.booking.update().where(t.booking.c.id == found.id).values(paise=t.booking.c.paise - one.paise)
    )
    note(work, found.id, "not let", paise=one.paise)
    work.tell(
        found.person, N_("A person has decided: device %(n)s of %(id)s earns nothing, and comes back to you. It was to "
                         "earn %(price)s."), n=one.n, id=found.id, price=money(work, found.person, one.paise),
    )  # fmt: skip


def _typed(work: Work, one: Device, serial: str) -> tuple[str, ...]:
    try:
        return keys_of(work, serial, one.kind)
    except Refusal as fault:
        raise Refusal(fault.text, f"serial{one.n}", **fault.values) from None


def _doubt(work: Work, found: Booking, one: Device, rule: str, why: str, **said: str) -> None:
    alarm(work, rule, one.id, why, against=[found.party], n=one.n, id=found.id, **said)
