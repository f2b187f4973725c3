"""The collector's pages: what to fetch, what is there, the price to type, the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.people.persons import COLLECTOR, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import batch, bookings, handing, quotes, slots
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.bookings import Booking
from chumbak.exchange.takeback.tariff import CONDITIONS
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.takeback_shared import labels, number_fields, typed_paise

ONE_BY_ONE = 12  # devices that get fields of their own; of more, only those that differ are written down


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/collect", todo, roles=(COLLECTOR,)),
        form_page("/collect/{booking}", show, act, (COLLECTOR,)),
    ]


def todo(asked: Asked) -> Response:
    """List what is to be fetched, by its time."""
    with asked.desk.read() as work:
        states = (t.BOOKED, t.PRICED, t.CONFIRMED)
        found = bookings.bookings(work, collector=asked.actor, states=states, most=100)
        times = {one.slot: slots.slot(work, one.slot) for one in found}
        handed = bookings.bookings(work, collector=asked.actor, states=(t.HANDED,), most=100)
    found.sort(key=lambda one: (getattr(times[one.slot], "begins_us", 0), one.id))
    return view(asked, "takeback/collect.html", found=found, times=times, handed=handed, **labels(asked))


def show(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show one booking: who, where, what was quoted, and the next thing to do."""
    with asked.desk.read() as work:
        found = _mine(asked, work)
        offer = quotes.quote(work, found.quote)
        citizen = person(work, found.person)
        given: dict[str, Any] = {
            "booking": found, "quote": offer, "slot": slots.slot(work, found.slot), "citizen": citizen,
            "address": bookings.private(work, found.id)[0], "values": values, "fault": fault,
            "one_by_one": len(found.devices) <= ONE_BY_ONE, "choices": CONDITIONS,
            "kinds": sorted({one.kind for one in found.devices}), "fields": [],
            "nameless": [one.n for one in found.devices if one.nameless and not one.unread],
        }  # fmt: skip
        if given["one_by_one"]:
            given["fields"] = number_fields(found)
    return view(asked, "takeback/fetch.html", **given, **labels(asked))


def act(asked: Asked) -> Response:
    """Take the price, the code, or that it is called off."""
    form, id = asked.form, asked.params["booking"]
    if form.get("do") == "code":
        with asked.desk.read() as work:
            _mine(asked, work)
        handing.enter_code(asked.desk, asked.actor, id, form.get("code", ""))
        return go(asked, f"/collect/{id}")
    with asked.desk.work(asked.actor) as work:
        found = _mine(asked, work)
        if form.get("do") == "cancel":
            bookings.cancel(work, id)
            return go(asked, "/collect")
        handing.see(work, id, _looks(form, found), typed_paise(form.get("price", "")))
    return go(asked, f"/collect/{id}")


def _looks(form: Mapping[str, str], found: Booking) -> dict[int, batch.Look]:
    if len(found.devices) > ONE_BY_ONE:
        return batch.looks(form.get("table", ""), len(found.devices))
    seen = {}
    for one in found.devices:
        condition = form.get(f"condition{one.n}", "")
        if condition not in (*CONDITIONS, batch.LEFT):
            raise Refusal(N_("Choose the condition of the device."), f"condition{one.n}")
        try:
            typed = form.get(f"grams{one.n}", "")
            grams = batch.whole_grams(typed) if condition != batch.LEFT else None
        except Refusal as refusal:
            raise Refusal(refusal.text, f"grams{one.n}", **refusal.values) from None
        seen[one.n] = batch.Look(condition, grams, form.get(f"serial{one.n}", ""), form.get(f"unread{one.n}", ""))
    return seen


def _mine(asked: Asked, work: Any) -> Booking:
    try:
        found = bookings.booking(work, asked.params["booking"])
    except KeyError:
        raise missing() from None
    if found.collector != asked.actor:
        raise missing()
    return found
