"""Claims and verdicts on a lot of a store: from its ledger to what may be said of it.

``one_lot`` claims follow from what the lot holds. Those by mass balance follow from what a site (a material balance
area) took in: a share of all its output, or credit that is given to lots, each use of it a record of the log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from chumbak.custody.claims.attribution import (
    Attribution,
    AttributionError,
    Claim,
    Credits,
    Receipt,
    Use,
    controlled_blending,
    credit,
    identity_preserved,
    receipts_of,
    rolling_average,
    segregated,
)
from chumbak.custody.ledger.content import prefix_of, read_statement
from chumbak.custody.ledger.origin import Origin
from chumbak.custody.store.open import Store
from chumbak.custody.store.prepare import decode, one_name
from chumbak.custody.store.query import Query
from chumbak.custody.store.read import Event

ONE_LOT = {
    "identity preserved": identity_preserved,
    "segregated": segregated,
    "controlled blending": controlled_blending,
}
BY_SITE = ("rolling average", "credit")
MODELS = (*ONE_LOT, *BY_SITE)
KIND = "claim"
MOST = 1_000


def holding_of(store: Store, lot: str) -> dict[tuple[str, Origin], int]:
    """Return what a lot holds. Raises ``AttributionError`` for an unknown lot or an empty one."""
    held = store.read.holdings(lot)
    if held is None:
        raise AttributionError(f"There is no lot '{lot}' in this store")
    if not held:
        raise AttributionError(f"The lot '{lot}' holds nothing now: all of it was taken")
    return held


def one_lot(store: Store, lot: str, model: str, claim: Claim) -> Attribution:
    """Return a claim by one of the models of ``ONE_LOT``. Raises ``AttributionError`` where it cannot be made."""
    return ONE_LOT[model](one_name(lot), holding_of(store, lot), claim)


def average(store: Store, site: str, last: dt.date, months: int, claim: Claim) -> Attribution:
    """Return the share that all output of a site carries by rolling average. Raises ``AttributionError``."""
    return rolling_average(receipts(store, site, claim), site, last, months, claim)


def credits_of(store: Store, site: str, valid_months: int, day: dt.date, claim: Claim) -> Credits:
    """Return the credit account of a site at the end of a day, with all uses on record. Raises ``AttributionError``."""
    return credit(receipts(store, site, claim), uses(store, site, claim), site, valid_months, day, claim)


def give_credit(
    store: Store, lot: str, site: str, element: str, micrograms: int, valid_months: int, day: dt.date, claim: Claim
) -> Attribution:
    """Give credit of a site to a lot, record it, return the claim. Raises ``AttributionError`` beyond the balance."""
    held = holding_of(store, lot)
    total = sum(amount for (name, _), amount in held.items() if name == element)
    if not total:
        raise AttributionError(f"The lot '{lot}' holds no {element}")
    if f"lot:{one_name(lot)}" not in _made_at(store, site):
        raise AttributionError(f"The lot '{lot}' was not made at '{site}': its credit stays with what it makes")
    use = Use(day, one_name(lot), element, micrograms, total)
    before = uses(store, site, claim)
    last = max([day, *(one.day for one in before)])
    found = credit(receipts(store, site, claim), [*before, use], site, valid_months, last, claim)
    body = {"site": site, "claim": claim.name, "lot": use.lot, "element": element, "day": str(day),
            "claimed": str(micrograms), "total": str(total), "valid_months": valid_months}  # fmt: skip
    store.writer.append(KIND, f"urn:chumbak:claim:{site}:{claim.name}:{use.lot}:{element}", body).result()
    return next(one for one in reversed(found.claims) if one.boundary == use.lot and element in one.shares)


def _made_at(store: Store, site: str) -> set[str]:
    """Return the accounts of lots that the transformations of a site made."""
    return {
        entry.account
        for one in transformations(store, site)
        for entry in store.read.entries(one.seq)
        if entry.delta > 0
    }


def uses(store: Store, site: str, claim: Claim) -> list[Use]:
    """Return the uses of a site's credit that are on record."""
    kept = (decode(record.body) for record in store.read.records(kind=KIND))
    return [
        Use(dt.date.fromisoformat(one["day"]), one["lot"], one["element"], int(one["claimed"]), int(one["total"]))
        for one in kept
        if one["site"] == site and one["claim"] == claim.name
    ]


def receipts(store: Store, site: str, claim: Claim) -> list[Receipt]:
    """Return what a site took in: the inputs of its transformations, but for those that the site itself had made.

    What comes out of an input is what the same event handed on in lots, over what went in, and at most all of it.
    """
    found: list[Receipt] = []
    made: set[str] = set()
    for one in transformations(store, site):
        entries = store.read.entries(one.seq)
        taken = [entry for entry in entries if entry.delta < 0 and entry.account not in made]
        found += receipts_of(_day(one), one.id, taken, claim, _conversion(entries))
        made |= {entry.account for entry in entries if entry.delta > 0 and entry.account.startswith("lot:")}
    return found


def facts_of(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts for verdicts from JSON or the command line: true, false, lists with commas; numbers stay text."""
    words = {"true": True, "yes": True, "false": False, "no": False}
    found: dict[str, Any] = {}
    for name, value in texts.items():
        if not isinstance(value, str):
            found[name] = value
        elif value.strip().lower() in words:
            found[name] = words[value.strip().lower()]
        elif "," in value:
            found[name] = [part.strip() for part in value.split(",")]
        else:
            found[name] = value.strip()
    return found


def transformations(store: Store, site: str) -> list[Event]:
    """Return the transformations of a site that stand, in the order of the log."""

    def here(event: Mapping[str, Any], context: Any) -> bool:
        said = read_statement(event, prefix_of(context), one_name)
        return said is not None and said.area == site

    found: list[Event] = []
    token = None
    while True:
        page = store.read.events(Query(types=("TransformationEvent",), erroneous=False, holds=(here,)), MOST, token)
        found += [one for one in page.events if store.read.declared(one.id) is None]
        token = page.token
        if token is None:
            return found


def _conversion(entries: list[Any]) -> dict[str, Fraction]:
    """Return, by element, what lots received over what lots gave in one event, at most 1."""
    gave: dict[str, int] = {}
    came: dict[str, int] = {}
    for entry in entries:
        if entry.account.startswith("lot:"):
            side = came if entry.delta > 0 else gave
            side[entry.element] = side.get(entry.element, 0) + abs(entry.delta)
    return {element: min(Fraction(came.get(element, 0), amount), Fraction(1)) for element, amount in gave.items()}


def _day(one: Event) -> dt.date:
    return dt.datetime.fromisoformat(str(one.event["eventTime"])).date()
