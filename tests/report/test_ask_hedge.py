"""``chumbak hedge``: what it prints and refuses, on a small pack; the shape of its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chumbak.pack import Pack
from chumbak.report.ask_hedge import ask_hedge, grids, sentences
from chumbak.report.mistakes import MistakeError
from tests.conftest import run_here
from tests.printed import validate

TREE = """\
title: Stops
description: Supply may be stopped.
source: Toy Office 2025
confidence: estimate
note: a guess
branches:
  - {name: calm, title: No stop, from: 2027, probability: 0.75}
  - name: stop
    title: A stop
    from: 2027
    probability: 0.25
    stops:
      - {origins: [abroad], years: [2027, 2028], stopped: 1}
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trees") / "stops.yaml"
    path.write_text(TREE, "utf-8")
    return path


@pytest.fixture(scope="module")
def told(tree: Path) -> dict[str, Any]:
    found = run_here("hedge", "india", "--tree", tree, "--json", cwd=tree.parent)
    assert found.returncode == 0, found.stderr
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def test_json_has_its_shape_and_adds_up(told: dict[str, Any]) -> None:
    validate(told, "hedge")
    hedge = told["hedge"]
    chances = [one["probability"] for one in hedge["ends"]]
    assert sum(chances) == pytest.approx(1)
    for name, plan in hedge["plans"].items():
        spent = sum(chance * one["cost"][name] for chance, one in zip(chances, hedge["ends"], strict=True))
        assert plan["expected"] == pytest.approx(spent)
    assert hedge["certificate"]["holds"]
    assert hedge["value_of_stochastic_solution"]["value"] >= -1e-6
    assert hedge["expected_value_of_perfect_information"]["value"] >= -1e-6
    for one in hedge["ends"]:  # nobody does better than who knows what comes
        assert one["cost"]["known"] <= min(one["cost"].values()) + 1e-3


def test_words_and_tables(told: dict[str, Any], india_pack: Pack) -> None:
    said = " ".join(sentences(told["hedge"], india_pack))
    assert "Until 2027 nobody knows which of 2 futures comes" in said
    assert "value of the stochastic solution" in said
    titles = [grid.title for grid in grids(told["hedge"], india_pack)]
    assert titles[0].startswith("Cost over all years")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--aversion", "-1"), "--aversion -1 has to be from 0"),
        (("--tail", "1"), "--tail 1 has to be from 0 to below 1"),
        (("--tail", "nan"), "--tail nan has to be"),
        (("--tree", "none"), "there is no tree 'none'"),
        (("--max-share", "CHN"), "CHN"),
    ],
)
def test_mistakes_are_sentences(tree: Path, words: tuple[str, ...], said: str) -> None:
    own = () if "--tree" in words else ("--tree", str(tree))
    found = run_here("hedge", "india", *words, *own, cwd=tree.parent)
    assert found.returncode == 2
    assert said in " ".join(found.stderr.split())


def test_a_figure_without_years_is_refused_by_its_name(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(TREE + "    changes:\n      - {scale: plant.*.capital, by: 2}\n", "utf-8")
    found = run_here("hedge", "india", "--tree", own, cwd=tmp_path)
    assert found.returncode == 2
    assert "'stop' changes capital, of which there is one figure for all years" in " ".join(found.stderr.split())


def test_what_cannot_be_kept_in_every_future_is_told_with_the_futures(tree: Path) -> None:
    asked = (("self-reliance", "magnet=1@2028"),)
    said = r"cannot be kept in every future: --self-reliance .* cannot in: No stop and A stop"
    with pytest.raises(MistakeError, match=said):
        ask_hedge("india", str(tree), 0.0, 0.9, "national", asked, True, "reference", ())
