"""What is known of a person: all of it handed out, and removed without a break in what others rely on.

A person's and a party's id are random, so whatever names one is theirs: every table is searched for both, and then for
what those rows name themselves. Removing takes names, phones, addresses, handles, papers and words; the ids that remain
lead to nobody, and neither the ledger nor custody changes. Keyed hashes of phone, papers, payee and devices stay for
the days of the operator's policy of trust, so that limits on payments hold and a device earns once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Row, Table, Text, delete, or_, select

from chumbak.exchange.desk import Work, moment
from chumbak.exchange.money import holds
from chumbak.exchange.people import codes, sessions
from chumbak.exchange.people import tables as t
from chumbak.exchange.people.open_matters import open_matters
from chumbak.exchange.people.persons import Person, is_administrator, known_by, members, party, person
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.store.tables import metadata, outbox
from chumbak.exchange.trust import limits

__all__ = ["erase_papers", "erase_person", "export_person", "forget", "forget_in_time", "open_matters"]

# Secrets, and what stands for a browser: of no use to a person, of much to a thief.
HIDDEN = frozenset({"token_hash", "code_hash", "hashed", "secret", "browser", "public_key", "code"})
# Checks drawn by chance: known to who is checked, they check nothing. The operator answers for them on request.
WITHHELD = frozenset({"trust_blind", "trust_seed", "trust_round", "trust_pair", "outbox", "exchange_edition"})
# What only the party in a column of the same row may read of it.
ONLY_FOR = {("lot", "reserve_paise"): "seller"}
DEPTH = 3  # how far rows that name each other are followed
CHUNK = 400  # values in one query


def export_person(work: Work, id: str) -> dict[str, Any]:
    """Return all that the exchange's database holds of a person and their party, as plain values for JSON.

    Amounts are paise, times ISO 8601 UTC; pictures are told by length and hash (each has its own download).
    """
    found = person(work, id)
    about = party(work, found.party)
    names = {id, found.party}
    keys = {work.desk.keyed("phone", found.phone)} if found.phone else set()
    rows: dict[str, dict[tuple[Any, ...], Mapping[str, Any]]] = {}
    wanted = names | keys | {f"party:{found.party}:{part}" for part in ("wallet", "owed", "paid")}
    wanted |= {f"outside:owed:{found.party}", *holds.accounts(work, found.party)}
    seen = set(wanted)
    for _ in range(DEPTH):
        fresh: set[str] = set()
        for table in _tables():
            for row in _naming(work, table, wanted):
                if _is_theirs(row, names):
                    kept = rows.setdefault(table.name, {})
                    if tuple(row) not in kept:
                        kept[tuple(row)] = _shown(table, row, found.party)
                        fresh |= _ids(table, row)
        wanted = fresh - seen
        seen |= wanted
        if not wanted:
            break
    return {
        "made": work.now.isoformat(timespec="seconds"), "person": id, "party": found.party, "name": found.name,
        "phone": found.phone, "language": found.language, "roles": sorted(found.roles), "place": about.place,
        "in custody": work.desk.uri("party", found.party),
        "rows": {name: list(found.values()) for name, found in sorted(rows.items())},
    }  # fmt: skip


def erase_person(work: Work, id: str) -> None:
    """Remove what is known of a person; of their party too, if nobody else acts for it. Raises ``Refusal``."""
    found = person(work, id)
    if work.actor != id and not is_administrator(work):
        raise Refusal(N_("Only you yourself or an administrator may have this removed."))
    for refusal in open_matters(work, id):
        raise refusal
    if found.state == "erased":
        return
    run = work.connection.execute
    alone = members(work, found.party) == [id]
    phone_key = work.desk.keyed("phone", found.phone)
    known_by(work, found.party, found.phone)  # from today on for the days of the policy of trust
    sessions.end_all(work, id)
    _erase_papers(work, t.documents.c.party == found.party if alone else t.documents.c.person == id)
    for table, column in ((t.person_about, "person"), (t.passkeys, "person"), (t.roles, "person")):
        run(delete(table).where(table.c[column] == id))
    run(delete(t.codes).where(t.codes.c.phone_key == phone_key))
    run(delete(t.sessions).where(t.sessions.c.joining_phone == found.phone))
    if alone:
        run(delete(t.party_about).where(t.party_about.c.party == found.party))
    _erase_elsewhere(work, found, alone)
    messages = (outbox.c.kind == "message") & (outbox.c.about == phone_key)
    run(outbox.update().where(messages & outbox.c.done_us.is_(None)).values(done_us=work.now_us))
    run(outbox.update().where(messages).values(body="{}", about=""))
    run(t.persons.update().where(t.persons.c.id == id).values(state="erased"))
    work.audit("person-erased", id, party=found.party, alone=alone)
    work.wipe()


def erase_papers(work: Work, id: str) -> None:
    """Remove the papers that a person showed; the steps that rest on them are then not gone any more."""
    _erase_papers(work, t.documents.c.person == id)
    work.audit("papers-erased", id)
    work.wipe()


def forget(work: Work) -> None:
    """Remove what has had its days: keyed hashes that limits were held by, codes, sessions, challenges."""
    limits.forget(work)
    work.connection.execute(delete(t.sessions).where(t.sessions.c.ends_us <= work.now_us))
    work.connection.execute(delete(t.spent).where(t.spent.c.until_us <= work.now_us))
    codes.forget_old(work)


def forget_in_time(work: Work) -> None:
    """Do so in the first minute of an hour: asked every few seconds, that is often enough."""
    if work.now.minute == 0:
        forget(work)


def _erase_papers(work: Work, whose: ColumnElement[bool]) -> None:
    run = work.connection.execute
    ids = list(run(select(t.documents.c.id).where(whose)).scalars())
    for part in _chunks(ids):
        run(delete(t.document_files).where(t.document_files.c.document.in_(part)))
        run(delete(t.documents).where(t.documents.c.id.in_(part)))


def _erase_elsewhere(work: Work, found: Person, alone: bool) -> None:
    """Remove addresses, handles and words that other areas keep, each in a table or column of its own."""
    run = work.connection.execute
    bookings = metadata.tables.get("takeback_booking")
    private = metadata.tables.get("takeback_private")
    if bookings is not None and private is not None:
        mine = select(bookings.c.id).where(bookings.c.person == found.id)
        run(delete(private).where(private.c.booking.in_(mine)))
    said, decided = metadata.tables.get("trust_words"), metadata.tables.get("trust_decision")
    lifted = metadata.tables.get("trust_override")
    if said is not None and decided is not None and lifted is not None:
        own = said.c.person == found.id  # what somebody decided about others stays explained
        for others in (decided, lifted):
            own &= said.c.id.not_in(select(others.c.words))
        run(said.update().where(own).values(text=""))
    paid = metadata.tables.get("payment")
    if paid is not None and alone:
        run(paid.update().where(paid.c.party == found.party).values(to_plain=None))
    shown = metadata.tables.get("dispute_file")
    if shown is not None and alone:
        run(shown.update().where(shown.c.party == found.party).values(body=None))
    came = metadata.tables.get("pay_in")
    if came is not None and alone:
        run(came.update().where(came.c.party == found.party).values(reference=None))
    lots, photos = metadata.tables.get("lot"), metadata.tables.get("lot_photo")
    if lots is not None and photos is not None and alone:
        unsold = select(lots.c.id).where((lots.c.seller == found.party) & (lots.c.state != "awarded"))
        run(delete(photos).where(photos.c.lot.in_(unsold)))


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if table.name not in WITHHELD]


def _naming(work: Work, table: Table, values: set[str]) -> Iterable[Row[Any]]:
    words = [column for column in table.columns if isinstance(column.type, Text) and column.name not in HIDDEN]
    for part in _chunks(sorted(values)):
        yield from work.connection.execute(select(table).where(or_(*(column.in_(part) for column in words))))


def _is_theirs(row: Row[Any], names: set[str]) -> bool:
    """Whether a row names them, or nobody: what names somebody else alone is somebody else's."""
    named = {value for value in row if isinstance(value, str) and value.startswith(("person-", "party-"))}
    return not named or bool(named & names)


def _shown(table: Table, row: Row[Any], party_id: str) -> Mapping[str, Any]:
    shown: dict[str, Any] = {}
    for column, value in zip(table.columns, row, strict=True):
        owner = ONLY_FOR.get((table.name, column.name))
        if column.name in HIDDEN or (owner and row._mapping[table.c[owner]] != party_id):
            continue
        if isinstance(column.type, LargeBinary):
            value = value and f"{len(value)} bytes, SHA-256 {sha256(value).hexdigest()}"
        elif column.name.endswith("_us") and value is not None:
            value = moment(value).isoformat()
        shown[column.name] = value
    return shown


def _ids(table: Table, row: Row[Any]) -> set[str]:
    """Return the id by which other rows name this one; not that of a place, a step or the like."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Text):
        return set()
    value = row._mapping[keys[0]]
    return {value} if isinstance(value, str) and "-" in value else set()


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
