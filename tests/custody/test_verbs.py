"""Custody as people use it: record, trace, close, certify, verify, claim, judge, calibrate."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import ROOT, run_here

EVENTS, CLOSING = ROOT / "examples" / "custody_events.json", ROOT / "examples" / "closing.json"
MAGNET, USED = "https://id.example.org/lot/magnet-1", "https://id.example.org/lot/used-1"
MAKER = "https://maker.example.org"


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that holds the example."""
    folder = tmp_path_factory.mktemp("store")
    done = run_here("custody", "record", EVENTS, cwd=folder)
    assert (done.returncode, done.stdout) == (0, "Recorded 4 events.\n"), done.stderr
    return folder


@pytest.fixture
def folder(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be written to."""
    for file in recorded.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def test_the_example_has_nothing_to_mend(tmp_path: Path) -> None:
    done = run_here("custody", "lint", EVENTS, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "1 file: nothing to mend.\n")


def test_a_file_with_faults_is_told_by_pointer(tmp_path: Path) -> None:
    wrong = EVENTS.read_text().replace('"bizStep": "inspecting"', '"bizStep": "urn:epcglobal:cbv:bizstep:inspecting"')
    (tmp_path / "wrong.json").write_text(wrong.replace('"kind": "post-consumer"', '"kind": "recycled"'))
    done = run_here("custody", "lint", "wrong.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "wrong.json:/epcisBody/eventList/3/bizStep: " in done.stdout
    assert "wrong.json:/epcisBody/eventList/0/rem:content/0/origin/kind: " in done.stdout
    assert run_here("custody", "record", "wrong.json", cwd=tmp_path).returncode == 2
    assert "(0 events)" in run_here("custody", "verify", cwd=tmp_path).stdout


def test_what_was_recorded_before_is_not_recorded_again(folder: Path) -> None:
    done = run_here("custody", "record", EVENTS, cwd=folder)
    assert (done.returncode, done.stdout) == (0, "Recorded 0 events; 4 were recorded before, and are as they were.\n")
    changed = EVENTS.read_text().replace("760000000", "760000001")
    (folder / "changed.json").write_text(changed)
    done = run_here("custody", "record", "changed.json", cwd=folder)
    assert done.returncode == 2
    assert "Nothing of this file was recorded" in done.stderr


def test_hashes_are_one_a_line(tmp_path: Path) -> None:
    lines = run_here("custody", "hash", EVENTS, cwd=tmp_path).stdout.splitlines()
    assert len(lines) == len(set(lines)) == 4
    assert all(line.startswith("ni:///sha-256;") and line.endswith("?ver=CBV2.0") for line in lines)


def test_a_lot_is_traced_to_where_it_entered(recorded: Path) -> None:
    done = run_here("custody", "trace", MAGNET, "--json", cwd=recorded)
    told = json.loads(done.stdout)
    held = {one["element"]: 0 for one in told["held"]}
    for one in told["held"]:
        held[one["element"]] += int(one["microgram"])
    assert held == {"Nd": 21_500_000_000, "Pr": 6_300_000_000, "Dy": 760_000_000}
    for element, amount in held.items():
        assert sum(int(one["microgram"]) for one in told["sources"] if one["element"] == element) == amount
    assert {one["lot"] for one in told["sources"]} == {USED, "https://id.example.org/lot/oxide-1"}
    shown = run_here("custody", "trace", MAGNET, cwd=recorded).stdout
    assert "mined AU, refined MY, separated MY" in shown
    done = run_here("custody", "trace", "https://id.example.org/lot/none", cwd=recorded)
    assert (done.returncode, "There is no lot" in done.stderr) == (2, True)


def certified(folder: Path) -> None:
    for words in (
        ("certify", MAGNET, "--out", "magnet.jwt", "--qr", "magnet.svg"),
        ("trust", "--out", "trust.json"),
        ("status", "--out", "status.jwt"),
    ):
        done = run_here("custody", *words, "--issuer", MAKER, cwd=folder)
        assert done.returncode == 0, done.stderr


def test_a_certificate_is_checked_offline_and_can_be_withdrawn(folder: Path) -> None:
    certified(folder)
    assert (folder / "magnet.svg").read_bytes().startswith(b"<svg")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    for name in ("magnet.jwt", "trust.json", "status.jwt"):
        shutil.copy(folder / name, elsewhere)
    check = ("custody", "verify", "magnet.jwt", "--trust", "trust.json")
    done = run_here(*check, "--status", "status.jwt", cwd=elsewhere)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "GOOD."), done.stdout
    done = run_here(*check, cwd=elsewhere)
    assert (done.returncode, "cannot tell  status" in done.stdout) == (1, True), "without the list it is not good"
    assert run_here("custody", "verify", "magnet.jwt", cwd=elsewhere).returncode == 2
    name = json.loads(run_here(*check, "--json", "--status", "status.jwt", cwd=elsewhere).stdout)
    assert name["good"] is True
    told = run_here("custody", "certify", MAGNET, "--issuer", MAKER, "--out", "second.jwt", cwd=folder).stderr
    second = told.split()[1].rstrip(",")
    assert run_here("custody", "withdraw", second, "--reason", "a wrong assay", cwd=folder).returncode == 0
    run_here("custody", "status", "--issuer", MAKER, "--out", "status.jwt", cwd=folder)
    for file, good in (("magnet.jwt", 0), ("second.jwt", 1)):
        done = run_here("custody", "verify", file, "--trust", "trust.json", "--status", "status.jwt", cwd=folder)
        assert done.returncode == good, done.stdout
    assert "All" in run_here("custody", "verify", cwd=folder).stdout


def test_a_certificate_states_verdicts_of_rules(folder: Path) -> None:
    words = ("certify", MAGNET, "--rules", "us_dfars", "--fact", "magnet_type=ferrite")
    token = run_here("custody", *words, cwd=folder).stdout
    body = token.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["credentialSubject"]["rem:verdict"]
    assert {one["result"] for one in said} <= {"pass", "not yet applicable"}
    assert all(one["rule"] and one["citation"] and one["reason"] for one in said)
    assert run_here("custody", *words[:3], "nowhere", cwd=folder).returncode == 2


def test_a_certificate_follows_from_the_events_alone(folder: Path) -> None:
    certified(folder)
    script = ROOT / "tests" / "custody" / "independent.py"
    done = subprocess.run(
        [sys.executable, "-I", script, EVENTS, folder / "magnet.jwt"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "chumbak" not in script.read_text().split('"""')[2].lower()


def test_a_changed_byte_is_named(folder: Path) -> None:
    head = run_here("custody", "head", "--out", "head.json", cwd=folder)
    assert head.returncode == 0
    assert run_here("custody", "verify", "--head", "head.json", cwd=folder).returncode == 0
    with closing(sqlite3.connect(folder / "custody.db")) as database, database:
        database.executescript("DROP TRIGGER IF EXISTS log_no_update;")
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        body = database.execute("SELECT body FROM log WHERE seq = 3").fetchone()[0]
        database.execute("UPDATE log SET body = ? WHERE seq = 3", (body.replace(b"0.745", b"0.746"),))
    done = run_here("custody", "verify", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("NOT SOUND. Record 3 (urn:uuid:7a2b9d10-0002")


def test_a_period_is_closed_and_certificates_wait_for_its_alarms(folder: Path) -> None:
    done = run_here("custody", "close", CLOSING, cwd=folder)
    assert (done.returncode, "No alarm" in done.stdout) == (0, True), done.stderr
    asked = json.loads(CLOSING.read_text())
    asked |= {"start": "2026-03-01", "end_of_period": "2026-04-01", "received": [], "end": []}
    (folder / "lost.json").write_text(json.dumps(asked))
    done = run_here("custody", "close", "lost.json", cwd=folder)
    assert "ALARM: " in done.stdout
    refused = run_here("custody", "certify", MAGNET, cwd=folder)
    assert (refused.returncode, "while an alarm stands" in refused.stderr) == (2, True)
    found = json.loads(run_here("custody", "alarms", "--json", cwd=folder).stdout)
    assert {one["state"] for one in found} == {"open"}
    for one in found:
        words = ("explain", one["id"], "--by", "A. Auditor", "--text", "The lot is at the coater.")
        assert run_here("custody", *words, cwd=folder).returncode == 0
    assert run_here("custody", "certify", MAGNET, "--out", "m.jwt", cwd=folder).returncode == 0
    assert "EXPLAINED" in run_here("custody", "alarms", cwd=folder).stdout
    done = run_here("custody", "explain", "mba:none/Nd/2026/balance", "--by", "A", "--text", "B", cwd=folder)
    assert done.returncode == 2


def test_claims_by_every_model(folder: Path) -> None:
    def claim(*words: str) -> tuple[int, str]:
        done = run_here("custody", "claim", MAGNET, *words, cwd=folder)
        return done.returncode, done.stdout + done.stderr

    assert "Nd   42.27 %" in claim()[1]
    assert claim("--model", "segregated")[0] == 2
    assert claim("--model", "identity-preserved")[0] == 2
    assert "Nd   42.27 %" in claim("--model", "rolling-average", "--site", "mba:plant-1", "--day", "2026-02-28")[1]
    credit = ("--model", "credit", "--site", "mba:plant-1", "--element", "Nd", "--day", "2026-03-01")
    code, told = claim(*credit, "--grams", "9300")
    assert (code, "it is claimed" in told or "claimed" in told) == (2, True), "no more than came in"
    assert "Nd   23.25 %" in claim(*credit, "--grams", "5000")[1]
    assert claim(*credit, "--grams", "1")[0] == 2, "claimed twice"
    code, told = claim(*credit[:3], "mba:elsewhere", *credit[4:], "--grams", "1")
    assert (code, "was not made at 'mba:elsewhere'" in " ".join(told.split())) == (2, True)
    assert claim("--model", "magic")[0] == 2
    assert "All" in run_here("custody", "verify", cwd=folder).stdout


def test_rules_are_judged_by_day(recorded: Path) -> None:
    def judged(day: str, *facts: str) -> dict[str, str]:
        words = [word for fact in facts for word in ("--fact", fact)]
        done = run_here("custody", "judge", MAGNET, "--rules", "us_dfars", "--day", day, "--json", *words, cwd=recorded)
        return {one["rule"]: one["result"] for one in json.loads(done.stdout)}

    assert judged("2027-02-01", "magnet_type=NdFeB") == {"US-7052-2027": "cannot tell"}
    assert judged("2026-06-01", "magnet_type=NdFeB")["US-7052-2027"] == "not yet applicable"
    assert judged("2027-02-01", "magnet_type=ferrite") == {"US-7052-2027": "pass"}
    done = run_here("custody", "judge", MAGNET, "--rules", "nowhere", cwd=recorded)
    assert done.returncode == 2


def test_measured_lots_become_an_overlay_for_the_plan(recorded: Path, tmp_path: Path) -> None:
    database = f"sqlite:///{recorded / 'custody.db'}"
    words = ("calibrate", "india", "--process", "sinter", "--site", "mba:plant-1", "--database", database)
    done = run_here(*words, "--out", "measured.csv", cwd=tmp_path)
    assert (done.returncode, "agree with the prior" in done.stdout) == (0, True), done.stderr
    checked = run_here("pack", "check", "india", "--overlay", "measured.csv", "-s", "reference", cwd=tmp_path)
    assert "No fault found" in checked.stdout, checked.stderr
    told = json.loads(run_here(*words, "--json", cwd=tmp_path).stdout)
    nd = told["elements"]["Nd"]
    assert nd["recovery"] == pytest.approx(95 * 0.2265 / (40.5 * 0.231 + 20 * 0.745 * 0.85735), rel=1e-4)
    assert run_here(*words[:3], "sinterr", *words[4:], cwd=tmp_path).returncode == 2
    assert run_here(*words[:5], "mba:none", *words[6:], cwd=tmp_path).returncode == 2


def test_a_copy_verifies(folder: Path) -> None:
    assert run_here("custody", "backup", "copy.db", cwd=folder).returncode == 0
    done = run_here("custody", "verify", "--database", "sqlite:///copy.db", cwd=folder)
    assert (done.returncode, done.stdout[:3]) == (0, "All")
    assert run_here("custody", "backup", "copy.db", cwd=folder).returncode == 2


@pytest.mark.parametrize(
    "words",
    [("trace", MAGNET), ("verify",), ("alarms",), ("certify", MAGNET, "--database", "mysql://x/y"),
     ("close", "none.json"), ("lint", "none.json"), ("verify", "none.jwt", "--trust", "none.json")],
)  # fmt: skip
def test_what_is_not_there_is_told_in_a_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    done = run_here("custody", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("."), done.stderr


def test_no_certificate_is_given_that_nobody_gets_or_that_nobody_signs(folder: Path) -> None:
    done = run_here("custody", "certify", MAGNET, "--out", "nowhere/x.jwt", cwd=folder)
    assert (done.returncode, "No certificate was given" in done.stderr) == (2, True)
    done = run_here("custody", "certify", MAGNET, "--issuer", "not a uri", cwd=folder)
    assert (done.returncode, "is no issuer" in done.stderr) == (2, True)
    with closing(sqlite3.connect(folder / "custody.db")) as connection, connection:
        assert connection.execute("SELECT count(*) FROM log WHERE kind = 'certificate'").fetchone() == (0,)
    done = run_here("custody", "certify", MAGNET, "--out", "x.jwt", cwd=folder)
    id = done.stderr.split()[1].rstrip(",")
    assert run_here("custody", "withdraw", id, "--reason", "one", cwd=folder).returncode == 0
    again = run_here("custody", "withdraw", id, "--reason", "another", cwd=folder)
    assert (again.returncode, "is withdrawn already" in again.stderr) == (2, True)


def test_a_file_without_end_is_not_read(tmp_path: Path) -> None:
    done = run_here("custody", "lint", "/dev/zero", cwd=tmp_path)
    assert (done.returncode, "has more than" in done.stderr) == (2, True)
