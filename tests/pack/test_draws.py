"""Draws: what they depend on, what their percentiles are, and that shares still sum to one."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chumbak.pack import Pack, load
from chumbak.pack.arrays import array, inputs
from chumbak.pack.draws import deviates, drawn, groups, normalise
from chumbak.pack.schema import attributes
from tests.pack.toy import toy

STOCKS = ("demand", "urban_mine", "other_metals")
NAMES = tuple(name for name, attribute in attributes().items() if attribute.engine in STOCKS)
MANY = 40_000


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(toy().write(tmp_path_factory.mktemp("toy")))


def percentiles(numbers: np.ndarray) -> np.ndarray:
    return np.quantile(numbers, [0.05, 0.5, 0.95], axis=0)


# deviates


def test_deviates_depend_on_seed_and_group_alone() -> None:
    one = deviates({"a": "a", "b": "b"}, 50, 7)
    more = deviates({"z": "z", "b": "b", "c": "c", "a": "a"}, 50, 7)
    for key in ("a", "b"):
        np.testing.assert_array_equal(one[key], more[key])
    assert not np.array_equal(one["a"], one["b"])
    assert not np.array_equal(one["a"], deviates({"a": "a"}, 50, 8)["a"])


def test_more_draws_begin_with_the_same() -> None:
    np.testing.assert_array_equal(deviates({"a": "a"}, 10, 1)["a"], deviates({"a": "a"}, 99, 1)["a"][:10])


def test_deviates_do_not_change_between_versions_and_machines() -> None:
    assert deviates({"k": "traction_mass"}, 3, 1)["k"] == pytest.approx(GOLDEN, abs=1e-12)


GOLDEN = [0.2343842226091874, -0.8597682425310177, 1.0961059500309558]


def test_a_group_shares_its_deviates(pack: Pack) -> None:
    found = groups(pack, ("magnet_mass", "penetration"))
    assert found == {
        "product.e_2w.magnet_mass": "mass", "product.fan.magnet_mass": "mass", "product.turbine.magnet_mass": "mass",
        "product.turbine.penetration": "product.turbine.penetration",
    }  # fmt: skip
    by_key = deviates(found, 20, 1)
    np.testing.assert_array_equal(by_key["product.e_2w.magnet_mass"], by_key["product.fan.magnet_mass"])
    assert not np.array_equal(by_key["product.e_2w.magnet_mass"], by_key["product.turbine.penetration"])


def test_deviates_are_standard_normal_and_independent() -> None:
    by_key = deviates({"a": "a", "b": "b"}, MANY, 3)
    assert by_key["a"].mean() == pytest.approx(0, abs=0.02)
    assert by_key["a"].std() == pytest.approx(1, abs=0.02)
    assert np.corrcoef(by_key["a"], by_key["b"])[0, 1] == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize(("draws", "seed"), [(0, 1), (-1, 1), (1, -1)])
def test_no_draws_and_a_negative_seed_are_refused(draws: int, seed: int) -> None:
    with pytest.raises(ValueError, match="at least one draw"):
        deviates({}, draws, seed)


# drawn values


@pytest.mark.parametrize(
    "key",
    [
        "product.e_2w.magnet_mass", "product.turbine.magnet_mass", "product.turbine.penetration",
        "product.e_2w.home_share", "product.e_2w.lifetime_mean", "product.fan.route.formal",
    ],
)  # fmt: skip
def test_percentiles_are_the_range(key: str, pack: Pack) -> None:
    entry = pack.entries[key]
    numbers = drawn(entry, None, deviates({key: key}, MANY, 11))
    wanted = np.array([float(entry.low), float(entry.value), float(entry.high)])
    np.testing.assert_allclose(percentiles(numbers), wanted, atol=0.02 * (wanted[2] - wanted[0]))


def test_percentiles_are_the_range_in_every_year(pack: Pack) -> None:
    entry = pack.entries["product.e_2w.sales"]
    numbers = drawn(entry, pack.years, deviates({entry.key: entry.key}, MANY, 11))
    wanted = np.stack([entry.low, entry.value, entry.high])
    assert (np.abs(percentiles(numbers) - wanted) <= 0.02 * (wanted[2] - wanted[0])).all()


def test_one_deviate_serves_all_years(pack: Pack) -> None:
    entry = pack.entries["product.e_2w.sales"]
    numbers = drawn(entry, pack.years, deviates({entry.key: entry.key}, 200, 11))
    above = numbers > entry.value
    assert (above.all(axis=1) | ~above.any(axis=1)).all()


def test_years_before_a_product_is_sold_do_not_change_the_others(pack: Pack, tmp_path: Path) -> None:
    changed = toy()
    changed.replace("series-sales", "product.e_2w.sales,2020,1000,800,1200,item/year,,linear",
                    "product.e_2w.sales,2020,0,,,item/year,,hold")  # fmt: skip
    other = load(changed.write(tmp_path))
    by_key = deviates({"product.e_2w.sales": "product.e_2w.sales"}, 300, 5)
    ours, theirs = (array(one, "sales", by_key).sel(product="e_2w") for one in (pack, other))
    np.testing.assert_allclose(ours.sel(year=slice(2025, None)), theirs.sel(year=slice(2025, None)))
    assert (theirs.sel(year=slice(None, 2023)) == 0).all()


def test_bounds_are_respected(pack: Pack) -> None:
    data = inputs(pack, NAMES, deviates(groups(pack, NAMES), 3000, 2))
    for name in NAMES:
        attribute = attributes()[name]
        least = 0 if attribute.sparse else attribute.minimum  # members of a split that are not named have 0
        assert least is not None
        assert float(data[name].min()) >= least - 1e-12
        assert attribute.maximum is None or float(data[name].max()) <= attribute.maximum + 1e-12
    assert float(data["route"].sel(product="fan", route="formal").min()) == 0


def test_entries_without_a_range_are_constant(pack: Pack) -> None:
    data = inputs(pack, NAMES, deviates(groups(pack, NAMES), 50, 2))
    assert (data["lifetime_shape"] == pack.array("lifetime_shape")).all()
    assert (data["sales"].sel(product="fan") == pack.array("sales").sel(product="fan")).all()
    assert data["lifetime_mean"].sel(product="e_2w").std("draw") > 0


def test_arrays_lead_with_draws(pack: Pack) -> None:
    by_key = deviates(groups(pack, NAMES), 7, 2)
    sales = array(pack, "sales", by_key)
    assert sales.dims == ("draw", "product", "year")
    assert sales["draw"].values.tolist() == list(range(7))
    assert sales.attrs == pack.array("sales").attrs
    assert array(pack, "swarf_share", by_key).sizes == {"draw": 7, "product": 3}


def test_a_pack_without_ranges_still_has_its_draws(tmp_path: Path) -> None:
    bare = toy()
    for path, text in bare.files.items():
        if "figures" in path or "series" in path:
            header, *rows = str(text).splitlines()
            cells = [row.split(",") for row in rows]
            bare.files[path] = "\n".join([header, *(",".join([*row[:3], "", "", *row[5:]]) for row in cells)])
    made = load(bare.write(tmp_path))
    assert groups(made, NAMES) == {}
    data = inputs(made, NAMES, deviates(groups(made, NAMES), 6, 1))
    assert {found.sizes["draw"] for found in data.values()} == {6}
    assert (data["sales"] == made.array("sales")).all()


def test_a_figure_added_leaves_the_draws_of_others(pack: Pack, tmp_path: Path) -> None:
    more = toy()
    more.add("series-sales", "product.e_2w.exports,all,50,10,90,item/year,,,,")
    more.replace("figures-life", "product.fan.lifetime_mean,all,12,,", "product.fan.lifetime_mean,all,12,9,15")
    for table in ("figures-goods", "series-sales"):
        header, *rows = more.text(table).splitlines()
        more.files[f"tables/{table}.csv"] = "\n".join([header, *reversed(rows)])
    other = load(more.write(tmp_path))
    ours, theirs = (inputs(one, NAMES, deviates(groups(one, NAMES), 30, 4)) for one in (pack, other))
    for name in set(NAMES) - {"exports", "lifetime_mean"}:
        np.testing.assert_array_equal(ours[name], theirs[name])
    old, new = (one["lifetime_mean"].sel(product="e_2w") for one in (ours, theirs))
    np.testing.assert_array_equal(old, new)


# shares


def test_shares_without_a_range_take_what_is_left(pack: Pack) -> None:
    shares = array(pack, "route", deviates(groups(pack, NAMES), MANY, 2)).sel(product="e_2w")
    np.testing.assert_allclose(shares.sum("route"), 1, atol=1e-12)
    np.testing.assert_allclose(percentiles(shares.sel(route="formal").values), [0.1, 0.2, 0.4], atol=0.006)


def test_shares_of_every_attribute_sum_to_one_in_every_draw_and_year(pack: Pack) -> None:
    by_key = deviates(groups(pack, NAMES), 2000, 9)
    for name in NAMES:
        over = attributes()[name].sums_over
        if over:
            np.testing.assert_allclose(array(pack, name, by_key).sum(over), 1, atol=1e-12)
    np.testing.assert_allclose(array(pack, "content", by_key).sum("element"), 1, atol=1e-12)


def test_contents_drawn_past_the_whole_leave_nothing_for_the_balance(tmp_path: Path) -> None:
    rich = toy()
    rich.cell("figures-goods", "grade.SH.content.Nd", "value", "80")
    rich.cell("figures-goods", "grade.SH.content.Nd", "low", "50")
    rich.cell("figures-goods", "grade.SH.content.Nd", "high", "100")
    made = load(rich.write(tmp_path))
    content = array(made, "content", deviates(groups(made, NAMES), 500, 9)).sel(grade="SH", year=2020)
    assert float(content.min()) >= -1e-12
    np.testing.assert_allclose(content.sum("element"), 1, atol=1e-12)
    assert float(content.sel(element="Fe").min()) == pytest.approx(0, abs=1e-12)


@st.composite
def splits(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give central shares (member, year), drawn ones (draw, member, year) and which members are drawn."""
    members, years, draws = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    part = st.sampled_from([0.0, 0.0, 1.0]) | st.floats(0, 1)
    central = np.array(draw(st.lists(part, min_size=members * years, max_size=members * years)))
    central = central.reshape(members, years)
    central[0] += np.where(central.sum(0) == 0, 1.0, 0.0)
    central /= central.sum(0)
    ranged = np.array(draw(st.lists(st.booleans(), min_size=members, max_size=members)))[:, None]
    size = draws * members * years
    numbers = np.array(draw(st.lists(part, min_size=size, max_size=size))).reshape(draws, members, years)
    return central, np.where(ranged, numbers, central), np.broadcast_to(ranged, central.shape)


@given(split=splits())
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_any_split_sums_to_one(split: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    central, numbers, ranged = split
    shares = normalise(numbers, central, ranged, axis=1)
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-9)
    assert (shares >= -1e-12).all()
    assert (shares <= 1 + 1e-9).all()
