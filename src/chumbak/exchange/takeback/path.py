"""Where a device is now: its way by custody's events, and what became of each element that it holds.

What goes into one vessel with others is well mixed: of what comes out, each device has its share of what went in, by
element. Each amount ends in a lot that still holds it, as a loss, unaccounted for, or with somebody outside.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from typing import Any

from chumbak.custody.store.query import Match, Query
from chumbak.custody.store.read import OBJECT_ROLES, Event, Reader
from chumbak.exchange.desk import Desk, microseconds
from chumbak.exchange.takeback.reward import largest_remainder

LOT, LOSS, UNACCOUNTED, OUTSIDE, CONTRA = "lot:", "loss:", "unaccounted:", "outside:", "restated:"
MOST_EVENTS = 200  # that are followed of one device
HELD, TAKEN_BACK = "rem:content", "#errorDeclaration"


@dataclass(frozen=True)
class Step:
    """What happened at a time: ``what`` is one of collecting, packing, receiving, ..., cleared, apart, sold, gone."""

    us: int
    what: str
    place: str
    event: str


@dataclass(frozen=True)
class Fate:
    """Micrograms of an element of the device, as first estimated, and where they are now; they sum to ``inside``.

    ``measured`` and ``stated`` are in lots that were won from it: known by an assay or a weighing, or by what the plant
    stated. ``still`` is in the device itself, ``returned`` went out (back to its owner, or sold).
    """

    element: str
    inside: int
    still: int = 0
    measured: int = 0
    stated: int = 0
    lost: int = 0
    unaccounted: int = 0
    returned: int = 0


@dataclass(frozen=True)
class Path:
    """The way of a device. ``lots`` are names of the lots that hold something of it now."""

    steps: tuple[Step, ...]
    fates: tuple[Fate, ...]
    lots: tuple[str, ...]


def path(desk: Desk, uri: str) -> Path:
    """Return the way of a thing by its name in custody; empty while custody does not know it."""
    reader = desk.custody
    named = Match((*OBJECT_ROLES, "parent"), (uri,))
    events = reader.events(Query(matches=(named,), erroneous=False, order="event"), limit=MOST_EVENTS).events
    ends = _follow(reader, LOT + uri)
    lots = sorted({account for account, _ in ends if account.startswith(LOT) and account != LOT + uri})
    known = {lot: is_measured(reader, lot.removeprefix(LOT)) for lot in lots}
    fates = _fates(ends, LOT + uri, known)
    return Path(tuple(map(_step, events)), fates, tuple(lot.removeprefix(LOT) for lot in lots))


def _step(found: Event) -> Step:
    event = found.event
    what = str(event.get("bizStep", ""))
    if event["type"] == "TransformationEvent":
        what = "apart"
    elif event["type"] == "TransactionEvent":
        what = "sold"
    elif event.get("action") == "DELETE":
        what = "gone"
    elif "certificationInfo" in event:
        what = "cleared"
    place = event.get("readPoint", {}).get("id", "")
    return Step(_time_us(event), what, place, found.id)


def _time_us(event: Mapping[str, Any]) -> int:
    return microseconds(dt.datetime.fromisoformat(str(event["eventTime"])))


def _follow(reader: Reader, start: str) -> dict[tuple[str, str], Fraction]:
    """Return where what a lot was first given is now: micrograms by account and element."""
    ours: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    after: dict[str, int] = {}
    waiting: list[tuple[int, str]] = []
    seen: set[int] = set()

    def arrive(account: str, element: str, ug: Fraction, seq: int) -> None:
        ours[account, element] += ug
        if account.startswith(LOT) and account not in after:
            after[account] = seq
            for line in _lines(reader, account):
                if line > seq:
                    heappush(waiting, (line, account))

    lines = _lines(reader, start)
    if not lines:
        return {}
    first = min(lines)
    for element, ug in lines[first].items():
        arrive(start, element, Fraction(ug), first)
    while waiting and len(seen) < MOST_EVENTS:
        seq, account = heappop(waiting)
        seen.add(seq)
        taken = _lines(reader, account).get(seq, {})
        before = _held_before(reader, account, seq)
        for element, change in taken.items():
            mine = ours[account, element]
            if change >= 0 or not mine or not before.get(element):
                continue
            moved = mine * Fraction(-change, before[element])
            ours[account, element] -= moved
            for receiver, share in _receivers(reader, seq, element).items():
                arrive(receiver, element, moved * share, seq)
    return {key: ug for key, ug in ours.items() if ug}


def _lines(reader: Reader, account: str) -> dict[int, dict[str, int]]:
    """Return what each record moved of an account, by element; what was taken back is left out with what took it."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in reader.lines(account):
        found[line.seq][line.element] += line.ug
    ids = {seq: record.id for seq in found if (record := reader.record(seq))}
    gone = {id.removesuffix(TAKEN_BACK) for id in ids.values() if id.endswith(TAKEN_BACK)}
    return {seq: dict(moved) for seq, moved in found.items() if ids[seq].removesuffix(TAKEN_BACK) not in gone}


def _held_before(reader: Reader, account: str, seq: int) -> dict[str, int]:
    held: dict[str, int] = defaultdict(int)
    for at, moved in _lines(reader, account).items():
        if at < seq:
            for element, ug in moved.items():
                held[element] += ug
    return held


def _receivers(reader: Reader, seq: int, element: str) -> dict[str, Fraction]:
    """Return to which accounts a record moved an element, in shares that sum to 1."""
    found: dict[str, int] = defaultdict(int)
    for entry in reader.entries(seq):
        if entry.element == element and entry.delta > 0 and not entry.account.startswith(CONTRA):
            found[entry.account] += entry.delta
    total = sum(found.values())
    return {account: Fraction(ug, total) for account, ug in found.items()}


def is_measured(reader: Reader, lot: str) -> bool:
    """Whether what a lot holds rests on an assay or a weighing, and not on what was stated of it only."""
    query = Query(matches=(Match(OBJECT_ROLES, (lot,)),), erroneous=False)
    for found in reader.events(query, limit=MOST_EVENTS).events:
        for entry in found.event.get(HELD, []):
            if entry.get("lot") == lot and ("assay" in entry or found.event.get("action") == "OBSERVE"):
                return True
    return False


def _fates(
    ends: Mapping[tuple[str, str], Fraction], itself: str, measured: Mapping[str, bool]
) -> tuple[Fate, ...]:  # fmt: skip
    by: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for (account, element), ug in ends.items():
        by[element][_end(account, itself, measured)] += ug
    found = []
    for element, parts in by.items():
        inside = round(sum(parts.values(), Fraction(0)))
        names = list(parts)
        whole = largest_remainder(inside, [parts[name] for name in names])
        found.append(Fate(element, inside, **dict(zip(names, whole, strict=True))))
    return tuple(sorted(found, key=lambda one: (-one.inside, one.element)))


def _end(account: str, itself: str, measured: Mapping[str, bool]) -> str:
    if account == itself:
        return "still"
    if account.startswith(LOT):
        return "measured" if measured[account] else "stated"
    if account.startswith(LOSS):
        return "lost"
    return "returned" if account.startswith(OUTSIDE) else "unaccounted"
