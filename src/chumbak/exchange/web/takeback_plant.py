"""The plant's pages for take-back: the scan, the look, data destroyed, devices taken apart; times for hand-overs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from starlette.responses import Response

from chumbak.exchange.digits import plain_digits, whole
from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR, RECYCLER, person_of_phone
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import apart, batch, bookings, destruction, plant, quotes, slots
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.bookings import Booking
from chumbak.exchange.takeback.tariff import CONDITIONS
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.takeback_shared import chosen_numbers, labels, number_fields, who

OUTPUTS = 3  # lots that the form of taking apart has room for
LISTED = 50
ONE_BY_ONE = 20  # devices that are ticked one by one; of more, only those that differ are written down


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/plant/takeback", arriving, roles=(RECYCLER,)),
        form_page("/plant/times", show_times, open_time, (RECYCLER,)),
        form_page("/plant/apart", show_apart, take_apart, (RECYCLER,)),
        form_page("/plant/takeback/{booking}", show, act, (RECYCLER,)),
        form_page("/missing", show_missing, decide, (AUDITOR, ADMINISTRATOR)),
    ]


def arriving(asked: Asked) -> Response:
    """List what comes, what has to be looked at, what waits."""
    with asked.desk.read() as work:
        party = who(asked).party
        groups = [
            (state, bookings.bookings(work, recycler=party, states=(state,), most=LISTED))
            for state in (t.HANDED, t.RECEIVED, t.CHANGED, t.AGREED, t.PAID)
        ]
    return view(asked, "takeback/arriving.html", groups=groups, **labels(asked))


def show(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Show one take-back at the plant, with what is to be done."""
    with asked.desk.read() as work:
        found = _ours(asked, work)
        offer = quotes.quote(work, found.quote)
        assert offer is not None
        given: dict[str, Any] = {
            "booking": found, "quote": offer, "values": values, "fault": fault, "choices": CONDITIONS,
            "todo": [one for one in found.devices if one.state == t.KEPT and _data(offer, one) != "none"],
            "promised": {one.n: _data(offer, one) for one in found.devices},
            "certificates": destruction.certificates_of(work, found.id), "methods": destruction.METHODS,
            "held": plant.held_by(work, found) if found.state == t.AGREED else [],
            "one_by_one": len(found.here) <= ONE_BY_ONE, "fields": [],
            "nameless": [one.n for one in found.devices if one.state == t.ARRIVED and one.nameless],
            "todo_kinds": sorted({(one.kind, _data(offer, one)) for one in found.devices if one.state == t.KEPT}),
        }  # fmt: skip
        if given["one_by_one"]:
            given["fields"] = number_fields(found)
    return view(asked, "takeback/plant.html", **given, **labels(asked))


def act(asked: Asked) -> Response:
    """Note a scan, a look, destroyed data, or that devices were sent back."""
    form, id = asked.form, asked.params["booking"]
    with asked.desk.work(asked.actor) as work:
        found = _ours(asked, work)
        done = form.get("do", "")
        if done == "receive":
            plant.receive(work, id, _there(form, found), nothing=bool(form.get("nothing")))
        elif done == "inspect":
            plant.inspect(work, id, _finds(form, found))
        elif done == "certify":
            by = {one.n: one.kind if len(found.here) > ONE_BY_ONE else str(one.n) for one in found.devices}
            methods = {n: form.get(f"method{name}", "") for n, name in by.items()}
            destruction.certify(work, id, methods)
        elif done == "back":
            plant.send_back(work, id)
        elif done == "pay":
            refusal = plant.try_pay(work, id)
            if refusal is not None:
                raise refusal
        else:
            raise Refusal(N_("Choose what to do."))
    return go(asked, f"/plant/takeback/{id}")


def _there(form: Mapping[str, str], found: Booking) -> list[int]:
    """Return which devices arrived: those ticked, or of many all but those that are named as missing."""
    if len(found.here) <= ONE_BY_ONE:
        return chosen_numbers(form, "there", found)
    if form.get("nothing"):
        return []
    gone = _numbers(form.get("missing", ""), found)
    return [one.n for one in found.here if one.n not in gone]


def _finds(form: Mapping[str, str], found: Booking) -> dict[int, batch.Found]:
    if "table" in form:
        return batch.finds(form["table"], len(found.devices))
    return {
        one.n: batch.Found(
            form[f"condition{one.n}"],
            form.get(f"note{one.n}", ""),
            form.get(f"serial{one.n}", ""),
            form.get(f"unread{one.n}", ""),
        )
        for one in found.devices
        if form.get(f"condition{one.n}")
    }


def _numbers(text: str, found: Booking) -> set[int]:
    words = text.replace(",", " ").split()
    known = {str(one.n) for one in found.here}
    if not set(words) <= known:
        raise Refusal(N_("Write the numbers of devices, with commas between."), "missing")
    return {int(word) for word in words}


def _data(offer: quotes.Quote, one: bookings.Device) -> str:
    return offer.cards[one.kind, one.quoted].data


def _ours(asked: Asked, work: Any) -> Booking:
    try:
        found = bookings.booking(work, asked.params["booking"])
    except KeyError:
        raise missing() from None
    if found.recycler != who(asked).party or found.state in (t.BOOKED, t.PRICED, t.CONFIRMED, t.CANCELLED):
        raise missing()
    return found


# Times ---------------------------------------------------------------------------------------------------------------


def show_times(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """List the plant's times for hand-overs, and ask for another."""
    with asked.desk.read() as work:
        found = slots.slots_of(work, who(asked).party)
    return view(asked, "takeback/times.html", found=found, values=values, fault=fault, **labels(asked))


def open_time(asked: Asked) -> Response:
    """Open a time for hand-overs."""
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        collector = person_of_phone(work, form.get("collector", ""))
        if collector is None:
            raise Refusal(N_("This person is not a collector."), "collector")
        slots.open_slot(
            work, way=form.get("way", ""), place=form.get("place", ""), where=form.get("where", ""),
            collector=collector.id, recycler=who(asked).party, begins=_typed_time(asked, "begins"),
            ends=_typed_time(asked, "ends"), capacity=whole(form.get("capacity", "")) or 0,
        )  # fmt: skip
    return go(asked, "/plant/times")


def _typed_time(asked: Asked, field: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(plain_digits(asked.form.get(field, "").strip()))
    except ValueError:
        raise Refusal(N_("Write day and time, such as 2026-04-30T10:00."), field) from None
    return found.replace(tzinfo=ZoneInfo(asked.desk.settings.time_zone)) if found.tzinfo is None else found


# Taking apart --------------------------------------------------------------------------------------------------------


def show_apart(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """List the devices that can be taken apart, and ask what came out."""
    with asked.desk.read() as work:
        ready = apart.ready(work, who(asked).party, LISTED)
        won = apart.outputs_of(work, who(asked).party)
    given = {"ready": ready, "won": won, "rows": range(1, OUTPUTS + 1), "values": values, "fault": fault}
    return view(asked, "takeback/apart.html", **given, **labels(asked))


def take_apart(asked: Asked) -> Response:
    """Record that devices became lots."""
    form = asked.form
    outputs = []
    for row in range(1, OUTPUTS + 1):
        if not any(form.get(f"{name}{row}") for name in ("name", "grams", "content")):
            continue
        try:
            grams = batch.whole_grams(form.get(f"grams{row}", ""))
            method = form.get(f"method{row}", "")
            outputs.append(apart.read_output(form.get(f"name{row}", ""), grams, form.get(f"content{row}", ""), method))
        except Refusal as refusal:
            raise Refusal(refusal.text, f"{refusal.field}{row}", **refusal.values) from None
    with asked.desk.work(asked.actor) as work:
        apart.take_apart(work, who(asked).party, list(asked.lists.get("device", [])), outputs)
    return go(asked, "/plant/apart")


# Missing devices -----------------------------------------------------------------------------------------------------


def show_missing(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """List the devices that did not arrive, for a person to decide about."""
    with asked.desk.read() as work:
        rows = work.connection.execute(
            select(t.device).where(t.device.c.state == t.MISSING).order_by(t.device.c.id).limit(LISTED)
        ).all()
    return view(asked, "takeback/missing.html", found=rows, values=values, fault=fault, **labels(asked))


def decide(asked: Asked) -> Response:
    """Decide about a device that did not arrive."""
    form = asked.form
    if form.get("do") not in ("pay", "no"):
        raise Refusal(N_("Choose what to do."))
    with asked.desk.work(asked.actor) as work:
        try:
            plant.settle_missing(work, form.get("device", ""), form["do"] == "pay", form.get("reason", ""))
        except KeyError:
            raise missing() from None
    return go(asked, "/missing")
