"""What the state gives a plant: sales incentive, capital subsidy, assured input, price floor, purchase, recycling aid.

All in nominal money, over draws and years. Each says what it pays in a year; the caps of the incentive say which of
them binds. Years are counted from the award.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chumbak.scheme.project import KG, ProjectError

if TYPE_CHECKING:
    from chumbak.scheme.rules import Steps
    from chumbak.scheme.terms import SupportTerms

# What the incentive of a year is held by, in the order of the codes in ``binds``.
BINDS = (
    "nothing is sold", "outside the years of the incentive", "the bid", "the ceiling per kg", "the awarded tonnes",
    "the share of net sales", "the ceiling over all years",
)  # fmt: skip
IDLE, OUTSIDE, BID, CEILING, AWARDED, SHARE, TOTAL = range(len(BINDS))
ROUNDING = 1e-12  # of an amount


@dataclass(frozen=True)
class Incentive:
    """A sales incentive: ``bid`` money/kg, nominal, not indexed, on an ``award`` of t/year; a number or one a draw."""

    terms: SupportTerms
    bid: float | np.ndarray
    award: float | np.ndarray


@dataclass(frozen=True)
class CapitalSubsidy:
    """A ``share`` of the eligible capital as spent, at most by ``caps`` (money by t/year awarded); no caps: no ceiling.

    It is paid in the first year in which the plant runs.
    """

    share: float
    award: float | np.ndarray = 0.0
    caps: Steps = ()


@dataclass(frozen=True)
class AssuredInput:
    """Input kept for the plant, taken first: t/year at a real ``price`` (money/kg), None for the market's price.

    ``first`` and ``years`` say when, from the award; None for as long as the plant runs.
    """

    tonnes: float | np.ndarray
    price: float | None = None
    first: int = 0
    years: int | None = None


@dataclass(frozen=True)
class PriceFloor:
    """A contract for difference: the state pays what the net price lacks of ``strike`` (real money/kg).

    ``two_sided``: the plant pays back what the price is above it. On at most ``tonnes`` a year, in ``years`` years from
    year ``first`` of the award, not counting what the state buys. ``indexed``: the strike rises with prices, else not.
    """

    strike: float | np.ndarray
    tonnes: float | np.ndarray
    first: int
    years: int
    two_sided: bool = True
    indexed: bool = True


@dataclass(frozen=True)
class AssuredPurchase:
    """The state takes up to ``tonnes`` a year at ``price`` (real money/kg) and sells them on at the net price.

    The plant offers what the market takes no less: an output without a buyer finds one. It is bound by it either way,
    so that it forgoes what the market pays above. The cost to the state is what it loses on selling.
    """

    price: float | np.ndarray
    tonnes: float | np.ndarray
    first: int
    years: int
    indexed: bool = True


@dataclass(frozen=True)
class RecyclingAid:
    """Aid to a recycler: ``capital_share`` of the eligible capital; and on sales, paid in parts.

    In a year of operation named in ``parts`` (1 is the first), its share of ``rate`` x the net sales of that year above
    ``sales_before`` is paid. All together at most ``most``, the part on sales at most ``most_on_sales``, nominal money.
    """

    capital_share: float
    rate: float
    parts: Mapping[int, float]
    most: float
    most_on_sales: float
    sales_before: float = 0.0


@dataclass(frozen=True)
class Support:
    """All that a plant is given; each None if it is not."""

    incentive: Incentive | None = None
    capital: CapitalSubsidy | None = None
    input: AssuredInput | None = None
    floor: PriceFloor | None = None
    purchase: AssuredPurchase | None = None
    recycling: RecyclingAid | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of what is given."""
        return tuple(name for name in self.__dataclass_fields__ if getattr(self, name) is not None)

    def without(self, *parts: str) -> Support:
        """Return the support less some parts."""
        return replace(self, **dict.fromkeys(parts))

    def only(self, *parts: str) -> Support:
        """Return these parts of the support alone."""
        return self.without(*(name for name in self.parts if name not in parts))

    def part(self, which: slice | np.ndarray, count: int) -> Support:
        """Return the support of some of ``count`` draws, where numbers of it differ from draw to draw."""
        changed: dict[str, Any] = {}
        for name in self.parts:
            given = getattr(self, name)
            own = {
                each: value[which]
                for each, value in vars(given).items()
                if isinstance(value, np.ndarray) and value.shape[:1] == (count,)
            }
            if own:
                changed[name] = replace(given, **own)
        return replace(self, **changed)


NOTHING = Support()


def scheme_support(
    terms: SupportTerms, bid: float | np.ndarray, award: float | np.ndarray, assured: AssuredInput | None = None
) -> Support:  # fmt: skip
    """Return what a scheme gives for a ``bid`` (money/kg) on an ``award`` (t/year): incentive and capital subsidy."""
    subsidy = CapitalSubsidy(terms.capital_share, award, terms.capital_caps) if terms.capital_share > 0 else None
    return Support(Incentive(terms, bid, award), subsidy, assured)


@dataclass(frozen=True, eq=False)
class Paid:
    """An incentive by draw and year: nominal money, and the code of ``BINDS`` that holds it. ``binds`` is uint8."""

    amount: np.ndarray
    binds: np.ndarray


@dataclass(frozen=True, eq=False)
class Selling:
    """What a plant sells, (draw, year): ``kg``, and the net ``price`` in nominal money/kg. It runs from ``start``."""

    kg: np.ndarray
    price: np.ndarray
    start: int
    index: np.ndarray = field(default_factory=lambda: np.ones(1))


def column(value: float | np.ndarray) -> np.ndarray:
    """Return a number, or one a draw, as something to be broadcast over (draw, year)."""
    return np.asarray(value, dtype=float).reshape(-1, 1)


def incentive(given: Incentive, selling: Selling, total: bool = True) -> Paid:
    """Return what a sales incentive pays and what holds it.

    The lesser of bid and ceiling on every kg that earns, at most ``sales_share`` of the net sales of these kg in the
    year, at most ``total_per_t`` x award over all years (left out without ``total``). Only kg sold once the plant runs,
    within the years, and up to the award, unless the terms say otherwise.
    """
    terms, award = given.terms, column(given.award)
    at = np.arange(selling.kg.shape[1])
    inside = (at >= terms.build_years) & (at < terms.build_years + terms.incentive_years)
    if terms.early_sales:
        inside |= at < terms.build_years
    inside &= at >= selling.start
    earns = selling.kg if terms.above_award else np.minimum(selling.kg, award * KG)
    earns = np.where(inside, earns, 0.0)
    bid = column(given.bid)
    asked = np.minimum(bid, terms.ceiling) * earns
    share = terms.sales_share * np.maximum(selling.price, 0.0) * earns
    amount = np.minimum(asked, share)
    most = np.broadcast_to(terms.total_per_t * award, (len(amount), 1))
    before = np.cumsum(amount, axis=1) - amount
    left = np.maximum(most - before, 0.0) if total else np.full_like(amount, np.inf)
    paid = np.minimum(amount, left)
    rate = np.where(bid > terms.ceiling, CEILING, BID)
    binds = np.where(earns < selling.kg, AWARDED, np.broadcast_to(rate, amount.shape))
    binds = np.where(share < asked, SHARE, binds)
    binds = np.where(left < amount * (1 - ROUNDING), TOTAL, binds)
    binds = np.where(inside, binds, OUTSIDE)
    return Paid(paid, np.where(selling.kg > 0, binds, IDLE).astype(np.uint8))


def capital_subsidy(given: CapitalSubsidy, eligible: np.ndarray) -> np.ndarray:
    """Return the subsidy on an ``eligible`` capital, nominal, (draw,). Raises ``ProjectError`` beyond the caps."""
    subsidy = given.share * eligible
    if not given.caps:
        return subsidy
    ends, caps = np.array(given.caps, dtype=float).T
    award = np.broadcast_to(np.asarray(given.award, dtype=float).reshape(-1), eligible.shape)
    step = np.searchsorted(ends, award)  # the first up to which the award does not go beyond
    if np.any(step == len(ends)):
        raise ProjectError(
            f"no ceiling of the capital subsidy is given above {ends[-1]:,.0f} t/year: add a step, or award less"
        )
    found: np.ndarray = np.minimum(subsidy, caps[step])
    return found


def assured_kg(given: AssuredInput | None, wanted: np.ndarray) -> np.ndarray:
    """Return how much of the ``wanted`` kg comes from the assured input, (draw, year)."""
    if given is None:
        return np.zeros_like(wanted)
    inside = within(given.first, given.years, wanted.shape[1])
    return np.where(inside, np.minimum(wanted, column(given.tonnes) * KG), 0.0)


def floor(given: PriceFloor, selling: Selling) -> np.ndarray:
    """Return what a price floor pays, nominal money, (draw, year); below 0 where the plant pays back."""
    strike = column(given.strike) * (selling.index if given.indexed else 1.0)
    lacking = strike - selling.price
    if not given.two_sided:
        lacking = np.maximum(lacking, 0.0)
    kg = np.minimum(selling.kg, column(given.tonnes) * KG)
    return np.where(within(given.first, given.years, kg.shape[1]), lacking * kg, 0.0)


def purchased_kg(given: AssuredPurchase | None, could: np.ndarray) -> np.ndarray:
    """Return how much of what the plant ``could`` sell (kg) the state takes, (draw, year)."""
    if given is None:
        return np.zeros_like(could)
    inside = within(given.first, given.years, could.shape[1])
    return np.where(inside, np.minimum(could, column(given.tonnes) * KG), 0.0)


def recycling_aid(
    given: RecyclingAid, eligible: np.ndarray, sales: np.ndarray, start: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the aid on capital (draw,) and on sales (draw, year), nominal money, within its ceilings."""
    on_capital = np.minimum(given.capital_share * eligible, given.most)
    left = np.minimum(given.most_on_sales, given.most - on_capital)
    on_sales = np.zeros_like(sales)
    for year, share in sorted(given.parts.items()):
        at = start + year - 1
        if at < sales.shape[1]:
            due = given.rate * share * np.maximum(sales[:, at] - given.sales_before, 0.0)
            on_sales[:, at] = np.minimum(due, left)
            left = left - on_sales[:, at]
    return on_capital, on_sales


def within(first: int, years: int | None, count: int) -> np.ndarray:
    """Say which of ``count`` years lie in a term, (year,)."""
    at = np.arange(count)
    inside: np.ndarray = at >= first
    return inside if years is None else inside & (at < first + years)
