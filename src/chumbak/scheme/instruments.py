"""The same money given in other ways: what a bid is in each, what it pays a plant, and what that makes of its cash.

| name | a bid is | paid |
|---|---|---|
| ``scheme`` | money/kg, nominal | sales incentive and capital subsidy, as the terms say |
| ``incentive`` | money/kg, nominal | all the money as sales incentive; the share of net sales still holds it |
| ``capital`` | money for a t/year, nominal | once, in the first year of running; at most what the plant costs |
| ``floor`` | money/kg, real, indexed | what the net price lacks of the bid; what it is above is paid back |
| ``purchase`` | money/kg, real, indexed | the state takes all, at the bid, and sells on at the net price |

All but the scheme have the same most money for a t/year awarded: both outlays over the most tonnes. The highest bid is
that at which the usual plant at full output and central prices is paid just that much. What is paid back does not add
to what can be paid. Floor and purchase hold in the years of the incentive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from chumbak.scheme.cashflow import Flows, cash_with, play
from chumbak.scheme.draws import Draws
from chumbak.scheme.measures import npv, rising_root
from chumbak.scheme.prices import indices
from chumbak.scheme.project import KG, PlantProject
from chumbak.scheme.rules import SchemeError
from chumbak.scheme.support import (
    AssuredInput,
    CapitalSubsidy,
    Incentive,
    PriceFloor,
    Selling,
    Support,
    capital_subsidy,
    floor,
    incentive,
    within,
)
from chumbak.scheme.terms import AwardTerms, SupportTerms

Array = npt.NDArray[np.float64]
INSTRUMENTS = ("scheme", "incentive", "capital", "floor", "purchase")
BY_PRICE = ("floor", "purchase")
CHUNK = 5000  # plants at a time


@dataclass(frozen=True)
class Instrument:
    """A way to give money. ``ceiling`` is the highest bid, ``total_per_t`` the most money for a t/year awarded.

    ``unit`` is that of a bid, without the currency.
    """

    name: str
    terms: SupportTerms
    ceiling: float
    total_per_t: float
    unit: str

    @property
    def term(self) -> int:
        """Return how many years from the award it may pay in."""
        return round(self.terms.build_years + self.terms.incentive_years)


def instruments(project: PlantProject, award_terms: AwardTerms, terms: SupportTerms) -> Mapping[str, Instrument]:
    """Return all instruments by name, as the head of this module says. Raises ``SchemeError``."""
    if terms.incentive_years <= 0 or award_terms.most_tonnes <= 0:
        raise SchemeError("Without years of incentive or tonnes to award there is nothing to compare. Give both.")
    money = (award_terms.outlay_incentive + award_terms.outlay_capital) / award_terms.most_tonnes
    by_kg = money / KG / terms.incentive_years
    flows = play(project)
    years = within(round(terms.build_years), round(terms.incentive_years), project.count) & (flows.trade.kg[0] > 0)
    if not years.any():
        raise SchemeError(f"The plant '{project.name}' does not run in the years of the incentive. Shorten its build.")
    strike = float(np.mean((flows.trade.price[0] / flows.index)[years])) + by_kg
    whole = replace(terms, ceiling=by_kg)
    return {
        "scheme": Instrument("scheme", terms, terms.ceiling, terms.total_per_t, "/kg"),
        "incentive": Instrument("incentive", whole, by_kg, money, "/kg"),
        "capital": Instrument("capital", terms, money, money, "*year/t"),
        "floor": Instrument("floor", terms, strike, money, "/kg"),
        "purchase": Instrument("purchase", terms, strike, money, "/kg"),
    }


@dataclass(frozen=True, eq=False)
class Plants:
    """Plants of one project that differ by ``draws``; ``award`` t/year and ``assured`` input t/year, (plant,) both.

    ``assured_price`` is real money/kg, None for the market's. ``granted`` is the part of a capital subsidy for which
    there is money, (plant,); None: all.
    """

    project: PlantProject
    draws: Draws
    award: Array
    assured: Array | None = None
    assured_price: float | None = None
    granted: Array | None = None

    def part(self, which: slice | npt.NDArray[np.int_]) -> Plants:
        """Return some of the plants."""
        assured = None if self.assured is None else self.assured[which]
        granted = None if self.granted is None else self.granted[which]
        return Plants(
            self.project, self.draws.part(which), self.award[which], assured, self.assured_price, granted
        )  # fmt: skip


def bare(instrument: Instrument, plants: Plants, bid: Array) -> Flows:
    """Return the cash of plants without what is paid on running. ``bid`` (plant,) matters to ``capital`` alone."""
    project, draws, terms = plants.project, plants.draws, instrument.terms
    # A sum differs from plant to plant, a share does not: the sum goes in as the part of the capital that counts.
    part = on_capital(instrument, plants, bid) / capital_spent(plants)
    changed = {"eligible": part[:, None]}
    if instrument.name == "purchase":
        inside = within(round(terms.build_years), round(terms.incentive_years), project.count)
        changed["taken"] = np.where(inside, 1.0, _field(plants, "taken"))
    given = None if plants.assured is None else AssuredInput(plants.assured, plants.assured_price)
    moved = replace(draws, values={**draws.values, **changed})
    return play(project, Support(capital=CapitalSubsidy(1.0), input=given), moved)


def on_capital(instrument: Instrument, plants: Plants, bid: Array) -> Array:
    """Return the capital subsidy, nominal money, (plant,)."""
    terms, spent = instrument.terms, capital_spent(plants)
    found = np.zeros(len(spent))
    if instrument.name == "capital":
        found = np.minimum(bid * plants.award, spent)
    elif instrument.name == "scheme" and terms.capital_share > 0:
        whole = CapitalSubsidy(terms.capital_share, plants.award, terms.capital_caps)
        found = capital_subsidy(whole, _field(plants, "eligible")[:, 0] * spent)
    return found if plants.granted is None else found * plants.granted


def on_running(instrument: Instrument, plants: Plants, flows: Flows, bid: Array) -> Array:
    """Return what is due on running, nominal money, (plant, year), within the most for each award; below 0: paid back.

    ``flows`` are those of ``bare``.
    """
    terms = instrument.terms
    if instrument.name == "capital":
        return np.zeros_like(flows.trade.kg)
    selling = Selling(flows.trade.kg, flows.trade.price, plants.project.start, flows.index)
    if instrument.name in BY_PRICE:
        years = (round(terms.build_years), round(terms.incentive_years))
        due = floor(PriceFloor(bid, plants.award, *years), selling)
        most = instrument.total_per_t * plants.award
        net: Array = np.minimum(due, 0.0) + within_total(np.maximum(due, 0.0), most)
        return net
    own = replace(terms, total_per_t=instrument.total_per_t)
    paid: Array = incentive(Incentive(own, bid, plants.award), selling).amount
    return paid


def within_total(due: Array, most: Array | float) -> Array:
    """Return payments (plant, year) that come to at most ``most`` (plant,) over the years, the first paid first."""
    paid = np.minimum(np.cumsum(due, axis=1), np.asarray(most, dtype=float).reshape(-1, 1))
    found: Array = np.diff(paid, axis=1, prepend=0.0)
    return found


def capital_spent(plants: Plants) -> Array:
    """Return the capital of plants, nominal money, (plant,)."""
    project = plants.project
    years = np.array(project.years[: project.start])
    by_t = float(np.sum(np.array(project.build) * indices(project.money.inflation, years, project.price_year)))
    found: Array = (_field(plants, "capital") * _field(plants, "capacity"))[:, 0] * by_t
    return found


def cash(instrument: Instrument, plants: Plants, bid: Array) -> tuple[Flows, Array, Array]:
    """Return the flows of ``bare``, what is due on running and the project's cash with it, (plant, year)."""
    flows = bare(instrument, plants, bid)
    due = on_running(instrument, plants, flows, bid)
    return flows, due, cash_with(plants.project, flows, due, np.arange(plants.draws.count))


def values(instrument: Instrument, plants: Plants, bid: Array) -> Array:
    """Return the value of plants at the award, (plant,), nominal money of the award year, if they run to their end."""
    parts = []
    for first in range(0, plants.draws.count, CHUNK):
        rows = slice(first, first + CHUNK)
        parts.append(npv(plants.project.money.discount, cash(instrument, plants.part(rows), bid[rows])[2]))
    return np.concatenate(parts) if parts else np.zeros(0)


def least_bids(instrument: Instrument, plants: Plants, margin: Array) -> Array:
    """Return the least bid at which a plant is worth ``margin`` (plant,) x its capital, (plant,).

    0 where it needs none, NaN where none up to the ceiling is enough.
    """
    parts = []
    for first in range(0, plants.draws.count, CHUNK):
        rows = slice(first, first + CHUNK)
        parts.append(_least_bids(instrument, plants.part(rows), margin[rows]))
    return np.concatenate(parts)


def _least_bids(instrument: Instrument, plants: Plants, margin: Array) -> Array:
    project, wanted = plants.project, margin * capital_spent(plants)
    nothing = np.zeros(plants.draws.count)
    rest = None if instrument.name == "capital" else bare(instrument, plants, nothing)

    def worth(bid: Array, rows: npt.NDArray[np.int_]) -> Array:
        some = plants.part(rows)
        if rest is None:  # the bid lowers what is depreciated: all is played again
            return npv(project.money.discount, bare(instrument, some, bid).cash_project) - wanted[rows]
        trade = replace(rest.trade, kg=rest.trade.kg[rows], price=rest.trade.price[rows])
        due = on_running(instrument, some, replace(rest, trade=trade), bid)
        return npv(project.money.discount, cash_with(project, rest, due, rows)) - wanted[rows]

    return rising_root(worth, nothing, np.full(plants.draws.count, instrument.ceiling))


def _field(plants: Plants, name: str) -> Array:
    """Return a figure of plants, (plant, 1)."""
    given = plants.draws.values.get(name)
    return np.full((plants.draws.count, 1), getattr(plants.project, name)) if given is None else given
