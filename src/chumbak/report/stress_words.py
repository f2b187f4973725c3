"""A shock in words: who stops first, when, for how long, at what cost, and what would have saved it.

They read the documents of the shock (``answer.shock_document``): ``users`` is ``stress.<episode>``, ``whole`` is
``stress_in_all.<episode>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from chumbak.pack import Pack
from chumbak.report.words import ENOUGH_DRAWS, in_a_row, mid_sentence, money, percent, portion, rounded

Told = Mapping[str, Any]
NAMED = 4  # products that a sentence names; the table has all
STOPPED = 0.995  # of a week's output: from there on a firm is told to stop
ALIKE = 0.001  # of what is lost: a smaller difference is none
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def heading(whole: Told) -> str:
    """Return what is asked: ``If supply were cut off from April 2027``."""
    start = date.fromisoformat(whole["start_date"])
    return f"If supply were cut off from {start:%B %Y}"


def episode_words(whole: Told) -> str:
    """Return which episode is played, from when, for how long and on what."""
    lasts = f"the last restriction ends {weeks_words(whole['ends_week'])} after the start"
    if whole["ends_week"] >= whole["weeks"]:
        lasts = f"restrictions outlast the {whole['weeks']} weeks that are played"
    stands = f", with the plants of the plan {whole['plan']}" if whole["plan"] else ""
    return f"{whole['title']}, from {day(whole, 0)}{stands}; {lasts}."


def sentences(users: Told, whole: Told, pack: Pack) -> list[str]:
    """Return what is told of a shock, the most important first."""
    hit = {name: one for name, one in users.items() if one["first_loss_week"] is not None}
    if not hit:
        who = "You lose" if whole["of"] == "firm" else "Nobody loses"
        not_one = f"{who} {'no ' if whole['of'] == 'firm' else ''}output within the {whole['weeks']} weeks"
        return [f"{not_one}: what is in stock, on the way and let through lasts.", *_drawn_only(whole), evidence(whole)]
    if whole["of"] == "firm":
        one = next(iter(hit.items()))
        told = [_you(one[1], whole), _your_grade(whole, pack), _your_cost(one, whole, pack)]
    else:
        told = [_first(hit, whole), _most(hit, whole, pack), _cost(whole, pack)]
    told += [_more_stock(whole, pack), _policy(whole, pack)]
    if whole["of"] != "firm":
        told.append(_spared(users, whole))
    return [one for one in (*told, evidence(whole)) if one]


def summary(users: Told, whole: Told, pack: Pack) -> str:
    """Return a shock of the country in one sentence or two."""
    told = sentences(users, whole, pack)
    hit = any(one["first_loss_week"] is not None for one in users.values())
    asked = f"{heading(whole)} ({mid_sentence(whole['title'])}):"
    if not hit:
        return f"{asked} {mid_sentence(told[0])}"
    users_first = _first({name: one for name, one in users.items() if one["first_loss_week"] is not None}, whole)
    return f"{asked} {mid_sentence(users_first)} {_cost(whole, pack)}"


def day(whole: Told, week: float) -> str:
    """Return the Monday of a week counted from the start, with its label: ``Monday 28 June 2027 (2027-W26)``."""
    monday = _monday(whole, week)
    year, number, _ = monday.isocalendar()
    return f"Monday {monday.day} {monday:%B %Y} ({year}-W{number:02d})"


def short_day(whole: Told, week: float) -> str:
    """Return the Monday of a week as it stands in a table: ``28 Jun 2027``."""
    monday = _monday(whole, week)
    return f"{monday.day} {monday:%b %Y}"


def weeks_words(weeks: float) -> str:
    """Return a number of weeks in words: ``12 weeks``, ``one week``."""
    if weeks == round(weeks) and weeks < len(SMALL_NUMBERS):
        return f"{SMALL_NUMBERS[round(weeks)]} week{'' if weeks == 1 else 's'}"
    return f"{weeks:.0f} weeks" if weeks == round(weeks) else f"{rounded(weeks)} weeks"


def units_words(number: float, unit: str) -> str:
    """Return an amount of goods: ``213,000``, ``41 MW``."""
    if unit != "item":
        return f"{rounded(number)} {unit}"
    return "less than one" if 0 < number < 1 else rounded(number)


def title_of(whole: Told, user: str) -> str:
    """Return the name of a user as it stands inside a sentence."""
    return mid_sentence(whole["users"][user])


def evidence(whole: Told) -> str:
    """Say how much of it is estimates, and what that means for the dates."""
    of = whole["evidence"]
    drawn = (
        f"Ranges hold 90 % of {whole['draws']:,} draws."
        if whole["draws"] >= ENOUGH_DRAWS
        else "These are central values without ranges."
    )
    return (
        f"{of['estimates']} of the {of['figures']} figures on stocks, ways, other supply, values and the episode "
        f"itself are estimates: read dates as a matter of weeks, not of days. {drawn}"
    )


def spread_words(sides: Told | None, say: str, pack: Pack | None = None) -> str:
    """Return a range in brackets, of money where the pack is given; "" where there is none."""
    if sides is None or sides["low"] is None or sides["high"] is None:
        return ""
    low, high = (money(sides[side], pack.currency) if pack else rounded(sides[side]) for side in ("low", "high"))
    first, last = low.partition(" "), high.partition(" ")
    return f" ({say}{first[0] if first[2] == last[2] else low} to {high})"


def _monday(whole: Told, week: float) -> date:
    return date.fromisoformat(whole["start_date"]) + timedelta(weeks=int(week))


def _after(whole: Told, week: float) -> str:
    """Return when, with the weeks from the start."""
    return f"{day(whole, week)}, {weeks_words(week)} after the start" if week else f"{day(whole, 0)}, from the start"


def _names(whole: Told, users: Sequence[str]) -> str:
    """Return the names of users in a row; some are only counted where there are many."""
    shown = [title_of(whole, user) for user in users[:NAMED]]
    if len(users) > NAMED + 1:
        return f"{', '.join(shown)} and {len(users) - NAMED} other products"
    return in_a_row([title_of(whole, user) for user in users])


def _until(users: Sequence[Told], whole: Told) -> str:
    """Say until when some lose output."""
    if any(one["recovery_week"] is None for one in users):
        return f"the loss lasts to the end of the {whole['weeks']} weeks"
    first, last = min(one["first_loss_week"] for one in users), max(one["recovery_week"] for one in users)
    return f"full output is back from {day(whole, last)}, after {weeks_words(last - first)}"


def _first(hit: Told, whole: Told) -> str:
    week = min(one["first_loss_week"] for one in hit.values())
    users = [name for name, one in hit.items() if one["first_loss_week"] == week]
    users.sort(key=lambda name: -hit[name]["lost_value"])
    those = [hit[name] for name in users]
    worst = max(one["peak_loss"] for one in those)
    said = f"First to lose output: {_names(whole, users)}, from {_after(whole, week)}"
    return f"{said}. At the worst {percent(worst)} of a week’s output is lost; {_until(those, whole)}."


def _most(hit: Told, whole: Told, pack: Pack) -> str:
    by_value = sorted(hit, key=lambda name: -hit[name]["lost_value"])
    name, one = by_value[0], hit[by_value[0]]
    share = percent(portion(one["lost_value"], whole["lost_value"]))
    said = (
        f"Most is lost by {title_of(whole, name)}: {money(one['lost_value'], pack.currency)}, {share} of all, "
        f"from {day(whole, one['first_loss_week'])} on; {_until([one], whole)}."
    )
    rest = by_value[1:3]
    if not rest:
        return said
    parts = [f"{title_of(whole, other)} ({money(hit[other]['lost_value'], pack.currency)})" for other in rest]
    return f"{said} Next: {in_a_row(parts)}."


def _cost(whole: Told, pack: Pack) -> str:
    ranges = whole["ranges"]
    spread = spread_words(ranges and ranges["lost_value"], "90 % of draws: ", pack)
    return (
        f"In all, goods worth {money(whole['lost_value'], pack.currency)}{spread} are not made within the "
        f"{whole['weeks']} weeks: {percent(whole['lost_share'])} of a year’s output of all these makers, by value."
    )


def _more_stock(whole: Told, pack: Pack) -> str:
    more = whole["more_stock"]
    number, _, weeks = weeks_words(more["weeks"]).partition(" ")
    stock = f"{number.capitalize()} more {weeks} of stock"
    saved = percent(portion(more["saves"], whole["lost_value"]))
    if more["saves"] <= ALIKE * whole["lost_value"]:
        return f"{stock} would have saved nothing."
    if whole["of"] == "firm":
        return f"{stock} would have saved you {money(more['saves'], pack.currency)}, {saved} of the loss."
    return (
        f"{stock} at every maker would have saved {money(more['saves'], pack.currency)}, "
        f"{saved} of the loss. Such a stock is worth {money(more['worth'], pack.currency)}, and holding it costs "
        f"{money(more['holding'], pack.currency)} a year."
    )


def _policy(whole: Told, pack: Pack) -> str:
    """Compare the rules with the best use of the same stock."""
    costs = whole["costs"]
    if "foresight" not in costs:
        return ""
    rules, comes, foresight = costs["rules"], costs["as_it_comes"], costs["foresight"]
    gap = rules - foresight
    if gap <= ALIKE * max(rules, ALIKE):
        return "The same stock could not have been used better, even by one who knew how it would end."
    said = (
        f"Used at best, with all known from the first, the same stock and supply would have lost "
        f"{money(foresight, pack.currency)} instead of {money(rules, pack.currency)}; learning of each stop and its "
        f"end only as they come, {money(comes, pack.currency)}."
    )
    if whole["of"] == "firm":
        return f"{said} The gap, {money(gap, pack.currency)}, is the most that better planning is worth."
    within = max(rules - comes, 0.0)
    return (
        f"{said} The gap is what a policy of sharing and of changing grades in time is worth: up to "
        f"{money(gap, pack.currency)}, of which {money(min(within, gap), pack.currency)} asks for no foresight. "
        "(Counted: output lost, and what is paid extra to other sellers.)"
    )


def _spared(users: Told, whole: Told) -> str:
    spared = [name for name, one in users.items() if one["first_loss_week"] is None]
    if not spared:
        return "No product is spared."
    return f"Not hit: {_names(whole, spared)}."


def _you(one: Told, whole: Told) -> str:
    week = one["first_loss_week"]
    ranges = whole["ranges"] and next(iter(whole["ranges"]["users"].values()))
    spread = spread_words(ranges and ranges["time_to_survive_weeks"], "90 % of draws: ")
    lasts = f"{rounded(one['time_to_survive_weeks'])} weeks{spread}"
    stops = one["peak_loss"] >= STOPPED
    worst = "nothing is made" if stops else f"{percent(one['peak_loss'])} of a week’s output is lost"
    return (
        f"You {'stop' if stops else 'lose output'} from {day(whole, week)} on: what you hold, what is on the way and "
        f"what still comes lasts {lasts}. At the worst {worst}; {_until([one], whole)}."
    )


def _your_grade(whole: Told, pack: Pack) -> str:
    """Say which grade a firm runs short of first, where it uses more than one."""
    short = {grade: one for grade, one in whole["grades"].items() if one["first_short_week"] is not None}
    if not short or len(whole["grades"]) == 1:
        return ""
    week = min(one["first_short_week"] for one in short.values())
    names = [
        pack.nouns.cell("grades", grade, "name") for grade, one in short.items() if one["first_short_week"] == week
    ]
    return f"The first grade to run short is {in_a_row(names)}."


def _your_cost(item: tuple[str, Told], whole: Told, pack: Pack) -> str:
    name, one = item
    ranges = whole["ranges"] and whole["ranges"]["users"][name]
    spread = spread_words(ranges and ranges["lost_value"], "90 % of draws: ", pack)
    units = units_words(one["lost_units"], one["unit"]) + (" items" if one["unit"] == "item" else "")
    worth = f"{money(one['lost_value'], pack.currency)}{spread}"
    return f"You do not make {units}, worth {worth}: {percent(whole['lost_share'])} of a year’s output."


def _drawn_only(whole: Told) -> list[str]:
    """Say in how many draws there is a loss all the same."""
    if whole["ranges"] is None:
        return []
    most = max(one["share_hit"] for one in whole["ranges"]["users"].values())
    if most == 0:
        return ["Nor in any draw."]
    return [f"But in {percent(most)} of the draws output is lost all the same."]


def often_words(often: float) -> str:
    """Say how often something comes: ``once in 10 years``."""
    if often <= 0:
        return "never"
    return f"once in {rounded(1 / often)} years" if often <= 0.5 else f"{rounded(often)} times a year"


def stockpile_sentences(told: Told, pack: Pack) -> list[str]:
    """Return what is told of a stock against shocks."""
    best = told["best"]
    avoided = best["loss_without"] - best["loss_with"]
    if best["tonnes"] <= 0 or avoided <= 0:
        return ["No stock beyond what makers hold already is worth its cost."]
    said = (
        f"Worth holding beyond what makers hold already: {rounded(best['tonnes'])} t of magnets, "
        f"{money(best['capital'], pack.currency)} of capital, for {money(best['holding'], pack.currency)} a year. It "
        f"brings the loss expected a year from {money(best['loss_without'], pack.currency)} down to "
        f"{money(best['loss_with'], pack.currency)}."
    )
    found = [said]
    part = _first_part(told)
    if part is not None:
        found.append(
            f"The first {money(part['capital'], pack.currency)} do most of it: {percent(part['avoided'] / avoided)} of "
            "what the whole stock saves."
        )
    return [*found, "How often each episode comes is a judgement of the pack, and the stock moves with it."]


def _first_part(told: Told) -> Told | None:
    """Return the smallest stock of the curve, where it saves less than the best one."""
    held = [one for one in told["curve"] if one["capital"] > 0]
    part = min(held, key=lambda one: one["capital"], default=None)
    return None if part is None or part["capital"] >= 0.9 * told["best"]["capital"] else part
