"""Bookings: a quote, a time, a person; and from then on the state of the take-back, which every step changes once.

    booked -> priced -> confirmed -> handed -> received -> (changed ->) agreed -> paid
    booked, priced or confirmed -> cancelled

A step names the state it starts from in the UPDATE itself: of two that try the same step, one changes the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from chumbak.exchange.desk import Work
from chumbak.exchange.money.ledger import balance, wallet
from chumbak.exchange.money.payout import UPI
from chumbak.exchange.people.persons import Person, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import slots
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.identity import check_named_once, columns, keys_in, keys_of
from chumbak.exchange.takeback.quotes import Item, booking_of, quote
from chumbak.exchange.trust.limits import earn, take_from_lots
from chumbak.exchange.words import words

WAYS = ("wallet", "upi", "voucher")
SHORTEST_ADDRESS, LONGEST_ADDRESS = 8, 300


@dataclass(frozen=True)
class Device:
    """A device of a booking. Conditions are as quoted, as the collector saw it, as the plant found it ("": not yet).

    ``numbered``: it earns by its number alone, of which ``serial_key`` and ``other_key`` are hashes, typed by one of
    ``tables.NAMERS`` first; ``unread`` is why there is none, ``let_by`` the alarm after which a person let it earn.
    """

    id: str
    n: int
    kind: str
    quoted: str
    seen: str
    found: str
    note: str
    serial_key: str
    other_key: str
    named_by: str
    unread: str
    numbered: bool
    let_by: str
    grams: int | None
    paise: int
    found_paise: int | None
    state: str

    @property
    def keys(self) -> tuple[str, ...]:
        """Return what stands for its numbers, () while none is on record."""
        return keys_in(self)

    @property
    def nameless(self) -> bool:
        """Whether it earns by its number, and none is on record."""
        return self.numbered and not self.keys

    @property
    def changed(self) -> bool:
        """Whether the plant found something that changes its price."""
        return self.found_paise is not None and self.found_paise != self.paise


@dataclass(frozen=True)
class Booking:
    """A take-back. ``paise`` is the price as it stands now."""

    id: str
    quote: str
    person: str
    party: str
    slot: str
    collector: str
    recycler: str
    address_key: str
    how: str
    state: str
    paise: int
    made_us: int
    changed_us: int
    answer_us: int | None
    devices: tuple[Device, ...] = ()

    @property
    def here(self) -> tuple[Device, ...]:
        """Return the devices that are or were given up."""
        return tuple(one for one in self.devices if one.state != t.LEFT)


def book(
    work: Work, who: Person, quote_id: str, slot_id: str, *, address: str, how: str, handle: str = "",
    serials: Mapping[int, str] | None = None,
) -> str:  # fmt: skip
    """Book a quote for a time; return the booking's id. Raises ``Refusal``.

    ``address`` is needed where devices are fetched at home, ``handle`` (a UPI id) where they are paid for that way.
    ``serials`` are numbers of devices, by their number in the quote, that were not typed with it.
    """
    offer = quote(work, quote_id)
    if offer is None or offer.until_us <= work.now_us:
        raise Refusal(N_("This quote has run out. Ask for a new one: it takes a minute."))
    if booking_of(work, quote_id):
        raise Refusal(N_("This quote is booked already."))
    if how not in WAYS:
        raise Refusal(N_("Choose how you want to be paid."), "how")
    if how == "upi" and not handle.strip():
        raise Refusal(N_("Write the UPI id to pay to, such as name@bank."), "handle")
    if how == "upi" and not UPI.fullmatch(handle.strip()):
        raise Refusal(N_("This is no UPI address. It looks like name@bank."), "handle")
    time = slots.take(work, slot_id)
    _check_apart(work, who, time)
    place = " ".join(address.split())
    if time.way == slots.HOME and not SHORTEST_ADDRESS <= len(place) <= LONGEST_ADDRESS:
        raise Refusal(N_("Write the address with house, street and area."), "address")
    keys = {one.n: one.keys or _typed(work, one, (serials or {}).get(one.n, "")) for one in offer.items}
    check_named_once(keys)
    _check_new(work, [key for mine in keys.values() for key in mine], who.party, quote_id)
    id = work.new_id("takeback")
    work.connection.execute(
        t.booking.insert().values(
            id=id, quote=quote_id, person=who.id, party=who.party, slot=slot_id, collector=time.collector,
            recycler=time.recycler, address_key=work.desk.keyed("address", place) if place else "", how=how,
            state=t.BOOKED, paise=offer.paise, made_us=work.now_us, changed_us=work.now_us,
        )
    )  # fmt: skip
    work.connection.execute(
        t.device.insert(),
        [
            {"id": work.new_id("device"), "booking": id, "n": one.n, "kind": one.kind, "quoted": one.condition,
             "seen": "", "found": "", "note": "", **columns(keys[one.n]), "grams": None,
             "named_by": t.CITIZEN if keys[one.n] else "", "numbered": offer.numbered(one.kind),
             "paise": offer.paise_of(one.kind, one.condition), "found_paise": None, "state": t.QUOTED}
            for one in offer.items
        ],
    )  # fmt: skip
    work.connection.execute(t.private.insert().values(booking=id, address=place, handle=handle.strip()))
    note(work, id, "booked", paise=offer.paise)
    work.tell(who.id, N_("Booked: %(id)s. Your price is %(price)s. Give the code to nobody before you have agreed to a "
                         "price on your own phone."), id=id, price=money(work, who.id, offer.paise))  # fmt: skip
    work.tell(time.collector, N_("A new booking: %(id)s."), id=id)
    return id


def _typed(work: Work, one: Item, serial: str) -> tuple[str, ...]:
    try:
        return keys_of(work, serial, one.kind)
    except Refusal as fault:
        raise Refusal(fault.text, f"serial{one.n}", **fault.values) from None


def _check_new(work: Work, keys: Sequence[str], party: str, about: str) -> None:
    """Refuse devices that earned before, and note of none that it earns: they have not been handed over yet.

    Also those that the same party has booked already.
    """
    mine = (t.booking.c.party == party) & t.booking.c.state.in_((t.BOOKED, t.PRICED, t.CONFIRMED))
    named = t.device.c.serial_key.in_(keys) | t.device.c.other_key.in_(keys)
    booked = select(t.booking.c.id).join(t.device, t.device.c.booking == t.booking.c.id).where(mine, named)
    if keys and (before := work.connection.execute(booked.limit(1)).scalar_one_or_none()):
        raise Refusal(N_("You have booked this device already, in %(id)s. Call that off first."), "serial", id=before)
    trial = work.connection.begin_nested()
    try:
        take_from_lots(work, keys, party, about)
        earn(work, keys, party, about)
    finally:
        trial.rollback()


def _check_apart(work: Work, who: Person, time: slots.Slot) -> None:
    """Refuse that somebody fetches or receives their own devices."""
    if who.id == time.collector or who.party in (time.recycler, person(work, time.collector).party):
        raise Refusal(N_("You cannot collect from yourself. Choose a time of somebody else."), "slot")


def booking(work: Work, id: str) -> Booking:
    """Return a booking with its devices. Raises ``KeyError``."""
    row = work.connection.execute(select(t.booking).where(t.booking.c.id == id)).one_or_none()
    if row is None:
        raise KeyError(id)
    devices = work.connection.execute(select(t.device).where(t.device.c.booking == id).order_by(t.device.c.n))
    return _booking(row, tuple(_device(one) for one in devices))


def bookings(work: Work, *, states: Sequence[str] = (), most: int = 50, after: int = 0, **of: str) -> list[Booking]:
    """Return bookings (without devices) by person, collector or recycler and state, the latest first."""
    wanted = select(t.booking)
    for name, value in of.items():
        wanted = wanted.where(t.booking.c[name] == value)
    if states:
        wanted = wanted.where(t.booking.c.state.in_(states))
    rows = work.connection.execute(
        wanted.order_by(t.booking.c.made_us.desc(), t.booking.c.id).limit(most).offset(after)
    )
    return [_booking(row) for row in rows]


def device_of(work: Work, id: str) -> tuple[Booking, Device]:
    """Return a device and its booking. Raises ``KeyError``."""
    found = work.connection.execute(select(t.device.c.booking).where(t.device.c.id == id)).scalar_one_or_none()
    if found is None:
        raise KeyError(id)
    whole = booking(work, found)
    return whole, next(one for one in whole.devices if one.id == id)


def cancel(work: Work, id: str) -> None:
    """Call a booking off, before the code is used: by its citizen, or by its collector. Raises ``Refusal``."""
    found = booking(work, id)
    step(work, found, (t.BOOKED, t.PRICED, t.CONFIRMED), t.CANCELLED)
    work.connection.execute(t.code.update().where(t.code.c.booking == id, t.code.c.used_us.is_(None)).values(void=True))
    slots.give_back(work, found.slot)
    forget_private(work, id)
    note(work, id, "cancelled")
    other = found.collector if work.actor == found.person else found.person
    work.tell(other, N_("The booking %(id)s was called off."), id=id)


def step(work: Work, found: Booking, before: Sequence[str], after: str, **values: Any) -> None:
    """Bring a booking from one state to another, if it is as it was read. Raises ``Refusal`` if not."""
    changed = work.connection.execute(
        t.booking.update()
        .where(t.booking.c.id == found.id, t.booking.c.state.in_(before), t.booking.c.paise == found.paise)
        .values(state=after, changed_us=work.now_us, **values)
    )
    if changed.rowcount != 1:
        raise Refusal(N_("This cannot be done now: the take-back has gone on since you looked. Look again."))


def set_device(work: Work, device: str, **values: Any) -> None:
    """Write down what is known of a device now."""
    work.connection.execute(t.device.update().where(t.device.c.id == device).values(**values))


def note(work: Work, id: str, what: str, said: str = "", paise: int | None = None) -> None:
    """Write a line of the history, for good."""
    row = {"booking": id, "made_us": work.now_us, "actor": work.actor, "what": what, "said": said, "paise": paise}
    work.connection.execute(t.history.insert().values(**row))


def history(work: Work, id: str) -> list[Row[Any]]:
    """Return what happened, first to last: rows of ``takeback_history``."""
    wanted = select(t.history).where(t.history.c.booking == id).order_by(t.history.c.n)
    return list(work.connection.execute(wanted))


def private(work: Work, id: str) -> tuple[str, str]:
    """Return address and payment handle of a booking, "" once it is over."""
    row = work.connection.execute(select(t.private).where(t.private.c.booking == id)).one_or_none()
    return (row.address, row.handle) if row else ("", "")


def forget_private(work: Work, id: str) -> None:
    """Remove the address and the payment handle: nobody needs them any more."""
    work.connection.execute(t.private.delete().where(t.private.c.booking == id))


def money(work: Work, person_id: str, paise: int) -> str:
    """Return an amount as a person reads it."""
    known = work.catalogue
    language = person(work, person_id).language
    return words(language, known.currency, known.country, work.settings.time_zone).money(paise)


def escrow(id: str) -> str:
    """Return the account in which the price of a take-back is laid by."""
    return f"escrow:{id}"


def check_laid_by(work: Work, found: Booking, paise: int) -> None:
    """Refuse a price that the recycler cannot lay by now: what is promised has to be there."""
    if balance(work, wallet(found.recycler)) < paise:
        raise Refusal(
            N_("The recycler has not laid by enough money for this yet. Nothing is handed over until it has.")
        )


def _booking(row: Row[Any], devices: tuple[Device, ...] = ()) -> Booking:
    return Booking(**row._mapping, devices=devices)


def _device(row: Row[Any]) -> Device:
    return Device(**{name: value for name, value in row._mapping.items() if name != "booking"})
