"""Which share of an element carries a claim: the models of ISO 22095 as pure functions over holdings and entries.

The text of ISO 22095 and of its part 2 (mass balance) was not read: the models follow what is publicly described of
them, and every result says model, method, period, boundary and basis, so that whoever holds the text can compare.

    identity preserved   one origin for the whole lot, or no claim
    segregated           every microgram carries the claim, origins may differ
    controlled blending  claimed micrograms of an element / all micrograms of it, in this lot
    mass balance, rolling average    the claimed share of what a site took in over a period, for all that it makes
    mass balance, credit             claimed input x conversion factor is credit; a claim uses it up, oldest first

Book and claim is no model here: a certificate without the material is never mixed with a claim on the material.
Shares are exact fractions of contained element; a percentage is only how one is shown, cut off and not rounded up.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from chumbak.custody.ledger.amounts import shown
from chumbak.custody.ledger.origin import STEPS, UNKNOWN, Origin

Holding = Mapping[tuple[str, Origin], int]  # micrograms by element and origin
BASIS = "contained element, micrograms"


class AttributionError(ValueError):
    """A claim that cannot be made of this material; the message says why."""


@dataclass(frozen=True)
class Claim:
    """What is claimed: a name, and the kinds of origin that carry it."""

    name: str
    kinds: frozenset[str]

    def carries(self, origin: Origin) -> bool:
        """Say whether a portion of this origin carries the claim."""
        return origin.kind in self.kinds


POST_CONSUMER = Claim("recovered from post-consumer waste", frozenset({"post-consumer"}))
RECYCLED = Claim("recovered from pre- or post-consumer waste", frozenset({"pre-consumer", "post-consumer"}))


class Share(NamedTuple):
    """Claimed micrograms and all micrograms of one element (``total`` above zero)."""

    claimed: int
    total: int

    @property
    def exact(self) -> Fraction:
        """The share, exactly."""
        return Fraction(self.claimed, self.total)


@dataclass(frozen=True)
class Attribution:
    """What is attributed, and how.

    ``shares`` are exact, by element in alphabetical order. ``period`` is the first and the last day that count, None
    where the claim is on one lot as it stands. ``boundary`` is the lot or the site.
    """

    model: str
    method: str
    claim: str
    boundary: str
    shares: Mapping[str, Fraction]
    period: tuple[dt.date, dt.date] | None = None
    basis: str = BASIS
    notes: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the attribution as plain values, with percentages cut off after the second digit."""
        return {
            "model": self.model,
            "method": self.method,
            "claim": self.claim,
            "boundary": self.boundary,
            "period": None if self.period is None else {"first": str(self.period[0]), "last": str(self.period[1])},
            "basis": self.basis,
            "share": {element: str(share) for element, share in self.shares.items()},
            "percent": {element: percent(share) for element, share in self.shares.items()},
            "note": list(self.notes),
        }


def percent(share: Fraction) -> str:
    """Return a share >= 0 as a percentage of two digits, cut off: nothing is ever shown as more than it is."""
    hundredths = share.numerator * 10_000 // share.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def shares_of(holding: Holding, claim: Claim) -> dict[str, Share]:
    """Return claimed and all micrograms of each element of which something is held, in alphabetical order."""
    found: dict[str, list[int]] = {}
    for (element, origin), amount in holding.items():
        if amount < 0:
            raise AttributionError(f"a holding of {amount} micrograms of {element} is below zero")
        sums = found.setdefault(element, [0, 0])
        sums[0] += amount if claim.carries(origin) else 0
        sums[1] += amount
    return {element: Share(*sums) for element, sums in sorted(found.items()) if sums[1]}


# One lot ------------------------------------------------------------------------------------------------------------


def identity_preserved(lot: str, holding: Holding, claim: Claim) -> Attribution:
    """Return a claim on a lot of one single origin. Raises ``AttributionError`` where two were ever mixed into it."""
    origins = sorted({origin for (_, origin), amount in holding.items() if amount})
    if len(origins) != 1:
        _refuse_empty(lot, len(origins))
        raise AttributionError(
            f"{lot} holds {len(origins)} origins, and identity is preserved for one only: "
            "claim it as segregated or as controlled blending"
        )
    if not claim.carries(origins[0]):
        raise AttributionError(f"{lot} is of kind {origins[0].kind}, which is not {claim.name}")
    return _whole("identity preserved", "one origin", lot, holding, claim)


def segregated(lot: str, holding: Holding, claim: Claim) -> Attribution:
    """Return a claim on a lot all of which carries it. Raises ``AttributionError`` if one microgram does not."""
    shares = shares_of(holding, claim)
    _refuse_empty(lot, len(shares))
    for element, share in shares.items():
        if share.claimed != share.total:
            raise AttributionError(
                f"{shown(share.total - share.claimed)} of {element} in {lot} is not {claim.name}: "
                "claim it as controlled blending"
            )
    return _whole("segregated", "all inputs carry the claim", lot, holding, claim)


def controlled_blending(lot: str, holding: Holding, claim: Claim) -> Attribution:
    """Return the share of each element of a lot that carries a claim."""
    shares = shares_of(holding, claim)
    _refuse_empty(lot, len(shares))
    exact = {element: share.exact for element, share in shares.items()}
    return Attribution("controlled blending", "claimed / total by element", claim.name, lot, exact)


def _whole(model: str, method: str, lot: str, holding: Holding, claim: Claim) -> Attribution:
    return Attribution(model, method, claim.name, lot, dict.fromkeys(shares_of(holding, claim), Fraction(1)))


def _refuse_empty(lot: str, found: int) -> None:
    if not found:
        raise AttributionError(f"{lot} holds nothing that could be claimed")


# A site over a period: mass balance ---------------------------------------------------------------------------------


class Receipt(NamedTuple):
    """What a site took in of one element on one day, for a mass balance.

    ``id`` names the event. ``conversion`` is the part that comes out as product (a recovery, from 0 to 1).
    """

    day: dt.date
    id: str
    element: str
    claimed: int
    total: int
    conversion: Fraction = Fraction(1)


def receipts_of(
    day: dt.date,
    id: str,
    entries: Iterable[tuple[str, str, Origin, int]],
    claim: Claim,
    conversion: Mapping[str, Fraction] | None = None,
) -> list[Receipt]:
    """Return what an event took from lots, from its ledger entries; ``conversion`` by element (none: 1)."""
    holding: dict[tuple[str, Origin], int] = {}
    for account, element, origin, delta in entries:
        if delta < 0 and account.startswith("lot:"):
            holding[element, origin] = holding.get((element, origin), 0) - delta
    return [
        Receipt(day, id, element, share.claimed, share.total, (conversion or {}).get(element, Fraction(1)))
        for element, share in shares_of(holding, claim).items()
    ]


def shifted(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later (below zero: earlier), or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def rolling_average(receipts: Iterable[Receipt], site: str, last: dt.date, months: int, claim: Claim) -> Attribution:
    """Return the share of each element that all output of a site carries, from what it took in over some months.

    The period is of ``months`` (1 to 12) and ends with ``last``: three to 30 April begin on 1 February. The share of an
    element is sum(claimed x conversion) / sum(total x conversion). A receipt given twice is refused.
    Raises ``AttributionError``.
    """
    if not 1 <= months <= 12:
        raise AttributionError(f"a rolling average is over 1 to 12 months, not {months}")
    first = shifted(last + dt.timedelta(days=1), -months)
    sums: dict[str, tuple[Fraction, Fraction]] = {}
    for receipt in _once(receipts):
        if first <= receipt.day <= last:
            claimed, total = sums.get(receipt.element, (Fraction(0), Fraction(0)))
            sums[receipt.element] = (
                claimed + receipt.claimed * receipt.conversion,
                total + receipt.total * receipt.conversion,
            )
    shares = {element: claimed / total for element, (claimed, total) in sorted(sums.items()) if total}
    if not shares:
        raise AttributionError(f"{site} took nothing in from {first} to {last}: there is no average")
    method = f"rolling average over {months} month{'s' if months > 1 else ''}"
    note = "The share is of all output of the site alike; it says nothing of the atoms in one lot."
    return Attribution("mass balance", method, claim.name, site, shares, (first, last), notes=(note,))


def _once(receipts: Iterable[Receipt]) -> list[Receipt]:
    """Return receipts in the order of days and ids, checked."""
    found = sorted(receipts)
    seen: set[tuple[str, str]] = set()
    for receipt in found:
        if (receipt.id, receipt.element) in seen:
            raise AttributionError(f"the receipt {receipt.id} of {receipt.element} is counted twice")
        seen.add((receipt.id, receipt.element))
        if not 0 <= receipt.claimed <= receipt.total or not 0 <= receipt.conversion <= 1:
            raise AttributionError(
                f"the receipt {receipt.id} of {receipt.element} claims more than was taken in, "
                "or converts to more than there is"
            )
    return found


class Use(NamedTuple):
    """A claim on output: micrograms of an element in a named lot to which credit is given, of ``total`` in the lot."""

    day: dt.date
    lot: str
    element: str
    claimed: int
    total: int


class Drawn(NamedTuple):
    """Credit of a receipt that a lot was given, micrograms."""

    lot: str
    receipt: str
    element: str
    amount: int


@dataclass(frozen=True)
class Credits:
    """The credit account of a site on a day: what is left and what expired, by element, and which lot got which credit.

    ``claims`` are the attributions of the lots, in the order of days.
    """

    site: str
    day: dt.date
    balance: Mapping[str, int]
    expired: Mapping[str, int]
    drawn: tuple[Drawn, ...]
    claims: tuple[Attribution, ...] = ()


def credit(
    receipts: Iterable[Receipt], uses: Iterable[Use], site: str, valid_months: int, day: dt.date, claim: Claim
) -> Credits:
    """Return the credit account of a site at the end of a day, from all receipts and uses up to then.

    A receipt gives claimed x conversion of credit, rounded down to a microgram, usable from its day on for
    ``valid_months``: to the day before the same day so many months later. A use takes the oldest credit first. Receipts
    of a day count before uses of it. Raises ``AttributionError`` for a use beyond the balance (it is never below zero),
    a lot claimed twice, a claim of more than the lot holds, or a receipt counted twice.
    """
    if valid_months < 1:
        raise AttributionError("credit is valid for a month at least")
    batches: dict[str, list[_Batch]] = {}  # by element, oldest first
    for receipt in _once(receipts):
        if receipt.day <= day:
            amount = math.floor(receipt.claimed * receipt.conversion)
            last = shifted(receipt.day, valid_months) - dt.timedelta(days=1)
            batches.setdefault(receipt.element, []).append(_Batch(receipt.id, receipt.day, last, amount))
    drawn: list[Drawn] = []
    claims: list[Attribution] = []
    claimed: set[tuple[str, str]] = set()
    for use in sorted(uses):
        if use.day > day:
            continue
        if (use.lot, use.element) in claimed:
            raise AttributionError(f"{use.element} of {use.lot} is claimed twice")
        claimed.add((use.lot, use.element))
        if not 0 <= use.claimed <= use.total or not use.total:
            raise AttributionError(f"{use.lot} is claimed for more {use.element} than it holds")
        usable = [batch for batch in batches.get(use.element, []) if batch.first <= use.day <= batch.last]
        there = sum(batch.left for batch in usable)
        if there < use.claimed:
            raise AttributionError(
                f"{site} has credit for {shown(there)} of {use.element} on {use.day}, "
                f"and {shown(use.claimed)} is claimed for {use.lot}"
            )
        wanted = use.claimed
        for batch in usable:
            part = min(wanted, batch.left)
            if part:
                batch.left -= part
                wanted -= part
                drawn.append(Drawn(use.lot, batch.receipt, use.element, part))
        claims.append(_credited(use, site, valid_months, claim))
    elements = sorted(batches)
    balance = {element: sum(batch.left for batch in batches[element] if batch.last >= day) for element in elements}
    expired = {element: sum(batch.left for batch in batches[element] if batch.last < day) for element in elements}
    return Credits(site, day, balance, expired, tuple(drawn), tuple(claims))


@dataclass
class _Batch:
    """Credit of one receipt that is left, usable from its first to its last day."""

    receipt: str
    first: dt.date
    last: dt.date
    left: int


def _credited(use: Use, site: str, valid_months: int, claim: Claim) -> Attribution:
    method = f"credit, valid for {valid_months} months, oldest first"
    note = f"Credit of {site} was given to {use.lot}; it says nothing of the atoms in it."
    period = (shifted(use.day + dt.timedelta(days=1), -valid_months), use.day)
    share = {use.element: Fraction(use.claimed, use.total)}
    return Attribution("mass balance", method, claim.name, use.lot, share, period, notes=(note,))


# Taint --------------------------------------------------------------------------------------------------------------


class Portion(NamedTuple):
    """Micrograms of an element for which a step was done in a country (or nobody knows where)."""

    element: str
    step: str
    country: str
    amount: int


@dataclass(frozen=True)
class Taint:
    """What of a holding comes from covered countries, and of what it is not known; sorted by element and step."""

    covered: tuple[Portion, ...]
    unknown: tuple[Portion, ...]

    @property
    def tainted(self) -> bool | None:
        """True if one microgram comes from a covered country, False if none can, None if it cannot be told."""
        return True if self.covered else None if self.unknown else False


def taint(
    holding: Holding, countries: Collection[str], steps: Sequence[str] = STEPS, elements: Collection[str] | None = None
) -> Taint:
    """Return what taints a holding: one gram from a covered country spoils a lot, however much is blended with it.

    ``elements`` are those that count (None: all that are held).
    """
    found: dict[tuple[str, str, str], int] = {}
    for (element, origin), amount in holding.items():
        if amount and (elements is None or element in elements):
            for step in steps:
                country = origin.country(step)
                if country == UNKNOWN or country in countries:
                    key = element, step, country
                    found[key] = found.get(key, 0) + amount
    portions = [Portion(*key, amount) for key, amount in sorted(found.items())]
    return Taint(
        tuple(portion for portion in portions if portion.country != UNKNOWN),
        tuple(portion for portion in portions if portion.country == UNKNOWN),
    )


# What is sure -------------------------------------------------------------------------------------------------------


def lower_bound(
    share: Share, sigma_claimed: Fraction, sigma_rest: Fraction, sigmas: Fraction = Fraction(1)
) -> Fraction:
    """Return the share less ``sigmas`` standard uncertainties of it, at least zero: "credited at the lower bound".

    ``sigma_claimed`` and ``sigma_rest`` are the standard uncertainties, in micrograms, of the claimed mass and of the
    rest, taken as independent. To first order the variance of s = c / (c + r) is
    ((1 - s)^2 sigma_c^2 + s^2 sigma_r^2) / (c + r)^2. The root is rounded up, so that the bound never is too high.
    """
    for number in (sigma_claimed, sigma_rest, sigmas):
        if isinstance(number, float) or number < 0:
            raise AttributionError("uncertainties are exact numbers of zero or more")
    s = share.exact
    variance = ((1 - s) ** 2 * sigma_claimed**2 + s**2 * sigma_rest**2) / share.total**2
    return max(Fraction(0), s - sigmas * _root_up(variance))


def _root_up(value: Fraction) -> Fraction:
    """Return a square root, rounded up at the 15th decimal place."""
    scale = 10**15
    scaled = -(-value.numerator * scale**2 // value.denominator)
    root = math.isqrt(scaled)
    return Fraction(root if root * root == scaled else root + 1, scale)
