"""What is said of a plant in words: sentences, and tables of text for terminal and page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chumbak.report.pictures.flowsheet import flow
from chumbak.report.words import in_a_row, rounded

if TYPE_CHECKING:
    from chumbak.pack.tables import Nouns

Rows = list[tuple[str, ...]]
PLENTY = ("air", "water")  # are not told first of what a plant takes
FAR_OFF = "how far the line holds is not known"  # how such a warning of the costs ends


def sentences(document: Mapping[str, Any]) -> list[str]:
    """Return what a solved flowsheet says first."""
    said = []
    for name, one in document["products"].items():
        small = one["t_per_year"] < 1
        tonnes = f"{rounded(1000 * one['t_per_year'])} kg a year" if small else f"{rounded(one['t_per_year'])} t a year"
        said.append(f"It makes {tonnes} of {one['what']} ('{name}'), {flow(one['kg_per_h'])} while it runs.")
    won = {
        element: sum(one["share_of_what_comes_in"].get(element, 0.0) for one in document["products"].values())
        for element in ("Nd", "Pr", "Dy", "Tb", "Sm")
    }
    shares = [f"{100 * share:.1f} % of the {element}" for element, share in won.items() if share > 0]
    if shares:
        said.append(f"Of what comes in, its products hold {in_a_row(shares)}.")
    every = sorted(document["drawn"].items(), key=lambda item: -item[1]["kg_per_h"])
    drawn = [item for item in every if item[0] not in PLENTY][:6] or every[:6]
    if drawn:
        bought = in_a_row([f"{flow(one['kg_per_h'])} of {name}" for name, one in drawn if one["kg_per_h"] > 0])
        said.append(f"Beside its feeds it takes {bought}; it puts in {rounded(document['power_kW'])} kW of power and "
                    f"{rounded(document['heat_kW'])} kW of heat, where those are known.")  # fmt: skip
    solve = document["solve"]
    settled = f"the recycles settled to {max(solve['residual'], 1e-16):.0e} in {solve['passes']} passes"
    said.append(
        f"Every unit and element balances: at worst {max(solve['worst_imbalance'], 1e-16):.0e} of what comes in of it "
        f"is off; {settled if solve['passes'] else 'nothing goes round'}."
    )
    rests = document["rests_on"]
    said.append(
        f"It rests on {rests['figures']} figures; {rests['unsure']} of them are recalled or judged, not read in a "
        "source."
    )
    return said


def ranges_sentence(document: Mapping[str, Any]) -> str:
    """Return what the ranges of a solved flowsheet are of."""
    ranges = document["ranges"]
    failed = ranges["draws_that_cannot_be"]
    said = f"Ranges hold 90 % of {ranges['draws']} draws over those of its figures (seed {ranges['seed']})"
    return said if not failed else f"{said}; {len(failed)} of them cannot be: {failed[0]}"


def range_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return what a plant is judged by, with its ranges."""
    rows: Rows = [
        (one["what"], one["of"], f"{one['value']:,.4g}", one["unit"], f"{one['low']:,.4g} to {one['high']:,.4g}")
        for one in document["ranges"]["rows"]
    ]
    return ("what", "of", "value", "unit", "range (90 % of draws)"), rows


def stream_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return the streams: from where, to where, how much, of what."""
    rows: Rows = []
    for name, one in document["streams"].items():
        total = one["kg_per_h"]
        parts = sorted(one["components_kg_per_h"].items(), key=lambda item: -sum(item[1].values()))
        made = ", ".join(f"{part.replace('_', ' ')} {flow(sum(row.values()))}" for part, row in parts)
        goes = one["to"] or {"product": "sold", "waste": "got rid of"}.get(one["role"], "leaves")
        rows.append((name, one["from"], goes, flow(total), f"{one['temperature_C']:.0f}", made))
    return ("stream", "from", "to", "flow", "°C", "what it holds"), rows


def step_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return the steps: what each draws, its duties, its figures, its sizes."""
    rows: Rows = []
    for name, one in document["steps"].items():
        drawn = ", ".join(f"{what} {flow(amount)}" for what, amount in one["drawn_kg_per_h"].items() if amount > 0)
        figures = "; ".join(f"{what}: {it['value']:.4g} {it['unit']}".strip() for what, it in one["figures"].items())
        sizes = "; ".join(
            f"{it['count']} x {it['equipment'].replace('_', ' ')} {it['size']:.3g} {it['unit']}" for it in one["sizes"]
        )
        duty = f"{rounded(one['power_kW'])} / {rounded(one['heat_kW'])}"
        rows.append((name, f"{one['what']}: {one['physics']}", drawn, duty, figures, sizes))
    return ("step", "what it is", "draws", "power / heat, kW", "what to know of it", "sizes"), rows


def balance_rows(document: Mapping[str, Any], every: bool = True) -> tuple[tuple[str, ...], Rows]:
    """Return the balance by element, kg/h; with ``every`` also each stream, else only the sums."""
    held = document["balance"]
    columns: list[tuple[str, Sequence[float]]] = []
    for side in ("in", "out"):
        if every:
            columns += [(f"{side}: {name}", row) for name, row in held[side].items() if any(row)]
        columns.append((f"all {side}", [sum(part) for part in zip(*held[side].values(), strict=True)]))
    columns.append(("difference", held["difference"]))
    rows = [
        (element, *(f"{row[at]:.1e}" if title == "difference" else f"{row[at]:,.4g}" for title, row in columns))
        for at, element in enumerate(held["elements"])
    ]
    return ("element", *(title for title, _ in columns)), rows


def figure_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return the figures that it rests on, with their sources."""
    rows: Rows = [
        (
            one["step"], " ".join(part for part in (one["parameter"].replace("_", " "), one["of"]) if part),
            f"{one['value']:g} {one['unit']}".strip(),
            "" if one["low"] is None and one["high"] is None else f"{_or(one['low'])} to {_or(one['high'])}",
            one["verification"], one["source"],
        )
        for one in document["figures"]
    ]  # fmt: skip
    return ("step", "figure", "value", "range", "how sure", "source"), rows


def parameter_rows(document: Mapping[str, Any]) -> Rows:
    """Return the parameters of a unit, one row for each value with its source; rare earths alike count once."""
    rows: Rows = []
    for name, one in document["parameters"].items():
        unit = one["unit"] if one["unit"] not in ("", "1") else ""
        what = f"{one['what']}: {', '.join(one['choices'])}" if one["choices"] else one["what"]
        told: dict[tuple[str, str, str], list[str]] = {}
        for row in one["usual"]:
            told.setdefault((row["value"], row["verification"], row["source"]), []).append(row["of"])
        if not told:
            rows.append((name, what, "", "you say" if one["needed"] else "none", "", ""))
        for (value, sure, source), of in told.items():
            rows.append((name, what, " ".join(of), f"{value} {unit}".strip(), sure, source))
            name, what = "", ""
    return rows


def cost_sentences(document: Mapping[str, Any]) -> list[str]:
    """Return what is said first of the costs of a plant."""
    money = document["money"].partition(" of ")[0]
    said = [
        f"It asks for {_millions(document['capital']['value'], money)} of capital and "
        f"{_millions(document['operating_cost_per_year']['value'], money)} a year to run, and sells for "
        f"{_millions(document['revenue_per_year']['value'], money)} a year at the prices given.",
        f"Net present value: {_millions(document['npv']['value'], money)}.",
    ]
    lowest = document["lowest_price"]
    prices = in_a_row([f"{one['value']:,.2f} {one['unit']} for '{name}'" for name, one in lowest["products"].items()])
    said.append(f"The lowest price that pays is {prices}: {lowest['words']}.")
    if "by_element" in document:
        by = document["by_element"]
        costs = in_a_row([f"{element} {one['value']:,.1f}" for element, one in by["per_kg"].items()])
        said.append(f"By kg of each element, {money}: {costs} ({by['words']}).")
    if "carbon" in document:
        carbon = document["carbon"]
        said.append(f"It lets out {carbon['per_kg']['value']:.2f} kg CO2e for each kg made: {carbon['words']}.")
    said += [f"Not in it: {one}." for one in document["left_out"]]
    said += [f"Mind: {one}." for one in _gathered(document["warnings"])]
    if document.get("draws_that_cannot_be"):
        failed = document["draws_that_cannot_be"]
        said.append(f"{len(failed)} of {document['draws']} draws cannot be: {failed[0]}.")
    return said


def _gathered(warnings: Sequence[str]) -> list[str]:
    """Return warnings with those of one kind told together: sizes far from those that cost lines were read at."""
    far = [one for one in warnings if one.endswith(FAR_OFF)]
    if len(far) < 3:
        return list(warnings)
    others = [one for one in warnings if one not in far]
    names = in_a_row([one.split("'")[1] for one in far])
    told = f"{len(far)} pieces are of sizes far from those that their cost lines were read at, so their costs are rough"
    return [*others, f"{told}: {names}"]


def _millions(amount: float, currency: str) -> str:
    return f"{rounded(amount / 1e6)} million {currency}"


def headline_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return capital, yearly costs, value and lowest prices, with their range where they were drawn."""
    told = {
        "total capital": document["capital"],
        "fixed capital": document["fixed_capital"],
        "operating cost a year": document["operating_cost_per_year"],
        "revenue a year": document["revenue_per_year"],
        "net present value": document["npv"],
        **{f"lowest price of '{name}'": one for name, one in document["lowest_price"]["products"].items()},
    }
    if "by_element" in document:
        told |= {f"cost of {element}": one for element, one in document["by_element"]["per_kg"].items()}
    if "carbon" in document:
        told["greenhouse gas"] = document["carbon"]["per_kg"]
    drawn = "draws" in document
    rows: Rows = [
        (name, f"{one['value']:,.4g}" if abs(one["value"]) < 1e4 else f"{one['value']:,.0f}", one["unit"])
        + ((f"{one['low']:,.4g} to {one['high']:,.4g}",) if drawn else ())
        for name, one in told.items()
    ]
    heads = ("", "value", "unit", "range (90 % of draws)") if drawn else ("", "value", "unit")
    return heads, rows


def line_rows(document: Mapping[str, Any], every: bool = False) -> tuple[tuple[str, ...], Rows]:
    """Return the lines of an estimate; with ``every`` also how each was reckoned and its source."""
    rows: Rows = [
        (one["group"], one["name"], f"{one['amount']:,.0f}", one["unit"])
        + ((one["how"], one["source"]) if every else ())
        for one in document["lines"]
    ]
    heads = ("group", "line", "amount", "unit")
    return (*heads, "how", "source") if every else heads, rows


def beside_sentences(rows: Sequence[Mapping[str, Any]], nouns: Nouns) -> list[str]:
    """Return what solved plants say of the recoveries of a pack."""
    said = []
    for one in rows:
        low, high = 100 * one["lowest"], 100 * one["highest"]
        ours = f"{high:.1f} %" if high - low < 0.05 else f"{low:.1f} to {high:.1f} %"
        pack = one["in_pack"]
        between = "" if pack["low"] is None else f" ({100 * pack['low']:.3g} to {100 * pack['high']:.3g} %)"
        others = f", not of {in_a_row(one['others'])}" if one["others"] else ""
        verdict = one["verdict"] if one["verdict"].startswith("agrees") else f"lies {one['verdict']}"
        said.append(
            f"{nouns.cell('processes', one['process'], 'name')}: the flowsheet '{one['flowsheet']}' recovers {ours} of "
            f"the rare earths that go in; the pack has {100 * pack['recovery']:.3g} %{between} of the {one['of']}: the "
            f"plant {verdict}{others}."
        )
    return said


def _or(number: float | None) -> str:
    return "?" if number is None else f"{number:g}"


def design_sentences(document: Mapping[str, Any]) -> list[str]:
    """Return what is said first of a design of solvent extraction."""
    said = []
    for one in document["cascades"]:
        checks, held = one["checks"], sum(one["locked_up_kg"].values())
        stages = f"{one['stages_of_extraction']} stages of extraction and {one['stages_of_scrubbing']} of scrubbing"
        said.append(
            f"{one['cut']}, of {one['of']}: {stages} at {one['organic_over_least']:.2f} times the least organic bring "
            f"{100 * one['purity']:.4g} % purity and {100 * one['recovery']:.4g} % recovery; the fewest stages at any "
            f"flow would be {checks['fewest_stages_fenske']:.1f} (Fenske). It locks up {rounded(held)} kg of rare "
            f"earths and takes {one['base_mol_per_kg']:.0f} mol of base and {one['acid_mol_per_kg']:.0f} of acid a kg."
        )
    unsure = [one["figure"] for one in document["figures"] if one["verification"] in ("recalled", "judgement")]
    if unsure:
        said.append(f"Recalled or judged, not read in a source: {in_a_row(unsure)}.")
    if document.get("draws"):
        failed = document["draws_that_cannot_be"]
        said.append(f"Ranges are of {document['draws']} draws over the factors' own; {len(failed)} of them cannot be.")
    return said


def design_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Rows]:
    """Return the cascades of a design, a column each."""
    named = (
        ("separation factor at the cut", "key_factor"), ("stages of extraction", "stages_of_extraction"),
        ("stages of scrubbing", "stages_of_scrubbing"), ("organic, mol/h", "organic_mol_per_h"),
        ("organic over the least", "organic_over_least"), ("purity", "purity"), ("recovery", "recovery"),
        ("purity of the light side", "purity_of_the_light"), ("base, mol/kg", "base_mol_per_kg"),
        ("acid, mol/kg", "acid_mol_per_kg"),
    )  # fmt: skip
    rows: Rows = [
        (words, *(f"{one[key]:,.6g}" + _range(one, key) for one in document["cascades"])) for words, key in named
    ]
    rows.append(("locked up, kg", *(rounded(sum(one["locked_up_kg"].values())) for one in document["cascades"])))
    for words, key in (
        ("least organic, mol/h", "least_organic_mol_per_h"),
        ("that of a pair, mol/h", "least_organic_of_a_pair_mol_per_h"),
        ("fewest stages (Fenske)", "fewest_stages_fenske"),
    ):  # fmt: skip
        rows.append((words, *(f"{one['checks'][key]:,.5g}" for one in document["cascades"])))
    rows.append(
        ("purity for 1 % of the factor", *(
            f"{one['sensitivity']['d_purity_for_1_percent_of_the_key_factor']:+.1e}" for one in document["cascades"]
        ))
    )  # fmt: skip
    return ("", *(one["cut"] for one in document["cascades"])), rows


def _range(one: Mapping[str, Any], key: str) -> str:
    drawn = one.get("range", {}).get(key)
    return "" if drawn is None else f" ({drawn['low']:,.4g} to {drawn['high']:,.4g})"
