"""The path to formal status: steps, lessons and papers, as the person sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from chumbak.exchange.people import consent, documents, ladder, persons
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.people_shared import signed, who
from chumbak.exchange.web.places import place_name

STATES = {"waiting": N_("A person looks at it."), "accepted": N_("Accepted."), "refused": N_("Not accepted.")}


def routes() -> list[Page]:
    """Return these pages."""
    return [
        Page("/me/steps", signed(_steps)),
        form_page("/me/lesson/{lesson}", signed(_show_lesson), signed(_answer)),
        Page("/me/lesson/{lesson}/certificate", signed(_certificate)),
        form_page("/me/papers", signed(_show_papers), signed(_add_paper)),
        Page("/me/papers/{document}/picture", signed(_picture)),
    ]


def _steps(asked: Asked) -> Response:
    with asked.desk.read(asked.actor) as work:
        party = persons.party(work, who(asked).party)
        given = {"rungs": ladder.rungs(work, party), "factor": ladder.limits_factor(work, party)}
    steps = {one.id: one.title for one in ladder.ladder(asked.desk.settings).steps}
    return view(asked, "people/steps.html", **given, titles=steps)


def _show_lesson(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    lesson = _lesson(asked)
    with asked.desk.read(asked.actor) as work:
        learned = ladder.learned(work, who(asked).party, lesson.id)
    return view(asked, "people/lesson.html", values=values, fault=fault, lesson=lesson, learned=learned)


def _answer(asked: Asked) -> Response:
    with asked.desk.work(asked.actor) as work:
        ladder.answer(work, who(asked).party, _lesson(asked), asked.form)
    return go(asked, f"/me/lesson/{asked.params['lesson']}/certificate")


def _certificate(asked: Asked) -> Response:
    lesson = _lesson(asked)
    with asked.desk.read(asked.actor) as work:
        party = persons.party(work, who(asked).party)
        learned = ladder.learned(work, party.id, lesson.id)
    if learned is None:
        raise missing()
    given = {"party": party, "place": place_name(asked, party.place), "lesson": lesson, "learned": learned}
    return view(asked, "people/certificate.html", **given)


def _lesson(asked: Asked) -> ladder.Lesson:
    found = ladder.ladder(asked.desk.settings).lesson(asked.params["lesson"])
    if found is None:
        raise missing()
    return found


def _show_papers(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    known = ladder.ladder(asked.desk.settings)
    with asked.desk.read(asked.actor) as work:
        rows = documents.of_party(work, who(asked).party)
        agreed = consent.holds(work, asked.actor, consent.DOCUMENTS)
    needing = {one.id: [step for step in known.steps if ("document", one.id) in step.needs] for one in known.papers}
    given = {
        "rows": rows, "agreed": agreed, "papers": known.papers, "states": STATES,
        "titles": {one.id: one.title for one in known.papers},
        "purpose": consent.privacy(asked.desk.settings).purpose(consent.DOCUMENTS),
        "chosen": known.paper(values.get("kind", "")),
        "unlocks": needing,
    }  # fmt: skip
    return view(asked, "people/papers.html", values=values, fault=fault, **given)


def _add_paper(asked: Asked) -> Response:
    sent = asked.files.get("picture", ())
    body = sent[0].file.read(documents.LARGEST + 1) if sent else b""
    with asked.desk.work(asked.actor) as work:
        if not consent.holds(work, asked.actor, consent.DOCUMENTS):
            if asked.form.get("agree") != "yes":
                raise Refusal(N_("Put a tick here if you agree. Without it your paper is not kept."), field="agree")
            consent.agree(work, asked.actor, consent.DOCUMENTS)
        documents.show(work, who(asked), asked.form.get("kind", ""), asked.form.get("number", ""), body)
    return go(asked, "/me/papers")


def _picture(asked: Asked) -> Response:
    with asked.desk.read(asked.actor) as work:
        return picture(documents.file(work, _own(asked, documents.of_party(work, who(asked).party))))


def _own(asked: Asked, rows: list[Any]) -> str:
    id = asked.params["document"]
    if id not in {row.id for row in rows}:
        raise missing()
    return id


def picture(found: documents.File | None) -> Response:
    """Return a paper as a file to keep: it is never shown as a page of ours."""
    if found is None:
        raise missing()
    ending = found.media.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="paper.{ending}"'}
    return Response(found.body, media_type=found.media, headers=headers)
