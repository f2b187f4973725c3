"""The tariff: what a take-back pays, as a file of who runs the exchange.

The reward of a device is a share of what its recoverable metal is worth after treatment, times a factor for its
condition, plus a bonus, within a floor and a cap. ``tariff.yaml`` beside this module is a sample with invented numbers.
A file with a fault is refused as a whole, with every fault told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.desk import Desk
from chumbak.yaml_text import parsed, text_of

SAMPLE = Path(__file__).with_name("tariff.yaml")
CONDITIONS = ("works", "broken", "parts missing")  # from the best to the worst
DATA = ("erase", "shred", "none")  # what becomes of the data on a device
# What number a kind carries: an IMEI or one of its maker, without which it does not earn; or any number, or none.
IMEI, MAKER, ANY = "imei", "maker", "any"
SERIALS = (IMEI, MAKER, ANY)
RETURN, FIRST_PRICE = "return", "first price"
_KNOWN = {"id", "title", "invented", "note", "share", "conditions", "kinds", "floor", "cap", "round to", "quote",
          "code", "change", "batch"}  # fmt: skip
_MOST_PAISE = 10**11


class TariffError(ValueError):
    """A tariff that cannot be used; the message tells every fault."""


@dataclass(frozen=True)
class Terms:
    """Of one kind: paise on top of the metal, how data are destroyed (``DATA``), what number it has (``SERIALS``)."""

    bonus: int
    data: str
    serial: str = ANY

    @property
    def imei(self) -> bool:
        """Whether its number is an IMEI, and not any number that its maker chose."""
        return self.serial == IMEI


@dataclass(frozen=True)
class Tariff:
    """All of it. Money is in paise, ``share`` and ``conditions`` are exact shares from 0 to 1."""

    id: str
    title: str
    invented: bool
    note: str
    share: Fraction
    conditions: Mapping[str, Fraction]
    kinds: Mapping[str, Terms]
    floor: int
    cap: int
    round_to: int
    quote_days: int
    code_minutes: int
    code_tries: int
    answer_days: int
    when_refused: str
    most_devices: int


def tariff_of(desk: Desk) -> Tariff:
    """Return the tariff in force at a desk. Raises ``TariffError``."""
    path = desk.settings.file(SAMPLE)
    try:
        return _loaded(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise TariffError(f"The tariff {path} cannot be read: {error.strerror}.") from error


def load(path: Path) -> Tariff:
    """Return the tariff of a file. Raises ``TariffError``."""
    return read(text_of(path, TariffError), path.name)


@lru_cache(maxsize=8)
def _loaded(path: Path, _changed: int) -> Tariff:
    return load(path)


def read(text: str, where: str) -> Tariff:
    """Return the tariff of a YAML text; ``where`` names it in messages. Raises ``TariffError`` with every fault."""
    document = parsed(text, where, TariffError)
    if not isinstance(document, dict):
        raise TariffError(f"{where} is no tariff: write {', '.join(sorted(_KNOWN))}.")
    reader = _Reader(where)
    made = reader.tariff(document)
    if reader.faults:
        raise TariffError("\n".join(reader.faults))
    return made


def unknown_kinds(tariff: Tariff, catalogue: Catalogue) -> list[str]:
    """Return the kinds of a tariff that the catalogue does not have: they cannot be quoted."""
    return [kind for kind in tariff.kinds if catalogue.kind(kind) is None]


@dataclass
class _Reader:
    """Reads one tariff and keeps the faults together."""

    where: str
    faults: list[str] = field(default_factory=list)

    def fault(self, at: str, what: str) -> None:
        self.faults.append(f"{self.where}: {at}: {what}.")

    def tariff(self, document: Mapping[Any, Any]) -> Tariff:
        self.known(document, _KNOWN, "the tariff")
        floor, cap = self.money(document, "floor", "floor"), self.money(document, "cap", "cap")
        if cap < floor:
            self.fault("cap", "it is below the floor")
        invented = document.get("invented", False)
        if not isinstance(invented, bool):
            self.fault("invented", "write true or false")
        change = self.part(document, "change", {"days to answer", "when refused"})
        refused = change.get("when refused", RETURN)
        if refused not in (RETURN, FIRST_PRICE):
            self.fault("change: when refused", f"'{refused}' is no rule; write '{RETURN}' or '{FIRST_PRICE}'")
        code = self.part(document, "code", {"minutes", "tries"})
        return Tariff(
            id=self.text(document, "id"), title=self.text(document, "title"), invented=bool(invented),
            note=self.text(document, "note", optional=True), share=self.share(document.get("share"), "share"),
            conditions=self.conditions(document), kinds=self.kinds(document), floor=floor, cap=cap,
            round_to=self.whole(document, "round to", "round to", 1, 10_000),
            quote_days=self.whole(self.part(document, "quote", {"days"}), "days", "quote: days", 1, 90),
            code_minutes=self.whole(code, "minutes", "code: minutes", 1, 1440),
            code_tries=self.whole(code, "tries", "code: tries", 1, 10),
            answer_days=self.whole(change, "days to answer", "change: days to answer", 1, 90),
            when_refused=str(refused),
            most_devices=self.whole(self.part(document, "batch", {"most"}), "most", "batch: most", 1, 5_000),
        )  # fmt: skip

    def conditions(self, document: Mapping[Any, Any]) -> dict[str, Fraction]:
        said = self.part(document, "conditions", set(CONDITIONS))
        found = {name: self.share(said.get(name), f"conditions: {name}") for name in CONDITIONS}
        if sorted(found.values(), reverse=True) != list(found.values()):
            self.fault("conditions", f"a worse condition pays more than a better one ({', '.join(CONDITIONS)})")
        return found

    def kinds(self, document: Mapping[Any, Any]) -> dict[str, Terms]:
        said = document.get("kinds")
        if not isinstance(said, dict) or not said:
            self.fault("kinds", "there are none; write each kind of device that is taken")
            return {}
        found = {}
        for kind, entry in said.items():
            at = f"kinds: {kind}"
            if not isinstance(entry, dict):
                self.fault(at, "write {bonus: ..., data: ...}")
                continue
            self.known(entry, {"bonus", "data", "serial"}, at)
            data = entry.get("data")
            if data not in DATA:
                self.fault(f"{at}: data", f"'{data}' is none of {', '.join(DATA)}")
            serial = entry.get("serial", ANY)
            if serial not in SERIALS:
                self.fault(f"{at}: serial", f"'{serial}' is none of {', '.join(SERIALS)}")
            found[str(kind)] = Terms(self.money(entry, "bonus", f"{at}: bonus"), str(data), str(serial))
        return found

    def part(self, document: Mapping[Any, Any], name: str, keys: set[str]) -> Mapping[Any, Any]:
        said = document.get(name)
        if not isinstance(said, dict):
            self.fault(name, f"{_what(said)}; write it with {', '.join(sorted(keys))}")
            return {}
        self.known(said, keys, name)
        return said

    def known(self, entry: Mapping[Any, Any], keys: set[str], at: str) -> None:
        for key in entry:
            if key not in keys:
                self.fault(at, f"'{key}' is not known; use {', '.join(sorted(keys))}")

    def text(self, document: Mapping[Any, Any], name: str, optional: bool = False) -> str:
        said = document.get(name, "" if optional else None)
        if not isinstance(said, str) or not (said.strip() or optional):
            self.fault(name, f"{_what(said)}; write a text")
            return ""
        return " ".join(said.split())

    def money(self, entry: Mapping[Any, Any], name: str, at: str) -> int:
        return self.whole(entry, name, at, 0, _MOST_PAISE)

    def whole(self, entry: Mapping[Any, Any], name: str, at: str, least: int, most: int) -> int:
        said = entry.get(name)
        if type(said) is not int or not least <= said <= most:
            self.fault(at, f"{_what(said)}; write a whole number from {least} to {most}")
            return least
        return said

    def share(self, said: Any, at: str) -> Fraction:
        try:
            found = Fraction(said) if isinstance(said, str) else None
        except (ValueError, ZeroDivisionError):
            found = None
        if found is None or not 0 <= found <= 1:
            self.fault(at, f'{_what(said)}; write a share from 0 to 1 as text, such as "0.6"')
            return Fraction(0)
        return found


def _what(said: Any) -> str:
    """Return what stands where something else belongs."""
    return "it is missing" if said is None else f"it is {said!r}"
