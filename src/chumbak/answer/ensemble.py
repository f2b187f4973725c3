"""Ranges: the model over many draws, bands of its totals, and which figures the spread comes from.

The share of variance of a figure is its first-order effect by polynomial chaos (Sudret 2008, doi
10.1016/j.ress.2007.04.002): the outcome is fitted on the Hermite polynomials, to the second order, of all the
figures it depends on together, and each figure's terms are counted less what chance alone would give them.
Shares need not sum to one: the rest is interaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.answer.gap import gap_data
from chumbak.answer.model import ATTRIBUTES, compute
from chumbak.answer.supply_chain import INPUTS as CHAIN_INPUTS
from chumbak.answer.supply_chain import has_chain, supply_chain
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.draws import deviates, groups

CHUNK = 50  # draws in memory at a time, in each of the threads
CELLS = 1_000_000  # products x years x draws of a chunk at most: a large pack takes fewer draws at a time
MOST_NUMBERS = 250_000_000  # that are kept of all draws: 2 GB
WORKERS = 2
PERCENTILES = {"p05": 0.05, "p50": 0.5, "p95": 0.95}
_GOODS = ("sales", "magnet_mass", "penetration")
RANKED = {  # outcome: the attributes it depends on
    "demand.total_t": _GOODS,
    "demand.made_at_home_t": (*_GOODS, "home_share"),
    "urban_mine.end_of_life_t": (*_GOODS, "lifetime_mean", "lifetime_shape"),
}
RANKED_YEARS = (2030, 2040)
TOP = 10


@dataclass(frozen=True)
class Influence:
    """How much of an outcome's variance in a year one figure (or group of figures) carries."""

    outcome: str
    year: int
    name: str
    keys: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Ensemble:
    """Draws of the totals: ``totals`` (name, draw, year) in t/year, its bands and the ranked figures."""

    draws: int
    seed: int
    totals: xr.DataArray
    bands: xr.DataArray
    influences: tuple[Influence, ...]


def totals(data: xr.Dataset, rungs: xr.Dataset | None = None) -> dict[str, xr.DataArray]:
    """Return the totals that are drawn, over ``year``: name as in answer.json -> t/year, or a share.

    ``data`` is what ``compute`` says, ``rungs`` what ``gap_data`` says where the pack has a chain.
    """
    needs = data.sold_by_element.sum("product")
    mined = data.end_of_life_by_element.sum("product")
    named = {
        "demand.total_t": data.sold.sum("product"),
        "demand.made_at_home_t": data.made_at_home.sum("product"),
        "demand.embedded_imports_t": data.embedded_imports.sum("product"),
        "urban_mine.end_of_life_t": data.end_of_life.sum("product"),
        "urban_mine.recoverable_today_t": data.recoverable_today.sum("product"),
        "urban_mine.recoverable_full_t": data.recoverable_full.sum("product"),
    }
    for element in ("Nd", "Pr", "Dy", "Tb", "Sm"):
        if element in needs["element"]:
            named[f"demand.by_element_t.{element}"] = needs.sel(element=element, drop=True)
            named[f"urban_mine.by_element_t.{element}"] = mined.sel(element=element, drop=True)
    return named if rungs is None else named | _rung_totals(rungs)


def _rung_totals(rungs: xr.Dataset) -> dict[str, xr.DataArray]:
    need = rungs.need.sel(definition="made_at_home", drop=True)
    named = {f"need.{stage}_t": need.sel(stage=stage, drop=True) for stage in need["stage"].values}
    for status in rungs["status"].values:
        one = rungs.sel(status=status, drop=True)
        for stage in rungs["stage"].values:
            named[f"supply.{status}.{stage}_t"] = one.supply.sel(stage=stage, drop=True)
            named[f"self_reliance.{status}.{stage}"] = one.reliance_ndpr.sel(stage=stage, drop=True)
        named[f"self_reliance.{status}.chain"] = one.chain_ndpr
    return named


def run_draws(pack: Pack, draws: int, seed: int, progress: Callable[[int], None]) -> Ensemble:
    """Return the ensemble of ``draws`` draws; ``progress`` is told how many are done.

    The same pack, seed and number give the same numbers, whatever the threads do.

    Raises:
        PackError: more draws than fit into memory for this pack.

    """
    names = groups(pack, (*ATTRIBUTES, *CHAIN_INPUTS))
    _check_fits(draws, len(set(names.values())), "figures with a range")
    by_key = deviates(names, draws, seed)
    chunk = max(1, min(CHUNK, CELLS // (len(pack.nouns.ids("products")) * len(pack.years))))

    def one(start: int) -> xr.DataArray:
        part = {key: numbers[start : start + chunk] for key, numbers in by_key.items()}
        data = compute(pack, part).sel(year=slice(pack.answer_from, None))
        rungs = gap_data(pack, data, supply_chain(pack, data, part)) if has_chain(pack) else None
        found = totals(data, rungs)
        return xr.concat(found.values(), dim=xr.IndexVariable("name", list(found)), coords="minimal")

    parts = []
    pool = ThreadPoolExecutor(WORKERS)
    try:
        for part in pool.map(one, range(0, draws, chunk)):
            _check_fits(draws, part.sizes["name"] * part.sizes["year"], "totals by year")
            parts.append(part)
            progress(sum(one_part.sizes["draw"] for one_part in parts))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    drawn = xr.concat(parts, dim="draw").assign_coords(draw=np.arange(draws))
    bands = drawn.quantile(list(PERCENTILES.values()), dim="draw")
    bands = bands.assign_coords(quantile=list(PERCENTILES)).rename(quantile="percentile")
    influences = tuple(_rank(pack, drawn, names, by_key))
    return Ensemble(draws, seed, drawn, bands, influences)


def _check_fits(draws: int, numbers: int, of: str) -> None:
    if draws * numbers > MOST_NUMBERS:
        what = f"{draws:,} draws of {numbers:,} {of} do not fit into memory"
        mend = f"Take at most {MOST_NUMBERS // numbers:,} draws."
        raise PackError([Fault("--draws", 0, "", "too-many-draws", what, mend)])


def _rank(pack: Pack, drawn: xr.DataArray, names: dict[str, str], by_key: dict[str, np.ndarray]) -> Iterator[Influence]:
    """Return the figures that carry most of the variance of each ranked outcome, with their share in each year.

    They are the ``TOP`` by the larger of their shares in the ranked years; within a year the largest comes first.
    """
    years = [year for year in RANKED_YEARS if year in drawn["year"].values]
    for outcome, attributes in RANKED.items():
        members: dict[str, list[str]] = {}
        for key, group in names.items():
            if pack.entries[key].attribute.name in attributes:
                members.setdefault(group, []).append(key)
        if not members or not years:
            continue
        basis = _Basis.of(np.stack([by_key[keys[0]] for keys in members.values()], axis=1))
        if basis is None:
            continue
        shares = {year: basis.shares(drawn.sel(name=outcome, year=year).values) for year in years}
        largest = np.max(list(shares.values()), axis=0)
        chosen = np.argsort(-largest, kind="stable")[:TOP]
        groups_in_order = list(members)
        for year, found in shares.items():
            for at in sorted(chosen, key=lambda at: (-found[at], at)):
                group = groups_in_order[at]
                yield Influence(outcome, year, group, tuple(members[group]), float(found[at]))


def variance_shares(outcome: np.ndarray, deviates: np.ndarray) -> np.ndarray:
    """Return the share of the variance of ``outcome`` (draw,) that each column of ``deviates`` carries.

    ``deviates`` (draw, figure) are independent standard normals. The second order is left out where there are
    fewer than four draws to a coefficient; with fewer than two draws to a figure nothing can be said, and the
    result is empty.
    """
    basis = _Basis.of(deviates)
    return np.empty(0) if basis is None else basis.shares(outcome)


@dataclass(frozen=True, eq=False)
class _Basis:
    """Orthonormal polynomials of deviates, (draw, 1 + order x figure), and their pseudo-inverse."""

    figures: int
    order: int
    terms: np.ndarray
    inverse: np.ndarray

    @staticmethod
    def of(deviates: np.ndarray) -> _Basis | None:
        """Return the basis of deviates (draw, figure); None with fewer than two draws to a figure."""
        draws, figures = deviates.shape
        if draws < 2 * figures:
            return None
        order = 2 if draws >= 8 * figures else 1
        terms = np.column_stack([np.ones(draws), *[deviates, (deviates**2 - 1) / np.sqrt(2)][:order]])
        return _Basis(figures, order, terms, np.linalg.pinv(terms))

    def shares(self, outcome: np.ndarray) -> np.ndarray:
        """Return what ``variance_shares`` says of an outcome (draw,)."""
        if np.ptp(outcome) == 0:
            return np.zeros(self.figures)
        coefficients = self.inverse @ outcome
        residual = outcome - self.terms @ coefficients
        unexplained = (residual @ residual) / (len(outcome) - self.terms.shape[1])
        noise = unexplained * (self.inverse**2).sum(axis=1)
        effects = np.clip(coefficients**2 - noise, 0, None)[1:]
        effects = effects / (effects.sum() + unexplained)
        shares: np.ndarray = effects.reshape(self.order, self.figures).sum(axis=0)
        return shares
