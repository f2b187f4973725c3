"""Asking for the frontier and for a replay: what is wrong is told in the words of the command."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from chumbak.answer.frontier_document import frontier_document
from chumbak.plan.frontier import frontier
from chumbak.plan.requirements import read_requirement
from chumbak.report import ask_replay
from chumbak.report.ask_frontier import _check, _sweep
from chumbak.report.mistakes import MistakeError
from chumbak.report.plan_folder import Kept
from tests.plan.small import small_case
from tests.plan.test_around import importing, works


@pytest.mark.parametrize(
    ("measure", "year", "told"),
    [
        ("magnets", 2026, "--measure magnets: there is no rung 'magnets' with a need. Did you mean 'magnet'?"),
        ("chian", 2026, "--measure chian: there is no rung 'chian' with a need. Did you mean 'chain'?"),
        ("magnet.Nf", 2026, "--measure magnet.Nf --year 2026: no magnet holds 'Nf'. Did you mean 'NdPr'?"),
        ("chain", 1999, "--measure chain --year 1999: the plan runs from 2025 to 2028."),
        ("a@b", 2026, "--measure 'a@b' from --year 2026 cannot be read. Write them as --measure magnet --year 2035."),
    ],
)
def test_a_measure_is_told_as_it_was_asked(measure: str, year: int, told: str) -> None:
    with pytest.raises(MistakeError) as said:
        _check(importing(), _sweep(measure, year), measure, "national")
    assert str(said.value) == told


def test_each_point_says_what_is_designed_away() -> None:
    """Four tenths of the need can be designed away at 1 a tonne more than buying: at the top share, where making
    costs 2 more, all of it is; where nothing is asked, nothing."""
    case = small_case(
        [2025, 2026, 2027, 2028], {"make": {"oxide": -2.0, "magnet": 1.0}}, {"works": works(24.0)},
        {"car": {"need": 10.0, "without": 100.0, "substitute": 0.4, "premium": 10.0}},
        [("cn_oxide", "CHN", "oxide", 1.0), ("cn_magnet", "CHN", "magnet", 9.0)],
    )  # fmt: skip
    sweep = read_requirement("self-reliance", "magnet=0@2026")
    found = frontier_document(frontier(case, sweep, 2), sweep)
    first, last = found["points"]
    assert (first["substituted"], first["substituted_share"]) == (0.0, 0.0)
    assert last["substituted"] == pytest.approx(4.0)
    assert last["substituted_share"] == pytest.approx(0.4)
    assert "asked of every year from 2026 on" in found["convention"]


def test_edited_inputs_of_a_run_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(ask_replay, "complain", said.append)
    names = ("pack/tables/a.csv", "overlays/1-own.csv", "pack/datapackage.json")
    for name in names:
        path = tmp_path / "inputs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"as it was")
    inputs: dict[str, str] = dict.fromkeys(names, hashlib.sha256(b"as it was").hexdigest())
    kept = cast(Kept, SimpleNamespace(inputs=inputs))
    ask_replay._note_edits(kept, tmp_path)
    assert said == []
    (tmp_path / "inputs" / "overlays" / "1-own.csv").write_bytes(b"as it is now")
    (tmp_path / "inputs" / "pack" / "tables" / "a.csv").unlink()
    (tmp_path / "inputs" / "pack" / "new.csv").write_bytes(b"")
    ask_replay._note_edits(kept, tmp_path)
    (sentence,) = said
    assert "are not what the plan was made from (overlays/1-own.csv, pack/tables/a.csv, pack/new.csv)" in sentence
