"""Places of the catalogue in the reader's language: what one is called, and all of them in order, to choose from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chumbak.exchange.web.asked import Asked


@dataclass(frozen=True)
class Area:
    """An area, with its places as (id, name) by name; the area itself comes first where it can be chosen too."""

    name: str
    places: tuple[tuple[str, str], ...]


def place_name(asked: Asked, id: str) -> str:
    """Return the name of a place, its id where the catalogue knows it no more."""
    found = asked.desk.catalogue.place(id)
    return asked.say(found.name) if found else id


def areas(asked: Asked) -> list[Area]:
    """Return all places by area, both by name.

    Names are put in order letter by letter, as they are written: most scripts stand in their alphabets
    that way, but for a few letters with marks.
    """
    found: dict[str, list[tuple[bool, str, str]]] = defaultdict(list)
    for one in asked.desk.catalogue.places:
        found[asked.say(one.state)].append((one.name != one.state, asked.say(one.name), one.id))
    return [
        Area(name, tuple((id, called) for _, called, id in sorted(places, key=lambda one: (one[0], one[1].casefold()))))
        for name, places in sorted(found.items(), key=lambda one: one[0].casefold())
    ]
