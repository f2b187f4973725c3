"""The award: who is eligible, who wins by least cost, and every bidder's fate in a sentence.

Bids that pass every rule stand in line by rate; equal rates by the tie-break, and where that does not part them, as
they are listed. From the lowest up, each is awarded what it bid for as far as awards and tonnes go; a bid that does
not fit lets the next one try. A bidder's place in a tie depends on nothing but its own bid (and, by lot, on who bids
and the seed), so that raising a rate only ever moves a bid back in line: it never turns a loser into a winner.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from chumbak.scheme.rules import Result, SchemeError, Verdict, at_step
from chumbak.scheme.terms import AwardTerms

Outcome = Literal["awarded", "cut", "to bid again", "not awarded", "not eligible", "open"]
WON = ("awarded", "cut")
TECHNICAL: Mapping[str, Result] = {"pass": "pass", "fail": "fail", "not yet": "not yet"}
SMALL = 0.005  # of the word that sums are shown in: less would read as 0
MOST_DIGITS = 16
TINY = 1e-9  # of a step: sizes are compared as numbers that were typed


@dataclass(frozen=True)
class Bid:
    """One bid; what is None is not known, and nothing is assumed in its place.

    ``tonnes`` t/year, ``rate`` money/kg, ``net_worth`` and ``investment`` (the eligible part) money, ``lead_share`` the
    share of equity of the lead member (1 of a single company). ``technical`` is pass, fail or not yet. ``floor``
    (money/kg) is the lowest rate it would match, where bidders have to match the lowest; None: any.
    """

    bidder: str
    tonnes: float | None
    rate: float | None
    net_worth: float | None = None
    investment: float | None = None
    lead_share: float | None = None
    technical: str | None = None
    received: dt.date | None = None
    floor: float | None = None


@dataclass(frozen=True)
class Fate:
    """What becomes of one bid: ``place`` in line (1 is the lowest), None outside it.

    ``awarded`` t/year, ``paid`` money/kg (None without an award), ``assured`` t/year of oxide, and all in a sentence.
    """

    bid: Bid
    outcome: Outcome
    place: int | None
    awarded: float
    paid: float | None
    assured: float
    verdicts: tuple[Verdict, ...]
    sentence: str


@dataclass(frozen=True)
class Award:
    """The fates of all bids, in the order they were given, and what they come to.

    ``left`` (t/year) and ``places_left`` are not awarded; a second round is an award of new bids by terms with these.
    ``yearly_incentive`` is money at full output of what is awarded, before any other ceiling. ``open_bidders`` could
    yet be awarded something: until it is known whether they pass, the award is not final. ``rests_on`` are the inferred
    and unknown rules it rests on, ``idle`` those that decided nothing here (no tie, no bid that only partly fits).
    """

    rows: tuple[Fate, ...]
    tonnes: float
    awards: int
    left: float
    places_left: int
    yearly_incentive: float
    open_bidders: tuple[str, ...]
    rests_on: tuple[str, ...]
    idle: tuple[str, ...]
    uses: tuple[str, ...]

    @property
    def winners(self) -> tuple[Fate, ...]:
        """Return the fates of those that are awarded something, the lowest first."""
        return tuple(sorted((row for row in self.rows if row.awarded > 0), key=lambda row: row.place or 0))


@dataclass(frozen=True)
class _Filled:
    """What a bid in line gets, and why not more."""

    outcome: Outcome
    awarded: float
    paid: float | None
    left: float  # t/year when its turn came
    why: str = ""


def award(bids: Sequence[Bid], terms: AwardTerms, seed: int | None = None) -> Award:
    """Return the award of bids. ``seed`` draws the lot, where ties are broken by lot. Raises ``SchemeError``."""
    _check(bids)
    keys = _line_keys(bids, terms, seed)
    judged = [verdicts(bid, terms) for bid in bids]
    passed = [at for at, found in enumerate(judged) if all(one.result == "pass" for one in found)]
    line = sorted(passed, key=lambda at: keys[at])
    filled = dict(zip(line, fill([bids[at] for at in line], terms), strict=True))
    assured = _assured([at for at in line if filled[at].awarded > 0], filled, terms)
    rows, open_bidders = [], []
    for at, bid in enumerate(bids):
        if at in filled:
            place = line.index(at) + 1
            tied = [bids[one] for one in line if bids[one].rate == bid.rate and one != at]
            said = _said(bid, filled[at], place, assured.get(at, 0.0), terms) + _tied(bid, tied, terms, seed)
            one = filled[at]
            rows.append(Fate(bid, one.outcome, place, one.awarded, one.paid, assured.get(at, 0.0), judged[at], said))
            continue
        stopped = [one for one in judged[at] if one.result == "fail"]
        if stopped:
            reasons = "; ".join(one.reason for one in stopped)
            rows.append(Fate(bid, "not eligible", None, 0.0, None, 0.0, judged[at], f"Not eligible: {reasons}."))
            continue
        said, would = _would(at, bids, keys, line, terms)
        open_bidders += [bid.bidder] if would else []
        unclear = "; ".join(one.reason for one in judged[at] if one.result != "pass")
        rows.append(Fate(bid, "open", None, 0.0, None, 0.0, judged[at], f"No award yet: {unclear}. {said}"))
    idle = _idle([bids[at] for at in line], list(filled.values()), terms)
    won = [one for one in filled.values() if one.awarded > 0]
    tonnes = sum(one.awarded for one in won)
    yearly = sum(one.awarded * 1000.0 * (one.paid or 0.0) for one in won)
    return Award(
        tuple(rows), tonnes, len(won), terms.most_tonnes - tonnes, terms.most_awards - len(won), yearly,
        tuple(open_bidders), tuple(one for one in terms.rests_on if one not in idle),
        tuple(one for one in terms.rests_on if one in idle), terms.uses,
    )  # fmt: skip


def verdicts(bid: Bid, terms: AwardTerms) -> tuple[Verdict, ...]:
    """Return what every rule of eligibility says of a bid: sizes, ceiling, lead, net worth, investment, technical."""
    return (
        _size(bid, terms),
        _rate(bid, terms),
        _lead(bid, terms),
        _enough("net_worth", "net worth", bid.net_worth, bid, terms),
        _enough("investment", "eligible investment", bid.investment, bid, terms),
        _technical(bid, terms),
    )


def fill(line: Sequence[Bid], terms: AwardTerms) -> list[_Filled]:
    """Return what bids in line get, from the lowest up. All have tonnes and a rate."""
    found: list[_Filled] = []
    left, places, lowest, again = terms.most_tonnes, terms.most_awards, None, False
    for bid in line:
        assert bid.tonnes is not None
        assert bid.rate is not None
        part = _down(left, terms)
        if places <= 0:
            found.append(_Filled("not awarded", 0.0, None, left, "places"))
        elif again:
            found.append(_Filled("to bid again", 0.0, None, left, "again"))
        elif terms.match_lowest and lowest is not None and bid.floor is not None and bid.floor > lowest:
            found.append(_Filled("not awarded", 0.0, None, left, "floor"))
        elif bid.tonnes <= left + TINY * terms.step or (terms.last_fit == "cut" and part > 0):
            lowest = bid.rate if lowest is None else lowest
            given = min(bid.tonnes, left) if bid.tonnes <= left + TINY * terms.step else part
            outcome: Outcome = "awarded" if given >= bid.tonnes - TINY * terms.step else "cut"
            found.append(_Filled(outcome, given, lowest if terms.match_lowest else bid.rate, left))
            left, places = left - given, places - 1
        elif terms.last_fit == "rebid" and part > 0:
            again = True
            found.append(_Filled("to bid again", 0.0, None, left, "again"))
        else:
            found.append(_Filled("not awarded", 0.0, None, left, "tonnes"))
    return found


def _check(bids: Sequence[Bid]) -> None:
    names = [bid.bidder for bid in bids]
    for bid in bids:
        if names.count(bid.bidder) > 1:
            raise SchemeError(f"Two bids are of '{bid.bidder}'. Give each bidder one bid, or its own name.")
        for name in ("tonnes", "rate", "net_worth", "investment", "lead_share", "floor"):
            number = getattr(bid, name)
            if number is not None and not math.isfinite(number):
                raise SchemeError(f"The {name} of '{bid.bidder}' is not a number. Give one, or leave it out.")
            if number is not None and number < 0 and name != "net_worth":
                raise SchemeError(f"The {name} of '{bid.bidder}' is {number:g}, below 0. Mend it.")
        if bid.technical is not None and bid.technical not in TECHNICAL:
            known = ", ".join(TECHNICAL)
            raise SchemeError(f"The technical result of '{bid.bidder}' is '{bid.technical}'. Say one of: {known}.")


def _line_keys(bids: Sequence[Bid], terms: AwardTerms, seed: int | None) -> list[tuple[float, float, int]]:
    """Return what bids are ordered by: rate, the tie-break, the place in the list."""
    lots: dict[str, int] = {}
    if terms.tie == "lot":
        if seed is None:
            raise SchemeError("Ties are broken by lot, and a lot needs a seed. Give one, or choose another tie-break.")
        names = sorted(bid.bidder for bid in bids)  # so that the order of the list does not matter
        lots = dict(zip(names, np.random.default_rng(seed).permutation(len(names)).tolist(), strict=True))
    keys = []
    for at, bid in enumerate(bids):
        tonnes = bid.tonnes or 0.0
        by = {"larger": -tonnes, "smaller": tonnes, "lot": lots.get(bid.bidder, 0), "earlier": math.inf}[terms.tie]
        if terms.tie == "earlier" and bid.received is not None:
            by = bid.received.toordinal()
        keys.append((math.inf if bid.rate is None else bid.rate, float(by), at))
    return keys


def _down(left: float, terms: AwardTerms) -> float:
    """Return the largest size of an award, t/year, that is not above ``left``; 0 if none is."""
    steps = math.floor((left - terms.least) / terms.step + TINY)
    return 0.0 if steps < 0 else min(terms.least + steps * terms.step, terms.largest)


def _size(bid: Bid, terms: AwardTerms) -> Verdict:
    low, high, step = (_number(one) for one in (terms.least, terms.largest, terms.step))
    wanted = f"{low} to {high} t/year in steps of {step}"
    if bid.tonnes is None:
        return _verdict(terms, "least", "cannot tell", "the tonnes bid for are not given")
    steps = (bid.tonnes - terms.least) / terms.step
    inside = terms.least - TINY <= bid.tonnes <= terms.largest + TINY
    fits = inside and abs(steps - round(steps)) <= TINY * max(1.0, abs(steps))
    said = f"{_number(bid.tonnes)} t/year is {'one' if fits else 'none'} of {wanted}"
    return _verdict(terms, "least", "pass" if fits else "fail", said)


def _rate(bid: Bid, terms: AwardTerms) -> Verdict:
    if bid.rate is None:
        return _verdict(terms, "ceiling", "cannot tell", "the rate asked is not given")
    said = f"the rate of {_rated(bid.rate, terms)} is "
    below = bid.rate <= terms.ceiling
    said += f"{'not ' if below else ''}above the ceiling of {_rated(terms.ceiling, terms)}"
    return _verdict(terms, "ceiling", "pass" if below else "fail", said)


def _lead(bid: Bid, terms: AwardTerms) -> Verdict:
    least = f"the least of {100 * terms.lead_share:.4g} %"
    if bid.lead_share is None:
        return _verdict(terms, "lead_share", "cannot tell", "the lead member's share of the equity is not given")
    enough = bid.lead_share >= terms.lead_share
    said = f"the lead member's {100 * bid.lead_share:.6g} % of the equity is {'not ' if enough else ''}below {least}"
    return _verdict(terms, "lead_share", "pass" if enough else "fail", said)


def _enough(term: str, what: str, given: float | None, bid: Bid, terms: AwardTerms) -> Verdict:
    if given is None:
        return _verdict(terms, term, "cannot tell", f"its {what} is not given")
    if bid.tonnes is None:
        return _verdict(terms, term, "cannot tell", f"how much {what} it needs is not known without its tonnes")
    least = at_step(getattr(terms, term), bid.tonnes)
    if least is None:
        return _verdict(terms, term, "cannot tell", f"no least {what} is given for {_number(bid.tonnes)} t/year")
    enough = given >= least
    own, asked = _apart(given, least, terms)
    below = f"{'not ' if enough else ''}below the least of {asked} for {_number(bid.tonnes)} t/year"
    return _verdict(terms, term, "pass" if enough else "fail", f"its {what} of {own} is {below}")


def _technical(bid: Bid, terms: AwardTerms) -> Verdict:
    said = {
        "pass": "its technical bid passed",
        "fail": "its technical bid failed",
        "not yet": "its technical bid is not yet judged",
    }
    if bid.technical is None:
        return _verdict(terms, "technical", "cannot tell", "the result of its technical bid is not given")
    return _verdict(terms, "technical", TECHNICAL[bid.technical], said[bid.technical])


def _verdict(terms: AwardTerms, term: str, result: Result, reason: str) -> Verdict:
    return Verdict(terms.by.get(term, term), result, reason)


def _assured(winners: Sequence[int], filled: Mapping[int, _Filled], terms: AwardTerms) -> dict[int, float]:
    """Return the assured oxide, t/year, of the lowest winners."""
    lowest = winners[: terms.assured_to]
    weights = {at: filled[at].awarded if terms.assured_split == "award" else 1.0 for at in lowest}
    total = sum(weights.values())
    return {at: terms.assured_tonnes * weight / total for at, weight in weights.items()}


def _idle(line: Sequence[Bid], filled: Sequence[_Filled], terms: AwardTerms) -> set[str]:
    """Return the rules that decided nothing: of ties where no rates are equal, of part fits where every bid fits."""
    rates = [bid.rate for bid in line]
    parts = any(one.outcome in ("cut", "to bid again") or one.why == "tonnes" for one in filled)
    found = {"tie": len(set(rates)) == len(rates), "last_fit": not parts}
    return {terms.by.get(term, term) for term, idle in found.items() if idle}


def _would(
    at: int, bids: Sequence[Bid], keys: Sequence[tuple[float, float, int]], line: Sequence[int], terms: AwardTerms
) -> tuple[str, bool]:
    """Return in a sentence what a bid that is not judged yet would get if it passed, and whether that is anything."""
    bid = bids[at]
    if bid.tonnes is None or bid.rate is None:
        return "It cannot be placed in line.", True
    among = sorted([*line, at], key=lambda one: keys[one])
    got = fill([bids[one] for one in among], terms)[among.index(at)]
    place = f"it would stand at L{among.index(at) + 1} and "
    if got.awarded > 0:
        return f"If it passes, {place}be awarded {_number(got.awarded)} t/year.", True
    if got.outcome == "to bid again":
        return f"If it passes, {place}could bid again for what is left.", True
    return f"Even if it passes, {place}get no award.", False


def _said(bid: Bid, got: _Filled, place: int, assured: float, terms: AwardTerms) -> str:
    assert bid.tonnes is not None
    assert bid.rate is not None
    start = f"L{place} at {_rated(bid.rate, terms)}: "
    wanted, left = f"{_number(bid.tonnes)} t/year", f"{_number(got.left)} t/year"
    if got.paid is not None:
        paid = f", paid {_rated(got.paid, terms)}"
        if got.paid != bid.rate:
            paid = f", paid the lowest rate of {_rated(got.paid, terms)}"
            paid += " if it matches that" if bid.floor is None else ""
        oxide = f"; {_number(assured)} t/year of oxide are assured to it" if assured else ""
        if got.outcome == "cut":
            return f"{start}awarded {_number(got.awarded)} of the {wanted} bid for, as {left} were left{paid}{oxide}."
        return f"{start}awarded the {wanted} bid for{paid}{oxide}."
    if got.why == "places":
        whole = {0: "no award is to be made", 1: "the one award went to a bid before it"}
        reason = whole.get(terms.most_awards, f"all {terms.most_awards} awards went to bids before it")
        return f"{start}no award, as {reason}."
    if got.why == "floor":
        return f"{start}no award, as it would not match the lowest rate."
    if got.why == "again":
        return f"{start}no award yet: {left} are left and put to bid again, and it may bid."
    return f"{start}no award, as only {left} were left of the {_number(terms.most_tonnes)}, and it bid for {wanted}."


def _tied(bid: Bid, tied: Sequence[Bid], terms: AwardTerms, seed: int | None) -> str:
    """Return in a sentence what parts a bid from others of its rate; nothing if it is alone."""
    if not tied:
        return ""
    start = f" It is tied with {', '.join(sorted(one.bidder for one in tied))}: "
    listed = "stand as they are listed"
    if terms.tie == "lot":
        return f"{start}a lot parts them (seed {seed})."
    if terms.tie == "earlier":
        if any(one.received is None for one in (bid, *tied)):
            return f"{start}the earlier goes first, and cannot be told, as a day is missing: bids without one go last."
        same = any(one.received == bid.received for one in tied)
        return f"{start}the earlier goes first{f'; those of one day {listed}' if same else ''}."
    same = any(one.tonnes == bid.tonnes for one in tied)
    return f"{start}the {terms.tie} goes first{f'; those of one size {listed}' if same else ''}."


def _number(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")


def _rated(rate: float, terms: AwardTerms) -> str:
    return f"{_number(rate)} {terms.currency}/kg" if terms.currency else f"{_number(rate)}/kg"


def _apart(one: float, other: float, terms: AwardTerms) -> tuple[str, str]:
    """Return two sums with as many digits as they need to differ; one that is too small for the word, in full."""
    word, size = terms.money
    for digits in range(2, MOST_DIGITS):
        shown = [f"{side / size:,.{digits}f}".rstrip("0").rstrip(".") for side in (one, other)]
        if one == other or shown[0] != shown[1]:
            break
    plain = [0 < abs(side) < SMALL * size for side in (one, other)]
    said = [
        f"{side:,.10g} {terms.currency}".rstrip() if small else f"{text} {word}"
        for side, text, small in zip((one, other), shown, plain, strict=True)
    ]
    return said[0], said[1]
