"""Who bids under a scheme: the pack's own auction, what the engine gets of it, and every way to say it wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chumbak.pack import Pack, PackError, load
from chumbak.pack.auctions import list_auctions, read_auction
from tests.pack.test_episodes import reads_well

AUCTION = """\
title: Bidders, invented
description: Nothing of this is published.
source: Toy Office
confidence: estimate
note: a judgement
scheme: magnets
project: magnets
bidders: 12
sizes: [600, {value: 0.8, unit: kt/year}]
technical: 0.7
bears: 0.05
unsure:
  capital: {common: 0.5, noise: {value: 0.5, low: 0.2, high: 1}}
behaviours:
  - {name: plain, turns: 2, margin: 0.05, shade: 0}
  - {name: eager, margin: 0, shade: 0, at_ceiling: true}
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory, india_pack: Pack) -> Pack:
    folder = tmp_path_factory.mktemp("packs") / "own"
    shutil.copytree(india_pack.path, folder)
    return load(folder)


def faults(pack: Pack, text: str) -> list[tuple[str, str]]:
    (pack.path / "auctions" / "own.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as error:
        read_auction(pack, "own")
    assert all(reads_well(fault) for fault in error.value.faults)
    return [(fault.kind, fault.column) for fault in error.value.faults]


def changed(old: str, new: str) -> str:
    assert AUCTION.count(old) == 1
    return AUCTION.replace(old, new)


def test_the_auction_of_the_pack_says_that_it_is_invented(india_pack: Pack) -> None:
    assert list_auctions(india_pack) == ["magnets"]
    found = read_auction(india_pack, "magnets")
    assert "invented" in found.form.title
    assert "no forecast" in found.form.description
    assert found.project.form.name == "invented_magnets"


def test_what_the_engine_gets(pack: Pack) -> None:
    (pack.path / "auctions" / "own.yaml").write_text(AUCTION, encoding="utf-8")
    found = read_auction(pack, "own")
    assert [size.value for size in found.form.sizes] == [600, 800]
    ways = found.behaviours()
    assert [one["name"] for one in ways] == ["plain", "eager", "plain"]
    assert [one["at_ceiling"] for one in ways] == [False, True, False]


FAULTS = [
    ("scheme: magnets", "scheme: magnet", "unknown-name", "scheme"),
    ("scheme: magnets", "scheme: duties", "no-awards", "scheme"),
    ("project: magnets", "project: magnet", "unknown-name", "project"),
    ("project: magnets", "project: recycler", "not-a-product", "project"),
    ("bidders: 12", "bidders: 12.5", "not-whole", "bidders"),
    ("bidders: 12", "bidders: 0", "out-of-bounds", "bidders"),
    ("[600, {", "[650, {", "out-of-bounds", "sizes.0"),
    ("[600, {", "[800, {", "duplicate-size", "sizes.1"),
    ("technical: 0.7", "technical: 1.7", "out-of-bounds", "technical"),
    ("bears: 0.05\n", "", "missing-field", "bears"),
    ("  capital: {", "  capitl: {", "unknown-name", "unsure.capitl"),
    ("  capital: {", "  landing: {", "unknown-name", "unsure.landing"),
    ("common: 0.5", "common: 1.5", "out-of-bounds", "unsure.capital.common"),
    ("name: eager", "name: plain", "duplicate-name", "behaviours.1.name"),
    ("turns: 2", "turns: 0", "bad-field", "behaviours.0.turns"),
    ("shade: 0}", "shade: 0, at_celing: true}", "unknown-field", "behaviours.0.at_celing"),
    ("note: a judgement\n", "", "estimate-without-note", "bidders.note"),
]


@pytest.mark.parametrize(("old", "new", "kind", "column"), FAULTS)
def test_a_fault(pack: Pack, old: str, new: str, kind: str, column: str) -> None:
    assert (kind, column) in faults(pack, changed(old, new))


def test_all_faults_are_said_at_once(pack: Pack) -> None:
    text = changed("bidders: 12", "bidders: 12.5").replace("[600, {", "[650, {").replace("  capital: {", "  capitl: {")
    assert sorted(kind for kind, _ in faults(pack, text)) == ["not-whole", "out-of-bounds", "unknown-name"]


def test_faults_of_the_plant_that_it_names_are_said_too(pack: Pack) -> None:
    text = (pack.path / "projects" / "magnets.yaml").read_text(encoding="utf-8")
    path = pack.path / "projects" / "broken.yaml"
    path.write_text(text.replace("life: 20", "life: 0"), encoding="utf-8")
    wrong = changed("project: magnets", "project: broken").replace("bidders: 12", "bidders: 12.5")
    assert sorted(kind for kind, _ in faults(pack, wrong)) == ["bad-field", "not-whole"]
    path.unlink()


def test_no_such_auction(pack: Pack) -> None:
    with pytest.raises(PackError, match=r"there is no auction 'magnet'.*Did you mean 'magnets'"):
        read_auction(pack, "magnet")
    assert Path(pack.path / "auctions" / "magnets.yaml").is_file()
