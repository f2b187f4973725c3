"""What a record does to the ledger, given what is kept before it: the same for the writer and for replay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.origin import Origin, origin_text
from chumbak.custody.ledger.posting import Entry, Posting, post
from chumbak.custody.ledger.reverse import reverse
from chumbak.custody.store import rows
from chumbak.custody.store.prepare import DECLARED, Prepared

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Kept(Protocol):
    """What is asked of a record that is kept."""

    @property
    def seq(self) -> int:
        """Its number."""

    @property
    def digest(self) -> bytes:
        """Its digest, 32 bytes."""


class View(Protocol):
    """The ledger as it stands before a record."""

    def kept(self, id: str) -> Kept | None:
        """Return the record kept under an id."""

    def holdings(self, lots: Iterable[str]) -> Mapping[str, Mapping[tuple[str, Origin], int]]:
        """Return what lots hold, those that are known."""

    def made_by(self, lot: str) -> int | None:
        """Return the record that made a lot."""

    def entries_of(self, seq: int) -> Sequence[Entry]:
        """Return the entries of a record."""

    def used_after(self, lot: str, seq: int) -> Sequence[str]:
        """Return ids of later records that moved a lot and have not been taken back."""


def written(entries: Iterable[Entry]) -> list[tuple[str, str, str, int]]:
    """Return entries with their origins as text."""
    return [(account, element, origin_text(origin), delta) for account, element, origin, delta in entries]


def posting_of(view: View, prepared: Prepared) -> Posting:
    """Return what an event does. Raises ``LedgerError``.

    An event that declares another erroneous takes back what that one did. If that one is not here it does nothing, and
    the one that it declares erroneous does nothing either when it comes later.
    """
    statement = prepared.statement
    if statement is None:
        return Posting()
    if prepared.first is None:
        return Posting() if view.kept(prepared.id + DECLARED) else post(statement, view.holdings(statement.lots))
    first = view.kept(prepared.first)
    if first is None:
        return Posting()
    if first.digest != prepared.first_digest:
        what = f"the event is not the one that is kept as {prepared.first} (record {first.seq})"
        mend = "Send the first event unchanged, with nothing but the errorDeclaration added"
        raise LedgerError([Finding("/errorDeclaration", what, mend)])
    entries = view.entries_of(first.seq)
    made = [lot for lot in statement.lots if view.made_by(lot) == first.seq]
    got = {account[4:] for account, _, _, delta in entries if delta > 0 and account.startswith("lot:")}
    later = {lot: view.used_after(lot, first.seq) for lot in got.union(made)}
    return reverse(entries, view.holdings(statement.lots), made, later)


def taken_back(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose records have been declared erroneous."""
    found = rows.among(connection, "SELECT id FROM log WHERE id IN", [id + DECLARED for id in ids])
    return {row[0].removesuffix(DECLARED) for row in found}
