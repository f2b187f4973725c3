"""Asking how a scheme's auction could go: invented bidders of the pack, drawn again and again."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.markup import escape

from chumbak.answer.auction_document import auction_of
from chumbak.pack import load
from chumbak.report import auction_words
from chumbak.report.ask_plan import telling
from chumbak.report.auction_words import Told
from chumbak.report.grid import NAMES, Grid
from chumbak.report.mistakes import MistakeError
from chumbak.report.screen import screen
from chumbak.scheme.instruments import INSTRUMENTS
from chumbak.scheme.project import ProjectError
from chumbak.scheme.rules import SchemeError

ALL = "all"


@dataclass(frozen=True)
class Asked:
    """What is asked of an auction; None is what the pack says."""

    auction: str | None
    bidders: int | None
    draws: int
    seed: int
    instruments: Sequence[str]
    switches: Sequence[str]
    margin: float | None
    noise: float | None


def ask_auction(name: str, asked: Asked, as_json: bool) -> None:
    """Print what auctions come to under each instrument; or as JSON. Raises ``PackError`` with every fault."""
    given = asked.instruments or (ALL,)
    named = [one for each in given for one in (INSTRUMENTS if each == ALL else (each,))]
    with telling() as say:
        say("Reading the pack")
        pack = load(name)
        try:
            told = auction_of(
                pack, asked.auction, bidders=asked.bidders, draws=asked.draws, seed=asked.seed, instruments=named,
                switches=asked.switches, margin=asked.margin, noise=asked.noise, say=say,
            )  # fmt: skip
        except SchemeError as error:
            raise MistakeError(str(error)) from None
        except ProjectError as error:
            said = str(error)
            raise MistakeError(f"{said[:1].upper()}{said[1:]}.") from None
    if as_json:
        document = {"pack": pack.name, "simulate": told}
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        show_auction(told)


def show_auction(told: Told) -> None:
    """Print an auction from its document: that it is invented, sentences, tables, what it rests on."""
    console = screen()
    first, *rest = auction_words.sentences(told)
    console.print(f"\n{escape(first)}\n", highlight=False)
    console.print(f"[bold]{escape(told['scheme']['title'])}[/bold]\n", highlight=False)
    for sentence in rest:
        console.print(escape(sentence) + "\n", highlight=False)
    for grid in grids(told):
        console.print(grid)
        console.print()
    for sentence in auction_words.notes(told):
        console.print(escape(sentence) + "\n", highlight=False)


def grids(told: Told) -> list[Grid]:
    """Return the tables of an auction."""
    found = []
    for title, (headings, rows) in auction_words.tables(told):
        words = {"how sure": 2, "usual plant needs": 3}.get(headings[1], 1)
        found.append(Grid(title, headings, rows, words=words, label=NAMES + 10))
    return found
