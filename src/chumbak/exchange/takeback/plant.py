"""At the plant: the scan, the look, a changed price that can be refused, the reward.

A device that has no number of its own on record waits, the others are paid (``waiting``).

What the plant finds changes a price by the quote's own card only, with a reason by device. The citizen accepts or
refuses; no answer in the days that the quote named counts as a refusal. Refused, a device goes back or is paid at the
first price, as the quote said. The reward is paid when the devices have been scanned and the price stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import select

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Work, microseconds
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.money.payout import payout
from chumbak.exchange.people.persons import party_uri, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback import waiting
from chumbak.exchange.takeback.batch import Found
from chumbak.exchange.takeback.bookings import (
    Booking,
    Device,
    booking,
    check_laid_by,
    device_of,
    escrow,
    forget_private,
    money,
    note,
    private,
    set_device,
    step,
)
from chumbak.exchange.takeback.handing import page
from chumbak.exchange.takeback.quotes import quote
from chumbak.exchange.takeback.tariff import RETURN
from chumbak.exchange.trust.alarms import alarm, stands
from chumbak.exchange.trust.limits import let_go

LONGEST_NOTE = 200


def receive(work: Work, id: str, arrived: Collection[int], nothing: bool = False) -> None:
    """Note which devices (by number) were scanned on arrival. For one that is missing a person decides.

    That none came has to be said (``nothing``).
    """
    found = booking(work, id)
    there = [one for one in found.here if one.n in arrived]
    if bool(there) == nothing:
        raise Refusal(N_("Mark the devices that arrived, or that nothing did."), "arrived")
    step(work, found, (t.HANDED,), t.AGREED if nothing else t.RECEIVED)
    for one in found.here:
        set_device(work, one.id, state=t.ARRIVED if one in there else t.MISSING)
    collector = person(work, found.collector).party
    if there:
        work.record(
            hand_over.observed(
                work, [work.desk.uri("device", one.id) for one in there], step="receiving",
                source=party_uri(work.desk, collector), to=party_uri(work.desk, found.recycler),
                place=_plant(work, found),
            )
        )  # fmt: skip
    note(work, id, "received", said=f"{len(there)}/{len(found.here)}")
    for one in found.here:
        if one not in there:
            alarm(
                work, "seal", one.id,
                N_("Device %(n)s of %(id)s was handed over by code and did not arrive at the plant."),
                against=[collector], n=one.n, id=id,
            )  # fmt: skip
    if nothing:
        try_pay(work, id)


def inspect(work: Work, id: str, finds: Mapping[int, Found]) -> None:
    """Write down what the plant found; a device that is not named is as the collector saw it. Raises ``Refusal``.

    Of a device that earns by its number and has none on record, the plant reads it or says why it cannot. If the
    condition changes a price the citizen is asked, else the reward is paid.
    """
    found = booking(work, id)
    offer = quote(work, found.quote)
    assert offer is not None
    there = [one for one in found.devices if one.state == t.ARRIVED]
    changed = found.paise
    for one in there:
        what = finds.get(one.n, Found(one.seen))
        reason = " ".join(what.note.split())[:LONGEST_NOTE]
        paise = offer.paise_of(one.kind, what.condition)
        if paise != one.paise and not reason:
            raise Refusal(N_("Device %(n)s: say why the price changes. The citizen reads it."), "note", n=one.n)
        changed += paise - one.paise
        set_device(work, one.id, found=what.condition, note=reason, found_paise=paise)
    waiting.read_numbers(work, found, {one.n: finds.get(one.n, Found(one.seen)) for one in there})
    check_laid_by(work, found, max(0, changed - found.paise))
    work.record(hand_over.observed(work, [work.desk.uri("device", one.id) for one in there], place=_plant(work, found)))
    if not any(one.changed for one in booking(work, id).devices):
        step(work, found, (t.RECEIVED,), t.AGREED)
        note(work, id, "inspected")
        _keep(work, booking(work, id), [])
        try_pay(work, id)
        return
    answer = work.now + timedelta(days=offer.answer_days)
    step(work, found, (t.RECEIVED,), t.CHANGED, answer_us=microseconds(answer))
    note(work, id, "price change", paise=changed)
    work.tell(
        found.person,
        N_("The plant found something else and offers %(price)s instead of %(before)s. See why, and accept or refuse "
           "within %(days)s days: %(page)s"),
        price=money(work, found.person, changed), before=money(work, found.person, found.paise),
        days=offer.answer_days, page=page(work, id),
    )  # fmt: skip


def answer(work: Work, id: str, accept: bool) -> None:
    """Accept or refuse a changed price."""
    found = booking(work, id)
    offer = quote(work, found.quote)
    assert offer is not None
    changed = [one for one in found.devices if one.state == t.ARRIVED and one.changed]
    back = [] if accept or offer.when_refused != RETURN else changed
    by = {one.n: one.found_paise or 0 for one in changed} if accept else {one.n: 0 for one in back}
    total = found.paise + sum(paise - one.paise for one in changed for paise in [by.get(one.n, one.paise)])
    step(work, found, (t.CHANGED,), t.AGREED, paise=total)
    for one in changed:
        set_device(work, one.id, paise=by.get(one.n, one.paise))
    move = total - found.paise
    if move:
        post(work, "take-back change", id, [(escrow(id), move), (wallet(found.recycler), -move)])
    note(work, id, "change accepted" if accept else "change refused", paise=total)
    _keep(work, booking(work, id), [one.id for one in back])
    _record_answer(work, found, [one.id for one in changed], accept, bool(back))
    try_pay(work, id)


def pass_deadlines(work: Work) -> int:
    """Take every changed price that was not answered in time as refused; return how many there were."""
    late = select(t.booking.c.id).where(t.booking.c.state == t.CHANGED, t.booking.c.answer_us <= work.now_us)
    ids = list(work.connection.execute(late.order_by(t.booking.c.id)).scalars())
    for id in ids:
        note(work, id, "no answer")
        answer(work, id, accept=False)
    return len(ids)


def try_pay(work: Work, id: str) -> Refusal | None:
    """Pay the reward if nothing holds it; return what does. It is tried again by ``pay_what_waits``."""
    trial = work.connection.begin_nested()
    try:
        _pay(work, booking(work, id))
    except Refusal as refusal:
        trial.rollback()
        return refusal
    trial.commit()
    return None


def pay_what_waits(work: Work) -> int:
    """Pay every reward that waits and that nothing holds any more; return how many."""
    decided = waiting.go_on(work, _pay_late)
    agreed = select(t.booking.c.id).where(t.booking.c.state == t.AGREED).order_by(t.booking.c.id)
    return decided + sum(try_pay(work, id) is None for id in list(work.connection.execute(agreed).scalars()))


def held_by(work: Work, found: Booking) -> list[str]:
    """Return the alarms for which a reward waits: of this take-back, or of who is paid."""
    return [one.id for one in stands(work, found.id) + stands(work, found.party)]


def send_back(work: Work, id: str) -> None:
    """Note that the devices whose changed price was refused are on their way back."""
    found = booking(work, id)
    back = [one for one in found.devices if one.state == t.RETURNING]
    if not back:
        raise Refusal(N_("There is nothing to send back."))
    uris = [work.desk.uri("device", one.id) for one in back]
    owner = party_uri(work.desk, found.party)
    work.record(hand_over.gone(work, uris, to=owner, place=_plant(work, found), disposition="returned"))
    for one in back:
        set_device(work, one.id, state=t.RETURNED)
    let_go(work, id, [key for one in back for key in one.keys])  # they earned nothing
    note(work, id, "sent back", said=str(len(back)))
    work.tell(found.person, N_("Devices on their way back to you: %(count)s."), count=len(back))
    _forget_if_over(work, id)


def settle_missing(work: Work, device: str, pay: bool, reason: str) -> None:
    """Decide about a device that did not arrive: its price is paid, or goes back to the recycler. By an auditor."""
    found, one = device_of(work, device)
    if one.state != t.MISSING:
        raise Refusal(N_("This device is not missing, or was decided about."))
    why = reason.strip()[:LONGEST_NOTE]
    if not why:
        raise Refusal(N_("Say why. Both sides read it."), "reason")
    if pay and (waits := stands(work, device)):
        raise Refusal(N_("Payment waits until a person has looked at this: %(id)s."), id=waits[0].id)
    to = wallet(found.party if pay else found.recycler)
    if one.paise:
        post(work, "take-back missing", device, [(escrow(found.id), -one.paise), (to, one.paise)])
    set_device(work, device, state=t.DECIDED, paise=0, note=why)
    work.connection.execute(
        t.booking.update().where(t.booking.c.id == found.id).values(paise=t.booking.c.paise - one.paise)
    )
    note(work, found.id, "missing paid" if pay else "missing not paid", said=why, paise=one.paise)
    work.audit("missing-device", device, pay=pay)


def _pay(work: Work, found: Booking) -> None:
    if waits := held_by(work, found):
        raise Refusal(N_("Payment waits until a person has looked at this: %(id)s."), id=waits[0])
    kept = sum(one.paise for one in found.devices if one.state in t.EARNING)
    step(work, found, (t.AGREED,), t.PAID)
    note(work, found.id, "paid", paise=kept)
    if not kept:
        _forget_if_over(work, found.id)
        return
    post(work, "take-back reward", found.id, [(escrow(found.id), -kept), (wallet(found.party), kept)])
    _pay_out(work, found, kept)
    _forget_if_over(work, found.id)


def _pay_late(work: Work, found: Booking, one: Device) -> None:
    """Pay a device about which a person decided after the others were paid.

    Raises ``Refusal`` while something else holds it.
    """
    if waits := held_by(work, found):
        raise Refusal(N_("Payment waits until a person has looked at this: %(id)s."), id=waits[0])
    note(work, found.id, "paid late", paise=one.paise)
    if one.paise:
        post(work, "take-back reward", one.id, [(escrow(found.id), -one.paise), (wallet(found.party), one.paise)])
        _pay_out(work, found, one.paise, one.id)
    _forget_if_over(work, found.id)


def _pay_out(work: Work, found: Booking, paise: int, device: str = "") -> None:
    """Send a reward from the wallet on to where the citizen wants it; what cannot be sent stays in the wallet."""
    how, code, key = found.how, "", f"take-back {found.id} {device}".strip()
    if how != "wallet":
        trial = work.connection.begin_nested()
        try:
            code = payout(work, found.party, paise, how, private(work, found.id)[1], key=key).code
            trial.commit()
        except Refusal as refusal:
            trial.rollback()
            how = "wallet"
            note(work, found.id, "stays in the wallet", said=str(refusal))
    work.tell(found.person, _PAID[how], price=money(work, found.person, paise), **({"code": code} if code else {}))


_PAID = {
    "wallet": N_("Your reward of %(price)s is in your wallet."),
    "upi": N_("Your reward of %(price)s is on its way to your UPI id."),
    "voucher": N_("Your reward of %(price)s is a voucher. Its code: %(code)s"),
}


def _keep(work: Work, found: Booking, back: Collection[str]) -> None:
    """Keep what arrived: what goes back is to be sent, what is in doubt waits, the rest earns."""
    doubted = waiting.doubted(work, found)
    for one in found.devices:
        if one.state == t.ARRIVED:
            state = t.RETURNING if one.id in back else t.WAITING if one.id in doubted or one.nameless else t.KEPT
            set_device(work, one.id, state=state)
            if state == t.WAITING:
                note(work, found.id, "waits", said=one.unread, paise=one.paise)


def _record_answer(work: Work, found: Booking, devices: list[str], accept: bool, back: bool) -> None:
    uris = [work.desk.uri("device", one) for one in devices]
    disposition = "returned" if back else "conformant" if accept else "non_conformant"
    event = hand_over.observed(work, uris, step="accepting", place=_plant(work, found), disposition=disposition)
    work.record(event)


def _forget_if_over(work: Work, id: str) -> None:
    """Remove the address and handle once the reward is paid and nothing has to go back."""
    found = booking(work, id)
    if found.state == t.PAID and not any(one.state in (t.RETURNING, t.WAITING) for one in found.devices):
        forget_private(work, id)


def _plant(work: Work, found: Booking) -> str:
    """Return the name of the plant's gate in custody: that of the party, for an exchange knows no other place of it."""
    return work.desk.uri("plant", found.recycler)
