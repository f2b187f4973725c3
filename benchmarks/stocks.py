"""Stocks and flows beside flodym 1.1, the library for dynamic material flow analysis nearest to this one.

Each side of each case runs in a fresh process of its own: inputs are built, then the calculation is timed.
*ours* is the median of ten runs. *flodym* is one run, as a user starts it; on some machines most of that is the
cost of memory never used before, so *again* is the median of two more runs in the same process, and their ratio
to ours. Targets are for the former. Extra memory is the peak during the first run above what was held before.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

YEARS, PRODUCTS, ELEMENTS = 200, 500, 6
DRAW_YEARS, DRAW_PRODUCTS, DRAWS, DRAWS_AT_ONCE = 60, 8, 10_000, 1_000
PEER_DRAWS = 1_000  # at once; all of them would take over 7 GB
SHAPE = 2.5
ENSEMBLE = "10,000 draws"


@dataclass(frozen=True)
class Target:
    """How many times faster we must be, and how little memory we may take."""

    faster: float
    share_of_memory: float = np.inf
    megabytes: float = np.inf


TARGETS = {
    "inflow-driven": Target(300, share_of_memory=1 / 30),
    "stock-driven": Target(200, share_of_memory=1 / 30),
    "inflow-driven by cohort": Target(20),
    "stock-driven by cohort": Target(20),
    "inflow-driven by year": Target(20),
    "stock-driven by year": Target(20),
    ENSEMBLE: Target(30, megabytes=300),
}


def given(years: int, products: int) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray, xr.DataArray]:
    """Return an inflow (year, product), a composition (year, product, element) and scales (product).

    The last is a factor on the scales, growing over the years.
    """
    rng = np.random.default_rng(0)
    coords: dict[str, Any] = {
        "year": range(2100 - years, 2100),
        "product": [f"product {i}" for i in range(products)],
        "element": [f"element {i}" for i in range(ELEMENTS)],
    }

    def over(values: Any, *dims: str) -> xr.DataArray:
        return xr.DataArray(values, dims=dims, coords={dim: coords[dim] for dim in dims})

    inflow = over(rng.uniform(0.5, 1.5, (years, products)).cumsum(axis=0), "year", "product")
    composition = over(rng.uniform(0, 1 / ELEMENTS, (years, products, ELEMENTS)), "year", "product", "element")
    scale = over(rng.uniform(5, 20, products), "product")
    return inflow, composition, scale, over(np.linspace(1, 1.5, years), "year")


def drawn(scale: xr.DataArray, draws: int) -> xr.DataArray:
    """Multiply every product's scale by a lognormal factor of its own in every draw."""
    factor = np.random.default_rng(1).lognormal(0, 0.2, (scale.size, draws))
    return scale * xr.DataArray(factor, dims=("product", "draw"), coords={"draw": range(draws)})


def ours(case: str) -> Callable[[], Any]:
    """Return our calculation of a case."""
    from chumbak.stocks import Weibull, inflow_driven, stock_driven

    if case == ENSEMBLE:
        units, composition, scale, _ = given(DRAW_YEARS, DRAW_PRODUCTS)
        scales, inflow = drawn(scale, DRAWS), units * composition

        def all_draws() -> xr.DataArray:
            """Element outflow by year, element and draw, over all products."""
            parts = []
            for start in range(0, DRAWS, DRAWS_AT_ONCE):
                life = Weibull(scales.isel(draw=slice(start, start + DRAWS_AT_ONCE)), SHAPE)
                parts.append(inflow_driven(inflow, life)["outflow"].sum("product", skipna=False))
            return xr.concat(parts, "draw", join="exact")

        return all_draws
    units, composition, scale, factor = given(YEARS, PRODUCTS)
    flow = units * composition
    if case.endswith("by cohort"):
        scale = scale * factor.rename(year="cohort")
    if case.endswith("by year"):
        scale = scale * factor
    if case.startswith("inflow"):
        return lambda: inflow_driven(flow, Weibull(scale, SHAPE))
    growing = flow.cumsum("year").assign_coords(year=flow["year"])
    return lambda: stock_driven(growing, Weibull(scale, SHAPE))


def peers(case: str) -> Callable[[], Any]:
    """Return flodym's calculation of a case: lifetime set and model built each time, as survival is cached there.

    Draws are a dimension, and elements follow from its outflow by cohort: the fastest way found.
    """
    warnings.simplefilter("ignore")
    import flodym

    ensemble = case == ENSEMBLE
    units, composition, scale, factor = given(*((DRAW_YEARS, DRAW_PRODUCTS) if ensemble else (YEARS, PRODUCTS)))
    last = list(range(PEER_DRAWS)) if ensemble else composition["element"].values.tolist()
    items = {"t": units["year"].values.tolist(), "p": units["product"].values.tolist(), "x": last}
    dims = flodym.DimensionSet(
        dim_list=[
            flodym.Dimension(letter=letter, name=name, items=items[letter], dtype=type(items[letter][0]))
            for letter, name in (("t", "time"), ("p", "product"), ("x", "draw" if ensemble else "element"))
        ]
    )
    if ensemble:
        scale, letters = drawn(scale, PEER_DRAWS), ("p", "x")
        flow = np.repeat(units.values[..., None], PEER_DRAWS, axis=2)
    else:
        letters, flow = ("p",), (units * composition).values  # type: ignore[assignment]
    if case.startswith("stock"):
        flow = flow.cumsum(axis=0)
    options: dict[str, Any] = {
        f"lt_factor_by_{name}": flodym.Parameter(dims=dims["t",], values=factor.values)
        for name in ("cohort", "year")
        if case.endswith(f"by {name}")
    }

    def run() -> Any:
        lifetime = flodym.WeibullLifetime(
            dims=dims,
            weibull_scale=flodym.Parameter(dims=dims[letters], values=scale.values),
            weibull_shape=SHAPE,
            **options,
        )
        array = flodym.StockArray(dims=dims, values=flow)
        given_array: dict[str, Any] = {"stock": array} if case.startswith("stock") else {"inflow": array}
        family = flodym.StockDrivenDSM if case.startswith("stock") else flodym.InflowDrivenDSM
        model = family(dims=dims, lifetime_model=lifetime, **given_array)
        model.compute()
        if not ensemble:
            return model
        return np.tensordot(model.get_outflow_by_cohort(), composition.values, axes=([1, 2], [0, 1]))

    return run


def megabytes_at_peak() -> float:
    """Return the most memory this process ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6


def megabytes_now() -> float:
    """Return the memory this process holds (its peak so far, where the system does not tell)."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return megabytes_at_peak()
    return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6


def measure(side: str, case: str) -> dict[str, float]:
    """Run one side of one case in this process: seconds of the first run and of later ones, extra megabytes."""
    run = {"ours": ours, "flodym": peers}[side](case)
    before = megabytes_now()
    times = []
    for _ in range(10 if side == "ours" else 3):
        start = time.perf_counter()
        result = run()
        times.append(time.perf_counter() - start)
        if len(times) == 1:
            memory = megabytes_at_peak() - before
        del result
    return {"first": times[0], "again": statistics.median(times[1:]), "memory": memory}


def in_fresh_process(side: str, case: str) -> dict[str, float]:
    """Run one side of one case in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.stocks", side, case]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    if (side, case) == ("flodym", ENSEMBLE):  # one pass after the other, the memory of the first used again
        passes = DRAWS / PEER_DRAWS
        found["first"] += (passes - 1) * found["again"]
        found["again"] *= passes
    return found


def main() -> int:
    """Run all cases, print a table, return 1 if a target is missed."""
    print(f"Weibull lifetimes by product. {YEARS} years x {PRODUCTS} products x {ELEMENTS} elements; draws:", end=" ")
    print(f"{DRAW_YEARS} x {DRAW_PRODUCTS} x {ELEMENTS}, {DRAWS} draws of the scale by product, result by element.")
    print(f"Ours takes {DRAWS_AT_ONCE} draws at a time. flodym ran {PEER_DRAWS} draws, scaled linearly to {DRAWS}.")
    head = f"{'case':<24}{'ours s':>9}{'flodym s':>10}{'ratio':>7}{'target':>8}{'again s':>9}{'ratio':>7}"
    print(f"{head}{'ours MB':>9}{'flodym MB':>11}  verdict")
    missed = 0
    for case, target in TARGETS.items():
        mine, peer = in_fresh_process("ours", case), in_fresh_process("flodym", case)
        ratio, ratio_again = peer["first"] / mine["again"], peer["again"] / mine["again"]
        allowed = min(target.megabytes, target.share_of_memory * peer["memory"])
        passed = ratio >= target.faster and mine["memory"] <= allowed
        missed += not passed
        print(
            f"{case:<24}{mine['again']:>9.4f}{peer['first']:>10.2f}{ratio:>7.0f}{target.faster:>8.0f}"
            f"{peer['again']:>9.2f}{ratio_again:>7.0f}{mine['memory']:>9.0f}{peer['memory']:>11.0f}"
            f"  {'PASS' if passed else 'FAIL'}",
            flush=True,
        )
    return int(missed > 0)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], sys.argv[2])))
