"""Many futures in words and tables: how many, what was drawn, bands, and what is built in nearly all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chumbak.pack import Pack
from chumbak.report.plan_words import place_word, plant_name, region_names
from chumbak.report.words import ENOUGH_DRAWS, Headline, in_a_row, mid_sentence, money, percent, rounded

Told = Mapping[str, Any]
AHEAD = (5, 10)  # years from the base year that are told, beside the last decision
SERIES = {
    "need": "magnets needed, t", "unmet": "magnets lacking, t", "substitute": "designed away, t",
    "chain": "made at home from oxide on", "import_bill": "import bill",
}  # fmt: skip


def what_is_drawn(told: Told) -> str:
    """Say how many futures there are, which figures differ among them, and which do not."""
    drawn = told["drawn"]
    groups = [f"{one['group']} ({one['figures']:,})" for one in drawn["groups"]]
    held = f" Held at their central values: {in_a_row(drawn['held'])}." if drawn["held"] else ""
    recipes = (
        ""
        if drawn["recipes"] == "drawn"
        else " Recipes are those of the central case: what goods give back moves in tonnes, not in what it is made of."
    )
    return (
        f"{told['draws']:,} futures (seed {told['seed']}), each with its own value of {drawn['figures']:,} figures "
        f"that have a range: {in_a_row(groups)}.{held}{recipes}"
    )


def few(told: Told) -> str:
    """Say that bands mean little where there are few futures; nothing else."""
    if told["draws"] >= ENOUGH_DRAWS:
        return ""
    return f"With fewer than {ENOUGH_DRAWS} futures the ends of a band, and shares of futures, say little."


def without_plan(told: Told) -> str:
    """Say in how many futures nothing holds what is required; nothing where there is none such."""
    count = told["without_plan"]
    if not count:
        return ""
    return (
        f"In {count:,} of them ({percent(count / told['draws'])}) no plan holds what is required: bands and shares are "
        "over the others."
    )


def unfit(told: Told) -> str:
    """Say how many futures could not be worked out, and why the first; nothing where there is none such."""
    count = told["unfit"]["count"]
    if not count:
        return ""
    are = "is" if count == 1 else "are"
    return (
        f"{count:,} of them {are} left out of every band, as the figures so drawn make no case; the first: "
        f"{told['unfit']['first']}"
    )


def costs(told: Told, pack: Pack) -> str:
    """Say what plans cost over the futures."""
    one = told["cost_npv"]
    if one["p50"] is None:
        return "No future has a plan."
    low, mid, high = (money(one[side], pack.currency) for side in ("p05", "p50", "p95"))
    return (
        f"It costs {mid} over all years in the median, {low} to {high} in nine futures of ten, and "
        f"{money(one['central'], pack.currency)} in the central one (prices of {pack.price_year}, discounted)."
    )


def kept(told: Told) -> str:
    """Say of builds that are kept in which share of futures they hold what was required of the plan."""
    if not told["requirements"]:
        return "Nothing was required of how the plants are run."
    share = told["kept"]["share"]
    if share is None:
        return ""
    asked = "; ".join(told["requirements"])
    rest = " In the others they are run without it, and count so in every band." if share < 1 else ""
    return f"What was required of the plan ({asked}) holds with these builds in {percent(share)} of the futures.{rest}"


def lost(told: Told) -> str:
    """Say how much of builds comes too late in some futures; nothing where none does."""
    if not told["lost"]["p95"]:
        return ""
    return (
        f"Up to {rounded(told['lost']['p95'])} t/year of the builds give nothing in some futures (95th percentile): "
        "there they take longer than the years that are left. They are then left out, and nothing is charged for them."
    )


def no_regret(told: Told, pack: Pack) -> str:
    """Say what is built in more than nine futures of ten."""
    found = told["no_regret"]
    sure = [one for one in found["builds"] if one["no_regret_from"] is not None]
    share = percent(found["above"])
    if not sure:
        none = f"No plant is built in more than {share} of the futures: each is left out, or too small, in some."
        return f"{none} {_surest(told, pack)}".strip()
    sure.sort(key=lambda one: (one["no_regret_from"], one["plant"], one["region"]))
    named = dict(zip(told["regions"], region_names(pack, told["regions"]), strict=True))
    parts = []
    for one in sure:
        last = list(one["by"])[-1]
        where = f" in {named[one['region']]}" if len(told["regions"]) > 1 else ""
        parts.append(
            f"{mid_sentence(plant_name(pack, one['plant']))}{where} (by {one['no_regret_from']}; at least "
            f"{rounded(one['by'][last]['in_nine_of_ten'])} t/year by {last} in nine of ten)"
        )
    return (
        f"Built without regret, that is at least the smallest plant that makes sense, decided in more than {share} of "
        f"the futures: {in_a_row(parts)}."
    )


def _surest(told: Told, pack: Pack) -> str:
    """Say which plant is built in most futures; nothing where none is built."""
    builds = told["no_regret"]["builds"]
    if not builds:
        return ""
    last = list(builds[0]["by"])[-1]
    one = max(builds, key=lambda one: float(one["by"][last]["share"]))
    return (
        f"The surest is {mid_sentence(plant_name(pack, one['plant']))}: {percent(one['by'][last]['share'])} by {last}."
    )


def told_years(told: Told, pack: Pack) -> list[str]:
    """Return the years of a band that are told: some ahead, and the last."""
    known = list(told["by_year"]["need"]["central"])
    wanted = [str(pack.base_year + ahead) for ahead in AHEAD]
    return list(dict.fromkeys([*(year for year in wanted if year in known), known[-1]]))


def build_table(told: Told, pack: Pack) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return headings and rows of what is decided, a row for each plant and region, the surest first.

    Of one region there is no column of regions.
    """
    builds = told["no_regret"]["builds"]
    if not builds:
        return [], []
    known = list(builds[0]["by"])
    years = list(dict.fromkeys([*(year for year in told_years(told, pack) if year in known), known[-1]]))
    last, several = years[-1], len(told["regions"]) > 1
    named = dict(zip(told["regions"], region_names(pack, told["regions"]), strict=True))
    headings = [
        "plant", *([place_word(pack, told["regions"])] if several else []),
        *(f"futures that have one by {year}" for year in years),
        f"in nine of ten by {last}, t/year", "median, t/year", "5 % to 95 %, t/year", "smallest plant, t/year",
    ]  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for one in sorted(builds, key=lambda one: (-one["by"][last]["share"], one["plant"], one["region"])):
        row = one["by"][last]
        place = [named[one["region"]]] if several else []
        rows.append(
            (
                plant_name(pack, one["plant"]), *place, *(percent(one["by"][year]["share"]) for year in years),
                rounded(row["in_nine_of_ten"]), rounded(row["p50"]), f"{rounded(row['p05'])} to {rounded(row['p95'])}",
                rounded(one["least"]),
            )
        )  # fmt: skip
    return headings, rows


def year_rows(told: Told, pack: Pack) -> list[tuple[str, ...]]:
    """Return (what and year, central, median, band) of the series told."""
    rows: list[tuple[str, ...]] = []
    for name, label in SERIES.items():
        one = told["by_year"][name]
        for year in told_years(told, pack):
            sides = [_said(name, one[side][year], pack) for side in ("central", "p50", "p05", "p95")]
            rows.append((f"{label}, {year}", sides[0], sides[1], f"{sides[2]} to {sides[3]}"))
    return rows


def headlines(told: Told, pack: Pack) -> list[Headline]:
    """Return the four numbers of an ensemble: cost, made at home, lacking, plants built without regret."""
    cost, year = told["cost_npv"], told_years(told, pack)[-1]
    large = abs(cost["p50"]) >= 1000
    size, unit = (1000.0, "billion") if large else (1.0, "million")
    low, high = (rounded(cost[side] / size) for side in ("p05", "p95"))
    chain, unmet = (told["by_year"][name] for name in ("chain", "unmet"))
    sure = [one for one in told["no_regret"]["builds"] if one["no_regret_from"] is not None]
    home = Headline("made at home from oxide to magnet", "-", f"in {year}", "nothing is needed then")
    if chain["p50"][year] is not None:
        span = " to ".join(percent(chain[side][year]) for side in ("p05", "p95"))
        home = Headline(
            "made at home from oxide to magnet", percent(chain["p50"][year]), f"of the need in {year}", span
        )
    short = " to ".join(rounded(unmet[side][year]) for side in ("p05", "p95"))
    return [
        Headline(
            "cost over all years, median", rounded(cost["p50"] / size), f"{unit} {pack.currency}",
            f"{low} to {high} in nine futures of ten",
        ),
        home,
        Headline("lacking, median", rounded(unmet["p50"][year]), f"t of magnets in {year}", f"{short} t"),
        Headline(
            f"decided in more than {percent(told['no_regret']['above'])} of the futures", str(len(sure)),
            f"kind{'' if len(sure) == 1 else 's'} of plant", "by place, at least the smallest that makes sense",
        ),
    ]  # fmt: skip


def _said(name: str, value: float | None, pack: Pack) -> str:
    if value is None:
        return "-"
    if name == "chain":
        return percent(value)
    return money(value, pack.currency) if name == "import_bill" else rounded(value)


def sentences(told: Told, pack: Pack) -> Sequence[str]:
    """Return an ensemble, or the replays of a plan, in sentences."""
    found = [what_is_drawn(told), few(told), without_plan(told), unfit(told), costs(told, pack)]
    if "no_regret" in told:
        return [*filter(None, found), *([no_regret(told, pack)] if told["cost_npv"]["p50"] is not None else [])]
    return [one for one in (*found, kept(told), lost(told)) if one]
