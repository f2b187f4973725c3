"""Asking about magnets: grade, curve, blend, chart; files read, answers printed."""

from __future__ import annotations

import html
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chumbak.magnet.units import KINDS, MagnetError, quantity
from chumbak.report.magnet_words import (
    show_blend,
    show_certificate,
    show_chart,
    show_curve,
    show_grade,
    show_grades,
    show_prediction,
)
from chumbak.report.mistakes import MistakeError
from chumbak.yaml_text import file_of

if TYPE_CHECKING:
    from chumbak.magnet.grades import Grade
    from chumbak.report.pictures.frame import Chart


def ask_grade(
    file: Path | None, given: Mapping[str, str | None], method: str, material: str, vendor: str | None,
    tables: Sequence[Path], loop: bool, listed: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print the grade of measured magnets, or the grades themselves. Raises ``MistakeError``."""
    from chumbak.magnet.classify import Measured, classify_magnet
    from chumbak.magnet.grade_document import grade_document, grades_document, read_measured, read_measured_loop
    from chumbak.magnet.grades import family_of
    from chumbak.magnet.metrology import check_method

    with _sentences():
        family = family_of(material, "--material")
        grades = _grades(tables, vendor)
        check_method(method)
        if listed:
            _print_json(grades_document(grades)) if as_json else show_grades(grades)
            return
        values = {name: quantity(text, KINDS[name], f"--{name.lower()}") for name, text in given.items() if text}
        if (file is None) == (not values):
            raise MagnetError("Give either a file of measured magnets, or --br and --hcj.")
        if file is None:
            asked = [Measured(values, {}, method)]
        else:
            asked = [read_measured_loop(file, method)] if loop else read_measured(file)
        documents = [grade_document(classify_magnet(one, family, grades)) for one in asked]
    if as_json:
        _print_json({"kind": "grades of magnets", "magnets": documents})
    else:
        for document in documents:
            show_grade(document)


def ask_curve(file: Path, picture: Path | None, check: str | None, as_json: bool) -> None:
    """Print where a magnet works, and draw it; ``check`` may be magpylib. Raises ``MistakeError``."""
    from chumbak.magnet.curve_case import read_case
    from chumbak.magnet.curve_document import curve_document

    with _sentences():
        case = read_case(file_of(file, MagnetError), file.parent, file.name)
        document = curve_document(case)
        if check is not None:
            from chumbak.magnet.magpylib_check import check_load

            if check != "magpylib":
                raise MagnetError(f"--check is '{check}'. There is magpylib.")
            document["load"]["check"] = check_load(case.load)
    if picture is not None:
        from chumbak.report.pictures.magnet import curve_picture

        _write_page(picture, curve_picture(document))
    if as_json:
        _print_json(document)
    else:
        show_curve(document)


def ask_blend(file: Path, form: str, as_json: bool) -> None:
    """Print the blend of least cost. Raises ``MistakeError``."""
    from chumbak.magnet.blend_case import read_blend
    from chumbak.magnet.blend_document import blend_document

    with _sentences():
        document = blend_document(read_blend(file_of(file, MagnetError), file.parent, file.name), form)
    if as_json:
        _print_json(document)
    else:
        show_blend(document)


def ask_chart(
    file: Path, quantity: str | None, kind: str | None, rules: str, baseline: int | None, grade: str | None,
    floor: float | None, ceiling: float | None, confidence: float, settings: Mapping[str, float | None], as_json: bool,
) -> None:  # fmt: skip
    """Print whether a series is in control and capable; ``settings`` as of ``control``. Raises ``MistakeError``."""
    from chumbak.magnet.chart_document import chart_document, read_series

    with _sentences():
        series = read_series(file, quantity)
        given = {name: value for name, value in settings.items() if value is not None}
        document = chart_document(series, kind, rules, baseline, grade, floor, ceiling, confidence, **given)
    if as_json:
        _print_json(document)
    else:
        show_chart(document)


def ask_certify(file: Path, as_json: bool) -> None:
    """Print the certificate of a test. Raises ``MistakeError``."""
    from chumbak.magnet.certificate_file import certificate_of

    with _sentences():
        document = certificate_of(file_of(file, MagnetError), file.name)
    if as_json:
        _print_json(document)
    else:
        show_certificate(document)


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
    else:
        show_prediction(document)


@contextmanager
def _sentences() -> Iterator[None]:
    """Hand on what is wrong with what was asked as a mistake of the user's."""
    try:
        yield
    except MagnetError as error:
        raise MistakeError(str(error)) from None


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


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


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
