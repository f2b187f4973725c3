"""What was won against what was promised: lots of a plant in custody, followed back to the goods that came in.

    promised   content of treated goods as it came in x share that the best route wins by the catalogue
    won        metal in what the plant made of them, traced in custody; of what it used up itself, what came of that

Goods that are not worked up yet are in neither. An element of which the catalogue does not know the share is promised
nothing, and shown so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chumbak.custody.store import rows
from chumbak.custody.store.query import Match, Query
from chumbak.custody.store.trace import trace
from chumbak.exchange.catalogue import Catalogue
from chumbak.exchange.desk import Desk
from chumbak.exchange.numbers.facts import Got
from chumbak.exchange.responsibility.won import made_at

MOST_LOTS = 200  # of a plant that are followed back, the newest


@dataclass(frozen=True)
class Recovered:
    """An element: micrograms that came in with treated goods, promised of it (None: not known), and won."""

    element: str
    came_ug: int
    promised_ug: int | None
    won_ug: int

    @property
    def kept(self) -> float | None:
        """Return won over promised."""
        return self.won_ug / self.promised_ug if self.promised_ug else None


def recovery(desk: Desk, plant: str, got: Sequence[Got]) -> list[Recovered]:
    """Return what a plant (id of its party) won of goods that came in, by element, most first."""
    held = came_in(desk, [one.uri for one in got])
    treated = {one.uri: one.goods for one in got if one.uri in held and held[one.uri][1]}
    won: dict[str, int] = {}
    for source_lot, element, ug in _won(desk, plant):
        if source_lot in treated:
            won[element] = won.get(element, 0) + ug
    return compare(desk.catalogue, {uri: held[uri][0] for uri in treated}, treated, won)


def compare(
    catalogue: Catalogue, content: Mapping[str, Mapping[str, int]], goods: Mapping[str, str], won: Mapping[str, int]
) -> list[Recovered]:
    """Return came in, promised and won by element; ``content`` and ``goods`` are by thing."""
    came: dict[str, int] = {}
    promised: dict[str, float] = {}
    for uri, held in content.items():
        one = catalogue.kind(goods[uri]) or catalogue.substance(goods[uri])
        for element, ug in held.items():
            came[element] = came.get(element, 0) + ug
            if one is not None and element in one.recoverable:
                promised[element] = promised.get(element, 0.0) + ug * one.recoverable[element]
    found = [
        Recovered(element, ug, round(promised[element]) if element in promised else None, won.get(element, 0))
        for element, ug in came.items()
    ]
    return sorted(found, key=lambda one: (-one.came_ug, one.element))


def came_in(desk: Desk, uris: Sequence[str]) -> dict[str, tuple[dict[str, int], bool]]:
    """Return by thing what it held when it came in, in micrograms by element, and whether all of it was used since."""
    text = (
        "SELECT account.name, entry.element, entry.ug FROM account JOIN move ON move.account = account.id "
        "JOIN entry ON entry.seq = move.seq AND entry.account = account.id WHERE account.name IN"
    )
    with desk.custodian.store.engine.connect() as connection:
        lines = [tuple(row) for row in rows.among(connection, text, [f"lot:{uri}" for uri in uris])]
    came: dict[str, dict[str, int]] = {}
    left: dict[str, int] = {}
    for account, element, ug in lines:
        uri = account.removeprefix("lot:")
        left[uri] = left.get(uri, 0) + ug
        if ug > 0:
            held = came.setdefault(uri, {})
            held[element] = held.get(element, 0) + ug
    return {uri: (held, not left[uri]) for uri, held in came.items()}


def _won(desk: Desk, plant: str) -> list[tuple[str, str, int]]:
    """Return (thing that came in, element, micrograms) of all that a plant made and did not use up itself."""
    here = (desk.uri("plant", plant),)
    found = []
    for lot in made_at(desk, plant, MOST_LOTS):
        held = desk.custody.holdings(lot)
        into = Query(
            types=("TransformationEvent",), read_points=here, erroneous=False,
            matches=(Match(("input", "input_class"), (lot,)),),
        )  # fmt: skip
        if not any((held or {}).values()) and desk.custody.events(into, limit=1).events:
            continue
        followed = trace(desk.custodian.store, lot)
        found += [(one.lot, one.element, one.ug) for one in followed.sources]
    return found
