"""Good enough: which grade a magnet is, where it works, what to blend, whether the plant is in control."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chumbak.cli.options import AsJson, mistakes

verbs = typer.Typer(help="Magnets: grade, working point, blend, control.", no_args_is_help=True)
Grades = Annotated[
    list[Path] | None, typer.Option(metavar="FILE.csv", help="Your own table of grades, on top; may be repeated.")
]


@verbs.command("grade")
def magnet_grade(
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV of measured magnets (examples/magnet_measured.csv), or a raw loop with --loop."),
    ] = None,
    br: Annotated[str | None, typer.Option(help="Br at 20 C: '1.32 T' or '13.2 kG'.")] = None,
    hcj: Annotated[str | None, typer.Option(help="Hcj at 20 C: '1650 kA/m' or '20.7 kOe'.")] = None,
    hcb: Annotated[str | None, typer.Option(help="Hcb at 20 C.")] = None,
    bhmax: Annotated[str | None, typer.Option(help="BHmax at 20 C: '335 kJ/m3' or '42 MGOe'.")] = None,
    method: Annotated[str, typer.Option(help="closed-circuit, open-circuit or pulsed-field.")] = "",
    material: Annotated[str, typer.Option(help="ndfeb or smco.")] = "ndfeb",
    vendor: Annotated[str | None, typer.Option(help="Only grades of this vendor.")] = None,
    grades: Grades = None,
    loop: Annotated[bool, typer.Option("--loop", help="The file is the raw loop of a hysteresisgraph.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Show the grades themselves, with their sources.")] = False,
    as_json: AsJson = False,
) -> None:
    """Which grade a measured magnet is, and why it is not the next."""
    from chumbak.report.ask_magnet import ask_grade

    with mistakes():
        given = {"Br": br, "Hcj": hcj, "Hcb": hcb, "BHmax": bhmax}
        ask_grade(file, given, method, material, vendor, grades or [], loop, listed, as_json)


@verbs.command("curve")
def magnet_curve(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Magnet, shape, use: examples/magnet_curve.yaml.")],
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Draw the curve with its working point.")
    ] = None,
    check: Annotated[
        str | None, typer.Option(help="magpylib: the shape by that library beside ours, where it is installed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Where a magnet works in its shape, what heat takes, the hottest it may be, the Hcj it needs."""
    from chumbak.report.ask_magnet import ask_curve

    with mistakes():
        ask_curve(file, picture, check, as_json)


@verbs.command("blend")
def magnet_blend(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Lots, grade, limits: examples/magnet_blend.yaml.")],
    form: Annotated[
        str, typer.Option(help="exact: errors of lots independent; conservative: all at once, linear.")
    ] = "exact",
    as_json: AsJson = False,
) -> None:
    """The blend of least cost that holds a grade: what to take, what to refuse, what each lot is worth."""
    from chumbak.report.ask_magnet import ask_blend

    with mistakes():
        ask_blend(file, form, as_json)


@verbs.command("chart")
def magnet_chart(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Measured lots in order: examples/magnet_lots_measured.csv.")
    ],
    quantity: Annotated[str | None, typer.Option(help="Column to chart. Default: the first.")] = None,
    kind: Annotated[
        str | None, typer.Option(help="individuals, xbar-r, xbar-s, ewma or cusum. Default: Shewhart, by subgroup.")
    ] = None,
    rules: Annotated[str, typer.Option(help="shewhart, western-electric or nelson.")] = "western-electric",
    baseline: Annotated[
        int | None, typer.Option(min=1, help="Limits from the first so many lots. Default: all.")
    ] = None,
    grade: Annotated[str | None, typer.Option(help="Grade whose floor is held against.")] = None,
    floor: Annotated[float | None, typer.Option(help="Floor, in the unit of the chart.")] = None,
    ceiling: Annotated[float | None, typer.Option(help="Ceiling, in the unit of the chart.")] = None,
    confidence: Annotated[float, typer.Option(help="Of the intervals of capability: 0.95.")] = 0.95,
    mean: Annotated[float | None, typer.Option(help="Known mean, in the unit of the chart. Default: found.")] = None,
    sigma: Annotated[
        float | None, typer.Option(help="Known sigma of single values. Default: found within lots.")
    ] = None,
    weight: Annotated[float | None, typer.Option("--lambda", help="Weight of an EWMA. Default: 0.2.")] = None,
    width: Annotated[float | None, typer.Option("--L", help="Limits of an EWMA in sigma. Default: 2.86.")] = None,
    reference: Annotated[float | None, typer.Option("--k", help="Reference of a CUSUM in sigma. Default: 0.5.")] = None,
    decision: Annotated[
        float | None, typer.Option("--h", help="Decision interval of a CUSUM in sigma. Default: 4.77.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Whether the plant is in control, by named rules, and how capable it is of a grade."""
    from chumbak.report.ask_magnet import ask_chart

    with mistakes():
        settings = {"mean": mean, "sigma": sigma, "weight": weight, "width": width, "reference": reference,
                    "decision": decision}  # fmt: skip
        ask_chart(file, quantity, kind, rules, baseline, grade, floor, ceiling, confidence, settings, as_json)


@verbs.command("certify")
def magnet_certify(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="A test of a sample: examples/magnet_test.yaml.")],
    as_json: AsJson = False,
) -> None:
    """The certificate of a test as data: method, temperature, geometry, uncertainty, verdict by a stated rule."""
    from chumbak.report.ask_magnet import ask_certify

    with mistakes():
        ask_certify(file, as_json)


@verbs.command("predict")
def magnet_predict(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="Your own lots: examples/magnet_recipes.csv.")],
    content: Annotated[
        list[str] | None, typer.Option(help="Content of the new lot in wt %: Dy_bulk=2 or Tb_gbd=0.3. May be repeated.")
    ] = None,
    confidence: Annotated[float, typer.Option(help="Of the band.")] = 0.9,
    as_json: AsJson = False,
) -> None:
    """Br and Hcj of a recipe, with a band, by a regression on your own lots; bulk and diffused Dy, Tb apart."""
    from chumbak.report.ask_magnet import ask_predict

    with mistakes():
        ask_predict(file, content or [], confidence, as_json)
