"""Where a lot comes from: every source outside of what it holds, portion by portion, to the microgram.

A portion is followed backwards. What an event gave a lot came from what went into the event, of the same element and
origin, in proportion; what was taken of a lot came from what that lot had received until then, in proportion (a lot is
well mixed). Each split is by largest remainder, so that the portions found sum to what the lot held, exactly. A step
done in the event changes the origin of a portion: then the origins before it are followed.

Only the events on the way are read, so a trace costs what the lot's own history is long, not what the store is large.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

from sqlalchemy import Connection

from chumbak.custody.ledger.content import prefix_of, read_statement
from chumbak.custody.ledger.origin import Origin, parse
from chumbak.custody.ledger.posting import Entry
from chumbak.custody.ledger.split import split
from chumbak.custody.ledger.statement import Step
from chumbak.custody.store import rows
from chumbak.custody.store.faults import StoreError
from chumbak.custody.store.open import Store
from chumbak.custody.store.prepare import DECLARED, one_name, read_event
from chumbak.custody.store.read import entries_of

LOT, CONTRA = "lot:", "restated:"
Key = tuple[str, Origin]


class Source(NamedTuple):
    """A portion of a lot: it appeared in record ``seq`` from ``account`` as ``lot``, of this origin there.

    ``account`` is ``outside:...``, or ``unaccounted:...`` for what was found and never brought in. ``ug`` are
    micrograms of it that are in the traced lot.
    """

    seq: int
    account: str
    lot: str
    element: str
    origin: Origin
    ug: int


@dataclass(frozen=True)
class Trace:
    """What a lot held, and where it came from.

    ``held`` are micrograms by element and origin that are traced: what the lot holds, or, if it is used up, what it was
    given. ``sources`` sum to it by element. ``events`` are the records on the way, ``lots`` the lots, oldest first.
    """

    lot: str
    held: dict[Key, int]
    sources: tuple[Source, ...]
    lots: tuple[str, ...]
    events: tuple[int, ...]

    def shares(self, element: str) -> dict[Origin, int]:
        """Return micrograms of an element by the origin that it has in the lot."""
        return {origin: ug for (name, origin), ug in self.held.items() if name == element}


def trace(store: Store, lot: str) -> Trace:
    """Trace a lot to all its sources. Raises ``StoreError`` if no lot of this name is known."""
    name = one_name(lot)
    with store.engine.connect() as connection:
        return _Tracer(connection).trace(name)


class _Tracer:
    """Keeps what was read: entries of events, and the lines of lots by element and origin, (record, micrograms)."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.entries: dict[int, list[Entry]] = {}
        self.lines: dict[str, dict[Key, list[tuple[int, int]]]] = {}
        self.steps: dict[int, Step | None] = {}

    def trace(self, lot: str) -> Trace:
        account = LOT + lot
        text = (
            "SELECT lot.made FROM account JOIN lot ON lot.account = account.id AND lot.unmade IS NULL "
            "WHERE account.name IN"
        )
        if not rows.among(self.connection, text, [account]):
            raise StoreError(f"No lot '{lot}' is known. Name one as an event does that made it.")
        self.read_lines([account])
        parts = {key: self.mixture(account, key) for key in sorted(self.lines[account])}
        if not any(ug for listed in parts.values() for _, ug in listed):
            parts = {key: [one for one in self.lines[account][key] if one[1] > 0] for key in parts}
        held = {key: total for key, listed in parts.items() if (total := sum(ug for _, ug in listed))}
        # Events still to be followed, the latest first; what is wanted of the outputs of each, by lot and key.
        wanted: dict[int, dict[tuple[str, Key], int]] = defaultdict(lambda: defaultdict(int))
        waiting: list[int] = []
        for key, listed in parts.items():
            for seq, ug in listed:
                if ug:
                    self.want(wanted, waiting, seq, account, key, ug)
        sources: dict[tuple[int, str, str, Key], int] = defaultdict(int)
        lots, events = {lot: None}, []
        while waiting:
            seq = -heappop(waiting)
            events.append(seq)
            for (receiver, key), ug in sorted(wanted.pop(seq).items()):
                for giver, before, part in self.inputs(seq, key, ug):
                    if giver.startswith(LOT):
                        lots[giver[4:]] = None
                        for earlier, portion in self.taken(giver, before, seq, part):
                            self.want(wanted, waiting, earlier, giver, before, portion)
                    else:
                        sources[seq, giver, receiver[4:], before] += part
        found = [
            Source(seq, account, made_lot, element, origin, ug)
            for (seq, account, made_lot, (element, origin)), ug in sorted(sources.items())
            if ug
        ]
        return Trace(lot, held, tuple(found), tuple(reversed(lots)), tuple(reversed(events)))

    def want(
        self,
        wanted: dict[int, dict[tuple[str, Key], int]],
        waiting: list[int],
        seq: int,
        account: str,
        key: Key,
        ug: int,
    ) -> None:
        """Ask for a portion of what an event gave an account."""
        if seq not in wanted:
            heappush(waiting, -seq)
        wanted[seq][account, key] += ug

    # A lot over time -------------------------------------------------------------------------------------------------

    def mixture(self, account: str, key: Key, before: int | None = None) -> list[tuple[int, int]]:
        """Return what a lot held (just before a record), by the records that gave it: (record, micrograms)."""
        parts: list[tuple[int, int]] = []
        for seq, ug in self.lines[account].get(key, ()):
            if before is not None and seq >= before:
                break
            if ug > 0:
                parts.append((seq, ug))
            else:
                gone = split(-ug, [left for _, left in parts])
                parts = [(one, left - less) for (one, left), less in zip(parts, gone, strict=True)]
        return parts

    def taken(self, account: str, key: Key, seq: int, ug: int) -> list[tuple[int, int]]:
        """Return which records gave what was taken of a lot by a record: (record, micrograms)."""
        if account not in self.lines:
            self.read_lines(name for name, _, _, amount in self.entries_of(seq) if amount < 0 and name.startswith(LOT))
        parts = self.mixture(account, key, seq)
        shares = split(ug, [left for _, left in parts])
        return [(earlier, share) for (earlier, _), share in zip(parts, shares, strict=True) if share]

    # An event --------------------------------------------------------------------------------------------------------

    def inputs(self, seq: int, key: Key, ug: int) -> list[tuple[str, Key, int]]:
        """Return what a portion of an event's outputs was made of: (account, key there, micrograms)."""
        element, origin = key
        entries = self.entries_of(seq)
        ends = [(name, -amount) for name, kind, of, amount in entries if amount < 0 and (kind, of) == key]
        found: list[tuple[str, Key, int]] = []
        for (name, _), part in zip(ends, split(ug, [amount for _, amount in ends]), strict=True):
            if not part:
                continue
            if not name.startswith(CONTRA):
                found.append((name, key, part))
                continue
            before = [
                (of, amount)
                for other, kind, of, amount in entries
                if other == name and kind == element and amount > 0 and origin in self.after(seq, of, element)
            ]
            shares = split(part, [amount for _, amount in before])
            for (of, _), share in zip(before, shares, strict=True):
                # What was restated came in under its earlier origin, from accounts that are not contra accounts.
                plain = [
                    (other, -amount)
                    for other, kind, one, amount in entries
                    if amount < 0 and (kind, one) == (element, of) and not other.startswith(CONTRA)
                ]
                for (other, _), some in zip(plain, split(share, [amount for _, amount in plain]), strict=True):
                    if some:
                        found.append((other, (element, of), some))
        return found

    def after(self, seq: int, origin: Origin, element: str) -> set[Origin]:
        """Return the origins that a portion of this origin can have after an event."""
        step = self.step(seq)
        changed = origin
        if step is not None and (step.elements is None or element in step.elements):
            changed = origin.at(step.step, step.country)
        return {changed, changed.wasted(), origin.wasted()}

    def step(self, seq: int) -> Step | None:
        """Return the step that was done in an event."""
        if seq not in self.steps:
            body = self.connection.exec_driver_sql(f"SELECT body FROM log WHERE seq = {int(seq)}").scalar_one()
            event, context, _ = read_event(bytes(body))
            statement = read_statement(event, prefix_of(context))
            self.steps[seq] = statement.step if statement is not None else None
        return self.steps[seq]

    # Reading ---------------------------------------------------------------------------------------------------------

    def entries_of(self, seq: int) -> list[Entry]:
        """Return the entries of a record."""
        if seq not in self.entries:
            self.entries[seq] = entries_of(self.connection, seq)
        return self.entries[seq]

    def read_lines(self, accounts: Iterable[str]) -> None:
        """Read the lines of accounts, without what was taken back and what took it back."""
        wanted = [name for name in dict.fromkeys(accounts) if name not in self.lines]
        for name in wanted:
            self.lines[name] = {}
        text = (
            "SELECT account.name, move.seq, log.id, entry.element, origin.text, entry.ug FROM account "
            "JOIN move ON move.account = account.id JOIN log ON log.seq = move.seq "
            "JOIN entry ON entry.seq = move.seq AND entry.account = account.id JOIN origin ON origin.id = entry.origin "
            "WHERE account.name IN"
        )
        found = sorted(tuple(row) for row in rows.among(self.connection, text, wanted))
        # Whoever took back an event moved the same accounts, so both are among the records of each.
        ids = {id for _, _, id, _, _, _ in found if id.endswith(DECLARED)}
        for name, seq, id, element, origin, ug in found:
            if id not in ids and id + DECLARED not in ids:
                self.lines[name].setdefault((element, parse(origin)), []).append((seq, ug))
