"""The command line as a user runs it: the tour of the README, mistakes, interruption, full disks."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from chumbak.answer.document import schema
from chumbak.pack.schema import FIGURE_COLUMNS
from tests.conftest import ROOT, chumbak, make_toyland, run_here
from tests.printed import validate


def test_the_tour_of_a_toy_country(tmp_path: Path) -> None:
    assert run_here("pack", "new", "toyland", cwd=tmp_path).returncode == 0
    unfilled = run_here("pack", "check", "toyland", cwd=tmp_path)
    assert unfilled.returncode == 2
    marks = (tmp_path / "toyland" / "tables" / "figures-country.csv").read_text().splitlines()[1:]
    assert unfilled.stderr.count("still to be filled in") == len(marks)
    assert all(f"'{row.split(',')[0]}' is still to be filled in" in unfilled.stderr for row in marks)
    filled = (ROOT / "examples" / "toyland" / "figures-country.csv").read_text()
    (tmp_path / "toyland" / "tables" / "figures-country.csv").write_text(filled)
    checked = run_here("pack", "check", "toyland", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "3 products" in checked.stdout
    done = chumbak("run", "toyland", "--out", "answer", cwd=tmp_path)
    assert done.returncode == 0
    assert "Toyland" in done.stdout
    assert (tmp_path / "answer" / "report.html").is_file()


def test_the_default_folder_is_named_by_the_hash(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    assert run_here("run", "toyland", cwd=tmp_path).returncode == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name == f"toyland-reference-{json.loads((folder / 'run.json').read_text())['id'][:8]}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "nowhere"), "Known: india"),
        (("run", "indai"), "Did you mean 'india'"),
        (("run", "india", "--scenario", "target"), "Did you mean 'targets'"),
        (("run", "india", "--scenario", "../scenarios/reference"), "no scenario"),
        (("run", "india", "--overlay", "absent.csv"), "absent.csv"),
        (("run", "india", "--out", "."), "no run folder"),
        (("run", "india", "--draws", "-1"), "draws"),
        (("pack", "show", "product.e_2w.magnet_mas"), "Did you mean 'product.e_2w.magnet_mass'"),
        (("pack", "show", "x", "--pack", "nowhere"), "no pack"),
        (("pack", "check", "."), "no pack"),
        (("pack", "new", "a/b c"), "cannot be the name"),
        (("pack", "new", "taken"), "already"),
        (("pack", "new", "india"), "comes with Chumbak"),
        (("plan", "indai"), "Did you mean 'india'"),
        (("plan", "india", "--view", "public"), "national, investor"),
        (("plan", "india", "--max-share", "half"), "Write it as CHN=0.5@2032"),
        (("plan", "india", "--self-reliance", "magnet=1.5@2030"), "between 0 and 1"),
        (("plan", "india", "--budget", "1@2030", "--budget", "1@2030"), "asked for twice"),
        (("plan", "india", "--out", "."), "no run folder"),
        (("frontier", "india", "--measure", "magnt"), "Did you mean 'magnet'"),
        (("gaps", "india", "--region", "suth"), "Did you mean 'south'"),
        (("gaps", "india", "--region", ""), "no region called ''"),
        (("gaps", "india", "--year", "1900"), "It runs from 2025 to 2047"),
        (("plan", ""), "no pack is named"),
        (("plan", "india", "--scenario", "tagets"), "Did you mean 'targets'"),
        (("plan", "india", "--overlay", "number.csv"), "is one number for all years"),
        (("frontier", "india", "--points", "-1"), "--points"),
        (("frontier", "india", "--year", "1900"), "the plan runs from 2025 to 2047"),
        (("replay", "nowhere"), "There is no folder 'nowhere'"),
        (("replay", "taken"), "no run folder of a plan"),
        (("stress", "indai"), "Did you mean 'india'"),
        (("stress", "india", "--episode", "full-stop"), "Did you mean 'full-stop-6m'"),
        (("stress", "india", "--episode", "full-stop-6m", "--start", "april"), "Write it like 2027-W14"),
        (("stress", "india", "--episode", "full-stop-6m", "--start", "2060-W14"), "They run from 2025 to 2047"),
        (("stress", "india", "--episode", "full-stop-6m", "--start", "2027-W53"), "2027 has 52 of them"),
        (("stress", "india", "--episode", "full-stop-6m", "--start", ""), "Write it like 2027-W14"),
        (("stress", "india", "--episode", "full-stop-6m", "--rationing", "fair"), "Say priority or proportional"),
        (("stress", "india", "--episode", "full-stop-6m", "--firm", "absent.yaml"), "absent.yaml"),
        (("stress", "india", "--episode", "full-stop-6m", "--plan", "taken"), "no run folder of a plan"),
        (("stress", "india", "--plan", "taken", "--firm", "my.yaml"), "do not go together"),
        (("stress", "india", "--weeks", "0"), "--weeks"),
        (("stockpile", "indai"), "Did you mean 'india'"),
        (("stockpile", "india", "--start", "1999-W14"), "They run from 2025 to 2047"),
        (("scheme", "award", "india", "--bids", "absent.csv"), "absent.csv"),
        (("scheme", "award", "india"), "--bids"),
        (("scheme", "award", "india", "--bids", "number.csv", "--switch", "tie"), "Write it as name=value"),
        (("scheme", "award", "india", "--bids", "number.csv", "--scheme", "magnet"), "Did you mean 'magnets'"),
        (("scheme", "finance", "absent.yaml"), "absent.yaml"),
        (("scheme", "rules", "indai"), "Did you mean 'india'"),
        (("scheme", "rules", "india", "--scheme", "duty"), "no scheme 'duty'"),
        (("fly",), "No such command"),
    ],
)
def test_mistakes_are_answered_with_a_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    (tmp_path / "taken").mkdir()
    row = "plant.mine.life,2035,20,,,year,,,,,India,own,high,"
    (tmp_path / "number.csv").write_text(f"{','.join(FIGURE_COLUMNS)}\n{row}\n")
    done = run_here(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["number.csv", "taken"]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a plan of India, and what was said of it."""
    here = tmp_path_factory.mktemp("planned")
    words = ("plan", "india", "--chain-self-reliance", "0.3@2035", "--max-share", "CHN.magnet=0.8@2033")
    done = run_here(*words, cwd=here)
    assert (done.returncode, done.stderr) == (0, "")
    (folder,) = (here / "runs").iterdir()
    return folder, done.stdout


def test_a_plan_is_made_and_played_in_another_scenario(tmp_path: Path, planned: tuple[Path, str]) -> None:
    folder, told = planned
    assert folder.name.startswith("india-reference-plan-")
    answer = json.loads((folder / "answer.json").read_text())
    jsonschema.validate(answer, schema())
    assert answer["plan"]["requirements"] == ["--max-share CHN.magnet=0.8@2033", "--chain-self-reliance 0.3@2035"]
    assert min(answer["plan"]["self_reliance"]["chain"][str(year)] for year in range(2035, 2048)) >= 0.3 - 1e-6
    for said in (
        "hort",
        "costs",
        "decided first",
        "holds it back",
        "Certificate: ",
        "Report: runs/india-reference-plan-",
    ):
        assert said in told
    again = run_here("replay", folder, "--scenario", "slow", "--json", cwd=tmp_path)
    assert again.returncode == 0
    played = json.loads(again.stdout)
    validate(played, "replay")
    assert played["scenario"] == "slow"
    assert played["of"]["plan"] == answer["plan"]
    pairs = zip(answer["plan"]["builds"], played["plan"]["builds"], strict=True)
    assert all(one["capacity"] == pytest.approx(other["capacity"], rel=2e-6, abs=2e-6) for one, other in pairs)


def test_a_shock_is_told_and_printed(tmp_path: Path) -> None:
    words = ("stress", "india", "--episode", "heavy-only", "--draws", "40", "--weeks", "60", "--no-optimum")
    done = run_here(*words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("If supply were cut off from", "First to lose output", "Four more weeks", "estimates", "in all"):
        assert said in done.stdout
    printed = json.loads(run_here(*words, "--json", cwd=tmp_path).stdout)
    validate(printed, "stress")
    assert list(printed["stress"]) == ["heavy-only"]
    assert (printed["stress_in_all"]["heavy-only"]["draws"], printed["stress_in_all"]["heavy-only"]["seed"]) == (40, 0)
    episodes = json.loads(run_here("stress", "india", "--json", cwd=tmp_path).stdout)
    validate(episodes, "episodes")
    assert "heavy-only" in [one["name"] for one in episodes["episodes"]]
    assert list(tmp_path.iterdir()) == []


def test_a_shock_is_played_with_the_plants_of_a_plan(tmp_path: Path, planned: tuple[Path, str]) -> None:
    plan = str(planned[0])
    words = (
        "stress",
        "india",
        "--episode",
        "heavy-only",
        "--start",
        "2036-W14",
        "--draws",
        "0",
        "--weeks",
        "60",
        "--no-optimum",
        "--json",
    )
    without = json.loads(run_here(*words, cwd=tmp_path).stdout)["stress_in_all"]["heavy-only"]
    done = run_here(*words, "--plan", plan, cwd=tmp_path)
    assert done.returncode == 0
    played = json.loads(done.stdout)["stress_in_all"]["heavy-only"]
    assert (played["plan"], without["plan"]) == (plan, None)
    assert played["lost_value"] != without["lost_value"]
    for more, said in ((("--plan", plan, "--scenario", "slow"), "was made for scenario 'reference'"),):
        refused = run_here(*words, *more, cwd=tmp_path)
        assert refused.returncode == 2
        assert said in refused.stderr


def test_a_firm_plays_its_own_case(tmp_path: Path) -> None:
    firm = ROOT / "examples" / "firm.yaml"
    words = ("stress", "india", "--episode", "licence-2025", "--firm", firm, "--draws", "40")
    done = run_here(*words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"You (stop|lose output) from Monday", done.stdout)
    assert "Four more weeks of stock would have saved" in done.stdout


def test_the_stock_worth_holding_as_json(tmp_path: Path) -> None:
    done = run_here("stockpile", "india", "--json", cwd=tmp_path)
    assert done.returncode == 0
    printed = json.loads(done.stdout)
    validate(printed, "stockpile")
    curve = printed["stockpile"]["curve"]
    assert curve[0]["capital"] == 0
    assert all(one["avoided"] <= printed["stockpile"]["best"]["loss_without"] + 1e-6 for one in curve)
    assert printed["stockpile"]["best"]["loss_with"] < printed["stockpile"]["best"]["loss_without"]


def test_a_pack_without_episodes_has_no_shocks(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    done = run_here("stress", "toyland", cwd=tmp_path)
    assert done.returncode == 2
    assert "Nothing can be played" in done.stderr


def test_an_award_is_told_and_printed_and_bids_are_mended(tmp_path: Path) -> None:
    bids = ROOT / "examples" / "bids.csv"
    done = run_here("scheme", "award", "india", "--bids", bids, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 of 12 bidders are awarded 5,500 of the 6,000 t/year" in done.stdout
    more = ("--switch", "tie=lot", "--switch", "match_lowest=true", "--seed", "7", "--json")
    done = run_here("scheme", "award", "india", "--bids", bids, *more, cwd=tmp_path)
    award = json.loads(done.stdout)
    validate(award, "award")
    assert {one["paid"] for one in award["scheme"]["awards"]} == {1450}
    broken = bids.read_text().replace("1200,1450", "many,1450").replace(",0.60,", ",60,")
    (tmp_path / "bids.csv").write_text(broken)
    done = run_here("scheme", "award", "india", "--bids", "bids.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "bids.csv, row 2, column tonnes: 'many' is not a number" in done.stderr
    assert "bids.csv, row 3, column lead_share: 60 is not from 0 to 1" in done.stderr
    rules = run_here("scheme", "rules", "india", "--json", cwd=tmp_path)
    validate(json.loads(rules.stdout), "rules")


def test_the_money_of_a_plant_is_told_and_printed(tmp_path: Path) -> None:
    done = run_here("scheme", "finance", "magnets", "--bid", "1500", "--draws", "50", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "a bid of 1,500 INR/kg on an award of 600 t/year" in " ".join(done.stdout.split())
    printed = json.loads(
        run_here("scheme", "finance", "magnets", "--draws", "50", "--seed", "3", "--json", cwd=tmp_path).stdout
    )
    validate(printed, "finance")
    found = printed["finance"]
    assert (found["project"]["bid"], found["draws"]["seed"], len(found["by_year"])) == (2150, 3, 22)
    wrong = run_here("scheme", "finance", "magnets", "--scheme", "ewaste", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "gives a plant with one product nothing that can be reckoned" in wrong.stderr


def test_a_pack_without_schemes_has_no_awards_and_its_faults_are_said(tmp_path: Path) -> None:
    folder = make_toyland(tmp_path / "toyland")
    done = run_here("scheme", "rules", "toyland", cwd=tmp_path)
    assert done.returncode == 2
    assert "The pack 'toyland' has no schemes" in done.stderr
    (folder / "schemes").mkdir()
    (folder / "episodes").mkdir()
    (folder / "schemes" / "one.yaml").write_text("title: One\n")
    (folder / "episodes" / "two.yaml").write_text("title: Two\n")
    done = run_here("pack", "check", "toyland", cwd=tmp_path)
    assert done.returncode == 2
    assert "schemes/one.yaml" in done.stderr
    assert "episodes/two.yaml" in done.stderr


def test_requirements_that_clash_are_named_with_what_would_do(tmp_path: Path) -> None:
    done = run_here("plan", "india", "--chain-self-reliance", "0.9@2028", "--stock-weeks", "2@2035", cwd=tmp_path)
    assert done.returncode == 2
    assert "This requirement cannot hold:" in done.stderr
    assert re.search(r"--chain-self-reliance 0\.9@2028: the nearest that would do: 0\.\d+\.", done.stderr)
    assert "stock-weeks" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_frontier_and_the_gaps_as_json(tmp_path: Path) -> None:
    done = run_here("frontier", "india", "--points", "2", "--measure", "magnet", "--json", cwd=tmp_path)
    assert done.returncode == 0
    printed = json.loads(done.stdout)
    validate(printed, "frontier")
    first, last = printed["frontier"]["points"]
    assert last["share"] > first["share"]
    assert last["per_point"] > 0
    done = run_here("gaps", "india", "--year", "2035", "--json", cwd=tmp_path)
    assert done.returncode == 0
    printed = json.loads(done.stdout)
    validate(printed, "finding")
    answer = printed["answer"]
    document = (ROOT / "docs" / "answer.md").read_text()
    assert all(f"`{name}`" in document for name in answer)
    assert answer["worth"]["unit"] == "million INR (2025)/year"
    assert answer["short"]["value"]["magnet"]["country"] > 0


def test_the_help_says_which_year_is_shown_by_default() -> None:
    from chumbak.answer.openings import DEFAULT_YEAR

    for words, default in (
        (("gaps",), str(DEFAULT_YEAR)), (("answer", "gap"), "2030"), (("answer", "catchment"), "the pack's base year"),
        (("answer", "dependence"), "the latest that is known"), (("risk",), "the latest that is known"),
    ):  # fmt: skip
        assert f"Calendar year to show. Default: {default}" in run_here(*words, "--help", cwd=ROOT).stdout


def test_a_pack_without_plants_has_no_plan(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    for verb in ("plan", "frontier", "gaps"):
        done = run_here(verb, "toyland", cwd=tmp_path)
        assert done.returncode == 2
        assert "the pack has no plants" in done.stderr


def test_every_fault_of_a_broken_pack_is_said(tmp_path: Path) -> None:
    folder = make_toyland(tmp_path / "toyland")
    for name, old, new in (
        ("figures-world.csv", "0.6,0.3,1.2,kg/item", "0.6,0.3,1.2,stone"),
        ("figures-country.csv", "product.fan.home_share", "product.fann.home_share"),
        ("products.csv", "transport", "transports"),
    ):
        path = folder / "tables" / name
        path.write_text(path.read_text().replace(old, new, 1))
    done = run_here("run", "toyland", cwd=tmp_path)
    assert done.returncode == 2
    for said in ("stone", "Did you mean 'fan'", "Did you mean 'transport'", "faults found"):
        assert said in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_figure_is_shown_with_its_source_and_use(tmp_path: Path) -> None:
    done = run_here("pack", "show", "product.e_car.*", cwd=tmp_path)
    assert done.returncode == 0
    for said in ("product.e_car.magnet_mass", "kg/item", "0.0008 to 0.0025", "source: Walton", "used in: demand"):
        assert said in done.stdout


def test_a_number_observed_in_one_year_says_that_it_holds_for_all(tmp_path: Path) -> None:
    done = run_here("pack", "show", "product.fan.swarf_share", cwd=tmp_path)
    assert "holds for all years" not in done.stdout
    (tmp_path / "mine.csv").write_text(
        f"{','.join(FIGURE_COLUMNS)}\nmetal.Au.recovery_today,2025,0.3,,,1,,,,,India,own,high,\n"
    )
    done = run_here("pack", "show", "metal.Au.recovery_today", "--overlay", "mine.csv", cwd=tmp_path)
    assert "2025  0.3 1, holds for all years; observed 2025  [high]" in done.stdout


def test_a_leap_of_an_overlay_is_remarked_on(tmp_path: Path) -> None:
    """Tonnes for kilograms: the figure is the user's to give, and the note is ours."""
    (tmp_path / "mine.csv").write_text(
        "key,period,value,low,high,unit,basis,then,currency,price_year,place,source,confidence,note\n"
        "product.e_2w.magnet_mass,all,0.45,,,t/item,gross,,,,India,own,high,\n"
    )
    done = run_here("pack", "check", "india", "--overlay", "mine.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert "'product.e_2w.magnet_mass' to 750 times" in done.stderr
    assert done.stderr.count("Note:") == 1


def test_packs_and_their_scenarios_are_listed(tmp_path: Path) -> None:
    done = run_here("pack", "list", cwd=tmp_path)
    for name in ("india", "reference", "targets", "slow", "light-rare-earth", "localise"):
        assert name in done.stdout


def test_a_terminal_that_knows_no_signs(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    plain = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "chumbak.cli", "run", "toyland"]
    done = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_interruption_leaves_nothing_behind(tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "chumbak.cli", "run", "india", "--draws", "50000", "--out", "r"]
    run = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(4)
    run.send_signal(ending)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_ends_the_processes_that_draws_are_solved_in(tmp_path: Path) -> None:
    """Ctrl-C reaches them all at once, and one says so."""
    command = [sys.executable, "-m", "chumbak.cli", "plant", "cost", "recycled_magnets_750t", "--draws", "100000"]
    run = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(4)
    os.killpg(run.pid, signal.SIGINT)
    out, said = run.communicate(timeout=60)
    assert (run.returncode, out) == (1, "")
    assert "Interrupted" in said
    assert "Traceback" not in said
    for _ in range(100):  # until nobody of the session is left
        try:
            os.killpg(run.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("processes are left")


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands in for the full disk."""
    make_toyland(tmp_path / "toyland")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = chumbak("run", "toyland", "--out", "out/r", cwd=tmp_path, preexec_fn=small_files)
    assert done.returncode == 1
    assert "Nothing was written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_full_output_does_not_deny_the_run(tmp_path: Path, more: tuple[str, ...]) -> None:
    make_toyland(tmp_path / "toyland")
    command = [sys.executable, "-m", "chumbak.cli", "run", "toyland", "--out", "r", *more]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    said = "Cannot read or write: No space left on device. The run folder 'r' is whole.\n"
    assert (done.returncode, done.stderr) == (1, said)
    assert (tmp_path / "r" / "report.html").is_file()


@pytest.mark.skipif(os.name != "posix", reason="needs a shell")
def test_a_closed_output_does_not_deny_the_run(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    for more in ("", "--json"):
        command = f"exec '{sys.executable}' -m chumbak.cli run toyland --out r {more} >&-"
        done = subprocess.run(command, shell=True, cwd=tmp_path, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "r" / "report.html").is_file()


def test_an_interruption_at_the_very_end_does_not_deny_the_run(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    command = [sys.executable, "-m", "chumbak.cli", "run", "toyland", "--out", "r"]
    run = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    while "Report:" not in run.stdout.readline():
        pass
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert (run.returncode, said) in (
        (0, ""),
        (1, "Interrupted: the run folder 'r' is whole.\n"),
        (1, "Interrupted.\n"),
    )
    assert (tmp_path / "r" / "report.html").is_file()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder would have to be")
    done = run_here("run", "toyland", "--out", blocked / "r", cwd=tmp_path)
    assert done.returncode == 2
    assert str(blocked) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    make_toyland(tmp_path / "toyland")
    (tmp_path / "locked").mkdir(mode=0o555)
    done = run_here("run", "toyland", "--out", "locked/r", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_front_door_is_light(tmp_path: Path) -> None:
    """``import chumbak`` and ``--help`` load none of the heavy libraries."""
    code = (
        "import sys, chumbak, chumbak.cli; from typer.testing import CliRunner;"
        "assert CliRunner().invoke(chumbak.cli.app, ['--help']).exit_code == 0;"
        "print([name for name in ('numpy', 'pandas', 'xarray', 'scipy', 'plotly', 'pint') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version() -> None:
    import chumbak as package

    assert chumbak("--version", cwd=ROOT).stdout.strip() == f"chumbak {package.__version__}"
    assert f'version = "{package.__version__}"' in (ROOT / "pyproject.toml").read_text()
