"""The run folder: whole or not at all, the same bytes for the same inputs, every number the same in each file."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
import xarray as xr

from chumbak.answer import Answer, overview
from chumbak.answer.document import schema
from chumbak.pack import load
from chumbak.pack.schema import FIGURE_COLUMNS
from chumbak.report import run_folder
from chumbak.report.run_folder import frozen_inputs, run_id, write_run
from chumbak.report.target import MARK, RunFolderError, check_target
from tests.conftest import make_toyland

FILES = {"report.html", "answer.json", "results.nc", "evidence.csv", "run.json"}


def write(pack_folder: Path, target: Path, draws: int = 0, seed: int = 1) -> str:
    pack = load(pack_folder)
    inputs = frozen_inputs(pack)
    identity = run_id(pack, inputs, draws, seed)
    write_run(overview(pack, draws, seed), target, inputs, identity)
    return identity


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_inputs_same_bytes(toyland: Path, tmp_path: Path) -> None:
    write(toyland, tmp_path / "a", draws=200)
    write(toyland, tmp_path / "b", draws=200)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert FILES.issubset(path.name for path in (tmp_path / "a").iterdir())


def test_frozen_inputs_give_the_same_run_again(toyland: Path, tmp_path: Path) -> None:
    first = write(toyland, tmp_path / "a")
    again = write(tmp_path / "a" / "inputs" / "pack", tmp_path / "b")
    assert first == again
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_another_figure_or_seed_gives_another_hash(toyland: Path, tmp_path: Path) -> None:
    pack = load(toyland)
    inputs = frozen_inputs(pack)
    hashes = {run_id(pack, inputs, 0, 1), run_id(pack, inputs, 10, 1), run_id(pack, inputs, 10, 2)}
    assert len(hashes) == 3
    table = toyland / "tables" / "figures-world.csv"
    table.write_text(table.read_text().replace("0.6,0.3,1.2", "0.7,0.3,1.2", 1))
    assert run_id(load(toyland), frozen_inputs(load(toyland)), 0, 1) not in hashes


def test_files_agree_with_each_other(toyland: Path, tmp_path: Path) -> None:
    write(toyland, tmp_path / "run", draws=200)
    answer = json.loads((tmp_path / "run" / "answer.json").read_text())
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["id"] == answer["run"]["id"]
    total = answer["demand"]["total_t"]["2030"]
    with xr.open_dataset(tmp_path / "run" / "results.nc") as results:
        assert float(results.sold.sel(year=2030).sum()) == pytest.approx(total, rel=1e-6)
        assert all(variable.attrs["units"] and variable.attrs["long_name"] for variable in results.data_vars.values())
        assert float(results.bands.sel(total="demand.total_t", band_year=2030, percentile="p50")) == pytest.approx(
            answer["bands"]["demand.total_t"]["p50"]["2030"], rel=1e-6
        )
    table = pd.read_csv(tmp_path / "run" / "tables" / "demand_by_product.csv")
    assert table[table.year == 2030].sold_t.sum() == pytest.approx(total, rel=1e-6)
    with (tmp_path / "run" / "evidence.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == answer["evidence"]["figures_used"]
    assert all(row["source"] and row["confidence"] and row["used_in"] for row in rows)


def test_files_of_a_pack_with_chain_and_records_agree(india: Answer, tmp_path: Path) -> None:
    inputs = frozen_inputs(india.pack)
    found = write_run(india, tmp_path / "run", inputs, run_id(india.pack, inputs, 0, 1))
    read = {path.stem: pd.read_csv(path, keep_default_na=False) for path in (tmp_path / "run" / "tables").iterdir()}

    stages = read["need_and_supply_by_stage"].set_index(["stage", "year"])
    elements = read["need_and_supply_by_element"].set_index(["stage", "element", "year"])
    for stage in india.findings["gap"].data["stage"].values:
        row = stages.loc[(stage, 2030)]
        assert row.need_made_at_home_t == pytest.approx(found["need"][f"{stage}_t"]["2030"], rel=1e-6)
        sold = found["need"]["by_definition"]["sold"][f"{stage}_t"]["2030"]
        assert row.need_sold_t == pytest.approx(sold, rel=1e-6)
        for status in ("existing", "committed", "announced"):
            supply, lacking = (found[name][status][f"{stage}_t"]["2030"] for name in ("supply", "lacking"))
            assert row[f"supply_{status}_t"] == pytest.approx(supply, rel=1e-6)
            assert row[f"lacking_{status}_t"] == pytest.approx(lacking, rel=1e-6)
        dysprosium = found["need"]["by_element_t"][stage]["Dy"]["2030"]
        assert elements.loc[(stage, "Dy", 2030)].need_t == pytest.approx(dysprosium, rel=1e-6)

    reliance = read["self_reliance"].set_index(["status", "stage", "year"])
    for stage in ("separation", "chain"):
        row, said = reliance.loc[("announced", stage, 2030)], found["self_reliance"]["announced"]
        assert float(row.ndpr) == pytest.approx(said[stage]["2030"], abs=1e-6)
        assert row.weakest_element == said["weakest"][stage]["2030"]["element"]

    items = [item for items in found["dependence"].values() for item in items]
    shares = {
        (item["record"], item["year"], origin): share for item in items for origin, share in item["shares"].items()
    }
    by_origin = read["dependence_by_origin"]
    by_origin = by_origin[by_origin.share != ""]
    assert len(by_origin) == len(shares)
    for row in by_origin.itertuples():
        assert float(row.share) == pytest.approx(shares[row.record, row.year, row.origin], abs=2e-6)

    risk = read["risk"].set_index(["stage", "year"])
    assert float(risk.loc[("magnet", 2024)].geopolrisk) == pytest.approx(
        found["risk"]["magnet"]["geopolrisk"], abs=1e-6
    )
    assert risk.loc[("metal", 2024)].geopolrisk == ""
    assert risk.loc[("metal", 2024)].why_geopolrisk == found["risk"]["metal"]["why"]["geopolrisk"]
    assert list(read["claims"].verdict) == [one["verdict"] for one in found["claims"]]
    assert len(read["projects"]) == len(india.pack.nouns.ids("projects"))
    assert set(read["element_flows"].year) == {2025, 2030, 2035, 2040, 2047}
    with xr.open_dataset(tmp_path / "run" / "results.nc") as results:
        need = results.gap_need.sel(definition="made_at_home", stage="separation", year=2030)
        assert float(need) == pytest.approx(found["need"]["separation_t"]["2030"], rel=1e-6)
        assert float(results.sold.sel(year=2030).sum()) == pytest.approx(found["demand"]["total_t"]["2030"], rel=1e-6)
        numbers = [name for name in results.data_vars if str(name).startswith("gap_")]
        assert len(numbers) > 12
        assert all(results[name].attrs["units"] and results[name].attrs["long_name"] for name in numbers)


def test_nothing_is_left_when_the_disk_is_full(toyland: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run_folder, "page", full)
    with pytest.raises(OSError, match="No space"):
        write(toyland, tmp_path / "out" / "run")
    assert not (tmp_path / "out").exists()


def test_a_failed_run_keeps_the_one_that_was_there(
    toyland: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(toyland, tmp_path / "run")
    before = digests(tmp_path / "run")

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_folder, "page", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(toyland, tmp_path / "run")
    assert digests(tmp_path / "run") == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_run_folder_is_replaced_and_nothing_else_is(tmp_path: Path) -> None:
    pack = make_toyland(tmp_path / "toyland")
    write(pack, tmp_path / "run")
    (tmp_path / "run" / "tables" / "old.csv").write_text("left from before")
    check_target(tmp_path / "run")
    write(pack, tmp_path / "run")
    assert not (tmp_path / "run" / "tables" / "old.csv").exists()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    for target, said in (
        (tmp_path / "run", "other things .notes.txt."),
        (pack, "other things"),
        (pack / "README.md", "is a file"),
    ):
        with pytest.raises(RunFolderError, match=said):
            check_target(target)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "answer.json").write_text("{}")
    with pytest.raises(RunFolderError, match=r"no run\.json"):
        check_target(tmp_path / "half")


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    pack = make_toyland(tmp_path / "toyland")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write(pack, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "run.json").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "real", "toyland"]


def test_what_a_killed_run_left_is_removed_by_the_next(toyland: Path, tmp_path: Path) -> None:
    """Only what has our mark, of this machine, of a process that is no more, and of the same target."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = platform.node()
    marks = {
        ".run.partial-1": f"{here}\n{gone.pid}\n", ".run.partial-2": f"{here}\n{os.getpid()}\n",
        ".run.partial-3": f"elsewhere\n{gone.pid}\n", ".run.partial-4": "mine",
        ".other.partial-5": f"{here}\n{gone.pid}\n",
    }  # fmt: skip
    for name, mark in marks.items():
        (tmp_path / name / "run").mkdir(parents=True)
        (tmp_path / name / "run" / "answer.json").write_text("half")
        (tmp_path / name / MARK).write_text(mark)
    (tmp_path / ".run.partial-6").mkdir()
    (tmp_path / ".run.partial-7").symlink_to(tmp_path / ".other.partial-5")
    write(toyland, tmp_path / "run")
    left = sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("."))
    assert left == [".other.partial-5", *(f".run.partial-{n}" for n in (2, 3, 4, 6, 7))]
    assert not (tmp_path / "run" / MARK).exists()


def test_answer_json_names_the_overlays(toyland: Path, tmp_path: Path) -> None:
    row = "product.fan.swarf_share,all,0.2,,,1,,,,,Toyland,own,high,"
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text(f"{','.join(FIGURE_COLUMNS)}\n{row}\n")
    pack = load(toyland, overlays=[tmp_path / "one.csv", tmp_path / "two.csv"])
    found = write_run(overview(pack), tmp_path / "run", frozen_inputs(pack), "0" * 64)
    jsonschema.validate(found, schema())
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert found["run"]["overlays"] == run["overlays"] == ["one.csv", "two.csv"]
