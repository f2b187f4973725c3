"""The operator's policy of trust: a YAML file with every threshold. The sample beside it is an invented judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from chumbak.custody.ledger.amounts import exact
from chumbak.exchange.desk import Settings
from chumbak.exchange.trust.windows import Limit
from chumbak.yaml_text import parsed, text_of

SAMPLE = Path(__file__).parent / "policies" / "trust.yaml"
PARTIES = ("household", "office", "trader", "recycler", "producer")
STANDINGS = ("invented", "decided", "published")
_OF, _WHAT = ("payee", "address", "group"), ("devices", "paise")
_TEXTS = ("id", "title", "standing", "note")
# Sections of numbers: whole ones (w), numbers of zero or more (n), shares from 0 to 1 (s), mappings by kind (m).
_SECTIONS: dict[str, dict[str, str]] = {
    "weight": {"parties": "w", "spreads": "n", "least spread": "s", "ranges": "m"},
    "age": {"lives": "n", "first sold": "m"},
    "content": {"deviations": "n", "relative": "s", "tolerance": "s", "times": "w", "published": "m"},
    "origin": {"kilometres": "n", "imports": "s"},
    "junk": {"lightest": "s", "pieces": "w", "level": "s"},
    "short pay": {"answers": "w", "usual": "s", "level": "s"},
    "blind": {"share": "s", "en": "n", "z": "n"},
    "throughput": {"slack": "s", "bill days": "w", "unseen kilograms": "w"},
    "seal": {"deviations": "n"},
    "scale": {"k": "n", "h": "n", "relative": "s"},
    "override": {"days": "w", "by one person": "w", "for one party": "w", "longest days": "w"},
}
_DAYS = ("device days", "link days", "appeal days")


class PolicyError(ValueError):
    """A policy that cannot be used; the message tells every fault."""


@dataclass(frozen=True)
class Policy:
    """What the file says: limits, numbers by section and name, and days.

    ``ranges`` are grams a piece by kind (low, high), ``first_sold`` years by kind, ``published`` micrograms a
    gram by element (low, high).
    """

    id: str
    title: str
    standing: str
    note: str
    limits: tuple[Limit, ...]
    numbers: Mapping[tuple[str, str], Fraction]
    ranges: Mapping[str, tuple[int, int]]
    first_sold: Mapping[str, int]
    published: Mapping[str, tuple[int, int]]
    device_days: int
    link_days: int
    appeal_days: int

    def number(self, section: str, name: str) -> float:
        """Return a threshold."""
        return float(self.numbers[section, name])

    def whole(self, section: str, name: str) -> int:
        """Return a threshold that is a whole number."""
        return int(self.numbers[section, name])

    @property
    def longest_days(self) -> int:
        """The longest window of all limits: what was used before it is forgotten."""
        return max([limit.days for limit in self.limits], default=1)


def policy_of(settings: Settings) -> Policy:
    """Return the operator's policy, or the sample. Raises ``PolicyError``."""
    path = settings.file(SAMPLE)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, changed: int) -> Policy:
    return load(path)


def load(path: Path) -> Policy:
    """Read a policy. Raises ``PolicyError`` with every fault and where it is."""
    said = parsed(text_of(path, PolicyError), path.name, PolicyError)
    if not isinstance(said, dict):
        raise PolicyError(f"The policy {path.name} is no mapping.")
    faults: list[str] = []
    known = {*_TEXTS, *_SECTIONS, *_DAYS, "limits"}
    faults += [f"{name}: nothing is known by this name" for name in said if name not in known]
    faults += [f"{name}: it is missing, or no text" for name in _TEXTS if not isinstance(said.get(name), str)]
    if said.get("standing") not in STANDINGS:
        faults.append(f"standing: one of {', '.join(STANDINGS)}")
    limits = _limits(said.get("limits"), faults)
    numbers: dict[tuple[str, str], Fraction] = {}
    mapped: dict[str, dict[str, Any]] = {}
    for section, names in _SECTIONS.items():
        _section(section, names, said.get(section), numbers, mapped, faults)
    days = {name: _whole(said.get(name), name, faults) for name in _DAYS}
    ranges = {
        kind: _range(f"weight, ranges, {kind}", "grams", 1, value, faults)
        for kind, value in mapped.get("ranges", {}).items()
    }
    first = {
        kind: _whole(value, f"age, first sold, {kind}", faults) for kind, value in mapped.get("first sold", {}).items()
    }
    published = {
        element: _range(f"content, published, {element}", "micrograms", 0, value, faults)
        for element, value in mapped.get("published", {}).items()
    }
    if faults:
        raise PolicyError(f"The policy {path.name} cannot be used: " + "; ".join(faults) + ".")
    return Policy(
        said["id"], said["title"], said["standing"], said["note"], tuple(limits), numbers, ranges, first, published,
        days["device days"], days["link days"], days["appeal days"],
    )  # fmt: skip


def _limits(said: Any, faults: list[str]) -> list[Limit]:
    if not isinstance(said, list):
        faults.append("limits: it is no list")
        return []
    found = []
    for n, one in enumerate(said, start=1):
        at = f"limit {n}"
        if not isinstance(one, dict) or not {"of", "what", "days"} <= set(one) <= {*Limit.__dataclass_fields__}:
            faults.append(f"{at}: it needs of, what, days, and may have most, watch, kinds")
            continue
        if one["of"] not in _OF or one["what"] not in _WHAT:
            faults.append(f"{at}: of is one of {', '.join(_OF)}, what one of {', '.join(_WHAT)}")
        kinds = one.get("kinds", [])
        if not isinstance(kinds, list) or not set(kinds) <= set(PARTIES):
            faults.append(f"{at}: kinds are of {', '.join(PARTIES)}")
            kinds = []
        days = _whole(one["days"], f"{at}, days", faults)
        most = None if one.get("most") is None else _whole(one["most"], f"{at}, most", faults)
        watch = None if one.get("watch") is None else _whole(one["watch"], f"{at}, watch", faults)
        if most is not None and watch is not None and watch > most:
            faults.append(f"{at}: watch is above most, so nobody would ever look")
        found.append(Limit(one["of"], one["what"], days, most, watch, frozenset(kinds)))
    return found


def _section(
    section: str, names: Mapping[str, str], said: Any, numbers: dict[tuple[str, str], Fraction],
    mapped: dict[str, dict[str, Any]], faults: list[str],
) -> None:  # fmt: skip
    if not isinstance(said, dict) or set(said) != set(names):
        faults.append(f"{section}: it needs {', '.join(names)} and nothing else")
        return
    for name, form in names.items():
        value, at = said[name], f"{section}, {name}"
        if form == "m":
            if not isinstance(value, dict) or not all(isinstance(kind, str) for kind in value):
                faults.append(f"{at}: it is no mapping of kinds")
            else:
                mapped[name] = value
        elif form == "w":
            numbers[section, name] = Fraction(_whole(value, at, faults))
        else:
            numbers[section, name] = _number(value, at, faults)
            if form == "s" and numbers[section, name] > 1:
                faults.append(f"{at}: a share is from 0 to 1")


def _number(value: Any, at: str, faults: list[str]) -> Fraction:
    try:
        return exact(value)
    except ValueError:
        faults.append(f'{at}: no number of zero or more; write 3 or "0.05"')
        return Fraction(0)


def _whole(value: Any, at: str, faults: list[str]) -> int:
    if type(value) is not int or value < 1:
        faults.append(f"{at}: no whole number from 1 on")
        return 1
    return value


def _range(at: str, unit: str, least: int, value: Any, faults: list[str]) -> tuple[int, int]:
    fine = isinstance(value, list) and len(value) == 2 and all(type(part) is int for part in value)
    if not fine or not least <= value[0] < value[1]:
        faults.append(f"{at}: it is no [low, high] in whole {unit}")
        return (1, 2)
    return (value[0], value[1])
