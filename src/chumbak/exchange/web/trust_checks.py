"""Pages of checks: blind second assays, what a plant can do, limits that are lifted, what a home says it got."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.digits import whole
from chumbak.exchange.people.persons import ADMINISTRATOR, AUDITOR, RECYCLER, person
from chumbak.exchange.people.persons import party as party_of
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import bookings
from chumbak.exchange.takeback import tables as takeback
from chumbak.exchange.trust import made, overrides, plants, reassay, reports
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view

WHAT = {"devices": N_("Devices handed over"), "paise": N_("Money paid out")}


def routes() -> list[Page]:
    """Return these pages."""
    return [
        Page("/trust/draws", _draws),
        form_page("/trust/draws/change", _show_change, _change, roles=(AUDITOR,)),
        Page("/trust/draws/{round}", _draw),
        Page("/trust/samples", _samples, roles=(AUDITOR,)),
        form_page("/trust/samples/{code}", _show_sample, _measure, roles=(AUDITOR,)),
        Page("/trust/labels", _labels, roles=(RECYCLER,)),
        form_page("/trust/labels/{device}", _show_label, _read_label, roles=(RECYCLER,)),
        form_page("/trust/plant", _show_own, _add_bill, roles=(RECYCLER,)),
        Page("/trust/plants", _plants, roles=(AUDITOR,)),
        form_page("/trust/plant/{party}", _show_plant, _set_plant, roles=(AUDITOR,)),
        form_page("/trust/lift", _show_lift, _lift, roles=(ADMINISTRATOR,)),
        form_page("/received/{booking}", _show_received, _received),
    ]


def _draws(asked: Asked) -> Response:
    with asked.desk.read(asked.actor) as work:
        rounds = reassay.rounds(work)
        given = {"rounds": rounds, "coming": reassay.next_commitment(work)}
    may = asked.person is not None and AUDITOR in asked.person.roles
    return view(asked, "trust/draws.html", may=may, is_open=any(not one.closed_us for one in rounds), **given)


def _draw(asked: Asked) -> Response:
    with asked.desk.read(asked.actor) as work:
        one = next((found for found in reassay.rounds(work) if found.id == asked.params["round"]), None)
        if one is None or not one.closed_us:
            raise missing()
        given = {"tickets": reassay.tickets(work, one.id), "sound": reassay.is_sound(work, one)}
    return view(asked, "trust/draw.html", one=one, below=int(one.share * 1_000_000), **given)


def _show_change(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        given = {"now": reassay.open_round(work), "coming": reassay.next_commitment(work)}
    return view(asked, "trust/draw_change.html", values=values, fault=fault, **given)


def _change(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        if asked.form.get("what") == "close":
            reassay.close(work)
        else:
            reassay.begin(work, asked.form.get("word", ""))
    return go(asked, "/trust/draws")


def _samples(asked: Asked) -> Response:
    assert asked.person
    with asked.desk.read(asked.actor) as work:
        found = reassay.to_measure(work, asked.person.party)
    return view(asked, "trust/samples.html", found=found)


def _show_sample(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    assert asked.person
    with asked.desk.read(asked.actor) as work:
        elements = dict(reassay.to_measure(work, asked.person.party)).get(asked.params["code"])
    if elements is None:
        raise missing()
    return view(asked, "trust/sample.html", code=asked.params["code"], elements=elements, values=values, fault=fault)


def _measure(asked: Asked) -> Response:
    assert asked.person
    code = asked.params["code"]
    with asked.desk.work(asked.actor) as work:
        elements = dict(reassay.to_measure(work, asked.person.party)).get(code, [])
        found = {one: (_whole(asked, f"found-{one}"), _whole(asked, f"expanded-{one}")) for one in elements}
        reassay.enter(work, code, found)
    return go(asked, "/trust/samples")


def _labels(asked: Asked) -> Response:
    assert asked.person
    with asked.desk.read(asked.actor) as work:
        found = made.to_read(work, asked.person.party)
    return view(asked, "trust/labels.html", found=found)


def _show_label(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    return view(asked, "trust/label.html", device=asked.params["device"], values=values, fault=fault)


def _read_label(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        elsewhere = asked.form.get("elsewhere") == "yes"
        made.read_label(work, asked.params["device"], asked.form.get("year", ""), elsewhere)
    return go(asked, "/trust/labels")


def _plants(asked: Asked) -> Response:
    with asked.desk.read(asked.actor) as work:
        found = plants.plants(work)
    return view(asked, "trust/plants.html", found=found)


def _show_own(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    assert asked.person
    return _plant(asked, asked.person.party, values, fault, own=True)


def _add_bill(asked: Asked) -> Response:
    assert asked.person
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        plants.add_bill(
            work, party=asked.person.party, input=form.get("input", ""), first=_day(asked, "first"),
            last=_day(asked, "last"), amount=form.get("amount", ""), number=form.get("number", ""),
        )  # fmt: skip
    return go(asked, "/trust/plant")


def _show_plant(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    return _plant(asked, asked.params["party"], values, fault, own=False)


def _set_plant(asked: Asked) -> Response:
    party, form = asked.params["party"], asked.form
    with asked.desk.work(asked.actor) as work:
        if form.get("what") == "check":
            plants.check_throughput(
                work, party=party, first=_day(asked, "first"), last=_day(asked, "last"),
                grams=_whole(asked, "kilograms") * 1000,
            )  # fmt: skip
        else:
            needs = {name: form.get(name, "") for name in plants.INPUTS}
            plants.set_plant(
                work, party=party, kilograms_a_day=form.get("kilograms_a_day", ""), needs=needs,
                source=form.get("source", ""),
            )  # fmt: skip
    return go(asked, f"/trust/plant/{party}")


def _plant(asked: Asked, party: str, values: Mapping[str, str], fault: Fault | None, own: bool) -> Response:
    with asked.desk.read(asked.actor) as work:
        try:
            kind = party_of(work, party).kind
        except KeyError:
            raise missing() from None
        if kind != "recycler":
            raise missing()
        plant, bills = plants.plant_of(work, party), plants.bills_of(work, party)
        last = work.now.date()
        first = last - dt.timedelta(days=29)
        allowed = plants.allowed(work, party, first, last)
    units = {name: unit for name, (unit, _) in plants.INPUTS.items()}
    given: dict[str, Any] = {"party": party, "plant": plant, "bills": bills[::-1][:50], "allowed": allowed}
    return view(
        asked, "trust/plant.html", own=own, values=values, fault=fault, names=plants.NAMES, units=units, first=first,
        last=last, **given,
    )  # fmt: skip


def _show_lift(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    most = policy_of(asked.desk.settings).whole("override", "longest days")
    return view(asked, "trust/lift.html", values=values, fault=fault, what=WHAT, most=most, done="done" in asked.query)


def _lift(asked: Asked) -> Response:
    what = asked.form.get("what", "")
    more = _whole(asked, "more") * (100 if what == "paise" else 1)
    with asked.desk.work(asked.actor) as work:
        overrides.lift(
            work, party=asked.form.get("party", ""), what=what, more=more, days=_whole(asked, "days"),
            reason=asked.form.get("reason", ""),
        )  # fmt: skip
    return go(asked, "/trust/lift?done=1")


def _show_received(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        found = _own_booking(asked, work)
        said = reports.said_of(work, found.id)
    return view(asked, "trust/received.html", found=found, said=said, values=values, fault=fault)


def _received(asked: Asked) -> Response:
    got = _whole(asked, "got") * 100
    with asked.desk.work(asked.actor) as work:
        found = _own_booking(asked, work)
        reports.say_received(
            work, about=found.id, collector=person(work, found.collector).party, promised=found.paise, got=got
        )
    return go(asked, f"/received/{found.id}")


def _own_booking(asked: Asked, work: Any) -> bookings.Booking:
    """Return a take-back of who asks, that was paid: nobody can say before that what they got."""
    try:
        found = bookings.booking(work, asked.params["booking"])
    except KeyError:
        raise missing() from None
    if not asked.actor or found.person != asked.actor or found.state != takeback.PAID:
        raise missing()
    return found


def _whole(asked: Asked, field: str) -> int:
    found = whole(asked.form.get(field, ""), 10**12 - 1)
    if found is None:
        raise Refusal(N_("Write a whole number, such as 120."), field=field)
    return found


def _day(asked: Asked, field: str) -> dt.date:
    try:
        return dt.date.fromisoformat(asked.form.get(field, ""))
    except ValueError:
        raise Refusal(N_("Write a day, such as 2026-04-30."), field=field) from None
