"""One thing whose supply is at risk, scored by every method, year by year.

A score belongs to a stage: rare earths out of the mine come from a dozen countries, sintered magnets almost from one.
So every call is one exposure (what is bought, and who in the world makes it), never an element as such.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.risk.concentration import concentration, shares
from chumbak.risk.eu import supply_risk, weighted_concentration
from chumbak.risk.geopolrisk import characterisation_factor, geopolrisk_score, import_risk, price
from chumbak.risk.imports import import_reliance
from chumbak.risk.reasons import ORIGIN

PARAMETERS = ("eol_recycling_rate", "substitution", "trade_parameter")


@dataclass(frozen=True, eq=False)
class Exposure:
    """What is known of one exposure. Arrays lie over ``origin`` and ``year`` (or ``year``), and any more dimensions.

    NaN means not listed or not known, and None that there is no record at all; neither is ever taken for zero.

    Attributes:
        world: world output or shares by origin, in any one unit.
        world_total: what all origins make together, in the unit of ``world`` (1 if those are shares); None if the
            origins listed are all there are.
        imports: what is bought by origin, in the unit that shares and risks are to be taken of.
        imports_complete: over ``year``, whether ``imports`` lists all origins.
        exports, production: what is sold abroad and made at home, over ``year``, in the unit of ``imports``.
        value, mass: imports by origin in USD and in t, for their price; either may be ``imports`` itself.
        stability, governance: World Bank estimates by origin: political stability, and the mean of the six.
        parameters: of ``PARAMETERS``, number or array; those left out are missing. ``trade_parameter`` may lie
            over ``origin``.

    """

    world: xr.DataArray | None = None
    world_total: xr.DataArray | float | None = None
    imports: xr.DataArray | None = None
    imports_complete: xr.DataArray | bool = True
    exports: xr.DataArray | None = None
    production: xr.DataArray | None = None
    value: xr.DataArray | None = None
    mass: xr.DataArray | None = None
    stability: xr.DataArray | None = None
    governance: xr.DataArray | None = None
    parameters: Mapping[str, xr.DataArray | float] | None = None


def assess(
    exposure: Exposure, years: Sequence[int], *, unrated: float | None = None, region: Collection[str] = ()
) -> xr.Dataset:
    """Return every measure of one exposure over ``year``, with the reason wherever there is none.

    ``unrated`` and ``region`` as for :func:`chumbak.risk.import_risk`. Variables, over ``year`` and whatever more
    dimensions the inputs have:

    - ``world_share``, ``import_share`` (also over ``origin``)
    - ``hhi``, ``hhi_upper``, ``hhi_sourcing``, ``hhi_sourcing_upper``: concentration, at least and at most
    - ``import_reliance``
    - ``import_risk``, ``geopolrisk``, ``geopolrisk_upper``, ``price`` (USD/kg), ``factor`` (kg Cu-eq/kg)
    - ``eu_global``, ``eu_sourcing``, ``eu_sr``, and in words ``eu_terms``
    - ``why_hhi``, ``why_hhi_sourcing``, ``why_import_reliance``, ``why_geopolrisk``, ``why_factor``, ``why_eu_sr``:
      sentences, empty where there is a number.
    """
    world, imports, value, mass, stability, governance = (
        _over_origins(part, years)
        for part in (
            exposure.world, exposure.imports, exposure.value, exposure.mass, exposure.stability, exposure.governance,
        )
    )  # fmt: skip
    exports, production = (_over_years(part, years) for part in (exposure.exports, exposure.production))
    total = exposure.world_total
    world_share = shares(world, total if total is None else _over_years(total, years))
    import_share = shares(imports)
    supply = concentration(world_share, what="world supply")
    complete = exposure.imports_complete
    complete = complete if isinstance(complete, bool) else _over_years(complete, years) == 1
    mix = concentration(import_share, complete=complete, what="imports")
    reliance = import_reliance(imports.sum(ORIGIN, min_count=1), exports, production)
    risk = import_risk(imports, stability, production, unrated=unrated, region=region)
    score = geopolrisk_score(supply["hhi"], risk)
    paid = price(value, mass)
    factor = characterisation_factor(score, paid)
    given = dict.fromkeys(PARAMETERS, np.nan) | dict(exposure.parameters or {})
    trade = given["trade_parameter"]
    of_world = weighted_concentration(world_share, governance, trade, what="world supply")
    of_imports = weighted_concentration(import_share, governance, trade, what="imports")
    european = supply_risk(
        of_world,
        of_imports,
        reliance,
        eol_recycling_rate=given["eol_recycling_rate"],
        substitution=given["substitution"],
    )
    found = {
        "world_share": world_share,
        "import_share": import_share,
        "hhi": supply["hhi"],
        "hhi_upper": supply["hhi_upper"],
        "hhi_sourcing": mix["hhi"],
        "hhi_sourcing_upper": mix["hhi_upper"],
        "import_reliance": reliance.value,
        "import_risk": risk.value,
        "geopolrisk": score.value,
        "geopolrisk_upper": supply["hhi_upper"] * risk.value,
        "price": paid,
        "factor": factor.value,
        "eu_global": of_world.value,
        "eu_sourcing": of_imports.value,
        "eu_sr": european["eu_sr"],
        "eu_terms": european["terms"],
        "why_hhi": supply["why"],
        "why_hhi_sourcing": mix["why"],
        "why_import_reliance": reliance.why,
        "why_geopolrisk": score.why,
        "why_factor": factor.why,
        "why_eu_sr": european["why"],
    }
    data = xr.merge([found], join="outer", combine_attrs="drop")
    for name, (units, long_name) in _ATTRS.items():
        data[name].attrs = {"units": units, "long_name": long_name}
    return data.assign_attrs(years="calendar years")


def _over_origins(part: xr.DataArray | None, years: Sequence[int]) -> xr.DataArray:
    """Return an array on these years; one origin that nothing is known of where there is no array."""
    if part is None:
        return xr.DataArray(np.empty((0, len(years))), {ORIGIN: np.array([], dtype=str), "year": list(years)})
    return part.reset_coords(drop=True).reindex(year=list(years))


def _over_years(part: xr.DataArray | float | None, years: Sequence[int]) -> xr.DataArray:
    if part is None or isinstance(part, (int, float)):
        number = np.nan if part is None else float(part)
        return xr.DataArray(np.full(len(years), number), {"year": list(years)})
    return part.reset_coords(drop=True).reindex(year=list(years))


_TEXT = "text"
_ATTRS = {
    "world_share": ("1", "share of world supply, by origin"),
    "import_share": ("1", "share of imports, by origin"),
    "hhi": ("1", "concentration of world supply (HHI), at least"),
    "hhi_upper": ("1", "concentration of world supply (HHI), at most"),
    "hhi_sourcing": ("1", "concentration of imports (HHI), at least"),
    "hhi_sourcing_upper": ("1", "concentration of imports (HHI), at most"),
    "import_reliance": ("1", "net imports over apparent use"),
    "import_risk": ("1", "GeoPolRisk import risk"),
    "geopolrisk": ("1", "GeoPolRisk score, at least"),
    "geopolrisk_upper": ("1", "GeoPolRisk score with the unlisted part of the world in one hand"),
    "price": ("USD/kg", "mean price of imports"),
    "factor": ("kg Cu-eq/kg", "GeoPolRisk characterisation factor"),
    "eu_global": ("1", "EU concentration of global supply, weighted by governance"),
    "eu_sourcing": ("1", "EU concentration of sourcing, weighted by governance"),
    "eu_sr": ("1", "EU supply risk"),
    "eu_terms": (_TEXT, "concentrations that the EU supply risk rests on"),
    "why_hhi": (_TEXT, "why there is no concentration of world supply"),
    "why_hhi_sourcing": (_TEXT, "why there is no concentration of imports"),
    "why_import_reliance": (_TEXT, "why there is no import reliance"),
    "why_geopolrisk": (_TEXT, "why there is no GeoPolRisk score"),
    "why_factor": (_TEXT, "why there is no characterisation factor"),
    "why_eu_sr": (_TEXT, "why there is no EU supply risk"),
}
