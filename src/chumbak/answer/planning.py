"""From a pack to a planning case: need and used goods from the stocks, recipes and projects from the chain."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from chumbak.answer.catchment import spread_by_product
from chumbak.answer.model import compute
from chumbak.answer.supply_chain import SupplyChain, has_chain, magnet_elements, supply_chain
from chumbak.chain.requirements import STOP
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.arrays import inputs
from chumbak.plan.case import INPUTS, Case, build_case
from chumbak.plan.lookup import Setting
from chumbak.plan.places import WHOLE

FIGURES = ("grade_share", *INPUTS)


def has_plants(pack: Pack) -> bool:
    """Say whether the pack describes plants, so that a plan can be made."""
    return has_chain(pack) and bool(pack.nouns.ids("plants"))


def planning_case(
    pack: Pack, places: str = WHOLE, known: tuple[xr.Dataset, SupplyChain] | None = None,
    given: Mapping[str, xr.DataArray] | None = None,
) -> Case:  # fmt: skip
    """Return the planning case of a pack by ``places`` (of ``PLACES``).

    ``known`` is what ``compute`` and ``supply_chain`` said of it already.

    ``given`` holds the figures themselves (``FIGURES``), where they are not those of the pack as it is: of one draw.
    Raises ``PackError`` where the pack has no plants, and with every figure that is missing.
    """
    if not has_plants(pack):
        what, mend = "the pack has no plants, so nothing can be planned", "Fill its table plants: see docs/packs.md."
        raise PackError([Fault(pack.name, 0, "plants", "no-plants", what, mend)])
    if known is None:
        data = compute(pack).sel(year=slice(pack.answer_from, None))
        known = data, supply_chain(pack, data)
    data, chain = known
    given = inputs(pack, FIGURES) if given is None else given
    shares = given["grade_share"].sel(year=data["year"])
    metals = data.metal_end_of_life.rename(holder="product").sum("metal")
    used = data.end_of_life + metals.reindex(product=data["product"], fill_value=0.0)
    held = chain.rungs.need_element.sel(element=magnet_elements(pack))
    setting = Setting(
        place=pack.place, scenario=pack.scenario, pack=pack.name, currency=pack.currency, price_year=pack.price_year,
        base_year=pack.base_year, last_year=int(data["year"].values[-1]), chain=chain.chain, output=chain.output,
        need=data.made_at_home * shares, used=used, spread=spread_by_product(pack),
        rung_need=held.sel(stage=_from(held["stage"].values.tolist())), activity=chain.per_tonne.activity,
    )  # fmt: skip
    return build_case(pack.nouns, given, setting, places)


def _from(stages: list[str]) -> list[str]:
    """Return the rungs whose need is known: from separated oxides on."""
    return stages[stages.index(STOP) :]
