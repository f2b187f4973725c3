"""Rules as data: what an instrument says, how sure that is, and what the user sets instead.

A rule holds named values: a number, a flag, a word, or steps. No name and no number of any country stands here.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal

STANDINGS = ("stated", "second-hand", "inferred", "unknown")
UNSURE = STANDINGS[2:]
RESULTS = ("pass", "fail", "not yet", "cannot tell")
Result = Literal["pass", "fail", "not yet", "cannot tell"]
Steps = tuple[tuple[float, float], ...]  # ((up_to, value), ...), up_to rising
Value = float | bool | str | Steps


class SchemeError(ValueError):
    """A rule, a switch or a bid that cannot be used; the message says which, and how to mend it."""


@dataclass(frozen=True)
class Rule:
    """One rule of a scheme.

    ``values`` are in canonical units (``units``, by name; none for flags and words): money in the currency itself, not
    in thousands or crores of it. ``ranges`` are (low, high) of numbers that have one, ``among`` the words that may be
    chosen. ``of`` names the good or the rung it is of, where there are several. ``first`` and ``last`` are the days it
    is in force, None where that is open.
    """

    id: str
    instrument: str
    title: str
    standing: str
    source: str
    values: Mapping[str, Value]
    note: str = ""
    first: dt.date | None = None
    last: dt.date | None = None
    of: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def in_force(self, day: dt.date) -> bool:
        """Say whether the rule holds on a day."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Scheme:
    """The rules of one scheme.

    ``money`` is how sums are shown: a word (``crore INR``) and how much of the currency it stands for. ``currency`` is
    the currency itself. ``chosen`` names what the user set, as ``rule.value``.
    """

    name: str
    title: str
    rules: tuple[Rule, ...]
    currency: str = ""
    money: tuple[str, float] = ("million", 1e6)
    chosen: tuple[str, ...] = ()

    def find(self, instrument: str) -> tuple[Rule, ...]:
        """Return the rules of an instrument, in order. Raises ``SchemeError`` if there are none."""
        found = tuple(rule for rule in self.rules if rule.instrument == instrument)
        if not found:
            mend = _did_you_mean(instrument, [rule.instrument for rule in self.rules])
            raise SchemeError(f"The scheme '{self.name}' has no rule of the instrument '{instrument}'. {mend}")
        return found

    def rule(self, name: str) -> Rule:
        """Return a rule by its id. Raises ``SchemeError`` if there is none."""
        for rule in self.rules:
            if rule.id == name:
                return rule
        mend = _did_you_mean(name, [rule.id for rule in self.rules])
        raise SchemeError(f"The scheme '{self.name}' has no rule '{name}'. {mend}")

    def holder(self, value: str) -> Rule:
        """Return the rule that says a value. Raises ``SchemeError`` if none does, or several do."""
        found = [rule for rule in self.rules if value in rule.values]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(f"{rule.id}.{value}" for rule in found)
            raise SchemeError(f"Several rules of the scheme '{self.name}' say '{value}': {ids}. Say which is meant.")
        mend = _did_you_mean(value, [one for rule in self.rules for one in rule.values])
        raise SchemeError(f"No rule of the scheme '{self.name}' says '{value}'. {mend}")

    def on(self, day: dt.date) -> Scheme:
        """Return the scheme with the rules in force on a day."""
        return replace(self, rules=tuple(rule for rule in self.rules if rule.in_force(day)))

    def of_standing(self, *standings: str, among: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return the ids of the rules of some standings, in order; of those ``among``, if given."""
        ids = None if among is None else set(among)
        return tuple(rule.id for rule in self.rules if rule.standing in standings and (ids is None or rule.id in ids))


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one case: ``pass``, ``fail``, ``not yet`` or ``cannot tell``, and why."""

    rule: str
    result: Result
    reason: str


def make_scheme(
    name: str, title: str, rows: Iterable[Mapping[str, Any]], currency: str = "", money: tuple[str, float] | None = None
) -> Scheme:
    """Return a scheme of rows that have the fields of ``Rule``. Raises ``SchemeError``."""
    rules = tuple(Rule(**row) for row in rows)
    ids = [rule.id for rule in rules]
    for rule in rules:
        if rule.standing not in STANDINGS:
            raise SchemeError(f"The standing '{rule.standing}' of the rule '{rule.id}' is none of {STANDINGS}.")
        if ids.count(rule.id) > 1:
            raise SchemeError(f"The scheme '{name}' has two rules '{rule.id}'. Give each its own id.")
        for value, said in rule.values.items():
            if isinstance(said, tuple):
                check_steps(said, f"{rule.id}.{value}")
    return Scheme(name, title, rules, currency, money or ("million", 1e6))


def check_steps(steps: Steps, name: str) -> None:
    """Raise ``SchemeError`` unless there are steps, finite, in rising order of what they go up to."""
    ends = [end for end, _ in steps]
    if not steps or ends != sorted(set(ends)) or not all(math.isfinite(one) for pair in steps for one in pair):
        raise SchemeError(f"The steps '{name}' are not numbers in rising order. Mend them: ((up to, value), ...).")


def at_step(steps: Steps, where: float) -> float | None:
    """Return the value of the first step that goes up to ``where`` or beyond; None beyond the last."""
    return next((value for end, value in steps if end >= where), None)


def switched(scheme: Scheme, switches: Mapping[str, Value]) -> Scheme:
    """Return the scheme with values set by the user, each named as ``rule.value``, or ``value`` if one rule has it.

    Raises ``SchemeError`` for a value that no rule has, one of another kind, or a word that cannot be chosen.
    """
    rules = {rule.id: rule for rule in scheme.rules}
    chosen = list(scheme.chosen)
    for name, value in switches.items():
        rule_id, value_name = _named(scheme, name)
        rule = rules[rule_id]
        now = rule.values[value_name]
        full = f"{rule_id}.{value_name}"
        if isinstance(now, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(now) or (isinstance(value, float) and not math.isfinite(value)):
            raise SchemeError(f"'{full}' cannot be {value!r}. {_wanted(now)}")
        allowed = rule.among.get(value_name, ())
        if isinstance(value, str) and allowed and value not in allowed:
            raise SchemeError(f"'{full}' cannot be '{value}'. Say one of: {', '.join(allowed)}.")
        if isinstance(value, tuple):
            check_steps(value, full)
        rules[rule_id] = replace(rule, values={**rule.values, value_name: value})
        chosen += [full] if full not in chosen else []
    return replace(scheme, rules=tuple(rules.values()), chosen=tuple(chosen))


def read_switches(scheme: Scheme, texts: Sequence[str]) -> dict[str, Value]:
    """Return switches written as ``name=value``, in canonical units. Raises ``SchemeError``."""
    found: dict[str, Value] = {}
    for text in texts:
        name, separator, said = (part.strip() for part in text.partition("="))
        if not separator or not name or not said:
            raise SchemeError(f"The switch '{text}' is not a name and a value. Write it as name=value.")
        rule_id, value_name = _named(scheme, name)
        found[f"{rule_id}.{value_name}"] = _read(said, scheme.rule(rule_id).values[value_name], name)
    return found


def _read(said: str, now: Value, name: str) -> Value:
    """Return a text as a value of the kind that stands there now."""
    if isinstance(now, bool) and said in ("true", "false", "yes", "no"):
        return said in ("true", "yes")
    if isinstance(now, str):
        return said
    if isinstance(now, float):
        try:
            return float(said)
        except ValueError:
            pass
    raise SchemeError(f"'{name}' cannot be '{said}'. {_wanted(now)}")


def _named(scheme: Scheme, name: str) -> tuple[str, str]:
    """Return the rule and the value that a switch names."""
    rule_id, point, value = name.rpartition(".")
    if not point:
        return scheme.holder(name).id, name
    rule = scheme.rule(rule_id)
    if value not in rule.values:
        mend = _did_you_mean(value, list(rule.values))
        raise SchemeError(f"The rule '{rule_id}' of the scheme '{scheme.name}' says no '{value}'. {mend}")
    return rule_id, value


def _wanted(now: Value) -> str:
    if isinstance(now, bool):
        return "Say true or false."
    if isinstance(now, tuple):
        return "It has steps: change them in the pack."
    return "Give a word." if isinstance(now, str) else "Give a number."


def _did_you_mean(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    if near:
        return f"Did you mean '{near[0]}'?"
    return f"Known: {', '.join(dict.fromkeys(known))}." if known else "It has none."
