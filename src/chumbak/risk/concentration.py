"""Who supplies: shares by origin and how concentrated they are.

    s_i = q_i / total                   HHI = sum over i of s_i^2            (0 .. 1; 1 is one supplier)

A record often lists only part of the world: "one country makes 94 %". The Herfindahl-Hirschman index then lies
between what is listed, with the remainder in very many hands, and that plus the remainder in one hand:

    sum s_i^2  <=  HHI  <=  sum s_i^2 + (1 - sum s_i)^2
"""

from __future__ import annotations

import xarray as xr

from chumbak.risk.reasons import ORIGIN, Score, missing, numbers, place_of, positions

TOLERANCE = 1e-6  # by which rounded rows may add up to more than their total


def shares(amounts: xr.DataArray, total: xr.DataArray | float | None = None) -> xr.DataArray:
    """Return the share of each origin, between 0 and 1.

    Args:
        amounts: over ``origin`` and any other dimensions, in any one unit; NaN where the origin is not listed.
        total: what all origins together supply, listed or not, over ``amounts``' other dimensions; 1 if
            ``amounts`` are shares already. Without it the origins listed are taken to be all there are.

    Returns:
        Over the dimensions of ``amounts``; NaN where the origin is not listed, and for every origin where
        nothing is listed, or the total is missing or zero.

    Raises:
        ValueError: an amount is negative or infinite, an origin stands twice, or the origins add up to more
            than the total by over a millionth; names the place.

    """
    amounts = numbers(amounts, "amounts")
    found = amounts.sum(ORIGIN, min_count=1)
    whole = found if total is None else xr.DataArray(total) + 0 * found
    if over := positions(found > whole * (1 + TOLERANCE)):
        where = f" ({place_of(whole, over[0])})" if whole.dims else ""
        raise ValueError(f"The origins add up to more than their total{where}: is a total listed as an origin?")
    whole = whole.where(whole >= found, found).where(whole.notnull())  # up to the tolerance
    return (amounts / whole.where(whole > 0)).transpose(*amounts.dims)


def concentration(shares: xr.DataArray, *, complete: xr.DataArray | bool = True, what: str = "supply") -> xr.Dataset:
    """Return the Herfindahl-Hirschman index of ``shares`` (over ``origin``) with its bounds.

    ``complete`` says whether the origins listed are all there are, or the total they were divided by is known;
    if neither, shares are of the origins listed only, and no upper bound can be given.

    Variables, over the dimensions of ``shares`` but ``origin``:

    - ``hhi``: of the origins listed; what is not listed adds nothing. Between 0 and 1.
    - ``hhi_upper``: with what is not listed in one hand; NaN where ``complete`` is false.
    - ``listed``: the share of all that the origins listed hold.
    - ``why``: what is missing, where there is no index.
    """
    index = (shares**2).sum(ORIGIN, min_count=1)
    found = shares.sum(ORIGIN, min_count=1)
    score = Score.of(index, missing(index.isnull(), f"shares of {what} by origin"))
    rest = (1 - found).clip(min=0)
    return xr.Dataset(
        {
            "hhi": score.value.assign_attrs(units="1", long_name=f"concentration of {what} (HHI), at least"),
            "hhi_upper": (index + rest**2)
            .where(complete)
            .assign_attrs(units="1", long_name=f"concentration of {what} (HHI), at most"),
            "listed": found.assign_attrs(units="1", long_name=f"share of {what} that the origins listed hold"),
            "why": score.why.assign_attrs(units="text", long_name="why there is no index"),
        }
    )
