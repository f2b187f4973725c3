"""Loads that are counted, not weighed: how many pieces left and came, and under which seal.

What an end found is kept with its step in the contract's history, which nothing changes. It is not said before the
other end has counted as well.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import select

from chumbak.exchange.desk import Work
from chumbak.exchange.market.tables import lots
from chumbak.exchange.refusal import N_, Refusal
from chumbak.exchange.settle import tables as t
from chumbak.exchange.settle.weights import plain_seal

MOST_PIECES = 10**6  # no load has more
TEXT = 80  # letters of a seal's number


@dataclass(frozen=True)
class Count:
    """One end of a load that is counted."""

    pieces: int
    seal: str
    seal_whole: bool = True


def checked(one: Count) -> Count:
    """Return a count that can be. Raises ``Refusal``."""
    if not 0 <= one.pieces <= MOST_PIECES:
        raise Refusal(N_("Count the pieces, and type how many they are."), field="pieces")
    if not one.seal.strip() or len(one.seal) > TEXT:
        raise Refusal(N_("Type the number on the seal."), field="seal")
    return Count(one.pieces, one.seal.strip(), one.seal_whole)


def said(one: Count) -> dict[str, object]:
    """Return a count as a step of the history keeps it."""
    return asdict(one)


def of_contract(work: Work, id: str) -> dict[str, Count]:
    """Return what was counted, by side (sent, arrived)."""
    steps = t.contract_step
    asked = select(steps.c.state, steps.c.said).where(steps.c.contract == id, steps.c.state.in_(("sent", "arrived")))
    kept = ((row.state, json.loads(row.said)) for row in work.connection.execute(asked))
    return {state: Count(one["pieces"], one["seal"], one["seal_whole"]) for state, one in kept if "pieces" in one}


def sold(work: Work, lot: str) -> int | None:
    """Return how many pieces a lot was listed with, None where the market does not know it."""
    return work.connection.execute(select(lots.c.pieces).where(lots.c.id == lot)).scalar_one_or_none()


def listed_seal(work: Work, lot: str) -> str:
    """Return the seal with which a lot was put on sale, "" for none."""
    return work.connection.execute(select(lots.c.seal).where(lots.c.id == lot)).scalar_one_or_none() or ""


def same_seal(sent: Count, came: Count) -> bool:
    """Say whether the seal came whole and is the one that left."""
    return came.seal_whole and plain_seal(sent.seal) == plain_seal(came.seal)


def agree(counts: dict[str, Count], pieces: int | None) -> bool:
    """Say whether both ends, as far as they counted, found what was sold, under one whole seal."""
    sent, came = counts.get("sent"), counts.get("arrived")
    found = {one.pieces for one in counts.values()} | ({pieces} if pieces is not None else set())
    return len(found) <= 1 and (sent is None or came is None or same_seal(sent, came))
