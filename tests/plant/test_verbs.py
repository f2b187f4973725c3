"""The verbs as a user runs them: each with --json and the same bytes twice, mistakes as sentences."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from tests.conftest import ROOT, run_here

FILE = ROOT / "examples" / "plant_magnet_to_oxide.yaml"
RUNS = {
    "list": ("plant", "list"),
    "unit": ("plant", "unit", "oxalate"),
    "solve": ("plant", "solve", FILE),
    "ready": ("plant", "solve", "magnets_to_oxides_1t_day"),
    "ranges": ("plant", "solve", FILE, "--draws", "8", "--seed", "3"),
    "cuts": ("plant", "design", "magnets_to_oxides_1t_day", "--draws", "2"),
    "cost": ("plant", "cost", FILE),
    "draws": ("plant", "cost", FILE, "--draws", "8", "--seed", "3"),
    "recipe": ("plant", "recipe", FILE, "--pack", "india"),
}


@pytest.mark.parametrize("name", RUNS)
def test_each_in_words_and_as_json(name: str, tmp_path: Path) -> None:
    words = run_here(*map(str, RUNS[name]), cwd=tmp_path)
    assert words.returncode == 0, words.stderr
    assert words.stdout
    first, second = (run_here(*map(str, RUNS[name]), "--json", cwd=tmp_path) for _ in range(2))
    assert first.stdout == second.stdout
    assert json.loads(first.stdout)["kind" if name != "cost" else "flowsheet"]
    assert not list(tmp_path.iterdir())


def test_what_the_example_says_of_itself(tmp_path: Path) -> None:
    document = json.loads(run_here("plant", "solve", str(FILE), "--json", cwd=tmp_path).stdout)
    assert document["solve"]["residual"] <= 1e-10
    assert max(abs(one) for one in document["balance"]["difference"]) < 1e-6
    yours = [one for one in document["figures"] if one["verification"] == "yours"]
    assert {one["source"] for one in yours} == {"plant_magnet_to_oxide.yaml", "pilot runs of March"} | {
        one["source"] for one in yours if one["step"] == "costs"
    }
    # nothing is listed for elements that a step never sees
    assert not [one for one in document["figures"] if one["of"] == "Au"]


def test_ranges_of_a_plant_stand_around_it(tmp_path: Path) -> None:
    page = tmp_path / "plant.html"
    done = run_here(*RUNS["ranges"][:2], str(FILE), "--draws", "40", "--page", str(page), "--json", cwd=tmp_path)
    ranges = json.loads(done.stdout)["ranges"]
    assert (ranges["draws"], ranges["draws_that_cannot_be"]) == (40, [])
    told = {(one["what"], one["of"]): one for one in ranges["rows"]}
    assert all(one["low"] <= one["middle"] <= one["high"] for one in told.values())
    recovery = told["recovery of Nd", "oxide"]
    assert recovery["low"] < recovery["value"] < recovery["high"] <= 1
    assert "How sure this is" in page.read_text(encoding="utf-8")


def test_the_page_is_one_file_with_the_costs(tmp_path: Path) -> None:
    done = run_here("plant", "solve", str(FILE), "--page", str(tmp_path / "plant.html"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "plant.html").read_text(encoding="utf-8")
    assert "What it costs" in page
    assert "<svg" in page
    assert "http://www.w3.org/2000/svg" in page
    assert "src=" not in page


def test_an_overlay_of_the_recipe_can_be_used(tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    done = run_here("plant", "recipe", str(FILE), "--draws", "10", "--out", str(out), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(StringIO(out.read_text(encoding="utf-8"))))
    assert {row["key"] for row in rows} == {f"process.leach_magnets.recovery.{one}" for one in ("Nd", "Pr", "Dy")}
    assert run_here("pack", "check", "india", "--overlay", str(out), cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plant", "solve", "magnet_to_oxides"), "did you mean 'magnets_to_oxides_1t_day'"),
        (("plant", "solve", "none.yaml"), "cannot be read"),
        (("plant", "unit", "oxalat"), "did you mean 'oxalate'"),
        (("plant", "cost", str(FILE), "--seed", "1", "--draws", "0", "--json", "--draw"), "No such option"),
    ],
)
def test_mistakes_are_sentences(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run_here(*words, cwd=tmp_path)
    assert done.returncode != 0
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_plant_that_says_nothing_of_money_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("like: magnets_to_oxides_1t_day\ncosts: null\n", encoding="utf-8")
    done = run_here("plant", "cost", str(path), cwd=tmp_path)
    assert done.returncode != 0
    assert "says nothing of money" in done.stderr
