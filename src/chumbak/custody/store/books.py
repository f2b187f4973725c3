"""What the writer knows between two commits, and what one commit adds to it.

``Books`` is what the database holds, as far as it was looked up; it is dropped whenever it could be wrong (another
process wrote, a commit failed). ``Group`` is one transaction: it takes prepared records one by one, each wholly or not
at all, and then writes all rows at once. Balances are written as *this row stood at the old value*, so that a book that
disagreed with the database could not be committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from chumbak.custody.finding import Finding, LedgerError
from chumbak.custody.ledger.origin import Origin, parse
from chumbak.custody.ledger.posting import Entry, Posting, is_free
from chumbak.custody.log.merkle import Frontier
from chumbak.custody.log.record import EMPTY, entries_digest, leaf, preimage
from chumbak.custody.store import rows, tables
from chumbak.custody.store.faults import Conflict, StoreError
from chumbak.custody.store.ledger import posting_of, taken_back, written
from chumbak.custody.store.prepare import DECLARED, Prepared
from chumbak.custody.store.read import entries_of, nodes_of

MOST_LOTS = 50_000  # lots whose holdings are kept in memory between commits
Key = tuple[str, Origin]
_MISSING: Any = object()


class Result(NamedTuple):
    """What became of a record: its number and time in the log, stored now or kept already, or refused and why."""

    id: str
    seq: int
    status: Literal["stored", "already", "refused"]
    recorded_us: int
    fault: LedgerError | Conflict | None = None


class Known(NamedTuple):
    """A record that is kept: its number, digest and time."""

    seq: int
    digest: bytes
    recorded_us: int


@dataclass
class Books:
    """The end of the log, and what was looked up of the ledger.

    ``held`` has what a lot holds, None for a lot that is not known; ``made`` the record that made it; ``others``
    are balances of accounts that are no lots, by numbers; ``accounts`` and ``origins`` are numbers of names.
    """

    seq: int = 0
    hash: bytes = EMPTY
    recorded_us: int = 0
    frontier: Frontier = field(default_factory=Frontier)
    held: dict[str, dict[Key, int] | None] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    others: dict[tuple[int, str, int], int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    origins: dict[Origin, int] = field(default_factory=dict)
    last_account: int = 0
    last_origin: int = 0

    def forget(self) -> None:
        """Drop everything, so that the next group looks it up again."""
        self.__init__()  # type: ignore[misc]

    def catch_up(self, connection: Connection) -> None:
        """Make sure that the books follow from the log as it stands; call it under the lock."""
        row = connection.exec_driver_sql("SELECT seq, hash, recorded_us FROM log ORDER BY seq DESC LIMIT 1").first()
        if row is None or (row.seq == self.seq and row.hash == self.hash):
            return
        self.forget()
        self.seq, self.hash, self.recorded_us = row
        try:
            self.frontier = Frontier.at(self.seq, nodes_of(connection))
        except NoResultFound as error:
            told = "The Merkle tree of this store is damaged. Run 'chumbak custody verify' and restore a backup."
            raise StoreError(told) from error
        self.last_account = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM account").scalar_one()
        self.last_origin = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM origin").scalar_one()


class Group:
    """The records of one transaction. ``take`` them, then ``write`` once; the caller commits and then ``close``s it."""

    def __init__(self, connection: Connection, books: Books) -> None:
        self.connection, self.books = connection, books
        self.seq, self.hash, self.recorded_us = books.seq, books.hash, books.recorded_us
        self.frontier = books.frontier.copy()
        self.known: dict[str, Known] = {}
        self.held: dict[str, dict[Key, int] | None] = {}  # lots as they stand within this group
        self.made: dict[str, int] = {}
        self.pending: dict[int, tuple[Prepared, Posting]] = {}
        self.log: list[tuple[Any, ...]] = []
        self.nodes: list[tuple[int, int, bytes]] = []
        self.facts: list[tuple[Any, ...]] = []
        self.items: list[tuple[Any, ...]] = []
        self.names: dict[str, None] = {}  # accounts of all entries and of lots made, once numbered
        self._undo: list[tuple[dict[Any, Any], Any, Any]] = []

    # Looking up ------------------------------------------------------------------------------------------------------

    def look_up(self, all_prepared: Iterable[Prepared]) -> None:
        """Fetch what the records need: which ids are kept, what their lots hold."""
        ids: set[str] = set()
        lots: set[str] = set()
        for one in all_prepared:
            ids.add(one.id)
            if one.kind == "event":
                ids.add(one.first or one.id + DECLARED)
                if one.statement is not None:
                    lots.update(one.statement.lots)
        text = "SELECT id, seq, digest, recorded_us FROM log WHERE id IN"
        for id, *rest in rows.among(self.connection, text, ids):
            self.known[id] = Known(*rest)
        self.look_up_lots(lots)

    def look_up_lots(self, lots: Iterable[str]) -> None:
        """Fetch what lots hold, of those that are not in the books."""
        books = self.books
        wanted = {f"lot:{lot}": lot for lot in lots if lot not in books.held}
        if not wanted:
            return
        books.held.update(dict.fromkeys(wanted.values()))
        numbers: dict[int, str] = {}
        text = (
            "SELECT account.id, account.name, lot.made FROM account LEFT JOIN lot ON lot.account = account.id "
            "AND lot.unmade IS NULL WHERE account.name IN"
        )
        for number, name, made in rows.among(self.connection, text, wanted):
            books.accounts[name] = number
            if made is not None:
                numbers[number] = wanted[name]
                books.held[wanted[name]] = {}
                books.made[wanted[name]] = made
        text = (
            "SELECT balance.account, balance.element, origin.text, origin.id, balance.ug FROM balance "
            "JOIN origin ON origin.id = balance.origin WHERE balance.account IN"
        )
        for number, element, origin_text, origin_number, ug in rows.among(self.connection, text, numbers, "bigint"):
            origin = parse(origin_text)
            books.origins[origin] = origin_number
            held = books.held[numbers[number]]
            assert held is not None  # it was made just above
            held[element, origin] = ug

    def holdings(self, lots: Iterable[str]) -> dict[str, dict[Key, int]]:
        """Return what lots hold now, those that are known."""
        found = {}
        for lot in lots:
            held = self.held[lot] if lot in self.held else self.books.held[lot]
            if held is not None:
                found[lot] = held
        return found

    def kept(self, id: str) -> Known | None:
        """Return the record kept under an id that was looked up."""
        return self.known.get(id)

    def made_by(self, lot: str) -> int | None:
        """Return the record that made a lot."""
        return self.made[lot] if lot in self.made else self.books.made.get(lot)

    def last_record(self) -> tuple[str, bytes]:
        """Return kind and body of the last record."""
        if self.log:
            return self.log[-1][1], self.log[-1][5]
        row = self.connection.exec_driver_sql("SELECT kind, body FROM log ORDER BY seq DESC LIMIT 1").one()
        return row.kind, row.body

    # Taking ----------------------------------------------------------------------------------------------------------

    def mark(self) -> tuple[Any, ...]:
        """Return where things stand, for ``rewind``."""
        ends = (len(self.log), len(self.nodes), len(self.facts), len(self.items), len(self._undo))
        return self.seq, self.hash, self.recorded_us, self.frontier.copy(), ends

    def rewind(self, mark: tuple[Any, ...]) -> None:
        """Forget all that was taken since ``mark``."""
        self.seq, self.hash, self.recorded_us, self.frontier, ends = mark
        for listed, end in zip((self.log, self.nodes, self.facts, self.items), ends, strict=False):
            del listed[end:]
        for table, key, old in reversed(self._undo[ends[-1] :]):
            if old is _MISSING:
                del table[key]
            else:
                table[key] = old
        del self._undo[ends[-1] :]

    def take(self, prepared: Prepared, now_us: int) -> Result:
        """Add a record, or find that it is kept already. Raises ``Conflict`` and ``LedgerError``; then nothing changed.

        ``look_up`` has to have been called with it.
        """
        known = self.known.get(prepared.id)
        if known is not None:
            if known.digest != prepared.digest:
                raise Conflict(prepared.id, known.seq)
            return Result(prepared.id, known.seq, "already", known.recorded_us)
        posting = posting_of(self, prepared) if prepared.kind == "event" else Posting()
        changed = self._changed(posting)
        self.seq += 1
        self.recorded_us = max(self.recorded_us, now_us)
        digest = entries_digest(written(posting.entries))
        covered = preimage(
            self.seq, prepared.kind, self.recorded_us, prepared.id, sha256(prepared.body).digest(), digest, self.hash
        )
        hash = sha256(covered).digest()
        self.log.append((
            self.seq, prepared.kind, self.recorded_us, prepared.id, prepared.digest, prepared.body, digest, self.hash,
            hash,
        ))  # fmt: skip
        self.nodes += self.frontier.grow(leaf(covered))
        self.hash = hash
        if prepared.facts is not None:
            self.facts.append((self.seq, *prepared.facts))
            self.items += [(self.seq, *named) for named in prepared.items]
        self._set(self.known, prepared.id, Known(self.seq, prepared.digest, self.recorded_us))
        if prepared.kind == "event":
            self._set(self.pending, self.seq, (prepared, posting))
        for lot, held in changed.items():
            self._set(self.held, lot, held)
        for lot in posting.lots_made:
            self._set(self.made, lot, self.seq)
        return Result(prepared.id, self.seq, "stored", self.recorded_us)

    def _changed(self, posting: Posting) -> dict[str, dict[Key, int] | None]:
        """Return the holdings of every lot that a posting moves, as they are after it."""
        changed: dict[str, dict[Key, int] | None] = {lot: {} for lot in posting.lots_made}
        for account, element, origin, delta in posting.entries:
            if not account.startswith("lot:"):
                continue
            lot = account[4:]
            held = changed.get(lot)
            if held is None:
                before = self.held[lot] if lot in self.held else self.books.held[lot]
                held = changed[lot] = dict(before or {})
            amount = held.get((element, origin), 0) + delta
            if not 0 <= amount <= tables.MOST:
                what = f"{lot} would hold {amount} micrograms of {element}; a lot holds 0 to {tables.MOST}"
                raise LedgerError([Finding("", what, "Check the amounts; split what is larger into several lots")])
            if amount:
                held[element, origin] = amount
            else:
                held.pop((element, origin), None)
        for lot in posting.lots_unmade:
            changed[lot] = None
        return changed

    def _set(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self._undo.append((table, key, table.get(key, _MISSING)))
        table[key] = value

    # Corrections -----------------------------------------------------------------------------------------------------

    def entries_of(self, seq: int) -> list[Entry]:
        """Return the entries of a record that is kept or stands in this group."""
        if seq in self.pending:
            return list(self.pending[seq][1].entries)
        return entries_of(self.connection, seq)

    def used_after(self, lot: str, seq: int) -> list[str]:
        """Return ids of later records that moved a lot and have not been taken back."""
        account = f"lot:{lot}"
        text = (
            "SELECT log.id FROM move JOIN account ON account.id = move.account JOIN log ON log.seq = move.seq "
            f"WHERE move.seq > {int(seq)} AND account.name IN"
        )
        ids = [row[0] for row in rows.among(self.connection, text, [account])]
        for number, (prepared, posting) in self.pending.items():
            if number > seq and any(one.account == account for one in posting.entries):
                ids.append(prepared.id)
        ids = [id for id in ids if not id.endswith(DECLARED)]
        gone = taken_back(self.connection, ids)
        return [id for id in ids if id not in gone and id + DECLARED not in self.known]

    # Writing ---------------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write every row of the group. Raises if the database disagrees with the books."""
        connection = self.connection
        entries, moves, new_accounts, new_origins, made, unmade = self._numbered()
        rows.insert(connection, tables.log, self.log)
        rows.insert(connection, tables.node, self.nodes)
        rows.insert(connection, tables.account, new_accounts)
        rows.insert(connection, tables.origin, new_origins)
        rows.insert(connection, tables.entry, entries)
        rows.insert(connection, tables.move, moves)
        rows.insert(connection, tables.event, self.facts)
        rows.insert(connection, tables.item, self.items)
        self._write_balances(entries)
        for number, seq in unmade:
            connection.exec_driver_sql(
                f"UPDATE lot SET unmade = {int(seq)} WHERE account = {int(number)} AND unmade IS NULL"
            )
        rows.insert(connection, tables.lot, made)

    def _numbered(self) -> tuple[list[Any], list[Any], list[Any], list[Any], list[Any], list[Any]]:
        """Return rows of entry, move, account, origin and lot, and (account, record) of lots that are taken back."""
        books = self.books
        postings = [(seq, posting) for seq, (_, posting) in self.pending.items()]
        names: dict[str, None] = {}
        origins: dict[Origin, None] = {}
        for _, posting in postings:
            for name, _, origin, _ in posting.entries:
                names[name] = origins[origin] = None
            for lot in posting.lots_made:
                names[f"lot:{lot}"] = None
        self.names = names
        new_accounts = self._numbers(names)
        texts = {origin.text: origin for origin in origins if origin not in books.origins}
        for number, text in rows.among(self.connection, "SELECT id, text FROM origin WHERE text IN", texts):
            books.origins[texts.pop(text)] = number
        new_origins = []
        for text, origin in texts.items():
            books.last_origin += 1
            books.origins[origin] = books.last_origin
            new_origins.append((books.last_origin, text))
        entries, moves = [], []
        made: dict[int, list[Any]] = {}  # the last row of each lot in this group
        earlier: list[Any] = []  # rows of lots made, taken back and made again in it
        unmade: list[Any] = []
        for seq, posting in postings:
            moved: dict[int, None] = {}
            for n, (name, element, origin, delta) in enumerate(posting.entries):
                number = books.accounts[name]
                moved[number] = None
                entries.append((seq, n, number, element, books.origins[origin], delta))
            moves += [(number, seq) for number in moved]
            for lot in posting.lots_unmade:
                number = books.accounts[f"lot:{lot}"]
                if number in made:
                    made[number][2] = seq
                    earlier.append(made.pop(number))
                else:
                    unmade.append((number, seq))
            for lot in posting.lots_made:
                number = books.accounts[f"lot:{lot}"]
                made[number] = [number, seq, None]
        lots = [tuple(row) for row in (*earlier, *made.values())]
        return entries, moves, new_accounts, new_origins, lots, unmade

    def _numbers(self, names: Mapping[str, None]) -> list[tuple[int, str]]:
        """Give numbers to names of accounts that have none; returns the new ones, in order."""
        books = self.books
        wanted = {name: None for name in names if name not in books.accounts}
        for number, name in rows.among(self.connection, "SELECT id, name FROM account WHERE name IN", wanted):
            books.accounts[name] = number
            del wanted[name]
        made = []
        for name in wanted:
            books.last_account += 1
            books.accounts[name] = books.last_account
            made.append((books.last_account, name))
        return made

    def _write_balances(self, entries: list[tuple[int, int, int, str, int, int]]) -> None:
        """Bring the table of balances from what it was to what it is."""
        net: dict[tuple[int, str, int], int] = {}
        for _, _, number, element, origin, delta in entries:
            key = (number, element, origin)
            net[key] = net.get(key, 0) + delta
        free, old = self._before(net)
        new, changed, gone = [], [], []
        for key, delta in net.items():
            before = old.get(key, 0)
            after = before + delta
            if abs(after) > tables.MOST:
                what = f"an account would hold {after} micrograms of {key[1]}, more than {tables.MOST}"
                raise LedgerError([Finding("", what, "Check the amounts")])
            if key in self.books.others:
                self.books.others[key] = after
            if not delta:
                continue
            if not before:
                new.append((*key, key[0] in free, after))
            elif after:
                changed.append((after, *key, before))
            else:
                gone.append((*key, before))
        rows.insert(self.connection, tables.balance, new)
        counts = rows.change_balances(self.connection, changed), rows.empty_balances(self.connection, gone)
        if counts != (len(changed), len(gone)):
            raise StoreError("Balances are not what they were thought to be; nothing was written. Send it again.")

    def _before(self, keys: Iterable[tuple[int, str, int]]) -> tuple[set[int], dict[tuple[int, str, int], int]]:
        """Return which accounts are free, and the balances before this group: of lots from the books."""
        books = self.books
        free = {books.accounts[name] for name in self.names if is_free(name)}
        old: dict[tuple[int, str, int], int] = {}
        lots = set()
        for name in self.names:
            if name.startswith("lot:"):
                number = books.accounts[name]
                lots.add(number)
                for (element, origin), ug in (books.held[name[4:]] or {}).items():
                    old[number, element, books.origins[origin]] = ug
        others = [key for key in keys if key[0] not in lots]
        unknown = [key for key in others if key not in books.others]
        books.others.update(dict.fromkeys(unknown, 0))
        books.others.update(rows.balances(self.connection, unknown))
        old.update((key, books.others[key]) for key in others)
        return free, old

    def close(self) -> None:
        """Take over into the books what was committed."""
        books = self.books
        books.seq, books.hash, books.recorded_us, books.frontier = self.seq, self.hash, self.recorded_us, self.frontier
        books.held.update(self.held)
        books.made.update(self.made)
        if len(books.held) > MOST_LOTS:
            books.held.clear()
            books.made.clear()
            books.accounts.clear()
        if len(books.origins) > MOST_LOTS or len(books.others) > MOST_LOTS:
            books.held.clear()  # its origins have numbers in the books
            books.made.clear()
            books.origins.clear()
            books.others.clear()
