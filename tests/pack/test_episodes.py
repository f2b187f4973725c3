"""Episodes and back-tests: what they may say, and every way to say it wrong in one fault with file, row and column."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest

from chumbak.pack import Pack, PackError, load
from chumbak.pack.backtests import KNOWN, list_backtests, read_backtest
from chumbak.pack.episodes import EpisodeFile, list_episodes, read_episode
from chumbak.pack.forms import numbers
from tests.pack.toy import full
from tests.pack.written import changed, line, reads_well

EPISODE = """\
title: Licences
description: Nothing leaves without a licence.
source: Toy Office 2025
confidence: estimate
note: a guess
weight: 0.1
events:
  - name: heavy
    origins: [CHN]
    stages: [magnet]
    holding: [Dy]
    weeks: {value: 26, low: 13, high: 52}
    stopped: 1
    licence:
      delay: {value: 45, unit: day}
      otherwise: 0.5
      approval: {homes: 0}
  - origins: [abroad, home]
    grades: [N]
    begin: 4
    weeks: 8
    stopped: {value: 40, low: 20, high: 60, unit: "%"}
    deepens: 2
    delay: 1
"""
DOCUMENTS = ("forms", "episodes", "firms", "backtests")
BACKTEST = """\
title: As it was
description: What happened.
episode: one
start: 2025-W14
weeks: 40
instead:
  heavy:
    - {origins: [USA], weeks: 3, stopped: 1, source: Customs, confidence: low, note: "apart: by month"}
firms:
  - name: maker
    title: A maker
    sector: ev
    source: A newspaper
    confidence: medium
    note: "before: said in May"
    output: {value: 1000, unit: item/month}
    magnets: {value: 0.6, unit: kg/item}
    value: {value: 1, unit: lakh INR/item}
    grades: {SH: 1}
    stock: {SH: {value: 3, unit: week}}
    suppliers: {CHN: 1}
observed:
  - {firm: maker, what: output, period: 2025-06, value: 600, base: {value: 1000, low: 800, high: 1200},
     base_period: 2025-05, held_back: false, source: A newspaper,
     confidence: medium}
  - {firm: maker, what: first_loss, date: 2025-06-24, earliest: 2025-06-16, held_back: true, source: A newspaper,
     confidence: medium}
"""


def packed(tmp_path: Path, episode: str = EPISODE, backtest: str = BACKTEST) -> Pack:
    pack = full()
    pack.files["episodes/one.yaml"], pack.files["backtests/test.yaml"] = episode, backtest
    return load(pack.write(tmp_path))


def test_an_episode_comes_in_canonical_units(tmp_path: Path) -> None:
    read = read_episode(packed(tmp_path), "one")
    heavy, light = read.form.events
    assert isinstance(read, EpisodeFile)
    assert heavy.weeks.sides == (26, 13, 52)
    assert heavy.licence is not None
    assert heavy.licence.delay.sides[0] == pytest.approx(45 / 7)
    assert heavy.licence.approval["homes"].sides == (0, 0, 0)
    assert (heavy.begin.sides, heavy.deepens.sides, heavy.delay.sides) == ((0, 0, 0),) * 3
    assert light.stopped.sides == pytest.approx((0.4, 0.2, 0.6))
    assert light.stopped.unit == "1"


def test_what_is_not_said_of_a_source_is_as_in_the_part_around(tmp_path: Path) -> None:
    text = changed(EPISODE, "    stopped: 1\n", "    stopped: {value: 1, note: the law}\n    source: A law\n")
    told = {path: told for path, _, told in numbers(read_episode(packed(tmp_path, text), "one").form)}
    assert (told["weight",].source, told["weight",].note) == ("Toy Office 2025", "a guess")
    assert (told["events", 0, "weeks"].source, told["events", 0, "weeks"].note) == ("A law", "a guess")
    assert (told["events", 0, "stopped"].note, told["events", 0, "stopped"].confidence) == ("the law", "estimate")


# old text, new text, kind, column, where the faulty row starts, what fault or mend says
FAULTS = [
    ("title: Licences\n", "", "missing-field", "title", "description:", "Add 'title:'"),
    ("title: Licences", "title: ' '", "bad-text", "title", "title:", "line of text"),
    ("title: Licences", "title: 12", "bad-field", "title", "title:", "is not text"),
    ("note: a guess", "noet: a guess", "unknown-field", "noet", "noet:", "'note'"),
    ("weight: 0.1", "weight: 60", "out-of-bounds", "weight", "weight:", "from 0 to 52"),
    ("weight: 0.1", "weight: often", "bad-field", "weight", "weight:", "is not a number"),
    ("weight: 0.1", "weight: true", "bad-field", "weight", "weight:", "is not a number"),
    ("weight: 0.1", "weight:", "bad-field", "weight", "weight:", "is not a number"),
    ("origins: [CHN]", "origins: []", "bad-field", "events.0.origins", "origins: []", "empty"),
    ("origins: [CHN]", "origins: [CHN]\n    grades: []", "bad-field", "events.0.grades", "grades: []", "empty"),
    ("origins: [CHN]", "origins: CHN", "bad-field", "events.0.origins", "origins: CHN", "not a list"),
    ("origins: [CHN]", "origins: [CHM]", "unknown-name", "events.0.origins.0", "origins: [CHM]", "'CHN'"),
    ("origins: [CHN]", "origins: [WLD]", "unknown-name", "events.0.origins.0", "origins: [WLD]", "abroad"),
    ("[abroad, home]", "[abroad, hoem]", "unknown-name", "events.1.origins.1", "- origins: [abroad", "'home'"),
    ("stages: [magnet]", "stages: [magnets]", "unknown-name", "events.0.stages.0", "stages:", "'magnet'"),
    ("holding: [Dy]", "holding: [Dx]", "unknown-name", "events.0.holding.0", "holding:", "elements"),
    ("grades: [N]", "grades: [NN]", "unknown-name", "events.1.grades.0", "grades:", "'N'"),
    ("{homes: 0}", "{house: 0}", "unknown-name", "events.0.licence.approval.house", "approval:", "'homes'"),
    ("{homes: 0}", "{homes: 2}", "out-of-bounds", "events.0.licence.approval.homes", "approval:", "0 to 1"),
    ("      otherwise: 0.5\n", "", "missing-field", "events.0.licence.otherwise", "licence:", "otherwise"),
    ("otherwise: 0.5", "other_wise: 0.5", "", "events.0.licence", "", ""),
    ("unit: day", "unit: kg", "bad-unit", "events.0.licence.delay", "delay: {", "'week'"),
    ("unit: day", "unit: dyas", "bad-unit", "events.0.licence.delay", "delay: {", "does not fit"),
    ("low: 13, high", "low: 30, high", "range-order", "events.0.weeks", "weeks: {", "not in this order"),
    ("low: 13, high: 52", "low: 13", "half-range", "events.0.weeks", "weeks: {", "only one end"),
    ("low: 13, high: 52", "low: 13, hi: 52", "unknown-field", "events.0.weeks.hi", "weeks: {", "'high'"),
    ("weeks: 8", "weeks: -8", "out-of-bounds", "events.1.weeks", "weeks: -8", "0 to 520 week"),
    ("weeks: 8", "weeks: 1e300", "out-of-bounds", "events.1.weeks", "weeks: 1e", "0 to 520"),
    ("weeks: 8", "weeks: 1e999", "bad-field", "events.1.weeks.value", "weeks: 1e", "too large"),
    ("weeks: 8", "weeks: '8'", "bad-field", "events.1.weeks", "weeks: '8'", "is not a number"),
    ("    weeks: 8\n", "", "missing-field", "events.1.weeks", "- origins: [abroad", "Add 'weeks:'"),
    ("begin: 4", "beginn: 4", "unknown-field", "events.1.beginn", "beginn:", "'begin'"),
    ("    stopped: 1\n", "", "nothing-stopped", "events.0", "- name:", "stopped"),
    ("name: heavy", "name: heavy ones", "bad-name", "events.0.name", "- name:", "letters"),
    ("  - origins: [abroad", "  - name: heavy\n    origins: [abroad", "duplicate-name", "events.1.name", "", "twice"),
    ("source: Toy Office 2025\n", "", "missing-source", "", "", "Name who published"),
    ("confidence: estimate", "confidence: sure", "unknown-confidence", "", "", "Write one of"),
    ("note: a guess\n", "", "estimate-without-note", "", "", "whose guess"),
    ("title: Licences", "title: Licences\ntitle: Again", "bad-yaml", "", "title: Again", "twice"),
    ("events:\n", "events: {a: 1}\nmore:\n", "", "", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind", "column", "row", "says"), FAULTS, ids=[f"{n}" for n in range(len(FAULTS))]
)
def test_a_fault_says_what_where_and_how_to_mend(
    tmp_path: Path, old: str, new: str, kind: str, column: str, row: str, says: str
) -> None:
    text = changed(EPISODE, old, new)
    with pytest.raises(PackError) as error:
        read_episode(packed(tmp_path, text), "one")
    faults = error.value.faults
    assert all(fault.file == "episodes/one.yaml" and fault.row > 0 and reads_well(fault) for fault in faults)
    assert "Error" not in str(error.value)
    if kind:
        fault = faults[0]
        assert {one.kind for one in faults} == {kind}
        assert not column or (len(faults) == 1 and fault.column == column)
        assert not row or fault.row == line(text, row)
        assert says in fault.what + fault.mend


def test_all_faults_are_said_at_once(tmp_path: Path) -> None:
    text = changed(changed(EPISODE, "[CHN]", "[CHM]"), "weeks: 8", "weeks: -8")
    text = changed(changed(text, "title: Licences\n", ""), "holding: [Dy]", "holdings: [Dy]")
    with pytest.raises(PackError) as error:
        read_episode(packed(tmp_path, text), "one")
    kinds = sorted(fault.kind for fault in error.value.faults)
    assert kinds == ["missing-field", "out-of-bounds", "unknown-field", "unknown-name"]


@pytest.mark.parametrize("content", ["", "- a\n- b\n", "just text\n", "1: 2\n", "a: &x 1\nb: *x\n", "\ta: 1\n"])
def test_rubbish_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(PackError) as error:
        read_episode(packed(tmp_path, content), "one")
    assert all(fault.mend for fault in error.value.faults)


def test_an_unknown_episode_and_a_pack_without_any(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="Did you mean 'one'"):
        read_episode(packed(tmp_path / "a"), "ones")
    bare = load(full().write(tmp_path / "b"))
    assert list_episodes(bare) == []
    with pytest.raises(PackError, match="write one in episodes/"):
        read_episode(bare, "one")


def test_a_link_out_of_the_pack_is_not_followed(tmp_path: Path) -> None:
    pack = packed(tmp_path / "pack")
    (tmp_path / "outside.yaml").write_text(EPISODE)
    (pack.path / "episodes" / "linked.yaml").symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(PackError, match="inside the pack"):
        read_episode(pack, "linked")


def test_the_packs_own_country_is_written_home(tmp_path: Path) -> None:
    pack = full()
    pack.files["episodes/one.yaml"] = changed(EPISODE, "[CHN]", "[TOY]")
    pack.replace("origins", "USA,United States,", "USA,United States,\n        TOY,Toyland,".replace("        ", ""))
    with pytest.raises(PackError, match="Write 'home'"):
        read_episode(load(pack.write(tmp_path)), "one")


# back-tests


def test_a_back_test_replaces_events_whose_history_is_known(tmp_path: Path) -> None:
    read = read_backtest(packed(tmp_path), "test")
    assert [event.origins for event in read.episode.form.events] == [["USA"], ["abroad", "home"]]
    assert read.episode.name == "one"
    (firm,) = read.firms
    assert firm.sides("value", "INR/item") == pytest.approx((1e5, 1e5, 1e5))


def test_periods_and_dates_are_weeks_from_the_monday_of_the_start(tmp_path: Path) -> None:
    read = read_backtest(packed(tmp_path), "test")
    assert read.weeks("2025-04") == pytest.approx((1 / 7, 31 / 7))
    assert read.weeks("2025-Q4") == pytest.approx((184 / 7, 276 / 7))
    assert read.week(dt.date(2025, 4, 4)) == pytest.approx(4 / 7)
    output, loss = read.form.observed
    assert output.ratio == pytest.approx((0.6, 0.5, 0.75))
    assert loss.days == (dt.date(2025, 6, 24), dt.date(2025, 6, 16), dt.date(2025, 6, 24))


BACKTEST_FAULTS = [
    ("episode: one", "episode: two", "unknown-episode", "episode", "one"),
    ("start: 2025-W14", "start: 2025-W54", "bad-week", "start", "ISO week"),
    ("start: 2025-W14", "start: 2025-04-04", "bad-week", "start", "ISO week"),
    ("weeks: 40", "weeks: 0", "bad-field", "weeks", "too small"),
    ("weeks: 40", "weeks: 1.5", "bad-field", "weeks", "whole"),
    ("  heavy:\n", "  heavi:\n", "unknown-name", "instead.heavi", "'heavy'"),
    ("period: 2025-06", "period: 2025-13", "bad-period", "observed.0.period", "2025-Q3"),
    ("period: 2025-06, value: 600,", "value: 600,", "missing-field", "observed.0", "period"),
    ("date: 2025-06-24", "date: 2025-02-30", "bad-date", "observed.1.date", "2025-06-30"),
    ("earliest: 2025-06-16", "earliest: 2025-06-30", "range-order", "observed.1", "order"),
    ("earliest: 2025-06-16", "period: 2025-06", "unknown-field", "observed.1", "first_loss"),
    ("what: first_loss", "what: firstloss", "bad-field", "observed.1.what", "first_loss"),
    ("held_back: true", "held_back: 'yes'", "bad-field", "observed.1.held_back", "true"),
    ("low: 800", "low: 0", "out-of-bounds", "observed.0", "above 0"),
    ("{firm: maker, what: first", "{firm: makers, what: first", "unknown-name", "observed.1.firm", "'maker'"),
    ("  - name: maker\n", "  - name: maker!\n", "bad-name", "firms.0.name", "letters"),
    ("stock: {SH:", "stock: {N:", "", "", ""),
    ("held_back: true, source: A newspaper", "held_back: true", "missing-source", "observed.1.source", "published"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind", "column", "says"), BACKTEST_FAULTS, ids=[f"{n}" for n in range(len(BACKTEST_FAULTS))]
)
def test_a_fault_of_a_back_test(tmp_path: Path, old: str, new: str, kind: str, column: str, says: str) -> None:
    with pytest.raises(PackError) as error:
        read_backtest(packed(tmp_path, backtest=changed(BACKTEST, old, new)), "test")
    faults = error.value.faults
    assert all(fault.file == "backtests/test.yaml" and fault.row > 0 and reads_well(fault) for fault in faults)
    if kind:
        (fault,) = faults
        assert (fault.kind, fault.column) == (kind, column)
        assert says in fault.what + fault.mend


def test_of_every_input_of_a_back_test_it_is_said_how_it_is_known(tmp_path: Path) -> None:
    with pytest.raises(PackError) as error:
        read_backtest(packed(tmp_path, backtest=changed(BACKTEST, '"before: said', '"after: said')), "test")
    assert {fault.kind for fault in error.value.faults} == {"how-known"}
    assert len(error.value.faults) == 6


def test_faults_of_its_episode_are_shown_in_the_episode(tmp_path: Path) -> None:
    with pytest.raises(PackError) as error:
        read_backtest(packed(tmp_path, episode=changed(EPISODE, "weeks: 8", "weeks: -8")), "test")
    (fault,) = error.value.faults
    assert (fault.file, fault.kind) == ("episodes/one.yaml", "out-of-bounds")


# the packs that come along

EXPECTED = {
    "licence-2025", "full-stop-6m", "full-stop-12m", "heavy-only", "equipment-ban", "transit-closure",
    "domestic-accident", "two-together",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(india_pack: Pack) -> Pack:
    return india_pack


def test_every_episode_of_the_pack_reads_with_a_source_for_each_number(home: Pack) -> None:
    assert set(list_episodes(home)) == EXPECTED
    for name in EXPECTED:
        for _, _, told in numbers(read_episode(home, name).form):
            assert told.confidence in ("medium", "low", "estimate")  # nothing of an episode to come is sure


def test_stocks_lags_and_suppliers_of_the_pack_are_whole(home: Pack) -> None:
    from chumbak.pack.arrays import array
    from chumbak.pack.draws import deviates, groups
    from chumbak.pack.schema import attributes

    names = [name for name, attribute in attributes().items() if attribute.engine == "stress"]
    for name in names:
        drawn = array(home, name, deviates(groups(home, (name,)), 50, 1))
        assert drawn.size
        assert bool((drawn >= 0).all())
    assert set(home.array("sector_cover")["sector"].values) == set(home.nouns.ids("sectors"))
    sellers = home.array("supplier_share")
    bought = sellers.sel(stage=["separation", "metal", "alloy", "magnet"])
    assert bought.sum("origin").values == pytest.approx([1.0] * 4)
    from_where = bought["origin"].values[(bought > 0).any("stage").values]
    assert set(from_where) <= set(home.array("origin_lag")["origin"].values)


def test_the_back_test_keeps_observations_apart_from_inputs(home: Pack) -> None:
    (name,) = list_backtests(home)
    read = read_backtest(home, name)
    assert len([one for one in read.form.observed if one.held_back]) >= 3
    for path, _, told in numbers(read.form):
        assert path[0] == "observed" or told.note.startswith(KNOWN)
    inputs = {amount.value for path, amount, _ in numbers(read.form) if path[0] == "firms" and "output" not in path}
    held = {one.value.value for one in read.form.observed if one.held_back and one.value}
    assert not inputs & held


def test_the_episode_of_the_format_reads(home: Pack, tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "packs.md").read_text(encoding="utf-8")
    shown = next(one for one in re.findall(r"```yml\n(.*?)```", text, flags=re.DOTALL) if "events:" in one)
    (tmp_path / "episodes").mkdir()
    (tmp_path / "episodes" / "shown.yaml").write_text(shown)
    read = read_episode(dataclasses.replace(home, path=tmp_path), "shown")
    assert read.form.events[0].licence is not None


def test_the_tables_try_every_kind_that_documents_know() -> None:
    import chumbak.pack
    from tests.pack import test_firms

    folder = Path(chumbak.pack.__file__).parent
    source = "".join((folder / f"{name}.py").read_text(encoding="utf-8") for name in DOCUMENTS)
    words = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    tried = {case[2] for case in [*FAULTS, *BACKTEST_FAULTS, *test_firms.FAULTS]}
    by_their_own = {"bad-form", "how-known", "path-outside-pack", "unused-grade", "same-grade", "back-test"}
    assert words - tried - by_their_own == set()
