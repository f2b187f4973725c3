"""Who pays, in words for a minister: the most and the likely spend, what a kg needs, by which means, on which rules.

They read the document of ``answer.who_pays``; sums there are in millions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chumbak.answer.who_pays import ERRORS
from chumbak.report.auction_words import NAMES, Table, asks_nothing
from chumbak.report.words import in_a_row, mid_sentence, percent, rounded

Told = Mapping[str, Any]
MILLION = 1e6
SCHEME = "scheme"
LEAST = 0.005  # of what is spent: a smaller change is told as none
NOTHING = "-"
ONE_WAY = "not played: only one way is known"


def heading(told: Told) -> str:
    """Return the section's heading."""
    return f"Who pays: at most {money(told['outlay']['total'], told)}"


def sentences(told: Told) -> list[str]:
    """Return what is told, the most the state may spend first."""
    return [_most(told), _likely(told), *_counted(told), _awards(told), _magnet(told), _means(told), _rules(told)]


def summary(told: Told) -> str:
    """Return the section in a sentence, for the terminal."""
    spend, (low, high) = told["by_instrument"][SCHEME]["spend"], told["by_instrument"][SCHEME]["spend_band"]
    return (
        f"Who pays: the state may spend at most {money(told['outlay']['total'], told)} on the scheme; with invented "
        f"bidders, which is no forecast, {money(spend, told)} on average, and {_span(low, high, told)} in nine draws "
        f"of ten. {_magnet(told)}"
    )


def invented(told: Told) -> str:
    """Say that bidders are invented, and how far to trust what follows."""
    total, sure = sum(told["evidence"].values()), sum(told["evidence"].get(name, 0) for name in ("high", "medium"))
    return (
        f"Bidders are invented, and this is no forecast. {total - sure} of {total} numbers that say who bids and how "
        f"are estimates or of low confidence; {told['draws']:,} auctions of {told['bidders']} bidders were drawn."
    )


def money(millions: float, told: Told) -> str:
    """Return a sum as the scheme shows it: ``7,200 crore INR``."""
    return f"{_sum(millions, told)} {told['shown_in']['unit']}"


def rule_table(told: Told) -> Table:
    """Return the inferred and unknown rules, what they are taken to be and why, and what another value would change."""
    order = list(dict.fromkeys(switch["rule"] for switch in told["switches"]))
    found = [(standing, one) for standing in ("inferred", "unknown") for one in told[f"rules_{standing}"]]
    found.sort(key=lambda pair: order.index(pair[1]["id"]) if pair[1]["id"] in order else len(order))
    rows = []
    for standing, one in found:
        others = [_change(switch, told) for switch in told["switches"] if switch["rule"] == one["id"]]
        rows.append([f"{one['id']}, {standing}: {one['title']}", one["note"], "; ".join(others) or ONE_WAY])
    return ["rule", "why, and what is taken", "spent, if it were otherwise"], rows


def means_table(told: Told) -> Table:
    """Return what each instrument costs and leaves behind."""
    rows = []
    for name, one in told["by_instrument"].items():
        low, high = one["spend_band"]
        rows.append([
            _name(name), rounded(one["awarded_t"]), rounded(one["alive_t"]), percent(one["no_plant_alive"]),
            _sum(one["spend"], told), _span(low, high, told, bare=True), _per_tonne(one, told),
        ])  # fmt: skip
    headings = [
        "the money given as", "awarded, t/year", f"alive after {told['support_ends']}, t/year", "no plant alive in",
        f"spent, {told['shown_in']['unit']}", "nine draws in ten", f"lakh {told['currency']} for a t/year alive",
    ]  # fmt: skip
    headings[-1] = f"million {told['currency']} ({told['price_year']}) for a t/year alive"
    return headings, rows


def year_rows(told: Told) -> list[tuple[str, float, float, float, float]]:
    """Return (year, mean, low, high, outlay) of every year of the scheme, as sums are shown."""
    scale, outlay = MILLION / told["shown_in"]["of"], told["outlay"]["by_year"]
    none = {"mean": 0.0, "low": 0.0, "high": 0.0}
    years = sorted({*told["spend_by_year"], *outlay})
    spent = [(year, told["spend_by_year"].get(year, none)) for year in years]
    return [
        (year, *(one[side] * scale for side in ("mean", "low", "high")), outlay.get(year, 0.0) * scale)
        for year, one in spent
    ]


def finding(told: Told) -> str:
    """Return what the picture shows."""
    share = told["by_instrument"][SCHEME]["spend"] / told["outlay"]["total"] if told["outlay"]["total"] else 0.0
    return f"Invented bidders draw {percent(share)} of the outlay on average"


def _most(told: Told) -> str:
    outlay = told["outlay"]
    more = ""
    if outlay["stated"] is not None and outlay["stated"] > outlay["total"]:
        more = (
            f"; {_sum(outlay['stated'], told)} are stated in all, and the rules do not tell what the other "
            f"{_sum(outlay['stated'] - outlay['total'], told)} are for"
        )
    return (
        f"At most, the state spends {money(outlay['total'], told)} on plants, to {told['support_ends']}: "
        f"{_sum(outlay['incentive'], told)} as an incentive for each kg sold and {_sum(outlay['capital'], told)} "
        f"towards their capital (nominal{more})."
    )


def _likely(told: Told) -> str:
    one = told["by_instrument"][SCHEME]
    low, high = one["spend_band"]
    return (
        f"With these bidders it spends {money(one['spend'], told)} on average, and {_span(low, high, told)} in nine "
        f"draws of ten. It spends little where little is built: winners give up {percent(one['failed'])} of the "
        f"capacity awarded, as they learn what their plant costs and earns, and in {percent(one['no_plant_alive'])} of "
        f"the draws no plant is alive after {told['support_ends']}. {asks_nothing(told['bids'])}"
    ).rstrip()


def _counted(told: Told) -> list[str]:
    """Say what the rest of the answer takes as built, against what lives in these draws."""
    counted, alive = told["counted_t"], told["by_instrument"][SCHEME]["alive_t"]
    if counted is None:
        return []
    if counted == 0:
        return ["In this scenario the rest of the answer takes nothing of the scheme as built."]
    return [
        f"The rest of this answer takes {rounded(counted)} t/year of it as built; here {rounded(alive)} are alive "
        f"after {told['support_ends']} on average. What lies between is at risk."
    ]


def _awards(told: Told) -> str:
    awards, most = told["awards"], told["most_awards"]
    known = f" The pack notes: {awards['expected']}." if awards["expected"] else ""
    return (
        f"Awards are assumed, none is known: {awards['count']:.1f} on average, of at most {most}, together "
        f"{rounded(awards['tonnes'])} of {told['most_tonnes']:,.0f} t/year.{known}"
    )


def _magnet(told: Told) -> str:
    one, unit = told["magnet"], f"{told['currency']} ({told['price_year']})"
    needs, helped = one["has_to_fetch"][one["none"]], one["has_to_fetch"][one["told"]]
    if needs is None or helped is None:
        return "No price of a kg of magnet was found at which such a plant pays its way."
    step = 10.0 ** (len(f"{max(needs, 1):.0f}") - 3)
    needs, helped, sells, border = (
        round(side / step) * step for side in (needs, helped, one["sells_at"], one["border"])
    )
    paid = "" if one["bid"] is None else f" (it is taken to be paid {one['bid']:,.0f} {told['currency']}/kg)"
    said = (
        f"A kg of magnet made at home has to fetch {needs:,.0f} {unit} if such a plant is to earn "
        f"{percent(one['discount'])} a year (nominal, after tax) without support, and {helped:,.0f} with all of it"
        f"{paid}. An imported kg costs {border:,.0f} at the border and {sells:,.0f} with duty"
    )
    lacking, covered = needs - sells, needs - helped
    if lacking <= 0:
        return f"{said}: it needs no support."
    if helped <= sells:
        return f"{said}: the support covers the {lacking:,.0f} that are missing."
    return f"{said}: the support covers {covered:,.0f} of the {lacking:,.0f} that are missing."


def _means(told: Told) -> str:
    """Say what a t/year that lives costs the state by each means, how much lives, and what the draws tell apart."""
    last, unit = told["support_ends"], f"million {told['currency']} ({told['price_year']})"
    ways = [name for name, one in told["by_instrument"].items() if one["cost_of_alive_real"] is not None]
    if not ways:
        return f"By no means is any plant alive after {last}."
    if {"floor", "purchase"} <= set(ways) and _same(told, "floor", "purchase"):
        ways.remove("purchase")
    costs = in_a_row([f"{_per_tonne(told['by_instrument'][name], told)} as {_inside(name)}" for name in ways])
    alive = in_a_row([f"{rounded(told['by_instrument'][name]['alive_t'])} as {_inside(name)}" for name in ways])
    return (
        f"For each t/year of capacity alive after {last} the state pays, in {unit}: {costs}. With the money given so, "
        f"t/year alive on average: {alive}. {sure(told)} Bidders and draws are the same in each."
    )


def sure(told: Told) -> str:
    """Return what the draws tell of the order of the instruments, with standard errors."""
    said = next((one for one in told["convention"] if one.startswith(ERRORS)), "")
    return f"{said}." if said else ""


def _same(told: Told, one: str, other: str) -> bool:
    rows = [{key: row for key, row in told["by_instrument"][name].items() if key != "what"} for name in (one, other)]
    return rows[0] == rows[1]


def _rules(told: Told) -> str:
    inferred, unknown = (len(told[f"rules_{name}"]) for name in ("inferred", "unknown"))
    said = f"This rests on {inferred} rules that are inferred and {unknown} that are unknown."
    moved = [one for one in told["switches"] if abs(one["change_share"] or 0.0) >= LEAST]
    still = [one["rule"] for one in told["switches"] if one not in moved]
    still = [name for name in dict.fromkeys(still) if name not in {one["rule"] for one in moved}]
    if moved:
        first = moved[0]
        way = "less" if first["change"] < 0 else "more"
        others = [one for one in moved if one["rule"] != first["rule"]]
        said += (
            f" The one that matters most is {first['rule']}, {mid_sentence(first['title'])}: set otherwise "
            f"({_set(first, told)}), the state would spend {percent(abs(first['change_share']))} {way}."
        )
        if others:
            way = "less" if others[0]["change"] < 0 else "more"
            said += (
                f" Next is {others[0]['rule']}, {mid_sentence(others[0]['title'])} ({_set(others[0], told)}): "
                f"{percent(abs(others[0]['change_share']))} {way}."
            )
    if still:
        said += f" {in_a_row(still)} would change nothing here."
    return said


def _change(switch: Told, told: Told) -> str:
    if abs(switch["change_share"] or 0.0) < LEAST:
        return f"{_set(switch, told)}: no change"
    sign = "+" if switch["change"] > 0 else "-"
    share = percent(abs(switch["change_share"]))
    return f"{_set(switch, told)}: {sign}{money(abs(switch['change']), told)} ({sign}{share})"


def _set(switch: Told, told: Told) -> str:
    value = switch["set"]
    words = ("yes" if value else "no") if isinstance(value, bool) else value
    if not isinstance(words, str):
        words = f"{words:g}" if abs(words) < MILLION else money(words / MILLION, told)
    return f"{switch['value'].replace('_', ' ')}: {words}"


def _per_tonne(one: Told, told: Told) -> str:
    cost = one["cost_of_alive_real"]
    return NOTHING if cost is None else f"{cost / MILLION:.1f}"


def _name(name: str) -> str:
    found = NAMES[name]
    return found[:1].upper() + found[1:]


def _inside(name: str) -> str:
    return mid_sentence(_name(name))


def _sum(millions: float, told: Told) -> str:
    return rounded(millions * MILLION / told["shown_in"]["of"])


def _span(low: float, high: float, told: Told, bare: bool = False) -> str:
    between = f"{_sum(low, told)} to {_sum(high, told)}"
    return between if bare else f"between {_sum(low, told)} and {_sum(high, told)}"
