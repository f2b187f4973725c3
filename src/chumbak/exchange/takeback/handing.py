"""The hand-over: what the collector sees, the price read back on the citizen's own phone, and the code after it.

    the collector writes down what is there and types the price        booked -> priced
    the citizen reads that price on their own phone and agrees         priced -> confirmed, and the code is released
    the collector types the code, once, in time                        confirmed -> handed: custody, and money laid by

So no code exists before the price was read back, and a code is good for one booking at one price. Of a code only a
keyed hash with booking and price is kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Desk, Work, microseconds
from chumbak.exchange.digits import plain_digits
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.people.persons import party_uri, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.batch import LEFT, Look
from chumbak.exchange.takeback.bookings import (
    Booking,
    Device,
    booking,
    check_laid_by,
    escrow,
    money,
    note,
    set_device,
    step,
)
from chumbak.exchange.takeback.identity import check_named_once, check_reason, columns, keys_of, same, together
from chumbak.exchange.takeback.quotes import Quote, quote
from chumbak.exchange.takeback.reward import content
from chumbak.exchange.takeback.slots import slot
from chumbak.exchange.takeback.tariff import tariff_of
from chumbak.exchange.trust.limits import Piece, check_take_back

DIGITS = 6
MOST_CODES = 10  # of one booking
OPEN = (t.BOOKED, t.PRICED, t.CONFIRMED)


def see(work: Work, id: str, looks: Mapping[int, Look], typed_paise: int) -> None:
    """Write down what the collector found and the price typed; the citizen is asked to agree. Raises ``Refusal``.

    ``looks`` are by number of the device; one that is not named is as quoted. Of a device that earns by its number one
    is typed, or why it cannot be read, unless the citizen gave it. The price follows from the quote's card:
    a typed price that differs is refused, so none changes without a reason. A code given out before is void.
    """
    found = booking(work, id)
    offer = _offer(work, found)
    seen = {one.n: _seen(work, offer, one, looks.get(one.n, Look(one.quoted))) for one in found.devices}
    given = [one for one in found.devices if seen[one.n].values["state"] != t.LEFT]
    if not given:
        raise Refusal(N_("Nothing is handed over. Call the booking off instead."))
    total = sum(seen[one.n].values["paise"] for one in given)
    if typed_paise != total:
        raise Refusal(
            N_("By the quote these devices come to %(total)s, and you typed %(typed)s. Check both."), "price",
            total=money(work, work.actor or found.collector, total),
            typed=money(work, work.actor or found.collector, typed_paise),
        )  # fmt: skip
    check_named_once({n: one.keys for n, one in seen.items()})
    check_laid_by(work, found, total)
    _void_codes(work, id)
    step(work, found, OPEN, t.PRICED, paise=total)
    work.connection.execute(t.device.update().where(t.device.c.booking == id).values(columns(())))  # numbers may swap
    for one in found.devices:
        set_device(work, one.id, **seen[one.n].values, **columns(seen[one.n].keys))
    _try_limits(work, booking(work, id))
    note(work, id, "priced", paise=total)
    work.tell(
        found.person,
        N_("The collector says: %(price)s. Devices: %(count)s. Your quote was %(before)s. Agree or say no on your own "
           "phone: %(page)s"),
        count=len(given), price=money(work, found.person, total), before=money(work, found.person, offer.paise),
        page=page(work, id),
    )  # fmt: skip


def refuse_price(work: Work, id: str) -> None:
    """Say no to the price that was read back: the booking stays, nothing is handed over."""
    found = booking(work, id)
    step(work, found, (t.PRICED, t.CONFIRMED), t.BOOKED)
    _void_codes(work, id)
    note(work, id, "price refused", paise=found.paise)
    work.tell(
        found.collector, N_("The price for %(id)s was refused. Look again together, or leave the devices."), id=id
    )


def confirm(work: Work, id: str, read_paise: int) -> str:
    """Agree to the price as it was read; return the code. Raises ``Refusal`` if the price is another by now."""
    found = booking(work, id)
    if found.state == t.PRICED and found.paise != read_paise:
        raise Refusal(N_("The price has changed since you looked. Read it again."))
    step(work, found, (t.PRICED,), t.CONFIRMED)
    note(work, id, "price agreed", paise=found.paise)
    return _release(work, found)


def new_code(work: Work, id: str) -> str:
    """Return another code for the price that was agreed to; the one before is void. Raises ``Refusal``."""
    found = booking(work, id)
    step(work, found, (t.CONFIRMED,), t.CONFIRMED)
    _void_codes(work, id)
    return _release(work, found)


def enter_code(desk: Desk, actor: str, id: str, typed: str) -> None:
    """Take the code that the collector types: once, in time. Raises ``Refusal``; a wrong try counts all the same."""
    with desk.work(actor) as work:
        fault = _try_code(work, booking(work, id), typed)
    if fault is not None:
        raise fault


def page(work: Work, id: str) -> str:
    """Return the address of a take-back's page."""
    return f"{work.desk.base}/takeback/{id}"


def _offer(work: Work, found: Booking) -> Quote:
    offer = quote(work, found.quote)
    assert offer is not None
    return offer


@dataclass(frozen=True)
class _Seen:
    """What is written down of a device: its numbers, and the rest as columns of its table."""

    keys: tuple[str, ...]
    values: Mapping[str, Any]


def _seen(work: Work, offer: Quote, device: Device, look: Look) -> _Seen:
    if look.condition == LEFT:
        return _Seen(device.keys, {"seen": "", "grams": None, "paise": 0, "state": t.LEFT})
    keys, by = _numbers(work, device, look)
    unread = check_reason(look.unread or device.unread, device.n) if device.numbered and not keys else ""
    return _Seen(keys, {
        "seen": look.condition, "grams": look.grams, "paise": offer.paise_of(device.kind, look.condition),
        "state": t.QUOTED, "named_by": by, "unread": unread,
    })  # fmt: skip


def _numbers(work: Work, device: Device, look: Look) -> tuple[tuple[str, ...], str]:
    """Return the numbers of a device and who typed them first; a collector may mend what a collector typed."""
    try:
        typed = keys_of(work, look.serial, device.kind)
    except Refusal as fault:
        raise Refusal(fault.text, f"serial{device.n}", **fault.values) from None
    if typed and device.named_by != t.CITIZEN:
        return typed, t.COLLECTOR
    if not same(device.keys, typed):
        raise Refusal(
            N_("Device %(n)s: this is not the serial number that was quoted. Leave it out, or make a new quote."),
            f"serial{device.n}", n=device.n,
        )  # fmt: skip
    return together(device.keys, typed), device.named_by


def _try_limits(work: Work, found: Booking) -> None:
    """Have the limits checked as they will be at the hand-over, and count nothing yet. Raises ``Refusal``."""
    trial = work.connection.begin_nested()
    try:
        _check_limits(work, found)
    finally:
        trial.rollback()


def _check_limits(work: Work, found: Booking) -> None:
    pieces = [Piece(one.kind, one.grams or 0, one.serial_key, one.other_key) for one in found.here]
    check_take_back(work, party=found.party, address_key=found.address_key, pieces=pieces, about=found.id)


def _void_codes(work: Work, id: str) -> None:
    unused = (t.code.c.booking == id) & t.code.c.used_us.is_(None)
    work.connection.execute(t.code.update().where(unused).values(void=True))


def _release(work: Work, found: Booking) -> str:
    count = select(func.count()).where(t.code.c.booking == found.id)
    n = work.connection.execute(count).scalar_one() + 1
    if n > MOST_CODES:
        raise Refusal(N_("Too many codes were asked for. Call the booking off and make a new one."))
    tariff = tariff_of(work.desk)
    digits = f"{work.desk.random.randrange(10**DIGITS):0{DIGITS}d}"
    until = work.now + timedelta(minutes=tariff.code_minutes)
    work.connection.execute(
        t.code.insert().values(
            booking=found.id, n=n, paise=found.paise, hashed=_hashed(work, found, n, digits), made_us=work.now_us,
            until_us=microseconds(until), left=tariff.code_tries, used_us=None, void=False,
        )
    )  # fmt: skip
    note(work, found.id, "code released", paise=found.paise)
    work.tell(
        found.person, N_("Your code is %(code)s, for %(price)s and no other price. Tell it to the collector when the "
                         "devices change hands. It holds for %(minutes)s minutes."),
        code=digits, price=money(work, found.person, found.paise), minutes=tariff.code_minutes,
    )  # fmt: skip
    return digits


def _hashed(work: Work, found: Booking, n: int, digits: str) -> str:
    return work.desk.keyed("hand-over", f"{found.id}/{n}/{found.paise}/{digits}")


def _try_code(work: Work, found: Booking, typed: str) -> Refusal | None:
    """Hand over if the code is right. Return why not otherwise: that a try was lost has to be kept."""
    if found.state != t.CONFIRMED:
        return Refusal(N_("There is no code to type now: the citizen has to agree to the price first."), "code")
    newest = select(t.code).where(t.code.c.booking == found.id).order_by(t.code.c.n.desc()).limit(1)
    row = work.connection.execute(newest).one()
    if row.void or row.used_us is not None or row.left == 0:
        return Refusal(N_("This code is used up. The citizen can ask for a new one."), "code")
    if row.until_us <= work.now_us:
        return Refusal(N_("This code has run out. The citizen can ask for a new one."), "code")
    plain = "".join(plain_digits(typed).replace("-", " ").split())
    if not (plain.isascii() and plain.isdigit() and len(plain) == DIGITS):  # it cannot be one: no try is lost
        return Refusal(N_("The code has %(digits)s digits. Type them as they stand on the citizen's phone."), "code",
                       digits=DIGITS)  # fmt: skip
    mine = (t.code.c.booking == found.id) & (t.code.c.n == row.n) & t.code.c.used_us.is_(None) & ~t.code.c.void
    if not hmac.compare_digest(_hashed(work, found, row.n, plain), row.hashed):
        work.connection.execute(t.code.update().where(mine).values(left=t.code.c.left - 1))
        work.audit("wrong-code", found.id, left=row.left - 1)
        return Refusal(N_("This code is not right. Tries left: %(left)s."), "code", left=row.left - 1)
    used = work.connection.execute(t.code.update().where(mine).values(used_us=work.now_us))
    if used.rowcount != 1 or row.paise != found.paise:
        raise Refusal(N_("This code is used up. The citizen can ask for a new one."), "code")
    _hand_over(work, found)
    return None


def _hand_over(work: Work, found: Booking) -> None:
    """Bring the devices into custody and lay by their price."""
    step(work, found, (t.CONFIRMED,), t.HANDED)
    _check_limits(work, found)
    post(work, "take-back laid by", found.id, [(wallet(found.recycler), -found.paise), (escrow(found.id), found.paise)])
    time = slot(work, found.slot)
    assert time is not None
    place = work.desk.uri("place", time.place)
    source, to = party_uri(work.desk, found.party), party_uri(work.desk, person(work, found.collector).party)
    for one in found.here:
        kind = work.catalogue.kind(one.kind)
        held = content(kind, one.grams) if kind else {}
        uri = work.desk.uri("device", one.id)
        work.record(hand_over.appears(work, uri, held, source=source, to=to, place=place, **_weighed(one.grams)))
        set_device(work, one.id, state=t.GIVEN)
    if len(found.here) > 1:
        uris = [work.desk.uri("device", one.id) for one in found.here]
        work.record(hand_over.packed(work, work.desk.uri("takeback", found.id), uris, place=place))
    note(work, found.id, "handed over", paise=found.paise)
    work.tell(
        found.person, N_("Devices handed over: %(count)s. %(price)s is laid by for you, and is paid when they were "
                         "scanned at the plant. See where they are: %(page)s"),
        count=len(found.here), price=money(work, found.person, found.paise), page=page(work, found.id),
    )  # fmt: skip


def _weighed(grams: int | None) -> dict[str, Any]:
    """Return what an event says of a weight (gross)."""
    if not grams:
        return {}
    report = {"type": "Mass", "value": grams / 1000, "uom": "KGM"}
    return {"sensorElementList": [{"sensorReport": [report]}]}
