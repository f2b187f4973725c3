"""The invented town's own pages: be anybody in it, and read the texts sent to phones. Only where it is one."""

from __future__ import annotations

import json

from sqlalchemy import select
from starlette.responses import Response

from chumbak.exchange.people.persons import person, person_of_phone
from chumbak.exchange.refusal import N_
from chumbak.exchange.store.tables import outbox
from chumbak.exchange.town.lived import read_town
from chumbak.exchange.web import security
from chumbak.exchange.web.asked import Asked, Page, go, missing, view

MOST_TEXTS = 40
SAID = (
    N_("A family with a drawer of dead phones"), N_("The collector at the door"), N_("A scrap trader"),
    N_("The plant that takes all of it"), N_("Another plant, that bids against the first"),
    N_("A trader against whom alarms stand"), N_("A producer who owes the return of goods"),
    N_("The auditor who trusts nobody"), N_("The administrator"),
    N_("This town is invented: nobody and nothing here is real."),
)  # fmt: skip


def routes() -> list[Page]:
    """Return the pages of this area."""
    return [Page("/town", town), Page("/town/be/{id}", be, ("POST",)), Page("/phone", phone)]


def town(asked: Asked) -> Response:
    """Show who a newcomer can be."""
    _only_here(asked)
    read = read_town()
    names = {one["id"]: one["name"] for one in read["people"]}
    walks = [{**one, "name": names[one["id"]]} for one in read["walks"]]
    return view(asked, "town/town.html", walks=walks)


def be(asked: Asked) -> Response:
    """Be somebody of the town, without a code."""
    _only_here(asked)
    read = read_town()
    found = next((one for one in read["people"] if one["id"] == asked.params["id"]), None)
    if found is None:
        raise missing()
    with asked.desk.read() as work:
        who = person_of_phone(work, read["phones"] + found["phone"])
    if who is None:
        raise missing()
    walk = next((one["page"] for one in read["walks"] if one["id"] == found["id"]), "/")
    security.sign_in(asked.desk, asked, who.id)
    return go(asked, walk)


def phone(asked: Asked) -> Response:
    """Show the last texts sent to the phone of who is signed in, and to phones of nobody yet."""
    _only_here(asked)
    with asked.desk.read() as work:
        mine = asked.desk.keyed("phone", person(work, asked.actor).phone) if asked.actor else ""
        chosen = select(outbox).where(outbox.c.kind == "message").order_by(outbox.c.n.desc())
        if mine:
            chosen = chosen.where(outbox.c.about == mine)
        rows = work.connection.execute(chosen.limit(MOST_TEXTS)).all()
    texts = [(row.made_us, json.loads(row.body)) for row in rows if row.body != "{}"]
    return view(asked, "town/phone.html", texts=texts)


def _only_here(asked: Asked) -> None:
    if not asked.desk.settings.show_messages:
        raise missing()
