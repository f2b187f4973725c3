"""An award in words: who is awarded how much, what it may cost, what stays open, and which rules that rests on.

They read the documents of ``answer.scheme_document``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.report.words import in_a_row

Told = Mapping[str, Any]
MILLION = 1e6
CALENDAR = 1000  # a number of years from here on is a calendar year
NAMED = 6  # winners that a sentence names; the table has all
HEADINGS = {
    "size": "size", "rate": "rate", "lead_share": "lead share", "net_worth": "net worth", "investment": "investment",
    "technical": "technical",
}  # fmt: skip
ORDER = ("awarded", "cut", "to bid again", "not awarded", "open", "not eligible")


def number(value: float) -> str:
    """Return a number to two decimals at most: ``1,200``, ``181.82``."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def share(value: float) -> str:
    """Return a share in per cent."""
    return f"{100 * value:.4g} %"


def amount(told: Told, millions: float) -> str:
    """Return a sum, given in millions of the currency, as the scheme shows it: ``645 crore INR``."""
    return f"{number(millions * MILLION / told['shown_in']['of'])} {told['shown_in']['unit']}"


def sentences(told: Told) -> list[str]:
    """Return what is told of an award, the most important first."""
    if not told["awards"]:
        return [_nobody(told), _open(told)]
    return [one for one in (_who(told), _incentive(told), _capital(told), _left(told), _open(told)) if one]


def rests_on(told: Told) -> list[str]:
    """Return on how many rules that are not sure an award rests; ``unsure_table`` has which."""
    inferred, unknown, second = (told[f"rules_{name}"] for name in ("inferred", "unknown", "second_hand"))
    parts = []
    if inferred:
        parts.append(f"{_counted(len(inferred), 'rule')} that {'is' if len(inferred) == 1 else 'are'} inferred")
    if unknown:
        count = str(len(unknown)) if inferred else _counted(len(unknown), "rule")
        parts.append(f"{count} that no source that was read tells")
    said = []
    if parts:
        ids = ", ".join(one["id"] for one in (*inferred, *unknown))
        said.append(f"It rests on {' and '.join(parts)}: {ids}.")
    if second:
        ids = in_a_row([f"{one['id']} ({one['title']})" for one in second])
        said.append(f"Second-hand {'is' if len(second) == 1 else 'are'} {ids}.")
    if told["rules_idle"]:
        said.append(f"Unsure too, but decided nothing here: {in_a_row(told['rules_idle'])}.")
    return said


def unsure_table(told: Told) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of the inferred and unknown rules that an award rests on."""
    rows = [
        [one["id"], standing, f"{one['title']}. {one['note']}"]
        for standing in ("inferred", "unknown")
        for one in told[f"rules_{standing}"]
    ]
    return ["rule", "how sure", "what it says, and why it is taken so"], rows


def switches(told: Told) -> list[str]:
    """Return what the user set, one a line."""
    said = []
    for one in told["switches"]:
        idle = "" if one["read"] else ". No award reads it: it changes nothing"
        now, pack = (_measured(one[side], one["unit"], told) for side in ("set", "pack"))
        said.append(f"Set by you: {one['rule']}.{one['value']} = {now} (the pack says {pack}){idle}.")
    if told["seed"] is not None:
        said.append(f"Ties are broken by a lot drawn with seed {told['seed']}.")
    return said


def award_table(told: Told) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of what each award may cost, the lowest first."""
    unit, rate = told["shown_in"]["unit"], f"{told['currency']}/kg"
    headings = [
        "bidder", "awarded, t/year", f"paid, {rate}", "oxide assured, t/year", f"incentive at most, {unit}",
        f"net price for all of it, {rate}", f"capital subsidy at most, {unit}",
    ]  # fmt: skip
    scale = told["shown_in"]["of"] / MILLION
    rows = [
        [
            one["bidder"],
            number(one["awarded"]),
            number(one["paid"]),
            number(one["assured"]) if one["assured"] else "-",
            number(one["incentive_most"] / scale),
            "-" if one["full_price"] is None else number(one["full_price"]),
            number(one["capital"] / scale),
        ]
        for one in told["awards"]
    ]
    return headings, rows


def fate_table(told: Told) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of what becomes of every bidder, in line, then open, then not eligible."""
    return ["bidder", "what becomes of it"], [[one["bidder"], one["sentence"]] for one in in_line(told["bidders"])]


def verdict_table(told: Told) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows of the verdicts, every bidder by every rule of eligibility."""
    first = told["bidders"][0]["verdicts"]
    headings = ["bidder", *(f"{HEADINGS[one['of']]} ({one['rule']})" for one in first)]
    rows = [[one["bidder"], *(each["result"] for each in one["verdicts"])] for one in in_line(told["bidders"])]
    return headings, rows


def in_line(bidders: Sequence[Told]) -> list[Told]:
    """Return bidders by their place in line, then those that are outside it, as they are listed."""
    return sorted(
        bidders, key=lambda one: (one["place"] is None, one["place"] or 0, one["place"] or ORDER.index(one["outcome"]))
    )


def rules_counted(rules: Sequence[Told]) -> str:
    """Return how many rules there are, by standing: ``38 rules: 20 stated, ...``."""
    counts: dict[str, int] = {}
    for one in rules:
        counts[one["standing"]] = counts.get(one["standing"], 0) + 1
    said = ", ".join(f"{count} {standing}" for standing, count in counts.items())
    return f"{len(rules)} rule{'' if len(rules) == 1 else 's'}: {said}."


def rule_lines(rule: Told, scheme: Told) -> list[str]:
    """Return what a rule says, its source and its note, one a line; its id, title and standing are not in it."""
    lines = []
    for name, one in rule["values"].items():
        others = [word for word in one["among"] if word != one["value"]]
        choice = f" (or {', '.join(others)})" if others else ""
        spread = ""
        if one["low"] is not None:
            low, high = (_measured(one[side], one["unit"], scheme) for side in ("low", "high"))
            spread = f" ({low} to {high})"
        if isinstance(one["value"], list):
            steps = [(_measured(end, one["by"], scheme), _measured(of, one["unit"], scheme))
                     for end, of in one["value"]]  # fmt: skip
            lines.append(f"{name}: " + "; ".join(f"up to {end}: {of}" for end, of in steps))
        else:
            lines.append(f"{name}: {_measured(one['value'], one['unit'], scheme)}{spread}{choice}")
    if rule["of"]:
        lines.append(f"of: {rule['of']}")
    days = " ".join(f"{word} {rule[side]}" for word, side in (("from", "first"), ("to", "last")) if rule[side])
    lines += [f"in force: {days}"] if days else []
    lines += [f"{name}: {rule[name]}" for name in ("source", "note") if rule[name]]
    return lines


def _who(told: Told) -> str:
    """Return who is awarded how much at what rate."""
    awards, rate = told["awards"], f"{told['currency']}/kg"
    named = [f"{one['bidder']} {number(one['awarded'])} t/year at {number(one['paid'])} {rate}"
             for one in awards[:NAMED]]  # fmt: skip
    if len(awards) > NAMED:
        named.append(f"{len(awards) - NAMED} more")
    verb = "is" if len(awards) == 1 else "are"
    start = f"{len(awards)} of {_counted(len(told['bidders']), 'bidder')} {verb} awarded {number(told['tonnes'])}"
    return f"{start} of the {number(told['most_tonnes'])} t/year: {in_a_row(named)}."


def _incentive(told: Told) -> str:
    """Return what the incentive may cost, and what holds it."""
    out, years = told["outlay"], number(told["incentive_years"])
    said = (
        f"At full output their incentive is {amount(told, out['incentive_a_year'])} a year, "
        f"{amount(told, out['incentive'])} over {years} years (nominal). "
    )
    earns = [f"sales in the {number(told['early_years'])} years of building"] if told["early_years"] else []
    earns += ["output above the award"] if told["above_award"] else []
    most = f"{amount(told, out['incentive_most'])} over all years"
    if earns and out["incentive_most"] > out["incentive"]:
        also = in_a_row(earns)
        said += f"{also[0].upper()}{also[1:]} earn too: at most {most}, each plant within its own ceiling. "
    elif out["incentive_most"] < out["incentive"]:
        said += f"The ceiling of each plant holds it to {most}. "
    if out["incentive_held"] < out["incentive_most"]:
        said += f"The outlay holds it to {amount(told, out['incentive_outlay'])}."
    else:
        said += f"That is within the outlay of {amount(told, out['incentive_outlay'])}."
    prices = [one["full_price"] for one in told["awards"] if one["full_price"] is not None]
    if not prices:
        return f"{said} As its most share of net sales is 0, nothing is paid."
    span = " to ".join(number(one) for one in sorted({min(prices), max(prices)}))
    below = f"Where a plant's net price is below {span} {told['currency']}/kg"
    rated = ", by its rate" if min(prices) < max(prices) else ""
    return f"{said} {below}{rated}, the ceiling of {share(told['sales_share'])} of net sales holds it lower."


def _capital(told: Told) -> str:
    """Return what the capital subsidy may cost, and what holds it."""
    out = told["outlay"]
    held, plants = sum(one["capital_capped"] for one in told["awards"]), len(told["awards"])
    who = {0: "no plant is", 1: f"1 plant of {plants} is"}.get(held, f"{held} plants of {plants} are")
    at = f"; {who} held lower by the ceiling for its size"
    said = (
        f"The capital subsidy is {amount(told, out['capital'])}, {share(told['capital_share'])} of an eligible "
        f"investment of {amount(told, out['investment'])}{at}. "
    )
    if out["capital_held"] < out["capital"]:
        said += f"The outlay holds it to {amount(told, out['capital_outlay'])}. "
    else:
        said += f"That is within the outlay of {amount(told, out['capital_outlay'])}. "
    return f"{said}Together it costs {amount(told, out['held'])} at most."


def _left(told: Told) -> str:
    """Return how many tonnes stay open."""
    places = told["places_left"]
    if not told["left"]:
        return "No tonnes stay open."
    said = f"{number(told['left'])} t/year stay open"
    return f"{said}, with {_counted(places, 'award')} left." if places else f"{said}, and no award is left for them."


def _open(told: Told) -> str:
    """Return who may yet be awarded something."""
    names = told["open_bidders"]
    if not names:
        return "It is final: no other bidder could yet be awarded anything."
    shown = in_a_row([*names[:NAMED], *([f"{len(names) - NAMED} more"] if len(names) > NAMED else [])])
    until = "until it is known whether the rules are met, all this is of the awards as they stand"
    return f"It is not final: {shown} could yet be awarded something; {until}."


def _nobody(told: Told) -> str:
    count = _counted(len(told["bidders"]), "bidder")
    return f"Of {count} nobody is awarded anything, and all {number(told['left'])} t/year stay open."


def _measured(value: Any, unit: str, scheme: Told) -> str:
    """Return a value with its unit; money as the scheme shows it, years without a separator."""
    if isinstance(value, bool | str):
        return _value(value)
    word, size = scheme["shown_in"]["unit"], scheme["shown_in"]["of"]
    currency = scheme["currency"]
    if unit == currency or unit.startswith(f"{currency}*"):
        return f"{_exact(value / size)} {word}{unit.removeprefix(currency)}"
    if unit == "year":
        return f"{value:g}" if value >= CALENDAR else f"{value:g} years"
    return _exact(value) if unit == "1" else f"{_exact(value)} {unit}"


def _exact(value: float) -> str:
    """Return a number as it was given: ``0.51``, ``1.075``, ``1,200``."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _exact(value)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
