"""The auction as who pays sees it: bids drawn again and again, awards by the rules, what is spent and what it leaves.

Bidders bid for plants as they believe them to be (``bidders``) under an instrument (``instruments``). Awards are made
as ``award`` makes them, for all draws at once. Then the figures and prices that were drawn come true, for plants, the
money spent, and the capacity that is alive when support has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import xarray as xr

from chumbak.scheme.award import TINY
from chumbak.scheme.bidders import Bidders, Drawn, draw_bidders, plants
from chumbak.scheme.cashflow import cash_with
from chumbak.scheme.instruments import (
    CHUNK,
    INSTRUMENTS,
    Instrument,
    Plants,
    bare,
    capital_spent,
    instruments,
    least_bids,
    on_capital,
    on_running,
    values,
    within_total,
)
from chumbak.scheme.measures import ratio_error
from chumbak.scheme.project import PlantProject
from chumbak.scheme.rules import SchemeError
from chumbak.scheme.terms import AwardTerms, SupportTerms

Array = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int_]
ROUNDING = 1e-6  # of the capital: a bid that just breaks even is no loss
ENOUGH = 20  # draws that leave a plant: with fewer an error cannot be told
SAME = 1e-10  # of the ceiling: bids that are nearer than this are one


@dataclass(frozen=True)
class Failing:
    """When a winner fails. It is not built if, as things are, it would lose more than ``bears`` x its capital.

    A winner knows how things are once it has won, and before it builds. ``bears``: 0 means that any loss is too much.
    Who does not build forfeits ``guarantee`` (money for an award) to the state in the year of the award, and so builds
    at a loss that is larger by as much; nobody counts on it in a bid.
    """

    bears: float = 0.0
    guarantee: float = 0.0


@dataclass(frozen=True, eq=False)
class Awarded:
    """Awards in many draws, (draw, bidder): ``tonnes`` and ``assured`` t/year, ``paid`` the rate (NaN without one)."""

    tonnes: Array
    paid: Array
    assured: Array


def awards(rate: Array, tonnes: Array, terms: AwardTerms, lot: Array | None = None) -> Awarded:
    """Return the awards of many draws at once, by the rules of ``award``; all (draw, bidder).

    ``rate`` is NaN where there is no bid or it is not eligible; all that bid pass every rule. ``lot`` parts ties by
    lot, the lowest first. All bids are received on one day, and all match the lowest where they have to. Raises
    ``SchemeError`` for a size that cannot be bid for, or a lot that is not given.
    """
    steps = (tonnes - terms.least) / terms.step
    if np.any((tonnes < terms.least - TINY) | (tonnes > terms.largest + TINY) | (abs(steps - np.round(steps)) > TINY)):
        sizes = f"{terms.least:g} to {terms.largest:g} t/year in steps of {terms.step:g}"
        raise SchemeError(f"A size bid for is none of {sizes}. Give sizes that are.")
    if terms.tie == "lot" and lot is None:
        raise SchemeError("Ties are broken by lot, and no lot is given. Give one, or choose another tie-break.")
    count, most = rate.shape
    bids = np.where(rate <= terms.ceiling, rate, np.inf)  # NaN too
    none = np.zeros_like(rate)
    by = {"larger": -tonnes, "smaller": tonnes, "earlier": none, "lot": none if lot is None else lot}[terms.tie]
    order = np.lexsort((np.broadcast_to(np.arange(most), rate.shape), by, bids), axis=-1)
    given, paid, assured = np.zeros_like(rate), np.full_like(rate, np.nan), np.zeros_like(rate)
    left, places = np.full(count, float(terms.most_tonnes)), np.full(count, terms.most_awards)
    lowest, again = np.full(count, np.nan), np.zeros(count, dtype=bool)
    weight = np.zeros_like(rate)
    every = np.arange(count)
    for place in range(most):
        at = order[:, place]
        asked, own = tonnes[every, at], bids[every, at]
        part = _down(left, terms)
        open_ = np.isfinite(own) & (places > 0) & ~again
        fits = asked <= left + TINY * terms.step
        wins = open_ & (fits | ((part > 0) & (terms.last_fit == "cut")))
        again |= open_ & ~fits & (part > 0) & (terms.last_fit == "rebid")
        got = np.where(wins, np.where(fits, np.minimum(asked, left), part), 0.0)
        lowest = np.where(wins & np.isnan(lowest), own, lowest)
        given[every, at] = got
        paid[every, at] = np.where(wins, lowest if terms.match_lowest else own, np.nan)
        early = wins & (terms.most_awards - places < terms.assured_to)
        weight[every, at] = np.where(early, got if terms.assured_split == "award" else 1.0, 0.0)
        left, places = left - got, places - wins
    total = weight.sum(axis=1, keepdims=True)
    np.divide(terms.assured_tonnes * weight, total, out=assured, where=total > 0)
    return Awarded(given, paid, assured)


def expected_awards(terms: AwardTerms, sizes: Sequence[float]) -> int:
    """Return how many awards bids of these sizes come to: what bidders shade by."""
    return max(1, min(terms.most_awards, int(terms.most_tonnes // (sum(sizes) / len(sizes)))))


# name: unit (money stands for the currency), what it is, by draw and bidder
BY_BIDDER = {
    "bid": ("bid", "bid; none where it stays away, or did not pass"),
    "tonnes": ("t/year", "capacity bid for"),
    "awarded": ("t/year", "capacity awarded"),
    "paid": ("bid", "rate paid"),
    "assured": ("t/year", "input assured"),
    "expected": ("money", "value of the award to a winner as it believed its plant to be, nominal, at the award"),
    "realised": ("money", "value of the award to a winner as things are, run to its end, nominal, at the award"),
    "curse": ("money", "what a winner expected too much because of its errors, at central prices, nominal"),
    "built": ("1", "whether a winner builds its plant"),
    "runs": ("year", "years from the award to the end of running; 0 if not built"),
    "capital": ("money", "capital of the plant as awarded and as things are, nominal"),
    "alive": ("t/year", "capacity that runs in the year after support has ended"),
    "outlay": ("money", "what the plant costs the state over all years, nominal"),
    "outlay_real": ("money", "what the plant costs the state over all years, in money of the price year"),
    "delivered": ("t", "product sold in the years of the scheme"),
}  # fmt: skip
SPEND = "what the auction costs the state in the year, nominal; below 0: paid back"
# the same of all auctions together
OVER_DRAWS = {
    "bids": ("1", "bids in an auction, mean"),
    "awards": ("1", "awards in an auction, mean"),
    "awarded_t": ("t/year", "capacity awarded in an auction, mean"),
    "built_t": ("t/year", "capacity built of what is awarded in an auction, mean"),
    "alive_t": ("t/year", "capacity that runs in the year after support has ended, mean"),
    "failed": ("1", "share of the capacity awarded that is not built"),
    "spend": ("money", "what an auction costs the state over all years, nominal, mean"),
    "most_spend": ("money", "what the dearest auction costs the state over all years, nominal"),
    "outlay": ("money", "the most that may be spent over all years, nominal"),
    "delivered_t": ("t", "product sold in the years of the scheme, mean"),
    "cost_of_delivered": ("money/t", "cost to the state over product sold in the years of the scheme, nominal"),
    "cost_of_alive": ("money*year/t", "cost to the state over capacity alive after support has ended, nominal"),
    "cost_of_alive_real": ("money*year/t", "the same in money of the price year"),
    "cost_error": ("money*year/t", "standard error of cost_of_alive_real, by the draws"),
    "alive_error": ("t/year", "standard error of alive_t, by the draws"),
    "expected_margin": ("1", "value that winners expected, over their capital"),
    "realised_margin": ("1", "value that came true to winners, over their capital"),
    "curse_margin": ("1", "value that winners expected too much because of their errors, over their capital"),
}  # fmt: skip


def simulate(
    project: PlantProject,
    award_terms: AwardTerms,
    support_terms: SupportTerms,
    bidders: Bidders,
    draws: int,
    seed: int = 0,
    instrument: str = "scheme",
    failing: Failing = Failing(),
    assured_price: float | None = None,
) -> xr.Dataset:
    """Return auctions by ``draw`` and ``bidder``: the variables of ``BY_BIDDER``, ``spend`` by year, errors of signals.

    Every bidder's plant is the ``project`` at its own size and figures. ``signal_error`` and ``belief_error`` (figure,
    draw, bidder) are in standard deviations of the figure, above 0 where too hopeful; the second is after shading. What
    has to do with winners is NaN for others. Assured input costs ``assured_price`` (real money/kg), None the market's;
    nobody counts on it in a bid. Raises ``ProjectError`` and ``SchemeError``.
    """
    if instrument not in INSTRUMENTS:
        raise SchemeError(f"'{instrument}' is no instrument. Name one of: {', '.join(INSTRUMENTS)}.")
    chosen = instruments(project, award_terms, support_terms)[instrument]
    if not chosen.ceiling > 0:
        raise SchemeError(f"There is no money to bid for by '{instrument}': its highest bid is 0. Raise the outlay.")
    if chosen.term >= project.count:
        raise SchemeError(f"The plant '{project.name}' ends before its support does. Give it a longer life.")
    drawn = draw_bidders(project, bidders, expected_awards(award_terms, bidders.sizes), draws, seed)
    bid = _bids(project, chosen, bidders, drawn)
    found = awards(bid, drawn.tonnes, replace(award_terms, ceiling=chosen.ceiling), drawn.lot)
    shape = bid.shape
    data = {name: np.full(shape, np.nan) for name in BY_BIDDER}
    data |= {"bid": bid, "tonnes": drawn.tonnes, "awarded": found.tonnes, "paid": found.paid, "assured": found.assured}
    spend = np.zeros((draws, project.count))
    for rows in _blocks(found.tonnes):
        came, cost = _come_true(project, chosen, award_terms, drawn, found, rows, failing, assured_price)
        np.add.at(spend, rows[0], cost)
        for name, value in came.items():
            data[name][rows] = value
    signal = drawn.error * drawn.optimism[:, None, None]
    belief = (drawn.believed - drawn.truth) * drawn.optimism[:, None, None]
    said = {
        "units": "1",
        "long_name": "error of the signal, in standard deviations of the figure; above 0: too hopeful",
    }
    shaded = {**said, "long_name": said["long_name"].replace("the signal", "what is believed, after shading")}
    own = {"money": project.currency, "bid": f"{project.currency}{chosen.unit}"}
    return xr.Dataset(
        {
            **{
                name: (("draw", "bidder"), data[name], {"units": own.get(unit, unit), "long_name": what})
                for name, (unit, what) in BY_BIDDER.items()
            },
            "spend": (("draw", "year"), spend, {"units": project.currency, "long_name": SPEND}),
            "signal_error": (("figure", "draw", "bidder"), signal, said),
            "belief_error": (("figure", "draw", "bidder"), belief, shaded),
        },
        coords={
            "figure": list(drawn.figures), "draw": np.arange(draws), "bidder": np.arange(shape[1]),
            "year": list(project.years),
        },
        attrs={
            "instrument": instrument, "currency": project.currency, "price_year": project.price_year,
            "award_year": project.award_year, "seed": seed, "ceiling": chosen.ceiling,
            "outlay": award_terms.outlay_incentive + award_terms.outlay_capital,
            "rests_on": "; ".join(dict.fromkeys((*award_terms.rests_on, *support_terms.rests_on))),
        },
    )  # fmt: skip


def summary(data: xr.Dataset) -> xr.Dataset:
    """Return what auctions come to over all draws: the numbers of ``OVER_DRAWS``, and errors of winners by figure.

    Costs for a tonne and margins are ratios of sums over all draws; NaN where there is nothing to divide by.
    """
    won = data["awarded"] > 0
    draws = data.sizes["draw"]
    total = {name: float(data[name].where(won, 0.0).sum()) for name in BY_BIDDER if name not in ("bid", "paid")}
    spend = data["outlay"].where(won, 0.0).sum("bidder")
    alive, real = (data[name].where(won, 0.0).sum("bidder").values for name in ("alive", "outlay_real"))
    built = float((data["awarded"] * data["built"].where(won, 0.0)).sum())
    found = {
        "bids": float(data["bid"].notnull().sum()) / draws, "awards": float(won.sum()) / draws,
        "awarded_t": total["awarded"] / draws, "built_t": built / draws, "alive_t": total["alive"] / draws,
        "failed": _over(total["awarded"] - built, total["awarded"]),
        "spend": float(spend.mean()), "most_spend": float(spend.max()), "outlay": float(data.attrs["outlay"]),
        "delivered_t": total["delivered"] / draws,
        "cost_of_delivered": _over(total["outlay"], total["delivered"]),
        "cost_of_alive": _over(total["outlay"], total["alive"]),
        "cost_of_alive_real": _over(total["outlay_real"], total["alive"]),
        "cost_error": ratio_error(real, alive, ENOUGH),
        "alive_error": float(np.std(alive, ddof=1) / np.sqrt(draws)) if draws > 1 else float("nan"),
        "expected_margin": _over(total["expected"], total["capital"]),
        "realised_margin": _over(total["realised"], total["capital"]),
        "curse_margin": _over(total["curse"], total["capital"]),
    }  # fmt: skip
    errors = {
        name: data[name].where(won).mean(("draw", "bidder"), keep_attrs=True)
        for name in ("signal_error", "belief_error")
    }
    currency = str(data.attrs["currency"])
    return xr.Dataset(
        {
            name: ((), found[name], {"units": unit.replace("money", currency), "long_name": what})
            for name, (unit, what) in OVER_DRAWS.items()
        }
        | errors,
        attrs={**data.attrs, "draws": draws},
    )


def compare(
    project: PlantProject,
    award_terms: AwardTerms,
    support_terms: SupportTerms,
    bidders: Bidders,
    draws: int,
    seed: int = 0,
    names: Sequence[str] = INSTRUMENTS,
    failing: Failing = Failing(),
    assured_price: float | None = None,
) -> xr.Dataset:
    """Return the summary of the same bidders and draws under each ``instrument``: the same money in other ways."""
    parts = []
    for name in names:
        data = simulate(
            project, award_terms, support_terms, bidders, draws, seed, name, failing, assured_price
        )  # fmt: skip
        parts.append(summary(data))
    found = xr.concat(parts, "instrument", combine_attrs="drop_conflicts")
    return found.assign_coords(instrument=list(names))


def _bids(project: PlantProject, chosen: Instrument, bidders: Bidders, drawn: Drawn) -> Array:
    """Return bids, (draw, bidder); NaN for who stays away or does not pass the technical bid."""
    shape = drawn.tonnes.shape
    tonnes = drawn.tonnes.ravel()
    believed = plants(project, drawn.figures, drawn.believed.reshape(-1, tonnes.size), tonnes)
    each = [bidders.behaviours[at % len(bidders.behaviours)] for at in range(bidders.count)]
    margin = np.broadcast_to([one.margin for one in each], shape).ravel()
    bid = least_bids(chosen, Plants(project, believed, tonnes), margin).reshape(shape)
    bid = np.round(bid / chosen.ceiling / SAME) * SAME * chosen.ceiling  # else rounding would part the bids of equals
    bid = np.where(np.isnan(bid) & np.array([one.at_ceiling for one in each]), chosen.ceiling, bid)
    found: Array = np.where(drawn.passes, bid, np.nan)
    return found


def _come_true(
    project: PlantProject, chosen: Instrument, terms: AwardTerms, drawn: Drawn, found: Awarded, rows: tuple[Rows, Rows],
    failing: Failing, assured_price: float | None,
) -> tuple[dict[str, Array], Array]:  # fmt: skip
    """Return what becomes of winners, (winner,), and what each costs the state, nominal, (winner, year).

    ``rows`` are the draws and bidders of winners, whole draws together.
    """
    draw, _ = rows
    award, bid, market = found.tonnes[rows], found.paid[rows], drawn.market
    own = None if market is None else market[draw]
    true = plants(project, drawn.figures, drawn.truth[:, rows[0], rows[1]], award, own)
    believed = plants(project, drawn.figures, drawn.believed[:, rows[0], rows[1]], award)
    given = Plants(project, true, award, found.assured[rows], assured_price)
    limit = terms.outlay_incentive + terms.outlay_capital
    on_running_limit, on_capital_limit = limit, limit
    if chosen.name == "scheme":
        on_running_limit, on_capital_limit = terms.outlay_incentive, terms.outlay_capital
    given = replace(given, granted=_granted(on_capital(chosen, given, bid), draw, on_capital_limit))
    flows = bare(chosen, given, bid)
    paid = _rationed(on_running(chosen, given, flows, bid), draw, on_running_limit)
    money = cash_with(project, flows, paid, np.arange(len(bid)))
    years = np.arange(project.count)
    kept = np.cumsum(money * (1 + project.money.discount) ** -years.astype(float), axis=1)
    # Closed when that is best; if several years are as good, the last of them.
    stop = project.count - np.argmax(kept[:, : project.start - 1 : -1], axis=1)
    capital = capital_spent(given)
    best = np.max(kept[:, project.start :], axis=1)
    built = best >= -(failing.bears + ROUNDING) * capital - failing.guarantee
    runs = np.where(built, stop, 0)
    running = years < runs[:, None]
    cost = np.where(running, paid + flows.subsidy, 0.0)
    cost[:, 0] -= np.where(built, 0.0, failing.guarantee)
    expected = values(chosen, Plants(project, believed, award, found.assured[rows], assured_price), bid)
    central = values(chosen, replace(given, draws=replace(true, market=None), granted=None), bid)
    came = {
        "expected": expected, "realised": kept[:, -1], "curse": expected - central, "built": built.astype(float),
        "runs": runs.astype(float), "capital": capital, "alive": np.where(runs > chosen.term, award, 0.0),
        "outlay": cost.sum(axis=1), "outlay_real": (cost / flows.index).sum(axis=1),
        "delivered": np.where(running, flows.trade.kg, 0.0)[:, : chosen.term].sum(axis=1) / 1000.0,
    }  # fmt: skip
    return came, cost


def _granted(due: Array, draw: Rows, limit: float) -> Array:
    """Return the part of a capital subsidy that is granted, (winner,), if all of a draw share what there is."""
    total = np.bincount(draw, due)[draw]
    found: Array = np.where(total > limit, limit / np.where(total > 0, total, 1.0), 1.0)
    return found


def _rationed(due: Array, draw: Rows, limit: float) -> Array:
    """Return what is paid on running, (winner, year), if a draw pays at most ``limit``, early years first.

    Within a year all get the same part of what is due. What is paid back adds nothing to what can be paid.
    """
    owed = np.maximum(due, 0.0)
    total = np.zeros((int(draw[-1]) + 1, due.shape[1])) if len(draw) else np.zeros((0, due.shape[1]))
    np.add.at(total, draw, owed)
    part = np.divide(within_total(total, limit), total, out=np.zeros_like(total), where=total > 0)
    found: Array = owed * part[draw] + np.minimum(due, 0.0)
    return found


def _blocks(tonnes: Array) -> list[tuple[Rows, Rows]]:
    """Return draws and bidders of all winners, whole draws together, some ``CHUNK`` at a time."""
    draw, bidder = np.nonzero(tonnes > 0)
    starts = np.flatnonzero(np.diff(draw, prepend=-1))
    cuts = [int(starts[np.searchsorted(starts, at)]) for at in range(CHUNK, len(draw), CHUNK) if at <= starts[-1]]
    parts = np.split(np.arange(len(draw)), cuts)
    return [(draw[one], bidder[one]) for one in parts if len(one)]


def _down(left: Array, terms: AwardTerms) -> Array:
    """Return the largest size of an award, t/year, that is not above ``left``, (draw,); 0 if none is."""
    steps = np.floor((left - terms.least) / terms.step + TINY)
    found: Array = np.where(steps < 0, 0.0, np.minimum(terms.least + steps * terms.step, terms.largest))
    return found


def _over(sum_: float, by: float) -> float:
    return sum_ / by if by else float("nan")
