"""What it costs to collect and treat what an exchange trades, from the plants and steps of a pack.

    collecting    the pack's steps of collection, each by its share of goods, and the depots; by the mass that the chain
                  counts: magnets and the metals of known parts
    dismantling   taking magnets out, by their mass
    treating      magnets or swarf to oxides, by the oxides made
    smelting      boards to metals: the smelter's charge by the mass it is fed, that of refining by the metal won

A plant costs, for a counted tonne: running cost + electricity x mean tariff + capital x (annuity over its life at the
investor's rate + fixed cost) / availability. All is drawn, so figures that move together do so here. What the pack has
no cost of, such as metals of batteries and motors, is left out and told; so are charges by the lot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from chumbak.answer.device import GRAMS, RANGE, oxide_factor
from chumbak.exchange.catalogue import Cost, Kind, Substance, Triple
from chumbak.pack import Pack
from chumbak.pack.arrays import array

COLLECTING, DISMANTLING, TREATING, SMELTING = "collecting", "dismantling", "treating", "smelting"
OF_FORM = {"used": COLLECTING, "dismantled": DISMANTLING}  # what a plant is counted by, and what it then does
PLANT = ("plant_variable", "plant_electricity", "plant_capital", "plant_fixed", "plant_life", "plant_availability")
PAISE, KILOGRAMS = 100.0, 1e3  # in a unit of the currency; in a tonne
Numbers = dict[str, np.ndarray]  # by name: the central value first, then one for each draw


class Costs:
    """The costs of a pack, in paise of its currency for a counted tonne, central first and then drawn."""

    SMELTER = ("smelter_charge", "refining_charge", "smelted")
    DRAWN = (*PLANT, "tariff", "discount_investor", "step_cost", "step_share", *SMELTER, "holds")

    def __init__(self, pack: Pack, by_key: Mapping[str, np.ndarray]) -> None:
        self._pack, self._by_key = pack, by_key
        self.notes: list[str] = []
        self._uses = list(pack.nouns.tables["uses"].values())
        self._a_tonne = self._plants()
        self._collecting = self._steps()
        self._charge, self._refining, self._smelted = (self._both(name) for name in self.SMELTER)

    def of_kinds(self, kinds: Sequence[Kind]) -> list[Cost]:
        """Return what each device costs for a unit, as far as the pack knows."""
        processes, materials = self._pack.nouns.tables["processes"], self._pack.nouns.tables["materials"]
        treats = [use for use in self._uses if self._takes(use["process"]) == "dismantled"]
        oxides = {element for use in treats for element in self._outputs(use["process"], counted=True)}
        wins = {element for use in treats for element in self._outputs(use["process"])}
        steps: dict[str, list[str]] = {COLLECTING: [], DISMANTLING: []}
        for use in (one for one in self._uses if processes[one["process"]]["driven"] == "opened"):
            forms = {materials[material]["form"] for material in use["counted"].split() if material in materials}
            for form in forms & OF_FORM.keys():
                steps[OF_FORM[form]].append(use["plant"])
        found: list[Cost | None] = []
        for kind in kinds:
            counted = sum(central for central, _, _ in kind.ug.values()) / 1e6 / GRAMS
            found.append(self._cost(kind.id, COLLECTING, steps[COLLECTING], counted, "unit"))
            magnets = kind.magnet_ug[0] / 1e6 / GRAMS
            found.append(self._cost(kind.id, DISMANTLING, steps[DISMANTLING], magnets, "unit"))
            won = {name: kind.ug[name][0] * share for name, share in kind.recoverable.items()}
            tonnes, plants = self._oxides(won, oxides), [use["plant"] for use in treats]
            found.append(self._cost(kind.id, TREATING, plants, tonnes, "unit", wins))
            found.append(self._smelt(kind.id, self._parts(kind.id), won, "unit"))
        return [cost for cost in found if cost is not None]

    def of_substances(self, substances: Sequence[Substance], fed_by: Mapping[str, str]) -> list[Cost]:
        """Return what treating a kilogram of each costs, ``fed_by`` naming the process that takes it."""
        found, none = [], []
        for one in substances:
            process = fed_by.get(one.id, "")
            plants = [use["plant"] for use in self._uses if use["process"] == process]
            won = {name: 1e3 * one.ug_per_g[name][0] * share for name, share in one.recoverable.items()}
            tonnes = self._oxides(won, self._outputs(process, counted=True))
            cost = self._cost(one.id, TREATING, plants, tonnes, "kg", self._outputs(process))
            cost = cost or self._smelt(one.id, {one.id: np.array([1 / KILOGRAMS])}, won, "kg")
            found += [cost] if cost else []
            none += [] if cost else [one.name]
        if none:
            self.notes.append(f"The pack has no cost of treating, and none is taken off: {', '.join(none)}.")
        if not self._charge:
            self.notes.append("The pack has no charge of a smelter: no cost of smelting boards is taken off.")
        self.notes.append(
            "The pack has no cost of winning the metals of batteries and the copper of motors, and none is taken off; "
            "nor is what a refiner charges for each lot and its assay, nor carriage of scrap by weight."
        )
        return found

    def _cost(
        self, of: str, step: str, plants: Sequence[str], tonnes: float, per: str, wins: Iterable[str] = ()
    ) -> Cost | None:  # fmt: skip
        """Return the cost of a step for so many counted tonnes of a unit or kilogram, None where nothing is known."""
        known = [plant for plant in dict.fromkeys(plants) if plant in self._a_tonne]
        a_tonne = [self._a_tonne[plant] for plant in known]
        if step == COLLECTING and self._collecting is not None:
            a_tonne.append(self._collecting)
        if not a_tonne or not tonnes:
            return None
        names = [self._pack.nouns.cell("plants", plant, "name") for plant in known]
        said = [f"plant '{name}' of the pack" for name in names]
        said += [f"{len(self._pack.nouns.ids('steps'))} steps of collection of the pack, by their shares"] * (
            step == COLLECTING and self._collecting is not None
        )
        paise = _triple(np.sum(a_tonne, axis=0) * tonnes * PAISE)
        elements = tuple(element for element in self._pack.nouns.ids("elements") if element in set(wins))
        return Cost(of, step, paise, per, "; ".join([*said, *self._sources(known, step)]), elements)

    def _smelt(self, of: str, parts: Mapping[str, np.ndarray], won: Mapping[str, float], per: str) -> Cost | None:
        """Return the cost of smelting so many units of parts and refining the micrograms won, None if not known."""
        fed = {part: many * self._smelted[part] for part, many in parts.items() if part in self._smelted}
        elements = tuple(name for name in won if name in self._refining)
        if not fed or not elements or not self._charge:
            return None
        refining = np.sum([won[name] / 1e6 / GRAMS * self._refining[name] for name in elements], axis=0)
        paise = _triple((np.sum([*fed.values()], axis=0) * self._charge[""] + refining) * PAISE)
        keys = ["smelter.charge", *(f"item.{part}.smelted" for part in fed)]
        keys += [f"metal.{name}.refining_charge" for name in elements]
        return Cost(of, SMELTING, paise, per, "; ".join(self._named(keys)), elements)

    def _parts(self, product: str) -> dict[str, np.ndarray]:
        """Return how many of each part a unit of a product holds, central value and draws in one row."""
        central, drawn = (array(self._pack, "holds", by_key) for by_key in (None, self._by_key))
        return {
            str(part): np.concatenate([[float(many)], drawn.sel(product=product, item=part).values])
            for part, many in zip(central["item"].values, central.sel(product=product).values, strict=True)
            if many > 0
        }

    def _sources(self, plants: Sequence[str], step: str) -> list[str]:
        keys = [f"plant.{plant}.{name}" for plant in plants for name in ("variable_cost", "capital")]
        if step == COLLECTING:
            keys += [f"step.{name}.cost" for name in self._pack.nouns.ids("steps")]
        return self._named(keys)

    def _named(self, keys: Iterable[str]) -> list[str]:
        """Return the sources of figures, each once, saying which figures are estimates."""
        figures = [figure for key in keys if key in self._pack.entries for figure in self._pack.entries[key].figures]
        guessed = {one.source for one in figures if one.confidence == "estimate" and "stimate" not in one.source}
        sources = dict.fromkeys(figure.source for figure in figures)
        return [f"estimate from: {source}" if source in guessed else source for source in sources]

    def _plants(self) -> Numbers:
        """Return what a counted tonne costs in each plant of the pack, with its capital."""
        given = {name: self._both(name) for name in (*PLANT, "tariff", "discount_investor")}
        if not self._pack.nouns.ids("plants") or any(not numbers for numbers in given.values()):
            self.notes.append("The pack has no costs of plants: no cost of treating is taken off.")
            return {}
        tariff = np.mean([*given["tariff"].values()], axis=0)
        rate = given["discount_investor"][""]
        found = {}
        for plant in self._pack.nouns.ids("plants"):
            running, power, capital, fixed, life, availability = (given[name][plant] for name in PLANT)
            growth = (1 + rate) ** life
            annuity = np.where(rate > 0, rate * growth / np.where(growth > 1, growth - 1, 1.0), 1 / life)
            found[plant] = running + power * tariff + capital * (annuity + fixed) / availability
        return found

    def _steps(self) -> np.ndarray | None:
        """Return what a counted tonne costs to collect, the mean of the pack's steps by their shares."""
        cost, share = self._both("step_cost"), self._both("step_share")
        if not cost or cost.keys() != share.keys():
            self.notes.append("The pack has no steps of collection: no cost of collecting is taken off.")
            return None
        mean: np.ndarray = np.sum([cost[step] * share[step] for step in cost], axis=0) / np.sum(
            [*share.values()], axis=0
        )
        return mean

    def _both(self, name: str) -> Numbers:
        """Return an attribute by its noun ("" where it has none), central value and draws in one row."""
        central, drawn = (array(self._pack, name, by_key) for by_key in (None, self._by_key))
        if not central.dims:
            return {"": np.concatenate([[float(central)], drawn.values])} if not np.isnan(float(central)) else {}
        noun = str(central.dims[0])
        return {
            str(label): np.concatenate([[float(central.sel({noun: label}))], drawn.sel({noun: label}).values])
            for label in central[noun].values
            if not np.isnan(float(central.sel({noun: label})))
        }

    def _takes(self, process: str) -> str:
        """Return the form of what a process works up, "" of one that is not driven by its feed."""
        nouns = self._pack.nouns.tables
        row = nouns["processes"][process]
        return nouns["materials"].get(row["main"], {}).get("form", "") if row["driven"] == "feed" else ""

    def _outputs(self, process: str, *, counted: bool = False) -> set[str]:
        """Return the elements that leave a process in products, or only in those by which its plant is counted."""
        listed = {name for use in self._uses if use["process"] == process for name in use["counted"].split()}
        rows = self._pack.nouns.tables["flows"].values()
        return {
            element
            for row in rows
            if row["process"] == process and row["way"] == "out" and (row["material"] in listed or not counted)
            for element in row["keys"].split()
        }

    def _oxides(self, ug: Mapping[str, float], elements: set[str]) -> float:
        """Return the tonnes of oxides that hold these micrograms of elements."""
        return sum(held * oxide_factor(self._pack, name) for name, held in ug.items() if name in elements) / 1e6 / GRAMS


def _triple(numbers: np.ndarray) -> Triple:
    low, high = np.quantile(numbers[1:], RANGE)
    central = float(numbers[0])
    return central, min(float(low), central), max(float(high), central)
