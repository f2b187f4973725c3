"""A plan in words: what is short, what it costs and gives, what to build first, what holds it back.

All of it is read from the document of the plan (``answer.plan_document``); the pack gives the names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.pack import Pack
from chumbak.report.plan_stock_words import MUCH, stock_drawn, stock_laid_in
from chumbak.report.plan_whole_words import fixed_numbers, whole_plants
from chumbak.report.words import Headline, in_a_row, mid_sentence, money, percent, portion, rounded

AHEAD = (5, 10)  # years from the base year that are told, beside the last
NAMED, CLOSED = 5, 3  # kinds of plant in a sentence: decided, and closed
LEAST_BUILT = 0.05  # t/year: less is not listed for people; answer.json has it
MIXED_NOTE = "Well mixed: home and foreign material run together through the plants; from oxide on: kept apart."
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
BRIDGE = "what plants that exist, are being built or are announced could make is the answer of: chumbak answer gap."


def plan_sentences(told: Told, pack: Pack) -> list[str]:
    """Return the plan in sentences: what is short, what it costs and gives, what is decided first, and the rest."""
    found = [what_is_short(told, pack), cost_and_reliance(told, pack), first_builds(told, pack), *more(told, pack)]
    return [*found, *filter(None, [in_every_plan(told, pack)])]


def more(told: Told, pack: Pack) -> list[str]:
    """Return what else is to be said: whole plants, stock, idle awards, what is closed, what holds the plan back."""
    found = [whole_plants(told, pack), stock_laid_in(told, pack), idle_awards(told, pack), closures(told, pack)]
    return [*filter(None, found), what_holds_back(told, pack)]


def what_is_short(told: Told, pack: Pack) -> str:
    """Say how many magnets are lacking, when, and in which sectors, or that none is; and what is designed away."""
    return f"{_short(told, pack)}{designed_away(told, pack)}"


def designed_away(told: Told, pack: Pack) -> str:
    """Say which share of the need designs without rare earths meet in the years told of, if they do; a sentence."""
    saved, need = told["substituted_t"]["total"], told["need_t"]
    if not designed_away_much(told):
        return ""
    most = max(saved, key=lambda year: portion(saved[year], need[year]))
    years = dict.fromkeys([*(str(year) for year in told_years(told, pack) if saved[str(year)] >= LEAST_BUILT), most])
    parts = [
        f"{percent(portion(saved[year], need[year]))} in {year} ({rounded(saved[year])} t of magnets)"
        for year in sorted(years)
    ]
    return f" Designs without rare earths meet part of the need: {in_a_row(parts)}."


def _short(told: Told, pack: Pack) -> str:
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
    shares = [
        f"{share_words(chain[str(year)])} in {year}{_in_brackets(of_whole_need(told, year))}"
        for year in told_years(told, pack)
    ]
    least = least_share(told, pack)
    if least and least not in told_years(told, pack):
        shares.append(f"least of all {share_words(chain[str(least)])} in {least}")
    needed = "still needed beside these designs" if designed_away_much(told) else "needed"
    made = f"Of the magnets {needed}, {in_a_row(shares)} are then made at home from oxide on"
    why = "what was required, at least cost" if told["requirements"] else "what is cheapest to make"
    return f"{_cost(told, pack)} {made}{_from_whom(told, pack)}. These shares are {why}; {BRIDGE}"


def of_whole_need(told: Told, year: int) -> str:
    """Say which share of the whole need is made at home from oxide on, where it reads other than that of what is left.

    The whole need counts what designs without rare earths stand in for, which the shares of a plan do not.
    """
    share, whole = told["self_reliance"]["chain"][str(year)], whole_share(told, year)
    return "" if whole is None or percent(whole) == percent(share) else f"{percent(whole)} of the whole need"


def whole_share(told: Told, year: int) -> float | None:
    """Return what is made at home from oxide on over the whole need of a year, 1; None where nothing is needed."""
    share: float | None = told["self_reliance"]["chain"][str(year)]
    away = portion(told["substituted_t"]["total"][str(year)], told["need_t"][str(year)])
    return None if share is None else share * (1 - away)


def designs_of_the_plan(told: Told) -> str:
    """Say that the plan has other designs than its scenario, where it has; nothing otherwise."""
    saved, need = told["substituted_t"]["total"], told["need_t"]
    if not designed_away_much(told):
        return ""
    most = max(saved, key=lambda year: portion(saved[year], need[year]))
    return (
        f"The plan changes designs of the scenario: in {most} others without rare earths stand in for "
        f"{percent(portion(saved[most], need[most]))} of the magnets needed."
    )


def _in_brackets(words: str) -> str:
    return f" ({words})" if words else ""


def least_share(told: Told, pack: Pack) -> int | None:
    """Return the year, from the first told of on, in which the least of the need is made at home from oxide on."""
    first = told_years(told, pack)[0]
    chain = {
        int(year): share for year, share in told["self_reliance"]["chain"].items()
        if share is not None and int(year) >= first
    }  # fmt: skip
    return min(chain, key=lambda year: chain[year]) if chain else None


def designed_away_much(told: Told) -> bool:
    """Say whether designs without rare earths meet enough of the need to be told."""
    return bool(sum(told["substituted_t"]["total"].values()) >= LEAST_BUILT)


def _from_whom(told: Told, pack: Pack) -> str:
    """Say which origin most of what is bought comes from, if it is much, and what comes out of stock."""
    mix, years = told["supply_mix"], told_years(told, pack)
    year = years[min(1, len(years) - 1)]
    at = mix["years"].index(year)
    comes = {name: max(numbers[at], 0.0) for name, numbers in mix["sources"].items()}
    bought = {name: tonnes for name, tonnes in comes.items() if name in pack.nouns.tables["origins"]}
    most = max(bought, key=lambda name: bought[name], default="")
    share = portion(bought.get(most, 0.0), sum(comes.values()))
    if share < MUCH:
        return ""
    kept, _, words = stock_drawn(told, pack, year)
    drawn = f" and {percent(kept)} out of stock{f', most of it {words}' if words else ''}" if kept >= MUCH else ""
    return (
        f"; of the neodymium and praseodymium used in {year}, {percent(share)} come from "
        f"{source_name(pack, most)}{drawn}"
    )


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
    prices = "At these prices and this budget" if any(map(is_asked, told["bottlenecks"])) else "At these prices"
    why = f", and nothing that was required of {year} asks for more" if told["requirements"] else ""
    there = awarded[plant] + told["capacity"][plant]["stands"][year]
    return (
        f"Little is used of the {rounded(whole)} t/year of {plant_name(pack, plant)} that are awarded: in {year} they "
        f"and the plants that stand beside them are run up to {rounded(there)} t/year, and make {rounded(used)} t. "
        f"{prices} buying costs less than making{why}. What is awarded is paid for, used or not."
    )


def closures(told: Told, pack: Pack) -> str:
    """Say which capacity that stood or was awarded the plan closes, how much and from when, if it is much."""
    parts, awarded = [], False
    order = sorted(pack.nouns.ids("plants"), key=lambda name: told_of(told, name, "awarded") <= 0)
    for name in order:
        one = told["capacity"].get(name)
        closed = told_of(told, name, "closed")
        if not one or closed < LEAST_BUILT:
            continue
        there = max(one["stands"][year] + one["awarded"][year] for year in one["stands"])
        if closed < MUCH * there:
            continue
        awarded = awarded or told_of(told, name, "awarded") > 0
        years = [int(year) for year, amount in one["closed"].items() if amount >= LEAST_BUILT]
        full = min(int(year) for year, amount in one["closed"].items() if amount >= closed - LEAST_BUILT)
        when = f"in {full}" if full == years[0] else f"between {years[0]} and {full}"
        parts.append(f"{plant_name(pack, name)} ({rounded(closed)} of the {rounded(there)} t/year, closed {when})")
    if not parts:
        return ""
    charged = " What was awarded stays charged with its capital, closed or not." if awarded else ""
    return (
        f"Of plants that stand or are awarded the plan closes: {in_a_row(_named(parts, CLOSED))}. Closing saves their "
        f"yearly keep.{charged}"
    )


def told_of(told: Told, plant: str, name: str) -> float:
    """Return the most of a plant's capacity of a kind (``stands``, ``awarded``, ``closed`` ...), t/year; 0 of none."""
    return max(told["capacity"].get(plant, {}).get(name, {}).values(), default=0.0)


def _named(parts: Sequence[str], most: int = NAMED) -> list[str]:
    """Return the first kinds of plant, and how many more there are."""
    left = len(parts) - most
    if left <= 0:
        return list(parts)
    return [*parts[:most], f"{left} more kind{'s' if left > 1 else ''} of plant"]


def first_builds(told: Told, pack: Pack) -> str:
    """Say what is decided in the first year in which anything worth a word is."""
    by_year: dict[int, dict[str, tuple[float, float]]] = {}
    for one in told["builds"]:
        of_year = by_year.setdefault(one["decided"], {})
        capacity, capital = of_year.get(one["plant"], (0.0, 0.0))
        of_year[one["plant"]] = capacity + one["capacity"], capital + one["capital"]
    listed = {
        year: {name: amounts for name, amounts in of_year.items() if amounts[0] >= LEAST_BUILT}
        for year, of_year in by_year.items()
    }
    year = min((year for year, of_year in listed.items() if of_year), default=None)
    if year is None:
        return "Nothing is built beyond what stands, is committed or awarded."
    found = listed[year]
    largest = sorted(found, key=lambda name: -found[name][1])
    parts = _named([f"{plant_name(pack, name)} ({rounded(found[name][0])} t/year)" for name in largest])
    spent = sum(capital for _, capital in found.values())
    return f"To be decided first, in {year}: {in_a_row(parts)}, for {money(spent, pack.currency)}."


def in_every_plan(told: Told, pack: Pack) -> str:
    """Say which plants are built in every plan within the slack, and which may be swapped; nothing without one."""
    if "slack" not in told:
        return ""
    share = percent(told["slack"]["share"])
    must = [one for one in told["slack"]["builds"] if one["least"] >= LEAST_BUILT]
    may = [
        plant_name(pack, one["plant"]) for one in told["slack"]["builds"]
        if one["least"] < LEAST_BUILT and one["best"] >= LEAST_BUILT
    ]  # fmt: skip
    parts = [f"{plant_name(pack, one['plant'])} (at least {rounded(one['least'])} t/year)" for one in must]
    first = (
        f"In every plan that costs at most {share} more there are built: {in_a_row(parts)}"
        if must
        else f"No kind of plant is built in every plan that costs at most {share} more"
    )
    rest = f"; may be swapped or left out: {in_a_row(may)}" if may else ""
    return f"{first}{rest}."


def what_holds_back(told: Told, pack: Pack) -> str:
    """Name the worst bottleneck, when it binds, and what it is worth; a budget that was asked for before it."""
    if not told["bottlenecks"]:
        return "Nothing holds the plan back."
    asked = [one for one in told["bottlenecks"] if is_asked(one)]
    others = [one for one in told["bottlenecks"] if not is_asked(one)]
    said = [f"What was required holds it back: {_binds(one, pack)}" for one in asked]
    if others:
        beside = "Beside it, most" if asked else "What holds it back most"
        said.append(f"{beside}: {_binds(others[0], pack)}")
    return " ".join(f"{one}." for one in said)


def _binds(one: Mapping[str, Any], pack: Pack) -> str:
    return (
        f"{bottleneck_words(one, pack)} ({span(one)}); one {_of_unit(one, pack)} more would save up to "
        f"{money(one['worth'], pack.currency)}"
    )


def is_asked(one: Mapping[str, Any]) -> bool:
    """Say whether a bottleneck is a requirement of the user."""
    return str(one["of"]).startswith("--")


def bottleneck_words(one: Mapping[str, Any], pack: Pack) -> str:
    """Say which bottleneck it is."""
    name, _, region = one["of"].partition(", ")
    if is_asked(one):
        return f"the budget of a year that was asked for, {name}"
    if one["rule"] not in NOUNS:
        return HOLDS_BACK[one["rule"]]
    name, _, grade = name.partition(".")
    of = mid_sentence(_name(pack, NOUNS[one["rule"]], name)) + (f", grade {grade}" if grade else "")
    words = HOLDS_BACK[one["rule"]].format(of=of)
    where = place_name(pack, region)
    return words if where is None else f"{words} in {where}"


def span(one: Mapping[str, Any]) -> str:
    """Return the years in which something binds."""
    first, last = one["first_year"], one["last_year"]
    return f"{first}" if first == last else f"{first} to {last}"


def _of_unit(one: Mapping[str, Any], pack: Pack) -> str:
    return {"t/year": "tonne a year", "million": f"million {pack.currency}"}.get(one["unit"], str(one["unit"]))


def certificate_words(told: Told) -> str:
    """Say what is certified of the plan."""
    one = told["certificate"]
    broken = [check["rule"] for check in one["checks"] if check["worst"] is None or check["worst"] > check["tolerance"]]
    solver = one["solver"]
    if not one["holds"]:
        return f"THE CERTIFICATE DOES NOT HOLD, so do not rely on this plan: {in_a_row(broken) or 'see answer.json'}."
    return (
        f"Certificate: {sum(check['checked'] for check in one['checks']):,} instances of {len(one['checks'])} rules "
        f"checked again by other code; the worst balance is off by {one['worst_balance']:.1e} t; "
        f"{fixed_numbers(told)}: primal and dual are {one['gap']:.1e} of the cost apart "
        f"({solver['name']} {solver['version']}, {solver['method']})."
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
            f"made at home from oxide on, {near}", share_words(chain[near]),
            "of what is still needed" if designed_away_much(told) else "of the need", _course(told, pack),
        ),
        Headline("to be invested in plants", *_amount(capital, pack), f"Prices of {pack.price_year}, not discounted."),
        Headline(f"foreign exchange saved, {near}", *_amount(saved, pack), "A year, against buying every magnet."),
    ]  # fmt: skip


def _course(told: Told, pack: Pack) -> str:
    """Say the least share of the need that is made at home from oxide on, and the last."""
    chain, years, least = told["self_reliance"]["chain"], told_years(told, pack), least_share(told, pack)
    lowest = f"Least from {years[0]} on: {share_words(chain[str(least)])}, in {least}. " if least else ""
    near, last = years[min(1, len(years) - 1)], years[-1]
    whole, after = of_whole_need(told, near), of_whole_need(told, last)
    first = f"{whole}. " if whole else ""
    return f"{first}{lowest}In {last}: {share_words(chain[str(last)])}{_in_brackets(after)}."


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
    """Return the names of the places of a plan: regions or states of the pack, or the country's own."""
    return [place_name(pack, name) or pack.place for name in regions]


def place_word(pack: Pack, regions: Sequence[str]) -> str:
    """Return what the places of a plan are called: state where each is one of the pack, else region."""
    return "state" if set(regions) <= set(pack.nouns.ids("places")) else "region"


def place_name(pack: Pack, name: str) -> str | None:
    """Return the name of a region or state of the pack; None for the country as a whole."""
    table = next((table for table in ("regions", "places") if name in pack.nouns.tables[table]), None)
    return None if table is None else _name(pack, table, name)


def _name(pack: Pack, table: str, noun: str) -> str:
    rows = pack.nouns.tables[table]
    return rows[noun]["name"] if noun in rows else noun


def share_words(share: float | None) -> str:
    """Return a share of the need in words; None where nothing is needed."""
    return "nothing needed" if share is None else percent(share)
