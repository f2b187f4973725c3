"""Judging a lot or a product by dated rules: pass, fail, not yet applicable, cannot tell; each with the reason.

A rule that is pending or not yet in force never fails: the verdict says so, and beside it what the rule would say as it
is written. What is not known is never taken for good: "cannot tell" is the answer wherever a fact or a country is
missing that the outcome hangs on. Nothing here is legal advice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from chumbak.custody.claims.attribution import Claim, Holding, percent, shares_of, shifted, taint
from chumbak.custody.claims.rules import Condition, FactError, Rule, RulePack, number_of
from chumbak.custody.ledger.amounts import shown
from chumbak.custody.ledger.origin import UNKNOWN

Result = Literal["pass", "fail", "not yet applicable", "cannot tell"]
RESULTS: tuple[Result, ...] = ("pass", "fail", "not yet applicable", "cannot tell")
Told = tuple[Result, str]
_MOST_NAMED = 4


@dataclass(frozen=True)
class Subject:
    """What is judged: what it holds by the ledger, and facts that the ledger does not know.

    ``facts`` are words, true or false, days, exact numbers (int, text, Decimal, Fraction), lists of words, or shares by
    element, under the names that the rules use; a fact that is left out is not known. Raises ``ValueError`` for a
    float.
    """

    holding: Holding
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.facts.items():
            parts = value.values() if isinstance(value, Mapping) else [value]
            if any(isinstance(part, float) for part in parts):
                raise ValueError(f"the fact '{name}' is a binary floating-point number; write it as text")


@dataclass(frozen=True)
class Verdict:
    """What a rule says of a subject on a day.

    ``since`` is the day from which the rule is in force (of one pending the earliest, None where nobody knows).
    ``would`` is what it would say if it were in force, None where it is. ``read_on`` is when its pack was read.
    """

    result: Result
    reason: str
    rule: str
    title: str
    citation: str
    pack: str
    day: dt.date
    since: dt.date | None
    standing: str
    read_on: dt.date
    would: Result | None = None

    def document(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            "result": self.result,
            "reason": self.reason,
            "rule": self.rule,
            "title": self.title,
            "citation": self.citation,
            "pack": self.pack,
            "day": str(self.day),
            "since": None if self.since is None else str(self.since),
            "standing": self.standing,
            "readOn": str(self.read_on),
            "would": self.would,
        }


def judge_all(pack: RulePack, subject: Subject, day: dt.date) -> list[Verdict]:
    """Judge by every rule of a pack that has not ended by a day, in the order of the pack."""
    return [judge(pack, rule, subject, day) for rule in pack.rules if rule.last is None or day <= rule.last]


def judge(pack: RulePack, rule: Rule, subject: Subject, day: dt.date) -> Verdict:
    """Judge by one rule. Raises ``ValueError`` if it has ended by then, ``FactError`` for a fact of a wrong form."""
    if rule.last is not None and day > rule.last:
        raise ValueError(f"{rule.id} ended on {rule.last}; it cannot be judged by on {day}")
    result, reason = _bound(rule, subject, day)
    would: Result | None = None
    if rule.pending or (rule.first is not None and day < rule.first):
        would = result
        when = rule.pending.rstrip(".") or f"It is in force from {rule.first}"
        if rule.pending and rule.first is not None:
            when += f"; not before {rule.first}"
        result, reason = "not yet applicable", f"{when}. As it is written it would say '{would}': {reason}"
    return Verdict(
        result, reason, rule.id, rule.title, rule.citation, pack.id, day, rule.first, rule.standing, pack.read_on, would
    )


def _bound(rule: Rule, subject: Subject, day: dt.date) -> Told:
    """Return what a rule says as if it were in force."""
    for exemption in rule.exempt:
        if all(condition.holds(subject.facts) for condition in exemption.conditions):
            return _let_off("The rule does not bind this", exemption.conditions, exemption.standing)
    held = [(condition, condition.holds(subject.facts)) for condition in rule.applies]
    for condition, holds in held:
        if holds is False:
            return "pass", f"The rule does not apply: it asks that {_asked(condition)}."
    for condition, holds in held:
        if holds is None:
            return "cannot tell", f"Whether the rule applies is not known: nothing says whether {_asked(condition)}."
    result, reason = _TESTS[rule.test](rule.parameters, subject, day)
    if result != "pass":
        for exemption in rule.excepted:
            if all(condition.holds(subject.facts) for condition in exemption.conditions):
                told = _let_off("An exception holds", exemption.conditions, exemption.standing)
                return told[0], f"{told[1]} Without it: {reason}"
    return result, reason


def _let_off(what: str, conditions: tuple[Condition, ...], standing: str) -> Told:
    because = " and ".join(map(_asked, conditions))
    if standing == "recalled":
        return "cannot tell", f"{what} if its wording is as recalled ({because}); it is to be verified."
    return "pass", f"{what}: {because}."


def _asked(condition: Condition) -> str:
    return str(condition).replace("_", " ")


# Kinds of test ------------------------------------------------------------------------------------------------------


def _taint(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    """One gram from a covered country fails; one of unknown country leaves it open."""
    if not any(subject.holding.values()):
        return "cannot tell", "The ledger does not know what it holds."
    elements = asked.get("elements")
    if elements is not None and not any(amount and name in elements for (name, _), amount in subject.holding.items()):
        return "cannot tell", f"The ledger holds none of {', '.join(elements)} for it."
    found = taint(subject.holding, asked["countries"], asked["steps"], elements)
    portions = found.covered or found.unknown
    listed = [
        f"{shown(part.amount)} of {part.element} was {part.step} in "
        f"{'a country that is not known' if part.country == UNKNOWN else part.country}"
        for part in portions[:_MOST_NAMED]
    ]
    more = f", and {len(portions) - _MOST_NAMED} more" if len(portions) > _MOST_NAMED else ""
    told = f"{'; '.join(listed)}{more}."
    if found.covered:
        return "fail", told
    if found.unknown:
        return "cannot tell", told
    steps = _list(asked["steps"])
    return "pass", f"Nothing of it was {steps} in {_list(asked['countries'])}."


def _shows(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    items = _words(subject, asked["fact"])
    name = asked["fact"].replace("_", " ")
    if items is None:
        return "cannot tell", f"What the {name} shows is not known."
    missing = [item for item in asked["items"] if item not in items]
    if missing:
        return "fail", f"The {name} does not show {_list(missing, 'nor')}."
    return "pass", f"The {name} shows all that is asked."


def _published(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    """Every element that is held has a published share, and none says more than the ledger shows."""
    published = subject.facts.get(asked["fact"])
    if not any(subject.holding.values()):
        return "cannot tell", "The ledger does not know what it holds."
    if published is None:
        return "cannot tell", "Which shares are published is not known."
    if not isinstance(published, Mapping):
        raise FactError(f"The fact '{asked['fact']}' is no mapping of elements to shares.")
    known = shares_of(subject.holding, Claim("", frozenset(asked["kinds"])))
    counted = [element for element in asked["elements"] if element in known]
    missing = [element for element in counted if element not in published]
    if missing:
        return "fail", f"No share is published of {_list(missing)}, which it holds."
    for element in counted:
        share = number_of(f"{asked['fact']} of {element}", published[element])
        if share > known[element].exact:
            told = (
                f"{percent(share)} % of {element} is published, and the ledger shows {percent(known[element].exact)} %"
            )
            return "fail", f"{told} from {_list(asked['kinds'])} material."
    if not counted:
        return "pass", f"It holds none of {_list(asked['elements'])} by the ledger."
    return "pass", f"The shares of {_list(counted, 'and')} are published, and the ledger bears them out."


def _minimum(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    if not any(subject.holding.values()):
        return "cannot tell", "The ledger does not know what it holds."
    claimed = shares_of(subject.holding, Claim("", frozenset(asked["kinds"])))
    possible = shares_of(subject.holding, Claim("", frozenset({*asked["kinds"], UNKNOWN})))
    open_: list[str] = []
    for element, least in asked["shares"].items():
        if element not in claimed:
            continue
        if possible[element].exact < least:
            told = f"{percent(possible[element].exact)} % of {element} at most, and {percent(least)} % is asked"
            return "fail", f"The share is {told}."
        if claimed[element].exact < least:
            open_.append(element)
    if open_:
        return "cannot tell", f"Part of {_list(open_)} is of unknown origin, on which it hangs."
    return "pass", "Every share that is asked is reached."


def _so(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    found = subject.facts.get(asked["fact"])
    name = asked["fact"].replace("_", " ")
    if not isinstance(found, bool):
        return "cannot tell", f"Nothing says whether '{name}' is so."
    return ("pass", f"'{name}' is so.") if found else ("fail", f"'{name}' is not so.")


def _among(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    found = _words(subject, asked["fact"])
    name = asked["fact"].replace("_", " ")
    if found is None:
        return "cannot tell", f"Nothing says what the {name} are."
    other = sorted(set(found) - set(asked["items"]))
    if other:
        return "fail", f"{_list(other, 'and')} are not among the {name} that count: {_list(asked['items'])}."
    return "pass", f"All of the {name} are among {_list(asked['items'])}."


def _covers(asked: Mapping[str, Any], subject: Subject, day: dt.date) -> Told:
    """A fact reaches a share, which changes by fiscal year, of another."""
    year = _fiscal_year(day, asked["fiscal year begins"])
    steps = asked["by fiscal year"]
    least = steps[max(begun)] if (begun := [step for step in steps if step <= year]) else None
    if least is None:
        return "cannot tell", f"The share for the fiscal year that begins in {year} is not known here."
    has, whole = subject.facts.get(asked["fact"]), subject.facts.get(asked["of"])
    for name, value in ((asked["fact"], has), (asked["of"], whole)):
        if value is None:
            return "cannot tell", f"Nothing says how much '{name.replace('_', ' ')}' is."
    reached = number_of(asked["fact"], has) >= least * number_of(asked["of"], whole)
    told = f"{asked['fact']} is {_shown(has)}, and {percent(least)} % of {asked['of']} ({_shown(whole)}) is asked."
    return "pass" if reached else "fail", told.replace("_", " ")


def _within(asked: Mapping[str, Any], subject: Subject, _: dt.date) -> Told:
    has, whole = subject.facts.get(asked["fact"]), subject.facts.get(asked["of"])
    for name, value in ((asked["fact"], has), (asked["of"], whole)):
        if value is None:
            return "cannot tell", f"Nothing says how much '{name.replace('_', ' ')}' is."
    number, base = number_of(asked["fact"], has), number_of(asked["of"], whole)
    inside = asked["low"] * base <= number <= asked["high"] * base
    told = (
        f"{asked['fact']} is {_shown(has)}, and {percent(asked['low'])} to {percent(asked['high'])} % of {asked['of']}"
    )
    return "pass" if inside else "fail", f"{told} ({_shown(whole)}) is allowed.".replace("_", " ")


def _valid(asked: Mapping[str, Any], subject: Subject, day: dt.date) -> Told:
    """A day is no longer ago than some months; where sources count from different days, all have to agree."""
    issued = subject.facts.get(asked["fact"])
    name = asked["fact"].replace("_", " ")
    if not isinstance(issued, dt.date):
        return "cannot tell", f"Nothing says when '{name}' was."
    if issued > day:
        return "fail", f"'{name}' is {issued}, which is after {day}."
    ends = []
    for counted in asked["counted from"]:
        begin = issued if counted == "the day" else _fiscal_year_end(issued, asked["fiscal year begins"])
        ends.append(shifted(begin, asked["months"]))
    if day <= min(ends):
        return "pass", f"It is valid until {min(ends)} at least."
    if day > max(ends):
        return "fail", f"It was valid until {max(ends)} at most."
    return (
        "cannot tell",
        f"It is valid until {min(ends)} or until {max(ends)}: sources differ on where the time begins.",
    )


_TESTS: dict[str, Callable[[Mapping[str, Any], Subject, dt.date], Told]] = {
    "taint by country": _taint, "shows": _shows, "share published": _published, "minimum share": _minimum,
    "is so": _so, "among": _among, "covers": _covers, "within": _within, "valid for": _valid,
}  # fmt: skip


def _fiscal_year(day: dt.date, begins: str) -> int:
    """Return the calendar year in which the fiscal year of a day begins; ``begins`` is month and day ("04-01")."""
    return day.year if day >= dt.date.fromisoformat(f"{day.year}-{begins}") else day.year - 1


def _fiscal_year_end(day: dt.date, begins: str) -> dt.date:
    return dt.date.fromisoformat(f"{_fiscal_year(day, begins) + 1}-{begins}") - dt.timedelta(days=1)


def _words(subject: Subject, fact: str) -> Collection[str] | None:
    """Return a fact that is a list of words, None where it is not known."""
    found = subject.facts.get(fact)
    if found is None:
        return None
    if isinstance(found, (str, Mapping)) or not isinstance(found, Collection):
        raise FactError(f"The fact '{fact}' is no list of words.")
    return found


def _shown(value: Any) -> str:
    return f"{float(value):g}" if isinstance(value, Fraction) else str(value)


def _list(words: Any, joint: str = "or") -> str:
    listed = [str(word).replace("_", " ") for word in words]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {joint} {listed[-1]}" if listed else "nothing"
