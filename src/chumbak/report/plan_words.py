"""A plan in words: what is short, what it costs and gives, what to build first, what holds it back.

All of it is read from the document of the plan (``answer.plan_document``); the pack gives the names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.pack import Pack
from chumbak.report.words import Headline, in_a_row, mid_sentence, money, percent, portion, rounded

AHEAD = (5, 10)  # years from the base year that are told, beside the last
MUCH = 0.05  # a share that is worth a word
NAMED = 5  # kinds of plant in a sentence
HOLDS_BACK = {  # a rule that binds, in words
    "capacity": "{of} cannot be built in time",
    "growth": "{of} can grow only so fast",
    "import_limit": "no more can be bought of {of}",
    "limit": "leases and permissions for {of}",
    "local_limit": "leases and permissions for {of}",
    "budget": "the budget of a year",
}
NOUNS = {
    "capacity": "plants",
    "growth": "plants",
    "import_limit": "offers",
    "limit": "processes",
    "local_limit": "processes",
}
Told = Mapping[str, Any]  # the document of a plan


def plan_sentences(told: Told, pack: Pack) -> list[str]:
    """Return the plan in sentences: what is short, cost and reliance, idle awards, first builds, the bottleneck."""
    found = [what_is_short(told, pack), cost_and_reliance(told, pack), idle_awards(told, pack)]
    return [*filter(None, found), first_builds(told, pack), what_holds_back(told, pack)]


def what_is_short(told: Told, pack: Pack) -> str:
    """Say how many magnets are lacking, when, and in which sectors; or that none is."""
    total = {int(year): tonnes for year, tonnes in told["unmet_t"]["total"].items() if tonnes >= 0.5}
    years = [int(year) for year in told["unmet_t"]["total"]]
    if not total:
        without = " or build without rare earths" if told["cost_by_kind"].get("substitution") else ""
        return f"Nothing is short: from {years[0]} to {years[-1]} makers get all the magnets they need{without}."
    by_sector = {name: sum(one.values()) for name, one in told["unmet_t"].items() if name != "total"}
    most = sorted(by_sector, key=lambda name: -by_sector[name])[:3]
    sectors = in_a_row([f"{_name(pack, 'sectors', name)} ({rounded(by_sector[name])} t)" for name in most])
    worst = max(total, key=lambda year: total[year])
    last = max(total)
    after = f"; from {last + 1} on nothing is" if last < years[-1] else ""
    return (
        f"Short are {rounded(sum(total.values()))} t of magnets from {min(total)} to {last}, most in {worst} "
        f"({rounded(total[worst])} t), in these sectors: {sectors}{after}."
    )


def cost_and_reliance(told: Told, pack: Pack) -> str:
    """Say what the plan costs, and which share of the need is then made at home from oxide on."""
    chain = told["self_reliance"]["chain"]
    shares = [f"{_share(chain[str(year)])} in {year}" for year in told_years(told, pack)]
    made = f"Of the magnets needed, {in_a_row(shares)} are then made at home from oxide on"
    return f"{_cost(told, pack)} {made}{_from_whom(told, pack)}."


def _from_whom(told: Told, pack: Pack) -> str:
    """Say which origin most of what is bought comes from, if it is much."""
    mix, years = told["supply_mix"], told_years(told, pack)
    year = years[min(1, len(years) - 1)]
    at = mix["years"].index(year)
    comes = {name: max(numbers[at], 0.0) for name, numbers in mix["sources"].items()}
    bought = {name: tonnes for name, tonnes in comes.items() if name in pack.nouns.tables["origins"]}
    most = max(bought, key=lambda name: bought[name], default="")
    share = portion(bought.get(most, 0.0), sum(comes.values()))
    if share < MUCH:
        return ""
    return f"; of the neodymium and praseodymium of {year}, {percent(share)} come from {source_name(pack, most)}"


def _cost(told: Told, pack: Pack) -> str:
    value = told["cost_npv"]["value"]
    years = list(told["unmet_t"]["total"])
    when = f"from {years[0]} to {years[-1]}, discounted to {pack.base_year}"
    sold = -told["cost_by_kind"].get("sales", 0.0)
    if value < 0:
        return (
            f"The cheapest plan {when}, costs {money(value + sold, pack.currency)}, and what is sold beside "
            f"magnets brings in {money(sold, pack.currency)}."
        )
    less = f", after {money(sold, pack.currency)} from what is sold beside magnets" if sold >= 0.5 else ""
    return f"The cheapest plan {when}, costs {money(value, pack.currency)}{less}."


def idle_awards(told: Told, pack: Pack) -> str:
    """Say how much of the largest award is used, if it is little; nothing otherwise."""
    year = str(told_years(told, pack)[0])
    awarded = {name: one["awarded"][year] for name, one in told["capacity"].items() if one["awarded"][year] > 0}
    last = [name for name, way in pack.nouns.column("stages", "way").items() if way == "out"][-1]
    magnets = [name for name in awarded if pack.nouns.cell("plants", name, "stage") == last]
    if not magnets:
        return ""
    plant = max(magnets, key=lambda name: awarded[name])
    whole = max(told["capacity"][plant]["awarded"].values())
    used = told["capacity"][plant]["used"][year]
    if used > (awarded[plant] + told["capacity"][plant]["stands"][year]) / 2:
        return ""
    return (
        f"The {rounded(whole)} t/year of {plant_name(pack, plant)} that are awarded stand and are paid for; in {year} "
        f"{rounded(used)} t of what they and the plants beside them could make are made: at these prices buying costs "
        "less than making, and nothing that was required asks for more."
    )


def first_builds(told: Told, pack: Pack) -> str:
    """Say what is decided in the first year in which anything is."""
    builds = told["builds"]
    if not builds:
        return "Nothing is built beyond what stands, is committed or awarded."
    year = min(one["decided"] for one in builds)
    capacity: dict[str, float] = {}
    capital: dict[str, float] = {}
    for one in builds:
        if one["decided"] == year:
            capacity[one["plant"]] = capacity.get(one["plant"], 0.0) + one["capacity"]
            capital[one["plant"]] = capital.get(one["plant"], 0.0) + one["capital"]
    largest = sorted(capital, key=lambda name: -capital[name])
    parts = [f"{plant_name(pack, name)} ({rounded(capacity[name])} t/year)" for name in largest[:NAMED]]
    more = len(largest) - NAMED
    if more > 0:
        parts.append(f"{more} kinds of plant more")
    return f"To be decided first, in {year}: {in_a_row(parts)}, for {money(sum(capital.values()), pack.currency)}."


def what_holds_back(told: Told, pack: Pack) -> str:
    """Name the worst bottleneck, when it binds, and what it is worth."""
    if not told["bottlenecks"]:
        return "Nothing holds the plan back."
    first = told["bottlenecks"][0]
    return (
        f"What holds it back most: {bottleneck_words(first, pack)} ({span(first)}); one {_of_unit(first)} more would "
        f"save up to {money(first['worth'], pack.currency)}."
    )


def bottleneck_words(one: Mapping[str, Any], pack: Pack) -> str:
    """Say which bottleneck it is."""
    name, _, region = one["of"].partition(", ")
    if one["rule"] not in NOUNS:
        return HOLDS_BACK[one["rule"]]
    name, _, grade = name.partition(".")
    of = mid_sentence(_name(pack, NOUNS[one["rule"]], name)) + (f", grade {grade}" if grade else "")
    words = HOLDS_BACK[one["rule"]].format(of=of)
    return f"{words} in {_name(pack, 'regions', region)}" if region in pack.nouns.tables["regions"] else words


def span(one: Mapping[str, Any]) -> str:
    """Return the years in which something binds."""
    first, last = one["first_year"], one["last_year"]
    return f"{first}" if first == last else f"{first} to {last}"


def _of_unit(one: Mapping[str, Any]) -> str:
    return "tonne a year" if one["unit"] == "t/year" else str(one["unit"])


def certificate_words(told: Told) -> str:
    """Say what is certified of the plan."""
    one = told["certificate"]
    broken = [check["rule"] for check in one["checks"] if check["worst"] is None or check["worst"] > check["tolerance"]]
    solver = one["solver"]
    if not one["holds"]:
        return f"THE CERTIFICATE DOES NOT HOLD, so do not rely on this plan: {in_a_row(broken) or 'see answer.json'}."
    return (
        f"Certificate: {sum(check['checked'] for check in one['checks']):,} instances of {len(one['checks'])} rules "
        f"checked again by other code; the worst balance is off by {one['worst_balance']:.1e} t; no plan costs less: "
        f"primal and dual are {one['gap']:.1e} of the cost apart ({solver['name']} {solver['version']}, "
        f"{solver['method']})."
    )


def plan_headlines(told: Told, pack: Pack) -> list[Headline]:
    """Return the four numbers of the plan."""
    years = told_years(told, pack)
    chain, near = told["self_reliance"]["chain"], str(years[min(1, len(years) - 1)])
    short = sum(told["unmet_t"]["total"].values())
    capital = sum(one["capital"] for one in told["builds"])
    saved = told["outcomes"]["exchange_saved"]["by_year"][near]
    first = next(iter(told["unmet_t"]["total"]))
    return [
        Headline(f"short, {first} to {pack.window.last}", rounded(short), "t of magnets in all", ""),
        Headline(
            f"made at home from oxide on, {near}", _share(chain[near]), "of the need",
            f"In {years[-1]}: {_share(chain[str(years[-1])])}.",
        ),
        Headline("to be invested in plants", *_amount(capital, pack), f"Prices of {pack.price_year}, not discounted."),
        Headline(f"foreign exchange saved, {near}", *_amount(saved, pack), "A year, against buying every magnet."),
    ]  # fmt: skip


def _amount(millions: float, pack: Pack) -> tuple[str, str]:
    number, _, unit = money(millions, pack.currency).partition(" ")
    return number, unit


def told_years(told: Told, pack: Pack) -> list[int]:
    """Return the years that are told of: five and ten from the base year, and the last."""
    known = [int(year) for year in told["self_reliance"]["chain"]]
    wanted = (*(pack.base_year + ahead for ahead in AHEAD), known[-1])
    return list(dict.fromkeys(year for year in wanted if year in known))


def shown_years(told: Told, pack: Pack) -> list[int]:
    """Return the years of tables: the base year, every fifth after it, and the last."""
    known = [int(year) for year in told["self_reliance"]["chain"]]
    wanted = (pack.base_year, *(pack.base_year + ahead for ahead in (*AHEAD, 15)), known[-1])
    return list(dict.fromkeys(year for year in wanted if year in known))


def plant_name(pack: Pack, plant: str) -> str:
    """Return the name of a plant as it stands in a sentence."""
    return mid_sentence(_name(pack, "plants", plant))


def source_name(pack: Pack, source: str) -> str:
    """Return the name of a source of the supply mix: an origin of the pack, or as it is."""
    return _name(pack, "origins", source)


def region_names(pack: Pack, regions: Sequence[str]) -> list[str]:
    """Return the names of the regions of a plan: of the pack, or the country's own."""
    return [_name(pack, "regions", name) if name in pack.nouns.tables["regions"] else pack.place for name in regions]


def _name(pack: Pack, table: str, noun: str) -> str:
    rows = pack.nouns.tables[table]
    return rows[noun]["name"] if noun in rows else noun


def _share(share: float | None) -> str:
    return "nothing needed" if share is None else percent(share)
