"""Papers that a party shows: a keyed hash of the number, its last four letters, a picture that can be erased.

An administrator who does not act for the party looks at it and accepts or refuses it, with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from chumbak.exchange.desk import SYSTEM, Work
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.ladder import Paper, ladder
from chumbak.exchange.people.persons import Person, is_administrator, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.words import words

LARGEST = 2_000_000  # bytes
MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}
ACCEPTED = N_("Your paper was accepted: %(paper)s.")
REFUSED = N_("Your paper was not accepted: %(paper)s. Reason: %(reason)s")


@dataclass(frozen=True, slots=True)
class File:
    """A picture of a paper."""

    media: str
    body: bytes


def show(work: Work, who: Person, kind: str, number: str, body: bytes) -> str:
    """Keep a paper until it is looked at; return its id. Raises ``Refusal``."""
    paper = ladder(work.settings).paper(kind)
    if paper is None:
        raise Refusal(N_("Choose what paper it is."), field="kind")
    plain = _checked_number(paper, number)
    media = media_of(body)
    mine = (t.documents.c.party == who.party) & (t.documents.c.kind == kind)
    held = select(t.documents.c.state).where(mine & t.documents.c.state.in_(("waiting", "accepted")))
    state = work.connection.execute(held).scalar()
    if state:
        text = N_("This paper is being looked at.") if state == "waiting" else N_("This paper was accepted already.")
        raise Refusal(text, field="kind")
    id = work.new_id("document")
    row = {
        "id": id, "party": who.party, "person": who.id, "kind": kind,
        "number_key": work.desk.keyed(kind, plain) if plain else "", "last4": plain[-4:],
        "number": plain if paper.registers else "", "state": "waiting", "reason": "", "made_us": work.now_us,
    }  # fmt: skip
    work.connection.execute(t.documents.insert().values(**row))
    work.connection.execute(t.document_files.insert().values(document=id, media=media, body=body))
    work.audit("document-shown", id, kind=kind, party=who.party)
    return id


def media_of(body: bytes) -> str:
    """Return the media type of a picture or PDF by how it begins. Raises ``Refusal``."""
    if not body:
        raise Refusal(N_("Choose a picture of the paper."), field="picture")
    if len(body) > LARGEST:
        raise Refusal(N_("This picture is too large: %(most)s MB at most."), field="picture", most=LARGEST // 1_000_000)
    found = next((media for start, media in MAGIC.items() if body.startswith(start)), None)
    if found is None:
        raise Refusal(N_("This is neither a picture (JPEG, PNG) nor a PDF."), field="picture")
    return found


def judge(work: Work, id: str, accepted: bool, reason: str) -> None:
    """Accept a paper or refuse it with a reason. Raises ``Refusal``, ``KeyError`` for no such paper."""
    row = document(work, id)
    _check_judge(work, row)
    if not accepted and not reason.strip():
        raise Refusal(N_("Write the reason."), field="reason")
    told = {
        "state": "accepted" if accepted else "refused", "reason": reason.strip(), "judged_us": work.now_us,
        "judged_by": work.actor,
    }  # fmt: skip
    mine = (t.documents.c.id == id) & (t.documents.c.state == "waiting")
    if work.connection.execute(t.documents.update().where(mine).values(**told)).rowcount != 1:
        raise Refusal(N_("Somebody has judged this paper before you."))
    paper = ladder(work.settings).paper(row.kind)
    if accepted and paper and paper.registers:
        work.connection.execute(t.parties.update().where(t.parties.c.id == row.party).values(registered=True))
        about = t.party_about.update().where(t.party_about.c.party == row.party)
        work.connection.execute(about.values(registration=row.number))
    work.audit("document-accepted" if accepted else "document-refused", id, kind=row.kind, party=row.party)
    language = person(work, row.person).language
    title = words(language).say(paper.title if paper else row.kind)
    work.tell(row.person, ACCEPTED if accepted else REFUSED, paper=title, **({} if accepted else {"reason": reason}))


def document(work: Work, id: str) -> Any:
    """Return the row of a paper. Raises ``KeyError``."""
    row = work.connection.execute(select(t.documents).where(t.documents.c.id == id)).one_or_none()
    if row is None:
        raise KeyError(id)
    return row


def file(work: Work, id: str) -> File | None:
    """Return the picture of a paper, None where it was erased."""
    row = work.connection.execute(select(t.document_files).where(t.document_files.c.document == id)).one_or_none()
    return File(row.media, row.body) if row else None


def of_party(work: Work, party: str) -> list[Any]:
    """Return the papers of a party, the newest first."""
    mine = select(t.documents).where(t.documents.c.party == party)
    return list(work.connection.execute(mine.order_by(t.documents.c.made_us.desc(), t.documents.c.id)))


def waiting(work: Work, most: int = 50) -> list[Any]:
    """Return papers that wait to be looked at, the oldest first."""
    held = select(t.documents).where(t.documents.c.state == "waiting").order_by(t.documents.c.made_us).limit(most)
    return list(work.connection.execute(held))


def same_number(work: Work, id: str) -> list[str]:
    """Return other parties that showed a paper of the same kind and number."""
    row = document(work, id)
    if not row.number_key:
        return []
    others = (t.documents.c.number_key == row.number_key) & (t.documents.c.party != row.party)
    found = select(t.documents.c.party).where(others).distinct().order_by(t.documents.c.party)
    return list(work.connection.execute(found).scalars())


def count_waiting(work: Work) -> int:
    """Return how many papers wait."""
    held = select(func.count()).where(t.documents.c.state == "waiting")
    return work.connection.execute(held).scalar_one()


def _checked_number(paper: Paper, number: str) -> str:
    plain = "".join(number.upper().split()).replace("-", "")
    if not paper.pattern:
        return ""
    if not re.fullmatch(paper.pattern, plain, re.ASCII):
        raise Refusal(N_("This number is not as it should be. Look at the paper again."), field="number")
    return plain


def _check_judge(work: Work, row: Any) -> None:
    if not is_administrator(work):
        raise Refusal(N_("Only an administrator looks at papers."))
    if work.actor != SYSTEM and person(work, work.actor).party == row.party:
        raise Refusal(N_("Nobody judges their own paper. Ask another administrator."))
