"""The auction of a scheme in sentences and tables, from its document: what a bidder and the desk would read first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.answer.auction_document import SHORT, told_apart
from chumbak.answer.scheme_document import IDLE
from chumbak.report.words import in_a_row, percent, rounded

Told = Mapping[str, Any]
Table = tuple[list[str], list[list[str]]]
MILLION = 1e6
NOTHING = "-"
NAMES = SHORT
BUYERS = ("floor", "purchase")  # the same where the market has a buyer for all
SURE = ("high", "medium", "low")  # what is not an estimate


def sentences(told: Told) -> list[str]:
    """Return what there is to say of an auction, that it is invented first."""
    found = [invented(told)]
    if "scheme" in told["by_instrument"]:
        found += [_awarded(told), _spent(told), _to_win(told), *_curse(told)]
    return [*found, *_others(told)]


def invented(told: Told) -> str:
    """Say that bidders are invented."""
    numbers = told["assumptions"]
    judged = sum(one["confidence"] not in SURE for one in numbers)
    return (
        f"These bidders are invented, and this is no forecast: of {len(numbers)} numbers that say who bids and how, "
        f"{judged} are judgements or set by you (last table), and every plant is '{told['project']['title']}' at its "
        "own size and luck."
    )


def notes(told: Told) -> list[str]:
    """Return what stands below the tables: rules it rests on, what was set, conventions."""
    rests = [*told["rules_inferred"], *told["rules_unknown"]]
    said = []
    if rests:
        counts = [
            f"{len(told[name])} {words}"
            for name, words in (("rules_inferred", "inferred"), ("rules_unknown", "unknown"))
            if told[name]
        ]
        ids = in_a_row([one["id"] for one in rests])
        said.append(f"It rests on rules that no source that was read settles ({' and '.join(counts)}): {ids}.")
    if told["switches"]:
        said.append(f"Set by you: {in_a_row([_set(one) for one in told['switches']])}.")
    idle = [one for one in told["convention"] if one.startswith(IDLE)]
    kept = [one for one in told["convention"] if one not in idle]
    unit = told["shown_in"]["unit"]
    return [*said, *idle, f"Convention: {'; '.join(kept)}; sums are shown in {unit}, and in millions by --json."]


def money(amount: float, told: Told) -> str:
    """Return a sum given in millions as the scheme shows it: ``252 crore INR``."""
    return f"{_sum(amount, told)} {told['shown_in']['unit']}"


def instrument_tables(told: Told) -> list[tuple[str, Table]]:
    """Return titles, headings and rows by instrument: who is awarded and alive, and what it costs and is worth."""
    last, word, currency = told["support_ends"], told["shown_in"]["unit"], told["currency"]
    capacity, costs = [], []
    for name, one in told["by_instrument"].items():
        capacity.append([
            NAMES[name], f"{one['bids']:.1f}", f"{one['awards']:.1f}", rounded(one["awarded_t"]),
            rounded(one["built_t"]), rounded(one["alive_t"]), _share(one["failed"]), _share(one["no_plant_alive"]),
            _share(one["expected_margin"]), _share(one["realised_margin"]), _share(one["curse_margin"]),
        ])  # fmt: skip
        low, high = (_sum(side, told) for side in one["spend_band"])
        costs.append([
            NAMES[name], _bid(one["usual_bid"], one), _bid(one["ceiling"], one), _sum(one["spend"], told),
            f"{low} to {high}", _sum(one["most_spend"], told), rounded(one["delivered_t"]),
            _number(one["cost_of_delivered"]), _number(one["cost_of_alive"]), _number(one["cost_of_alive_real"]),
        ])  # fmt: skip
    first = (
        f"Capacity by instrument, {_drawn(told)}, t/year of product, gross: awarded, built, and "
        f"alive after {last}; share of what is awarded that is given up; auctions that leave no plant; value expected "
        "by winners over their capital, realised if run to the end, and the part of what they expected that is error"
    )
    second = (
        f"Cost to the state by instrument, {word}, nominal, over all years: mean, nine auctions in ten, the dearest "
        f"(of {_sum(told['outlay']['total'], told)}); t delivered in the years of the scheme; {currency} for a t "
        f"delivered; {currency} for a t/year alive after {last}, nominal and in money of {told['price_year']}"
    )
    return [
        (first, (["instrument", "bids", "awards", "awarded", "built", "alive", "given up", "no plant", "expected",
                  "realised", "error"], capacity)),
        (second, (["instrument", "usual plant needs", "highest bid", "spent", "nine in ten", "dearest",
                   "t delivered", "for a t", "for a t/year alive", f"({told['price_year']})"], costs)),
    ]  # fmt: skip


def year_table(told: Told) -> tuple[str, Table]:
    """Return title, headings and rows of what the scheme costs the state by year."""
    found = told["spend_by_year"]
    rows = [[side, *(_sum(one[side], told) for one in found.values())] for side in ("mean", "low", "high")]
    title = f"What the scheme costs the state, {told['shown_in']['unit']}, nominal; nine auctions in ten, low to high"
    return title, (["calendar year", *found], rows)


def chance_table(told: Told) -> tuple[str, Table]:
    """Return title, headings and a row of the chance that a bid under the scheme finds a place."""
    found = told["bids"]["chances"]
    title = "Chance that a bid finds a place: below the highest that wins, or with a place left over (nominal)"
    headings = [f"bid, {told['currency']}/kg", *(_price(float(bid)) for bid in found)]
    return title, (headings, [["chance", *map(_share, found.values())]])


def behaviour_table(told: Told) -> tuple[str, Table]:
    """Return title, headings and rows of how each way of bidding fares under the scheme."""
    rows = [
        [
            one["name"], str(one["bidders"]), _share(one["bids"]), _share(one["wins"]), _share(one["failed"]),
            _share(one["expected_margin"]), _share(one["realised_margin"]), _share(one["curse_margin"]),
        ]
        for one in told["by_behaviour"]
    ]  # fmt: skip
    title = (
        "How each way of bidding fares under the scheme: bidders; chance to bid, and to win; share of its awards given "
        "up; value expected and realised over capital if run to the end, and the part that is error"
    )
    return title, (["behaviour", "bidders", "bids", "wins", "given up", "expected", "realised", "error"], rows)


def assumption_table(told: Told) -> tuple[str, Table]:
    """Return title, headings and rows of what is assumed of bidders."""
    rows = []
    for one in told["assumptions"]:
        unit = "" if one["unit"] == "1" else f" {one['unit']}"
        band = NOTHING if one["low"] is None else f"{one['low']:g} to {one['high']:g}"
        rows.append([one["name"], one["confidence"], f"{one['value']:,g}{unit}", band])
    return f"What is assumed (auctions/{told['name']}.yaml says why)", (
        ["of bidders", "how sure", "taken", "could be"],
        rows,
    )


def _awarded(told: Told) -> str:
    one, awards = told["by_instrument"]["scheme"], told["awards"]
    full = awards["chances"].get(str(told["most_awards"]), 0.0)
    usual, last = one["usual_bid"], told["support_ends"]
    needs = "at no bid up to the ceiling" if usual is None else f"at a bid of {_price(usual)} {told['currency']}/kg"
    who = "1 bidder makes" if told["bidders"] == 1 else f"{told['bidders']} bidders make"
    most = told["most_awards"]
    every = "" if not most else (
        f"; {'the one award is' if most == 1 else f'all {most} awards are'} made in {percent(full)} of them"
    )  # fmt: skip
    return (
        f"Under the scheme {who} {one['bids']:.1f} bids that pass, and {awards['count']:.1f} "
        f"are awarded {rounded(awards['tonnes'])} of {told['most_tonnes']:,.0f} t/year ({_drawn(told)}, seed "
        f"{told['seed']}){every}. "
        f"{rounded(one['built_t'])} t/year are built and {rounded(one['alive_t'])} still run after {last}, when "
        f"support has ended; in {percent(one['no_plant_alive'])} of the auctions no plant does. The plant at central "
        f"figures and prices breaks even {needs}."
    )


def _spent(told: Told) -> str:
    one, outlay = told["by_instrument"]["scheme"], told["outlay"]
    low, high = (_sum(side, told) for side in one["spend_band"])
    said = (
        f"It costs the state {money(one['spend'], told)} on average (nominal, over all years; nine in ten: {low} to "
        f"{high}) of outlays of {_sum(outlay['incentive'], told)} for incentive and {_sum(outlay['capital'], told)} "
        "for capital"
    )
    if one["cost_of_alive"] is None:
        return f"{said}; nothing of it leaves a plant that runs after {told['support_ends']}."
    currency = told["currency"]
    return (
        f"{said}: {rounded(one['cost_of_delivered'])} {currency} for a t delivered in the years of the scheme, "
        f"{rounded(one['cost_of_alive'])} {currency} for a t/year alive after {told['support_ends']}."
    )


def _to_win(told: Told) -> str:
    found, unit = told["bids"], f"{told['currency']}/kg"
    if found["lowest"] is None:
        return _no_award(told)
    half, most = found["wins_in_half"], found["wins_in_nine_of_ten"]
    any_bid = f"at the ceiling of {told['ceiling']:,.0f}" if half >= told["ceiling"] else f"of {_price(half)}"
    return (
        f"How low to bid: a bid {any_bid} {unit} would win in half of these auctions. To win in nine of ten it has to "
        f"be {_price(most)} {unit} or less. In {percent(found['places_left'])} of them places stay empty, so that any "
        f"bid wins. Winners are paid {_price(found['paid_mean'])} {unit} on average. {asks_nothing(found)}"
    ).rstrip()


def asks_nothing(bids: Told) -> str:
    """Say how many winners bid 0, and why; nothing where none does."""
    if not bids["asks_nothing"]:
        return ""
    return (
        f"{percent(bids['asks_nothing'])} of the winners bid 0: they believe, many of them too hopefully, that their "
        "plant earns its return without the incentive; and as the lowest bid wins, those who believe so win first."
    )


def _no_award(told: Told) -> str:
    """Say why nothing is awarded in any auction."""
    one, passes = told["by_instrument"]["scheme"], _assumed(told, "technical")
    if one["bids"] > 0:
        return (
            f"Bids are made and none wins: the rules allow {told['most_awards']} awards and "
            f"{told['most_tonnes']:,.0f} t/year in all, too little for any bid."
        )
    if passes == 0:
        return "No bid counts in any auction: every technical bid fails."
    return (
        "No bid counts in any auction: bidders stay away where no bid up to the ceiling would break even, or fail the "
        f"technical bid ({percent(passes)} pass it)."
    )


def _assumed(told: Told, name: str) -> float:
    return float(next(one["value"] for one in told["assumptions"] if one["name"] == name))


def _drawn(told: Told) -> str:
    return "of 1 auction" if told["draws"] == 1 else f"means of {told['draws']:,} auctions"


def _curse(told: Told) -> list[str]:
    found = told["curse"]
    one, none, whole = found["as_told"], found["unshaded"], found["shaded"]
    if one["curse_margin"] is None:
        return []
    who = in_a_row([f"'{name}'" for name in found["of"]])
    said = (
        f"The winner's curse: winners that bid by what they believe ({who}) expect {_share(one['expected_margin'])} of "
        f"their capital above their rate of return and would get {_share(one['realised_margin'])}, if all were built "
        f"and run to the end; {_share(one['curse_margin'])} is their own error, as who errs most hopefully bids "
        "lowest; the rest is how prices come."
    )
    if none["curse_margin"] is None or whole["curse_margin"] is None:
        return [said]
    return [
        f"{said} A bidder can guard against it by bidding for a plant somewhat worse than it believes its own to be. "
        f"If none of them did so, their error would be {_share(none['curse_margin'])} of the capital, and "
        f"{_share(none['failed'])} of the capacity they win would never be built. If all did so, the error would be "
        f"{_share(whole['curse_margin'])}, and {_share(whole['failed'])} would not be built."
    ]


def _others(told: Told) -> list[str]:
    """Compare the instruments: what each leaves and what that costs, and which the draws tell apart."""
    found = told["by_instrument"]
    same = all(name in found for name in BUYERS) and told["always_a_buyer"]
    cost = told_apart(found, "cost_of_alive_real", "cost_error", same, ("cheapest", "dearest"))
    alive = told_apart(found, "alive_t", "alive_error", same, ("one that leaves least", "one that leaves most"))
    if not cost:
        return []
    each = [
        f"{NAMES[name]} {_with_error(one, 'cost_of_alive_real', 'cost_error', MILLION)}"
        for name, one in found.items()
        if one["cost_of_alive_real"] is not None and not (same and name == "purchase")
    ]
    left = [
        f"{NAMES[name]} {_with_error(one, 'alive_t', 'alive_error')}"
        for name, one in found.items()
        if not (same and name == "purchase")
    ]
    said = (
        f"The same money in other ways, with standard errors by the draws. A t/year alive after {told['support_ends']} "
        f"costs, in million {told['currency']} of {told['price_year']}: {in_a_row(each)}; {cost}. Capacity alive, "
        f"t/year: {in_a_row(left)}; {alive}. What differs by no more than two standard errors of the difference is not "
        "told apart. What is cheap for a t/year may only have helped plants that hardly needed it."
    )
    if same:
        said += " Floor and purchase are one here, as the project finds a buyer for all it makes."
    return [said]


def _with_error(one: Told, value: str, error: str, scale: float = 1.0) -> str:
    """Return a number of an instrument with its standard error, where that is known."""
    shown = f"{one[value] / scale:.2f}" if scale > 1 else rounded(one[value])
    if one[error] is None:
        return f"{shown} (error not known)"
    return f"{shown} +- {one[error] / scale:.2f}" if scale > 1 else f"{shown} +- {rounded(one[error])}"


def _set(chosen: Told) -> str:
    """Return what the user set: ``R15.sales_share = 0.3``."""
    value, unit = chosen["set"], "" if chosen["unit"] == "1" else f" {chosen['unit']}"
    shown = str(value).lower() if isinstance(value, bool | str) else f"{value:,.10g}"
    return f"{chosen['rule']}.{chosen['value']} = {shown}{unit.rstrip()}"


def _sum(amount: float, told: Told) -> str:
    return rounded(amount * MILLION / told["shown_in"]["of"])


def _bid(bid: float | None, one: Told) -> str:
    """Return a bid in the unit of its instrument."""
    unit = one["bid_unit"].replace("*year/t", " for a t/year")
    return "no bid is enough" if bid is None else f"{rounded(bid)} {unit}"


def _price(price: float) -> str:
    return f"{price:,.0f}" if price >= 100 else rounded(price)


def _share(share: float | None) -> str:
    return NOTHING if share is None else percent(share)


def _number(found: float | None) -> str:
    return NOTHING if found is None else rounded(found)


def tables(told: Told) -> Sequence[tuple[str, Table]]:
    """Return all tables in their order."""
    found = instrument_tables(told)
    if told["spend_by_year"]:
        found.append(year_table(told))
    if told["bids"]:
        found.append(chance_table(told))
    if told["by_behaviour"]:
        found.append(behaviour_table(told))
    return [*found, assumption_table(told)]
