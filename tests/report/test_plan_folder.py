"""The run folder of a plan: the same bytes for the same plan, and read again to play it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from chumbak.answer import Answer
from chumbak.answer.document import schema
from chumbak.answer.plan_document import plan_document
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Setup, answer_of, figures_used, plan_id, read_plan, write_plan
from chumbak.report.run_folder import frozen_inputs
from chumbak.report.target import check_target

SETUP = Setup("india", "reference", "national", "country", (), None)


def write(answer: Answer, target: Path, setup: Setup = SETUP) -> Path:
    assert answer.plan is not None
    inputs = frozen_inputs(answer.pack)
    found = answer_of(answer.pack, plan_document(answer.plan), plan_id(setup, inputs))
    write_plan(answer.plan, found, answer.pack, setup, target, inputs)
    return target


@pytest.fixture(scope="module")
def folder(india: Answer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(india, tmp_path_factory.mktemp("plan") / "run")


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_plan_gives_the_same_bytes(india: Answer, folder: Path, tmp_path: Path) -> None:
    assert digests(write(india, tmp_path / "again")) == digests(folder)
    names = {path.name for path in folder.iterdir()}
    assert names == {"answer.json", "evidence.csv", "inputs", "plan.nc", "report.html", "run.json", "tables"}
    check_target(folder)  # a plan is replaced like any run


def test_settings_are_in_the_hash(india: Answer) -> None:
    inputs = frozen_inputs(india.pack)
    others = (
        Setup("india", "reference", "investor", "country", (), None),
        Setup("india", "reference", "national", "regions", (), None),
        Setup("india", "reference", "national", "country", (("budget", "9@2030"),), None),
        Setup("india", "reference", "national", "country", (), 0.05),
    )  # fmt: skip
    assert len({plan_id(setup, inputs) for setup in (SETUP, *others)}) == 5


def test_files_agree_with_each_other(india: Answer, folder: Path) -> None:
    found = json.loads((folder / "answer.json").read_text())
    jsonschema.validate(found, schema())
    assert india.plan is not None
    with xr.open_dataset(folder / "plan.nc", engine="scipy") as decisions:
        for name, array in india.plan.decisions.data_vars.items():
            if array.size:
                np.testing.assert_array_equal(decisions[name].values, array.values)
                assert all(decisions[name].attrs[said] for said in ("units", "long_name"))
    builds = pd.read_csv(folder / "tables" / "plan-builds.csv")
    assert builds.capacity.sum() == pytest.approx(sum(one["capacity"] for one in found["plan"]["builds"]))
    evidence = pd.read_csv(folder / "evidence.csv")
    assert len(evidence) == len(figures_used(india.pack))
    assert "plan" in set(evidence.used_in)


def test_it_is_read_again_as_it_was_written(india: Answer, folder: Path) -> None:
    kept = read_plan(folder)
    assert kept.setup == SETUP
    assert india.plan is not None
    xr.testing.assert_equal(kept.build, india.plan.decisions["build"].astype(float))
    assert kept.told["cost_npv"]["value"] == pytest.approx(india.plan.cost)


def test_folders_that_are_no_plan_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MistakeError, match="There is no folder"):
        read_plan(tmp_path / "none")
    with pytest.raises(MistakeError, match=r"no run folder of a plan: run\.json is missing"):
        read_plan(tmp_path)
    for name in ("answer.json", "run.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with pytest.raises(MistakeError, match=r"plan\.nc is missing"):
        read_plan(tmp_path)
    for text in ("{}", "[]", "not json", '{"plan": 1}'):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(MistakeError, match="its files tell of none"):
            read_plan(tmp_path)
