"""What an exchange needs to know of a country: devices, scrap by weight, metal prices, costs, places; from its pack.

    device     content of the mean unit of the vintage that is given up in the base year (``device.py`` says how), with
               its share of units that have rare-earth magnets; worth at the pack's prices
    scrap      what recycling processes take (swarf, magnets out of each kind of goods), magnets by grade of the base
               year's making, and parts that are counted by weight (boards, disks)
    won        worth of all that the best route wins of it, with the range of content, recovery and price together
    cost       see ``exchange_costs.py``

All of it comes from the same draws (seed and number are those of ``device.py``): figures that move together do so here.
What the pack lacks is left out and told in the notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from chumbak.answer.device import CONTENTS, DRAWS, GRAMS, RANGE, SEED, oxide_factor, price_key, vintage
from chumbak.answer.device import only as only_product
from chumbak.answer.exchange_costs import Costs
from chumbak.chain.materials import Material, expand
from chumbak.elements.masses import ELEMENTS
from chumbak.exchange.catalogue import Catalogue, Kind, Metal, Place, Substance, Triple
from chumbak.pack import Pack
from chumbak.pack.arrays import array
from chumbak.pack.draws import deviates, groups

PIECES = "item"  # the unit of goods that are handed over one by one
PAISE, MICROGRAMS = 100.0, 1e6  # in a unit of the currency; in a gram
OF_PRODUCT = (*CONTENTS, "penetration", "recovery_best", "recovery_today", "metal_best", "lifetime_mean")
RECOVERIES = ("recovery_best", "metal_best", "process_recovery", "element_recovery")
DRAWN = (*CONTENTS, "price", *RECOVERIES)


@dataclass(frozen=True)
class Drawn:
    """A number for each element, central (element,) and drawn (draw, element), over all elements of the pack."""

    central: np.ndarray
    draws: np.ndarray

    def times(self, other: Drawn | float) -> Drawn:
        """Return both multiplied, element by element."""
        if isinstance(other, Drawn):
            return Drawn(self.central * other.central, self.draws * other.draws)
        return Drawn(self.central * other, self.draws * other)

    def plus(self, other: Drawn) -> Drawn:
        """Return both added, element by element."""
        return Drawn(self.central + other.central, self.draws + other.draws)

    def known(self) -> Drawn:
        """Return it with 0 where it is not known."""
        return Drawn(np.nan_to_num(self.central), np.nan_to_num(self.draws))

    def triples(self) -> list[Triple]:
        """Return central, low and high of each element; an end below or above the central value is the central one."""
        low, high = np.quantile(self.draws, RANGE, axis=0)
        ends = zip(self.central, np.minimum(low, self.central), np.maximum(high, self.central), strict=True)
        return [(float(central), float(below), float(above)) for central, below, above in ends]

    def total(self) -> Triple:
        """Return central, low and high of the sum of all elements."""
        return Drawn(self.central.sum(keepdims=True), self.draws.sum(axis=1, keepdims=True)).triples()[0]


def exchange_catalogue(pack: Pack) -> Catalogue:
    """Return the catalogue of a pack: money in hundredths of its currency in its price year, before tax."""
    made = _Making(pack)
    kinds = [kind for kind in map(made.kind, made.pieces()) if kind is not None]
    substances = [*made.fed(), *made.magnets(), *made.parts()]
    costs = Costs(pack, made.by_key)
    listed = costs.of_kinds(kinds) + costs.of_substances(substances, made.fed_by)
    return Catalogue(
        source=f"{pack.name}, {pack.title}", country=pack.place, currency=pack.currency, price_year=pack.price_year,
        kinds=tuple(kinds), substances=tuple(substances), metals=made.metals(), costs=tuple(listed),
        places=tuple(_places(pack)), notes=(*made.notes(kinds, substances), *costs.notes),
    )  # fmt: skip


class _Making:
    """The numbers of a pack, laid out once over all its elements."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.elements = pack.nouns.ids("elements")
        self._chemical = [at for at, element in enumerate(self.elements) if element in ELEMENTS]
        self._at = {element: at for at, element in enumerate(self.elements)}
        self.by_key = deviates(groups(pack, (*DRAWN, *Costs.DRAWN)), DRAWS, SEED)
        self._content: dict[int, tuple[list[str], np.ndarray, np.ndarray]] = {}
        self._won: dict[str, Drawn] = {}  # by process: the share of each element that leaves in its products
        self._magnets: dict[str, tuple[Drawn, Drawn]] = {}  # by product: share of the magnet, and in a unit
        self.fed_by: dict[str, str] = {}  # by substance: the process that takes it

    def pieces(self) -> list[str]:
        """Return the products that are counted one by one."""
        return [name for name, unit in self.pack.nouns.column("products", "counted_in").items() if unit == PIECES]

    @cached_property
    def price(self) -> Drawn:
        """Paise for a gram of a contained element; NaN where the pack has no price."""
        found = Drawn(*self._nothing(np.nan))
        central, drawn = (array(self.pack, "price", by_key) for by_key in (None, self.by_key))
        for at, element in enumerate(self.elements):
            key = price_key(self.pack, element)
            if key:
                factor = (oxide_factor(self.pack, element) if key != element else 1.0) * PAISE / GRAMS
                found.central[at] = factor * float(central.sel(price=key))
                found.draws[:, at] = factor * drawn.sel(price=key).values
        return found

    @cached_property
    def _metal_best(self) -> Drawn:
        """The share that the best smelter wins of a metal; NaN where it is not known."""
        found = Drawn(*self._nothing(np.nan))
        central, drawn = (array(self.pack, "metal_best", by_key) for by_key in (None, self.by_key))
        at = self._places_of(central["metal"].values)
        found.central[at], found.draws[:, at] = central.values, drawn.transpose("draw", "metal").values
        return found

    @cached_property
    def _item(self) -> dict[str, Drawn]:
        """Tonnes of each element in a counted unit of a part."""
        central, drawn = (array(self.pack, "item_content", by_key) for by_key in (None, self.by_key))
        at = self._places_of(central["metal"].values)
        order = ("draw", "item", "metal")
        values, draws = (
            np.nan_to_num(central.transpose(*order[1:]).values),
            np.nan_to_num(drawn.transpose(*order).values),
        )
        found = {}
        for place, name in enumerate(central["item"].values):
            one = Drawn(*self._nothing(0.0))
            one.central[at], one.draws[:, at] = values[place], draws[:, place]
            found[str(name)] = one
        return found

    def kind(self, product: str) -> Kind | None:
        """Return a device, None where its mean unit holds nothing that the pack knows."""
        sold = vintage(self.pack, product, self.pack.base_year)
        alone = only_product(self.pack, product, replace(self.pack.window, first=sold, last=sold))
        given = {name: array(alone, name).squeeze(drop=True) for name in ("penetration", "lifetime_mean")}
        penetration = float(given["penetration"])
        content, mass = self._of_product(product)
        magnets = content.times(mass).times(penetration)
        others = self._others(alone)
        inside = magnets.plus(others)
        held = [at for at in self._chemical if inside.central[at] > 0]
        if not held:
            return None
        best, today = self._best(alone), self._today(alone, magnets, others)
        won = magnets.times(best).plus(others.times(self._metal_best.known()))
        # Of an element that is in other parts too, what the best route wins is known only if it is of those.
        silent = (others.central > 0) & np.isnan(self._metal_best.central)
        won.central[silent], won.draws[:, silent] = 0.0, 0.0
        worth = inside.times(self.price)
        known = [at for at in held if won.central[at] > 0]
        grams, paise = inside.times(MICROGRAMS).triples(), worth.triples()
        magnet = Drawn(mass.central * penetration, mass.draws * penetration).times(MICROGRAMS)
        names = self.pack.nouns.tables["products"][product]
        return Kind(
            product, names["name"], names["sector"],
            {self.elements[at]: grams[at] for at in held},
            {self.elements[at]: paise[at] for at in held if not np.isnan(self.price.central[at])},
            {self.elements[at]: float(won.central[at] / inside.central[at]) for at in known},
            {self.elements[at]: float(today[at] / inside.central[at]) for at in held if not np.isnan(today[at])},
            float(given["lifetime_mean"]), magnet.triples()[0], self._sources(alone, sold),
            _kind_note(sold, penetration, names["note"]), won.times(self.price).known().total(),
        )  # fmt: skip

    def fed(self) -> list[Substance]:
        """Return what recycling processes take, each with what they win of it."""
        found = {}
        materials = expand(self.pack.nouns)
        run = {row["process"] for row in self.pack.nouns.tables["uses"].values()}
        processes = self.pack.nouns.tables["processes"]
        fed = sorted(
            (name for name in processes if processes[name]["driven"] == "feed"), key=lambda name: name not in run
        )
        for process in fed:
            for material in (one for one in materials.values() if one.template == processes[process]["main"]):
                content = self._content_of(material)
                if material.id not in found and content is not None:
                    self.fed_by[material.id] = process
                    found[material.id] = self._substance(material, content, process)
        return list(found.values())

    def magnets(self) -> list[Substance]:
        """Return finished magnets by grade, worked up as magnets out of goods are."""
        materials = expand(self.pack.nouns)
        process = next((self.fed_by[name] for name in self.fed_by if materials[name].form == "dismantled"), "")
        found = []
        for material in (one for one in materials.values() if one.form == "magnet" and process):
            content = self._content_of(material)
            if content is not None:
                self.fed_by[material.id] = process
                found.append(self._substance(material, content, process))
        return found

    def parts(self) -> list[Substance]:
        """Return parts that the pack counts by weight, smelted in the best way."""
        found = []
        for item, unit in self.pack.nouns.column("items", "counted_in").items():
            if unit == "t" and self._item[item].central.sum() > 0:
                figures = (one for entry in self._entries("item_content", item=item) for one in entry.figures)
                row = self.pack.nouns.tables["items"][item]
                sources = tuple(dict.fromkeys(one.source for one in figures))
                found.append(self._weighed(item, row["name"], self._item[item], self._metal_best, sources, row["note"]))
        return found

    def metals(self) -> dict[str, Metal]:
        """Return the price of each element that has one."""
        found = {}
        for element, triple in zip(self.elements, self.price.triples(), strict=True):
            key = price_key(self.pack, element)
            if key:
                figure = self.pack.entries[f"price.{key}"].figures[-1]
                form = "" if key == element else " (price of the oxide, per gram of the element in it)"
                found[element] = Metal(element, triple, f"{figure.source}, {figure.period}{form}")
        return found

    def notes(self, kinds: Sequence[Kind], substances: Sequence[Substance]) -> list[str]:
        """Return what the pack lacks, and what was left out for it."""
        products = self.pack.nouns.tables["products"]
        empty = [products[name]["name"] for name in self.pieces() if name not in {kind.id for kind in kinds}]
        others = [row["name"] for row in products.values() if row["counted_in"] != PIECES]
        held = dict.fromkeys(element for one in [*map(_held, kinds), *map(_held, substances)] for element in one)
        unpriced = [element for element in held if not price_key(self.pack, element)]
        mixed = [name for name in self.elements if name not in ELEMENTS]
        said = [
            (f"Left out, since it is no chemical element: {', '.join(mixed)}.", mixed),
            (f"Left out, since it is not counted in pieces: {', '.join(others)}.", others),
            (f"Left out, since the pack knows nothing of what is in it: {', '.join(empty)}.", empty),
            (f"Without a price in the pack, and so worth nothing here: {', '.join(unpriced)}.", unpriced),
            ("An element of which the pack does not know how much is won counts as not won.", held),
        ]
        return [text for text, found in said if found]

    def _substance(self, material: Material, content: Drawn, process: str) -> Substance:
        sources = [one.source for entry in self._entries("content", grade=material.grade) for one in entry.figures]
        if material.product:
            sold = vintage(self.pack, material.product, self.pack.base_year)
            alone = only_product(self.pack, material.product, replace(self.pack.window, first=sold, last=sold))
            sources = list(self._sources(alone, sold, ("grade_share", "content")))
            note = f"As in goods sold in {sold}."
        else:
            note = f"As made in {self.pack.base_year}."
        for name in ("process_recovery", "element_recovery"):
            sources += [one.source for entry in self._entries(name, process=process) for one in entry.figures]
        recovered = self._recovered(process)
        return self._weighed(material.id, material.name, content, recovered, tuple(dict.fromkeys(sources)), note)

    def _weighed(
        self, id: str, name: str, content: Drawn, recovered: Drawn, sources: tuple[str, ...], note: str
    ) -> Substance:
        held = [at for at in self._chemical if content.central[at] > 0]
        triples = content.times(MICROGRAMS).triples()
        known = [at for at in held if recovered.central[at] > 0]  # NaN is not above zero
        won = content.times(recovered.known()).times(self.price).known()
        return Substance(
            id, name, {self.elements[at]: triples[at] for at in held},
            {self.elements[at]: float(recovered.central[at]) for at in known}, sources, note, won.total(),
        )  # fmt: skip

    def _recovered(self, process: str) -> Drawn:
        """Return the share of each element that leaves a process in its products; NaN of what leaves in none."""
        if process in self._won:
            return self._won[process]
        nouns = self.pack.nouns
        flows = [row for row in nouns.tables["flows"].values() if row["process"] == process and row["way"] == "out"]
        won = self._places_of([element for row in flows for element in row["keys"].split()])
        found = Drawn(*self._nothing(np.nan))
        for name, dims in (("process_recovery", ()), ("element_recovery", ("element",))):
            central, drawn = (array(self.pack, name, by_key) for by_key in (None, self.by_key))
            if process not in central["process"]:
                continue
            central, drawn = central.sel(process=process), drawn.sel(process=process)
            at = self._places_of(central["element"].values) if dims else won
            values = np.broadcast_to(central.values, len(at))
            draws = drawn.transpose("draw", *dims).values.reshape(len(drawn["draw"]), -1)
            said = [place for place, value in enumerate(values) if not np.isnan(value) and at[place] in won]
            for place in said:
                found.central[at[place]] = values[place]
                found.draws[:, at[place]] = draws[:, place if dims else 0]
        self._won[process] = found
        return found

    def _content_of(self, material: Material) -> Drawn | None:
        """Return the mass fractions of a material, None where the pack has no goods or grade of it."""
        if material.product:
            content, mass = self._of_product(material.product)
            return content if mass.central[0] > 0 else None
        grades, central, draws = self._grades(self.pack.base_year)
        at = grades.index(material.grade)
        return Drawn(central[at], draws[:, at])

    def _of_product(self, product: str) -> tuple[Drawn, Drawn]:
        """Return the mass fractions of the magnets of a product, and the grams of them in a unit that has them."""
        if product not in self._magnets:
            sold = vintage(self.pack, product, self.pack.base_year)
            alone = only_product(self.pack, product, replace(self.pack.window, first=sold, last=sold))
            _, content, contents = self._grades(sold)
            share, mass = (array(alone, name).squeeze(drop=True).values for name in ("grade_share", "magnet_mass"))
            shares, masses = (
                array(alone, name, self.by_key).squeeze(["product", "year"], drop=True).values
                for name in ("grade_share", "magnet_mass")
            )
            has = float((array(alone, "penetration") > 0).any())
            self._magnets[product] = (
                Drawn(share @ content, np.einsum("dg,dge->de", shares, contents)),
                Drawn(np.array([has * GRAMS * float(mass)]), has * GRAMS * masses[:, None]),
            )
        return self._magnets[product]

    def _grades(self, year: int) -> tuple[list[str], np.ndarray, np.ndarray]:
        """Return the grades, and their mass fractions as (grade, element) and (draw, grade, element)."""
        if year not in self._content:
            then = replace(self.pack, window=replace(self.pack.window, first=year, last=year))
            found = []
            for by_key in (None, self.by_key):
                one = array(then, "content", by_key).squeeze("year", drop=True)
                full = np.zeros((*one.shape[:-1], len(self.elements)))
                full[..., self._places_of(one["element"].values)] = one.values
                found.append(full)
            self._content[year] = ([str(name) for name in one["grade"].values], found[0], found[1])
        return self._content[year]

    def _others(self, alone: Pack) -> Drawn:
        """Return grams of each element in the other parts of a unit."""
        central = array(alone, "holds").squeeze("product", drop=True)
        drawn = array(alone, "holds", self.by_key).squeeze("product", drop=True)
        found = Drawn(*self._nothing(0.0))
        for item in (str(name) for name in central["item"].values[np.nan_to_num(central.values) > 0]):
            held = self._item[item]
            counts = drawn.sel(item=item).values[:, None]
            found = found.plus(Drawn(float(central.sel(item=item)) * held.central, counts * held.draws).times(GRAMS))
        return found

    def _best(self, alone: Pack) -> Drawn:
        central, drawn = (array(alone, "recovery_best", by_key).squeeze("product") for by_key in (None, self.by_key))
        shape = len(self.elements)
        return Drawn(np.full(shape, float(central)), np.repeat(drawn.values[:, None], shape, axis=1))

    def _today(self, alone: Pack, magnets: Drawn, others: Drawn) -> np.ndarray:
        """Return grams that today's routes that recover magnets win of each element, NaN where it is not known."""
        recovers = self.pack.nouns.column("routes", "recovers_magnets")
        routes = array(alone, "route").squeeze(drop=True)
        formal = sum(float(routes.sel(route=route)) for route, answer in recovers.items() if answer == "yes")
        share, metals = np.full(len(self.elements), np.nan), array(alone, "metal_recovery")
        share[self._places_of(metals["metal"].values)] = metals.values
        smelted: np.ndarray = np.where(others.central > 0, others.central * share, 0.0)
        found: np.ndarray = formal * (magnets.central * float(array(alone, "recovery_today").squeeze()) + smelted)
        return found

    def _sources(self, alone: Pack, year: int, names: Iterable[str] = OF_PRODUCT) -> tuple[str, ...]:
        """Return the sources of what was used of a product: of its grades, parts and metals."""
        share, holds = array(alone, "grade_share"), array(alone, "holds")
        grades = {str(name) for name in share["grade"].values[(share > 0).any(["product", "year"]).values]}
        items = {str(name) for name in holds["item"].values[(holds > 0).any("product").values]}
        used = {"grade": grades, "item": items}
        entries = (entry for entry in alone.entries.values() if entry.attribute.name in names)
        fitting = (
            one for one in entries if all(label in used.get(noun, {label}) for noun, label in one.indices.items())
        )
        figures = (
            figure
            for entry in fitting
            for figure in entry.figures
            if figure.year in (None, year) or entry.years is None
        )
        return tuple(dict.fromkeys(figure.source for figure in figures if figure.source))

    def _entries(self, attribute: str, **indices: str) -> list:
        return [
            entry for entry in self.pack.entries.values()
            if entry.attribute.name == attribute
            and all(entry.indices.get(noun) == label for noun, label in indices.items())
        ]  # fmt: skip

    def _nothing(self, value: float) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(self.elements), value), np.full((DRAWS, len(self.elements)), value)

    def _places_of(self, elements: Iterable[str]) -> list[int]:
        return [self._at[str(element)] for element in elements]


def _kind_note(sold: int, penetration: float, note: str) -> str:
    magnets = "" if penetration >= 1 else f" {100 * penetration:.3g} % of those have rare-earth magnets."
    return " ".join(part for part in (f"The mean unit sold in {sold}.{magnets}", note and f"{note}.") if part)


def _held(one: Kind | Substance) -> Mapping[str, Triple]:
    return one.ug if isinstance(one, Kind) else one.ug_per_g


def _places(pack: Pack) -> list[Place]:
    rows = pack.nouns.tables["places"]
    return [
        Place(name, row["name"], rows.get(row["parent"], row)["name"], float(row["lat"]), float(row["lon"]))
        for name, row in rows.items()
        if row["lat"] and row["lon"]
    ]
