"""Need and recovery: magnets that makers ask for and what going without costs; used goods and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.plan.lookup import MILLION, Lookup, Setting
from chumbak.plan.network import Network

INPUTS = (
    "going_without", "sector_without", "substitute_share", "substitute_cost", "magnet_mass", "step_share", "step_cost",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Need:
    """Magnets that makers at home need, by product: ``need`` (product, grade, region, year) in t.

    ``without`` (product, year) is lost per t that is lacking, M/t; ``substitute_share`` and ``substitute_cost``
    (product, year) what designs without rare earths can take of it, and cost more, M per t of magnet.
    """

    products: tuple[str, ...]
    sectors: tuple[str, ...]
    grades: tuple[str, ...]
    need: np.ndarray
    without: np.ndarray
    substitute_share: np.ndarray
    substitute_cost: np.ndarray


@dataclass(frozen=True, eq=False)
class Recovery:
    """Used goods: ``arising`` (product, region, year) in t as the chain counts them; steps of the collection curve."""

    products: tuple[str, ...]
    arising: np.ndarray
    steps: tuple[str, ...]
    share: np.ndarray
    cost: np.ndarray


def make_need(look: Lookup, setting: Setting, makers: np.ndarray) -> Need:
    """Return the need by product, spread over regions as ``makers`` (region,) are."""
    nouns = look.nouns
    asked = setting.need.sel(year=look.years)
    products = _above_zero(nouns.ids("products"), asked.sum(["grade", "year"]))
    grades = nouns.ids("grades")
    need = asked.sel(product=products, grade=grades).transpose("product", "grade", "year").values
    without, share, cost = (np.zeros((len(products), len(look.years))) for _ in range(3))
    for at, name in enumerate(products):
        mass = look.need("magnet_mass", "the value of a tonne of magnets", product=name)
        if look.has("going_without", product=name):
            without[at] = look.find("going_without", product=name) / mass / MILLION
        else:
            why = f"the value lost without magnets for {name}, which has no figure of its own"
            without[at] = look.need("sector_without", why, sector=nouns.cell("products", name, "sector")) / MILLION
        if look.has("substitute_share", product=name):
            share[at] = look.find("substitute_share", product=name)
            cost[at] = look.need("substitute_cost", "a design without rare earths", product=name) / mass / MILLION
    sectors = tuple(nouns.cell("products", name, "sector") for name in products)
    spread = need[:, :, None, :] * makers[:, None]
    return Need(tuple(products), sectors, tuple(grades), spread, without, share, cost)


def make_recovery(look: Lookup, net: Network, setting: Setting, states: Mapping[str, int], regions: int) -> Recovery:
    """Return used goods that arise in each region, and the steps of the collection curve."""
    opened = {net.product[material] for material, _ in net.goods if net.product[material]}
    used = setting.used.sel(year=look.years)
    products = [name for name in _above_zero(look.nouns.ids("products"), used.max("year")) if name in opened]
    lies = np.eye(regions)[list(states.values())]  # (place, region)
    spread = setting.spread.sel(product=products, place=list(states)).transpose("product", "place").values @ lies
    arising = spread[:, :, None] * used.sel(product=products).transpose("product", "year").values[:, None]
    steps = look.nouns.ids("steps")
    share, cost = look.all("step_share", "step", steps), look.all("step_cost", "step", steps) / MILLION
    if share.sum() > 1 + 1e-9:
        what = f"the steps of collection together take {share.sum():.4g} of the used goods that arise"
        look.faults.add(
            (look.pack, 0), "step.*.share", "shares-over-one", what, "They may not pass 1: mend their shares."
        )
    return Recovery(tuple(products), arising, tuple(steps), share, cost)


def _above_zero(names: list[str], amount: xr.DataArray) -> list[str]:
    """Return those products of which there is any, by their amounts (product,)."""
    known = dict(zip(amount["product"].values.tolist(), amount.values, strict=True))
    return [name for name in names if known[name] > 0]
