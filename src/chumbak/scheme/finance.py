"""The money of a plant: its years, its measures, what each support is worth, and what makes it break even."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from chumbak.scheme.break_even import break_even_prices, dies_at
from chumbak.scheme.cashflow import Flows, play
from chumbak.scheme.draws import Draws
from chumbak.scheme.measures import debt_cover, irr, least, npv, payback, rank_correlation
from chumbak.scheme.prices import indices
from chumbak.scheme.project import PlantProject
from chumbak.scheme.support import BINDS, NOTHING, Support

CHUNK = 5000  # draws at a time: some 100 MB for a plant of 25 years
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)

# name: unit (money stands for the currency), what it is
BY_YEAR = {
    "tonnes": ("t", "product sold"),
    "price": ("money/kg", "net price of the product, nominal"),
    "market_price": ("money/kg", "price of the market's metal, real"),
    "sales": ("money", "net sales, with an assured purchase at its price, nominal"),
    "input_cost": ("money", "input bought, nominal"),
    "input_t": ("t", "input bought, what is assured included"),
    "assured_t": ("t", "input taken from what is assured"),
    "conversion": ("money", "cost of conversion beside input, power and labour, nominal"),
    "energy": ("money", "cost of power, nominal"),
    "labour": ("money", "cost of labour, nominal"),
    "fixed": ("money", "fixed cost, nominal"),
    "capital": ("money", "capital spent, nominal"),
    "salvage": ("money", "what the plant fetches at its end, nominal"),
    "incentive": ("money", "sales incentive, nominal"),
    "floor": ("money", "paid by a price floor, below 0 what is paid back, nominal"),
    "recycling": ("money", "aid on a recycler's sales, nominal"),
    "premium": ("money", "what an assured purchase pays beyond the net price, nominal"),
    "subsidy": ("money", "capital subsidy, nominal"),
    "outlay": ("money", "what the plant costs the state, nominal"),
    "working": ("money", "working capital at the end of the year, nominal"),
    "depreciation_tax": ("money", "depreciation for tax, nominal"),
    "depreciation_book": ("money", "depreciation in equal parts, nominal"),
    "interest": ("money", "interest paid, nominal"),
    "interest_in_build": ("money", "interest added to the loan in the years of building, nominal"),
    "drawn": ("money", "loan drawn, interest of building included, nominal"),
    "repaid": ("money", "loan paid back, nominal"),
    "loan": ("money", "loan at the end of the year, nominal"),
    "tax": ("money", "tax on profit, nominal"),
    "cash_project": ("money", "cash of the project after tax, as if there were no loan, nominal"),
    "cash_equity": ("money", "cash to the owners, below 0 what they put in, nominal"),
    "cover": ("1", "cash after tax over interest and repayment; the capital subsidy is left out"),
    "dies_at": ("money/kg", "rival's price at the border below which variable cost is not covered, nominal"),
}  # fmt: skip
OVER_YEARS = {
    "npv": ("money", "value of the project at the award, in money of the award year"),
    "npv_real": ("money", "value of the project at the award, in money of the price year"),
    "npv_equity": ("money", "value to the owners at the award, in money of the award year"),
    "npv_dollar": ("USD", "value of the project at the award, in dollars of the award year"),
    "npv_dollar_real": ("USD", "value of the project at the award, in dollars of the price year"),
    "irr": ("1/year", "nominal rate of return of the project; none where there is none or several"),
    "irr_real": ("1/year", "real rate of return of the project"),
    "irr_equity": ("1/year", "nominal rate of return of the owners"),
    "irr_count": ("1", "how many rates of return the project has"),
    "payback": ("year", "years from the start of the award year until the project has paid back, not discounted"),
    "least_cover": ("1", "least debt cover of a year"),
    "levelised": ("money/kg", "levelised cost of a kg, real: before tax, support and working capital"),
    "outlay_total": ("money", "what the plant costs the state over all years, nominal"),
}  # fmt: skip


def plant_money(project: PlantProject, support: Support | None = None, draws: Draws | None = None) -> xr.Dataset:
    """Return the plant's money: by ``draw`` and ``year`` (calendar), and measures by ``draw``.

    Money is nominal in the project's currency unless its name or ``long_name`` says otherwise; ``index`` (year) turns
    real into nominal and ``dollar`` (year) is the nominal price of a dollar. ``binds`` (draw, year) says what holds the
    incentive: a place in the attribute ``binds``, from 0. Raises ``ProjectError``. For many draws: ``spread``.
    """
    support = support or NOTHING
    flows = play(project, support, draws)
    by_year = _by_year(project, support, flows)
    over = measures(project, flows)
    variables: dict[str, Any] = {
        name: (("draw", "year"), by_year[name], _said(BY_YEAR, name, project)) for name in BY_YEAR
    }
    variables |= {name: ("draw", over[name], _said(OVER_YEARS, name, project)) for name in OVER_YEARS}
    binds = {"units": "1", "long_name": "what holds the incentive"}
    index, dollar = flows.index, dollars(project)
    rate = {"units": f"{project.currency}/USD", "long_name": "price of a dollar, nominal"}
    return xr.Dataset(
        {
            **variables,
            "binds": (("draw", "year"), flows.binds, binds),
            "index": (("year",), index, {"units": "1", "long_name": "nominal over real money"}),
            "dollar": (("year",), dollar, rate),
        },
        coords={"year": list(project.years)},
        attrs={
            "currency": project.currency, "price_year": project.price_year, "award_year": project.award_year,
            "starts": project.years[project.start], "binds": "; ".join(BINDS), "support": "; ".join(support.parts),
        },
    )  # fmt: skip


def dollars(project: PlantProject) -> np.ndarray:
    """Return the nominal price of a dollar, (year,): it moves by the difference of the inflations, by convention."""
    years = np.array(project.years)
    money = project.money
    home = indices(money.inflation, years, project.price_year)
    found: np.ndarray = money.dollar * home / indices(money.dollar_inflation, years, project.price_year)
    return found


def real(found: xr.DataArray, data: xr.Dataset) -> xr.DataArray:
    """Return nominal money by year in money of the price year."""
    return found / data["index"]


def in_dollars(found: xr.DataArray, data: xr.Dataset) -> xr.DataArray:
    """Return nominal money by year in nominal dollars."""
    return found / data["dollar"]


def measures(project: PlantProject, flows: Flows) -> dict[str, np.ndarray]:
    """Return the measures of ``OVER_YEARS``, (draw,) each."""
    money = project.money
    cash, owners = flows.cash_project, flows.cash_equity
    value = npv(money.discount, cash)
    rate, count = irr(cash)
    dollar = dollars(project)
    return {
        "npv": value,
        "npv_real": value / flows.index[0],
        "npv_equity": npv(money.equity, owners),
        "npv_dollar": value / dollar[0],
        "npv_dollar_real": value / flows.index[0] / money.dollar,
        "irr": rate,
        "irr_real": (1 + rate) / (1 + money.inflation) - 1,
        "irr_equity": irr(owners)[0],
        "irr_count": count,
        "payback": payback(cash),
        "least_cover": least(_cover(flows)),
        "levelised": levelised(project, flows),
        "outlay_total": flows.outlay.sum(axis=1),
    }


def levelised(project: PlantProject, flows: Flows) -> np.ndarray:
    """Return the levelised cost of a kg, real money/kg, (draw,): discounted costs over discounted kg.

    Capital, less what it fetches at the end, and all costs of running; before tax, support and working capital. Input
    is at what it would cost if none were assured. Real money at the real discount rate.
    """
    rate = (1 + project.money.discount) / (1 + project.money.inflation) - 1
    spent = flows.capital - flows.salvage + flows.trade.costs + flows.trade.assured_saving
    kg = npv(rate, flows.trade.kg)
    found: np.ndarray = np.divide(npv(rate, spent / flows.index), kg, out=np.full(len(kg), np.nan), where=kg > 0)
    return found


def with_and_without(
    project: PlantProject, support: Support, draws: Draws | None = None
) -> dict[str, dict[str, np.ndarray]]:  # fmt: skip
    """Return the measures with all support, without each part of it, with each part alone, and with none.

    To them comes ``break_even_price``, constant in real money/kg (see ``break_even_prices``). The keys are ``all``,
    ``without NAME``, ``NAME alone`` and ``none``; names are those of ``Support.parts``.
    """
    cases = {"all": support}
    if len(support.parts) > 1:
        cases |= {f"without {name}": support.without(name) for name in support.parts}
        cases |= {f"{name} alone": support.only(name) for name in support.parts}
    cases["none"] = NOTHING
    return {
        name: {
            **measures(project, play(project, given, draws)),
            "break_even_price": break_even_prices(project, given, draws),
        }
        for name, given in cases.items()
    }


def spread(project: PlantProject, support: Support, draws: Draws, chunk: int = CHUNK) -> xr.Dataset:
    """Return the measures in every draw, (draw,), with quantiles, the chance of loss and what drives the value.

    One pass over the draws, ``chunk`` at a time. ``rank_correlation`` (driver) is Spearman's, of the project's value
    with what was drawn; ``share`` its square over the sum of squares, a share of the variance as far as effects are
    steady and do not work on each other. The market's price counts by the mean of its logarithm while the plant runs.
    """
    parts = []
    for first in range(0, draws.count, chunk):
        rows = slice(first, min(first + chunk, draws.count))
        parts.append(measures(project, play(project, support.part(rows, draws.count), draws.part(rows))))
    over = {name: np.concatenate([part[name] for part in parts]) for name in OVER_YEARS}
    names = list(draws.deviates)
    related = np.array([rank_correlation(draws.deviates[name], over["npv"]) for name in names])
    total = float(np.sum(related**2))
    return xr.Dataset(
        {
            **{name: (("draw",), over[name], _said(OVER_YEARS, name, project)) for name in OVER_YEARS},
            "npv_quantile": (("quantile",), np.quantile(over["npv"], QUANTILES), _said(OVER_YEARS, "npv", project)),
            "loss": (
                (), float(np.mean(over["npv"] < 0)),
                {"units": "1", "long_name": "chance that the value is below 0"},
            ),
            "loss_equity": (
                (), float(np.mean(over["npv_equity"] < 0)),
                {"units": "1", "long_name": "chance that the value to the owners is below 0"},
            ),
            "rank_correlation": (("driver",), related, {"units": "1", "long_name": "rank correlation with the value"}),
            "share": (
                ("driver",), related**2 / total if total > 0 else related,
                {"units": "1", "long_name": "share of what moves the value"},
            ),
        },
        coords={"quantile": list(QUANTILES), "driver": names},
        attrs={"currency": project.currency, "price_year": project.price_year, "draws": draws.count},
    )  # fmt: skip


def _cover(flows: Flows) -> np.ndarray:
    """Return the debt cover: running after tax, less what working capital takes, over interest and repayment."""
    return debt_cover(flows.running - flows.tax - flows.more_working, flows.service)


def _by_year(project: PlantProject, support: Support, flows: Flows) -> Mapping[str, np.ndarray]:
    trade = flows.trade
    return {
        "tonnes": trade.kg / 1000, "price": trade.price, "market_price": trade.market, "sales": trade.sales,
        "input_cost": trade.input, "input_t": trade.input_kg / 1000,
        "assured_t": trade.assured_kg / 1000, "conversion": trade.conversion,
        "energy": trade.energy, "labour": trade.labour, "fixed": trade.fixed, "capital": flows.capital,
        "salvage": flows.salvage, "incentive": flows.incentive, "floor": flows.floor, "recycling": flows.recycling,
        "premium": trade.premium, "subsidy": flows.subsidy, "outlay": flows.outlay, "working": flows.working,
        "depreciation_tax": flows.charge, "depreciation_book": flows.book_charge, "interest": flows.interest,
        "interest_in_build": flows.interest_in_build, "drawn": flows.drawn, "repaid": flows.repaid, "loan": flows.loan,
        "tax": flows.tax, "cash_project": flows.cash_project, "cash_equity": flows.cash_equity,
        "cover": _cover(flows), "dies_at": dies_at(project, support, flows),
    }  # fmt: skip


def _said(table: Mapping[str, tuple[str, str]], name: str, project: PlantProject) -> dict[str, str]:
    unit, what = table[name]
    return {"units": unit.replace("money", project.currency), "long_name": what}
