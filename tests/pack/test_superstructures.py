"""Superstructures: every way to say one wrong, in one fault with file, row and column; what the command prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chumbak.pack import Pack, PackError
from chumbak.pack.superstructures import read_superstructure
from chumbak.report.ask_superstructure import sentences
from tests.conftest import run_here
from tests.printed import validate

PUBLISHED = (Path(__file__).parents[1] / "superstructure" / "published.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "kind", "where"),
    [
        ("to: [jarosite]", "to: [jarosit]", "unknown-name", "stages.1.options.0.to.0"),
        ("to: [jarosite]", "to: []", "nothing-follows", "stages.1.options.0.to"),
        ("to: [oxide, residue]", "to: [oxide]", "not-reached", "stages.2.options.2"),
        ("name: oxide", "name: jarosite", "duplicate-name", "stages.2.options.1.name"),
        ("keeps: {Nd: 1, Fe: 0}", "keeps: {Nd: 1.2, Fe: 0}", "out-of-bounds", "stages.2.options.2.keeps.Nd"),
        ("keeps: {Nd: 1, Fe: 0}", "keeps: {Nd: 1}", "missing-field", "stages.2.options.2.keeps"),
        ("keeps: {Nd: 1, Fe: 0}", "keeps: {Nd: 1, Fe: 0, Zn: 1}", "unknown-name", "stages.2.options.2.keeps.Zn"),
        ("spent: [0.1, 0.6, 0.3]", "spent: [0.1, 0.6]", "shares-do-not-sum", "finance.spent"),
        ("collected: 0.1", "collected: 0", "no-feed", "feed"),
        ("available: {2025:", "available: {2024:", "years-order", "feed.available.2024"),
        ("rate: 7868", "rate: 0", "out-of-bounds", "units.rate"),
        ("lang: 2.97", "lange: 2.97", "missing-field", "finance.lang"),
        ("per_kg: 1.58", "per_kilo: 1.58", "unknown-field", "stages.2.options.2.per_kilo"),
        ("        yearly: 0\n", "", "missing-field", "stages.2.options.2.yearly"),
        ("[36480, 4274.7216]", "[36480, 4274.7216, 3]", "bad-equipment", "stages.2.options.2.equipment"),
        ("[36480, 4274.7216]", "[0, 4274.7216]", "bad-equipment", "stages.2.options.2.equipment"),
        ("[36480, 4274.7216]", "[36480, 1e9]", "bad-equipment", "stages.2.options.2.equipment"),
        ("wage: 305600", "wage: {value: 305600, unit: kg}", "bad-unit", "wage"),
        ("confidence: low", "confidence: sure", "", "confidence"),
        ("price_year: 2022", "price_year: soon", "bad-field", "price_year"),
        ("operators: 1}", "operators: 1}\n        per_kg: 3", "units-or-size", "stages.0.options.0.per_kg"),
    ],
)  # fmt: skip
def test_faults(tmp_path: Path, india_pack: Pack, old: str, new: str, kind: str, where: str) -> None:
    at = PUBLISHED.rindex(old)
    own = tmp_path / "own.yaml"
    own.write_text(PUBLISHED[:at] + new + PUBLISHED[at + len(old) :], "utf-8")
    with pytest.raises(PackError) as raised:
        read_superstructure(india_pack, str(own))
    found = raised.value.faults
    assert any(where in fault.column and kind in fault.kind for fault in found), found
    assert all(fault.row > 0 for fault in found), found


def test_every_option_says_its_impact_or_none_does(tmp_path: Path, india_pack: Pack) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(PUBLISHED.replace("operators: 1.3", "operators: 1.3\n        impact: 5"), "utf-8")
    with pytest.raises(PackError, match="counts no impact"):
        read_superstructure(india_pack, str(own))
    own.write_text(PUBLISHED + "impact: {unit: kg CO2e}\n", "utf-8")
    with pytest.raises(PackError, match="the impact is missing"):
        read_superstructure(india_pack, str(own))


@pytest.mark.parametrize("objective", ["npv", "cost-of-recovery"])
def test_what_is_printed(tmp_path: Path, india_pack: Pack, objective: str) -> None:
    found = run_here("superstructure", "india", "--objective", objective, "--check", "--json", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    told = json.loads(found.stdout)
    validate(told, "superstructure")
    one = told["superstructure"]
    value = one["net_present_value"] if objective == "npv" else one["cost_per_kg"]
    assert value == pytest.approx(one["by_enumeration"])
    assert one["proof"]["gap"] < 1e-5
    said = run_here("superstructure", "india", "--objective", objective, cwd=tmp_path)
    assert said.returncode == 0
    assert "net present value" in said.stdout
    assert sentences(one, india_pack)[0].startswith(f"Of {one['paths']} paths")
    assert sentences(one | {"paths": 1}, india_pack)[0].startswith("There is one path only: ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none",), "there is no superstructure 'none'"),
        (("missing.yaml",), "missing.yaml"),
        (("--objective", "cost"), "--objective 'cost' is none"),
    ],
)
def test_mistakes_are_sentences(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    found = run_here("superstructure", "india", *words, cwd=tmp_path)
    assert found.returncode == 2
    assert told in " ".join(found.stderr.split())
