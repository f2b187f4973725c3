"""What projects turn out: run-up against integration, blocks, availability, and what stays in the country."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.chain.supply import COUNTED, project_output
from tests.chain.toy import Toy

WINDOW = np.arange(2025, 2033)


def output(toy: Toy, years: np.ndarray = WINDOW) -> xr.DataArray:
    return project_output(toy.nouns(), toy.given(), years)


def test_a_plant_that_runs_turns_out_its_capacity() -> None:
    assert output(Toy()).sel(project="oxide_now").values.tolist() == [100.0] * len(WINDOW)


def test_a_run_up_from_the_middle_of_a_year_by_hand() -> None:
    # 100 t from mid-2025: half a year at 0.3; half at 0.3 and half at 0.6; half at 0.6, half at 0.8; half at 0.8 ...
    expected = [15, 45, 70, 90, 100, 100, 100, 100]
    assert output(Toy()).sel(project="magnets_later").values == pytest.approx(expected)


def test_capacity_is_cut_by_availability_and_by_what_is_sold_abroad() -> None:
    toy = Toy()
    toy.figures |= {"project.magnets_next.availability": 0.9, "project.magnets_next.stays_home": 0.5}
    assert output(toy).sel(project="magnets_next").values == pytest.approx([18.0] * len(WINDOW))


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_block_counts_by_its_share_and_others_are_not_touched(share: float) -> None:
    toy = Toy()
    whole = output(toy)
    toy.figures["block.scheme.share"] = share
    part = output(toy)
    assert part.sel(project="magnets_later").values == pytest.approx(share * whole.sel(project="magnets_later").values)
    others = [name for name in whole["project"].values if name != "magnets_later"]
    assert part.sel(project=others).equals(whole.sel(project=others))


def test_claims_are_no_kind_of_plant_that_counts() -> None:
    assert COUNTED == ("existing", "committed", "announced")


def level(age: float, steps: tuple[float, float, float]) -> float:
    return 0.0 if age < 0 else steps[int(age)] if age < 3 else 1.0


@settings(max_examples=25)
@given(
    start=st.floats(2023.0, 2031.0), first=st.floats(0, 1), second=st.floats(0, 1), third=st.floats(0, 1)
)  # fmt: skip
def test_the_run_up_is_the_mean_level_of_each_calendar_year(
    start: float, first: float, second: float, third: float
) -> None:
    toy = Toy()
    toy.figures |= {
        "project.magnets_later.start": start,
        "ramp.new.first_year": first,
        "ramp.new.second_year": second,
        "ramp.new.third_year": third,
    }
    found = output(toy).sel(project="magnets_later").values / 100
    slices = (np.arange(4000) + 0.5) / 4000
    for year, mean in zip(WINDOW, found, strict=True):
        integral = np.mean([level(year + part - start, (first, second, third)) for part in slices])
        assert mean == pytest.approx(integral, abs=2e-3)
    assert (found >= 0).all()
    assert (found <= 1 + 1e-12).all()


def test_later_starts_never_turn_out_more() -> None:
    toy = Toy()
    sums = []
    for start in np.linspace(2024, 2034, 11):
        toy.figures["project.magnets_later.start"] = float(start)
        sums.append(output(toy).sel(project="magnets_later").values)
    assert (np.diff(sums, axis=0) <= 1e-9).all()


def test_draws_of_start_and_capacity() -> None:
    toy = Toy()
    given = toy.given()
    start = given["project_start"].expand_dims(draw=2).copy()
    start.loc[{"draw": 1, "project": "magnets_later"}] = 2026.0
    drawn = project_output(toy.nouns(), given | {"project_start": start}, WINDOW)
    assert drawn.sel(draw=0).drop_vars("draw", errors="ignore").values == pytest.approx(output(toy).values)
    assert drawn.sel(draw=1, project="magnets_later").values[:4] == pytest.approx([0, 30, 60, 80])


def test_a_country_without_projects() -> None:
    toy = Toy()
    toy.drop("projects", "mine_now", "oxide_now", "magnets_next", "magnets_later", "recycler", "talk")
    toy.figures = {key: value for key, value in toy.figures.items() if not key.startswith("project.")}
    assert output(toy).sizes["project"] == 0
