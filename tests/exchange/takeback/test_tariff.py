"""The tariff file: the sample holds, and every fault is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.exchange.takeback.tariff import SAMPLE, TariffError, load, read, tariff_of, unknown_kinds
from tests.exchange.house import catalogue, desk

TEXT = SAMPLE.read_text(encoding="utf-8")


def test_the_sample_says_that_it_is_invented() -> None:
    found = load(SAMPLE)
    assert found.invented
    assert "invented" in found.note
    assert found.kinds["smartphone"].data == "shred"


def test_kinds_that_the_catalogue_lacks_are_named() -> None:
    assert "fan" in unknown_kinds(load(SAMPLE), catalogue())
    assert "smartphone" not in unknown_kinds(load(SAMPLE), catalogue())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            'share: "0.6"',
            "share: 0.6",
            'share: it is 0.6; write a share from 0 to 1 as text, such as "0.6"',
        ),
        ('share: "0.6"', 'share: "6"', "share: it is '6'; write"),
        ('broken: "0.9"', 'broken: "0.1"', "conditions: a worse condition pays more than a better one"),
        ('broken: "0.9"', 'broke: "0.9"', "'broke' is not known"),
        (
            "bonus: 2000, data: shred",
            "bonus: -1, data: shred",
            "kinds: smartphone: bonus: it is -1; write a whole",
        ),
        ("bonus: 2000, data: shred", "bonus: 2000, data: burn", "kinds: smartphone: data: 'burn' is none of"),
        ("bonus: 2000, data: shred", "bonus: 2000, data: shred, gift: 1", "'gift' is not known; use bonus, data"),
        ("cap: 200000", "cap: 10", "cap: it is below the floor"),
        ("cap: 200000", "cap: 20.5", "cap: it is 20.5; write a whole number from"),
        ("tries: 5", "tries: 0", "code: tries: it is 0; write a whole number from 1 to 10"),
        ("when refused: return", "when refused: keep", "'keep' is no rule"),
        ("invented: true", "invented: perhaps", "invented: write true or false"),
        ("id: sample", "id: 7", "id: it is 7; write a text"),
        ("batch: {most: 500}", "batch: 200", "batch: it is 200; write it with most"),
        ("floor: 1000", "floor: 1000\nceiling: 1", "'ceiling' is not known"),
        ("floor: 1000 ", "# ", "floor: it is missing; write a whole number from 0"),
        ("floor: 1000", "floor: 2000\nfloor: 1000", "'floor' stands twice"),
        ("bonus: 2000, data: shred", "bonus: 2000, bonus: 1, data: shred", "'bonus' stands twice"),
        ("invented: true", "invented: 2026-13-45", "'2026-13-45' is no day"),
    ],
)
def test_a_fault_is_told_with_its_place(before: str, after: str, said: str) -> None:
    assert before in TEXT
    with pytest.raises(TariffError) as caught:
        read(TEXT.replace(before, after), "tariff.yaml")
    assert "tariff.yaml" in str(caught.value)
    assert said in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(TariffError) as caught:
        read(TEXT.replace('share: "0.6"', "share: x").replace("tries: 5", "tries: x"), "tariff.yaml")
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["", "- a", "a: [", "kinds: {}"])
def test_what_is_no_tariff_is_refused(text: str) -> None:
    with pytest.raises(TariffError):
        read(text, "tariff.yaml")


def test_the_operators_own_file_counts_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    own = tmp_path / "tariff.yaml"
    own.write_text(TEXT.replace("id: sample", "id: ours"), encoding="utf-8")
    with desk(tmp_path, own=tmp_path) as made:
        assert tariff_of(made).id == "ours"
        own.write_text(TEXT.replace("id: sample", "id: newer").replace("floor: 1000", "floor: 2000"), encoding="utf-8")
        assert tariff_of(made).floor == 2000
