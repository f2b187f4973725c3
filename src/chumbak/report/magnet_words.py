"""What is said of magnets in words: grades, curves, blends, charts, certificates, predictions."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chumbak.magnet.units import KINDS
from chumbak.report.grid import Grid
from chumbak.report.screen import screen

if TYPE_CHECKING:
    from chumbak.magnet.grades import Grade


def si(number: Mapping[str, Any], digits: int | None = None) -> str:
    """Return a number of a document in both units."""
    places = {"T": 3, "kA/m": 0, "kJ/m3": 0}[number["unit"]] if digits is None else digits
    return f"{number['value']:,.{places}f} {number['unit']} ({number['trade_value']:.2f} {number['trade_unit']})"


def show_grades(grades: Sequence[Grade]) -> None:
    """Print grades with their least values."""
    rows = [
        (one.name, one.vendor, *(f"{one.floors[name]:g}" if name in one.floors else "-" for name in KINDS),
         f"{one.hottest:g}" if one.hottest else "-", one.mark or "read in source")
        for one in grades
    ]  # fmt: skip
    headings = ("grade", "vendor", "Br, T", "Hcb, kA/m", "Hcj, kA/m", "BHmax, kJ/m3", "Tmax, C", "row")
    screen().print(
        Grid("Least values at 20 °C; --json has edition, standard and source of each row", headings, rows, words=2)
    )


def show_grade(document: Mapping[str, Any]) -> None:
    """Print which grade a magnet is, and why not the next."""
    said = ", ".join(f"{name} {si(number)}" for name, number in document["measured"].items())
    who = f"{document['name']}: " if document["name"] else ""
    best = document["best"]
    if best is None:
        sys.stdout.write(f"{who}no grade of {document['family']} holds, at {document['temperature']}: {said}.\n")
    else:
        sure = "" if document["sure"] else " (not by more than its uncertainty)" if document["uncertainty_k2"] else ""
        sys.stdout.write(f"{who}{best['grade']}{sure}, as {best['vendor']} prints it, at 20 C: {said}.\n")
        others = [name for name in document["holds"] if name != best["grade"]]
        if others:
            sys.stdout.write(f"  It holds {', '.join(others)} as well.\n")
    for key, what in (("next_energy", "Not"), ("next_coercivity", "Not")):
        other = document[key]
        short = [reason["said"] for reason in other["reasons"] if "fails" in reason["verdict"]] if other else []
        if short:
            sys.stdout.write(f"  {what} {other['grade']}: {'; '.join(short)}.\n")
    for one in document["vendors_disagree"]:
        sys.stdout.write(f"  {one['said']} {one['source'][:1].upper()}{one['source'][1:]}.\n")
    for note in document["notes"]:
        sys.stdout.write(f"  {note}\n")


def show_curve(document: Mapping[str, Any]) -> None:
    """Print where a magnet works, and what heat takes."""
    use, limit, load = document["use"], document["hottest"], document["load"]
    holds = "holds" if use["holds"] else "DOES NOT HOLD"
    sys.stdout.write(f"{document['title']}: at {use['temperature_C']:g} °C it {holds}.\n")
    sys.stdout.write(
        f"  Magnet: {document['magnet']['origin']}: Br {si(document['magnet']['Br'])}, "
        f"Hcj {si(document['magnet']['Hcj'])} at 20 °C.\n"
        f"  Load: {load['from']}: N {load['demagnetising_factor']:.3f}, Pc {load['permeance_coefficient']:.2f}, "
        f"opposing field {si(load['opposing_field'])}.\n"
    )
    check = load.get("check")
    if check:
        sys.stdout.write(
            f"  Checked by {check['by']}: N {check['demagnetising_factor']:.4f} there, {check['ours']:.4f} here "
            f"({check['differs_pct']:+.2f} %).\n"
        )
    if limit["unlimited"]:
        sys.stdout.write(f"  Hottest for this shape: no limit, as {limit['reason']}.\n")
    elif limit["temperature_C"] is None:
        sys.stdout.write(f"  Hottest for this shape: none, as {limit['reason']}.\n")
    else:
        far = " (extrapolated)" if limit["extrapolated"] else ""
        catalogue = f"; the catalogue says {limit['catalogue_C']:g} °C of no shape" if limit["catalogue_C"] else ""
        sys.stdout.write(
            f"  Hottest for this shape: {limit['temperature_C']:.0f} °C{far}, with at most "
            f"{limit['allowed_irreversible_loss_of_Br_pct']:g} % of Br lost for good{catalogue}.\n"
        )
    needed = document["Hcj_needed_at_20_C"]
    if needed:
        fits = ", ".join(document["grades_that_hold"]) or "none of this Br or more"
        sys.stdout.write(f"  Needs Hcj of {si(needed)} at 20 °C for the knee. Grades that hold: {fits}.\n")
    missing = use["reversible_loss_of_B_pct"]
    what = f"{missing:.1f} % of B is missing and comes back" if missing >= 0 else f"B is {-missing:.1f} % more"
    sys.stdout.write(
        f"  At {use['temperature_C']:g} °C {what}; back at 20 °C {use['irreversible_loss_of_B_pct']:.1f} % of it is "
        "lost for good.\n"
    )
    rows = [
        (f"{one['temperature_C']:g} °C" + ("*" if one["extrapolated"] else ""), f"{one['Br']['value']:.3f}",
         f"{one['Hcj']['value']:,.0f}", f"{one['BHmax']['value']:,.0f}", f"{one['point']['H']['value']:,.0f}",
         f"{one['point']['B']['value']:.3f}", f"{one['point']['to_knee']['value']:,.0f}",
         f"{one['point']['irreversible_loss_of_Br_pct']:.1f}")
        for one in document["states"]
    ]  # fmt: skip
    headings = ("at", "Br, T", "Hcj, kA/m", "BHmax, kJ/m3", "H, kA/m", "B, T", "to knee, kA/m", "lost, % Br")
    screen().print(Grid("H and B are those of the point; * extrapolated", headings, rows))
    for note in document["notes"]:
        sys.stdout.write(f"  {note}\n")


def show_blend(document: Mapping[str, Any]) -> None:
    """Print a blend: what to take, what each lot is worth, which limits hold."""
    money, most, other = document["currency"], document["largest_recycled"], document["other_form"]
    sys.stdout.write(
        f"{document['title']}: {document['cost_per_kg']:,.2f} {money}/kg, {document['recycled_share_pct']:.1f} % "
        f"recycled, {document['form']} form, each limit at {100 * document['confidence_of_each_limit']:g} %.\n"
    )
    rows = [
        (one["name"], one["verdict"], f"{one['kg']:,.1f}", f"{one['price_per_kg']:,.2f}", f"{one['worth_per_kg']:,.2f}")
        for one in document["lots"]
    ]
    headings = ("lot", "verdict", "kg", f"price, {money}/kg", f"worth here, {money}/kg")
    screen().print(Grid(f"Of {document['batch_kg']:g} kg; worth: the price up to which a little of it pays", headings,
                         rows, words=2))  # fmt: skip
    for one in document["limits"]:
        price = one["cost_of_one_more_unit_per_kg"]
        said = f"; one {one['bound']['unit']} more costs {price:,.4g} {money}/kg" if one["tight"] else ""
        sys.stdout.write(
            f"  {one['quantity']}: {_amount(one['mean'])}, at the confidence {_amount(one['at_confidence'])}, "
            f"{one['side']} {_amount(one['bound'])}{f' ({origin})' if (origin := one['from']) else ''}{said}.\n"
        )
    for one in document["grade_floors"]:
        sys.stdout.write(
            f"  {one['quantity']}: at the confidence {si(one['at_confidence'])}, floor {si(one['floor'])}: "
            f"{'holds' if one['holds'] else 'DOES NOT HOLD'}, {one['how']}.\n"
        )
    for one in document["heavy"]:
        silent = f" ({', '.join(one['lots_that_do_not_say'])} do not say)" if one["lots_that_do_not_say"] else ""
        sys.stdout.write(
            f"  {one['element']} in the batch: {one['kg']:.3g} kg, of which {one['in_diffused_scrap_kg']:.3g} kg from "
            f"the shells of diffused scrap, which count as in bulk once melted{silent}.\n"
        )
    sys.stdout.write(
        f"  Largest recycled share that holds: {most['share_pct']:.1f} %, at {most['cost_per_kg']:,.2f} {money}/kg.\n"
    )
    if other["cost_per_kg"] is None:
        sys.stdout.write(f"  In the {other['form']} form: {other['why']}\n")
    else:
        sys.stdout.write(f"  In the {other['form']} form: {other['cost_per_kg']:,.2f} {money}/kg.\n")
    for note in document["notes"]:
        sys.stdout.write(f"  {note}\n")


def show_chart(document: Mapping[str, Any]) -> None:
    """Print whether a series is in control and capable."""
    unit, signals = document["unit"], document["signals"]
    lots = len(document["labels"])
    settings = "".join(
        f", {name} {value:g}{'' if name == 'lambda' else ' sigma'}" for name, value in document["settings"].items()
    )
    how = settings or f", rules {document['rules']}"
    state = f"{len(signals)} signals" if len(signals) != 1 else "1 signal"
    sys.stdout.write(
        f"{document['quantity']} of {lots} lots, chart {document['chart']}{how}: "
        f"{state if signals else 'in control'}.\n"
        f"  Mean {document['mean']:.5g} {unit}, sigma within {document['sigma_within']:.3g} {unit} "
        f"({document['sigma_from']}).\n"
    )
    for panel in document["panels"]:
        sys.stdout.write(
            f"  {panel['name'].capitalize()}: centre {panel['centre']:.5g}, limits {panel['lower'][-1]:.5g} to "
            f"{panel['upper'][-1]:.5g}.\n"
        )
    for one in signals:
        sys.stdout.write(f"  SIGNAL at lot {one['at']} (number {one['number']}), {one['chart']}: {one['meaning']}.\n")
    found = document["capability"]
    if found:
        said = ", ".join(
            f"{name} {one['value']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
            for name, one in found["indices"].items()
        )
        sys.stdout.write(
            f"  Capability, {100 * found['confidence']:g} % intervals, {found['values']} values: {said}.\n"
        )
        if signals:
            sys.stdout.write("  While it is not in control, capability foretells nothing.\n")
    for note in document["notes"]:
        sys.stdout.write(f"  {note}\n")


def _amount(number: Mapping[str, Any]) -> str:
    if number["unit"] == "ppm":
        return f"{number['value']:,.0f} ppm ({number['trade_value']:.3f} wt%)"
    return si(number)


def show_certificate(document: Mapping[str, Any]) -> None:
    """Print a certificate of a test."""
    geometry = document["geometry"].items()
    sys.stdout.write(
        f"Certificate of test: {document['sample']} against {document['grade']} of {document['vendor']}: "
        f"{document['verdict'].upper()}, by the {document['decision_rule']} rule.\n"
        f"  {document['laboratory']}, {document['date']}; {document['method_name']}; "
        f"at {document['temperature_C']:g} °C; {', '.join(f'{name} {value}' for name, value in geometry)}.\n"
    )
    for one in document["results"]:
        turned = "" if one["value"] == one["value_at_20_C"] else f", at 20 °C {si(one['value_at_20_C'])}"
        sys.stdout.write(
            f"  {one['quantity']}: {si(one['value'])}{turned}, U {si(one['expanded_uncertainty_k2'])} (k = 2), floor "
            f"{si(one['floor'])} at 20 °C: {one['verdict']}.\n"
        )
    if document["not_measured"]:
        sys.stdout.write(f"  Not measured: {', '.join(document['not_measured'])}.\n")
    for flag in document["flags"]:
        sys.stdout.write(f"  {flag}\n")


def show_prediction(document: Mapping[str, Any]) -> None:
    """Print Br and Hcj of a recipe with their bands."""
    contents = document["content_wt_pct"].items()
    recipe = ", ".join(f"{name} {amount:g} wt %" for name, amount in contents) or "no Dy and no Tb"
    sys.stdout.write(f"{recipe}, at 20 °C, {100 * document['confidence']:g} % band of a new lot:\n")
    for target, one in document["targets"].items():
        sys.stdout.write(f"  {target}: {si(one['value'])}, from {si(one['low'])} to {si(one['high'])}.\n")
        sys.stdout.write("".join(f"    {note}\n" for note in one["notes"]))
