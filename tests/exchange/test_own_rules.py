"""Rules of the operator: used where they are there; all that is wrong in them is told before anything is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.exchange.desk import Settings
from chumbak.exchange.money.tax import rules_for
from chumbak.exchange.own_rules import faults
from tests.exchange.house import catalogue

RULES = {path.name: path for path in (Path(__file__).parents[2] / "src/chumbak/exchange").rglob("*.yaml")}


def test_the_samples_can_be_used() -> None:
    assert [one for one in faults(Settings(), catalogue()) if "does not have" not in one] == []


@pytest.mark.parametrize(
    "name",
    [
        "tariff.yaml",
        "terms.yaml",
        "tax_rates.yaml",
        "trust.yaml",
        "ladder.yaml",
        "privacy.yaml",
        "phones.yaml",
        "in_scrap_tax.yaml",
        "in_ewaste.yaml",
    ],
)
@pytest.mark.parametrize("text", ["", "- 1", "a: [", "[" * 5_000, "id: {x: {y: z}}\nnonsense: true\n"])
def test_a_file_that_is_wrong_is_told_by_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    found = faults(Settings(own=tmp_path), catalogue())
    assert any(name in one for one in found), found


@pytest.mark.parametrize(
    ("name", "was", "is_", "said"),
    [
        ("ladder.yaml", "pattern: ", "pattern: '[' #", "a pattern cannot be used"),
        ("ladder.yaml", "\ndocuments:", "\npapers:", "'documents' is missing"),
        ("ladder.yaml", "\nsteps:", "\nsteps: 5\nmore:", "where another of these belongs"),
        ("privacy.yaml", "    text:", "    says:", "'text' is missing"),
        ("privacy.yaml", "purposes:", "purposes: 5\nmore:", "where another of these belongs"),
        ("phones.yaml", "digits: 10", "digits: ten", "write how many"),
        ("phones.yaml", "{calling code", "{code", "needs 'calling code'"),
        ("phones.yaml", "digits: 10", "digits: 10, digits: 9", "stands twice"),
        ("phones.yaml", "digits: 10", "digits: 0", "write how many"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_a_sentence(tmp_path: Path, name: str, was: str, is_: str, said: str) -> None:
    sample = RULES[name].read_text()
    assert was in sample
    (tmp_path / name).write_text(sample.replace(was, is_, 1))
    found = [one for one in faults(Settings(own=tmp_path), catalogue()) if name in one]
    assert any(said in one for one in found), found
    assert not any(sign in one for one in found for sign in ("Error(", "error(", "NoneType", "object is not"))


def test_a_file_of_another_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "tarif.yaml").write_text(RULES["tariff.yaml"].read_text())
    assert any("tarif.yaml is read by nothing" in one for one in faults(Settings(own=tmp_path), catalogue()))


def test_own_rules_stand_in_place_of_the_sample(tmp_path: Path) -> None:
    for name in ("tariff.yaml", "trust.yaml"):
        (tmp_path / name).write_text(RULES[name].read_text())
    assert faults(Settings(own=tmp_path), catalogue()) == faults(Settings(), catalogue())


@pytest.mark.parametrize("name", ["town.yaml", "units.yaml"])
def test_a_file_that_no_rule_is_read_from_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a: 1\n")
    assert any(f"{name} is read by nothing" in one for one in faults(Settings(own=tmp_path), catalogue()))


@pytest.mark.parametrize("name", ["in_scrap_tax.yaml", "in_ewaste.yaml"])
def test_rules_of_another_country_are_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(RULES[name].read_text().replace("jurisdiction: India", "jurisdiction: Utopia"))
    found = faults(Settings(own=tmp_path), catalogue())
    assert any(name in one and "would never be applied" in one for one in found), found


def test_own_tax_rules_are_applied(tmp_path: Path) -> None:
    text = RULES["in_scrap_tax.yaml"].read_text()
    (tmp_path / "in_scrap_tax.yaml").write_text(text.replace('share: "0.02"', 'share: "0.5"'))
    own, sample = (rules_for(catalogue().country, one) for one in (Settings(own=tmp_path), Settings()))
    assert own
    assert sample
    assert [str(rule.share) for pack in (own, sample) for rule in pack.rules if rule.share] == ["1/2", "1/50"]
    assert faults(Settings(own=tmp_path), catalogue()) == faults(Settings(), catalogue())
