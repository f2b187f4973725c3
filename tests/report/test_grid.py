"""Tables on narrow terminals: nothing cut, no number broken, on any width."""

from __future__ import annotations

import io
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from chumbak.cli import app
from chumbak.pack import Pack
from chumbak.report import ask, gap_terminal, risk_terminal
from chumbak.report.grid import Grid

NUMBER = re.compile(r"\d[\d,.]*(?: (?:%|[µmk]?g|t)(?!\w))?")


def printed(grid: Grid, width: int) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(grid)
    return out.getvalue()


def cells(text: str) -> list[str]:
    return [cell for line in text.splitlines() if line.startswith("│") for cell in line.split("│")[1:-1]]


def numbers(text: str) -> Counter[str]:
    return Counter(found.rstrip(",.") for cell in cells(text) for found in NUMBER.findall(cell))


WORDS = st.text("abc ", max_size=40)
NUMBERS = st.sampled_from(["", "0", "12,800", "7.7 %", "0 % (Nd 0 %)", "440 mg to 930 mg", "not known", "123,456,789"])


@given(
    rows=st.lists(st.tuples(WORDS, *[NUMBERS] * 6), min_size=1, max_size=6),
    width=st.integers(40, 150),
)
@settings(max_examples=150)
def test_no_width_loses_anything(rows: list[tuple[str, ...]], width: int) -> None:
    text = printed(Grid("A title", ["", *"abcdef"], rows), width)
    assert "…" not in text
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    assert numbers(text) == Counter(found for row in rows for cell in row[1:] for found in NUMBER.findall(cell))
    letters = Counter("".join(cell for row in rows for cell in row[1:] if cell == "not known").replace(" ", ""))
    found = Counter("".join(cells(text)))
    assert all(found[letter] >= count for letter, count in letters.items())


def test_what_fits_is_one_table_and_what_does_not_follows_with_its_labels() -> None:
    grid = Grid("t", ["rung", "2025", "2030"], [["Mining of ore", "12,800", "8,800"], None, ["  of it", "1", "2"]])
    assert printed(grid, 60).count("┏") == 1
    narrow = printed(grid, 24)
    assert narrow.count("┏") == 2
    assert narrow.count("Mining") == 2
    assert printed(grid, 60).count("├") == 1


COMMANDS = (
    "answer dependence india", "answer gap india --year 2030", "answer self-reliance india",
    "answer catchment india --place moradabad", "device smartphone --state Delhi", "risk india",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_narrow_terminal_shows_every_number_of_a_wide_one(
    command: str, india_pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (ask, gap_terminal, risk_terminal):  # the pack is read once, not for every width
        monkeypatch.setattr(module, "load", lambda *asked: india_pack)
    shown = {}
    for width in (60, 80, 240):
        monkeypatch.setenv("COLUMNS", str(width))
        done = CliRunner().invoke(app, command.split())
        assert done.exit_code == 0
        assert "…" not in done.stdout
        assert not [line for line in done.stdout.splitlines() if line[:1] in "│┃" and len(line) > width]
        shown[width] = numbers(done.stdout)
    for width in (60, 80):
        assert not shown[240] - shown[width]


@pytest.mark.parametrize("width", [30, 40, 60])
def test_words_are_folded_at_spaces_and_hyphens_only(width: int) -> None:
    names = ["Electric three-wheeler (auto, L5)", "E-rickshaw and e-cart", "Samarium-cobalt 2:17", "domestic-accident"]
    text = printed(Grid("t", ["product", "first loss", "t"], [[name, "28 Jun 2027", "1,290"] for name in names]), width)
    folded = [line.split("│")[1] for line in text.splitlines() if line.startswith("│")]
    whole = {part for name in names for word in name.split() for part in (word, *word.replace("-", "- ").split())}
    assert {word for part in folded for word in part.split()} <= whole
