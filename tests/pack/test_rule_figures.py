"""Figures that rules say: of policies and of an awarded block, with their sources, and every way to say it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.answer.planning import planning_case
from chumbak.pack import Pack, PackError, load
from chumbak.pack.entries import Entry
from chumbak.pack.plant_projects import read_project
from chumbak.pack.schemes import read_scheme
from tests.pack.toy import Toy, full

CRORE = 1e7
SCHEME = """\
title: A toy scheme
description: Pays for magnets.
rules:
  - id: A1
    instrument: outlay
    title: Outlay
    standing: stated
    source: Office
    first: 2023-04-01
    values: {outlay_incentive: {value: 90, unit: crore INR}, outlay_capital: {value: 30, unit: crore INR}}
  - id: A2
    instrument: clock
    title: Clock
    standing: stated
    source: Office
    values: {build_years: {value: 2, unit: year}, incentive_years: {value: 3, unit: year}}
  - id: A3
    instrument: award
    title: Sizes
    standing: stated
    source: Office
    values: {most_tonnes: {value: 500, unit: t/year}, largest: {value: 250, unit: t/year}}
  - id: A4
    instrument: incentive
    title: Ceiling
    standing: second-hand
    source: A newspaper
    first: 2023-04-01
    values: {ceiling: {value: 2000, low: 1500, high: 2200, unit: INR/kg}, sales_share: 0.4}
  - id: A5
    instrument: capital_subsidy
    title: Share and ceiling
    standing: inferred
    source: Drawn from A1
    note: a guess
    first: 2023-04-01
    values:
      capital_share: 0.1
      capital_caps: {by: t/year, unit: crore INR, steps: [[100, 2], [250, 5]]}
"""
DUTIES = """\
title: Duties
description: At the border.
rules:
  - id: D1
    instrument: duty
    title: On alloy
    standing: stated
    source: Budget
    first: 2023-02-01
    values: {share: 0.02, share_before: 0.1}
  - id: D2
    instrument: duty
    title: On magnets
    standing: unknown
    note: a default
    values: {share: {value: 0.05, low: 0.04, high: 0.08}}
"""


def ruled() -> Toy:
    """Return a toy pack of which the grant, the bonus and the duty say their figures by rules."""
    pack = full()
    pack.files |= {"schemes/toy.yaml": SCHEME, "schemes/duties.yaml": DUTIES}
    for policy, scheme in (("grant", "toy"), ("bonus", "toy"), ("tariff", "duties")):
        pack.cell("policies", policy, "scheme", scheme)
    pack.cell("policies", "bonus", "block", "scheme")
    pack.cell("policies", "tariff", "rule", "D1")
    table = next(name for name, text in pack.files.items() if "policy.grant.share" in str(text))
    kept = [line for line in str(pack.files[table]).splitlines(keepends=True) if not line.startswith("policy.")]
    pack.files[table] = "".join(kept)
    pack.add(table.removeprefix("tables/").removesuffix(".csv"), "block.scheme.award_year,all,2024,2023,2025,year,,,,",
             "policy.store.weeks,all,4,,,week,,,,")  # fmt: skip
    return pack


def loaded(pack: Toy, tmp_path: Path, **more: object) -> Pack:
    return load(pack.write(tmp_path / "toyland"), **more)  # type: ignore[arg-type]


def sides(entry: Entry) -> tuple[float, float, float]:
    return float(entry.value), float(entry.low), float(entry.high)


def test_rules_become_figures(tmp_path: Path) -> None:
    entries = loaded(ruled(), tmp_path).entries
    assert float(entries["policy.grant.share"].value) == 0.1
    assert float(entries["policy.grant.quantity"].value) == float(entries["policy.bonus.quantity"].value) == 500
    assert float(entries["policy.bonus.sales_share"].value) == 0.4
    for key, worth in (
        ("policy.grant.cap", 5 * CRORE / 250), ("policy.grant.total", 30 * CRORE), ("policy.bonus.total", 90 * CRORE),
    ):  # fmt: skip
        (figure,) = entries[key].figures
        assert (figure.value, figure.price_year) == (pytest.approx(worth), 2023)
    (rate,) = entries["policy.bonus.per_tonne"].figures
    assert (rate.value, rate.low, rate.high) == (2e6, 1.5e6, 2.2e6)
    assert sides(entries["policy.grant.first_year"]) == (2024, 2023, 2025)
    assert sides(entries["policy.bonus.first_year"]) == (2026, 2025, 2027)  # nothing says that early sales earn
    assert sides(entries["policy.bonus.last_year"]) == (2028, 2027, 2029)  # three years


def test_a_figure_of_rules_leads_to_them(tmp_path: Path) -> None:
    entries = loaded(ruled(), tmp_path).entries
    (figure,) = entries["policy.grant.cap"].figures
    assert figure.source == "Drawn from A1; Office"
    assert "A5 (inferred)" in figure.note
    assert "A3 (stated)" in figure.note
    assert "schemes/toy.yaml" in figure.note
    assert figure.confidence == "low"
    assert figure.where[0] == "schemes/toy.yaml"
    assert "A5" in SCHEME.splitlines()[figure.where[1] - 1]
    years = entries["policy.grant.first_year"].figures[0]
    assert "block.scheme.award_year" in years.note
    assert years.confidence == "high"


def test_a_duty_that_changed_is_what_it_was_before(tmp_path: Path) -> None:
    pack = loaded(ruled(), tmp_path)
    duty = pack.entries["policy.tariff.share"]
    by_year = dict(zip(pack.years.tolist(), duty.at(pack.years).tolist(), strict=True))
    assert {by_year[year] for year in by_year if year < 2023} == {0.1}
    assert {by_year[year] for year in by_year if year >= 2023} == {0.02}


def test_a_rule_that_is_unknown_is_an_estimate_of_the_pack(tmp_path: Path) -> None:
    pack = ruled()
    pack.cell("policies", "tariff", "rule", "D2")
    entry = loaded(pack, tmp_path).entries["policy.tariff.share"]
    assert sides(entry) == (0.05, 0.04, 0.08)
    assert (entry.figures[0].confidence, entry.figures[0].source) == ("estimate", "Default of the pack")


def test_only_the_first_rung_of_a_plant_has_what_holds_for_all_of_it(tmp_path: Path) -> None:
    pack = ruled()
    table = pack.text("policies")
    row = next(line for line in table.splitlines() if line.startswith("grant,"))
    pack.files["tables/policies.csv"] = table + row.replace("grant,Grant", "second,Second rung") + "\n"
    entries = loaded(pack, tmp_path).entries
    assert float(entries["policy.second.share"].value) == float(entries["policy.grant.share"].value)
    assert sides(entries["policy.second.last_year"]) == sides(entries["policy.grant.last_year"])
    assert not {"policy.second.cap", "policy.second.total", "policy.second.quantity"} & set(entries)


def test_an_overlay_and_a_scenario_are_heard(tmp_path: Path) -> None:
    pack = ruled()
    pack.scenario("- set: policy.bonus.sales_share\n  value: 0.3\n  unit: '1'\n- scale: policy.grant.share\n  by: 0.5")
    overlay = tmp_path / "mine.csv"
    header = "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note\n"
    overlay.write_text(header + "policy.grant.quantity,all,40,,,t/year,,,,,Toyland,Me,high,\n", encoding="utf-8")
    found = loaded(pack, tmp_path, scenario="other", overlays=overlay).entries
    assert float(found["policy.bonus.sales_share"].value) == 0.3
    assert float(found["policy.grant.share"].value) == 0.05
    assert float(found["policy.grant.quantity"].value) == 40


def test_years_follow_an_award_that_is_moved_unless_they_are_stated(tmp_path: Path) -> None:
    pack = ruled()
    pack.scenario("""
        - set: block.scheme.award_year
          value: 2025
          unit: year
        - set: policy.grant.last_year
          value: 2028
          unit: year
        """)
    found = loaded(pack, tmp_path, scenario="other").entries
    assert sides(found["policy.grant.first_year"]) == (2025, 2025, 2025)
    assert float(found["policy.grant.last_year"].value) == 2028
    assert float(found["policy.bonus.last_year"].value) == 2029


def test_a_block_has_its_capacity_of_the_rules(tmp_path: Path) -> None:
    pack = ruled()
    pack.cell("blocks", "scheme", "scheme", "toy")
    in_block = [line.split(",")[0] for line in pack.text("projects").splitlines() if ",scheme," in line]
    assert len(in_block) == 1
    table = next(name for name, text in pack.files.items() if f"project.{in_block[0]}.capacity" in str(text))
    name = table.removeprefix("tables/").removesuffix(".csv")
    with pytest.raises(PackError, match=rf"'project\.{in_block[0]}\.capacity' is said by the rules"):
        loaded(pack, tmp_path / "both")
    pack.drop(name, f"project.{in_block[0]}.capacity")
    entry = loaded(pack, tmp_path / "ruled").entries[f"project.{in_block[0]}.capacity"]
    assert float(entry.value) == 500
    assert "A3 (stated)" in entry.figures[0].note


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        (("scheme", "grant", "tou"), "unknown-scheme", "there is no scheme 'tou'. Did you mean 'toy'?"),
        (("rule", "tariff", ""), "no-figure-of-rules", "several rules of the scheme 'duties' say 'share': D1, D2"),
        (("rule", "tariff", "D3"), "no-figure-of-rules", "has no rule 'D3' that says 'share'"),
        (("rule", "grant", "A5"), "no-figure-of-rules", "only a duty names its rule"),
        (("scheme", "store", "toy"), "no-figure-of-rules", "no rule of a scheme is of the instrument 'public_stock'"),
        (("block", "bonus", ""), "no-figure-of-rules", "does not say when that is. Name the policy's block."),
        (("scheme", "grant", "duties"), "no-figure-of-rules", "no rule of the scheme 'duties' says 'capital_share'"),
    ],
)
def test_a_policy_that_cannot_be_compiled_is_one_fault(
    tmp_path: Path, change: tuple[str, str, str], kind: str, says: str
) -> None:
    pack = ruled()
    column, policy, text = change
    pack.cell("policies", policy, column, text)
    with pytest.raises(PackError) as error:
        loaded(pack, tmp_path)
    (fault,) = error.value.faults
    assert (fault.kind, fault.file) == (kind, "tables/policies.csv")
    assert fault.row == pack.line("policies", policy)
    assert says in str(fault)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sales_share: 0.4}", "sales_share: 0.4, paid_after_commissioning: false}", "'paid_after_commissioning' is fa"),
        ("[[100, 2], [250, 5]]", "[[100, 2], [200, 5]]", "no ceiling of the capital subsidy is given at 250 t/year"),
    ],
)
def test_a_rule_that_a_plan_cannot_play_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    pack = ruled()
    pack.files["schemes/toy.yaml"] = SCHEME.replace(old, new)
    with pytest.raises(PackError) as error:
        loaded(pack, tmp_path)
    (fault,) = error.value.faults
    assert fault.file == "schemes/toy.yaml"
    assert fault.row > 0
    assert says in str(fault)


def test_a_fault_of_a_scheme_is_told_with_the_pack(tmp_path: Path) -> None:
    pack = ruled()
    pack.files["schemes/toy.yaml"] = SCHEME.replace("value: 500, unit: t/year", "value: -1, unit: t/year")
    with pytest.raises(PackError) as error:
        loaded(pack, tmp_path)
    assert [fault.file for fault in error.value.faults] == ["schemes/toy.yaml"]


def test_figures_of_rules_may_not_stand_in_a_table(tmp_path: Path) -> None:
    pack = ruled()
    table = next(name for name, text in pack.files.items() if "policy.store.weeks" in str(text))
    pack.add(table.removeprefix("tables/").removesuffix(".csv"), "policy.grant.share,all,15,,,%,,,,")
    with pytest.raises(PackError) as error:
        loaded(pack, tmp_path)
    (fault,) = error.value.faults
    assert fault.kind == "said-by-rules"
    assert "Take off the row and mend schemes/toy.yaml" in str(fault)


def test_the_pack_that_ships_pays_what_its_rules_say() -> None:
    pack = load("india")
    policies = {one.name: one for one in planning_case(pack).policies}
    incentive, capital, alloy = (policies[name] for name in ("repm_incentive", "repm_capital", "repm_capital_alloy"))
    assert (incentive.per_tonne, incentive.sales_share) == (pytest.approx(2.15), 0.4)
    assert (incentive.total, incentive.quantity) == (pytest.approx(64_500), 6000)
    assert (incentive.first, incentive.last) == (2027, 2033)  # seven years; sales while building earn too
    assert (capital.cap, capital.total, capital.quantity) == (pytest.approx(1.25), pytest.approx(7500), 6000)
    assert (capital.first, capital.last, alloy.first, alloy.last) == (2027, 2033, 2027, 2033)
    assert capital.share.tolist() == alloy.share.tolist() == [0.15] * len(capital.share)
    assert alloy.cap == alloy.total == alloy.quantity == float("inf")
    assert policies["duty_monazite"].share[:2].tolist() == [0.025, 0.0]
    recycling = policies["recycling_capital"]
    assert (recycling.share[0], recycling.total, recycling.last) == (0.2, pytest.approx(1350), 2031)
    assert float(pack.entries["project.scheme_plants.capacity"].value) == 6000
    assert not [key for key, entry in pack.entries.items() if key.startswith("policy.")
                and not key.startswith("policy.reserve.")  # a proposal, which no rule says
                and not entry.figures[0].where[0].startswith("schemes/")]  # fmt: skip


def test_what_projects_say_agrees_with_the_rules_and_the_block() -> None:
    pack = load("india")
    ewaste = {rule["id"]: rule["values"] for rule in read_scheme(pack, "ewaste").rows}
    told = read_project(pack, "recycler").certificates()
    assert told is not None
    assert (told["price"], told["certified"]) == (ewaste["E5a"]["floor_consumer"], ewaste["E4"]["conversion"])
    (duty,) = (rule for rule in read_scheme(pack, "duties").rows if rule["id"] == "D2")
    least, most = duty["ranges"]["share"]
    plant = read_project(pack, "magnets").plain()
    assert least <= plant["duty"] <= most
    award = pack.entries["block.scheme.award_year"]
    assert float(award.low) <= plant["award_year"] <= float(award.high)
