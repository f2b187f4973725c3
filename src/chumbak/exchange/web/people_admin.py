"""Pages of administrators and auditors: persons and their roles, papers to look at, who did what."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

from chumbak.exchange.people import documents, history, ladder, persons, roles
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.people_papers import STATES, picture
from chumbak.exchange.web.people_shared import ROLE_NAMES
from chumbak.exchange.web.places import place_name

ADMINISTRATORS, READERS = (persons.ADMINISTRATOR,), (persons.AUDITOR, persons.ADMINISTRATOR)
ON_A_PAGE = 50


def routes() -> list[Page]:
    """Return these pages."""
    return [
        Page("/people", _people, roles=ADMINISTRATORS),
        form_page("/people/{person}", _show_person, _change_person, roles=ADMINISTRATORS),
        Page("/papers", _papers, roles=ADMINISTRATORS),
        form_page("/papers/{document}", _show_paper, _judge, roles=ADMINISTRATORS),
        Page("/papers/{document}/picture", _picture, roles=ADMINISTRATORS),
        Page("/audit", _audit, roles=READERS),
    ]


def _people(asked: Asked) -> Response:
    text, after = asked.query.get("text", ""), asked.query.get("after", "")
    with asked.desk.read(asked.actor) as work:
        found = persons.found_by(work, text, after, ON_A_PAGE)
        waiting = documents.count_waiting(work)
    more = found[-1].id if len(found) == ON_A_PAGE else ""
    given = {"found": found, "text": text, "more": more, "waiting": waiting, "role_names": ROLE_NAMES}
    return view(asked, "people/people.html", **given)


def _show_person(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        try:
            found = persons.person(work, asked.params["person"])
        except KeyError:
            raise missing() from None
        party = persons.party(work, found.party)
        given = {
            "found": found, "party": party, "place": place_name(asked, party.place),
            "papers": documents.of_party(work, party.id), "rungs": ladder.rungs(work, party),
        }  # fmt: skip
    titles = {one.id: one.title for one in ladder.ladder(asked.desk.settings).papers}
    return view(
        asked, "people/person.html", values=values, fault=fault, role_names=ROLE_NAMES, titles=titles, states=STATES,
        **given,
    )  # fmt: skip


def _change_person(asked: Asked) -> Response:
    id, role = asked.params["person"], asked.form.get("role", "")
    acts = {"give": roles.give, "take": roles.take}
    verb = asked.form.get("act", "")
    with asked.desk.work(asked.actor) as work:
        try:
            found = persons.person(work, id)
        except KeyError:
            raise missing() from None
        if verb in acts:
            acts[verb](work, id, role)
        elif verb == "suspend":
            if found.name and " ".join(asked.form.get("name", "").split()).casefold() != found.name.casefold():
                raise Refusal(N_("Type the name of the person, so that no other account is closed."), "name")
            roles.suspend(work, id, asked.form.get("reason", ""))
        elif verb == "restore":
            roles.restore(work, id)
        else:
            raise Refusal(N_("Choose what to do."))
    return go(asked, f"/people/{id}")


def _papers(asked: Asked) -> Response:
    with asked.desk.read(asked.actor) as work:
        rows = documents.waiting(work, ON_A_PAGE)
        called = {row.party: persons.party(work, row.party).name for row in rows}
    titles = {one.id: one.title for one in ladder.ladder(asked.desk.settings).papers}
    return view(asked, "people/papers_waiting.html", rows=rows, titles=titles, called=called)


def _show_paper(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    with asked.desk.read(asked.actor) as work:
        try:
            row = documents.document(work, asked.params["document"])
        except KeyError:
            raise missing() from None
        given = {
            "row": row, "party": persons.party(work, row.party), "same": documents.same_number(work, row.id),
            "has_picture": documents.file(work, row.id) is not None,
        }  # fmt: skip
    paper = ladder.ladder(asked.desk.settings).paper(row.kind)
    return view(asked, "people/paper.html", values=values, fault=fault, paper=paper, states=STATES, **given)


def _judge(asked: Asked) -> Response:
    verdict = asked.form.get("verdict", "")
    if verdict not in ("accept", "refuse"):
        raise Refusal(N_("Choose what to do."))
    with asked.desk.work(asked.actor) as work:
        try:
            documents.judge(work, asked.params["document"], verdict == "accept", asked.form.get("reason", ""))
        except KeyError:
            raise missing() from None
    return go(asked, "/papers")


def _picture(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        found = documents.file(work, asked.params["document"])
        work.audit("document-seen", asked.params["document"])
    return picture(found)


def _audit(asked: Asked) -> Response:
    about, actor, what = (asked.query.get(name, "") for name in ("about", "actor", "what"))
    before = asked.query.get("before", "")
    with asked.desk.read(asked.actor) as work:
        rows = history.rows(
            work, about=about, actor=actor, what=what, before=int(before) if _is_number(before) else None,
            most=ON_A_PAGE,
        )  # fmt: skip
    shown = [(row, json.loads(row.details)) for row in rows]
    more = rows[-1].n if len(rows) == ON_A_PAGE else 0
    return view(asked, "people/audit.html", shown=shown, about=about, actor=actor, what=what, more=more)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
