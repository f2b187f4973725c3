"""The run folder: whole or not at all, the same bytes for the same inputs, every number the same in each file."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr

from chumbak.answer import overview
from chumbak.pack import load
from chumbak.report import run_folder
from chumbak.report.run_folder import frozen_inputs, run_id, write_run
from chumbak.report.target import RunFolderError, check_target
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
