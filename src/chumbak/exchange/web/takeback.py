"""Take-back for a home: what is inside a device, a quote with its reasons, a time, the price, the code, where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from chumbak.elements.masses import ELEMENTS
from chumbak.exchange.digits import whole
from chumbak.exchange.people.persons import ROLES, party
from chumbak.exchange.price.fair import MOST_UNTREATED, untreated
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.takeback import batch, bookings, destruction, handing, plant, quotes, slots
from chumbak.exchange.takeback import tables as t
from chumbak.exchange.takeback.apart import names as lot_names
from chumbak.exchange.takeback.bookings import Booking
from chumbak.exchange.takeback.path import path
from chumbak.exchange.takeback.reward import METAL, Reward, together
from chumbak.exchange.takeback.tariff import tariff_of
from chumbak.exchange.web import takeback_collect, takeback_plant
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, text_of, view
from chumbak.exchange.web.places import place_name
from chumbak.exchange.web.takeback_shared import PAID_TEXTS, STEPS, kind_name, labels, who

MOST_AT_HOME = 20  # devices of one kind quoted by the short form
SHOWN = 30  # devices listed on one page
MOST_DIGITS = 4  # of the number of a device in a quote


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        Page("/device", devices),
        Page("/device/{kind}", device),
        form_page("/quote", show_ask, ask),
        form_page("/quote/table", show_table, ask_table),
        Page("/quote/{quote}", quote_page),
        form_page("/quote/{quote}/book", show_book, book, ROLES),
        Page("/takeback", mine, roles=ROLES),
        form_page("/takeback/{booking}", show_one, act, ROLES),
        Page("/takeback/{booking}/{device}", where, roles=ROLES),
        form_page("/destroyed/{certificate}", show_certificate, check_serial),
        Page("/destroyed/{certificate}/json", certificate_json),
        *takeback_collect.routes(),
        *takeback_plant.routes(),
    ]


# What is inside ------------------------------------------------------------------------------------------------------


def devices(asked: Asked) -> Response:
    """Show the kinds of devices that are taken."""
    with asked.desk.read() as work:
        taken = quotes.kinds_taken(work)
    others = [one.id for one in asked.desk.catalogue.kinds if one.id not in taken]
    return view(asked, "takeback/devices.html", taken=taken, others=others, **labels(asked))


def device(asked: Asked) -> Response:
    """Say what is inside a device, what it is worth, what is lost of it today."""
    kind = asked.desk.catalogue.kind(asked.params["kind"])
    if kind is None:
        raise missing()
    with asked.desk.read() as work:
        taken = kind.id in quotes.kinds_taken(work)
    worth = sum(triple[0] for triple in kind.paise.values())
    today = sum(triple[0] * kind.recovered_today.get(element, 0.0) for element, triple in kind.paise.items())
    best = sum(triple[0] * kind.recoverable.get(element, 0.0) for element, triple in kind.paise.items())
    order = sorted(set(kind.ug) & ELEMENTS, key=lambda element: (-kind.paise.get(element, (0.0,))[0], element))
    return view(
        asked, "takeback/device.html", kind=kind, taken=taken, worth=round(worth), today=round(today), best=round(best),
        elements=order, price_year=asked.desk.catalogue.price_year, **labels(asked),
    )  # fmt: skip


# A quote -------------------------------------------------------------------------------------------------------------


def show_ask(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask for kind, condition and number."""
    with asked.desk.read() as work:
        taken = quotes.kinds_taken(work)
    return view(asked, "takeback/ask.html", values=values, fault=fault, taken=taken, **labels(asked))


def ask(asked: Asked) -> Response:
    """Make a quote of one kind."""
    form = asked.form
    count = whole(form.get("count", "") or "1", MOST_AT_HOME)
    if not count:
        raise Refusal(N_("Write a number from 1 to %(most)s; for more, use the table."), "count", most=MOST_AT_HOME)
    serial = form.get("serial", "")
    if serial and count > 1:
        raise Refusal(N_("A serial number is of one device. Leave it out, or ask for one device."), "serial")
    wish = quotes.Wish(form.get("kind", ""), form.get("condition", ""), serial)
    with asked.desk.work(asked.actor) as work:
        id = quotes.make_quote(work, [wish] * count)
    return go(asked, f"/quote/{id}")


def show_table(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask for many devices as a table."""
    with asked.desk.read() as work:
        taken = quotes.kinds_taken(work)
    most = tariff_of(asked.desk).most_devices
    return view(asked, "takeback/table.html", values=values, fault=fault, taken=taken, most=most, **labels(asked))


def ask_table(asked: Asked) -> Response:
    """Make a quote of a table that was typed or sent as a file, or of a list of numbers."""
    form, most = asked.form, tariff_of(asked.desk).most_devices
    with asked.desk.work(asked.actor) as work:
        if form.get("by") == "numbers":
            wishes = batch.listed(form.get("serials", ""), form.get("kind", ""), form.get("condition", ""), most)
        else:
            known = {kind: kind_name(asked, kind) for kind in quotes.kinds_taken(work)}
            wishes = batch.wishes(text_of(asked, "table", "file"), known, most)
        id = quotes.make_quote(work, wishes)
    return go(asked, f"/quote/{id}")


def quote_page(asked: Asked) -> Response:
    """Show a quote and its reasons."""
    with asked.desk.read() as work:
        found = quotes.quote(work, asked.params["quote"])
        if found is None:
            raise missing()
        over, booked = found.until_us <= work.now_us, bool(quotes.booking_of(work, found.id))
    rewards = found.rewards()
    catalogue, kinds = asked.desk.catalogue, {one.kind: one for one in rewards}
    most_untreated = max(untreated(catalogue, kind, _metal(one)) for kind, one in kinds.items())
    return view(
        asked, "takeback/quote.html", quote=found, lines=together(rewards), over=over, booked=booked,
        untreated=most_untreated > MOST_UNTREATED,
        unpriced=sorted({element for one in rewards for element in one.unpriced}), items=found.items[:SHOWN],
        kinds=sorted(kinds), numbered=any(found.numbered(kind) for kind in kinds), without=len(_without(found)),
        **labels(asked),
    )  # fmt: skip


def _without(found: quotes.Quote) -> list[quotes.Item]:
    """Return the devices of a quote that earn by their number, and of which it was not typed."""
    numbered = {kind for kind in {one.kind for one in found.items} if found.numbered(kind)}
    return [one for one in found.items if one.kind in numbered and not one.keys]


def _metal(reward: Reward) -> dict[str, int]:
    """Return what each metal brings in a reward, in paise."""
    return {line.of: line.paise for line in reward.lines if line.what == METAL}


def show_book(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask for time, address and how to be paid."""
    with asked.desk.read() as work:
        found = quotes.quote(work, asked.params["quote"])
        if found is None:
            raise missing()
        home = party(work, who(asked).party).place
        place = values.get("place") or ""
        free = slots.free_slots(work, place) if place else slots.free_slots(work, home) or slots.free_slots(work)
        places = sorted({slot.place for slot in slots.free_slots(work, most=500)}, key=lambda id: place_name(asked, id))
    without = _without(found)
    asked_for = without if len(without) <= takeback_collect.ONE_BY_ONE else []
    return view(
        asked, "takeback/book.html", quote=found, free=free, places=places, values=values, fault=fault,
        without=len(without), asked_for=asked_for, numbers=[f"serial{one.n}" for one in asked_for], **labels(asked),
    )  # fmt: skip


def book(asked: Asked) -> Response:
    """Book a quote."""
    form = asked.form
    with asked.desk.work(asked.actor) as work:
        id = bookings.book(
            work, who(asked), asked.params["quote"], form.get("slot", ""), address=form.get("address", ""),
            how=form.get("how", ""), handle=form.get("handle", ""), serials=_serials(form),
        )  # fmt: skip
    return go(asked, f"/takeback/{id}")


def _serials(form: Mapping[str, str]) -> dict[int, str]:
    """Return the numbers typed for devices: of fields such as ``serial3``."""
    typed = {name.removeprefix("serial"): text for name, text in form.items() if name.startswith("serial")}
    return {int(n): text for n, text in typed.items() if n.isascii() and n.isdigit() and len(n) <= MOST_DIGITS}


# A take-back ---------------------------------------------------------------------------------------------------------


def mine(asked: Asked) -> Response:
    """List my take-backs."""
    with asked.desk.read() as work:
        found = bookings.bookings(work, person=asked.actor)
    return view(asked, "takeback/mine.html", found=found, **labels(asked))


def show_one(asked: Asked, values: Mapping[str, str], fault: Fault | None, code: str = "") -> Response:
    """Show a take-back to whose it is, with what they can do now."""
    with asked.desk.read() as work:
        found = _mine(asked, work)
        offer = quotes.quote(work, found.quote)
        assert offer is not None
        given: dict[str, Any] = {
            "booking": found, "quote": offer, "slot": slots.slot(work, found.slot), "values": values, "fault": fault,
            "history": bookings.history(work, found.id), "certificates": destruction.certificates_of(work, found.id),
            "held": plant.held_by(work, found) if found.state == t.AGREED else [],
            "address": bookings.private(work, found.id)[0], "code": code, "shown": found.devices[:SHOWN],
            "new_paise": found.paise + sum((one.found_paise or 0) - one.paise for one in found.devices if one.changed),
            "minutes": tariff_of(asked.desk).code_minutes, "paid_texts": PAID_TEXTS,
            "nameless": [one.n for one in found.here if one.nameless],
            "waiting": [one for one in found.devices if one.state == t.WAITING],
            "undecided": sum(one.paise for one in found.devices if one.state in (t.WAITING, t.MISSING)),
        }  # fmt: skip
    given["stayed"] = any(row.what == "stays in the wallet" for row in given["history"])
    return view(asked, "takeback/one.html", **given, **labels(asked))


def act(asked: Asked) -> Response:
    """Do what the citizen chose: agree, say no, ask for a code, answer a change, call off."""
    done, id, code = asked.form.get("do", ""), asked.params["booking"], ""
    with asked.desk.work(asked.actor) as work:
        _mine(asked, work)
        if done == "agree":
            shown = whole(asked.form.get("paise", ""))
            code = handing.confirm(work, id, -1 if shown is None else shown)
        elif done == "no":
            handing.refuse_price(work, id)
        elif done == "code":
            code = handing.new_code(work, id)
        elif done in ("accept", "refuse"):
            plant.answer(work, id, accept=done == "accept")
        elif done == "cancel":
            bookings.cancel(work, id)
        else:
            raise Refusal(N_("Choose what to do."))
    # The code is shown once, in this very answer: it is kept nowhere.
    return show_one(asked, {}, None, code) if code else go(asked, f"/takeback/{id}")


def where(asked: Asked) -> Response:
    """Show where a device is now, and what was won of it."""
    with asked.desk.read() as work:
        found = _mine(asked, work)
        one = next((one for one in found.devices if one.id == asked.params["device"]), None)
        if one is None:
            raise missing()
        way = path(asked.desk, asked.desk.uri("device", one.id))
        lots = {lot: lot.rsplit("/", 1)[-1] for lot in way.lots}
        called = lot_names(work, list(lots.values()))
    known = {lot: called.get(id, id) for lot, id in lots.items()}
    return view(
        asked, "takeback/where.html", booking=found, device=one, way=way, lots=known, step_texts=STEPS,
        spot=lambda uri: _spot(asked, uri), **labels(asked),
    )  # fmt: skip


def _mine(asked: Asked, work: Any) -> Booking:
    try:
        found = bookings.booking(work, asked.params["booking"])
    except KeyError:
        raise missing() from None
    if found.person != asked.actor:
        raise missing()
    return found


def _spot(asked: Asked, uri: str) -> str:
    """Return what a place in custody is called."""
    id = uri.rsplit("/", 1)[-1]
    if "/plant/" in uri:
        with asked.desk.read() as work:
            try:
                return party(work, id).name
            except KeyError:
                return ""
    found = asked.desk.catalogue.place(id)
    return found.name if found else ""


# A certificate -------------------------------------------------------------------------------------------------------


def show_certificate(
    asked: Asked, values: Mapping[str, str], fault: Fault | None, number: int | None = None, checked: bool = False
) -> Response:  # fmt: skip
    """Show a certificate of destroyed data to whoever has its address, and whether it holds."""
    found = _certificate(asked)
    with asked.desk.read() as work:
        issuer = party(work, str(found.document["issuer"]).rsplit("/", 1)[-1]).name
    return view(
        asked, "takeback/certificate.html", certificate=found, verdict=destruction.verify(asked.desk, found),
        issuer=issuer, values=values, number=number, checked=checked, fault=fault, methods=destruction.METHODS,
        ni=destruction.ni(found.hash), **labels(asked),
    )  # fmt: skip


def check_serial(asked: Asked) -> Response:
    """Say whether a serial number is on a certificate; it is sent as a form, so that no address holds it."""
    with asked.desk.read() as work:
        number = destruction.names_serial(work, _certificate(asked), asked.form.get("serial", ""))
    return show_certificate(asked, asked.form, None, number, True)


def certificate_json(asked: Asked) -> Response:
    """Return a certificate's document."""
    return JSONResponse(dict(_certificate(asked).document))


def _certificate(asked: Asked) -> destruction.Certificate:
    with asked.desk.read() as work:
        found = destruction.certificate(work, asked.params["certificate"])
    if found is None:
        raise missing()
    return found
