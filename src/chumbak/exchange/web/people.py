"""Signing in, joining in three screens, and a person's own page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from chumbak.exchange.people import codes, consent, passkeys, persons, sessions
from chumbak.exchange.people.ladder import limits_factor, rungs
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web import people_admin, people_data, people_papers, security
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, view
from chumbak.exchange.web.people_shared import DOORS, ROLE_NAMES, checked_place, signed, who
from chumbak.exchange.web.places import place_name

CHOICES = ((persons.CITIZEN, N_("I hand over devices of my home"), "home"),
           (persons.TRADER, N_("I buy and sell scrap"), "scale"))  # fmt: skip


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [
        form_page("/sign-in", _show_phone, _ask_code),
        form_page("/sign-in/code", _show_code, _check_code),
        form_page("/sign-in/passkey", _show_passkey, _enter),
        form_page("/join", _show_join, _call),
        form_page("/join/place", _show_join_place, _join),
        Page("/me", signed(me)),
        form_page("/me/change", signed(_show_change), signed(_change)),
        form_page("/me/phone", signed(_show_new_phone), signed(_ask_new_phone)),
        form_page("/me/phone/code", signed(_show_new_code), signed(_change_phone)),
        Page("/me/sign-out", signed(_sign_out), ("POST",)),
        form_page("/me/passkeys", signed(_show_passkeys), signed(_add_passkey)),
        Page("/me/passkeys/remove", signed(_remove_passkey), ("POST",)),
        *people_papers.routes(),
        *people_data.routes(),
        *people_admin.routes(),
    ]


def me(asked: Asked) -> Response:
    """Show a person's own page: who they are here, and where to go from it."""
    with asked.desk.read(asked.actor) as work:
        mine = persons.party(work, who(asked).party)
        given = {
            "party": mine, "place": place_name(asked, mine.place), "rungs": rungs(work, mine),
            "factor": limits_factor(work, mine), "browsers": sessions.count(work, asked.actor),
        }  # fmt: skip
    doors = [door for door in DOORS if who(asked).roles & set(door[3])]
    return view(asked, "people/me.html", **given, role_names=ROLE_NAMES, doors=doors)


def _show_phone(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    if asked.person:
        return go(asked, "/me")
    return view(asked, "people/phone.html", values=values, fault=fault)


def _ask_code(asked: Asked) -> Response:
    with asked.desk.work() as work:
        codes.ask(work, asked.session.token, asked.address, asked.form.get("phone", ""), asked.language)
    return go(asked, _with_next("/sign-in/code", asked.form.get("next", "")))


def _show_code(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read() as work:
        phone = codes.waiting(work, asked.session.token)
    if not phone and fault is None:
        return go(asked, "/sign-in")
    return view(asked, "people/code.html", values=values, fault=fault, phone=phone, minutes=codes.MINUTES)


def _check_code(asked: Asked) -> Response:
    with asked.desk.work() as work:
        found = codes.check(work, asked.session.token, asked.form.get("code", ""))
        known = None if isinstance(found, codes.Wrong) else persons.person_of_phone(work, found)
    if isinstance(found, codes.Wrong):
        raise found.refusal
    if known is None:
        security.start_joining(asked.desk, asked, found)
        return go(asked, "/join")
    return _enter_as(asked, known)


def _enter_as(asked: Asked, known: persons.Person) -> Response:
    if known.state != "active":
        raise Refusal(N_("This account is closed. Ask who runs this exchange."))
    security.sign_in(asked.desk, asked, known.id)
    to = asked.form.get("next", "")
    return go(asked, to if security.is_ours(to) else "/me")


def _show_passkey(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read() as work:
        options = passkeys.options_to_enter(work, asked.session.token)
    return view(asked, "people/passkey.html", values=values, fault=fault, options=options, origin=_origin(asked))


def _enter(asked: Asked) -> Response:
    with asked.desk.work() as work:
        known = passkeys.enter(work, asked.session.token, asked.form.get("credential", ""))
    return _enter_as(asked, known)


def _show_join(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    joining = asked.session.joining
    if joining is None:
        return go(asked, "/sign-in")
    typed = {"name": joining.name, "role": joining.role} | dict(values)
    return view(asked, "people/join.html", values=typed, fault=fault, choices=CHOICES)


def _call(asked: Asked) -> Response:
    joining = asked.session.joining
    if joining is None:
        return go(asked, "/sign-in")
    name, role = persons.checked_name(asked.form.get("name", "")), asked.form.get("role", "")
    if role not in persons.OPEN:
        raise Refusal(N_("Choose one of the two."), field="role")
    with asked.desk.work() as work:
        sessions.call(work, joining.session, name, role)
    return go(asked, "/join/place")


def _show_join_place(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    if asked.session.joining is None or not asked.session.joining.name:
        return go(asked, "/join")
    return view(asked, "people/place.html", values=values, fault=fault, purpose=_service(asked))


def _join(asked: Asked) -> Response:
    joining = asked.session.joining
    if joining is None or not joining.name:
        return go(asked, "/join")
    place = checked_place(asked, asked.form.get("place", ""))
    if asked.form.get("agree") != "yes":
        raise Refusal(N_("Without this there is no account: put a tick here if you agree."), field="agree")
    with asked.desk.work() as work:
        made = persons.register(
            work, joining.phone, joining.name, place, joining.role, language=asked.language
        )  # fmt: skip
        work.actor = made.id
        consent.agree(work, made.id, consent.SERVICE)
    security.sign_in(asked.desk, asked, made.id)
    return go(asked, "/me")


def _show_change(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        place = persons.party(work, who(asked).party).place
    typed = {"name": who(asked).name, "place": place, "language": who(asked).language} | dict(values)
    return view(asked, "people/change.html", values=typed, fault=fault)


def _change(asked: Asked) -> Response:
    place = checked_place(asked, asked.form.get("place", ""))
    with asked.desk.work(asked.actor) as work:
        persons.rename(work, asked.actor, asked.form.get("name", ""))
        persons.move(work, asked.actor, place)
        persons.speak(work, asked.actor, asked.form.get("language", ""))
    return go(asked, "/me")


def _show_new_phone(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    return view(asked, "people/new_phone.html", values=values, fault=fault, now=who(asked).phone)


def _ask_new_phone(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        codes.ask(work, asked.session.token, asked.address, asked.form.get("phone", ""), asked.language)
    return go(asked, "/me/phone/code")


def _show_new_code(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        phone = codes.waiting(work, asked.session.token)
    if not phone and fault is None:
        return go(asked, "/me/phone")
    return view(asked, "people/new_code.html", values=values, fault=fault, phone=phone, minutes=codes.MINUTES)


def _change_phone(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        found = codes.check(work, asked.session.token, asked.form.get("code", ""))
        if isinstance(found, str):
            persons.change_phone(work, asked.actor, found)
    if isinstance(found, codes.Wrong):
        raise found.refusal
    security.sign_in(asked.desk, asked, asked.actor)
    return go(asked, "/me")


def _sign_out(asked: Asked) -> Response:
    security.sign_out(asked.desk, asked, everywhere=asked.form.get("where") == "everywhere")
    return go(asked, "/")


def _show_passkeys(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        given: dict[str, Any] = {
            "keys": passkeys.of(work, asked.actor),
            "options": passkeys.options_to_add(work, asked.session.token, who(asked)),
            "origin": _origin(asked),
        }  # fmt: skip
    return view(asked, "people/passkeys.html", values=values, fault=fault, **given)


def _add_passkey(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        passkeys.add(work, asked.session.token, who(asked), asked.form.get("credential", ""))
    return go(asked, "/me/passkeys")


def _remove_passkey(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        passkeys.remove(work, asked.actor, asked.form.get("passkey", ""))
    return go(asked, "/me/passkeys")


def _origin(asked: Asked) -> str:
    return passkeys.origin(asked.desk)


def _service(asked: Asked) -> consent.Purpose:
    return consent.privacy(asked.desk.settings).purpose(consent.SERVICE)


def _with_next(path: str, to: str) -> str:
    return f"{path}?next={quote(to)}" if to and security.is_ours(to) else path
