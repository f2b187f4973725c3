"""Every way to break a pack: each comes out as one fault with file, row, column, what and how to mend."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from chumbak.pack import Fault, PackError, checks, load
from chumbak.pack.faults import did_you_mean
from tests.pack.toy import CHAIN_FIGURES, FIGURES, NOUN_TABLES, PLAN_FIGURES, REFERENCE, SOURCED, Toy, full, toy

GOODS, LIFE, SALES, MONEY = (f"tables/{name}.csv" for name in FIGURES)
CHAIN, TRADE = (f"tables/{name}.csv" for name in CHAIN_FIGURES)
(PLAN,) = (f"tables/{name}.csv" for name in PLAN_FIGURES)
PACKAGE = "datapackage.json"
OTHER = "scenarios/other.yaml"
HEAD = SOURCED.count("\n")  # lines of a scenario before its first change


Faults = tuple[Fault, ...]


def without(pack: Toy, table: str) -> None:
    """Take a table off, and off the list."""
    del pack.files[f"tables/{table}.csv"]
    listed = json.loads(str(pack.files[PACKAGE]))["resources"]
    pack.package(resources=[one for one in listed if one["name"] != table])


@dataclass(frozen=True)
class Case:
    """How the toy is broken, and the one fault that comes of it. ``row`` may be the start of the row."""

    kind: str
    file: str
    row: int | str
    column: str
    break_it: Callable[[Toy], object]
    says: str = ""  # what fault or mend have to say
    name: str = ""

    @property
    def is_of_scenario(self) -> bool:
        return self.file == OTHER


def cell(table: str, start: str, column: str, text: str) -> Callable[[Toy], object]:
    return lambda pack: pack.cell(table, start, column, text)


def add(table: str, *lines: str) -> Callable[[Toy], object]:
    return lambda pack: pack.add(table, *lines)


def drop(table: str, start: str) -> Callable[[Toy], object]:
    return lambda pack: pack.drop(table, start)


def replace(table: str, old: str, new: str) -> Callable[[Toy], object]:
    return lambda pack: pack.replace(table, old, new)


def content(path: str, text: str | bytes) -> Callable[[Toy], object]:
    return lambda pack: pack.files.update({path: text})


def settings(**changes: object) -> Callable[[Toy], object]:
    return lambda pack: pack.settings(**changes)


def package(**changes: object) -> Callable[[Toy], object]:
    return lambda pack: pack.package(**changes)


def changes(text: str) -> Callable[[Toy], object]:
    return lambda pack: pack.scenario(text)


def scenario(text: str) -> Callable[[Toy], object]:
    return content(OTHER, text)


def encoded(table: str, encoding: str) -> Callable[[Toy], object]:
    def break_it(pack: Toy) -> None:
        text = pack.text(table).replace("Toy Office", "Büro")
        pack.files[f"tables/{table}.csv"] = text.encode(encoding)

    return break_it


def separated_by(table: str, separator: str) -> Callable[[Toy], object]:
    return lambda pack: content(f"tables/{table}.csv", pack.text(table).replace(",", separator))(pack)


def without_column(table: str, column: str) -> Callable[[Toy], object]:
    def break_it(pack: Toy) -> None:
        rows = [line.split(",") for line in pack.text(table).splitlines()]
        at = rows[0].index(column)
        pack.files[f"tables/{table}.csv"] = "".join(",".join(row[:at] + row[at + 1 :]) + "\n" for row in rows)

    return break_it


def with_column(table: str, column: str) -> Callable[[Toy], object]:
    def break_it(pack: Toy) -> None:
        header, *lines = pack.text(table).splitlines()
        pack.files[f"tables/{table}.csv"] = "\n".join([f"{header},{column}", *(f"{line}," for line in lines)])

    return break_it


def resources(edit: Callable[[list[dict[str, object]]], object]) -> Callable[[Toy], object]:
    def break_it(pack: Toy) -> None:
        import json

        listed = json.loads(pack.files[PACKAGE])["resources"]
        edit(listed)
        pack.package(resources=listed)

    return break_it


MASS = "product.e_2w.magnet_mass,"
LAST = len(NOUN_TABLES) + len(FIGURES)
CASES = [
    # files
    Case("file-missing", GOODS, 0, "", lambda pack: pack.files.pop(GOODS)),
    Case("empty-file", GOODS, 0, "", content(GOODS, " \n\n")),
    Case("no-rows", GOODS, 0, "", lambda pack: content(GOODS, pack.text("figures-goods").splitlines()[0])(pack)),
    Case("unreadable-encoding", GOODS, 2, "", encoded("figures-goods", "latin-1"), "UTF-8"),
    Case("unreadable-encoding", GOODS, 0, "", encoded("figures-goods", "utf-16"), "UTF-16", name="utf-16"),
    Case("binary-file", GOODS, 2, "", lambda pack: pack.replace("figures-goods", MASS, MASS + "\0"), "zero byte"),
    Case("file-too-large", GOODS, 0, "", content(GOODS, b"rubbish\n" * 6_250_000), "50 MB"),
    Case("not-csv", GOODS, MASS, "", replace("figures-goods", MASS, MASS + '"'), "never closed"),
    Case("not-csv", GOODS, MASS, "", cell("figures-goods", MASS, "note", "x" * 140_000), "longer", name="long-cell"),
    Case("not-csv", GOODS, MASS, "", replace("figures-goods", MASS, MASS + '"a"b'), "Double", name="quote-inside"),
    Case("wrong-separator", GOODS, 1, "", separated_by("figures-goods", ";"), "semicolons"),
    Case("wrong-separator", "tables/grades.csv", 1, "", separated_by("grades", "\t"), "tabs", name="tabs"),
    Case("wrong-header", GOODS, 1, "", content(GOODS, "Sheet1\nfoo\n"), "key,period,value"),
    Case("missing-column", GOODS, 1, "confidence", without_column("figures-goods", "confidence")),
    Case("unknown-column", GOODS, 1, "extra", with_column("figures-goods", "extra")),
    Case("duplicate-column", GOODS, 1, "note", with_column("figures-goods", "note")),
    Case("ragged-row", GOODS, MASS, "", replace("figures-goods", MASS + "all,0.6", MASS + "all,0,6"), "Put a cell"),
    # datapackage.json
    Case("bad-json", PACKAGE, 1, "", content(PACKAGE, "{'name': 1}")),
    Case("bad-json", PACKAGE, 0, "", content(PACKAGE, "[]"), "object", name="json-list"),
    Case("bad-json", PACKAGE, 0, "", content(PACKAGE, "[" * 100_000), "deeply", name="json-bomb"),
    Case("bad-json", PACKAGE, 0, "", content(PACKAGE, '{"name": NaN}'), "not a number", name="json-nan"),
    Case("bad-json", PACKAGE, 0, "", content(PACKAGE, '{"name": ' + "9" * 5000 + "}"), name="json-huge-int"),
    Case("bad-json", PACKAGE, 0, "", content(PACKAGE, '{"name": "a", "name": "b"}'), "twice", name="json-twice"),
    Case("bad-json", PACKAGE, 0, "", content(PACKAGE, '{"name": "\\ud800"}'), "half", name="json-surrogate"),
    Case("missing-setting", PACKAGE, 0, "chumbak.price_year", settings(price_year=None)),
    Case("missing-setting", PACKAGE, 0, "chumbak", package(chumbak=[1]), name="no-settings"),
    Case("missing-setting", PACKAGE, 0, "title", package(title=""), name="no-title"),
    Case("missing-setting", PACKAGE, 0, "resources", package(resources={}), "List", name="no-resources"),
    Case("bad-setting", PACKAGE, 0, "chumbak.base_year", settings(base_year="2025"), "without quotes"),
    Case("bad-setting", PACKAGE, 0, "chumbak.base_year", settings(base_year=True), name="year-is-yes"),
    Case("bad-setting", PACKAGE, 0, "chumbak.price_year", settings(price_year=10**30), name="year-huge"),
    Case("bad-setting", PACKAGE, 0, "chumbak.currency", settings(currency="Rupees"), "INR", name="currency"),
    Case("bad-setting", PACKAGE, 0, "chumbak.place", settings(place=["Toyland"]), name="place-list"),
    Case("bad-setting", PACKAGE, 0, "name", package(name="../toyland"), name="name-is-a-path"),
    Case("bad-setting", PACKAGE, 0, "title", package(title="Toy\x1b[31m"), name="title-controls"),
    Case("unknown-setting", PACKAGE, 0, "chumbak.answer_form", settings(answer_form=2021), "answer_from"),
    Case("years-order", PACKAGE, 0, "chumbak", settings(base_year=2031)),
    Case("bad-resource", PACKAGE, 0, f"resources.{LAST}", resources(lambda listed: listed.append({"name": 3}))),
    Case("missing-table", PACKAGE, 0, "resources", resources(lambda listed: listed.pop(0)), "sectors"),
    Case("unknown-table", PACKAGE, 0, f"resources.{LAST}",
         resources(lambda listed: listed.append({"name": "figure", "path": "x.csv"})), "Did you mean 'figures-...'"),
    Case("duplicate-table", PACKAGE, 0, f"resources.{LAST}",
         resources(lambda listed: listed.append({"name": "figures-again", "path": listed[-1]["path"]}))),
    Case("path-outside-pack", PACKAGE, 0, "resources.10",
         resources(lambda listed: listed[10].update(path="../figures-goods.csv"))),
    Case("path-outside-pack", PACKAGE, 0, "resources.10",
         resources(lambda listed: listed[10].update(path="/etc/passwd")), name="absolute-path"),
    Case("path-outside-pack", PACKAGE, 0, "resources.10",
         resources(lambda listed: listed[10].update(path="tables/\0.csv")), name="zero-byte-path"),
    Case("not-a-file", "tables", 0, "", resources(lambda listed: listed[10].update(path="tables"))),
    Case("unreadable-file", "x" * 300, 0, "", resources(lambda listed: listed[10].update(path="x" * 300))),
    # nouns
    Case("bad-id", "tables/items.csv", 2, "id", replace("items", "board,Board", "my board,Board"), "letters"),
    Case("duplicate-id", "tables/routes.csv", 4, "id", lambda pack: content(
        "tables/routes.csv", pack.text("routes") + "formal,Again,yes\n")(pack), "row 2"),
    Case("empty-cell", "tables/products.csv", 3, "name", cell("products", "fan", "name", "")),
    Case("unknown-choice", "tables/routes.csv", 2, "recovers_magnets",
         cell("routes", "formal", "recovers_magnets", "Y"), "yes, no"),
    Case("unknown-reference", "tables/products.csv", 2, "sector", cell("products", "e_2w", "sector", "evs"), "'ev'"),
    Case("unknown-reference", "tables/places.csv", 4, "parent", cell("places", "port", "parent", "port"), "its own",
         name="own-parent"),
    Case("bad-number", "tables/places.csv", 2, "lat", cell("places", "NO", "lat", "100")),
    Case("bad-number", "tables/sectors.csv", 3, "priority", cell("sectors", "homes", "priority", "first"),
         name="priority"),
    Case("not-a-number", "tables/published.csv", 2, "value", cell("published", "demand", "value", "about 4000")),
    Case("value-outside-range", "tables/published.csv", 2, "value", cell("published", "demand", "value", "400"),
         name="published-range"),
    Case("bad-period", "tables/published.csv", 2, "period", cell("published", "demand", "period", "FY25"),
         name="published-period"),
    Case("unknown-unit", "tables/published.csv", 2, "unit", cell("published", "demand", "unit", "tonnes of magnets"),
         name="published-unit"),
    *(Case("duplicate-name", f"tables/{table}.csv", 3, "name", cell(table, start, "name", name), "'" + first + "'",
           name=f"name of {table}")
      for table, start, name, first in (
          ("sectors", "homes", "Electric vehicles", "ev"), ("products", "fan", "electric Two-Wheeler", "e_2w"),
          ("grades", "SH", "N", "N"), ("routes", "informal", "Formal recycler", "formal"),
          ("places", "SO", "North", "NO"))),
    Case("empty-draw-group", "tables/draw_groups.csv", 2, "pattern",
         cell("draw_groups", "mass", "pattern", "product.*.magnet_mas"), "Did you mean 'product.*.magnet_mass'?"),
    Case("two-draw-groups", "tables/draw_groups.csv", 3, "pattern", lambda pack: content(
        "tables/draw_groups.csv", pack.text("draw_groups") + "again,product.fan.*,\n")(pack), "'mass' and 'again'"),
    # keys
    Case("unknown-key", GOODS, "product.e_2w.magnet_mas", "key",
         cell("figures-goods", MASS, "key", "product.e_2w.magnet_mas"), "Did you mean 'product.e_2w.magnet_mass'?"),
    Case("unknown-key", GOODS, "prodct.e2w.magnet_mas", "key",
         cell("figures-goods", MASS, "key", "prodct.e2w.magnet_mas"), "Did you mean 'product.e_2w.magnet_mass'?",
         name="two-slips"),
    Case("unknown-key", GOODS, "../../x", "key", add("figures-goods", "../../x,all,1,,,1,,,,"), name="path-as-key"),
    Case("unknown-product", SALES, "product.e2w.sales,2024", "key",
         cell("series-sales", "product.e_2w.sales,2024", "key", "product.e2w.sales"), "Did you mean 'e_2w'?"),
    Case("unknown-grade", GOODS, "product.fan.grade_share.M", "key",
         cell("figures-goods", "product.fan.grade_share.N", "key", "product.fan.grade_share.M"), "no name of a grade"),
    Case("unknown-place", LIFE, "spread.people.port", "key",
         add("figures-life", "spread.people.port,all,0,,,1,,,,"), "no name of a place"),
    Case("unknown-currency", MONEY, "currency.Rs.rate", "key",
         add("figures-money", "currency.Rs.rate,all,1,,,INR/USD,,,,"), "no name of a currency", name="currency-key"),
    Case("unknown-price", MONEY, "price.5-mm", "key", add("figures-money", "price.5-mm,all,1,,,INR/t,gross,,INR,2025")),
    Case("missing-figure", "tables/products.csv", 2, "id", drop("figures-goods", MASS), "'product.e_2w.magnet_mass'"),
    Case("missing-figure", "tables/products.csv", 3, "id", drop("figures-goods", "product.fan.grade_share.N"),
         "each grade", name="missing-split"),
    Case("part-without-content", "tables/items.csv", 2, "id", drop("figures-goods", "item.board.content.Cu")),
    Case("duplicate-key", LIFE, 21, "key",
         add("figures-life", "product.fan.lifetime_mean,2020,11,,,year,,,,"), "the two rows say all and 2020"),
    *(Case("year-on-a-number", LIFE, "product.fan.lifetime_mean", "period",
           cell("figures-life", "product.fan.lifetime_mean", "period", text), "one number for all years", name=text)
      for text in ("2026", "FY2026-27", "2020-2026")),
    # numbers
    Case("missing-value", GOODS, MASS, "value", cell("figures-goods", MASS, "value", "")),
    *(Case("not-a-number", GOODS, MASS, "value", cell("figures-goods", MASS, "value", text), "plain digits", name=name)
      for text, name in (("1,2", "comma"), ("1_000", "underscore"), ("٣", "arabic-digit"), ("nan", "nan"),
                         ("0.6 kg", "unit-inside"), ("−1", "typographic-minus"), ("x" * 100_000, "long"))),
    Case("not-finite", GOODS, MASS, "value", cell("figures-goods", MASS, "value", "1e999")),
    Case("not-finite", GOODS, MASS, "value", cell("figures-goods", MASS, "value", "9" * 5000), name="huge-integer"),
    Case("out-of-scale", GOODS, "product.e_2w.holds", "value",
         cell("figures-goods", "product.e_2w.holds", "value", "1e300"), "nothing real"),
    Case("to-be-filled", GOODS, MASS, "value", cell("figures-goods", MASS, "value", "?"),
         "'product.e_2w.magnet_mass' is still to be filled in: value."),
    Case("below-minimum", GOODS, MASS, "low", cell("figures-goods", MASS, "low", "-0.1"), "-0.1 kg/item"),
    Case("above-maximum", GOODS, "product.e_2w.penetration", "value",
         cell("figures-goods", "product.e_2w.penetration", "value", "190"), "190 %"),
    Case("half-range", GOODS, MASS, "high", cell("figures-goods", MASS, "high", "")),
    Case("range-order", LIFE, "product.e_2w.lifetime_mean", "low", replace("figures-life", "9,6,13", "9,13,6"), "Swap"),
    Case("value-outside-range", GOODS, MASS, "value", cell("figures-goods", MASS, "value", "2")),
    Case("not-whole", MONEY, "calendar.fiscal_start_month", "value",
         cell("figures-money", "calendar.fiscal_start_month", "value", "4.5")),
    # units and bases
    Case("missing-unit", GOODS, MASS, "unit", cell("figures-goods", MASS, "unit", "")),
    Case("unknown-unit", GOODS, MASS, "unit", cell("figures-goods", MASS, "unit", "kilo/scooter"), "t/item"),
    *(Case("unknown-unit", GOODS, MASS, "unit", cell("figures-goods", MASS, "unit", text), name=f"unit {text[:10]}")
      for text in ("9**9**9**9 kg", "kg" * 50, "__import__", "(kg", "kg/", "💥")),
    Case("ambiguous-unit", GOODS, MASS, "unit", cell("figures-goods", MASS, "unit", "ton/item"), "American ton"),
    Case("wrong-dimension", GOODS, MASS, "unit", cell("figures-goods", MASS, "unit", "kg/MW"), "'t/item'"),
    Case("wrong-dimension", LIFE, "product.e_2w.recovery_best", "unit",
         cell("figures-life", "product.e_2w.recovery_best", "unit", "INR/USD"), "money", name="money-as-share"),
    Case("unknown-basis", GOODS, MASS, "basis", cell("figures-goods", MASS, "basis", "net")),
    Case("wrong-basis", GOODS, MASS, "basis", cell("figures-goods", MASS, "basis", "REO"), "never mixed"),
    Case("wrong-basis", GOODS, MASS, "basis", cell("figures-goods", MASS, "basis", ""), "missing", name="no-basis"),
    Case("wrong-basis", LIFE, "product.e_2w.recovery_best", "basis",
         cell("figures-life", "product.e_2w.recovery_best", "basis", "gross"), "Leave", name="needless-basis"),
    # periods and series
    Case("bad-period", GOODS, MASS, "period", cell("figures-goods", MASS, "period", "")),
    Case("bad-period", GOODS, MASS, "period", cell("figures-goods", MASS, "period", "20٣0"), name="arabic-year"),
    Case("bad-period", SALES, "product.fan.sales,FY2020-20", "period",
         cell("series-sales", "product.fan.sales,FY2020-21", "period", "FY2020-20"), "follow each other",
         name="fiscal-slip"),
    Case("unknown-then", SALES, "product.e_2w.sales,2020", "then",
         cell("series-sales", "product.e_2w.sales,2020", "then", "lineer"), "'linear'"),
    Case("then-on-a-number", LIFE, "product.fan.lifetime_mean", "then",
         cell("figures-life", "product.fan.lifetime_mean", "then", "hold")),
    Case("duplicate-key", SALES, 11, "key",
         add("series-sales", "product.e_2w.sales,2024,1,,,item/year,,,,"), "2024", name="year-twice"),
    Case("all-beside-years", SALES, 11, "period", add("series-sales", "product.e_2w.sales,all,1,,,item/year,,,,")),
    Case("mixed-years", SALES, 11, "period", add("series-sales", "product.e_2w.sales,FY2026-27,1,,,item/year,,,,")),
    Case("series-gap", SALES, "product.e_2w.sales,2020", "period",
         cell("series-sales", "product.e_2w.sales,2020", "then", ""), "2021 to 2023"),
    Case("series-late-start", SALES, "product.turbine.sales", "period",
         cell("series-sales", "product.turbine.sales", "period", "2028"), "from 2020"),
    Case("series-late-start", SALES, "product.fan.sales,FY2020-21", "period",
         drop("series-sales", "product.fan.sales,FY2019-20"), "from FY2019-20", name="fiscal-late-start"),
    Case("series-early-end", SALES, "product.e_2w.sales,2028", "period",
         cell("series-sales", "product.e_2w.sales,2029", "period", "2028"), "to 2029"),
    Case("series-open-end", SALES, "product.turbine.sales", "then",
         cell("series-sales", "product.turbine.sales", "then", "linear")),
    Case("geometric-through-zero", GOODS, "product.fan.penetration,2020", "then",
         cell("figures-goods", "product.fan.penetration,2020", "then", "geometric"), "linear"),
    Case("lone-fiscal-year", MONEY, "calendar.price_index,FY2024-25", "period", lambda pack: (
        pack.drop("figures-money", "calendar.price_index,2023"),
        pack.drop("figures-money", "calendar.price_index,2025"),
        pack.drop("figures-money", "price.nd_oxide"),
        pack.cell("figures-money", "calendar.price_index", "period", "FY2024-25"))),
    Case("fiscal-start-unknown", SALES, "product.fan.sales", "period",
         drop("figures-money", "calendar.fiscal_start_month"), "calendar.fiscal_start_month"),
    # provenance
    Case("unknown-confidence", GOODS, MASS, "confidence", cell("figures-goods", MASS, "confidence", "sure")),
    Case("missing-source", GOODS, MASS, "source", cell("figures-goods", MASS, "source", "")),
    Case("missing-place", GOODS, MASS, "place", cell("figures-goods", MASS, "place", "")),
    Case("estimate-without-note", GOODS, MASS, "note", cell("figures-goods", MASS, "confidence", "estimate")),
    # money
    Case("unknown-currency", MONEY, "price.nd_oxide", "currency",
         cell("figures-money", "price.nd_oxide", "currency", "Rs"), "three letters"),
    Case("currency-mismatch", MONEY, "price.nd_oxide", "currency",
         cell("figures-money", "price.nd_oxide", "currency", "INR"), "USD/kg"),
    Case("missing-price-year", MONEY, "price.nd_oxide", "price_year",
         cell("figures-money", "price.nd_oxide", "price_year", "")),
    Case("money-out-of-place", GOODS, MASS, "currency", cell("figures-goods", MASS, "currency", "INR")),
    Case("missing-exchange-rate", MONEY, "price.nd_oxide", "currency",
         lambda pack: (pack.cell("figures-money", "price.nd_oxide", "currency", "EUR"),
                       pack.cell("figures-money", "price.nd_oxide", "unit", "EUR/kg")), "currency.EUR.rate"),
    Case("missing-price-index", MONEY, "price.scrap", "price_year",
         cell("figures-money", "price.scrap", "price_year", "2019"), "2019 to"),
    Case("wrong-rate", MONEY, "currency.USD.rate,2024", "unit",
         cell("figures-money", "currency.USD.rate,2024", "unit", "USD/INR")),
    Case("wrong-rate", MONEY, "currency.USD.rate,2024", "unit",
         cell("figures-money", "currency.USD.rate,2024", "unit", "EUR/USD"), "INR/USD", name="rate-of-other-currency"),
    # sums
    Case("shares-do-not-sum", LIFE, "product.e_2w.route.formal", "value",
         cell("figures-life", "product.e_2w.route.informal", "value", "0.7"), "0.9"),
    Case("shares-do-not-sum", LIFE, "spread.people.NO", "value",
         drop("figures-life", "spread.people.SO"), "0.4", name="state-left-out"),
    Case("fractions-over-one", GOODS, "grade.SH.content.Nd", "value", lambda pack: (
        pack.replace("figures-goods", "Nd,all,27,26,28", "Nd,all,70,,"),
        pack.replace("figures-goods", "Dy,all,0.04,0.03,0.06", "Dy,all,0.4,,")), "1.1"),
    Case("balance-given", GOODS, "grade.N.content.Fe", "key",
         add("figures-goods", "grade.N.content.Fe,all,0.6,,,1,element,,,"), "Take off"),
    Case("best-below-today", LIFE, "product.fan.recovery_best", "value",
         cell("figures-life", "product.fan.recovery_best", "value", "0.05"), "0.1"),
    # scenarios
    Case("bad-yaml", OTHER, 2, "", scenario("title: a\n\tdescription: b\n")),
    Case("bad-yaml", OTHER, 2, "", scenario("title: x\na: &x [1, 2]\nb: [*x, *x]\n"), "anchors", name="yaml-bomb"),
    Case("bad-yaml", OTHER, 1, "", scenario("title: !!python/object/apply:os.getcwd []\n"), "tags", name="yaml-tag"),
    Case("bad-yaml", OTHER, 0, "", scenario("[" * 20_000), "deeply", name="yaml-deep"),
    Case("bad-yaml", OTHER, 2, "", scenario("title: x\ntitle: y\n"), "twice", name="yaml-twice"),
    Case("bad-yaml", OTHER, 1, "", scenario("? [1, 2]\n: x\n"), "list", name="yaml-unhashable"),
    Case("bad-yaml", OTHER, 0, "", scenario("title: \x07\n"), name="yaml-control"),
    Case("bad-yaml", OTHER, 2, "", scenario("title: x\n---\ntitle: y\n"), name="yaml-two-documents"),
    Case("bad-yaml", OTHER, 0, "", scenario('title: "\\ud800"\n'), "half", name="yaml-surrogate"),
    Case("file-too-large", OTHER, 0, "", scenario("# long\n" * 50_000), name="yaml-long"),
    Case("empty-file", OTHER, 0, "", scenario("# nothing\n"), name="yaml-comment"),
    Case("bad-scenario", OTHER, 1, "", scenario("- a\n- b\n"), "title"),
    Case("missing-field", OTHER, 1, "description", scenario("title: x\nchanges: []\n")),
    Case("missing-field", OTHER, HEAD + 1, "changes.0.unit", changes("- {set: product.fan.magnet_mass, value: 1}"),
         "'unit' of 'set'", name="set-without-unit"),
    Case("missing-field", OTHER, HEAD + 1, "changes.0.after",
         changes("- {ramp: product.fan.sales, by: 2, years: [2024, 2026]}"), "follow", name="ramp-without-after"),
    Case("unknown-field", OTHER, HEAD + 1, "changes.0.valeu",
         changes("- {set: product.fan.magnet_mass, value: 1, valeu: 1, unit: kg/item}"), "'value'"),
    Case("unknown-field", OTHER, HEAD + 1, "changes.0.to",
         changes("- {scale: product.fan.magnet_mass, by: 1, to: 2}"), name="scale-to"),
    Case("unknown-change", OTHER, HEAD + 2, "changes.1",
         changes("- {scale: product.fan.magnet_mass, by: 1}\n- {multiply: product.fan.magnet_mass, by: 2}")),
    Case("unknown-change", OTHER, HEAD + 1, "changes.0", changes("- text"), name="change-is-text"),
    *(Case("bad-field", OTHER, HEAD + 3, "changes.0.years",
           changes(f"- scale: product.fan.sales\n  by: 2\n  years: {years}"), "[2026, 2047]", name=f"years {years}")
      for years in ("[2030]", "'2024'", "[2024, 2025, 2026]", "[a, b]", "{from: 2024}", "2024.5", "true")),
    *(Case("bad-field", OTHER, HEAD + 2, "changes.0.by", changes(f"- scale: product.fan.sales\n  by: {by}"), "factor",
           name=f"by {by}") for by in (".nan", "-1", "1_000", "'2'", "1e999", "[1]", "2e9", "yes")),
    Case("bad-field", OTHER, HEAD + 1, "changes.0.after",
         changes("- {ramp: product.fan.sales, by: 2, years: [2024, 2026], after: stop}"), "hold", name="after"),
    Case("bad-field", OTHER, HEAD, "changes", scenario(SOURCED.rstrip() + " 3"), "- set", name="changes"),
    Case("bad-field", OTHER, 1, "title", scenario(REFERENCE.replace("Reference", "2030")), "quotes", name="title"),
    Case("unknown-key", OTHER, HEAD + 1, "changes.0.scale", changes("- {scale: product.e_2w.magnet_mas, by: 2}"),
         "Did you mean 'product.e_2w.magnet_mass'?", name="scenario-attribute"),
    Case("unknown-key", OTHER, HEAD + 1, "changes.0.scale", changes("- {scale: product.e2w.sales, by: 2}"),
         "Did you mean 'product.e_2w.sales'?", name="scenario-product"),
    Case("unknown-key", OTHER, HEAD + 1, "changes.0.scale", changes("- {scale: product.*.magnet_mas, by: 2}"),
         "Did you mean 'product.*.magnet_mass'?", name="scenario-wildcard"),
    Case("unknown-key", OTHER, HEAD + 1, "changes.0.scale", changes("- {scale: product.e_2w.exports, by: 2}"),
         "this one does not", name="scenario-not-in-pack"),
    Case("years-outside", OTHER, HEAD + 1, "changes.0.years",
         changes("- {scale: product.fan.sales, by: 2, years: [2025, 2035]}"), "2020 to 2029"),
    Case("years-order", OTHER, HEAD + 1, "changes.0.years",
         changes("- {scale: product.fan.sales, by: 2, years: [2026, 2025]}"), "backwards", name="years-backwards"),
    Case("years-on-a-number", OTHER, HEAD + 1, "changes.0.years",
         changes("- {scale: product.fan.lifetime_mean, by: 2, years: 2026}"), "one number"),
    Case("bad-ramp", OTHER, HEAD + 1, "changes.0",
         changes("- {ramp: product.fan.sales, by: 2, to: 5, unit: item/year, years: [2024, 2026], after: hold}")),
    Case("bad-ramp", OTHER, HEAD + 1, "changes.0.years",
         changes("- {ramp: product.fan.sales, by: 2, years: [2024, 2024], after: hold}"), name="ramp-of-one-year"),
    Case("bad-ramp", OTHER, HEAD + 2, "changes.1.after", changes(
        "- {set: product.fan.sales, value: 0, unit: item/year}\n"
        "- {ramp: product.fan.sales, to: 5, unit: item/year, years: [2024, 2026], after: follow}"), "0 in 2026",
        name="ramp-from-zero"),
    Case("fixed-figure", OTHER, HEAD + 1, "changes.0.scale", changes("- {scale: calendar.fiscal_start_month, by: 2}")),
    Case("fixed-figure", OTHER, HEAD + 2, "key", changes(
        "- add:\n    - {key: calendar.fiscal_start_month, value: 1, unit: '1', period: all, place: Toyland}"),
        "own tables", name="fixed-added"),
    Case("unknown-unit", OTHER, HEAD + 3, "changes.0.unit",
         changes("- set: product.fan.magnet_mass\n  value: 1\n  unit: kilo"), name="scenario-unit"),
    Case("above-maximum", OTHER, HEAD + 1, "changes.0.to", changes(
        "- {ramp: product.fan.penetration, to: 120, unit: '%', years: [2024, 2026], after: hold}"), "120 %",
        name="ramp-too-high"),
    Case("above-maximum", OTHER, HEAD + 1, "changes.0", changes("- {scale: product.e_2w.penetration, by: 1.5}"), "1.35",
         name="scaled-too-high"),
    Case("out-of-scale", OTHER, HEAD + 1, "changes.0", changes("- {scale: product.fan.sales, by: 1.0e-300}"),
         name="scaled-to-nothing"),
    Case("shares-do-not-sum", OTHER, HEAD + 1, "", changes("- {scale: product.e_2w.route.informal, by: 0.5}"),
         "0.6", name="scaled-shares"),
    Case("best-below-today", OTHER, HEAD + 1, "",
         changes("- {set: product.fan.recovery_today, value: 95, unit: '%'}"),
         "'product.fan.recovery_best' of 0.9", name="scenario-best"),
    Case("already-there", OTHER, HEAD + 3, "changes.0.add.1.key", changes(
        "- add:\n    - {key: product.e_2w.exports, value: 1, unit: item/year, period: all, place: Toyland}\n"
        "    - {key: product.fan.exports, value: 1, unit: item/year, period: 2020, then: linear, place: Toyland}\n"
        "    - {key: product.fan.exports, value: 1, unit: item/year, period: 2029, place: Toyland}"),
        "set, scale or ramp"),
    Case("missing-source", OTHER, HEAD + 1, "changes.0.source",
         lambda pack: pack.scenario("- {scale: product.fan.sales, by: 2}", head=SOURCED.replace("Toy Office", "''")),
         name="scenario-source"),
    Case("unknown-column", OTHER, HEAD + 4, "changes.0.add.0.valeu", changes(
        "- add:\n    - key: product.e_2w.exports\n      value: 1\n      valeu: 1\n      unit: item/year\n"
        "      period: all\n      place: Toyland"), "'value'", name="scenario-row-column"),
    Case("bad-field", OTHER, HEAD + 2, "changes.0.add.0.value",
         changes("- add:\n    - {key: product.fan.magnet_mass, value: [1]}"), name="scenario-row-list"),
    Case("missing-unit", OTHER, HEAD + 2, "changes.0.add.0.unit", changes(
        "- add:\n    - {key: product.e_2w.exports, value: 1, period: all, place: Toyland}"), name="scenario-row-unit"),
]  # fmt: skip

SEEN, WORTH = "record.tonnes.CHN,2024", "record.dollars.CHN,FY2024-25"
FULL_CASES = [
    *(Case("bad-id", "tables/origins.csv", 4, "id", lambda pack, text=text: content(
        "tables/origins.csv", pack.text("origins") + f"{text},Elsewhere,\n")(pack), "three capital letters", name=text)
      for text in ("chn", "CH", "CHIN", "C1N")),
    Case("observed-draw-group", "tables/draw_groups.csv", 3, "pattern", lambda pack: content(
        "tables/draw_groups.csv", pack.text("draw_groups") + "trade,record.*,\n")(pack), "only what was observed"),
    Case("wrong-dimension", "tables/figures-chain.csv", "unit_value_floor.magnets", "unit",
         cell("figures-chain", "unit_value_floor.magnets", "unit", "INR/kg"), "USD/kg", name="floor-in-rupees"),
    Case("missing-figure", "tables/projects.csv", "big_plant", "id", lambda pack: (
        pack.cell("projects", "big_plant", "status", "announced"),
        pack.drop("figures-chain", "project.big_plant.capacity")), "project.big_plant.capacity", name="announced"),
    # tables of the chain, of trade and of claims
    *(Case("unknown-reference", f"tables/{table}.csv", start, column, cell(table, start, column, text), says,
           name=f"{table}-{column}")
      for table, start, column, text, says in (
          ("oxides", "Nd2O3", "element", "Ndd", "'Nd'"), ("materials", "alloy", "stage", "metals", "'metal'"),
          ("materials", "alloy", "balance", "Iron", "elements"), ("processes", "casting", "stage", "metals", "'metal'"),
          ("flows", "smelting_sand", "process", "smelt", "'smelting'"),
          ("flows", "smelting_in", "keys", "Nd Dyy", "'Dy'"),
          ("projects", "big_plant", "block", "shceme", "'scheme'"), ("projects", "old_plant", "place", "S", "'SO'"),
          ("projects", "old_plant", "ramp", "slow", "usual"), ("projects", "big_plant", "from_stage", "ore", "stages"),
          ("records", "world", "stage", "mine", "'mining'"), ("exposures", "magnets", "world", "wrld", "'world'"),
          ("exposures", "magnets", "imports", "tonnes dolars", "'dolars'"),
          ("exposures", "ores", "production", "world world2", "'world2'"),
          ("exposures", "ores", "unrated", "USA CHI", "'CHN'"),
          ("regions", "down", "places", "SOO", "'SO'"), ("plants", "smelter", "stage", "metals", "'metal'"),
          ("plants", "smelter", "ramp", "slow", "ramps"), ("uses", "smelter_casting", "plant", "smelters", "'smelter'"),
          ("uses", "smelter_casting", "process", "cast", "'casting'"),
          ("uses", "smelter_smelting", "counted", "oxide sandd", "'sand'"),
          ("offers", "chn_alloy", "origin", "CHI", "'CHN'"), ("offers", "chn_alloy", "material", "aloy", "'alloy'"),
          ("policies", "grant", "plant", "smelt", "'smelter'"), ("policies", "tariff", "origin", "CHI", "'CHN'"),
          ("policies", "grant", "block", "shceme", "'scheme'"),
          ("services", "testing", "stages", "metals", "'metal'"))),
    *(Case("unknown-choice", f"tables/{table}.csv", start, column, cell(table, start, column, text), says,
           name=f"{table}-{column}")
      for table, start, column, text, says in (
          ("stages", "metal", "way", "forward", "out, back"), ("materials", "alloy", "form", "element", "'elements'"),
          ("processes", "casting", "driven", "needs", "'need'"), ("flows", "smelting_in", "way", "makeup", "'make_up'"),
          ("projects", "big_plant", "status", "claim", "'claimed'"),
          ("records", "world", "kind", "import", "'imports'"),
          ("records", "tonnes", "measure", "tonnes", "mass, value, share"),
          ("records", "world", "complete", "partly", "yes, no"), ("exposures", "ores", "weight", "t", "mass, value"),
          ("claims", "most", "confidence", "sure", "estimate"),
          ("policies", "grant", "instrument", "subsidy", "'capital_subsidy'"))),
    *(Case("empty-cell", f"tables/{table}.csv", start, column, cell(table, start, column, ""), "Fill it in",
           name=f"{table}-{column}")
      for table, start, column in (
          ("stages", "metal", "counted"), ("materials", "alloy", "form"), ("projects", "big_plant", "ramp"),
          ("projects", "big_plant", "owner"), ("records", "world", "vintage"), ("records", "world", "complete"),
          ("exposures", "ores", "weight"), ("claims", "most", "said_by"), ("claims", "most", "definition"),
          ("claims", "most", "source"), ("claims", "most", "unit"), ("plants", "smelter", "stage"),
          ("uses", "smelter_casting", "process"), ("offers", "chn_alloy", "material"),
          ("policies", "grant", "instrument"), ("services", "testing", "stages"))),
    Case("bad-number", "tables/oxides.csv", "Dy2O3", "atoms", cell("oxides", "Dy2O3", "atoms", "two"), "Count"),
    Case("bad-number", "tables/oxides.csv", "Dy2O3", "oxygen", cell("oxides", "Dy2O3", "oxygen", "0"), name="oxygen"),
    Case("wrong-basis", "tables/records.csv", "tonnes", "basis", cell("records", "tonnes", "basis", ""),
         "gross, REO, element", name="record-without-basis"),
    Case("wrong-basis", "tables/records.csv", "dollars", "basis", cell("records", "dollars", "basis", "gross"),
         "Leave", name="money-with-basis"),
    Case("claim-without-bounds", "tables/claims.csv", "most", "low", cell("claims", "most", "low", ""), "measure"),
    Case("range-order", "tables/claims.csv", "most", "low", cell("claims", "most", "high", "0.8"), "Swap",
         name="claim-order"),
    Case("not-a-number", "tables/claims.csv", "most", "low", cell("claims", "most", "low", "90 %"), name="claim-bound"),
    Case("bad-period", "tables/claims.csv", "most", "period", cell("claims", "most", "period", "soon"),
         name="claim-period"),
    Case("unknown-unit", "tables/claims.csv", "most", "unit", cell("claims", "most", "unit", "shares"),
         name="claim-unit"),
    Case("missing-figure", "tables/projects.csv", "old_plant", "id", drop("figures-chain", "project.old_plant.capac"),
         "'project.old_plant.capacity'", name="project-without-capacity"),
    Case("shares-do-not-sum", CHAIN, "ore.monazite.share.Nd", "value",
         cell("figures-chain", "ore.monazite.share.Dy", "value", "20"), "1.1", name="ore"),
    # tables of the plan
    Case("hub-in-region", "tables/regions.csv", "down", "places", cell("regions", "down", "places", "SO port"),
         "made of states"),
    Case("state-in-two-regions", "tables/regions.csv", "down", "places", cell("regions", "down", "places", "SO NO"),
         "'NO' of the region 'up' stands in the region 'down'"),
    Case("state-in-two-regions", "tables/regions.csv", "down", "places", cell("regions", "down", "places", "SO SO"),
         "stands twice in the region 'down'", name="twice-in-one"),
    Case("state-without-region", "tables/regions.csv", 0, "places", lambda pack: content(
        "tables/places.csv", pack.text("places") + "EA,East,state,,0,72,Atlas,\n")(pack), "has the state 'EA'"),
    *(Case("policy-without-target", "tables/policies.csv", policy, column, cell("policies", policy, column, ""),
           f"works on a {column}", name=policy)
      for policy, column in (("grant", "plant"), ("bonus", "plant"), ("tariff", "material"), ("store", "material"))),
    *(Case("duplicate-name", f"tables/{table}.csv", start, "name", cell(table, start, "name", name), "'" + first + "'",
           name=f"name of {table}")
      for table, start, name, first in (("regions", "down", "upper", "up"), ("policies", "bonus", "Grant", "grant"))),
    Case("missing-figure", "tables/plants.csv", "smelter", "id", drop("figures-plan", "plant.smelter.lead"),
         "'plant.smelter.lead'", name="plant"),
    Case("missing-figure", "tables/offers.csv", "chn_alloy", "id", drop("figures-plan", "offer.chn_alloy.premium"),
         "'offer.chn_alloy.premium'", name="offer"),
    Case("missing-figure", "tables/regions.csv", "up", "id", drop("figures-plan", "region.up.makers"),
         "'region.up.makers'", name="region"),
    Case("shares-do-not-sum", PLAN, "region.up.makers", "value",
         cell("figures-plan", "region.up.makers", "value", "0.1"), "'region.*.makers' sum to 0.8", name="makers"),
    Case("shares-do-not-sum", PLAN, "process.smelting.region.up", "value",
         cell("figures-plan", "process.smelting.region.down", "value", "0.5"), "0.9", name="limit-by-region"),
    Case("unknown-plant", PLAN, "plant.smelt.lead", "key",
         cell("figures-plan", "plant.smelter.lead", "key", "plant.smelt.lead"), "'smelter'"),
    Case("unknown-region", PLAN, "region.left", "key",
         add("figures-plan", "region.left.tariff,2025,8,,,INR/kWh,,,INR,2025"), "no name of a region"),
    Case("wrong-dimension", PLAN, "plant.smelter.capital", "unit",
         cell("figures-plan", "plant.smelter.capital", "unit", "USD/t"), "USD*year/t", name="capital-without-year"),
    Case("wrong-dimension", PLAN, "product.turbine.going", "unit",
         cell("figures-plan", "product.turbine.going", "unit", "INR/item"), "INR/MW", name="value-of-an-item"),
    Case("currency-mismatch", PLAN, "plant.smelter.capital", "currency",
         cell("figures-plan", "plant.smelter.capital", "currency", "INR"), "Write the unit as INR*year/t",
         name="capital"),
    Case("plants-without-uses", "tables/plants.csv", 0, "id", lambda pack: without(pack, "uses"), "tables/uses.csv"),
    Case("above-maximum", PLAN, "plant.smelter.availability", "value",
         cell("figures-plan", "plant.smelter.availability", "value", "90"), "of 90 is above 1", name="availability"),
    Case("missing-price-year", PLAN, "freight.inland", "price_year",
         cell("figures-plan", "freight.inland", "price_year", ""), name="freight"),
    # what was observed
    Case("then-on-observed", TRADE, SEEN, "then", cell("series-trade", SEEN, "then", "linear"), "missing"),
    *(Case("bad-period", TRADE, "stability.CHN", "period", cell("series-trade", "stability.CHN", "period", text), says,
           name=f"observed {text}")
      for text, says in (("all", "belongs to one"), ("2019-2023", "belongs to one"), ("", "belongs to one"))),
    Case("duplicate-key", TRADE, 11, "key", add("series-trade", "stability.USA,2022,0.2,,,1,,,,"), "row 9",
         name="observed-twice"),
    Case("mixed-years", TRADE, 11, "period", add("series-trade", "stability.CHN,FY2024-25,-0.4,,,1,,,,"), "one kind",
         name="observed-mixed"),
    Case("mixed-years", TRADE, "record.dollars.CHN,2025", "period", cell("series-trade", WORTH, "period", "2025"),
         "in fiscal years", name="record-mixed"),
    Case("mixed-years", TRADE, SEEN.replace("2024", "FY2024-25"), "period",
         cell("series-trade", SEEN, "period", "FY2024-25"), "in calendar years", name="record-in-fiscal-years"),
    Case("unknown-record", TRADE, "record.tons.CHN", "key", cell("series-trade", SEEN, "key", "record.tons.CHN"),
         "Did you mean 'tonnes'?"),
    Case("unknown-origin", TRADE, "record.tonnes.CHI", "key", cell("series-trade", SEEN, "key", "record.tonnes.CHI"),
         "Did you mean 'CHN'?"),
    *(Case("wrong-dimension", TRADE, start, "unit", cell("series-trade", start, "unit", unit), says,
           name=f"{start[:12]} in {unit}")
      for start, unit, says in (
          (SEEN, "USD", "'t'"), (SEEN, "%", "'t'"), (SEEN, "t/year", "'t'"), (WORTH, "crore INR", "'USD'"),
          (WORTH, "EUR", "'USD'"), (WORTH, "t", "'USD'"), (WORTH, "USD/t", "'USD'"), (WORTH, "%", "'USD'"),
          ("record.world.CHN", "kt", "share"), ("record.world.CHN", "INR/USD", "share"))),
    *(Case("wrong-basis", TRADE, start, "basis", cell("series-trade", start, "basis", basis), says,
           name=f"{start[:12]} of {basis}")
      for start, basis, says in ((SEEN, "REO", "never mixed"), (SEEN, "", "missing"), (WORTH, "gross", "Leave"),
                                 ("record.world.CHN", "element", "'REO'"))),
    Case("above-maximum", TRADE, "record.world.CHN", "value", cell("series-trade", "record.world.CHN", "unit", "1"),
         "69", name="share-over-one"),
    Case("below-minimum", TRADE, SEEN, "low", cell("series-trade", SEEN, "low", "-1"), "-1 kt", name="record-below-0"),
    Case("money-out-of-place", TRADE, WORTH, "currency", cell("series-trade", WORTH, "currency", "USD"), "no",
         name="record-currency"),
    Case("missing-place", TRADE, SEEN, "place", cell("series-trade", SEEN, "place", ""), name="observed-place"),
    *(Case("observed-figure", OTHER, HEAD + 1, f"changes.0.{kind}", changes(f"- {{{kind}: {key}, {rest}}}"), "overlay",
           name=kind)
      for kind, key, rest in (
          ("set", "record.tonnes.CHN", "value: 5, unit: t"), ("scale", "'record.tonnes.U*'", "by: 2"),
          ("ramp", "stability.CHN", "by: 2, years: [2022, 2023], after: hold"))),
    Case("already-there", OTHER, HEAD + 2, "changes.0.add.0.key", changes(
        "- add:\n    - {key: stability.CHN, value: 0, unit: '1', period: 2024, place: China}"), "overlay",
        name="observed"),
]  # fmt: skip


def faults_of(folder: Path | str, scenario: str = "reference", overlays: tuple[Path | str, ...] = ()) -> Faults:
    with pytest.raises(PackError) as raised:
        load(folder, scenario, overlays)
    return raised.value.faults


def is_sentence(text: str) -> bool:
    return bool(re.match(r"[^\n]+", text)) and text.isprintable() and "Error" not in text and "  " not in text


@pytest.mark.parametrize(
    ("make", "case"),
    [
        pytest.param(make, case, id=f"{case.kind}{'-' + case.name if case.name else ''}")
        for make, cases in ((toy, CASES), (full, FULL_CASES))
        for case in cases
    ],
)
def test_one_fault_for_one_slip(make: Callable[[], Toy], case: Case, tmp_path: Path) -> None:
    pack = make()
    case.break_it(pack)
    found = faults_of(pack.write(tmp_path / "toy"), "other" if case.is_of_scenario else "reference")
    assert [fault.kind for fault in found] == [case.kind], "\n".join(map(str, found))
    fault = found[0]
    row = case.row
    if isinstance(row, str):
        row = pack.line(Path(case.file).stem, row)
    assert fault.file == case.file
    assert (fault.row, fault.column) == (row, case.column)
    assert case.says in f"{fault.what}. {fault.mend}"
    assert is_sentence(fault.what)
    assert not fault.what.endswith(".")
    assert is_sentence(fault.mend)
    assert fault.mend[0].isupper()
    assert fault.mend[-1] in ".?"


def test_the_table_tries_every_kind_the_pack_knows() -> None:
    import chumbak.pack

    documents = {"forms.py", "episodes.py", "firms.py", "backtests.py"}  # see test_episodes.py
    documents |= {"schemes.py", "scheme_values.py", "bids.py"}  # see test_schemes.py
    documents |= {"plant_projects.py", "auctions.py"}  # see test_plant_projects.py, test_auctions.py
    documents |= {"rule_figures.py"}  # see test_rule_figures.py
    documents |= {"trees.py", "superstructures.py"}  # see test_trees.py, test_superstructures.py
    files = [path for path in Path(chumbak.pack.__file__).parent.glob("*.py") if path.name not in documents]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    words = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    tried = {case.kind for case in [*CASES, *FULL_CASES]}
    of_packs = {"no-such-pack", "not-a-pack", "not-a-folder", "too-large"}  # below, as the next line
    elsewhere = of_packs | {"unknown-scenario", "too-many-faults", "too-many-changes"}
    of_new_packs = {"bad-pack-name", "pack-exists"}
    assert words - tried - elsewhere - of_new_packs - {"utf-8-sig"} == set()
    assert len(tried) >= 90


def test_faults_of_all_files_are_reported_together(tmp_path: Path) -> None:
    pack = toy()
    pack.settings(currency="Rupees")
    pack.cell("products", "fan", "sector", "home")
    pack.cell("figures-goods", MASS, "unit", "kilo")
    pack.cell("figures-goods", MASS, "source", "")
    pack.cell("figures-life", "product.fan.lifetime_mean", "value", "-12")
    pack.drop("series-sales", "product.turbine.sales")
    pack.scenario("- {scale: product.fan.sales, by: -1}")
    (tmp_path / "my.csv").write_text("key;value\n")
    found = faults_of(pack.write(tmp_path / "toy"), "other", (tmp_path / "my.csv", tmp_path / "none.csv"))
    assert {(fault.kind, fault.file) for fault in found} == {
        ("bad-setting", PACKAGE), ("unknown-reference", "tables/products.csv"), ("unknown-unit", GOODS),
        ("missing-source", GOODS), ("below-minimum", LIFE), ("bad-field", OTHER),
        ("wrong-separator", str(tmp_path / "my.csv")), ("file-missing", str(tmp_path / "none.csv")),
    }  # fmt: skip
    assert list(found) == sorted(found)
    pack.settings()
    found = faults_of(pack.write(tmp_path / "toy"), "other")
    assert ("missing-figure", "tables/products.csv") in {(fault.kind, fault.file) for fault in found}


def test_the_message_lists_every_fault_on_its_own_line(tmp_path: Path) -> None:
    pack = toy()
    pack.cell("figures-goods", MASS, "unit", "kilo")
    pack.cell("figures-life", "product.fan.lifetime_mean", "value", "-12\n-13")
    with pytest.raises(PackError) as raised:
        load(pack.write(tmp_path))
    lines = str(raised.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "tables/figures-goods.csv, row 2, column unit",
        "tables/figures-life.csv, row 3, column value",
    ]


CASCADES = {
    "series-row": (cell("series-sales", "product.e_2w.sales,2024", "value", "many"), ["not-a-number"]),
    "two-rows": (lambda pack: (pack.cell("series-sales", "product.e_2w.sales,2024", "value", "many"),
                               pack.cell("series-sales", "product.e_2w.sales,2025", "value", "few")),
                 ["not-a-number"] * 2),
    "share": (cell("figures-life", "product.e_2w.route.formal", "value", "few"), ["not-a-number"]),
    "share-of-misspelt-noun": (cell("figures-life", "product.e_2w.route.formal", "key", "product.e_2w.route.former"),
                               ["unknown-route"]),
    "rate": (cell("figures-money", "currency.USD.rate,2024", "value", "?"), ["to-be-filled"]),
    "index": (cell("figures-money", "calendar.price_index,2025", "value", "?"), ["to-be-filled"]),
    "fiscal-start": (cell("figures-money", "calendar.fiscal_start_month", "source", ""), ["missing-source"]),
    "noun-id": (cell("grades", "SH", "id", "S H"), ["bad-id"]),
    "noun-row": (replace("places", "NO,North,", "NO,North,x,"), ["ragged-row"]),
    "noun-unit": (cell("products", "turbine", "counted_in", "turbines"), ["unknown-choice"]),
    "names-to-fill": (lambda pack: [pack.cell("products", product, "name", "?") for product in ("fan", "turbine")],
                      ["to-be-filled"] * 2),
    "empty-names": (lambda pack: [pack.cell("routes", route, "name", "") for route in ("formal", "informal")],
                    ["empty-cell"] * 2),
    "noun-table": (content("tables/elements.csv", "nonsense"), ["wrong-header"]),
    "noun-table-empty": (content("tables/products.csv", "id,name,sector,counted_in,spread,note\n"), ["no-rows"]),
    "figure-table": (content(SALES, "\xff"), ["wrong-header"]),
    "ragged-figure": (replace("figures-goods", "kg/MW,gross", "kg/MW,,gross"), ["ragged-row"]),
    "ragged-and-short": (replace("series-sales", "product.e_2w.sales,2024,", "\nproduct.e_2w.sales,2024\n,"),
                         ["ragged-row"] * 2),
    "draw-group-of-a-lost-figure": (lambda pack: [pack.cell("figures-goods", f"product.{name}.magnet_mass", "unit", "")
                                                  for name in ("e_2w", "fan", "turbine")], ["missing-unit"] * 3),
    "parts": (cell("figures-goods", "item.board.content.Cu", "value", ""), ["missing-value"]),
}  # fmt: skip


FULL_CASCADES = {
    "record-measure": (cell("records", "dollars", "measure", "USD"), ["unknown-choice"]),
    "record-basis": (cell("records", "tonnes", "basis", "net"), ["unknown-choice"]),
    "record-years": (cell("records", "dollars", "years", "FY"), ["unknown-choice"]),
    "record-id": (cell("records", "tonnes", "id", "ton nes"), ["bad-id"]),
    "record-table": (content("tables/records.csv", "nonsense"), ["wrong-header"]),
    "origin-row": (replace("origins", "CHN,China,", "CHN,China"), ["ragged-row"]),
    "project-row": (cell("projects", "big_plant", "id", "big plant"), ["bad-id"]),
    "stage-table": (content("tables/stages.csv", "nonsense"), ["wrong-header"]),
    "observed-row": (cell("series-trade", "stability.CHN", "value", "low"), ["not-a-number"]),
    "fiscal-start": (cell("figures-money", "calendar.fiscal_start_month", "source", ""), ["missing-source"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("make", "slip"),
    [
        pytest.param(make, slip, id=f"{make.__name__}-{name}")
        for make, slips in ((toy, CASCADES), (full, FULL_CASCADES))
        for name, slip in slips.items()
    ],
)
def test_nothing_is_said_of_what_rests_on_a_fault(
    make: Callable[[], Toy], slip: tuple[Callable[[Toy], object], list[str]], tmp_path: Path
) -> None:
    pack = make()
    break_it, kinds = slip
    break_it(pack)
    found = faults_of(pack.write(tmp_path))
    assert sorted(fault.kind for fault in found) == sorted(kinds), "\n".join(map(str, found))


def test_a_change_of_a_faulty_figure_says_nothing_more(tmp_path: Path) -> None:
    pack = toy()
    pack.cell("figures-goods", MASS, "unit", "kilo")
    pack.scenario("""
        - {scale: product.e_2w.magnet_mass, by: 2}
        - {set: product.e_2w.route.formal, value: 0.3, unit: part}
    """)
    overlay = tmp_path / "my.csv"
    overlay.write_text("".join(f"{line}\n" for line in (*toy().text("series-sales").splitlines()[:1],
                       "product.e_2w.magnet_mass,2025,1,,,kg/item,gross,,,,Toyland,Toy,high,")))  # fmt: skip
    found = faults_of(pack.write(tmp_path / "toy"), "other", (overlay,))
    assert [(fault.kind, fault.file) for fault in found] == [("unknown-unit", OTHER), ("unknown-unit", GOODS)]


def test_a_wrong_column_in_every_row_is_told_for_every_row_in_order(tmp_path: Path) -> None:
    pack = toy()
    rows = len(FIGURES["figures-goods"])
    pack.files[GOODS] = pack.text("figures-goods").replace("Toy Office 2025", "")
    found = faults_of(pack.write(tmp_path))
    assert [(fault.kind, fault.row) for fault in found] == [("missing-source", row) for row in range(2, rows + 2)]


def test_rubbish_of_the_right_shape_stops_in_good_time(tmp_path: Path) -> None:
    pack = toy()
    pack.add("figures-goods", *(f"k{number},all,x,,,u,b,t,c,p" for number in range(20_000)))
    found = faults_of(pack.write(tmp_path))
    assert len(found) == 1001
    assert "too-many-faults" in {fault.kind for fault in found}


def test_a_scenario_of_rubbish_of_the_right_shape_stops_in_good_time(tmp_path: Path) -> None:
    pack = toy()
    pack.scenario("- {scale: x, by: 1}\n" * 5000)
    [fault] = faults_of(pack.write(tmp_path), "other")
    assert (fault.kind, fault.column) == ("too-many-changes", "changes")
    assert fault.what == "the scenario has 5000 changes"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("toylnd", "no-such-pack"), ("", "no-such-pack"), (".", "not-a-pack"),
        ("~nobody-of-this-name/x", "no-such-pack"), ("x" * 5000, "no-such-pack"), ("a\0b", "no-such-pack"),
        ("../../..", "not-a-pack"), ("a\nb", "no-such-pack"),
    ],
)  # fmt: skip
def test_what_is_no_pack(name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    [fault] = faults_of(name)
    assert fault.kind == kind
    assert len(fault.file) < 100
    assert fault.file.isprintable()


def test_a_file_is_no_pack(tmp_path: Path) -> None:
    [fault] = faults_of(toy().write(tmp_path) / PACKAGE)
    assert fault.kind == "not-a-folder"


def test_a_misspelt_pack_names_the_nearest(tmp_path: Path) -> None:
    [fault] = faults_of(Path("indai"))
    assert fault.mend == "Did you mean 'india'?"


NO_SCENARIOS = ["refrence", "../scenarios/reference", "", "reference.yaml", "a\0", "x" * 5000, "\ud800"]


@pytest.mark.parametrize("name", NO_SCENARIOS)
def test_what_is_no_scenario(name: str, tmp_path: Path) -> None:
    [fault] = faults_of(toy().write(tmp_path), name)
    assert fault.kind == "unknown-scenario"
    if name == "refrence":
        assert fault.mend == "Did you mean 'reference'?"


def test_a_pack_without_scenarios(tmp_path: Path) -> None:
    pack = toy()
    del pack.files["scenarios/reference.yaml"]
    [fault] = faults_of(pack.write(tmp_path))
    assert fault.kind == "unknown-scenario"


OVERLAYS = {
    "none.csv": "file-missing", ".": "not-a-file", "x" * 5000: "unreadable-file", "a\0b": "unreadable-file",
    "\ud800": "unreadable-file", "rubbish.csv": "wrong-header",
}  # fmt: skip


@pytest.mark.parametrize("name", OVERLAYS)
def test_what_is_no_overlay(name: str, tmp_path: Path) -> None:
    (tmp_path / "rubbish.csv").write_text("rubbish")
    [fault] = faults_of(toy().write(tmp_path / "toy"), overlays=(f"{tmp_path}/{name}",))
    assert fault.kind == OVERLAYS[name]


OVERLAY_ROWS = {
    "unknown-key": "product.e_2w.weight,all,1,,,kg/item,gross,,,",
    "series-gap": "product.fan.sales,2022,1,,,item/year,,,,\nproduct.fan.sales,2024,1,,,item/year,,,,",
    "years-outside": "product.fan.sales,2035,1,,,item/year,,,,",
    "lone-fiscal-year": "product.fan.sales,FY2024-25,1,,,item/year,,,,",
    "fixed-figure": "calendar.fiscal_start_month,all,1,,,1,,,,",
    "series-late-start": "product.turbine.exports,2024,1,,,MW/year,,hold,,",  # new to the pack: it has to cover all
    "year-on-a-number": "product.e_2w.lifetime_mean,2028,8,,,year,,,,",
    "shares-do-not-sum": "product.e_2w.route.formal,all,0.5,,,1,,,,",
    "wrong-rate": "currency.USD.rate,2024,1,,,EUR/USD,,,,",
}


@pytest.mark.parametrize("kind", OVERLAY_ROWS)
def test_a_fault_in_an_overlay(kind: str, tmp_path: Path) -> None:
    overlay = toy()
    overlay.files["tables/my.csv"] = overlay.text("figures-goods").splitlines()[0] + "\n"
    overlay.add("my", *OVERLAY_ROWS[kind].splitlines())
    overlay.write(tmp_path / "mine")
    path = tmp_path / "mine" / "tables" / "my.csv"
    [fault] = faults_of(toy().write(tmp_path / "toy"), overlays=(path,))
    assert (fault.kind, fault.file, fault.row) == (kind, str(path), 2)


def test_the_same_number_for_two_years_in_an_overlay(tmp_path: Path) -> None:
    overlay = tmp_path / "my.csv"
    rows = (f"product.fan.lifetime_mean,{year},9,,,year,,,,,Toyland,Toy,high,\n" for year in (2024, 2025))
    overlay.write_text("".join([f"{toy().text('figures-goods').splitlines()[0]}\n", *rows]))
    [fault] = faults_of(toy().write(tmp_path / "toy"), overlays=(overlay,))
    assert (fault.kind, fault.row) == ("duplicate-key", 3)
    assert "it is one number for all years, and the two rows say 2024 and 2025" in fault.what


def test_a_wrong_currency_in_a_scenario_names_its_unit_and_what_it_has_to_be(tmp_path: Path) -> None:
    pack = full()
    pack.scenario("- {set: plant.smelter.capital, value: 5, unit: INR*year/t}")
    [fault] = faults_of(pack.write(tmp_path), "other")
    assert (fault.kind, fault.column) == ("currency-mismatch", "changes.0.unit")
    assert fault.mend.startswith("Write the unit as USD*year/t")


@pytest.mark.parametrize("table", ["stages", "origins", "records", "materials", "processes", "projects", "ramps",
                                   "plants", "regions", "offers", "steps", "policies", "items"])  # fmt: skip
def test_a_table_that_is_not_there_is_told_once(table: str, tmp_path: Path) -> None:
    pack = full()
    without(pack, table)
    found = faults_of(pack.write(tmp_path))
    told = [fault for fault in found if f"no rows in a table {table}" in fault.what]
    assert len(told) == 1, "\n".join(map(str, found))
    assert f"List tables/{table}.csv in datapackage.json" in told[0].mend
    assert found == tuple(told)


def test_a_rate_that_is_not_there_is_told_once(tmp_path: Path) -> None:
    pack = toy()
    pack.drop("figures-money", "currency.USD.rate,2024")
    pack.drop("figures-money", "currency.USD.rate,2023")
    pack.add("figures-money", "price.dy_oxide,2024,300,,,USD/kg,gross,,USD,2024")
    [fault] = faults_of(pack.write(tmp_path))
    assert (fault.kind, fault.row) == ("missing-exchange-rate", pack.line("figures-money", "price.nd_oxide"))
    assert "to convert this price and 1 more" in fault.what


def test_a_rate_may_not_leave_a_gap(tmp_path: Path) -> None:
    overlay = tmp_path / "my.csv"
    header = toy().text("figures-goods").splitlines()[0]
    overlay.write_text(f"{header}\ncurrency.USD.rate,2028,90,,,INR/USD,,,,,Toyland,Toy,high,\n")
    [fault] = faults_of(toy().write(tmp_path / "toy"), overlays=(overlay,))
    assert (fault.kind, fault.row) == ("series-gap", 2)


def link(folder: Path, path: str, target: Path) -> None:
    (folder / path).unlink()
    (folder / path).symlink_to(target)


@pytest.mark.parametrize("path", [GOODS, "scenarios/reference.yaml"])
def test_links_out_of_the_pack_are_not_followed(path: str, tmp_path: Path) -> None:
    folder = toy().write(tmp_path / "toy")
    outside = tmp_path / "outside"
    outside.write_bytes((folder / path).read_bytes())
    link(folder, path, outside)
    assert {fault.kind for fault in faults_of(folder)} == {"path-outside-pack"}


def test_links_within_the_pack_are_followed(tmp_path: Path) -> None:
    folder = toy().write(tmp_path / "toy")
    (folder / GOODS).rename(folder / "goods.csv")
    (folder / GOODS).symlink_to(folder / "goods.csv")
    assert load(folder).array("magnet_mass").sel(product="fan", year=2025) == pytest.approx(1e-4)


@pytest.mark.parametrize(("path", "kind"), [(GOODS, "path-outside-pack"), ("scenarios/reference.yaml", None)])
def test_a_link_to_itself(path: str, kind: str | None, tmp_path: Path) -> None:
    folder = toy().write(tmp_path / "toy")
    link(folder, path, folder / path)
    found = faults_of(folder)
    assert len(found) == 1
    assert found[0].kind in (kind, "path-outside-pack", "unreadable-file")


@pytest.mark.parametrize("path", [GOODS, "scenarios/reference.yaml"])
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_no_file_where_a_file_should_be(path: str, make: Callable[[Path], object], tmp_path: Path) -> None:
    folder = toy().write(tmp_path / "toy")
    (folder / path).unlink()
    make(folder / path)
    [fault] = faults_of(folder)
    assert (fault.kind, fault.file) == ("not-a-file", path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = toy().write(tmp_path / "toy")
    read_bytes = Path.read_bytes

    def refuse(path: Path) -> bytes:  # root may read every file, so the refusal is played
        if path == folder / GOODS:
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    [fault] = faults_of(folder)
    assert (fault.kind, fault.file) == ("unreadable-file", GOODS)


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(tmp_path: Path) -> None:
    plain, pack = toy(), toy()
    for path, text in plain.files.items():
        assert isinstance(text, str)
        pack.files[path] = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    ours, theirs = load(pack.write(tmp_path / "a")), load(plain.write(tmp_path / "b"))
    assert ours.array("sales").equals(theirs.array("sales"))
    assert [figure.where for figure in ours.figures()] == [figure.where for figure in theirs.figures()]


def test_a_fault_after_a_cell_of_several_lines_names_the_line_of_the_file(tmp_path: Path) -> None:
    pack = toy()
    pack.cell("figures-goods", "product.fan.magnet_mass", "unit", "kilo")
    pack.cell("figures-goods", MASS, "note", "one\ntwo\nthree")
    [fault] = faults_of(pack.write(tmp_path))
    assert pack.text("figures-goods").splitlines()[fault.row - 1].startswith("product.fan.magnet_mass")


def test_nouns_whose_arrays_do_not_fit_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "MOST_NUMBERS", 70)
    with pytest.raises(PackError) as raised:
        load(toy().write(tmp_path))
    [fault] = raised.value.faults
    assert (fault.kind, fault.file) == ("too-large", PACKAGE)
    assert "'grade.{grade}.content.{element}' would be 80 numbers" in fault.what


def test_only_what_may_be_a_slip_is_suggested() -> None:
    assert did_you_mean("magnt", ["magnet", "oxide"]) == "Did you mean 'magnet'?"
    assert did_you_mean("CHI", ["CHN", "JPN"]) == "Did you mean 'CHN'?"
    assert did_you_mean("Nf", ["NdPr"]) == "Known: NdPr."
    assert did_you_mean("mine", ["mining", "metal"]) == "Did you mean 'mining'?"
    assert did_you_mean("iron", ["tin", "nickel"]) == "Known: tin, nickel."
