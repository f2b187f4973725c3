"""What was observed: never filled in, never drawn, changed by no scenario. And records, whose units are their own."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.answer.claims import claim_faults
from chumbak.pack import Pack, PackError, load
from chumbak.pack.arrays import array
from chumbak.pack.draws import deviates, groups
from chumbak.pack.schema import attributes
from tests.pack.toy import (
    CHAIN_FIGURES,
    CHAIN_TABLES,
    HEADER,
    PLAN_FIGURES,
    PLAN_TABLES,
    PROVENANCE,
    Toy,
    chained,
    full,
    toy,
)

OBSERVED = ("record", "stability", "governance")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(full().write(tmp_path_factory.mktemp("full")))


def changed(tmp_path: Path, *changes: Callable[[Toy], object]) -> Pack:
    pack = full()
    for change in changes:
        change(pack)
    return load(pack.write(tmp_path / "full"))


def over(tmp_path: Path, *lines: str) -> Pack:
    """Load the full toy with an overlay of these rows."""
    overlay = tmp_path / "overlay.csv"
    overlay.write_text("\n".join([HEADER, *(f"{line},{PROVENANCE}" for line in lines)]))
    return load(full().write(tmp_path / "full"), overlays=[overlay])


def seen(data: xr.DataArray) -> dict[int, float]:
    """Return what an array over years holds, by year, without what is missing."""
    return {int(year): float(number) for year, number in zip(data["year"], data, strict=True) if not np.isnan(number)}


# years


def test_years_without_a_row_are_missing(loaded: Pack) -> None:
    record = loaded.array("record")
    assert record.dims == ("record", "origin", "year")
    assert record["record"].values.tolist() == ["tonnes", "dollars", "world"]
    assert record["year"].values.tolist() == list(range(2017, 2025))  # from the first to the last seen anywhere
    assert seen(record.sel(record="tonnes", origin="CHN")) == pytest.approx({2022: 30_000, 2024: 40_000})
    assert seen(record.sel(record="tonnes", origin="USA")) == {2017: 5}
    assert int(record.notnull().sum()) == 6


def test_years_are_those_of_the_rows_not_of_the_pack(loaded: Pack) -> None:
    assert loaded.array("stability")["year"].values.tolist() == [2022, 2023]
    entry = loaded.entries["record.tonnes.USA"]
    assert entry.years is not None
    assert entry.years.tolist() == [2017]
    with pytest.raises(ValueError, match="covers 2017 to 2017 only"):
        entry.at(loaded.years)


def test_what_nobody_observed_is_an_array_of_nothing(tmp_path: Path) -> None:
    bare = changed(tmp_path, lambda pack: pack.files.update({"tables/series-trade.csv": f"{HEADER}\n{GOVERNANCE}\n"}))
    stability = bare.array("stability")
    assert stability["year"].values.tolist() == bare.years.tolist()
    assert np.isnan(stability).all()


GOVERNANCE = f"governance.CHN,2023,0.5,,,1,,,,,{PROVENANCE}"


@given(rows=st.dictionaries(st.integers(1995, 2040), st.floats(-3, 3), min_size=1, max_size=6))
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
def test_an_array_holds_the_rows_and_nothing_else(
    rows: dict[int, float], tmp_path_factory: pytest.TempPathFactory
) -> None:
    pack = full()
    pack.files["tables/series-trade.csv"] = f"{HEADER}\n"
    kept = {year: number if abs(number) > 1e-9 else 0.0 for year, number in rows.items()}
    pack.add("series-trade", *(f"stability.CHN,{year},{number!r},,,1,,,," for year, number in kept.items()))
    data = load(pack.write(tmp_path_factory.mktemp("full"))).array("stability").sel(origin="CHN")
    assert seen(data) == pytest.approx(kept)
    assert (int(data["year"][0]), int(data["year"][-1])) == (min(rows), max(rows))


def test_fiscal_years_stay_at_the_year_they_start_in(loaded: Pack) -> None:
    dollars = loaded.array("record").sel(record="dollars", origin="CHN")
    assert seen(dollars) == pytest.approx({2022: 1e8, 2024: 2e8})
    assert [figure.period for figure in loaded.entries["record.dollars.CHN"].figures] == ["FY2022-23", "FY2024-25"]


def test_the_order_of_rows_does_not_matter(loaded: Pack, tmp_path: Path) -> None:
    def shuffle(pack: Toy) -> None:
        header, *rows = pack.text("series-trade").splitlines()
        pack.files["tables/series-trade.csv"] = "\n".join([header, *reversed(rows)])

    other = changed(tmp_path, shuffle)
    for name in OBSERVED:
        xr.testing.assert_identical(other.array(name), loaded.array(name))
    figures = other.entries["record.tonnes.CHN"].figures
    assert [figure.year for figure in figures] == [2022, 2024]


# draws


def test_what_was_observed_is_not_drawn(loaded: Pack) -> None:
    assert loaded.entries["record.tonnes.CHN"].has_range
    assert groups(loaded, OBSERVED) == {}
    names = groups(loaded, tuple(attributes()))
    assert not [key for key in names if loaded.entries[key].attribute.name in OBSERVED]
    by_key = deviates(names, 5, 1) | {"record.tonnes.CHN": np.arange(5.0)}
    for name in OBSERVED:
        drawn, central = array(loaded, name, by_key), loaded.array(name)
        assert drawn.dims == ("draw", *central.dims)
        assert drawn.sizes["draw"] == 5
        for at in range(5):
            xr.testing.assert_equal(drawn.isel(draw=at, drop=True), central)


def test_the_ends_of_a_range_are_kept_for_who_asks(loaded: Pack) -> None:
    entry = loaded.entries["record.tonnes.CHN"]
    np.testing.assert_allclose(entry.low, [30_000, np.nan, 35_000])
    np.testing.assert_allclose(entry.high, [30_000, np.nan, 45_000])


# overlays and scenarios


def test_an_overlay_replaces_and_adds_years(tmp_path: Path) -> None:
    pack = over(tmp_path, "record.tonnes.CHN,2024,41,,,kt,gross,,,", "record.tonnes.CHN,2019,9000,,,t,gross,,,",
                "record.tonnes.USA,2024,7,,,t,gross,,,")  # fmt: skip
    record = pack.array("record").sel(record="tonnes")
    assert seen(record.sel(origin="CHN")) == pytest.approx({2019: 9_000, 2022: 30_000, 2024: 41_000})
    assert seen(record.sel(origin="USA")) == {2017: 5, 2024: 7}
    figures = pack.entries["record.tonnes.CHN"].figures
    assert [figure.year for figure in figures] == [2019, 2022, 2024]  # the row that was replaced is no evidence
    assert [figure.where[0] == "tables/series-trade.csv" for figure in figures] == [False, True, False]


def test_an_overlay_of_fiscal_years_replaces_fiscal_years(tmp_path: Path) -> None:
    pack = over(tmp_path, "record.dollars.CHN,FY2024-25,1,,,USD,,,,", "record.dollars.USA,FY2024-25,2,,,USD,,,,")
    assert seen(pack.array("record").sel(record="dollars", origin="CHN")) == {2022: 1e8, 2024: 1}
    assert seen(pack.array("record").sel(record="dollars", origin="USA")) == {2024: 2}


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("stability.CHN,FY2023-24,0.1,,,1,,,,", "mixed-years"),
        ("record.dollars.CHN,2024,1,,,USD,,,,", "mixed-years"),
        ("stability.CHN,2024,0.1,,,1,,,,\nstability.CHN,2024,0.2,,,1,,,,", "duplicate-key"),
        ("stability.CHN,all,0.1,,,1,,,,", "bad-period"),
        ("stability.CHN,2024,0.1,,,1,,hold,,", "then-on-observed"),
        ("record.tonnes.CHN,2024,1,,,USD,gross,,,", "wrong-dimension"),
    ],
)
def test_an_overlay_that_cannot_be(row: str, kind: str, tmp_path: Path) -> None:
    with pytest.raises(PackError) as raised:
        over(tmp_path, *row.splitlines())
    [fault] = raised.value.faults
    assert (fault.kind, fault.file) == (kind, str(tmp_path / "overlay.csv"))


def test_overlays_stand_on_each_other(tmp_path: Path) -> None:
    paths = []
    for year in (2025, 2026):
        paths.append(tmp_path / f"{year}.csv")
        paths[-1].write_text(f"{HEADER}\nstability.USA,{year},0.{year},,,1,,,,,{PROVENANCE}\n")
    pack = load(full().write(tmp_path / "full"), overlays=paths)
    assert seen(pack.array("stability").sel(origin="USA")) == {2022: 0.1, 2025: 0.2025, 2026: 0.2026}


def test_a_scenario_may_add_what_the_pack_lacks(tmp_path: Path) -> None:
    pack = full()
    pack.scenario("""
        - add:
            - {key: governance.USA, value: 1.1, unit: '1', period: 2023, place: United States}
            - {key: governance.USA, value: 1.2, unit: '1', period: 2025, place: United States}
    """)  # fmt: skip
    found = load(pack.write(tmp_path), "other")
    assert seen(found.array("governance").sel(origin="USA")) == {2023: 1.1, 2025: 1.2}


def test_a_wildcard_does_not_pass_over_what_was_observed(tmp_path: Path) -> None:
    pack = full()
    pack.scenario("- {scale: '*CHN*', by: 2}")
    with pytest.raises(PackError) as raised:
        load(pack.write(tmp_path), "other")
    assert {fault.kind for fault in raised.value.faults} == {"observed-figure"}
    assert len(raised.value.faults) == 5


# records


def test_a_record_has_the_unit_of_its_measure(loaded: Pack) -> None:
    entries = [loaded.entries[f"record.{name}.CHN"] for name in ("tonnes", "dollars", "world")]
    assert [entry.unit for entry in entries] == ["t", "USD", "1"]
    assert [entry.value[0] for entry in entries] == pytest.approx([30_000, 1e8, 0.69])
    assert [entry.figures[0].basis for entry in entries] == ["gross", "", "REO"]
    assert entries[1].figures[0].given == "100 million USD FY2022-23"
    assert loaded.array("record").attrs["units"] == "measure"


@pytest.mark.parametrize(
    ("start", "unit", "ratio"),
    [
        ("record.tonnes.CHN,2024", "t", 1), ("record.tonnes.CHN,2024", "kg", 1e-3),
        ("record.tonnes.CHN,2024", "thousand t", 1e3), ("record.dollars.CHN,FY2024-25", "USD", 1),
        ("record.dollars.CHN,FY2024-25", "thousand USD", 1e3), ("record.dollars.CHN,FY2024-25", "billion USD", 1e9),
    ],
)  # fmt: skip
def test_units_of_records_are_converted_once(start: str, unit: str, ratio: float, tmp_path: Path) -> None:
    cells = {"unit": unit, "low": "", "high": ""}
    pack = changed(tmp_path, *(lambda it, at=at: it.cell("series-trade", start, *at) for at in cells.items()))
    key, period = start.split(",")
    figure = next(one for one in pack.entries[key].figures if one.period == period)
    assert figure.value == pytest.approx(float(figure.given.split()[0]) * ratio)


def test_money_of_a_record_does_not_go_through_the_rates_of_the_pack(loaded: Pack, tmp_path: Path) -> None:
    """Current dollars are compared with current dollars; neither the rate nor the price index touches them."""
    moved = changed(
        tmp_path,
        lambda it: it.cell("figures-money", "currency.USD.rate,2024", "value", "164"),
        lambda it: it.cell("figures-money", "calendar.price_index,2024", "value", "50"),
    )
    xr.testing.assert_identical(moved.array("record"), loaded.array("record"))
    assert float(moved.entries["price.nd_oxide"].value) != float(loaded.entries["price.nd_oxide"].value)


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_records_are_in_dollars_whatever_the_money_of_the_pack(currency: str, tmp_path: Path) -> None:
    pack = chained()
    pack.settings(currency=currency)
    for line in pack.text("figures-money").splitlines():
        if line.startswith(("currency", "price")):
            pack.drop("figures-money", ",".join(line.split(",")[:3]))
    entry = load(pack.write(tmp_path)).entries["record.dollars.CHN"]
    assert (entry.unit, entry.value[0]) == ("USD", 1e8)


def test_a_share_needs_no_basis(tmp_path: Path) -> None:
    pack = changed(tmp_path, lambda it: it.cell("records", "world", "basis", ""),
                   lambda it: it.cell("series-trade", "record.world.CHN", "basis", ""))  # fmt: skip
    assert pack.entries["record.world.CHN"].figures[0].basis == ""


# optional tables


@pytest.mark.parametrize("is_listed", [False, True])
def test_a_pack_without_the_optional_tables_is_as_before(is_listed: bool, tmp_path: Path) -> None:
    """Whether they are not listed at all, or hold a header and no rows."""
    plain = load(toy().write(tmp_path / "toy"))
    pack = full()
    for table in CHAIN_FIGURES | PLAN_FIGURES:
        del pack.files[f"tables/{table}.csv"]
    for table in CHAIN_TABLES | PLAN_TABLES:
        pack.files[f"tables/{table}.csv"] = pack.text(table).splitlines()[0]
    unlisted = set(CHAIN_FIGURES | PLAN_FIGURES) | (set() if is_listed else set(CHAIN_TABLES | PLAN_TABLES))
    resources = json.loads(str(pack.files["datapackage.json"]))["resources"]
    pack.package(resources=[resource for resource in resources if resource["name"] not in unlisted])
    bare = load(pack.write(tmp_path / "bare"))
    assert list(bare.entries) == list(plain.entries)
    assert bare.nouns.tables == plain.nouns.tables
    assert bare.figures() == plain.figures()
    for name, attribute in attributes().items():
        if attribute.engine != "pack":
            xr.testing.assert_identical(bare.array(name), plain.array(name))


def test_the_tables_of_the_toy_leave_its_figures_alone(loaded: Pack, tmp_path: Path) -> None:
    plain = load(toy().write(tmp_path))
    for key, entry in plain.entries.items():
        np.testing.assert_array_equal(loaded.entries[key].value, entry.value)
    assert set(loaded.nouns.tables) == set(plain.nouns.tables)


def test_a_claim_is_no_plant_and_may_be_in_the_table(loaded: Pack) -> None:
    assert loaded.nouns.column("projects", "status") == {"old_plant": "existing", "big_plant": "claimed"}


def test_a_claim_may_lack_every_figure(tmp_path: Path) -> None:
    rows = ("capacity", "start", "availability", "stays_home")
    pack = changed(tmp_path, *(lambda it, n=n: it.drop("figures-chain", f"project.big_plant.{n}") for n in rows))
    for name in ("project_capacity", "project_start", "availability", "stays_home"):
        numbers = pack.array(name)
        assert numbers["project"].values.tolist() == ["old_plant", "big_plant"]
        assert np.isnan(numbers).values.tolist() == [False, True]
        drawn = array(pack, name, deviates(groups(pack, (name,)), 3, 1))
        assert np.isnan(drawn.sel(project="big_plant")).all()


def test_the_value_of_a_kilogram_stays_in_dollars(loaded: Pack) -> None:
    floor = loaded.array("unit_value_floor")
    assert (floor.attrs["units"], float(floor.sel(exposure="magnets"))) == ("USD/kg", 20)
    [figure] = loaded.entries["unit_value_floor.magnets"].figures
    assert (figure.unit, figure.currency, figure.price_year) == ("USD/kg", "", None)


def test_the_claim_of_the_toy_can_be_measured(loaded: Pack) -> None:
    assert claim_faults(loaded) == []


MEASURE = "share:tonnes:CHN@2024"
MAY_BE_EMPTY = {
    "stages": ("metal", ["note"]),
    "materials": ("alloy", ["balance", "of", "base", "note"]),
    "flows": ("smelting_in", ["keys", "note"]),
    "projects": ("big_plant", ["from_stage", "takes", "block", "place", "note"]),
    "records": ("world", ["note"]),
    "exposures": ("magnets", ["world", "imports", "exports", "production", "unrated", "note"]),
    "claims": ("most", ["others", "why"]),
}


@pytest.mark.parametrize("table", MAY_BE_EMPTY)
def test_cells_that_may_be_empty(table: str, tmp_path: Path) -> None:
    start, columns = MAY_BE_EMPTY[table]
    pack = changed(tmp_path, *(lambda it, name=name: it.cell(table, start, name, "") for name in columns))
    assert {pack.nouns.cell(table, start, column) for column in columns} == {""}


@pytest.mark.parametrize(
    ("low", "high", "measure"),
    [("0.9", "", MEASURE), ("", "0.95", MEASURE), ("0.9", "0.9", MEASURE), ("", "", "")],
)  # fmt: skip
def test_a_claim_may_be_open_on_one_side_and_on_both_where_nothing_is_measured(
    low: str, high: str, measure: str, tmp_path: Path
) -> None:
    cells = {"low": low, "high": high, "measure": measure}
    pack = changed(tmp_path, *(lambda it, at=at: it.cell("claims", "most", *at) for at in cells.items()))
    assert [pack.nouns.cell("claims", "most", column) for column in cells] == [low, high, measure]


def test_a_hub_may_be_called_like_its_state(tmp_path: Path) -> None:
    pack = changed(tmp_path, lambda it: it.cell("places", "port", "name", "South"))
    assert pack.nouns.cell("places", "port", "name") == pack.nouns.cell("places", "SO", "name")


def test_an_optional_figure_of_two_nouns_is_missing_where_only_others_have_one(loaded: Pack) -> None:
    sourcing = loaded.array("sourcing")
    assert sourcing.sel(exposure="ores", parameter="recycling") == 0.01
    assert np.isnan(sourcing.sel(exposure="magnets", parameter="recycling"))
    names = groups(loaded, ("sourcing",))
    assert names == {"sourcing.ores.substitution": "sourcing.ores.substitution"}
    assert int(array(loaded, "sourcing", deviates(names, 4, 1)).isnull().sum()) == 4
