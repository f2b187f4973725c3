"""The verbs of an exchange: its administrator, whether it closes, a copy, and what serving it refuses."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chumbak.exchange.desk import Settings
from chumbak.exchange.messengers import ToFile
from chumbak.exchange.own_rules import in_force
from chumbak.exchange.settle.terms import SAMPLE as TERMS
from chumbak.report.ask_exchange_store import keep_base, opened_exchange, say_rules
from chumbak.report.mistakes import MistakeError
from tests.conftest import ROOT, run_here

EVENTS = ROOT / "examples" / "custody_events.json"
FIRST = ("exchange", "administrator", "A person", "--phone", "9000000001", "--place", "seelampur")


def test_the_first_administrator_is_made_once(tmp_path: Path) -> None:
    assert run_here(*FIRST, cwd=tmp_path).returncode == 0
    again = run_here(*FIRST, cwd=tmp_path)
    assert (again.returncode, "has an administrator" in again.stderr) == (2, True)
    for wrong in (("--phone", "12"), ("--place", "nowhere")):
        words = [*FIRST, *wrong, "--exchange", "sqlite:///other.db"]
        assert run_here(*words, cwd=tmp_path).returncode == 2


def test_what_does_not_close_is_told(tmp_path: Path) -> None:
    assert run_here(*FIRST, cwd=tmp_path).returncode == 0
    assert run_here("custody", "record", EVENTS, cwd=tmp_path).returncode == 0
    good = run_here("exchange", "check", cwd=tmp_path)
    assert (good.returncode, good.stdout.startswith("Money closes")) == (0, True)
    assert run_here("exchange", "backup", "copy.db", cwd=tmp_path).returncode == 0
    with closing(sqlite3.connect(tmp_path / "exchange.db")) as connection, connection:
        connection.execute("INSERT INTO money_balance (account, paise, free) VALUES ('party:x:wallet', 5, 0)")
        connection.execute(
            "INSERT INTO outbox (kind, about, body, made_us, done_us) VALUES ('event', 'urn:x:gone', '{}', 1, 2)"
        )
    bad = run_here("exchange", "check", cwd=tmp_path)
    assert bad.returncode == 1
    assert "party:x:wallet is kept at 5 paise; its entries sum to 0" in bad.stdout
    assert "urn:x:gone was told to custody and is not there" in bad.stdout
    copied = run_here("exchange", "backup", "copy.db", cwd=tmp_path)
    assert (copied.returncode, "is there already" in copied.stderr) == (2, True)


def test_a_mistake_leaves_no_exchange_behind(tmp_path: Path) -> None:
    for words in (("--phone", "12"), ("--phone", "0000000000"), ("--place", "nowhere")):
        told = run_here(*FIRST, *words, cwd=tmp_path)
        assert (told.returncode, "Traceback" in told.stderr) == (2, False)
    told = run_here("exchange", "administrator", " ", *FIRST[3:], cwd=tmp_path)
    assert (told.returncode, "Write your name" in told.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("made", [False, True])
def test_what_was_never_served_has_no_custody_and_gets_none_by_a_check(tmp_path: Path, made: bool) -> None:
    assert run_here(*FIRST, cwd=tmp_path).returncode == 0
    if made:
        with closing(sqlite3.connect(tmp_path / "custody.db")) as empty:
            empty.execute("PRAGMA user_version = 0")
            empty.execute("VACUUM")
    before = sorted((one.name, one.stat().st_size) for one in tmp_path.iterdir())
    told = run_here("exchange", "check", cwd=tmp_path)
    assert (told.returncode, "is served first" in " ".join(told.stderr.split())) == (2, True)
    assert sorted((one.name, one.stat().st_size) for one in tmp_path.iterdir()) == before


def test_other_rules_than_those_of_the_last_start_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "own"
    own.mkdir()
    with opened_exchange(f"sqlite:///{tmp_path / 'exchange.db'}") as database:
        for _ in range(2):
            say_rules(database, in_force(Settings()))
        assert "NOT THOSE" not in capsys.readouterr().err
        (own / "terms.yaml").write_text(TERMS.read_text().replace("title: ", "title: Own: ") + "# mine")
        say_rules(database, in_force(Settings(own=own)))
        assert "terms.yaml differ" in " ".join(capsys.readouterr().err.split())
        say_rules(database, in_force(Settings(own=own)))
        assert "NOT THOSE" not in capsys.readouterr().err


def test_an_exchange_that_is_not_there_is_neither_checked_nor_copied(tmp_path: Path) -> None:
    for words in (("check",), ("backup", "copy.db")):
        told = run_here("exchange", *words, "--exchange", "sqlite:///mistyped.db", cwd=tmp_path)
        assert (told.returncode, "There is no exchange at" in told.stderr) == (2, True)
    assert not list(tmp_path.iterdir())


def test_names_stay_under_the_base_of_the_first_serving(tmp_path: Path) -> None:
    with opened_exchange(f"sqlite:///{tmp_path / 'exchange.db'}") as database:
        keep_base(database, "https://exchange.example.org")
        keep_base(database, "https://exchange.example.org")
        with pytest.raises(MistakeError, match=r"under https://exchange\.example\.org.*for good"):
            keep_base(database, "https://other.example.org")


def test_exchange_and_custody_have_a_database_each(tmp_path: Path) -> None:
    both = ("--exchange", "sqlite:///one.db", "--database", "sqlite:///one.db")
    told = run_here("serve", *both, "--base", "https://exchange.example.org", cwd=tmp_path)
    assert (told.returncode, "need a database each" in " ".join(told.stderr.split())) == (2, True)


def test_an_exchange_is_not_served_with_rules_that_cannot_be_used(tmp_path: Path) -> None:
    own = tmp_path / "rules"
    own.mkdir()
    (own / "terms.yaml").write_text("title: nothing\n")
    (own / "tarif.yaml").write_text("")
    serve = ("serve", "--exchange", "sqlite:///exchange.db", "--own", "rules")
    told = run_here(*serve, cwd=tmp_path)
    assert (told.returncode, "--base https://" in told.stderr) == (2, True)
    told = run_here(*serve, "--base", "https://exchange.example.org", cwd=tmp_path)
    assert told.returncode == 2
    assert "terms.yaml" in told.stderr
    assert "tarif.yaml is read by nothing" in " ".join(told.stderr.split())


def test_a_text_is_on_disk_when_it_counts_as_sent(tmp_path: Path) -> None:
    texts = tmp_path / "texts.jsonl"
    for text in ("पहला", "second\nline"):
        ToFile(texts).send("+919000000001", text)
    lines = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
    assert [one["text"] for one in lines] == ["पहला", "second\nline"]
    assert texts.stat().st_mode & 0o077 == 0
