"""A recycler as a plant: it buys feed and sells what it recovers of it. Everything is per kg of feed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chumbak.scheme.project import PlantProject, ProjectError


@dataclass(frozen=True)
class Metal:
    """A metal in the feed: ``content`` kg/kg of feed (as the compound that is sold), ``recovery`` of it.

    ``price`` real money/kg, None for the market's price; ``paid`` is the share of the price that the buyer pays.
    ``low`` and ``high`` are the range of the recovery, if it has one.
    """

    name: str
    content: float
    recovery: float
    price: float | None = None
    paid: float = 1.0
    low: float | None = None
    high: float | None = None

    def sold(self, recovery: float) -> float:
        """Return kg that count at the full price, for a kg of feed, at a recovery."""
        return self.content * recovery * self.paid


@dataclass(frozen=True)
class Certificates:
    """Certificates of recycling: ``price`` real money/kg of ``certified`` kg of product for a kg of feed."""

    price: float
    certified: float


def recycler(plant: PlantProject, metals: tuple[Metal, ...], certificates: Certificates | None = None) -> PlantProject:
    """Return a recycler as a project whose product is a kg of feed treated.

    ``capacity`` and all costs by kg in ``plant`` are of feed; its input is the feed, at ``input_base`` + ``input_link``
    x price of the market. Its ``margin`` becomes what a kg of feed brings at fixed prices, ``pass_through`` the kg
    that are sold at the market's price. A kg of feed is counted once: ``good`` of the plant is not used.
    Raises ``ProjectError`` where more is recovered than is there.
    """
    for metal in metals:
        if not 0 <= metal.content <= 1 or not 0 <= metal.recovery <= 1:
            given = f"{metal.content:g} and {metal.recovery:g}"
            raise ProjectError(f"metal {metal.name}: content and recovery are {given}: give shares of 1")
    earned = 0.0 if certificates is None else certificates.price * certificates.certified
    middle = _brings(metals, [metal.recovery for metal in metals])
    low = _brings(metals, [metal.recovery if metal.low is None else metal.low for metal in metals])
    high = _brings(metals, [metal.recovery if metal.high is None else metal.high for metal in metals])
    ranges = dict(plant.ranges)
    for at, (name, base) in enumerate((("margin", earned), ("pass_through", 0.0))):
        if low[at] < high[at]:
            ranges[name] = (base + low[at], base + high[at])
    return replace(plant, margin=earned + middle[0], pass_through=middle[1], input_use=1.0, good=(), ranges=ranges)


def _brings(metals: tuple[Metal, ...], recoveries: list[float]) -> tuple[float, float]:
    """Return money at fixed prices, and kg at the market's price, for a kg of feed."""
    pairs = list(zip(metals, recoveries, strict=True))
    fixed = sum(metal.sold(share) * metal.price for metal, share in pairs if metal.price is not None)
    return fixed, sum(metal.sold(share) for metal, share in pairs if metal.price is None)
