"""The award of a table of bids as a document: its sums by hand, switches, and what the documents say of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chumbak.answer.scheme_document import award_of, read_rules, rules_document, scheme_to_award, set_by_user
from chumbak.pack import Pack, PackError, load
from chumbak.pack.schemes import list_schemes, read_scheme
from chumbak.scheme.rules import SchemeError
from tests.conftest import ROOT
from tests.printed import printed, validate

BIDS = ROOT / "examples" / "bids.csv"
CRORE = 10.0  # in millions
DAYS = ("1900-01-01", "2026-08-10", "2030-01-01")


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


def told(pack: Pack, *switches: str, seed: int = 0, bids: Path = BIDS) -> dict[str, Any]:
    document = award_of(pack, None, bids, switches, seed)
    validate(document, "award")
    scheme: dict[str, Any] = document["scheme"]
    return scheme


def table(tmp_path: Path, *rows: str) -> Path:
    header = BIDS.read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "bids.csv").write_text("\n".join([header, *rows]) + "\n")
    return tmp_path / "bids.csv"


def test_the_outlay_by_hand(pack: Pack, tmp_path: Path) -> None:
    bids = table(
        tmp_path, "Invented A,1200,2150,400,1000,1,pass,2026-08-10,", "Invented B,600,1000,200,600,1,pass,2026-08-10,"
    )
    found = told(pack, bids=bids)
    low, high = found["awards"]
    assert (low["bidder"], high["bidder"]) == ("Invented B", "Invented A")
    assert high["incentive"] == high["incentive_most"] == 1290 * CRORE  # the published ceiling of 1,200 t
    assert low["incentive"] == 300 * CRORE
    assert low["incentive_most"] == 420 * CRORE  # two years of building earn too, below the ceiling of 645
    assert (high["full_price"], low["full_price"]) == (5375, 2500)
    assert (high["capital"], high["capital_capped"]) == (150 * CRORE, False)  # 15 % of 1,000 crore meets the ceiling
    assert (low["capital"], low["capital_capped"]) == (75 * CRORE, True)  # 15 % of 600 crore is 90
    out = found["outlay"]
    assert out["incentive_a_year"] == (1200 * 2150 + 600 * 1000) / 1000
    assert out["incentive_held"] == out["incentive_most"] == 1710 * CRORE
    assert out["held"] == (1710 + 225) * CRORE
    assert (found["tonnes"], found["left"], found["places_left"], found["final"]) == (1800, 4200, 3, True)


def test_a_day_outside_the_scheme_is_remarked_on(pack: Pack, tmp_path: Path) -> None:
    bids = table(tmp_path, *(f"Invented {day},600,1000,200,600,1,pass,{day}," for day in DAYS))
    old, right, late = (one["sentence"] for one in told(pack, bids=bids)["bidders"])
    assert "received on 1900-01-01, before the scheme began on 2025-12-15: check the day." in old
    assert "check the day" not in right
    assert "received on 2030-01-01, over 2 years after bids were asked for: check the day." in late


@pytest.mark.parametrize("row", ["A,600,1000,200,1e12,1,pass,,", "A,600,1e12,200,600,1,pass,,", "A,1e9,1,1,1,1,pass,,"])
def test_what_cannot_be_is_refused(pack: Pack, tmp_path: Path, row: str) -> None:
    with pytest.raises(PackError, match="is more than can be"):
        told(pack, bids=table(tmp_path, row))


def test_the_outlay_holds_what_the_ceilings_of_plants_let_through(pack: Pack) -> None:
    found = told(pack, "outlay_incentive=1e9", "outlay_capital=2e9")["outlay"]
    assert (found["incentive_held"], found["capital_held"], found["held"]) == (1000, 2000, 3000)
    assert found["incentive_most"] > 1000
    late = told(pack, "early_sales=false")
    assert late["outlay"]["incentive_most"] == late["outlay"]["incentive"]
    above = told(pack, "above_award=true")
    assert above["outlay"]["incentive_most"] == pytest.approx(5500 * 1.075e7 / 1e6)
    assert told(pack, "sales_share=0")["outlay"]["incentive_held"] == 0


def test_what_it_rests_on_is_of_the_award_and_of_its_cost(pack: Pack) -> None:
    found = told(pack)
    scheme = read_rules(pack, "magnets")
    inferred, unknown = ([one["id"] for one in found[f"rules_{name}"]] for name in ("inferred", "unknown"))
    assert inferred == ["R8a", "R11a", "R12", "R13", "R14a", "R15a", "R16", "R21a"]
    assert unknown == ["R13b", "R13c", "R25"]
    assert {scheme.rule(one).standing for one in unknown} == {"unknown"}
    assert found["rules_idle"] == ["R13a"]
    assert [one["id"] for one in found["rules_second_hand"]] == ["R5", "R23"]


def test_switches_are_told_with_what_the_pack_says(pack: Pack) -> None:
    found = told(pack, "tie=lot", "R19.reference_price=100", seed=7)
    tie, price = found["switches"]
    assert (tie["rule"], tie["value"], tie["set"], tie["pack"], tie["read"]) == ("R13c", "tie", "lot", "larger", True)
    assert (price["set"], price["unit"], price["read"]) == (100, "INR/kg", False)
    assert found["seed"] == 7
    assert told(pack)["seed"] is None


def test_switches_may_have_a_unit(pack: Pack) -> None:
    scheme = read_rules(pack, "magnets")
    for text, value in (
        ("outlay_capital=800 crore INR", 8e9),
        ("outlay_capital=8e9", 8e9),
        ("R1.outlay_capital = 8e2crore INR", 8e9),
        ("most_tonnes=7 kt/year", 7000),
        ("lead_share=60 %", 0.6),
        ("ceiling=.5INR/g", 500),
    ):
        found = set_by_user(scheme, [text])
        (name,) = found.chosen
        assert found.rule(name.partition(".")[0]).values[name.partition(".")[2]] == pytest.approx(value), text


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        (("lead_share=51",), "goes from 0 to 1"),
        (("most_tonnes=-1",), "from 0 to 1e.15 t/year"),
        (("tie=lot", "R13c.tie=smaller"), "set twice"),
        (("ties=lot",), "Did you mean 'tie'"),
        (("ceiling=nan",), "cannot be nan"),
        (("most_awards=2.5",), "not a whole number"),
        (("outlay_capital=800 crore USD",), "Give it in 'INR'"),
        (("ceiling=2 INR/t/h",), "cannot be in 'INR/t/h'"),
        (("last_fit=2 crore INR",), "It has none"),
        (("last_fit=round",), "refuse, cut, rebid"),
    ],
)
def test_switches_that_cannot_be(pack: Pack, switches: tuple[str, ...], said: str) -> None:
    with pytest.raises(SchemeError, match=said):
        award_of(pack, "magnets", BIDS, switches, 0)


def test_a_scheme_without_awards_is_told(pack: Pack, toyland: Path) -> None:
    assert scheme_to_award(pack, None).name == "magnets"
    with pytest.raises(SchemeError, match="'recycling' has no rules of an award"):
        scheme_to_award(pack, "recycling")
    with pytest.raises(SchemeError, match="No scheme of the pack 'toyland'"):
        scheme_to_award(load(toyland), None)
    magnets = (pack.path / "schemes" / "magnets.yaml").read_text(encoding="utf-8")
    (toyland / "schemes").mkdir()
    for name in ("one", "two"):
        text = magnets.replace("INR", load(toyland).currency)
        (toyland / "schemes" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError, match=r"have awards: one, two\. Say --scheme"):
        scheme_to_award(load(toyland), None)


def test_every_rule_of_every_scheme_is_printed(pack: Pack) -> None:
    found = rules_document(pack, list_schemes(pack))
    validate(found, "rules")
    for name, scheme in found["schemes"].items():
        assert [one["id"] for one in scheme["rules"]] == [one["id"] for one in read_scheme(pack, name).rows]
    (worth,) = (one for one in found["schemes"]["magnets"]["rules"] if one["id"] == "R7")
    assert worth["values"]["net_worth"]["value"][0] == [600, 180e7]
    assert (worth["values"]["net_worth"]["unit"], worth["values"]["net_worth"]["by"]) == ("INR", "t/year")


def test_what_is_printed_is_in_the_document() -> None:
    text = (ROOT / "docs" / "answer.md").read_text(encoding="utf-8")
    shapes = printed()["$defs"]
    scheme = shapes["award"]["properties"]["scheme"]
    parts = [scheme, *(scheme["properties"][name] for name in ("outlay",))]
    parts += [scheme["properties"][name]["items"] for name in ("switches", "awards", "bidders")]
    (rules,) = (one["additionalProperties"] for one in (shapes["rules"]["properties"]["schemes"],))
    rule = rules["properties"]["rules"]["items"]
    parts += [shapes["award"], shapes["rules"], rules, rule, rule["properties"]["values"]["additionalProperties"]]
    for name in {name for part in parts for name in part["required"]}:
        assert f"`{name}`" in text, name


def test_the_scheme_of_the_format_reads(toyland: Path) -> None:
    text = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")
    (example,) = (one for one in re.findall(r"```yml\n(.*?)```", text, flags=re.DOTALL) if "rules:" in one)
    (toyland / "schemes").mkdir()
    (toyland / "schemes" / "one.yaml").write_text(example.replace("INR", load(toyland).currency))
    scheme = read_rules(load(toyland), "one")
    assert set_by_user(scheme, ["last_fit=cut"]).rule("R13a").values["last_fit"] == "cut"
