"""The auction of a scheme as a plain document: invented bidders drawn again and again, and what is left of the money.

Who bids is data of the pack (``pack/auctions.py``). Sums are millions of the pack's currency, nominal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from chumbak.answer.plan_document import plain
from chumbak.answer.plant_money import evidence
from chumbak.answer.plant_support import project_of
from chumbak.answer.scheme_document import idle_notes, read_rules, set_by_user
from chumbak.pack import Pack
from chumbak.pack.auctions import AuctionFile, list_auctions, read_auction
from chumbak.pack.faults import did_you_mean
from chumbak.scheme.auction import OVER_DRAWS, Failing, simulate, summary
from chumbak.scheme.bidders import Behaviour, Bidders, Unsure
from chumbak.scheme.draws import Draws
from chumbak.scheme.instruments import INSTRUMENTS, Plants, least_bids
from chumbak.scheme.instruments import instruments as ways_to_give
from chumbak.scheme.measures import ends
from chumbak.scheme.project import PlantProject
from chumbak.scheme.rules import Scheme, SchemeError
from chumbak.scheme.terms import (
    AwardTerms,
    PenaltyTerms,
    SupportTerms,
    award_terms,
    penalty_terms,
    support_terms,
)

MILLION = 1e6
SCHEME = "scheme"
BAND = (0.05, 0.5, 0.95)
PARTS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)  # of the ceiling: bids whose chance is told
SAME_WITH_A_BUYER = {"purchase": "floor", "floor": "purchase"}
TAKEN_TO_PASS = ("lead_share", "net_worth", "investment")  # rules by which no bidder is judged here
SUMS = ("spend", "most_spend", "outlay")  # of OVER_DRAWS, in millions
MOST_BIDDERS, MOST_DRAWS = 1000, 10_000
LARGEST = 500_000  # bids: draws x bidders that fit in half a gigabyte
WHAT = {
    "scheme": "the scheme as it is: incentive for a kg sold and capital subsidy",
    "incentive": "all the money as incentive for a kg sold",
    "capital": "all the money as capital subsidy, paid once when the plant runs",
    "floor": "all the money as a price floor: what the price lacks is paid, what it is above is paid back",
    "purchase": "all the money as assured purchase at the price bid, sold on at the market's",
}
SHORT = {
    "scheme": "the scheme", "incentive": "incentive per kg alone", "capital": "capital subsidy alone",
    "floor": "price floor", "purchase": "assured purchase",
}  # fmt: skip
CONVENTION = (
    "Bidders are invented, and nothing here is a forecast of bids",
    "tonnes are t/year of capacity of product, gross; delivered tonnes are those sold in the years of the scheme",
    "sums are nominal, not discounted, and over all years of the scheme; what ends in _real is money of the price year",
    "margins are values at the award, after tax and before debt, over the nominal capital; ratios are of sums over all "
    "draws",
    "alive is what runs in the year after support has ended",
    "a band holds nine draws in ten; cost_error and alive_error are standard errors of cost_of_alive_real and alive_t, "
    "by the draws: numbers that differ by no more than two of the difference are not told apart",
    "who does not build forfeits its performance guarantee in the year of the award, which no bid reckons with",
    "the price of a floor or a purchase is bid in money of the price year and moves with inflation; an incentive and a "
    "capital subsidy are nominal and do not",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What is played: the pack's auction with what the user set, as the engine takes it."""

    file: AuctionFile
    scheme: Scheme
    project: PlantProject
    terms: AwardTerms
    support: SupportTerms
    bidders: Bidders
    penalty: PenaltyTerms
    names: tuple[str, ...]  # of the behaviours, in a round
    failing: Failing
    chosen: Mapping[str, float]  # paths of the auction's file that the user set

    @property
    def read(self) -> set[tuple[str, str]]:
        """Return (rule, value) of all that a draw reads; all bidders are taken to pass what it does not."""
        parts = (self.terms.by, self.support.by, self.penalty.by)
        return {(rule, value) for by in parts for value, rule in by.items() if value not in TAKEN_TO_PASS}

    def under(self, scheme: Scheme) -> Case:
        """Return the same bidders under other rules."""
        penalty = penalty_terms(scheme)
        return replace(
            self, scheme=scheme, terms=award_terms(scheme), support=support_terms(scheme), penalty=penalty,
            failing=replace(self.failing, guarantee=penalty.guarantee),
        )  # fmt: skip

    def play(self, draws: int, seed: int, instrument: str, bidders: Bidders | None = None) -> xr.Dataset:
        """Return the auctions under an instrument, with these bidders or others."""
        own = self.bidders if bidders is None else bidders
        return simulate(
            self.project, self.terms, self.support, own, draws, seed, instrument, self.failing
        )  # fmt: skip


def auction_of(
    pack: Pack, name: str | None, *, bidders: int | None, draws: int, seed: int, instruments: Sequence[str],
    switches: Sequence[str] = (), margin: float | None = None, noise: float | None = None, with_curse: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:  # fmt: skip
    """Return what the auction of a pack comes to under ``instruments``; ``name`` None for the only one of the pack.

    ``bidders``, ``margin`` (of every behaviour) and ``noise`` (of every unsure figure) take the place of the pack's;
    ``switches`` are ``name=value`` of the scheme. ``spend_by_year``, ``awards``, ``bids``, ``by_behaviour`` and
    ``curse`` are of the scheme itself, and None or empty if it is not among the instruments; ``curse`` plays its
    auctions twice more, and is None without ``with_curse``. Sums are millions of the currency, nominal. Raises
    ``SchemeError``, ``ProjectError``, and ``PackError`` with every fault of the files.
    """
    _check(instruments, draws, seed)
    case = auction_case(pack, name, bidders=bidders, switches=switches, margin=margin, noise=noise)
    if draws * case.bidders.count > LARGEST:
        most = LARGEST // case.bidders.count
        raise SchemeError(
            f"{draws:,} draws of {case.bidders.count:,} bidders are more than {LARGEST:,} bids. Ask for at most "
            f"{most:,} draws."
        )
    by_instrument: dict[str, dict[str, Any]] = {}
    of_scheme = None
    for instrument in dict.fromkeys(instruments):
        twin = by_instrument.get(SAME_WITH_A_BUYER.get(instrument, "")) if case.project.taken >= 1 else None
        if twin is not None:  # nothing is left for the state to find a buyer for
            by_instrument[instrument] = twin | {"what": WHAT[instrument]}
            continue
        say(f"Drawing {draws:,} auctions: {instrument}")
        data = case.play(draws, seed, instrument)
        by_instrument[instrument] = _instrument(data) | {"usual_bid": _usual(case, instrument)}
        if instrument == SCHEME:
            of_scheme = data
    terms = case.terms
    rests = {*terms.rests_on, *case.support.rests_on, *case.penalty.rests_on}
    scheme = case.scheme
    found = {
        "name": case.file.name,
        "title": case.file.form.title,
        "scheme": {"name": scheme.name, "title": scheme.title},
        "project": {"name": case.file.form.project, "title": case.project.title},
        "invented": True,
        "currency": scheme.currency,
        "price_year": case.project.price_year,
        "award_year": case.project.award_year,
        "units": _units(scheme.currency),
        "shown_in": {"unit": scheme.money[0], "of": scheme.money[1]},
        "convention": [*idle_notes(scheme, case.read), *CONVENTION],
        "draws": draws,
        "seed": seed,
        "bidders": case.bidders.count,
        "switches": [_switch(scheme, one) for one in scheme.chosen],
        "by_instrument": by_instrument,
        "outlay": {
            "incentive": terms.outlay_incentive / MILLION, "capital": terms.outlay_capital / MILLION,
            "total": (terms.outlay_incentive + terms.outlay_capital) / MILLION,
        },
        "most_awards": terms.most_awards,
        "most_tonnes": terms.most_tonnes,
        "ceiling": case.support.ceiling,
        "support_ends": case.project.award_year + round(case.support.build_years + case.support.incentive_years) - 1,
        "bears": case.failing.bears,
        "always_a_buyer": case.project.taken >= 1,
        "spend_by_year": {} if of_scheme is None else _by_year(of_scheme),
        "awards": None if of_scheme is None else _awards(of_scheme),
        "bids": None if of_scheme is None else _bids(of_scheme, terms),
        "by_behaviour": [] if of_scheme is None else _by_behaviour(of_scheme, case),
        "curse": None if of_scheme is None or not with_curse else _curse(case, of_scheme, draws, seed, say),
        "rules_inferred": _named(scheme, "inferred", rests),
        "rules_unknown": _named(scheme, "unknown", rests),
        "assumptions": _assumptions(case),
    }  # fmt: skip
    answer: dict[str, Any] = plain(found)
    return answer


def told_apart(
    ways: Mapping[str, Mapping[str, Any]], value: str, error: str, same: bool, words: tuple[str, str]
) -> str:  # fmt: skip
    """Return in words which instruments have the lowest and the highest of a number, as far as draws tell them apart.

    ``ways`` are rows of ``by_instrument``; ``same``: floor and purchase are one. Empty with fewer than two to compare.
    """
    found = {
        name: (float(row[value]), math.nan if row[error] is None else float(row[error]))
        for name, row in ways.items()
        if row[value] is not None
    }
    if same and "floor" in found:
        found.pop("purchase", None)
    if len(found) < 2:
        return ""
    sides = ends(found)
    if any(len(side) == len(found) for side in sides):
        return f"by these draws they cannot be told apart as the {words[0]} or the {words[1]}"
    said = []
    for side, word in zip(sides, words, strict=True):
        *others, last = [SHORT[name] for name in side]
        said.append(
            f"{', '.join(others)} and {last} cannot be told apart as the {word}" if others else f"the {word} is {last}"
        )
    return "; ".join(said)


def auction_case(
    pack: Pack, name: str | None, *, bidders: int | None = None, switches: Sequence[str] = (),
    margin: float | None = None, noise: float | None = None,
) -> Case:  # fmt: skip
    """Return an auction of a pack as the engine takes it, with what the user set. Raises as ``auction_of``."""
    file = _file(pack, name)
    form, ways = file.form, file.behaviours()
    for what, said, least, most in (
        ("bidders", bidders, 1, MOST_BIDDERS), ("margin", margin, -1, 10), ("noise", noise, 0, 10)
    ):  # fmt: skip
        if said is not None and not least <= said <= most:
            raise SchemeError(f"--{what} {said:g} is not from {least:g} to {most:g}. Check the number.")
    scheme = set_by_user(read_rules(pack, form.scheme), switches)
    chosen: dict[str, float] = {} if bidders is None else {"bidders": bidders}
    chosen |= {} if margin is None else {f"behaviours.{at}.margin": margin for at in range(len(form.behaviours))}
    chosen |= {} if noise is None else {f"unsure.{figure}.noise": noise for figure in form.unsure}
    who = Bidders(
        round(form.bidders.value) if bidders is None else bidders,
        {
            figure: Unsure(one.common.value, one.noise.value if noise is None else noise)
            for figure, one in form.unsure.items()
        },
        tuple(size.value for size in form.sizes),
        tuple(
            Behaviour(one["margin"] if margin is None else margin, one["shade"], one["at_ceiling"]) for one in ways
        ),
        form.technical.value,
    )  # fmt: skip
    penalty = penalty_terms(scheme)
    return Case(
        file, scheme, project_of(file.project), award_terms(scheme), support_terms(scheme), who, penalty,
        tuple(one["name"] for one in ways), Failing(form.bears.value, penalty.guarantee), chosen,
    )  # fmt: skip


def _file(pack: Pack, name: str | None) -> AuctionFile:
    known = list_auctions(pack)
    if name is None and len(known) != 1:
        if known:
            raise SchemeError(f"Which auction? There are: {', '.join(known)}. Name it with --auction.")
        raise SchemeError(f"The pack '{pack.name}' does not say who bids. Write auctions/NAME.yaml: see docs/packs.md.")
    return read_auction(pack, known[0] if name is None else name)


def _check(instruments: Sequence[str], draws: int, seed: int) -> None:
    for one in instruments:
        if one not in INSTRUMENTS:
            raise SchemeError(f"'{one}' is no instrument. {did_you_mean(one, INSTRUMENTS)}")
    if not instruments:
        raise SchemeError(f"No instrument is named. Name one of: {', '.join(INSTRUMENTS)}.")
    if not 1 <= draws <= MOST_DRAWS:
        raise SchemeError(f"{draws:,} draws are not from 1 to {MOST_DRAWS:,}. Check the number.")
    if seed < 0:
        raise SchemeError(f"The seed {seed} is below 0. Give a whole number from 0.")


def _units(currency: str) -> dict[str, str]:
    return {
        "spend, outlay, spend_by_year": f"million {currency}, nominal",
        "cost_of_alive": f"{currency} for a t/year alive, nominal",
        "cost_of_alive_real, cost_error": f"{currency} of the price year for a t/year alive",
        "cost_of_delivered": f"{currency}/t, nominal",
        "awarded_t, built_t, alive_t, alive_error, tonnes": "t/year", "delivered_t": "t",
        "ceiling, bids": f"{currency}/kg, nominal; of an instrument in its bid_unit",
        "failed, chances, margins": "1", "bids, awards": "count, of an instrument",
        "signal_error, belief_error": "standard deviations of the figure, above 0 too hopeful",
    }  # fmt: skip


def _instrument(data: xr.Dataset) -> dict[str, Any]:
    """Return the summary of auctions under an instrument; what each number is stands in the schema."""
    found = summary(data)
    numbers_ = {name: float(found[name]) / (MILLION if name in SUMS else 1.0) for name in OVER_DRAWS}
    spend = data["spend"].sum("year").quantile(BAND)
    return {
        "what": WHAT[str(data.attrs["instrument"])],
        "ceiling": float(data.attrs["ceiling"]),
        "bid_unit": str(data["bid"].attrs["units"]),
        **numbers_,
        "spend_band": [float(spend[0]) / MILLION, float(spend[-1]) / MILLION],
        "alive_band": [float(one) for one in data["alive"].fillna(0.0).sum("bidder").quantile((BAND[0], BAND[-1]))],
        "no_plant_alive": float((data["alive"].fillna(0.0).sum("bidder") == 0).mean()),
        **{
            name: {str(figure): float(found[name].sel(figure=figure)) for figure in data["figure"].values}
            for name in ("signal_error", "belief_error")
        },
    }


def _usual(case: Case, instrument: str) -> float | None:
    """Return the least bid at which the project itself, at central figures and prices, breaks even; None if none does.

    It is in the instrument's own unit.
    """
    chosen = ways_to_give(case.project, case.terms, case.support)[instrument]
    plant = Plants(case.project, Draws(), np.array([case.project.capacity]))
    found = float(least_bids(chosen, plant, np.zeros(1))[0])
    return None if np.isnan(found) else found


def _by_year(data: xr.Dataset) -> dict[str, Any]:
    """Return what is spent in each year, millions: mean, and 5th and 95th percentile over the draws."""
    spend = data["spend"] / MILLION
    low, _, high = (spend.quantile(one, "draw") for one in BAND)
    last = int(np.flatnonzero((spend != 0).any("draw").values)[-1]) if bool((spend != 0).any()) else -1
    return {
        str(int(year)): {"mean": float(spend[:, at].mean()), "low": float(low[at]), "high": float(high[at])}
        for at, year in enumerate(data["year"].values)
        if at <= last
    }


def _awards(data: xr.Dataset) -> dict[str, Any]:
    """Return the expected number of awards and their tonnes, and the chance of each number."""
    counts = (data["awarded"] > 0).sum("bidder").values
    return {
        "count": float(counts.mean()),
        "tonnes": float(data["awarded"].sum("bidder").mean()),
        "chances": {str(count): float((counts == count).mean()) for count in range(int(counts.max()) + 1)},
    }


def _bids(data: xr.Dataset, terms: AwardTerms) -> dict[str, Any]:
    """Return bids that win: the lowest and the highest of an auction, and what a bid had to be to find a place.

    While an award of the least size is still left over, any bid up to the ceiling finds its place; otherwise one below
    the highest that won does. ``chances`` are those of parts of the ceiling.
    """
    won = data["awarded"] > 0
    paid, bid = data["paid"].where(won), data["bid"].where(won)
    some = won.any("bidder").values
    left = terms.most_tonnes - data["awarded"].sum("bidder").values
    full = (won.sum("bidder").values >= terms.most_awards) | (left < terms.least)
    highest = bid.max("bidder").values
    limit = np.where(full, highest, terms.ceiling)
    tried = [terms.ceiling * part for part in PARTS]

    def spread(values: np.ndarray) -> dict[str, float] | None:
        if not len(values):
            return None
        return {f"p{round(100 * one):02d}": float(np.quantile(values, one)) for one in BAND}

    return {
        "lowest": spread(bid.min("bidder").values[some]),
        "highest": spread(highest[some]),
        "paid_mean": float((paid * data["awarded"]).sum() / data["awarded"].sum()) if some.any() else None,
        "chances": {f"{one:g}": float(np.mean(~full | (one < highest))) for one in tried},
        "wins_in_half": float(np.quantile(limit, 0.5)),
        "wins_in_nine_of_ten": float(np.quantile(limit, 0.1)),
        "places_left": float(1 - full.mean()),
        "asks_nothing": float(((bid == 0).sum() / won.sum()).values) if some.any() else None,
    }


def _by_behaviour(data: xr.Dataset, case: Case) -> list[dict[str, Any]]:
    """Return how each way of bidding fares: how often it bids and wins, how often it gives up, and what it makes."""
    turn = np.array([case.names[at % len(case.names)] for at in range(case.bidders.count)])
    rows = []
    for one in case.file.form.behaviours:
        part = data.isel(bidder=np.flatnonzero(turn == one.name))
        if not part.sizes["bidder"]:
            continue
        won = part["awarded"] > 0
        total = {name: float(part[name].where(won, 0.0).sum()) for name in ("expected", "realised", "curse", "capital")}
        awarded = float(part["awarded"].sum())
        rows.append({
            "name": one.name,
            "bidders": part.sizes["bidder"],
            "bids": float(part["bid"].notnull().mean()),
            "wins": float(won.mean()),
            "failed": _over(awarded - float((part["awarded"] * part["built"].where(won, 0.0)).sum()), awarded),
            "expected_margin": _over(total["expected"], total["capital"]),
            "realised_margin": _over(total["realised"], total["capital"]),
            "curse_margin": _over(total["curse"], total["capital"]),
        })  # fmt: skip
    return rows


def _curse(case: Case, data: xr.Dataset, draws: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Return the winner's curse under the scheme: as told, and if none or all of these bidders shaded their signals.

    It is that of bidders that stay away where no bid is enough (``of`` names them; all, if there are no others): who
    bids the ceiling all the same does not go by what it believes.
    """
    ways = case.bidders.behaviours
    own = [at for at, one in enumerate(ways) if not one.at_ceiling] or list(range(len(ways)))
    counted = [at for at in range(case.bidders.count) if at % len(ways) in own]
    found = {"as_told": data}
    for name, shade in (("unshaded", 0.0), ("shaded", 1.0)):
        changed = tuple(replace(one, shade=shade) if at in own else one for at, one in enumerate(ways))
        found[name] = data
        if changed != ways:
            say(f"Measuring the winner's curse: {name}")
            found[name] = case.play(draws, seed, SCHEME, replace(case.bidders, behaviours=changed))
    names = ("expected_margin", "realised_margin", "curse_margin", "failed", "alive_t")
    told: dict[str, Any] = {"of": list(dict.fromkeys(case.names[at] for at in own))}
    for name, one in found.items():
        over = summary(one.isel(bidder=counted))
        told[name] = {measure: float(over[measure]) for measure in names}
    return told


def _switch(scheme: Scheme, name: str) -> dict[str, Any]:
    """Return what the user set: the rule, the name of the value, what it is now and its unit."""
    rule_id, _, value = name.rpartition(".")
    rule = scheme.rule(rule_id)
    return {"rule": rule_id, "value": value, "set": rule.values[value], "unit": rule.units.get(value, "")}


def _named(scheme: Scheme, standing: str, among: Iterable[str]) -> list[dict[str, str]]:
    ids = scheme.of_standing(standing, among=among)
    return [{"id": one, "title": scheme.rule(one).title, "note": scheme.rule(one).note} for one in ids]


def _assumptions(case: Case) -> list[dict[str, Any]]:
    """Return every number of the auction's file, with how sure it is; what the user set is said to be so."""
    rows, ways = evidence(case.file.form), [one.name for one in case.file.form.behaviours]
    for row in rows:
        own = case.chosen.get(row["name"])
        if own is not None:
            row |= {"value": own, "confidence": "set by you", "source": "the command line", "note": ""}
        parts = row["name"].split(".")
        if parts[0] == "behaviours":
            row["name"] = ".".join([parts[0], ways[int(parts[1])], *parts[2:]])
    return rows


def _over(total: float, by: float) -> float:
    return total / by if by else float("nan")
