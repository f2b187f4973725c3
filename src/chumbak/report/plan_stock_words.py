"""The stock of a plan in words: what is laid in, what is drawn on, and why shares made at home differ by it.

All of it is read from the document of the plan (``answer.plan_document``); the pack gives the names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chumbak.pack import Pack
from chumbak.plan.network import HOME
from chumbak.report.words import in_a_row, mid_sentence, percent, portion, rounded

MUCH = 0.05  # a share that is worth a word
STOCKED = 0.1  # stock that is worth a sentence, over what the country uses in a year
STOCK = "stock"
DRAWN = 0.2  # stock that a year's shares are explained by, over what is used in it
COUNTED = (
    "From oxide on counts gross tonnes of magnets, whatever they hold; a rung counts the neodymium and praseodymium in "
    "them"
)
RELIANCE_NOTE = f"{COUNTED}: so the first can stand above the second."
MADE = {HOME: "made at home", "bought": "bought", "foreign": "made with something bought"}  # colours in words


def stock_drawn(told: Mapping[str, Any], pack: Pack, year: int) -> tuple[float, bool, str]:
    """Return the share of the NdPr used in a year that comes out of stock, and of what it is most.

    That is whether it was made at home, and words for it: "... oxide made at home in earlier years".
    """
    mix, before = told["supply_mix"], str(year - 1)
    at = mix["years"].index(year)
    comes = {name: max(numbers[at], 0.0) for name, numbers in mix["sources"].items()}
    drawn = {
        good: held[before] - held[str(year)] for good, held in told["stock"]["goods"].items()
        if held.get(before, 0.0) > held[str(year)]
    }  # fmt: skip
    most = max(drawn, key=lambda good: drawn[good], default="")
    words = f"{_good(pack, most)} in earlier years" if most else ""
    return portion(comes.get(STOCK, 0.0), sum(comes.values())), most.endswith(f"|{HOME}"), words


def drawn_from_home_stock(told: Mapping[str, Any], pack: Pack) -> tuple[int, float, str] | None:
    """Return the year that is met with much stock made at home, its share and words for it; None where none is.

    It is the first year of a requirement if that one is, or else the first of all.
    """
    asked = sorted(int(year) for one in told["requirements"] for year in re.findall(r"@(\d{4})$", one))
    for year in [*asked[:1], *told["supply_mix"]["years"]]:
        share, home, words = stock_drawn(told, pack, year)
        if home and share >= DRAWN:
            return year, share, words
    return None


def reliance_note(told: Mapping[str, Any], pack: Pack) -> str:
    """Say why the share from oxide on can stand above that of a rung: stock, or what is counted."""
    drawn = drawn_from_home_stock(told, pack)
    if drawn is None:
        return RELIANCE_NOTE
    year, share, words = drawn
    return (
        f"In {year}, {percent(share)} of the neodymium and praseodymium used come out of stock, most of it {words}. A "
        "magnet made of it counts from oxide on; on the rung of the oxide only what is made in the year counts: so the "
        f"first stands above the second. {COUNTED}."
    )


def _good(pack: Pack, good: str) -> str:
    """Return a good in words: ``neodymium oxide made at home``."""
    material, _, colour = good.partition("|")
    return f"{_material(pack, material)} {MADE.get(colour, '')}".strip()


def stock_laid_in(told: Mapping[str, Any], pack: Pack) -> str:
    """Say how much stock is laid in, of what, when it is most, and why, if it is much; nothing otherwise."""
    goods, mix = told["stock"]["goods"], told["supply_mix"]
    held = {str(year): sum(one[str(year)] for one in goods.values()) for year in mix["years"]}
    used = {str(year): sum(numbers[at] for numbers in mix["sources"].values()) for at, year in enumerate(mix["years"])}
    most = max(held, key=lambda year: held[year])
    share = portion(held[most], used[most])
    if share < STOCKED:
        return ""
    by_kind: dict[str, float] = {}
    for good, by_year in goods.items():
        kind = _good(pack, good)
        by_kind[kind] = by_kind.get(kind, 0.0) + by_year[most]
    weeks = [one for one in told["requirements"] if one.startswith("--stock-weeks ")]
    asked = f" Part of it was asked for: {in_a_row(weeks)}." if weeks else ""
    largest = sorted(by_kind, key=lambda kind: -by_kind[kind])[:2]
    parts = in_a_row([f"{kind} ({rounded(by_kind[kind])} t)" for kind in largest if by_kind[kind] >= MUCH * held[most]])
    return (
        f"Stock is laid in: at the end of {most} it holds {rounded(held[most])} t of neodymium and praseodymium, "
        f"{percent(share)} of what the country uses in that year, most of it in {parts}. The plan knows prices, limits "
        "and what is required of all years in advance, so it fills stock before they change."
        f"{asked}{_before(told, int(most))}"
    )


def _before(told: Mapping[str, Any], year: int) -> str:
    """Say that what is made at home goes into stock while little is delivered, where the shares show it."""
    chain = told["self_reliance"]["chain"]
    now, then = chain.get(str(year)), chain.get(str(year + 1))
    if now is None or then is None or then - now < MUCH:
        return ""
    return (
        f" The years up to {year} show it: from oxide on {percent(now)} of what is needed is made at home in {year}, "
        f"and {percent(then)} in {year + 1}."
    )


def _material(pack: Pack, material: str) -> str:
    """Return the name of a material as it stands in a sentence; of all grades together where it has one."""
    for name, cells in pack.nouns.tables["materials"].items():
        if name == material or re.fullmatch(name.replace("GRADE", "[^_]+"), material):
            return mid_sentence(cells["name"].replace(", GRADE", ""))
    return material
