"""Money by year: what a plan pays and earns under each name, and the treasury's account beside it.

Nothing here is read off the programme: terms are summed again from the decisions, not discounted, in millions of the
pack's money.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.doctrine import rotation_cost, stock_cost, stock_costs
from chumbak.plan.money import annuity, worth
from chumbak.plan.network import BOUGHT
from chumbak.plan.policies import Policy
from chumbak.plan.policy_rules import (
    block_credit,
    block_subsidies,
    in_window,
    output_is_finished,
    output_price,
    rewarded_quantity,
)
from chumbak.plan.whole import pieces, saved


def spending(case: Case, decisions: xr.Dataset, view: str) -> xr.DataArray:
    """Return cost by (term, year), millions, not discounted; what is earned is below zero.

    Capital is the yearly charge of what stands (see ``money.annuity``), not what is invested in the year.
    """
    plants, market = case.plants, case.market
    value = {name: array.values for name, array in decisions.data_vars.items()}
    run = value["run"].sum(axis=1)  # (activity, year)
    lives = plants.online - plants.ended  # what was built is paid for to the end of its life, kept or not
    lived = np.einsum("krb,kbt->kt", committed(case, decisions), lives)
    capital = plants.capital[:, None]
    charged = capital * plants.awarded_online.sum(axis=1) + lived
    there = (plants.standing + plants.awarded_whole).sum(axis=1) - value["closed"].sum(axis=1)
    early = value["gone"].sum(axis=1) - np.einsum("krb,kbt->kt", value["build"], plants.ended)
    retired = (saved(plants) if "opened" in value else plants.capital)[:, None] * early
    running = np.einsum("kat,k->at", plants.use, plants.variable) + market.consumed
    power = np.einsum("kat,k->at", plants.use, plants.electricity)
    price = worth(case)
    terms = {
        "capital": annuity(case, view) @ charged,
        "fixed": plants.fixed @ (capital * there - retired + lived),
        "operation": np.einsum("at,at->t", running, run),
        "electricity": np.einsum("at,art,r->t", power, value["run"], case.tariff),
        "purchases": np.einsum("ot,ort->t", market.price, value["buy"]),
        "freight": np.einsum("r,ort->t", case.landing, value["buy"])
        + np.einsum("rs,grst->t", case.haul, value["ship"]),
        "holding": np.einsum("gt,grt->t", case.holding * price + rotation_cost(case), value["store"]),
        "collection": np.einsum("s,usrt->t", case.recovery.cost, value["collect"]),
        "substitution": np.einsum("ut,urt->t", case.need.substitute_cost, value["substitute"]),
        "going without": np.einsum("ut,urt->t", case.need.without, value["unmet"])
        + case.need.without.max(axis=0, initial=0.0) * value["stock_lacking"].sum(axis=(0, 1)),
        "sales": -np.einsum("mt,mt->t", market.sale_price, value["sell"])
        - np.einsum("gt,grt->t", price, value["export"]),
    }  # fmt: skip
    if view == INVESTOR:
        terms["duties"] = np.einsum("ot,ort->t", market.duty, value["buy"])
        terms["subsidies"] = -_received(case, decisions)
    return xr.DataArray(
        np.array(list(terms.values())), dims=("term", "year"), coords={"term": list(terms), "year": case.years},
        attrs={"units": f"million {case.currency} ({case.price_year})/year", "long_name": "cost, not discounted"},
    )  # fmt: skip


def _received(case: Case, decisions: xr.Dataset) -> np.ndarray:
    """Return what policies are worth to the investor in each year, millions.

    Incentives and public stocks as they are paid; a capital subsidy as the charge of the capital it replaces.
    """
    plants, charge = case.plants, annuity(case, INVESTOR)
    found: np.ndarray = block_credit(case) + stock_costs(case) + decisions["incentive"].values.sum(axis=0)
    for at, name in enumerate(decisions["policy"].values.tolist() if "policy" in decisions.dims else []):
        kind = plants.names.index(next(one.plant for one in case.policies if one.name == name))
        lives = (plants.online - plants.ended)[kind]
        found = found + charge[kind] * (decisions["subsidy"].values[at] @ lives)
    return found


def online_capacity(case: Case, decisions: xr.Dataset) -> np.ndarray:
    """Return nameplate capacity that stands, run up or not, (plant, region, year) t/year."""
    plants = case.plants
    built = np.einsum("krb,kbt->krt", decisions["build"].values, plants.online)
    retired = decisions["gone"].values + decisions["closed"].values
    found: np.ndarray = plants.standing + plants.awarded_whole + built - retired
    return found


def committed(case: Case, decisions: xr.Dataset) -> np.ndarray:
    """Return the capital of what is decided, millions, (plant, region, decided): of whole plants, what they cost."""
    if "opened" not in decisions:
        found: np.ndarray = case.plants.capital[:, None, None] * decisions["build"].values
        return found
    kinds = pieces(case.plants)
    found = np.einsum("ki,kirb->krb", kinds.opening, decisions["opened"].values)
    found = found + np.einsum("ki,kirb->krb", kinds.slope, decisions["sized"].values)
    return found


def invested(case: Case, decisions: xr.Dataset) -> np.ndarray:
    """Return capital committed in each year of a decision, millions, (plant, decided)."""
    found: np.ndarray = committed(case, decisions).sum(axis=1)
    return found


def paid_out(case: Case, decisions: xr.Dataset) -> xr.DataArray:
    """Return what the treasury pays under each policy, (policy, year) millions.

    Its caps are filled in order of time. In either view it is what the rules give for the plan as it is; the national
    view does not steer by it.
    """
    rows = [one for one in case.policies if one.instrument in PAYING]
    paid = [PAYING[one.instrument](case, decisions, one) for one in rows]
    return xr.DataArray(
        np.array(paid).reshape(len(rows), len(case.years)), dims=("policy", "year"),
        coords={"policy": np.array([one.name for one in rows], dtype=object), "year": case.years},
        attrs={"units": f"million {case.currency} ({case.price_year})/year", "long_name": "paid by the treasury"},
    )  # fmt: skip


def treasury(case: Case, decisions: xr.Dataset) -> xr.Dataset:
    """Return the treasury's account by year, millions: ``duties`` received, ``paid`` under policies, ``net`` cost."""
    duties = np.einsum("ot,ort->t", case.market.duty, decisions["buy"].values)
    paid = paid_out(case, decisions)
    units = paid.attrs["units"]
    return xr.Dataset(
        {
            "duties": ("year", duties, {"units": units, "long_name": "duties received"}),
            "paid": paid,
            "net": (
                "year",
                paid.values.sum(axis=0) - duties,
                {"units": units, "long_name": "net cost to the treasury"},
            ),
        },
        coords={"year": case.years},
    )


def _capital_subsidy(case: Case, decisions: xr.Dataset, policy: Policy) -> np.ndarray:
    if policy.block:
        return block_subsidies(case).get(policy.name, np.zeros(len(case.years)))
    plants = case.plants
    at = plants.names.index(policy.plant)
    built = decisions["build"].values[at].sum(axis=0)
    begins = np.floor(case.decided + plants.lead[at])
    cost = invested(case, decisions)[at]
    tonne = np.divide(cost, built, out=np.zeros_like(cost), where=built > 0)
    each = np.minimum(policy.share[np.isin(case.years, case.decided)] * tonne, policy.cap)
    paid_for = _within(built * in_window(policy, begins), policy.quantity)
    amount = _within(paid_for * each, policy.total)
    online = plants.online[at]
    comes = np.diff(online, prepend=0.0, axis=-1)
    found: np.ndarray = amount @ comes
    return found


def _output_incentive(case: Case, decisions: xr.Dataset, policy: Policy) -> np.ndarray:
    """Return the incentive of each year; output that earns most is rewarded first."""
    at = case.plants.names.index(policy.plant)
    run = decisions["run"].values.sum(axis=1) * (case.plants.use[at] > 0)
    price, most = output_price(case), rewarded_quantity(case, policy)
    if output_is_finished(case, policy):
        own = [
            bool(slot) and colour != BOUGHT
            for (_, colour), slot in zip(case.network.goods, case.network.slot, strict=True)
        ]
        most = np.minimum(most, decisions["deliver"].values[own].sum(axis=(0, 1)))
    order = np.argsort(-price.sum(axis=1), kind="stable")
    before = np.cumsum(run[order], axis=0) - run[order]
    rewarded = np.clip(most - before, 0, run[order])
    by_tonne = policy.per_tonne * rewarded.sum(axis=0)
    if np.isfinite(policy.sales_share):
        by_tonne = np.minimum(by_tonne, policy.sales_share * (rewarded * price[order]).sum(axis=0))
    return _within(by_tonne * in_window(policy, case.years), policy.total)


def _public_stock(case: Case, decisions: xr.Dataset, policy: Policy) -> np.ndarray:
    return stock_cost(case, policy)


def _within(amount: np.ndarray, most: float) -> np.ndarray:
    """Return amounts cut off in order of time where together they pass ``most``."""
    found: np.ndarray = np.diff(np.minimum(np.cumsum(amount), most), prepend=0.0)
    return found


PAYING = {
    "capital_subsidy": _capital_subsidy,
    "output_incentive": _output_incentive,
    "public_stock": _public_stock,
}
