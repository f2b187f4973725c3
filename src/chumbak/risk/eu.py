"""Supply risk as the EU's list of critical raw materials has it (method of 2017, lists of 2017, 2020, 2023).

    SR = [ G x IR/2 + S x (1 - IR/2) ] x (1 - EoL_RIR) x SI
    G, S  = sum over c of s_c^2 x WGI'_c x t_c                 of global supply and of the own sourcing
    WGI'_c = (2.5 - mean of the six governance estimates) x 2  0 (best) .. 10 (worst)

IR is import reliance, EoL_RIR the share of use met from end-of-life goods, SI the substitution index, t_c the trade
parameter: 0.8 under a trade agreement, 1 with none, above 1 for an export tax, quota or ban. If one of G and S is
missing the other is used alone; the study calls that "GS only" and "EU only". At or above 1 (and 2.8 of economic
importance) a material is critical. Source: doi 10.2873/769526 (method), doi 10.2873/725585 (study of 2023).
"""

from __future__ import annotations

import xarray as xr

from chumbak.risk.reasons import ORIGIN, Score, like, missing, missing_of

CRITICAL = 1.0
WIDEST = 2.5

BOTH = "global supply and sourcing"
GLOBAL_ONLY = "global supply only"  # "GS only"
SOURCING_ONLY = "sourcing only"  # "EU only"
NEITHER = ""


def scaled_governance(governance: xr.DataArray) -> xr.DataArray:
    """Return WGI' from the mean of the six estimates: 0 the best, 10 the worst, nominally."""
    return (WIDEST - governance) * 2


def weighted_concentration(
    shares: xr.DataArray, governance: xr.DataArray, trade: xr.DataArray | float = 1.0, *, what: str = "supply"
) -> Score:
    """Return the concentration of ``shares`` weighted by governance and trade, 0 to 10 (times ``trade``).

    Args:
        shares: over ``origin`` and any other dimensions, of the whole (see :func:`concentration.shares`); NaN
            where an origin is not listed, which adds nothing: a lower bound.
        governance: mean of the six estimates over ``origin`` (and ``year``); NaN where there is none.
        trade: trade parameter, over ``origin`` or one for all.
        what: what the shares are of, for the reason.

    Returns:
        No score where there are no shares, or an origin with a share has no governance estimate.

    """
    weight = like(scaled_governance(governance), shares)
    trade = xr.DataArray(trade)
    if ORIGIN in trade.dims:
        trade = like(trade, shares)
    weight, shares = xr.broadcast(weight * trade, shares)
    supplies = shares > 0
    return Score.of(
        (shares**2 * weight).sum(ORIGIN),
        missing(shares.isnull().all(ORIGIN), f"shares of {what} by origin"),
        missing_of(supplies & weight.isnull(), "governance or trade parameter"),
    )


def supply_risk(
    global_supply: Score,
    sourcing: Score,
    reliance: Score,
    *,
    eol_recycling_rate: xr.DataArray | float,
    substitution: xr.DataArray | float,
) -> xr.Dataset:
    """Return ``eu_sr``, ``terms`` (which of the two concentrations it rests on) and ``why`` there is none.

    With both, import reliance shares their weights: 1 counts each half, 0 counts the sourcing alone. With one of
    them missing the other counts alone, and import reliance is not needed. ``eol_recycling_rate`` and
    ``substitution`` lie between 0 and 1; NaN leaves no score.
    """
    supply, mix, trust = xr.broadcast(global_supply.value, sourcing.value, reliance.value)
    has_supply, has_mix = supply.notnull(), mix.notnull()
    weight = trust / 2
    mixed = supply * weight + mix * (1 - weight)
    term = mixed.where(has_supply & has_mix, supply.where(has_supply, mix))
    rate, index = xr.DataArray(eol_recycling_rate), xr.DataArray(substitution)
    terms = xr.where(has_supply & has_mix, BOTH, xr.where(has_supply, GLOBAL_ONLY, SOURCING_ONLY))
    score = Score.of(
        term * (1 - rate) * index,
        global_supply.why.where(~(has_supply | has_mix), ""),
        sourcing.why.where(~(has_supply | has_mix), ""),
        reliance.why.where(has_supply & has_mix, ""),
        missing(rate.isnull(), "end-of-life recycling rate"),
        missing(index.isnull(), "substitution index"),
    )
    return xr.Dataset(
        {
            "eu_sr": score.value.assign_attrs(units="1", long_name="EU supply risk"),
            "terms": terms.where(score.value.notnull(), NEITHER).assign_attrs(
                units="text", long_name="concentrations that the EU supply risk rests on"
            ),
            "why": score.why.assign_attrs(units="text", long_name="why there is no EU supply risk"),
        }
    )
