"""Whether a run folder can be played: what is none of a plan, damaged or changed is told, and which file it is."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chumbak.answer import Answer
from chumbak.answer.plan_document import plan_document
from chumbak.pack import Pack
from chumbak.plan.replay import replay
from chumbak.plan.requirements import Requirement, read_requirement
from chumbak.plan.result import make_plan
from chumbak.report import replay_checks
from chumbak.report.ask_replay import Played, kept_to, play, verdict
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Kept, Setup, answer_of, plan_id, write_plan
from chumbak.report.replay_checks import edited_inputs, sound_plan
from chumbak.report.run_folder import frozen_inputs
from tests.plan.test_around import HALF, importing, twice_the_need


@pytest.fixture(scope="module")
def written(india: Answer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert india.plan is not None
    target = tmp_path_factory.mktemp("plan") / "run"
    setup, inputs = Setup("india", "reference", "national", "country", (), None), frozen_inputs(india.pack)
    found = answer_of(india.pack, plan_document(india.plan), plan_id(setup, inputs))
    write_plan(india.plan, found, india.pack, setup, target, inputs)
    return target


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "run"))


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    found = json.loads(path.read_text(encoding="utf-8"))
    change(found)
    path.write_text(json.dumps(found), encoding="utf-8")


def test_a_plan_as_it_was_written_is_sound(folder: Path) -> None:
    assert sound_plan(folder).setup.pack == "india"


@pytest.mark.parametrize(("name", "size"), [("run.json", 0), ("answer.json", 3000), ("plan.nc", 0), ("plan.nc", 5000)])
def test_a_damaged_file_is_named(folder: Path, name: str, size: int) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:size])
    with pytest.raises(MistakeError, match=f"is damaged: its {name} cannot be read"):
        sound_plan(folder)


def test_the_folder_of_a_run_is_no_plan(folder: Path) -> None:
    edit(folder / "run.json", lambda run: run.pop("plan"))
    with pytest.raises(MistakeError, match="is the folder of a chumbak run: only those of chumbak plan are played"):
        sound_plan(folder)


ASKED = ["chain-self-reliance", "0.5@2035"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"answer.json": lambda found: found["plan"]["requirements"].append("--budget 9@2030")},
            "the requirements in answer.json are not those in run.json",
        ),
        (
            {
                "answer.json": lambda found: found["plan"]["requirements"].append("--chain-self-reliance 0.5@2035"),
                "run.json": lambda run: run["plan"]["requirements"].append(ASKED),
            },
            "the settings in run.json are not those that the run was named after",
        ),
        ({"answer.json": lambda found: found["run"].update(id="another")}, "answer.json and run.json are of two runs"),
        ({"answer.json": lambda found: found["plan"]["builds"].pop()}, "plan.nc does not hold the builds"),
    ],
)
def test_what_does_not_belong_to_the_run_is_refused(
    folder: Path, changes: dict[str, Callable[[dict[str, Any]], object]], told: str
) -> None:
    for name, change in changes.items():
        edit(folder / name, change)
    with pytest.raises(MistakeError, match=told):
        sound_plan(folder)


def test_edited_inputs_of_a_plan_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(replay_checks, "complain", said.append)
    sound_plan(folder)
    assert said == []
    (folder / "inputs" / "pack" / "datapackage.json").write_text("{}")
    sound_plan(folder)
    (sentence,) = said
    assert "are not what the plan was made from (pack/datapackage.json)" in sentence


def test_files_changed_lost_and_added_are_edited(tmp_path: Path) -> None:
    names = ("pack/tables/a.csv", "overlays/1-own.csv", "pack/datapackage.json")
    for name in names:
        path = tmp_path / "inputs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"as it was")
    inputs = dict.fromkeys(names, hashlib.sha256(b"as it was").hexdigest())
    kept = cast(Kept, SimpleNamespace(inputs=inputs))
    assert edited_inputs(kept, tmp_path) == []
    (tmp_path / "inputs" / "overlays" / "1-own.csv").write_bytes(b"as it is now")
    (tmp_path / "inputs" / "pack" / "tables" / "a.csv").unlink()
    (tmp_path / "inputs" / "pack" / "new.csv").write_bytes(b"")
    assert edited_inputs(kept, tmp_path) == ["overlays/1-own.csv", "pack/tables/a.csv", "pack/new.csv"]


TOYLAND = cast(Pack, SimpleNamespace(currency="TOY"))


def played(kept: dict[Requirement, Requirement | None], more: float) -> Played:
    """A replay that costs ``more`` than the best plan beside it."""
    plan = replay(importing(), make_plan(importing()).decisions["build"])
    return Played(plan, kept, plan.cost - more)


def test_builds_that_keep_half_of_a_floor_are_played_at_that() -> None:
    """Works for 5 t of 10 keep a quarter of 20 t; a new plan for 20 t would build as much, so nothing is regretted."""
    build = make_plan(importing(), (HALF,)).decisions["build"]
    setup = Setup("toyland", "reference", "national", "country", (("self-reliance", "magnet=0.5@2026"),), None)
    kept = cast(Kept, SimpleNamespace(built=build, setup=setup))
    found = play(twice_the_need(importing()), kept, lambda what: None)
    assert "50 % was required; these builds can keep 24.9 %, and that is required here" in kept_to(found)
    assert found.best is not None
    assert 0 <= found.plan.cost - found.best < 0.01 * found.plan.cost
    same = play(importing(), kept, lambda what: None)
    assert kept_to(same) == f"Still required, and kept: {HALF}."
    assert "these builds do as well" in verdict(same, TOYLAND)


def test_a_verdict_says_what_other_builds_would_have_cost() -> None:
    assert "of which nothing more is required costs 260 million TOY; these builds cost 100 million TOY more (38 %)" in (
        verdict(played({}, 100.0), TOYLAND)
    )
    assert "100 million TOY more than these builds: limits to growth" in verdict(played({HALF: HALF}, -100.0), TOYLAND)
    assert verdict(Played(played({}, 0.0).plan, {}, None), TOYLAND).startswith("No plan made for this scenario")


def test_what_is_kept_of_each_kind_is_told_in_its_unit() -> None:
    limit = read_requirement("max-share", "CHN=0.5@2032"), read_requirement("max-share", "CHN=0.63@2032")
    weeks = read_requirement("stock-weeks", "8.5@2028"), read_requirement("stock-weeks", "6.1@2028")
    told = kept_to(played({limit[0]: limit[1], weeks[0]: weeks[1], HALF: None}, 0.0))
    assert "50 % at most was required; these builds can keep 63 % at most" in told
    assert "8.5 weeks of need in stock was required; these builds can keep 6.1 weeks of need in stock" in told
    assert f"{HALF}: with these builds no value of it can be kept here; it is left behind." in told
    assert told.endswith("Each is as near as it can be beside those before it, in the order of the plan.")
