"""What devices and scrap hold and what it is worth: plain data, made from a pack by ``answer/exchange_catalogue.py``.

Every triple is central, low and high (a range of 90 %). Devices are counted, substances weighed. Contents are
micrograms of contained element, worth is paise (hundredths of the currency) before any cost of winning it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Kind:
    """A device, counted. ``recoverable`` is the share of an element that the best route wins, where it is known.

    ``won`` is the worth in paise of all of that together, with the range of content, recovery and price drawn together.
    """

    id: str
    name: str
    sector: str
    ug: Mapping[str, Triple]
    paise: Mapping[str, Triple]
    recoverable: Mapping[str, float]
    recovered_today: Mapping[str, float]
    life_years: float
    magnet_ug: Triple
    sources: tuple[str, ...] = ()
    note: str = ""
    won: Triple | None = None


@dataclass(frozen=True)
class Substance:
    """Scrap by weight. ``ug_per_g`` is the content of a gram; ``recoverable`` and ``won`` (of a gram): see ``Kind``."""

    id: str
    name: str
    ug_per_g: Mapping[str, Triple]
    recoverable: Mapping[str, float]
    sources: tuple[str, ...] = ()
    note: str = ""
    won: Triple | None = None


@dataclass(frozen=True)
class Metal:
    """The price of a gram of a contained element."""

    element: str
    paise_per_g: Triple
    source: str


@dataclass(frozen=True)
class Cost:
    """What it costs to treat: ``paise`` for each ``per`` (kg, unit) of ``of``, a kind, a substance or "" for all.

    ``elements`` are those that the step wins, () for all or for a step that wins none.
    """

    of: str
    step: str
    paise: Triple
    per: str
    source: str
    elements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where things are handed over; degrees north and east."""

    id: str
    name: str
    state: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Catalogue:
    """All of it. ``currency`` and ``price_year`` are those of every price, ``source`` names the pack."""

    source: str
    country: str
    currency: str
    price_year: int
    kinds: tuple[Kind, ...]
    substances: tuple[Substance, ...]
    metals: Mapping[str, Metal]
    costs: tuple[Cost, ...] = ()
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def kind(self, id: str) -> Kind | None:
        """Return a device."""
        return next((one for one in self.kinds if one.id == id), None)

    def substance(self, id: str) -> Substance | None:
        """Return a substance."""
        return next((one for one in self.substances if one.id == id), None)

    def place(self, id: str) -> Place | None:
        """Return a place."""
        return next((one for one in self.places if one.id == id), None)

    @cached_property
    def edition(self) -> str:
        """Return a short hash of all of it: what a quote was made from."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]


def write(catalogue: Catalogue) -> str:
    """Return a catalogue as JSON."""
    return json.dumps(asdict(catalogue), ensure_ascii=False)


def read(text: str) -> Catalogue:
    """Return the catalogue that ``write`` wrote."""
    said = json.loads(text)
    return Catalogue(
        **{name: said[name] for name in ("source", "country", "currency", "price_year")},
        kinds=tuple(_one(Kind, one) for one in said["kinds"]),
        substances=tuple(_one(Substance, one) for one in said["substances"]),
        metals={name: _one(Metal, one) for name, one in said["metals"].items()},
        costs=tuple(_one(Cost, one) for one in said["costs"]),
        places=tuple(_one(Place, one) for one in said["places"]),
        notes=tuple(said["notes"]),
    )


def _one(made: Any, said: Mapping[str, Any]) -> Any:
    return made(**{name: _tuples(value) for name, value in said.items()})


def _tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _tuples(inner) for name, inner in value.items()}
    return tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
