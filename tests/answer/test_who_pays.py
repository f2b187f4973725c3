"""Who pays: what a scheme costs the state by year and by other means, and which unsure rules that hangs on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from chumbak.answer.document import schema
from chumbak.answer.who_pays import documents_behind, has_payers, who_pays
from chumbak.pack import Pack, PackError, load
from chumbak.pack.pack import packs_folder
from tests.conftest import make_toyland
from tests.pack.toy import full

SEED = 7
ROOT = Path(__file__).parent.parent.parent
BOUND = ("scheme", "incentive", "capital")  # instruments that cannot cost more than the outlay in any draw


@pytest.fixture(scope="module")
def told(india_pack: Pack) -> dict[str, Any]:
    found = who_pays(india_pack, SEED)
    assert found is not None
    return found


def test_it_fits_the_schema_and_is_another_with_another_seed(told: dict[str, Any], india_pack: Pack) -> None:
    jsonschema.Draft202012Validator(schema()["properties"]["scheme"]).validate(told)
    assert who_pays(india_pack, SEED + 1) != told


def test_the_outlay_is_that_of_the_rules(told: dict[str, Any]) -> None:
    outlay = told["outlay"]
    assert (outlay["incentive"], outlay["capital"], outlay["total"], outlay["stated"]) == (
        64_500,
        7_500,
        72_000,
        72_800,
    )
    assert sum(outlay["by_year"].values()) == pytest.approx(outlay["total"])
    assert outlay["by_year"] == {"2029": 20_400, "2030": 12_900, "2031": 12_900, "2032": 12_900, "2033": 12_900}


def test_no_draw_spends_more_than_the_outlay_and_years_add_up(told: dict[str, Any]) -> None:
    for name in BOUND:
        assert told["by_instrument"][name]["most_spend"] <= told["outlay"]["total"] * (1 + 1e-9)
    of_scheme, by_year = told["by_instrument"]["scheme"], told["spend_by_year"]
    assert sum(one["mean"] for one in by_year.values()) == pytest.approx(of_scheme["spend"], rel=1e-6)
    for year, one in by_year.items():
        assert one["low"] <= one["high"]
        assert one["high"] <= told["outlay"]["by_year"].get(year, 0.0) * (1 + 1e-9)
    for one in told["by_instrument"].values():
        assert one["alive_t"] <= one["built_t"] + 1e-9 <= one["awarded_t"] + 2e-9 <= told["most_tonnes"] + 3e-9
        assert one["spend_band"][0] <= one["spend_band"][1] <= one["most_spend"]


def test_every_unsure_rule_is_set_otherwise_or_said_to_have_one_way(told: dict[str, Any]) -> None:
    unsure = [one["id"] for name in ("inferred", "unknown") for one in told[f"rules_{name}"]]
    switched = {one["rule"] for one in told["switches"]}
    assert switched | set(told["one_way"]) == set(unsure)
    assert not switched & set(told["one_way"])
    assert {one["set"] for one in told["switches"] if one["value"] == "tie"} == {"smaller", "earlier", "lot"}
    changes = [abs(one["change"]) for one in told["switches"]]
    assert changes == sorted(changes, reverse=True)
    by_value = {one["value"]: one for one in told["switches"]}
    assert by_value["match_lowest"]["change"] < 0  # who has to match the lowest is paid no more than it bid
    assert by_value["last_fit"]["change"] == 0  # five awards of at most 1,200 t: every bid fits


def test_a_kg_needs_less_with_support_and_costs_more_with_duty(told: dict[str, Any]) -> None:
    magnet = told["magnet"]
    needs = magnet["has_to_fetch"]
    assert needs["all"] < min(needs["incentive alone"], needs["capital alone"]) < needs["none"]
    assert magnet["border"] * (1 + magnet["duty"]) == pytest.approx(magnet["sells_at"])


@pytest.mark.parametrize(("scenario", "counted"), [("reference", 6000), ("without-scheme", 0), ("targets", 6000)])
def test_only_what_the_answer_counts_of_it_depends_on_the_scenario(
    told: dict[str, Any], scenario: str, counted: float
) -> None:
    """In the same scenario it is the same again."""
    found = who_pays(load("india", scenario), SEED)
    assert found is not None
    assert found["counted_t"] == counted
    assert {**found, "counted_t": 0} == {**told, "counted_t": 0}


def test_a_pack_without_bidders_has_nobody_to_pay(tmp_path: Path) -> None:
    for folder in (make_toyland(tmp_path / "toyland"), full().write(tmp_path / "full")):
        pack = load(folder)
        assert not has_payers(pack)
        assert documents_behind(pack) == []
        assert who_pays(pack, SEED) is None


def test_rules_that_cannot_be_played_are_a_fault_of_the_pack(tmp_path: Path) -> None:
    folder = tmp_path / "country"
    shutil.copytree(packs_folder() / "india", folder)
    rules = folder / "schemes" / "magnets.yaml"
    rules.write_text(
        rules.read_text(encoding="utf-8").replace("ceiling: {value: 2150", "ceiling: {value: 0"), encoding="utf-8"
    )
    pack = load(folder)
    with pytest.raises(PackError) as error:
        who_pays(pack, SEED)
    (fault,) = error.value.faults
    assert fault.file == "auctions/magnets.yaml"
    assert fault.mend


def test_what_answer_json_says_is_documented() -> None:
    text = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    told = text[text.index("\n## scheme\n") : text.index("\n## scheme award\n")]
    shape = schema()["properties"]["scheme"]["properties"]
    plain = {"name", "title", "invented", "scheme", "project", "award_year", "support_ends", "draws", "seed", "bidders"}
    plain |= {"most_awards", "most_tonnes"}  # as they are called
    names = [*(set(shape) - plain), *shape["by_instrument"]["additionalProperties"]["required"]]
    for name in set(names) - {"what"}:
        assert f"`{name}`" in told, name
