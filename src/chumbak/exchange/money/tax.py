"""Which tax a sale bears, by dated rules: from what both parties are, what is sold, and for how much.

The rules of a country are a file in ``rules/``; the country of the catalogue chooses it. A rule says for whom and for
what it holds and does one of three things: *forward charge* (the seller adds the tax), *reverse charge* (the buyer owes
it to the state), *deduction* (the buyer keeps a share of the value back and passes it on). Rates are the operator's.
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
from chumbak.exchange.desk import Settings
from chumbak.exchange.refusal import N_, Refusal
from chumbak.yaml_text import parsed, text_of

RULES = Path(__file__).parent / "rules"
RATES = Path(__file__).parent / "tax_rates.yaml"
GOODS = ("metal scrap", "devices")
FORWARD, REVERSE, DEDUCTION, NONE = "forward charge", "reverse charge", "deduction", "no tax"
_DOES = (FORWARD, REVERSE, DEDUCTION)
_RULE = {"id", "title", "citation", "standing", "source", "from", "to", "note", "seller registered", "buyer registered",
         "goods", "above paise", "does", "share"}  # fmt: skip
_PARTS = ("same state", "other state", "unknown")


class TaxError(ValueError):
    """A file of rules or rates that cannot be used; the message tells every fault."""


@dataclass(frozen=True)
class Rule:
    """One rule. ``seller`` and ``buyer`` say whether they must be registered (None: either); days are inclusive."""

    id: str
    title: str
    citation: str
    standing: str
    source: str
    does: str
    goods: tuple[str, ...]
    first: dt.date
    last: dt.date | None = None
    note: str = ""
    seller: bool | None = None
    buyer: bool | None = None
    above_paise: int = 0
    share: Fraction = Fraction(0)

    def holds(self, day: dt.date, seller: bool, buyer: bool, goods: str, value_paise: int) -> bool:
        """Say whether it holds for a sale of a value without tax."""
        return (
            self.first <= day <= (self.last or dt.date.max)
            and self.seller in (None, seller)
            and self.buyer in (None, buyer)
            and goods in self.goods
            and value_paise > self.above_paise
        )


@dataclass(frozen=True)
class RulePack:
    """The rules of a country. ``parts`` are the names under which tax is shown, with their shares."""

    id: str
    title: str
    jurisdiction: str
    read_on: dt.date
    year_begins: tuple[int, int]
    parts: Mapping[str, Mapping[str, Fraction]]
    rules: tuple[Rule, ...]
    note: str = ""

    def fiscal_year(self, day: dt.date) -> str:
        """Return the name of the fiscal year of a day: 2026-27, or 2026 where it is the calendar's."""
        first = day.year if (day.month, day.day) >= self.year_begins else day.year - 1
        return str(first) if self.year_begins == (1, 1) else f"{first}-{(first + 1) % 100:02d}"


@dataclass(frozen=True)
class Tax:
    """The tax on a sale, in paise. ``rate`` is None where the operator has set none.

    ``added`` is paid by the buyer to the seller on top of the value (forward charge only); ``owed_by_buyer`` is what
    the buyer owes the state beside (reverse charge); ``withheld`` is kept back of the value. ``parts`` sum to the tax.
    """

    path: str
    rate: Fraction | None
    added: int
    owed_by_buyer: int
    withheld: int
    parts: tuple[tuple[str, int], ...]
    rules: tuple[Rule, ...]


def tax_of(
    pack: RulePack | None, rates: Mapping[str, Fraction | None], day: dt.date, *, seller: bool, buyer: bool, goods: str,
    paise: int, same_state: bool | None = None,
) -> Tax:  # fmt: skip
    """Return the tax on a value of ``paise`` (>= 0) without tax; ``seller`` and ``buyer``: are they registered.

    Raises ``Refusal`` where the seller must add a tax whose rate the operator has not set.
    """
    if pack is None:
        return Tax(NONE, None, 0, 0, 0, (), ())
    found = [rule for rule in pack.rules if rule.holds(day, seller, buyer, goods, paise)]
    charge = next((rule for rule in found if rule.does in (FORWARD, REVERSE)), None)
    kept = next((rule for rule in found if rule.does == DEDUCTION), None)
    rate = rates.get(goods) if charge else None
    if charge and charge.does == FORWARD and rate is None:
        raise Refusal(
            N_(
                "The tax rate for these goods is not set, so a seller who is registered for tax cannot sell them here "
                "yet. Ask who runs this exchange to set it."
            )
        )
    amount = round(rate * paise) if rate is not None else 0
    where = "unknown" if same_state is None else "same state" if same_state else "other state"
    return Tax(
        charge.does if charge else NONE,
        rate,
        amount if charge and charge.does == FORWARD else 0,
        amount if charge and charge.does == REVERSE else 0,
        round(kept.share * paise) if kept else 0,
        shared(amount, pack.parts[where]) if amount else (),
        tuple(rule for rule in (charge, kept) if rule),
    )


def shared(paise: int, parts: Mapping[str, Fraction]) -> tuple[tuple[str, int], ...]:
    """Split paise by shares that sum to one; what is left over of whole paise goes to the largest remainders."""
    cut = {name: int(share * paise) for name, share in parts.items()}
    left = paise - sum(cut.values())
    nearest = sorted(parts, key=lambda name: cut[name] - parts[name] * paise)[:left]
    return tuple((name, part + (1 if name in nearest else 0)) for name, part in cut.items())


def rules_for(country: str, settings: Settings) -> RulePack | None:
    """Return the rules of a country, None where there is no file of it. Raises ``TaxError``."""
    paths = [settings.file(path) for path in sorted(RULES.glob("*.yaml"))]
    packs = (read_rules(text_of(path, TaxError), path.name) for path in paths)
    return next((pack for pack in packs if pack.jurisdiction == country), None)


def rates_of(settings: Settings) -> dict[str, Fraction | None]:
    """Return the rates that the operator has set, None where there is none. Raises ``TaxError``."""
    path = settings.file(RATES)
    return read_rates(text_of(path, TaxError), path.name)


def read_rates(text: str, where: str) -> dict[str, Fraction | None]:
    """Return the rates of a YAML text. Raises ``TaxError``."""
    said = _mapping(text, where)
    if strange := set(map(str, said)) - {"set by", "rates"}:
        raise TaxError(f"{where}: {', '.join(sorted(strange))} is not known; use 'set by' and 'rates'.")
    if not isinstance(said.get("set by"), str) or not said["set by"].strip():
        raise TaxError(f"{where}: 'set by' is empty; write who set these rates.")
    rates = said.get("rates")
    if not isinstance(rates, dict) or set(rates) - set(GOODS):
        raise TaxError(f"{where}: 'rates' should give a rate or null for each of {', '.join(GOODS)}.")
    found = {goods: _rate(rates.get(goods), f"{where}: {goods}") for goods in GOODS}
    return found


def _rate(value: object, at: str) -> Fraction | None:
    return None if value is None else _share(value, at)


@lru_cache(maxsize=16)
def read_rules(text: str, where: str) -> RulePack:
    """Return the rules of a YAML text. Raises ``TaxError`` with every fault."""
    said = _mapping(text, where)
    faults: list[str] = []
    rules = []
    for name in ("id", "title", "jurisdiction"):
        if not isinstance(said.get(name), str) or not said[name].strip():
            faults.append(f"{where}: '{name}' is missing, or is no text.")
    if type(said.get("read on")) is not dt.date:
        faults.append(f"{where}: 'read on' is {said.get('read on')!r}; write a day such as 2027-01-31.")
    listed = said.get("rules")
    for number, entry in enumerate(listed if isinstance(listed, list) else (), 1):
        try:
            if not isinstance(entry, dict):
                raise TaxError(f"{where}: rule {number} is no mapping; write 'id', 'title' and what it does.")
            rules.append(_rule(entry, f"{where}: {entry.get('id', f'rule {number}')}"))
        except TaxError as error:
            faults.append(str(error))
    parts = said.get("parts")
    read: dict[str, dict[str, Fraction]] = {}
    for name in _PARTS:
        entries = parts.get(name) if isinstance(parts, dict) else None
        if not isinstance(entries, dict):
            faults.append(f"{where}: parts: '{name}' is missing; give each part of the tax its share.")
            continue
        try:
            read[name] = {str(part): _share(share, f"{where}: {name}") for part, share in entries.items()}
            if sum(read[name].values()) != 1:
                faults.append(f"{where}: the parts of '{name}' do not sum to 1.")
        except TaxError as error:
            faults.append(str(error))
    begins = str(said.get("fiscal year begins", ""))
    if len(begins) != 5 or not begins[:2].isdigit() or not begins[3:].isdigit():
        faults.append(f"{where}: 'fiscal year begins' is no month and day, written as in '04-01'.")
    if not rules and not faults:
        faults.append(f"{where}: there are no rules.")
    if faults:
        raise TaxError("\n".join(faults))
    return RulePack(
        str(said["id"]), str(said["title"]), str(said["jurisdiction"]), said["read on"],
        (int(begins[:2]), int(begins[3:])), read, tuple(rules), " ".join(str(said.get("note", "")).split()),
    )  # fmt: skip


def _rule(entry: Mapping[str, Any], at: str) -> Rule:
    if strange := set(map(str, entry)) - _RULE:
        raise TaxError(f"{at}: {', '.join(sorted(strange))} is not known; use {', '.join(sorted(_RULE))}.")
    for name in ("id", "title", "citation", "standing", "source", "from", "does", "goods"):
        if not entry.get(name):
            raise TaxError(f"{at}: '{name}' is missing.")
    if str(entry["standing"]) not in STANDINGS:
        raise TaxError(f"{at}: '{entry['standing']}' is no standing; use {', '.join(STANDINGS)}.")
    if str(entry["does"]) not in _DOES:
        raise TaxError(f"{at}: '{entry['does']}' is nothing that a rule does; use {', '.join(_DOES)}.")
    if not isinstance(entry["goods"], list) or any(one not in GOODS for one in entry["goods"]):
        raise TaxError(f"{at}: goods are {', '.join(GOODS)}.")
    if entry["does"] == DEDUCTION and "share" not in entry:
        raise TaxError(f"{at}: 'share' is missing.")
    for name in ("from", "to"):
        if name in entry and type(entry[name]) is not dt.date:
            raise TaxError(f"{at}: '{name}' is no day such as 2027-01-01.")
    for name in ("seller registered", "buyer registered"):
        if entry.get(name) not in (None, True, False):
            raise TaxError(f"{at}: '{name}' is true, false or left out.")
    above = entry.get("above paise", 0)
    if type(above) is not int or above < 0:
        raise TaxError(f"{at}: 'above paise' is {above!r}; write a whole number of paise from 0.")
    return Rule(
        entry["id"], entry["title"], entry["citation"], entry["standing"], entry["source"], entry["does"],
        tuple(entry["goods"]), entry["from"], entry.get("to"), " ".join(str(entry.get("note", "")).split()),
        entry.get("seller registered"), entry.get("buyer registered"), above,
        _share(entry["share"], at) if "share" in entry else Fraction(0),
    )  # fmt: skip


def _share(value: object, at: str) -> Fraction:
    try:
        found = Fraction(value) if isinstance(value, str) or type(value) is int else None
    except (ValueError, ZeroDivisionError):
        found = None
    if found is None or not 0 <= found <= 1:
        raise TaxError(f'{at}: {value!r} is no share between 0 and 1; write it as text, such as "0.18".')
    return found


def _mapping(text: str, where: str) -> dict[str, Any]:
    said = parsed(text, where, TaxError)
    if not isinstance(said, dict):
        raise TaxError(f"{where} is empty, or is no mapping.")
    return said
