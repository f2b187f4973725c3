"""An award under a scheme of a pack, and the rules it goes by, as plain documents.

Sums of an award are millions of the pack's currency, nominal and over all years; values of rules stand in their own
units.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chumbak.answer.plan_document import nine
from chumbak.pack import Pack
from chumbak.pack.bids import read_bids
from chumbak.pack.faults import did_you_mean
from chumbak.pack.scheme_values import INSTRUMENTS, Kind
from chumbak.pack.schemes import SchemeFile, list_schemes, read_scheme
from chumbak.pack.units import UnitError, currencies_in, factor
from chumbak.scheme.award import Award, Bid, Fate, award
from chumbak.scheme.rules import UNSURE, Rule, Scheme, SchemeError, Value, make_scheme, read_switches, switched
from chumbak.scheme.terms import KG, AwardTerms, SupportTerms, award_terms, support_terms

MILLION = 1e6
MEASURED = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\deE.]))\s*([^\W\d].*|%)")  # a number and a unit
IDLE = "Nothing here reads"
ELIGIBLE = "what of a plant's capital counts is 'eligible' in the project's file"
INSTEAD = {  # what to set in place of a value that nothing reads
    "land_and_buildings": ELIGIBLE, "eligible_from": ELIGIBLE,
    "assured_price": "the price of assured input is 'asks.assured_price' in the project's file",
}  # fmt: skip
LATE_YEARS = 2  # from the first rule on how bids are chosen; a bid said to be later is remarked on
JUDGED = ("size", "rate", "lead_share", "net_worth", "investment", "technical")  # in the order of the verdicts


def read_rules(pack: Pack, name: str) -> Scheme:
    """Return a scheme of a pack. Raises ``PackError`` with every fault."""
    return _made(read_scheme(pack, name))


def scheme_to_award(pack: Pack, name: str | None) -> Scheme:
    """Return a scheme of a pack that has awards; without a name the one that there is.

    Raises ``SchemeError`` if there is none, or several, or the one named has no awards.
    """
    names = list_schemes(pack) if name is None else [name]
    found = [one for one in (read_rules(pack, each) for each in names) if _has_awards(one)]
    if len(found) == 1:
        return found[0]
    if found:
        known = ", ".join(one.name for one in found)
        raise SchemeError(f"Several schemes of the pack '{pack.name}' have awards: {known}. Say --scheme.")
    who = f"No scheme of the pack '{pack.name}' has" if name is None else f"The scheme '{name}' has no"
    raise SchemeError(f"{who} rules of an award, so that nothing can be awarded. See docs/packs.md.")


def set_by_user(scheme: Scheme, switches: Sequence[str]) -> Scheme:
    """Return a scheme with switches written as ``name=value`` or ``name=value unit``. Raises ``SchemeError``.

    Without a unit a number is in that of its value, money in the currency itself. It has to be within the bounds that
    its value has in a pack, and nothing may be set twice.
    """
    found = read_switches(scheme, [_converted(scheme, text) for text in switches])
    if len(found) < len(switches):
        raise SchemeError(f"A value is set twice: {', '.join(switches)}. Set each once.")
    for name, value in found.items():
        rule_id, _, of = name.rpartition(".")
        kind = INSTRUMENTS[scheme.rule(rule_id).instrument][of]
        if isinstance(value, str):
            _check_word(name, value, kind)
        if isinstance(value, float) and not kind.least <= value <= kind.most:
            unit = scheme.rule(rule_id).units.get(of, "")
            bounds = f"from {kind.least:g} to {kind.most:g}{'' if unit in ('', '1') else f' {unit}'}"
            raise SchemeError(f"'{name}' cannot be {value:g}: it goes {bounds}. Check the number and its unit.")
    return switched(scheme, found)


def _check_word(name: str, value: str, kind: Kind) -> None:
    """Raise ``SchemeError`` for a word that no rule can say, or what is no day."""
    if kind.kind == "word" and value not in kind.words:
        raise SchemeError(f"'{name}' cannot be '{value}'. {did_you_mean(value, kind.words)}")
    if kind.kind == "day":
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            raise SchemeError(f"'{name}' cannot be '{value}'. Write a day as 2025-06-30.") from None


def idle_notes(scheme: Scheme, read: Iterable[tuple[str, str]]) -> list[str]:
    """Return a sentence for every value that the user set and nothing reads; ``read``: (rule, value) of all that is."""
    known, found = set(read), []
    for name in scheme.chosen:
        rule_id, _, value = name.rpartition(".")
        if (rule_id, value) not in known:
            instead = f"; {INSTEAD[value]}" if value in INSTEAD else ""
            found.append(f"{IDLE} {name}, which you set: it changes nothing{instead}.")
    return found


def award_of(pack: Pack, name: str | None, bids: Path, switches: Sequence[str], seed: int) -> dict[str, Any]:
    """Return the award of a table of bids under a scheme (without a name the one that has awards), as a document.

    ``seed`` draws the lot where ties are broken by one. Raises ``PackError`` with every fault of the scheme or of the
    bids, and ``SchemeError`` for a switch, or for rules by which nothing can be awarded.
    """
    before = scheme_to_award(pack, name)
    scheme = set_by_user(before, switches)
    terms, support = award_terms(scheme), support_terms(scheme)
    found = award([Bid(**row) for row in read_bids(bids, pack)], terms, seed)
    return {"pack": pack.name, "bids": bids.name, "scheme": award_document(scheme, before, terms, support, found, seed)}


def award_document(
    scheme: Scheme, before: Scheme, terms: AwardTerms, support: SupportTerms, found: Award, seed: int
) -> dict[str, Any]:
    """Return an award as plain dictionaries; ``before`` is the scheme as the pack has it."""
    currency = scheme.currency
    money, word = f"million {currency}, nominal", scheme.money
    awards = [_award(fate, support) for fate in found.winners]
    rests_on = scheme.of_standing(*UNSURE, among={*found.rests_on, *support.rests_on})
    return {
        "name": scheme.name,
        "title": scheme.title,
        "convention": (
            "Tonnes are t/year of capacity, magnets gross, and oxide gross. Sums are nominal and over all years from "
            "the award; nothing is discounted or inflated. The incentive is that of full output of what is awarded, at "
            "the rate paid; the capital subsidy is on the eligible investment as bid, all of it spent."
        ),
        "units": {
            "tonnes, awarded, assured, left": "t/year", "rate, paid, full_price": f"{currency}/kg",
            "net_worth, investment": money, "lead_share": "1", "outlay": money, "incentive, incentive_most": money,
            "capital": money,
        },
        "shown_in": {"unit": word[0], "of": nine(word[1])},
        "currency": currency,
        "seed": seed if terms.tie == "lot" else None,
        "switches": [_switch(name, scheme, before, (terms.by, support.by)) for name in scheme.chosen],
        "most_awards": terms.most_awards,
        "most_tonnes": nine(terms.most_tonnes),
        "tonnes": nine(found.tonnes),
        "left": nine(found.left),
        "places_left": found.places_left,
        "final": not found.open_bidders,
        "open_bidders": list(found.open_bidders),
        "incentive_years": nine(support.incentive_years),
        "early_years": nine(support.build_years) if support.early_sales else 0.0,
        "above_award": support.above_award,
        "sales_share": nine(support.sales_share),
        "capital_share": nine(support.capital_share),
        "outlay": _outlay(awards, found, terms),
        "awards": awards,
        "bidders": [_bidder(fate, scheme) for fate in found.rows],
        "rules_inferred": _named(scheme, "inferred", rests_on),
        "rules_unknown": _named(scheme, "unknown", rests_on),
        "rules_second_hand": _named(scheme, "second-hand", (*found.uses, *support.uses)),
        "rules_idle": list(found.idle),
    }  # fmt: skip


def rules_document(pack: Pack, names: Sequence[str]) -> dict[str, Any]:
    """Return every rule of schemes of a pack, as a document. Raises ``PackError`` with every fault."""
    told = {}
    for name in names:
        read = read_scheme(pack, name)
        scheme = _made(read)
        told[name] = {
            "title": scheme.title,
            "description": " ".join(read.form.description.split()),
            "shown_in": {"unit": scheme.money[0], "of": nine(scheme.money[1])},
            "currency": scheme.currency,
            "rules": [_rule(rule) for rule in scheme.rules],
        }
    return {"pack": pack.name, "schemes": told}


def _converted(scheme: Scheme, text: str) -> str:
    """Return a switch with a number and a unit as one without, in the unit of its value."""
    name, _, said = (part.strip() for part in text.partition("="))
    parts = MEASURED.fullmatch(said)
    if parts is None:
        return text
    rule_id, _, of = name.rpartition(".")
    wanted = (scheme.rule(rule_id) if rule_id else scheme.holder(of)).units.get(of, "")
    try:
        if wanted and currencies_in(parts[2]) == currencies_in(wanted):
            return f"{name}={float(parts[1]) * factor(parts[2], wanted)!r}"
    except UnitError:
        pass
    mend = f"Give it in '{wanted}', or a unit that converts to it." if wanted else "It has none."
    raise SchemeError(f"'{name}' cannot be in '{parts[2]}'. {mend}")


def _made(read: SchemeFile) -> Scheme:
    return make_scheme(read.name, read.form.title, read.rows, read.currency, read.money)


def _has_awards(scheme: Scheme) -> bool:
    return any(rule.instrument == "award" for rule in scheme.rules)


def _award(fate: Fate, support: SupportTerms) -> dict[str, Any]:
    """Return an award and what it may cost; ``full_price`` is the net price below which the share of sales rules."""
    bid, paid = fate.bid, fate.paid
    assert paid is not None
    assert bid.investment is not None  # who does not say it is not eligible
    asked = fate.awarded * paid * KG * support.incentive_years
    wanted = support.capital_share * bid.investment
    capital = support.most_capital(fate.awarded, bid.investment)
    return {
        "bidder": bid.bidder,
        "place": fate.place,
        "awarded": nine(fate.awarded),
        "rate": nine(bid.rate or 0.0),
        "paid": nine(paid),
        "assured": nine(fate.assured),
        "incentive": nine(asked / MILLION),
        "incentive_most": nine(support.most_incentive(fate.awarded, paid) / MILLION),
        "full_price": nine(paid / support.sales_share) if support.sales_share else None,
        "investment": nine(bid.investment / MILLION),
        "capital": nine(capital / MILLION),
        "capital_capped": capital < wanted * (1 - 1e-12),
    }


def _outlay(awards: Sequence[Mapping[str, Any]], found: Award, terms: AwardTerms) -> dict[str, Any]:
    incentive, capital = terms.outlay_incentive / MILLION, terms.outlay_capital / MILLION
    most = sum(one["incentive_most"] for one in awards)
    subsidy = sum(one["capital"] for one in awards)
    held, paid = min(most, incentive), min(subsidy, capital)
    return {
        "incentive_a_year": nine(found.yearly_incentive / MILLION),
        "incentive": nine(sum(one["incentive"] for one in awards)),
        "incentive_most": nine(most),
        "incentive_outlay": nine(incentive),
        "incentive_held": nine(held),
        "investment": nine(sum(one["investment"] for one in awards)),
        "capital": nine(subsidy),
        "capital_outlay": nine(capital),
        "capital_held": nine(paid),
        "held": nine(held + paid),
    }


def _day_remark(bid: Bid, scheme: Scheme) -> str:
    """Return a remark on a bid received before the scheme, or long after bids were asked for; else nothing."""
    first = min((rule.first for rule in scheme.rules if rule.first), default=None)
    asked = [rule.first for rule in scheme.rules if rule.first and rule.instrument == "selection"]
    if bid.received is None or first is None:
        return ""
    if bid.received < first:
        return f" It is said to be received on {bid.received}, before the scheme began on {first}: check the day."
    last = max(asked, default=first) + dt.timedelta(days=365 * LATE_YEARS)
    if bid.received > last:
        when = f"on {bid.received}, over {LATE_YEARS} years after bids were asked for"
        return f" It is said to be received {when}: check the day."
    return ""


def _bidder(fate: Fate, scheme: Scheme) -> dict[str, Any]:
    bid = fate.bid
    return {
        "bidder": bid.bidder,
        "tonnes": _maybe(bid.tonnes),
        "rate": _maybe(bid.rate),
        "net_worth": _maybe(bid.net_worth, MILLION),
        "investment": _maybe(bid.investment, MILLION),
        "lead_share": _maybe(bid.lead_share),
        "technical": bid.technical,
        "received": bid.received.isoformat() if bid.received else None,
        "outcome": fate.outcome,
        "place": fate.place,
        "awarded": nine(fate.awarded),
        "paid": _maybe(fate.paid),
        "assured": nine(fate.assured),
        "sentence": fate.sentence + _day_remark(bid, scheme),
        "verdicts": [
            {"of": of, "rule": one.rule, "result": one.result, "reason": one.reason}
            for of, one in zip(JUDGED, fate.verdicts, strict=True)
        ],
    }


def _switch(name: str, scheme: Scheme, before: Scheme, read: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """Return what the user set, what the pack says, and whether an award or its cost reads it at all."""
    rule_id, _, of = name.rpartition(".")
    rule = scheme.rule(rule_id)
    return {
        "rule": rule_id,
        "value": of,
        "title": rule.title,
        "unit": rule.units.get(of, ""),
        "set": _plain(rule.values[of]),
        "pack": _plain(before.rule(rule_id).values[of]),
        "read": any(by.get(of) == rule_id for by in read),
    }


def _named(scheme: Scheme, standing: str, among: Iterable[str]) -> list[dict[str, str]]:
    ids = scheme.of_standing(standing, among=among)
    return [{"id": one, "title": scheme.rule(one).title, "note": scheme.rule(one).note} for one in ids]


def _rule(rule: Rule) -> dict[str, Any]:
    kinds = INSTRUMENTS[rule.instrument]
    values = {}
    for name, value in rule.values.items():
        low, high = rule.ranges.get(name, (None, None))
        values[name] = {
            "value": _plain(value), "unit": rule.units.get(name, ""), "by": kinds[name].by, "low": low, "high": high,
            "among": list(rule.among.get(name, kinds[name].words)),
        }  # fmt: skip
    return {
        "id": rule.id, "instrument": rule.instrument, "title": rule.title, "standing": rule.standing,
        "source": rule.source, "note": rule.note, "of": rule.of,
        "first": rule.first.isoformat() if rule.first else None,
        "last": rule.last.isoformat() if rule.last else None, "values": values,
    }  # fmt: skip


def _maybe(number: float | None, of: float = 1.0) -> float | None:
    return None if number is None else nine(number / of)


def _plain(value: Value) -> Any:
    """Return a value of a rule as what JSON holds."""
    if isinstance(value, tuple):
        return [[nine(end), nine(one)] for end, one in value]
    return nine(value) if isinstance(value, float) else value
