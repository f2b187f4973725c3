"""GeoPolRisk: the geopolitical supply risk of importing one material.

    score  = HHI x import risk                                       HHI of world production, 0 .. 1
    import risk = sum over i of q_i w_i / (sum over i of q_i + own production)
    w_i    = (2.5 - political stability of i) / 5                    0 .. 1, nominally
    factor = score x price / 0.409412948                             kg Cu-eq/kg

q_i is what is imported from origin i. Source: the method of Gemechu and Koyamparambath as published with the library
geopolrisk-py, doi 10.21105/joss.09600; written from the formulas.
"""

from __future__ import annotations

from collections.abc import Collection

import xarray as xr

from chumbak.risk.reasons import ORIGIN, Score, like, missing, missing_of, numbers

COPPER_FACTOR = 0.409412948  # mean of score x price of copper, OECD countries, 2017 to 2021, USD/kg
NEUTRAL = 0.5  # the weight that GeoPolRisk gives a country without an estimate of its stability
WIDEST = 2.5  # estimates of governance lie between -2.5 and 2.5, nominally


def country_risk(stability: xr.DataArray) -> xr.DataArray:
    """Return the weight of an origin from its political stability (-2.5 to 2.5): 1 the worst, 0 the best.

    A few countries in a few years lie outside the nominal range and so outside 0 to 1; they are not cut off.
    """
    return (WIDEST - stability) / (2 * WIDEST)


def import_risk(
    imports: xr.DataArray,
    stability: xr.DataArray,
    production: xr.DataArray | float,
    *,
    unrated: float | None = None,
    region: Collection[str] = (),
) -> Score:
    """Return the risk of the mix that is bought, diluted by what is made at home.

    Args:
        imports: over ``origin`` and any other dimensions; NaN where an origin is not listed.
        stability: political stability over ``origin`` (and ``year``); NaN where there is no estimate.
        production: own production, in the unit of ``imports``; NaN where it is not known.
        unrated: weight of an origin without an estimate; ``NEUTRAL`` is the published rule. Without it such an
            origin leaves no score.
        region: origins inside the own region, which weigh nothing.

    Returns:
        Over the other dimensions. 0 where nothing is imported, as the method defines it. No score where no
        import is recorded, where an origin that supplies something has no weight, or where own production is
        not known.

    """
    bought = numbers(imports, "imports")
    weights, bought = xr.broadcast(like(country_risk(stability), bought), bought)
    if unrated is not None:
        weights = weights.fillna(unrated)
    inside = weights[ORIGIN].isin(list(region))
    weights = weights.where(~inside, 0.0)
    supplies = bought > 0
    risk = (bought * weights).sum(ORIGIN)
    all_bought = bought.sum(ORIGIN)
    own, all_bought = xr.broadcast(xr.DataArray(production), all_bought)
    use = all_bought + own
    nothing = all_bought == 0
    value = (risk / use.where(use > 0)).where(~nothing, 0.0)
    return Score.of(
        value,
        missing(bought.isnull().all(ORIGIN), "imports by origin"),
        missing_of(supplies & weights.isnull(), "political stability"),
        missing(own.isnull() & ~nothing, "home output"),
    )


def geopolrisk_score(hhi: xr.DataArray, risk: Score) -> Score:
    """Return the score, HHI of world production times import risk; between 0 and 1, nominally."""
    return Score.of(hhi * risk.value, missing(hhi.isnull(), "concentration of world production"), risk.why)


def price(value: xr.DataArray, mass: xr.DataArray) -> xr.DataArray:
    """Return the mean price paid in USD/kg, from USD and t over ``origin``; 0 where nothing was bought.

    Value and mass are each summed over all origins listed, as the method does; NaN where one is not recorded.
    """
    paid, bought = (part.sum(ORIGIN, min_count=1) for part in (numbers(value, "value"), numbers(mass, "mass")))
    return (paid / (1000 * bought.where(bought > 0))).where(~(bought == 0), 0.0)


def characterisation_factor(score: Score, price: xr.DataArray) -> Score:
    """Return score x price relative to copper, kg Cu-eq/kg, from a price in USD/kg."""
    return Score.of(score.value * price / COPPER_FACTOR, score.why, missing(price.isnull(), "price of imports"))
