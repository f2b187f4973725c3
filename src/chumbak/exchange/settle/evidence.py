"""What sides put forward in a dispute: photographs and papers, seen by both sides and by who checks, by nobody else.

A photograph is drawn anew, so that nothing hidden in its file stays; a PDF is kept as it was sent, and is only ever
given out as a file to keep. The hash of each stays for good, the file until who gave it is erased.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.market.photos import MOST_BYTES, photo
from chumbak.exchange.people.documents import LARGEST
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle.contract import get, note, of, tell
from chumbak.exchange.settle.dispute import find
from chumbak.exchange.settle.tables import dispute, dispute_file

MOST_FILES = 4  # of one side in one dispute
PICTURE, PAPER = "image/jpeg", "application/pdf"
FIELD = "evidence"
READ = MOST_BYTES + 1  # bytes of a file that are read at most: one that has more is refused


@dataclass(frozen=True)
class File:
    """A file: its media type and its bytes."""

    media: str
    body: bytes


@dataclass(frozen=True)
class Shown:
    """A file that a side put forward; not ``there`` any more where who gave it was erased."""

    id: str
    dispute: str
    party: str
    media: str
    sha256: str
    made_us: int
    there: bool


def read(data: bytes) -> File:
    """Return a picture or a PDF from what was sent. Raises ``Refusal``. Called before a transaction: see ``photo``."""
    if not data.startswith(b"%PDF-"):
        try:
            return File(PICTURE, photo(data).body)
        except Refusal as refusal:
            raise Refusal(refusal.text, FIELD, **refusal.values) from None
    if len(data) > LARGEST:
        raise Refusal(N_("This PDF is too large: %(most)s MB at most."), FIELD, most=LARGEST // 1_000_000)
    return File(PAPER, data)


def check(work: Work, id: str, by: str) -> None:
    """Raise ``Refusal`` where a party cannot put anything forward in a dispute: not its own, or it has ended."""
    one = find(work, id)
    of(work, one.contract, by)
    if one.state not in ("answer", "decide"):
        raise Refusal(N_("This dispute has ended."))


def add(work: Work, id: str, by: str, files: Sequence[File]) -> None:
    """Put files forward in a dispute that has not ended, as a side; the same one counts once. Raises ``Refusal``."""
    check(work, id, by)
    mine = (dispute_file.c.dispute == id, dispute_file.c.party == by)
    known = set(work.connection.execute(select(dispute_file.c.sha256).where(*mine)).scalars())
    fresh = {sha256(one.body).hexdigest(): one for one in files}
    fresh = {digest: one for digest, one in fresh.items() if digest not in known}
    if len(known) + len(fresh) > MOST_FILES:
        raise Refusal(N_("Each side adds at most %(most)s pictures or papers."), FIELD, most=MOST_FILES)
    if not fresh:
        return
    for digest, one in fresh.items():
        work.connection.execute(
            dispute_file.insert().values(
                id=work.new_id("file"), dispute=id, party=by, person=work.actor, media=one.media, sha256=digest,
                body=one.body, made_us=work.now_us,
            )
        )  # fmt: skip
        work.audit("dispute-file", id, sha256=digest)
    found = get(work, find(work, id).contract)
    text = (
        N_("The seller added pictures or papers.") if by == found.seller else N_("The buyer added pictures or papers.")
    )
    note(work, found.id, found.state, text)
    tell(work, found.other(by), N_("The other side added pictures or papers to an objection. Look at the contract."))


def file(work: Work, id: str) -> tuple[str, File]:
    """Return the contract that a file belongs to, and the file. Raises ``KeyError`` for none, or one that is gone."""
    asked = select(dispute.c.contract, dispute_file.c.media, dispute_file.c.body)
    asked = asked.join(dispute, dispute.c.id == dispute_file.c.dispute).where(dispute_file.c.id == id)
    row = work.connection.execute(asked).one_or_none()
    if row is None or row.body is None:
        raise KeyError(id)
    return row.contract, File(row.media, row.body)


def of_contract(work: Work, id: str) -> dict[str, list[Shown]]:
    """Return what was put forward in the disputes of a contract, by dispute, in the order in which it came."""
    f = dispute_file.c
    asked = select(f.id, f.dispute, f.party, f.media, f.sha256, f.made_us, f.body.is_not(None).label("there"))
    asked = asked.join(dispute, dispute.c.id == f.dispute).where(dispute.c.contract == id).order_by(f.made_us, f.id)
    found: dict[str, list[Shown]] = {}
    for row in work.connection.execute(asked):
        one = Shown(row.id, row.dispute, row.party, row.media, row.sha256, row.made_us, bool(row.there))
        found.setdefault(row.dispute, []).append(one)
    return found
