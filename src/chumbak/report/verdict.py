"""The verdict: can the country make its own magnets? Three sentences and four numbers for the first screen.

A pack without a chain has no verdict; there need and urban mine are what is said first.
"""

from __future__ import annotations

from typing import Any

import xarray as xr

from chumbak.answer.dependence import dependence_document
from chumbak.answer.overview import Answer
from chumbak.chain.requirements import STOP
from chumbak.report.words import Headline, Totals, need_headlines, need_sentences, percent, portion, rounded

AHEAD = 5  # years from now for which the verdict is given


def sentences(answer: Answer) -> list[str]:
    """Return the answer in three sentences."""
    if "gap" not in answer.findings:
        return need_sentences(answer)
    return [_where_we_stand(answer), _gap(answer), _scarce_and_mine(answer)]


def headlines(answer: Answer) -> list[Headline]:
    """Return the four numbers of the first screen."""
    if "gap" not in answer.findings:
        return need_headlines(answer)
    numbers, year = Totals(answer), verdict_year(answer)
    pack = answer.pack
    last = pack.nouns.ids("stages")[0] if answer.chain is None else _last_rung(answer)
    need, chain = f"need.{last}_t", "self_reliance.announced.chain"
    bought = _bought(answer)
    cards = [
        Headline(
            f"needed by makers at home, {year}", rounded(numbers.at(need, year)), "t of magnets a year",
            _spread(numbers, need, year) + f"Goods sold in {pack.place} will hold "
            f"{rounded(numbers.at('demand.total_t', year))} t.",
        ),
        Headline(
            f"from oxide to magnet, {year}, if every announced plant is built", percent(numbers.at(chain, year)),
            "of that need home-made", _spread(numbers, chain, year, as_share=True)
            + f"With what exists or is being built: {percent(numbers.at('self_reliance.committed.chain', year))}.",
        ),
    ]  # fmt: skip
    if bought:
        cards.append(
            Headline(
                f"from {bought['origin']}, {bought['period']}", percent(bought["share"]), "of magnet imports",
                f"By value: {bought['commodity']}. Tonnes of this line mislead.",
            )
        )  # fmt: skip
    full = "urban_mine.recoverable_full_t"
    cards.append(
        Headline(
            f"won back if all used goods were collected, {year}", rounded(numbers.at(full, year)),
            "t of magnets a year", _spread(numbers, full, year)
            + f"Today’s routes: {rounded(numbers.at('urban_mine.recoverable_today_t', year))} t.",
        )
    )  # fmt: skip
    return cards


def verdict_year(answer: Answer) -> int:
    """Return the year the verdict is for: five years from the pack's base year, or its last."""
    return min(answer.pack.base_year + AHEAD, answer.pack.window.last)


def _last_rung(answer: Answer) -> str:
    return str(answer.findings["gap"].data["stage"].values[-1])


def _spread(numbers: Totals, name: str, year: int, as_share: bool = False) -> str:
    found = numbers.range(name, year)
    if not found:
        return ""
    low, high = (percent(end) if as_share else rounded(end) for end in found)
    return f"90 % of draws: {low} to {high}. "


def _bought(answer: Answer) -> dict[str, Any] | None:
    """Return the first origin of the country's own imports of finished magnets by value, latest whole record."""
    if "dependence" not in answer.findings:
        return None
    items = [
        item
        for item in dependence_document(answer.findings["dependence"]).get(_last_rung(answer), [])
        if item["kind"] == "imports" and item["measure"] == "value" and item["complete"] and item["shares"]
    ]
    if not items:
        return None
    latest = max(items, key=lambda item: item["year"])
    origin, share = max(latest["shares"].items(), key=lambda pair: pair[1])
    name = answer.pack.nouns.cell("origins", origin, "name")
    return {"period": latest["period"], "share": share, "origin": name, "commodity": latest["commodity"]}


def _where_we_stand(answer: Answer) -> str:
    pack, now, numbers = answer.pack, answer.pack.base_year, Totals(answer)
    last = _last_rung(answer)
    home = numbers.at(f"supply.existing.{last}_t", now)
    made = f"{rounded(home)} t" if home >= 0.5 else "none"
    bought = _bought(answer)
    from_whom = (
        f" Of the magnets it bought abroad in {bought['period']}, {percent(bought['share'])} by value came from "
        f"{bought['origin']}."
        if bought
        else ""
    )
    return (
        f"Makers in {pack.place} built {numbers.said('demand.made_at_home_t', now)} of rare-earth magnets into goods "
        f"in {now}; its own plants could make {made} of them.{from_whom}"
    )


def _gap(answer: Answer) -> str:
    """Say what the announced plants come to, which rung holds them back, and what is left without them."""
    data, year, numbers = answer.findings["gap"].data, verdict_year(answer), Totals(answer)
    last = _last_rung(answer)
    need = f"By {year} they will need {numbers.said(f'need.{last}_t', year)}"
    one = data.sel(status="announced", year=year)
    if bool(one.chain_ndpr.isnull()):
        return f"{need}."
    rungs = one.reliance_ndpr.sel(stage=[stage for stage in data["stage"].values if stage in _from_oxide(answer)])
    first = str(rungs.idxmin("stage").values)
    name = answer.pack.nouns.cell("stages", first, "name").lower()
    chain, finished = float(one.chain_ndpr), float(rungs.sel(stage=last))
    surer = float(data.chain_ndpr.sel(status="committed", year=year))
    if chain >= 1:
        return f"{need}: if every announced plant is built, all of it can be made from oxide to magnet at home."
    finish = f"if every announced plant is built, plants at home can finish {percent(finished)} of it"
    if first != last and finished > chain:
        finish += f", but {name} breaks first and feeds {percent(chain)}: that much would be home-made from oxide on"
    return f"{need}; {finish}; with only what exists or is being built, {percent(surer)}."


def _from_oxide(answer: Answer) -> list[str]:
    stages = answer.pack.nouns.ids("stages")
    return stages[stages.index(STOP) :]


def _scarce_and_mine(answer: Answer) -> str:
    data, year, numbers = answer.findings["gap"].data.sel(status="announced"), verdict_year(answer), Totals(answer)
    scarce = _scarcest(answer, data.sel(year=year, stage=STOP))
    need, full = f"need.{_last_rung(answer)}_t", "urban_mine.recoverable_full_t"
    share = portion(numbers.at(full, year), numbers.at(need, year))
    today = numbers.at("urban_mine.recoverable_today_t", year)
    mine = (
        f"used goods of {year} could give back {numbers.said(full, year)} of magnets if all were collected, as much as "
        f"{percent(share)} of that need; today’s routes would win {rounded(today)} t"
    )
    return f"{scarce}{mine}." if scarce else f"{mine[0].upper()}{mine[1:]}."


def _scarcest(answer: Answer, one: xr.Dataset) -> str:
    element = str(one.weakest.values)
    if not element:
        return ""
    name = answer.pack.nouns.cell("elements", element, "name").lower()
    return f"Scarcest is {name}, of which home oxide meets {percent(float(one.reliance_weakest))}; "
