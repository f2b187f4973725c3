"""A shock in words: who stops first, when, for how long, at what cost, and what would have saved it.

They read the documents of the shock (``answer.shock_document``): ``users`` is ``stress.<episode>``, ``whole`` is
``stress_in_all.<episode>``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from chumbak.pack import Pack
from chumbak.report.words import ENOUGH_DRAWS, in_a_row, mid_sentence, money, percent, portion, rounded

Told = Mapping[str, Any]
NAMED = 4  # products that a sentence names; the table has all
IDLE = 1.5  # of what home plants usually make: with less to spare nothing is said of it
STOPPED = 0.995  # of a week's output: from there on a firm is told to stop
ALIKE = 0.001  # of what is lost: a smaller difference is none
POSSESSIVE = {"it": "its", "you": "your"}
SMALL_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def heading(whole: Told) -> str:
    """Return what is asked: ``If supply were cut off from April 2027``."""
    start = date.fromisoformat(whole["start_date"])
    return f"If supply were cut off from {start:%B %Y}"


def episode_words(whole: Told) -> str:
    """Return which episode is played, from when, for how long and on what."""
    lasts = f"the last restriction ends {weeks_words(whole['ends_week'])} after the start"
    if whole["begins_week"] >= whole["weeks"]:
        lasts = f"it begins {weeks_words(whole['begins_week'])} after the start, after {played_words(whole)} played"
    elif whole["ends_week"] <= whole["begins_week"]:
        lasts = "no restriction of it lasts any time"
    elif whole["ends_week"] >= whole["weeks"]:
        lasts = f"restrictions outlast {played_words(whole)} played"
    stands = f", with the plants of the plan {whole['plan']}" if whole["plan"] else ""
    return f"{whole['title']}, from {day(whole, 0)}{stands}; {lasts}."


def what_happens(whole: Told) -> str:
    """Return the first sentence of the description of the episode: who stops what."""
    return re.split(r"(?<=[.!?])\s", whole["description"], maxsplit=1)[0]


def sentences(users: Told, whole: Told, pack: Pack) -> list[str]:
    """Return what is told of a shock, the most important first."""
    hit = {name: one for name, one in users.items() if one["first_loss_week"] is not None}
    before = [_idle_events(whole), _without(whole, pack)]
    if not hit:
        who = "You lose" if whole["of"] == "firm" else "Nobody loses"
        not_one = f"{who} {'no ' if whole['of'] == 'firm' else ''}output{_of_it(whole)} within {played_words(whole)}"
        central = ", by central values" if whole["ranges"] else ""
        told = [f"{not_one}{central}. {why_not(whole, pack)}", *before, *_drawn_only(whole), _standing(whole, pack)]
        return [one for one in (*told, evidence(whole)) if one]
    if whole["of"] == "firm":
        one = next(iter(hit.items()))
        told = [*before, _you(one[1], whole), _your_grade(whole, pack), _your_cost(one, whole, pack)]
    else:
        told = [*before, _first(hit, whole), _most(hit, whole, pack), _cost(whole, pack)]
    told += [_more_stock(whole, pack), _policy(whole, pack)]
    if whole["of"] != "firm":
        told += [_spared(users, whole), _standing(whole, pack), _home(whole, pack)]
    return [one for one in (*told, evidence(whole)) if one]


def summary(users: Told, whole: Told, pack: Pack) -> str:
    """Return a shock of the country in one sentence or two."""
    hit = any(one["first_loss_week"] is not None for one in users.values())
    asked = f"{heading(whole)} ({mid_sentence(whole['title'])}):"
    if not hit:
        return f"{asked} {mid_sentence(sentences(users, whole, pack)[0])}"
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


def played_words(whole: Told) -> str:
    """Return the weeks that are played: ``the 104 weeks``, ``the week``."""
    return "the week" if whole["weeks"] == 1 else f"the {whole['weeks']} weeks"


def lasts_words(weeks: float) -> str:
    """Return for how many weeks a stock lasts, rounded down, so that it ends in the week that is told: ``4.9``."""
    tenths = math.floor(10 * weeks + 1e-6)  # 4.1 is a little less than 41 tenths in binary
    return f"{tenths / 10:g}"


def three_figures(number: float) -> str:
    """Return a number with three significant figures and at most two decimals: ``14.2``, ``0.95``, ``1,310``."""
    if abs(number) < 0.005:
        return "0"
    places = 0 if abs(number) >= 99.95 else 1 if abs(number) >= 9.995 else 2
    text = f"{float(f'{number:.3g}'):,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def exact_money(millions: float, currency: str) -> str:
    """Return an amount given in millions with three figures: ``14.2 billion INR``."""
    large = abs(millions) >= 999.5
    return f"{three_figures(millions / 1000 if large else millions)} {'billion' if large else 'million'} {currency}"


def units_words(number: float, unit: str) -> str:
    """Return an amount of goods: ``213,000``, ``41 MW``."""
    if unit != "item":
        return f"{rounded(number)} {unit}"
    return rounded(number)


def title_of(whole: Told, user: str) -> str:
    """Return the name of a user as it stands inside a sentence."""
    return mid_sentence(whole["users"][user])


def evidence(whole: Told) -> str:
    """Say how much of it is estimates, and what that means for the dates."""
    of = whole["evidence"]
    drawn = "These are central values without ranges."
    if whole["draws"]:
        drawn = f"Ranges hold 90 % of {whole['draws']:,} draws."
    if 0 < whole["draws"] < ENOUGH_DRAWS:
        count = "one draw" if whole["draws"] == 1 else f"{whole['draws']} draws"
        drawn = f"Ranges are of {count}, too few to say much: ask for {ENOUGH_DRAWS} or more."
    return (
        f"{of['estimates']} of the {of['figures']} figures used, on stocks, ways, other supply, values and the "
        f"episode itself, are estimates: read dates as a matter of weeks, not of days. {drawn}"
    )


def spread_words(sides: Told | None, say: str, pack: Pack | None = None) -> str:
    """Return a range in brackets, of money where the pack is given, of weeks else; "" where there is none."""
    if sides is None or sides["low"] is None or sides["high"] is None:
        return ""
    low, high = (money(sides[side], pack.currency) if pack else lasts_words(sides[side]) for side in ("low", "high"))
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


def _until(users: Sequence[Told], whole: Told, who: str) -> str:
    """Say until when ``who`` lose output, counted from the first week in which one of them does."""
    if any(one["recovery_week"] is None for one in users):
        lost = "its loss lasts" if who == "it" else "your loss lasts" if who == "you" else f"the loss of {who} lasts"
        return f"{lost} to the end of {played_words(whole)}"
    first, last = min(one["first_loss_week"] for one in users), max(one["recovery_week"] for one in users)
    back = f"{who} {'is' if who == 'it' else 'are'} back at full output from {day(whole, last)}"
    return f"{back}, {weeks_words(last - first)} after {POSSESSIVE.get(who, 'their')} first loss"


def _first(hit: Told, whole: Told) -> str:
    week = min(one["first_loss_week"] for one in hit.values())
    users = [name for name, one in hit.items() if one["first_loss_week"] == week]
    users.sort(key=lambda name: -hit[name]["lost_value"])
    those = [hit[name] for name in users]
    worst = percent(max(one["peak_loss"] for one in those))
    said = f"First to lose output: {_names(whole, users)}, from {_after(whole, week)}."
    if len(users) == 1:
        said += f" At the worst it loses {worst} of a week’s output; {_until(those, whole, 'it')}."
    else:
        said += f" At the worst one of these loses {worst} of a week’s output; {_until(those, whole, 'all of these')}."
    return said if len(users) == len(hit) else f"{said} {_last(hit, whole)}"


def _last(hit: Told, whole: Told) -> str:
    """Say when all products are back at full output, not the first losers alone."""
    late = [name for name, one in hit.items() if one["recovery_week"] is None]
    if late:
        still = f"{len(late)} still lose{'s' if len(late) == 1 else ''} output"
        return f"Of all {len(hit)} products hit, {still} at the end of {played_words(whole)}."
    week = max(one["recovery_week"] for one in hit.values())
    return f"All {len(hit)} products hit are back at full output from {_after(whole, week)}."


def _most(hit: Told, whole: Told, pack: Pack) -> str:
    by_value = sorted(hit, key=lambda name: -hit[name]["lost_value"])
    name, one = by_value[0], hit[by_value[0]]
    share = percent(portion(one["lost_value"], whole["lost_value"]))
    said = (
        f"Most is lost by {title_of(whole, name)}: {money(one['lost_value'], pack.currency)}, {share} of all, "
        f"from {day(whole, one['first_loss_week'])} on; {_until([one], whole, 'it')}."
    )
    rest = by_value[1:3]
    if not rest:
        return said
    parts = [f"{title_of(whole, other)} ({money(hit[other]['lost_value'], pack.currency)})" for other in rest]
    return f"{said} Next: {in_a_row(parts)}."


def _cost(whole: Told, pack: Pack) -> str:
    ranges = whole["ranges"]
    central = " by central values" if ranges else ""
    return (
        f"In all, goods worth {money(whole['lost_value'], pack.currency)}{central} are not made within "
        f"{played_words(whole)}: {percent(whole['lost_share'])} of a year’s output of all these makers, by value."
        f"{_drawn_cost(ranges and ranges['lost_value'], pack)}"
    )


def _drawn_cost(sides: Told | None, pack: Pack) -> str:
    """Say the middle of the draws with their band, so that a central value is not read as the middle."""
    if sides is None or sides["middle"] is None:
        return ""
    band = spread_words(sides, "90 % of them: ", pack)
    return f" The middle of the draws is {money(sides['middle'], pack.currency)}{band}."


def _more_stock(whole: Told, pack: Pack) -> str:
    more = whole["more_stock"]
    number, _, weeks = weeks_words(more["weeks"]).partition(" ")
    stock = f"{number.capitalize()} more {weeks} of stock"
    saved = percent(portion(more["saves"], whole["lost_value"]))
    if more["saves"] < -ALIKE * whole["lost_value"]:
        return (
            f"{stock} would have cost {money(-more['saves'], pack.currency)} more: who holds more sees the emergency "
            "later, and what takes long, another grade or another origin, then begins later. So these rules are not "
            "the best use of a stock."
        )
    if more["saves"] <= ALIKE * whole["lost_value"]:
        return f"{stock} would have saved nothing."
    if whole["of"] == "firm":
        return (
            f"{stock} would have saved you {money(more['saves'], pack.currency)}, {saved} of the loss; your loss would "
            f"{_put_off(next(iter(more['later'].values())))}."
        )
    return (
        f"{stock} at every maker would have saved {money(more['saves'], pack.currency)}, "
        f"{saved} of the loss. Such a stock is worth {money(more['worth'], pack.currency)} at the pack’s world prices "
        "of magnets, and holding it costs "
        f"{money(more['holding'], pack.currency)} a year."
    )


def _put_off(weeks: float | None) -> str:
    """Say by how much later a loss begins: ``begin 4.2 weeks later``."""
    return "not have come" if weeks is None else f"begin {weeks_words(round(weeks, 1))} later"


def _standing(whole: Told, pack: Pack) -> str:
    """Say which home plants stand in the weeks played, and when the next come; "" where that was not asked."""
    stands = whole.get("standing")
    if not stands:
        return ""
    names = pack.nouns.column("plants", "name")

    def listed(amounts: Told) -> str:
        parts = [f"{mid_sentence(names[plant])} ({three_figures(t)} t/year)" for plant, t in amounts.items()]
        return in_a_row(parts) if parts else "none"

    said = f"Home plants in the weeks played are those of {stands['year']}, as far as they have run up"
    said += f": {listed(stands['now'])}; of the magnets in use they make {percent(whole['reach']['made_at_home'])}."
    if stands["kept"]:
        them = in_a_row([mid_sentence(names[plant]) for plant in stands["kept"]])
        said += f" The plan neither builds nor runs {them}: what stands of it is counted as without the plan."
    if stands["next_year"] is None:
        return f"{said} No more come in the years of the plan."
    more = f"More come, or run up further, in {stands['next_year']}: {listed(stands['more'])}."
    return f"{said} {more} --start {stands['next_year']}-W14 plays the same against them."


def _home(whole: Told, pack: Pack) -> str:
    """Say why home plants that stand idle make no more in a stop; "" where none do to speak of."""
    home = whole["home"]
    if home is None or home["able"] < IDLE * home["usual"]:
        return ""
    said = (
        f"Home plants could make {three_figures(home['able'])} t of magnets a year, but {three_figures(home['usual'])} "
        f"t of those in use come from them: {'the plan buys' if whole['plan'] else 'makers buy'} the rest, and "
        f"{percent(whole['reach']['stopped_abroad'])} of all may not leave abroad. In the stop their users ask them "
        f"for more at once; in the week of most they make as much as {three_figures(home['most'])} t a year"
    )
    if home["lacks"] is None or home["most"] >= home["able"]:
        return f"{said}."
    lacks = home["lacks"]
    kind = pack.nouns.column("elements", "name").get(lacks["kind"], lacks["kind"])
    stage = mid_sentence(pack.nouns.column("stages", "name")[lacks["stage"]])
    met = percent(lacks["met"])
    return f"{said}, held back by {mid_sentence(kind)} ({stage}): of it they get {met} of what they ask for."


def _of_it(whole: Told) -> str:
    return " because of the stop" if whole["without"] else ""


def _without(whole: Told, pack: Pack) -> str:
    """Say what is lost also without the episode; "" where nothing is."""
    if not whole["without"]:
        return ""
    one = next(iter(whole["without"].values()))
    if whole["of"] != "firm":
        return f"Also without a stop {len(whole['without'])} products would lose output; that is not counted here."
    short = {grade: of for grade, of in one["grades"].items() if of["first_short_week"] is not None}
    grades = pack.nouns.column("grades", "name")
    said = "; ".join(
        f"{grades.get(grade, grade)} from {day(whole, of['first_short_week'])}: {_held(of['held_weeks'])} your orders "
        "on the way do not reach until what you order now arrives"
        for grade, of in short.items()
    )
    lost = money(one["lost_value"], pack.currency)
    return f"Also without a stop you would run short of {said}. That loses {lost}, and is not counted in what follows."


def _held(weeks: float) -> str:
    """Say what a firm holds, with an "and" behind it."""
    held = round(weeks, 1)
    return f"the {weeks_words(held)} that you hold and" if held else "you hold none, and"


def _idle_events(whole: Told) -> str:
    """Say which events of an episode do nothing, and why; "" where all do something."""
    idle = whole["reach"]["idle_events"]
    who = "you use" if whole["of"] == "firm" else "makers at home use or plants at home take"
    parts = []
    for reason, why in (
        ("nothing", f"concern nothing that {who}"),
        ("never", "last no time"),
        ("after", f"begin after {played_words(whole)} played"),
    ):
        numbers = [number for number, one in idle.items() if one == reason]
        if len(numbers) == 1:
            verb, _, rest = why.partition(" ")
            parts.append(f"event {numbers[0]} {verb}s {rest}")
        elif numbers:
            parts.append(f"events {in_a_row(numbers)} {why}")
    return f"Of this episode {in_a_row(parts)}." if parts else ""


def why_not(whole: Told, pack: Pack) -> str:
    """Say why nobody loses output: what the episode stops, and what stands against it."""
    of, stages = whole["reach"], pack.nouns.column("stages", "name")
    said = []
    absent = [mid_sentence(stages[stage]) for stage, lost in of["capacity_lost"].items() if lost is None]
    there = {stage: lost for stage, lost in of["capacity_lost"].items() if lost is not None}
    if absent:
        said.append(f"No plants at home for {in_a_row(absent)} stand in {whole['start'][:4]} that could stop")
    if there:
        rungs = in_a_row([mid_sentence(stages[stage]) for stage in there])
        said.append(
            f"Home plants for {rungs} lose at most {percent(max(there.values()))} of their capacity; all home plants "
            f"together make {percent(of['made_at_home'])} of the magnets in use, and sellers abroad can send up to "
            f"{percent(of['surge'] - 1)} more than usual"
        )
        held = {stage: weeks for stage, weeks in of["held_behind_weeks"].items() if stage in there}
        if held and min(held.values()) >= of["lasts_weeks"]:
            said.append(
                f"The plants that work on what is stopped hold {weeks_words(min(held.values()))} of it, and it is "
                f"stopped for {weeks_words(of['lasts_weeks'])}"
            )
    if of["stopped_abroad"] > 0:
        said.append(f"Of the magnets that are used, at most {percent(of['stopped_abroad'])} may not leave abroad")
    if of["delay_weeks"] > 0:
        said.append(f"No goods are lost: they come at most {weeks_words(of['delay_weeks'])} later")
    if not there or of["stopped_abroad"] > 0 or of["delay_weeks"] > 0:
        who = "you hold" if whole["of"] == "firm" else f"the thinnest stock, of {title_of(whole, of['thinnest'])}, is"
        said.append(f"{who[0].upper()}{who[1:]} {weeks_words(of['thinnest_weeks'])} of use")
    return ". ".join(said) + "."


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
        counted = " (Counted with what you lose also without a stop.)" if whole["without"] else ""
        return f"{said} The gap, {money(gap, pack.currency)}, is the most that better planning is worth.{counted}"
    within = max(rules - comes, 0.0)
    return (
        f"{said} The gap is what a policy of sharing and of changing grades in time is worth: up to "
        f"{money(gap, pack.currency)}, of which {money(min(within, gap), pack.currency)} asks for no foresight. "
        "(Counted: output lost, and what is paid extra to other sellers.)"
    )


def _spared(users: Told, whole: Told) -> str:
    """Say who loses nothing: by central values, and in how many draws there is a loss all the same."""
    spared = [name for name, one in users.items() if one["first_loss_week"] is None]
    if not spared:
        return "By central values no product is spared." if whole["ranges"] else "No product is spared."
    often = _share_hit(whole)
    if not any(often.get(name, 0) for name in spared):
        return f"Not hit{', in any draw either' if often else ''}: {_names(whole, spared)}."
    by_draws = sorted((name for name in spared if often.get(name, 0)), key=lambda name: -often[name])
    told = in_a_row([f"{title_of(whole, name)} in {percent(often[name])} of draws" for name in by_draws])
    said = f"Not hit by central values, but hit in some draws: {told}."
    never = [name for name in spared if name not in by_draws]
    return f"{said} Not hit, in any draw either: {_names(whole, never)}." if never else said


def _share_hit(whole: Told) -> dict[str, float]:
    """Return the share of the draws in which each user loses output; nothing where nothing was drawn."""
    of = whole["ranges"]["users"] if whole["ranges"] else {}
    return {name: one["share_hit"] for name, one in of.items()}


def _you(one: Told, whole: Told) -> str:
    week = one["first_loss_week"]
    ranges = whole["ranges"] and next(iter(whole["ranges"]["users"].values()))
    spread = spread_words(ranges and ranges["time_to_survive_weeks"], "90 % of draws: ")
    lasts = f"{lasts_words(one['time_to_survive_weeks'])} weeks from the start{spread}"
    stops = one["peak_loss"] >= STOPPED
    worst = "you make nothing" if stops else f"you lose {percent(one['peak_loss'])} of a week’s output"
    return (
        f"You {'stop' if stops else 'lose output'}{_of_it(whole)} from {day(whole, week)} on: what you hold, what is "
        f"on the way and what still comes lasts {lasts}. At the worst {worst}; {_until([one], whole, 'you')}."
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
    units = units_words(one["lost_units"], one["unit"]) + (" items" if one["unit"] == "item" else "")
    worth = money(one["lost_value"], pack.currency) + (" by central values" if ranges else "")
    return (
        f"{'Because of the stop you' if whole['without'] else 'You'} do not make {units}, worth {worth}: "
        f"{percent(whole['lost_share'])} of a year’s output.{_drawn_cost(ranges and ranges['lost_value'], pack)}"
    )


def _drawn_only(whole: Told) -> list[str]:
    """Say in how many draws there is a loss all the same."""
    if whole["ranges"] is None:
        return []
    often = _share_hit(whole)
    most = max(often, key=lambda name: often[name])
    if often[most] == 0:
        return ["Nor in any draw."]
    who = "you lose" if whole["of"] == "firm" else f"{title_of(whole, most)} loses"
    return [f"But in {percent(often[most])} of the draws {who} output all the same."]


def often_words(often: float) -> str:
    """Say how often something comes: ``once in 10 years``."""
    if often <= 0:
        return "never"
    return f"once in {rounded(1 / often)} years" if often <= 0.5 else f"{rounded(often)} times a year"
