"""The money of a plant in sentences, from its document: what a board would read first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chumbak.report.words import in_a_row, percent, rounded

Told = Mapping[str, Any]
PARTS = {
    "incentive": "the sales incentive", "capital": "the capital subsidy", "input": "the assured input",
    "floor": "the price floor", "purchase": "the assured purchase", "recycling": "the aid on recycling",
}  # fmt: skip
DRIVERS = {
    "market price": "the price of {market}", "capital": "capital cost", "margin": "the price margin",
    "pass_through": "what the price passes on", "input_use": "input for a kg", "input_link": "the input's price",
    "input_base": "the input's price", "conversion": "conversion cost", "ramp": "the ramp", "good": "the good share",
    "availability": "availability", "taken": "what the market takes", "power": "power use", "tariff": "the tariff",
    "labour": "labour", "fixed": "fixed cost", "eligible": "the eligible share", "salvage": "salvage",
    "capacity": "capacity",
}  # fmt: skip
RECYCLER_DRIVERS = {
    "margin": "recovery of metals at fixed prices", "pass_through": "recovery", "input_link": "the feed's price",
    "input_base": "the feed's price",
}  # fmt: skip
FULL = ("the bid", "the ceiling per kg")  # what holds an incentive that no cap on sums or sales cuts
SHARE = "the share of net sales"
MOST_DRIVERS = 4
MILLION = 1e6
ALL, NONE = "all", "none"  # names of cases


def sentences(told: Told) -> list[str]:
    """Return what there is to say of a plant's money, the most important first."""
    found = [_plant(told), *_allowed(told), _worth(told), *_others(told), _cost(told), _break_even_price(told)]
    found += [*_break_even_bid(told), *_input_price(told), *_held(told), *_death(told), _payback(told), *_draws(told)]
    return found


def notes(told: Told) -> list[str]:
    """Return what stands below the tables: notes, rules it rests on, switches, figures, conventions."""
    unit, currency = told["shown_in"]["unit"], told["project"]["currency"]
    shown = f"sums are shown in {unit}, and in million {currency} by --json"
    return [*told["notes"], *_rules(told), _figures(told), f"Convention: {'; '.join(told['convention'])}; {shown}."]


def money(amount: float, told: Told) -> str:
    """Return a sum given in millions as the scheme shows it: ``252 crore INR``."""
    return f"{rounded(amount * MILLION / told['shown_in']['of'])} {told['shown_in']['unit']}"


def case_name(name: str, told: Told) -> str:
    """Return what a case of support is called in a table and a sentence."""
    if name == NONE:
        return "without any support"
    case = next(one for one in told["cases"] if one["name"] == name)
    if name == ALL:
        return f"with {in_a_row([PARTS[part] for part in case['parts']])}"
    for word in ("alone", "without"):
        part = name.removesuffix(f" {word}") if word == "alone" else name.removeprefix(f"{word} ")
        if part in PARTS:
            return f"with {PARTS[part]} alone" if word == "alone" else f"without {PARTS[part]}"
    return f"with the {name}"


def case_label(name: str, told: Told) -> str:
    """Return what a case of support is called at the head of a row."""
    return {ALL: "all support", NONE: "no support"}.get(name) or case_name(name, told).removeprefix(
        "with "
    ).removeprefix("the ")


def rate(case: Told) -> str:
    """Return the rate of return of a case, or that there is none or several."""
    if case["irr"] is not None:
        return f"{yearly(case['irr'])} a year"
    if not case["irr_all"]:
        return "none"
    return f"several ({', '.join(map(yearly, case['irr_all']))})"


def yearly(share: float) -> str:
    """Return a rate a year to a tenth of a percent: ``13.7 %``."""
    return f"{100 * share:.1f} %".replace(".0 %", " %").replace("-0 %", "0 %")


def years(found: Iterable[int]) -> str:
    """Return years in a sentence, those in a row as a span: ``2029 to 2031 and 2034``."""
    spans: list[list[int]] = []
    for year in sorted(found):
        if spans and year == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], year]
        else:
            spans.append([year])
    return in_a_row([" to ".join(map(str, span)) for span in spans])


def per_kg(price: float, told: Told) -> str:
    """Return a price: ``5,380 INR/kg``, to the unit where it is a plain number of at least 1,000."""
    shown = f"{price:,.0f}" if abs(price) >= 100 else rounded(price)
    return f"{shown} {told['project']['currency']}/kg"


def _plant(told: Told) -> str:
    plant = told["project"]
    what = "of feed" if plant["is_recycler"] else "of product"
    capital = money(plant["capital_real"], told)
    return (
        f"{plant['title']}: {_tonnes(plant['capacity'])} t {what} a year for {capital} of capital (money "
        f"of {plant['price_year']}), award in {plant['award_year']}, running {plant['first_year']} to "
        f"{plant['last_year']}."
    )


def _allowed(told: Told) -> list[str]:
    """Say which rules of eligibility the project does not meet."""
    scheme = told["scheme"]
    if scheme is None:
        return []
    failed = [one for one in scheme["verdicts"] if one["result"] == "fail"]
    if not failed:
        return []
    reasons = "; ".join(f"{_down(one['reason'])} ({one['rule']})" for one in failed)
    if told["told"] == NONE:
        return [f"The scheme '{scheme['name']}' gives this plant nothing: {reasons}."]
    if told["project"]["is_recycler"]:
        return [f"Of the aid of the scheme '{scheme['name']}' a part is closed to it: {reasons}."]
    said = f"By the rules of the scheme '{scheme['name']}' it is not eligible: {reasons}."
    return [f"{said} The support is counted all the same."]


def _tonnes(tonnes: float) -> str:
    """Return tonnes as they were given: ``1,200``, ``0.6``."""
    return f"{tonnes:,.3f}".rstrip("0").rstrip(".") if tonnes >= 0.01 else f"{tonnes:g}"


def _down(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _worth(told: Told) -> str:
    plant, case = told["project"], _case(told, told["told"])
    worth = "is worth building" if case["npv"] > 0 else "is not worth building"
    asked = ""
    if plant["bid"] is not None:
        asked = f" (a bid of {per_kg(plant['bid'], told)} on an award of {_tonnes(plant['award'])} t/year)"
    dollars = f"{rounded(case['npv_dollar'])} million USD"
    owners = ""
    if plant["has_loan"]:
        owners = (
            f" To the owners, after debt, it is worth {money(case['npv_equity'], told)} at {yearly(plant['equity'])}."
        )
    return (
        f"{_up(case_name(case['name'], told))}{asked} the plant {worth}: its value at the award is "
        f"{money(case['npv'], told)} or {dollars} (money of {plant['award_year']}, after tax, before debt, discounted "
        f"at {yearly(plant['discount'])} nominal), and {_returns(case)}.{owners}"
    )


def _returns(case: Told) -> str:
    if case["irr"] is not None:
        return f"it returns {rate(case)}, nominal"
    if not case["irr_all"]:
        return "it has no rate of return"
    return f"it has several rates of return, {in_a_row([yearly(one) for one in case['irr_all']])}: go by the value"


def _up(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _others(told: Told) -> list[str]:
    """Say the value with every other support."""
    others = [one for one in told["cases"] if one["name"] != told["told"]]
    if not others:
        return []
    said = "; ".join(
        f"{case_name(one['name'], told)} {money(one['npv'], told)} (rate of return {rate(one)})" for one in others
    )
    barred = told["told"] == NONE
    return [f"{'If it were given all the same' if barred else 'By support'}, its value is {said}."]


def _cost(told: Told) -> str:
    plant, case = told["project"], _case(told, told["told"])
    basis = f"real, money of {plant['price_year']}"
    if case["levelised"] is None:
        return "It makes nothing, so that a kg has no cost."
    what = "of treating a kg of feed" if plant["is_recycler"] else "of a kg of product"
    brings = "what it brings," if plant["is_recycler"] else "a net price of"
    said = (
        f"The levelised cost {what}, before tax and support, is {per_kg(case['levelised'], told)}, against {brings} "
        f"{per_kg(plant['price_real']['mean'], told)} in the mean of the central path (both {basis})."
    )
    income = plant["income_per_kg_feed"]
    if not income:
        return said
    parts = in_a_row([f"{rounded(amount)} from {name}" for name, amount in income.items()])
    return f"{said} Of what a kg of feed brings, in {plant['currency']}: {parts}."


def _break_even_price(told: Told) -> str:
    plant, names = told["project"], dict.fromkeys((told["told"], NONE))
    said = []
    for name in names:
        price = _case(told, name)["break_even_price"]
        said.append(f"{'no price' if price is None else per_kg(price, told)} {case_name(name, told)}")
    what = "What a kg of feed must bring to break even" if plant["is_recycler"] else "The break-even net price"
    return f"{what}, constant and real (money of {plant['price_year']}): {in_a_row(said)}."


def _break_even_bid(told: Told) -> list[str]:
    found = told["break_even_bid"]
    if found is None:
        return []
    ceiling = per_kg(found["ceiling"], told)
    if found["value"] == 0:
        return ["It breaks even without an incentive, the other support as it is: it needs no bid."]
    if found["value"] is not None:
        bid = per_kg(found["value"], told)
        return [f"The break-even bid is {bid}, nominal, the other support as it is; the ceiling is {ceiling}."]
    share = percent(found["sales_share"])
    said = f"No bid breaks even: at the ceiling of {ceiling} it still loses {money(-found['npv_at_ceiling'], told)}."
    if found["without_caps"] is None:
        return [f"{said} No incentive in these years would be enough, even without any cap."]
    needed = per_kg(found["without_caps"], told)
    if found["without_ceilings"] is None:
        return [
            f"{said} It would take {needed}, nominal, if no cap held; and even without the ceilings, {share} of net "
            "sales a year is not enough."
        ]
    if found["without_caps"] < found["ceiling"]:
        return [f"{said} It would take {needed}, nominal; the caps on sales and sums keep it from being paid."]
    needed = per_kg(found["without_ceilings"], told)
    return [f"{said} It would take {needed}, nominal, within {share} of net sales a year: the ceiling is too low."]


def _input_price(told: Told) -> list[str]:
    plant = told["project"]
    what = "feed" if plant["is_recycler"] else "input"
    said = [
        f"{'no price' if price is None else per_kg(price, told)} {case_name(name, told)}"
        for name, price in told["break_even_input_price"].items()
    ]
    return [
        f"The break-even price of its {what}, constant and real (money of {plant['price_year']}): {in_a_row(said)}; on "
        f"the central path it pays {per_kg(plant['input_price_real'], told)} in the mean."
    ]


def _held(told: Told) -> list[str]:
    """Say which cap holds the incentive in which years, and why."""
    found = told["incentive"]
    if found is None:
        return []
    share = percent(found["sales_share"])
    if found["ruling_price"] is None:
        return [f"The incentive is paid in no year: it is at most {share} of net sales."]
    ruling = per_kg(found["ruling_price"], told)
    rules = f"below a net price of {ruling}, nominal, {share} of net sales is less than the bid"
    if not found["years"]:
        return [f"The incentive is paid in no year; {rules}."]
    by: dict[str, list[Told]] = {}
    for one in found["years"]:
        by.setdefault(one["held_by"], []).append(one)
    said = []
    for held, rows in by.items():
        when = years(one["year"] for one in rows)
        if held == FULL[0]:
            said.append(f"in {when} no cap holds it and the bid is paid in full")
        else:
            said.append(f"in {when} it is held by {held}{_because(rows)}")
    if len(found["years"]) < found["incentive_years"]:
        said.append(f"it sells in {len(found['years'])} of the {found['incentive_years']:g} years of the incentive")
    total = sum(one["paid"] for one in found["years"])
    drawn = _held_in_draws(told)
    return [f"The incentive comes to {money(total, told)} in all: {'; '.join(said)}; {rules}.{drawn}"]


def _because(rows: Sequence[Told]) -> str:
    """Return why a cap holds, of the first of its years."""
    why = str(rows[0]["why"]).partition(": ")[2].rstrip(".")
    if not why:
        return ""
    return f" ({rows[0]['year']}: {why})" if len(rows) > 1 else f" ({why})"


def _held_in_draws(told: Told) -> str:
    if not told["draws"]:
        return ""
    held = [
        f"{percent(row[SHARE])} of them in {row['year']}" for row in told["draws"]["held"] if row.get(SHARE, 0.0) > 0
    ]
    if not held:
        return ""
    return f" In the draws the share of net sales holds it in {in_a_row(held)}."


def _death(told: Told) -> list[str]:
    """Say at which price of a rival the plant dies, while it is helped and after."""
    plant, found = told["project"], told["dies_at"]
    if plant["is_recycler"]:
        one = found["after"] or found["during"]
        if one is None:
            return []
        return [
            f"It covers its variable cost while a kg of feed brings at least {_span(one, told)} (real, money of "
            f"{plant['price_year']}), with feed at its central price.{_dead(one)}"
        ]
    said = []
    helped = {one["year"] for one in (told["incentive"] or {"years": []})["years"] if one["paid"] > 0}
    alive = {row["year"] for row in told["by_year"] if row["dies_at"] is not None}
    for name, words in (("during", "While it is helped"), ("after", "Without help")):
        one = found[name]
        if one is None:
            continue
        when = years(alive & helped if name == "during" else alive - helped)
        said.append(
            f"{words} ({when}) the plant dies, not covering its variable cost, below a rival's price at the border of "
            f"{_span(one, told)} (real, money of {plant['price_year']}; in {one['first']} nominal "
            f"{per_kg(one['at_first'], told)}); its own price on the central path stands for "
            f"{per_kg(one['border_real'], told)} there.{_dead(one)}"
        )
    return said


def _span(one: Told, told: Told) -> str:
    low, high = (f"{one[side]:,.0f}" for side in ("least_real", "most_real"))
    return per_kg(one["most_real"], told) if low == high else f"{low} to {per_kg(one['most_real'], told)}"


def _dead(one: Told) -> str:
    return f" On the central path it dies in {years(one['dead_years'])}." if one["dead_years"] else ""


def _payback(told: Told) -> str:
    case, plant = _case(told, told["told"]), told["project"]
    said = (
        "It never pays back"
        if case["payback"] is None
        else f"It pays back after {case['payback']:.1f} years from the start of the award year, not discounted"
    )
    if not plant["has_loan"] or case["least_cover"] is None:
        return f"{said}."
    rows = [row for row in told["by_year"] if row["cover"] is not None]
    worst = min(rows, key=lambda row: float(row["cover"]))
    short = [row["year"] for row in rows if row["cover"] < 1]
    below = f", and below 1 in {years(short)}: the plant alone does not carry its loan" if short else ""
    return f"{said}. Debt cover is least in {worst['year']}, {rounded(worst['cover'])}{below}."


def _draws(told: Told) -> list[str]:
    found = told["draws"]
    if not found:
        return ["Nothing was drawn: the chance of loss is not told."]
    plant = told["project"]
    names = DRIVERS | (RECYCLER_DRIVERS if plant["is_recycler"] else {})
    drivers = [
        f"{names[one['name']].format(market=plant['market'])} ({percent(one['share'])})"
        for one in found["drivers"][:MOST_DRIVERS]
        if one["share"] > 0
    ]
    without = "" if told["told"] == NONE else f" ({percent(found['loss_without'])} without any support)"
    low, high = (money(found["npv"][side], told) for side in ("p05", "p95"))
    said = (
        f"In {found['count']:,} draws (seed {found['seed']}) it loses, its value below 0, in {percent(found['loss'])}"
        f"{without}; nine in ten values lie between {low} and {high}."
    )
    if not drivers:
        return [said]
    half = f"the half-life of the price's return to its level, {rounded(plant['half_life'])} years, is an estimate"
    return [f"{said} What moves the value most, by squared rank correlation: {in_a_row(drivers)}; {half}."]


def _rules(told: Told) -> list[str]:
    scheme = told["scheme"]
    if scheme is None:
        return ["No rule of a scheme is used."]
    rests = scheme["rests_on"]
    said = []
    if not rests:
        said.append(f"Every rule that it rests on is stated or second-hand: {in_a_row(scheme['rules_used'])}.")
    else:
        counts = [
            f"{count} that {'is' if count == 1 else 'are'} {words}"
            for words, count in (
                ("inferred", sum(one["standing"] == "inferred" for one in rests)),
                ("unknown, not published where we looked", sum(one["standing"] == "unknown" for one in rests)),
            )
            if count
        ]
        listed = "; ".join(f"{one['id']} {_down(one['title'])} ({one['standing']})" for one in rests)
        ids = {one["id"] for one in rests}
        sure = [one for one in scheme["rules_used"] if one not in ids]
        others = f" Stated or second-hand are {in_a_row(sure)}." if sure else ""
        said.append(f"Of {len(scheme['rules_used'])} rules it rests on {in_a_row(counts)}: {listed}.{others}")
    unclear = [one for one in scheme["verdicts"] if one["result"] in ("cannot tell", "not yet")]
    if unclear:
        listed = "; ".join(f"{_down(one['reason'])} ({one['rule']})" for one in unclear)
        said.append(f"Whether it is eligible cannot be told yet: {listed}.")
    if scheme["chosen"]:
        said.append(f"Set by you: {in_a_row([_set(one) for one in scheme['chosen']])}.")
    return said


def _set(chosen: Told) -> str:
    """Return what the user set: ``R15.sales_share = 0.3``."""
    value, unit = chosen["set"], "" if chosen["unit"] == "1" else f" {chosen['unit']}"
    shown = str(value).lower() if isinstance(value, bool | str) else f"{value:,.10g}"
    return f"{chosen['rule']}.{chosen['value']} = {shown}{unit.rstrip()}"


def _figures(told: Told) -> str:
    found = told["figures"]
    said = (
        f"The project's file has {found['count']} figures, {found['with_range']} of them with a range; "
        f"{found['estimates']} are estimates by its field 'confidence'"
    )
    if not found["without_confidence"] and not found["without_source"]:
        return f"{said}, and each names a source (last table)."
    return (
        f"{said}, {found['without_confidence']} do not say how sure they are and {found['without_source']} name no "
        "source (comments are not read)."
    )


def _case(told: Told, name: str) -> Told:
    return next(one for one in told["cases"] if one["name"] == name)
