"""The cash of a plant, year by year from the award to its end, over draws: what comes in and where it goes.

Money of a year moves at its end; year 0 is that of the award. All is nominal. Owners put in what a year lacks and take
out what it leaves, so that the cash at hand is what the days of working capital ask for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chumbak.scheme import support as aid
from chumbak.scheme.draws import Draws
from chumbak.scheme.prices import central_path, indices
from chumbak.scheme.project import KG, PlantProject
from chumbak.scheme.support import NOTHING, Selling, Support
from chumbak.scheme.tax import depreciation, straight_line, taxed

Array = npt.NDArray[np.float64]
DAYS = 365.0  # in a year


@dataclass(frozen=True, eq=False)
class Trade:
    """What a plant makes, buys and sells: (draw, year), nominal money, kg, money/kg."""

    kg: Array
    price: Array
    market: Array
    sales: Array
    bought_kg: Array
    premium: Array
    input_kg: Array
    assured_kg: Array
    assured_saving: Array
    input: Array
    conversion: Array
    energy: Array
    labour: Array
    fixed: Array

    @property
    def variable(self) -> Array:
        """Return costs that stop with the output."""
        return self.input + self.conversion + self.energy

    @property
    def costs(self) -> Array:
        """Return all costs of running the plant."""
        return self.variable + self.labour + self.fixed


@dataclass(frozen=True, eq=False)
class Flows:
    """The cash of a plant, (draw, year), nominal money; ``tax`` and ``cash_equity`` with the loan.

    What ends in ``_project`` is as if there were no loan; ``profit`` is before depreciation; ``binds`` are codes.
    ``help`` is what the state pays on running (incentive, floor, aid on sales); the ``premium`` of an assured purchase
    is inside ``sales`` and told apart in ``trade``. ``cash`` is what is at hand at the end of the year, in ``working``.
    """

    trade: Trade
    index: Array
    capital: Array
    salvage: Array
    incentive: Array
    binds: npt.NDArray[np.uint8]
    floor: Array
    recycling: Array
    subsidy: Array
    working: Array
    cash: Array
    charge: Array
    book_charge: Array
    interest: Array
    interest_in_build: Array
    drawn: Array
    repaid: Array
    loan: Array
    tax: Array
    tax_project: Array
    charge_project: Array
    profit_project: Array

    @property
    def help(self) -> Array:
        """Return what the state pays on running."""
        return self.incentive + self.floor + self.recycling

    @property
    def running(self) -> Array:
        """Return what running leaves before tax: sales and help less costs."""
        return self.trade.sales + self.help - self.trade.costs

    @property
    def more_working(self) -> Array:
        """Return what the working capital grows by."""
        return np.diff(self.working, axis=1, prepend=0.0)

    @property
    def cash_project(self) -> Array:
        """Return what the project pays and earns, after tax, as if there were no loan."""
        earned = self.running + self.salvage + self.subsidy
        return earned - self.capital - self.more_working - self.tax_project

    @property
    def cash_equity(self) -> Array:
        """Return what the owners take out; below 0 what they put in."""
        untaxed = self.cash_project + self.tax_project - self.tax
        return untaxed + self.drawn - self.interest_in_build - self.interest - self.repaid

    @property
    def outlay(self) -> Array:
        """Return what the plant costs the state; below 0 where it pays back."""
        return self.help + self.subsidy + self.trade.premium

    @property
    def service(self) -> Array:
        """Return interest and repayment of the years of operation."""
        return self.interest + self.repaid


def play(project: PlantProject, support: Support = NOTHING, draws: Draws | None = None) -> Flows:
    """Return the cash of a plant in every draw. Raises ``ProjectError``."""
    draws = draws or Draws()
    index = indices(project.money.inflation, np.array(project.years), project.price_year)
    capital = _capital(project, draws) * index
    eligible = _value(project, draws, "eligible")[:, 0] * capital.sum(axis=1)
    trade = _trade(project, support, draws, index)
    selling = Selling(trade.kg, trade.price, project.start, index)
    nothing = np.zeros_like(trade.sales)
    paid = aid.Paid(nothing, np.where(trade.kg > 0, aid.OUTSIDE, aid.IDLE).astype(np.uint8))
    if support.incentive is not None:
        paid = aid.incentive(support.incentive, selling)
    floored = Selling(trade.kg - trade.bought_kg, trade.price, project.start, index)
    difference = nothing if support.floor is None else aid.floor(support.floor, floored)
    granted = np.zeros(draws.count) if support.capital is None else aid.capital_subsidy(support.capital, eligible)
    on_sales = nothing
    if support.recycling is not None:
        more, on_sales = aid.recycling_aid(support.recycling, eligible, trade.sales, project.start)
        granted = granted + more
    subsidy = nothing.copy()
    subsidy[:, project.start] = granted
    salvage = nothing.copy()
    salvage[:, -1] = _value(project, draws, "salvage")[:, 0] * _capital(project, draws).sum(axis=1) * index[-1]
    working, cash = _working(project, trade, paid.amount + difference + on_sales)
    loan = _loan(project, capital)
    lowered = granted if project.tax.subsidy_lowers_base else np.zeros(draws.count)
    bare = np.maximum(capital.sum(axis=1) - lowered, 0.0)
    base = bare + loan["interest_in_build"].sum(axis=1)
    before = trade.sales + paid.amount + difference + on_sales - trade.costs
    taxes, charges, profits = {}, {}, {}
    for name, what, interest in (("with", base, loan["interest"]), ("without", bare, 0.0)):
        charges[name], gain = depreciation(project.tax, what, salvage[:, -1], project.start, project.life)
        profits[name] = before + gain - interest
        taxes[name], _ = taxed(profits[name], charges[name], project.tax)
    book = nothing.copy()
    whole = capital.sum(axis=1) + loan["interest_in_build"].sum(axis=1) - granted
    book[:, project.start :] = straight_line(whole, salvage[:, -1], project.life)
    return Flows(
        trade, index, capital, salvage, paid.amount, paid.binds, difference, on_sales, subsidy, working, cash,
        charges["with"], book, **loan, tax=taxes["with"], tax_project=taxes["without"],
        charge_project=charges["without"], profit_project=profits["without"],
    )  # fmt: skip


def cash_with(project: PlantProject, rest: Flows, paid: Array, rows: npt.NDArray[np.int_]) -> Array:
    """Return the cash of the project (draw, year) if an incentive ``paid`` came to what ``rest`` has, in some draws.

    Beside the payment itself it changes tax and, by the days until it is paid, working capital: all else is as in
    ``rest``, which must be without incentive. It is what a search for a bid asks again and again.
    """
    helped = rest.floor[rows] + rest.recycling[rows]
    owed = (np.maximum(helped + paid, 0.0) - np.maximum(helped, 0.0)) * project.days.support / DAYS
    owed[:, -1] = 0.0
    tax, _ = taxed(rest.profit_project[rows] + paid, rest.charge_project[rows], project.tax)
    untaxed = rest.cash_project[rows] + rest.tax_project[rows]
    found: Array = untaxed + paid - np.diff(owed, axis=1, prepend=0.0) - tax
    return found


def market_prices(project: PlantProject, draws: Draws) -> Array:
    """Return the market's price, real money/kg, (draw, year)."""
    if draws.market is not None:
        return draws.market
    path = central_path(project.market, np.array(project.years))
    return np.broadcast_to(path, (draws.count, project.count))


def _trade(project: PlantProject, support: Support, draws: Draws, index: Array) -> Trade:
    """Return what the plant makes, buys and sells."""
    market = market_prices(project, draws)
    price = _value(project, draws, "margin") + _value(project, draws, "pass_through") * market
    if "price" in draws.values:
        price = np.broadcast_to(draws.values["price"], market.shape)
    price = price * index
    ramp = _by_year(project, draws, "ramp")
    ramp[:, : project.start] = 0.0
    could = KG * _value(project, draws, "capacity") * _value(project, draws, "availability") * ramp
    bought = aid.purchased_kg(support.purchase, could)
    kg = bought + np.minimum(_value(project, draws, "taken") * could, could - bought)
    premium = np.zeros_like(kg)
    if support.purchase is not None:
        given = support.purchase
        promised = aid.column(given.price) * (index if given.indexed else 1.0)
        premium = bought * (promised - price)
    made = kg / _by_year(project, draws, "good")
    input_kg = made * _value(project, draws, "input_use")
    input_price = _value(project, draws, "input_base") + _value(project, draws, "input_link") * market
    if "input_price" in draws.values:
        input_price = np.broadcast_to(draws.values["input_price"], market.shape)
    assured = aid.assured_kg(support.input, input_kg)
    saving = np.zeros_like(kg)
    if support.input is not None and support.input.price is not None:
        saving = assured * (input_price - support.input.price) * index
    runs = np.arange(project.count) >= project.start
    spent = _capital(project, draws).sum(axis=1, keepdims=True)
    return Trade(
        kg, price, market, kg * price + premium, bought, premium, input_kg, assured, saving,
        input_kg * input_price * index - saving,
        made * _value(project, draws, "conversion") * index,
        made * _value(project, draws, "power") * _value(project, draws, "tariff") * index,
        _value(project, draws, "labour") * index * runs,
        _value(project, draws, "fixed") * spent * index * runs,
    )  # fmt: skip


def _value(project: PlantProject, draws: Draws, name: str) -> Array:
    """Return a field of the project, (draw or 1, 1)."""
    return draws.values[name] if name in draws.values else np.full((draws.count, 1), getattr(project, name))


def _by_year(project: PlantProject, draws: Draws, name: str) -> Array:
    """Return ``ramp`` or ``good`` in every year, (draw, year); 1 before the plant runs and after the first years."""
    first = draws.values.get(name, np.atleast_2d(np.asarray(getattr(project, name), dtype=float)))
    found = np.ones((draws.count, project.count))
    found[:, project.start : project.start + first.shape[1]] = first
    return found


def _capital(project: PlantProject, draws: Draws) -> Array:
    """Return capital spent, real money, (draw, year)."""
    spread = np.zeros(project.count)
    spread[: project.start] = project.build
    found: Array = _value(project, draws, "capital") * _value(project, draws, "capacity") * spread
    return found


def _working(project: PlantProject, trade: Trade, helped: Array) -> tuple[Array, Array]:
    """Return the working capital at the end of each year and the cash in it; the last year sets both free."""
    days = project.days
    owed = trade.sales * days.buyers + np.maximum(helped, 0.0) * days.support
    cash = trade.costs * days.cash / DAYS
    working = (owed + trade.variable * (days.stock - days.sellers)) / DAYS + cash
    working[:, -1], cash[:, -1] = 0.0, 0.0
    return working, cash


def _loan(project: PlantProject, capital: Array) -> dict[str, Array]:
    """Return the loan: drawn (with the interest of the years of building), interest, repayment and balance."""
    debt, start = project.debt, project.start
    drawn, added, interest, repaid, loan = np.zeros((5, *capital.shape))
    balance = np.zeros(len(capital))
    part = np.zeros(len(capital))
    for at in range(project.count):
        due = debt.rate * balance
        if at < start:
            added[:, at] = due
            drawn[:, at] = debt.share * capital[:, at] + due
        else:
            interest[:, at] = due
            part = balance / debt.tenor if at == start + debt.grace else part
            last = start + debt.grace + debt.tenor - 1
            repaid[:, at] = part if start + debt.grace <= at < last else 0.0
            if at == last:
                repaid[:, at] = balance  # what is left, so that no rounding stays due for ever
        balance = balance + drawn[:, at] - repaid[:, at]
        loan[:, at] = balance
    return {"interest": interest, "interest_in_build": added, "drawn": drawn, "repaid": repaid, "loan": loan}
