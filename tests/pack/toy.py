"""A small complete pack to break: three products, two grades, two states, ten years.

``toy()`` holds every file as text; ``full()`` has the optional tables too: of the chain, of trade, of claims and of the
plan, which ``chained()`` lacks. ``write`` puts them in a folder. The edits return nothing and change one thing, so that
a test says in one line what is wrong with the pack it loads.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER = "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note"
PROVENANCE = "Toyland,Toy Office 2025,high,"

NOUN_TABLES = {
    "sectors": """\
        id,name,priority
        ev,Electric vehicles,1
        homes,Homes,2
        """,
    "products": """\
        id,name,sector,counted_in,spread,note
        e_2w,Electric two-wheeler,ev,item,people,
        fan,Ceiling fan,homes,item,people,
        turbine,Wind turbine,homes,MW,people,
        """,
    "grades": """\
        id,name,family,balance
        N,N,NdFeB sintered,Fe
        SH,SH,NdFeB sintered,Fe
        """,
    "elements": """\
        id,name,kind
        Nd,Neodymium,light rare earth
        Dy,Dysprosium,heavy rare earth
        Fe,Iron,other
        Cu,Copper,other metal
        """,
    "routes": """\
        id,name,recovers_magnets
        formal,Formal recycler,yes
        informal,Informal trade,no
        """,
    "spreads": """\
        id,name,note
        people,Population,
        """,
    "places": """\
        id,name,kind,parent,lat,lon,source,note
        NO,North,state,,10,70,Atlas,
        SO,South,state,,-5.5,71,Atlas,
        port,Port,hub,SO,-5.6,71,Atlas,
        """,
    "items": """\
        id,name,counted_in,note
        board,Board,item,
        """,
    "published": """\
        id,quantity,definition,place,period,value,low,high,unit,source,confidence,compares_with,why
        demand,Demand,All magnets,Toyland,2025,4000,3600,4500,t,A newspaper,medium,demand.total_t,Same definition
        """,
    "draw_groups": """\
        id,pattern,note
        mass,product.*.magnet_mass,One design practice
        """,
}

# key, period, value, low, high, unit, basis, then, currency, price_year; provenance is added.
FIGURES = {
    "figures-goods": [
        "product.e_2w.magnet_mass,all,0.6,0.3,1.2,kg/item,gross,,,",
        "product.fan.magnet_mass,all,100,80,120,g/item,gross,,,",
        "product.turbine.magnet_mass,all,600,500,700,kg/MW,gross,,,",
        "product.e_2w.penetration,all,90,,,%,,,,",
        "product.fan.penetration,2020,0,,,1,,linear,,",
        "product.fan.penetration,2029,0.9,,,1,,,,",
        "product.turbine.penetration,all,0.3,0.2,0.4,1,,,,",
        "product.e_2w.grade_share.N,all,0.25,,,1,,,,",
        "product.e_2w.grade_share.SH,all,0.75,0.6,0.9,1,,,,",
        "product.fan.grade_share.N,all,1,,,1,,,,",
        "product.turbine.grade_share.N,all,0.5,0.3,0.7,1,,,,",
        "product.turbine.grade_share.SH,all,0.5,0.4,0.6,1,,,,",
        "product.e_2w.home_share,all,0.7,0.5,0.9,1,,,,",
        "product.fan.home_share,all,0.8,,,1,,,,",
        "product.turbine.home_share,all,0.5,,,1,,,,",
        "product.e_2w.swarf_share,all,0.3,,,1,,,,",
        "product.fan.swarf_share,all,0.3,,,1,,,,",
        "product.turbine.swarf_share,all,0.25,,,1,,,,",
        "grade.N.content.Nd,all,30,29,31,%,element,,,",
        "grade.SH.content.Nd,all,27,26,28,%,element,,,",
        "grade.SH.content.Dy,all,0.04,0.03,0.06,1,element,,,",
        "product.e_2w.holds.board,all,1,,,item/item,,,,",
        "item.board.content.Cu,all,50,,,g/item,element,,,",
        "metal.Cu.recovery_today,all,0.6,,,1,,,,",
    ],
    "figures-life": [
        "product.e_2w.lifetime_mean,all,9,6,13,year,,,,",
        "product.fan.lifetime_mean,all,12,,,year,,,,",
        "product.turbine.lifetime_mean,all,25,20,30,year,,,,",
        "product.e_2w.lifetime_shape,all,2.5,,,1,,,,",
        "product.fan.lifetime_shape,all,2.5,,,1,,,,",
        "product.turbine.lifetime_shape,all,3,,,1,,,,",
        "product.e_2w.route.formal,all,0.2,0.1,0.4,1,,,,",
        "product.e_2w.route.informal,all,0.8,,,1,,,,",
        "product.fan.route.formal,all,0,0,0.2,1,,,,",
        "product.fan.route.informal,all,1,0,1,1,,,,",
        "product.turbine.route.formal,all,1,,,1,,,,",
        "product.e_2w.recovery_today,all,0.1,,,1,,,,",
        "product.fan.recovery_today,all,0.1,,,1,,,,",
        "product.turbine.recovery_today,all,0.5,,,1,,,,",
        "product.e_2w.recovery_best,all,0.9,,,1,,,,",
        "product.fan.recovery_best,all,0.9,,,1,,,,",
        "product.turbine.recovery_best,all,0.95,,,1,,,,",
        "spread.people.NO,2025,0.4,,,1,,,,",
        "spread.people.SO,2025,0.6,,,1,,,,",
    ],
    "series-sales": [
        "product.e_2w.sales,2020,1000,800,1200,item/year,,linear,,",
        "product.e_2w.sales,2024,5000,4000,6000,item/year,,,,",
        "product.e_2w.sales,2025,6000,5000,7000,item/year,,geometric,,",
        "product.e_2w.sales,2029,96000,50000,112000,item/year,,,,",
        "product.fan.sales,FY2019-20,1200,,,item/year,,,,",
        "product.fan.sales,FY2020-21,2400,,,item/year,,,,",
        "product.fan.sales,FY2021-22,3600,,,item/year,,hold,,",
        "product.turbine.sales,2020,2,1,3,GW/year,,hold,,",
        "product.fan.exports,all,50,,,item/year,,,,",
    ],
    "figures-money": [
        "calendar.fiscal_start_month,all,4,,,1,,,,",
        "calendar.price_index,2023,100,,,1,,,,",
        "calendar.price_index,2024,110,,,1,,,,",
        "calendar.price_index,2025,121,,,1,,,,",
        "currency.USD.rate,2023,80,,,INR/USD,,,,",
        "currency.USD.rate,2024,82,,,INR/USD,,,,",
        "currency.USD.rate,2025,85,,,INR/USD,,,,",
        "price.nd_oxide,2024,70,60,80,USD/kg,gross,,USD,2024",
        "price.scrap,2025,1.5,,,lakh INR/t,gross,,INR,2025",
    ],
}
CHAIN_TABLES = {
    "oxides": """\
        id,element,atoms,oxygen
        Nd2O3,Nd,2,3
        Dy2O3,Dy,2,3
        """,
    "ores": """\
        id,name,note
        monazite,Monazite,
        """,
    "stages": """\
        id,name,way,counted,note
        mining,Mining,out,t of oxide,
        metal,Metal,out,t of metal,
        magnet,Magnet,out,t of magnet,
        """,
    "materials": """\
        id,name,stage,form,balance,of,base,note
        sand,Sand,mining,ore,Fe,monazite,,
        oxide,Mixed oxide,mining,oxides,Nd,,,
        alloy,Alloy,metal,elements,Fe,,,
        blend,Blend,metal,mixture,,,alloy,
        magnet_N,Magnet N,magnet,magnet,,N,,
        magnet_SH,Diffused magnet SH,magnet,diffused,,SH,magnet_N,
        """,
    "processes": """\
        id,name,stage,main,driven,note
        smelting,Smelting,metal,alloy,need,
        casting,Casting,metal,alloy,need,
        """,
    "flows": """\
        id,process,way,material,keys,note
        smelting_in,smelting,in,oxide,Nd,
        smelting_sand,smelting,out,sand,,
        """,
    "blocks": """\
        id,name,scheme,note
        scheme,The scheme,,
        """,
    "ramps": """\
        id,name,note
        usual,As usual,
        """,
    "projects": """\
        id,name,owner,stage,from_stage,takes,material,status,place,block,ramp,note
        old_plant,Old plant,Toy Metals,metal,,,alloy,existing,SO,,usual,
        big_plant,Big plant,Toy Magnets,magnet,metal,,magnet_N,claimed,,scheme,usual,
        """,
    "origins": """\
        id,name,note
        CHN,China,
        USA,United States,
        """,
    "records": """\
        id,name,stage,kind,measure,basis,years,commodity,vintage,complete,note
        tonnes,Imports by mass,magnet,imports,mass,gross,calendar,HS 850511,Toy Trade 2025,yes,
        dollars,Imports by value,magnet,imports,value,,fiscal,HS 850511,Toy Trade 2025,no,
        world,World output,mining,shares,share,REO,calendar,rare earths,Toy Survey 2025,yes,
        """,
    "exposures": """\
        id,name,stage,material,world,imports,weight,exports,production,unrated,note
        magnets,Magnets,magnet,rare-earth magnets,world,tonnes dollars,mass,,,,
        ores,Ores,mining,rare earths,,,value,,,,
        """,
    "claims": """\
        id,claim,said_by,period,low,high,unit,definition,measure,others,source,confidence,why
        most,Most of it comes from one country,A minister,2024,0.9,,1,By mass,share:tonnes:CHN@2024,,A speech,medium,
        """,
}
CHAIN_FIGURES = {
    "figures-chain": [
        "element.Nd.molar_mass,all,144.242,,,g/mol,,,,",
        "element.Dy.molar_mass,all,162.5,,,g/mol,,,,",
        "ore.monazite.share.Nd,all,0.9,0.85,0.95,1,REO,,,",
        "ore.monazite.share.Dy,all,10,,,%,REO,,,",
        "material.sand.reo,all,55,50,60,%,REO,,,",
        "material.alloy.content.Nd,all,0.3,,,1,element,,,",
        "material.oxide.oxide.Dy,all,0.05,,,1,REO,,,",
        "material.blend.part.magnet_N,all,0.1,,,1,gross,,,",
        "material.magnet_SH.heavy_saving,all,0.5,0.4,0.6,1,,,,",
        "process.smelting.yield,all,0.95,0.9,0.98,1,,,,",
        "process.smelting.recovery,all,0.95,,,1,,,,",
        "process.smelting.recovery.Dy,all,0.9,,,1,,,,",
        "process.smelting.share,2020,1,,,1,,linear,,",
        "process.smelting.share,2029,0.5,,,1,,,,",
        "process.casting.share.SH,all,0.5,,,1,,,,",
        "block.scheme.share,all,1,,,1,,,,",
        "project.old_plant.capacity,all,2,1,3,kt/year,gross,,,",
        "project.old_plant.start,all,2015.5,,,year,,,,",
        "project.old_plant.availability,all,0.8,,,1,,,,",
        "project.old_plant.stays_home,all,1,,,1,,,,",
        "project.big_plant.capacity,all,6000,,,t/year,gross,,,",
        "project.big_plant.start,all,2028,2027,2030,year,,,,",
        "project.big_plant.availability,all,0.9,,,1,,,,",
        "project.big_plant.stays_home,all,0.5,0.3,0.7,1,,,,",
        "ramp.usual.first_year,all,0.3,,,1,,,,",
        "ramp.usual.second_year,all,0.7,,,1,,,,",
        "ramp.usual.third_year,all,0.9,,,1,,,,",
        "metal.Cu.recovery_best,all,0.95,,,1,,,,",
        "sourcing.magnets.substitution,all,0.99,,,1,,,,",
        "sourcing.ores.substitution,all,0.9,0.8,1,1,,,,",
        "sourcing.ores.recycling,all,0.01,,,1,,,,",
        "unit_value_floor.magnets,all,20,,,USD/kg,gross,,,",
    ],
    "series-trade": [
        "record.tonnes.CHN,2022,30,,,kt,gross,,,",
        "record.tonnes.CHN,2024,40,35,45,kt,gross,,,",
        "record.tonnes.USA,2017,5,,,t,gross,,,",
        "record.dollars.CHN,FY2022-23,100,,,million USD,,,,",
        "record.dollars.CHN,FY2024-25,200,,,million USD,,,,",
        "record.world.CHN,2024,69,,,%,REO,,,",
        "stability.CHN,2023,-0.5,,,1,,,,",
        "stability.USA,2022,0.1,,,1,,,,",
        "governance.CHN,2023,-0.3,-0.4,-0.2,1,,,,",
    ],
}
PLAN_TABLES = {
    "regions": """\
        id,name,places,note
        up,Upper,NO,
        down,Lower,SO,
        """,
    "plants": """\
        id,name,stage,ramp,note
        smelter,Smelter,metal,usual,
        """,
    "uses": """\
        id,plant,process,counted,note
        smelter_smelting,smelter,smelting,oxide sand,
        smelter_casting,smelter,casting,,
        """,
    "offers": """\
        id,name,origin,material,note
        chn_alloy,Chinese alloy,CHN,alloy,
        """,
    "steps": """\
        id,name,note
        shops,From shops,
        """,
    "policies": """\
        id,name,instrument,plant,material,origin,block,scheme,rule,note
        grant,Grant,capital_subsidy,smelter,,,scheme,,,
        bonus,Bonus,output_incentive,smelter,,,,,,
        tariff,Duty,duty,,alloy,CHN,,,,
        store,Public stock,public_stock,,alloy,,,,,
        """,
    "services": """\
        id,name,stages,note
        testing,Testing,metal magnet,
        """,
}
PLAN_FIGURES = {
    "figures-plan": [
        "plant.smelter.capital,2025,2000,1000,4000,USD*year/t,gross,,USD,2025",
        "plant.smelter.fixed_cost,all,5,4,6,%/year,,,,",
        "plant.smelter.variable_cost,all,2,1,3,USD/kg,gross,,USD,2024",
        "plant.smelter.electricity,all,10,,,kWh/kg,gross,,,",
        "plant.smelter.lead,all,18,12,30,month,,,,",
        "plant.smelter.life,all,20,,,year,,,,",
        "plant.smelter.least,all,0.1,,,kt/year,gross,,,",
        "plant.smelter.jobs,all,0.1,,,year/t,,,,",
        "plant.smelter.availability,all,0.9,,,1,,,,",
        "plant.smelter.growth,all,35,,,%,,,,",
        "plant.smelter.step,all,100,,,t/year,gross,,,",
        "plant.smelter.standing,all,50,,,t/year,gross,,,",
        "plant.smelter.emissions,all,0.5,-0.1,1,kg/kg,gross,,,",
        "process.smelting.limit,all,500,,,t/year,gross,,,",
        "process.smelting.region.up,all,0.4,,,1,,,,",
        "process.smelting.region.down,all,0.6,,,1,,,,",
        "region.up.tariff,2025,8,,,INR/kWh,,,INR,2025",
        "region.down.tariff,2025,7,6,8,INR/kWh,,,INR,2025",
        "region.up.makers,all,0.3,,,1,,,,",
        "region.down.makers,all,0.7,,,1,,,,",
        "region.up.port_distance,all,900,,,km,,,,",
        "region.down.port_distance,all,100,,,km,,,,",
        "material.alloy.price,all,50,40,90,USD/kg,gross,,USD,2025",
        "material.magnet_N.price.N,2020,60,,,USD/kg,gross,hold,USD,2025",
        "material.sand.price,all,-1,-2,0,USD/t,gross,,USD,2025",
        "material.oxide.market,all,20,,,t/year,gross,,,",
        "material.alloy.footprint,all,30,,,t/t,gross,,,",
        "offer.chn_alloy.premium,all,1.1,,,1,,,,",
        "offer.chn_alloy.freight,all,0.2,,,USD/kg,gross,,USD,2025",
        "offer.chn_alloy.limit,2020,100,,,t/year,gross,linear,,",
        "offer.chn_alloy.limit,2029,200,,,t/year,gross,,,",
        "offer.chn_alloy.limit.SH,all,50,,,t/year,gross,,,",
        "step.shops.share,all,0.2,,,1,,,,",
        "step.shops.cost,all,15000,,,INR/t,gross,,INR,2025",
        "product.turbine.going_without,all,1,,,crore INR/MW,,,INR,2025",
        "sector.homes.going_without,all,1000,,,USD/kg,gross,,USD,2025",
        "product.fan.substitute_share,2020,0,,,1,,linear,,",
        "product.fan.substitute_share,2029,0.5,,,1,,,,",
        "product.fan.substitute_cost,all,-100,-200,50,INR/item,,,INR,2025",
        "policy.grant.share,all,15,,,%,,,,",
        "policy.grant.cap,all,12.5,,,lakh INR*year/t,,,INR,2025",
        "policy.grant.total,all,750,,,crore INR,,,INR,2025",
        "policy.bonus.per_tonne,all,2150,,,INR/kg,,,INR,2025",
        "policy.bonus.sales_share,all,0.4,,,1,,,,",
        "policy.bonus.quantity,all,6000,,,t/year,,,,",
        "policy.bonus.first_year,all,2027,,,year,,,,",
        "policy.bonus.last_year,all,2029,,,year,,,,",
        "policy.store.weeks,all,4,,,week,,,,",
        "finance.discount.social,all,8,,,%/year,,,,",
        "finance.discount.investor,all,0.12,,,1/year,,,,",
        "finance.holding,all,0.02,,,1/year,,,,",
        "finance.tax,all,0.25,,,1,,,,",
        "finance.depreciation,all,15,,,%/year,,,,",
        "finance.budget,all,1000,,,crore INR/year,,,INR,2025",
        "plan.first_decision,all,2026,,,year,,,,",
        "freight.inland,all,4,,,INR/t/km,,,INR,2025",
        "freight.detour,all,1.3,,,1,,,,",
        "emission.grid,all,0.7,,,kg/kWh,,,,",
    ],
}
SETTINGS = {
    "place": "Toyland", "first_year": 2020, "answer_from": 2021, "base_year": 2025, "last_year": 2029,
    "currency": "INR", "price_year": 2025,
}  # fmt: skip
REFERENCE = """\
title: Reference
description: As it stands.
changes: []
"""
SOURCED = """\
title: A change
description: Something else.
source: Toy Office
confidence: estimate
note: what if
changes:
"""


@dataclass
class Toy:
    """The files of a pack as text (or bytes), by path, and how to change them."""

    files: dict[str, str | bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        for path, content in self.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    def text(self, table: str) -> str:
        content = self.files[f"tables/{table}.csv"]
        assert isinstance(content, str)
        return content

    def replace(self, table: str, old: str, new: str) -> None:
        """Change a piece of text that stands once in a table."""
        text = self.text(table)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {table}"
        self.files[f"tables/{table}.csv"] = text.replace(old, new)

    def add(self, table: str, *lines: str) -> None:
        """Add rows to a table of figures; the provenance is added to lines that lack it."""
        whole = [line if line.count(",") >= 13 else f"{line},{PROVENANCE}" for line in lines]
        self.files[f"tables/{table}.csv"] = self.text(table) + "".join(f"{line}\n" for line in whole)

    def drop(self, table: str, start: str) -> None:
        """Take the one row off that starts with ``start``."""
        lines = self.text(table).splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(start)]
        assert len(kept) == len(lines) - 1, f"{len(lines) - len(kept)} rows of {table} start with {start!r}"
        self.files[f"tables/{table}.csv"] = "".join(kept)

    def line(self, table: str, start: str) -> int:
        """Return the line of the first row that starts with ``start``."""
        lines = self.text(table).splitlines()
        return next(number for number, line in enumerate(lines, start=1) if line.startswith(start))

    def cell(self, table: str, start: str, column: str, text: str) -> None:
        """Change one cell of the first row that starts with ``start``."""
        rows = list(csv.reader(io.StringIO(self.text(table))))
        number = self.line(table, start) - 1
        rows[number][rows[0].index(column)] = text
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        self.files[f"tables/{table}.csv"] = out.getvalue()

    def package(self, **changes: Any) -> None:
        """Change top entries of datapackage.json; None takes one off."""
        content = json.loads(self.files["datapackage.json"]) | changes
        self.files["datapackage.json"] = json.dumps({name: part for name, part in content.items() if part is not None})

    def settings(self, **changes: Any) -> None:
        """Change settings of the pack; None takes one off."""
        merged = SETTINGS | changes
        self.package(chumbak={name: part for name, part in merged.items() if part is not None})

    def scenario(self, changes: str, name: str = "other", head: str = SOURCED) -> None:
        """Add a scenario with these changes (YAML list items, any indent)."""
        self.files[f"scenarios/{name}.yaml"] = head + "".join(f"  {line}\n" for line in _dedent(changes).splitlines())


def _dedent(text: str) -> str:
    from textwrap import dedent

    return dedent(text).strip("\n")


def toy() -> Toy:
    """Return a pack that is right."""
    return _made(NOUN_TABLES, FIGURES)


def full() -> Toy:
    """Return a pack that is right and has every optional table, listed after those of the toy."""
    return _joined(chained(), _made(PLAN_TABLES, PLAN_FIGURES))


def chained() -> Toy:
    """Return ``full()`` without the tables of the plan."""
    return _joined(toy(), _made(CHAIN_TABLES, CHAIN_FIGURES))


def _joined(first: Toy, second: Toy) -> Toy:
    listed = [json.loads(str(one.files["datapackage.json"]))["resources"] for one in (first, second)]
    first.files = {**second.files, **first.files}
    first.package(resources=[*listed[0], *listed[1]])
    return first


def _made(nouns: Mapping[str, str], figures: Mapping[str, list[str]]) -> Toy:
    made = Toy()
    for table, text in nouns.items():
        made.files[f"tables/{table}.csv"] = "".join(f"{line.strip()}\n" for line in text.strip().splitlines())
    for table, lines in figures.items():
        made.files[f"tables/{table}.csv"] = "".join(
            f"{line}\n" for line in (HEADER, *(f"{line},{PROVENANCE}" for line in lines))
        )
    listed = [{"name": name, "path": f"tables/{name}.csv"} for name in [*nouns, *figures]]
    content = {"name": "toyland", "title": "Toyland", "chumbak": SETTINGS, "resources": listed}
    made.files["datapackage.json"] = json.dumps(content, indent=1)
    made.files["scenarios/reference.yaml"] = REFERENCE
    return made
