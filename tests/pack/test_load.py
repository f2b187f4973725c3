"""Loading: units, money, fiscal years, knots and overlays come out as the arrays they should be."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.pack import Pack, list_packs, list_scenarios, load
from chumbak.pack.arrays import inputs
from chumbak.pack.pack import packs_folder
from chumbak.pack.schema import attributes
from chumbak.pack.units import CURRENCIES, factor, parsed
from tests.pack.toy import HEADER, PROVENANCE, Toy, toy

STOCKS = ("demand", "urban_mine", "other_metals")
STOCK_ATTRIBUTES = [name for name, attribute in attributes().items() if attribute.engine in STOCKS]
ENGINE_ATTRIBUTES = [name for name, attribute in attributes().items() if attribute.engine != "pack"]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(toy().write(tmp_path_factory.mktemp("toy")))


def changed(tmp_path: Path, change: Callable[[Toy], object]) -> Pack:
    pack = toy()
    change(pack)
    return load(pack.write(tmp_path / "toy"))


def over(tmp_path: Path, *lines: str, base: Toy | None = None) -> Pack:
    """Load the toy with an overlay of these rows."""
    overlay = tmp_path / "overlay.csv"
    overlay.write_text("\n".join([HEADER, *(f"{line},{PROVENANCE}" for line in lines)]))
    return load((base or toy()).write(tmp_path / "toy"), overlays=[overlay])


def series(pack: Pack, key: str) -> list[float]:
    return pack.entries[key].at(pack.years).tolist()


# units


def test_numbers_are_in_canonical_units(loaded: Pack) -> None:
    mass = loaded.array("magnet_mass").sel(year=2025)
    assert mass.sel(product=["e_2w", "fan", "turbine"]).values == pytest.approx([0.6e-3, 0.1e-3, 0.6])
    assert loaded.array("penetration").sel(product="e_2w", year=2020) == pytest.approx(0.9)
    assert loaded.array("sales").sel(product="turbine", year=2020) == pytest.approx(2000)
    assert loaded.array("item_content").sel(item="board", metal="Cu") == pytest.approx(50e-6)
    assert loaded.entries["product.turbine.magnet_mass"].unit == "t/MW"
    assert loaded.entries["product.fan.magnet_mass"].unit == "t/item"


def test_ranges_are_converted_with_their_value(loaded: Pack) -> None:
    entry = loaded.entries["product.e_2w.magnet_mass"]
    assert (float(entry.low), float(entry.high)) == pytest.approx((0.3e-3, 1.2e-3))
    assert entry.has_range
    assert not loaded.entries["product.fan.lifetime_mean"].has_range


@pytest.mark.parametrize(
    ("unit", "wanted", "ratio"),
    [
        ("kg/item", "t/item", 1e-3), ("g/unit", "t/item", 1e-6), ("mg/item", "t/item", 1e-9), ("wt%", "1", 0.01),
        ("%", "1", 0.01), ("lakh item/year", "item/year", 1e5), ("million vehicles/year", "item/year", 1e6),
        ("kt", "t", 1000), ("Mt", "t", 1e6), ("tonnes", "t", 1), ("kg/t", "1", 1e-3), ("GW/yr", "MW/year", 1000),
        ("crore Rs/t", "INR/t", 1e7), ("₹/kg", "INR/t", 1000), ("fraction", "1", 1), ("item/month", "item/year", 12),
        ("kg * item^-1", "t/item", 1e-3), ("µg/item", "t/item", 1e-12),
    ],
)  # fmt: skip
def test_units_of_the_field_are_read(unit: str, wanted: str, ratio: float) -> None:
    assert factor(unit, wanted) == pytest.approx(ratio, rel=1e-12)


def test_no_currency_is_taken_for_another_unit() -> None:
    assert len(set(CURRENCIES)) == len(CURRENCIES)
    assert {parsed(currency).dimensionality for currency in CURRENCIES} == {parsed("INR").dimensionality}


def test_what_was_written_is_kept_beside_what_is_used(loaded: Pack) -> None:
    [figure] = loaded.entries["product.e_2w.magnet_mass"].figures
    assert (figure.given, figure.value, figure.unit) == ("0.6 kg/item all", pytest.approx(0.6e-3), "t/item")
    assert (figure.place, figure.source, figure.confidence) == ("Toyland", "Toy Office 2025", "high")
    assert figure.where == ("tables/figures-goods.csv", 2)
    assert figure.basis == "gross"


def test_figures_are_given_by_attribute(loaded: Pack) -> None:
    keys = {figure.key for figure in loaded.figures(["sales"])}
    assert keys == {"product.e_2w.sales", "product.fan.sales", "product.turbine.sales"}
    assert len(loaded.figures()) == sum(text.count(PROVENANCE) for text in map(str, toy().files.values()))


# money


def test_prices_come_to_the_packs_currency_and_year(loaded: Pack) -> None:
    entry = loaded.entries["price.nd_oxide"]
    assert float(entry.value) == pytest.approx(70 * 1000 * 82 * 121 / 110)
    assert (float(entry.low), float(entry.high)) == pytest.approx((60e3 * 82 * 1.1, 80e3 * 82 * 1.1))
    assert entry.unit == "INR (2025)/t"
    assert (entry.figures[0].value, entry.figures[0].unit) == (70_000, "USD (2024)/t")
    assert loaded.array("price").attrs["units"] == "INR (2025)/t"


def test_a_price_in_the_packs_own_money_is_left_as_it_is(loaded: Pack) -> None:
    assert float(loaded.entries["price.scrap"].value) == pytest.approx(150_000)


def test_a_rate_says_its_currencies(loaded: Pack) -> None:
    assert loaded.entries["currency.USD.rate"].unit == "INR/USD"


def test_any_currency_can_be_the_packs(tmp_path: Path) -> None:
    pack = toy()
    pack.settings(currency="CLP")
    pack.files["tables/figures-money.csv"] = pack.text("figures-money").replace("INR", "CLP")
    assert load(pack.write(tmp_path)).entries["price.scrap"].unit == "CLP (2025)/t"


# years


def test_fiscal_years_are_split_by_months(loaded: Pack) -> None:
    assert series(loaded, "product.fan.sales")[:4] == pytest.approx(
        [3 / 12 * 1200 + 9 / 12 * 2400, 3 / 12 * 2400 + 9 / 12 * 3600, 3600, 3600]
    )


@pytest.mark.parametrize(("month", "begun"), [(1, 1), (2, 11 / 12), (7, 6 / 12), (12, 1 / 12)])
def test_fiscal_years_may_start_in_any_month(month: int, begun: float, tmp_path: Path) -> None:
    pack = changed(tmp_path, lambda it: it.cell("figures-money", "calendar.fiscal_start_month", "value", str(month)))
    assert series(pack, "product.fan.sales")[0] == pytest.approx((1 - begun) * 1200 + begun * 2400)


def test_knots_go_on_as_they_say(loaded: Pack) -> None:
    sales = series(loaded, "product.e_2w.sales")
    assert sales[:5] == pytest.approx([1000, 2000, 3000, 4000, 5000])  # linear
    assert sales[5:] == pytest.approx([6000, 12000, 24000, 48000, 96000])  # geometric
    assert series(loaded, "product.turbine.sales") == pytest.approx([2000] * 10)  # hold
    assert series(loaded, "product.fan.penetration") == pytest.approx(np.linspace(0, 0.9, 10))


def test_ranges_go_on_like_their_values(loaded: Pack) -> None:
    entry = loaded.entries["product.e_2w.sales"]
    assert entry.low[:5] == pytest.approx(np.linspace(800, 4000, 5))
    assert entry.low[5:] == pytest.approx(5000 * 10 ** (np.arange(5) / 4))
    assert entry.high[5:] == pytest.approx(7000 * 16 ** (np.arange(5) / 4))


def test_a_geometric_range_that_touches_zero_stays_around_its_value(tmp_path: Path) -> None:
    """A straight line for the low end would run above a value that grows geometrically."""
    made = toy()
    made.cell("series-sales", "product.e_2w.sales,2025", "low", "0")
    made.cell("series-sales", "product.e_2w.sales,2029", "low", "90000")
    pack = load(made.write(tmp_path))
    entry = pack.entries["product.e_2w.sales"]
    assert (entry.low <= entry.value).all()
    assert entry.low[5] == 0
    assert entry.low[7] == pytest.approx(24000 * 0.5 * 90 / 96)
    assert entry.low[9] == pytest.approx(90000)


# value, and low and high as parts of it
KNOTS = st.tuples(st.floats(1e-3, 1e6), st.just(0.0) | st.floats(1e-3, 1), st.floats(1, 5))


@given(
    knots=st.lists(
        st.tuples(st.floats(1e-3, 1e6), st.just(0.0) | st.floats(1e-3, 1), st.floats(1, 5)), min_size=2, max_size=2
    ),
    then=st.sampled_from(["linear", "geometric", "hold"]),
)
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_a_range_always_holds_its_value(
    knots: list[tuple[float, float, float]], then: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = toy()
    pack.drop("series-sales", "product.turbine.sales")
    for year, way, (value, low, high) in zip((2020, 2029), (then, ""), knots, strict=True):
        numbers = f"{value!r},{value * low!r},{value * high!r}"
        pack.add("series-sales", f"product.turbine.sales,{year},{numbers},MW/year,,{way},,")
    entry = load(pack.write(tmp_path_factory.mktemp("toy"))).entries["product.turbine.sales"]
    slack = 1e-9 * entry.value
    assert (entry.low <= entry.value + slack).all()
    assert (entry.high >= entry.value - slack).all()
    assert entry.value[[0, -1]] == pytest.approx([knots[0][0], knots[1][0]])


def test_rows_outside_the_packs_years_lead_in_and_out(tmp_path: Path) -> None:
    made = toy()
    made.cell("figures-goods", "product.fan.penetration,2020", "period", "2010")
    made.cell("figures-goods", "product.fan.penetration,2029", "period", "2040")
    pack = load(made.write(tmp_path))
    assert series(pack, "product.fan.penetration") == pytest.approx(0.9 * (np.arange(2020, 2030) - 2010) / 30)


# arrays


def test_arrays_carry_their_labels(loaded: Pack) -> None:
    shares = loaded.array("grade_share")
    assert shares.dims == ("product", "grade", "year")
    assert shares["product"].values.tolist() == ["e_2w", "fan", "turbine"]
    assert shares["grade"].values.tolist() == ["N", "SH"]
    assert shares["year"].values.tolist() == list(range(2020, 2030)) == loaded.years.tolist()
    assert shares.attrs["units"] == "1"
    assert shares.sel(product="fan", grade="SH").values.tolist() == [0] * 10
    assert loaded.array("lifetime_mean").dims == ("product",)
    assert loaded.array("spread")["place"].values.tolist() == ["NO", "SO"]


def test_an_optional_attribute_holds_the_nouns_it_has(loaded: Pack) -> None:
    assert loaded.array("exports")["product"].values.tolist() == ["fan"]
    assert loaded.array("metal_recovery")["metal"].values.tolist() == ["Cu"]


def test_the_balance_element_takes_what_is_left(loaded: Pack) -> None:
    content = loaded.array("content").sel(year=2020)
    assert content.sel(grade="SH", element="Fe") == pytest.approx(1 - 0.27 - 0.04)
    assert content.sum("element").values == pytest.approx([1, 1])


def test_inputs_are_several_arrays(loaded: Pack) -> None:
    data = inputs(loaded, ["sales", "lifetime_mean", "route"])
    assert set(data) == {"sales", "lifetime_mean", "route"}
    assert data["route"].dims == ("product", "route")


def test_an_entry_is_not_asked_for_years_it_does_not_cover(loaded: Pack) -> None:
    with pytest.raises(ValueError, match="covers 2023 to 2025 only"):
        loaded.array("exchange_rate")


# overlays


def test_an_overlay_replaces_the_years_it_covers(tmp_path: Path) -> None:
    rows = ("2023,5,4,6,GW/year,,linear,,", "2025,7,5,9,GW/year,,,,")
    pack = over(tmp_path, *(f"product.turbine.sales,{row}" for row in rows))
    assert series(pack, "product.turbine.sales") == pytest.approx([2000] * 3 + [5000, 6000, 7000] + [2000] * 4)
    entry = pack.entries["product.turbine.sales"]
    assert entry.low.tolist() == pytest.approx([1000] * 3 + [4000, 4500, 5000] + [1000] * 4)
    assert [figure.where[0] for figure in entry.figures].count(str(tmp_path / "overlay.csv")) == 2
    assert pack.overlays == (tmp_path / "overlay.csv",)


def test_an_overlay_may_hold_to_the_end(tmp_path: Path) -> None:
    pack = over(tmp_path, "product.turbine.sales,2027,1,,,MW/year,,hold,,")
    assert series(pack, "product.turbine.sales") == pytest.approx([2000] * 7 + [1] * 3)


def test_an_overlay_in_fiscal_years_covers_the_calendar_years_within(tmp_path: Path) -> None:
    rows = ("FY2022-23,100,,,MW/year,,,,", "FY2023-24,200,,,MW/year,,,,")
    pack = over(tmp_path, *(f"product.turbine.sales,{row}" for row in rows))
    assert series(pack, "product.turbine.sales") == pytest.approx([2000] * 3 + [175] + [2000] * 6)


def test_an_overlay_replaces_a_number_and_a_whole_series(tmp_path: Path) -> None:
    rows = ("fan.lifetime_mean,all,20,15,25,year,,,,", "e_2w.sales,all,10,,,item/year,,,,")
    pack = over(tmp_path, *(f"product.{row}" for row in rows))
    assert float(pack.entries["product.fan.lifetime_mean"].value) == 20
    assert float(pack.entries["product.fan.lifetime_mean"].high) == 25
    assert series(pack, "product.e_2w.sales") == [10] * 10
    assert [figure.value for figure in pack.entries["product.e_2w.sales"].figures] == [10]


def test_an_overlay_adds_a_figure_the_pack_lacks(tmp_path: Path) -> None:
    pack = over(tmp_path, "product.e_2w.exports,all,7,,,item/year,,,,")
    assert pack.array("exports")["product"].values.tolist() == ["e_2w", "fan"]


def test_an_overlay_lengthens_a_rate_and_moves_prices(tmp_path: Path) -> None:
    pack = over(tmp_path, "currency.USD.rate,2026,99,,,INR/USD,,,,", "currency.USD.rate,2025,90,,,INR/USD,,,,",
                "price.dy_oxide,2025,100,,,USD/kg,gross,,USD,2025")  # fmt: skip
    assert pack.entries["currency.USD.rate"].value.tolist() == [80, 82, 90, 99]
    assert float(pack.entries["price.dy_oxide"].value) == pytest.approx(100 * 1000 * 90)


def test_the_last_overlay_wins(tmp_path: Path) -> None:
    paths = []
    for value in (5, 6):
        path = tmp_path / f"{value}.csv"
        path.write_text(f"{HEADER}\nproduct.fan.lifetime_mean,all,{value},,,year,,,,,{PROVENANCE}\n")
        paths.append(str(path))
    folder = toy().write(tmp_path / "toy")
    assert float(load(folder, overlays=paths).entries["product.fan.lifetime_mean"].value) == 6
    assert float(load(folder, overlays=paths[0]).entries["product.fan.lifetime_mean"].value) == 5


def test_an_overlay_comes_on_top_of_the_scenario(tmp_path: Path) -> None:
    pack = toy()
    pack.scenario("- {scale: product.*.lifetime_mean, by: 2}")
    overlay = tmp_path / "overlay.csv"
    overlay.write_text(f"{HEADER}\nproduct.fan.lifetime_mean,all,5,,,year,,,,,{PROVENANCE}\n")
    found = load(pack.write(tmp_path / "toy"), "other", [overlay])
    assert found.array("lifetime_mean").values.tolist() == [18, 5, 50]


# packs


def test_a_pack_says_what_it_is(loaded: Pack) -> None:
    assert (loaded.name, loaded.title, loaded.place, loaded.currency) == ("toyland", "Toyland", "Toyland", "INR")
    assert (loaded.base_year, loaded.answer_from, loaded.price_year) == (2025, 2021, 2025)
    assert (loaded.window.first, loaded.window.last, loaded.window.fiscal_start_month) == (2020, 2029, 4)
    assert (loaded.scenario, loaded.scenario_title, loaded.overlays) == ("reference", "Reference", ())
    assert loaded.nouns.column("routes", "recovers_magnets") == {"formal": "yes", "informal": "no"}
    assert list_scenarios(loaded.path) == ["reference"]


def test_optional_tables_may_be_left_out_or_empty(tmp_path: Path) -> None:
    pack = toy()
    for table in ("published", "draw_groups"):
        pack.files[f"tables/{table}.csv"] = pack.text(table).splitlines()[0]
    assert load(pack.write(tmp_path)).nouns.ids("published") == []


@pytest.mark.parametrize("name", list_packs())
def test_packs_that_come_along_load_by_name_and_path(name: str) -> None:
    folder = packs_folder() / name
    by_name, by_path = load(name), load(str(folder))
    for attribute in ENGINE_ATTRIBUTES:
        xr.testing.assert_identical(by_name.array(attribute), by_path.array(attribute))
    for scenario in list_scenarios(folder):
        pack = load(name, scenario)
        arrays = {attribute: pack.array(attribute).values for attribute in ENGINE_ATTRIBUTES}
        assert not any(np.isinf(found).any() for found in arrays.values())
        assert all(np.isfinite(arrays[attribute]).all() for attribute in STOCK_ATTRIBUTES)


# order and spelling


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_the_order_of_rows_and_tables_does_not_matter(
    random: object, loaded: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = toy()
    for path, text in pack.files.items():
        if path.endswith(".csv"):
            header, *rows = str(text).splitlines()
            random.shuffle(rows)  # type: ignore[attr-defined]
            pack.files[path] = "\n".join([header, *rows])
    listed = json.loads(str(pack.files["datapackage.json"]))["resources"]
    random.shuffle(listed)  # type: ignore[attr-defined]
    pack.package(resources=listed)
    shuffled = load(pack.write(tmp_path_factory.mktemp("toy")))
    for name in ENGINE_ATTRIBUTES:
        expected = loaded.array(name)
        xr.testing.assert_identical(shuffled.array(name).reindex_like(expected), expected)


UNITS = {"kg": 1.0, "g": 1000.0, "t": 1e-3, "mg": 1e6, "Mt": 1e-9}


@given(unit=st.sampled_from(sorted(UNITS)), share=st.sampled_from(["1", "%", "ppm"]), spaces=st.booleans())
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_the_unit_a_figure_is_written_in_changes_nothing(
    unit: str, share: str, spaces: bool, loaded: Pack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = toy()
    per = " / " if spaces else "/"
    pack.replace("figures-goods", "all,0.6,0.3,1.2,kg/item", ",".join(
        ["all", *(f"{number * UNITS[unit]!r}" for number in (0.6, 0.3, 1.2)), f"{unit}{per}item"]))  # fmt: skip
    times = {"1": 0.01, "%": 1, "ppm": 1e4}[share]
    pack.replace("figures-goods", "all,90,,,%", f"all,{90 * times!r},,,{share}")
    found = load(pack.write(tmp_path_factory.mktemp("toy")))
    for name in ("magnet_mass", "penetration"):
        xr.testing.assert_allclose(found.array(name), loaded.array(name), rtol=1e-12)
    theirs, ours = (one.entries["product.e_2w.magnet_mass"] for one in (found, loaded))
    assert (theirs.low, theirs.high) == (pytest.approx(ours.low), pytest.approx(ours.high))
