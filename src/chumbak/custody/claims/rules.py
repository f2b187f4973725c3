"""Dated rule packs: what laws ask of a magnet, as data. The code knows kinds of test; every rule is a file's.

A pack is a YAML file in ``rules/``. A rule names its citation, its dates, whether it is adopted or pending, how sure
its wording is, and one test with its parameters. ``verdict`` judges. Numbers in packs are whole or text ("0.2"), never
binary floating point. A pack with a fault is refused as a whole, with every fault told.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from chumbak.custody.ledger.amounts import exact
from chumbak.custody.ledger.origin import COUNTRIES, KINDS, STEPS
from chumbak.elements.masses import ELEMENTS
from chumbak.yaml_text import parsed

STANDINGS = {
    "stated": "the text of the law was read",
    "second-hand": "a description of the law was read",
    "recalled": "neither was read: to be verified",
}

# Kinds of test and their parameters: what each holds, and whether it has to be given.
Words, Number = "words", "number"
TESTS: dict[str, dict[str, tuple[str, bool]]] = {
    "taint by country": {"countries": ("countries", True), "steps": ("steps", True), "elements": ("elements", False)},
    "shows": {"fact": ("word", True), "items": (Words, True)},
    "share published": {"fact": ("word", True), "elements": ("elements", True), "kinds": ("kinds", True)},
    "minimum share": {"shares": ("shares", True), "kinds": ("kinds", True)},
    "is so": {"fact": ("word", True)},
    "among": {"fact": ("word", True), "items": (Words, True)},
    "covers": {"fact": ("word", True), "of": ("word", True), "by fiscal year": ("steps by year", True),
               "fiscal year begins": ("month and day", True)},
    "within": {"fact": ("word", True), "of": ("word", True), "low": (Number, True), "high": (Number, True)},
    "valid for": {"fact": ("word", True), "months": ("months", True), "counted from": ("days to count from", True),
                  "fiscal year begins": ("month and day", True)},
}  # fmt: skip
COUNTED_FROM = ("the day", "the end of the fiscal year")
_MONTH_AND_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])", re.ASCII)
_COMPARISONS = ("among", "over", "below")
_RULE = {"id", "title", "citation", "standing", "source", "note", "from", "to", "pending", "applies", "exempt",
         "excepted", "test", "with"}  # fmt: skip
_PACK = {"id", "title", "jurisdiction", "read on", "note", "rules"}


class RuleError(ValueError):
    """A pack that cannot be used; the message tells every fault."""


class FactError(ValueError):
    """A fact in a form that a rule cannot use; the message names it."""


def number_of(name: str, value: Any) -> Fraction:
    """Return a fact as an exact number of zero or more. Raises ``FactError``."""
    if isinstance(value, Fraction):
        if value < 0:
            raise FactError(f"The fact '{name}' is below zero.")
        return value
    try:
        return exact(value)
    except ValueError as error:
        raise FactError(f"The fact '{name}' is no number that can be used: {error}.") from error


@dataclass(frozen=True)
class Condition:
    """One thing asked of a fact: that it is ``among`` some values, ``over`` or ``below`` a number."""

    fact: str
    comparison: str
    value: frozenset[Any] | Fraction

    def holds(self, facts: Mapping[str, Any]) -> bool | None:
        """Say whether it holds, None where the fact is not known."""
        found = facts.get(self.fact)
        if found is None:
            return None
        if isinstance(self.value, frozenset):
            if not isinstance(found, (str, bool)):
                raise FactError(f"The fact '{self.fact}' is neither a word nor true or false.")
            return found in self.value
        number = number_of(self.fact, found)
        return number > self.value if self.comparison == "over" else number < self.value

    def __str__(self) -> str:
        if isinstance(self.value, frozenset):
            return f"{self.fact} is {' or '.join(sorted(map(_said, self.value)))}"
        return f"{self.fact} is {self.comparison} {_said(self.value)}"


@dataclass(frozen=True)
class Exemption:
    """A case in which a rule does not bind: conditions that must all hold, and how sure its wording is."""

    conditions: tuple[Condition, ...]
    standing: str


@dataclass(frozen=True)
class Rule:
    """One rule.

    ``first`` and ``last`` are the days between which it is in force (None: open); ``pending`` says why it is not
    adopted or dated yet ("" where it is), and then ``first`` is the earliest day that it can be in force.
    ``applies`` are conditions that must all hold for the rule to bind; ``exempt`` and ``excepted`` are cases in which
    it does not (exempt: not of this rule; excepted: allowed in spite of the test). ``test`` is one of ``TESTS``.
    """

    id: str
    title: str
    citation: str
    standing: str
    source: str
    test: str
    parameters: Mapping[str, Any]
    first: dt.date | None = None
    last: dt.date | None = None
    pending: str = ""
    note: str = ""
    applies: tuple[Condition, ...] = ()
    exempt: tuple[Exemption, ...] = ()
    excepted: tuple[Exemption, ...] = ()


@dataclass(frozen=True)
class RulePack:
    """Rules of one law or family of laws, as they were read on a day."""

    id: str
    title: str
    jurisdiction: str
    read_on: dt.date
    rules: tuple[Rule, ...]
    note: str = ""

    def rule(self, id: str) -> Rule:
        """Return a rule by its id. Raises ``KeyError``."""
        return {rule.id: rule for rule in self.rules}[id]


def available() -> list[str]:
    """Return the names of the packs that come with Chumbak."""
    return sorted(
        path.name[:-5] for path in files(__package__).joinpath("rules").iterdir() if path.name.endswith(".yaml")
    )


@lru_cache(maxsize=32)
def load(name: str) -> RulePack:
    """Return a pack that comes with Chumbak, by name. Raises ``RuleError``."""
    if name not in available():
        raise RuleError(f"There is no rule pack '{name}'; there is {', '.join(available())}.")
    return read(files(__package__).joinpath("rules", f"{name}.yaml").read_text(encoding="utf-8"), f"{name}.yaml")


def load_file(path: Path) -> RulePack:
    """Return a pack from a file of the user's. Raises ``RuleError``."""
    try:
        return read(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"The rule pack {path} cannot be read: {error}.") from error


def read(text: str, where: str) -> RulePack:
    """Return the pack of a YAML text; ``where`` names it in messages. Raises ``RuleError`` with every fault."""
    document = parsed(text, where, RuleError)
    if not isinstance(document, dict):
        raise RuleError(f"{where} is no rule pack: write 'id', 'title', 'jurisdiction', 'read on' and 'rules'.")
    reader = _Reader(where)
    pack = reader.pack(document)
    if reader.faults:
        raise RuleError("\n".join(reader.faults))
    return pack


@dataclass
class _Reader:
    """Reads one pack and keeps the faults together."""

    where: str
    faults: list[str] = field(default_factory=list)

    def fault(self, at: str, what: str) -> None:
        self.faults.append(f"{self.where}: {at}: {what}.")

    def pack(self, document: dict[Any, Any]) -> RulePack:
        self.known(document, _PACK, "the pack")
        listed = document.get("rules")
        if not isinstance(listed, list) or not listed:
            self.fault("rules", "there are none; write a list")
            listed = []
        rules = [self.rule(entry, f"rule {number}") for number, entry in enumerate(listed, 1)]
        ids = [rule.id for rule in rules]
        for id in sorted({id for id in ids if ids.count(id) > 1}):
            self.fault(id, "two rules have this id")
        return RulePack(
            self.text(document, "id", "the pack"),
            self.text(document, "title", "the pack"),
            self.text(document, "jurisdiction", "the pack"),
            self.date(document, "read on", "the pack") or dt.date.min,
            tuple(rules),
            self.text(document, "note", "the pack", ""),
        )

    def rule(self, entry: Any, at: str) -> Rule:
        if not isinstance(entry, dict):
            self.fault(at, "it is no mapping")
            entry = {}
        at = str(entry.get("id", at))
        self.known(entry, _RULE, at)
        first, last = self.date(entry, "from", at, True), self.date(entry, "to", at, True)
        pending = self.text(entry, "pending", at, "")
        if first is None and not pending:
            self.fault(
                at, "it has no day from which it is in force; give 'from', or say in 'pending' why there is none"
            )
        if first and last and last < first:
            self.fault(at, "it ends before it begins")
        test = self.text(entry, "test", at)
        return Rule(
            self.text(entry, "id", at),
            self.text(entry, "title", at),
            self.text(entry, "citation", at),
            self.standing(entry, at),
            self.text(entry, "source", at),
            test,
            self.parameters(test, entry.get("with", {}), at),
            first,
            last,
            pending,
            self.text(entry, "note", at, ""),
            self.conditions(entry.get("applies", []), f"{at}: applies"),
            self.exceptions(entry.get("exempt", []), f"{at}: exempt"),
            self.exceptions(entry.get("excepted", []), f"{at}: excepted"),
        )

    def known(self, entry: Mapping[Any, Any], keys: set[str], at: str) -> None:
        for key in entry:
            if key not in keys:
                self.fault(at, f"'{key}' is not known; use {', '.join(sorted(keys))}")

    def text(self, entry: Mapping[Any, Any], key: str, at: str, default: str | None = None) -> str:
        value = entry.get(key, default)
        if not isinstance(value, str) or (not value and default is None):
            self.fault(at, f"'{key}' is missing, or is no text")
            return ""
        return " ".join(value.split())

    def date(self, entry: Mapping[Any, Any], key: str, at: str, optional: bool = False) -> dt.date | None:
        value = entry.get(key)
        if value is None and optional:
            return None
        if type(value) is not dt.date:
            self.fault(at, f"'{key}' is missing, or is no day such as 2027-01-01")
            return None
        return value

    def standing(self, entry: Mapping[Any, Any], at: str) -> str:
        value = self.text(entry, "standing", at)
        if value and value not in STANDINGS:
            self.fault(at, f"'{value}' is no standing; use {', '.join(STANDINGS)}")
        return value

    def conditions(self, listed: Any, at: str) -> tuple[Condition, ...]:
        found = []
        for entry in listed if isinstance(listed, list) else [listed]:
            compared = [key for key in _COMPARISONS if isinstance(entry, dict) and key in entry]
            if len(compared) != 1 or set(entry) != {"fact", *compared} or not isinstance(entry["fact"], str):
                self.fault(at, f"a condition is 'fact' and one of {', '.join(_COMPARISONS)}")
                continue
            (comparison,) = compared
            value = entry[comparison]
            if comparison == "among":
                if not isinstance(value, list) or not all(isinstance(part, (str, bool)) for part in value):
                    self.fault(at, "'among' is a list of words")
                    continue
                found.append(Condition(entry["fact"], comparison, frozenset(value)))
            elif (number := self.number(value, at)) is not None:
                found.append(Condition(entry["fact"], comparison, number))
        return tuple(found)

    def exceptions(self, listed: Any, at: str) -> tuple[Exemption, ...]:
        found = []
        for entry in listed if isinstance(listed, list) else [listed]:
            if not isinstance(entry, dict) or set(entry) != {"all", "standing"}:
                self.fault(at, "an exception is 'all' (conditions) and 'standing'")
                continue
            found.append(Exemption(self.conditions(entry["all"], at), self.standing(entry, at)))
        return tuple(found)

    def number(self, value: Any, at: str) -> Fraction | None:
        try:
            return exact(value)
        except ValueError as error:
            self.fault(at, str(error))
            return None

    def parameters(self, test: str, given: Any, at: str) -> dict[str, Any]:
        if test not in TESTS:
            self.fault(at, f"'{test}' is no kind of test; use {', '.join(TESTS)}")
            return {}
        if not isinstance(given, dict):
            self.fault(at, "'with' is no mapping")
            return {}
        known = TESTS[test]
        for name in given:
            if name not in known:
                self.fault(at, f"the test '{test}' has no '{name}'; it has {', '.join(known)}")
        found = {}
        for name, (form, required) in known.items():
            if name in given:
                found[name] = self.parameter(form, given[name], f"{at}: {name}")
            elif required:
                self.fault(at, f"the test '{test}' needs '{name}'")
        return found

    def parameter(self, form: str, value: Any, at: str) -> Any:
        """Return a parameter in the form that its test takes."""
        if form == "word":
            if not isinstance(value, str):
                self.fault(at, "this is no word")
            return value
        if form == Number:
            return self.number(value, at)
        if form == "months":
            if type(value) is not int or not 0 < value < 1200:
                self.fault(at, "this is no whole number of months")
            return value
        if form == "month and day":
            if not isinstance(value, str) or not _MONTH_AND_DAY.fullmatch(value):
                self.fault(at, 'this is no first day of a fiscal year such as "04-01"')
            return value
        if form == "shares":
            if not isinstance(value, dict) or not set(value) <= ELEMENTS:
                self.fault(at, "this is no mapping of elements to shares")
                return {}
            return {element: self.number(share, at) for element, share in value.items()}
        if form == "steps by year":
            if not isinstance(value, dict) or not all(type(year) is int for year in value):
                self.fault(at, "this is no mapping of fiscal years (by the year in which they begin) to shares")
                return {}
            return {year: None if share is None else self.number(share, at) for year, share in sorted(value.items())}
        among: frozenset[str] | None = {
            "countries": COUNTRIES, "steps": frozenset(STEPS), "elements": ELEMENTS, "kinds": frozenset(KINDS),
            "days to count from": frozenset(COUNTED_FROM),
        }.get(form)  # fmt: skip
        if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
            self.fault(at, "this is no list of words")
            return ()
        for part in value:
            if among is not None and part not in among:
                self.fault(at, f"'{part}' is none of the {form}")
        return tuple(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "so" if value else "not so"
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    return str(value)
