"""What is wrong with a file, gathered and told at once; and the records of figures that every part of it may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from chumbak.plant.errors import PlantError
from chumbak.plant.flowsheet import Figure, nearest

VERIFICATIONS = ("excerpt", "code", "derived", "convention", "recalled", "judgement", "yours")
Key = tuple[str, str, str]
MOST = 1e15  # no figure of a plant is larger, in any unit
_RECORD = ("value", "low", "high", "unit", "source", "verification")


class Faults:
    """What is wrong with a file, sentence by sentence; and the values that take the place of what it says."""

    def __init__(self, where: str, drawn: Mapping[Key, float]) -> None:
        self.where = where
        self.drawn = drawn
        self.told: list[str] = []

    def add(self, place: str, text: str) -> None:
        """Note a fault at a place of the file."""
        self.told.append(f"{self.where}, {place}: {text}")

    def known(self, given: Mapping[str, Any], names: Sequence[str], place: str) -> None:
        """Note every field that is not one of ``names``."""
        for name in given:
            if name not in names:
                self.add(place, f"there is no field '{name}'{nearest(str(name), list(names))}")

    def stop(self) -> None:
        """Raise ``PlantError`` if there is any."""
        if self.told:
            raise PlantError("\n".join(self.told))


def mapping(given: object, place: str, faults: Faults) -> Mapping[str, Any]:
    """Return a mapping that a file holds at a place, or nothing, with the fault noted."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        faults.add(place, "this is no mapping; write 'name: value'")
        return {}
    return given


def records(given: object, place: str, faults: Faults) -> Sequence[object]:
    """Return a list that a file holds at a place, or nothing, with the fault noted."""
    if given is None:
        return ()
    if not isinstance(given, list | tuple):
        faults.add(place, "this is no list; begin each entry with '- '")
        return ()
    return given


def figure(given: object, form: Figure, faults: Faults) -> Figure | None:
    """Read a figure: a number, or a record of one. ``form`` says what it is of; nothing where a fault was noted."""
    place = " ".join(part for part in (form.step, form.parameter, form.of) if part)
    record: Mapping[str, Any] = given if isinstance(given, Mapping) else {"value": given}
    faults.known(record, _RECORD, place)
    numbers: dict[str, float | None] = {}
    for key in ("value", "low", "high"):
        told = record.get(key)
        try:
            numbers[key] = None if told is None else float("nan") if isinstance(told, bool) else float(told)
        except (TypeError, ValueError):
            numbers[key] = float("nan")
        if (number := numbers[key]) is not None and not isfinite(number):
            faults.add(place, f"{key} is '{told}'; write a number")
            return None
        if number is not None and abs(number) > MOST:
            faults.add(place, f"{key} is {number:g}, which nothing of a plant comes to; check its unit")
            return None
    value, low, high = numbers["value"], numbers["low"], numbers["high"]
    if value is None:
        faults.add(place, "no value is given")
        return None
    if (low is not None and low > value) or (high is not None and high < value):
        faults.add(place, f"{value:g} does not lie in its range, {low} to {high}")
        return None
    sure = str(record.get("verification") or "yours")
    if sure not in VERIFICATIONS:
        faults.add(place, f"'{sure}' says nothing of how sure it is{nearest(sure, list(VERIFICATIONS))}")
    source = str(record.get("source") or faults.where)
    value = faults.drawn.get(key_of(form), value)
    return Figure(form.step, form.parameter, form.of, value, low, high, form.unit, source, sure)


def key_of(figure: Figure) -> Key:
    """Return what a figure is known by within its flowsheet."""
    return figure.step, figure.parameter, figure.of
