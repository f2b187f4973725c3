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
    as_json: AsJson = False,
) -> None:
    """Where a magnet works in its shape, what heat takes, the hottest it may be, the Hcj it needs."""
    from chumbak.report.ask_magnet import ask_curve

    with mistakes():
        ask_curve(file, picture, as_json)
