"""Who pays: what a scheme costs the state by year and by other means, what a plant gets, which rules that rests on.

Who bids is data of the pack (``auctions/``), and invented. Nothing here depends on demand: every scenario has the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chumbak.answer.auction_document import SCHEME, SHORT, Case, auction_case, auction_of, told_apart
from chumbak.answer.plan_document import plain
from chumbak.answer.plant_money import plant_money_document
from chumbak.answer.plant_support import NONE, plant_case
from chumbak.answer.scheme_document import set_by_user
from chumbak.pack import Fault, Pack, PackError
from chumbak.pack.auctions import FOLDER, list_auctions, read_auction
from chumbak.pack.plant_projects import FOLDER as PROJECTS
from chumbak.pack.plant_projects import PlantProjectFile
from chumbak.pack.schemes import FOLDER as SCHEMES
from chumbak.scheme.auction import summary
from chumbak.scheme.instruments import INSTRUMENTS
from chumbak.scheme.project import ProjectError
from chumbak.scheme.rules import UNSURE, Rule, SchemeError

DRAWS, SWITCH_DRAWS = 400, 100  # of the auction, and of each unsure rule set otherwise; `scheme simulate` makes more
MILLION = 1e6
KEPT = (
    "title", "invented", "scheme", "project", "currency", "price_year", "award_year", "support_ends", "shown_in",
    "draws", "seed", "bidders", "ceiling", "most_awards", "most_tonnes", "outlay", "spend_by_year", "awards", "bids",
    "rules_inferred", "rules_unknown",
)  # fmt: skip
OF_INSTRUMENT = (
    "what", "spend", "spend_band", "most_spend", "awarded_t", "built_t", "alive_t", "alive_band", "no_plant_alive",
    "failed", "cost_of_alive", "cost_of_alive_real",
)  # fmt: skip
ERRORS = "Standard errors"  # how the part of ``convention`` begins that says how sure the order of instruments is
METHOD = (
    "Bidders are invented, and nothing here is a forecast: they show what the rules do",
    "sums are nominal, not discounted, and over all years of the scheme",
    "a band holds nine draws in ten",
    "tonnes are t/year of capacity, gross; alive is what runs in the year after support has ended",
    "who does not build forfeits its performance guarantee, which no bid takes into account; no rule on it was found, "
    "and by default there is none",
    "calendar years are counted from that of the award, the first of the years to build; the rest of the answer takes "
    "nominal ceilings as money of the price year, so that it pays more or less of them than is told here",
    "a switch is one unsure rule set otherwise, with the same bidders in fewer draws; the change is of the mean spent",
    "prices of a kg are net of goods and services tax, in money of the price year, over the life of the plant, which "
    "bids the ceiling; what it has to fetch is what leaves it worth nothing after tax, at its discount rate",
)  # fmt: skip


def has_payers(pack: Pack) -> bool:
    """Say whether a pack says who bids under a scheme."""
    return bool(list_auctions(pack))


def documents_behind(pack: Pack) -> list[str]:
    """Return the paths, within the pack, of the auction and of the project and the scheme that it names."""
    if not has_payers(pack):
        return []
    name = list_auctions(pack)[0]
    form = read_auction(pack, name).form
    return [f"{FOLDER}/{name}.yaml", f"{PROJECTS}/{form.project}.yaml", f"{SCHEMES}/{form.scheme}.yaml"]


def who_pays(pack: Pack, seed: int) -> dict[str, Any] | None:
    """Return what the pack's auction (the first by name) says of who pays, as a document; None without an auction.

    Sums are millions of the currency, nominal. Raises ``PackError`` with every fault of the documents behind it.
    """
    if not has_payers(pack):
        return None
    name = list_auctions(pack)[0]
    try:
        case = auction_case(pack, name)
        found = auction_of(pack, name, bidders=None, draws=DRAWS, seed=seed, instruments=INSTRUMENTS, with_curse=False)
        magnet = _magnet(case.file.project, pack, case.scheme.name)
        usual, _ = _spend(case, seed)
        switches = [_switched(case, one, seed, usual) for one in _alternatives(case)]
    except (SchemeError, ProjectError) as error:
        mend = f"Mend it, or take {FOLDER}/{name}.yaml out of the pack."
        fault = Fault(f"{FOLDER}/{name}.yaml", 0, "", "cannot-be-played", str(error).rstrip("."), mend)
        raise PackError([fault]) from None
    named = {one["rule"] for one in switches}
    told: dict[str, Any] = plain({
        "name": name,
        **{key: found[key] for key in KEPT},
        "outlay": {**found["outlay"], "stated": _stated(case), "by_year": _outlay_by_year(case)},
        "awards": {**found["awards"], "expected": _expected(pack, case.scheme.name)},
        "counted_t": _counted(pack, case.scheme.name),
        "units": _units(found["currency"], found["price_year"]),
        "convention": [_errors(found), *METHOD],
        "by_instrument": {
            one: {key: row[key] for key in OF_INSTRUMENT} for one, row in found["by_instrument"].items()
        },
        "magnet": magnet,
        "switch_draws": SWITCH_DRAWS,
        "switches": sorted(switches, key=lambda one: -abs(one["change"])),
        "one_way": [one["id"] for one in (*found["rules_inferred"], *found["rules_unknown"]) if one["id"] not in named],
        "evidence": _confidences(found["assumptions"]),
    })  # fmt: skip
    return told


def _errors(found: Mapping[str, Any]) -> str:
    """Return what the draws tell of the instruments: standard errors, and which is cheapest and dearest."""
    ways = found["by_instrument"]
    costs = ", ".join(
        f"{SHORT[one]} {row['cost_of_alive_real'] / MILLION:.2f} +- {row['cost_error'] / MILLION:.2f}"
        for one, row in ways.items()
        if row["cost_of_alive_real"] is not None and row["cost_error"] is not None
    )
    if not costs:
        return f"{ERRORS} of what instruments cost are not known: too few draws leave a plant"
    same = found["always_a_buyer"]
    told = told_apart(ways, "cost_of_alive_real", "cost_error", same, ("cheapest", "dearest"))
    alive = told_apart(ways, "alive_t", "alive_error", same, ("one that leaves least", "one that leaves most"))
    unit = f"million {found['currency']} ({found['price_year']})"
    return (
        f"{ERRORS} of the cost of a t/year alive, {unit}: {costs}. By more "
        f"than two standard errors of a difference, {told}; of capacity alive, {alive}"
    )


def _units(currency: str, price_year: int) -> dict[str, str]:
    return {
        "outlay, spend_by_year, spend, spend_band, most_spend, change": f"million {currency}, nominal",
        "cost_of_alive": f"{currency} for a t/year alive, nominal",
        "cost_of_alive_real": f"{currency} ({price_year}) for a t/year alive",
        "magnet": f"{currency} ({price_year})/kg, of magnet, net of goods and services tax",
        "awarded_t, built_t, alive_t, alive_band, tonnes, counted_t": "t/year",
        "ceiling, bids": f"{currency}/kg, nominal",
        "failed, no_plant_alive, chances": "1",
    }  # fmt: skip


def _alternatives(case: Case) -> Iterator[tuple[Rule, str, str]]:
    """Yield (rule, value, text) of every way to set an unsure rule otherwise that the auction reads."""
    terms, support = case.terms, case.support
    unsure, read = {*terms.rests_on, *support.rests_on, *case.penalty.rests_on}, case.read
    for rule in case.scheme.rules:
        for value, now in rule.values.items():
            if rule.id not in unsure or rule.standing not in UNSURE or (rule.id, value) not in read:
                continue
            if isinstance(now, bool):
                yield rule, value, str(not now).lower()
            elif isinstance(now, str):
                yield from ((rule, value, other) for other in rule.among.get(value, ()) if other != now)
            elif isinstance(now, float):
                yield from ((rule, value, repr(end)) for end in rule.ranges.get(value, ()) if end != now)


def _spend(case: Case, seed: int) -> tuple[float, float]:
    """Return the mean spent, millions, and the mean t/year alive, of the draws that switches are compared by."""
    found = summary(case.play(SWITCH_DRAWS, seed, SCHEME))
    return float(found["spend"]) / MILLION, float(found["alive_t"])


def _switched(case: Case, other: tuple[Rule, str, str], seed: int, usual: float) -> dict[str, Any]:
    """Return what the same bidders come to with a rule set otherwise, and the change of what is ``usual``, millions."""
    rule, value, text = other
    scheme = set_by_user(case.scheme, (f"{rule.id}.{value}={text}",))
    spend, alive = _spend(case.under(scheme), seed)
    return {
        "rule": rule.id, "title": rule.title, "standing": rule.standing, "value": value,
        "pack": rule.values[value], "set": scheme.rule(rule.id).values[value], "spend": spend, "alive_t": alive,
        "change": spend - usual, "change_share": (spend - usual) / usual if usual else None,
    }  # fmt: skip


def _magnet(file: PlantProjectFile, pack: Pack, scheme: str) -> dict[str, Any]:
    """Return what a kg of the plant's product costs and brings, real money/kg, with and without support."""
    told = plant_money_document(plant_case(file, pack, scheme, None, ()))
    sells, death = told["project"]["price_real"]["mean"], told["dies_at"]
    by_case = {one["name"]: one for one in told["cases"]}
    return {
        "plant": told["project"]["title"],
        "capacity": told["project"]["capacity"],
        "bid": told["project"]["bid"],
        "discount": told["project"]["discount"],
        "levelised": by_case[NONE]["levelised"],
        "sells_at": sells,
        "border": sells / (1 + death["duty"]) - death["landing"],
        "duty": death["duty"],
        "has_to_fetch": {name: one["break_even_price"] for name, one in by_case.items()},
        "told": told["told"],
        "none": NONE,
    }


def _stated(case: Case) -> float | None:
    """Return the whole outlay that the scheme states, millions; None where it states none."""
    found = [rule.values["outlay_total"] for rule in case.scheme.rules if "outlay_total" in rule.values]
    return float(found[0]) / MILLION if found and isinstance(found[0], float) else None


def _outlay_by_year(case: Case) -> dict[str, float]:
    """Return the outlay by year if all were spent, millions: subsidy when plants begin to run, incentive evenly."""
    terms, support = case.terms, case.support
    begins, years = case.project.award_year + round(support.build_years), round(support.incentive_years)
    found = {str(begins + at): terms.outlay_incentive / years / MILLION for at in range(years)}
    return {year: each + (terms.outlay_capital / MILLION if year == str(begins) else 0) for year, each in found.items()}


def _blocks(pack: Pack, scheme: str) -> list[str]:
    return [name for name, cells in pack.nouns.tables["blocks"].items() if cells["scheme"] == scheme]


def _expected(pack: Pack, scheme: str) -> str:
    """Return what the pack notes of the year of the award; empty where it says nothing."""
    entries = [pack.entries.get(f"block.{name}.award_year") for name in _blocks(pack, scheme)]
    return next((entry.figures[-1].note for entry in entries if entry is not None), "")


def _counted(pack: Pack, scheme: str) -> float | None:
    """Return what the rest of an answer counts of the scheme as built, t/year; None without a block of it."""
    blocks, found = _blocks(pack, scheme), None
    for name, cells in pack.nouns.tables["projects"].items():
        capacity, share = (
            pack.entries.get(key) for key in (f"project.{name}.capacity", f"block.{cells['block']}.share")
        )  # fmt: skip
        if cells["block"] in blocks and capacity is not None and share is not None:
            found = (found or 0.0) + float(capacity.value) * float(share.value)
    return found


def _confidences(assumptions: list[Mapping[str, Any]]) -> dict[str, int]:
    """Count the numbers of the auction's file by confidence."""
    names = [str(one["confidence"]) for one in assumptions]
    return {name: names.count(name) for name in dict.fromkeys(names)}
