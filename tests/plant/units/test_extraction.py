"""Solvent extraction: the cascade against published stage counts and its limits, balances, reagents, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.plant.components import MASS, RARE_EARTHS, element
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.limits import least_organic_of_pair
from chumbak.plant.stream import Stream, fixed, kmol_of, of
from chumbak.plant.units._common import read_salt
from chumbak.plant.units.extraction import cut, designed
from tests.plant.units.wet import amount, chlorides, run

ND, PR, DY = element("Nd"), element("Pr"), element("Dy")

# Patent stage counts (Shin-Etsu EP2388344A1), purities computed apart: factor, heavy share, stages, S/S_min, A, B.
PATENT = (
    (1.4, 0.75, 72, 0.95, 0.987181, 0.961542), (1.4, 0.75, 72, 1.0, 0.997183, 0.99155),
    (1.4, 0.75, 72, 1.05, 0.999578, 0.998735), (1.4, 0.75, 72, 1.2, 0.999982, 0.999945),
    (2.5, 0.75, 24, 0.95, 0.98708, 0.961241), (2.5, 0.75, 24, 1.05, 0.999374, 0.998121),
    (2.5, 0.75, 24, 1.5, 0.999999, 0.999998), (1.4, 0.5, 72, 1.0, 0.999111, 0.999111),
)  # fmt: skip


@pytest.mark.parametrize(("factor", "heavy", "stages", "over", "first", "second"), PATENT)
def test_patent_cascades(factor: float, heavy: float, stages: int, over: float, first: float, second: float) -> None:
    organic = over * least_organic_of_pair(heavy, factor)
    solved = cut((1 - heavy, heavy), (1.0, factor), stages, stages, organic, heavy)
    assert solved.purity([1]) == pytest.approx(first, abs=2e-6)
    assert solved.purity([0], product=False) == pytest.approx(second, abs=2e-6)
    assert solved.residual < 1e-10


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.02, 1.0), min_size=2, max_size=6), st.data())
def test_designs_reach_their_purity_and_balance(feed: list[float], data: st.DataObject) -> None:
    z = tuple(one / sum(feed) for one in feed)
    steps = [data.draw(st.floats(1.4, 6.0)) for _ in z[1:]]
    factors = tuple(np.cumprod([1.0, *steps]))
    heavy = data.draw(st.integers(1, len(z) - 1))
    made = designed(z, factors, heavy, 1.2, 0.999)
    light = list(range(len(z) - heavy))
    assert made.purity >= 0.999 - 1e-9
    assert made.solved.purity(light, product=False) >= 0.999 - 1e-6
    assert made.solved.product[-heavy:].sum() >= 0.999 * sum(z[-heavy:]) - 1e-9
    assert made.solved.raffinate[light].sum() >= 0.999 * sum(z[:-heavy]) - 1e-6
    assert made.solved.product + made.solved.raffinate == pytest.approx(np.array(z), abs=1e-8)


LIQUORS = st.fixed_dictionaries(dict.fromkeys(["Pr", "Nd", "Dy", "Tb", "Ca"], st.floats(0.01, 1.0)))


@settings(max_examples=15, deadline=None)
@given(LIQUORS, amount, st.sampled_from(("caustic_soda", "ammonia")), st.floats(3.0, 6.0), amount)
def test_every_element_balances(kmol: dict[str, float], acid: float, base: str, strip: float, loss: float) -> None:
    given_: dict[str, Any] = {"base": base, "strip_acid": strip, "purity": 0.99, "extractant_loss": loss}
    feed = chlorides(kmol, acid=acid)
    feed["residue"][element("Fe")] = 0.1
    for border in ("La", "Nd", "Tb", "Er"):
        run("separate", feed, cut=border, **given_)
    run("separate_all", feed, **given_)


def test_reagents_are_three_to_one_for_what_the_organic_carries() -> None:
    """0.713 kg of caustic soda a kg of Nd2O3 extracted once, and salt for all of it."""
    result = run("separate", chlorides({"Pr": 0.25, "Nd": 0.75}), cut="Nd", strip_acid=3.0, organic_over_least=1.05,
                 extract_stages=72, scrub_stages=72)  # fmt: skip
    carried = 1.05 * 3.25
    assert kmol_of(result.drawn["caustic soda"], "caustic_soda") == pytest.approx(3 * carried, rel=1e-9)
    assert kmol_of(result.drawn["hydrochloric acid"], "hydrochloric_acid") == pytest.approx(3 * carried, rel=1e-9)
    assert kmol_of(result.outlets["light"], "salt") == pytest.approx(3 * carried, rel=1e-9)
    assert pytest.approx(0.713, abs=5e-4) == 3 * 39.997 / (336.48 / 2)
    assert result.figures["purity of the heavy product"][0] == pytest.approx(0.999578, abs=2e-6)
    assert result.figures["purity of the light product"][0] == pytest.approx(0.998735, abs=2e-6)
    assert result.sizes[0].count == 72 + 72 + 8


def test_lock_up_is_what_the_stages_hold() -> None:
    feed = chlorides({"Pr": 0.25, "Nd": 0.75})
    short, long = (run("separate", feed, cut="Nd", extract_stages=40, scrub_stages=40, settler_time=t) for t in (5, 20))
    locked = [one.figures["rare earths locked up"][0] for one in (short, long)]
    assert locked[1] / locked[0] == pytest.approx((10 + 20) / (10 + 5))
    organic = 1.2 * 3.25
    stages = organic * 80 + (organic - 0.75 + 1) * 40 + (organic - 0.75) * 40
    between = [stages * 0.5 * mass for mass in (MASS[PR], MASS[ND])]  # what of it is which differs from stage to stage
    assert between[0] < locked[1] < between[1]


def test_a_train_gives_every_element_its_stream() -> None:
    feed = chlorides({"Pr": 0.2, "Nd": 0.7, "Tb": 0.02, "Dy": 0.08, "Gd": 1e-5})
    result = run("separate_all", feed)
    assert {name for name in RARE_EARTHS if result.outlets[name].total() > 0} == {"Pr", "Nd", "Tb", "Dy"}
    for name in ("Pr", "Nd", "Tb", "Dy"):
        metals, _ = read_salt(result.outlets[name], "chloride")
        whole = sum(metals[element(one)] for one in RARE_EARTHS)
        assert metals[element(name)] / whole > 0.99, name
    assert "Tb/Dy: stages of extraction" in result.figures
    assert run("separate_all", chlorides({"Nd": 1.0})).outlets["Nd"].total() > 0
    assert run("separate_all", of({"water": fixed("water", 1.0)})).drawn == {}


def test_one_side_alone_passes() -> None:
    alone = run("separate", chlorides({"Pr": 0.2, "Nd": 0.7}), cut="Dy")
    assert "one side" in alone.warnings[0]
    assert alone.outlets["heavy"].total() == 0.0
    assert run("separate", chlorides({"Dy": 0.2}), cut="Nd").outlets["light"].total() == 0.0


def test_what_cannot_be_is_refused() -> None:
    liquor = chlorides({"Pr": 0.2, "Nd": 0.7, "Fe": 0.1})
    assert "remove them first" in run("separate", liquor, cut="Nd").warnings[0]
    with pytest.raises(PlantError, match="same separation factor"):
        run("separate", liquor, cut="Nd", factor={"Pr": 2.0, "Nd": 2.0})
    with pytest.raises(PlantError, match="'factor' is not known for Y"):
        run("separate", chlorides({"Y": 1.0, "Nd": 1.0}), cut="Nd")
    with pytest.raises(PlantError, match="take more organic over the least"):
        run("separate", liquor, cut="Nd", organic_over_least=0.9)
    with pytest.raises(PlantError, match="nitrates"):
        run("separate", of({"nitric_acid": fixed("nitric_acid", 1.0)}), cut="Nd")
    with pytest.raises(PlantError, match="from 3 to 20"):
        run("separate", liquor, cut="Nd", strip_acid=2.0)


def test_acid_in_the_feed_costs_base() -> None:
    def base(acid: float) -> float:
        feed: Stream = chlorides({"Pr": 0.2, "Nd": 0.7}, acid=acid)
        return kmol_of(run("separate", feed, cut="Nd").drawn["caustic soda"], "caustic_soda")

    assert base(0.5) - base(0.0) == pytest.approx(0.5, rel=1e-9)
