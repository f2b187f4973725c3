"""What makes a plant break even, what holds its incentive, and the price at which it dies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from chumbak.scheme.cashflow import Flows, cash_with, play
from chumbak.scheme.draws import Draws
from chumbak.scheme.measures import all_irr, npv, rising_root
from chumbak.scheme.project import PlantProject
from chumbak.scheme.support import (
    AWARDED,
    BID,
    BINDS,
    CEILING,
    NOTHING,
    SHARE,
    TOTAL,
    Incentive,
    Selling,
    Support,
    column,
)
from chumbak.scheme.support import floor as floor_pays
from chumbak.scheme.support import incentive as incentive_pays

FAR = 2.0**20  # how far beyond today's price a break-even price is sought


@dataclass(frozen=True)
class BreakEven:
    """A number at which a project is worth nothing, neither gain nor loss; None if there is none, with the reason."""

    value: float | None
    why: str


def project_npv(project: PlantProject, support: Support, draws: Draws) -> np.ndarray:
    """Return the value of the project at the award, (draw,), money of the award year."""
    return npv(project.money.discount, play(project, support, draws).cash_project)


def break_even_prices(project: PlantProject, support: Support = NOTHING, draws: Draws | None = None) -> np.ndarray:
    """Return the net price, constant in real money/kg, at which the project is worth nothing, (draw,); NaN for none.

    The price of the input stays as it is.
    """
    draws = draws or Draws()

    def worth(price: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return project_npv(project, support.part(rows, draws.count), draws.part(rows).fixing(price=price))

    every = np.arange(draws.count)
    high = _far_enough(lambda price: worth(price, every) < 0, draws.count, project)
    return rising_root(worth, np.zeros(draws.count), high)


def break_even_input_prices(
    project: PlantProject, support: Support = NOTHING, draws: Draws | None = None
) -> np.ndarray:
    """Return the price of the input, constant in real money/kg, at which the project is worth nothing, (draw,).

    NaN where it is worth less than nothing even with an input that is free. The price of the product stays as it is.
    """
    draws = draws or Draws()

    def worth(price: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return project_npv(project, support.part(rows, draws.count), draws.part(rows).fixing(input_price=price))

    every = np.arange(draws.count)
    high = _far_enough(lambda price: worth(price, every) >= 0, draws.count, project)
    below = rising_root(lambda less, rows: worth(high[rows] - less, rows), np.zeros(draws.count), high)
    found: np.ndarray = high - below
    return found


def break_even_bids(project: PlantProject, support: Support, draws: Draws | None = None) -> np.ndarray:
    """Return the least bid, nominal money/kg, at which the project is worth nothing, (draw,).

    0 where it needs none; NaN where none up to the ceiling suffices. The bid in ``support`` is not used. Raises
    ``ValueError`` if no incentive is among the support.
    """
    draws, given = draws or Draws(), _incentive(support)
    rest = play(project, support.without("incentive"), draws)
    award = np.broadcast_to(np.asarray(given.award, dtype=float), draws.count)

    def worth(bid: np.ndarray, rows: np.ndarray) -> np.ndarray:
        selling = Selling(rest.trade.kg[rows], rest.trade.price[rows], project.start)
        paid = incentive_pays(Incentive(given.terms, bid, award[rows]), selling).amount
        return npv(project.money.discount, cash_with(project, rest, paid, rows))

    nothing = np.zeros(draws.count)
    return rising_root(worth, nothing, np.full(draws.count, given.terms.ceiling))


def break_even_bid(project: PlantProject, support: Support) -> BreakEven:
    """Return the break-even bid of the central case, and in words what it rests on."""
    given, unit = _incentive(support), f"{project.currency}/kg"
    ceiling = given.terms.ceiling
    best = play(project, replace(support, incentive=replace(given, bid=ceiling)))
    value = float(npv(project.money.discount, best.cash_project)[0])
    found = float(break_even_bids(project, support)[0])
    held = best.binds[0]
    if np.isnan(found):
        why = f"No bid breaks even: at the ceiling of {ceiling:,.0f} {unit} the project still loses "
        why += f"{-value / 1e6:,.0f} million {project.currency} (value at the award, money of {project.award_year})."
        if np.any(held == SHARE):
            years = int(np.sum(held == SHARE))
            most = np.max(given.terms.sales_share * best.trade.price[0][held == SHARE])
            why += f" The share of net sales holds the incentive in {years} of {project.life} years of running: "
            why += f"a bid above {most:,.0f} {unit} adds nothing in any of them."
        return BreakEven(None, why)
    if found == 0:
        return BreakEven(0.0, "The project needs no incentive to break even.")
    return BreakEven(found, f"At a bid of {found:,.0f} {unit} the project just breaks even.")


def rates_of_return(project: PlantProject, flows: Flows, draw: int = 0) -> BreakEven:
    """Return the nominal rate of return of the project in one draw, and in words whether there is none or several."""
    rates = all_irr(flows.cash_project[draw])
    if len(rates) == 1:
        return BreakEven(rates[0], f"The project returns {rates[0]:.1%} a year, nominal, after tax and before debt.")
    if not rates:
        return BreakEven(None, "The project has no rate of return: at no rate are its payments worth nothing.")
    listed = ", ".join(f"{rate:.1%}" for rate in rates)
    return BreakEven(None, f"The project has several rates of return ({listed}): go by its value instead.")


def ruling_price(given: Incentive) -> float:
    """Return the net price, money/kg, below which the share of net sales holds the incentive of a single bid.

    NaN where the share is 0 and pays at no price.
    """
    share = given.terms.sales_share
    return float(np.minimum(given.bid, given.terms.ceiling)) / share if share > 0 else float("nan")


def why_held(project: PlantProject, support: Support, flows: Flows, draw: int = 0) -> list[str]:
    """Return a sentence for each year in which the incentive may be paid: what holds it, and why."""
    given, unit = _incentive(support), f"{project.currency}/kg"
    terms, said = given.terms, []
    asked = np.broadcast_to(np.minimum(given.bid, terms.ceiling), len(flows.binds))
    for at, year in enumerate(project.years):
        code = int(flows.binds[draw, at])
        price = float(flows.trade.price[draw, at])
        if code == SHARE:
            why = f"{terms.sales_share:.0%} of a net price of {price:,.0f} {unit} is {terms.sales_share * price:,.0f}"
            why += f", less than {asked[draw]:,.0f} {unit}"
        elif code == CEILING:
            why = f"the bid is above the ceiling of {terms.ceiling:,.0f} {unit}"
        elif code == TOTAL:
            why = f"{terms.total_per_t:,.0f} {project.currency} for a t/year awarded are paid"
        elif code == BID:
            why = f"no cap is below the {asked[draw]:,.0f} {unit} bid: {terms.sales_share:.0%} of a net price of "
            why += f"{price:,.0f} is {terms.sales_share * price:,.0f}"
        elif code == AWARDED:
            why = "what is sold beyond the awarded tonnes earns nothing"
        else:
            continue
        said.append(f"{year}: {BINDS[code]} holds it: {why}.")
    return said


def dies_at(project: PlantProject, support: Support, flows: Flows) -> np.ndarray:
    """Return the rival's price at the border below which a year does not cover its variable cost, (draw, year).

    Nominal money/kg; NaN in years without output and where no price covers it, 0 where support does at any price. It
    counts incentive and price floor of the year, of the incentive at most what the years before leave of the ceiling
    over all years. What the state buys at an assured price is taken at the net price too.
    """
    trade = flows.trade
    shape = trade.kg.shape
    per_kg = np.divide(trade.variable, trade.kg, out=np.zeros(shape), where=trade.kg > 0)
    unspent = np.zeros(shape)
    if support.incentive is not None:
        most = column(support.incentive.terms.total_per_t * np.asarray(support.incentive.award, dtype=float))
        unspent = np.maximum(most - (np.cumsum(flows.incentive, axis=1) - flows.incentive), 0.0)

    def left(price: np.ndarray, places: np.ndarray) -> np.ndarray:
        every = np.zeros(trade.kg.size)
        every[places] = price
        selling = Selling(trade.kg, every.reshape(shape), project.start, flows.index)
        paid = np.zeros(shape)
        if support.incentive is not None:
            paid = paid + np.minimum(incentive_pays(support.incentive, selling, total=False).amount, unspent)
        if support.floor is not None:
            paid = paid + floor_pays(support.floor, replace(selling, kg=trade.kg - trade.bought_kg))
        earned: np.ndarray = (selling.price - per_kg) * trade.kg + paid
        chosen: np.ndarray = earned.ravel()[places]
        return chosen

    nothing = np.zeros(trade.kg.size)
    high = (per_kg * 2 + 1.0).ravel()
    if support.floor is not None:  # what is paid back above the strike asks for more
        high = high + (column(support.floor.strike) * flows.index * np.ones(shape)).ravel()
    home = rising_root(left, nothing, high).reshape(shape)
    border = np.maximum(home / (1 + project.duty) - project.landing * flows.index, 0.0)
    found: np.ndarray = np.where(trade.kg > 0, border, np.nan)
    return found


def _incentive(support: Support) -> Incentive:
    if support.incentive is None:
        raise ValueError("the support has no sales incentive: add one, with its terms and the tonnes awarded")
    return support.incentive


def _far_enough(goes_on: Callable[[np.ndarray], np.ndarray], count: int, project: PlantProject) -> np.ndarray:
    """Return a price, (draw,), real money/kg, at which a search need not go on, or one that is ``FAR`` too high."""
    price = np.full(count, max(project.market.level + abs(project.margin), 1.0))
    last = price * FAR
    while np.any(on := goes_on(price) & (price < last)):
        price = np.where(on, 2 * price, price)
    return price
