"""Discounted cash flow of a plant, year by year and for every draw at once: net present value, rate of return, payback.

Years: those of construction, then those of operation; every amount falls at the end of its year. With ``operation
starts`` the last year of construction is moment 0; with ``construction starts`` the first is moment 1. Amounts grow
from the first year of construction on. On a nominal basis money is of its year; on a real one it is of the first
year, and what is fixed in money (loan, depreciation, working capital, land) is worn down by inflation. Working capital
and land come back at the end as the money that was put in.

``tax = rate x (revenue - royalty - operating cost - depreciation - deducted loan - depletion + salvage) - credit``
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chumbak.plant.costs.depreciation import schedule
from chumbak.plant.costs.root import root, zero
from chumbak.plant.costs.tables import Array, Number
from chumbak.plant.errors import PlantError

MONTHS = 12.0
RATES = np.concatenate([np.linspace(-0.9, 1.0, 77), np.linspace(1.05, 10.0, 60)])


@dataclass(frozen=True)
class Money:
    """What a plant costs and earns, in money of the estimate: capital once, the rest a full year. ``(draw)`` or one.

    ``replaced`` are installed costs with the years after which each comes again.
    """

    fixed_capital: Number
    depreciable: Number
    working_capital: Number
    land: Number
    revenue: Number
    variable: Number
    fixed: Number
    replaced: Sequence[tuple[Number, float]] = ()


@dataclass(frozen=True)
class CashFlow:
    """Yearly lines (year) or (draw x year) by name, their sum ``cash``, the moment of each year and its discount."""

    lines: Mapping[str, Array]
    cash: Array
    moments: Array
    building: int
    npv: Number
    warnings: tuple[str, ...]


def _column(value: Any) -> Array:
    """Return a number, or one for every draw, so that it spreads over years."""
    return np.asarray(value, dtype=float)[..., None]


def loan_payment(principal: Array, interest: Array, years: int) -> Array:
    """Return the level yearly payment that pays a principal back with interest."""
    flat = np.abs(interest) < 1e-12
    safe = np.where(flat, 1.0, interest)
    return np.asarray(np.where(flat, principal / years, principal * safe / (1.0 - (1.0 + safe) ** -years)))


def cash_flow(money: Money, rules: Mapping[str, Any]) -> CashFlow:
    """Return the cash flow of a plant under the ``money.*`` rules. Raises ``PlantError`` for rules that clash."""
    say = {name.removeprefix("money."): value for name, value in rules.items() if name.startswith("money.")}
    share = np.array(say["construction"])
    building, life = len(share), int(say["life"])
    year = np.arange(building + life, dtype=float)
    running = year >= building
    moments = year + 1 - (building if say["present"] == "operation starts" else 0)
    worn = 1.0 + _column(say["inflation"]) if say["basis"] == "real" else np.ones(1)

    def grown(name: str) -> Array:
        """Growth of a cost since the first year, in money of each year."""
        return np.asarray(((1.0 + _column(say[name])) * worn) ** year)

    spread = np.concatenate([share, np.zeros(life)]) * grown("capital_growth")
    fixed_capital = _column(money.fixed_capital) * spread
    depreciable = (_column(money.depreciable) * spread).sum(axis=-1, keepdims=True)
    working = np.zeros(building + life)
    working[building - 1], working[-1] = 1.0, -1.0
    land = np.zeros(building + life)
    land[0], land[-1] = 1.0, -1.0

    starting = np.clip(_column(say["startup_months"]) / MONTHS - (year - building), 0.0, 1.0)

    def run(amount: Number, name: str, growth: str) -> Array:
        full = 1.0 - starting * (1.0 - _column(say[name]))
        return np.asarray(_column(amount) * full * running * grown(growth))

    revenue = run(money.revenue, "startup_sales", "revenue_growth")
    operating = run(money.variable, "startup_variable", "cost_growth") + run(
        money.fixed, "startup_fixed", "cost_growth"
    )
    royalty = _column(say["royalty"]) * revenue
    replaced = np.zeros(building + life)
    for amount, every in money.replaced:
        again = np.zeros(building + life)
        again[[building + int(one) for one in np.arange(every, life, every)]] = 1.0
        replaced = replaced + _column(amount) * again * grown("cost_growth")

    written = np.zeros(building + life)
    shares = schedule(say["depreciation"], life)
    written[building : building + len(shares)] = shares
    depreciation = depreciable * written
    salvage = np.zeros(building + life)
    salvage[-1] = 1.0
    salvage = _column(say["salvage"]) * fixed_capital.sum(axis=-1, keepdims=True) * salvage

    drawn = _column(say["loan"]) * (fixed_capital + _column(money.working_capital) * np.maximum(working, 0.0))
    paid, deducted = _loan(drawn, say, building, life)
    expensed = replaced if say["replaced"] == "expensed" else 0.0
    taxable = revenue - royalty - operating - depreciation - deducted - expensed + salvage
    # A depletion allowance lowers what is taxed, but makes no loss.
    allowance = np.minimum(_column(say["depletion"]) * (revenue - royalty), np.maximum(taxable, 0.0))
    tax = _tax(taxable - allowance, _column(say["tax"]), say["losses"])
    tax = np.where(tax > 0, np.maximum(tax - _column(say["credit"]) * operating, 0.0), tax)

    lines = {
        "fixed capital": -fixed_capital, "working capital": -_column(money.working_capital) * working,
        "land": -_column(money.land) * land, "replacement": -replaced, "loan": drawn - paid, "revenue": revenue,
        "royalty": -royalty, "operating cost": -operating, "salvage": salvage, "income tax": -tax,
    }  # fmt: skip
    shape = np.broadcast_shapes(*(one.shape for one in lines.values()), (*worn.shape[:-1], building + life))
    real = worn**year
    lines = {name: np.broadcast_to(one / real, shape) for name, one in lines.items()}
    cash = np.asarray(sum(lines.values()))
    lines["depreciation"] = np.broadcast_to(depreciation / real, shape)  # told, but no cash
    value = present_value(cash, moments, say["rate"])
    return CashFlow(lines, cash, moments, building, value, ())


def _loan(drawn: Array, say: Mapping[str, Any], building: int, life: int) -> tuple[Array, Array]:
    """Return what is paid on the loan and what of it lowers taxable income (year). Interest while building is added."""
    if not np.any(drawn):
        return np.zeros(building + life), np.zeros(building + life)
    years = int(say["loan_years"])
    if years > life:
        raise PlantError(
            f"the loan is paid back over {years} years and the plant runs {life}; make money.loan_years {life} or less"
        )
    interest = np.asarray(say["loan_interest"], dtype=float)
    early = 1.0 if say["loan_drawn"] == "start of year" else 0.0
    owed = np.zeros(np.broadcast_shapes(drawn.shape[:-1], interest.shape))
    for one in range(building):
        owed = (owed + drawn[..., one] * early) * (1.0 + interest) + drawn[..., one] * (1.0 - early)
    payment = loan_payment(owed, interest, years)
    paid = np.zeros((*owed.shape, building + life))
    deducted = np.zeros_like(paid)
    lent = drawn.sum(axis=-1) / np.where(owed == 0, 1.0, owed)  # share of what is owed that was lent, not interest
    left = owed
    for one in range(building, building + years):
        back = payment - left * interest
        paid[..., one] = payment
        deducted[..., one] = payment if say["loan_deducts"] == "payment" else payment - back * lent
        left = left - back
    return paid, deducted


def _tax(taxable: Array, rate: Array, losses: str) -> Array:
    if losses == "used elsewhere":
        return np.asarray(rate * taxable)
    if losses == "lost":
        return np.asarray(rate * np.maximum(taxable, 0.0))
    carried = np.zeros(taxable.shape[:-1])
    base = np.zeros_like(taxable)
    for one in range(taxable.shape[-1]):
        left = taxable[..., one] - carried
        base[..., one] = np.maximum(left, 0.0)
        carried = np.maximum(-left, 0.0)
    return np.asarray(rate * base)


def present_value(cash: Array, moments: Array, rate: Number) -> Number:
    """Return the net present value of a cash flow (year) or (draw x year) at moment 0."""
    value = (np.asarray(cash) / (1.0 + _column(rate)) ** moments).sum(axis=-1)
    return float(value) if np.ndim(value) == 0 else value


def rate_of_return(flow: CashFlow) -> tuple[Number, tuple[str, ...]]:
    """Return the rate at which the net present value is nothing (draw), and warnings. Not a number where none is.

    Searched from -90 % to 1,000 %; of several the highest below which value is lost is taken, and that is told.
    """
    cash = np.atleast_2d(flow.cash)
    powers = (1.0 + RATES[:, None]) ** -flow.moments  # rate x year
    values = cash @ powers.T
    # A rate of return is a crossing from gain to loss as the rate rises.
    crossing = (values[:, :-1] > 0) & (values[:, 1:] <= 0)
    several = (np.sign(values[:, :-1]) != np.sign(values[:, 1:])).sum(axis=1) > 1
    there = crossing.any(axis=1)
    last = crossing.shape[1] - 1 - np.argmax(crossing[:, ::-1], axis=1)
    low, high = RATES[last], RATES[last + 1]
    close = 1e-12 * np.abs(cash).sum(axis=1).max(initial=1.0)
    found, _ = root(lambda rate: np.asarray(present_value(cash, flow.moments, rate)), low, high, close)
    found = np.where(there, found, np.nan)
    warnings = []
    if several.any():
        warnings.append(
            "the cash flow changes sign more than once, so it has more than one rate of return: the highest is given"
        )
    if not there.all():
        warnings.append(
            f"{'the plant' if len(cash) == 1 else f'{int((~there).sum())} of {len(cash)} draws'} never earns its "
            "capital back at a rate above -90 %: there is no rate of return"
        )
    return (float(found[0]) if flow.cash.ndim == 1 else found), tuple(warnings)


def payback(flow: CashFlow) -> Number:
    """Return the years of operation until the cash flow, not discounted, has paid back all before it.

    Not a number if it never does.
    """
    held = np.cumsum(np.atleast_2d(flow.cash), axis=-1)[:, flow.building - 1 :]
    paid = held >= 0
    there = paid.any(axis=1) & ~paid[:, 0]
    first = np.argmax(paid, axis=1)
    pick = np.arange(len(held))
    before, after = held[pick, np.maximum(first - 1, 0)], held[pick, first]
    with np.errstate(divide="ignore", invalid="ignore"):
        years = first - 1 + np.where(after != before, -before / (after - before), 0.0)
    found = np.where(there, years, np.where(paid[:, 0], 0.0, np.nan))
    return float(found[0]) if flow.cash.ndim == 1 else found


def lowest_revenue(money: Money, rules: Mapping[str, Any]) -> Number:
    """Return the yearly revenue at which the net present value is nothing, all other money as it is (draw)."""
    shape = np.shape(cash_flow(money, rules).npv)
    scale = float(np.max(np.abs(money.fixed_capital) + np.abs(money.variable) + np.abs(money.fixed)))

    def value(revenue: Array) -> Array:
        return np.broadcast_to(np.asarray(cash_flow(replace(money, revenue=revenue), rules).npv, dtype=float), shape)

    found, _ = zero(value, shape, 1e-12 * scale, max(scale, 1e-9))
    return float(found) if not shape else found
