"""Trees of futures: what they may say, and every way to say it wrong in one fault with file, row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.pack import Pack, PackError, load
from chumbak.pack.trees import list_trees, pack_of_path, read_tree
from tests.pack.toy import full
from tests.pack.written import changed, line

TREE = """\
title: Stops
description: Supply may be stopped.
source: Toy Office 2025
confidence: estimate
note: a guess
branches:
  - name: calm
    title: No stop
    from: 2026
    probability: 0.75
  - name: stop
    title: A stop
    from: 2026
    probability: {value: 25, unit: "%"}
    stops:
      - {origins: [CHN], stages: [magnet], grades: [N], years: [2026, 2027], stopped: 1}
    changes:
      - {scale: product.fan.sales, by: 2}
    branches:
      - {name: once, title: once, from: 2028, probability: 0.5}
      - name: again
        title: again
        from: 2028
        probability: 0.5
        changes:
          - {scale: product.fan.sales, by: 3, years: [2029, 2029]}
"""


def packed(tmp_path: Path, tree: str = TREE) -> Pack:
    pack = full()
    pack.files["trees/one.yaml"] = tree
    return load(pack.write(tmp_path))


def sold(pack: Pack) -> dict[int, float]:
    return dict(zip(pack.years.tolist(), pack.entries["product.fan.sales"].at(pack.years).tolist(), strict=True))


def test_ends_and_what_has_changed_on_the_way(tmp_path: Path) -> None:
    pack = packed(tmp_path)
    assert list_trees(pack) == ["one"]
    tree = read_tree(pack, "one")
    assert [[step.form.name for step in end] for end in tree.ends] == [["calm"], ["stop", "once"], ["stop", "again"]]
    assert tree.form.branches[1].probability.value == pytest.approx(0.25)
    sales = {end[-1].form.name: sold(pack_of_path(pack, tree, end)) for end in tree.ends}
    before = sold(pack)
    for year, times in ((2025, 1), (2026, 2), (2028, 2), (2029, 6)):
        assert sales["again"][year] == pytest.approx(times * before[year])
        assert sales["calm"][year] == pytest.approx(before[year])
    assert sales["once"][2029] == pytest.approx(2 * before[2029])


def test_a_file_of_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.yaml"
    own.write_text(TREE, "utf-8")
    tree = read_tree(packed(tmp_path / "pack"), str(own))
    assert tree.name == "mine"
    with pytest.raises(PackError, match="no tree"):
        read_tree(packed(tmp_path / "other"), "two")


@pytest.mark.parametrize(
    ("old", "new", "kind", "where"),
    [
        ("name: again", "name: calm", "duplicate-name", "branches.1.branches.1.name"),
        ("value: 25", "value: 20", "probabilities-do-not-sum", "branches"),
        ("value: 25", "value: 125", "out-of-bounds", "branches.1.probability"),
        ("2026\n    probability: 0.75", "1999\n    probability: 0.75", "years-outside", "branches.0.from"),
        ("from: 2028, probability", "from: 2026, probability", "years-outside", "branches.1.branches.0.from"),
        ("years: [2026, 2027]", "years: [2025, 2027]", "years-outside", "branches.1.stops.0.years"),
        ("years: [2026, 2027]", "years: [2027, 2026]", "years-outside", "branches.1.stops.0.years"),
        ("years: [2029, 2029]", "years: [2027, 2029]", "years-outside", "branches.1.branches.1.changes.0.years"),
        ("origins: [CHN]", "origins: [XXX]", "unknown-name", "branches.1.stops.0.origins.0"),
        ("origins: [CHN]", "origins: [home]", "unknown-name", "branches.1.stops.0.origins"),
        ("stopped: 1", "stopped: 0", "out-of-bounds", "branches.1.stops.0.stopped"),
        ("stopped: 1", "stoped: 1", "missing-field", "branches.1.stops.0.stopped"),
        ("confidence: estimate", "confidence: sure", "bad-confidence", ""),
        ("note: a guess", "calm: never", "unknown-name", "calm"),
        ("{scale: product.fan.sales, by: 2", "{grow: product.fan.sales, by: 2", "union_tag", "branches.1.changes.0"),
        ("note: a guess", "weight: 3", "unknown-field", "weight"),
    ],
)  # fmt: skip
def test_faults(tmp_path: Path, old: str, new: str, kind: str, where: str) -> None:
    with pytest.raises(PackError) as raised:
        read_tree(packed(tmp_path, changed(TREE, old, new)), "one")
    found = raised.value.faults
    assert any(where in fault.column for fault in found), found
    if kind not in ("bad-confidence", "union_tag"):
        assert kind in {fault.kind for fault in found}, found
    assert all(fault.file == "trees/one.yaml" and (fault.row > 0 or not fault.column) for fault in found), found


def test_a_change_of_nothing_is_told_where_it_stands(tmp_path: Path) -> None:
    text = changed(TREE, "{scale: product.fan.sales, by: 2}", "{scale: product.fam.sales, by: 2}")
    pack = packed(tmp_path, text)
    tree = read_tree(pack, "one")
    with pytest.raises(PackError) as raised:
        pack_of_path(pack, tree, tree.ends[1])
    (fault,) = raised.value.faults
    assert fault.column == "branches.1.changes.0.scale"
    assert (fault.file, fault.row) == ("trees/one.yaml", line(text, "- {scale: product.fam"))
