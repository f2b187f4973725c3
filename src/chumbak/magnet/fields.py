"""Reading what a user wrote in a mapping: every field known, none left unread, each mistake with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from chumbak.magnet.units import MagnetError, quantity


class Fields:
    """A mapping with its place in a file; ``done`` complains of what nobody asked for."""

    def __init__(self, given: object, where: str, known: Sequence[str]) -> None:
        if not isinstance(given, Mapping):
            raise MagnetError(f"{where} is no mapping. Write 'name: value' for {', '.join(known)}.")
        self.given: Mapping[str, Any] = {str(name): value for name, value in given.items() if value is not None}
        self.where = where
        for name in self.given:
            if name not in known:
                near = get_close_matches(name, known, 1)
                hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(known)}."
                raise MagnetError(f"{where} has no field '{name}'. {hint}")

    def __contains__(self, name: str) -> bool:
        return name in self.given

    def get(self, name: str) -> Any:
        """Return a field as it was written. Raises ``MagnetError`` where it is not there."""
        if name not in self.given:
            raise MagnetError(f"{self.where} lacks '{name}'.")
        return self.given[name]

    def text(self, name: str, default: str | None = None) -> str:
        """Return a field as text."""
        if name not in self.given and default is not None:
            return default
        value = self.get(name)
        if isinstance(value, Mapping | list):
            raise MagnetError(f"{self.where}: {name} is no text.")
        return str(value).strip()

    def number(
        self, name: str, default: float | None = None, least: float = -math.inf, most: float = math.inf
    ) -> float:
        """Return a field as a number from ``least`` to ``most``."""
        if name not in self.given and default is not None:
            return default
        return number(self.get(name), f"{self.where}: {name}", least, most)

    def quantity(self, name: str, kind: str, default: float | None = None) -> float:
        """Return a field in the first unit of a kind."""
        if name not in self.given and default is not None:
            return default
        return quantity(self.get(name), kind, f"{self.where}: {name}")

    def share(self, name: str, default: float | None = None) -> float:
        """Return a share, written as 0.05 or '5 %'."""
        if name not in self.given and default is not None:
            return default
        value = self.get(name)
        if isinstance(value, str) and value.strip().endswith("%"):
            value = number(value.strip()[:-1], f"{self.where}: {name}") / 100
        return number(value, f"{self.where}: {name}", 0.0, 1.0)

    def flag(self, name: str, default: bool) -> bool:
        """Return a field that is true or false."""
        value = self.given.get(name, default)
        if not isinstance(value, bool):
            raise MagnetError(f"{self.where}: {name} is '{value}'. Write true or false.")
        return value


def number(value: object, what: str, least: float = -math.inf, most: float = math.inf) -> float:
    """Return a finite number from ``least`` to ``most``, or raise ``MagnetError``."""
    try:
        found = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found):
        raise MagnetError(f"{what} is '{value}'. Write a number.")
    if not least <= found <= most:
        span = f"from {least:g} to {most:g}" if math.isfinite(most) else f"of {least:g} or more"
        raise MagnetError(f"{what} is {found:g}. Write one {span}.")
    return found
