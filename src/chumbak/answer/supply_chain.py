"""The supply chain of an answer: the pack's chain with what the stocks say of goods, audited, and what it asks for.

The chain takes from the stocks what belongs to goods: how much machining the shapes of their magnets cost, and what
end-of-life goods and the magnets in them are made of. What the rungs must hand on is found per tonne of finished magnet
of each grade; needs of any definition, and what plants draw on, are sums of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.chain import recipes, routes, supply
from chumbak.chain.audit import audit, audit_requirements
from chumbak.chain.recipes import RARE_EARTH, compile_chain
from chumbak.chain.requirements import RouteError, requirements
from chumbak.pack import Pack, PackError
from chumbak.pack.arrays import inputs
from chumbak.pack.faults import Fault

INPUTS = (*recipes.INPUTS, *routes.INPUTS, *supply.INPUTS)
DEFINITIONS = ("made_at_home", "sold", "embedded_imports")  # the first is the need that home plants could serve


@dataclass(frozen=True, eq=False)
class SupplyChain:
    """The compiled chain and what it asks for.

    ``per_tonne`` is what ``requirements`` says, and ``rungs`` what each rung hands on, per tonne of finished magnet of
    each ``grade``; ``need`` (definition, grade, year) t/year; ``output`` what projects turn out; ``ore_yield`` the
    elements won per tonne of ore, None without a way from ore to oxide; ``worst`` the largest imbalance found.
    """

    chain: xr.Dataset
    per_tonne: xr.Dataset
    rungs: xr.Dataset
    need: xr.DataArray
    output: xr.DataArray
    ore_yield: xr.DataArray | None
    worst: float


def has_chain(pack: Pack) -> bool:
    """Say whether the pack describes a chain."""
    return bool(pack.nouns.ids("processes"))


def supply_chain(pack: Pack, data: xr.Dataset, deviates: Mapping[str, np.ndarray] | None = None) -> SupplyChain:
    """Return the supply chain over the years of ``data``, which holds what ``compute`` says, for the same draws.

    Raises ``PackError`` where the chain cannot be compiled or its route shares cannot hold, ``AuditError`` where it
    does not balance.
    """
    years = data["year"].values
    given = {name: _in_years(array, years) for name, array in inputs(pack, INPUTS, deviates).items()}
    given |= goods_in_the_chain(pack, data, deviates)
    chain = compile_chain(pack.nouns, given)
    worst = audit(chain)
    grades = pack.nouns.ids("grades")
    each = xr.DataArray(np.eye(len(grades)), dims=("slot", "grade"), coords={"slot": grades, "grade": grades})
    try:
        per_tonne = requirements(chain, each, routes.route_shares(chain, given))
        ore_yield = routes.ore_yields(chain, routes.route_shares(chain, given, None))
    except RouteError as error:
        template = chain["process_template"].sel(process=error.process).item()
        file, row = pack.nouns.where["processes", template]
        what, mend = str(error).rstrip("."), "Mend the figures process.*.share of these routes."
        raise PackError([Fault(file, row, "id", "route-shares", what, mend)]) from error
    worst = max(worst, audit_requirements(chain, per_tonne, each))
    return SupplyChain(
        chain=chain,
        per_tonne=per_tonne,
        rungs=routes.rung_needs(chain, per_tonne),
        need=need_by_grade(pack, data, deviates),
        output=supply.project_output(pack.nouns, given, years),
        ore_yield=ore_yield,
        worst=worst,
    )


def _in_years(array: xr.DataArray, years: np.ndarray) -> xr.DataArray:
    return array.sel(year=years) if "year" in array.dims else array


def need_by_grade(pack: Pack, data: xr.Dataset, deviates: Mapping[str, np.ndarray] | None) -> xr.DataArray:
    """Return the magnets needed in each definition, (definition, grade, [draw], year) in t/year."""
    shares = _in_years(inputs(pack, ("grade_share",), deviates)["grade_share"], data["year"].values)
    parts = [xr.dot(data[name], shares, dim="product") for name in DEFINITIONS]
    need: xr.DataArray = xr.concat(parts, dim=xr.IndexVariable("definition", list(DEFINITIONS)))
    need.attrs = {"units": "t/year", "long_name": "finished magnets by grade family, gross"}
    return need


def goods_in_the_chain(
    pack: Pack, data: xr.Dataset, deviates: Mapping[str, np.ndarray] | None
) -> dict[str, xr.DataArray]:
    """Return what belongs to goods: ``shape_yield``, ``magnet_recovery``, ``used`` and ``dismantled``.

    A product of which nothing reaches end of life in a year has the composition of its magnets sold in that year.
    """
    names = ("grade_share", "swarf_share", "recovery_today")
    given = {name: _in_years(array, data["year"].values) for name, array in inputs(pack, names, deviates).items()}
    need = data.made_at_home * given["grade_share"]
    finished = need.sum("product")
    rough = (need / (1 - given["swarf_share"])).sum("product")
    magnets = data.end_of_life_by_element
    dismantled = _fractions(magnets).fillna(data.composition)
    metals = data.metal_end_of_life.rename(holder="product", metal="element")
    elements = list(dict.fromkeys([*magnets["element"].values.tolist(), *metals["element"].values.tolist()]))
    whole = magnets.reindex(element=elements, fill_value=0.0)
    whole = whole + metals.reindex(product=magnets["product"], element=elements, fill_value=0.0)
    return {
        "shape_yield": (finished / rough.where(rough > 0)).fillna(1.0),
        "magnet_recovery": given["recovery_today"],
        "used": _fractions(whole).fillna(dismantled.reindex(element=elements, fill_value=0.0)),
        "dismantled": dismantled,
    }


def _fractions(masses: xr.DataArray) -> xr.DataArray:
    total = masses.sum("element")
    return masses / total.where(total > 0)


def magnet_elements(pack: Pack) -> list[str]:
    """Return the rare earths that magnets of the pack hold, in the order of the table of elements."""
    content = pack.array("content")
    held = (content > 0).any([dim for dim in content.dims if dim != "element"])
    kinds = pack.nouns.column("elements", "kind")
    return [name for name, kind in kinds.items() if kind.endswith(RARE_EARTH) and bool(held.sel(element=name))]
