"""What is known of a person: shown, handed out, agreed to, removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.people import consent, personal
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.trust.policy import policy_of
from chumbak.exchange.web import security
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, view
from chumbak.exchange.web.data_words import CALLED, OTHER
from chumbak.exchange.web.people_shared import signed
from chumbak.exchange.web.places import place_name


def routes() -> list[Page]:
    """Return these pages."""
    return [
        Page("/me/data", signed(_data)),
        Page("/me/data.json", signed(_file)),
        form_page("/me/agreed", signed(_show_agreed), signed(_agree)),
        form_page("/me/remove", signed(_show_remove), signed(_remove)),
    ]


def _data(asked: Asked) -> Response:
    known = _known(asked)
    counts = [(asked.say(CALLED.get(name, OTHER)), len(rows)) for name, rows in known["rows"].items()]
    return view(
        asked, "people/data.html", known=known, counts=sorted(counts), place=place_name(asked, known["place"])
    )  # fmt: skip


def _file(asked: Asked) -> Response:
    body = json.dumps(_known(asked), ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(body, media_type="application/json", headers=headers)


def _known(asked: Asked) -> dict[str, Any]:
    security.take_search(asked)
    with asked.desk.read(asked.actor) as work:
        return personal.export_person(work, asked.actor)


def _show_agreed(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    purposes = consent.privacy(asked.desk.settings).purposes
    with asked.desk.read(asked.actor) as work:
        held = {one.id: consent.holds(work, asked.actor, one.id) for one in purposes}
    return view(asked, "people/agreed.html", values=values, fault=fault, purposes=purposes, held=held)


def _agree(asked: Asked) -> Response:
    purpose, given = asked.form.get("purpose", ""), asked.form.get("agree") == "yes"
    if purpose not in {one.id for one in consent.privacy(asked.desk.settings).purposes}:
        raise Refusal(N_("Choose what you agree to."))
    with asked.desk.work(asked.actor) as work:
        if given:
            consent.agree(work, asked.actor, purpose)
        else:
            consent.withdraw(work, asked.actor, purpose)
            if purpose == consent.DOCUMENTS:
                personal.erase_papers(work, asked.actor)
    return go(asked, "/me/agreed")


def _show_remove(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        reasons = [asked.fault(one) for one in personal.open_matters(work, asked.actor)]
    policy = policy_of(asked.desk.settings)
    days = {"days": max(policy.link_days, policy.longest_days), "device_days": policy.device_days}
    return view(asked, "people/remove.html", values=values, fault=fault, reasons=reasons, **days)


def _remove(asked: Asked) -> Response:
    if asked.form.get("sure") != "yes":
        raise Refusal(N_("Put a tick here if you are sure."), field="sure")
    with asked.desk.work(asked.actor) as work:
        personal.erase_person(work, asked.actor)
    security.sign_out(asked.desk, asked)
    return view(asked, "people/removed.html")
