"""A whole chain in code, small enough to work out by hand: monazite to two grades of magnet, and back.

The tables are those of a pack, the figures stand by the keys of a pack, and ``Toy`` turns both into what the chain
takes. The edits change one thing, so that a test says in one line what is different.
"""

from __future__ import annotations

import copy
import csv
import io
from dataclasses import dataclass, field
from textwrap import dedent

import numpy as np
import xarray as xr

from chumbak.chain import compile_chain, recipes, routes, supply
from chumbak.pack.schema import NOUNS, PLACEHOLDERS, Attribute, attributes, find_attribute
from chumbak.pack.tables import Nouns

YEARS = (2025, 2026)
INPUTS = (*recipes.INPUTS, *routes.INPUTS, *supply.INPUTS, "content")
TABLES = {
    "elements": """\
        id,name,kind
        Nd,Neodymium,light rare earth
        Pr,Praseodymium,light rare earth
        Dy,Dysprosium,heavy rare earth
        Tb,Terbium,heavy rare earth
        Sm,Samarium,light rare earth
        Fe,Iron,other
        Co,Cobalt,other
        polymer,Polymer,other
        Cu,Copper,other metal
        Th,Thorium,other
        P,Phosphorus,other
        Cl,Chlorine,other
        Si,Silicon,other
        O,Oxygen,other
        """,
    "grades": """\
        id,name,family,balance
        N,N,sintered,Fe
        SH,SH,sintered,Fe
        bonded,Bonded,bonded,Fe
        """,
    "products": """\
        id,name,sector,counted_in,spread,note
        car,Car,ev,item,people,
        fan,Fan,homes,item,people,
        """,
    "stages": """\
        id,name,way,counted,note
        mining,Mining,out,t,
        separation,Separation,out,t,
        metal,Metal,out,t,
        alloy,Alloy,out,t,
        magnet,Magnet,out,t,
        dismantling,Dismantling,back,t,
        recycling,Recycling,back,t,
        """,
    "oxides": """\
        id,element,atoms,oxygen
        Nd2O3,Nd,2,3
        Pr6O11,Pr,6,11
        Dy2O3,Dy,2,3
        Tb4O7,Tb,4,7
        Sm2O3,Sm,2,3
        """,
    "ores": """\
        id,name,note
        beach,Beach sand,
        """,
    "materials": """\
        id,name,stage,form,balance,of,base,note
        quartz,Quartz,,elements,O,,,
        sand,Sand,,mixture,,,quartz,
        monazite,Monazite,mining,ore,O,beach,,
        thoria,Thorium waste,,elements,Th,,,
        nd_oxide,Neodymium oxide,separation,oxides,Nd,,,
        pr_oxide,Praseodymium oxide,separation,oxides,Pr,,,
        dy_oxide,Dysprosium oxide,separation,oxides,Dy,,,
        air,Oxygen of air,,elements,O,,,
        didymium,Didymium metal,metal,elements,Nd,,,
        nd_metal,Neodymium metal,metal,elements,Nd,,,
        pr_metal,Praseodymium metal,metal,elements,Pr,,,
        dy_metal,Dysprosium metal,metal,elements,Dy,,,
        iron,Iron,,elements,Fe,,,
        binder,Binder,,elements,polymer,,,
        alloy_GRADE,Alloy GRADE,alloy,grade,,sintered,,
        magnet_GRADE,Magnet GRADE,magnet,magnet,,sintered,,
        magnet_GRADE_diffused,Diffused magnet GRADE,magnet,diffused,,sintered,magnet_n,
        swarf_GRADE,Swarf GRADE,,grade,,sintered,,
        bonded_powder,Powder,alloy,grade,,bonded,binder,
        bonded_magnet,Bonded magnet,magnet,magnet,,bonded,,
        used_PRODUCT,Used PRODUCT,,used,,,,
        old_magnet_PRODUCT,Magnets of PRODUCT,dismantling,dismantled,,,,
        copper,Copper scrap,,elements,Cu,,,
        """,
    "processes": """\
        id,name,stage,main,driven,note
        mine,Mining,mining,monazite,need,
        separate,Separation,separation,nd_oxide,need,
        electrolyse,Electrolysis of didymium,metal,didymium,need,
        electrolyse_nd,Electrolysis,metal,nd_metal,need,
        electrolyse_pr,Electrolysis,metal,pr_metal,need,
        reduce_dy,Reduction,metal,dy_metal,need,
        cast,Casting,alloy,alloy_GRADE,need,
        machine,Sintering and machining,magnet,magnet_GRADE,shape,
        diffuse,Diffusion,magnet,magnet_GRADE_diffused,need,
        spin,Spinning,alloy,bonded_powder,need,
        bond,Bonding,magnet,bonded_magnet,need,
        leach,Leaching of swarf,recycling,swarf_GRADE,feed,
        open,Dismantling,dismantling,used_PRODUCT,opened,
        recycle,Leaching of magnets,recycling,old_magnet_PRODUCT,feed,
        """,
    "flows": """\
        id,process,way,material,keys,note
        mine_1,mine,in,sand,Nd,
        separate_1,separate,in,monazite,Nd,
        separate_2,separate,out,pr_oxide,Pr,
        separate_3,separate,out,dy_oxide,Dy,
        separate_4,separate,out,thoria,Th,
        separate_5,separate,make_up,air,O,
        electrolyse_1,electrolyse,in,nd_oxide,Nd,
        electrolyse_2,electrolyse,in,pr_oxide,Pr,
        electrolyse_nd_1,electrolyse_nd,in,nd_oxide,Nd,
        electrolyse_pr_1,electrolyse_pr,in,pr_oxide,Pr,
        reduce_dy_1,reduce_dy,in,dy_oxide,Dy,
        cast_1,cast,in,didymium,Nd Pr,
        cast_2,cast,in,nd_metal,Nd,
        cast_3,cast,in,pr_metal,Pr,
        cast_4,cast,in,dy_metal,Dy,
        cast_5,cast,in,iron,Fe,
        machine_1,machine,in,alloy_GRADE,Nd,
        machine_2,machine,out,swarf_GRADE,Nd,
        diffuse_1,diffuse,in,magnet_n,Nd,
        diffuse_2,diffuse,in,dy_metal,Dy,
        spin_1,spin,in,nd_metal,Nd,
        spin_2,spin,in,iron,Fe,
        bond_1,bond,in,bonded_powder,Nd,
        bond_2,bond,in,binder,polymer,
        leach_1,leach,out,nd_oxide,Nd,
        leach_2,leach,out,pr_oxide,Pr,
        leach_3,leach,out,dy_oxide,Dy,
        leach_4,leach,make_up,air,O,
        open_1,open,out,old_magnet_PRODUCT,Nd,
        open_2,open,out,copper,Cu,
        recycle_1,recycle,out,nd_oxide,Nd,
        recycle_2,recycle,out,dy_oxide,Dy,
        recycle_3,recycle,make_up,air,O,
        """,
    "blocks": """\
        id,name,scheme,note
        scheme,The scheme,,
        """,
    "ramps": """\
        id,name,note
        new,New plant,
        running,Running,
        """,
    "projects": """\
        id,name,owner,stage,from_stage,takes,material,status,place,block,ramp,note
        mine_now,Mine,A,mining,,,monazite,existing,,,running,
        oxide_now,Oxide,A,separation,,,nd_oxide,existing,,,running,
        magnets_next,Magnets,B,magnet,metal,,magnet_GRADE,committed,,,running,
        magnets_later,More magnets,C,magnet,metal,,magnet_GRADE,announced,,scheme,new,
        recycler,Recycler,D,recycling,,,old_magnet_PRODUCT,existing,,,running,
        talk,Recycler in words,D,recycling,,,old_magnet_PRODUCT,claimed,,,running,
        """,
}
FIGURES: dict[str, float] = {
    "element.Nd.molar_mass": 144.24,
    "element.Pr.molar_mass": 140.91,
    "element.Dy.molar_mass": 162.50,
    "element.Tb.molar_mass": 158.93,
    "element.Sm.molar_mass": 150.36,
    "element.O.molar_mass": 15.999,
    "ore.beach.share.Nd": 0.75,
    "ore.beach.share.Pr": 0.2,
    "ore.beach.share.Dy": 0.05,
    "material.quartz.content.Si": 0.47,
    "material.sand.part.monazite": 0.01,
    "material.monazite.reo": 0.5,
    "material.monazite.content.Th": 0.08,
    "material.monazite.content.P": 0.12,
    "material.didymium.content.Pr": 0.25,
    "material.magnet_GRADE_diffused.heavy_saving": 0.6,
    "grade.N.content.Nd": 0.24,
    "grade.N.content.Pr": 0.06,
    "grade.SH.content.Nd": 0.216,
    "grade.SH.content.Pr": 0.054,
    "grade.SH.content.Dy": 0.03,
    "grade.bonded.content.Nd": 0.27,
    "grade.bonded.content.polymer": 0.1,
    "process.mine.recovery": 0.8,
    "process.separate.recovery": 0.9,
    "process.separate.recovery.Th": 1.0,
    "process.electrolyse.recovery": 0.95,
    "process.electrolyse_nd.recovery": 0.95,
    "process.electrolyse_pr.recovery": 0.95,
    "process.reduce_dy.recovery": 0.9,
    "process.cast.recovery": 0.98,
    "process.machine.recovery": 0.96,
    "process.diffuse.recovery": 1.0,
    "process.diffuse.recovery.Dy": 0.8,
    "process.spin.recovery": 0.9,
    "process.bond.recovery": 1.0,
    "process.leach.recovery": 0.95,
    "process.open.recovery.Cu": 0.6,
    "process.recycle.recovery": 0.9,
    "process.diffuse.share.SH": 0.25,
    "process.leach.share": 0.9,
    "process.diffuse.share.N": 0.0,
    "block.scheme.share": 1.0,
    "ramp.new.first_year": 0.3,
    "ramp.new.second_year": 0.6,
    "ramp.new.third_year": 0.8,
    "ramp.running.first_year": 1.0,
    "ramp.running.second_year": 1.0,
    "ramp.running.third_year": 1.0,
}
for _name, _capacity, _start in (
    ("mine_now", 1000, 2015), ("oxide_now", 100, 2015), ("magnets_next", 40, 2020), ("magnets_later", 100, 2025.5),
    ("recycler", 10, 2015), ("talk", 1e6, 2015),
):  # fmt: skip
    FIGURES |= {
        f"project.{_name}.capacity": _capacity,
        f"project.{_name}.start": _start,
        f"project.{_name}.availability": 1.0,
        f"project.{_name}.stays_home": 1.0,
    }
GIVEN: dict[str, dict[str, dict[str, float] | float]] = {
    "shape_yield": {"N": 0.8, "SH": 0.75, "bonded": 1.0},
    "magnet_recovery": {"car": 0.7, "fan": 0.1},
    "used": {"car": {"Nd": 0.06, "Dy": 0.01, "Fe": 0.13, "Cu": 0.8}, "fan": {"Nd": 0.015, "Fe": 0.035, "Cu": 0.95}},
    "dismantled": {"car": {"Nd": 0.3, "Dy": 0.05, "Fe": 0.65}, "fan": {"Nd": 0.3, "Fe": 0.7}},
}


@dataclass
class Toy:
    """The tables as text, the figures by key, and what the stocks would give."""

    tables: dict[str, str] = field(default_factory=lambda: {name: dedent(text) for name, text in TABLES.items()})
    figures: dict[str, float] = field(default_factory=lambda: dict(FIGURES))
    stocks: dict[str, dict[str, dict[str, float] | float]] = field(default_factory=lambda: copy.deepcopy(GIVEN))
    years: tuple[int, ...] = YEARS

    def line(self, table: str, start: str) -> int:
        """Return the line of the row that starts with ``start``, the header being line 1."""
        lines = self.tables[table].splitlines()
        return next(at for at, line in enumerate(lines, start=1) if line.startswith(f"{start},"))

    def cell(self, table: str, row: str, column: str, text: str) -> None:
        header, *rows = list(csv.reader(io.StringIO(self.tables[table])))
        (found,) = (one for one in rows if one[0] == row)
        found[header.index(column)] = text
        self.tables[table] = "".join(",".join(one) + "\n" for one in (header, *rows))

    def add(self, table: str, *rows: str) -> None:
        self.tables[table] += "".join(f"{row}\n" for row in rows)

    def drop(self, table: str, *rows: str) -> None:
        lines = self.tables[table].splitlines(keepends=True)
        kept = [line for line in lines if line.split(",")[0] not in rows]
        assert len(kept) == len(lines) - len(rows)
        self.tables[table] = "".join(kept)

    def shuffle(self, table: str, seed: int) -> None:
        header, *rows = self.tables[table].splitlines(keepends=True)
        np.random.default_rng(seed).shuffle(rows)
        self.tables[table] = "".join([header, *rows])

    def nouns(self) -> Nouns:
        tables: dict[str, dict[str, dict[str, str]]] = {name: {} for name in NOUNS}
        where = {}
        for name, text in self.tables.items():
            rows = list(csv.DictReader(io.StringIO(text)))
            assert tuple(rows[0]) == NOUNS[name] if rows else True
            tables[name] = {row["id"]: row for row in rows}
            where |= {(name, row["id"]): (f"tables/{name}.csv", at) for at, row in enumerate(rows, start=2)}
        return Nouns(tables, where)

    def given(self) -> dict[str, xr.DataArray]:
        """Return what ``compile_chain``, ``route_shares`` and ``project_output`` take."""
        nouns = self.nouns()
        found: dict[str, dict[tuple[str, ...], float]] = {name: {} for name in INPUTS}
        for key, value in self.figures.items():
            match = find_attribute(key)
            assert match is not None, key
            found[match[0].name][tuple(match[1].values())] = value
        arrays = {name: self._array(attributes()[name], found[name], nouns) for name in INPUTS}
        return arrays | {name: self._of_goods(name, nouns) for name in self.stocks}

    def _array(self, attribute: Attribute, figures: dict[tuple[str, ...], float], nouns: Nouns) -> xr.DataArray:
        coords: dict[str, list[str]] = {}
        for at, noun in enumerate(attribute.placeholders):
            used = {names[at] for names in figures}
            whole = attribute.required or attribute.sparse
            coords[noun] = [name for name in nouns.ids(PLACEHOLDERS[noun]) if whole or name in used]
        blank = np.nan if attribute.gaps or not (attribute.required or attribute.sparse) else 0.0
        numbers = np.full([len(names) for names in coords.values()], blank)
        at_of = [{name: at for at, name in enumerate(names)} for names in coords.values()]
        for names, value in figures.items():
            numbers[tuple(at[name] for at, name in zip(at_of, names, strict=True))] = value
        if attribute.name == "content":  # the balance element takes the rest, as in the arrays of a pack
            for grade, at in at_of[0].items():
                numbers[at, at_of[1][nouns.cell("grades", grade, "balance")]] += 1 - numbers[at].sum()
        array = xr.DataArray(numbers, dims=list(coords), coords=coords)
        return array.expand_dims(year=list(self.years), axis=-1).copy() if attribute.kind == "series" else array

    def _of_goods(self, name: str, nouns: Nouns) -> xr.DataArray:
        rows = self.stocks[name]
        first = next(iter(rows.values()))
        if not isinstance(first, dict):
            values = xr.DataArray([float(rows[one]) for one in rows])  # type: ignore[arg-type]
            dim = "grade" if name == "shape_yield" else "product"
            array = values.rename(dim_0=dim).assign_coords({dim: list(rows)})
            return array.expand_dims(year=list(self.years), axis=-1).copy() if name == "shape_yield" else array
        elements = nouns.ids("elements")
        numbers = [[row.get(element, 0.0) for element in elements] for row in rows.values() if isinstance(row, dict)]
        coords = {"product": list(rows), "element": elements}
        array = xr.DataArray(numbers, dims=("product", "element"), coords=coords)
        return array.expand_dims(year=list(self.years), axis=-1).copy()

    def chain(self) -> xr.Dataset:
        return compile_chain(self.nouns(), self.given())

    def shares(self, stop: str | None = "separation") -> dict[str, xr.DataArray]:
        return routes.route_shares(self.chain(), self.given(), stop)


def amounts(chain: xr.Dataset, process: str) -> dict[str, float]:
    """Return the flows of a process in the first year and draw, by material, what it is counted by among them."""
    rows = np.flatnonzero(chain["flow_process"].values == process)
    assert rows.size, f"no process {process}"
    found: dict[str, float] = {}
    for row in rows:
        one = chain.coefficient.isel(flow=row, year=0)
        name = str(chain["flow_material"].values[row])
        found[name] = found.get(name, 0.0) + float(one.isel(draw=0) if "draw" in one.dims else one)
    return found


def share_of(chain: xr.Dataset, material: str) -> dict[str, float]:
    """Return the elements that a material holds in the first year."""
    held = chain.composition.sel(material=material).isel(year=0)
    return {
        str(name): float(held.sel(element=name)) for name in held["element"].values if float(held.sel(element=name))
    }


def grade_need(numbers: dict[str, float]) -> xr.DataArray:
    """Return a need by slot, the same in every year."""
    return xr.DataArray(list(numbers.values()), dims="slot", coords={"slot": list(numbers)})
