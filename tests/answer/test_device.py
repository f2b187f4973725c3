"""One device: grams, money and losses by hand, and what a reader is told when something is lacking."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from chumbak.answer.device import PARTS, device, oxide_factor
from chumbak.answer.model import compute
from chumbak.cli import app
from chumbak.pack import PackError, load
from chumbak.report.question_terminal import mass, show_device, two_figures
from tests.pack.toy import Toy, toy

FIGURES = [
    "metal.Cu.recovery_best,all,0.95,,,1,,,,",
    "price.Cu,2025,800,700,900,INR/kg,gross,,INR,2025",
    "price.Nd_oxide,2025,6000,,,INR/kg,gross,,INR,2025",
]
OXYGEN = [
    "element.Nd.molar_mass,all,144.242,,,g/mol,,,,",
    "element.O.molar_mass,all,15.999,,,g/mol,,,,",
]
FACTOR = 1 + 3 * 15.999 / (2 * 144.242)


def add_tables(made: Toy, **tables: str) -> None:
    """Add tables to the toy, or put others in their place."""
    listed = json.loads(str(made.files["datapackage.json"]))["resources"]
    names = {one["name"] for one in listed}
    for name, text in tables.items():
        made.files[f"tables/{name}.csv"] = text
    added = [{"name": name, "path": f"tables/{name}.csv"} for name in tables if name not in names]
    made.package(resources=[*listed, *added])


def priced_toy() -> Toy:
    """Return the toy with prices of copper and of neodymium oxide, and with oxygen."""
    made = toy()
    add_tables(made, oxides="id,element,atoms,oxygen\nNd2O3,Nd,2,3\n")
    made.replace("elements", "Cu,Copper,other metal\n", "Cu,Copper,other metal\nO,Oxygen,other\nAg,Silver,other\n")
    made.add("figures-goods", *FIGURES, *OXYGEN)
    return made


def add_works(made: Toy, **status: str) -> None:
    """Add projects of 10 t a year from 2026 on, in the port; the one called ``plant`` makes magnets."""
    stage = {name: "magnet" if name == "plant" else "recycling" for name in status}
    add_tables(
        made,
        stages="id,name,way,counted,note\nmagnet,Magnet,out,t of magnet,\nrecycling,Recycling,back,t of scrap,\n",
        materials="id,name,stage,form,balance,of,base,note\nscrap,Scrap,recycling,elements,Fe,,,\n",
        ramps="id,name,note\nquick,Quick,\n",
        blocks="id,name,scheme,note\nscheme,The scheme,,\n",
        projects="id,name,owner,stage,from_stage,takes,material,status,place,block,ramp,note\n"
        + "".join(f"{name},{name},A firm,{stage[name]},,,scrap,{status[name]},port,,quick,\n" for name in status),
    )
    made.add("figures-goods", "block.scheme.share,all,0.5,,,1,,,,")
    made.add("figures-goods", *(f"ramp.quick.{year}_year,all,1,,,1,,,," for year in ("first", "second", "third")))
    for name in status:
        made.add("figures-goods", f"project.{name}.capacity,2025,10,,,t/year,gross,,,")
        made.add("figures-goods", f"project.{name}.start,2025,2026,,,year,,,,")
        made.add(
            "figures-goods", *(f"project.{name}.{share},all,0.9,,,1,,,," for share in ("availability", "stays_home"))
        )


@pytest.fixture
def scooter(tmp_path: Path) -> xr.Dataset:
    """Return the toy's scooter: 600 g of magnet, a quarter N, three quarters SH; 50 g of copper in its board."""
    return device(load(priced_toy().write(tmp_path)), "e_2w").data


def of(data: xr.Dataset, name: str, part: str, element: str) -> float:
    return float(data[name].sel(part=part, element=element))


def test_grams_by_hand(scooter: xr.Dataset) -> None:
    assert of(scooter, "inside", "magnets", "Nd") == pytest.approx(600 * (0.25 * 0.30 + 0.75 * 0.27))
    assert of(scooter, "inside", "magnets", "Dy") == pytest.approx(600 * 0.75 * 0.04)
    assert of(scooter, "inside", "other parts", "Cu") == pytest.approx(50)
    assert float(scooter.inside.sel(part="magnets").sum()) == pytest.approx(600)
    assert list(scooter["element"].values) == ["Nd", "Dy", "Fe", "Cu"]
    assert scooter.inside.attrs["units"] == "g/item"


def test_the_mean_unit_has_fewer_magnets_and_the_same_board(scooter: xr.Dataset) -> None:
    assert float(scooter.expected.sel(part="magnets").sum()) == pytest.approx(0.9 * 600)
    assert of(scooter, "expected", "other parts", "Cu") == pytest.approx(50)


def test_money_by_hand(scooter: xr.Dataset) -> None:
    copper, neodymium = 50 * 0.8, 166.5 * FACTOR * 6
    assert float(scooter.worth.sel(element="Cu")) == pytest.approx(copper)
    assert float(scooter.worth.sel(element="Nd")) == pytest.approx(neodymium)
    assert np.isnan(scooter.price.sel(element="Fe"))
    assert float(scooter.worth_total) == pytest.approx(copper + neodymium)
    assert float(scooter.worth_low) < copper + neodymium < float(scooter.worth_high)
    assert float(scooter.worth_today) == pytest.approx(copper * 0.2 * 0.6 + neodymium * 0.2 * 0.1)
    assert float(scooter.worth_best) == pytest.approx(copper * 0.95 + neodymium * 0.9)
    assert scooter.worth.attrs["units"] == "INR (2025)/item"
    assert float(scooter.reference_rate) == 85


def test_recovered_and_lost_are_what_is_inside(scooter: xr.Dataset) -> None:
    assert of(scooter, "recovered_today", "magnets", "Dy") == pytest.approx(18 * 0.2 * 0.1)
    assert of(scooter, "recovered_today", "other parts", "Cu") == pytest.approx(50 * 0.2 * 0.6)
    assert of(scooter, "recovered_best", "other parts", "Cu") == pytest.approx(50 * 0.95)
    xr.testing.assert_allclose(scooter.recovered_today + scooter.lost_today, scooter.inside)
    assert bool((scooter.recovered_best <= scooter.inside + 1e-12).all())


def test_a_metal_without_a_figure_is_not_known_and_not_nothing(tmp_path: Path) -> None:
    made = priced_toy()
    made.add("figures-goods", "item.board.content.Ag,all,2,,,g/item,element,,,")
    found = device(load(made.write(tmp_path)), "e_2w").data
    assert np.isnan(of(found, "recovered_today", "other parts", "Ag"))
    assert np.isnan(of(found, "lost_today", "other parts", "Ag"))
    assert of(found, "recovered_today", "magnets", "Ag") == 0
    assert "not known: Ag" in found.attrs["notes"]
    assert "not in the worth: Dy, Fe, Ag" in found.attrs["notes"]


def test_ranges_are_those_of_the_figures(scooter: xr.Dataset) -> None:
    """The magnet has a range of 300 to 1200 g, the board none: nothing is drawn there."""
    assert float(scooter.magnet_low) == pytest.approx(300, rel=0.06)
    assert float(scooter.magnet_high) == pytest.approx(1200, rel=0.06)
    low, high = (of(scooter, f"inside_{end}", "magnets", "Nd") for end in ("low", "high"))
    assert low < 166.5 < high
    assert np.isnan(of(scooter, "inside_low", "other parts", "Cu"))


def test_the_vintage_is_the_one_that_leaves_now(tmp_path: Path) -> None:
    made = priced_toy()
    made.replace("figures-life", "product.e_2w.lifetime_mean,all,9,6,13", "product.e_2w.lifetime_mean,all,3.4,3,4")
    pack = load(made.write(tmp_path))
    assert device(pack, "e_2w").data.attrs["sold"] == 2025 - 3
    assert device(pack, "e_2w", year=2028).data.attrs["sold"] == 2025
    assert device(pack, "e_2w", year=2028, sold=2027).data.attrs["sold"] == 2027
    with pytest.raises(PackError, match="2050 lies outside"):
        device(pack, "e_2w", year=2050)


def test_a_year_without_magnets_has_none(tmp_path: Path) -> None:
    """The toy's fans have no rare-earth magnets in 2020, and nothing else is known of them."""
    found = device(load(priced_toy().write(tmp_path)), "fan", sold=2020).data
    assert float(found.magnet) == 0
    assert found.sizes["element"] == 0
    assert "has rare-earth magnets" in found.attrs["notes"]


def test_in_a_state(tmp_path: Path) -> None:
    """Units and tonnes of a state are its share of the country's; a hub stands for its state."""
    made = priced_toy()
    add_works(made, works="announced", plant="announced")
    pack = load(made.write(tmp_path))
    here, whole = device(pack, "e_2w", place="Port", year=2028).data, compute(pack).sel(year=2028)
    assert here.attrs["state"] == "SO"
    assert float(here.units_here) == pytest.approx(0.6 * float(whole.goods_end_of_life.sel(product="e_2w")))
    assert float(here.magnets_here) == pytest.approx(0.6 * float(whole.end_of_life.sel(product="e_2w")))
    held = here.elements_here.sum("element_here")
    assert float(held.sel(part="magnets")) == pytest.approx(float(here.magnets_here))
    assert float(held.sel(part="other parts")) == pytest.approx(float(here.units_here) * 50e-6)
    assert list(here["hub"].values) == ["port"]
    assert list(here["project"].values) == ["works"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fna",), "Did you mean 'fan' (Ceiling fan)"),
        (("zzz",), "There are: e_2w, fan, turbine"),
        (("wind",), "'turbine' (Wind turbine)"),
        (("fan", "sorth"), "'NO' (North)"),
    ],
)
def test_names_that_are_not_there(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(PackError) as raised:
        device(load(priced_toy().write(tmp_path)), *words)
    assert said in str(raised.value)


def test_names_are_ids_or_names_in_any_case(tmp_path: Path) -> None:
    found = device(load(priced_toy().write(tmp_path)), "Ceiling FAN", place="north").data
    assert (found.attrs["product"], found.attrs["state"]) == ("fan", "NO")


def test_a_price_of_oxide_needs_molar_masses(tmp_path: Path) -> None:
    made = priced_toy()
    made.drop("figures-goods", "element.O.molar_mass")
    pack = load(made.write(tmp_path))
    with pytest.raises(PackError, match=r"lacks the figure 'element\.O\.molar_mass'"):
        device(pack, "e_2w")


def test_oxide_factor(tmp_path: Path) -> None:
    pack = load(priced_toy().write(tmp_path))
    assert oxide_factor(pack, "Nd") == pytest.approx(1.16638, abs=1e-5)
    with pytest.raises(PackError, match="a row of the table oxides for Dy"):
        oxide_factor(pack, "Dy")


def test_figures_are_those_used(tmp_path: Path) -> None:
    finding = device(load(priced_toy().write(tmp_path)), "fan", sold=2025)
    keys = {figure.key for figure in finding.figures}
    assert "product.fan.magnet_mass" in keys
    assert "grade.N.content.Nd" in keys
    assert "price.Nd_oxide" in keys
    assert "element.O.molar_mass" in keys
    assert not any("e_2w" in key or "SH" in key or key == "price.Cu" for key in keys)


def test_every_variable_says_its_unit(scooter: xr.Dataset) -> None:
    assert list(scooter["part"].values) == list(PARTS)
    assert all({"units", "long_name"} <= set(variable.attrs) for variable in scooter.data_vars.values())


@pytest.mark.parametrize(
    ("grams", "said"),
    [(0.0, "0"), (3.4e-5, "34 µg"), (0.034, "34 mg"), (1.26, "1.3 g"), (33_000.0, "33 kg"), (2.5e6, "2.5 t")],
)
def test_masses_are_said_as_a_person_would_weigh_them(grams: float, said: str) -> None:
    assert mass(grams) == said
    assert mass(float("nan")) == "not known"


def test_numbers_bear_two_figures() -> None:
    assert [two_figures(number) for number in (0, 0.004, 0.0446, 5.46, 46.6, 8123.0)] == [
        "0", "under 0.01", "0.045", "5.5", "47", "8,100",
    ]  # fmt: skip


def test_what_a_citizen_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    pack = load(priced_toy().write(tmp_path))
    show_device(device(pack, "e_2w", place="SO", year=2028), pack)
    told = capsys.readouterr().out
    assert "One Electric two-wheeler sold in 2020" in told
    assert "Of 100 sold that year 90 have such magnets" in told
    assert "20 to: Formal recycler; 80 to: Informal trade" in told
    assert "INR 1,200 (USD 14)" in told  # 40 of copper and 1,165 of neodymium, at 85 rupees to the dollar
    assert "South, 2028" in told
    assert "hub: Port" in told
    assert "No project of the way back there is in the pack." in told
    show_device(device(pack, "turbine"), pack)
    assert "One MW of Wind turbine" in capsys.readouterr().out
    show_device(device(pack, "fan"), pack)
    assert "Its rare-earth magnets weigh 0." in capsys.readouterr().out


def test_the_year_of_sale_may_be_said() -> None:
    done = CliRunner().invoke(app, ["device", "smartphone", "--sold", "2018", "--json"])
    assert json.loads(done.stdout)["sold"] == 2018
    told = CliRunner().invoke(app, ["device", "smartphone", "--sold", "2018"]).stdout
    assert "sold in 2018 (mean life" in told
    for year, said in (
        ("2030", "a unit sold in 2030 cannot have been given up in 2025"),
        ("1200", "--sold: 1200 lies outside"),
    ):
        done = CliRunner().invoke(app, ["device", "smartphone", "--sold", year])
        assert done.exit_code == 2
        assert said in done.output
