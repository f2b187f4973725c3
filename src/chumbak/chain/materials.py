"""Materials: what is traded or transformed, each with its composition by element, kg/kg.

Every composition has one balance element and so sums to one by construction. A material's *form* says how the
pack knows it:

- ``elements``: mass fractions of elements (``material_content``); the balance element takes the rest.
- ``oxides``: mass fractions of oxides (``oxide_content``); the balance element's oxide takes the rest. Elements
  and oxygen follow by molar mass.
- ``ore``: a rare-earth oxide content (``reo``) split as in the ore named in ``of``, plus elements, plus balance.
  What is counted as oxide holds the metal only; oxygen, if any, is in the balance.
- ``mixture``: parts of other materials (``part``); the material in ``base`` takes the rest.
- ``grade``: as the grade named in ``of`` (or each grade of that family), by year; without the material in ``base``,
  if one is named (a bonded magnet without its binder).
- ``magnet``: the same, and finished: it serves the need for its grade. So does a diffused one:
- ``diffused``: the magnet in ``base`` with the dysprosium and terbium of the grade, less ``heavy_saving``, brought
  in through its surface.
- ``used``, ``dismantled``: what end-of-life goods of a product hold in a year, and the magnets in them: data of
  the urban mine, never pooled into one material.

``GRADE`` or ``PRODUCT`` in an id stands for each grade of a family or each product: ``ndfeb_magnet_GRADE`` is
``ndfeb_magnet_n``, ``ndfeb_magnet_m`` ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from chumbak.pack.faults import Faults
from chumbak.pack.tables import Nouns

GRADE, PRODUCT = "GRADE", "PRODUCT"
HEAVY = "heavy rare earth"
FINISHED = ("magnet", "diffused")
OXYGEN = "O"
ROUNDING = 1e-9

INPUTS = ("molar_mass", "ore_share", "reo", "material_content", "oxide_content", "part", "heavy_saving", "content")


@dataclass(frozen=True)
class Material:
    """One material: ``template`` is its row in the pack, ``grade`` or ``product`` what the template stood for."""

    id: str
    template: str
    name: str
    stage: str
    form: str
    grade: str = ""
    product: str = ""


def expand(nouns: Nouns) -> dict[str, Material]:
    """Return every material by id, templates spelled out, in the order of the table."""
    found = [material for row in nouns.ids("materials") for material in spelled(nouns, row)]
    grade = {material.id: material.grade for material in found}
    return {
        material.id: material
        for material in found  # a magnet is not diffused into its own grade
        if material.form != "diffused" or material.grade != grade.get(base_of(nouns, material))
    }


def base_of(nouns: Nouns, material: Material) -> str:
    """Return the id of the material that another starts from, or leaves out."""
    return nouns.cell("materials", material.template, "base")


def spelled(nouns: Nouns, row: str) -> Iterator[Material]:
    """Yield the materials that a row of the table stands for."""
    cells = nouns.tables["materials"][row]
    name, stage, form = cells["name"], cells["stage"], cells["form"]
    if GRADE in row:
        for grade in grades_of(nouns, cells["of"]):
            id_ = row.replace(GRADE, grade.lower())
            yield Material(id_, row, name.replace(GRADE, grade), stage, form, grade=grade)
    elif PRODUCT in row:
        for product, shown in nouns.column("products", "name").items():
            id_ = row.replace(PRODUCT, product)
            yield Material(id_, row, name.replace(PRODUCT, shown), stage, form, product=product)
    else:
        yield Material(row, row, name, stage, form, cells["of"] if form in ("grade", *FINISHED) else "")


def grades_of(nouns: Nouns, of: str) -> list[str]:
    """Return the grades of a family, or the one grade of that id."""
    return [grade for grade, family in nouns.column("grades", "family").items() if of in (grade, family)]


class Compositions:
    """The compositions of all materials: id -> (element, draw, year), kg/kg, sizes 1 where nothing varies.

    ``given`` holds ``INPUTS`` as labelled arrays, and ``used`` and ``dismantled`` (product, element, year):
    what end-of-life goods and the magnets in them are made of. What cannot be is noted in ``faults``, and the
    materials it leaves without a composition stand in ``lost``, so that nothing more is said of what they go into.
    """

    def __init__(
        self, nouns: Nouns, materials: Mapping[str, Material], given: Mapping[str, xr.DataArray], faults: Faults
    ) -> None:
        self.elements = nouns.ids("elements")
        self.at = {element: at for at, element in enumerate(self.elements)}
        self._nouns, self._materials, self._given, self._faults = nouns, materials, given, faults
        self.lost: set[str] = set()
        self._found: dict[str, np.ndarray] = {}
        self._plain: dict[str, Plain] = {}
        self._open: list[str] = []  # what is being worked out, so that a circle of mixtures is seen

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._found:
            self._found[name] = self._composition(self._materials[name])
        if name in self.lost:
            self.lost.update(self._open)
        return self._found[name]

    def _composition(self, material: Material) -> np.ndarray:
        if material.id in self._open:
            what = f"'{material.id}' is made of itself"
            return self._unknown(material, "base", "circular-mixture", what, "Mend its parts or its base.")
        self._open.append(material.id)
        try:
            made: np.ndarray = getattr(self, f"_{material.form}")(material)
        finally:
            self._open.pop()
        return made

    def _elements(self, material: Material) -> np.ndarray:
        return self._balanced(material, self._fractions("material_content", "element", material=material.template))

    def _oxides(self, material: Material) -> np.ndarray:
        oxides = self._balanced(material, self._fractions("oxide_content", "element", material=material.template))
        metal = self._metal_in_oxide(material, oxides)
        elements = oxides * metal
        elements[self.at[OXYGEN]] = (oxides * (1 - metal)).sum(axis=0)
        return np.asarray(elements)

    def _ore(self, material: Material) -> np.ndarray:
        share = self._fractions("ore_share", "element", ore=self._nouns.cell("materials", material.template, "of"))
        if not np.any(share) or material.template not in self._given["reo"]["material"]:
            what = f"'{material.id}' has no rare-earth oxide content, or its ore has no split"
            mend = f"Add material.{material.template}.reo, and the shares of the ore named in column 'of'."
            return self._unknown(material, "of", "material-without-composition", what, mend)
        oxides = share * layout(self._given["reo"].sel(material=material.template))
        elements = oxides * self._metal_in_oxide(material, oxides)
        others = self._fractions("material_content", "element", material=material.template)
        return self._balanced(material, elements + others)

    def _mixture(self, material: Material) -> np.ndarray:
        parts, base = self._given["part"], base_of(self._nouns, material)
        shares = {
            str(name): layout(parts.sel(material=material.template, component=name))
            for name in parts["component"].values
            if np.any(parts.sel(material=material.template, component=name) > 0)
        }
        if not shares or base not in self._materials:
            what = f"the mixture '{material.id}' has no parts, or no base that is a material"
            mend = f"Add material.{material.template}.part.* and name in 'base' the material that takes the rest."
            return self._unknown(material, "base", "material-without-composition", what, mend)
        for name in (name for name in shares if name not in self._materials):
            what = f"'{name}', a part of the mixture '{material.id}', stands for several materials"
            return self._unknown(material, "id", "unknown-material", what, "Name one of those that it stands for.")
        rest = 1 - sum(shares.values(), np.zeros((1, 1)))
        if np.any(rest < -ROUNDING):
            return self._over_one(material, rest)
        made: np.ndarray = np.clip(rest, 0, None) * self[base]
        for name, share in shares.items():
            made = made + share * self[name]
        return made

    def _magnet(self, material: Material) -> np.ndarray:
        return self._grade(material)

    def _grade(self, material: Material) -> np.ndarray:
        fractions = self._fractions("content", "element", grade=material.grade)
        binder = base_of(self._nouns, material)
        if not binder:
            return fractions
        without: np.ndarray = np.where(self[binder] > 0, 0.0, fractions)
        if not np.all(without.sum(axis=0) > 0):
            what = f"'{material.id}' is its grade without '{binder}', and nothing is left"
            return self._unknown(
                material, "base", "material-without-composition", what, "Mend 'base', or leave it empty."
            )
        return np.asarray(without / without.sum(axis=0))

    def _diffused(self, material: Material) -> np.ndarray:
        base = base_of(self._nouns, material)
        saving = self._given["heavy_saving"]
        if base not in self._materials or material.template not in saving["material"]:
            what = f"'{material.id}' has no base magnet, or no share of heavy rare earth that diffusion saves"
            mend = f"Name its base, and add material.{material.template}.heavy_saving to the figures."
            return self._unknown(material, "base", "material-without-composition", what, mend)
        kinds = self._nouns.column("elements", "kind").values()
        heavy = np.array([kind == HEAVY for kind in kinds], dtype=float)[:, None, None]
        kept = 1 - layout(saving.sel(material=material.template))
        brought = self._fractions("content", "element", grade=material.grade) * heavy * kept
        return np.asarray(self[base] * (1 - brought.sum(axis=0)) + brought)

    def _used(self, material: Material) -> np.ndarray:
        return self._fractions("used", "element", product=material.product)

    def _dismantled(self, material: Material) -> np.ndarray:
        return self._fractions("dismantled", "element", product=material.product)

    def _fractions(self, name: str, dim: str, **of: str) -> np.ndarray:
        """Return ``given[name]`` for these nouns over all elements; zero where nothing is given."""
        if name not in self._plain:
            self._plain[name] = Plain(self._given[name], *of, dim)
        plain = self._plain[name]
        values = plain.row(*of.values())
        if values is None:
            return np.zeros((len(self.elements), 1, 1))
        found = np.zeros((len(self.elements), *values.shape[1:]))
        found[[self.at[element] for element in plain.labels[-1]]] = values
        return found

    @cached_property
    def _molar(self) -> dict[str, np.ndarray]:
        """The molar masses that are known in full, by element: each is asked for many times."""
        masses = self._given["molar_mass"]
        laid_out = {str(element): layout(masses.sel(element=element)) for element in masses["element"].values}
        return {element: mass for element, mass in laid_out.items() if not np.isnan(mass).any()}

    def _metal_in_oxide(self, material: Material, oxides: np.ndarray) -> np.ndarray:
        """Return, for each element with an oxide in ``oxides``, the mass fraction of metal in it, by molar mass."""
        by_element = {row["element"]: row for row in self._nouns.tables["oxides"].values()}
        found = np.zeros((len(self.elements), self._given["molar_mass"].sizes.get("draw", 1), 1))
        for element in (name for at, name in enumerate(self.elements) if np.any(oxides[at])):
            oxide = by_element.get(element)
            lacking = [name for name in (element, OXYGEN) if name not in self._molar]
            if oxide is None or lacking:
                what = f"the oxide of {element}, which '{material.id}' holds, is not known"
                row = [f"{element} to the table oxides"] if oxide is None else []
                mend = f"Add {' and '.join([*row, *(f'element.{name}.molar_mass' for name in lacking)])}."
                self._unknown(material, "form", "unknown-oxide", what, mend)
                continue
            metal = float(oxide["atoms"]) * self._molar[element]
            oxygen = float(oxide["oxygen"]) * self._molar[OXYGEN]
            found[self.at[element]] = metal / (metal + oxygen)
        return found

    def _balanced(self, material: Material, fractions: np.ndarray) -> np.ndarray:
        """Return fractions with the balance element taking the rest; more than the whole is a fault."""
        balance = self._nouns.cell("materials", material.template, "balance")
        rest = 1 - fractions.sum(axis=0)
        if balance and np.any(fractions[self.at[balance]] > 0):
            what = f"{balance} is the balance element of '{material.id}' and takes what the others leave"
            return self._unknown(material, "balance", "balance-given", what, f"Take off the figure for {balance}.")
        if np.any(rest < -ROUNDING):
            return self._over_one(material, rest)
        if balance:
            fractions[self.at[balance]] += np.clip(rest, 0, None)
        elif np.any(rest > ROUNDING):
            what = f"'{material.id}' has no balance element, and its fractions come to {float(1 - rest.max()):.4g}"
            return self._unknown(material, "balance", "no-balance", what, "Name the element that takes the rest.")
        return fractions

    def _over_one(self, material: Material, rest: np.ndarray) -> np.ndarray:
        what = f"the fractions of '{material.id}' come to {float(1 - rest.min()):.4g}"
        mend = "Mass fractions cannot pass 1 together: check their units."
        return self._unknown(material, "id", "fractions-over-one", what, mend)

    def _unknown(self, material: Material, column: str, kind: str, what: str, mend: str) -> np.ndarray:
        self._faults.add(self._nouns.where["materials", material.template], column, kind, what, mend)
        self.lost.add(material.id)
        return np.zeros((len(self.elements), 1, 1))


class Plain:
    """An array laid out once as (labels ..., draw, year), to be read row by row without its labels' cost."""

    def __init__(self, array: xr.DataArray, *dims: str) -> None:
        self.values = layout(array, *dims)
        self.labels = [[str(label) for label in array[dim].values] for dim in dims]
        self._at = [{label: at for at, label in enumerate(labels)} for labels in self.labels]

    def row(self, *labels: str) -> np.ndarray | None:
        """Return what stands under the first labels, None if one of them is not there."""
        at = [positions.get(label) for positions, label in zip(self._at, labels, strict=False)]
        if None in at:
            return None
        found: np.ndarray = self.values[tuple(at)]
        return found


def layout(array: xr.DataArray, *dims: str) -> np.ndarray:
    """Return an array as (dims ..., draw, year), with size 1 for draw or year where it has none."""
    missing = [dim for dim in ("draw", "year") if dim not in array.dims]
    values: np.ndarray = array.expand_dims(missing).transpose(*dims, "draw", "year").values
    return values
