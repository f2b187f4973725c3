"""Policy rows in the programme: what the treasury pays an investor, as far as the caps of each policy go."""

from __future__ import annotations

import numpy as np

from chumbak.linear.program import NONE, Program
from chumbak.plan.case import INVESTOR, Case
from chumbak.plan.decisions import Decisions
from chumbak.plan.money import annuity
from chumbak.plan.policies import Policy


def capital_subsidy(program: Program, case: Case, make: Decisions) -> None:
    """A capital subsidy pays a share of the investment in what is built, up to its caps.

        subsidy[p,b] <= rate[b] capital[k] paid_for[p,b]        subsidy[p,b] <= cap[p] paid_for[p,b]
        subsidy[p,b] <= rate[b] (what is paid for all that is built)
        paid_for[p,b] <= sum_r build[k,r,b]     sum_b paid_for[p,b] <= quantity[p]    sum_b subsidy[p,b] <= total[p]

    Of whole plants capital[k] is that of the dearest tonne, and the last row holds it to what is paid: of plants that
    cost the same a tonne at every size it says nothing new.

    It is worth to the investor what the capital it replaces costs: in each year of the plant's life inside the plan,
    the same charge (``money.annuity``). A policy of an awarded block pays for the block alone: ``block_subsidies``.
    """
    plants, paid = case.plants, case.factors(INVESTOR)
    rows = [one for one in case.policies if one.instrument == "capital_subsidy" and not one.block]
    labels = {"policy": [one.name for one in rows], "decided": case.decided.tolist()}
    opened = _open(case, rows)
    subsidy = program.add_columns("subsidy", labels, "million", keep=opened)
    eligible = program.add_columns("subsidised", labels, "t/year", keep=opened)
    kinds = [plants.names.index(one.plant) for one in rows]
    share = np.array([one.share[np.isin(case.years, case.decided)] for one in rows]).reshape(eligible.shape)
    capital = make.capital.dearest[kinds][:, None]
    most = program.add_rows("subsidy_rate", labels, "million", keep=opened, upper=0.0)
    program.add(most, subsidy, 1.0)
    program.add(most, eligible, -np.minimum(share * capital, _figures(rows, "cap")[:, None]))
    built = program.add_rows("subsidy_build", labels, "t/year", keep=opened, upper=0.0)
    program.add(built, eligible, 1.0)
    program.add(built[:, None], np.where(opened[:, None], make.build[kinds], NONE), -1.0)
    differs = (make.capital.dearest > make.capital.saved)[kinds][:, None] & opened
    within = program.add_rows("subsidy_paid", labels, "million", keep=differs, upper=0.0)
    program.add(within, np.where(differs, subsidy, NONE), 1.0)
    for columns, each in make.capital.paid:
        invested = np.where(differs[:, None], columns[kinds], NONE)
        program.add(within[:, None], invested, -(share * each[kinds][:, None])[:, None])
    of = {"policy": labels["policy"]}
    quantity = program.add_rows("subsidy_quantity", of, "t/year", upper=_figures(rows, "quantity"))
    program.add(quantity[:, None], eligible, 1.0)
    total = program.add_rows("subsidy_total", of, "million", upper=_figures(rows, "total"))
    program.add(total[:, None], subsidy, 1.0)
    charge = annuity(case, INVESTOR)[kinds][:, None]
    program.pay("subsidies", subsidy, -charge * ((plants.online - plants.ended)[kinds] @ paid))


def output_incentive(program: Program, case: Case, make: Decisions) -> None:
    """An incentive pays per tonne of output, up to a share of the sales and its caps.

        incentive[p,t] <= per_tonne[p] sum_a rewarded[p,a,t]
        incentive[p,t] <= share[p] sum_a price[a,t] rewarded[p,a,t]
        rewarded[p,a,t] <= sum_r run[a,r,t]         sum_a rewarded[p,a,t] <= quantity[p,t]
        sum_t incentive[p,t] <= total[p]

    Sales are at the reference price of what the plant makes. Of an awarded block the quantity is what the block turns
    out, and no more than the policy rewards. That output is delivered is not asked here: the treasury's account does.
    """
    rows = [one for one in case.policies if one.instrument == "output_incentive"]
    net, paid = case.network, case.factors(INVESTOR)
    activities = net.activity_names
    years = case.years.tolist()
    labels = {"incentive_policy": [one.name for one in rows], "year": years}
    counted = np.array([case.plants.use[case.plants.names.index(one.plant)] > 0 for one in rows], dtype=bool)
    opened = np.array([in_window(one, case.years) for one in rows], dtype=bool).reshape(len(rows), len(years))
    keep = counted.reshape(len(rows), len(activities), len(years)) & opened[:, None]
    incentive = program.add_columns("incentive", labels, "million", keep=opened)
    rewarded = program.add_columns(
        "rewarded",
        {"incentive_policy": labels["incentive_policy"], "activity": activities, "year": years},
        "t/year",
        keep=keep,
    )
    rate = np.array([one.per_tonne for one in rows]).reshape(-1, 1, 1)
    by_tonne = program.add_rows("incentive_rate", labels, "million", keep=opened, upper=0.0)
    program.add(by_tonne, incentive, 1.0)
    program.add(by_tonne[:, None], rewarded, np.where(rewarded >= 0, -rate, 0.0))
    share = _figures(rows, "sales_share").reshape(-1, 1, 1)
    capped = np.isfinite(share[..., 0]) & opened
    by_sales = program.add_rows("incentive_sales", labels, "million", keep=capped, upper=0.0)
    program.add(by_sales, np.where(capped, incentive, -1), 1.0)
    value = -np.where(np.isfinite(share), share, 0.0) * output_price(case)
    program.add(by_sales[:, None], np.where(capped[:, None], rewarded, -1), value)
    made = program.add_rows(
        "incentive_output", {"incentive_policy": labels["incentive_policy"], "activity": activities, "year": years},
        "t/year", keep=keep, upper=0.0,
    )  # fmt: skip
    program.add(made, rewarded, 1.0)
    runs = np.where((made >= 0)[:, :, None], make.run[None], -1)
    program.add(made[:, :, None], runs, -1.0)
    most = np.array([rewarded_quantity(case, one) for one in rows]).reshape(len(rows), len(years))
    quantity = program.add_rows("incentive_quantity", labels, "t/year", keep=opened, upper=most)
    program.add(quantity[:, None], rewarded, 1.0)
    total = program.add_rows(
        "incentive_total", {"incentive_policy": labels["incentive_policy"]}, "million", upper=_figures(rows, "total")
    )
    program.add(total[:, None], incentive, 1.0)
    program.pay("subsidies", incentive, -paid)


def block_subsidies(case: Case) -> dict[str, np.ndarray]:
    """Return what capital subsidies pay for the awarded capacity of their blocks, by policy over the years, millions.

    It is paid in the year in which a plant first stands; what stands when the plan begins was paid before. Policies of
    one block share their totals, in proportion.
    """
    rows = [one for one in case.policies if one.instrument == "capital_subsidy" and one.block in case.plants.blocks]
    found: dict[str, np.ndarray] = {}
    for one in rows:
        at = case.plants.names.index(one.plant)
        online = case.plants.blocks[one.block][1][at]
        comes = np.clip(np.diff(online, prepend=online[:1]), 0, None) * in_window(one, case.years)
        paid_for = np.diff(np.minimum(np.cumsum(comes), one.quantity), prepend=0.0)
        found[one.name] = paid_for * np.minimum(one.share * case.plants.capital[at], one.cap)
    for block in {one.block for one in rows}:
        members = [one for one in rows if one.block == block]
        totals = [one.total for one in members if np.isfinite(one.total)]  # those without draw on the same purse
        if totals:
            together = np.cumsum(sum(found[one.name] for one in members))
            kept = np.diff(np.minimum(together, sum(totals)), prepend=0.0)
            asked = np.diff(together, prepend=0.0)
            share = np.divide(kept, asked, out=np.ones_like(kept), where=asked > 0)
            found |= {one.name: found[one.name] * share for one in members}
    return found


def block_credit(case: Case) -> np.ndarray:
    """Return what the subsidies of awarded blocks save the investor by year, millions: the charge of the capital."""
    charge = annuity(case, INVESTOR)
    plant = {one.name: case.plants.names.index(one.plant) for one in case.policies if one.plant}
    found = np.zeros(len(case.years))
    for name, paid in block_subsidies(case).items():
        found += charge[plant[name]] * np.cumsum(paid)
    return found


def in_window(policy: Policy, years: np.ndarray) -> np.ndarray:
    """Say in which years a policy is open."""
    found: np.ndarray = (years >= policy.first) & (years <= policy.last) & (policy.in_force > 0)
    return found


def rewarded_quantity(case: Case, policy: Policy) -> np.ndarray:
    """Return the most output that an incentive rewards in each year, t."""
    most = np.full(len(case.years), policy.quantity)
    if policy.block:
        at, blocks = case.plants.names.index(policy.plant), case.plants.blocks
        turned_out = blocks[policy.block][0][at] if policy.block in blocks else np.zeros(len(case.years))
        most = np.minimum(most, turned_out * case.plants.availability[at])
    return most


def output_is_finished(case: Case, policy: Policy) -> bool:
    """Say whether the plant of a policy makes finished magnets, which count as output when makers get them."""
    net = case.network
    counted = case.plants.use[case.plants.names.index(policy.plant)].max(axis=1) > 0
    return any(
        counted[activity] and net.slot[good] and amount.max() > 0
        for activity, good, amount in zip(net.flow_activity, net.flow_good, net.flow_amount, strict=True)
    )


def output_price(case: Case) -> np.ndarray:
    """Return the value of what a tonne of each activity turns out, at reference prices, (activity, year) M/t."""
    net, found = case.network, np.zeros((len(case.network.activities), len(case.years)))
    for row, activity in enumerate(net.flow_activity):
        material, _ = net.goods[net.flow_good[row]]
        if net.flow_amount[row].max() > 0 and material in case.market.reference:
            found[activity] += net.flow_amount[row] * case.market.reference[material]
    return found


def _open(case: Case, rows: list[Policy]) -> np.ndarray:
    """Say for which decisions a subsidy is open, (policy, decided): by the year of first output."""
    begins = [case.decided + case.plants.lead[case.plants.names.index(one.plant)] for one in rows]
    found = [in_window(one, np.floor(year)) for one, year in zip(rows, begins, strict=True)]
    return np.array(found, dtype=bool).reshape(len(rows), len(case.decided))


def _figures(rows: list[Policy], name: str) -> np.ndarray:
    return np.array([getattr(one, name) for one in rows], dtype=float)
