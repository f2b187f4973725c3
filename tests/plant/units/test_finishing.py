"""Block to coated magnet: swarf by the geometry of the piece, heavy rare earth and coating by its surface."""

from __future__ import annotations

from math import pi
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chumbak.plant.components import MASS, Array, element
from chumbak.plant.errors import PlantError
from chumbak.plant.stream import by_element, fixed, of
from chumbak.plant.units._shapes import cell_of, piece_of
from chumbak.plant.units.machining import swarf_shares
from tests.plant.units.wet import MAGNET_FEEDS, METALS, amount, magnets, run, values

ND, FE, TB, DY, NI, CU, ZN, OX, H, F = (
    element(x) for x in ("Nd", "Fe", "Tb", "Dy", "Ni", "Cu", "Zn", "O", "H", "F")
)  # fmt: skip
length = st.floats(0.2, 100.0)
SHAPES = st.one_of(
    st.fixed_dictionaries({"shape": st.just("block"), "length": length, "width": length, "thickness": length}),
    st.fixed_dictionaries({"shape": st.just("disc"), "outer_diameter": length, "thickness": length}),
    st.tuples(length, st.floats(0.05, 0.98), length).map(
        lambda x: {"shape": "ring", "outer_diameter": x[0], "inner_diameter": x[0] * x[1], "thickness": x[2]}
    ),
    st.tuples(length, st.floats(0.05, 0.98), length, st.floats(1.0, 180.0)).map(
        lambda x: {"shape": "arc", "outer_radius": x[0], "inner_radius": x[0] * x[1], "length": x[2], "angle": x[3]}
    ),
)
PLATE = {"shape": "block", "length": 30.0, "width": 10.0, "thickness": 5.0}


@given(MAGNET_FEEDS, METALS.map(by_element), SHAPES, amount)
def test_every_element_balances(row: Array, other: Array, shape: dict[str, Any], share: float) -> None:
    row = row + by_element({"Fe": 10.0})  # so that there is metal to oxidise
    feed = of({"block": row, "magnet": row * share, "residue": other, "water": fixed("water", share)})
    done = run("machine", feed, kerf=share, allowance=share / 2, squaring=share * 0.9, broken=share * 0.99,
               oxidised=share / 100.0, moisture=share, **shape).outlets["magnets"]  # fmt: skip
    for source in ("metal", "fluoride", "hydride", "oxide"):
        done = run("diffuse", done, source=source, element="Tb", entered=share, recovered=share,
                   **shape | {"density": 7.5}).outlets["magnets"]  # fmt: skip
    for coating in ("NiCuNi", "Zn", "epoxy"):
        run("coat", done, coating=coating, used=max(share, 0.05), copper=share, **shape)


@given(SHAPES, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_pieces_swarf_and_bits_are_the_block(shape: dict[str, Any], kerf: float, allowance: float) -> None:
    told = values("machine", kerf=kerf, allowance=allowance, **shape)
    pieces, swarf, bits = swarf_shares(told)
    assert pieces + swarf + bits == pytest.approx(1.0)
    assert min(pieces, swarf, bits) >= -1e-12
    piece = piece_of(told)
    assert piece is not None
    whole, solid = cell_of(piece, kerf, allowance)
    assert whole >= piece.volume + solid - 1e-9 * whole
    more = swarf_shares(values("machine", kerf=kerf + 0.1, allowance=allowance, **shape))
    assert more[1] > swarf
    assert more[0] < pieces


def test_volumes_and_surfaces_of_shapes() -> None:
    def piece(**told: Any) -> tuple[float, float, float]:
        one = piece_of(values("machine", **told))
        assert one is not None
        return one.volume, one.surface, one.thickness

    assert piece(**PLATE) == pytest.approx((1500.0, 2 * (300 + 150 + 50), 5.0))
    assert piece(shape="disc", outer_diameter=10.0, thickness=2.0) == pytest.approx((50 * pi, 70 * pi, 2.0))
    ring = {"shape": "ring", "outer_diameter": 10.0, "inner_diameter": 6.0, "thickness": 8.0}
    assert piece(**ring) == pytest.approx((128 * pi, 2 * 16 * pi + 16 * pi * 8, 2.0))
    arc = {"shape": "arc", "outer_radius": 10.0, "inner_radius": 6.0, "angle": 180.0, "length": 8.0}
    half = (32 * pi * 8, 2 * 32 * pi + (16 * pi + 8) * 8, 4.0)
    assert piece(**arc) == pytest.approx(half)


def test_swarf_of_a_plate_by_hand() -> None:
    """30 x 10 x 5 mm with 0.4 mm of kerf and 0.15 mm a face: 1500 of 30.7 x 10.7 x 5.7 mm3."""
    result = run("machine", magnets(100.0, "block"), squaring=0.0, broken=0.0, kerf=0.4, allowance=0.15, **PLATE)
    assert result.figures["magnets for a kg of block"][0] == pytest.approx(1500 / (30.7 * 10.7 * 5.7))
    assert result.outlets["offcuts"].total() == 0.0
    squared = run("machine", magnets(100.0, "block"), squaring=0.1, broken=0.5, kerf=0.4, allowance=0.15, **PLATE)
    assert squared.figures["magnets for a kg of block"][0] == pytest.approx(0.45 * 1500 / (30.7 * 10.7 * 5.7))
    assert squared.figures["bits for a kg of block"][0] == pytest.approx(0.45 * 1500 / (30.7 * 10.7 * 5.7))


def test_core_of_a_ring_is_a_solid_bit() -> None:
    """20 x 12 x 5 mm, no allowance, 0.5 mm of kerf: core of 11 mm, square cell of 20.5 mm, 5.5 mm high."""
    ring = {"shape": "ring", "outer_diameter": 20.0, "inner_diameter": 12.0, "thickness": 5.0}
    told = values("machine", squaring=0.0, broken=0.0, kerf=0.5, allowance=0.0, **ring)
    _, _, bits = swarf_shares(told)
    assert bits == pytest.approx(((1 - pi / 4) * 20.5**2 + pi / 4 * 11.0**2) * 5.0 / (20.5**2 * 5.5))


def test_usual_swarf_lies_where_it_is_published() -> None:
    """6 to 73 % of input by product (Chowdhury 2021); 60 to 80 % of a block becomes plates (himagnet.com)."""
    small = {"shape": "block", "length": 4.0, "width": 4.0, "thickness": 0.8}
    large = {"shape": "block", "length": 60.0, "width": 60.0, "thickness": 30.0}
    arc = {"shape": "arc", "outer_radius": 30.0, "inner_radius": 25.0, "angle": 60.0, "length": 40.0}
    found = [swarf_shares(values("machine", **shape)) for shape in (large, PLATE, arc, small)]
    assert all(0.06 <= swarf <= 0.73 for _, swarf, _ in found)
    assert [swarf for _, swarf, _ in found] == sorted(swarf for _, swarf, _ in found)
    assert 0.6 <= found[1][0] <= 0.8


def test_a_stated_share_of_swarf_is_taken() -> None:
    result = run("machine", magnets(100.0, "block"), swarf=0.3, broken=0.0, oxidised=0.03, moisture=0.5)
    swarf = result.outlets["swarf"]
    assert result.outlets["magnets"].total() == pytest.approx(70.0)
    assert swarf.total("swarf") == pytest.approx(30.0 * 1.03)
    assert swarf.total("water") == pytest.approx(30.0 * 1.03 * 0.5)
    assert result.drawn["air"].total("oxygen") == pytest.approx(0.9)


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "no width": ("machine", {"shape": "block", "length": 3.0, "thickness": 1.0}, "lacks 'width'"),
    "hole too wide": ("machine", {"shape": "ring", "outer_diameter": 3.0, "inner_diameter": 4.0, "thickness": 1.0},
                      "is not less than the outer"),
    "arc inside out": ("machine", {"shape": "arc", "outer_radius": 3.0, "inner_radius": 3.0, "angle": 30.0,
                                   "length": 1.0}, "is not less than the outer"),
    "burnt": ("machine", {"oxidised": 0.5}, "more than burnt"),
    "no surface": ("coat", {"shape": "given"}, "give 'surface'"),
    "no thickness": ("diffuse", {"shape": "given", "surface": 0.1, "element": "Tb", "source": "metal"},
                     "'thickness' .mm. of the magnets is not given"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused(name: str) -> None:
    kind, told, said = WRONG[name]
    with pytest.raises(PlantError, match=said):
        run(kind, magnets(1.0, "block"), **told)


def test_terbium_by_the_surface() -> None:
    """A plate of 5 mm has 1000 mm2 to 1500 mm3: 0.0883 m2/kg at 7.55 t/m3; 60 g/m2 of which 80 % go in."""
    told = {"element": "Tb", "source": "fluoride", "coverage": 60.0, "entered": 0.8, "recovered": 0.75, **PLATE}
    result = run("diffuse", magnets(100.0, Tb=0.0), density=7.55, **told)
    surface = 1000.0 / 1500.0 / 7.55
    assert result.figures["surface"][0] == pytest.approx(surface)
    bought = result.drawn["terbium fluoride"]["fluoride"]
    assert bought[TB] == pytest.approx(100.0 * surface * 0.06)
    assert bought[F] / MASS[F] == pytest.approx(3 * bought[TB] / MASS[TB])
    assert result.figures["Tb let in"][0] == pytest.approx(100 * surface * 0.06 * 0.8)
    magnet = result.outlets["magnets"]
    assert magnet["magnet"][F] == pytest.approx(0.8 * bought[F])
    assert magnet["residue"][TB] == pytest.approx(0.2 * 0.25 * bought[TB])
    assert result.outlets["powder"]["fluoride"][TB] == pytest.approx(0.2 * 0.75 * bought[TB])


def test_hydride_loses_its_hydrogen() -> None:
    result = run("diffuse", magnets(100.0), element="Dy", source="hydride", entered=0.8, recovered=1.0, **PLATE)
    bought = result.drawn["dysprosium hydride"]["hydride"]
    assert bought[H] / MASS[H] == pytest.approx(2 * bought[DY] / MASS[DY])
    assert result.outlets["offgas"].total("hydrogen") == pytest.approx(bought[H])
    assert result.outlets["powder"]["metal"][DY] == pytest.approx(0.2 * bought[DY])


def test_coercivity_gained_is_that_published() -> None:
    """Case GBD1: TbF3 for 2 h took 12.57 to 21.70 kOe, 726.5 kA/m; case GBD2: diffused sheets hold 0.4 % of Tb.

    The usual gain reaches the first with 0.45 % let in, and 0.4 % lets the range of gains enclose it.
    """
    published = (21.70 - 12.57) * 1000.0 / (4.0 * pi)
    assert published == pytest.approx(726.5, abs=0.1)
    told = {"shape": "given", "surface": 0.1, "thickness": 3.0, "element": "Tb", "source": "fluoride", "entered": 0.8}
    result = run("diffuse", magnets(1.0), coverage=100.0 * published / 1600.0 / 0.8, **told)
    assert result.figures["coercivity gained"][0] == pytest.approx(published)
    assert result.figures["Tb let in"][0] == pytest.approx(0.454, abs=0.001)
    low, high = (
        run("diffuse", magnets(1.0), coverage=50.0, gain={"Tb": gain}, **told).figures["coercivity gained"][0]
        for gain in (1200.0, 2500.0)
    )
    assert low < published < high
    half = run("diffuse", magnets(1.0), coverage=50.0, **told | {"element": "Dy"})
    assert half.figures["coercivity gained"][0] == pytest.approx(800.0 * 0.4)


def test_gain_ends_at_its_most_and_thick_magnets_are_told() -> None:
    told = {"shape": "given", "surface": 0.1, "element": "Tb", "source": "metal"}
    much = run("diffuse", magnets(1.0), coverage=300.0, thickness=3.0, **told)
    assert much.figures["coercivity gained"][0] == pytest.approx(900.0)
    assert not much.warnings
    thick = run("diffuse", magnets(1.0), coverage=60.0, thickness=12.0, **told)
    assert thick.figures["coercivity gained in the middle"][0] == 0.0
    assert "thicker than rare earth reaches" in thick.warnings[0]


def test_coating_by_surface_and_thickness() -> None:
    """15 um on 0.0883 m2/kg: 6 um of copper and 9 um of nickel, 0.47 + 0.71 % of the mass."""
    result = run("coat", magnets(100.0), coating="NiCuNi", layer=15.0, copper=0.4, used=0.9, density=7.55, **PLATE)
    surface = 100.0 * 1000.0 / 1500.0 / 7.55  # m2
    coat = result.outlets["magnets"]["coating"]
    assert coat[NI] == pytest.approx(surface * 9e-6 * 8900.0)
    assert coat[CU] == pytest.approx(surface * 6e-6 * 8960.0)
    assert result.drawn["nickel anode"].total() == pytest.approx(coat[NI] / 0.9)
    sludge = result.outlets["sludge"]["hydroxide"]
    assert sludge[OX] / MASS[OX] == pytest.approx(2 * (sludge[NI] / MASS[NI] + sludge[CU] / MASS[CU]))
    charge = 2.0 * (coat[NI] / MASS[NI] + coat[CU] / MASS[CU]) * 26801.48 / 0.95  # Ah/h
    assert result.power == pytest.approx(charge * 8.0 / 1000.0 + 100.0 * 0.5, rel=1e-6)


def test_zinc_and_epoxy() -> None:
    zinc = run("coat", magnets(100.0), coating="Zn", layer=10.0, shape="given", surface=0.1, used=1.0)
    assert zinc.outlets["magnets"]["coating"][ZN] == pytest.approx(10.0 * 10e-6 * 7140.0)
    assert set(zinc.drawn) == {"zinc anode"}
    epoxy = run("coat", magnets(100.0), coating="epoxy", layer=20.0, shape="given", surface=0.1, used=0.8)
    assert epoxy.outlets["magnets"].total("coating") == pytest.approx(10.0 * 20e-6 * 1200.0)
    assert epoxy.outlets["sludge"].total("residue") == pytest.approx(10.0 * 20e-6 * 1200.0 * 0.25)
    assert epoxy.power == pytest.approx(50.0)
