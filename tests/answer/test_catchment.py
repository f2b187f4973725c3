"""Catchment: distances, feed counted by a loop, capacity by status and year, and packs that know of no plant."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from chumbak.answer import Answer
from chumbak.answer.catchment import catchment, distances
from chumbak.answer.ensemble import run_draws
from chumbak.answer.gap import gap
from chumbak.answer.model import compute
from chumbak.answer.shocks import prepare, shock_of
from chumbak.answer.supply_chain import supply_chain
from chumbak.chain.distance import EARTH_KM
from chumbak.cli import app
from chumbak.pack import Pack, PackError, load
from chumbak.pack.pack import packs_folder
from chumbak.report.listings import projects
from chumbak.report.question_terminal import show_catchment
from tests.answer.test_device import add_works, priced_toy
from tests.pack.toy import Toy, toy

FAR = math.pi * EARTH_KM


def loaded(made: Toy, folder: Path) -> tuple[Pack, xr.Dataset]:
    pack = load(made.write(folder))
    return pack, compute(pack)


def test_distances_by_the_law_of_cosines(india: Answer) -> None:
    """The haversine formula against the plain one, which is good enough this far apart."""
    rows = india.pack.nouns.tables["places"]
    here = rows["moradabad"]
    for name, km in distances(india.pack, "moradabad").items():
        (lat, lon), (lat0, lon0) = (
            (math.radians(float(at["lat"])), math.radians(float(at["lon"]))) for at in (rows[name], here)
        )
        cosine = math.sin(lat) * math.sin(lat0) + math.cos(lat) * math.cos(lat0) * math.cos(lon - lon0)
        assert km == pytest.approx(EARTH_KM * math.acos(min(1.0, cosine)), abs=0.1)


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_a_distance_is_the_same_both_ways(lat: float, lon: float, lat2: float, lon2: float) -> None:
    cells = {"kind": "state", "parent": "", "name": "x"}
    places = {
        "A": {**cells, "lat": str(lat), "lon": str(lon)},
        "B": {**cells, "lat": str(lat2), "lon": str(lon2)},
    }

    class Nouns:
        tables = {"places": places}  # noqa: RUF012

        def ids(self, table: str) -> list[str]:
            return list(places)

    class Places:
        nouns = Nouns()
        name = "two"

    there, back = (distances(Places(), name) for name in "AB")  # type: ignore[arg-type]
    assert there["A"] == back["B"] == 0
    assert there["B"] == pytest.approx(back["A"], abs=1e-6)
    assert 0 <= there["B"] <= FAR + 1e-6


@pytest.mark.parametrize("within", [150, 400, 1200])
def test_feed_against_a_loop_over_states_and_products(india: Answer, within: float) -> None:
    pack, data = india.pack, india.data
    found = catchment(pack, data, "roorkee_haridwar", within).data
    km = distances(pack, "roorkee_haridwar")
    states = [state for state in pack.nouns.ids("places") if km[state] <= within]
    assert list(found["place"].values) == states
    assert list(found["year"].values) == [2025, 2030, 2035]
    for year in (2025, 2035):
        feed, metal = dict.fromkeys(("end_of_life", "recoverable_today", "recoverable_full"), 0.0), 0.0
        for state in states:
            for product in pack.nouns.ids("products"):
                spread = pack.nouns.cell("products", product, "spread")
                entry = pack.entries.get(f"spread.{spread}.{state}")
                share = float(entry.value) if entry is not None else 0.0
                at = data.sel(product=product, year=year)
                for name in feed:
                    feed[name] += share * float(at[name])
                if product in data["holder"]:
                    metal += share * float(data.metal_end_of_life.sel(holder=product, metal="Cu", year=year))
        ours = found.feed.sel(year=year).sum("product").values
        np.testing.assert_allclose(ours, list(feed.values()), rtol=1e-9)
        assert float(found.metals.sel(metal="Cu", year=year)) == pytest.approx(metal, rel=1e-9)
    elements = found.feed_by_element.sum("element")
    np.testing.assert_allclose(elements.values, found.feed.sum("product").transpose(*elements.dims).values, rtol=1e-9)


def test_everything_within_reach_is_the_country(india: Answer) -> None:
    found = catchment(india.pack, india.data, "Delhi", 5000).data
    assert float(found.state_share.sum()) == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(found.share_of_country.values, 1, rtol=1e-6)
    whole = india.data.end_of_life.sum("product").sel(year=found["year"])
    np.testing.assert_allclose(found.feed.sel(collection="end_of_life").sum("product").values, whole.values, rtol=1e-6)


def test_more_reach_is_never_less_feed(india: Answer) -> None:
    feeds = [
        float(catchment(india.pack, india.data, "hosur", km).data.feed.sel(collection="full", year=2025).sum())
        for km in (0, 300, 900, 3000)
    ]
    assert feeds == sorted(feeds)
    assert 0 < feeds[0] < feeds[-1]  # its own state is always in reach


def test_capacity_by_status_and_year(tmp_path: Path) -> None:
    """Ten tonnes of each status from 2026 on: what is claimed is shown and not counted."""
    made = priced_toy()
    add_works(made, old="existing", sure="committed", hoped="announced", said="claimed", plant="announced")
    made.replace("figures-goods", "project.old.start,2025,2026", "project.old.start,2025,2019.5")
    made.replace(
        "projects",
        "hoped,hoped,A firm,recycling,,,scrap,announced,port,,",
        "hoped,hoped,A firm,recycling,,,scrap,announced,port,scheme,",
    )
    pack, data = loaded(made, tmp_path)
    found = catchment(pack, data, "South", 50, 2025).data
    assert sorted(found["project"].values) == ["hoped", "old", "said", "sure"]
    assert found.capacity.sel(year=2025).values.tolist() == [10, 0, 0, 0]
    later = catchment(pack, data, "South", 50, 2026).data
    assert later.capacity.sel(year=2026).values.tolist() == [10, 10, 5, 10]
    feed = later.feed.sel(year=2026).sum("product")
    for up_to, capacity in (("existing", 10), ("committed", 20), ("announced", 25)):
        np.testing.assert_allclose(later.coverage.sel(up_to=up_to, year=2026).values, feed.values / capacity)
    assert "claimed" not in later["up_to"].values


def test_a_plant_out_of_reach_is_not_there(tmp_path: Path) -> None:
    made = priced_toy()
    add_works(made, works="existing")
    pack, data = loaded(made, tmp_path)
    found = catchment(pack, data, "North", 50).data
    assert found.sizes["project"] == 0
    assert bool(found.coverage.isnull().all())


def test_a_pack_without_projects_has_feed_all_the_same(tmp_path: Path) -> None:
    pack, data = loaded(toy(), tmp_path)
    found = catchment(pack, data, "port", 12).data
    assert list(found["place"].values) == ["SO"]
    assert float(found.share_of_country.sel(year=2025)) == pytest.approx(0.6)
    assert float(found.capacity.sum()) == 0
    assert bool(found.coverage.isnull().all())
    alone = catchment(pack, data, "port", 0).data
    assert list(alone["place"].values) == ["SO"]  # a hub's own state counts, however far its capital is


@pytest.mark.parametrize(
    ("place", "within", "year", "said"),
    [
        ("Nroth", 10, None, "Did you mean 'NO' (North)"),
        ("NO", -1, None, "is no distance"),
        ("NO", float("nan"), None, "is no distance"),
        ("NO", 10, 1999, "no numbers for 1999"),
    ],
)
def test_what_cannot_be_asked(tmp_path: Path, place: str, within: float, year: int | None, said: str) -> None:
    pack, data = loaded(toy(), tmp_path)
    with pytest.raises(PackError) as raised:
        catchment(pack, data, place, within, year)
    assert said in str(raised.value)


def test_a_place_without_coordinates(tmp_path: Path) -> None:
    made = toy()
    made.replace("places", "NO,North,state,,10,70", "NO,North,state,,,")
    pack, data = loaded(made, tmp_path)
    with pytest.raises(PackError, match="NO has no latitude"):
        catchment(pack, data, "SO", 100)


def test_every_variable_says_its_unit(tmp_path: Path) -> None:
    made = priced_toy()
    add_works(made, works="existing")
    found = catchment(*loaded(made, tmp_path), "port", 3000)
    assert all({"units", "long_name"} <= set(variable.attrs) for variable in found.data.data_vars.values())
    assert any(figure.key == "project.works.capacity" for figure in found.figures)


def test_what_a_planner_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    made = priced_toy()
    add_works(made, works="existing", said="claimed")
    pack, data = loaded(made, tmp_path)
    show_catchment(catchment(pack, data, "port", 50, 2026), pack)
    told = capsys.readouterr().out
    assert "within 50 km, are: South. There arises 60 %" in told
    assert "Claimed beside them, and not counted, are 10 t a year" in told
    assert "works (A firm): recycling, existing, 10 t/year, from 2026, 0 km away" in told
    show_catchment(catchment(pack, data, "North", 50, 2026), pack)
    told = capsys.readouterr().out
    assert "No plant that counts lies within reach" in told
    assert "only the feed is shown" in told


def test_a_claim_of_which_no_more_is_said_is_listed_and_counted_nowhere(india_pack: Pack, tmp_path: Path) -> None:
    """The same numbers as with its figures, in the catchment, on the rungs, in the plan and the list of projects."""
    folder = tmp_path / "bare"
    shutil.copytree(packs_folder() / "india", folder)
    table = folder / "tables" / "figures-supply.csv"
    rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(row for row in rows if not row.startswith("project.attero_plan.")), encoding="utf-8")
    bare, whole = load(folder), india_pack
    data = compute(bare).sel(year=slice(bare.answer_from, None))
    ours, theirs = (catchment(pack, data, "moradabad", 300).data for pack in (bare, whole))
    assert "attero_plan" in ours["project"].values
    assert ours.coverage.equals(theirs.coverage)
    assert float(ours.capacity.sel(status="claimed").sum()) == 0
    chains = [supply_chain(pack, data) for pack in (bare, whole)]
    supplied = [gap(pack, data, chain).data for pack, chain in zip((bare, whole), chains, strict=True)]
    assert supplied[0].supply.equals(supplied[1].supply)
    ready, with_figures = (
        prepare(pack, known=(data, chain)) for pack, chain in zip((bare, whole), chains, strict=True)
    )
    assert np.array_equal(ready.ground.plants.standing, with_figures.ground.plants.standing)
    assert shock_of(ready, "full-stop-6m", weeks=20, optimum=False).users.equals(
        shock_of(with_figures, "full-stop-6m", weeks=20, optimum=False).users
    )
    [listed] = [one for one in projects(bare) if one["status"] == "claimed"]
    assert listed["counted"].startswith("nowhere")
    out = CliRunner().invoke(app, ["answer", "catchment", str(folder), "--place", "moradabad"]).stdout
    assert "recycling, claimed, capacity not said, first year not said" in out
    assert run_draws(bare, 5, 1, lambda done: None).bands.notnull().all()
