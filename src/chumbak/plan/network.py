"""The chain as the planner sees it: goods that are balanced, activities that turn them into each other.

Rare-earth goods from separated oxide on come in *colours*, kept apart as goods of their own (segregated custody):

- ``home``: all their rare earths were separated, or won back from used goods, at home, and every step since was done
  at home;
- ``bought``: as an origin sold them;
- ``foreign``: made at home, with something that was bought in them.

An activity is a process run on goods of one colour, home or foreign. Home and bought goods may pass for foreign ones,
never the reverse; finished magnets that were bought are delivered or kept, and not worked on. What comes before the
oxide (ore, chloride, used goods) has no colour: oxide made from it at home is home.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from chumbak.chain.materials import FINISHED
from chumbak.chain.recipes import RARE_EARTH
from chumbak.pack.tables import Nouns

HOME, FOREIGN, BOUGHT, PLAIN = "home", "foreign", "bought", ""
COLOURLESS = ("ore", "used", "dismantled")  # forms of materials that come before separated oxide
SMALLEST = 1e-9  # t per t: rounding of recipes
RecipeFlow = tuple[str, str, np.ndarray]  # process, material, t per t over the years


@dataclass(frozen=True, eq=False)
class Network:
    """Goods, activities and the flows between them; coefficients are over the years of the plan.

    ``goods`` and ``activities`` are (material, colour) and (process, colour). A flow is ``flow_amount`` t of
    ``flow_good`` per t of ``flow_activity`` (above zero out, below in). Materials that are not balanced are bought and
    sold at their price: ``taken`` and ``turned_out`` (activity, material) hold what an activity takes and turns out of
    each of ``materials``. ``slot`` is the grade that a good can be delivered for, "" for none.
    """

    years: np.ndarray
    goods: tuple[tuple[str, str], ...]
    activities: tuple[tuple[str, str], ...]
    flow_activity: np.ndarray
    flow_good: np.ndarray
    flow_amount: np.ndarray  # (flow, year)
    materials: tuple[str, ...]
    taken: np.ndarray  # (activity, material, year)
    turned_out: np.ndarray
    slot: tuple[str, ...]
    used: Mapping[str, str]  # the material that used goods of a product are
    template: Mapping[str, str]  # of every material and process
    stage: Mapping[str, str]
    grade: Mapping[str, str]
    product: Mapping[str, str]

    @property
    def good_names(self) -> list[str]:
        """Return the goods as labels, such as ``magnet|home``; without colour the material alone."""
        return ["|".join(filter(None, good)) for good in self.goods]

    @property
    def activity_names(self) -> list[str]:
        """Return the activities as labels, such as ``sinter|foreign``; without colour the process alone."""
        return ["|".join(filter(None, activity)) for activity in self.activities]

    def good(self, material: str, colour: str) -> int:
        """Return the number of a good. Raises ``ValueError`` where there is none."""
        return self.goods.index((material, colour))

    def colours(self, material: str) -> tuple[str, ...]:
        """Return the colours in which a material is balanced."""
        return tuple(colour for name, colour in self.goods if name == material)

    def opening(self) -> np.ndarray:
        """Say which activities open used goods, (activity,): they can run wherever such goods arise."""
        used = [self.good(material, PLAIN) for material in self.used.values()]
        rows = np.isin(self.flow_good, used) & (self.flow_amount.min(axis=1, initial=0.0) < 0)
        return np.isin(np.arange(len(self.activities)), self.flow_activity[rows])

    def carried(self) -> np.ndarray:
        """Say which goods go from place to place, (good,).

        Not those that stay inside a plant, nor goods not yet dismantled; what is bought lands where it is wanted.
        """
        stays = set(self.used.values())
        return np.array(
            [bool(self.stage[name]) and name not in stays and colour != BOUGHT for name, colour in self.goods]
        )

    def bought(self, material: str) -> int:
        """Return the number of the good that a material is when it is bought."""
        return self.good(material, self.colours(material)[-1])

    def passing(self) -> list[tuple[int, int]]:
        """Return the goods that may pass for foreign ones, with the goods that they then are."""
        return [
            (at, self.good(material, FOREIGN)) for at, (material, colour) in enumerate(self.goods)
            if colour == HOME or (colour == BOUGHT and not self.slot[at])
        ]  # fmt: skip

    def makers(self, material: str) -> list[tuple[int, np.ndarray]]:
        """Return activities that turn out a material, with how much of it per t."""
        rows = [at for at, number in enumerate(self.flow_good) if self.goods[number][0] == material]
        return [(int(self.flow_activity[at]), self.flow_amount[at]) for at in rows if self.flow_amount[at].max() > 0]


def network(nouns: Nouns, chain: xr.Dataset, offered: set[str], years: np.ndarray) -> Network:
    """Return the network of the processes that plants of the pack run (table ``uses``), over ``years``.

    ``chain`` is what ``compile_chain`` returned, and ``offered`` are materials that origins sell.
    """
    chain = chain.sel(year=years)
    run = {cells["process"] for cells in nouns.tables["uses"].values()}
    template = _column(chain, "process", "process_template") | _column(chain, "material", "material_template")
    processes = [name for name in chain["process"].values.tolist() if template[name] in run]
    chosen = np.isin(chain["flow_process"].values, processes)
    flows = list(
        zip(
            chain["flow_process"].values[chosen].tolist(), chain["flow_material"].values[chosen].tolist(),
            chain["coefficient"].values[chosen], strict=True,
        )
    )  # fmt: skip
    form, slots = _column(chain, "material", "material_form"), _column(chain, "process", "process_slot")
    grades = set(nouns.ids("grades"))
    asked = {process: slots[process] for process in processes if slots[process] in grades}
    final = {material: asked[process] for process, material, amount in flows
             if process in asked and amount.max() > 0 and form[material] in FINISHED}  # fmt: skip
    final |= {name: grade for name, grade in _column(chain, "material", "material_grade").items()
              if name in offered and form[name] in FINISHED}  # fmt: skip
    balanced = _balanced(nouns, chain, flows, offered, final)
    coloured = {name for name in balanced if form[name] not in COLOURLESS}
    goods = tuple(
        (name, colour) for name in chain["material"].values.tolist() if name in balanced
        for colour in _colours(name, coloured, offered)
    )  # fmt: skip
    follows = {process for process, material, amount in flows if material in coloured and amount.min() < 0}
    activities = tuple(
        (name, colour) for name in processes for colour in ((HOME, FOREIGN) if name in follows else (PLAIN,))
    )
    return _laid_out(years, goods, activities, flows, final, template, chain)


def _colours(material: str, coloured: set[str], offered: set[str]) -> tuple[str, ...]:
    if material not in coloured:
        return (PLAIN,)
    return (HOME, FOREIGN, BOUGHT) if material in offered else (HOME, FOREIGN)


def _balanced(
    nouns: Nouns,
    chain: xr.Dataset,
    flows: list[tuple[str, str, np.ndarray]],
    offered: set[str],
    final: Mapping[str, str],
) -> set[str]:
    """Return the rare-earth materials that are asked for, and made, sold by an origin or won from used goods."""
    kinds = nouns.column("elements", "kind")
    rare = [name for name, kind in kinds.items() if kind.endswith(RARE_EARTH) and name in chain["element"].values]
    holds = (chain["composition"].sel(element=rare) > SMALLEST).any(["element", "year"])
    held = dict(zip(chain["material"].values.tolist(), holds.values.tolist(), strict=True))
    form = _column(chain, "material", "material_form")
    made = {material for _, material, amount in flows if amount.max() > SMALLEST}
    asked = {material for _, material, amount in flows if amount.min() < -SMALLEST} | set(final)
    arising = {name for name, kind in form.items() if kind == "used"}
    return {name for name in asked & (made | offered | arising) if held[name]}


def _laid_out(
    years: np.ndarray, goods: tuple[tuple[str, str], ...], activities: tuple[tuple[str, str], ...],
    flows: list[RecipeFlow], final: Mapping[str, str], template: Mapping[str, str], chain: xr.Dataset,
) -> Network:  # fmt: skip
    at_good = {good: at for at, good in enumerate(goods)}
    colours: dict[str, list[tuple[int, str]]] = {}
    for at, (process, colour) in enumerate(activities):
        colours.setdefault(process, []).append((at, colour))
    balanced = {material for material, _ in goods}
    others = list(dict.fromkeys(material for _, material, _ in flows if material not in balanced))
    at_other = {material: at for at, material in enumerate(others)}
    taken = np.zeros((len(activities), len(others), len(years)))
    turned_out = np.zeros_like(taken)
    rows: list[tuple[int, int, np.ndarray]] = []
    for process, material, amount in flows:
        if np.abs(amount).max() <= SMALLEST:
            continue
        for activity, colour in colours[process]:
            if material in at_other:
                side = turned_out if amount.max() > 0 else taken
                side[activity, at_other[material]] += np.abs(amount)
                continue
            into = amount.max() <= 0
            kept = PLAIN if (material, PLAIN) in at_good else (colour or HOME)
            assert not (into and kept == HOME and not colour), "an activity without colour takes in nothing coloured"
            rows.append((activity, at_good[material, kept], amount))
    form = _column(chain, "material", "material_form")
    grade, product = _column(chain, "material", "material_grade"), _column(chain, "material", "material_product")
    return Network(
        years=years, goods=goods, activities=activities,
        flow_activity=np.array([row[0] for row in rows], dtype=int),
        flow_good=np.array([row[1] for row in rows], dtype=int),
        flow_amount=np.array([row[2] for row in rows]).reshape(len(rows), len(years)),
        materials=tuple(others), taken=taken, turned_out=turned_out,
        slot=tuple(final.get(material, "") for material, _ in goods),
        used={product[name]: name for name, kind in form.items() if kind == "used" and (name, PLAIN) in at_good},
        template=template,
        stage=_column(chain, "material", "material_stage") | _column(chain, "process", "process_stage"),
        grade=grade | _column(chain, "process", "process_grade"),
        product=product | _column(chain, "process", "process_product"),
    )  # fmt: skip


def _column(chain: xr.Dataset, dim: str, name: str) -> dict[str, str]:
    return dict(zip(chain[dim].values.tolist(), chain[name].values.tolist(), strict=True))
