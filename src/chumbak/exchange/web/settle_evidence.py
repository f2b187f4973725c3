"""Pages of what sides put forward in a dispute: adding it, and seeing it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from chumbak.exchange.desk import Work
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import contract as contracts
from chumbak.exchange.settle import dispute, evidence
from chumbak.exchange.web.asked import Asked, Fault, Page, form_page, go, missing, view
from chumbak.exchange.web.settle_shared import CHECKERS, TRADE, is_checker, who


def routes() -> list[Page]:
    """Return these pages."""
    return [
        form_page("/dispute/{dispute}/add", show_add, add, TRADE),
        Page("/dispute/file/{file}", file, roles=(*TRADE, *CHECKERS)),
    ]


def sent(asked: Asked) -> list[evidence.File]:
    """Return the files of a form, read and drawn outside a transaction: nobody waits for it. Raises ``Refusal``."""
    return [evidence.read(one.file.read(evidence.READ)) for one in asked.files.get(evidence.FIELD, ())]


def show_add(asked: Asked, values: Mapping[str, str], fault: Fault | None) -> Response:
    """Ask a side for pictures and papers."""
    with asked.desk.read(asked.actor) as work:
        one = _mine(asked, work)
        if fault is None and one.state not in ("answer", "decide"):
            raise missing()
        there = evidence.of_contract(work, one.contract).get(one.id, [])
    given = {"one": one, "about": dispute.ABOUT, "mine": [shown for shown in there if shown.party == who(asked).party]}
    return view(asked, "settle/evidence.html", most=evidence.MOST_FILES, values=values, fault=fault, **given)


def add(asked: Asked) -> Response:
    """Take pictures and papers."""
    with asked.desk.read(asked.actor) as work:
        one = _mine(asked, work)
        evidence.check(work, one.id, who(asked).party)
    files = sent(asked)
    if not files:
        raise Refusal(N_("Choose a picture or a PDF."), evidence.FIELD)
    with asked.desk.work(asked.actor) as work:
        evidence.add(work, one.id, who(asked).party, files)
    return go(asked, f"/contract/{one.contract}")


def file(asked: Asked) -> Response:
    """Give a file out, to both sides and to who checks; a PDF is never shown as a page of ours."""
    with asked.desk.read(asked.actor) as work:
        try:
            contract, found = evidence.file(work, asked.params["file"])
        except KeyError:
            raise missing() from None
        if not contracts.get(work, contract).side(who(asked).party) and not is_checker(asked):
            raise missing()
    keep = {"Content-Disposition": 'attachment; filename="paper.pdf"'} if found.media == evidence.PAPER else {}
    return Response(found.body, media_type=found.media, headers=keep)


def _mine(asked: Asked, work: Work) -> dispute.Dispute:
    """Return the dispute of the path, for a side of it; not there for others."""
    try:
        one = dispute.find(work, asked.params["dispute"])
        contracts.of(work, one.contract, who(asked).party)
    except Refusal:
        raise missing() from None
    return one
