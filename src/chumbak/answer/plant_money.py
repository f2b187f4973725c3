"""The money of a plant as a plain document: worth, cost, break-even and death, with and without each support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from chumbak.answer.plan_document import plain
from chumbak.answer.plant_support import NONE, PlantCase
from chumbak.pack.forms import Form, numbers
from chumbak.pack.plant_projects import PlantProjectFile
from chumbak.scheme.break_even import (
    break_even_bids,
    break_even_input_prices,
    break_even_prices,
    dies_at,
    ruling_price,
    why_held,
)
from chumbak.scheme.cashflow import Flows, play
from chumbak.scheme.draws import Draws, sample
from chumbak.scheme.finance import CHUNK, dollars, measures, spread
from chumbak.scheme.measures import all_irr, debt_cover, least
from chumbak.scheme.project import PlantProject
from chumbak.scheme.rules import Scheme
from chumbak.scheme.support import BINDS, IDLE, NOTHING, OUTSIDE, SHARE, Support

CONVENTION = (
    "Years are counted from the award; money of a year moves at its end, and that of the award year is not discounted",
    "value is after tax and before debt at the nominal discount rate, in money of the award year; the owners' after "
    "debt at their own rate",
    "inputs are real, flows nominal; the bid, ceilings and the loan are nominal and not indexed",
    "a dollar moves by the difference of the two inflations",
    "calendar years are counted from that of the award, the first of the years to build; a plan counts the same years",
    "a plant runs to the end of its life even at a loss",
    "the price at which a plant dies counts of the incentive what the years before leave of its ceiling",
    "prices are net of goods and services tax; the price of the market returns to its level by a half-life that is an "
    "estimate",
)  # fmt: skip
SUMS = ("npv", "npv_real", "npv_equity", "npv_dollar", "npv_dollar_real", "outlay_total")  # of MEASURES, in millions
MILLION = 1e6
NO_LOAN = 1e-9  # of the capital: less is rounding
ANY_BID = 1e6  # money/kg, or a share of sales: so much that it holds nothing
# Flows of a row: cash = sales - costs + support - capital - working - tax.
FLOWS = ("capital", "sales", "costs", "support", "working", "tax", "cash", "cash_equity")
MEASURES = (
    "npv", "npv_real", "npv_equity", "npv_dollar", "npv_dollar_real", "irr_real", "irr_equity", "payback",
    "levelised", "outlay_total",
)  # fmt: skip


def plant_money_document(case: PlantCase, draws: int = 0, seed: int = 0) -> dict[str, Any]:
    """Return all that is told of a plant's money; ``draws`` 0 for the central case alone.

    Sums are millions of the project's currency (or of dollars), nominal unless a name says otherwise; a number that
    does not exist (no rate of return, no break-even) is None. ``units`` says the rest. Raises ``ProjectError`` for a
    range that cannot be drawn.
    """
    project = case.project
    flows = play(project, case.support)
    found = {
        "project": _project(case, flows),
        "scheme": _scheme(case),
        "units": _units(project.currency),
        "shown_in": _shown_in(case),
        "convention": list(CONVENTION),
        "told": case.told,
        "cases": [_case(project, name, given) for name, given in case.cases.items()],
        "break_even_bid": _bid(project, case.support),
        "break_even_input_price": {
            name: float(break_even_input_prices(project, given)[0])
            for name, given in case.cases.items()
            if name in (case.told, NONE)
        },
        "incentive": _incentive(project, case.support, flows),
        "dies_at": _death(project, case.support, flows),
        "by_year": _by_year(project, case.support, flows),
        "draws": _draws(case, draws, seed) if draws else None,
        "figures": figures(case.file),
        "evidence": [row for row in evidence(case.file.form) if not row["name"].startswith("asks.")],
        "notes": [*case.notes, *_second_hand(case)],
    }
    answer: dict[str, Any] = plain(found)
    return answer


def _second_hand(case: PlantCase) -> list[str]:
    """Name the rules read that are only second-hand."""
    if case.scheme is None:
        return []
    ids = case.scheme.of_standing("second-hand", among=case.uses)
    listed = "; ".join(f"{one} ({case.scheme.rule(one).title})" for one in ids)
    return [f"Second-hand, as told by others than those who made it: {listed}."] if ids else []


def _units(currency: str) -> dict[str, str]:
    """Return the unit of each kind of number."""
    return {
        "sums": f"million {currency}", "dollars": "million USD", "prices": f"{currency}/kg", "capacity": "t/year",
        "rates": "1/year", "payback": "year", "shares": "1",
        "real": "money of the price year: what ends in _real, levelised, break_even_price, break_even_input_price, "
        "income_per_kg_feed",
    }  # fmt: skip


def _shown_in(case: PlantCase) -> dict[str, Any]:
    """Return how the terminal shows sums: a word, and how much of the currency it stands for."""
    unit, of = (f"million {case.project.currency}", MILLION) if case.scheme is None else case.scheme.money
    return {"unit": unit, "of": of}


def figures(file: PlantProjectFile) -> dict[str, int]:
    """Count the figures of a project's file, what it asks for left out: with a range, with a source, by confidence.

    Only the fields ``source`` and ``confidence`` are read, not comments.
    """
    told = [(amount, said) for path, amount, said in numbers(file.form) if path[0] != "asks"]
    return {
        "count": len(told),
        "with_range": sum(amount.low is not None for amount, _ in told),
        "estimates": sum(said.confidence.strip().lower() == "estimate" for _, said in told),
        "without_source": sum(not said.source.strip() for _, said in told),
        "without_confidence": sum(not said.confidence.strip() for _, said in told),
    }


def evidence(form: Form) -> list[dict[str, Any]]:
    """Return every number that a form says, by its path: value and range in its unit, how sure it is, who said so."""
    return [
        {
            "name": ".".join(map(str, path)), "value": amount.value, "low": amount.low, "high": amount.high,
            "unit": amount.unit, "confidence": said.confidence, "source": said.source,
            "note": " ".join(said.note.split()),
        }
        for path, amount, said in numbers(form)
    ]  # fmt: skip


def _project(case: PlantCase, flows: Flows) -> dict[str, Any]:
    project, file = case.project, case.file
    runs = slice(project.start, None)
    price = flows.trade.price[0] / flows.index
    market = flows.trade.market[0]
    return {
        "name": project.name, "title": project.title, "currency": project.currency, "price_year": project.price_year,
        "award_year": project.award_year, "first_year": project.years[project.start], "last_year": project.years[-1],
        "is_recycler": file.is_recycler, "capacity": project.capacity,
        "capital_real": project.capital * project.capacity / MILLION,
        "discount": project.money.discount, "equity": project.money.equity, "inflation": project.money.inflation,
        "has_loan": project.debt.share > 0, "market": file.form.market.name, "half_life": project.market.half_life,
        "price_real": {"mean": price[runs].mean(), "least": price[runs].min(), "most": price[runs].max()},
        "input_price_real": float((project.input_base + project.input_link * market)[runs].mean()),
        "bid": case.bid, "award": case.award, "income_per_kg_feed": _income(file, float(market[runs].mean())),
    }  # fmt: skip


def _income(file: PlantProjectFile, market: float) -> dict[str, float] | None:
    """Return what a kg of feed brings, real money/kg, by metal and for certificates, at a price of the market."""
    if not file.is_recycler:
        return None
    found = {
        metal["name"]: metal["content"] * metal["recovery"] * metal.get("paid", 1.0) * metal.get("price", market)
        for metal in file.metals()
    }
    told = file.certificates()
    return found | ({} if told is None else {"certificates": told["price"] * told["certified"]})


def _scheme(case: PlantCase) -> dict[str, Any] | None:
    scheme = case.scheme
    if scheme is None:
        return None
    return {
        "name": scheme.name, "title": scheme.title,
        "verdicts": [{"rule": one.rule, "result": one.result, "reason": one.reason} for one in case.verdicts],
        "rules_used": list(case.uses),
        "rests_on": [
            {"id": rule.id, "title": rule.title, "standing": rule.standing, "note": rule.note} for rule in case.rests_on
        ],
        "chosen": [_chosen(scheme, name) for name in scheme.chosen],
    }  # fmt: skip


def _chosen(scheme: Scheme, name: str) -> dict[str, Any]:
    """Return what the user set: the rule, the name of the value, what it is now and its unit."""
    rule_id, _, value = name.rpartition(".")
    rule = scheme.rule(rule_id)
    return {"rule": rule_id, "value": value, "set": rule.values[value], "unit": rule.units.get(value, "")}


def _cover(flows: Flows) -> np.ndarray:
    """Return debt cover by year, (year,); NaN where nothing is due. What rounding leaves of a loan is nothing."""
    due = np.where(flows.service > NO_LOAN * flows.capital.sum(axis=1, keepdims=True), flows.service, 0.0)
    found: np.ndarray = debt_cover(flows.running - flows.tax - flows.more_working, due)[0]
    return found


def _case(project: PlantProject, name: str, given: Support) -> dict[str, Any]:
    """Return the measures with one support, and the price at which the plant breaks even with it."""
    flows = play(project, given)
    over = measures(project, flows)
    rates = all_irr(flows.cash_project[0])
    return {
        "name": name,
        "parts": list(given.parts),
        "irr": rates[0] if len(rates) == 1 else None,
        "irr_all": list(rates),
        **{measure: float(over[measure][0]) / (MILLION if measure in SUMS else 1.0) for measure in MEASURES},
        "least_cover": float(least(_cover(flows)[None])[0]),
        "break_even_price": float(break_even_prices(project, given)[0]),
    }


def _bid(project: PlantProject, support: Support) -> dict[str, Any] | None:
    """Return the least bid at which the project is worth nothing, and what stands in the way where there is none.

    ``without_ceilings`` is that bid if neither the ceiling per kg nor that over all years held it, ``without_caps`` if
    the share of net sales did not either.
    """
    given = support.incentive
    if given is None:
        return None
    terms = given.terms
    best = play(project, replace(support, incentive=replace(given, bid=terms.ceiling)))
    held = best.binds[0] == SHARE
    freed = replace(terms, ceiling=ANY_BID, total_per_t=np.inf)
    found = {
        name: float(break_even_bids(project, replace(support, incentive=replace(given, terms=changed)))[0])
        for name, changed in (
            ("value", terms), ("without_ceilings", freed), ("without_caps", replace(freed, sales_share=ANY_BID))
        )
    }  # fmt: skip
    return {
        **found,
        "ceiling": terms.ceiling,
        "sales_share": terms.sales_share,
        "npv_at_ceiling": float(measures(project, best)["npv"][0]) / MILLION,
        "share_holds_in": [year for year, one in zip(project.years, held, strict=True) if one],
    }


def _incentive(project: PlantProject, support: Support, flows: Flows) -> dict[str, Any] | None:
    """Return what the incentive pays by year and what holds it, with the sentence of the engine."""
    given = support.incentive
    if given is None:
        return None
    said = {int(one[:4]): one[6:] for one in why_held(project, support, flows)}
    years = [
        {"year": year, "paid": float(flows.incentive[0, at]) / MILLION, "held_by": BINDS[flows.binds[0, at]],
         "why": said.get(year, "")}
        for at, year in enumerate(project.years)
        if flows.binds[0, at] not in (IDLE, OUTSIDE)
    ]  # fmt: skip
    return {
        "ruling_price": ruling_price(given),
        "sales_share": given.terms.sales_share,
        "incentive_years": given.terms.incentive_years,
        "years": years,
    }


def _death(project: PlantProject, support: Support, flows: Flows) -> dict[str, Any]:
    """Return the rival's price at the border below which variable cost is not covered, in the years of help and after.

    ``border`` is the price at the border that the plant's own price stands for. Without incentive all years are after.
    """
    border = flows.trade.price[0] / (1 + project.duty) - project.landing * flows.index
    dies = dies_at(project, support, flows)[0]
    helped = (flows.incentive[0] > 0) | (flows.floor[0] != 0)
    told: dict[str, Any] = {"duty": project.duty, "landing": project.landing}
    for name, inside in (("during", helped), ("after", ~helped)):
        at = np.flatnonzero(inside & ~np.isnan(dies))
        real = dies[at] / flows.index[at]
        told[name] = None if not len(at) else {
            "first": project.years[at[0]], "last": project.years[at[-1]],
            "least": dies[at].min(), "most": dies[at].max(), "at_first": dies[at[0]],
            "least_real": real.min(), "most_real": real.max(), "at_first_real": real[0],
            "border_real": (border[at] / flows.index[at]).mean(),
            "dead_years": [project.years[one] for one in at if border[one] < dies[one]],
        }  # fmt: skip
    return told


def _by_year(project: PlantProject, support: Support, flows: Flows) -> list[dict[str, Any]]:
    """Return every year: flows nominal and real, in money and in dollars (``FLOWS``), prices, cover."""
    spent = flows.capital - flows.salvage
    found = (
        spent, flows.trade.sales, flows.trade.costs, flows.help + flows.subsidy, flows.more_working, flows.tax_project,
        flows.cash_project, flows.cash_equity,
    )  # fmt: skip
    bases = {
        "nominal": np.full(project.count, 1 / MILLION),
        "real": 1 / flows.index / MILLION,
        "dollars": 1 / dollars(project) / MILLION,
        "dollars_real": 1 / flows.index / project.money.dollar / MILLION,
    }
    cover = _cover(flows)
    dies = dies_at(project, support, flows)[0]
    return [
        {
            "year": year,
            "tonnes": flows.trade.kg[0, at] / 1000,
            "price": flows.trade.price[0, at],
            "price_real": flows.trade.price[0, at] / flows.index[at],
            "dies_at": dies[at],
            "cover": cover[at],
            **{
                basis: {name: one[0, at] * scale[at] for name, one in zip(FLOWS, found, strict=True)}
                for basis, scale in bases.items()
            },
        }
        for at, year in enumerate(project.years)
    ]


def _draws(case: PlantCase, count: int, seed: int) -> dict[str, Any]:
    """Return the spread of the value with the support told and with none, what drives it, and how often caps hold."""
    drawn = sample(case.project, count, seed)
    told = spread(case.project, case.support, drawn)
    without = spread(case.project, NOTHING, drawn) if case.support.parts else told
    drivers = [
        {"name": str(name), "share": float(share), "rank_correlation": float(related)}
        for name, share, related in zip(
            told["driver"].values, told["share"].values, told["rank_correlation"].values, strict=True
        )
    ]
    quantiles = {
        f"p{round(100 * float(q)):02d}": float(told["npv_quantile"].sel(quantile=q)) / MILLION for q in told["quantile"]
    }
    return {
        "count": count,
        "seed": seed,
        "npv": quantiles,
        "loss": float(told["loss"]),
        "loss_equity": float(told["loss_equity"]),
        "loss_without": float(without["loss"]),
        "drivers": sorted(drivers, key=lambda one: -one["share"]),
        "held": _held(case, drawn),
    }


def _held(case: PlantCase, drawn: Draws) -> list[Mapping[str, Any]]:
    """Return in which share of the draws each thing holds the incentive, by year in which it may be paid."""
    if case.support.incentive is None:
        return []
    counts = np.zeros((len(BINDS), case.project.count))
    for first in range(0, drawn.count, CHUNK):
        flows = play(case.project, case.support, drawn.part(slice(first, min(first + CHUNK, drawn.count))))
        counts += np.array([(flows.binds == code).sum(axis=0) for code in range(len(BINDS))])
    shares = counts / drawn.count
    return [
        {"year": year, **{BINDS[code]: shares[code, at] for code in range(len(BINDS)) if shares[code, at] > 0}}
        for at, year in enumerate(case.project.years)
        if shares[IDLE, at] + shares[OUTSIDE, at] < 1
    ]
