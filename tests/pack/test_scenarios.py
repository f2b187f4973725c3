"""Scenarios: what set, scale, ramp and add do to values, ranges, years and the evidence."""

from pathlib import Path

import numpy as np
import pytest

from chumbak.pack import Pack, PackError, load
from tests.pack.toy import HEADER, PROVENANCE, SOURCED, toy

YEARS = np.arange(2020, 2030)
TURBINES = np.full(10, 2000.0)


def under(tmp_path: Path, changes: str, head: str = SOURCED) -> Pack:
    pack = toy()
    pack.scenario(changes, head=head)
    return load(pack.write(tmp_path), "other")


def value(pack: Pack, key: str, side: str = "value") -> np.ndarray:
    return pack.entries[key].at(pack.years, side)


def test_the_reference_changes_nothing(tmp_path: Path) -> None:
    folder = toy().write(tmp_path)
    pack = toy()
    pack.scenario("- {scale: '*.sales', by: 1}")
    same = load(pack.write(tmp_path / "b"), "other")
    for name, entry in load(folder).entries.items():
        np.testing.assert_allclose(same.entries[name].value, entry.value)
        np.testing.assert_allclose(same.entries[name].low, entry.low)
        np.testing.assert_allclose(same.entries[name].high, entry.high)


def test_set_gives_another_value_and_range(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {set: product.e_2w.magnet_mass, value: 500, unit: g/item, low: 400, high: 700}")
    assert value(pack, "product.e_2w.magnet_mass").tolist() == pytest.approx([0.5e-3] * 10)
    assert value(pack, "product.e_2w.magnet_mass", "low")[0] == pytest.approx(0.4e-3)
    assert value(pack, "product.e_2w.magnet_mass", "high")[0] == pytest.approx(0.7e-3)


def test_set_without_a_range_takes_the_range_away(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {set: product.e_2w.magnet_mass, value: 0.5, unit: kg/item}")
    assert not pack.entries["product.e_2w.magnet_mass"].has_range


@pytest.mark.parametrize(("years", "inside"), [("2023", YEARS == 2023), ("[2023, 2025]", abs(YEARS - 2024) < 2)])
def test_set_in_some_years(years: str, inside: np.ndarray, tmp_path: Path) -> None:
    pack = under(tmp_path, f"- {{set: product.turbine.sales, value: 5, unit: GW/year, years: {years}}}")
    assert value(pack, "product.turbine.sales").tolist() == pytest.approx(np.where(inside, 5000, TURBINES))
    assert value(pack, "product.turbine.sales", "low").tolist() == pytest.approx(np.where(inside, 5000, 1000))


def test_set_of_some_years_makes_a_series_of_a_number_for_all(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {set: product.e_2w.magnet_mass, value: 1, unit: kg/item, years: [2028, 2029]}")
    assert value(pack, "product.e_2w.magnet_mass").tolist() == pytest.approx([0.6e-3] * 8 + [1e-3] * 2)


def test_scale_moves_the_range_in_proportion(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {scale: product.turbine.sales, by: 3}")
    for side, number in (("value", 6000), ("low", 3000), ("high", 9000)):
        assert value(pack, "product.turbine.sales", side).tolist() == pytest.approx([number] * 10)


def test_scale_in_some_years(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {scale: product.e_2w.magnet_mass, by: 0.5, years: [2025, 2029]}")
    assert value(pack, "product.e_2w.magnet_mass", "high").tolist() == pytest.approx([1.2e-3] * 5 + [0.6e-3] * 5)


@pytest.mark.parametrize("by", [0.06, 0.11, 0.15, 0.7])  # products that do not divide back exactly
def test_scale_makes_no_range_where_there_is_none(by: float, tmp_path: Path) -> None:
    pack = under(tmp_path, f"""
        - {{scale: product.fan.lifetime_mean, by: {by}}}
        - {{scale: product.fan.sales, by: {by}}}
        - {{scale: product.fan.home_share, by: {by}}}
    """)  # fmt: skip
    keys = ("product.fan.sales", "product.fan.lifetime_mean", "product.fan.home_share")
    assert not any(pack.entries[key].has_range for key in keys)


def test_scale_by_zero(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {scale: product.turbine.sales, by: 0}")
    assert not pack.entries["product.turbine.sales"].has_range
    assert value(pack, "product.turbine.sales").tolist() == [0] * 10


def test_a_range_stays_within_the_bounds_of_its_attribute(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {scale: product.e_2w.home_share, by: 1.3}")
    assert value(pack, "product.e_2w.home_share")[0] == pytest.approx(0.91)
    assert value(pack, "product.e_2w.home_share", "high")[0] == 1
    assert value(pack, "product.e_2w.home_share", "low")[0] == pytest.approx(0.65)


def test_a_wildcard_changes_every_figure_it_fits(tmp_path: Path) -> None:
    pack = under(tmp_path, """
        - {scale: product.*.lifetime_mean, by: 0.5}
        - {scale: 'product.[ef]*.lifetime_shape', by: 2}
    """)  # fmt: skip
    assert pack.array("lifetime_mean").values.tolist() == pytest.approx([4.5, 6, 12.5])
    assert pack.array("lifetime_shape").values.tolist() == pytest.approx([5, 5, 3])


def test_changes_are_made_in_their_order(tmp_path: Path) -> None:
    pack = under(tmp_path, """
        - {scale: product.turbine.sales, by: 10}
        - {set: product.turbine.sales, value: 1, unit: MW/year}
        - {scale: product.turbine.sales, by: 3}
    """)  # fmt: skip
    assert value(pack, "product.turbine.sales").tolist() == pytest.approx([3] * 10)


def test_ramp_to_a_value_that_holds(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {ramp: product.turbine.sales, to: 4, unit: GW/year, years: [2022, 2026], after: hold}")
    assert value(pack, "product.turbine.sales").tolist() == pytest.approx(
        [2000, 2000, 2000, 2500, 3000, 3500, 4000, 4000, 4000, 4000]
    )
    assert value(pack, "product.turbine.sales", "high")[6] == pytest.approx(6000)


def test_ramp_by_a_factor_that_follows(tmp_path: Path) -> None:
    """E-scooters double every year from 2025; a ramp to half of 2027 moves on in proportion after it."""
    pack = under(tmp_path, "- {ramp: product.e_2w.sales, by: 0.5, years: [2025, 2027], after: follow}")
    assert value(pack, "product.e_2w.sales").tolist() == pytest.approx(
        [1000, 2000, 3000, 4000, 5000, 6000, 9000, 12000, 24000, 48000]
    )


def test_ramp_of_a_number_for_all_years(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {ramp: product.e_2w.magnet_mass, by: 0.5, years: [2020, 2022], after: follow}")
    assert value(pack, "product.e_2w.magnet_mass").tolist() == pytest.approx(np.array([0.6, 0.45, *[0.3] * 8]) * 1e-3)


def test_add_gives_rows_as_in_a_table(tmp_path: Path) -> None:
    pack = under(tmp_path, """
        - add:
            - {key: product.e_2w.exports, value: 10, unit: item/year, period: 2020, then: linear, place: Toyland}
            - {key: product.e_2w.exports, value: 19, low: 0, high: 30, unit: item/year, period: 2029, place: Toyland}
            - {key: price.dy_oxide, value: '8', unit: INR/kg, basis: gross, currency: INR, price_year: 2025,
               period: all, place: There, source: A, note: b}
    """)  # fmt: skip
    assert value(pack, "product.e_2w.exports").tolist() == pytest.approx(range(10, 20))
    [figure] = pack.entries["price.dy_oxide"].figures
    assert (figure.value, figure.place, figure.source) == (8000, "There", "A")
    assert (figure.confidence, figure.note) == ("estimate", "b")


def test_rates_can_be_changed_and_move_the_prices(tmp_path: Path) -> None:
    pack = under(tmp_path, "- {scale: currency.USD.rate, by: 2, years: 2024}\n- {scale: price.nd_oxide, by: 0.5}")
    assert pack.entries["currency.USD.rate"].value.tolist() == pytest.approx([80, 164, 85])
    assert float(pack.entries["price.nd_oxide"].value) == pytest.approx(0.5 * 70_000 * 164 * 1.1)


def test_shares_may_be_moved_together(tmp_path: Path) -> None:
    pack = under(tmp_path, """
        - {set: product.e_2w.route.formal, value: 60, unit: '%'}
        - {set: product.e_2w.route.informal, value: 40, unit: '%'}
    """)  # fmt: skip
    assert pack.array("route").sel(product="e_2w").values.tolist() == pytest.approx([0.6, 0.4])


def test_a_sum_is_checked_at_the_change_that_breaks_it(tmp_path: Path) -> None:
    with pytest.raises(PackError) as raised:
        under(tmp_path, """
            - {scale: product.fan.sales, by: 1}
            - {scale: product.turbine.grade_share.SH, by: 0.9, years: 2024}
        """)  # fmt: skip
    [fault] = raised.value.faults
    assert (fault.kind, fault.row) == ("shares-do-not-sum", SOURCED.count("\n") + 2)
    assert "0.95 in 2024" in fault.what


def test_every_change_leaves_its_evidence(tmp_path: Path) -> None:
    pack = under(tmp_path, """
        - {scale: product.turbine.sales, by: 1.5, years: [2024, 2026], source: The planner, confidence: low}
        - {ramp: product.turbine.sales, to: 9, unit: GW/year, years: [2027, 2029], after: hold}
        - {set: product.turbine.sales, value: 1, unit: GW/year, years: 2020}
    """)  # fmt: skip
    row, *added = pack.entries["product.turbine.sales"].figures
    assert row.where[0] == "tables/series-sales.csv"
    first = SOURCED.count("\n") + 1
    assert [figure.where for figure in added] == [("scenarios/other.yaml", first + number) for number in range(3)]
    assert [figure.given for figure in added] == ["x 1.5", "9 GW/year all", "1 GW/year all"]
    assert [figure.period for figure in added] == ["2024-2026", "2027-2029", "2020"]
    assert [figure.source for figure in added] == ["The planner", "Toy Office", "Toy Office"]
    assert [figure.confidence for figure in added] == ["low", "estimate", "estimate"]
    assert [figure.value for figure in added] == [1.5, 9000, 1000]
    assert {figure.place for figure in added} == {"Toyland"}


@pytest.mark.parametrize(
    "change",
    [
        "{scale: product.fan.sales, by: 2}",
        "{set: product.fan.sales, value: 1, unit: item/year}",
        "{ramp: product.fan.sales, by: 2, years: [2024, 2026], after: hold}",
    ],
)
def test_a_change_without_a_source_is_refused(change: str, tmp_path: Path) -> None:
    with pytest.raises(PackError) as raised:
        under(tmp_path, f"- {change}", head="title: x\ndescription: y\nchanges:\n")
    assert {fault.kind for fault in raised.value.faults} == {"missing-source", "unknown-confidence"}


def test_words_mean_what_they_say(tmp_path: Path) -> None:
    """No octal, no sexagesimal numbers, no norwegian problem: what looks like text is text, 1e6 is a number."""
    said = "note: no, source: 010, confidence: low"
    pack = under(tmp_path, f"- {{set: product.fan.sales, value: 1e3, unit: item/year, {said}}}")
    figure = pack.entries["product.fan.sales"].figures[-1]
    assert (figure.value, figure.note, figure.source) == (1000, "no", "010")


def test_rows_that_hold_in_no_year_are_left_out(tmp_path: Path) -> None:
    """A number that is set, and a row of a series whose year an overlay gives; rows that still lead on are kept."""
    pack = under(tmp_path, "- {set: product.e_2w.swarf_share, value: 0.2, unit: '1'}")
    assert [figure.where[0] for figure in pack.entries["product.e_2w.swarf_share"].figures] == ["scenarios/other.yaml"]
    overlay = tmp_path / "mine.csv"
    rows = [f"product.e_2w.sales,{year},7000,,,item/year,,,,,{PROVENANCE}\n" for year in (2025, 2026, 2027, 2028)]
    overlay.write_text(f"{HEADER}\n{''.join(rows)}")
    toy().write(tmp_path / "again")
    kept = load(tmp_path / "again", overlays=overlay).entries["product.e_2w.sales"].figures
    periods = [figure.period for figure in kept if figure.where[0] != str(overlay)]
    assert periods == ["2020", "2024", "2029"]  # 2025 led to 2029 and bears on no year now
    assert len(kept) == 7
