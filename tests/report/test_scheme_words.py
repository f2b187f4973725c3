"""What is said of an award: sentences, tables, rules and switches that follow the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chumbak.answer.scheme_document import award_of, rules_document
from chumbak.pack import Pack
from chumbak.report import scheme_words
from chumbak.report.scheme_terminal import show_award, show_rules
from tests.conftest import ROOT

BIDS = ROOT / "examples" / "bids.csv"


@pytest.fixture(scope="module")
def pack(india_pack: Pack) -> Pack:
    return india_pack


def told(pack: Pack, *switches: str, bids: Path = BIDS) -> dict[str, Any]:
    found: dict[str, Any] = award_of(pack, "magnets", bids, switches, 3)["scheme"]
    return found


def said(document: dict[str, Any]) -> str:
    return " ".join(scheme_words.sentences(document))


def test_the_sentences_of_the_example(pack: Pack) -> None:
    who, incentive, capital, left, final = scheme_words.sentences(told(pack))
    assert who.startswith("5 of 12 bidders are awarded 5,500 of the 6,000 t/year: Invented Alpha 1,200 t/year at 1,450")
    assert "899 crore INR a year, 4,495 crore INR over 5 years (nominal)" in incentive
    assert "Sales in the 2 years of building earn too: at most 5,840.5 crore INR over all years" in incentive
    assert incentive.endswith(
        "That is within the outlay of 6,450 crore INR. Where a plant's net price is below 3,625 to 4,475 INR/kg, by "
        "its rate, the ceiling of 40 % of net sales holds it lower."
    )
    assert capital.startswith("The capital subsidy is 625.5 crore INR, 15 % of an eligible investment of 4,170 crore")
    assert "no plant is held lower" in capital
    assert capital.endswith("Together it costs 6,466 crore INR at most.")
    assert left == "500 t/year stay open, and no award is left for them."
    assert final.startswith("It is not final: Invented Lima could yet be awarded")


def test_what_holds_it_is_said(pack: Pack) -> None:
    held = said(told(pack, "outlay_incentive=1e9", "outlay_capital=1e9", "total_per_t=5e6"))
    assert "The ceiling of each plant holds it to 2,750 crore INR over all years." in held
    assert held.count("The outlay holds it to 100 crore INR.") == 2
    assert "Together it costs 200 crore INR at most." in held
    assert "Sales in the 2 years of building and output above the award earn too" in said(
        told(pack, "above_award=true")
    )
    assert "nothing is paid" in said(told(pack, "sales_share=0"))
    few = said(told(pack, "most_tonnes=2000", "last_fit=cut"))
    assert "1 plant of 2 is held lower" in few
    assert "No tonnes stay open." in few


def test_nobody_and_many(pack: Pack, tmp_path: Path) -> None:
    none = said(told(pack, "most_awards=0"))
    assert none.startswith("Of 12 bidders nobody is awarded anything, and all 6,000 t/year stay open.")
    header = BIDS.read_text(encoding="utf-8").splitlines()[0]
    rows = [f"Invented {at},600,{1000 + at},400,1000,1,pass,2026-08-10," for at in range(9)]
    (tmp_path / "many.csv").write_text("\n".join([header, *rows]) + "\n")
    many = scheme_words.sentences(told(pack, "most_awards=9", bids=tmp_path / "many.csv"))
    assert many[0].endswith("Invented 5 600 t/year at 1,005 INR/kg and 3 more.")
    assert many[-1].startswith("It is final")
    (tmp_path / "one.csv").write_text(f"{header}\n{rows[0]}\n")
    one = scheme_words.sentences(told(pack, bids=tmp_path / "one.csv"))
    assert one[0].startswith("1 of 1 bidder is awarded 600 of the 6,000 t/year")
    assert one[-2] == "5,400 t/year stay open, with 4 awards left."


def test_what_it_rests_on(pack: Pack) -> None:
    document = told(pack)
    first, second, idle = scheme_words.rests_on(document)
    assert first.startswith("It rests on 8 rules that are inferred and 3 that no source that was read tells: R8a, R11a")
    assert second.startswith("Second-hand are R5 (")
    assert idle == "Unsure too, but decided nothing here: R13a."
    _, rows = scheme_words.unsure_table(document)
    assert [row[1] for row in rows] == ["inferred"] * 8 + ["unknown"] * 3
    alone = {**document, "rules_inferred": [], "rules_unknown": document["rules_unknown"][:1], "rules_idle": []}
    assert scheme_words.rests_on(alone)[0] == "It rests on 1 rule that no source that was read tells: R13b."


def test_switches_are_said_with_the_pack_s_own(pack: Pack) -> None:
    assert scheme_words.switches(told(pack)) == []
    assert scheme_words.switches(told(pack, "tie=lot", "outlay_capital=1e9", "R19.reference_price=5")) == [
        "Set by you: R13c.tie = lot (the pack says larger).",
        "Set by you: R1.outlay_capital = 100 crore INR (the pack says 750 crore INR).",
        "Set by you: R19.reference_price = 5 INR/kg (the pack says 0 INR/kg). No award reads it: it changes nothing.",
        "Ties are broken by a lot drawn with seed 3.",
    ]


def test_every_bidder_has_a_fate_and_verdicts(pack: Pack) -> None:
    document = told(pack)
    _, fates = scheme_words.fate_table(document)
    headings, verdicts = scheme_words.verdict_table(document)
    assert [row[0] for row in fates] == [row[0] for row in verdicts]
    assert len(fates) == 12
    assert [row[0] for row in fates[5:9]] == ["Invented Foxtrot", "Invented Golf", "Invented Lima", "Invented Hotel"]
    assert headings[1:3] == ["size (R3)", "rate (R14)"]
    assert next(row for row in verdicts if row[0] == "Invented Lima")[4] == "cannot tell"


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_terminal_tells_all_at_any_width(
    pack: Pack, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    show_award(told(pack, "tie=lot"), pack, "[my] bids.csv")
    out = capsys.readouterr().out
    assert "Bids: [my] bids.csv" in out
    assert max(map(len, out.splitlines())) <= width
    for word in ("Foxtrot", "R13b", "5,840.5", "4,475", "Set by you"):
        assert word in out


def test_rules_are_told_with_standing_values_and_source(pack: Pack, capsys: pytest.CaptureFixture[str]) -> None:
    show_rules(rules_document(pack, ["magnets", "duties", "ewaste"])["schemes"], pack)
    out = capsys.readouterr().out
    for line in (
        "38 rules: 19 stated, 2 second-hand, 8 inferred, 9 unknown.",
        "R7  Least net worth by capacity bid for (stated)",
        "    net_worth: up to 600 t/year: 180 crore INR; up to 800 t/year: 245 crore INR;",
        "    last_fit: refuse (or cut, rebid)",
        "    total_per_t: 1.075 crore INR*year/t",
        "    early_sales: true",
        "    share: 0.075 (0.075 to 0.089)",
        "    of: monazite",
        "    target_share: up to 2024: 0.6;",
        "    in force: from 2026-02-01",
        "    source: angelone.in, 2025-12-17",
        "Set a value for one award: chumbak scheme award india",
    ):
        assert line in out, line
