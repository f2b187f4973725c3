"""A plant's file: what it may say, what the engine gets of it, and every way to say it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.answer.plant_support import project_of
from chumbak.pack import Pack, PackError, load
from chumbak.pack.plant_projects import PlantProjectFile, list_projects, read_plant_project, read_project
from chumbak.scheme.cashflow import play
from chumbak.scheme.draws import sample
from chumbak.scheme.finance import spread
from chumbak.scheme.support import scheme_support
from tests.pack.test_episodes import reads_well
from tests.pack.toy import full
from tests.pack.written import changed
from tests.scheme.plants import terms

PLANT = """\
name: maker
title: A maker of magnets
award: 2027
capacity: {value: 0.6, unit: kt/year}
build: [0.4, {value: 60, unit: "%"}]
life: 20
capital: {value: 80, low: 50, high: 110, unit: lakh Rs*year/t}
ramp: [0.3, {value: 0.6, low: 0.4, high: 0.8}]
good: [0.75]
availability: 0.9
market:
  name: NdPr oxide
  price: {value: 6000, unit: INR/kg}
  year: 2025
  level: {value: 6.5, unit: million INR/t}
  half_life: {value: 24, unit: month}
  volatility: 0.4
sale: {margin: {value: 2000, low: 1500, high: 3000, unit: INR/kg}, pass_through: 0.4}
input: {use: {value: 0.4, low: 0.37, high: 0.47}}
conversion: {value: 1300, unit: INR/kg}
power: {value: 20, unit: kWh/kg}
tariff: {value: 8, unit: INR/kWh}
labour: {value: 6, unit: crore INR/year}
fixed: {value: 3, unit: "%/year"}
duty: 0.089
days: {buyers: 60, stock: {value: 8, unit: week}}
tax: {rate: 0.25, method: written down, depreciation: 0.15, loss_years: 8}
debt: {share: 0.4, rate: 0.09, tenor: 8, grace: 1}
money: {inflation: 0.04, discount: 0.11, equity: 0.137}
asks: {bid: {value: 2150, unit: INR/kg}, award: {value: 600, unit: t/year}}
"""
RECYCLER = PLANT.replace("good: [0.75]\n", "").replace(
    "sale: {margin: {value: 2000, low: 1500, high: 3000, unit: INR/kg}, pass_through: 0.4}\n"
    "input: {use: {value: 0.4, low: 0.37, high: 0.47}}\n",
    "metals:\n"
    "  NdPr: {content: 0.35, recovery: {value: 0.95, low: 0.9, high: 0.98}}\n"
    "  Dy: {content: 0.01, recovery: 0.9, price: {value: 20000, unit: INR/kg}, paid: 0.8}\n"
    "certificates: {price: {value: 22, unit: INR/kg}, certified: 0.6}\n"
    "input: {link: 0.27}\n",
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(full().write(tmp_path_factory.mktemp("toy")))


def read(tmp_path: Path, pack: Pack, text: str) -> PlantProjectFile:
    (tmp_path / "plant.yaml").write_text(text)
    return read_plant_project(tmp_path / "plant.yaml", pack)


def test_the_engine_gets_the_numbers_in_its_units(tmp_path: Path, pack: Pack) -> None:
    file = read(tmp_path, pack, PLANT)
    plant = project_of(file)
    assert (plant.capacity, plant.capital, plant.labour, plant.fixed) == pytest.approx((600, 8e6, 6e7, 0.03))
    assert plant.build == pytest.approx((0.4, 0.6))
    assert (plant.market.level, plant.market.half_life) == pytest.approx((6500, 2))
    assert (plant.days.buyers, plant.days.stock, plant.days.cash) == pytest.approx((60, 56, 0))
    assert plant.ranges["capital"] == pytest.approx((5e6, 1.1e7))
    assert plant.ranges["ramp"] == ((0.3, 0.4), (0.3, 0.8))
    assert set(plant.ranges) == {"capital", "margin", "input_use", "ramp"}
    assert (plant.price_year, plant.money.dollar) == (pack.price_year, 85)
    assert (plant.debt.tenor, plant.tax.loss_years, plant.tax.method) == (8, 8, "written down")
    assert file.asks() == {"bid": 2150, "award": 600}
    assert (file.metals(), file.certificates(), file.is_recycler) == ((), None, False)


def test_a_recycler_earns_by_its_metals(tmp_path: Path, pack: Pack) -> None:
    plant = project_of(read(tmp_path, pack, RECYCLER))
    assert plant.margin == pytest.approx(0.01 * 0.9 * 20000 * 0.8 + 22 * 0.6)
    assert plant.pass_through == pytest.approx(0.35 * 0.95)
    assert plant.ranges["pass_through"] == pytest.approx((0.35 * 0.9, 0.35 * 0.98))
    assert (plant.input_use, plant.input_link, plant.input_base) == (1, 0.27, 0)


def test_what_may_be_left_out(tmp_path: Path, pack: Pack) -> None:
    kept = PLANT
    for name in (
        "ramp",
        "good",
        "availability",
        "power",
        "tariff",
        "labour",
        "fixed",
        "duty",
        "days",
        "tax",
        "debt",
        "asks",
    ):
        kept = "".join(line for line in kept.splitlines(keepends=True) if not line.startswith(f"{name}:"))
    file = read(tmp_path, pack, kept)
    flows = play(project_of(file))
    assert flows.tax.sum() == 0
    assert flows.loan.sum() == 0
    assert file.asks() == {}


# old text, new text, kind, field, what fault or mend says
FAULTS = [
    ("name: maker", "name: my maker", "bad-name", "name", "letters"),
    ("award: 2027", "award: soon", "bad-field", "award", "whole number"),
    ("award: 2027", "award: 27", "bad-field", "award", "too small"),
    ("life: 20", "life: 0", "bad-field", "life", "too small"),
    ("life: 20", "lief: 20", "", "", ""),
    ("build: [0.4,", "build: [0.5,", "shares-do-not-sum", "build", "1.1"),
    ("build: [0.4, {value: 60, unit: \"%\"}]", "build: []", "bad-field", "build", "empty"),
    ("unit: kt/year", "unit: kt", "bad-unit", "capacity", "'t/year'"),
    ("value: 0.6, unit: kt/year", "value: 0, unit: kt/year", "out-of-bounds", "capacity", "t/year"),
    ("unit: lakh Rs*year/t", "unit: USD*year/t", "bad-unit", "capital", "'INR*year/t'"),
    ("low: 50, ", "", "half-range", "capital", "low and high"),
    ("value: 8, unit: INR/kWh", "value: 8", "bad-unit", "tariff", "missing"),
    ("tariff: {value: 8, unit: INR/kWh}\n", "", "missing-field", "power", "Add 'tariff:'"),
    ("good: [0.75]", "good: [0]", "out-of-bounds", "good.0", "0.01"),
    ("ramp: [0.3,", "ramp: [1.3,", "out-of-bounds", "ramp.0", "0 to 1"),
    ("year: 2025", "year: 1066", "bad-field", "market.year", "too small"),
    ("price: {value: 6000,", "price: {value: 0,", "out-of-bounds", "market", "above 0"),
    ("volatility: 0.4", "volatility: 0.4\n  colour: red", "unknown-field", "market.colour", "not known"),
    ("volatility: 0.4", "volatility: {value: 0.4, low: 0.3, high: 0.5}", "not-drawn", "market.volatility", "away"),
    ("duty: 0.089", "duty: {value: 0.089, low: 0, high: 0.1}", "not-drawn", "duty", "not drawn"),
    ("input: {use: {value: 0.4, low: 0.37, high: 0.47}}", "input: {link: 1}", "missing-field", "input", "Add 'use:'"),
    ("sale: {margin: {value: 2000, low: 1500, high: 3000, unit: INR/kg}, pass_through: 0.4}\n", "", "missing-field",
     "", "'sale' for a plant"),
    ("method: written down", "method: halves", "bad-field", "tax.method", "'written down' or 'straight line'"),
    ("loss_years: 8", "loss_years: 8, subsidy_lowers_base: 1", "bad-field", "tax.subsidy_lowers_base", "true nor"),
    ("depreciation: 0.15, ", "", "missing-field", "tax", "Add 'depreciation:'"),
    (", loss_years: 8", "", "missing-field", "tax.loss_years", "loss_years"),
    ("tenor: 8", "tenor: 20", "too-many-years", "debt", "Shorten"),
    ("equity: 0.137", "equity: 13.7", "out-of-bounds", "money.equity", "1/year"),
    (", award: {value: 600, unit: t/year}", "", "missing-field", "asks", "Give both"),
    ("asks: {", "asks: {assured_price: {value: 5, unit: INR/kg}, ", "missing-field", "asks", "Add 'assured:'"),
    ("title: A", "certificates: {price: {value: 1, unit: INR/kg}, certified: 1}\ntitle: A", "unused-field",
     "certificates", "of a recycler"),
    ("title: A", "price_year: 2040\ntitle: A", "missing-exchange-rate", "money", "Add 'dollar:'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind", "column", "says"), FAULTS, ids=[f"{n}" for n in range(len(FAULTS))])
def test_a_fault_says_what_where_and_how_to_mend(
    tmp_path: Path, pack: Pack, old: str, new: str, kind: str, column: str, says: str
) -> None:
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, changed(PLANT, old, new))
    faults = error.value.faults
    assert all(fault.file == str(tmp_path / "plant.yaml") and reads_well(fault) for fault in faults)
    if kind:
        (fault,) = faults
        assert (fault.kind, fault.column) == (kind, column)
        assert fault.row > 0
        assert says in fault.what + fault.mend


RECYCLER_FAULTS = [
    ("input: {link: 0.27}", "input: {use: 1}", "unused-field", "input.use"),
    ("recovery: 0.9,", "recovery: 90,", "out-of-bounds", "metals.Dy.recovery"),
    ("content: 0.35", "content: {value: 0.35, low: 0.3, high: 0.4}", "not-drawn", "metals.NdPr.content"),
    ("ramp:", "good: [0.9]\nramp:", "unused-field", "good"),
    ("certificates:", "sale: {margin: 0, pass_through: 1}\ncertificates:", "missing-field", ""),
]


@pytest.mark.parametrize(("old", "new", "kind", "column"), RECYCLER_FAULTS)
def test_a_fault_of_a_recycler(tmp_path: Path, pack: Pack, old: str, new: str, kind: str, column: str) -> None:
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, changed(RECYCLER, old, new))
    (fault,) = error.value.faults
    assert (fault.kind, fault.column) == (kind, column)
    assert reads_well(fault)


def test_all_faults_are_said_at_once(tmp_path: Path, pack: Pack) -> None:
    text = changed(changed(PLANT, "award: 2027", "award: x"), "unit: kt/year", "unit: kt/yaer")
    with pytest.raises(PackError) as error:
        read(tmp_path, pack, changed(text, "title: A maker of magnets\n", ""))
    assert sorted(fault.kind for fault in error.value.faults) == ["bad-field", "bad-unit", "missing-field"]


@pytest.mark.parametrize("name", ["magnets", "recycler"])
def test_the_plants_of_the_pack_say_that_they_are_invented_and_play(india_pack: Pack, name: str) -> None:
    path = india_pack.path / "projects" / f"{name}.yaml"
    assert "invented" in path.read_text(encoding="utf-8").splitlines()[0]
    file = read_project(india_pack, name)
    assert file.form == read_plant_project(path, india_pack).form
    assert "Invented" in file.form.title
    assert file.is_recycler == (name == "recycler")
    plant, asks = project_of(file), file.asks()
    given = scheme_support(terms(), asks.get("bid", 0.0), asks.get("award", 600.0))
    found = spread(plant, given, sample(plant, 200, seed=1))
    assert 0 < float(found["loss"]) < 1
    assert set(found["driver"].values) > {"capital", "market price"}


def test_a_plant_of_the_pack_says_who_said_each_number_and_one_of_your_own_need_not(tmp_path: Path) -> None:
    pack = load(full().write(tmp_path / "toy"))
    (pack.path / "projects").mkdir()
    path = pack.path / "projects" / "maker.yaml"
    path.write_text(PLANT, encoding="utf-8")
    assert list_projects(pack) == ["maker"]
    read_plant_project(path, pack)
    with pytest.raises(PackError) as error:
        read_project(pack, "maker")
    assert {fault.kind for fault in error.value.faults} == {"unknown-confidence", "missing-source"}
    with pytest.raises(PackError, match="there is no project 'makre'"):
        read_project(pack, "makre")
    path.write_text(f"source: Toy Office\nconfidence: high\n{PLANT}", encoding="utf-8")
    assert read_project(pack, "maker").shown == "projects/maker.yaml"
