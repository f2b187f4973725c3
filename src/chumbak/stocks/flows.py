"""Stocks and flows of goods that live for a while.

Notation: S(t, c) is the share of what entered in year c (the cohort) still in stock at the end of year t.

    stock(t)   = sum over c of inflow(c) S(t, c)
    outflow(t) = sum over c of inflow(c) [S(t-1, c) - S(t, c)],   S(c-1, c) = 1
    inflow(t)  = [stock(t) - sum over c < t of inflow(c) S(t, c)] / S(t, t)

With a survival function SF of age, S(t, c) = SF(t - c + a): a = 1, 0.5, 0 for inflow at the start, in the
middle, at the end of the year (``entry``), or the mean of SF over several moments of the year. What dies in
its first year leaves in that year. Definitions and notation as in flodym 1.1 (doi 10.21105/joss.10105) and
ODYM (Pauliuk and Heeren 2020, doi 10.1111/jiec.12952); parameters by year as in Krych et al. 2024 (doi
10.1111/jiec.13586).

If survival depends on age alone, the sums are convolutions. If it depends on cohort or year, they are matrix
products, done for a few cells at a time.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from chumbak.stocks.case import Case, per_cell
from chumbak.stocks.convolution import convolve, differences, leaving, replacement
from chumbak.stocks.labels import quantities
from chumbak.stocks.survival import Entry, Lifetime


def inflow_driven(
    inflow: xr.DataArray,
    lifetime: Lifetime,
    *,
    entry: Entry = "middle",
    initial: xr.DataArray | None = None,
    cohorts: bool = False,
) -> xr.Dataset:
    """Stock and outflow that follow from an inflow.

    Args:
        inflow: over ``year`` (consecutive whole years) and any other dimensions (product, element, draw ...);
            total of each year, finite and not negative. Its ``units`` attribute, if any, goes to every
            result.
        lifetime: one of the families of this package. Parameters may lie over the inflow's dimensions, over
            ``cohort`` or ``year`` (more years than needed do no harm), and over dimensions the inflow lacks.
        entry: ``start``, ``middle`` or ``end`` of the year, or n >= 2 Gauss-Lobatto points spread over it.
        initial: stock at the end of the year before the first, over ``cohort`` (any years before the first)
            and the inflow's other dimensions. A cohort lives on by S(t, c) / S(y0 - 1, c), y0 the first year;
            if nothing of it should be alive by then, it leaves in the first year.
        cohorts: also return ``stock_by_cohort`` and ``outflow_by_cohort`` (year, cohort, ...), initial
            cohorts first.

    Returns:
        ``stock`` (end of year), ``inflow``, ``outflow`` over (year, the inflow's other dimensions, those only
        the lifetime has), in the inflow's units. inflow - outflow = change of stock.

    Many draws of a lifetime: give its parameters a dimension ``draw``, and the inflow none. Results then hold
    every year, product, element and draw, so call it on some hundred draws at a time and keep what you need
    of each: ``inflow_driven(inflow * composition, life_of_these_draws)["outflow"].sum("product")``.
    Multiplying inflow by composition first is exact, as composition is fixed when the good is made.

    Raises:
        ValueError: years are not consecutive; a value is NaN, infinite or negative; labels or years do not
            match; ``entry`` is unknown; a survival table is too short. Names the place.

    Source: see the module.

    """
    case = Case.of(inflow, lifetime, entry, initial, "inflow")
    flow = case.layout.plain(quantities(inflow, "inflow"))
    given = case.layout.labelled(flow, case.given_order, {"year": case.years})
    if cohorts or case.varies:
        return case.dataset({"inflow": given} | case.by_cohort(flow, "inflow", cohorts=cohorts))
    survival = case.survival_by_age()
    both = convolve(np.concatenate([survival, leaving(survival)], axis=2), flow)
    stock, outflow = np.split(both, 2, axis=2)
    if case.initial.size:
        old_stock, old_outflow = case.initial_part()
        stock += old_stock
        outflow += old_outflow
    return case.dataset({"stock": case.labelled(stock), "inflow": given, "outflow": case.labelled(outflow)})


def stock_driven(
    stock: xr.DataArray,
    lifetime: Lifetime,
    *,
    entry: Entry = "middle",
    initial: xr.DataArray | None = None,
    shrink: str = "error",
    cohorts: bool = False,
) -> xr.Dataset:
    """Inflow and outflow that a stock needs.

    Args:
        stock: at the end of each ``year`` (consecutive whole years), over any other dimensions; finite, not
            negative.
        lifetime: as for :func:`inflow_driven`.
        entry: as for :func:`inflow_driven`.
        initial: as for :func:`inflow_driven`; without it the stock before the first year is zero.
        shrink: what to do where a stock falls faster than goods die. ``error``; ``allow``: negative inflow;
            ``early-retire``: no inflow, every cohort gives up the same share of what is left of it, now and
            for ever. A gap below 1e-12 of the largest stock so far counts as rounding: the inflow is then
            zero.
        cohorts: as for :func:`inflow_driven`.

    Returns:
        As :func:`inflow_driven`; with ``early-retire`` what is given up is part of ``outflow``.

    Raises:
        ValueError: as :func:`inflow_driven`; a stock shrinks under ``error`` (names product, year and gap);
            nothing survives the year of entry, so that no inflow could make a stock (names the product).

    Source: see the module.

    """
    if shrink not in ("error", "allow", "early-retire"):
        raise ValueError(f"shrink must be error, allow or early-retire, not {shrink!r}.")
    case = Case.of(stock, lifetime, entry, initial, "stock")
    target = case.layout.plain(quantities(stock, "stock"))
    given = case.layout.labelled(target, case.given_order, {"year": case.years})
    if cohorts or case.varies:
        return case.dataset({"stock": given} | case.by_cohort(target, "stock", cohorts=cohorts, shrink=shrink))
    survival = case.survival_by_age()
    first = per_cell(survival[:, :1, :, None])
    case.refuse_zero(first, slice(0, len(first)))
    if not case.initial.size:
        growth = differences(target)
        outflow = convolve(replacement(survival), growth)
        inflow = growth[:, :, None]
        if inflow.shape == outflow.shape:
            inflow += outflow  # in place: fresh memory costs more than the sum
        else:
            inflow = inflow + outflow
    else:  # what is left of the initial stock differs from cell to cell; the rest must grow around it
        old_stock, old_outflow = case.initial_part()
        growth = differences(per_cell(target[:, :, None] - old_stock))
        replaced = convolve(replacement(per_cell(survival[..., None])), growth)[:, :, 0]
        outflow = case.from_cells(replaced) + old_outflow
        inflow = case.from_cells(growth + replaced)
    if shrink != "allow":
        if case.shrinks(per_cell(inflow), first, target, slice(0, len(first)), refuse=shrink == "error"):
            return case.dataset({"stock": given} | case.by_cohort(target, "stock", shrink=shrink))
        np.maximum(inflow, 0, out=inflow)
        np.maximum(outflow, 0, out=outflow)
    return case.dataset({"stock": given, "inflow": case.labelled(inflow), "outflow": case.labelled(outflow)})
