"""Which way each need goes, what rungs hand on, and what a tonne of ore gives."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from chumbak.chain import requirements, routes
from tests.chain.test_requirements import looped
from tests.chain.toy import Toy, grade_need

ND = 2 * 144.24 / (2 * 144.24 + 3 * 15.999)


def handed_on(toy: Toy, need: dict[str, float]) -> xr.Dataset:
    chain = toy.chain()
    return routes.rung_needs(chain, requirements(chain, grade_need(need), toy.shares())).isel(year=0)


def test_a_share_by_grade_comes_before_one_of_the_process() -> None:
    toy = Toy()
    toy.figures["process.diffuse.share"] = 0.1
    assert float(toy.shares()["diffuse_sh"][0]) == 0.25
    del toy.figures["process.diffuse.share.SH"]
    assert float(toy.shares()["diffuse_sh"][0]) == 0.1


def test_shares_are_of_processes_that_take_part() -> None:
    toy = Toy()
    toy.figures["process.recycle.share"] = 0.5
    assert set(toy.shares()) == {"diffuse_sh", "leach_n", "leach_sh"}


def test_a_rung_hands_on_what_later_rungs_and_the_final_need_ask_for() -> None:
    rungs = handed_on(Toy(), {"N": 1.0})
    assert rungs["stage"].values.tolist() == ["separation", "metal", "alloy", "magnet"]
    assert float(rungs.need_stage.sel(stage="magnet")) == pytest.approx(1.0)
    assert float(rungs.need_stage.sel(stage="alloy")) == pytest.approx(1.25)
    assert float(rungs.need_stage.sel(stage="metal")) == pytest.approx(1.25 * 0.30 / 0.98)
    assert float(rungs.need_element.sel(stage="alloy", element="Nd")) == pytest.approx(1.25 * 0.24)


def test_what_comes_back_is_not_asked_of_the_rung() -> None:
    toy = Toy()
    net = float(handed_on(toy, {"N": 1.0}).need_element.sel(stage="separation", element="Nd"))
    toy.figures["process.leach.share"] = 0.0
    gross = float(handed_on(toy, {"N": 1.0}).need_element.sel(stage="separation", element="Nd"))
    assert gross == pytest.approx(1.25 * 0.24 / 0.98 / 0.95)
    assert gross - net == pytest.approx(0.9 * 0.2 * 0.24 * 0.95)


def test_that_holds_on_every_rung_not_at_separation_alone() -> None:
    # skulls of casting come back as alloy: casters make 1.25 / 1.09 and have that much to hand on
    rungs = handed_on(looped(), {"N": 1.0})
    assert float(rungs.need_stage.sel(stage="alloy")) == pytest.approx(1.25 / 1.09)


def test_magnets_that_are_diffused_are_handed_on_once() -> None:
    rungs = handed_on(Toy(), {"SH": 1.0})
    assert float(rungs.need_stage.sel(stage="magnet")) == pytest.approx(1.0)


def test_a_tonne_of_ore_gives_what_is_won_of_each_element() -> None:
    toy = Toy()
    found = routes.ore_yields(toy.chain(), toy.shares(None))
    assert found is not None
    assert float(found.sel(element="Nd")[0]) == pytest.approx(0.5 * 0.75 * ND * 0.9)
    assert float(found.sel(element="Dy")[0]) == pytest.approx(0.5 * 0.05 * 0.9 / 1.1477, rel=1e-4)
    assert float(found.sel(element="Fe")[0]) == 0


def test_without_a_way_from_ore_to_oxide_there_is_no_yield() -> None:
    toy = Toy()
    toy.drop("processes", "separate", "mine")
    toy.drop("flows", *[f"separate_{at}" for at in range(1, 6)], "mine_1")
    toy.figures = {key: one for key, one in toy.figures.items() if not key.startswith(("process.sep", "process.mine"))}
    assert routes.ore_yields(toy.chain(), toy.shares(None)) is None
    toy = Toy()
    toy.cell("materials", "monazite", "stage", "")
    toy.drop("projects", "mine_now")
    toy.figures = {key: one for key, one in toy.figures.items() if not key.startswith("project.mine_now")}
    assert routes.ore_yields(toy.chain(), toy.shares(None)) is None


def test_needs_of_grades_are_sums_of_those_of_a_tonne_of_each() -> None:
    toy = Toy()
    need = {"N": 3.0, "SH": 0.5, "bonded": 2.0}
    whole = handed_on(toy, need)
    parts = {grade: handed_on(toy, {grade: 1.0}) for grade in need}
    for name in ("need_stage", "need_element"):
        total = sum(amount * parts[grade][name] for grade, amount in need.items())
        np.testing.assert_allclose(total, whole[name], atol=1e-9)


def test_rungs_begin_at_separation_whatever_processes_take_part() -> None:
    toy = Toy()
    toy.cell("processes", "mine", "stage", "dismantling")  # mines that call themselves by a later stage
    rungs = handed_on(toy, {"N": 1.0})
    assert rungs["stage"].values.tolist() == ["separation", "metal", "alloy", "magnet"]
