"""Asking about magnets: grade, curve, blend, chart; files read, answers printed."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from rich.console import Console

from chumbak.magnet.units import MagnetError, quantity
from chumbak.report.grid import Grid
from chumbak.report.mistakes import MistakeError

if TYPE_CHECKING:
    from chumbak.magnet.grades import Grade
    from chumbak.report.pictures.frame import Chart

KINDS = {"Br": "flux", "Hcb": "field", "Hcj": "field", "BHmax": "energy"}


def ask_grade(
    file: Path | None, given: Mapping[str, str | None], method: str, material: str, vendor: str | None,
    tables: Sequence[Path], loop: bool, listed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print the grade of measured magnets, or the grades themselves. Raises ``MistakeError``."""
    from chumbak.magnet.classify import Measured, classify
    from chumbak.magnet.grade_document import grade_document, grades_document, read_measured
    from chumbak.magnet.grades import family_of
    from chumbak.magnet.metrology import check_method

    with _sentences():
        family = family_of(material, "--material")
        grades = _grades(tables, vendor)
        check_method(method)
        if listed:
            _print_json(grades_document(grades)) if as_json else _show_grades(grades)
            return
        values = {name: quantity(text, KINDS[name], f"--{name.lower()}") for name, text in given.items() if text}
        if (file is None) == (not values):
            raise MagnetError("Give either a file of measured magnets, or --br and --hcj.")
        if file is None:
            asked = [Measured(values, {}, method)]
        else:
            asked = [_of_loop(file, method)] if loop else read_measured(file)
        documents = [grade_document(classify(one, family, grades)) for one in asked]
    if as_json:
        _print_json({"kind": "grades of magnets", "magnets": documents})
    else:
        for document in documents:
            _show_grade(document)


def ask_curve(file: Path, picture: Path | None, as_json: bool) -> None:
    """Print where a magnet works, and draw it. Raises ``MistakeError``."""
    from chumbak.magnet.curve_case import read_case
    from chumbak.magnet.curve_document import curve_document

    with _sentences():
        document = curve_document(read_case(_yaml(file), file.parent, file.name))
    if picture is not None:
        from chumbak.report.pictures.magnet import curve_picture

        _write_page(picture, curve_picture(document))
    if as_json:
        _print_json(document)
    else:
        _show_curve(document)


def ask_blend(file: Path, form: str, as_json: bool) -> None:
    """Print the blend of least cost. Raises ``MistakeError``."""
    from chumbak.magnet.blend_case import read_blend
    from chumbak.magnet.blend_document import blend_document

    with _sentences():
        document = blend_document(read_blend(_yaml(file), file.parent, file.name), form)
    if as_json:
        _print_json(document)
    else:
        _show_blend(document)


def ask_chart(
    file: Path, quantity: str | None, kind: str | None, rules: str, baseline: int | None, grade: str | None,
    floor: float | None, ceiling: float | None, confidence: float, as_json: bool,
) -> None:  # fmt: skip
    """Print whether a series is in control and capable. Raises ``MistakeError``."""
    from chumbak.magnet.chart_document import chart_document, read_series

    with _sentences():
        series = read_series(file, quantity)
        document = chart_document(series, kind, rules, baseline, grade, floor, ceiling, confidence)
    if as_json:
        _print_json(document)
    else:
        _show_chart(document)


def ask_certify(file: Path) -> None:
    """Print the certificate of a test. Raises ``MistakeError``."""
    from chumbak.magnet.certificate_file import certificate_of

    with _sentences():
        document = certificate_of(_yaml(file), file.name)
    _print_json(document)


def ask_predict(file: Path, content: Sequence[str], confidence: float, as_json: bool) -> None:
    """Print Br and Hcj of a recipe with their bands. Raises ``MistakeError``."""
    from chumbak.magnet.composition import fit, predict, read_samples
    from chumbak.magnet.curve_document import both
    from chumbak.magnet.fields import number

    with _sentences():
        samples = read_samples(file)
        asked = {}
        for one in content:
            name, sign, amount = one.partition("=")
            if not sign:
                raise MagnetError(f"--content '{one}' is not understood. Write Dy_bulk=2, in wt %.")
            asked[name.strip()] = number(amount, f"--content {name.strip()}")
        document: dict[str, Any] = {
            "kind": "prediction", "content_wt_pct": asked, "confidence": confidence, "temperature": "20 C",
            "targets": {},
        }  # fmt: skip
        for target, unit in (("Br", "T"), ("Hcj", "kA/m")):
            if any(target in one.values for one in samples):
                found = fit(samples, target)
                said = predict(found, asked, confidence)
                document["targets"][target] = {
                    "value": both(said.value, unit), "low": both(said.low, unit), "high": both(said.high, unit),
                    "spread_of_lots": both(found.spread, unit, 6), "lots": len(samples),
                    "terms": dict(zip(found.terms, (round(float(one), 6) for one in found.estimate), strict=True)),
                    "rests_on_prior": {name: round(share, 3) for name, share in found.from_prior.items()},
                    "notes": list(said.notes),
                }  # fmt: skip
        if not document["targets"]:
            raise MagnetError(f"{file.name} has neither Br nor Hcj of its lots. Add a column 'Hcj (kA/m)'.")
    if as_json:
        _print_json(document)
        return
    recipe = ", ".join(f"{name} {amount:g} wt %" for name, amount in asked.items()) or "no Dy and no Tb"
    sys.stdout.write(f"{recipe}, at 20 °C, {100 * confidence:g} % band of a new lot:\n")
    for target, one in document["targets"].items():
        sys.stdout.write(f"  {target}: {_si(one['value'])}, from {_si(one['low'])} to {_si(one['high'])}.\n")
        sys.stdout.write("".join(f"    {note}\n" for note in one["notes"]))


@contextmanager
def _sentences() -> Iterator[None]:
    """Hand on what is wrong with what was asked as a mistake of the user's."""
    try:
        yield
    except MagnetError as error:
        raise MistakeError(str(error)) from None


def _yaml(file: Path) -> object:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise MagnetError(f"Cannot read '{file}': {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise MagnetError(f"'{file}' is no text in UTF-8.") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise MagnetError(f"'{file}'{place} is no YAML: {getattr(error, 'problem', None) or 'unreadable'}.") from None


def _grades(tables: Sequence[Path], vendor: str | None) -> list[Grade]:
    from chumbak.magnet.grades import known_grades, read_grades

    found = [*(one for table in tables for one in read_grades(table)), *known_grades()]
    if vendor is None:
        return found
    of = [one for one in found if vendor.lower() in one.vendor.lower()]
    if not of:
        names = ", ".join(sorted({one.vendor for one in found}))
        raise MagnetError(f"No grade of vendor '{vendor}' is known. There are {names}.")
    return of


def _of_loop(file: Path, method: str) -> Any:
    from chumbak.magnet.classify import Measured
    from chumbak.magnet.loop_file import read_and_analyse

    raw, loop = read_and_analyse(file)
    down = loop.down
    return Measured({"Br": down.br, "Hcb": down.hcb, "Hcj": down.hcj, "BHmax": down.bhmax}, {}, method, raw.name)


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _si(number: Mapping[str, Any], digits: int | None = None) -> str:
    """Return a number of a document in both units."""
    places = {"T": 3, "kA/m": 0, "kJ/m3": 0}[number["unit"]] if digits is None else digits
    return f"{number['value']:,.{places}f} {number['unit']} ({number['trade_value']:.2f} {number['trade_unit']})"


def _show_grades(grades: Sequence[Grade]) -> None:
    rows = [
        (one.name, one.vendor, *(f"{one.floors[name]:g}" if name in one.floors else "-" for name in KINDS),
         f"{one.hottest:g}" if one.hottest else "-", one.mark or "read in source")
        for one in grades
    ]  # fmt: skip
    headings = ("grade", "vendor", "Br, T", "Hcb, kA/m", "Hcj, kA/m", "BHmax, kJ/m3", "Tmax, C", "row")
    Console().print(
        Grid("Least values at 20 °C; --json has edition, standard and source of each row", headings, rows, words=2)
    )


def _show_grade(document: Mapping[str, Any]) -> None:
    said = ", ".join(f"{name} {_si(number)}" for name, number in document["measured"].items())
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


def _show_curve(document: Mapping[str, Any]) -> None:
    use, limit, load = document["use"], document["hottest"], document["load"]
    holds = "holds" if use["holds"] else "DOES NOT HOLD"
    sys.stdout.write(f"{document['title']}: at {use['temperature_C']:g} °C it {holds}.\n")
    sys.stdout.write(
        f"  Magnet: {document['magnet']['origin']}: Br {_si(document['magnet']['Br'])}, "
        f"Hcj {_si(document['magnet']['Hcj'])} at 20 °C.\n"
        f"  Load: {load['from']}: N {load['demagnetising_factor']:.3f}, Pc {load['permeance_coefficient']:.2f}, "
        f"opposing field {_si(load['opposing_field'])}.\n"
    )
    if limit["temperature_C"] is None:
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
        sys.stdout.write(f"  Needs Hcj of {_si(needed)} at 20 °C for the knee. Grades that hold: {fits}.\n")
    sys.stdout.write(
        f"  Warm, {use['reversible_loss_of_B_pct']:.1f} % of B is missing and comes back; "
        f"{use['irreversible_loss_of_B_pct']:.1f} % is lost for good.\n"
    )
    rows = [
        (f"{one['temperature_C']:g} °C" + ("*" if one["extrapolated"] else ""), f"{one['Br']['value']:.3f}",
         f"{one['Hcj']['value']:,.0f}", f"{one['BHmax']['value']:,.0f}", f"{one['point']['H']['value']:,.0f}",
         f"{one['point']['B']['value']:.3f}", f"{one['point']['to_knee']['value']:,.0f}",
         f"{one['point']['irreversible_loss_of_Br_pct']:.1f}")
        for one in document["states"]
    ]  # fmt: skip
    headings = ("at", "Br, T", "Hcj, kA/m", "BHmax, kJ/m3", "H, kA/m", "B, T", "to knee, kA/m", "lost, % Br")
    Console().print(Grid("H and B are those of the point; * extrapolated", headings, rows))
    for note in document["notes"]:
        sys.stdout.write(f"  {note}\n")


def _show_blend(document: Mapping[str, Any]) -> None:
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
    Console().print(Grid(f"Of {document['batch_kg']:g} kg; worth: the price up to which a little of it pays", headings,
                         rows, words=2))  # fmt: skip
    for one in document["limits"]:
        price = one["cost_of_one_more_unit_per_kg"]
        said = f"; one {one['bound']['unit']} more costs {price:,.4g} {money}/kg" if one["tight"] else ""
        sys.stdout.write(
            f"  {one['quantity']}: {_amount(one['mean'])}, at the confidence {_amount(one['at_confidence'])}, "
            f"{one['side']} {_amount(one['bound'])}{said}.\n"
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


def _show_chart(document: Mapping[str, Any]) -> None:
    unit, signals = document["unit"], document["signals"]
    lots = len(document["labels"])
    state = f"{len(signals)} signals" if len(signals) != 1 else "1 signal"
    sys.stdout.write(
        f"{document['quantity']} of {lots} lots, chart {document['chart']}, rules {document['rules']}: "
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
    return _si(number)


def _write_page(path: Path, chart: Chart) -> None:
    """Write a picture as a page of its own that fetches nothing."""
    drawn = chart.figure.to_html(
        full_html=False, include_plotlyjs=True, div_id=f"chart-{chart.name}", config={"displayModeBar": False}
    )
    rows = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in chart.table.rows
    )
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in chart.table.header)
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(chart.title)}</title>'
        "<style>body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "td,th{text-align:right;padding:.2rem .6rem}</style>"
        f"<h1>{html.escape(chart.title)}</h1><p>{html.escape(chart.unit)}</p>{drawn}"
        f"<table><tr>{head}</tr>{rows}</table><p>{html.escape(chart.source)}</p></html>\n",
        encoding="utf-8",
    )
