"""Dated rules of producer responsibility, as data: each value with its citation, standing and days.

The rules of a country are a file in ``rules/``; the country of the catalogue chooses it. An operator's own file of the
same name in the folder of settings replaces it. Shares are text ("0.6"), so that they are exact.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from chumbak.custody.claims.rules import STANDINGS
from chumbak.custody.ledger.origin import KINDS
from chumbak.elements.masses import ELEMENTS
from chumbak.exchange.desk import Settings
from chumbak.yaml_text import parsed

RULES = Path(__file__).parent / "rules"
SURE = STANDINGS | {"assumed": "no text says so: taken by whoever wrote the rules"}
THE_DAY, YEAR_END = "the day", "the end of the fiscal year"
ASKED = ("target", "metals", "carried", "composition", "conversion", "origins", "validity", "denominations",
         "price band", "compensation")  # fmt: skip
_RULE = {"id", "title", "citation", "standing", "source", "from", "to", "note", "value"}
_PACK = {"id", "title", "jurisdiction", "read on", "fiscal year begins", "note", "categories", "rules"}
OTHERS = "others"


class DutyError(ValueError):
    """A file of rules that cannot be used; the message tells every fault."""


@dataclass(frozen=True)
class Rule:
    """One rule. ``standing`` is a key of ``SURE``; days are inclusive; ``value`` is checked for its id."""

    id: str
    title: str
    citation: str
    standing: str
    source: str
    value: Any
    first: dt.date
    last: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class Duties:
    """The rules of a country. Masses in grams, money in paise."""

    id: str
    title: str
    jurisdiction: str
    read_on: dt.date
    year_begins: tuple[int, int]
    categories: Mapping[str, str]
    rules: Mapping[str, Rule]
    note: str = ""

    def year_of(self, day: dt.date) -> int:
        """Return the fiscal year of a day, by the calendar year in which it begins."""
        return day.year if (day.month, day.day) >= self.year_begins else day.year - 1

    def begins(self, year: int) -> dt.date:
        """Return the first day of a fiscal year."""
        return dt.date(year, *self.year_begins)

    def name(self, year: int) -> str:
        """Return a fiscal year as it is written: 2026-27, or 2026 where it is the calendar's."""
        return str(year) if self.year_begins == (1, 1) else f"{year}-{(year + 1) % 100:02d}"

    def named(self, text: str) -> int:
        """Return the year of a name. Raises ``ValueError``."""
        year = int(text[:4])
        if text not in (self.name(year), str(year)):
            raise ValueError(text)
        return year

    def target(self, year: int) -> Fraction | None:
        """Return the share of a fiscal year that has to be recycled, None where no rule says."""
        return self._step("target", year)

    def phase(self, metal: str, year: int) -> Fraction | None:
        """Return the part of the obligation of a metal that counts in a fiscal year: 1 unless a rule says otherwise."""
        return self._step(f"phase {metal}", year) if f"phase {metal}" in self.rules else Fraction(1)

    @property
    def metals(self) -> tuple[str, ...]:
        """Return the metals that have certificates."""
        return tuple(self.rules["metals"].value)

    @property
    def carried(self) -> tuple[str, ...]:
        """Return the metals that are counted without a certificate."""
        return tuple(self.rules["carried"].value)

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the kinds of origin that count."""
        return tuple(self.rules["origins"].value)

    def factor(self, metal: str) -> Fraction:
        """Return the certificate of a unit of metal sold; 0 where none is known."""
        return Fraction(self.rules["conversion"].value.get(metal) or 0)

    def sizes(self, metal: str) -> tuple[int, ...]:
        """Return the sizes of certificates in grams, largest first."""
        listed = self.rules["denominations"].value
        return tuple(sorted(listed.get(metal, listed[OTHERS]), reverse=True))

    def band(self, metal: str) -> tuple[Fraction, Fraction] | None:
        """Return the least and the highest price in paise a kilogram, None where the compensation is not known."""
        whole = self.rules["compensation"].value.get(metal)
        share = self.rules["price band"].value
        return None if whole is None else (whole * Fraction(share["low"]), whole * Fraction(share["high"]))

    def ends(self, made: dt.date) -> dt.date:
        """Return the day from which a certificate of a day no longer holds."""
        value = self.rules["validity"].value
        start = made if value["counted from"] == THE_DAY else self.begins(self.year_of(made) + 1)
        months = start.month - 1 + value["months"]
        year, month = start.year + months // 12, months % 12 + 1
        for day in range(start.day, 27, -1):
            try:
                return dt.date(year, month, day)
            except ValueError:
                continue
        return dt.date(year, month, start.day)

    def content(self, item: str) -> Mapping[str, Fraction] | None:
        """Return kg of each metal in a kg of an item, None where the rules do not say."""
        found = self.rules["composition"].value.get(item)
        return None if found is None else {metal: Fraction(share) for metal, share in found.items()}

    def _step(self, id: str, year: int) -> Fraction | None:
        rule = self.rules[id]
        if rule.last and self.begins(year) > rule.last:
            return None
        reached = [(first, share) for first, share in rule.value["by fiscal year"].items() if first <= year]
        return Fraction(max(reached)[1]) if reached else None


def duties_for(country: str, settings: Settings) -> Duties | None:
    """Return the rules of a country, None where there are none. Raises ``DutyError``."""
    for path in sorted(RULES.glob("*.yaml")):
        chosen = settings.file(path)
        try:
            text = chosen.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DutyError(f"{chosen.name} cannot be read: {error}.") from error
        found = read(text, chosen.name)
        if found.jurisdiction == country:
            return found
    return None


@lru_cache(maxsize=16)
def read(text: str, where: str) -> Duties:
    """Return the rules of a YAML text; ``where`` names it in messages. Raises ``DutyError`` with every fault."""
    document = parsed(text, where, DutyError)
    if not isinstance(document, dict) or not isinstance(document.get("rules"), list):
        raise DutyError(f"{where} holds no rules: write 'id', 'title', 'jurisdiction', 'categories' and 'rules'.")
    faults = [f"'{name}' is not known" for name in sorted(map(str, document.keys() - _PACK))]
    faults += [f"'{name}' is missing" for name in sorted(_PACK - {"note"} - document.keys())]
    rules: dict[str, Rule] = {}
    for said in document["rules"]:
        rule = _rule(said, faults)
        if rule is not None:
            faults += [f"rule '{rule.id}' stands twice"] if rule.id in rules else []
            faults += [f"rule '{rule.id}': {what}" for what in _faults_of(rule)]
            rules[rule.id] = rule
    faults += [f"the rule '{id}' is missing" for id in ASKED if id not in rules]
    begins = _month_and_day(document.get("fiscal year begins"))
    if begins is None:
        faults.append("'fiscal year begins' is a month and day such as \"04-01\", up to the 28th")
    if not isinstance(document.get("read on"), dt.date):
        faults.append("'read on' is the day on which the rules were read, such as 2026-11-22")
    if not isinstance(document.get("categories"), dict) or not document["categories"]:
        faults.append("'categories' lists codes and names")
    if faults:
        raise DutyError("\n".join(f"{where}: {fault}." for fault in faults))
    assert begins
    return Duties(
        str(document["id"]), str(document["title"]), str(document["jurisdiction"]), document["read on"], begins,
        {str(code): str(name) for code, name in document["categories"].items()}, rules, str(document.get("note", "")),
    )  # fmt: skip


def _rule(said: Any, faults: list[str]) -> Rule | None:
    if not isinstance(said, dict) or "id" not in said:
        faults.append("every rule is a mapping with an 'id'")
        return None
    at = f"rule '{said['id']}'"
    lacking = [name for name in ("title", "citation", "standing", "source", "from", "value") if name not in said]
    faults += [f"{at}: '{name}' is missing" for name in lacking]
    faults += [f"{at}: '{name}' is not known" for name in sorted(map(str, said.keys() - _RULE))]
    if lacking:
        return None
    if str(said["standing"]) not in SURE:
        faults.append(f"{at}: the standing is one of {', '.join(SURE)}")
    for name in ("from", "to"):
        if said.get(name) is not None and not isinstance(said[name], dt.date):
            faults.append(f"{at}: '{name}' is no day such as 2026-04-01")
    return Rule(
        str(said["id"]), str(said["title"]), str(said["citation"]), str(said["standing"]), str(said["source"]),
        said["value"], said["from"], said.get("to"), str(said.get("note", "")).strip(),
    )  # fmt: skip


def _faults_of(rule: Rule) -> list[str]:
    """Return what is wrong with the value of a rule."""
    check = _CHECKS.get("phase" if rule.id.startswith("phase ") else rule.id)
    if check is None:
        return ["no such rule is known"]
    try:
        return [] if check(rule.value) else [f"its value {rule.value!r} cannot be used"]
    except (TypeError, ValueError, ZeroDivisionError, KeyError, AttributeError):
        return [f"its value {rule.value!r} cannot be used"]


def _share(value: Any, most: int | None = 1) -> bool:
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return False
    return Fraction(value) >= 0 and (most is None or Fraction(value) <= most)


def _steps(value: Any) -> bool:
    listed = value["by fiscal year"]
    return bool(listed) and all(type(year) is int and _share(share) for year, share in listed.items())


def _elements(value: Any) -> bool:
    return isinstance(value, list) and all(one in ELEMENTS for one in value)


def _by_metal(value: Any, good: Any) -> bool:
    return isinstance(value, dict) and all(name in ELEMENTS and good(one) for name, one in value.items())


def _sizes(value: Any) -> bool:
    named = all(name == OTHERS or name in ELEMENTS for name in value)
    return named and bool(value[OTHERS]) and all(type(g) is int and g > 0 for listed in value.values() for g in listed)


def _is_band(value: Any) -> bool:
    return (
        _share(value["low"], None) and _share(value["high"], None) and Fraction(value["low"]) <= Fraction(value["high"])
    )


def _is_validity(value: Any) -> bool:
    return type(value["months"]) is int and value["months"] > 0 and value["counted from"] in (THE_DAY, YEAR_END)


_CHECKS: dict[str, Any] = {
    "target": _steps,
    "phase": _steps,
    "metals": _elements,
    "carried": _elements,
    "composition": lambda value: all(_by_metal(one, _share) and _whole(one) for one in value.values()),
    "conversion": lambda value: _by_metal(value, lambda one: one is None or _share(one)),
    "origins": lambda value: bool(value) and set(value) <= set(KINDS),
    "validity": _is_validity,
    "denominations": _sizes,
    "price band": _is_band,
    "compensation": lambda value: _by_metal(value, lambda one: one is None or (type(one) is int and one > 0)),
}


def _whole(content: Mapping[str, str]) -> bool:
    return sum(map(Fraction, content.values())) <= 1


def _month_and_day(text: Any) -> tuple[int, int] | None:
    try:
        month, day = map(int, str(text).split("-"))
        dt.date(2001, month, day)
    except ValueError:
        return None
    return (month, day) if day <= 28 else None
