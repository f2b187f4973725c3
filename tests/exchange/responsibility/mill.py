"""A recycler's plant in custody: devices come in, metal goes out, lots are sold."""

from __future__ import annotations

from collections.abc import Mapping

from chumbak.exchange import hand_over
from chumbak.exchange.desk import Desk, Work
from chumbak.exchange.money.ledger import post, wallet
from chumbak.exchange.people.persons import PRODUCER, RECYCLER, Person, register

PHONES = {"recycler": "+919800000001", "producer": "+919800000002", "other": "+919800000003"}


def join(work: Work, who: str) -> Person:
    """Return a recycler, or one of two producers."""
    role = RECYCLER if who == "recycler" else PRODUCER
    return register(work, PHONES[who], who.title(), "seelampur", role)


def pay_in(work: Work, party: str, paise: int) -> None:
    """Give a party money."""
    post(work, "test", work.new_id("x"), [("outside:bank", -paise), (wallet(party), paise)])


def melt(
    desk: Desk, work: Work, party: str, lot: str, out: Mapping[str, int], *, of: Mapping[str, int] | None = None,
    kind: str = "post-consumer",
) -> str:  # fmt: skip
    """Have devices come in with ``of`` and a lot of metal go out at a party's plant; return the lot's URI."""
    plant, device, made = desk.uri("plant", party), desk.uri("device", work.new_id("device")), desk.uri("metal", lot)
    work.record(hand_over.appears(work, device, of or out, kind=kind, place=plant))
    work.record(hand_over.transformed(work, [device], {made: out}, place=plant))
    return made


def remelt(desk: Desk, work: Work, party: str, lots: list[str], lot: str, out: Mapping[str, int]) -> str:
    """Have lots of metal become another."""
    made = desk.uri("metal", lot)
    work.record(hand_over.transformed(work, lots, {made: out}, place=desk.uri("plant", party)))
    return made
