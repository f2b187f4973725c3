"""Supply on the ground: what projects turn out year by year, by how sure they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from chumbak.pack.tables import Nouns

RAMP = ("ramp_first", "ramp_second", "ramp_third")
INPUTS = ("project_capacity", "project_start", "availability", "stays_home", "block_share", *RAMP)
Numbers = Any  # an array of numpy or xarray, or a number
COUNTED = ("existing", "committed", "announced")  # a claim is no plant


def project_output(nouns: Nouns, given: Mapping[str, xr.DataArray], years: np.ndarray) -> xr.DataArray:
    """Return what each project turns out for makers in the country, (project, [draw], year) in t of its material.

        capacity x availability x share that stays x share of its block x run-up

    The run-up is the mean over the calendar year of the level of the project's age in it, so that a start in the
    middle of a year counts for half. ``given`` holds ``INPUTS``.
    """
    projects = nouns.ids("projects")
    mature = given["project_capacity"] * given["availability"] * given["stays_home"]
    ramps = xr.DataArray([nouns.cell("projects", name, "ramp") for name in projects], dims="project")
    levels = [given[name].sel(ramp=ramps).drop_vars("ramp") for name in RAMP]
    calendar = xr.DataArray(years.astype(float), dims="year", coords={"year": years})
    running = run_up(given["project_start"], levels, calendar)
    output: xr.DataArray = mature * running * _blocks(nouns, given, projects)
    output.attrs = {"units": "t/year", "long_name": "output for makers in the country, t of the project's material"}
    return output


def run_up(start: Numbers, levels: Sequence[Numbers], calendar: Numbers) -> Numbers:
    """Return the share of its mature output that a plant turns out in each calendar year.

    ``start`` is when it first produces, in years with fractions; ``levels`` its output in its first, second, ...
    twelve months over mature output, which it has from then on; ``calendar`` the years, broadcast against ``start``.
    """
    running = 0.0 * (start + calendar)
    for age, level in enumerate([*levels, 1.0]):
        begins = start + age
        ends = begins + 1 if age < len(levels) else np.inf
        running = running + level * (np.minimum(calendar + 1, ends) - np.maximum(calendar, begins)).clip(min=0)
    return running


def _blocks(nouns: Nouns, given: Mapping[str, xr.DataArray], projects: list[str]) -> xr.DataArray | float:
    """Return the share that counts of each project's block; a project of no block counts whole."""
    shares = given["block_share"]
    parts = []
    for name in projects:
        block = nouns.cell("projects", name, "block")
        parts.append(shares.sel(block=block, drop=True) if block else xr.DataArray(1.0))
    if not parts:
        return 1.0
    return xr.concat(xr.broadcast(*parts), dim=xr.IndexVariable("project", projects), coords="minimal")
