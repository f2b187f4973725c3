"""``chumbak ensemble`` and ``chumbak replay --draws``: the folder, going on after a stop, what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chumbak.answer import plan_ensemble
from chumbak.answer.plan_ensemble_document import NO_REGRET
from chumbak.pack.pack import list_scenarios
from chumbak.report.futures_store import DRAWS
from chumbak.report.plan_ensemble_words import few, no_regret, what_is_drawn
from tests.conftest import load, run_here
from tests.printed import validate

ENSEMBLE = ("ensemble", "india", "--only", "demand,limits", "--seed", "5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three futures in a run folder."""
    path = tmp_path_factory.mktemp("futures") / "run"
    done = run_here(*ENSEMBLE, "--draws", "3", "--out", path, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    assert "3 futures (seed 5)" in " ".join(done.stdout.split())
    return path


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "answer.json").read_text("utf-8"))
    return found


def test_a_folder_has_all_its_parts_and_they_agree(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "answer.json", "draws.jsonl", "evidence.csv", "inputs", "report.html", "run.json", "tables",
    ]  # fmt: skip
    found = told(folder)
    assert found["run"]["draws"] == 3
    ensemble = found["ensemble"]
    assert [one["group"] for one in ensemble["drawn"]["groups"]] == ["demand", "limits"]
    assert ensemble["drawn"]["recipes"] == "central"
    rows = [json.loads(line) for line in (folder / DRAWS).read_text("utf-8").splitlines()[1:]]
    assert ensemble["cost_npv"]["p50"] == pytest.approx(np.median([row["cost"] for row in rows]))
    years = pd.read_csv(folder / "tables" / "ensemble-years.csv")
    need = years[(years["what"] == "need") & (years["year"] == 2035)].iloc[0]
    at = list(ensemble["by_year"]["need"]["central"]).index("2035")
    assert need["p50"] == pytest.approx(np.median([row["need"][at] for row in rows]))
    builds = pd.read_csv(folder / "tables" / "ensemble-builds.csv")
    one = builds.iloc[-1]
    decided = [
        sum(amount for plant, region, year, amount in row["built"]
            if (plant, region) == (one["plant"], one["region"]) and year <= one["decided_by"])
        for row in rows
    ]  # fmt: skip
    assert one["share"] == pytest.approx(np.mean([amount >= one["least_t_year"] for amount in decided]), abs=1e-8)
    assert one["p95"] == pytest.approx(np.quantile(decided, 0.95), abs=1e-6)


def test_a_stopped_run_goes_on_and_ends_in_the_same_bytes(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "whole"
    run_here(*ENSEMBLE, "--draws", "4", "--out", whole, cwd=tmp_path)
    stopped = tmp_path / "stopped"
    stopped.mkdir()
    lines = (folder / DRAWS).read_bytes().split(b"\n")
    (stopped / DRAWS).write_bytes(b"\n".join(lines[:3]) + b"\n" + lines[3][:40])  # killed while it wrote a line
    ran: list[tuple[int, ...]] = []
    run = plan_ensemble.run_chunk

    def noted(setup: Any, chunk: int, wanted: tuple[int, ...]) -> list[str]:
        ran.append(wanted)
        return run(setup, chunk, wanted)

    monkeypatch.setattr(plan_ensemble, "run_chunk", noted)
    done = run_here(*ENSEMBLE, "--draws", "4", "--out", stopped, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert ran == [(2, 3)]
    names = [path.relative_to(whole) for path in whole.rglob("*") if path.is_file()]
    assert len(names) > 10
    for name in names:
        assert (whole / name).read_bytes() == (stopped / name).read_bytes(), name


def test_a_folder_of_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    another = next(name for name in list_scenarios(load("india").path) if name != "reference")
    for other, said in (
        (("--seed", "6"), "the seed is not the same"),
        (("--seed", "5", "--view", "investor"), "the view is not the same"),
        (("--seed", "5", "--scenario", another), "what the pack holds are not the same"),
    ):
        done = run_here(
            "ensemble", "india", "--only", "demand,limits", *other, "--draws", "3", "--out", folder, cwd=tmp_path
        )
        assert done.returncode == 2
        assert said in " ".join(done.stderr.split())
    full = tmp_path / "full"
    full.mkdir()
    (full / "letter.txt").write_text("dear", "utf-8")
    done = run_here(*ENSEMBLE, "--out", full, cwd=tmp_path)
    assert done.returncode == 2
    assert "letter.txt" in done.stderr
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    lines = (changed / DRAWS).read_text("utf-8").split("\n")
    (changed / DRAWS).write_text("\n".join([lines[0], lines[2], lines[1], *lines[3:]]), "utf-8")
    done = run_here(*ENSEMBLE, "--draws", "3", "--out", changed, cwd=tmp_path)
    assert done.returncode == 2
    assert "line 2 is not draw 0" in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--draws", "0"), "has to be from 1"),
        (("--seed", "-1"), "has to be 0 or more"),
        (("--only", "weather"), "there is no such group of figures"),
        (("--only", ","), "names no group"),
        (("--view", "lunar"), "is none"),
    ],
)
def test_what_cannot_be_is_a_sentence(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run_here("ensemble", "india", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_plan_is_played_in_many_futures(tmp_path: Path) -> None:
    plan = run_here("plan", "india", "--chain-self-reliance", "0.3@2035", "--out", tmp_path / "plan", cwd=tmp_path)
    assert plan.returncode == 0, plan.stderr
    done = run_here(
        "replay", tmp_path / "plan", "--draws", "2", "--only", "demand,limits", "--seed", "5", "--json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    validate(found, "replays")
    replays = found["replays"]
    assert replays["draws"] == 2
    assert replays["cost_npv"]["central"] == pytest.approx(replays["of"]["cost_npv"]["value"], rel=1e-6)
    assert replays["kept"]["central"] is True
    assert 0 <= replays["kept"]["share"] <= 1
    alone = run_here("replay", tmp_path / "plan", "--only", "demand", cwd=tmp_path)
    assert alone.returncode == 2
    assert "--draws 100" in alone.stderr


def test_an_ensemble_has_its_shape(folder: Path) -> None:
    validate(told(folder), "ensemble")


def test_no_regret_is_what_is_built_in_more_than_nine_futures_of_ten(folder: Path) -> None:
    ensemble, pack = told(folder)["ensemble"], load("india")
    for one in ensemble["no_regret"]["builds"]:
        sure = [int(year) for year, row in one["by"].items() if row["share"] > NO_REGRET]
        assert one["no_regret_from"] == (min(sure) if sure else None)
        shares = [row["share"] for row in one["by"].values()]
        assert shares == sorted(shares)  # what is decided stays decided
    assert "more than 90 %" in no_regret(ensemble, pack)
    assert "Held at their central values" in what_is_drawn(ensemble)
    assert "say little" in few(ensemble)
    assert few(ensemble | {"draws": 20}) == ""
