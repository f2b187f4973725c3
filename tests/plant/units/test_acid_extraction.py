"""Solvent extraction by pH: balances, the cascade it stands on, what base, cells and scrub do, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chumbak.plant.components import element
from chumbak.plant.errors import PlantError
from chumbak.plant.extraction.acid import solve_acid_cascade
from chumbak.plant.stream import fixed, kmol_of, of
from chumbak.plant.units._common import read_salt, volume
from tests.plant.units.wet import chlorides, run

PR, ND, SM = (element(name) for name in ("Pr", "Nd", "Sm"))
LIQUOR = {"Pr": 0.05, "Nd": 0.2, "Sm": 0.05}


def thin(kmol: dict[str, float], acid: float = 0.0) -> Any:
    """Return a liquor of 10 m3/h."""
    feed = chlorides(kmol, acid=acid)
    feed["water"][:] += fixed("water", (10_000 - feed.total()) / 18.015)
    return feed


@settings(max_examples=25, deadline=None)
@given(
    kmol=st.fixed_dictionaries(dict.fromkeys(LIQUOR, st.floats(0.001, 0.5))), acid=st.floats(0.0, 2.0),
    base=st.sampled_from(("caustic_soda", "ammonia")), scrub=st.integers(0, 3), cells=st.integers(1, 8),
    load=st.floats(0.0, 0.05), over=st.floats(0.2, 3.0),
)  # fmt: skip
def test_every_element_balances(
    kmol: dict[str, float], acid: float, base: str, scrub: int, cells: int, load: float, over: float
) -> None:
    feed = thin(kmol, acid)
    feed["residue"][element("Fe")] = 0.1
    there = 3 * sum(kmol.values()) + (acid or 10 * 10**-2.0)  # charge of the feed, kmol/h
    load = min(load, 0.9 * there * over / volume(feed))  # no more base than that
    result = run("separate_by_acid", feed, base=base, scrub_cells=scrub, cells=cells, base_load=load,
                 aqueous_to_organic=over)  # fmt: skip
    assert result.figures["residual"][0] < 1e-9


def test_it_is_the_cascade_where_nothing_comes_back() -> None:
    """With a strip that leaves nothing, the raffinate is that of the bare cascade."""
    feed = thin(LIQUOR, acid=0.1)
    result = run("separate_by_acid", feed, strip_cells=12, strip_strength=8.0, cells=5, base_load=0.02,
                 aqueous_to_organic=0.8)  # fmt: skip
    flow = volume(feed)
    metals, _ = read_salt(feed, "chloride")
    known = np.array([[0.7487, 1.6106, 2.213], [-2.3629, -3.3279, -2.9758]])  # P507, 10 %
    bare = solve_acid_cascade(metals[[PR, ND, SM]] / flow, -np.log10(0.1 / flow), *known, 0.8, 5, base=0.02)
    light, _ = read_salt(result.outlets["light"], "chloride")
    assert light[[PR, ND, SM]] == pytest.approx(bare.raffinate * flow, rel=1e-6)


def test_more_base_takes_more_over() -> None:
    feed = thin(LIQUOR, acid=0.05)
    loads = [run("separate_by_acid", feed, base_load=load).figures["share extracted"][0] for load in (0.0, 0.03, 0.06)]
    assert loads == sorted(loads)
    assert loads[0] < loads[-1]


def test_scrub_makes_the_heavy_product_purer() -> None:
    feed = thin(LIQUOR, acid=0.05)
    pure = []
    for cells in (0, 2, 6):
        heavy, _ = read_salt(
            run("separate_by_acid", feed, base_load=0.03, scrub_cells=cells, scrub_strength=0.05).outlets["heavy"],
            "chloride",
        )
        pure.append(heavy[SM] / heavy[[PR, ND, SM]].sum())
    assert pure == sorted(pure)
    assert pure[0] < pure[-1]


def test_reagents_are_what_flows_say() -> None:
    feed = thin(LIQUOR, acid=0.05)
    result = run("separate_by_acid", feed, base_load=0.03, strip_to_organic=0.2, strip_strength=4.5)
    organic = result.figures["organic"][0]
    assert organic == pytest.approx(volume(feed))
    assert kmol_of(result.drawn["caustic soda"], "caustic_soda") == pytest.approx(0.03 * organic, rel=1e-9)
    assert kmol_of(result.drawn["hydrochloric acid"], "hydrochloric_acid") == pytest.approx(
        0.2 * 4.5 * organic, rel=1e-9
    )
    taken = result.figures["share extracted"][0] * sum(LIQUOR.values())
    left = kmol_of(result.outlets["heavy"], "hydrochloric_acid")
    assert left == pytest.approx(0.2 * 4.5 * organic - 3 * taken, rel=1e-9)


def test_own_distribution_and_what_is_refused() -> None:
    feed = thin({"Dy": 0.05, "Tb": 0.01}, acid=0.05)
    with pytest.raises(PlantError, match="no distribution of"):
        run("separate_by_acid", feed)
    own = {"a": {"Dy": 2.9, "Tb": 2.8}, "b": {"Dy": -1.0, "Tb": -1.3}}
    assert run("separate_by_acid", feed, base_load=0.005, **own).figures["share extracted"][0] > 0
    with pytest.raises(PlantError, match="'a' is not known for Tb"):
        run("separate_by_acid", feed, a={"Dy": 2.9}, b={"Dy": -1.0})
    with pytest.raises(PlantError, match="saponify less"):
        run("separate_by_acid", thin(LIQUOR), base_load=2.0)
    with pytest.raises(PlantError, match="open loop"):
        run("separate_by_acid", thin(LIQUOR), scrub_cells=2, scrub_to_organic=0.0)
    with pytest.raises(PlantError, match="nitrates"):
        run("separate_by_acid", of({"nitric_acid": fixed("nitric_acid", 1.0)}))
    assert run("separate_by_acid", of({"water": fixed("water", 1.0)})).outlets["heavy"].total() == 0
